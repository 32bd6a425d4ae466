"""Published figures against the archive: expressions that may be hostile, verdicts, the ready-made lists, the page."""

from __future__ import annotations

import math
import operator
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsdocs.analyses.claims import CheckedClaims
from dsdocs.analyses.facts import facts, to_json
from dsdocs.archive import open_archive
from dsdocs.claims import Checked, claim_files, claims_of, enforce, load_claims, said
from dsdocs.claims.check import REACHED, check, refuse_unknown
from dsdocs.claims.expression import DEPTH, LENGTH, Argument, Unavailable, evaluate, parse
from dsdocs.claims.quantities import FUNCTIONS, SummaryQuantities
from dsdocs.config import Claims, Config, Figure, parse_config
from dsdocs.errors import ClaimError, ConfigError
from dsdocs.findings.claims import claim_findings
from dsdocs.nomenclatures import load_nomenclature
from dsdocs.project import Project
from dsdocs.readers import detect_reader
from dsdocs.records import PatchRecord
from dsdocs.views import Numbers, Table
from support.sites import dsdocs, expect
from support.summaries import summary_from, summary_of


def balanced(depth: int) -> str:
    """Return a sum of many parts that is neither long nor deep."""
    return f"({balanced(depth - 1)}+{balanced(depth - 1)})" if depth else "1"


HOSTILE = (
    "__import__('os').system('id')",
    "().__class__.__bases__",
    "n_patches.__class__",
    "n_patches[0]",
    "[x for x in n_patches]",
    "lambda: 1",
    "10 ** 10",
    "7 // 2",
    "7 % 2",
    "1 << 60",
    "~1",
    "not 1",
    "1 if 1 else 2",
    "1 < 2",
    "n_patches and 1",
    "(n := 1)",
    "f'{n_patches}'",
    "'text'",
    "True",
    "None",
    "...",
    "1j",
    "1e400",
    "9" * 200,
    "count(*n_patches)",
    "count(**n_patches)",
    "count('winter')",
    "count(season=n_autumn)",
    "count(season=count())",
    "count(season=['winter'])",
    "count(season=b'winter')",
    "count(season=True)",
    "count(labels_from=-1)",
    "count()()",
    "a.count()",
    "yield",
    "await n_patches",
    "n_patches; n_patches",
    "n_patches = 1",
    "",
    "\0",
    "1 +",
    "(" * 250,
    "-" * 250 + "1",
    "+".join("1" * 100),
    "(" * (DEPTH + 1) + "1" + "+1)" * (DEPTH + 1),
    "1" + "+1" * LENGTH,
    "n" * (LENGTH + 1),
    balanced(5),
)


class Fixed:
    """Quantities that are given."""

    def __init__(self, values: Mapping[str, float]) -> None:
        self.values = values

    def fact(self, name: str) -> float:
        if name not in self.values:
            raise Unavailable(name)
        return self.values[name]

    def call(self, function: str, arguments: Mapping[str, Argument]) -> float:
        return self.values[f"{function}({sorted(arguments.items())})"]


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: text[:30] or "empty")
def test_what_is_no_arithmetic_over_facts_is_refused(text: str) -> None:
    with pytest.raises(ClaimError):
        refuse_unknown(parse(text), text)


@given(st.text(max_size=LENGTH + 10))
def test_any_text_is_an_expression_or_an_error_of_ours(text: str) -> None:
    try:
        value = evaluate(parse(text), Fixed({}))
    except (ClaimError, Unavailable, KeyError):
        return
    assert math.isfinite(value)


@given(st.text(alphabet="0123456789.+-*/() nabc_=',\"\\\n", max_size=80))
def test_texts_of_the_alphabet_of_expressions_do_no_harm_either(text: str) -> None:
    with suppress(ClaimError, Unavailable, KeyError):
        assert math.isfinite(evaluate(parse(text), Fixed({"n": 2.0, "a": 0.0})))


