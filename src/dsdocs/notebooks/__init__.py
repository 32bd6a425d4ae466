"""Run the code cells of the pages, each only once for the same code, data and versions.

Only `dsdocs.sample`, `dsdocs.scaffold`, `dsdocs.site` and `dsdocs.cli` may import it. To find out that
nothing has to run loads none of the Jupyter libraries; ``run`` and ``document`` load them, when needed.
"""

from dsdocs.notebooks.execute import Execution, execute_pages
from dsdocs.notebooks.keys import cell_keys
from dsdocs.notebooks.pages import Cell, Page, read_page
from dsdocs.notebooks.store import prune

__all__ = [
    "Cell",
    "Execution",
    "Page",
    "cell_keys",
    "execute_pages",
    "prune",
    "read_page",
]
