"""A reader for archives of image chips that one table describes: ``chips.csv`` and ``chips/*.tif``."""

import csv
import datetime as dt
import io

from dsdocs.errors import MemberError, RasterError
from dsdocs.imagery.raster import read_header
from dsdocs.readers import Description
from dsdocs.readers.columns import grouped
from dsdocs.records import Footprint, Fragment, Ignored, PatchRecord, RecordError
from dsdocs.sensors import load_sensor

TABLE = "chips.csv"  # columns: file, labels (separated by ";"), split, date


class Chips:
    name = "chips"

    def recognises(self, names):
        chips = [name for name in names if name.startswith("chips/") and name.endswith(".tif")]
        return f"{TABLE} and {len(chips)} chips, such as {chips[0]}" if TABLE in names and chips else None

    def read(self, members):
        for member in members:
            try:
                if member.path == TABLE:
                    for row in csv.DictReader(io.StringIO(member.read().decode("utf-8-sig"))):
                        yield Fragment(row["file"], TABLE, {"row": row})
                elif member.path.startswith("chips/") and member.path.endswith(".tif"):
                    with member.open() as source:
                        header = read_header(source, member.path)
                    place = {"crs": header.crs, "ring": header.ring(), "gsd": header.gsd} if header.crs else {}
                    yield Fragment(member.path, member.path, {"width": header.width, "height": header.height} | place)
                else:
                    yield Ignored(member.path)
            except (RasterError, MemberError) as error:
                yield Fragment(member.path, member.path, {"error": [error.category, error.problem]})

    def finish(self, fragments, tables):
        for file, group in grouped(fragments):
            facts = {key: value for fragment in group for key, value in fragment.facts.items()}
            if "error" in facts:
                yield RecordError(file, *facts["error"])
            elif "row" not in facts or "width" not in facts:
                category = "image.missing" if "row" in facts else "meta.missing"
                yield RecordError(file, category, f"expected a file, and a row for it in {TABLE}; found one of them")
            else:
                yield _patch(file, facts["row"], facts)

    def describe(self, summary, archive):
        return Description("Chips of " + archive.name, sensors={"image": load_sensor("rgb")})


def _patch(file, row, header):
    try:
        date = dt.datetime.fromisoformat(row["date"]).replace(tzinfo=dt.UTC)
    except ValueError as error:
        return RecordError(file, "meta.schema", f"{TABLE}: {error}")
    return PatchRecord(
        id=file.removeprefix("chips/").removesuffix(".tif"),
        labels=row["labels"].split(";"),
        split=row["split"] or None,
        datetime=date,
        footprint=Footprint(header["crs"], header["ring"]) if "crs" in header else None,
        assets={"image": file},
        **{key: header.get(key) for key in ("gsd", "width", "height")},
    )