OPERATIONS = {"+": operator.add, "-": operator.sub, "*": operator.mul}
LEAVES = st.one_of(
    st.integers(0, 1000).map(lambda number: (str(number), float(number))),
    st.sampled_from([("n_patches", 17.0), ("n_classes", 3.0), ("labels_max", 5.0)]),
)


def _joined(children: st.SearchStrategy[tuple[str, float]]) -> st.SearchStrategy[tuple[str, float]]:
    def join(left: tuple[str, float], symbol: str, right: tuple[str, float]) -> tuple[str, float]:
        return f"({left[0]} {symbol} {right[0]})", OPERATIONS[symbol](left[1], right[1])

    return st.builds(join, children, st.sampled_from(sorted(OPERATIONS)), children)


@given(st.recursive(LEAVES, _joined, max_leaves=8))
def test_arithmetic_is_that_of_numbers(pair: tuple[str, float]) -> None:
    text, expected = pair
    values = {"n_patches": 17.0, "n_classes": 3.0, "labels_max": 5.0}
    assert evaluate(parse(text), Fixed(values)) == pytest.approx(expected)


def test_operators_bind_as_in_arithmetic() -> None:
    assert evaluate(parse("2 + 3 * 4 - 6 / 2"), Fixed({})) == 11
    assert evaluate(parse("-3 + 1"), Fixed({})) == -2


def test_division_by_zero_and_overflow_cannot_be_computed() -> None:
    for text in ("1 / 0", "n / (a - a)", "n * n * n"):
        with pytest.raises(Unavailable):
            evaluate(parse(text), Fixed({"n": 1e200, "a": 1.0}))


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("cuont(label='Beaches')", "'count'"),
        ("count(seson='winter')", "'season'"),
        ("groups(by='contry')", "country"),
        ("count(label=3)", "a text"),
        ("count(labels_to='3')", "a number"),
        ("eval(label='1')", "there is no function"),
    ],
)
def test_a_wrong_function_or_argument_names_the_nearest(text: str, named: str) -> None:
    with pytest.raises(ClaimError, match=named):
        refuse_unknown(parse(text), text)


@pytest.fixture(scope="module")
def small() -> SummaryQuantities:
    records = [
        PatchRecord("a", ("Pastures", "Airports"), "train", country="AT", facts={"ben:snow": True}),
        PatchRecord("b", ("Pastures",), "train", country="AT", facts={"ben:snow": False}),
        PatchRecord("c", (), "test", country="FI", facts={"ben:snow": False}),
        PatchRecord("d", None, None, facts={"ben:snow": False}),
    ]
    table = summary_of(records).table
    known = to_json(facts(table, n_files=4, n_bytes=4))
    return SummaryQuantities(table, known, load_nomenclature("bigearthnet-43"))


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("n_patches", 4),
        ("count()", 4),
        ("count(label='Pastures')", 2),
        ("count(label='Salines')", 0),
        ("count(label='Pastures', split='train', flag='ben:snow')", 1),
        ("count(labels_from=1)", 2),
        ("count(labels_from=0, labels_to=1)", 2),
        ("share(split='train')", 2 / 3),
        ("100 * share(labels_to=1)", 200 / 3),
        ("share()", 1),
        ("mean_labels()", 1),
        ("mean_labels(country='AT')", 1.5),
        ("groups(by='country')", 2),
        ("smallest(by='country')", 1),
        ("largest(by='country')", 2),
        ("groups(by='ben:snow')", 2),
        ("count(season='winter') + 0", None),
        ("n_winter", None),
        ("most_frequent_class", None),
        ("count(label='Meadows')", None),
        ("count(flag='ben:fog')", None),
        ("count(flag='labels')", None),
        ("groups(by='category')", None),
        ("groups(by='a:b')", None),
    ],
)
def test_functions_count_the_rows_that_they_name(small: SummaryQuantities, text: str, value: float | None) -> None:
    expression = parse(text)
    refuse_unknown(expression, text)
    if value is None:
        with pytest.raises(Unavailable):
            evaluate(expression, small)
    else:
        assert evaluate(expression, small) == pytest.approx(value)


