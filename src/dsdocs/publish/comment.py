"""Tell on each pull request what became of its preview, in one comment that is brought up to date.

A comment is one block of HTML without an empty line, so that nothing in it is read as Markdown. What comes from a pull
request stands escaped inside ``<code>``, where GitHub turns no name into a mention and no number into a link.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import quote

from dsdocs.publish.changes import FOLDER
from dsdocs.publish.github import Api, ApiError
from dsdocs.publish.model import DROPPED, PUBLISHED, WAITING, Preview, Report
from dsdocs.render.markup import Html, element, join

MARKER = "<!-- dsdocs: preview of this pull request -->"
AUTHOR = "github-actions[bot]"  # whom GITHUB_TOKEN writes as; no user can have such a name
_LISTED = 20  # entries of each kind
_TEXT = 200  # characters of each
_LONGEST = 60_000  # characters; GitHub takes 65,536
_SIDES = ("before", "after")
_PAUSE = 1.0  # s between two changes, as GitHub asks for

Tell = Callable[[str], None]


def comment(api: Api, name: str, report: Report, *, author: str = AUTHOR, tell: Tell | None = None) -> tuple[str, ...]:
    """Write or update the comment of each pull request of a report.

    One that is right already is left alone, and one that waits for its build gets no first comment.

    Parameters
    ----------
    api
        The API; the token has to allow writing to pull requests.
    name
        ``owner/name`` of the repository.
    report
        What `assemble` did.
    author
        Whose comments are taken for our own, if they begin with `MARKER`.
    tell
        Called with a line for each comment that was written.

    Returns
    -------
    tuple of str
        What failed, one sentence for each pull request; the others have their comments.
    """
    failed = []
    for preview in report.previews:
        try:
            done = _settle(api, f"/repos/{quote(name)}/issues", preview, comment_body(preview, report), author)
        except ApiError as error:
            failed.append(f"pull request {preview.number}: {error}")
            continue
        if tell is not None:
            tell(f"pull request {preview.number}: {done}")
        if done != "unchanged":
            api.sleep(_PAUSE)
    return tuple(failed)


def comment_body(preview: Preview, report: Report) -> str:
    """Write what is told about a preview: HTML for GitHub, the same for the same input."""
    head = [element("h3", None, _headline(preview)), *_lead(preview)]
    parts = [*head, *_changes(preview), element("p", None, *_size(preview, report))]
    body = _single(join(*parts, separator="\n"))
    if len(body) > _LONGEST:
        body = _single(
            join(*head, element("p", None, "The list of changes is too long for a comment."), separator="\n")
        )
    return f"{MARKER}\n{body}"


def _settle(api: Api, place: str, preview: Preview, body: str, author: str) -> str:
    listed = f"{place}/{preview.number}/comments"
    for one in api.pages(listed):
        if _is_ours(one, author):
            if one["body"].replace("\r\n", "\n").strip() == body.strip():
                return "unchanged"
            api.send("PATCH", f"{place}/comments/{int(one['id'])}", {"body": body})
            return "updated"
    if preview.state == WAITING:
        return "unchanged"
    api.send("POST", listed, {"body": body})
    return "written"


def _is_ours(one: Any, author: str) -> bool:
    """Decide by author and beginning: anybody may copy the marker, and our own other comments do not begin with it."""
    if not isinstance(one, dict) or not isinstance(one.get("user"), dict):
        return False
    body, user = one.get("body"), one["user"]
    return (user.get("login"), user.get("type")) == (author, "Bot") and str(body).startswith(MARKER)


def _headline(preview: Preview) -> str:
    match preview.state:
        case "published":
            return "Preview of this pull request"
        case "waiting":
            return "The preview of this pull request waits for its build"
        case "dropped":
            return "The preview of this pull request had to make room"
        case _:
            return "There is no preview of this pull request"


def _lead(preview: Preview) -> Iterator[Html]:
    commit = _code(preview.sha[:12])
    if preview.state == PUBLISHED:
        link = element("a", {"href": preview.url}, element("strong", None, "Open the preview"))
        yield element("p", None, link, " of commit ", commit, ".")
    elif preview.state == DROPPED:
        yield element("p", None, "Commit ", commit, ": a new push to the pull request brings it back.")
    elif preview.state == WAITING:
        yield element("p", None, "Commit ", commit, ": this comment is brought up to date then.")
    else:
        yield element("p", None, "Commit ", commit, " was built, but its site cannot be shown:")
    if preview.reasons:
        yield _list([_code(reason) for reason in preview.reasons])


def _changes(preview: Preview) -> Iterator[Html]:
    if preview.state != PUBLISHED:
        return
    found = preview.changes
    pages = found.get("pages", {})
    facts, claims, figures = (found.get(name, []) for name in ("facts", "claims", "figures"))
    if not any((*pages.values(), facts, claims, figures)):
        yield element("p", None, "No page, number or figure differs from the published site.")
    if facts:
        yield _section("Numbers changed", len(facts), _facts(facts))
    if claims:
        yield _section("Published figures judged otherwise", len(claims), _claims(claims))
    if any(pages.values()):
        yield _section("Pages changed", sum(map(len, pages.values())), _pages(preview, pages))
    if figures:
        yield _section("Figures changed", len(figures), _figures(preview, figures))


def _section(title: str, count: int, content: Html) -> Html:
    more = count - _LISTED
    rest = element("p", None, f"and {more:,} more") if more > 0 else ""
    return join(element("h4", None, f"{title} ({count:,})"), content, rest, separator="\n")


def _facts(facts: Sequence[Mapping[str, Any]]) -> Html:
    rows = [(one.get("description") or one.get("key"), one.get("before"), one.get("after")) for one in facts]
    return _table(("Number", "Before", "After"), rows)


def _claims(claims: Sequence[Mapping[str, Any]]) -> Html:
    rows = [(one.get("says") or one.get("key"), one.get("before"), one.get("after")) for one in claims]
    return _table(("Figure", "Before", "After"), rows)


def _pages(preview: Preview, pages: Mapping[str, Sequence[Mapping[str, Any]]]) -> Html:
    lines = []
    for state in ("added", "changed", "removed"):
        for one in pages.get(state, ()):
            name = _code(one.get("title") or one.get("path"))
            if state != "removed":
                name = element("a", {"href": preview.url + quote(str(one.get("path")))}, name)
            lines.append(join(f"{state}: ", name))
    return _list(lines[:_LISTED])


def _figures(preview: Preview, figures: Sequence[Mapping[str, Any]]) -> Html:
    rows = []
    for one in figures[:_LISTED]:
        said = join(_code(one.get("title") or "without a title"), " on ", _code(one.get("page")))
        rows.append((join(said, f" ({one.get('state')})"), *(_picture(preview, one, side) for side in _SIDES)))
    return _table(("Figure", "Before", "After"), rows)


def _picture(preview: Preview, figure: Mapping[str, Any], side: str) -> Html:
    name = figure.get(side)
    if not name:
        return Html("")
    # With the commit, because GitHub keeps pictures by their addresses.
    address = f"{preview.url}{FOLDER}/{quote(str(name))}?{preview.sha[:12]}"
    return element("a", {"href": address}, element("img", {"src": address, "alt": side, "width": 240}))


def _size(preview: Preview, report: Report) -> Iterator[str]:
    if preview.state == PUBLISHED:
        sizes = preview.changes.get("bytes", {})
        before, after = (int(sizes.get(side, 0)) for side in _SIDES)
        yield f"The site has {_bytes(after)}, before {_bytes(before)}; "
        yield f"the preview adds {_bytes(preview.bytes)} in {preview.files:,} files. "
    yield f"All that is published has {_bytes(report.bytes)} of {_bytes(report.budget)}."


def _bytes(size: int) -> str:
    return f"{size / 1e6:,.1f} MB" if size < 1e9 else f"{size / 1e9:,.2f} GB"


def _table(head: Sequence[str], rows: Sequence[Sequence[Any]]) -> Html:
    top = element("tr", None, *(element("th", None, name) for name in head))
    body = [element("tr", None, *(element("td", None, _cell(cell)) for cell in row)) for row in rows[:_LISTED]]
    return element("table", None, top, *body)


def _cell(value: Any) -> str:
    return value if isinstance(value, Html) else "not there" if value is None else _code(value)


def _list(entries: Sequence[Html]) -> Html:
    return element("ul", None, *(element("li", None, entry) for entry in entries))


def _code(value: object) -> Html:
    """Show a text of somebody else: escaped, as code, on one line, without what turns the direction of text."""
    line = "".join(sign if sign.isprintable() else "\ufffd" for sign in " ".join(str(value).split()))
    return element("code", None, line if len(line) <= _TEXT else line[: _TEXT - 1] + "\N{HORIZONTAL ELLIPSIS}")


def _single(markup: Html) -> str:
    """Leave no empty line, which would end the block of HTML."""
    return "\n".join(line for line in markup.splitlines() if line.strip())
