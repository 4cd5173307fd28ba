"""Arithmetic that a text writes out, e.g. ``(120.00 - 80.00 = 40.00 USD)``, done again exactly."""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation, localcontext
from typing import TYPE_CHECKING

from tagwright.money import EXACT
from tagwright_agent.answer.figures import Figure, printed_as

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

__all__ = ["operands", "written_steps"]

_OPERATORS = {"+": "+", "-": "-", "\u2212": "-", "\u2013": "-", "*": "*", "\u00d7": "*", "x": "*",
              "/": "/", "\u00f7": "/"}  # fmt: skip
_GAP = re.compile(r"\s*(\)*)\s*([-+*/=x\u2212\u2013\u00d7\u00f7])\s*(\(*)\s*")


def written_steps(
    text: str, figures: Sequence[Figure], traced: Callable[[Figure], bool]
) -> dict[Figure, bool]:
    """The results of written steps, each with whether it follows from traced operands.

    A step is ``a op b (op c ...) = d``. Operands must be traced themselves, or be the constant
    100 of a percentage. Amounts of two currencies are never added, and the result keeps the
    currency of its operands.
    """
    results: dict[Figure, bool] = {}
    index = 0
    while index < len(figures):
        chain = [figures[index]]
        tokens: list[str | Figure] = ["(" * _opened(text, figures[index].start), figures[index]]
        position = index
        while position + 1 < len(figures):
            gap = _GAP.fullmatch(text[figures[position].end : figures[position + 1].start])
            if gap is None:
                break
            following = figures[position + 1]
            tokens.append(gap[1])
            if gap[2] == "=":
                if len(chain) > 1:
                    results[following] = _follows(chain, tokens, following, traced, results)
                break
            tokens += [_OPERATORS[gap[2]], gap[3], following]
            chain.append(following)
            position += 1
        index = max(position, index + 1)
    return results


def _opened(text: str, start: int) -> int:
    """How many brackets stand open just before ``start``."""
    before = text[:start].rstrip("( ")
    return text[len(before) : start].count("(")


def _follows(
    chain: Sequence[Figure],
    tokens: Sequence[str | Figure],
    result: Figure,
    traced: Callable[[Figure], bool],
    earlier: dict[Figure, bool],
) -> bool:
    currencies = {figure.currency for figure in chain if figure.currency}
    if len(currencies) > 1 or (result.currency and currencies and {result.currency} != currencies):
        return False
    hundred = [figure for figure in chain if figure.value == 100 and figure.currency is None]
    if not all(figure in hundred or earlier.get(figure) or traced(figure) for figure in chain):
        return False
    if len(hundred) == len(chain):
        return False
    value = _evaluate(tokens)
    if value is None:
        return False
    percents = [figure.kind == "percent" for figure in chain]
    if result.kind == "percent" and not any(percents) and not hundred:
        value *= 100
    return printed_as(value, result)


def _evaluate(tokens: Sequence[str | Figure]) -> Decimal | None:
    """The value of the left side; None where brackets do not pair up or a divisor is zero.

    Brackets that only surround the whole step, ``(120 - 80 = 40)``, close after the result.
    """
    flat: list[str | Decimal] = []
    for token in tokens:
        if isinstance(token, Figure):
            flat.append(token.value)
        else:
            flat += list(token)
    missing = flat.count("(") - flat.count(")")
    while missing > 0 and flat[0] == "(":
        flat.pop(0)
        missing -= 1
    try:
        with localcontext(EXACT):
            value, rest = _sum(flat)
    except (InvalidOperation, ZeroDivisionError, IndexError):
        return None
    return value if not rest else None


def _sum(tokens: list[str | Decimal]) -> tuple[Decimal, list[str | Decimal]]:
    value, tokens = _product(tokens)
    while tokens and tokens[0] in ("+", "-"):
        right, rest = _product(tokens[1:])
        value = value + right if tokens[0] == "+" else value - right
        tokens = rest
    return value, tokens


def _product(tokens: list[str | Decimal]) -> tuple[Decimal, list[str | Decimal]]:
    value, tokens = _atom(tokens)
    while tokens and tokens[0] in ("*", "/"):
        right, rest = _atom(tokens[1:])
        value = value * right if tokens[0] == "*" else value / right
        tokens = rest
    return value, tokens


def _atom(tokens: list[str | Decimal]) -> tuple[Decimal, list[str | Decimal]]:
    head = tokens[0]
    if isinstance(head, Decimal):
        return head, tokens[1:]
    if head != "(":
        raise IndexError(head)
    value, rest = _sum(tokens[1:])
    if rest[0] != ")":
        raise IndexError("bracket")
    return value, rest[1:]


def operands(text: str, figures: Sequence[Figure], steps: dict[Figure, bool]) -> set[Figure]:
    """The figures of the steps that are right: they may belong to different names."""
    found: set[Figure] = set()
    for result, right in steps.items():
        index = figures.index(result)
        while (
            right
            and index > 0
            and re.fullmatch(
                r"[\s()=+*/x\u2212\u2013\u00d7\u00f7-]+",
                text[figures[index - 1].end : figures[index].start],
            )
        ):
            index -= 1
            found.add(figures[index])
    return found
