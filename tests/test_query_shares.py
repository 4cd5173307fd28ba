"""The share of its own time that each row of query_costs has, against SQL over the charges."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings

from effort import examples
from sample_home import charge, sample, temporary_home
from tagwright.money import ratio_text
from tagwright.render.result import kind_of
from test_query_means import CHARGES, GRAINS, Charge, ask, books, charged, gold

if TYPE_CHECKING:
    from pathlib import Path

    from tagwright.config import Settings

__all__ = ["books"]

BY_MONTH = """
WITH sums AS (
  SELECT strftime(ChargePeriodStart, '%Y-%m') AS month, ServiceName AS service,
         BillingCurrency AS currency, SUM(EffectiveCost) AS cost
  FROM charges GROUP BY ALL
)
SELECT month, service, currency, cost, SUM(cost) OVER (PARTITION BY month, currency) FROM sums
"""


@pytest.mark.parametrize("more", [{}, {"limit": 4}, {"limit": 3, "offset": 5}, {"having": "<800"}])
def test_a_row_has_its_share_of_its_own_month(books: Settings, more: dict[str, Any]) -> None:
    """Whether all rows are at hand, or a page, or only those over a threshold."""
    wanted = {
        (month, service, currency): ratio_text(cost, whole)
        for month, service, currency, cost, whole in gold(books, BY_MONTH)
    }
    result = ask(books, "month", "service_name", **more)
    assert result.rows
    for row in result.rows:
        key = (row["month"], row["service_name"], row["currency"])
        assert row["period_share"] == wanted[key]
    assert kind_of("period_share", result) == "ratio"


def test_a_page_has_the_shares_that_the_whole_has(books: Settings) -> None:
    for groups in (["day", "team"], ["week", "region_id", "service_name"], ["month", "day", "env"]):
        whole = ask(books, *groups, limit=1000).rows
        assert ask(books, *groups, limit=7, offset=11).rows == whole[11:18]


def test_the_share_is_of_what_is_filtered(tmp_path: Path) -> None:
    """August: 3 of ads and 1 of none, and 6 of another service."""
    home = sample(
        tmp_path,
        [
            charge("3", "2026-08-01", ServiceName="a", Tags={"team": "ads"}),
            charge("1", "2026-08-02", ServiceName="a"),
            charge("6", "2026-08-03", ServiceName="b", Tags={"team": "ads"}),
        ],
    )

    def shares(**only: Any) -> dict[Any, Any]:
        rows = ask(home, "month", "team", filters=[only] if only else []).rows
        return {row["team"]: row["period_share"] for row in rows}

    assert shares() == {"ads": "0.900000", None: "0.100000"}
    assert shares(dimension="service", values=["a"]) == {"ads": "0.750000", None: "0.250000"}
    assert shares(dimension="team", op="is_null") == {None: "1.000000"}


def test_quantities_have_the_share_of_their_own_unit(books: Settings) -> None:
    result = ask(
        books, "month", "consumed_unit", "service_name", metric="consumed_quantity", limit=5
    )
    wanted = {
        row[:3]: ratio_text(Decimal(row[3]), Decimal(row[4]))
        for row in gold(
            books,
            BY_MONTH.replace("BillingCurrency", "ConsumedUnit").replace(
                "EffectiveCost", "ConsumedQuantity"
            ),
        )
        if row[3] is not None
    }
    for row in result.rows:
        key = (row["month"], row["service_name"], row["consumed_unit"])
        assert row["period_share"] == wanted[key]
    # Of the unit alone each would be 100%.
    alone = ask(books, "month", "consumed_unit", metric="consumed_quantity")
    assert all("period_share" not in row for row in alone.rows)


def test_the_unit_is_one_group_among_others_of_money(books: Settings) -> None:
    """An amount of GB is a share of the month's money, of all units."""
    rows = [r for r in ask(books, "month", "consumed_unit").rows if r["month"] == "2026-08"]
    for currency in ("USD", "EUR"):
        shares = [Decimal(str(r["period_share"])) for r in rows if r["currency"] == currency]
        assert len(shares) == 2
        assert abs(sum(shares) - 1) < Decimal("0.00001")


