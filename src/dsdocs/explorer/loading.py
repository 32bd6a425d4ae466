"""Templates of the code that loads a patch, which the page fills in; the same code as on the page about loading."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from dsdocs.analyses.loading.raw import templates
from dsdocs.explorer.model import Explorer
from dsdocs.explorer.shards import write_json
from dsdocs.project import Project


def loading_templates(project: Project) -> dict[str, Any] | None:
    """Return the `loading` of the manifest; None where the patches have no files.

    A template has ``@path@`` or ``@folder@`` where the path stands as string literals, one for each folder, and
    ``@bands@``, ``@window@`` and ``@box@`` where these stand as Python writes them. Which one is taken follows from the
    path: see ``snippet`` in ``patch/snippet.js``.
    """
    if not project.sensors or project.summary["assets"].null_count == len(project.summary):
        return None
    assets = {
        key: {"title": sensor.title, "bands": [band.name for band in sensor.bands]}
        for key, sensor in project.sensors.items()
    }
    return {"templates": templates(), "assets": assets}


def thumbnail_entry(project: Project, explorer: Explorer, folder: Path) -> dict[str, Any] | None:
    """List the thumbnails of the site by row of the explorer; None where there are none.

    Paths are relative to the manifest.
    """
    if not (project.state / "thumbnails.json").is_file() or not project.thumbnails:
        return None
    rows = {name: row for row, name in enumerate(explorer.ids)}
    listed = [
        {
            "row": rows[one.id], "asset": one.asset, "rendering": one.rendering, "path": f"../thumbs/{one.file}",
            "width": one.width, "height": one.height,
        }
        for one in project.thumbnails
        if one.id in rows
    ]  # fmt: skip
    return write_json(folder, "thumbnails", listed).as_json()
