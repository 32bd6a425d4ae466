"""Labels: patches without any or with more than declared, and classes that contradict the category of a patch."""

from __future__ import annotations

import re
from collections.abc import Iterator
from difflib import SequenceMatcher
from itertools import combinations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from dsdocs.findings.finding import Finding, first_ids

# Facts that name what an image was collected for, as the readers write them; see `dsdocs.summary.schema.KNOWN_FACTS`.
CATEGORIES = (":category", ":class")
OFTEN = 0.9  # share of the images of a category that are expected to carry the label of its name
ALIKE = 0.85  # of the letters of two class names; "harbor" and "habor" share 0.91
_OTHER = re.compile(r"[^a-z0-9]+")


def label_findings(summary: pa.Table, *, most: int | None = None) -> Iterator[Finding]:
    """Look at labels.

    Parameters
    ----------
    summary
        One row per patch.
    most
        Declared largest number of labels of a patch; None: none is declared.
    """
    labels = summary["labels"].combine_chunks()
    lengths = pc.fill_null(pc.list_value_length(labels), 0).to_numpy(zero_copy_only=False)
    if not lengths.any():
        return
    if (lengths == 0).any():
        yield _unlabelled(summary, lengths)
    if most is not None and (lengths > most).any():
        yield _too_many(summary, lengths, most)
    yield from _own_category(summary)
    yield from _look_alike(sorted(pc.unique(labels.flatten()).to_pylist()))


def _unlabelled(summary: pa.Table, lengths: np.ndarray) -> Finding:
    places = np.flatnonzero(lengths == 0)
    chosen = summary.select(["id", "labels", "split"]).take(pa.array(places))
    ids = chosen["id"].to_pylist()
    rows = tuple(
        (name, "no list" if labels is None else "empty list", split)
        for name, labels, split in zip(ids, chosen["labels"].to_pylist(), chosen["split"].to_pylist(), strict=True)
    )
    return Finding(
        "labels-none",
        "warning",
        "Patches carry no label",
        "Other patches of the archive have labels, these have none. A loss function takes that for the statement that "
        "no class is there. Leave them out of training and testing, or say that they are meant so.",
        len(ids),
        "patches",
        ("Patch", "Labels", "Split"),
        rows,
        first_ids(ids),
    )


def _too_many(summary: pa.Table, lengths: np.ndarray, most: int) -> Finding:
    places = np.flatnonzero(lengths > most)
    places = places[np.argsort(-lengths[places], kind="stable")]
    chosen = summary.select(["id", "labels"]).take(pa.array(places))
    ids = chosen["id"].to_pylist()
    rows = tuple(
        (name, len(labels), ", ".join(labels)) for name, labels in zip(ids, chosen["labels"].to_pylist(), strict=True)
    )
    return Finding(
        "labels-many",
        "error",
        "Patches carry more labels than declared",
        f"The data set is said to have at most {most} labels on a patch (labels.most in dsdocs.toml). Either that is "
        "wrong, or a row of the label table has slipped.",
        len(ids),
        "patches",
        ("Patch", "Labels", "Which"),
        rows,
        tuple(ids[:6]),
    )


def _own_category(summary: pa.Table) -> Iterator[Finding]:
    """Compare the category that an image was collected for with its labels, where the two share a name."""
    column = next((name for name in summary.column_names if name.endswith(CATEGORIES)), None)
    if column is None:
        return
    labels = summary["labels"].combine_chunks()
    categories = summary[column].combine_chunks().cast(pa.string())
    parents = pc.list_parent_indices(labels).to_numpy()
    flat = labels.flatten()
    classes = {_plain(name): name for name in pc.unique(flat).to_pylist()}
    known = pc.is_valid(labels)
    seldom: list[tuple[str, str, int, int, float]] = []
    examples: list[str] = []
    for entry in pc.value_counts(categories.filter(known)).to_pylist():
        category, total = entry["values"], entry["counts"]
        label = None if category is None else classes.get(_plain(category), _declared(category, classes))
        if label is None:
            continue
        with_label = np.zeros(len(labels), bool)
        with_label[parents[pc.equal(flat, label).to_numpy(zero_copy_only=False)]] = True
        inside = pc.fill_null(pc.and_(known, pc.equal(categories, category)), False).to_numpy(zero_copy_only=False)
        carrying = int((inside & with_label).sum())
        if carrying < OFTEN * total:
            seldom.append((category, label, total, carrying, round(carrying / total, 4)))
            without = np.flatnonzero(inside & ~with_label)[:2]
            examples += summary["id"].take(pa.array(without)).to_pylist()
    if seldom:
        seldom.sort(key=lambda row: (row[4], row[0]))
        never = any(row[3] == 0 for row in seldom)
        yield Finding(
            "labels-own-category",
            "error" if never else "warning",
            "Images do not carry the label of their own category",
            f"An image of the category airport should carry the label airport. Listed are categories in which fewer "
            f"than {OFTEN:.0%} of the images do; where none does, a column of the label table is likely to be shifted, "
            "empty or misspelt.",
            len(seldom),
            "categories",
            ("Category", "Label", "Images", "With the label", "Share"),
            tuple(seldom),
            tuple(examples[:6]),
        )


def _declared(category: str, classes: dict[str, str]) -> str | None:
    """Find the class of a category whose name is in the plural or the singular."""
    name = _plain(category)
    return classes.get(f"{name}s") or (classes.get(name[:-1]) if name.endswith("s") else None)


def _look_alike(classes: list[str]) -> Iterator[Finding]:
    pairs = []
    for one, other in combinations(classes, 2):
        first, second = _plain(one), _plain(other)
        if first == second or (
            min(len(first), len(second)) > 4 and _share(first, second) >= ALIKE and _typo(first, second)
        ):
            pairs.append((one, other))
    if pairs:
        yield Finding(
            "labels-look-alike",
            "warning",
            "Names of classes look like two spellings of one",
            "They differ by a letter, by capitals or by punctuation. If they mean the same, the class is split in two, "
            "and every count of it is too small.",
            len(pairs),
            "pairs",
            ("Class", "Other class"),
            tuple(pairs),
        )


def _typo(one: str, other: str) -> bool:
    """Tell whether one name becomes the other by one letter more, less, changed, or two exchanged."""
    if abs(len(one) - len(other)) > 1:
        return False
    start = next((i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    rest, other_rest = one[start:], other[start:]
    # The plural of a word is another word: "road" and "roads" may be two classes on purpose.
    if {rest, other_rest} == {"", "s"}:
        return False
    swapped = rest[:2] == other_rest[:2][::-1] and rest[2:] == other_rest[2:]
    return rest[1:] == other_rest or rest == other_rest[1:] or rest[1:] == other_rest[1:] or swapped


def _share(one: str, other: str) -> float:
    return SequenceMatcher(None, one, other, autojunk=False).ratio()


def _plain(name: str) -> str:
    return _OTHER.sub("", name.casefold())
