"""What is known to be wrong with single patches?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from dsdocs.analyses.examples import examples
from dsdocs.analyses.words import counted
from dsdocs.errata import KINDS, STATUSES, Erratum, stored_errata
from dsdocs.project import Project
from dsdocs.views import Gallery, Number, Numbers, Table, View

SHOWN = 100  # rows on the page
PICTURES = 24
_LINK = "Discussed at"
_COLUMNS = ("Patch", "What", "Text", "Status", "Reported", "Version", "By", _LINK)


@dataclass(frozen=True, slots=True)
class KnownErrata:
    """The errata of a data set, those that still hold first."""

    errata: tuple[Erratum, ...]
    unknown: tuple[Erratum, ...]  # of patches that the archive does not have
    pictures: Gallery | None

    def views(self) -> tuple[View, ...]:
        """Return counts, the list, pictures of affected patches, and the errata of patches that are not here."""
        counts = Counter(erratum.status for erratum in self.errata)
        items = [Number("Patches with an erratum", len({one.patch for one in self.errata if one.stands}))]
        items += [Number(status.capitalize(), counts[status]) for status in STATUSES]
        views: list[View] = [Numbers("Errata", tuple(items))]
        if self.errata:
            kinds = Counter(one.what for one in self.errata if one.stands)
            said = "; ".join(f"{kind}: {kinds[kind]:,} ({KINDS[kind]})" for kind in KINDS if kinds[kind])
            views.append(_table("All errata", self.errata, f"{said}." if said else "None holds any more."))
        if self.pictures is not None:
            views.append(self.pictures)
        if self.unknown:
            said = (
                f"{counted(len(self.unknown), 'erratum is', 'errata are')} of a patch that this archive does not have: "
                "it may be a part of the data set, or another version of it."
            )
            views.append(_table("Errata of patches that are not here", self.unknown, said))
        return tuple(views)


def known_errata(project: Project) -> KnownErrata:
    """List the errata that the author keeps beside ``dsdocs.toml``.

    Parameters
    ----------
    project
        The project; its errata have been stored, as a build does.
    """
    known = stored_errata(project)
    wanted = {erratum.patch for erratum in known.standing}
    chosen = [one for one in project.thumbnails if one.id in wanted]
    gallery = None
    if chosen:
        shown = examples(chosen, project.summary, n=PICTURES).pictures
        gallery = Gallery("Patches with an erratum", shown, f"{counted(len(shown), 'patch', 'patches')}.")
    ranked = sorted(known.errata, key=lambda one: (not one.stands, one))
    return KnownErrata(tuple(ranked), known.unknown, gallery)


def _table(title: str, errata: Sequence[Erratum], said: str) -> Table:
    rows = [
        (one.patch, one.what, one.text, one.status, one.date.isoformat(), one.since, one.reporter, one.link)
        for one in errata
    ]
    kept = [place for place in range(len(_COLUMNS)) if any(row[place] for row in rows)]
    columns = tuple(_COLUMNS[place] for place in kept)
    links = (columns.index(_LINK),) if _LINK in columns else ()
    return Table(title, columns, tuple(tuple(row[place] for place in kept) for row in rows), said, SHOWN, links)
