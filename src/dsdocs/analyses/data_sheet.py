"""What should those who use a data set know of it? A data sheet, filled from the data where that has the answer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from dsdocs.analyses.words import counted
from dsdocs.datasheet import KEYS, SECTIONS
from dsdocs.errata import stored_errata
from dsdocs.findings import stored_findings
from dsdocs.findings.check import STORED
from dsdocs.project import Project
from dsdocs.views import Answer, Answers, Number, Numbers, View


@dataclass(frozen=True, slots=True)
class DataSheet:
    """The answers to all questions, by key; what nobody and nothing answers is not among them."""

    said: Mapping[str, str]  # by the author
    computed: Mapping[str, str]  # from archive, summary and configuration

    def views(self) -> tuple[View, ...]:
        """Return how much is answered, then the questions section by section."""
        answered = [key for key in KEYS if key in self.said or key in self.computed]
        items = (
            Number("Questions", len(KEYS)),
            Number("Answered by the authors", len(self.said)),
            Number("Filled in by this guide", len([key for key in answered if key not in self.said])),
            Number("Not answered", len(KEYS) - len(answered)),
        )
        parts = (
            Answers(
                section.title,
                tuple(
                    Answer(one.text, self.said.get(one.key, ""), self.computed.get(one.key, ""), f"datasheet.{one.key}")
                    for one in section.questions
                ),
            )
            for section in SECTIONS
        )
        return (Numbers("The data sheet", items), *parts)


def data_sheet(project: Project) -> DataSheet:
    """Answer the questions of Gebru et al. (2021) with what the author and the data say.

    Parameters
    ----------
    project
        The project; its summary and facts must be there.
    """
    said = {key: project.config.datasheet[key] for key in KEYS if key in project.config.datasheet}
    computed = {key: text for key, text in _computed(project) if text}
    return DataSheet(said, {key: computed[key] for key in KEYS if key in computed})


def _computed(project: Project) -> Iterator[tuple[str, str]]:
    yield from _terms(project)
    yield from _contents(project)
    yield from _gaps(project)
    yield from _upkeep(project)


def _terms(project: Project) -> Iterator[tuple[str, str]]:
    """Answer with what the configuration says of the data set as a whole."""
    said = project.config.dataset
    names = (f"{one.name} ({one.affiliation})" if one.affiliation else one.name for one in said.authors)
    yield "creators", "; ".join(names)
    yield "licence", said.licence or ""
    yield "when", f"Published on {said.published.isoformat()}." if said.published else ""
    places = [f"doi:{said.doi}" if said.doi else "", project.description.homepage or ""]
    yield "how_distributed", "; ".join(place for place in places if place)
    yield "publications", f"Cited as: {said.citation}" if said.citation else ""


def _contents(project: Project) -> Iterator[tuple[str, str]]:
    """Answer with what was counted in the archive."""
    text = {key: fact["text"] for key, fact in project.facts.items()}
    sensors = [sensor for sensor in project.sensors.values() if sensor.kind != "map"]
    maps = len(project.sensors) - len(sensors)
    size = ""
    if {"patch_width", "patch_height"} <= text.keys():
        size = f" of {text['patch_width']} by {text['patch_height']} pixels"
    yield "instances", f"A patch{size}: a small image, or several of one place." if sensors else ""
    files = f"{text['n_files']} files, {text['archive_size']}" if {"n_files", "archive_size"} <= text.keys() else ""
    yield "how_many", f"{counted(project.summary.num_rows, 'patch', 'patches')} in {files}." if files else ""
    bands = [f"{one.title} ({counted(len(one.bands), 'band', 'bands')})" for one in sensors]
    yield "content", "; ".join([*bands, *([f"{counted(maps, 'map', 'maps')} of classes"] if maps else [])])
    yield "instruments", ", ".join(one.title for one in sensors)
    if "n_classes" in text:
        named = f" of {project.nomenclature.title}" if project.nomenclature else ""
        mean = f"; {text['label_cardinality']} on a patch on average" if "label_cardinality" in text else ""
        yield "labels", f"{text['n_classes']} classes{named}{mean}."
    if "first_date" in text:
        yield "period", f"Acquired from {text['first_date']} to {text['last_date']}."
    known = (("n_places", "places"), ("n_tiles", "source tiles"), ("n_dates", "dates"), ("n_countries", "countries"))
    related = [f"{text[key]} {noun}" for key, noun in known if key in text]
    yield "relations", f"Patches come from {', '.join(related)}." if related else ""
    splits = [f"{text[f'n_{name}']} {name}" for name in ("train", "val", "test") if f"n_{name}" in text]
    yield "splits", " ".join([f"{', '.join(splits)}." if splits else "", project.description.split_rule or ""]).strip()


def _gaps(project: Project) -> Iterator[tuple[str, str]]:
    """Answer with what is not there, or not right."""
    summary, rows = project.summary, project.summary.num_rows
    whole = project.config.claims.patches
    if whole is not None and whole > rows:
        yield "sampling", f"This archive has {rows:,} of {whole:,} patches."
    nouns = {"labels": "labels", "datetime": "an acquisition time", "geometry": "a place", "split": "a split"}
    without = [
        f"{summary[name].null_count:,} without {noun}" for name, noun in nouns.items() if summary[name].null_count
    ]
    left_out = int(project.report["quarantined_count"])
    if left_out:
        without.append(f"{counted(left_out, 'input', 'inputs')} of the archive could not be read")
    yield (
        "missing",
        f"Of {rows:,} patches: {'; '.join(without)}." if without else "Every patch has labels, time, place and split.",
    )
    if (project.state / STORED).is_file():
        found = stored_findings(project)
        counts = {word: sum(one.count for one in found if one.severity == word) for word in ("error", "warning")}
        parts = [f"{count:,} {word}s" for word, count in counts.items() if count]
        yield "errors", f"The checks of this guide have found {' and '.join(parts)}." if parts else ""


def _upkeep(project: Project) -> Iterator[tuple[str, str]]:
    """Answer with what the repository of the guide has."""
    repository = project.config.dataset.repository
    standing = len({erratum.patch for erratum in stored_errata(project).standing})
    told = f"{counted(standing, 'patch has', 'patches have')} an erratum that still holds." if standing else ""
    where = f"Errors are reported to {repository}." if repository else ""
    yield "erratum", " ".join(part for part in (told, where) if part)
    if repository:
        yield "contact", f"By an issue in {repository}."
        yield "contributions", f"By a pull request to {repository}."
    earlier = [release.name for release in project.locations.releases]
    yield "old_versions", f"Earlier versions: {', '.join(earlier)}." if earlier else ""
