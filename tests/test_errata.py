"""Errata are read strictly, written the same every time, and shown wherever the patch is."""

from __future__ import annotations

import csv
import json
import logging
import random
from dataclasses import replace
from datetime import date
from pathlib import Path

import mlcroissant
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dsdocs import known_errata
from dsdocs.config import Config, Dataset
from dsdocs.errata import (
    COLUMNS,
    KINDS,
    STATUSES,
    Erratum,
    add_erratum,
    check_errata,
    errata_by_patch,
    read_errata,
    store_errata,
    stored_errata,
    write_errata,
)
from dsdocs.errata.model import problems
from dsdocs.errors import ConfigError, ErrataError
from dsdocs.explorer.build import explorer_of
from dsdocs.explorer.manifest import write_explorer
from dsdocs.findings import check_quality, store_findings
from dsdocs.locations import Locations
from dsdocs.project import Project
from dsdocs.sample import write_sample
from dsdocs.site.marks import picture_marks, with_marks
from dsdocs.site.pages import available
from dsdocs.summarize import describe, summarize
from dsdocs.twins.write import write_twins
from dsdocs.views import Gallery, Picture, Table
from support.sites import dsdocs, expect

LAKE = Erratum("P_1", "label", date(2026, 1, 5), "Shows a lake, not a forest.", link="https://example.org/issues/7")
EMPTY = Erratum("P_0", "pixels", date(2026, 1, 4), "Half of band B02 is empty.", "confirmed", "1.0", "A. Reader")
OLD = Erratum("P_1", "other", date(2025, 3, 2), "Lies elsewhere.", "fixed", "0.9")

_words = st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "S")), min_size=1, max_size=30).filter(
    lambda text: text[0] not in "=+-@"
)
_errata = st.builds(
    Erratum, _words, st.sampled_from(sorted(KINDS)), st.dates(), _words, st.sampled_from(sorted(STATUSES)),
    _words | st.just(""), _words | st.just(""), st.sampled_from(("", "https://example.org/?a=1&b=%20")),
)  # fmt: skip


@pytest.fixture
def project(tmp_path: Path) -> Project:
    archive = write_sample(tmp_path / "archive", patches=16)
    (tmp_path / "guide").mkdir()
    config = Config(dataset=Dataset(title="Made up"))
    found = Project(Locations(config, tmp_path / "guide" / "dsdocs.toml", (str(archive),), tmp_path / "state"))
    summarize(found)
    describe(found)
    (found.state / "thumbnails.json").write_text("[]", encoding="utf-8")
    return found


@pytest.mark.parametrize("suffix", [".parquet", ".csv"])
@settings(max_examples=25)
@given(errata=st.lists(_errata, max_size=6, unique_by=lambda one: (one.patch, one.what, one.text)))
def test_what_is_written_is_read_and_its_order_does_not_matter(
    suffix: str, errata: list[Erratum], tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("errata")
    write_errata(folder / f"a{suffix}", errata)
    write_errata(folder / f"b{suffix}", random.Random(0).sample(errata, len(errata)))
    assert (folder / f"a{suffix}").read_bytes() == (folder / f"b{suffix}").read_bytes()
    assert read_errata(folder / f"a{suffix}") == tuple(sorted(errata))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"patch": ""}, "patch: is empty"),
        ({"text": "a\nb"}, "text: holds a line break"),
        ({"text": "safe \u202egnp.exe"}, "text: holds a line break, a control character, or one that hides"),
        ({"text": "\ufeffx"}, "hides or turns round"),
        ({"text": "x" * 2001}, "text: has 2,001 characters; 2,000 are allowed"),
        ({"text": " x"}, "text: begins or ends with a space"),
        ({"text": "=HYPERLINK(1)"}, "text: begins with '=', which spreadsheets run as a formula"),
        ({"reporter": "@SUM(1)"}, "reporter: begins with '@'"),
        ({"what": "lable"}, "what: 'lable' is none of label, geometry, pixels, metadata, duplicate, other"),
        ({"status": "done"}, "status: 'done' is none of open, confirmed, fixed, rejected"),
        ({"link": "javascript:alert(1)"}, "link: 'javascript:alert(1)' is no address of the form https://..."),
        ({"link": "https://example.org/<b>"}, "is no address"),
    ],
)
@pytest.mark.parametrize("suffix", [".parquet", ".csv"])
def test_a_row_that_holds_what_it_must_not_is_named(
    suffix: str, change: dict[str, str], said: str, tmp_path: Path
) -> None:
    path = tmp_path / f"errata{suffix}"
    wrong = replace(LAKE, **change)
    assert any(said in problem for problem in problems(wrong))
    write_errata(path, (EMPTY, wrong))
    with pytest.raises(ErrataError, match=r"row [12]: ") as caught:
        read_errata(path)
    assert said in str(caught.value)
    assert str(path) in str(caught.value)


