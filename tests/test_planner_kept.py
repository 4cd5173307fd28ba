"""Nothing that a message says is lost between it and what is asked: it is asked about instead."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner_view import VIEW
from tagwright_agent.planner.frames import frames
from tagwright_agent.planner.question import Unclear
from tagwright_agent.planner.understand import understand

if TYPE_CHECKING:
    from collections.abc import Callable

    from tagwright_agent.planner.question import Question

_VIEW = replace(VIEW, usage=1000)
_FIRST = (
    "AWS cost in October",
    "cost by team in October",
    "EC2 cost by month since July",
    "top 3 services in October",
    "share of AWS in October",
    "average daily cost in October",
    "why did AWS rise in October?",
    "tag coverage in October",
    "untagged cost by account in October",
    "cost per request by customer in October",
    "how many tokens did OpenAI use in October",
    "allocate costs to teams in October",
    "savings in October",
    "which services are new in October",
    "what AI workloads do we have",
    "who owns EC2?",
    "how many accounts do we have",
    "services over 1000 in October",
)


def _says(*words: str) -> Callable[[str], bool]:
    return lambda said: all(word in said for word in words)


def _rows(said: str) -> bool:
    lists = ("map_workloads", "describe_data", "allocate_costs")
    return any(word in said for word in ('"group_by": ["', '"by": ["', *lists))


_THEN: tuple[tuple[str, Callable[[str], bool]], ...] = (
    ("only EC2", _says("Elastic Compute")),
    ("and Lambda?", _says("AWS Lambda")),
    ("only the search team", _says("search")),
    ("without Azure", _says("Azure")),
    ("by region", _says("region_id")),
    ("and by account", _says("sub_account_id")),
    ("compared to September", _says("2026-09")),
    ("vs August", _says("2026-08")),
    ("in September", _says("2026-09")),
    ("how does it compare to Globex", _says("Globex")),
    ("how much is each of them", _rows),
    ("the most expensive one", _rows),
    ("what do we buy from them", _rows),
    ("over 500", _says(">500")),
    ("billed", _says("billed_cost")),
    ("monthly", _says("month")),
    ("which team has the most", _says("team")),
)


def _said(question: Question) -> str:
    """What is sent to the tool, and what the answer picks out of its rows."""
    frame = frames()[question.frame]
    picked = [getattr(question, name, None) for name in ("focus", "target", "keys")]
    return json.dumps([frame.tool, frame.call(question)]) + str(picked)


def _kept(turns: tuple[str, ...], holds: Callable[[str], bool]) -> bool:
    """Whether the last turn is answered; all that it says is in what is asked then."""
    before: list[Question] = []
    history: list[Question] = []
    asked: list[Question] = []
    for turn in turns:
        try:
            found = asked = understand(turn, _VIEW, before=before, history=history)
        except Unclear as unclear:
            found, asked = [unclear.partial] if unclear.partial else [], []
        if found:
            before, history = found, [*before, *history]
    said = [_said(question) for question in asked]
    assert not said or any(map(holds, said)), said
    return bool(said)


@pytest.mark.parametrize("first", _FIRST)
def test_what_is_said_next_is_asked_or_asked_about(first: str) -> None:
    answered = [_kept((first, text), holds) for text, holds in _THEN]
    assert sum(answered) * 3 >= len(_THEN)  # to ask back each time would lose nothing either


@given(st.sampled_from(_FIRST), st.sampled_from(_THEN), st.sampled_from(_THEN))
def test_also_after_what_was_said_in_between(
    first: str,
    between: tuple[str, Callable[[str], bool]],
    last: tuple[str, Callable[[str], bool]],
) -> None:
    _kept((first, between[0], last[0]), last[1])
