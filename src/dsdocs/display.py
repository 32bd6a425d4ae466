"""Put a result on the page: the one call of every code cell."""

from __future__ import annotations

import os
from typing import Any

from dsdocs.analyses import Result
from dsdocs.project import STATE_VARIABLE
from dsdocs.render.text import plain
from dsdocs.views import MIME, View, to_json


def show(result: Result | View) -> None:
    """Display each view of a result, as plain data that the site draws and as text.

    Outside a build, in JupyterLab say, the drawing itself is shown as well.

    Parameters
    ----------
    result
        What an analysis returned, or a single view.
    """
    from IPython.display import display

    for view in result.views() if hasattr(result, "views") else (result,):
        bundle: dict[str, Any] = {MIME: to_json(view), "text/plain": plain(view)}
        if STATE_VARIABLE not in os.environ:
            from dsdocs.render.html import html

            bundle["text/html"] = html(view, slug="figure")
        display(bundle, raw=True)  # type: ignore[no-untyped-call]
