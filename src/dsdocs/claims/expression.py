"""Expressions over the facts of a data set: numbers, names, + - * / and a few functions, and nothing else.

They stand in files that others write, so nothing of Python's is evaluated: the text is parsed, and what is not in the
short list below is refused, in size as well.
"""

from __future__ import annotations

import ast
import math
import warnings
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol, TypeAlias

from dsdocs.errors import ClaimError

LENGTH = 300  # characters of an expression
NODES = 60
DEPTH = 12
LARGEST = 1e15  # of a number that is written; whole numbers are exact up to here
Argument: TypeAlias = str | float

_OPERATIONS: dict[type[ast.operator], tuple[str, Callable[[float, float], float]]] = {
    ast.Add: ("+", lambda a, b: a + b),
    ast.Sub: ("-", lambda a, b: a - b),
    ast.Mult: ("*", lambda a, b: a * b),
    ast.Div: ("/", lambda a, b: a / b),
}


class Unavailable(Exception):
    """The data set does not have what an expression asks for; the message says what and why."""


class Quantities(Protocol):
    """What names and functions stand for."""

    def fact(self, name: str) -> float:
        """Return the value of a name; raise `Unavailable` where this data set has none."""

    def call(self, function: str, arguments: Mapping[str, Argument]) -> float:
        """Return what a function gives; raise `Unavailable` where this data set cannot tell."""


@dataclass(frozen=True, slots=True)
class Literal:
    """A number."""

    value: float


@dataclass(frozen=True, slots=True)
class Name:
    """The name of a fact."""

    name: str


@dataclass(frozen=True, slots=True)
class Call:
    """A function with named arguments, each a text or a number."""

    function: str
    arguments: tuple[tuple[str, Argument], ...]


@dataclass(frozen=True, slots=True)
class Operation:
    """Two expressions joined by one of + - * /."""

    symbol: str
    left: Expression
    right: Expression


Expression: TypeAlias = Literal | Name | Call | Operation


def parse(text: str) -> Expression:
    """Read an expression.

    Raises
    ------
    ClaimError
        It is too long or too deep, is no expression, or holds anything but numbers, names, + - * / ( ) and functions
        with named arguments.
    """
    if len(text) > LENGTH:
        raise ClaimError(f"{text[:40]!r} ...: {len(text)} characters; an expression has at most {LENGTH}")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Python has advice on some texts that are refused below
            tree = ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise ClaimError(f"{text!r}: is no expression: {getattr(error, 'msg', error)}") from None
    if sum(1 for _ in ast.walk(tree)) > NODES:
        raise ClaimError(f"{text!r}: has more than {NODES} parts")
    return _node(tree, text, DEPTH)


def evaluate(expression: Expression, quantities: Quantities) -> float:
    """Compute an expression.

    Raises
    ------
    Unavailable
        The data set lacks what is asked for, or the result is no finite number.
    """
    match expression:
        case Literal(value):
            return value
        case Name(name):
            return quantities.fact(name)
        case Call(function, arguments):
            return quantities.call(function, dict(arguments))
        case Operation(symbol, left, right):
            operation = next(function for known, function in _OPERATIONS.values() if known == symbol)
            try:
                value = operation(evaluate(left, quantities), evaluate(right, quantities))
            except ZeroDivisionError:
                raise Unavailable("it divides by zero") from None
            if not math.isfinite(value):
                raise Unavailable("the result is no finite number")
            return value


def parts(expression: Expression) -> Iterator[Name | Call]:
    """Yield the names and calls in the order of the text."""
    match expression:
        case Operation(_, left, right):
            yield from parts(left)
            yield from parts(right)
        case Name() | Call():
            yield expression
        case Literal():
            pass


def _node(node: ast.expr, text: str, depth: int) -> Expression:
    if not depth:
        raise ClaimError(f"{text!r}: is nested more than {DEPTH} deep")
    match node:
        case ast.Constant():
            return Literal(_number(node.value, text))
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=value)):
            return Literal(-_number(value, text))
        case ast.Name(id=name):
            return Name(name)
        case ast.BinOp(left=left, op=operator, right=right) if type(operator) in _OPERATIONS:
            symbol, _ = _OPERATIONS[type(operator)]
            return Operation(symbol, _node(left, text, depth - 1), _node(right, text, depth - 1))
        case ast.Call(func=ast.Name(id=name), args=[], keywords=keywords):
            return Call(name, tuple(_argument(keyword, text) for keyword in keywords))
        case ast.Call(func=ast.Name(id=name)):
            raise ClaimError(f"{text!r}: arguments have names, as in {name}(season='winter')")
        case _:
            said = ast.unparse(node) if depth == DEPTH else type(node).__name__
            allowed = "expected numbers, names of facts, + - * / ( ) and functions such as count(label='Beaches')"
            raise ClaimError(f"{text!r}: {said[:60]} is not allowed; {allowed}")


def _number(value: object, text: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ClaimError(f"{text!r}: {value!r} is no number; texts are allowed as arguments alone")
    if not abs(value) <= LARGEST:
        raise ClaimError(f"{text!r}: numbers go up to {LARGEST:g}")
    return value


def _argument(keyword: ast.keyword, text: str) -> tuple[str, Argument]:
    if keyword.arg is None:
        raise ClaimError(f"{text!r}: arguments have names, as in count(season='winter')")
    match keyword.value:
        case ast.Constant(value=str(value)):
            return keyword.arg, value
        case ast.Constant(value=value):
            return keyword.arg, _number(value, text)
        case _:
            raise ClaimError(f"{text!r}: {keyword.arg}: an argument is a text or a number")
