"""The configuration: what is accepted, and what a wrong key is told."""

from __future__ import annotations

import tomllib
from dataclasses import fields
from pathlib import Path

import jsonschema
import pytest

from dsdocs.archive.member import Limits
from dsdocs.config import Config, LimitsSection, documented_keys, json_schema, load_config, parse_config
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
        ("[[versions]]\ndate = 2024-01-01", "versions.0.name", "is missing; it has to be given here"),
        ("[[versions]]\nname = '1'\ndate = 'May'", "versions.0.date", "expected a day as YYYY-MM-DD; found 'May'"),
        ("[[versions]]\nname = '1'\ndate = 2024-01-01\n" * 2, "", "versions: two have the name '1'"),
        (
            "[dataset]\nversion = '1'\n[[versions]]\nname = '1'\ndate = 2024-01-01",
            "",
            "versions: '1' is dataset.version; expected earlier versions alone",
        ),
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


@pytest.mark.parametrize("name", ["key", "secret", "aws_secret_access_key", "token", "password", "api_key"])
def test_a_secret_among_the_options_is_refused_and_never_shown(tmp_path: Path, name: str) -> None:
    path = written(tmp_path, f"[archive.options]\nanon = false\n{name} = 'hunter2'")
    with pytest.raises(
        ConfigError, match=f"archive.options: '{name}' is a secret .* set it in the environment"
    ) as caught:
        load_config(path)
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[archive]\npath = 3", "archive.path: expected a path or a URL, or a list of them"),
        ("[archive]\npath = []", "archive.path: expected a path or a URL, or a list of them"),
        ("[archive]\npath = ['s3://user:hunter2@a', 3]", "archive.path: expected a path or a URL, or a list of them"),
        ("[archive.options]\nanon = 1.5", "archive.options: 'anon': expected a text, a whole number, true or false"),
        ("[archive.options]\nhunter = ['hunter2']", "archive.options: 'hunter': expected a text, a whole number"),
        (
            "[archive.limits]\nmembers = 0",
            "archive.limits.members: Input should be greater than or equal to 1; found 0",
        ),
        ("[archive.limits]\nmember = 1", "archive.limits.member: unknown key; the nearest known key is 'members'"),
    ],
)
def test_a_wrong_archive_says_what_was_expected_and_shows_no_secret(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load_config(written(tmp_path, text))
    assert message in str(caught.value)
    assert "hunter2" not in str(caught.value)


def test_an_archive_has_one_path_or_several_options_and_limits(tmp_path: Path) -> None:
    text = "path = {}\noptions = {{ anon = true, endpoint_url = 'http://x', retries = 3 }}\nlimits.members = 7"
    one = load_config(written(tmp_path, "[archive]\n" + text.format("'a'"))).archive
    two = load_config(written(tmp_path, "[archive]\n" + text.format("['s3://b/c', 'a b']"))).archive
    assert (one.sources, two.sources) == (("a",), ("s3://b/c", "a b"))
    assert one.options == {"anon": True, "endpoint_url": "http://x", "retries": 3}
    assert one.limits.as_limits() == Limits(members=7)


def test_every_limit_of_an_archive_can_be_configured() -> None:
    assert LimitsSection().as_limits() == Limits()
    assert {field.name for field in fields(Limits)} == set(LimitsSection.model_fields)


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
