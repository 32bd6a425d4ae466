"""Write every machine-readable description of a data set into the tree of its site."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow.compute as pc

from dsdocs.project import Project
from dsdocs.twins import stac
from dsdocs.twins.about import SUMMARY, About, about
from dsdocs.twins.cards import dataset_card, llms_txt
from dsdocs.twins.citation import bibtex, citation_cff, datacite
from dsdocs.twins.croissant import croissant

FOLDER = "stac"


def write_twins(
    project: Project, root: Path, *, data: str, pages: Sequence[tuple[str, str]], charts: Sequence[tuple[str, str]] = ()
) -> About:
    """Write the descriptions, and return what they say.

    Parameters
    ----------
    root
        Folder of the site; the summary lies in it already.
    data
        Folder of data files below it.
    pages
        Title and path of each page.
    charts
        Title and path of the numbers of each chart.
    """
    found = about(project, data=data)
    folder = root / data
    _json(folder / "croissant.json", croissant(found, f"{data}/{SUMMARY}"))
    _json(folder / "datacite.json", datacite(found))
    _text(folder / "CITATION.cff", citation_cff(found))
    _text(folder / "citation.bib", bibtex(found))
    _text(folder / "dataset-card.md", dataset_card(found, SUMMARY))
    _text(root / "llms.txt", llms_txt(found, pages, charts))
    if stac.describable(project.summary):
        (folder / FOLDER).mkdir(exist_ok=True)
        n_items = int(pc.sum(pc.is_valid(project.summary["datetime"])).as_py())
        described = stac.collection(found, items=f"{data}/{FOLDER}/items.parquet", n_items=n_items)
        stac.write_items(project.summary, found, folder / FOLDER / "items.parquet", described=described)
        _json(folder / FOLDER / "collection.json", described)
    return found


def _json(path: Path, value: Mapping[str, Any]) -> None:
    _text(path, json.dumps(value, indent=1, ensure_ascii=False) + "\n")


def _text(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8", newline="\n")
