"""One data set at work: its configuration, its archive and everything that was computed from it so far.

The state folder of a project holds::

    locations.json     where configuration and archive lie, for the pages of a running build
    description.json   what was detected
    summary.parquet    the one table
    report.json        what was found, kept, quarantined, ignored
    archive.json       number and size of the archive's files, and the folders that all share
    parts/             parts of the archive as they were read, for the next time
    members/           files of a streamed archive that pages open
    pixels/            parts of the pass over all pixels, and its results beside it: pixels.json, pixels.parquet,
                       pixel-hashes.parquet; see `dsdocs.pixels`
    facts.json         numbers that prose quotes
    outline.json       the archive as a short tree
    thumbnails.json    the pictures that exist
    sprites/           small pictures of all patches: parts, and the sheets made of them; sprites.json beside it
    versions/          summaries of earlier versions that were fetched, see `dsdocs.releases`
    classify/          the classifiers that the site publishes, see `dsdocs.classify.publish`
    data/              what the site publishes below _data/: pictures, maps, tables, the summary
    cells/             outputs of notebook cells, by content
    archive-digest.json
                       digest of all pixels, once a GPU cell has asked for it
    gpu-cells.json     where the stored results of GPU cells are, or what is wrong with them
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import pyarrow as pa

from dsdocs.archive import Archive
from dsdocs.archive.rooted import RootedArchive
from dsdocs.config import FILE_NAME, Config, SensorSection, load_config
from dsdocs.errors import ConfigError, DsdocsError
from dsdocs.imagery.model import Thumbnail
from dsdocs.locations import Locations, from_file
from dsdocs.nomenclatures import Nomenclature, load_nomenclature, nomenclature_names, read_nomenclature
from dsdocs.readers import Description
from dsdocs.safe import write_text
from dsdocs.sensors import Band, Sensor, load_sensor
from dsdocs.summary.read import fingerprint, read_summary

STATE_VARIABLE = "DSDOCS_STATE"


@dataclass(frozen=True)
class Project:
    """A data set, its site and their state; what is not computed yet raises when it is asked for."""

    locations: Locations

    @property
    def config(self) -> Config:
        """What the author says."""
        return self.locations.config

    @property
    def config_file(self) -> Path | None:
        """The configuration file; None: there is none."""
        return self.locations.config_file

    @property
    def state(self) -> Path:
        """Folder of everything that was computed."""
        return self.locations.state

    @property
    def book(self) -> Path | None:
        """Folder of the author's own pages; None: there are none."""
        return self.locations.book

    @cached_property
    def side_table(self) -> bytes | None:
        """The table of a declared layout, where it lies beside the configuration."""
        layout = self.config.layout
        if layout is None or layout.table is None or self.config_file is None:
            return None
        path = self.config_file.parent / layout.table.path
        return path.read_bytes() if path.is_file() else None

    @property
    def compared(self) -> tuple[tuple[str, Path], ...]:
        """Names and summaries of the data sets that this one is compared with."""
        return self.locations.compared

    @property
    def summary_path(self) -> Path:
        """Path of the summary."""
        return self.state / "summary.parquet"

    @property
    def data(self) -> Path:
        """Folder of the files that the site publishes below ``_data/``."""
        return self.state / "data"

    @cached_property
    def archive(self) -> RootedArchive:
        """The raw archive under the paths of the summary, which must be there."""
        return RootedArchive(self.container, self.counts["root"], self.state / "members")

    @cached_property
    def container(self) -> Archive:
        """The raw archive as it is."""
        return self.locations.open_archive()

    @cached_property
    def summary(self) -> pa.Table:
        """One row per patch."""
        return read_summary(self.summary_path)

    @cached_property
    def fingerprint(self) -> str:
        """First 12 hexadecimal digits of the summary's SHA-256."""
        return fingerprint(self.summary_path)

    @cached_property
    def facts(self) -> dict[str, dict[str, Any]]:
        """Numbers that prose quotes: key -> value, text, description."""
        facts: dict[str, dict[str, Any]] = self._json("facts.json")
        return facts

    @cached_property
    def report(self) -> dict[str, Any]:
        """What was found, kept, quarantined and ignored."""
        report: dict[str, Any] = self._json("report.json")
        return report

    @cached_property
    def counts(self) -> dict[str, Any]:
        """Files and bytes of the archive, and the folders that all its files share."""
        counts: dict[str, Any] = self._json("archive.json")
        return counts

    @cached_property
    def outline(self) -> list[tuple[int, str, str]]:
        """The archive as a short tree: depth, name, note."""
        return [(depth, name, note) for depth, name, note in self._json("outline.json")]

    @cached_property
    def thumbnails(self) -> tuple[Thumbnail, ...]:
        """The pictures that exist."""
        return tuple(Thumbnail(**entry) for entry in self._json("thumbnails.json"))

    @cached_property
    def pictures(self) -> dict[str, Any]:
        """How the pictures were made: format, edge, quality, bytes and their budget."""
        report: dict[str, Any] = self._json("pictures.json")["report"]
        return report

    @cached_property
    def description(self) -> Description:
        """What is known of the data set: the author's word before the reader's."""
        stored = self._json("description.json")
        sensors = {key: revive_sensor(value) for key, value in stored.pop("sensors")}
        detected = Description(**{**stored, "references": tuple(stored["references"]), "sensors": sensors})
        return _authored(detected, self.config)

    @property
    def sensors(self) -> Mapping[str, Sensor]:
        """Sensor of each asset."""
        return self.description.sensors

    @cached_property
    def nomenclature(self) -> Nomenclature | None:
        """Class list of the labels; None: labels are as the archive has them."""
        name = self.description.nomenclature
        return None if name is None else resolve_nomenclature(name, self.config_file)

    def _json(self, name: str) -> Any:
        path = self.state / name
        if not path.is_file():
            raise DsdocsError(f"{name} is not there yet; run: dsdocs build")
        return json.loads(path.read_text(encoding="utf-8"))


