"""Where a project's archive lies: paths, patterns and addresses, and what may not be written down of them."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsdocs.archive.address import check_url, is_secret, last_part, shown
from dsdocs.config import Config
from dsdocs.errors import ArchiveError, ConfigError
from dsdocs.locations import Locations, find_project, find_sources
from dsdocs.project import Project, open_project, store_locations
from dsdocs.readers import Description
from dsdocs.scaffold.toml import configuration
from dsdocs.site.serve import watched


def configured(folder: Path, path: str) -> Path:
    (folder / "dsdocs.toml").write_text(f"[archive]\npath = {path}\n", encoding="utf-8")
    return folder


def files(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()


def test_paths_are_absolute_and_addresses_stay_as_they_are(tmp_path: Path) -> None:
    folder = configured(tmp_path, '["../a b", "s3://bucket/x#y?z", "https://host/x.zip?download=1"]')
    above = tmp_path.resolve().parent
    assert find_project(folder).archive == (f"{above}/a b", "s3://bucket/x#y?z", "https://host/x.zip?download=1")


def test_what_is_given_counts_before_the_configuration_and_begins_where_the_user_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = configured(tmp_path, '"in-the-file"')
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    assert find_project(folder, archive=["x"]).archive == (str(tmp_path.resolve() / "elsewhere" / "x"),)
    assert find_project(folder, archive=Path("x")).archive == (str(tmp_path.resolve() / "elsewhere" / "x"),)


def test_a_star_finds_parts_in_the_order_of_their_names(tmp_path: Path) -> None:
    files(tmp_path, *(f"data/{letter}.zip" for letter in "hgfedcba"), "data/.c.zip", "data/a.txt", "data/deep/d.zip")
    found = find_project(configured(tmp_path, '"data/*.zip"')).archive
    assert [os.path.basename(path) for path in found] == [f"{letter}.zip" for letter in "abcdefgh"]
    assert [os.path.basename(path) for path in find_sources(str(tmp_path / "data" / "*.txt"), Path())] == ["a.txt"]


def test_nothing_but_a_star_is_a_pattern_and_not_even_that_where_a_file_has_the_name(tmp_path: Path) -> None:
    files(tmp_path, "[a]/b?1.zip", "[a]/bx1.zip", "a/c.zip", "x*.zip", "xy.zip")
    assert [os.path.basename(path) for path in find_sources("[a]/b?*.zip", tmp_path)] == ["b?1.zip"]
    assert find_sources("x*.zip", tmp_path) == (str(tmp_path.resolve() / "x*.zip"),)
    (tmp_path / "[b]").mkdir()
    files(tmp_path, "[b]/y.zip")
    assert len(find_sources("*.zip", tmp_path / "[b]")) == 1


def test_a_pattern_that_finds_nothing_names_itself_and_the_folder(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=rf"archive\.path: no\*\.zip: no file or folder in {tmp_path}"):
        find_project(configured(tmp_path, '"no*.zip"'))


REFUSED = {
    "file:///etc/passwd": "is no address that dsdocs reads; expected one that begins with s3://, gs://, https://",
    "ssh://host/x.tar": "is no address that dsdocs reads",
    "github://org:repo@/x.tar": "is no address that dsdocs reads",
    "zip://a::s3://b/x.zip": "without others chained to it by '::'",
    "simplecache::s3://b/x.zip": "without others chained to it by '::'",
    "S3://b/x.zip": "is no address that dsdocs reads",
    "https://user:hunter2@host/x.zip": "holds a user name or password",
    "s3://key:hunter2@bucket/x.zip": "holds a user name or password",
    "https://host/x.zip?X-Amz-Signature=hunter2": "its parameter 'X-Amz-Signature' is a secret",
    "https://host/x.zip?a=1&sig=hunter2": "its parameter 'sig' is a secret",
    "https://host/x.zip?access_token=hunter2": "its parameter 'access_token' is a secret",
    "https://[host/x?token=hunter2": "is no address",
    "https:///x.zip": "names no host",
    "s3:///x.zip": "names no bucket",
    "https://host/a\nb.zip": "holds control characters",
}


@pytest.mark.parametrize("url", REFUSED)
def test_an_address_that_is_refused_says_why_without_its_secret(tmp_path: Path, url: str) -> None:
    with pytest.raises(ArchiveError) as caught:
        find_project(tmp_path, archive=[url])
    assert REFUSED[url] in str(caught.value)
    assert "hunter2" not in str(caught.value)
    assert "\n" not in str(caught.value)
    with pytest.raises(ConfigError, match=r"dsdocs\.toml: archive\.path: ") as caught_too:
        find_project(configured(tmp_path, json.dumps(url)))
    assert "hunter2" not in str(caught_too.value)


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=60), st.sampled_from(["s3", "https", "hf", "x"]))
def test_checking_and_showing_any_address_never_fails_in_another_way(rest: str, kind: str) -> None:
    url = f"{kind}://{rest}"
    assert "@" not in shown(url).partition("://")[2].partition("/")[0]
    assert shown(url).isprintable()
    try:
        check_url(url)
    except ArchiveError:
        return
    assert "/" not in last_part(url)
    assert last_part(url)


@pytest.mark.parametrize("name", ["anon", "endpoint_url", "requester_pays", "region", "profile", "project", "author"])
def test_options_that_are_needed_are_no_secrets(name: str) -> None:
    assert not is_secret(name)


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("s3://bucket/a/x.tar.gz", "x.tar.gz"),
        ("s3://bucket/a/", "a"),
        ("s3://bucket", "bucket"),
        ("s3://bucket/a?b#c", "a?b#c"),
        ("https://host/a/x%20y.zip?download=1#top", "x y.zip"),
        ("https://host", "host"),
        ("hf://datasets/org/data@main/x.zip", "x.zip"),
    ],
)
def test_the_name_of_an_address_is_its_last_part(url: str, name: str) -> None:
    assert last_part(url) == name


def test_the_state_without_a_configuration_has_a_name_of_its_own_for_each_archive(tmp_path: Path) -> None:
    folder = tmp_path / "none"
    archives: list[list[str]] = [
        ["s3://b/x"], ["s3://c/x"], ["s3://b/x", "s3://c/x"], [str(tmp_path / "x")],
        ["https://h/" + "\N{SNOWMAN}" * 300], ["https://h/..%2F..%2Fetc"], [str(tmp_path / "..." / ("y" * 255))],
    ]  # fmt: skip
    names = [find_project(folder, archive=archive).state for archive in archives]
    assert len(set(names)) == len(archives)
    for state in names:
        state.mkdir(parents=True)  # the name is no longer than a file system takes
        assert state.parent.name == "dsdocs"


def test_pages_open_the_archive_that_a_build_stored(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    project = Project(find_project(tmp_path, archive=["s3://bucket/x.zip", tmp_path / "y"]))
    project.state.mkdir(parents=True)
    store_locations(project)
    monkeypatch.setenv("DSDOCS_STATE", str(project.state))
    assert open_project().locations == project.locations


def test_only_what_lies_on_this_machine_is_watched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files(tmp_path, "x/a", "s3:/bucket/x")
    monkeypatch.chdir(tmp_path)
    found = Locations(Config(), None, (str(tmp_path / "x"), "s3://bucket/x", str(tmp_path / "none")), tmp_path)
    assert watched(found) == [tmp_path / "x"]


def test_a_new_repository_names_one_source_as_text_and_several_as_a_list() -> None:
    one = configuration(Description("T"), archive=["../x"], reader="r")
    two = configuration(Description("T"), archive=["../x", 's3://b/"y"'], reader="r")
    assert '\n[archive]\npath = "../x"\nreader = "r"\n' in one
    assert '\npath = ["../x", "s3://b/\\"y\\""]\n' in two


def test_a_path_that_no_report_could_name_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ArchiveError, match="is not UTF-8"):
        find_project(tmp_path, archive=[str(tmp_path / "\udcff")])
    assert find_project(tmp_path, archive=[str(tmp_path / "W\N{LATIN SMALL LETTER A WITH DIAERESIS}lder")]).archive
