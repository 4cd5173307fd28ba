"""Claims in words: order, direction, period, kind of cost, forecasts."""

from __future__ import annotations

import datetime as dt

import pytest

from tagwright.results import Period, Scalar, ToolResult
from tagwright_agent.answer.check import check
from tagwright_agent.answer.facts import Evidence

OCTOBER = Period(start=dt.date(2026, 10, 1), end=dt.date(2026, 11, 1), label="2026-10")
COMPARED = ToolResult(
    rows=[
        {"service_provider_name": name, "currency": "USD", "effective_cost": now,
         "previous_effective_cost": then, "change": change, "change_ratio": ratio}
        for name, now, then, change, ratio in (
            ("AWS", "154521.93", "129146.06", "25375.87", "0.196490"),
            ("OpenAI", "20939.60", "20092.20", "847.40", "0.042176"),
            ("Google", "500.00", "600.00", "-100.00", "-0.166667"),
        )
    ],
    totals=[{"currency": "USD", "effective_cost": "175961.53",
             "previous_effective_cost": "149838.26", "change": "26123.27",
             "change_ratio": "0.174343"}],
    currency="USD", period=OCTOBER, row_count=3,
    details={"compared_to": {"start": "2026-09-01", "end": "2026-10-01", "label": "2026-09"}},
)  # fmt: skip
EVIDENCE = Evidence(
    COMPARED,
    {"group_by": ["service_provider_name"], "period": "2026-10", "compare_to": "previous_period"},
)


@pytest.mark.parametrize(
    "text",
    [
        "AWS cost 154,521.93 USD in October 2026, up 25,375.87 USD on September 2026.",
        "AWS: 154,521.93 USD, up 25,375.87 USD from 129,146.06 USD in September 2026.",
        "AWS rose from 129,146.06 USD in September 2026 to 154,521.93 USD in October 2026.",
        "Google fell from 600.00 USD to 500.00 USD.",
        "AWS is the largest provider with 154,521.93 USD.",
        "Google is the cheapest with 500.00 USD.",
        "The second largest is OpenAI with 20,939.60 USD.",
        "AWS is our largest provider.",
        "Google is the cheapest.",
        "OpenAI is the second largest provider.",
        "OpenAI is not the largest provider.",
        "AWS cost more than OpenAI.",
        "OpenAI cost less than AWS.",
        "AWS rose.",
        "Google fell.",
        "Not every provider rose.",
        "The effective cost of AWS is 154,521.93 USD.",
        "Google changed by minus 100.00 USD.",
    ],
)
def test_what_is_so_stays(text: str) -> None:
    checked = check(text, [EVIDENCE])
    assert checked.ungrounded == ()
    assert checked.text == text


@pytest.mark.parametrize(
    "text",
    [
        "AWS cost 129,146.06 USD in October 2026.",
        "In October 2026 OpenAI cost 20,092.20 USD and AWS 129,146.06 USD.",
        "AWS cost 154,521.93 USD in September 2026.",
        "AWS fell from 129,146.06 USD to 154,521.93 USD.",
        "Google rose from 600.00 USD to 500.00 USD.",
        "Every provider fell in October.",
        "All providers rose.",
        "AWS fell.",
        "OpenAI cost more than AWS.",
        "OpenAI is our largest provider.",
        "AWS is the cheapest provider.",
        "OpenAI is the largest provider with 20,939.60 USD.",
        "AWS is cheapest with 154,521.93 USD.",
        "AWS cost minus 154,521.93 USD.",
        "The list cost of AWS is 154,521.93 USD.",
        "AWS was billed 154,521.93 USD.",
        "The untagged cost of AWS was 154,521.93 USD.",
        "AWS is forecast to cost 154,521.93 USD.",
        "AWS will cost 154,521.93 USD.",
        "AWS costs 154,521.93 USD per day.",
        "AWS costs 154,521.93 USD a month.",
    ],
)
def test_what_is_not_so_goes(text: str) -> None:
    checked = check(text, [EVIDENCE])
    assert checked.ungrounded
    assert checked.text == ""