def test_markup_is_no_mistake_and_stays_text(tmp_path: Path) -> None:
    wrong = replace(LAKE, text="<img src=x onerror=alert(1)> {{ 7*7 }}")
    write_errata(tmp_path / "errata.csv", [wrong])
    assert read_errata(tmp_path / "errata.csv") == (wrong,)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("patch,what,date,text\nP,label,2026-01-05,x\n", "columns missing: 'status'; expected are patch, what"),
        ("patch,what,date,text,status,colour\n", "columns unknown: 'colour'"),
        ("patch,patch,what,date,text,status\n", "columns there twice: 'patch'"),
        ("patch,what,date,text,status\nP,label,2026-01-05,x\n", "line 2: 4 values; the header has 5 columns"),
        (
            "patch,what,date,text,status\nP,label,5.1.2026,x,open\n",
            "row 1: date: '5.1.2026' is none; expected a day as YYYY-MM-DD",
        ),
        ("patch,what,date,text,status\nP,label,20260105,x,open\n", "row 1: date: '20260105' is none; expected a day"),
        ('patch,what,date,text,status\nP,label,2026-01-05,"x,open\n', "unexpected end of data"),
        ("", "columns missing: 'patch', 'what', 'date', 'text', 'status'"),
        ("patch,what,date,text,status\n" + 2 * "P,label,2026-01-05,x,open\n", "row 2: says the same as row 1"),
    ],
)
def test_a_table_of_another_form_is_refused_with_what_was_expected(text: str, said: str, tmp_path: Path) -> None:
    path = tmp_path / "errata.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ErrataError) as caught:
        read_errata(path)
    assert said in str(caught.value)


def test_bytes_that_are_no_table_are_refused(tmp_path: Path) -> None:
    (tmp_path / "errata.parquet").write_bytes(b"PAR1 and no more PAR1")
    (tmp_path / "latin.csv").write_bytes(b"patch,what\nCaf\xe9,label\n")
    with pytest.raises(ErrataError, match="cannot be read as Parquet"):
        read_errata(tmp_path / "errata.parquet")
    with pytest.raises(ErrataError, match="is not UTF-8"):
        read_errata(tmp_path / "latin.csv")
    with pytest.raises(ErrataError, match=r"cannot be read \(No such file"):
        read_errata(tmp_path / "none.csv")
    with pytest.raises(ErrataError, match=r"ends in \.parquet or \.csv"):
        read_errata(tmp_path / "errata.xlsx")


def test_types_and_texts_that_are_not_utf_8_are_refused_in_parquet(tmp_path: Path) -> None:
    path = tmp_path / "errata.parquet"
    row = {"patch": "P", "what": "label", "date": date(2026, 1, 5), "text": "x", "status": "open"}
    pq.write_table(pa.Table.from_pylist([{**row, "patch": 7}]), path)
    with pytest.raises(ErrataError, match="column 'patch' is int64; expected string"):
        read_errata(path)
    bad = pa.array([b"\xff\xfe"], pa.binary()).view(pa.string())
    pq.write_table(pa.table({**{key: [value] for key, value in row.items()}, "text": bad}), path)
    with pytest.raises(ErrataError, match=r"cannot be read as Parquet: .*UTF8"):
        read_errata(path)


def test_a_text_that_unpacks_to_gigabytes_is_refused_before_it_does(tmp_path: Path) -> None:
    path, rows = tmp_path / "errata.parquet", 50_000
    column = pa.DictionaryArray.from_arrays(pa.array([0] * rows, pa.int32()), ["x" * 100_000])
    short = {
        name: pa.array([value] * rows) for name, value in {"patch": "P", "what": "label", "status": "open"}.items()
    }
    pq.write_table(pa.table({**short, "date": [date(2026, 1, 5)] * rows, "text": column}), path)
    assert path.stat().st_size < 1_000_000
    with pytest.raises(ErrataError, match="column 'text': a text of 100,000 bytes; 2,000 letters are allowed"):
        read_errata(path)


