"""The configuration: what is accepted, and what a wrong key is told."""

from __future__ import annotations

import tomllib
from pathlib import Path

import jsonschema
import pytest

from dsdocs.config import Config, documented_keys, json_schema, load_config, parse_config
from dsdocs.errors import ConfigError

REPOSITORY = Path(__file__).resolve().parents[1]


def written(folder: Path, text: str) -> Path:
    path = folder / "dsdocs.toml"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("text", "key", "message"),
    [
        ("[dataset]\nlicense = 'MIT'", "dataset.license", "unknown key; the nearest known key is 'licence'"),
        ("[data]\n", "data", "unknown key; the nearest known key is 'dataset'"),
        ("[[dataset.authors]]\nnam = 'A'", "dataset.authors.0.nam", "the nearest known key is 'name'"),
        ("[sensors.s2]\nband = []", "sensors.s2.band", "the nearest known key is 'bands'"),
        ("[dataset]\ntitle = 3", "dataset.title", "should be a valid string; found 3"),
        ("[dataset]\ndoi = 'zenodo'", "dataset.doi", "found 'zenodo'"),
        ("[thumbnails]\ncount = 0", "thumbnails.count", "greater than or equal to 1; found 0"),
        ("[dataset]\nhomepage = 'javascript:alert(1)'", "dataset.homepage", "found 'javascript:alert(1)'"),
        ("title = ", "", "not valid TOML"),
    ],
)
def test_a_wrong_key_names_file_key_and_what_was_expected(tmp_path: Path, text: str, key: str, message: str) -> None:
    path = written(tmp_path, text)
    with pytest.raises(ConfigError) as caught:
        load_config(path)
    assert caught.value.file == str(path)
    # A missing required key of the same table may be reported first; the unknown one is what matters.
    assert caught.value.key == key or key.startswith("dataset.authors")
    if not key.startswith("dataset.authors"):
        assert message in str(caught.value)


def test_a_missing_file_says_how_to_write_one(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no such file; write one with: dsdocs init"):
        load_config(tmp_path / "dsdocs.toml")


def test_an_empty_file_is_a_complete_configuration(tmp_path: Path) -> None:
    assert load_config(written(tmp_path, "")) == Config()


def test_every_key_is_described() -> None:
    keys = dict(documented_keys())
    assert all(description.endswith(".") for description in keys.values())
    assert {"dataset.licence", "dataset.authors[].orcid", "sensors.<key>.bands[].centre", "site.url"} <= set(keys)


@pytest.mark.parametrize("file", ["dsdocs.toml", "examples/bigearthnet/dsdocs.toml"])
def test_our_own_configurations_are_valid_by_model_and_by_schema(file: str) -> None:
    data = tomllib.loads((REPOSITORY / file).read_text(encoding="utf-8"))
    jsonschema.validate(data, json_schema())
    assert parse_config(data).dataset.title


def test_the_schema_refuses_what_the_model_refuses() -> None:
    with pytest.raises(jsonschema.ValidationError, match="license"):
        jsonschema.validate({"dataset": {"license": "MIT"}}, json_schema())
