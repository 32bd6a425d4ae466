"""The experiment of the page on measures: its numbers, and the same numbers from the script in a browser."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Page

from dsdocs.analyses.metrics import FACTORS, THRESHOLD, measures, ranking_measures, score_scaling
from dsdocs.assets import static_folder
from dsdocs.errors import SiteError
from dsdocs.render.html import html
from dsdocs.site.formulas import mathml
from dsdocs.views import Scaling, Table
from support.watching import watch

HALF_A_DIGIT = 5.01e-4  # three digits are shown


@pytest.fixture(scope="module")
def view() -> Scaling:
    (found,) = score_scaling().views()
    assert isinstance(found, Scaling)
    return found


def test_average_precision_stays_while_f1_and_recall_fall(view: Scaling) -> None:
    table = dict(zip(view.factors, view.values, strict=True))
    columns = {name: [table[factor][place] for factor in FACTORS] for place, name in enumerate(view.measures)}
    for name in ("AP, micro", "AP, macro", "AP, samples"):
        assert len(set(columns[name])) == 1
    assert columns["Recall, micro"] == sorted(columns["Recall, micro"], reverse=True)
    at_one, at_six = FACTORS.index(1.0), FACTORS.index(0.6)
    assert columns["F1, micro"][at_six] < columns["F1, micro"][at_one] - 0.2
    assert columns["Precision, micro"][at_six] > columns["Precision, micro"][at_one]


def test_searches_are_told_apart_by_order_alone() -> None:
    (table,) = ranking_measures().views()
    assert isinstance(table, Table)
    first, *_, last = table.rows
    assert (first[1], first[2], first[4], first[5]) == (1, 1, 1, 0)
    assert (last[1], last[5]) == (0, 1)


def written(folder: Path, view: Scaling, *, script: bool) -> str:
    """Write a page with the figure, and return its address on disk."""
    head = f'<script defer src="{(static_folder() / "js" / "scaling.js").as_uri()}"></script>' if script else ""
    path = folder / "index.html"
    body = html(view, slug="figure")
    path.write_text(
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>x</title>{head}{body}', encoding="utf-8"
    )
    return path.as_uri()


def shown(page: Page) -> dict[str, float]:
    """Return the values beside the bars."""
    rows = page.locator("tr[data-ds-measure]")
    return {
        rows.nth(place).get_attribute("data-ds-measure") or "": float(rows.nth(place).locator(".ds-value").inner_text())
        for place in range(rows.count())
    }


def test_the_script_computes_what_python_does_for_every_place_of_the_slider(
    page: Page, tmp_path: Path, view: Scaling
) -> None:
    problems = watch(page)
    page.goto(written(tmp_path, view, script=True))
    slider = page.get_by_role("slider", name="All scores times")
    truth = np.array([[int(cell) for cell in row] for row in view.truth], dtype=bool)
    scores = np.array(view.scores)
    assert shown(page) == pytest.approx(measures(truth, scores), abs=HALF_A_DIGIT)
    slider.focus()
    for _ in range(40):
        slider.press("ArrowLeft")
        factor = float(slider.input_value())
        assert shown(page) == pytest.approx(measures(truth, factor * scores), abs=HALF_A_DIGIT)
    assert factor == 0.1
    assert page.locator("output").inner_text() == "\N{MULTIPLICATION SIGN} 0.10"
    changes = page.locator(".ds-change").all_inner_texts()
    assert changes[:3] == ["unchanged"] * 3
    assert changes[view.measures.index("F1, micro")].startswith("\N{MINUS SIGN}")
    assert not problems.problems


def test_without_a_script_the_table_stands_and_the_slider_does_not(page: Page, tmp_path: Path, view: Scaling) -> None:
    page.goto(written(tmp_path, view, script=False))
    assert page.get_by_role("slider").count() == 0
    assert page.get_by_role("table").count() == 2
    assert shown(page)["F1, micro"] == pytest.approx(round(view.values[FACTORS.index(1.0)][5], 3))


def test_formulas_become_mathml_and_wrong_ones_are_named() -> None:
    assert mathml("F_1").startswith("<math ")
    assert '<math display="block"' in mathml(r"\frac{1}{2}", block=True)
    with pytest.raises(SiteError, match=r"nosuch"):
        mathml(r"\nosuch{x}")


def test_the_threshold_of_the_experiment_is_the_one_of_the_page(view: Scaling) -> None:
    assert view.threshold == THRESHOLD == 0.5
