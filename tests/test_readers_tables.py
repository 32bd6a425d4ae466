"""Side tables of every format: one meaning of a cell, and one error for what cannot be read."""

from __future__ import annotations

import io
import json
import re
import struct
import zipfile
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from dsdocs.errors import MemberError
from dsdocs.readers.tables import is_table, read_table, rows_left_out
from dsdocs.readers.tables.cells import is_date_format, iso_date
from dsdocs.records import RecordError
from support.reading import memory_members
from support.workbooks import packed, parts, workbook

ROWS = [["Name ", "n", "share", "seen", "day"], ["a", "1", "0.5", "true", ""], ["=1+1", "", "2", "FALSE", "2020-02-30"]]
SAME = {
    "Name": ["a", "=1+1"], "n": [1, None], "share": [0.5, 2.0], "seen": [True, False], "day": [None, "2020-02-30"],
}  # fmt: skip


def read(name: str, content: bytes, **options: int) -> pa.Table | RecordError:
    return read_table(*memory_members({name: content}), **options)


def good(name: str, content: bytes) -> pa.Table:
    table = read(name, content)
    assert isinstance(table, pa.Table), table
    return table


def bad(name: str, content: bytes, **options: int) -> RecordError:
    error = read(name, content, **options)
    assert isinstance(error, RecordError), error
    assert error.path == name
    return error


def csv_of(rows: list[list[str]], delimiter: str = ",", end: str = "\n") -> str:
    return "".join(delimiter.join(row) + end for row in rows)


def parquet_of(table: pa.Table, **options: object) -> bytes:
    sink = io.BytesIO()
    pq.write_table(table, sink, **options)
    return sink.getvalue()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_any_delimiter_line_end_and_encoding_is_the_same_table(delimiter: str, end: str, encoding: str) -> None:
    assert good("a.csv", csv_of(ROWS, delimiter, end).encode(encoding)).to_pydict() == SAME


def test_the_delimiter_is_the_one_that_cuts_all_rows_alike() -> None:
    assert good("a.csv", b"a, b, c;n\nx, y;1\nz;2\n").to_pydict() == {"a, b, c": ["x, y", "z"], "n": [1, 2]}


def test_a_workbook_says_what_the_same_text_says() -> None:
    rows = [ROWS[0], ["a", 1, 0.5, True, None], [None] * 5, ["=1+1", None, 2, False, "2020-02-30"], ["", " "]]
    assert good("a.xlsx", workbook(rows)).to_pydict() == SAME


def test_json_lists_columns_and_lines_are_the_same_table() -> None:
    rows = [{"id": "a", "n": 1, "tags": ["x", "y"], "share": 1}, {"id": "b", "n": None, "tags": [], "share": 0.5}]
    columns = {"id": ["a", "b"], "n": [1, None], "tags": [["x", "y"], []], "share": [1.0, 0.5]}
    lines = "\n".join(json.dumps(row) for row in rows) + "\n"
    forms = {"a.json": json.dumps(rows), "b.json": json.dumps(columns), "c.jsonl": lines, "d.json": lines}
    tables = [good(name, text.encode()) for name, text in forms.items()]
    assert all(table.equals(tables[0]) for table in tables)
    assert tables[0].to_pydict() == columns
    assert tables[0].schema.field("tags").type == pa.list_(pa.string())


def test_the_published_text_and_workbook_of_uc_merced_agree(shared_data: Path) -> None:
    text, book = (
        good(name, (shared_data / "ucmerced" / name).read_bytes())
        for name in ("LandUse_Multilabeled.txt", "LandUse_Multilabeled.xlsx")
    )
    assert text.equals(book)
    assert (text.num_rows, text.num_columns) == (2100, 18)
    assert {str(kind) for kind in text.schema.types[1:]} == {"int8"}


def test_the_published_label_files_of_mlrsnet_have_60_columns_of_0_and_1(shared_data: Path) -> None:
    for path in (shared_data / "mlrsnet" / "labels").iterdir():
        table = good(path.name, path.read_bytes())
        assert table.num_columns == 61
        assert set(
            pc.unique(pa.chunked_array([chunk for c in table.columns[1:] for chunk in c.chunks])).to_pylist()
        ) == {0, 1}