@pytest.mark.parametrize(
    ("groups", "more"),
    [
        (["month"], {}),
        (["month", "day"], {}),
        (["service"], {}),
        ([], {}),
        (["month", "service"], {"metric": "resource_count"}),
        (["month", "service"], {"metric": "effective_savings_rate"}),
    ],
)
def test_no_share_of_a_time_where_it_would_say_nothing(
    books: Settings, groups: list[str], more: dict[str, Any]
) -> None:
    result = ask(books, *groups, **more)
    assert result.rows
    assert all("period_share" not in row for row in result.rows)


def test_no_share_of_a_month_that_lacks_a_bill(tmp_path: Path) -> None:
    """OpenAI's bill of August is not there: AWS had not all of the dollars, nobody knows what."""

    def bill(provider: str, *months: str, currency: str = "USD") -> list[dict[str, Any]]:
        return [
            charge("4", f"2026-{m}-01", ServiceProviderName=provider, BillingCurrency=currency)
            for m in months
        ]

    rows = [
        *bill("AWS", "07", "08", "09"),
        *bill("OpenAI", "07", "09"),
        *bill("Mistral", "08", "09", currency="EUR"),
    ]
    home = sample(tmp_path, rows)
    found = {
        (row["month"], row["service_provider_name"]): row["period_share"]
        for row in ask(home, "month", "provider").rows
    }
    assert found == {
        ("2026-07", "AWS"): "0.500000",
        ("2026-07", "OpenAI"): "0.500000",
        ("2026-08", "AWS"): None,
        ("2026-08", "Mistral"): "1.000000",  # its currency lacks none
        ("2026-09", "AWS"): "0.500000",
        ("2026-09", "OpenAI"): "0.500000",
        ("2026-09", "Mistral"): "1.000000",
    }
    counts = ask(home, "month", "provider", metric="charge_count").rows
    assert [r["period_share"] for r in counts if r["month"] == "2026-08"] == [None, None]
    # Of AWS alone, and of August alone, nothing differs from one time to the next.
    only = [{"dimension": "provider", "values": ["AWS"]}]
    for more in ({"filters": only}, {"period": "2026-08"}):
        assert None not in [r["period_share"] for r in ask(home, "month", "provider", **more).rows]


def test_no_share_of_nothing(tmp_path: Path) -> None:
    """A charge and its credit come to zero; a saving that is unknown has no share."""
    rows = [
        charge("5", "2026-08-01", ServiceName="a"),
        charge("-5", "2026-08-02", ServiceName="b"),
        charge("1", "2026-09-01", ServiceName="a", ListCost="2", ContractedCost="2"),
        charge("1", "2026-09-01", ServiceName="b", ListCost=""),
    ]
    home = sample(tmp_path, rows)
    august = ask(home, "month", "service", period="2026-08").rows
    assert [row["period_share"] for row in august] == [None, None]
    september = ask(home, "month", "service", period="2026-09", metric="savings").rows
    assert [(r["service_name"], r["period_share"]) for r in september] == [
        ("a", "1.000000"), ("b", None),
    ]  # fmt: skip


@pytest.mark.slow  # each example is ingested
@settings(deadline=None, max_examples=examples(20))
@given(charges=CHARGES, grain=GRAINS)
def test_the_shares_of_one_time_and_currency_come_to_one(charges: list[Charge], grain: str) -> None:
    shares: dict[tuple[Any, Any], Decimal] = {}
    with temporary_home(charged(charges)) as home:
        rows = ask(home, grain, "service", limit=1000).rows
    for row in rows:
        key = (row[grain], row["currency"])
        shares[key] = shares.get(key, Decimal(0)) + Decimal(str(row["period_share"]))
    assert shares
    assert all(abs(share - 1) <= Decimal("1e-6") * 4 for share in shares.values())
