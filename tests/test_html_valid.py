"""Every page is valid HTML, as the Nu HTML Checker of the W3C has it."""

from __future__ import annotations

from pathlib import Path

import pytest

from support.needs import lacks
from support.sites import Sites
from support.trees import write_tree
from support.validity import find_java, invalid

# The sample has every kind of figure and both demos; the others a table or a picture that it has not.
CHECKED = ("sample", "bigearthnet-v2", "uc-merced")


@pytest.fixture(scope="module", autouse=True)
def _java() -> None:
    if find_java() is None:
        lacks("java", "install a Java runtime, or run: python tests/support/validity.py --install")


@pytest.mark.parametrize("name", CHECKED)
def test_every_page_is_valid(name: str, sites: Sites) -> None:
    assert invalid(sorted(sites[name].site.rglob("*.html"))) == []


def test_an_invalid_page_is_found(tmp_path: Path) -> None:
    tree = write_tree(tmp_path)
    assert invalid(sorted(tree.glob("*.html"))) == []
    page = tree / "labels.html"
    page.write_text(page.read_text(encoding="utf-8").replace("</main>", "<ul><p>x</p></ul></main>"), encoding="utf-8")
    (found,) = invalid(sorted(tree.glob("*.html")))
    assert found.startswith("labels.html:")
    assert "Element “p” not allowed as child of element “ul”" in found