@pytest.mark.parametrize(
    ("cells", "values"),
    [
        (["007", "8"], ["007", "8"]),
        (["9223372036854775808", "1"], ["9223372036854775808", "1"]),
        (["1", "2.5", "-3e2"], [1.0, 2.5, -300.0]),
        (["1", "nan", ""], [1.0, None, None]),
        (["0x1F", "1"], ["0x1F", "1"]),
        (["inf", "1"], ["inf", "1"]),
        (["1,5", "2,5"], ["1,5", "2,5"]),
        (["true", "1"], ["true", "1"]),
        (["NA", "1"], ["NA", "1"]),
        (["=cmd|'/C calc'!A0", "@SUM(A1)"], ["=cmd|'/C calc'!A0", "@SUM(A1)"]),
        (["{{ 7 * 7 }}", "<b>"], ["{{ 7 * 7 }}", "<b>"]),
    ],
)
def test_a_column_is_of_numbers_only_if_no_digit_of_any_cell_is_lost(cells: list[str], values: list[object]) -> None:
    text = csv_of([["key", "x"], *([str(number), cell] for number, cell in enumerate(cells))], "\t")
    assert good("a.tsv", text.encode()).column("x").to_pylist() == values
    rows = [["key", "x"], *([number, cell] for number, cell in enumerate(cells))]
    assert good("a.xlsx", workbook(rows)).column("x").to_pylist() == values


@given(
    st.lists(
        st.tuples(st.text(st.characters(exclude_categories=["Cs", "Cc"])), st.integers(-(2**63), 2**63 - 1)), min_size=1
    )
)
def test_any_text_comes_back_as_it_was_written(pairs: list[tuple[str, int]]) -> None:
    text = "text,number\n" + "".join('"x{}x",{}\n'.format(text.replace('"', '""'), number) for text, number in pairs)
    book = workbook([["text", "number"], *([f"x{text}x", str(number)] for text, number in pairs)])
    for table in (good("a.csv", text.encode()), good("a.xlsx", book)):
        assert table.to_pydict() == {"text": [f"x{text}x" for text, _ in pairs], "number": [n for _, n in pairs]}


@given(st.binary(max_size=200), st.sampled_from([".csv", ".json", ".jsonl", ".xlsx", ".parquet", ".geojson"]))
def test_no_bytes_make_a_reader_of_tables_raise(content: bytes, suffix: str) -> None:
    for start in (b"", b"a,b\n", b"[", b"PK\x03\x04", b"PAR1", b'{"a": ['):
        read("a" + suffix, start + content)


@pytest.mark.parametrize("flip", [1, 4, 47, 255])
def test_no_changed_byte_of_a_parquet_file_ends_the_process(flip: int) -> None:
    table = pa.table({"id": [f"p{number}" for number in range(20)], "tags": [["a"]] * 20})
    content = parquet_of(table)
    for place in range(len(content)):
        read("a.parquet", content[:place] + bytes([content[place] ^ flip]) + content[place + 1 :])


@given(st.data())
def test_no_changed_byte_of_a_workbook_makes_its_reader_raise(data: st.DataObject) -> None:
    content = workbook([["id", "n"], *([f"p{number}", number] for number in range(20))])
    place = data.draw(st.integers(0, len(content) - 1))
    changed = bytes([content[place] ^ data.draw(st.integers(1, 255))])
    read("a.xlsx", content[:place] + changed + content[place + 1 :])


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_row_of_another_width_is_left_out_alone_and_told_with_its_line(end: str) -> None:
    rows = [["a", "b"], ["1", "2"], ["3"], ["4", "5"], [], ["6", "x\ny"], ["7", "8", "9"], ["10", "11"]]
    text = end.join(",".join(f'"{cell}"' if "\n" in cell else cell for cell in row) for row in rows)
    (member,) = memory_members({"t.csv": text.encode()})
    table = read_table(member)
    assert table.column("a").to_pylist() == [1, 4, 6, 10]
    assert [(error.path, error.category, error.reason) for error in rows_left_out("t.csv", table)] == [
        ("t.csv", "meta.syntax", "line 3: found 1 cells; expected 2, as in the first row; the row is left out"),
        ("t.csv", "meta.syntax", "line 8: found 3 cells; expected 2, as in the first row; the row is left out"),
    ]


