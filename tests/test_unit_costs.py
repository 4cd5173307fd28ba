"""Costs per request and token by hand, margins, and what is said where there are no figures."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from allocation_world import World
from tagwright.api import DataError, MisuseError, UnknownNameError
from tagwright.config import load_settings
from tagwright.context import open_context
from tagwright.receipts import replay, run_tool
from tagwright.registry import load_registry
from tagwright.results import ToolResult
from unit_files import billed, bucket, load_both
from unit_files import call as call_of_a_million

PRICES = """
prices:
  - provider: openai
    model: our-model
    per_million_tokens: {input_uncached: "2", cache_read: "0.2", output: "10"}
"""


def call(model: str = "our-model", at: str = "2026-09-01T10:00:00Z", **more: Any) -> dict[str, Any]:
    """1,000 tokens in, of which 400 from the cache, and 100 out: 0.00228 USD by the price above."""
    return {
        "start_time": at,
        "gen_ai__request__model": model,
        "gen_ai__usage__input_tokens": 1000,
        "gen_ai__usage__cache_read__input_tokens": 400,
        "gen_ai__usage__output_tokens": 100,
        **more,
    }


@pytest.fixture
def world(tmp_path: Path) -> World:
    found = World(tmp_path)
    (found.home / "prices.yaml").write_text(PRICES)
    return found


def ask(world: World, **arguments: object) -> ToolResult:
    with open_context(load_settings(world.home)) as ctx:
        return run_tool(load_registry(), "unit_costs", arguments, ctx)


def loaded(world: World, *rows: dict[str, Any]) -> World:
    world.charges({"amount": "1.00"}).requests(*rows)
    world.allocation("team")
    return world


def test_per_request_and_per_million_tokens(world: World) -> None:
    found = ask(loaded(world, call(), call(), call("mystery")))
    first, second = found.rows
    assert first == {
        "model": "our-model",
        "currency": "USD",
        "priced_cost": "0.00456",  # 2 x (600 x 2 + 400 x 0.2 + 100 x 10) / 1,000,000
        "requests": 2,
        "input_tokens": 2000,
        "input_uncached_tokens": 1200,
        "cache_read_tokens": 800,
        "cache_write_tokens": 0,
        "output_tokens": 200,
        "tokens": 2200,
        "cost_per_request": "0.002280000",
        "cost_per_million_tokens": "2.072727273",  # 4,560 / 2,200
        "cost_per_million_input_tokens": "2.000000000",
        "cost_per_million_cache_read_tokens": "0.200000000",
        "cost_per_million_output_tokens": "10.000000000",
        "cache_hit_ratio": "0.400000",
    }
    assert (second["model"], second["priced_cost"], second["cost_per_request"]) == (
        "mystery", None, None,
    )  # fmt: skip
    assert second["unpriced_rows"] == 1
    assert any("1 usage row without a price" in note for note in found.notes)
    assert any("it is not the bill" in note for note in found.notes)


def test_a_group_with_and_without_a_price_is_divided_by_what_was_priced(world: World) -> None:
    tags = {"tags": {"feature": "answers"}}
    found = ask(loaded(world, call(**tags), call("mystery", **tags)), group_by=["feature"])
    [row] = found.rows
    assert (row["feature"], row["requests"], row["unpriced_rows"]) == ("answers", 2, 1)
    assert (row["priced_cost"], row["cost_per_request"]) == ("0.00228", "0.002280000")


def test_a_cost_is_not_divided_by_the_requests_of_others(home: Path) -> None:
    """2.50 of a request, and 5.00 of a report that does not say how many requests it is."""
    report = bucket(tokens_in=2_000_000, requests=None)  # type: ignore[arg-type]
    settings = load_both(home, [billed("1")], [call_of_a_million()], [report])
    with open_context(settings) as ctx:
        found = run_tool(load_registry(), "unit_costs", {}, ctx)
    [row] = found.rows
    assert (row["priced_cost"], row["requests"], row["cost_per_request"]) == (
        "7.50", 1, "2.500000000",
    )  # fmt: skip
    assert any("1 usage row without a number of requests" in note for note in found.notes)


def test_a_trend_is_in_the_order_of_time(world: World) -> None:
    found = ask(loaded(world, call(at="2026-09-02T00:00:00Z"), call(), call()), group_by="day")
    assert [(row["day"], row["requests"]) for row in found.rows] == [
        ("2026-09-01", 2), ("2026-09-02", 1),
    ]  # fmt: skip
    assert found.totals[0]["requests"] == 3


def test_requests_without_tokens_divide_by_nothing(world: World) -> None:
    row = {"gen_ai__request__model": "our-model", "requests": 1}
    [line] = ask(loaded(world, row)).rows
    assert (line["cost_per_million_tokens"], line["cache_hit_ratio"]) == (None, None)


def test_filters_and_receipt(world: World) -> None:
    loaded(world, call(tags={"team": "x"}), call(tags={"team": "y"}))
    found = ask(world, group_by=["team"], filters=[{"dimension": "team", "values": ["X"]}])
    assert [row["team"] for row in found.rows] == ["x"]
    assert found.receipt
    assert replay(found.receipt, load_settings(world.home)).status == "same"


def test_customers_that_cost_more_than_they_pay(world: World) -> None:
    loaded(
        world,
        call(tags={"customer": "acme"}),
        call(tags={"customer": "bolt"}),
        call(tags={"customer": "core"}),
    )
    (world.home / "revenue.csv").write_text(
        "customer,month,currency,revenue\n"
        "Acme,2026-09,USD,0.01\n"
        "bolt,2026-09,USD,0.001\n"
        "bolt,2026-08,USD,99\n"
        "core,2026-09,EUR,5\n"
        "core,September,USD,5\n"
    )
    found = ask(world, group_by=["customer"], period="2026-09")
    margins = {row["customer"]: (row["revenue"], row["margin"]) for row in found.rows}
    assert margins == {
        "acme": ("0.01", "0.00772"),
        "bolt": ("0.001", "-0.00128"),
        "core": (None, None),  # paid in another currency
    }
    assert "1 row with a customer that costs more than it pays." in found.notes
    assert any("left out line 6 (September 5)" in note for note in found.notes)


def test_what_the_bill_comes_to_by_the_rules(world: World) -> None:
    """An invoice of 9.00 USD, two customers: 6.00 and 3.00 by their tokens."""
    world.charges(
        {
            "amount": "9.00",
            "ServiceProviderName": "OpenAI",
            "ServiceName": "OpenAI API",
            "ServiceCategory": "AI and Machine Learning",
            "ChargePeriodEnd": "2026-10-01",
        },
        {"amount": "50.00"},
    )
    world.requests(
        call(tags={"customer": "acme"}), call(tags={"customer": "acme"}),
        call(tags={"customer": "bolt"}),
    )  # fmt: skip
    world.rules(
        """
