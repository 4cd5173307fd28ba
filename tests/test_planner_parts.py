"""A message is cut into its questions; what is told before them says what they are about."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from planner_questions import AWS, EC2, F
from planner_view import VIEW, planned
from tagwright_agent.planner.parts import parts_of, states

_MEASURED = replace(VIEW, usage=1000)


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("What did EC2 cost? And S3?", ["What did EC2 cost?", "And S3?"]),
        ("EC2 in May and what did we save", ["EC2 in May", "what did we save"]),
        ("what was it in May, how much did we save",
         ["what was it in May", "how much did we save"]),
        ("EC2 vs. S3 in May", ["EC2 vs. S3 in May"]),
        ("I am looking at AWS - what did it cost?", ["I am looking at AWS", "what did it cost?"]),
        ("I am looking at AWS \N{EM DASH} what did it cost?",
         ["I am looking at AWS", "what did it cost?"]),
        # A dash after anything else may stand for anything.
        ("AWS - what did it cost?", ["AWS - what did it cost?"]),
        ("???", []),
    ],
)  # fmt: skip
def test_the_parts_of_a_message(text: str, parts: list[str]) -> None:
    assert parts_of(text) == parts


@pytest.mark.parametrize(
    ("part", "told"),
    [
        ("I have a review with Acme tomorrow.", True),
        ("hi, my boss is worried about AWS", True),
        ("There is a meeting on EC2", True),
        ("I need to know what EC2 cost", False),
        ("our cost by team, show me", False),
        ("EC2 cost", False),
    ],
)
def test_what_asks_nothing(part: str, *, told: bool) -> None:
    assert states(part) == told


@pytest.mark.parametrize(
    ("text", "calls"),
    [
        ("I have a QBR with Acme tomorrow. What did they cost us in October?",
         [("query_costs", {"filters": [F("customer", "Acme")], "period": "2026-10"})]),
        ("My boss frets about AWS. How much was it in October?",
         [("query_costs", {"filters": [AWS], "period": "2026-10"})]),
        # It names its own thing.
        ("I frobnicated Acme - what did EC2 cost in October?",
         [("query_costs", {"filters": [EC2], "period": "2026-10"})]),
        # Two names: which of them is "it"?
        ("We moved search to EC2 recently. What does it cost?", "refused"),
        # Nothing known: what "they" are is not guessed.
        ("I met the zorgs yesterday. What did they cost?", "refused"),
        # A question is not passed over.
        ("What did zorg cost? And EC2 in October?", "refused"),
    ],
)  # fmt: skip
def test_what_is_told_first_is_what_is_spoken_of(text: str, calls: Any) -> None:
    assert planned(text, view=_MEASURED) == calls
