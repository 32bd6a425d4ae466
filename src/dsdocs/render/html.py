"""A view as HTML that is complete without JavaScript."""

from __future__ import annotations

import re

from dsdocs.render.answers import answers
from dsdocs.render.charts import bars, heatmap
from dsdocs.render.days import calendar_figure
from dsdocs.render.listing import code, numbers, one_number, table, tree
from dsdocs.render.map import map_figure
from dsdocs.render.panels import histograms, lines
from dsdocs.render.pictures import gallery, hero
from dsdocs.render.scaling import scaling
from dsdocs.render.spectrum import spectrum
from dsdocs.views import (
    Answers,
    Bars,
    Calendar,
    Code,
    Gallery,
    Heatmap,
    Hero,
    Histograms,
    Lines,
    Map,
    Number,
    Numbers,
    Scaling,
    Spectrum,
    Table,
    Tree,
    View,
)

_SLUG = re.compile(r"[a-z][a-z0-9-]{0,99}")


def html(view: View, *, slug: str) -> str:
    """Draw a view as one ``<figure>``.

    Links to files of the site are written as ``="dsdocs:<path below the data folder>"``; the files themselves
    come from `dsdocs.render.files.side_files`.

    Parameters
    ----------
    view
        What to draw.
    slug
        The id of the figure, unique on its page, and the name of its files, unique on the site: lower-case
        letters, digits and hyphens, a letter first, at most 100.

    Raises
    ------
    ValueError
        The slug does not have that form, or the parts of the view do not have the same length.
    """
    if not _SLUG.fullmatch(slug):
        raise ValueError(
            f"{slug!r} cannot name a figure; expected lower-case letters, digits and hyphens, a letter first"
        )
    match view:
        case Number():
            return one_number(view, slug)
        case Numbers():
            return numbers(view, slug)
        case Bars():
            return bars(view, slug)
        case Heatmap():
            return heatmap(view, slug)
        case Table():
            return table(view, slug)
        case Calendar():
            return calendar_figure(view, slug)
        case Spectrum():
            return spectrum(view, slug)
        case Lines():
            return lines(view, slug)
        case Histograms():
            return histograms(view, slug)
        case Map():
            return map_figure(view, slug)
        case Scaling():
            return scaling(view, slug)
        case Gallery():
            return gallery(view, slug)
        case Hero():
            return hero(view, slug)
        case Answers():
            return answers(view, slug)
        case Tree():
            return tree(view, slug)
        case Code():
            return code(view, slug)
