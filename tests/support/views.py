"""Views for tests: one of each kind, filled with the texts that it is given, and strategies for any of them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from hypothesis import strategies as st

from dsdocs.views import (
    Answer,
    Answers,
    Bars,
    Calendar,
    Code,
    Distribution,
    Gallery,
    Heatmap,
    Hero,
    Histograms,
    Layer,
    Lines,
    Map,
    Number,
    Numbers,
    Picture,
    Scaling,
    Series,
    Spectrum,
    Table,
    Tree,
    View,
)

HOSTILE = (
    "<img src=x onerror=alert(1)>",
    "{{ 7*7 }}${alert(1)}",
    "=cmd()|' /C calc'!A1",
    "\"'><script>alert(2)</script>",
    '="dsdocs:stolen"',
    "</script><!--",
    "&amp;lt;b>",
    "x" * 80,
)
# One transparent pixel.
DOT = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="
SQUARE = ((13.0, 47.0), (13.4, 47.0), (13.4, 47.3), (13.0, 47.3), (13.0, 47.0))
ALPS = (12.0, 46.0, 15.0, 48.0)


def filled(texts: Sequence[str]) -> tuple[View, ...]:
    """Return one view of each kind with the texts in every place that takes one."""
    first, *_ = texts
    numbers = tuple(Number(text, text, text) for text in texts)
    pictures = tuple(Picture(f"thumbs/{text}", 120, 120, text, text, tuple(texts), text, text) for text in texts)
    size = len(texts)
    return (
        numbers[0],
        Numbers(first, numbers),
        Bars(first, tuple(texts), tuple(float(place) for place in range(size)), first, first),
        Heatmap(first, tuple(texts), tuple(texts), tuple((12345,) * size for _ in texts), first, first),
        Table(first, tuple(texts), tuple(tuple(texts) for _ in texts), first, links=tuple(range(size))),
        Calendar(first, ("2017-06-13", "2018-05-29"), (3, 40_000), first, first),
        Spectrum(
            first, tuple(texts), tuple(500.0 + 20 * place for place in range(size)), (15.0,) * size, (10.0,) * size
        ),
        Scaling(
            first, ("01", "10"), ((0.25, 0.75), (1.0, 0.0)), 0.5, (1.0, 0.5), tuple(texts), ((0.5,) * size,) * 2, first
        ),
        Lines(
            first,
            first,
            tuple(500.0 + 20 * place for place in range(size)),
            tuple(texts),
            tuple(Series(text, (*(900.0,) * (size - 1), None), (50.0,) * size, text) for text in texts),
            first,
            (700.0,) * size,
            first,
            first,
        ),
        Histograms(
            first,
            first,
            first,
            tuple(Distribution(text, -1.0, 0.5, (3, 0, 40_000), (-0.5, 0.2), text) for text in texts),
            (first, first),
            first,
        ),
        Map(first, tuple(Layer(text, ((SQUARE,),), 5, text) for text in texts), ALPS, first),
        Gallery(first, pictures, first),
        Hero(first, first, numbers, pictures, first),
        Answers(first, tuple(Answer(text, text, text, text) for text in texts), first),
        Tree(first, tuple((depth % 3, text, text) for depth, text in enumerate(texts)), first),
        Code(first, "\n".join(texts), "text", "\n".join(texts), DOT, first),
    )


_text = st.one_of(st.text(max_size=12), st.sampled_from(HOSTILE))
_int = st.integers(-(10**12), 10**12)
_float = st.floats(-1e12, 1e12, allow_nan=False, allow_subnormal=False)
_number = st.one_of(_int, _float)
_named = st.builds(Number, _text, st.one_of(_number, _text), _text)
_picture = st.builds(
    Picture, _text, st.integers(1, 999), st.integers(1, 999), _text, _text, st.lists(_text, max_size=3).map(tuple)
)
_layer = st.builds(Layer, _text, st.sampled_from(((), ((SQUARE,),), ((SQUARE, SQUARE),))), st.integers(0, 10**7), _text)
_cell = st.one_of(_text, _number, st.booleans(), st.none())


def _tuples(
    inner: st.SearchStrategy[object], size: int | None = None, most: int = 4
) -> st.SearchStrategy[tuple[object, ...]]:
    least, most = (0, most) if size is None else (size, size)
    return st.lists(inner, min_size=least, max_size=most).map(tuple)


@st.composite
def views(draw: st.DrawFn) -> View:
    """Draw any view, with its parts of matching length."""
    size, width = draw(st.integers(0, 4)), draw(st.integers(0, 4))
    days = draw(st.lists(st.dates(date(1984, 1, 1), date(2030, 1, 1)), max_size=4, unique=True))
    wave = st.floats(100, 20_000)
    kinds: tuple[st.SearchStrategy[View], ...] = (
        _named,
        st.builds(Numbers, _text, _tuples(_named)),
        st.builds(
            Bars, _text, _tuples(_text, size), _tuples(_number, size), _text, _text, st.one_of(st.none(), _float)
        ),
        st.builds(
            Heatmap,
            _text,
            _tuples(_text, size),
            _tuples(_text, width),
            _tuples(_tuples(st.one_of(st.none(), _number), width), size),
            _text,
            _text,
            st.one_of(st.none(), _float),
        ),
        st.builds(Table, _text, _tuples(_text, width), _tuples(_tuples(_cell, width)), _text),
        st.builds(
            Calendar,
            _text,
            st.just(tuple(day.isoformat() for day in sorted(days))),
            _tuples(st.integers(0, 10**9), len(days)),
            _text,
            _text,
        ),
        st.builds(Spectrum, _text, _tuples(_text, size), *(_tuples(wave, size) for _ in range(3)), _text),
        st.builds(
            Scaling,
            _text,
            _tuples(st.text("01", max_size=3)),
            _tuples(_tuples(st.floats(0, 1))),
            st.floats(0, 1),
            st.just((1.0, 0.5)[:size]),
            _tuples(_text, width),
            _tuples(_tuples(st.floats(0, 1), width), min(size, 2)),
            _text,
        ),
        st.builds(
            Lines,
            _text,
            st.sampled_from(("", "wavelength (nm)")),
            _tuples(wave, size).map(lambda places: tuple(sorted(places))),
            _tuples(_text, size),
            _tuples(st.builds(Series, _text, _tuples(st.none() | _float, size), _tuples(st.none() | _float, size))),
            _text,
            st.one_of(st.just(()), _tuples(st.none() | _float, size)),
            _text,
            _text,
        ),
        st.builds(
            Histograms,
            _text,
            _text,
            _text,
            _tuples(
                st.builds(
                    Distribution,
                    _text,
                    _float,
                    st.floats(1e-6, 1e6),
                    _tuples(st.integers(0, 10**12)),
                    _tuples(_float, width),
                    _text,
                )
            ),
            _tuples(_text, width),
            _text,
        ),
        st.builds(Map, _text, _tuples(_layer), st.just(ALPS), _text),
        st.builds(Gallery, _text, _tuples(_picture), _text),
        st.builds(Hero, _text, _text, _tuples(_named), _tuples(_picture), _text),
        st.builds(Answers, _text, _tuples(st.builds(Answer, _text, _text, _text, _text)), _text),
        st.builds(Tree, _text, _tuples(st.tuples(st.integers(0, 9), _text, _text)), _text),
        st.builds(
            Code,
            _text,
            st.text(max_size=40),
            st.sampled_from(("json", "text", "python", "toml")),
            _text,
            st.sampled_from(("", DOT)),
            _text,
        ),
    )
    return draw(st.one_of(kinds))