def left_out(content: bytes, name: str = "a.csv") -> tuple[list[object], list[tuple[str, str]]]:
    """Return the first column, and the category and the place of what is left out."""
    found = good(name, content)
    told = [(error.category, error.reason.split(":")[0]) for error in rows_left_out(name, found)]
    return found.column(0).to_pylist(), told


@pytest.mark.parametrize(
    ("broken", "category", "says"),
    [
        (b"4,\xe9", "meta.encoding", "line 3 is not UTF-8"),
        (b'4,"x', "meta.syntax", "line 3"),
        (b'"4,x', "meta.syntax", "line 3"),
        (b'"4"x,x', "meta.syntax", "line 3"),
        (b"4,\0", "meta.encoding", "line 3 holds a zero at byte 11; the row is left out"),
        (b"4", "meta.syntax", "line 3"),
    ],
)
@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"])
@pytest.mark.parametrize("quoted", [False, True])
def test_a_broken_row_costs_no_other_row(broken: bytes, category: str, says: str, end: bytes, quoted: bool) -> None:
    # A quote of a later row must not be taken for the one that is missing, and text over two lines stays one cell.
    more = [b'5,"a, b"', b'6,"two' + end + b'lines"', b'"7",x'] if quoted else [b"5,x"]
    values, told = left_out(end.join([b"n,text", b"1,x", broken, *more, b"8,x", b""]))
    if broken == b'"4"x,x' and not quoted:
        assert values == ["1", "4x", "5", "8"]  # no other row can suffer, so it is taken as it stands
        return
    assert values == ([1, 5, 6, 7, 8] if quoted else [1, 5, 8])
    assert told == [(category, says.replace("byte 11", f"byte {11 + 2 * len(end)}"))]


def test_lines_of_json_that_are_none_cost_themselves_alone() -> None:
    content = b'{"a": 1}\n{"a": \n{"a": 3}\n'
    assert left_out(content, "a.jsonl") == ([1, 3], [("meta.syntax", "line 2 is no JSON")])
    assert bad("a.jsonl", b'{"a": 1}\n{\n').category == "meta.syntax"


@given(
    st.lists(st.tuples(st.integers(0, 99), st.text(st.characters(exclude_categories=["Cs", "Cc"]))), min_size=3),
    st.sampled_from([b"\xff", b'"', b"1,2,3", b"\0,"]),
    st.data(),
)
def test_wherever_a_row_is_broken_all_others_are_read(
    rows: list[tuple[int, str]], broken: bytes, data: st.DataObject
) -> None:
    lines = ['{},"x{}"'.format(number, text.replace('"', '""')).encode() for number, text in rows]
    place = data.draw(st.integers(0, len(lines)))
    values, told = left_out(b"\n".join([b"n,text", *lines[:place], broken, *lines[place:]]))
    assert values == [number for number, _ in rows]
    assert [reason.split(";")[0].split(" is ")[0].split(" holds ")[0] for _, reason in told] == [f"line {place + 2}"]


def test_tables_of_0_and_1_take_a_byte_for_a_cell_and_larger_numbers_are_no_loss() -> None:
    content = b"a,b,c\n" + b"1,1,\n" * 600_000 + b"0,1000,x\n"
    found = good("a.csv", content)
    assert [str(kind) for kind in found.schema.types] == ["int8", "int64", "string"]
    assert pc.sum(found["b"]).as_py() == 601_000
    assert "takes more than" in bad("a.csv", b"a,b\n" + b"x,y\n" * 100_000, limit=500_000).reason


def test_many_rows_of_another_width_are_no_mistakes_of_single_rows() -> None:
    assert "line 2: found 3 cells" in bad("a.csv", b"a,b\n" + b"1,2,3\n" * 101 + b"1,2\n" * 1000).reason


def test_a_line_that_nobody_wrote_is_refused_before_it_becomes_a_cell() -> None:
    error = bad("a.csv", b"a,b\n1," + b"x" * 2**24 + b"\n")
    assert (error.category, error.reason) == ("meta.too-large", "has a line of more than 16777216 bytes, at byte 4")


