"""What is said of amounts where there are none."""

from __future__ import annotations

from planner_told import result as result_of
from planner_told import told
from tagwright_agent.planner.frames.costs import costs
from tagwright_agent.planner.question import Filter, Scope


def test_nothing_is_not_zero() -> None:
    """No charge matches: no figure is printed."""
    text = told(costs(Scope()), "query_costs", result_of(notes=["No charge matches in 2026-09."]))
    assert "no charge matches" in text
    assert "0.00" not in text
    assert text.endswith("Note: No charge matches in 2026-09.")


def test_names_that_no_charge_has_together_are_offered_apart() -> None:
    both = (
        Filter(dimension="service_name", values=("Amazon Bedrock",)),
        Filter(dimension="service_provider_name", values=("OpenAI",)),
    )
    text = told(costs(Scope(filters=both, period="2026-09")), "query_costs", result_of())
    assert "no charge matches" in text
    assert "- Cost for provider OpenAI in September 2026\n" in text
    assert "- Cost for service Amazon Bedrock in September 2026" in text
    alone = told(costs(Scope(filters=both[:1])), "query_costs", result_of())
    assert "You can ask" not in alone
