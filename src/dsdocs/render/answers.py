"""Questions with their answers, as a list of terms."""

from __future__ import annotations

from dsdocs.render.markup import Html, element
from dsdocs.render.parts import empty, frame
from dsdocs.views import Answer, Answers


def answers(view: Answers, slug: str) -> Html:
    """Show each question with what the authors say, what was filled in, or that nobody has answered."""
    if not view.questions:
        return frame(view, "answers", slug, empty(), numbers=False)
    items = [element("div", None, element("dt", None, one.question), *_said(one)) for one in view.questions]
    return frame(view, "answers", slug, element("dl", {"class": "ds-answers-list"}, *items), numbers=False)


def _said(one: Answer) -> list[Html]:
    found = [element("dd", None, one.said)] if one.said else []
    if one.computed:
        origin = element("span", {"class": "ds-answer-origin"}, "Filled in: ")
        found.append(element("dd", {"class": "ds-answer-computed"}, origin, one.computed))
    if not found:
        key = element("code", None, one.key)
        found.append(element("dd", {"class": "ds-missing"}, "Not answered yet. Its key: ", key, "."))
    return found
