"""Which patches does the archive itself flag, for example for snow or cloud?"""

from __future__ import annotations

from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from dsdocs.summary.schema import KNOWN_FACTS
from dsdocs.views import Table, View


@dataclass(frozen=True, slots=True)
class Flags:
    """Patches for which a flag is set."""

    counts: dict[str, int]  # name of the column -> patches
    flagged: int  # patches with at least one flag
    n_patches: int

    def views(self) -> tuple[View, ...]:
        """Return a row for each flag."""
        rows = tuple(
            (name, count, round(100 * count / self.n_patches, 2), KNOWN_FACTS.get(name, ""))
            for name, count in self.counts.items()
        )
        finding = f"{self.flagged:,} of {self.n_patches:,} patches have a flag."
        return (Table("Flagged patches", ("Column", "Patches", "Share (%)", "Meaning"), rows, finding),)


def flag_columns(summary: pa.Table) -> tuple[str, ...]:
    """Return the columns of facts that are true or false."""
    return tuple(field.name for field in summary.schema if ":" in field.name and pa.types.is_boolean(field.type))


def flags(summary: pa.Table) -> Flags:
    """Count patches by flag; a flag is a column of facts that is true or false.

    Raises
    ------
    ValueError
        No patch of the summary has such a column.
    """
    names = flag_columns(summary)
    if not names:
        raise ValueError("no patch of the summary has a flag")
    columns = {name: pc.fill_null(summary[name], False) for name in names}
    anyone = pc.fill_null(summary[names[0]], False)
    for column in columns.values():
        anyone = pc.or_(anyone, column)
    counts = {name: int(pc.sum(column).as_py() or 0) for name, column in columns.items()}
    return Flags(counts, int(pc.sum(anyone).as_py() or 0), summary.num_rows)
