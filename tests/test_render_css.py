"""Colours can be read in both themes, by the numbers of WCAG 2.2, and the style sheets stay within the site."""

from __future__ import annotations

import math
import re
from itertools import combinations
from pathlib import Path

import pytest

from dsdocs.assets import static_folder
from dsdocs.render.files import STYLES
from dsdocs.render.scale import STEPS

SHEETS = sorted((static_folder() / "css").glob("*.css"))
TOKENS = (static_folder() / "css" / "dsdocs.css").read_text(encoding="utf-8")
# What Furo 2024.8 and later define; the tokens refer to them.
FURO = {
    "light": {"paper": "#ffffff", "ink": "#000000", "muted": "#5a5c63", "code": "#f2f2f2"},
    "dark": {"paper": "#131416", "ink": "#cfd0d0", "muted": "#9ca0a5", "code": "#202020"},
}
BLOCKS = {
    "light": re.search(r"^body \{(.*?)\}", TOKENS, re.DOTALL | re.MULTILINE),
    "dark": re.search(r"^body\[data-theme=\"dark\"\] \{(.*?)\}", TOKENS, re.DOTALL | re.MULTILINE),
    "system": re.search(r"body:not\(\[data-theme=\"light\"\]\) \{(.*?)\}", TOKENS, re.DOTALL),
}


def tokens(block: str) -> dict[str, str]:
    found = BLOCKS[block]
    assert found is not None
    return dict(re.findall(r"--ds-([a-z0-9-]+): (#[0-9a-f]{3,6});", found[1]))


def linear_rgb(colour: str) -> tuple[float, float, float]:
    """Return an sRGB colour without its gamma."""
    digits = colour[1:] if len(colour) == 7 else "".join(2 * digit for digit in colour[1:])
    linear = []
    for place in (0, 2, 4):
        share = int(digits[place : place + 2], 16) / 255
        linear.append(share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4)
    red, green, blue = linear
    return red, green, blue