def test_adding_checks_sorts_and_says_what_is_there_already(tmp_path: Path) -> None:
    path = tmp_path / "errata.parquet"
    known = {"P_0", "P_1"}
    assert [add_erratum(path, one, known=known) for one in (LAKE, EMPTY, OLD)] == [1, 2, 3]
    assert [one.patch for one in read_errata(path)] == ["P_0", "P_1", "P_1"]
    before = path.read_bytes()
    with pytest.raises(ErrataError, match="the same erratum is there already"):
        add_erratum(path, replace(LAKE, reporter="B. Reader"), known=known)
    with pytest.raises(ErrataError, match="the archive has no patch 'P_2'"):
        add_erratum(path, replace(LAKE, patch="P_2"), known=known)
    with pytest.raises(ErrataError, match="is no address"):
        add_erratum(path, replace(LAKE, text="Another.", link="ftp://example.org"))
    assert path.read_bytes() == before


def test_the_command_makes_the_same_table_in_any_order(tmp_path: Path) -> None:
    made = []
    for order in ((0, 1), (1, 0)):
        guide = tmp_path / str(order)
        guide.mkdir()
        (guide / "dsdocs.toml").write_text('[dataset]\nversion = "1.1"\n', encoding="utf-8")
        calls = (("P_1", "label", "Shows a lake."), ("P_0", "pixels", "Half of it is empty."))
        for patch, what, text in (calls[place] for place in order):
            done = dsdocs("errata", "add", patch, "--what", what, "--text", text, "--date", "2026-01-05", cwd=guide)
            assert "there is no summary yet" in expect(done, 0).stderr
        assert done.stdout.strip() == f"{guide / 'errata.parquet'}: 2 errata"
        made.append((guide / "errata.parquet").read_bytes())
    assert made[0] == made[1]
    assert [(one.patch, one.since, one.status) for one in read_errata(guide / "errata.parquet")] == [
        ("P_0", "1.1", "open"), ("P_1", "1.1", "open"),
    ]  # fmt: skip
    refused = dsdocs("errata", "add", "P_0", "--what", "label", "--text", "x", "--date", "today", cwd=guide)
    assert "'today' is no day; write it as YYYY-MM-DD" in " ".join(expect(refused, 2).stderr.split())


