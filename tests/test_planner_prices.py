"""Questions of what a launch would cost: the tool's call, and what is none."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from planner_view import VIEW
from tagwright.blocks import misplaced
from tagwright.render.markdown import markdown
from tagwright.results import ToolResult
from tagwright_agent.planner.frames import frames
from tagwright_agent.planner.plan import answer
from tagwright_agent.planner.question import Unclear
from tagwright_agent.planner.understand import understand


@pytest.mark.parametrize(
    ("text", "arguments"),
    [
        ("What would a p5.48xlarge cost us a month?", {"sku": "p5.48xlarge"}),
        ("how much is a g5.2xlarge", {"sku": "g5.2xlarge"}),
        ("price of 3 g5.xlarge for 100 hours", {"sku": "g5.xlarge", "count": 3, "hours": 100}),
        ("how much would 2 p4d.24xlarge cost for a week",
         {"sku": "p4d.24xlarge", "count": 2, "hours": 168}),
        ("If we launched two ml.g5.xlarge endpoints, what would they cost per month?",
         {"sku": "ml.g5.xlarge", "count": 2}),
        ("g5.2xlarge price eu-west-1", {"sku": "g5.2xlarge", "region": "eu-west-1"}),
        ("monthly cost of a Standard_D8s_v5", {"sku": "Standard_D8s_v5"}),
        ("openai/gpt-4o price per million tokens", {"sku": "openai/gpt-4o"}),
        ("What would gpt-4.1 cost for 1.5 million requests with 500 input and 200 output tokens?",
         {"sku": "gpt-4.1", "requests": 1_500_000, "input_tokens": 500, "output_tokens": 200}),
        ("what would 50k calls to anthropic/claude-opus-4-1 cost with 1,200 input tokens",
         {"sku": "anthropic/claude-opus-4-1", "requests": 50_000, "input_tokens": 1200}),
    ],
)  # fmt: skip
def test_what_a_launch_would_cost(text: str, arguments: dict[str, Any]) -> None:
    [question] = understand(text, VIEW)
    frame = frames()[question.frame]
    assert (frame.tool, frame.call(question)) == ("price_launch", arguments)
    assert understand(frame.words(question), VIEW) == [question]


_LAUNCH = "What would 1 million requests on gpt-4o cost, 800 input and 300 output tokens each?"
_USE = {"requests": 1_000_000, "input_tokens": 800, "output_tokens": 300}


@pytest.mark.parametrize(
    ("turns", "arguments"),
    [
        (["openai"], {"sku": "openai/gpt-4o"}),
        (["the azure one"], {"sku": "azure/gpt-4o"}),
        (["openai", "with gpt-4o-mini?"], {"sku": "openai/gpt-4o-mini"}),
        (["openai", "and for 5 million requests"],
         {"sku": "openai/gpt-4o", "requests": 5_000_000}),
        (["openai", "with gpt-4.1", "and azure?"], {"sku": "azure/gpt-4.1"}),
        (["openai", "and for 5 million"], {"sku": "openai/gpt-4o", "requests": 5_000_000}),
        (["openai", "what if it's 500 output tokens"],
         {"sku": "openai/gpt-4o", "output_tokens": 500}),
        (["and anthropic/claude-haiku-4-5"], {"sku": "anthropic/claude-haiku-4-5"}),
    ],
)  # fmt: skip
def test_a_launch_is_asked_again_with_one_thing_changed(
    turns: list[str], arguments: dict[str, Any]
) -> None:
    before = understand(_LAUNCH, VIEW)
    for turn in turns:
        before = understand(turn, VIEW, before=before)
    [question] = before
    assert frames()[question.frame].call(question) == {**_USE, **arguments}


def test_what_was_charged_is_asked_after_a_launch_too() -> None:
    [question] = understand("OpenAI cost in October", VIEW, before=understand(_LAUNCH, VIEW))
    assert question.frame == "costs"


@pytest.mark.parametrize(
    "text",
    [
        "how much do our g5.2xlarge instances cost",  # what is there is asked of the bill
        "how much did g5.2xlarge cost us in October 2026",
        "cost of g5.2xlarge in October 2026",
        "what would a g5.2xlarge cost in Atlantis",
    ],
)
def test_what_was_charged_is_no_price(text: str) -> None:
    with pytest.raises(Unclear):
        understand(text, VIEW)


def test_without_the_tool_there_is_no_price() -> None:
    with pytest.raises(Unclear):
        understand("how much is a g5.2xlarge", replace(VIEW, tools=("query_costs",)))


def test_prices_are_told_as_the_tool_gave_them() -> None:
    [question] = understand("how much is a g5.2xlarge", VIEW)
    result = ToolResult(
        rows=[{"sku_meter": "g5.2xlarge Hours", "currency": "USD", "list_cost": "884.76"}],
        currency="USD",
        notes=["A month has 730 hours where nothing else is said."],
    )
    blocks = answer(question, "price_launch", result)
    assert misplaced(blocks, [result]) == []
    assert "884.76" in markdown(blocks)
    assert "730 hours" in markdown(blocks)


def test_the_whole_of_a_month_stands_first() -> None:
    [question] = understand("how much would three g5.2xlarge cost us a month", VIEW)
    line = {"currency": "USD", "effective_cost": "2500.00", "list_cost": "2654.28"}
    result = ToolResult(rows=[{"sku_meter": "g5.2xlarge Hours", **line}], totals=[line])
    text = markdown(answer(question, "price_launch", result))
    first = "A month of 3 g5.2xlarge: effective cost 2,500.00 USD, list cost 2,654.28 USD."
    assert text.startswith(first)


def test_what_has_no_price_is_said_with_what_has_one() -> None:
    """And nothing of tags that it must carry: nobody launches it by this answer."""
    [question] = understand("how much is a p5.48xlarge", VIEW)
    note = "No price: no charge of this home's bill is of 'p5.48xlarge'."
    result = ToolResult(notes=[note], details={"must_carry": {"team": ["search"]}})
    text = markdown(answer(question, "price_launch", result))
    assert text.startswith("No price is known for that.")
    assert note in text
    assert "carry" not in text