def luminance(colour: str) -> float:
    """Return the relative luminance of an sRGB colour (WCAG 2.2)."""
    red, green, blue = linear_rgb(colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(first: str, second: str) -> float:
    light, dark = sorted((luminance(first), luminance(second)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_contrast_of_black_on_white_is_21() -> None:
    assert contrast("#000", "#ffffff") == pytest.approx(21)


def test_both_ways_to_the_dark_theme_have_the_same_colours() -> None:
    assert tokens("dark") == tokens("system")
    assert set(tokens("dark")) <= set(tokens("light"))


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_text_has_a_contrast_of_at_least_four_and_a_half(theme: str) -> None:
    own, furo = tokens(theme), FURO[theme]
    over = {step: own["on-light"] for step in range(1, 4)} | {4: own["on-4"]} | dict.fromkeys((5, 6), own["on-deep"])
    pairs = [(colour, own[f"{side}-{step}"]) for step, colour in over.items() for side in ("step", "under")]
    pairs += [(furo["muted"], own["step-0"]), (furo["muted"], furo["paper"]), (furo["muted"], own["sea"])]
    pairs += [(own["accent"], own["soft"]), (own["accent"], furo["paper"]), (furo["ink"], own["soft"])]
    pairs += [(furo["muted"], own["soft"]), (furo["muted"], furo["code"])]
    assert {pair: contrast(*pair) for pair in pairs if contrast(*pair) < 4.5} == {}


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_what_carries_meaning_has_a_contrast_of_at_least_three(theme: str) -> None:
    own, paper = tokens(theme), FURO[theme]["paper"]
    pairs = [(own["bar"], paper), (own["accent"], paper), (own["patches"], own["land"]), (own["patches"], own["sea"])]
    assert {pair: contrast(*pair) for pair in pairs if contrast(*pair) < 3} == {}


@pytest.mark.parametrize("side", ["step", "under"])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_each_step_is_further_from_the_ground_than_the_one_before(theme: str, side: str) -> None:
    shades = [luminance(tokens(theme)[f"{side}-{step}"]) for step in range(1, STEPS + 1)]
    assert shades == sorted(shades, reverse=theme == "light")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_both_sides_of_a_middle_are_told_apart_without_red_or_green(theme: str) -> None:
    # What a dichromat who lacks red or green cones has left is the blue channel against the others: amber has less.
    for step in range(2, STEPS + 1):
        above, below = (tokens(theme)[f"{side}-{step}"] for side in ("step", "under"))
        blue = [int(colour[5:7], 16) - int(colour[3:5], 16) for colour in (above, below)]
        assert blue[0] >= 0 > blue[1]
        assert blue[0] - blue[1] >= 30


# Linear RGB as it is seen without one kind of cones (Machado et al., 2009, severity 1), a row for each channel.
SIGHTS = {
    "protanopia": ((0.152, 1.053, -0.205), (0.115, 0.786, 0.099), (-0.004, -0.048, 1.052)),
    "deuteranopia": ((0.367, 0.861, -0.228), (0.280, 0.673, 0.047), (-0.012, 0.043, 0.969)),
    "tritanopia": ((1.256, -0.077, -0.179), (-0.078, 0.931, 0.148), (0.005, 0.691, 0.304)),
    "all cones": ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0)),
}


def oklab(colour: str, sight: str) -> tuple[float, float, float]:
    """Return a colour in OKLab (Ottosson, 2020) as it is seen."""
    linear = linear_rgb(colour)
    red, green, blue = (
        min(1.0, max(0.0, sum(k * v for k, v in zip(row, linear, strict=True)))) for row in SIGHTS[sight]
    )
    long = (0.4122214708 * red + 0.5363325363 * green + 0.0514459929 * blue) ** (1 / 3)
    middle = (0.2119034982 * red + 0.6806995451 * green + 0.1073969566 * blue) ** (1 / 3)
    short = (0.0883024619 * red + 0.2817188376 * green + 0.6299787005 * blue) ** (1 / 3)
    return (
        0.2104542553 * long + 0.7936177850 * middle - 0.0040720468 * short,
        1.9779984951 * long - 2.4285922050 * middle + 0.4505937099 * short,
        0.0259040371 * long + 0.7827717662 * middle - 0.8086757660 * short,
    )


@pytest.mark.parametrize("sight", SIGHTS)
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_classes_of_the_explorer_are_told_apart_with_any_sight(theme: str, sight: str) -> None:
    own = tokens(theme)
    seen = {name: oklab(own[name], sight) for name in (f"cat-{place}" for place in range(1, 9))}
    # 0.02 is about what one just notices side by side; points on a map lie apart, and are small.
    near = {pair: math.dist(seen[pair[0]], seen[pair[1]]) for pair in combinations(seen, 2)}
    assert {pair: distance for pair, distance in near.items() if distance < 0.08} == {}


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_classes_of_the_explorer_stand_out_from_the_map(theme: str) -> None:
    own = tokens(theme)
    floor = {"light": 2.4, "dark": 3.0}[theme]  # paler than 3 on light land, or eight classes would not be told apart
    shades = {name: contrast(own[name], own["land"]) for name in own if re.fullmatch(r"cat-\d", name)}
    assert len(shades) == 8
    assert {name: shade for name, shade in shades.items() if shade < floor} == {}


@pytest.mark.parametrize("sheet", SHEETS, ids=lambda sheet: sheet.name)
def test_style_sheets_load_nothing_and_use_only_tokens_that_exist(sheet: Path) -> None:
    source = sheet.read_text(encoding="utf-8")
    assert "url(" not in source
    assert "@import" not in source
    defined = set(re.findall(r"(--ds-[a-z0-9-]+):", "".join(path.read_text(encoding="utf-8") for path in SHEETS)))
    scripts = "".join(path.read_text(encoding="utf-8") for path in (static_folder() / "js").rglob("*.js"))
    # Set in the page, one for each bar; scripts do so by name.
    in_the_page = {"--ds-share", *re.findall(r"setProperty\(\"(--ds-[a-z0-9-]+)\"", scripts)}
    assert set(re.findall(r"var\((--ds-[a-z0-9-]+)", source)) <= defined | in_the_page
    if sheet.name != "dsdocs.css":
        assert not re.search(r"#[0-9a-f]{3,6}\b", source)


def test_every_style_sheet_is_loaded_somewhere() -> None:
    assert {f"css/{sheet.name}" for sheet in SHEETS} >= set(STYLES)
