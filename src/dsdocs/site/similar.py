"""Pictures of the patches that the page on retrieval shows as examples, beside those of the whole site."""

from __future__ import annotations

import hashlib
import json
import shutil
from dataclasses import asdict, replace

import pyarrow as pa
import pyarrow.compute as pc

from dsdocs.analyses.examples import first_rendering
from dsdocs.imagery.model import Thumbnail
from dsdocs.imagery.rendering import paths_of
from dsdocs.imagery.thumbnails import make_thumbnails
from dsdocs.project import Project
from dsdocs.retrieval.examples import PICTURES, example_ids
from dsdocs.safe import write_text
from dsdocs.site.pictures import jobs_of

FOLDER = "similar"  # below the site's data folder
BUDGET = 400_000  # bytes


def take_similar(project: Project, *, key: str = "") -> None:
    """Make a picture of each patch that an example of a search shows, unless they are there already.

    All in one rendering, the first that the site has. A patch whose files cannot be read has none; that its pixels
    cannot be read was said before.

    Parameters
    ----------
    project
        The project; its thumbnails, and its indices if it has any, must be there.
    key
        Digest of the code.
    """
    names = example_ids(project) if project.thumbnails else ()
    stored, out = project.state / PICTURES, project.data / FOLDER
    stamp = hashlib.sha256("\0".join((project.fingerprint, project.archive.stamp(), *names, key)).encode()).hexdigest()
    if stored.is_file() and json.loads(stored.read_text(encoding="utf-8"))["stamp"] == stamp:
        return
    stored.unlink(missing_ok=True)
    shutil.rmtree(out, ignore_errors=True)
    kept: list[Thumbnail] = []
    if names:
        wanted = first_rendering(project.thumbnails)
        asset = next(one.asset for one in project.thumbnails if one.rendering == wanted)
        rows = project.summary.select(["id", "assets", "window"])
        found = rows.filter(pc.is_in(rows["id"], pa.array(names, pa.string()))).to_pylist()
        jobs = [job for job in jobs_of(project, [row for row in found if row["assets"]]) if job.asset == asset]
        project.archive.keep([path for job in jobs for path in paths_of(job)])  # a stream is gone through once for all
        made, _, _ = make_thumbnails(jobs, project.archive.open, out, budget=BUDGET)
        kept = [replace(one, file=f"{FOLDER}/{one.file}") for one in made if one.rendering == wanted]
        for folder in {(out / one.file).parent for one in made if one.rendering != wanted}:
            shutil.rmtree(folder)
    write_text(stored, json.dumps({"stamp": stamp, "pictures": [asdict(one) for one in kept]}))
