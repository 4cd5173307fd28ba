"""Where a statement may add euros to dollars."""

from __future__ import annotations

import json

import duckdb
import pytest

from tagwright.free_sql.currency import names_money, sums_without_currency


def tree(sql: str) -> dict[str, object]:
    row = duckdb.execute("SELECT json_serialize_sql(?::VARCHAR)", [sql]).fetchone()
    assert row is not None
    return json.loads(row[0])


@pytest.mark.parametrize(
    "sql",
    [
        'SELECT SUM("EffectiveCost") FROM charges',
        'SELECT "ServiceName", max(billedcost) FROM charges GROUP BY ALL',
        "SELECT avg(priced_cost) FROM usage",
        "SELECT SUM(e) FROM (SELECT EffectiveCost AS e FROM charges)",
        "WITH a AS (SELECT * FROM charges) SELECT SUM(EffectiveCost) FROM a",
        "SELECT SUM(EffectiveCost) OVER (ORDER BY ServiceName) FROM charges",
        "SELECT SUM(CASE WHEN BillingCurrency = 'USD' THEN 1 ELSE EffectiveCost END) FROM charges",
        "SELECT (SELECT SUM(BilledCost) FROM charges), any_value(BillingCurrency) FROM charges",
        "SELECT BillingCurrency, SUM(ListCost) FROM charges GROUP BY 1 UNION ALL SELECT 'all', SUM(ListCost) FROM charges",
    ],
)
def test_mixes(sql: str) -> None:
    assert sums_without_currency(tree(sql))


@pytest.mark.parametrize(
    "sql",
    [
        'SELECT "BillingCurrency", SUM("EffectiveCost") FROM charges GROUP BY ALL',
        'SELECT "BillingCurrency" AS currency, SUM("EffectiveCost") FROM charges GROUP BY 1',
        "SELECT SUM(EffectiveCost) FROM charges WHERE billingcurrency = 'USD'",
        "SELECT SUM(EffectiveCost) FILTER (WHERE BillingCurrency = 'USD') FROM charges",
        "SELECT SUM(EffectiveCost) OVER (PARTITION BY BillingCurrency) FROM charges",
        "WITH a AS (SELECT BillingCurrency AS c, SUM(BilledCost) AS s FROM charges GROUP BY 1) SELECT c, max(s) FROM a GROUP BY c",
        "SELECT EffectiveCost FROM charges ORDER BY 1",
        "SELECT COUNT(*) FROM charges WHERE EffectiveCost > 100",
        "SELECT SUM(output_tokens) FROM usage",
    ],
)
def test_does_not_mix(sql: str) -> None:
    assert not sums_without_currency(tree(sql))


@pytest.mark.parametrize(
    ("sql", "money"),
    [
        ("SELECT c.ListUnitPrice FROM charges c", True),
        ("FROM usage", True),
        ("SELECT COUNT(*) FROM charges", False),
        ("SELECT 'EffectiveCost'", False),
    ],
)
def test_names_money(sql: str, money: bool) -> None:
    assert names_money(tree(sql)) is money
