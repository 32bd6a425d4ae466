"""Timestamps that cannot be: before the satellite flew, after today, or an optical image of the night."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from dsdocs.findings.finding import Finding, first_ids
from dsdocs.sensors import Sensor

# Launch of the first satellite of a constellation. Copernicus: ESA, Sentinel-1 and Sentinel-2 mission pages.
LAUNCHES = {"Sentinel-1": date(2014, 4, 3), "Sentinel-2": date(2015, 6, 23)}
NIGHT = (21, 4)  # hours of local solar time; no day lasts so long south of the Arctic circle


def time_findings(summary: pa.Table, sensors: Mapping[str, Sensor], *, today: date) -> Iterator[Finding]:
    """Look at acquisition times.

    Parameters
    ----------
    summary
        One row per patch.
    sensors
        Sensor of each asset.
    today
        The day on which the check is made.
    """
    times = summary["datetime"]
    if times.null_count == summary.num_rows:
        return
    platforms = {sensor.platform for sensor in sensors.values()}
    # With several, each patch may be dated by another one.
    launch = min((LAUNCHES[name] for name in platforms if name in LAUNCHES), default=None)
    if launch is not None:
        early = pc.fill_null(pc.less(times, _moment(launch)), False)
        yield from _found(
            summary, early, "time-before-launch", f"Acquisition times lie before the launch of {_known(platforms)}",
            f"The first satellite was launched on {launch.isoformat()}. The date, or its order of day and month, is "
            "wrong.",
        )  # fmt: skip
    late = pc.fill_null(pc.greater(times, _moment(date.fromordinal(today.toordinal() + 1))), False)
    yield from _found(
        summary, late, "time-future", "Acquisition times lie in the future",
        "Seen from the day on which this site was built.",
    )  # fmt: skip
    if sensors and all(sensor.kind != "radar" for sensor in sensors.values()):
        yield from _found(
            summary, _at_night(summary), "time-night", "Optical images are dated at night",
            f"At the place of the patch, the time given is between {NIGHT[0]} and {NIGHT[1]} o'clock by the sun, and "
            "beyond the polar circles nothing is judged. Is it really UTC?",
        )  # fmt: skip


def _at_night(summary: pa.Table) -> pa.ChunkedArray:
    times = summary["datetime"]
    midnight = pc.equal(times, pc.floor_temporal(times, unit="day"))  # where only a date is known
    hours = pc.cast(pc.hour(times), pa.float64())
    hours = pc.add(hours, pc.divide(pc.cast(pc.minute(times), pa.float64()), 60.0))
    box = summary["bbox"].combine_chunks()
    west, east, south, north = (pc.struct_field(box, side) for side in ("xmin", "xmax", "ymin", "ymax"))
    longitude = pc.multiply(pc.add(west, east), 0.5)
    local = np.mod(
        pc.add(hours.combine_chunks(), pc.divide(longitude, 15.0)).to_numpy(zero_copy_only=False).astype(float), 24
    )
    with np.errstate(invalid="ignore"):
        night = (local >= NIGHT[0]) | (local < NIGHT[1])
        polar = (
            np.maximum(np.abs(south.to_numpy(zero_copy_only=False)), np.abs(north.to_numpy(zero_copy_only=False))) > 60
        )
    dated = ~pc.fill_null(midnight, True).to_numpy()
    return pa.chunked_array([pa.array(night & ~polar & dated)])


def _found(summary: pa.Table, mask: pa.ChunkedArray, key: str, title: str, explanation: str) -> Iterator[Finding]:
    chosen = summary.select(["id", "datetime"]).filter(mask)
    if not chosen.num_rows:
        return
    ids = chosen["id"].to_pylist()
    rows = tuple(
        (name, moment.isoformat().replace("+00:00", "Z"))
        for name, moment in zip(ids, chosen["datetime"].to_pylist(), strict=True)
    )
    yield Finding(key, "error", title, explanation, len(ids), "patches", ("Patch", "Time (UTC)"), rows, first_ids(ids))


def _moment(day: date) -> pa.Scalar:
    return pa.scalar(datetime(day.year, day.month, day.day), pa.timestamp("us")).cast(pa.timestamp("us", "UTC"))


def _known(platforms: set[str]) -> str:
    return " and ".join(sorted(platforms & LAUNCHES.keys()))
