"""Questions that were once answered with another question's answer: the right call, or none."""

from __future__ import annotations

from typing import Any

import pytest

from planner_view import VIEW
from tagwright_agent.planner.frames import frames
from tagwright_agent.planner.question import Question, Unclear
from tagwright_agent.planner.understand import understand


def _planned(*turns: str) -> Any:
    """The calls of the last turn, each as (tool, arguments); its status where there are none."""
    before: list[Question] = []
    history: list[Question] = []
    planned: Any = None
    for turn in turns:
        try:
            found = understand(turn, VIEW, before=before, history=history)
            planned = [
                (frames()[item.frame].tool, frames()[item.frame].call(item)) for item in found
            ]
        except Unclear as unclear:
            found = [unclear.partial] if unclear.partial else []
            planned = unclear.status
        if found:
            before, history = found, [*before, *history]
    return planned


def _costs(**arguments: Any) -> list[tuple[str, dict[str, Any]]]:
    return [("query_costs", arguments)]


def _on(dimension: str, *values: str, op: str = "in") -> dict[str, Any]:
    return {"dimension": dimension, "op": op, "values": list(values)}


_NOT_ASKED = (
    "top 5% of services", "services over 40% of cost", "services with more than 40 percent of cost",
    "services that grew by more than 1000 dollars", "teams that increased by over 5k",
    "services that grew by more than 10%",
    "which services cost more than EC2", "is EC2 cheaper than OpenAI",
    "cost as of October 15", "OpenAI cost via AWS", "cost of OpenAI on AWS",
    "when did we start using Bedrock", "and others?",
)  # fmt: skip


@pytest.mark.parametrize("question", _NOT_ASKED)
def test_what_is_not_asked_is_not_answered(question: str) -> None:
    assert _planned(question) in ("clarify", "refused")


_MEANT: tuple[tuple[str, list[tuple[str, dict[str, Any]]]], ...] = (
    (
        "cost of everything else than AWS",
        _costs(filters=[_on("service_provider_name", "AWS", op="not_in")]),
    ),
    (
        "cost of all accounts but sandbox",
        _costs(
            group_by=["sub_account_id"],
            filters=[_on("sub_account_name", "sandbox", op="not_in")],
        ),
    ),
    ("cost by service rather than by team", _costs(group_by=["service_name"])),
    ("cost by service instead of team", _costs(group_by=["service_name"])),
    ("billed cost instead of list cost", _costs(metric="billed_cost")),
    ("cost in August 2026 instead of July 2026", _costs(period="2026-08")),
    (
        "cost without team or product",
        _costs(filters=[_on("team", op="is_null"), _on("product", op="is_null")]),
    ),
    (
        "on which day did we spend most in October 2026",
        _costs(group_by=["day"], period="2026-10", order="desc"),
    ),
)


@pytest.mark.parametrize(("question", "calls"), _MEANT, ids=[item[0] for item in _MEANT])
def test_what_is_asked_is_answered(question: str, calls: list[tuple[str, dict[str, Any]]]) -> None:
    assert _planned(question) == calls