def test_beside_what_has_no_name_the_largest_is_the_largest_that_has_one() -> None:
    rows: list[dict[str, Scalar]] = [
        {"team": name, "currency": "USD", "effective_cost": cost}
        for name, cost in ((None, "900.00"), ("search", "700.00"), ("ads", "100.00"))
    ]
    result = ToolResult(rows=rows, currency="USD", period=OCTOBER, row_count=3)
    evidence = [Evidence(result, {"group_by": ["team"], "period": "2026-10"})]
    assert check("search is our largest team.", evidence).ungrounded == ()
    assert check("ads is our largest team.", evidence).text == ""


@pytest.mark.parametrize(
    ("text", "stays"),
    [
        ("Half of the cost was search.", True),
        ("A quarter of our total spend was ads.", True),
        ("Half of the cost was ads.", False),
        ("Two thirds of the cost was search.", False),
        ("More than half of the cost was tagged.", True),
        ("Half of the rows have no team.", True),
    ],
)
def test_a_part_in_words_is_a_share(text: str, *, stays: bool) -> None:
    """What bounds a share says no figure: it is left to its reader."""
    rows: list[dict[str, Scalar]] = [
        {"team": name, "currency": "USD", "effective_cost": cost, "share": share}
        for name, cost, share in (
            ("search", "490.00", "0.490000"), ("ads", "250.00", "0.250000"),
            ("web", "260.00", "0.260000"),
        )
    ]  # fmt: skip
    result = ToolResult(rows=rows, currency="USD", period=OCTOBER, row_count=3)
    evidence = [Evidence(result, {"group_by": ["team"], "period": "2026-10"})]
    assert (check(text, evidence).text == text) is stays


APPLIED = ToolResult(
    rows=[
        {"resource_id": "i-1", "key": "team", "before": None, "after": "ads", "state": "applied"}
    ],
    row_count=1,
    details={"plan": {"id": "plan-20260901-1", "digest": "sha256:1", "state": "applied"}},
)


@pytest.mark.parametrize(
    "text",
    [
        "I have applied the tags.",
        "The plan was approved and applied.",
        "The change has been successfully executed.",
        "All tags are now applied.",
        "We've tagged the untagged instances.",
        "I deleted the idle endpoint.",
        "It was rolled back.",
    ],
)
def test_nothing_is_said_to_be_done_that_no_tool_result_says(text: str) -> None:
    """A model may be told by a tag's value to say so."""
    assert check(text, [EVIDENCE]).text == ""


@pytest.mark.parametrize(
    "text",
    [
        "Nothing is changed until a person approves it and it is applied.",
        "It is not applied yet.",
        "The plan must be approved before anything is applied.",
        "Shall I say when it was applied?",
    ],
)
def test_what_is_not_done_may_be_said(text: str) -> None:
    assert check(text, [EVIDENCE]).text == text


def test_what_a_plan_says_of_itself_may_be_said() -> None:
    said = "Plan plan-20260901-1 is applied."
    assert check(said, [Evidence(APPLIED)]).text == said
    assert check("It was rolled back.", [Evidence(APPLIED)]).text == ""


def test_a_name_that_the_call_leaves_out_may_be_named_as_left_out() -> None:
    """AWS without Amazon EC2: the figure is of the others."""
    result = ToolResult(
        totals=[{"currency": "USD", "effective_cost": "108504.26"}], currency="USD",
        period=OCTOBER, row_count=0,
    )  # fmt: skip
    filters = [
        {"dimension": "service_provider_name", "op": "in", "values": ["AWS"]},
        {"dimension": "service_name", "op": "not_in", "values": ["Amazon EC2"]},
    ]
    evidence = Evidence(result, {"filters": filters, "period": "2026-10"})
    said = "Effective cost for provider AWS without service Amazon EC2: 108,504.26 USD."
    assert check(said, [evidence]).text == said
    assert check("Amazon EC2 cost 108,504.26 USD.", [evidence]).text == ""


def test_a_result_of_charges_without_a_team_is_untagged() -> None:
    result = ToolResult(
        rows=[
            {"team": None, "currency": "USD", "effective_cost": "70.00", "share": "0.700000"},
            {"team": "search", "currency": "USD", "effective_cost": "30.00", "share": "0.300000"},
        ],
        totals=[{"currency": "USD", "effective_cost": "100.00"}],
        currency="USD", period=OCTOBER, row_count=2,
    )  # fmt: skip
    evidence = Evidence(result, {"group_by": ["team"]})
    assert check("70.00 USD is untagged.", [evidence]).ungrounded == ()
    assert check("30.00 USD is untagged.", [evidence]).ungrounded
