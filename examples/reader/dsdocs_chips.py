"""A reader for archives of image chips that one table describes: ``chips.csv`` and ``chips/*.tif``."""

import csv
import datetime as dt
import io

from dsdocs.errors import RasterError
from dsdocs.imagery.raster import read_header
from dsdocs.readers import Description
from dsdocs.records import Footprint, Ignored, PatchRecord, RecordError
from dsdocs.sensors import load_sensor

TABLE = "chips.csv"  # columns: file, labels (separated by ";"), split, date


class Chips:
    name = "chips"

    def recognises(self, names):
        return TABLE in names and any(name.startswith("chips/") and name.endswith(".tif") for name in names)

    def read(self, archive):
        with archive.open(TABLE) as source:
            rows = {row["file"]: row for row in csv.DictReader(io.TextIOWrapper(source, "utf-8-sig"))}
        for member in archive.members():
            row = rows.pop(member.path, None)
            if row is not None:
                yield _patch(member, row)
            elif member.path != TABLE:
                yield Ignored(member.path)
        for file in rows:
            yield RecordError(file, "image.missing", f"{TABLE} names this file, but the archive does not hold it")

    def describe(self, summary, archive):
        return Description("Chips of " + archive.name, sensors={"image": load_sensor("rgb")})


def _patch(member, row):
    try:
        date = dt.datetime.fromisoformat(row["date"]).replace(tzinfo=dt.UTC)
        with member.open() as source:
            header = read_header(source, member.path)
    except RasterError as error:
        return RecordError(member.path, error.category, error.problem)
    except ValueError as error:
        return RecordError(member.path, "meta.schema", f"{TABLE}: {error}")
    return PatchRecord(
        id=member.path.rpartition("/")[2].removesuffix(".tif"),
        labels=tuple(row["labels"].split(";")),
        split=row["split"] or None,
        datetime=date,
        footprint=Footprint(header.crs, header.ring()) if header.crs else None,
        gsd=header.gsd if header.crs else None,  # in metres, because these chips are in UTM
        width=header.width,
        height=header.height,
        assets={"image": member.path},
    )
