"""Anthropic cost reports: cents become dollars exactly, token types FOCUS's words."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tagwright.sources.anthropic_costs import _dollars
from tagwright.sources.documents import NO_WORKSPACE
from telemetry_files import bytes_under, example, read, rejected, rows, stored, write_lines

RESULT: dict[str, Any] = {
    "currency": "USD",
    "amount": "100",
    "workspace_id": "wrkspc_01",
    "description": "Claude Sonnet 4.5 Usage - Input Tokens",
    "cost_type": "tokens",
    "context_window": "0-200k",
    "model": "claude-sonnet-4-5-20250929",
    "service_tier": "standard",
    "token_type": "uncached_input_tokens",
    "inference_geo": "global",
}
TOOL = dict.fromkeys(("context_window", "model", "service_tier", "token_type", "inference_geo"))


def page(*results: dict[str, Any], **bucket: Any) -> dict[str, Any]:
    """One day; each result is :data:`RESULT` but for what is given."""
    day = {"starting_at": "2026-11-01T00:00:00Z", "ending_at": "2026-11-02T00:00:00Z", **bucket}
    return {"data": [{**day, "results": [{**RESULT, **result} for result in results]}],
            "has_more": False, "next_page": None}  # fmt: skip


def charges(home: Path, path: Path, columns: str) -> list[tuple[Any, ...]]:
    return rows(home, path, columns, "charges")


def one(home: Path, tmp_path: Path, columns: str, **more: Any) -> tuple[Any, ...]:
    [found] = charges(home, write_lines(tmp_path / "costs.jsonl", [page(more)]), columns)
    return found


@pytest.mark.parametrize("lines", [True, False], ids=["lines", "document"])
def test_the_example(lines: bool, shared: Path, home: Path, tmp_path: Path) -> None:
    """123.78912 cents."""
    path = tmp_path / "costs.json"
    record = example(shared, "anthropic.cost_report")
    path.write_text(json.dumps(record, indent=None if lines else 2))
    [found] = charges(
        home,
        path,
        '"BilledCost", "EffectiveCost", "BillingCurrency", "BillingAccountId", "SubAccountId", '
        '"ServiceProviderName", "ServiceName", "SkuMeter", "ChargeCategory", '
        'CAST("BillingPeriodStart" AS VARCHAR), CAST("BillingPeriodEnd" AS VARCHAR), '
        'CAST("ChargePeriodStart" AS VARCHAR), CAST("ChargePeriodEnd" AS VARCHAR)',
    )
    assert found == (
        Decimal("1.2378912"), Decimal("1.2378912"), "USD", "anthropic", "wrkspc_01", "Anthropic",
        "Claude API", "Input Tokens", "Usage", "2026-11-01 00:00:00", "2026-12-01 00:00:00",
        "2026-11-01 00:00:00", "2026-11-02 00:00:00",
    )  # fmt: skip


CENTS = [
    ("123.78912", "1.2378912"),
    ("0.000000000001", "0.00000000000001"),
    ("12345678901.123456789", "123456789.01123456789"),
    ("-250", "-2.5"),
    (".5", "0.005"),
    ("0", "0"),
    ("0.1", "0.001"),
]


def test_cents_are_dollars_to_the_last_digit(home: Path, tmp_path: Path) -> None:
    path = write_lines(tmp_path / "costs.jsonl", [page({"amount": cents}) for cents, _ in CENTS])
    assert charges(home, path, '"BilledCost"') == [(Decimal(dollars),) for _, dollars in CENTS]


def test_no_digit_is_lost() -> None:
    """Powers of seven have every digit, and here up to 12 of them after the point."""
    amounts = [Decimal(7**power).scaleb(-places) for power in range(25) for places in range(13)]
    with duckdb.connect() as con:
        found = con.execute(
            f"SELECT CAST({_dollars()} AS DECIMAL(38, 14)) FROM (SELECT json_object("
            "'amount', unnest(?::VARCHAR[]), 'currency', 'usd') AS d2)",
            [[f"{amount:f}" for amount in amounts]],
        ).fetchall()
    assert [value for (value,) in found] == [amount.scaleb(-2) for amount in amounts]


@pytest.mark.parametrize(
    ("token_type", "meter", "details"),
    [
        ("uncached_input_tokens", "Input Tokens", ("Input", "Uncached", None)),
        ("cache_read_input_tokens", "Cache Read Input Tokens", ("Input", "Read", None)),
        ("cache_creation.ephemeral_5m_input_tokens", "Cache Write Input Tokens",
         ("Input", "Write", "5m")),
        ("cache_creation.ephemeral_1h_input_tokens", "Cache Write Input Tokens",
         ("Input", "Write", "1h")),
        ("output_tokens", "Output Tokens", ("Output", None, None)),
    ],
)  # fmt: skip
def test_token_types_are_focus_words(
    token_type: str, meter: str, details: tuple[str | None, ...], home: Path, tmp_path: Path
) -> None:
    found, text = one(home, tmp_path, '"SkuMeter", "SkuPriceDetails"', token_type=token_type)
    direction, action, kept = details
    expected = {
        "ModelDeveloper": "Anthropic",
        "ModelId": "claude-sonnet-4-5-20250929",
        "TokenDirection": direction,
        "TokenCacheAction": action,
        "x_CacheDuration": kept,
        "x_ServiceTier": "standard",
        "x_ContextWindow": "0-200k",
        "x_InferenceRegion": "global",
    }
    assert found == meter
    assert json.loads(text) == {key: value for key, value in expected.items() if value}


@pytest.mark.parametrize(
    ("cost_type", "meter"),
    [
        ("web_search", "Web Search"),
        ("code_execution", "Code Execution"),
        ("session_usage", "Session Usage"),
        (None, None),
    ],
)
def test_what_is_no_token(
    cost_type: str | None, meter: str | None, home: Path, tmp_path: Path
) -> None:
    columns = '"SkuMeter", "SkuPriceDetails"'
    assert one(home, tmp_path, columns, **TOOL, cost_type=cost_type) == (meter, None)


def test_no_workspace_is_the_default_one_and_what_is_not_there_is_said(
    home: Path, tmp_path: Path
) -> None:
    bare = {**TOOL, "workspace_id": None, "description": None, "cost_type": None}
    file = read(home, write_lines(tmp_path / "costs.jsonl", [page(bare)]))
    assert stored(home, '"SubAccountId"', "charges") == [("default",)]
    assert file.notes == [
        "What the Priority Tier costs is not in Anthropic's cost report.",
        "Not grouped by description: model and kind of cost are unknown here.",
        NO_WORKSPACE,
    ]


def test_each_day_is_of_its_calendar_month(home: Path, tmp_path: Path) -> None:
    days = [("2026-10-31T00:00:00Z", "2026-11-01T00:00:00Z"),
            ("2026-12-01T00:00:00Z", "2026-12-02T00:00:00Z")]  # fmt: skip
    pages = [page({}, starting_at=start, ending_at=end) for start, end in days]
    path = write_lines(tmp_path / "costs.jsonl", pages)
    found = charges(
        home,
        path,
        'CAST("BillingPeriodStart" AS DATE)::TEXT, CAST("BillingPeriodEnd" AS DATE)::TEXT',
    )
    assert found == [("2026-10-01", "2026-11-01"), ("2026-12-01", "2027-01-01")]


def test_a_month_that_comes_again_is_replaced_whole(home: Path, tmp_path: Path) -> None:
    charges(home, write_lines(tmp_path / "one.jsonl", [page({}, {"amount": "50"})]), "1")
    path = write_lines(tmp_path / "two.jsonl", [page({"amount": "70.5"})])
    assert charges(home, path, '"BilledCost"') == [(Decimal("0.705"),)]


def test_faults_are_rejected_and_the_rest_loaded(home: Path, tmp_path: Path) -> None:
    path = write_lines(
        tmp_path / "costs.jsonl",
        [
            page({"new_field": {"deep": [1]}}),
            json.dumps(page({}))[:-40],
            page({"amount": "12,5"}, {"amount": None}, {"amount": "1e3"}),
            page({}, starting_at=None),
            page({"currency": "JPY"}),
        ],
    )
    file = read(home, path)
    missing = "BillingPeriodEnd, BillingPeriodStart, ChargePeriodStart"
    assert [(line, column) for line, column, _ in rejected(file)] == [
        (2, ""),
        (3, "BilledCost, EffectiveCost"),
        (3, "BilledCost, EffectiveCost"),
        (3, "BilledCost, EffectiveCost"),
        (4, missing),
    ]
    reasons = [reason for _, _, reason in rejected(file)]
    assert reasons[0] == "not a whole JSON document"
    assert reasons[1] == "BilledCost: not an amount; EffectiveCost: not an amount"
    assert reasons[2] == "BilledCost: missing; EffectiveCost: missing"
    assert file.rejected == 6  # yen too: how many of the lowest unit make one is not said
    assert stored(home, '"BilledCost"', "charges") == [(Decimal(1),)]


def test_what_is_not_a_column_reaches_no_disk(home: Path, tmp_path: Path) -> None:
    secret = {"prompt": "SECRET", "messages": ["SECRET"]}
    path = write_lines(
        tmp_path / "costs.jsonl", [page(secret, {**secret, "amount": None}), '{"x": "SECRET']
    )
    assert read(home, path).rejected == 2
    kept = bytes_under(home)
    assert b"wrkspc_01" in kept
    assert b"SECRET" not in kept