@pytest.mark.parametrize(
    ("text", "category", "says"),
    [
        (b"", "input.empty", "no text"),
        (b"a,b\n", "input.empty", "no rows"),
        (b"a,b\n,\n", "input.empty", "no rows"),
        (b"a,b\n1,2\n\n1,2,3\n", "meta.syntax", "line 4: found 3 cells; expected 2"),
        (b'a,b\n"1\n1",2\n1\n', "meta.syntax", "line 4: found 1 cells; expected 2"),
        (b'a,b\n1,"x\n2,"y\n', "meta.syntax", "line 2: .*a quote may not be closed"),
        (b'a,"b\n1,x\n2,y\n', "meta.syntax", "line 1: .*a quote may not be closed"),
        (b"a,\xe9\n1,x\n", "meta.encoding", "line 1 is not UTF-8: .* at byte 2;"),
        (b"a,b\n" + b"1,\xe9\n" * 101 + b"1,x\n" * 1000, "meta.encoding", "line 2 .* more than 100 rows"),
        (b"a,a \n1,2\n", "meta.schema", "2 columns named 'a'"),
        (b"a,b\n1,\xe9\n", "meta.encoding", "at byte 6;"),
        (b"\xef\xbb\xbfa,b\n1,\xe9\n", "meta.encoding", "at byte 9;"),
        ("a,b\n1,2\n".encode("utf-16-le"), "meta.encoding", "a zero at byte 1"),
        ("a,b\n1,é\n".encode("utf-32"), "meta.encoding", "UTF-32"),
        (b"\xff\xfea", "meta.encoding", "UTF-16"),
        (b",".join([b"a"] * 10_001) + b"\n", "meta.too-large", "10001 columns"),
    ],
)
def test_unusable_text_is_one_error_that_says_where(text: bytes, category: str, says: str) -> None:
    error = bad("a.csv", text)
    assert error.category == category
    assert re.search(says, error.reason), error.reason


def test_a_bad_byte_is_found_at_its_place_beyond_the_first_block() -> None:
    content = b"a\n" + b"x" * (2**20 - 3) + "é".encode()[:1] + b"!"
    assert f"at byte {2**20 - 1};" in bad("a.csv", content).reason
    assert f"at byte {2**20 - 1 + 6};" in bad("a.csv", b"abcdef" + content).reason


@pytest.mark.parametrize(
    ("text", "category"),
    [
        (b"", "input.empty"),
        (b"[]", "input.empty"),
        (b"{", "meta.syntax"),
        (b"[" * 100_000, "meta.syntax"),
        (b'{"a": 1}\n{"a": }', "meta.syntax"),
        (b"3", "meta.schema"),
        (b"{}", "meta.schema"),
        (b'{"a": {"0": 1}}', "meta.schema"),
        (b'{"a": [1], "b": [1, 2]}', "meta.schema"),
        (b'[{"a": 1}, 2]', "meta.schema"),
        (b'[{"a": 1, "a ": 2}]', "meta.schema"),
        (b'{"a": "\xe9"}', "meta.encoding"),
        (b'{"type": "FeatureCollection", "features": [1]}', "meta.schema"),
    ],
)
def test_unusable_json_is_one_error_with_its_category(text: bytes, category: str) -> None:
    assert bad("a.json", text).category == category


def test_nested_and_mixed_values_of_json_are_text() -> None:
    found = good("a.json", b'[{"x": {"b": 1, "a": [2]}, "y": 1}, {"x": null, "y": "z"}, {"y": true}]')
    assert found.to_pydict() == {"x": ['{"a":[2],"b":1}', None, None], "y": ["1", "z", "true"]}


def feature(geometry: object, /, **properties: object) -> dict[str, object]:
    return {"type": "Feature", "properties": properties, "geometry": geometry}


def collection(*features: object, **more: object) -> bytes:
    return json.dumps({"type": "FeatureCollection", "features": features, **more}).encode()


def test_geojson_is_its_properties_and_geometries_in_the_system_that_it_names() -> None:
    point = {"type": "Point", "coordinates": [13.5, 52.5]}
    table = good("a.geojson", collection(feature(point, id="a"), feature(None, id="b")))
    assert table.column("id").to_pylist() == ["a", "b"]
    first, second = table.column("geometry").to_pylist()
    assert (shapely.from_wkb(first), second) == (shapely.Point(13.5, 52.5), None)
    assert table.schema.field("geometry").metadata == {b"crs": b"OGC:CRS84"}
    named = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::32633"}}
    table = good("a.json", collection(feature(point, id="a"), crs=named))
    assert table.schema.field("geometry").metadata == {b"crs": b"EPSG:32633"}