rules:
  - id: openai
    match: [{dimension: service_provider_name, values: [OpenAI]}]
    by: tokens
    to: [customer]
"""
    )
    world.allocation("customer")
    found = ask(world, group_by=["customer"], basis="allocated")
    assert [
        (row["customer"], row["effective_cost"], row["cost_per_request"]) for row in found.rows
    ] == [("acme", "6.00", "3.000000000"), ("bolt", "3.00", "3.000000000")]
    assert found.totals[0]["effective_cost"] == "9.00"


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        ({"group_by": ["modle"]}, UnknownNameError, "model"),
        (
            {"filters": [{"dimension": "model", "values": ["our-modle"]}]},
            UnknownNameError,
            "our-model",
        ),
        ({"group_by": ["model"], "basis": "allocated"}, MisuseError, "one taxonomy key"),
        ({"filters": [{"dimension": "model"}]}, MisuseError, "at least one"),
    ],
)
def test_what_cannot_be_asked_is_said(
    arguments: dict[str, object], error: type[Exception], words: str, world: World
) -> None:
    with pytest.raises(error) as caught:
        ask(loaded(world, call()), **arguments)
    assert words in str(caught.value) + str(getattr(caught.value, "hint", ""))


def test_without_telemetry(world: World) -> None:
    world.charges({"amount": "1.00"}).allocation("team")
    with pytest.raises(MisuseError, match="There is no telemetry"):
        ask(world)


def test_a_revenue_file_without_a_column(world: World) -> None:
    loaded(world, call(tags={"customer": "acme"}))
    (world.home / "revenue.csv").write_text("customer,month,revenue\nacme,2026-09,1\n")
    with pytest.raises(DataError, match="lacks the columns currency"):
        ask(world, group_by=["customer"])


def test_sums_are_exact(world: World) -> None:
    found = ask(loaded(world, *(call() for _ in range(30))), group_by=["team"])
    assert found.totals[0]["priced_cost"] == "0.0684"


def test_a_provider_by_its_alias(world: World) -> None:
    usage = call(gen_ai__provider__name="openai")
    loaded(world, usage)
    filters = [{"dimension": "provider", "values": ["ChatGPT"]}]
    found = ask(world, filters=filters)
    assert found.totals[0]["requests"] == 1
    assert "'ChatGPT' is read as provider openai." in found.notes
    with pytest.raises(UnknownNameError):
        ask(world, filters=[{"dimension": "provider", "values": ["Gemini"]}])


def test_a_model_by_the_name_that_bills_write(world: World) -> None:
    loaded(
        world,
        call("global.anthropic.claude-sonnet-4-5-20250929-v1:0", requests=2),
        call("claude-sonnet-4-5", requests=1),
        call("claude-haiku-4-5", requests=1),
    )
    for said, names in (
        ("anthropic.claude-sonnet-4-5", ["global.anthropic.claude-sonnet-4-5-20250929-v1:0"]),
        ("claude-sonnet-4-5", ["claude-sonnet-4-5"]),
        ("eu.anthropic.claude-haiku-4-5-v1:0", ["claude-haiku-4-5"]),
    ):
        filters = [{"dimension": "model", "values": [said]}]
        found = ask(world, group_by=["model"], filters=filters)
        assert [row["model"] for row in found.rows] == names
    with pytest.raises(UnknownNameError):
        ask(world, filters=[{"dimension": "model", "values": ["claude-opus-4-5"]}])


@pytest.mark.parametrize("said", ["proj-1", "Shop", "shop (proj-1)"])
def test_an_account_is_found_by_id_by_name_and_as_it_is_shown(home: Path, said: str) -> None:
    charges = [billed("1", SubAccountId="proj-1", SubAccountName="Shop")]
    settings = load_both(home, charges, [], [bucket(project="proj-1"), bucket(project="proj-2")])
    filters = [{"dimension": "account", "values": [said]}]
    with open_context(settings) as ctx:
        arguments = {"group_by": ["account"], "filters": filters}
        found = run_tool(load_registry(), "unit_costs", arguments, ctx)
    assert [row["sub_account_id"] for row in found.rows] == ["proj-1"]
    assert found.details["names"] == {"sub_account_id": {"proj-1": "Shop"}}
