"""The data set as texts that other places show: a card of the Hugging Face Hub, and llms.txt for language models."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

import yaml

from dsdocs.twins.about import About
from dsdocs.twins.citation import bibtex

# The Hub's identifiers are those of SPDX in small letters, for the licences that data sets use.
_SIZES = (
    (1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"), (1_000_000, "100K<n<1M"), (10_000_000, "1M<n<10M"),
    (100_000_000, "10M<n<100M"),
)  # fmt: skip
_MARKUP = re.compile(r"([\\`*_{}\[\]<>#|~!&$])")


def dataset_card(about: About, summary: str) -> str:
    """Return the README.md of a data set on the Hugging Face Hub, with its table of patches as the data to load.

    Specification: https://huggingface.co/docs/hub/datasets-cards

    Parameters
    ----------
    summary
        Path of the summary beside the card.
    """
    header = {
        "pretty_name": about.title,
        "license": about.licence.lower() if about.licence else None,
        "tags": ["remote-sensing", "earth-observation", "geospatial", *about.keywords],
        "task_categories": ["image-classification"] if about.classes else None,
        "size_categories": [size_category(about.n_patches)],
        "configs": [{"config_name": "patches", "data_files": [{"split": "train", "path": summary}]}],
    }
    front = yaml.safe_dump({key: value for key, value in header.items() if value}, sort_keys=False, allow_unicode=True)
    parts = [
        f"---\n{front}---\n\n# {_plain(about.title)}\n\n{_plain(about.description)}\n",
        "The split named `train` above is the Hub's name for the whole table; the splits of the data set are in its "
        "column `split`.\n",
        _table("Splits", ("Split", "Patches"), about.splits),
        _table("Classes", ("Class", "Patches"), about.classes),
        _bands(about),
        f"## Citation\n\n{_fenced(bibtex(about), 'bibtex')}\n",
        f"Documentation: <{about.url}>\n" if about.url else "",
    ]
    return "\n".join(part for part in parts if part)


def size_category(n: int) -> str:
    """Return the Hub's name for a number of rows."""
    return next((name for limit, name in _SIZES if n < limit), "n>100M")


def llms_txt(about: About, pages: Iterable[tuple[str, str]], charts: Iterable[tuple[str, str]] = ()) -> str:
    """Return llms.txt: what the data set is, its figures, its pages, the numbers of its charts, and its files.

    Proposal: https://llmstxt.org

    Parameters
    ----------
    pages
        Title and path of each page of the site.
    charts
        Title and path of the numbers of each chart, as JSON.
    """
    facts = [f"- {_plain(str(fact['description']))} {_plain(str(fact['text']))}" for fact in about.facts.values()]
    listed, drawn = (
        [f"- [{_plain(title)}]({about.address(path)})" for title, path in links] for links in (pages, charts)
    )
    files = [f"- [{_plain(file.title)}]({about.address(file.path)}): {file.media_type}" for file in about.files]
    return "\n".join((
        f"# {_plain(about.title)}", "", f"> {_plain(about.description)}", "",
        "Figures, computed from the archive:", "", *facts, "", "## Pages", "", *listed, "", "## Files", "", *files, "",
        *(("## Numbers of the charts, as JSON", "", *drawn, "") if drawn else ()),
    ))  # fmt: skip


def _plain(text: str) -> str:
    """Return text as Markdown that shows it literally, on one line."""
    return _MARKUP.sub(r"\\\1", " ".join(text.split()))


def _fenced(text: str, language: str) -> str:
    """Return text as a block of code, whose fence is longer than any run of backticks within."""
    longest = max((len(run) for run in re.findall("`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{language}\n{text}{fence}"


def _table(title: str, header: tuple[str, str], rows: Mapping[str, int]) -> str:
    if not rows:
        return ""
    lines = [f"| {_plain(name)} | {count:,} |" for name, count in rows.items()]
    return "\n".join((f"## {title}", "", f"| {header[0]} | {header[1]} |", "|---|--:|", *lines, ""))


def _bands(about: About) -> str:
    lines = [
        f"| {_plain(sensor.title)} | {_plain(band.name)} | {'' if band.gsd is None else f'{band.gsd:g}'} |"
        for sensor in about.sensors.values()
        for band in sensor.bands
    ]
    if not lines:
        return ""
    return "\n".join(("## Bands", "", "| Sensor | Band | Ground sample distance (m) |", "|---|---|--:|", *lines, ""))
