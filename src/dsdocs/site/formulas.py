"""Formulas as MathML, which browsers draw without a script and screen readers read."""

from __future__ import annotations

from typing import Any, NoReturn

from docutils import nodes
from docutils.utils.math import MathError
from docutils.utils.math.latex2mathml import tex2mathml

from dsdocs.errors import SiteError


def mathml(formula: str, *, block: bool = False) -> str:
    """Turn a formula in LaTeX into a ``<math>`` element.

    Raises
    ------
    SiteError
        It holds something that cannot be turned.
    """
    try:
        # Not with the argument for blocks: docutils has renamed it between its versions.
        found: str = tex2mathml(formula)
    except MathError as error:
        raise SiteError(f"the formula {formula!r} cannot be drawn: {error}") from error
    return found.replace("<math", '<math display="block"', 1) if block else found


def visit_math(translator: Any, node: nodes.math) -> NoReturn:
    """Write a formula within a line."""
    translator.body.append(mathml(node.astext()))
    raise nodes.SkipNode


def visit_math_block(translator: Any, node: nodes.math_block) -> NoReturn:
    """Write a formula of its own, which scrolls where it is wider than the page."""
    translator.body.append('<div class="ds-formula" tabindex="0" role="group" aria-label="Formula">')
    translator.body.append(mathml(node.astext(), block=True))
    translator.body.append("</div>\n")
    raise nodes.SkipNode
