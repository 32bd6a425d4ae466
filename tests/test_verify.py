"""A published site is what was published, or the file that is not is named."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dsdocs.errors import SiteError
from dsdocs.site import verify
from dsdocs.site.stamp import MARKER
from dsdocs.site.verify import Finding, Verified, verify_site, write_manifest
from support.sites import dsdocs, expect, result

SUMMARY = b"PAR1 not really PAR1"
CONTENT = {
    "index.html": b"<!doctype html>",
    ".nojekyll": b"",
    "_data/summary.parquet": SUMMARY,
    "_data/report.json": json.dumps({"fingerprint": hashlib.sha256(SUMMARY).hexdigest()[:12]}).encode(),
    "_data/thumbs/two words/\N{GREEK SMALL LETTER ALPHA}.webp": bytes(range(256)) * 20,
}


def write_site(folder: Path) -> Path:
    for name, content in CONTENT.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    write_manifest(folder)
    return folder


@pytest.fixture
def site(tmp_path: Path) -> Path:
    return write_site(tmp_path / "site")


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_site(tmp_path_factory.mktemp("whole") / "site")


def test_a_site_as_it_was_published_has_no_findings(site: Path) -> None:
    assert verify_site(site) == Verified(site, len(CONTENT), sum(map(len, CONTENT.values())), ())


def test_the_manifest_has_the_size_and_digest_of_every_file(site: Path) -> None:
    files = json.loads((site / MARKER).read_text(encoding="utf-8"))["files"]
    assert files == {name: [len(data), hashlib.sha256(data).hexdigest()] for name, data in CONTENT.items()}


def test_the_manifest_is_the_same_for_the_same_files(site: Path, tmp_path: Path) -> None:
    assert (site / MARKER).read_bytes() == (write_site(tmp_path / "again") / MARKER).read_bytes()


@settings(max_examples=300, deadline=None)
@given(data=st.data())
def test_any_flipped_bit_is_found_and_its_file_is_named(whole: Path, data: st.DataObject) -> None:
    name = data.draw(st.sampled_from([MARKER, *(name for name, content in CONTENT.items() if content)]))
    path = whole / name
    content = path.read_bytes()
    bit = data.draw(st.integers(0, 8 * len(content) - 1))
    changed = bytearray(content)
    changed[bit // 8] ^= 1 << bit % 8
    path.write_bytes(changed)
    try:
        assert named(whole) == [name]
    finally:
        path.write_bytes(content)


def named(site: Path) -> list[str]:
    """Return the files that are named, the manifest as well."""
    try:
        return [finding.path for finding in verify_site(site).findings]
    except SiteError as error:
        return [str(error).partition(": ")[0].removeprefix(f"{site}/")]


CHANGES: dict[str, tuple[Callable[[Path], object], Finding]] = {
    "a file that is gone": (
        lambda site: (site / ".nojekyll").unlink(),
        Finding(".nojekyll", "is missing"),
    ),
    "a file more": (
        lambda site: (site / "_data" / "more.csv").touch(),
        Finding("_data/more.csv", "was not published"),
    ),
    "a file that was cut off": (
        lambda site: os.truncate(site / "index.html", 3),
        Finding("index.html", "has 3 bytes, published with 15"),
    ),
    "other bytes": (
        lambda site: (site / "index.html").write_bytes(b"<!DOCTYPE html>"),
        Finding("index.html", "holds other bytes than were published"),
    ),
    "a link in the place of a file": (
        lambda site: ((site / "index.html").rename(site.parent / "a"), (site / "index.html").symlink_to("../a")),
        Finding("index.html", "is no file"),
    ),
    "a folder in the place of a file": (
        lambda site: ((site / "index.html").unlink(), (site / "index.html").mkdir()),
        Finding("index.html", "is missing"),
    ),
    "a link to a folder": (
        lambda site: (site / "more").symlink_to("."),
        Finding("more", "was not published"),
    ),
    "a pipe, which would never end": (
        lambda site: ((site / "index.html").unlink(), os.mkfifo(site / "index.html")),
        Finding("index.html", "is no file"),
    ),
}


@pytest.mark.parametrize("change", CHANGES)
def test_what_was_changed_is_named_and_how(change: str, site: Path) -> None:
    apply, finding = CHANGES[change]
    apply(site)
    assert verify_site(site).findings == (finding,)


def test_findings_are_in_the_order_of_their_paths(site: Path) -> None:
    for name in ("z", "a", "_data/m"):
        (site / name).touch()
    (site / "index.html").unlink()
    assert named(site) == ["_data/m", "a", "index.html", "z"]


def test_a_report_of_another_summary_is_found(site: Path) -> None:
    (site / "_data" / "report.json").write_text('{"fingerprint": "0123456789ab"}', encoding="utf-8")
    write_manifest(site)
    (finding,) = verify_site(site).findings
    digest = hashlib.sha256(SUMMARY).hexdigest()[:12]
    expected = f"speaks of a summary 0123456789ab, but that of the site is {digest}"
    assert finding == Finding("_data/report.json", expected)


def test_a_manifest_of_an_older_version_is_no_reason_to_call_the_site_damaged(site: Path) -> None:
    files = json.loads((site / MARKER).read_text(encoding="utf-8"))["files"]
    (site / MARKER).write_text(json.dumps({"generator": "dsdocs", "files": files}), encoding="utf-8")
    with pytest.raises(SiteError, match=r"older version.* build the site again"):
        verify_site(site)


@pytest.mark.parametrize("text", ["", "[]", "1", '{"files": [1]}', '{"files": {"a": 1}}', "[" * 100_000, "\udcff"])
def test_a_manifest_that_is_none_is_called_damaged(text: str, site: Path) -> None:
    (site / MARKER).write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(SiteError, match="is damaged"):
        verify_site(site)


def test_nothing_outside_is_read_for_a_manifest_that_names_it(tmp_path: Path) -> None:
    site = tmp_path / "site"
    site.mkdir()
    (tmp_path / "secret").write_bytes(b"secret")
    digest = hashlib.sha256(b"secret").hexdigest()
    for name in ("../secret", str(tmp_path / "secret")):
        (site / MARKER).write_bytes(verify._sealed({name: (6, digest)}))
        assert verify_site(site).findings == (Finding(name, "is missing"),)


def test_a_folder_without_a_site_is_refused(tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path / "nowhere"):
        with pytest.raises(SiteError, match="no site of dsdocs"):
            verify_site(folder)


def test_the_command_says_that_all_is_well(site: Path) -> None:
    done = expect(dsdocs("verify", "--out", site), 0)
    assert (done.stdout, done.stderr) == ("5 files, 0.0 MB: all as they were published\n", "")


def test_the_command_lists_findings_and_ends_with_2(site: Path) -> None:
    (site / ".nojekyll").unlink()
    (site / "a\x1b[31m\udcff").touch()
    done = expect(dsdocs("verify", "--out", site), 2)
    assert done.stdout.splitlines() == [".nojekyll: is missing", "a\\x1b[31m\\udcff: was not published"]
    told = result(dsdocs("verify", "--out", site, "--json"), 2)
    assert [finding["path"] for finding in told["findings"]] == [".nojekyll", "a\x1b[31m\udcff"]


def test_the_command_refuses_a_folder_without_a_site(tmp_path: Path) -> None:
    done = expect(dsdocs("verify", "--out", tmp_path), 2)
    assert (done.stdout, done.stderr.count("\n")) == ("", 1)
    assert "Traceback" not in done.stderr
