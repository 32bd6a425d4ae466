"""Build the generated pages with `dsdocs.notebooks` and Sphinx alone: the least that a build with them costs.

Run in a folder that holds ``book/``; the site is written to ``site/``, the outputs of the cells to ``cells/``.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from pathlib import Path

from dsdocs.notebooks import Page, cell_keys, execute_pages, package_version, read_page

CACHE = Path("cells")
PAGES: dict[str, Page] = {}  # by text, since MyST-NB hands a reader nothing else
DATA = {"summary": hashlib.sha256(Path("summary.parquet").read_bytes()).hexdigest()}
VERSIONS = {name: package_version(name) for name in ("dsdocs", "pyarrow", "matplotlib")}


def main() -> None:
    """Bring cells and site up to date; do nothing where nothing changed."""
    pages = [read_page(path) for path in sorted(Path("book").glob("*.md"))]
    keys = [cell_keys(page, data=DATA, versions=VERSIONS) for page in pages]
    inputs = repr([(page.name, page.text, key) for page, key in zip(pages, keys, strict=True)])
    state = hashlib.sha256(inputs.encode()).hexdigest()
    mark = Path("site", ".state")
    if mark.is_file() and mark.read_text() == state:
        return
    execute_pages(pages, cache=CACHE, environment={}, cwd=Path(), data=DATA, versions=VERSIONS)
    PAGES.update({page.text: page for page in pages})
    _render(Path("site.new"))
    (Path("site.new") / ".state").write_text(state)
    shutil.rmtree("site", ignore_errors=True)
    os.replace("site.new", "site")


def _render(output: Path) -> None:
    from sphinx.cmd.build import main as sphinx

    shutil.rmtree(output, ignore_errors=True)
    overrides = ["-D", "nb_execution_mode=off", "-D", "nb_custom_formats..md=__main__.read"]
    if sphinx(["-q", "-E", "-j2", *overrides, "book", str(output)]):
        raise SystemExit("Sphinx failed")


def read(text: str) -> object:
    """Return the notebook of a page with its stored outputs; MyST-NB calls it."""
    from dsdocs.notebooks.document import notebook_with_outputs

    return notebook_with_outputs(PAGES[text], cache=CACHE, data=DATA, versions=VERSIONS)


if __name__ == "__main__":
    main()
