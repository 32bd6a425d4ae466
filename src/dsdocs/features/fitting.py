"""Fit the hand-made encoders to a data set: on a fixed sample of its patches, once, and kept in the state folder."""

from __future__ import annotations

import hashlib
import json
import tempfile
from typing import Any

import numpy as np
import pyarrow as pa

from dsdocs.errors import FeatureError
from dsdocs.features.handmade import DIMENSIONS, HandMade, Textures, of_parameters
from dsdocs.features.histogram import Bins
from dsdocs.features.inputs import Array, read_inputs
from dsdocs.features.model import Input
from dsdocs.features.parts import code_digest, paths_of
from dsdocs.features.pca import fit
from dsdocs.pixels.roles import roles_of
from dsdocs.pixels.sample import chosen_rows
from dsdocs.project import Project
from dsdocs.records import RecordError
from dsdocs.safe import write_text
from dsdocs.sensors import Sensor

FOLDER = "features"  # in the state folder
PATCHES = 512  # of the sample
VALUES = 1024  # pixels of each band of a patch that ranges are taken from
RANGE = (1, 99)  # percentiles of the values between which histograms have their bins


def hand_made(name: str, project: Project, wanted: Input) -> HandMade:
    """Return a hand-made encoder that is fitted to a project.

    Bins lie between the 1st and the 99th percentile of each band, and the components of ``handmade`` are those of
    standardised values, over up to 512 patches that are chosen as `dsdocs.pixels.sample.chosen_rows` says. Nothing else
    of the data enters.

    Raises
    ------
    FeatureError
        Not one patch of the sample can be read.
    """
    sensor = project.sensors[wanted.asset]
    if name == "statistics":
        return HandMade(name, wanted, True, None, None)
    textures = Textures(greys_of(sensor, wanted))
    if name == "lbp":
        return HandMade(name, wanted, False, None, textures)
    rows = chosen_rows(project.summary, PATCHES).tolist()
    path = project.state / FOLDER / f"{name}.json"
    key = _key(project, wanted, rows)
    if path.is_file():
        stored = json.loads(path.read_text(encoding="utf-8"))
        if stored["key"] == key:
            return of_parameters(name, wanted, stored["parameters"])
    fitted = _fitted(name, project, wanted, rows, textures)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_text(path, json.dumps({"key": key, "parameters": fitted.parameters()}))
    return fitted


def greys_of(sensor: Sensor, wanted: Input) -> tuple[tuple[int, ...], ...]:
    """Choose grey pictures whose texture is looked at: visible light and near infrared, or both bands of a radar."""
    places = {name: place for place, name in enumerate(wanted.bands)}
    if sensor.kind == "radar":
        return tuple((place,) for place in range(min(2, len(places))))
    shown = tuple(sorted(places[name] for name in set(sensor.true_colour or ()) if name in places)) or (0,)
    roles = roles_of(sensor)
    names = [sensor.bands[band].name for role in ("nir", "shoulder") for band in roles[role]]
    infrared = [places[name] for name in names if name in places and places[name] not in shown]
    return (shown, *((place,) for place in infrared[:1]))


def _fitted(name: str, project: Project, wanted: Input, rows: list[int], textures: Textures) -> HandMade:
    shape = (len(wanted.bands), *wanted.size)
    values: list[Array] = []
    step = max(1, wanted.size[0] * wanted.size[1] // VALUES)
    # All pixels of the sample may be more than memory has; of a stream they come once.
    with tempfile.TemporaryFile(dir=project.state) as kept:
        for found in read_inputs(project, wanted, rows):
            if not isinstance(found, RecordError):
                kept.write(found[1].tobytes())
                values.append(found[1].reshape(shape[0], -1)[:, ::step])
        if not values:
            raise FeatureError(f"{name}: not one of {len(rows):,} patches of {wanted.asset} can be read to fit it on")
        low, high = np.percentile(np.concatenate(values, axis=1), RANGE, axis=1)
        bins = Bins.between(low, high)
        if name == "histogram":
            return HandMade(name, wanted, False, bins, None)
        whole = HandMade(name, wanted, True, bins, textures)
        raw = np.empty((len(values), whole.raw_dimensions))
        kept.seek(0)
        size = 4 * int(np.prod(shape))
        for number in range(len(values)):
            raw[number] = whole.raw(np.frombuffer(kept.read(size), np.float32).reshape(1, *shape))[0]
    # Stored and read back, so that a fit that was kept and a fresh one are the same to the bit.
    parameters: dict[str, Any] = {**whole.parameters(), "projection": fit(raw, DIMENSIONS).as_json()}
    return of_parameters(name, wanted, json.loads(json.dumps(parameters)))


def _key(project: Project, wanted: Input, rows: list[int]) -> str:
    table = project.summary.select(["id", "assets", "window"]).take(pa.array(rows, pa.int64()))
    found = hashlib.sha256(f"{code_digest()} {wanted!r} {project.sensors[wanted.asset]!r}".encode())
    for row in table.to_pylist():
        found.update(repr(row).encode())
    if not project.archive.seekable:
        found.update(project.archive.stamp().encode())
        return found.hexdigest()
    for member in project.archive.fetch(paths_of(table, wanted)):
        stamp = member.stamp or project.archive.stamp()
        found.update(f"{member.path}\0{member.size}\0{stamp}\n".encode())
    return found.hexdigest()
