"""Files: those that carry the name of another category, names of another form, and sizes out of line."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from dsdocs.findings.finding import Finding, first_ids

MOSTLY = 0.9  # share of the patches that makes a rule of what they have in common
_NUMBER = re.compile(r"[\W_]*\d[\d\W_]*$")
_OTHER = re.compile(r"[^a-z0-9]+")


def file_findings(summary: pa.Table) -> Iterator[Finding]:
    """Look at names and sizes."""
    yield from _foreign_names(summary)
    yield from _odd_forms(summary)
    yield from _odd_sizes(summary)


def _foreign_names(summary: pa.Table) -> Iterator[Finding]:
    """Find files such as ``forest/pasture_12.jpg``, where a file mostly carries the name of its folder."""
    assets = summary["assets"].combine_chunks()
    if not len(assets.flatten()):
        return
    first = pc.list_element(assets.filter(pc.greater(pc.list_value_length(assets), 0)), 0)
    ids = summary["id"].combine_chunks().filter(pc.greater(pc.list_value_length(assets), 0))
    hrefs = pc.struct_field(first, "href")
    parts = [path.rsplit("/", 2) for path in hrefs.to_pylist()]
    folders = [_plain(part[-2]) if len(part) > 1 else "" for part in parts]
    stems = [_plain(_NUMBER.sub("", part[-1].rpartition(".")[0])) for part in parts]
    if not any(stems) or len(set(folders)) < 2:
        return
    names = Counter(zip(folders, stems, strict=True))
    matching = sum(count for (folder, stem), count in names.items() if folder == stem)
    known = set(folders)
    # One category whose files are all called otherwise must not hide among many that are in order.
    categories_in_order = sum(1 for folder in known if names[folder, folder] > 0)
    if matching < MOSTLY * len(parts) and categories_in_order < MOSTLY * len(known):
        return
    found = [
        (name, part[-2], part[-1], "another category" if stem in known else "no category")
        for name, part, folder, stem in zip(ids.to_pylist(), parts, folders, stems, strict=True)
        if folder != stem
    ]
    if found:
        yield Finding(
            "files-foreign-name",
            "error" if any(row[3] == "another category" for row in found) else "warning",
            "Files carry another name than their category",
            "Most files are called like the folder they lie in, these are not. A file in the wrong folder has the "
            "wrong label; a name that is misspelt breaks every program that builds it from the other.",
            len(found),
            "files",
            ("Patch", "Folder", "File", "Named like"),
            tuple(found),
            first_ids([row[0] for row in found]),
        )


def _odd_forms(summary: pa.Table) -> Iterator[Finding]:
    """Find names of another form than almost all have; a run of letters or of digits counts as one sign."""
    forms = pc.replace_substring_regex(summary["id"], "[0-9]+", "0")
    forms = pc.replace_substring_regex(forms, "[A-Za-z]+", "A").combine_chunks()
    counts = {entry["values"]: entry["counts"] for entry in pc.value_counts(forms).to_pylist()}
    usual = [form for form, count in counts.items() if count >= 0.01 * summary.num_rows]
    covered = sum(counts[form] for form in usual)
    if len(counts) == len(usual) or covered < 0.99 * summary.num_rows:
        return
    odd = pc.invert(pc.is_in(forms, pa.array(usual)))
    ids = summary["id"].combine_chunks().filter(odd).to_pylist()
    example = summary["id"].combine_chunks().filter(pc.is_in(forms, pa.array(usual)))[0].as_py()
    yield Finding(
        "files-odd-form",
        "warning",
        "Names of patches do not have the form of the others",
        f"At least 99 of 100 patches are named like {example}, in letters, digits and signs between them. Programs "
        "that take names apart will stumble over these.",
        len(ids),
        "patches",
        ("Patch",),
        tuple((name,) for name in ids),
        first_ids(ids),
    )


def _odd_sizes(summary: pa.Table) -> Iterator[Finding]:
    known = pc.and_(pc.is_valid(summary["width"]), pc.is_valid(summary["height"]))
    table = summary.select(["id", "width", "height"]).filter(known)
    if not table.num_rows:
        return
    sizes = np.stack([table["width"].to_numpy(), table["height"].to_numpy()], axis=1)
    found, inverse, counts = np.unique(sizes, axis=0, return_inverse=True, return_counts=True)
    usual = int(counts.argmax())
    if len(found) == 1 or counts[usual] < MOSTLY * len(sizes):
        return
    places = np.flatnonzero(inverse.ravel() != usual)
    ids = table["id"].take(pa.array(places)).to_pylist()
    width, height = found[usual].tolist()
    yield Finding(
        "files-odd-size",
        "warning",
        "Patches are of another size than the others",
        f"{counts[usual] / len(sizes):.2%} of the patches have {width} x {height} px. Batches need one size, so these "
        "have to be cropped, resampled or left out.",
        len(ids),
        "patches",
        ("Patch", "Width (px)", "Height (px)"),
        tuple((name, *sizes[place].tolist()) for name, place in zip(ids, places, strict=True)),
        first_ids(ids),
    )


def _plain(name: str) -> str:
    return _OTHER.sub("", name.casefold())
