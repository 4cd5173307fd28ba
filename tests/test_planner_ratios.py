"""Answers of ratios: which currency they are of, and how they changed."""

from __future__ import annotations

from planner_told import AUGUST, result, told
from tagwright_agent.planner.frames.costs import costs
from tagwright_agent.planner.frames.coverage import Coverage
from tagwright_agent.planner.frames.units import Units
from tagwright_agent.planner.question import Filter, Scope


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


def test_the_worst_coverage_is_the_lowest_share_not_the_most_money() -> None:
    def row(account: str | None, covered: str, taggable: str, ratio: str) -> dict[str, object]:
        gap = str(int(taggable) - int(covered))
        parts = {"covered": covered, "untagged": gap, "missing": "0", "invalid": "0"}
        more = {"taggable": taggable, "coverage": ratio, "untagged_share": "0.25"}
        return {"team": account, "key": "team", "currency": "USD", **parts, **more}

    rows = [row("ml", "60", "100", "0.6"), row(None, "0", "30", "0.0"), row("ops", "1", "9", "0.1")]
    total = {**row("", "61", "139", "0.44"), "untaggable": "0"}
    found = result(rows=rows, totals=[total], row_count=3, details={"keys": ["team"]})
    worst = Coverage(keys=("team",), scope=Scope(groups=("team",), order="asc"), by_ratio=True)
    text = told(worst, "tag_coverage", found)
    assert "The lowest: ops with 10.0% of 9.00 USD." in text  # what has no team ranks nowhere
    assert text.index("| ops |") < text.index("| ml |") < text.index("| (no value) |")
    text = told(worst.within(order="desc"), "tag_coverage", found)
    assert "The highest: ml with 60.0% of 100.00 USD." in text
    part = Coverage(keys=("team",), scope=Scope(groups=("team",)), part="untagged")
    text = told(part, "tag_coverage", found)
    assert "| Untagged share |" in text
    assert "| 60.0% | 25.0% |" in text


def test_those_we_lose_money_on_are_named_with_their_margin() -> None:
    rows = [
        {"customer": who, "currency": "USD", "priced_cost": cost, "revenue": paid, "margin": margin,
         "margin_ratio": ratio}
        for who, cost, paid, margin, ratio in (
            ("acme", "10", "30", "20", "0.66"), ("hooli", "9", "5", "-4", "-0.8"),
            ("initech", "9", "8", "-1", "-0.125"), (None, "7", None, None, None),
        )
    ]  # fmt: skip
    asked = Units(of="margin", losing=True, scope=Scope(groups=("customer",), order="asc"))
    totals = [{"currency": "USD", "priced_cost": "35"}]
    text = told(asked, "unit_costs", result(rows=rows, totals=totals, row_count=4))
    assert "pays: hooli (margin -4.00 USD) and initech (margin -1.00 USD)." in text
    assert "| acme |" not in text
    text = told(asked, "unit_costs", result(rows=rows[:1], totals=totals, row_count=1))
    assert "No customer whose revenue is known costs more than it pays." in text
    assert "priced cost 35.00 USD, revenue 30.00 USD, margin 20.00 USD" in text
    of_team = asked.within(filters=(Filter(dimension="team", values=("search",)),))
    assert "the cost is of that part alone" in told(of_team, "unit_costs", result(rows=rows))
