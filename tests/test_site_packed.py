"""``site.zip``: the same bytes for the same site, and a site that opens from disk where it is unpacked."""

from __future__ import annotations

import os
import zipfile
from pathlib import Path

from playwright.sync_api import Page, expect

from dsdocs.site.packed import pack_site
from support.sites import SAMPLE, Sites, digests, dsdocs
from support.sites import expect as expect_code
from support.trees import write_tree
from support.watching import watch


def test_equal_sites_give_equal_bytes(tmp_path: Path) -> None:
    one, other = write_tree(tmp_path / "one"), write_tree(tmp_path / "other")
    os.utime(other / "index.html", (1, 1))
    (other / "labels.html").chmod(0o600)
    first, second = tmp_path / "one.zip", tmp_path / "other.zip"
    assert pack_site(one, first) == pack_site(other, second)
    assert first.read_bytes() == second.read_bytes()
    with zipfile.ZipFile(first) as packed:
        assert packed.namelist() == sorted(digests(one))
        assert packed.testzip() is None
        stored = {info.filename for info in packed.infolist() if info.compress_type == zipfile.ZIP_STORED}
    assert stored == {"_data/a.png", "_data/card.jpg"}


def test_the_command_writes_it_beside_the_site_and_not_into_it(tmp_path: Path) -> None:
    few = tmp_path / "few"
    expect_code(dsdocs("sample", few, "--patches", "4"), 0)
    done = expect_code(dsdocs("build", "--archive", few, "--zip", cwd=tmp_path), 0)
    assert "site.zip, " in done.stderr
    first = (tmp_path / "site.zip").read_bytes()
    (tmp_path / "site.zip").unlink()
    expect_code(dsdocs("build", "--archive", few, "--zip", cwd=tmp_path), 0)  # nothing has changed
    assert (tmp_path / "site.zip").read_bytes() == first
    assert not (tmp_path / "site" / "site.zip").exists()


def test_it_opens_from_disk(sites: Sites, page: Page, tmp_path: Path) -> None:
    site = sites[SAMPLE].site
    pack_site(site, tmp_path / "site.zip")
    with zipfile.ZipFile(tmp_path / "site.zip") as packed:
        packed.extractall(tmp_path / "a folder")
    assert digests(tmp_path / "a folder") == digests(site)
    watched = watch(page)
    page.goto((tmp_path / "a folder" / "index.html").as_uri())
    page.locator(".sidebar-tree").get_by_role("link", name="Places").click()
    expect(page.locator("h1")).to_contain_text("Places")
    expect(page.locator(".ds-map-canvas path.ds-map-patches").first).to_be_visible()
    page.locator(".sidebar-tree").get_by_role("link", name="Explorer").click()
    expect(page.locator("h1")).to_be_visible()
    assert watched.problems == []