@pytest.mark.parametrize(
    ("content", "category"),
    [
        (collection(feature(None), crs={"type": "name", "properties": {"name": "/etc/passwd"}}), "geo.crs"),
        (collection(feature(None, geometry=1)), "meta.schema"),
        (collection(), "input.empty"),
    ],
)
def test_unusable_geojson_is_one_error_with_its_category(content: bytes, category: str) -> None:
    assert bad("a.geojson", content).category == category


@pytest.mark.parametrize(
    "geometry",
    [
        {"type": "Point", "coordinates": ["x", 1]},
        {"type": "Point", "coordinates": [1]},
        {"type": "Blob", "coordinates": [1, 2]},
        [1, 2],
        {"type": "Polygon", "coordinates": [[[0, 0], [1, 1]]]},
    ],
)
def test_a_geometry_that_is_none_stays_text_and_harms_no_other_row(geometry: object) -> None:
    point = {"type": "Point", "coordinates": [13.5, 52.5]}
    table = good("a.geojson", collection(feature(geometry, id="a"), feature(point, id="b")))
    first, second = table.column("geometry").to_pylist()
    assert json.loads(first) == geometry
    assert shapely.from_wkb(second) == shapely.Point(13.5, 52.5)


def test_the_published_labels_of_spacenet_are_outlines_in_their_own_system(shared_data: Path) -> None:
    table = good("a.geojson", (shared_data / "spacenet" / "geotiff_labels.geojson").read_bytes())
    assert table.schema.field("geometry").metadata[b"crs"].startswith(b"EPSG:")
    assert {shape.geom_type for shape in shapely.from_wkb(table.column("geometry").to_numpy())} == {"Polygon"}


def test_parquet_comes_in_the_types_of_the_other_formats() -> None:
    moment = pa.array([0, 1_500_000], pa.timestamp("us", "Europe/Berlin"))
    table = pa.table({
        "id": pa.array(["a", "b"], pa.large_string()),
        "kind": pa.array(["x", "x"]).dictionary_encode(),
        "n": pa.array([1, 2], pa.uint8()),
        "share": pa.array([0.5, None], pa.float32()),
        "when": moment,
        "second": moment.take(pa.array([0, 0])),
        "day": pa.array([0, 1], pa.date32()),
        "tags": pa.array([["x"], None], pa.list_(pa.string())),
        "shape": [b"\1", b"\2"],
    })  # fmt: skip
    found = good("a.parquet", parquet_of(table))
    assert found.to_pydict() == {
        "id": ["a", "b"], "kind": ["x", "x"], "n": [1, 2], "share": [0.5, None],
        "when": ["1970-01-01T00:00:00.000000Z", "1970-01-01T00:00:01.500000Z"], "second": ["1970-01-01T00:00:00Z"] * 2,
        "day": ["1970-01-01", "1970-01-02"], "tags": [["x"], None], "shape": [b"\1", b"\2"],
    }  # fmt: skip
    kinds = [str(kind) for kind in found.schema.types]
    assert kinds == [*["string"] * 2, "int64", "double", *["string"] * 3, "list<item: string>", "binary"]


def test_the_published_footprints_of_bigearthnet_name_their_system(shared_data: Path) -> None:
    path = shared_data / "bigearthnet_v1" / "bigearthnet_v1_spatial_32633.parquet"
    table = good(path.name, path.read_bytes())
    assert table.num_rows == 46_403
    assert table.schema.field("geom").metadata == {b"crs": b"EPSG:32633"}


@pytest.mark.parametrize(
    ("content", "category"),
    [
        (b"", "meta.syntax"),
        (b"PAR1" * 10, "meta.syntax"),
        (parquet_of(pa.table({"a": pa.array([], pa.string())})), "input.empty"),
        (parquet_of(pa.table({"a ": [1], "a": [2]})), "meta.schema"),
        (parquet_of(pa.table({"a": pa.array([b"\xe9"]).view(pa.string())})), "meta.encoding"),
    ],
)
def test_unusable_parquet_is_one_error_with_its_category(content: bytes, category: str) -> None:
    assert bad("a.parquet", content).category == category


