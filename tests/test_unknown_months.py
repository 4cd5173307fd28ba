"""A month without data is unknown: never 0, and nothing is more or less than it.

May 2026 is missing: 100 USD of AWS in April, 250 in June, 300 in July, 310 in August; OpenAI has
bills of June and August alone.
"""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import time_machine

from sample_home import charge, sample, tool_result
from tagwright_agent.cli import main
from tagwright_agent.session import Session

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tagwright.config import Settings

TODAY = dt.datetime(2026, 9, 10, 12, tzinfo=dt.UTC)


def _aws(amount: str, day: str) -> dict[str, Any]:
    return charge(amount, day, ServiceProviderName="AWS", ServiceName="Amazon EC2")


def _openai(amount: str, day: str) -> dict[str, Any]:
    return charge(amount, day, ServiceProviderName="OpenAI", ServiceName="API")


@pytest.fixture
def books(home: Path) -> Iterator[Settings]:
    settings = sample(
        home,
        [
            _aws("100", "2026-04-01"),
            _aws("250", "2026-06-30"),
            _aws("300", "2026-07-10"),
            _aws("310", "2026-08-31"),
            _openai("5", "2026-06-01"),
            _openai("7", "2026-08-02"),
        ],
    )
    with time_machine.travel(TODAY, tick=True):
        yield settings


def ask(books: Settings, tool: str, **arguments: Any) -> Any:
    return tool_result(books, tool, arguments, now=TODAY)


JUNE_ALONE = (
    "Effective cost, June 2026: 255.00 USD. There is nothing to compare it with: "
    "none of the data of May 2026 is loaded."
)
MISSING = "There is no data for 2026-05: what it cost is unknown, not zero."


def test_against_an_unknown_month_nothing_has_changed(books: Settings) -> None:
    found = ask(books, "query_costs", period="2026-06", compare_to="previous_period")
    [total] = found.totals
    assert (total["effective_cost"], total["previous_effective_cost"]) == ("255.00", None)
    assert (total["change"], total["change_ratio"]) == (None, None)
    assert MISSING in found.notes


def test_an_unknown_month_has_not_fallen_to_nothing(books: Settings) -> None:
    found = ask(books, "query_costs", period="2026-05", compare_to="2026-04", group_by="service")
    [row] = found.rows
    assert (row["effective_cost"], row["previous_effective_cost"]) == (None, "100.00")
    assert (row["change"], row["change_ratio"]) == (None, None)
    assert MISSING in found.notes


def test_no_driver_of_a_change_that_nobody_knows(books: Settings) -> None:
    found = ask(books, "explain_change", period="2026-06", compare_to="2026-05")
    assert found.rows == []
    [total] = found.totals
    assert (total["before"], total["after"], total["change"]) == (None, "255.00", None)
    assert (found.details["step"], found.details["price_and_quantity"]) == ([], [])
    assert MISSING in found.notes


def test_a_known_month_is_compared_as_before(books: Settings) -> None:
    found = ask(
        books, "query_costs", period="2026-08", compare_to="2026-07",
        filters=[{"dimension": "provider", "values": ["AWS"]}],
    )  # fmt: skip
    assert (found.totals[0]["change"], found.notes) == ("10.00", [])


@pytest.mark.parametrize("provider", ["OpenAI", "openai"])
def test_of_one_provider_its_own_months_count(books: Settings, provider: str) -> None:
    """AWS was billed in July; of OpenAI nobody knows."""
    found = ask(
        books, "query_costs", period="2026-08", compare_to="2026-07",
        filters=[{"dimension": "provider", "values": [provider]}],
    )  # fmt: skip
    assert (found.totals[0]["effective_cost"], found.totals[0]["change"]) == ("7.00", None)
    assert (
        "There is no data of OpenAI for 2026-07: what it cost is unknown, not zero." in found.notes
    )


def test_a_gap_inside_a_period_is_said(books: Settings) -> None:
    found = ask(books, "query_costs", period="2026-Q2")
    assert found.totals[0]["effective_cost"] == "355.00"
    assert "There is no data for 2026-05: unknown, and not in these figures." in found.notes


def test_an_average_is_over_the_months_that_are_known(books: Settings) -> None:
    """April, June, July and August: 972 in four months, not in five."""
    found = ask(books, "query_costs", group_by="month")
    assert [row["month"] for row in found.rows] == ["2026-04", "2026-06", "2026-07", "2026-08"]
    assert (found.totals[0]["times"], found.totals[0]["average_per_month"]) == (4, "243.00")


@pytest.mark.parametrize(
    ("question", "says"),
    [
        (
            "compare June with May",
            JUNE_ALONE,
        ),
        (
            "why did costs rise in June?",
            JUNE_ALONE,
        ),
        (
            "cost in May compared with April",
            "There is nothing to compare May 2026 with: none of its data is loaded.",
        ),
        ("What did we spend in May?", "Effective cost, May 2026: unknown, no data is loaded."),
    ],
)
def test_in_words(books: Settings, question: str, says: str) -> None:
    answer = Session(books).ask(question)
    assert answer.answer.startswith(says)
    assert "0.00" not in answer.answer
    assert "left out" not in " ".join(answer.notes)


def test_in_the_report(books: Settings, tmp_path: Path) -> None:
    """June's page: no change against May, no bar of it, and why."""
    report = ["report", "--out", str(tmp_path), "--home", str(books.home), "--period"]
    assert main([*report, "2026-06"]) == 0
    page = (tmp_path / "index.html").read_text()
    assert "There is no data for 2026-05, or not all of it: nothing to compare with." in page
    bars = page.partition('<svg class="months"')[2].partition("</svg>")[0]
    assert re.findall(r"<title>([^<]+)</title>", bars) == [
        "Apr 2026: 100",
        "May 2026: no data",
        "Jun 2026: 255",
    ]
