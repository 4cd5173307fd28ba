"""After a message that was not answered, what goes on from it is asked back first."""

from __future__ import annotations

from typing import Any

import pytest

from planner_questions import EC2, F
from planner_thread import said

_OCTOBER = "2026-10"


@pytest.mark.parametrize(
    ("turns", "ask"),
    [
        # Nothing of the first was understood.
        ("how much has zorg >> by team", "Do you mean: cost by team?"),
        ("does it match the zorg >> only EC2", "Do you mean: cost for service"),
        # A part of it was: what is missing is said.
        ("cost of zorg in October >> by team", "answered ('zorg'). Do you mean: cost by team in"),
        ("cost of zorg in October >> and for EC2", "('zorg'). Do you mean: cost for service"),
        ("cost of zorg in October >> only EC2", "('zorg'). Do you mean: cost for service"),
        ("how much has zorg >> and in October >> which one grew fastest", "Do you mean: why did"),
        ("how much has zorg >> and EC2", "Do you mean: cost for service"),
        ("cost by zorg in October >> just EC2", "('zorg'). Do you mean: cost for service"),
        # No: it is not what stands.
        ("how much has zorg >> by team >> no", "Then please say it in other words."),
        ("cost of zorg in October >> by team >> no, thanks >> by account",
         "('zorg'). Do you mean: cost by account in October 2026?"),
        ("cost of zorg in October >> by team >> never mind >> by account",
         "('zorg'). Do you mean: cost by account in October 2026?"),
        # Telemetry lacks what was named; the rest of the question stands.
        ("tokens on EC2 by day in October >> only output tokens",
         "('service'). Do you mean: output tokens by day in October 2026?"),
        ("how many requests per week in October >> by product",
         "('week'). Do you mean: number of requests by product in October 2026?"),
    ],
)  # fmt: skip
def test_what_goes_on_is_asked_back(turns: str, ask: str) -> None:
    """It was answered as if the message before it had not been there."""
    told = said(*turns.split(" >> "))
    assert not told.tool_calls
    assert ask in told.text


@pytest.mark.parametrize(
    ("turns", "arguments"),
    [
        # Asked back and gone on from: it was read.
        ("cost of zorg in October >> by team >> and by account",
         {"group_by": ["team", "sub_account_id"], "period": _OCTOBER}),
        ("cost of zorg in October >> by team >> yes", {"group_by": ["team"], "period": _OCTOBER}),
        # Yes to a question that says nothing but "cost" is of all of it.
        ("how much has zorg >> and the cost >> yes", {}),
        ("cost of zorg in October >> by team >> only EC2",
         {"group_by": ["team"], "filters": [EC2], "period": _OCTOBER}),
        # What was not understood is said otherwise.
        ("cost of zorg in October >> EC2", {"filters": [EC2], "period": _OCTOBER}),
        ("cost of zorg in October >> sorry, I meant EC2", {"filters": [EC2], "period": _OCTOBER}),
        ("cost of zorg in October >> team search",
         {"filters": [F("team", "search")], "period": _OCTOBER}),
        # Who says so has seen that it was not answered.
        ("p99 of EC2 in October >> ok, just its cost then", {"filters": [EC2], "period": _OCTOBER}),
        # It stands by itself.
        ("how much has zorg >> cost by team in October",
         {"group_by": ["team"], "period": _OCTOBER}),
        ("cost of zorg in October >> what did EC2 cost in September?",
         {"filters": [EC2], "period": "2026-09"}),
        # Nothing was asked, or nothing that anybody here knows.
        ("🙂 >> cost of EC2 in October", {"filters": [EC2], "period": _OCTOBER}),
    ],
)  # fmt: skip
def test_what_is_answered(turns: str, arguments: dict[str, Any]) -> None:
    [call] = said(*turns.split(" >> ")).tool_calls
    assert {name: call["args"].get(name) for name in arguments} == arguments
    assert {"filters"} & {*call["args"]} == {"filters"} & {*arguments}


def test_thanks_and_receipts_are_no_part_of_it() -> None:
    assert "mean" not in said(*"how much has zorg >> thanks".split(" >> ")).text
    assert "Do you mean" not in said(*"how much has zorg >> the receipt please".split(" >> ")).text