@pytest.mark.parametrize("nested", [False, True])
def test_a_text_that_a_small_parquet_repeats_a_million_times_is_not_written_out(nested: bool) -> None:
    texts = pa.DictionaryArray.from_arrays(pa.array([0] * 1_000_000, pa.int32()), pa.array(["x" * 1_000_000]))
    column = pa.ListArray.from_arrays(pa.array([0, 1_000_000], pa.int32()), texts) if nested else texts
    content = parquet_of(pa.table({"a": column}), compression="zstd")
    assert len(content) < 20_000
    before = pa.total_allocated_bytes()
    pool = pa.default_memory_pool()
    highest = pool.max_memory()  # of the whole run so far
    assert bad("a.parquet", content).category == "meta.too-large"
    assert pa.total_allocated_bytes() - before < 50_000_000
    assert pool.max_memory() <= max(highest, 500_000_000)


def test_a_footer_that_states_more_than_the_limit_is_refused_before_it_is_read() -> None:
    table = pa.table({"a": pa.nulls(10_000_000, pa.int8())})
    assert "10000000 rows in 1 columns" in bad("a.parquet", parquet_of(table), limit=1_000_000).reason


def test_dates_of_a_workbook_are_iso_text_in_both_calendars() -> None:
    styles = (
        '<numFmts><numFmt numFmtId="170" formatCode="yyyy\\-mm\\-dd hh:mm"/>'
        '<numFmt numFmtId="171" formatCode="0.00 &quot;days&quot;"/></numFmts>'
        '<cellStyleXfs><xf numFmtId="14"/></cellStyleXfs><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/>'
        '<xf numFmtId="170"/><xf numFmtId="171"/></cellXfs>'
    )
    header = "".join(f'<c t="inlineStr"><is><t>{name}</t></is></c>' for name in "abcd")
    cells = "".join(f'<c s="{style}"><v>43831.5</v></c>' for style in (0, 1, 2, 3))
    content = parts(f"<row>{header}</row><row>{cells}</row>", styles=styles)
    expected = {"a": [43831.5], "b": ["2020-01-01T12:00:00"], "c": ["2020-01-01T12:00:00"], "d": [43831.5]}
    assert good("a.xlsx", packed(content)).to_pydict() == expected
    content = parts(f"<row>{header}</row><row>{cells}</row>", styles=styles, properties='date1904="1"')
    assert good("a.xlsx", packed(content)).column("b").to_pylist() == ["2024-01-02T12:00:00"]


@pytest.mark.parametrize(
    ("serial", "text"),
    [(1, "1900-01-01"), (59, "1900-02-28"), (60, None), (61, "1900-03-01"), (0.25, "06:00:00"), (2958465, "9999-12-31"),
     (2958466, None), (-1, None), (1.0000000001, "1900-01-01"), (43831.00001157407, "2020-01-01T00:00:01")],
)  # fmt: skip
def test_serial_numbers_are_the_days_of_the_standard(serial: float, text: str | None) -> None:
    assert iso_date(serial, since_1904=False) == text


@pytest.mark.parametrize(
    ("code", "is_date"),
    [("yyyy/mm/dd", True), ("[$-407]d. mmm", True), ("General", False), ("0.00", False), ('0 "days"', False),
     ("#,##0;[Red]-#,##0", False), ("hh:mm;@", True), ("\\d0", False)],
)  # fmt: skip
def test_formats_of_dates_are_told_from_those_of_numbers(code: str, is_date: bool) -> None:
    assert is_date_format(code) is is_date


def test_formulas_shared_texts_and_gaps_of_a_workbook_are_read_as_shown() -> None:
    strings = "<si><t>na</t></si><si><r><t>r</t></r><r><t>ich</t></r><rPh><t>no</t></rPh></si><si><t>plain</t></si>"
    rows = (
        '<row r="3"><c r="B3" t="s"><v>0</v></c><c r="D3" t="inlineStr"><is><t>x</t></is></c></row>'
        '<row r="5"><c r="B5" t="s"><v>1</v></c><c r="D5"><f>1+1</f><v>2</v></c></row>'
        '<row r="900"><c r="B900" t="str"><f>A1</f><v>=evil()</v></c><c r="C900" t="s"><v>2</v></c>'
        '<c r="D900"><v>3</v></c></row>'
    )
    found = good("a.xlsx", packed(parts(rows, strings=strings))).to_pydict()
    assert found == {"na": ["rich", "=evil()"], "column 3": [None, "plain"], "x": [2, 3]}


