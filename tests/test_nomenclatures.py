"""Nomenclatures: known answers from the papers, the published samples, and what a bad file is told."""

from __future__ import annotations

import csv
import json
from collections import Counter
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from dsdocs.errors import NomenclatureError
from dsdocs.nomenclatures import load_nomenclature, nomenclature_for, nomenclature_names, read_nomenclature

GOOD = 'title = "T"\nsource = "S"\nclasses = [{ name = "a" }, { name = "b" }]\n'


@pytest.mark.parametrize(
    ("name", "classes"),
    [
        ("clc", 5 + 15 + 44),  # CORINE nomenclature
        ("bigearthnet-43", 43),  # Sumbul et al. 2019, Table 2
        ("bigearthnet-19", 19),
        ("eurosat", 10),  # Helber et al. 2019
        ("ucmerced", 21),  # Yang and Newsam 2010
        ("ucmerced-multilabel", 17),  # Chaudhuri et al. 2018
        ("mlrsnet", 60),  # Qi et al. 2020, Table 1
        ("mlrsnet-categories", 46),
        ("mlrsnet-groups", 3),
    ],
)
def test_every_built_in_nomenclature_has_the_published_number_of_classes(name: str, classes: int) -> None:
    found = load_nomenclature(name)
    assert len(found.classes) == classes
    assert found.title
    assert found.source
    assert name in nomenclature_names()


def test_corine_has_5_15_and_44_classes_on_its_levels() -> None:
    clc = load_nomenclature("clc")
    assert Counter(len(entry.code or "") for entry in clc.classes) == {1: 5, 2: 15, 3: 44}
    for entry in clc.classes:
        assert len(clc.lineage(entry.code or "")) == len(entry.code or "")
    assert {entry.colour is not None for entry in clc.classes if len(entry.code or "") == 3} == {True}


def test_a_name_on_two_levels_means_the_lowest_and_the_code_tells_them_apart() -> None:
    clc = load_nomenclature("clc")
    assert clc.lineage("Water bodies") == ("Water bodies", "Inland waters", "Water bodies")
    assert clc.lineage("5") == ("Water bodies",)


def test_43_classes_become_19_by_keeping_ten_merging_22_and_dropping_eleven() -> None:
    mapping = load_nomenclature("bigearthnet-43").crosswalk("bigearthnet-19")
    sizes = Counter(target for target in mapping.values() if target is not None)
    assert len(mapping) == 43
    assert set(sizes) == {entry.name for entry in load_nomenclature("bigearthnet-19").classes}
    assert sum(1 for size in sizes.values() if size == 1) == 10
    assert sum(size for size in sizes.values() if size > 1) == 22
    assert sum(1 for size in sizes.values() if size > 1) == 9
    assert sum(1 for target in mapping.values() if target is None) == 11


def test_merged_classes_stand_below_the_corine_class_that_holds_all_their_members() -> None:
    source, target = load_nomenclature("bigearthnet-43"), load_nomenclature("bigearthnet-19")
    for name, new in source.crosswalk("bigearthnet-19").items():
        if new is not None:
            above = target.lineage(new)[:-1]
            assert source.lineage(name)[: len(above)] == above, name


def test_glaciers_are_the_only_corine_class_that_bigearthnet_lacks() -> None:
    clc = {entry.code for entry in load_nomenclature("clc").classes if len(entry.code or "") == 3}
    assert clc - {entry.code for entry in load_nomenclature("bigearthnet-43").classes} == {"335"}


@pytest.mark.parametrize("name", ["clc", "bigearthnet-43", "bigearthnet-19"])
def test_both_spellings_of_transitional_woodland_are_one_class(name: str) -> None:
    found = load_nomenclature(name)
    spellings = ("Transitional woodland/shrub", "Transitional woodland, shrub", "Transitional woodland-shrub")
    assert len({found.canonical(spelling) for spelling in spellings}) == 1
    assert found.lineage(spellings[0])[:2] == (
        "Forest and semi natural areas",
        "Scrub and/or herbaceous vegetation associations",
    )


def test_declared_names_are_canonical_and_unknown_names_are_not() -> None:
    for name in nomenclature_names():
        found = load_nomenclature(name)
        assert [found.canonical(entry.name) for entry in found.classes] == [entry.name for entry in found.classes]
        assert found.canonical("no such class") is None


def test_classes_take_the_colour_of_their_corine_code() -> None:
    found = load_nomenclature("bigearthnet-19").find("Coniferous forest")
    assert found is not None
    assert found.colour == "#00a600"


def test_unknown_label_is_told_the_nearest_class() -> None:
    assert load_nomenclature("bigearthnet-43").nearest("Pasture") == "Pastures"
    assert load_nomenclature("bigearthnet-43").nearest("peat bogs!") == "Peatbogs"
    assert load_nomenclature("bigearthnet-43").nearest("zzzz") is None
    with pytest.raises(NomenclatureError, match=r"'Pasture' is not in bigearthnet-43 \(nearest: 'Pastures'\)"):
        load_nomenclature("bigearthnet-43").lineage("Pasture")