def test_an_unknown_fact_names_the_nearest(small: SummaryQuantities) -> None:
    with pytest.raises(Unavailable, match="'n_patches'"):
        small.fact("n_patchs")
    with pytest.raises(Unavailable, match="'Pastures'"):
        small.call("count", {"label": "Pasture"})


def checked(value: float, computed: float, *, held: int = 10, **given: Any) -> Checked:
    section = Claims(patches=10, figures={"x": Figure(says="x", value=value, expression="x", source="us", **given)})
    return check(claims_of(section, "", None), Fixed({"x": computed}), n_patches=held)[0]


@pytest.mark.parametrize(
    ("value", "computed", "given", "verdict"),
    [
        (3, 3, {}, "agrees"),
        (3, 4, {}, "differs"),
        (3, 2.6, {"decimals": 0}, "agrees"),
        (3, 2.4, {"decimals": 0}, "differs"),
        (0.3, 0.1 + 0.2, {}, "agrees"),
        (95, 96.9, {"decimals": 0, "tolerance": 1.5}, "agrees"),
        (95, 97.1, {"decimals": 0, "tolerance": 1.5}, "differs"),
        (3, 3, {"held": 5}, "cannot be checked"),
        (3, 9, {"held": 5}, "cannot be checked"),
        (3, 2, {"held": 5, "on_part": "at most"}, "cannot be checked"),
        (3, 4, {"held": 5, "on_part": "at most"}, "differs"),
        (3, 4, {"held": 5, "on_part": "at least"}, "cannot be checked"),
        (3, 2, {"held": 5, "on_part": "at least"}, "differs"),
        (3, 3, {"held": 5, "on_part": "compare"}, "agrees"),
        (3, 2, {"held": 5, "on_part": "compare"}, "differs"),
        (3, 2, {"held": 1, "on_part": "share"}, "differs"),
        (3, 3, {"held": 0, "on_part": "share"}, "cannot be checked"),
        (3, 3, {"held": 11}, "agrees"),
    ],
)
def test_verdicts(value: float, computed: float, given: dict[str, Any], verdict: str) -> None:
    found = checked(value, computed, **given)
    assert found.verdict == verdict
    assert (found.difference is None) == (verdict == "cannot be checked")


def test_figures_that_differ_are_a_finding_the_furthest_off_first() -> None:
    near, far = checked(1000, 1001), checked(10, 20, table="Table 2", unit="patches")
    (finding,) = claim_findings([near, checked(3, 3), far, checked(3, 9, held=5)])
    assert (finding.key, finding.severity, finding.count, finding.unit) == ("claims-differ", "warning", 2, "figures")
    assert finding.rows == (
        ("x (patches)", 10, 20, 10, "us, Table 2", "x"),
        ("x", 1000, 1001, 1, "us", "x"),
    )
    assert "Does the archive agree with its paper?" in finding.explanation
    assert list(claim_findings([near][:0])) == list(claim_findings([checked(3, 3)])) == []


def test_a_part_is_told_with_its_numbers() -> None:
    assert checked(3, 2, held=5).reason == "not comparable"
    assert checked(3, 2, held=5).part == "the archive holds 5 of 10 patches"
    assert checked(3, 2).part == ""
    assert checked(3, 3, held=5, on_part="at most").reason == REACHED


def test_prose_gets_the_published_figure_and_the_verdict() -> None:
    assert said(checked(1234, 1234, unit="px")) == "1,234 px (the archive agrees)"
    assert said(checked(1234, 1235)) == "1,234 (the archive has 1,235)"
    assert said(checked(3, 2, held=5)) == "3 (cannot be checked here)"


def test_a_wrong_expression_names_its_key() -> None:
    figure = {"says": "x", "value": 1, "source": "us", "expression": "cuont()"}
    config = parse_config({"claims": {"figures": {"total": figure}}})
    with pytest.raises(ConfigError, match=r"claims\.figures\.total\.expression.*'count'"):
        claims_of(config.claims, "", None)


