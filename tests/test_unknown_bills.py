"""One provider's bill of a month is missing: its month is unknown, whatever the question names.

USD: AWS EC2 100, 110, (August missing), 150 and S3 10.50 each; OpenAI 20, 25, 30, 35, from June to
September. EUR: Mistral 7 in September alone, its first bill.
"""

from __future__ import annotations

import datetime as dt
import json
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

TODAY = dt.datetime(2026, 10, 5, 12, tzinfo=dt.UTC)
AUGUST = "There is no data of AWS for 2026-08: unknown, and not in these figures."


def _aws(month: str, ec2: str) -> list[dict[str, Any]]:
    return [
        charge(cost, f"2026-{month}-01", ServiceProviderName="AWS", ServiceName=service)
        for cost, service in ((ec2, "Amazon EC2"), ("10.50", "Amazon S3"))
    ]


def _openai(month: str, cost: str) -> dict[str, Any]:
    return charge(
        cost, f"2026-{month}-07", ServiceProviderName="OpenAI", ServiceName="OpenAI API",
        BillingAccountId="org-1",
    )  # fmt: skip


@pytest.fixture
def books(home: Path) -> Iterator[Settings]:
    mistral = charge(
        "7", "2026-09-09", ServiceProviderName="Mistral AI", ServiceName="Mistral",
        BillingCurrency="EUR", BillingAccountId="mis",
    )  # fmt: skip
    rows = [*_aws("06", "100"), *_aws("07", "110"), *_aws("09", "150"), mistral]
    rows += [_openai("06", "20"), _openai("07", "25"), _openai("08", "30"), _openai("09", "35")]
    settings = sample(home, rows)
    with time_machine.travel(TODAY, tick=True):
        yield settings


def ask(books: Settings, tool: str, **arguments: Any) -> Any:
    return tool_result(books, tool, arguments, now=TODAY)


@pytest.mark.parametrize(
    ("period", "compare_to"),
    [("2026-08", "2026-07"), ("2026-09", "2026-08"), ("2026-Q3", "2026-Q2")],
)
def test_no_change_of_a_total_that_lacks_a_bill(
    books: Settings, period: str, compare_to: str
) -> None:
    found = ask(books, "query_costs", period=period, compare_to=compare_to)
    dollars = next(row for row in found.totals if row["currency"] == "USD")
    assert (dollars["change"], dollars["change_ratio"]) == (None, None)


def test_months_that_have_every_bill_are_compared(books: Settings) -> None:
    """July against June: 145.50 against 130.50."""
    found = ask(books, "query_costs", period="2026-07", compare_to="2026-06")
    assert (found.totals[0]["change"], found.notes) == ("15.00", [])
    explained = ask(books, "explain_change", period="2026-07", compare_to="2026-06")
    assert (explained.totals[0]["change"], len(explained.rows) > 0) == ("15.00", True)


def test_a_first_bill_is_new(books: Settings) -> None:
    """Mistral had none before September, and its currency lacks no other."""
    found = ask(books, "query_costs", period="2026-09", compare_to="2026-08")
    euros = next(row for row in found.totals if row["currency"] == "EUR")
    assert euros["change"] == "7.00"


def test_by_provider_each_row_speaks_for_itself(books: Settings) -> None:
    found = ask(books, "query_costs", period="2026-08", compare_to="2026-07", group_by="provider")
    rows = {row["service_provider_name"]: row for row in found.rows}
    assert (rows["AWS"]["effective_cost"], rows["AWS"]["change"]) == (None, None)
    assert rows["OpenAI"]["change"] == "5.00"
    assert AUGUST in found.notes


@pytest.mark.parametrize(
    "only",
    [
        {"dimension": "service", "values": ["Amazon EC2"]},
        {"dimension": "provider", "values": ["AWS", "OpenAI"]},
        {"dimension": "provider", "op": "contains", "values": ["AWS"]},
        {"dimension": "provider", "op": "not_in", "values": ["OpenAI"]},
    ],
)
def test_whatever_names_the_provider(books: Settings, only: dict[str, Any]) -> None:
    found = ask(
        books, "explain_change", period="2026-09", compare_to="2026-08",
        filters=[only | {"op": only.get("op", "in")}],
    )  # fmt: skip
    dollars = next(row for row in found.totals if row["currency"] == "USD")
    assert dollars["change"] is None
    assert [row for row in found.rows if row["currency"] == "USD"] == []
    assert "2026-08" in " ".join(found.notes)


def test_a_total_says_whose_bill_is_not_in_it(books: Settings) -> None:
    found = ask(books, "query_costs", period="2026-08")
    assert (found.totals[0]["effective_cost"], found.notes) == ("30.00", [AUGUST])


@pytest.mark.parametrize(
    ("question", "says"),
    [
        ("EC2 cost in August", "August 2026: unknown, no data is loaded."),
        ("tag coverage in August on AWS", "unknown, no data is loaded."),
        ("why did costs rise in September?", "How much it changed against August 2026 is unknown"),
        ("compare August with July", "How much it changed against July 2026 is unknown"),
    ],
)
def test_in_words(books: Settings, question: str, says: str) -> None:
    answer = Session(books).ask(question)
    assert says in answer.answer
    assert "%" not in answer.answer.split("\n")[0].replace("100.0%", "")


@pytest.mark.parametrize("month", ["2026-08", "2026-09"])
def test_in_the_report(
    books: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str], month: str
) -> None:
    assert main(["report", "--period", month, "--out", str(tmp_path), "--json"]) == 0
    json.loads(capsys.readouterr().out)
    page = (tmp_path / "index.html").read_text()
    assert "nothing to compare with" in page
    assert "There is no data of AWS for 2026-08" in page
    assert "more than in" not in page
    assert "less than in" not in page


def test_a_ratio_has_no_change_where_a_bill_is_unknown(books: Settings) -> None:
    """AWS's August is missing: what September's rate is held against is not the same companies."""
    by = {"metric": "effective_savings_rate", "period": "2026-09", "compare_to": "2026-08"}
    whole = ask(books, "query_costs", **by)
    assert {row["currency"]: row["change"] for row in whole.totals} == {"EUR": None, "USD": None}
    rows = ask(books, "query_costs", **by, group_by="provider").rows
    assert {row["service_provider_name"]: row["change"] for row in rows} == {
        "AWS": None, "Mistral AI": None, "OpenAI": "0.00",
    }  # fmt: skip
    assert AUGUST in whole.notes


def test_no_run_rate_of_a_period_that_lacks_a_bill(books: Settings) -> None:
    """To the end of the year, of which AWS's August is missing; OpenAI's bills are all there."""
    year = {"period": "2026-06-01/2027-01-01"}
    assert "run_rate" not in ask(books, "query_costs", **year).details
    openai = [{"dimension": "provider", "op": "in", "values": ["OpenAI"]}]
    [rate] = ask(books, "query_costs", **year, filters=openai).details["run_rate"]
    assert (rate["currency"], rate["known_days"]) == ("USD", 101)