def test_two_tables_are_refused_and_a_named_one_has_to_be_there(project: Project) -> None:
    guide = project.locations.config_file.parent  # type: ignore[union-attr]
    for name in ("errata.csv", "errata.parquet"):
        write_errata(guide / name, [LAKE])
    with pytest.raises(ConfigError, match=r"dataset\.errata: is missing, and there are both"):
        store_errata(project)
    named = replace(project.locations, config=Config(dataset=Dataset(errata="lists/wrong.csv")))
    assert check_errata(named)[0].endswith("write the first erratum with: dsdocs errata add")


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")  # of what mlcroissant uses
def test_errata_reach_findings_explorer_pictures_pages_and_descriptions(project: Project, tmp_path: Path) -> None:
    ids = project.summary["id"].to_pylist()
    mine = (
        replace(LAKE, patch=ids[3], text="Shows a <b>lake</b>."), replace(EMPTY, patch=ids[5]),
        replace(EMPTY, patch=ids[3]), replace(OLD, patch=ids[7]), replace(LAKE, patch="of another part"),
    )  # fmt: skip
    path = tmp_path / "guide" / "errata.csv"
    assert "errata" not in available(project)
    write_errata(path, mine)
    known = store_errata(project)
    assert known == stored_errata(project)
    assert [one.patch for one in known.unknown] == ["of another part"]
    assert {patch: len(errata) for patch, errata in errata_by_patch(known).items()} == {ids[3]: 2, ids[5]: 1}
    assert check_errata(replace(project.locations)) == (f"{path}: there is no patch 'of another part' in the archive",)
    assert "errata" in available(project)

    (finding,) = [one for one in check_quality(project) if one.key == "errata"]
    assert (finding.severity, finding.count, set(finding.examples)) == ("error", 3, {ids[3], ids[5]})

    store_findings(project, check_quality(project))
    explorer = explorer_of(project)
    column = explorer.column("errata")
    assert [term.key for term in column.terms] == ["label", "pixels"]
    assert column.histogram().tolist()[-1] == 0  # of no patch it is unknown
    assert {one["id"]: one["errata"] for one in map(explorer.row, range(explorer.n)) if one["errata"]} == {
        ids[3]: ["label", "pixels"], ids[5]: ["pixels"],
    }  # fmt: skip
    assert "errata" not in [term.key for one in explorer.columns if one.name == "findings" for term in one.terms]
    manifest = json.loads((write_explorer(project) / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["errata"]["path"].startswith("errata-")

    table = next(view for view in known_errata(project).views() if isinstance(view, Table))
    assert [row[0] for row in table.rows] == [*sorted((ids[3], ids[3], ids[5])), ids[7]]  # what is fixed comes last
    assert table.columns[table.links[0]] == "Discussed at"

    said = write_twins(project, _published(project, tmp_path / "site"), data="_data", pages=())
    assert said.n_errata == len(mine)
    _check_croissant(tmp_path / "site" / "_data", [one.patch for one in sorted(mine)])

    path.unlink()
    assert store_errata(project) == stored_errata(project)
    assert not stored_errata(project).errata
    assert not (project.state / "errata.parquet").exists()
    assert "errata" not in [one.name for one in explorer_of(project).columns]


def _published(project: Project, root: Path) -> Path:
    (root / "_data").mkdir(parents=True)
    for name in ("summary.parquet", "errata.parquet"):
        (root / "_data" / name).write_bytes((project.state / name).read_bytes())
    return root


def _check_croissant(folder: Path, patches: list[str]) -> None:
    logging.getLogger("absl").setLevel(logging.ERROR)
    data = mlcroissant.Dataset(jsonld=str(folder / "croissant.json"))
    assert not data.metadata.issues.errors
    records = list(data.records("errata"))
    assert [record["errata/patch"].decode() for record in records] == patches
    assert {record["errata/date"].isoformat()[:10] for record in records} == {"2025-03-02", "2026-01-04", "2026-01-05"}


def test_pictures_are_marked_in_galleries_and_lead_to_the_list(project: Project, tmp_path: Path) -> None:
    ids = project.summary["id"].to_pylist()
    write_errata(tmp_path / "guide" / "errata.parquet", (replace(LAKE, patch=ids[3]), replace(OLD, patch=ids[5])))
    store_errata(project)
    thumbnails = [
        {"id": ids[place], "asset": "a", "rendering": "image", "file": f"a/{place}.webp", "width": 8, "height": 8}
        for place in (3, 5)
    ]
    (project.state / "thumbnails.json").write_text(json.dumps(thumbnails), encoding="utf-8")
    marks = picture_marks(project)
    assert marks == {"thumbs/a/3.webp": "Erratum: label"}  # what is fixed is no mark
    pictures = tuple(Picture(f"thumbs/a/{place}.webp", 8, 8, "", "") for place in (3, 5))
    marked = with_marks(Gallery("Some", pictures), marks, "errata.html")
    assert isinstance(marked, Gallery)
    assert [(one.mark, one.mark_link) for one in marked.pictures] == [("Erratum: label", "errata.html"), ("", "")]
    table = Table("Rows", ("a",), ((1,),))
    assert with_marks(table, marks, "") is table


def test_the_columns_are_those_of_an_erratum_and_documented() -> None:
    docs = (Path(__file__).resolve().parents[1] / "docs" / "errata.md").read_text(encoding="utf-8")
    assert {column.name for column in COLUMNS} == set(Erratum.__dataclass_fields__)
    assert [column.name for column in COLUMNS if f"| `{column.name}` |" not in docs] == []
    assert [word for word in (*KINDS, *STATUSES) if f"| `{word}` |" not in docs] == []


def test_a_csv_that_a_spreadsheet_saved_is_read(tmp_path: Path) -> None:
    path = tmp_path / "errata.csv"
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)  # with a byte order mark, and lines that end as in Windows
        writer.writerow(("status", "patch", "what", "date", "text"))
        writer.writerow(("open", "P_1", "label", "2026-01-05", "Shows a lake, not a forest."))
    assert read_errata(path) == (replace(LAKE, link=""),)
