"""Pages of OpenAI costs are charges."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from usage_files import example, lines, query, read

if TYPE_CHECKING:
    from pathlib import Path


def page(*amounts: Any, start: int = 1793491200) -> dict[str, Any]:
    results = [
        {
            "object": "organization.costs.result",
            "amount": {"value": amount, "currency": "usd"},
            "line_item": "gpt-4o, input",
            "project_id": "p",
        }
        for amount in amounts
    ]
    return {"data": [{"start_time": start, "end_time": start + 86400, "results": results}]}


def test_the_documented_page(shared: Path, home: Path, tmp_path: Path) -> None:
    [file] = read(home, lines(tmp_path / "c.json", example(shared, "openai.costs"))).files
    assert (file.error, file.source, file.charges, file.usage) == (None, "openai_costs", 1, 0)
    assert query(
        home,
        'SELECT "BilledCost", "EffectiveCost", "BillingCurrency", "ServiceProviderName", '
        '"ConsumedQuantity", "ConsumedUnit", "SubAccountId", "BillingPeriodStart"::VARCHAR, '
        '"BillingPeriodEnd"::VARCHAR FROM charges',
    ) == [
        (Decimal("0.06"), Decimal("0.06"), "USD", "OpenAI", Decimal(24000), "Tokens", "proj_abc",
         "2026-11-01 00:00:00", "2026-12-01 00:00:00")
    ]  # fmt: skip


def test_amounts_add_up_to_what_the_page_says(home: Path, tmp_path: Path) -> None:
    amounts = ["0.1", "0.2", "0.0000025", "1e-7", "-3.30", "12345.678901"]
    text = str(page(*range(len(amounts)))).replace("'", '"')
    for index, amount in enumerate(amounts):
        text = text.replace(f'"value": {index},', f'"value": {amount},')
    [file] = read(home, lines(tmp_path / "c.json", text)).files
    assert file.charges == len(amounts)
    assert file.totals[0].billed == sum(Decimal(amount) for amount in amounts)


@pytest.mark.parametrize(("amount", "reason"), [("much", "not an amount"), (None, "missing")])
def test_a_result_without_an_amount(amount: Any, reason: str, home: Path, tmp_path: Path) -> None:
    [file] = read(home, lines(tmp_path / "c.json", page(1, amount))).files
    assert (file.charges, file.rejected) == (1, 1)
    assert file.examples[0]["line"] == 2
    assert reason in file.examples[0]["reason"]


def test_a_month_restated_replaces_itself(home: Path, tmp_path: Path) -> None:
    read(home, lines(tmp_path / "1.json", page(5)))
    read(home, lines(tmp_path / "2.json", page(7, 1)))
    assert query(home, 'SELECT sum("BilledCost") FROM charges') == [(Decimal(8),)]