def test_unknown_nomenclature_is_told_the_nearest_one() -> None:
    with pytest.raises(NomenclatureError, match="nearest: 'bigearthnet-19'"):
        load_nomenclature("bigearthnet19")
    with pytest.raises(NomenclatureError, match="bigearthnet-19 has no crosswalk to 'clc'"):
        load_nomenclature("bigearthnet-19").crosswalk("clc")


def test_the_smallest_nomenclature_that_knows_all_labels_is_found() -> None:
    assert _found(["AnnualCrop", "Pasture"]) == "eurosat"
    assert _found(["airplane", "forest"]) == "ucmerced"
    assert _found(["Urban fabric", "Marine waters"]) == "bigearthnet-19"
    assert _found(["Pastures", "Airports"]) == "bigearthnet-43"
    assert _found(["Pastures", "no such class"]) is None
    assert _found([]) is None


def _found(labels: list[str]) -> str | None:
    found = nomenclature_for(labels)
    return found.name if found else None


def test_labels_of_the_real_patches_are_canonical(shared_data: Path) -> None:
    files = sorted((shared_data / "bigearthnet_v1").rglob("*_labels_metadata.json"))
    labels = {label for file in files for label in json.loads(file.read_text())["labels"]}
    assert labels
    assert {load_nomenclature("bigearthnet-43").canonical(label) for label in labels} == labels
    table = pq.read_table(shared_data / "bigearthnet_v2" / "metadata.parquet", columns=["labels"])
    published = {label for row in table["labels"].to_pylist() for label in row}
    assert published == {entry.name for entry in load_nomenclature("bigearthnet-19").classes}


def test_headers_of_the_published_label_files_are_the_classes(shared_data: Path) -> None:
    with (shared_data / "mlrsnet" / "labels" / "airport.csv").open(newline="") as file:
        assert next(csv.reader(file))[1:] == [entry.name for entry in load_nomenclature("mlrsnet").classes]
    header = (shared_data / "ucmerced" / "LandUse_Multilabeled.txt").read_text().splitlines()[0].split("\t")
    assert header[1:] == [entry.name for entry in load_nomenclature("ucmerced-multilabel").classes]


def test_spellings_in_the_wild_are_known() -> None:
    assert load_nomenclature("mlrsnet").canonical("harbor") == "habor"
    assert load_nomenclature("mlrsnet-categories").canonical("swimmimg_pool") == "swimming pool"
    assert load_nomenclature("mlrsnet-categories").canonical("baseball_diamond") == "baseball diamond"
    assert load_nomenclature("mlrsnet-categories").lineage("bridge") == ("Man-made objects and landforms", "bridge")


def test_a_file_of_the_user_is_named_after_the_file(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(GOOD + '[crosswalk.other]\ndropped = ["b"]\n[crosswalk.other.into]\nx = ["a"]\n')
    found = read_nomenclature(path)
    assert found.name == "mine"
    assert found.crosswalk("other") == {"a": "x", "b": None}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("title =", "not valid TOML"),
        ('title = "T"\nsource = "S"\n', r"classes: expected at least one"),
        (GOOD.replace("title", "titel"), r"titel: unknown key \(nearest: 'title'\)"),
        (GOOD.replace('"S"', "3"), "source: expected a text, found 3"),
        (GOOD.replace('{ name = "b" }', "3"), r"classes\[1\]: expected a table, found int"),
        (GOOD.replace('name = "b"', 'code = "b"'), r"classes\[1\].name: expected a text, found nothing"),
        (GOOD.replace('"b"', '"a"'), r"classes\[1\]: 'a' is already classes\[0\]"),
        (GOOD.replace('name = "b"', 'name = "b", aliases = ["a"]'), r"classes\[1\]: 'a' is already"),
        (GOOD.replace('name = "b"', 'name = "b", aliases = "x"'), r"classes\[1\].aliases: expected a list"),
        (GOOD.replace('name = "b"', 'name = "b", color = "#000000"'), r"classes\[1\].color: unknown key"),
        (GOOD.replace('name = "b"', 'name = "b", colour = "red"'), r"classes\[1\].colour: expected '#rrggbb'"),
        (GOOD.replace('name = "a"', 'name = "a", parent = "b"'), r"classes\[0\].parent: 'b' is not among"),
        ('parents = "clcc"\n' + GOOD, "parents: nomenclature 'clcc' is not built in"),
        ("crosswalk = 3\n" + GOOD, "crosswalk: expected tables"),
        (GOOD + "[crosswalk.o]\n", r"crosswalk.o.into: expected a table"),
        (GOOD + '[crosswalk.o.into]\nx = ["a"]\n', "crosswalk.o: 'b' is neither in 'into' nor in 'dropped'"),
        (GOOD + '[crosswalk.o.into]\nx = ["a", "b"]\ny = ["b"]\n', "crosswalk.o: 'b' is mapped twice"),
        (GOOD + '[crosswalk.o.into]\nx = ["a", "b", "c"]\n', "crosswalk.o: 'c' is no class of this file"),
    ],
)
def test_a_malformed_file_is_named_with_its_key(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(text)
    with pytest.raises(NomenclatureError, match=f"^mine.toml: {message}"):
        read_nomenclature(path)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(NomenclatureError, match=r"absent\.toml: cannot be read"):
        read_nomenclature(tmp_path / "absent.toml")
