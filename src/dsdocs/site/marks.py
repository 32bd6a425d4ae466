"""Marks on pictures of patches that have an erratum, wherever a page shows one."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace

from dsdocs.errata import errata_by_patch, stored_errata
from dsdocs.project import Project
from dsdocs.retrieval.examples import PICTURES
from dsdocs.views import Gallery, View

PAGE = "errata"


def picture_marks(project: Project) -> dict[str, str]:
    """Return what pictures of pages are marked with: path below the data folder -> text."""
    marked = {
        patch: f"Erratum: {', '.join(dict.fromkeys(one.what for one in errata))}"
        for patch, errata in errata_by_patch(stored_errata(project)).items()
    }
    if not marked:
        return {}
    found = {f"thumbs/{one.file}": marked[one.id] for one in project.thumbnails if one.id in marked}
    similar = project.state / PICTURES
    stored = json.loads(similar.read_text(encoding="utf-8"))["pictures"] if similar.is_file() else ()
    return found | {one["file"]: marked[one["id"]] for one in stored if one["id"] in marked}


def with_marks(view: View, marks: Mapping[str, str], link: str) -> View:
    """Return a view whose pictures have their marks, each with a link to the page of errata if that is there."""
    if not isinstance(view, Gallery) or not any(picture.src in marks for picture in view.pictures):
        return view
    pictures = tuple(
        replace(one, mark=marks[one.src], mark_link=link) if one.src in marks else one for one in view.pictures
    )
    return replace(view, pictures=pictures)