def test_an_unknown_list_names_the_nearest() -> None:
    with pytest.raises(ConfigError, match=r"claims\.use.*'bigearthnet-v1'"):
        claims_of(Claims(use=("bigearthnet",)), "", None)


@pytest.mark.parametrize("name", claim_files())
def test_every_ready_made_list_can_be_parsed(name: str) -> None:
    found = claims_of(Claims(use=(name,)), "", None)
    assert len({claim.key for claim in found}) == len(found) > 0
    assert all(claim.source and claim.url and claim.table for claim in found)


def test_lists_are_used_where_their_data_set_was_recognised() -> None:
    assert {claim.publication for claim in claims_of(Claims(), "bigearthnet-v1-s2", "bigearthnet-43")} == {
        "paper on BigEarthNet v1"
    }
    assert claims_of(Claims(), "multihot-csv", "mlrsnet")
    assert claims_of(Claims(), "multihot-csv", None) == ()
    assert claims_of(Claims(use=()), "bigearthnet-v1-s2", "bigearthnet-43") == ()


def test_table_2_of_bigearthnet_adds_up_and_names_every_class() -> None:
    classes = load_claims("bigearthnet-v1").classes
    assert classes is not None
    assert sum(classes.patches.values()) == 1_750_577  # as summed from the paper
    known = load_nomenclature("bigearthnet-43")
    assert set(classes.patches) == {each.name for each in known.classes}
    seasons = [load_claims("bigearthnet-v1").claims[name].value for name in ("autumn", "winter", "spring", "summer")]
    assert sum(seasons) == 590_326


def test_table_1_of_mlrsnet_names_every_label() -> None:
    classes = load_claims("mlrsnet").classes
    assert classes is not None
    assert set(classes.patches) == {each.name for each in load_nomenclature("mlrsnet").classes}
    assert (max(classes.patches.values()), min(classes.patches.values())) == (70_728, 1_057)


def test_ten_label_files_refute_that_each_image_of_mlrsnet_has_a_label(shared_data: Path) -> None:
    archive = open_archive(shared_data / "mlrsnet")
    table = summary_from(archive, detect_reader(archive)[0]).table
    known = to_json(facts(table, n_files=1, n_bytes=1))
    quantities = SummaryQuantities(table, known, load_nomenclature("mlrsnet"))
    found = check(claims_of(Claims(), "multihot-csv", "mlrsnet"), quantities, n_patches=table.num_rows)
    verdicts = {each.claim.key.removeprefix("mlrsnet/"): each for each in found}
    assert {key for key, each in verdicts.items() if each.verdict == "differs"} == {"labels-min"}
    assert (verdicts["labels-min"].claim.value, verdicts["labels-min"].computed) == (1, 0)
    # Labels that only occur in these categories' own files, or mostly there: the published number is reached exactly.
    reached = {key for key, each in verdicts.items() if each.reason == REACHED}
    assert reached == {"beach", "cloud", "desert", "island", "lake", "park", "river", "sea"}
    assert not any(each.verdict == "agrees" for each in found)


