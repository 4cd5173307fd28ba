"""Patterns that are compiled late: what one needs is in every text that it matches."""

from __future__ import annotations

import importlib
import pkgutil
import re
from re import _constants as sre  # type: ignore[attr-defined]  # how re reads a pattern
from re import _parser
from typing import TYPE_CHECKING, Any

import pytest

from tagwright import periods
from tagwright.lazy import _Lazy, lazy
from tagwright.metrics.definitions import METRICS
from tagwright_agent import planner
from tagwright_agent.planner import measures

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from types import ModuleType

_MANY = 12
"""A set of more characters than these counts as any character."""


def _after(items: Any, ends: set[str], needs: Sequence[str]) -> set[str]:
    """Ends of the texts that hold no need yet, behind one more part of a pattern."""
    for op, value in items:
        if op is sre.LITERAL:
            ends = {end + chr(value).lower() for end in ends}
        elif op is sre.IN:
            ends = {end + char for end in ends for char in _chars(value)}
        elif op is sre.BRANCH:
            ends = set[str]().union(*(_after(part, ends, needs) for part in value[1]))
        elif op is sre.SUBPATTERN:
            ends = _after(value[3], ends, needs)
        elif op in (sre.MAX_REPEAT, sre.MIN_REPEAT):
            least, _, part = value
            once = _after(part, ends, needs)
            ends = once | _after(part, once, needs) | (ends if not least else set())
        elif op is sre.ASSERT:  # what has to follow is in the text too
            ends = ends if _after(value[1], {""}, needs) else set()
        elif op not in (sre.AT, sre.ASSERT_NOT):
            ends = {end + "\0" for end in ends}
        longest = max(map(len, needs))
        ends = {end[-longest:] for end in ends if not any(need in end for need in needs)}
    return ends


def _chars(items: Any) -> list[str]:
    found: list[str] = []
    for op, value in items:
        if op is sre.LITERAL:
            found.append(chr(value).lower())
        elif op is sre.RANGE:
            found += [chr(code).lower() for code in range(value[0], value[1] + 1)]
        else:
            return ["\0"]
    return found if len(found) <= _MANY else ["\0"]


def _without(pattern: re.Pattern[str]) -> set[str]:
    """How texts end that match and hold none of what the pattern is said to need."""
    assert isinstance(pattern, _Lazy)
    return _after(_parser.parse(pattern.pattern, pattern.flags), {""}, pattern.needs)


def _modules(package: ModuleType) -> Iterator[ModuleType]:
    for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        yield importlib.import_module(found.name)


def _lazies(value: object) -> Iterator[Any]:
    if isinstance(value, _Lazy):
        yield value
    elif isinstance(value, tuple | list):
        for item in value:
            yield from _lazies(item)


def _all() -> dict[str, Any]:
    names = tuple((metric.name, metric.synonyms) for metric in METRICS)
    found = {item.pattern: item for item in _lazies(measures._patterns(names))}
    for package in (periods, planner):
        for module in _modules(package):
            for value in vars(module).values():
                found |= {item.pattern: item for item in _lazies(value)}
    return {pattern: item for pattern, item in found.items() if item.needs}


def test_every_text_that_a_pattern_matches_holds_what_it_needs() -> None:
    found = _all()
    assert len(found) > 150
    assert {pattern: ends for pattern, item in found.items() if (ends := _without(item))} == {}


@pytest.mark.parametrize(
    ("pattern", "needs"),
    [
        ("costs?|spend", ("cost",)),
        ("(?:by )?team", ("by",)),
        ("who(?! owns)", ("own",)),
        ("who(?= .*owns?)|whose", ("own",)),
        ("(?:tags?)*", ("tag",)),
        ("q[1-4]", ("q1", "q2", "q3")),
        (r"\w+", ("a",)),
    ],
)
def test_a_need_that_some_text_lacks_is_found_out(pattern: str, needs: tuple[str, ...]) -> None:
    assert _without(lazy(pattern, needs=needs))


@pytest.mark.parametrize(
    ("pattern", "needs"),
    [
        ("costs?|spends?", ("cost", "spend")),
        ("who(?= .*owns?)|owner", ("own",)),
        ("[Qq](?:[1-4])", ("q1", "q2", "q3", "q4")),
        ("t(?:ag|eam)s?", ("tag", "team")),
        ("(?:a tag)+", ("tag",)),
    ],
)
def test_a_need_that_every_text_holds(pattern: str, needs: tuple[str, ...]) -> None:
    assert _without(lazy(pattern, needs=needs)) == set()


def test_it_is_compiled_when_a_text_first_could_match() -> None:
    pattern = lazy(r"(\d+) Teams?", re.IGNORECASE, needs=("team",))
    for found in (pattern.search, pattern.match, pattern.fullmatch):
        assert found("12 services") is None
    assert list(pattern.finditer("12 services")) == []
    assert pattern._compiled is None  # type: ignore[attr-defined]
    match = pattern.search("by 12 TEAMS")
    assert match is not None
    assert match[1] == "12"
    assert [item.span() for item in pattern.finditer("1 team, 2 teams", 2)] == [(8, 15)]
    assert pattern.match("1 team") is not None
    assert pattern.fullmatch("1 team now") is None
    assert pattern.sub("x", "a 3 team b") == "a x b"


def test_beyond_ascii_the_pattern_itself_tells() -> None:
    """The long s is an s to re, and no s to a search of letters."""
    assert lazy("services", re.IGNORECASE, needs=("services",)).search("\u017fervices")
