"""Answers of ratios: which currency they are of, and how they changed."""

from __future__ import annotations

from planner_told import AUGUST, result, told
from tagwright_agent.planner.frames.costs import costs
from tagwright_agent.planner.question import Scope


def test_a_ratio_of_two_currencies_says_which_it_is_of() -> None:
    """It has no unit: "0.0% and 1.3%" says nothing; and a change of it is told in points."""
    rate, before = "effective_savings_rate", "previous_effective_savings_rate"
    lines = [
        {"currency": "EUR", rate: "0.000000"},
        {"currency": "USD", rate: "0.012617"},
    ]
    found = result(totals=lines, rows=[{"service_name": "S3", **line} for line in lines])
    question = costs(Scope(metrics=(rate,), groups=("service_name",)))
    text = told(question, "query_costs", found)
    assert "Effective savings rate, September 2026: 0.0% in EUR and 1.3% in USD." in text
    assert "| S3 | USD | 1.3% |" in text
    assert "| Total | EUR | 0.0% |" in text
    compared = result(
        totals=[{**line, before: "0.02", "change": "-0.007383"} for line in lines],
        details={"compared_to": AUGUST},
    )
    question = costs(Scope(metrics=(rate,), compare_to="2026-08"))
    assert "1.3% in USD (-0.7% points), against 2.0% in August 2026" in told(
        question, "query_costs", compared
    )
