"""The foot of a page: addresses of the repository, the day of the last commit, the fingerprint of the build."""

from __future__ import annotations

import re
import subprocess
from dataclasses import replace
from pathlib import Path
from urllib.parse import parse_qs

import pytest

from dsdocs import assets
from dsdocs.config import Config, Dataset, Site
from dsdocs.locations import Locations
from dsdocs.project import Project
from dsdocs.site.foot import Book, book_of, build_fingerprint, foot_html
from dsdocs.site.forge import Forge, code
from dsdocs.site.history import History, head_commit, history

REPOSITORY = "https://github.com/me/guide"


def git(folder: Path, *arguments: str, day: str = "2026-01-02T12:00:00Z") -> None:
    identity = ("-c", "user.name=A", "-c", "user.email=a@example.org", "-c", "init.defaultBranch=main")
    environment = {
        "PATH": "/usr/bin:/bin",
        "HOME": str(folder),
        "GIT_COMMITTER_DATE": day,
        "GIT_AUTHOR_DATE": "2000-01-01T00:00:00Z",
    }
    subprocess.run(["git", *identity, *arguments], cwd=folder, env=environment, check=True, capture_output=True)


@pytest.fixture
def guide(tmp_path: Path) -> Path:
    """Make a repository of two pages in two commits."""
    root = tmp_path / "repository"
    book = root / "docs of a guide" / "book"
    book.mkdir(parents=True)
    (book / "labels.md").write_text("# Labels\n", encoding="utf-8")
    (book / "größe.md").write_text("# Size\n", encoding="utf-8")
    git(root, "init", "-q")
    git(root, "add", "-A")
    git(root, "commit", "-qm", "one")
    (book / "labels.md").write_text("# Labels\n\nMore.\n", encoding="utf-8")
    git(root, "commit", "-qam", "two", day="2026-02-03T23:30:00-05:00")
    return book


def test_the_last_commit_of_each_page_counts_by_its_day_in_utc(guide: Path) -> None:
    found = history(guide)
    assert found is not None
    assert found.prefix == "docs of a guide/book/"
    assert {name: change.day for name, change in found.changed.items()} == {
        "labels.md": "2026-02-04", "größe.md": "2026-01-02",
    }  # fmt: skip
    assert found.uncommitted == frozenset()


def test_what_is_not_committed_is_told(guide: Path) -> None:
    before = head_commit(guide)
    (guide / "größe.md").write_text("# Other\n", encoding="utf-8")
    (guide / "new.md").write_text("# New\n", encoding="utf-8")
    found = history(guide)
    assert found is not None
    assert found.uncommitted == {"größe.md", "new.md"}
    assert head_commit(guide) != before


def test_a_shallow_clone_says_only_what_it_knows(guide: Path, tmp_path: Path) -> None:
    git(tmp_path, "clone", "-q", "--depth", "1", guide.parents[1].as_uri(), "shallow")
    book = tmp_path / "shallow" / "docs of a guide" / "book"
    found = history(book)
    assert found is not None
    assert found.changed == {}  # the one commit that is there seems to have made every file
    (book / "new.md").write_text("# New\n", encoding="utf-8")
    git(book, "add", "-A")
    git(book, "commit", "-qm", "three", day="2026-03-04T00:00:00Z")
    again = history(book)
    assert again is not None
    assert {name: change.day for name, change in again.changed.items()} == {"new.md": "2026-03-04"}


def test_no_repository_is_no_history(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    assert history(tmp_path) is None
    assert head_commit(tmp_path) == ""
    monkeypatch.setenv("PATH", str(tmp_path))
    assert history(tmp_path) is None


def test_a_hook_of_another_repository_does_not_lead_astray(
    guide: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "elsewhere"))
    assert history(guide) is not None


@pytest.mark.parametrize(
    ("repository", "edit", "commits", "issue"),
    [
        (f"{REPOSITORY}.git/", "edit/a/", "commits/a/", "issues/new"),
        ("https://gitlab.com/group/sub/guide", "-/edit/a/", "-/commits/a/", "-/issues/new"),
        ("https://codeberg.org/me/guide", "_edit/a/", "commits/branch/a/", "issues/new"),
        ("https://git.example.org/me/guide", "edit/a/", "commits/a/", "issues/new"),
    ],
)
def test_hosts_have_addresses_of_their_own(repository: str, edit: str, commits: str, issue: str) -> None:
    forge, home = Forge.of(repository, "a"), repository.removesuffix(".git/")
    assert forge.edit("b c.md") == f"{home}/{edit}b%20c.md"
    assert forge.commits("b c.md") == f"{home}/{commits}b%20c.md"
    address, _, query = forge.issue("T & t", "one\ntwo").partition("?")
    assert address == f"{home}/{issue}"
    assert [value for values in parse_qs(query).values() for value in values] == ["T & t", "one\ntwo"]
    assert len(forge.issue("T", "x" * 10_000)) < 300


