"""What is this data set, at a glance, and under which terms may it be used?"""

from __future__ import annotations

from dataclasses import dataclass

from dsdocs.analyses.examples import examples
from dsdocs.project import Project
from dsdocs.views import Hero, Number, Picture, Table, View

KEYS = {
    "n_patches": ("Patches", ""),
    "n_classes": ("Classes", ""),
    "label_cardinality": ("Labels per patch", ""),
    "n_countries": ("Countries", ""),
    "n_places": ("Places", ""),
    "n_dates": ("Acquisition dates", ""),
    "patch_gsd": ("Ground sample distance", "m"),
    "archive_size": ("Archive", ""),
}
MOSAIC = 30  # pictures
MISSING = "not stated"
NEEDED = ("Authors", "Licence", "How to cite")  # shown as missing where the author does not say


@dataclass(frozen=True, slots=True)
class Overview:
    """The head of the start page."""

    lead: str
    figures: tuple[Number, ...]
    pictures: tuple[Picture, ...]

    def views(self) -> tuple[View, ...]:
        """Return one sentence, key figures and a mosaic of patches."""
        shown = f"A mosaic of {len(self.pictures)} patches of the data set." if self.pictures else ""
        return (Hero("Key figures", self.lead, self.figures, self.pictures, shown),)


@dataclass(frozen=True, slots=True)
class Terms:
    """Who made the data set and how it may be used."""

    rows: tuple[tuple[str, str], ...]

    def views(self) -> tuple[View, ...]:
        """Return a table."""
        return (Table("Terms of use and citation", ("What", "Statement"), self.rows),)


def overview(project: Project) -> Overview:
    """Choose key figures and pictures; what does not apply to the data set is left out."""
    facts = project.facts
    figures = tuple(
        Number(title, f"{facts[key]['text']} {unit}".rstrip()) for key, (title, unit) in KEYS.items() if key in facts
    )
    pictures: tuple[Picture, ...] = ()
    if project.thumbnails:
        pictures = examples(project.thumbnails, project.summary, n=MOSAIC).pictures
    return Overview(project.config.dataset.description or "", figures, pictures)


def terms(project: Project) -> Terms:
    """List what the configuration says; authors, licence and citation are named even where they are missing."""
    dataset = project.config.dataset
    said = {
        "Title": project.description.title,
        "Version": dataset.version,
        "Authors": "; ".join(author.name for author in dataset.authors),
        "Licence": dataset.licence,
        "How to cite": dataset.citation,
        "DOI": f"https://doi.org/{dataset.doi}" if dataset.doi else None,
        "Home page": project.description.homepage,
        "Repository": dataset.repository,
    }
    named = {what: statement or (MISSING if what in NEEDED else "") for what, statement in said.items()}
    return Terms(tuple((what, statement) for what, statement in named.items() if statement))