def test_two_cells_in_opposite_corners_take_no_memory_for_those_between() -> None:
    corner = '<row r="1048576"><c r="XFD1048576"><v>2</v></c></row>'
    found = good("a.xlsx", packed(parts(f'<row r="1"><c r="A1"><v>1</v></c></row>{corner}')))
    assert found.to_pydict() == {"1": [None], "column 16384": [2]}


def test_a_workbook_that_unpacks_to_more_than_the_limit_is_refused_before_it_is_unpacked() -> None:
    content = workbook([["a"], *([0] for _ in range(100_000))])
    assert len(content) < 20_000
    error = bad("a.xlsx", content, limit=500_000)
    assert error.category == "meta.too-large"
    assert "unpacks to" in error.reason


def test_a_workbook_that_lies_about_its_sizes_gives_no_more_than_it_states() -> None:
    content = bytearray(workbook([["a"], *([0] for _ in range(100_000))]))
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        real = package.getinfo("xl/worksheets/sheet1.xml").file_size
    place = content.rfind(struct.pack("<I", real))
    content[place : place + 4] = struct.pack("<I", 500)
    error = bad("a.xlsx", bytes(content), limit=1_000_000)
    assert error.category == "meta.syntax"


def test_a_bomb_of_a_workbook_by_its_ratio_is_refused() -> None:
    assert "at most 250 times" in bad("a.xlsx", packed({"xl/workbook.xml": " " * 80_000_000})).reason


def entity() -> bytes:
    content = parts("<row><c><v>&a;</v></c></row>")
    sheet = content["xl/worksheets/sheet1.xml"]
    return packed(
        {**content, "xl/worksheets/sheet1.xml": f'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>{sheet}'}
    )


@pytest.mark.parametrize(
    ("content", "category"),
    [
        (b"", "meta.syntax"),
        (b"PK\x03\x04 but nothing else", "meta.syntax"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "archive.encrypted"),
        (entity(), "meta.syntax"),
        (packed({"xl/workbook.xml": "<workbook/>"}), "meta.syntax"),
        (packed(parts("", state="hidden")), "meta.schema"),
        (workbook([]), "input.empty"),
        (workbook([["a"]]), "input.empty"),
        (workbook([["a", "a"], ["1", "2"]]), "meta.schema"),
        (packed(parts('<row><c t="s"><v>5</v></c></row>')), "meta.syntax"),
        (packed(parts('<row><c t="s"><v>-1</v></c></row>', strings="<si><t>a</t></si>")), "meta.syntax"),
        (packed(parts("<row><c><v>1</c></row>")), "meta.syntax"),
        (packed(parts('<row><c r="ZZZZ1"><v>1</v></c></row>')), "meta.syntax"),
        (packed(parts('<row><c r="A1"><v>1</v></c><c r="A1"><v>1</v></c></row>')), "meta.syntax"),
    ],
)
def test_unusable_workbooks_are_one_error_with_their_category(content: bytes, category: str) -> None:
    assert bad("a.xlsx", content).category == category


def test_a_file_beyond_the_limit_is_refused_unread() -> None:
    source = memory_members([("a.csv", MemberError("a.csv", "archive.corrupt", "must not be read"))])
    assert read_table(*source, limit=0).category == "meta.too-large"
    assert "may take" in bad("a.json", b"[" + b"{}," * 1000 + b"{}]", limit=100_000).reason


def test_bytes_that_cannot_be_had_are_the_error_of_their_container() -> None:
    (member,) = memory_members([("a.csv", MemberError("a.csv", "archive.corrupt", "the checksum is wrong"))])
    assert read_table(member) == RecordError("a.csv", "archive.corrupt", "the checksum is wrong")


def test_a_file_that_is_no_table_by_its_name_says_what_is() -> None:
    assert bad("a.mat", b"").category == "input.type"
    assert (is_table("x/A.CSV"), is_table("a.mat")) == (True, False)
