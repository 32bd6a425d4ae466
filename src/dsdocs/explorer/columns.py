"""The attributes that the explorer filters by, as codes: from the summary, the nomenclature and the findings."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from dsdocs.analyses.flags import flag_columns
from dsdocs.analyses.ground import codes, numbered_rows
from dsdocs.errata import KINDS, Erratum
from dsdocs.explorer.levels import label_terms
from dsdocs.explorer.model import Column, Flags, Integers, Term
from dsdocs.findings import Finding
from dsdocs.findings.errata import KEY as ERRATA
from dsdocs.geo.countries import country_name
from dsdocs.nomenclatures import Nomenclature
from dsdocs.sensors import Sensor
from dsdocs.summary.schema import COLUMNS, KNOWN_FACTS

MOST = 256  # values of a fact that can still be chosen from
RARE = 10  # rows for each of them, at least; a fact with more of them is a name
_ORDERS = {"split": ("train", "val", "test"), "season": ("winter", "spring", "summer", "autumn")}
_TITLES = {"split": "Split", "season": "Season", "country": "Country", "tile": "Tile"}
_DESCRIPTIONS = {column.name: column.description for column in COLUMNS}
_WORD = 63  # bits of a word that stay positive


def columns(
    summary: pa.Table,
    *,
    nomenclature: Nomenclature | None,
    sensors: Mapping[str, Sensor],
    findings: Sequence[Finding],
    errata: Sequence[Erratum] = (),
) -> tuple[Column, ...]:
    """Return all columns in the order of the summary; one that tells nothing apart is left out, except labels."""
    found: list[Column | None] = [_labels(summary, nomenclature)]
    found += [_category(summary, name, _TITLES[name]) for name in ("split", "season")]
    found.append(_days(summary))
    found += [_category(summary, name, _TITLES[name]) for name in ("country", "tile")]
    found += [_sensors(summary, sensors), _flags(summary), _errata(summary, errata), _findings(summary, findings)]
    found += [_category(summary, name, _spoken(name)) for name in _text_facts(summary)]
    return tuple(column for column in found if column is not None and (column.name == "labels" or _tells(column)))


def _tells(column: Column) -> bool:
    return bool((column.histogram() > 0).sum() > 1)


def _text_facts(summary: pa.Table) -> Iterator[str]:
    for field in summary.schema:
        kind = field.type.value_type if pa.types.is_dictionary(field.type) else field.type
        if ":" in field.name and (pa.types.is_string(kind) or pa.types.is_large_string(kind)):
            yield field.name


def _spoken(name: str) -> str:
    """Return the name of a fact without its prefix, as a heading."""
    return name.partition(":")[2].replace("_", " ").capitalize()


def _category(summary: pa.Table, name: str, title: str) -> Column | None:
    values, number = codes(summary[name].cast(pa.string()))
    if not values or (":" in name and len(values) > min(MOST, len(number) // RARE)):
        return None
    counts = np.bincount(number[number >= 0], minlength=len(values))
    order = _ORDERS.get(name, ())
    # By meaning, then by falling count, then by name.
    ranked = sorted(
        range(len(values)),
        key=lambda one: (order.index(values[one]) if values[one] in order else len(order), -counts[one], values[one]),
    )
    kept = tuple(values[one] for one in ranked)
    titles = tuple(map(country_name, kept)) if name == "country" else ()
    description = _DESCRIPTIONS.get(name) or KNOWN_FACTS.get(name, "")
    return Column(name, title, description, "category", _recoded(number, ranked), kept, titles)


def _days(summary: pa.Table) -> Column | None:
    days = summary["datetime"].cast(pa.timestamp("us", "UTC"))
    # Truncated by hand: formatting a million times takes seconds.
    number = np.asarray(pc.fill_null(days.cast(pa.int64()), -(2**62)).to_numpy(), dtype=np.int64) // 86_400_000_000
    missing = pc.is_null(summary["datetime"]).to_numpy()
    found, place = np.unique(number[~missing], return_inverse=True)
    if not len(found):
        return None
    taken = np.full(len(number), len(found), dtype=np.uint32)
    taken[~missing] = place
    values = tuple(str(day) for day in found.astype("datetime64[D]"))
    return Column("date", "Date", "Day of the acquisition, UTC.", "day", taken, values)


def _recoded(number: Integers, ranked: Sequence[int]) -> np.ndarray:
    place = np.empty(len(ranked) + 1, dtype=np.uint32)
    place[list(ranked)] = np.arange(len(ranked))
    place[-1] = len(ranked)
    return place[number]


def _labels(summary: pa.Table, nomenclature: Nomenclature | None) -> Column | None:
    lists = summary["labels"].combine_chunks()
    missing, row, names, code = _flattened(lists)
    if missing.all():
        return None
    terms = label_terms(names, nomenclature)
    classes = {term.name: number for number, term in enumerate(terms) if not term.level}
    places = np.array([classes[name] for name in names], dtype=np.int64)
    taken, sets = _sets(len(lists), missing, row, places[code], len(classes))
    return Column("labels", "Labels", _DESCRIPTIONS["labels"], "set", taken, terms=terms, sets=sets)


def _sensors(summary: pa.Table, sensors: Mapping[str, Sensor]) -> Column | None:
    lists = summary["assets"].combine_chunks()
    if isinstance(lists, pa.ChunkedArray) or pa.types.is_null(lists.type):
        return None
    keys = pa.ListArray.from_arrays(lists.offsets, pc.struct_field(lists.values, "key"), mask=pc.is_null(lists))
    missing, row, names, code = _flattened(keys)
    known = [key for key in sensors if key in names]
    order = [*known, *(name for name in names if name not in sensors)]
    places = np.array([order.index(name) for name in names], dtype=np.int64)
    terms = tuple(
        Term(key, sensors[key].title if key in sensors else key, (number,)) for number, key in enumerate(order)
    )
    taken, sets = _sets(len(lists), missing, row, places[code], len(order))
    return Column(
        "sensors", "Sensors", "Sensors and maps that the patch has files of.", "set", taken, (), (), terms, sets
    )


def _flags(summary: pa.Table) -> Column | None:
    names = flag_columns(summary)
    if not names:
        return None
    set_at = [np.flatnonzero(pc.fill_null(summary[name], False).to_numpy()) for name in names]
    missing = np.logical_and.reduce([pc.is_null(summary[name]).to_numpy() for name in names])
    terms = tuple(Term(name, name.partition(":")[2].replace("_", " "), (number,)) for number, name in enumerate(names))
    row, code = _joined(set_at)
    taken, sets = _sets(summary.num_rows, missing, row, code, len(names))
    return Column("flags", "Flags", "What the archive itself says of the patch.", "set", taken, (), (), terms, sets)


def _findings(summary: pa.Table, findings: Sequence[Finding]) -> Column | None:
    # Errata have a column of their own.
    about = [one for one in findings if "Patch" in one.columns and one.rows and one.key != ERRATA]
    named = [{str(line[one.columns.index("Patch")]) for line in one.rows} for one in about]
    terms = tuple(Term(finding.key, finding.title, (number,)) for number, finding in enumerate(about))
    description = "What the checks of this site have found about the patch."
    return _named(summary, "findings", "Quality findings", description, terms, named)


def _errata(summary: pa.Table, errata: Sequence[Erratum]) -> Column | None:
    kinds = [kind for kind in KINDS if any(one.what == kind for one in errata)]
    named = [{one.patch for one in errata if one.what == kind} for kind in kinds]
    terms = tuple(Term(kind, f"{kind.capitalize()}: {KINDS[kind]}", (number,)) for number, kind in enumerate(kinds))
    description = "What people have found wrong with the patch, as far as it still holds."
    return _named(summary, "errata", "Errata", description, terms, named)


def _named(
    summary: pa.Table, name: str, title: str, description: str, terms: tuple[Term, ...], named: Sequence[set[str]]
) -> Column | None:
    """Return a column that says of each patch in which of several sets of names its own is."""
    if not terms:
        return None
    rows = {each: row for row, each in enumerate(summary["id"].to_pylist())}
    row, code = _joined(np.array(sorted(rows[one] for one in each if one in rows), dtype=np.int64) for each in named)
    taken, sets = _sets(summary.num_rows, np.zeros(summary.num_rows, dtype=bool), row, code, len(terms))
    return Column(name, title, description, "set", taken, (), (), terms, sets)


def _joined(rows: Iterable[Integers]) -> tuple[Integers, Integers]:
    """Return row and number of the list for each entry of several lists of rows."""
    lists = list(rows)
    return np.concatenate(lists), np.repeat(np.arange(len(lists)), [len(one) for one in lists])


def _flattened(lists: pa.Array) -> tuple[Flags, Integers, list[str], Integers]:
    """Return which lists are null, the row and the number of the name of each entry, and the names, sorted."""
    row = pc.list_parent_indices(lists).to_numpy().astype(np.int64)
    names, code = codes(lists.flatten().cast(pa.string()))
    return pc.is_null(lists).to_numpy(zero_copy_only=False), row[code >= 0], names, code[code >= 0]


def _sets(
    n: int, missing: Flags, row: Integers, member: Integers, n_members: int
) -> tuple[np.ndarray, tuple[tuple[int, ...], ...]]:
    """Return the code of the set of each row, and the sets: most frequent first, then by their members."""
    words = np.zeros((n, n_members // _WORD + 2), dtype=np.int64)
    np.bitwise_or.at(words, (row, member // _WORD), np.int64(1) << (member % _WORD))
    words[:, -1] = missing
    number = numbered_rows(words)
    _, first = np.unique(number, return_index=True)
    counts = np.bincount(number, minlength=len(first))
    members = [
        tuple(one for one in range(n_members) if words[at, one // _WORD] >> (one % _WORD) & 1) for at in first.tolist()
    ]
    kept = sorted(
        (one for one in range(len(first)) if not missing[first[one]]), key=lambda one: (-counts[one], members[one])
    )
    place = np.full(len(first), len(kept), dtype=np.uint32)
    place[kept] = np.arange(len(kept))
    return place[number], tuple(members[one] for one in kept)
