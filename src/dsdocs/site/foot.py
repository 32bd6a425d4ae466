"""The foot of every page: where to correct it, when it was changed last, and which build it is of."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx

from dsdocs import assets
from dsdocs.project import Project
from dsdocs.render.markup import Html, element, join
from dsdocs.site.comments import comments_html
from dsdocs.site.forge import Forge, code
from dsdocs.site.history import History, history

STYLE = "css/foot.css"  # below _static
BUILD = "build"  # the page that says what the site was made from
_ATTRIBUTE = "dsdocs_book"  # of the configuration of Sphinx


@dataclass(frozen=True, slots=True)
class Book:
    """What all feet of a site share."""

    forge: Forge | None  # None: nobody said where the repository is
    folder: Path | None  # of the author's own pages
    place: str  # path of that folder in the repository; ends with a slash unless it is empty
    history: History | None  # None: it is in no repository
    published: str | None  # of the data, ISO 8601 date
    build: str  # fingerprint
    url: str | None  # of the site, ends with a slash


def book_of(project: Project) -> Book:
    """Gather what all feet of a site share."""
    config = project.config
    repository, published, url = config.dataset.repository, config.dataset.published, config.site.url
    known = history(project.book) if project.book else None
    # Without git, the configuration is taken to lie at the root of the repository.
    place = known.prefix if known else f"{config.site.book.strip('/').removeprefix('./')}/"
    return Book(
        Forge.of(repository, config.site.branch) if repository else None,
        project.book,
        place,
        known,
        published.isoformat() if published else None,
        build_fingerprint(project),
        f"{url.rstrip('/')}/" if url else None,
    )


def build_fingerprint(project: Project) -> str:
    """Return 12 hexadecimal digits for the data, the configuration and the version that a site is made of.

    The text of pages is not among them: who fixes a sentence changes one page, and not the foot of all others.
    """
    config = project.config.model_dump_json(exclude={"archive"})
    parts = (version("dsdocs"), project.fingerprint, config)
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:12]


def foot_html(book: Book, page: str, title: str, build_page: str | None) -> Html:
    """Draw the foot of a page.

    Parameters
    ----------
    book
        What all feet share.
    page
        Name of the page, without suffix.
    title
        Its title, plain text.
    build_page
        Relative address of the page on the build; None: there is none.
    """
    links = []
    name = f"{page}.md"
    own = book.folder is not None and (book.folder / name).is_file()
    if book.forge is not None:
        if own:
            links.append(element("a", {"href": book.forge.edit(book.place + name)}, "Edit this page"))
        links.append(element("a", {"href": book.forge.issue(*_issue(book, page, title))}, "Report a problem with it"))
    digest = element("code", None, book.build)
    build = join("Build ", element("a", {"href": build_page}, digest) if build_page else digest)
    said = [*_changed(book, name, own=own), build]
    return join(
        element("ul", {"role": "list"}, *(element("li", None, link) for link in links)) if links else Html(""),
        element("ul", {"role": "list"}, *(element("li", None, part) for part in said)),
    )


def _changed(book: Book, name: str, *, own: bool) -> list[Html]:
    """Say when the page was changed last: by its last commit, else where it comes from and of when the data is."""
    if not own or _is_built_in(book, name):
        data = [join("Data of ", _time(book.published))] if book.published else []
        return [join("Page of dsdocs ", version("dsdocs")), *data]
    known = book.history
    if known is not None and name in known.uncommitted:
        return [Html("Changed, and not committed yet")]
    change = known.changed.get(name) if known is not None else None
    if change is None:
        return [join("Data of ", _time(book.published))] if book.published else []
    day = _time(change.day)
    link = element("a", {"href": book.forge.commits(book.place + name)}, day) if book.forge else day
    return [join("Last changed ", link)]


def _is_built_in(book: Book, name: str) -> bool:
    """Tell whether the author has the page as dsdocs brings it."""
    ours = assets.book_folder() / name
    if book.folder is None or not ours.is_file() or ours.samefile(book.folder / name):
        return False
    return ours.read_bytes() == (book.folder / name).read_bytes()


def _time(day: str) -> Html:
    return element("time", {"datetime": day}, day)


def _issue(book: Book, page: str, title: str) -> tuple[str, str]:
    place = f"{book.url}{page}.html" if book.url else f"{page}.html"
    lines = (
        "What is wrong on this page, and how should it be?", "", "", "---", f"Page: {code(title)}, {place}",
        f"Build: {code(book.build)} with dsdocs {code(version('dsdocs'))}",
    )  # fmt: skip
    return f"Page {title}", "\n".join(lines)


def add_foot(app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: object) -> None:
    """Give the template of a page its foot, and below it the comments where they are wanted."""
    project: Project = app.config.dsdocs_project
    if not hasattr(app.config, _ATTRIBUTE):
        object.__setattr__(app.config, _ATTRIBUTE, book_of(project))
    build = app.builder.get_relative_uri(page, BUILD) if BUILD in app.env.found_docs else None
    known = app.env.titles.get(page)
    title = known.astext() if known is not None else page.capitalize()
    context["foot"] = foot_html(getattr(app.config, _ATTRIBUTE), page, title, build)
    context["comments"] = comments_html(app, page, context) if doctree is not None else ""