def test_a_third_of_bigearthnet_exceeds_no_published_count(shared_data: Path) -> None:
    rows = pq.read_table(shared_data / "bigearthnet_v1" / "patches_utm29_utm33.parquet")
    months = [day.month % 12 // 3 for day in rows["acquisition_date"].to_pylist()]
    seasons = ["winter", "spring", "summer", "autumn"]
    splits = [split and split[:3].replace("tra", "train").replace("tes", "test") for split in rows["split"].to_pylist()]
    columns = {"season": [seasons[month] for month in months], "split": splits, "labels": rows["labels"].to_pylist()}
    table = pa.table({name: pa.array(column) for name, column in columns.items()})
    quantities = SummaryQuantities(table, {"n_patches": {"value": table.num_rows}}, None)
    checked = check(claims_of(Claims(use=("bigearthnet-v1",)), "", None), quantities, n_patches=table.num_rows)
    found = {each.claim.key.removeprefix("bigearthnet-v1/"): each for each in checked}
    recount = Counter(rows["season"].to_pylist())
    for name, published in (("autumn", "Fall"), ("winter", "Winter"), ("spring", "Spring"), ("summer", "Summer")):
        assert found[name].computed == recount[published] > 0
        assert found[name].verdict == "cannot be checked"
        assert found[name].part == "the archive holds 198,304 of 590,326 patches"
    # The published split lists are not the random split of the paper's experiments.
    shares = {name: round(found[name].computed or 0) for name in ("train", "val", "test")}
    assert shares == {"train": 51, "val": 24, "test": 24}
    assert {found[name].verdict for name in shares} == {"differs"}


def test_the_page_counts_verdicts_and_shows_what_differs_first() -> None:
    result = CheckedClaims((checked(3, 3), checked(3, 4), checked(3, 3, held=5)))
    views = result.views()
    assert isinstance(views[0], Numbers)
    assert [item.value for item in views[0].items] == [1, 1, 1]
    assert isinstance(views[1], Table)
    assert views[1].title == "What differs"
    assert views[1].rows[0][:5] == ("x", "differs", 3, 4, 1)
    assert isinstance(views[2], Table)
    assert views[2].summary == (
        "Of 3 figures, 1 agrees, 1 differs, 1 cannot be checked: the archive holds 5 of 10 patches."
    )


def project_of(section: Claims, table: pa.Table) -> Project:
    """Return what the checks read of a project."""
    report = {"reader": "", "nomenclature": None}
    known = to_json(facts(table, n_files=1, n_bytes=1))
    given = {"config": Config(claims=section), "summary": table, "report": report, "facts": known}
    return cast(Project, SimpleNamespace(**given, nomenclature=None))


@pytest.mark.parametrize(
    ("strict", "figure", "problem"),
    [
        (False, {"value": 5, "expression": "n_patches"}, None),
        (True, {"value": 2, "expression": "n_patches"}, None),
        (True, {"value": 5, "expression": "n_patches"}, r"'total' differs: published 5, computed 2 from n_patches"),
        (True, {"value": 5, "expression": "n_patchs"}, r"'total' cannot be checked .*'n_patches'"),
    ],
)
def test_only_where_claims_are_strict_a_wrong_one_stops_the_build(
    strict: bool, figure: dict[str, Any], problem: str | None
) -> None:
    table = summary_of(PatchRecord(name, ("Pastures",)) for name in "ab").table
    section = Claims(strict=strict, figures={"total": Figure(says="x", source="us", **figure)})
    if problem is None:
        enforce(project_of(section, table))
    else:
        with pytest.raises(ClaimError, match=problem):
            enforce(project_of(section, table))


def test_a_strict_claim_of_a_whole_that_is_not_here_does_not_stop_the_build() -> None:
    table = summary_of(PatchRecord(name, ("Pastures",)) for name in "ab").table
    figure = Figure(says="x", source="us", value=5, expression="n_patches", on_part="at most")
    enforce(project_of(Claims(strict=True, patches=5, figures={"total": figure}), table))


def test_a_strict_build_with_a_wrong_claim_publishes_nothing(tmp_path: Path) -> None:
    expect(dsdocs("sample", tmp_path / "archive", "--patches", "4"), 0)
    figure = '{ says = "Patches", value = 5, expression = "n_patches", source = "us" }'
    (tmp_path / "dsdocs.toml").write_text(
        f'[archive]\npath = "archive"\n[claims]\nstrict = true\n[claims.figures]\ntotal = {figure}\n', encoding="utf-8"
    )
    done = expect(dsdocs("build", "--project", tmp_path, "--out", tmp_path / "site", cache=tmp_path), 2)
    assert "claim 'total' differs: published 5, computed 4 from n_patches" in done.stderr
    assert not (tmp_path / "site").exists()


def test_every_function_is_documented() -> None:
    for name in FUNCTIONS:
        assert name in (SummaryQuantities.__doc__ or "")
