"""Pages of Anthropic costs: decimal strings in cents."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from usage_files import example, lines, query, read

if TYPE_CHECKING:
    from pathlib import Path


def page(*results: dict[str, Any]) -> dict[str, Any]:
    line = {"currency": "USD", "workspace_id": None, "description": "Usage", "cost_type": "tokens"}
    bucket = {"starting_at": "2026-11-30T00:00:00Z", "ending_at": "2026-12-01T00:00:00Z"}
    return {"data": [{**bucket, "results": [{**line, **result} for result in results]}]}


def test_the_documented_page(shared: Path, home: Path, tmp_path: Path) -> None:
    record = example(shared, "anthropic.cost_report")
    [file] = read(home, lines(tmp_path / "c.json", record)).files
    assert (file.error, file.source, file.charges) == (None, "anthropic_costs", 1)
    [row] = query(
        home,
        'SELECT "BilledCost", "EffectiveCost", "SkuMeter", "SubAccountId", "SkuPriceDetails" '
        "FROM charges",
    )
    assert row[:4] == (Decimal("1.2378912"), Decimal("1.2378912"), "Input Tokens", "wrkspc_01")
    details = json.loads(row[4])
    assert (details["ModelId"], details["TokenDirection"], details["TokenCacheAction"]) == (
        "claude-sonnet-4-5-20250929",
        "Input",
        "Uncached",
    )


@pytest.mark.parametrize(
    ("cents", "dollars"),
    [("123.78912", "1.2378912"), ("1", "0.01"), ("0", "0"), ("-250", "-2.5"),
     ("0.0000001", "0.000000001"), ("12345678901234567.89", "123456789012345.6789")],
)  # fmt: skip
def test_cents_become_dollars_to_the_last_digit(
    cents: str, dollars: str, home: Path, tmp_path: Path
) -> None:
    [file] = read(home, lines(tmp_path / "c.json", page({"amount": cents}))).files
    assert file.totals[0].billed == Decimal(dollars)


def test_what_is_no_amount_is_rejected(home: Path, tmp_path: Path) -> None:
    path = lines(tmp_path / "c.json", page({"amount": "1"}, {"amount": "1,5"}, {"amount": ""}))
    [file] = read(home, path).files
    assert (file.charges, file.rejected) == (1, 2)


@pytest.mark.parametrize(
    ("result", "meter", "keys"),
    [
        ({"token_type": "output_tokens"}, "Output Tokens", {"TokenDirection": "Output"}),
        ({"token_type": "cache_read_input_tokens"}, "Cache Read Input Tokens",
         {"TokenDirection": "Input", "TokenCacheAction": "Read"}),
        ({"token_type": "cache_creation.ephemeral_1h_input_tokens"}, "Cache Write Input Tokens",
         {"TokenDirection": "Input", "TokenCacheAction": "Write"}),
        ({"cost_type": "web_search", "token_type": None}, "web_search", {}),
    ],
    ids=["output", "read", "write", "search"],
)  # fmt: skip
def test_meters_by_the_words_of_the_focus_draft(
    result: dict[str, Any], meter: str, keys: dict[str, str], home: Path, tmp_path: Path
) -> None:
    read(home, lines(tmp_path / "c.json", page({"amount": "1", **result})))
    [(found, details, account)] = query(
        home, 'SELECT "SkuMeter", "SkuPriceDetails", "SubAccountId" FROM charges'
    )
    assert (found, json.loads(details), account) == (meter, keys, "default")
