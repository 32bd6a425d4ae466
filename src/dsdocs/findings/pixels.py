"""Pixels: bands without data, without a difference or cut off at the top, kinds of numbers out of line, duplicates."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from dsdocs.findings.finding import Finding, first_ids

SATURATED = 0.1  # share of the pixels of a band
MOSTLY = 0.9


def pixel_findings(bands: pa.Table) -> Iterator[Finding]:
    """Look at what is known of each patch and band.

    Parameters
    ----------
    bands
        As `dsdocs.pixels.model.BAND_COLUMNS`.
    """
    if not bands.num_rows:
        return
    count, saturated = (bands[name].to_numpy() for name in ("count", "saturated"))
    yield from _bands(
        bands, count == 0, "pixels-none", "error", "Bands hold no data",
        "Every pixel is nodata, not a number, or infinite. Such a band teaches a model nothing, and a mean over it is "
        "not a number.",
    )  # fmt: skip
    # A map of one class is an ordinary map.
    measured = pc.is_valid(bands["mean"]).to_numpy(zero_copy_only=False)
    constant = bands["constant"].to_numpy(zero_copy_only=False).astype(bool) & measured & (count > 1)
    yield from _bands(
        bands, constant, "pixels-constant", "warning", "Bands hold one value only",
        "All pixels of the band are equal. Ground never is; the band was filled, or lost on the way.", ("min",),
    )  # fmt: skip
    share = saturated / np.maximum(count, 1)
    # Of whole numbers of 8 bit, the highest is an ordinary white.
    wide = ~pc.is_in(bands["dtype"].cast(pa.string()), pa.array(["uint8", "int8"])).to_numpy(zero_copy_only=False)
    yield from _bands(
        bands, (share > SATURATED) & wide & ~constant & measured, "pixels-saturated", "warning", "Bands are saturated",
        f"More than {SATURATED:.0%} of the pixels hold the value that stands for saturation, or the largest that their "
        "kind of number can: what was brighter is cut off.", ("saturated",),
    )  # fmt: skip
    yield from _uneven(bands, "dtype", "pixels-dtype", "Bands hold another kind of number than the others")
    yield from _uneven(bands, "width", "pixels-size", "Bands have another size than the others")


def duplicate_findings(summary: pa.Table, hashes: pa.Table) -> Iterator[Finding]:
    """Find patches with the same pixels in all bands.

    Parameters
    ----------
    summary
        One row per patch.
    hashes
        As `dsdocs.pixels.model.HASH_COLUMNS`; rows are those of the summary.
    """
    content = hashes["content"].combine_chunks()
    known = np.flatnonzero(pc.is_valid(content).to_numpy(zero_copy_only=False))
    if not known.size:
        return
    codes = content.take(pa.array(known)).dictionary_encode().indices.to_numpy()
    sizes = np.bincount(codes)
    again = np.flatnonzero(sizes[codes] > 1)
    if not again.size:
        return
    order = again[np.argsort(codes[again], kind="stable")]
    table = summary.select(["id", "split", "labels"]).take(pa.array(known[order]))
    _, group = np.unique(codes[order], return_inverse=True)
    splits = table["split"].cast(pa.string()).to_pylist()
    across = {number for number in set(group.tolist()) if len({splits[i] for i in np.flatnonzero(group == number)}) > 1}
    rows = tuple(
        (int(number) + 1, name, split, ", ".join(labels or ()))
        for number, name, split, labels in zip(
            group, table["id"].to_pylist(), splits, table["labels"].to_pylist(), strict=True
        )
    )
    crossing = f" {len(across)} of the groups lie in more than one split." if across else ""
    yield Finding(
        "pixels-duplicate",
        "error" if across else "warning",
        "Patches have the same pixels",
        "All bands are equal, pixel by pixel, under several names. A test patch that was also learned from measures "
        f"memory, and labels that differ within a group contradict each other.{crossing}",
        len(rows),
        "patches",
        ("Group", "Patch", "Split", "Labels"),
        rows,
        tuple(row[1] for row in rows[:6]),
    )


def _bands(
    bands: pa.Table, mask: np.ndarray, key: str, severity: str, title: str, explanation: str, more: tuple[str, ...] = ()
) -> Iterator[Finding]:
    chosen = bands.select(["id", "asset", "band", *more]).filter(pa.array(mask))
    if not chosen.num_rows:
        return
    columns = [
        chosen[name].cast(pa.string()) if name in ("asset", "band") else chosen[name] for name in chosen.column_names
    ]
    rows = tuple(zip(*(column.to_pylist() for column in columns), strict=True))
    heads = {"min": "Value", "saturated": "Saturated pixels"}
    names = ("Patch", "Sensor", "Band", *(heads[name] for name in more))
    ids = list(dict.fromkeys(row[0] for row in rows))
    yield Finding(key, severity, title, explanation, len(rows), "bands", names, rows, first_ids(ids))  # type: ignore[arg-type]


def _uneven(bands: pa.Table, column: str, key: str, title: str) -> Iterator[Finding]:
    """Find bands that differ from what the same band of other patches has."""
    kind = np.asarray(bands[column].cast(pa.string()).to_pylist()) if column == "dtype" else _sizes(bands)
    place = np.char.add(np.char.add(_texts(bands, "asset"), "\0"), _texts(bands, "band"))
    _, where = np.unique(place, return_inverse=True)
    values, code = np.unique(kind, return_inverse=True)
    counts = np.zeros((where.max() + 1, len(values)), np.int64)
    np.add.at(counts, (where, code), 1)
    usual, total = counts.argmax(axis=1), counts.sum(axis=1)
    ruled = counts.max(axis=1) >= MOSTLY * total
    odd = np.flatnonzero(ruled[where] & (code != usual[where]))
    if not odd.size:
        return
    ids, assets, names = (_texts(bands, name)[odd].tolist() for name in ("id", "asset", "band"))
    rows = tuple(zip(ids, assets, names, kind[odd].tolist(), values[usual[where[odd]]].tolist(), strict=True))
    yield Finding(
        key,
        "warning",
        title,
        "Almost all patches have one kind in this band, these have another, which code for the usual one may misread.",
        len(rows),
        "bands",
        ("Patch", "Sensor", "Band", "Found", "Usual"),
        rows,
        first_ids(list(dict.fromkeys(ids))),
    )


def _sizes(bands: pa.Table) -> np.ndarray:
    width, height = (bands[name].to_numpy().astype(str) for name in ("width", "height"))
    return np.char.add(np.char.add(width, " x "), height)


def _texts(bands: pa.Table, name: str) -> np.ndarray:
    return np.asarray(bands[name].cast(pa.string()).to_pylist())