def open_project(start: Path | None = None) -> Project:
    """Open the project that a page belongs to.

    Parameters
    ----------
    start
        Folder in which to look for ``dsdocs.toml``, upwards; default: the current one. While a build runs, its own
        project is returned whatever the folder.

    Raises
    ------
    ConfigError
        There is no ``dsdocs.toml`` in the folder or above it, or it names no archive.
    """
    named = os.environ.get(STATE_VARIABLE)
    if named:
        stored = json.loads((Path(named) / "locations.json").read_text(encoding="utf-8"))
        file = Path(stored["config_file"]) if stored["config_file"] else None
        config = load_config(file) if file else Config()
        return Project(Locations(config, file, tuple(stored["archive"]), Path(named)))
    folder = (start or Path.cwd()).resolve()
    for candidate in (folder, *folder.parents):
        if (candidate / FILE_NAME).is_file():
            return Project(from_file(candidate / FILE_NAME))
    raise ConfigError(FILE_NAME, "", f"not found in {folder} or above it; write one with: dsdocs init")


def resolve_nomenclature(name: str, config_file: Path | None) -> Nomenclature:
    """Load a built-in nomenclature by its name, or an author's own by its path beside the configuration."""
    if name in nomenclature_names() or config_file is None or not name.endswith(".toml"):
        return load_nomenclature(name)
    return read_nomenclature(config_file.parent / name)


def _authored(detected: Description, config: Config) -> Description:
    """Put the author's word over what was detected."""
    sensors = dict(detected.sensors)
    for asset, section in config.sensors.items():
        sensors[asset] = resolve_sensor(section, sensors.get(asset))
    return replace(
        detected,
        title=config.dataset.title or detected.title,
        homepage=config.dataset.homepage or detected.homepage,
        split_rule=config.splits.rule or detected.split_rule,
        sensors=sensors,
    )


def resolve_sensor(section: SensorSection, detected: Sensor | None) -> Sensor:
    """Put the author's word on a sensor over what was detected.

    Raises
    ------
    ConfigError
        The section names a built-in sensor that does not exist.
    """
    try:
        base = load_sensor(section.use) if section.use else detected
    except KeyError as error:
        raise ConfigError(FILE_NAME, "sensors.use", str(error.args[0])) from None
    units = {band.name: band.unit for band in base.bands} if base else {}
    bands = tuple(
        Band(band.name, band.description, band.gsd, band.centre, band.width, band.unit or units.get(band.name, ""))
        for band in section.bands
    )
    if base is None:
        base = Sensor(id="custom", title=section.title or "Sensor", kind=section.kind or "optical", bands=bands)
    return replace(
        base,
        title=section.title or base.title,
        kind=section.kind or base.kind,
        bands=bands or base.bands,
        true_colour=section.true_colour or base.true_colour,
        false_colour=section.false_colour or base.false_colour,
        saturated=base.saturated if section.saturated is None else section.saturated,
    )


def revive_sensor(stored: dict[str, Any]) -> Sensor:
    """Rebuild a sensor from JSON."""
    tuples = {key: tuple(value) for key, value in stored.items() if key.endswith("_colour") and value is not None}
    return Sensor(**{**stored, **tuples, "bands": tuple(Band(**band) for band in stored["bands"])})


def store_locations(project: Project) -> None:
    """Write down where configuration and archive lie, so that pages can open the project."""
    stored = {
        "config_file": str(project.config_file) if project.config_file else None,
        "archive": project.locations.archive,
    }
    _write(project.state / "locations.json", stored)


def store_description(project: Project, description: Description) -> None:
    """Write down what was detected."""
    sensors = [(key, asdict(sensor)) for key, sensor in description.sensors.items()]  # in the reader's order
    _write(project.state / "description.json", {**_plain(description), "sensors": sensors})


def _write(path: Path, value: object) -> None:
    write_text(path, json.dumps(value, indent=1, sort_keys=True, ensure_ascii=False))


def _plain(description: Description) -> dict[str, Any]:
    names = ("title", "nomenclature", "homepage", "references", "split_rule", "metadata_path")
    return {
        **{name: getattr(description, name) for name in names},
        "metadata_fields": dict(description.metadata_fields),
    }
