"""What labels tell: known answers on small tables, laws on random ones, and recounts of published data."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable
from itertools import combinations
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dsdocs.analyses import Result
from dsdocs.analyses.hierarchy import hierarchy
from dsdocs.analyses.label_frequency import label_frequency
from dsdocs.analyses.label_groups import groupings, label_groups
from dsdocs.analyses.label_imbalance import label_imbalance
from dsdocs.analyses.label_loss import label_loss
from dsdocs.analyses.label_matrix import label_matrix
from dsdocs.analyses.label_pairs import label_pairs
from dsdocs.analyses.label_representation import label_representation
from dsdocs.analyses.label_sets import label_sets
from dsdocs.analyses.labels_per_patch import labels_per_patch
from dsdocs.analyses.statistics import jensen_shannon
from dsdocs.nomenclatures import LabelClass, Nomenclature, load_nomenclature
from dsdocs.views import Bars, Heatmap, Numbers, Table, View, from_json, to_json
from support.label_tables import label_lists, labelled, published_patches

CORINE, MERGED = load_nomenclature("bigearthnet-43"), load_nomenclature("bigearthnet-19")
A, B, C = "Airports", "Bare rock", "Coniferous forest"
# Eight patches: A on six, B on three, C on one; one has no label, one no list.
SMALL = labelled([[A], [A], [A], [A, B], [A, B], [A, B, C], [], None])
ANALYSES: dict[str, Callable[[pa.Table], Result]] = {
    "label_frequency": label_frequency,
    "labels_per_patch": labels_per_patch,
    "label_imbalance": label_imbalance,
    "label_pairs": label_pairs,
    "label_sets": label_sets,
    "hierarchy": lambda summary: hierarchy(summary, CORINE),
    "label_loss": lambda summary: label_loss(summary, CORINE, MERGED),
    "label_groups": lambda summary: label_groups(summary, "split"),
    "label_representation": label_representation,
}


@pytest.fixture(scope="module")
def published(shared_data: Path) -> tuple[pa.Table, pd.DataFrame]:
    """Build the summary of the 198,304 published patches, and the frame that they come from."""
    return published_patches(shared_data)


def table(views: tuple[View, ...], title: str) -> Table:
    (found,) = (view for view in views if isinstance(view, Table) and view.title.startswith(title))
    return found


def test_labels_are_read_in_any_order_and_each_once() -> None:
    matrix = label_matrix(labelled([["b", "a", "b"], None, ["a"]]))
    assert (matrix.names, matrix.codes.tolist()) == (("a", "b"), [0, 1, 0])
    assert (matrix.lines.tolist(), matrix.lengths.tolist()) == ([0, 2], [2, 1])


def test_cardinality_and_density_count_patches_without_a_label_but_not_those_without_a_list() -> None:
    # Ten labels on seven patches; Tsoumakas & Katakis (2007), section 3.
    result = labels_per_patch(SMALL)
    assert (result.mean, result.density, result.unlabelled) == (10 / 7, 10 / 7 / 3, 1)
    assert label_frequency(SMALL).cardinality == result.mean
    bars = label_frequency(SMALL).views()[0]
    assert isinstance(bars, Bars)
    assert (bars.categories, bars.values, bars.whole) == ((A, B, C), (6, 3, 1), 7)


def test_imbalance_of_a_small_table_by_hand() -> None:
    result = label_imbalance(SMALL)
    assert result.ratios == (1, 2, 6)
    assert result.mean_ratio == 3
    assert result.variation == pytest.approx(math.sqrt(((1 - 3) ** 2 + (2 - 3) ** 2 + (6 - 3) ** 2) / 2) / 3)
    assert result.effective == pytest.approx(
        math.exp(-(0.6 * math.log(0.6) + 0.3 * math.log(0.3) + 0.1 * math.log(0.1)))
    )
    assert (result.half, result.rare) == (1, ())
    lines = table(result.views(), "From the most").rows
    assert [line[5] for line in lines] == [60, 90, 100]


def test_equally_frequent_classes_are_perfectly_even() -> None:
    result = label_imbalance(labelled([["a"], ["b"], ["c"], ["d"]]))
    assert result.evenness == pytest.approx(1)
    assert result.effective == pytest.approx(4)
    assert (result.mean_ratio, result.variation, result.half) == (1, 0, 2)


def test_one_class_has_no_variation_and_no_evenness() -> None:
    result = label_imbalance(labelled([["a"], ["a"]]))
    assert (result.variation, result.evenness, result.effective) == (None, None, 1)
    assert [type(view) for view in result.views()] == [Numbers, Table]


def test_a_class_is_rare_below_one_percent_of_the_patches() -> None:
    lists = [["a"]] * 197 + [["a", "b"], ["a", "c"], ["a", "c"]]
    assert label_imbalance(labelled(lists)).rare == ("b",)


def test_half_of_the_labels_is_held_by_the_first_classes_that_reach_it() -> None:
    assert label_imbalance(labelled([[name] for name in "abcdef"])).half == 3
    assert label_imbalance(labelled([[name] for name in "abcde"])).half == 3


def test_pairs_by_hand() -> None:
    result = label_pairs(SMALL)
    assert result.classes == (A, B, C)
    assert result.together.tolist() == [[6, 3, 1], [3, 3, 1], [1, 1, 1]]
    assert result.lift[0, 1] == pytest.approx(3 * 7 / (6 * 3))
    assert result.conditional[1].tolist() == pytest.approx([1, 1, 1 / 3])
    drawn = result.views()[0]
    assert isinstance(drawn, Heatmap)
    assert drawn.values[0] == (None, 50, pytest.approx(16.667))


def test_pairs_that_never_meet_are_told_where_chance_would_have_them_meet() -> None:
    result = label_pairs(labelled([["a"]] * 20 + [["b"]] * 20 + [["c", "d"]] * 6))
    views = result.views()
    assert table(views, "Pairs that seek").rows[0][:5] == ("c", "d", 7.67, 6, 0.8)
    assert table(views, "Pairs that avoid").rows == (("a", "b", 0.0, 0, 8.7, 0.0, 0.0),)
    assert table(views, "Pairs that avoid").summary.startswith("1 pair never occurs together")


def test_four_patches_are_too_few_for_a_lift() -> None:
    views = label_pairs(labelled([["a", "b"]] * 4 + [["c"]] * 100)).views()
    assert [view.title for view in views] == ["Classes that occur together"]


def test_related_classes_stand_side_by_side_where_the_nomenclature_has_levels() -> None:
    lists = [["Pastures"], ["Airports", "Pastures"], ["Airports", "Mixed forest", "Pastures"]]
    assert label_pairs(labelled(lists), CORINE).classes == ("Airports", "Pastures", "Mixed forest")
    assert label_pairs(labelled(lists)).classes == ("Pastures", "Airports", "Mixed forest")


def test_label_sets_by_hand() -> None:
    result = label_sets(SMALL)
    assert (result.n_sets, result.n_patches, result.once) == (4, 7, 2)
    assert result.frequent == (((A,), 3), ((A, B), 2), ((), 1), ((A, B, C), 1))
    assert result.sizes == ((0, 1, 1), (1, 1, 3), (2, 1, 2), (3, 1, 1))


def test_names_with_separators_stay_apart() -> None:
    assert label_sets(labelled([["a,b"], ["a", "b"], ["a + b"]])).n_sets == 3


def test_a_patch_counts_once_for_each_node_of_the_nomenclature() -> None:
    lists = [["Broad-leaved forest", "Mixed forest"], ["Mixed forest", "Pastures"], ["Pastures"], None]
    first, second = hierarchy(labelled(lists), CORINE).levels
    assert {node[-1]: count for node, count in first.items() if count} == {
        "Agricultural areas": 2,
        "Forest and semi natural areas": 2,
    }
    assert {node[-1]: count for node, count in second.items() if count} == {"Pastures": 2, "Forests": 2}
    assert (len(first), len(second)) == (5, 15)
    assert list(second.values()) == sorted(second.values(), reverse=True)


def test_classes_that_stand_on_different_levels_are_counted_where_they_stand() -> None:
    first, second = hierarchy(labelled([["Permanent crops"], ["Arable land"], ["Pastures"]]), MERGED).levels
    assert first[("Agricultural areas",)] == 3
    assert {node[-1]: count for node, count in second.items() if count} == {
        "Permanent crops": 1, "Arable land": 1, "Pastures": 1,
    }  # fmt: skip


def test_a_class_that_stands_higher_is_on_no_lower_level() -> None:
    classes = (
        LabelClass("land"),
        LabelClass("field", parent="land"),
        LabelClass("rye", parent="field"),
        LabelClass("sea"),
    )
    first, second = hierarchy(labelled([["rye", "sea"], ["sea"]]), Nomenclature("n", "N", "", classes)).levels
    assert first == {("sea",): 2, ("land",): 1}
    assert second == {("land", "field"): 1}


def test_groups_by_hand() -> None:
    summary = labelled([[A], [A, B], [B], [A], None], split=["train", "train", "test", None, "test"])
    result = label_groups(summary, "split")
    assert result.groups == ("train", "test")
    assert (result.classes, result.counts.tolist()) == ((A, B), [[2, 0], [1, 1]])
    assert (result.patches.tolist(), result.whole.tolist(), result.n_patches) == ([2, 1], [2, 2], 3)
    assert result.differences.ravel().tolist() == pytest.approx([1 / 3, -2 / 3, -1 / 6, 1 / 3])
    drawn = next(view for view in result.views() if isinstance(view, Heatmap))
    assert drawn.middle == 0
    assert drawn.summary == f"The largest difference: {A} in test, 66.7 points less than in all patches."


def test_a_patch_is_in_the_group_of_each_of_its_sensors() -> None:
    summary = labelled([[A], [B], [A, B]], sensor=[("s1", "s2"), ("s2",), ("s1", "s2")])
    result = label_groups(summary, "sensor")
    assert (result.groups, result.patches.tolist(), result.n_patches) == (("s2", "s1"), [3, 2], 3)
    assert groupings(summary) == ("sensor",)
    assert groupings(labelled([[A], [B]], sensor=[("s1", "s2"), ("s1", "s2")])) == ()
    # Files of two patches of five say nothing of the five.
    assert groupings(labelled([[A]] * 5, sensor=[("s1",), ("s2",), (), (), ()])) == ()


def test_groups_that_do_not_fit_side_by_side_are_a_table_with_the_furthest_first() -> None:
    tiles = [f"T{number:02}" for number in range(20)]
    (only,) = label_groups(labelled([[A]] * 19 + [[B]], tile=tiles), "tile").views()
    assert isinstance(only, Table)
    assert len(only.rows) == 20
    assert only.rows[0][0] == "T19"
    with pytest.raises(ValueError, match="no grouping"):
        label_groups(SMALL, "labels")


def test_a_split_that_is_like_the_whole_has_no_distance_and_one_that_is_not_stands_out() -> None:
    alike = label_representation(labelled([[A], [B]] * 100, split=["train"] * 100 + ["test"] * 100))
    assert [group.distance for group in alike.groups] == [0, 0]
    assert [group.p for group in alike.groups] == [1, 1]
    assert "No group" in alike.views()[0].summary  # type: ignore[union-attr]
    apart = label_representation(labelled([[A]] * 60 + [[B]] * 60, split=["train"] * 60 + ["test"] * 60))
    assert all(group.distance > group.chance for group in apart.groups)
    # One of two classes each, which no other patch has: w is 1, and h is pi.
    assert [group.w for group in apart.groups] == pytest.approx([1, 1])
    assert {round(abs(test.h), 9) for test in apart.classes} == {round(math.pi, 9)}


def test_random_groups_are_as_far_away_as_draws_without_replacement() -> None:
    # 60 of 120 patches, half of them A: the number of A has the deviation sqrt(60 / 4 * 60 / 119) = 2.75, so 95 % of
    # the draws have 25 to 35, or a little more.
    lists = [[A], [B]] * 60
    (first, _) = label_representation(labelled(lists, split=["train"] * 60 + ["test"] * 60)).groups
    even = np.array([1.0, 1.0])
    limits = {jensen_shannon(np.array([30.0 + more, 30.0 - more]), even) for more in (5, 6)}
    assert any(first.chance == pytest.approx(limit) for limit in limits)


def test_a_two_proportion_test_by_hand() -> None:
    # 30 of 50 against 20 of 50: z = 0.2 / sqrt(0.5 * 0.5 * (1 / 50 + 1 / 50)) = 2, two-sided p = 0.0455; two classes
    # in two groups are four tests, all with this p.
    lists = [[A]] * 30 + [[B]] * 20 + [[A]] * 20 + [[B]] * 30
    result = label_representation(labelled(lists, split=["train"] * 50 + ["test"] * 50))
    assert [test.p for test in result.classes] == pytest.approx([4 * 0.04550026] * 4, rel=1e-6)
    # The same 2 x 2 table: Pearson's statistic is z squared.
    assert [group.chi_square for group in result.groups] == pytest.approx([4, 4])
    assert [group.p for group in result.groups] == pytest.approx([0.04550026] * 2, rel=1e-6)


def test_too_few_patches_are_not_tested() -> None:
    result = label_representation(labelled([[A], [B], [A]], split=["train", "test", "train"]))
    assert {test.p for test in result.classes} == {None}
    assert {group.p for group in result.groups} == {None}


def test_what_a_mapping_does_to_patches() -> None:
    lists = [
        ["Airports"],  # dropped, so left bare
        ["Airports", "Pastures"],  # keeps one
        ["Continuous urban fabric", "Discontinuous urban fabric"],  # two become one
        ["Pastures"],
        [],
        None,
    ]
    result = label_loss(labelled(lists, split=["train"] * 6), CORINE, MERGED)
    assert (result.n_patches, result.whole, result.partly) == (4, 2, 1)
    assert (result.labels, result.merged) == ((6, 3), 1)
    assert result.lost == (("p000000", ("Airports",), "train", None),)
    assert dict((name, (patches, bare)) for name, _, patches, bare in result.classes)["Airports"] == (2, 1)
    assert table(result.views(), "Patches that lose").rows == (("p000000", "Airports", "train", ""),)


def test_every_class_alone_is_bare_exactly_if_it_is_dropped() -> None:
    result = label_loss(labelled([[entry.name] for entry in CORINE.classes]), CORINE, MERGED)
    # BigEarthNet-MM (Sumbul et al., 2021): eleven of 43 classes have no counterpart.
    assert len(result.lost) == 11
    assert (result.whole, result.partly, result.labels, result.merged) == (32, 0, (43, 32), 0)


@given(label_lists, st.randoms(use_true_random=False))
@settings(deadline=None, max_examples=30)
def test_counts_add_up_and_the_order_of_rows_changes_nothing(lists: list[list[str] | None], random) -> None:  # type: ignore[no-untyped-def]
    known = [labels for labels in lists if labels is not None]
    splits = [("train", "val", "test", None)[number % 4] for number in range(len(lists))]
    summary = labelled(lists, split=splits)
    order = list(range(len(lists)))
    random.shuffle(order)
    counts = Counter(label for labels in known for label in labels)
    assert label_frequency(summary).counts == dict(counts)
    assert label_imbalance(summary).n_labels == counts.total()
    sets = label_sets(summary)
    assert sum(patches for _, _, patches in sets.sizes) == len(known)
    assert dict(sets.frequent) == Counter(tuple(labels) for labels in known)
    pairs = Counter(pair for labels in known for pair in combinations(labels, 2))
    found = label_pairs(summary)
    assert {
        (one, other): count
        for (one, row) in zip(found.classes, found.together.tolist(), strict=True)
        for other, count in zip(found.classes, row, strict=True)
        if one < other and count
    } == pairs
    if any(labels is not None and split for labels, split in zip(lists, splits, strict=True)):
        groups = label_groups(summary, "split")
        assert groups.counts.sum(axis=1).tolist() == groups.whole.tolist()
        assert groups.patches.sum() == groups.n_patches
    for analysis in ANALYSES.values():
        if any(labels and split for labels, split in zip(lists, splits, strict=True)):
            assert analysis(summary).views() == analysis(summary.take(order)).views()


@pytest.mark.parametrize("name", ANALYSES)
def test_results_survive_json_and_without_labels_say_so(name: str) -> None:
    summary = labelled([[A], [A, B], [B, C]], split=["train", "val", "test"])
    for view in ANALYSES[name](summary).views():
        assert from_json(to_json(view)) == view
    with pytest.raises(ValueError, match="no patch of the summary has a"):
        ANALYSES[name](labelled([None]))


def test_published_counts_equal_a_recount_with_pandas(published: tuple[pa.Table, pd.DataFrame]) -> None:
    summary, frame = published
    known = frame[frame["labels"].notna()]
    long = known.explode("labels")
    assert (len(frame), len(known)) == (198_304, 187_451)
    counts = long["labels"].value_counts().to_dict()
    assert label_frequency(summary).counts == counts
    lengths = known["labels"].str.len().value_counts()
    assert {number: count for number, count in labels_per_patch(summary).patches.items() if count} == lengths.to_dict()
    columns = {"split": "split", "season": "season", "country": "country", "tile": "tile"}
    short = {"validation": "val", "Fall": "autumn", "Portugal": "PT", "Ireland": "IE", "Austria": "AT"}
    for by, column in columns.items():
        spelled = {
            name: short.get(name, name.lower() if by == "season" else name) for name in frame[column].dropna().unique()
        }
        recount = pd.crosstab(long["labels"], long[column].astype("object").map(spelled))
        result = label_groups(summary, by)
        own = pd.DataFrame(result.counts, index=result.classes, columns=result.groups)
        assert (
            own.reindex(index=recount.index, columns=recount.columns, fill_value=0).to_numpy().tolist()
            == recount.to_numpy().tolist()
        )
        sizes = known[column].astype("object").map(spelled).value_counts()
        assert dict(zip(result.groups, result.patches.tolist(), strict=True)) == sizes.to_dict()


def test_published_levels_sets_and_pairs_equal_a_recount(published: tuple[pa.Table, pd.DataFrame]) -> None:
    summary, frame = published
    lists = [tuple(sorted(labels)) for labels in frame["labels"].dropna()]
    result = label_sets(summary)
    sets = Counter(lists)
    assert (result.n_sets, result.once) == (len(sets), sum(1 for count in sets.values() if count == 1))
    assert [count for _, count in result.frequent] == [count for _, count in sets.most_common(len(result.frequent))]
    pairs = Counter(pair for labels in lists for pair in combinations(labels, 2))
    found = label_pairs(summary, MERGED)
    place = {name: number for number, name in enumerate(found.classes)}
    assert all(found.together[place[one], place[other]] == count for (one, other), count in pairs.items())
    top = {entry.name: MERGED.lineage(entry.name)[0] for entry in MERGED.classes}
    nodes = Counter(node for labels in lists for node in {top[label] for label in labels})
    assert {node[-1]: count for node, count in hierarchy(summary, MERGED).levels[0].items()} == nodes


def test_published_splits_are_close_to_the_whole(published: tuple[pa.Table, pd.DataFrame]) -> None:
    result = label_representation(published[0])
    assert [group.name for group in result.groups] == ["train", "val", "test"]
    # More than chance, as blocks of neighbours are dealt and not patches, yet no effect that Cohen calls small.
    assert all(
        group.chance < group.distance < 0.03 and group.w is not None and group.w < 0.1 for group in result.groups
    )


def test_uc_merced_multilabels(shared_data: Path) -> None:
    lines = (shared_data / "ucmerced" / "LandUse_Multilabeled.txt").read_text().splitlines()
    names = lines[0].split("\t")[1:]
    cells = [line.split("\t")[1:] for line in lines[1:] if line]
    lists = [[name for name, code in zip(names, codes, strict=True) if code == "1"] for codes in cells]
    summary = labelled(lists)
    # Chaudhuri et al. (2018): 2,100 images, 17 classes; 3.3 labels per image.
    assert len(lists) == 2100
    assert len(label_frequency(summary).counts) == 17
    sums = np.asarray([[int(code) for code in codes] for codes in cells]).sum(axis=0)
    assert label_frequency(summary).counts == dict(zip(names, sums.tolist(), strict=True))
    assert labels_per_patch(summary).mean == pytest.approx(3.33, abs=0.01)


def test_ten_label_files_of_mlrsnet(shared_data: Path) -> None:
    frames = [
        pd.read_csv(path, index_col="image") for path in sorted((shared_data / "mlrsnet" / "labels").glob("*.csv"))
    ]
    whole = pd.concat(frames).fillna(0)
    lists = [[name for name, code in zip(whole.columns, row, strict=True) if code == 1] for row in whole.to_numpy()]
    summary = labelled(lists)
    counts = label_frequency(summary).counts
    sums = (whole == 1).sum()
    assert counts == {name: int(count) for name, count in sums.items() if count}
    result = labels_per_patch(summary)
    # Qi et al. (2020): the number of labels of an image varies from 1 to 13.
    assert max(result.patches) <= 13
    assert sum(result.patches.values()) == len(whole)
    assert label_imbalance(summary).n_labels == int(sums.sum())
    # Qi et al. (2020), table 1, for the whole data set: eight labels occur in these ten categories alone.
    table_1 = {
        "beach": 2485, "cloud": 1798, "desert": 2537, "island": 2493, "lake": 2499, "park": 1682, "river": 2493,
        "sea": 4980,
    }  # fmt: skip
    assert {name: counts[name] for name in table_1} == table_1


def test_facts_of_labels(published: tuple[pa.Table, pd.DataFrame]) -> None:
    from dsdocs.analyses.facts import _labels

    found = _labels(published[0])
    assert found["n_effective_classes"].text == "13.7"
    assert found["label_ratio_max"].text == "79.7"
    assert found["n_label_sets"].text == "3,662"