def test_markup_of_a_title_stays_text_in_an_issue() -> None:
    assert code("a `b` c") == "`` a `b` c ``"
    assert code("@team\n# x") == "`@team # x`"


@pytest.fixture
def book(guide: Path) -> Book:
    return Book(
        Forge.of(REPOSITORY, "main"), guide, "docs of a guide/book/", history(guide), "2025-03-14", "0123456789ab", None
    )


def text_of(html: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


def test_a_page_of_the_author_says_when_it_was_changed(book: Book) -> None:
    html = foot_html(book, "labels", "Labels", "build.html")
    assert text_of(html) == "Edit this page Report a problem with it Last changed 2026-02-04 Build 0123456789ab"
    assert f'href="{REPOSITORY}/edit/main/docs%20of%20a%20guide/book/labels.md"' in html
    assert '<time datetime="2026-02-04">' in html


def test_without_a_repository_nothing_is_linked_but_what_is_known_is_said(book: Book) -> None:
    html = foot_html(replace(book, forge=None), "labels", "Labels", None)
    assert text_of(html) == "Last changed 2026-02-04 Build 0123456789ab"
    assert "href" not in html
    alone = replace(book, forge=None, history=None)
    assert text_of(foot_html(alone, "labels", "Labels", None)) == "Data of 2025-03-14 Build 0123456789ab"
    assert text_of(foot_html(replace(alone, published=None), "labels", "Labels", None)) == "Build 0123456789ab"


def test_a_page_that_is_not_committed_says_so(book: Book, guide: Path) -> None:
    dirty = replace(book, history=History(book.place, {}, frozenset({"labels.md"})))
    assert "Changed, and not committed yet" in foot_html(dirty, "labels", "Labels", None)


def test_a_page_as_dsdocs_brings_it_names_the_version(book: Book, guide: Path) -> None:
    assert "Edit" not in foot_html(book, "metrics", "Measures", None)  # it is not in the repository
    assert text_of(foot_html(book, "metrics", "Measures", None)).startswith("Report a problem with it Page of dsdocs ")
    (guide / "metrics.md").write_bytes((assets.book_folder() / "metrics.md").read_bytes())
    same = foot_html(book, "metrics", "Measures", None)
    assert "Edit this page" in same
    assert "Page of dsdocs" in same


def test_hostile_titles_and_names_are_escaped(book: Book) -> None:
    html = foot_html(book, 'x"><script>', '"><img src=x onerror=alert(1)>', 'b"uild.html')
    assert "<script" not in html
    assert "<img" not in html
    assert 'b"uild' not in html


def test_the_fingerprint_is_of_data_version_and_configuration_and_not_of_places(tmp_path: Path) -> None:
    def of(config: Config, state: str) -> str:
        (tmp_path / state).mkdir(exist_ok=True)
        (tmp_path / state / "summary.parquet").write_bytes(b"the same table")
        return build_fingerprint(Project(Locations(config, None, (state,), tmp_path / state)))

    plain = of(Config(), "a")
    assert re.fullmatch("[0-9a-f]{12}", plain)
    assert of(Config(), "b") == plain
    assert of(Config.model_validate({"archive": {"path": "elsewhere"}}), "a") == plain
    assert of(Config(dataset=Dataset(title="Other")), "a") != plain


def test_without_git_the_configuration_is_taken_to_lie_at_the_root(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    (tmp_path / "text" / "book").mkdir(parents=True)
    (tmp_path / "state").mkdir()
    (tmp_path / "state" / "summary.parquet").write_bytes(b"a table")
    config = Config(
        dataset=Dataset(repository=REPOSITORY), site=Site(book="./text/book/", url="https://example.org/guide")
    )
    found = book_of(Project(Locations(config, tmp_path / "dsdocs.toml", (), tmp_path / "state")))
    assert (found.place, found.url, found.history) == ("text/book/", "https://example.org/guide/", None)
