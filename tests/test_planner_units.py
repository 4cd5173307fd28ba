"""Questions of unit costs, margins and allocation: their calls, and how the answers read."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from planner_questions import F
from planner_told import told
from planner_view import CATALOGUE, VIEW, planned
from tagwright.registry import load_registry
from tagwright.results import Period, ToolResult
from tagwright_agent.planner.frames import frames
from tagwright_agent.planner.frames.allocation import Allocation
from tagwright_agent.planner.frames.units import Units, known
from tagwright_agent.planner.question import Filter, Scope, Unclear
from tagwright_agent.planner.understand import understand
from tagwright_agent.planner.view import CatalogueView

MEASURED = replace(VIEW, usage=1000)
OCTOBER = {"period": "2026-10"}
ALL = {"limit": 100}
ACME = {"filters": [{"dimension": "customer", "op": "in", "values": ["Acme"]}]}
SEARCH = {"filters": [{"dimension": "team", "op": "in", "values": ["search"]}]}


def unit(*groups: str, **more: Any) -> tuple[str, dict[str, Any]]:
    return "unit_costs", {"group_by": list(groups), **more}


def allocated(key: str, **more: Any) -> tuple[str, dict[str, Any]]:
    return "allocate_costs", {"dimension": key, "limit": 100, **more}


@pytest.mark.parametrize(
    ("question", "wanted"),
    [
        ("cost per request by model", unit("x_ai_model_id")),
        ("what does a million tokens cost us", unit("model")),
        ("Unit costs per feature in October", unit("feature", **OCTOBER)),
        ("cost per 1M tokens by month and model", unit("x_ai_model_id", "month")),
        ("cache hit ratio by customer", unit("customer")),
        ("which customers cost more than they pay?", unit("customer", limit=1000)),
        ("who do we lose money on?", unit("customer", limit=1000)),
        ("who loses us the most money in October", unit("customer", **OCTOBER, limit=1000)),
        ("who makes us the most money", unit("customer", limit=1000)),
        ("do we lose money on Acme?", unit("customer", **ACME)),
        ("what does Acme pay", unit("customer", **ACME)),
        ("how much is Acme paying us", unit("customer", **ACME)),
        ("how much did Acme pay in October", unit("customer", **ACME, **OCTOBER)),
        ("margin per customer last month", unit("customer", **OCTOBER)),
        ("tokens used per day in October", unit("day", **OCTOBER)),
        ("how many tokens did we use by team", unit("team")),
        ("allocate costs to teams in October", allocated("team", **OCTOBER)),
        ("allocate the shared costs across products", allocated("product")),
        ("showback by product last month", allocated("product", **OCTOBER)),
        ("chargeback for October", allocated("team", **OCTOBER)),
        ("fully loaded costs by team", allocated("team")),
        ("cost by team including shared costs", allocated("team")),
    ],
)
def test_calls(question: str, wanted: tuple[str, dict[str, Any]]) -> None:
    [understood] = understand(question, MEASURED)
    frame = frames()[understood.frame]
    arguments = frame.call(understood)
    assert (frame.tool, arguments) == wanted
    load_registry().get(frame.tool).validate(arguments)


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("cost per request by model", "No usage telemetry (tokens, requests) is loaded"),
        ("allocate costs to regions", "one key of the taxonomy"),
        ("reconcile the bill with our usage", "do not compare bills"),
    ],
)
def test_what_is_refused(question: str, words: str) -> None:
    with pytest.raises(Unclear) as caught:
        understand(question, VIEW)
    assert words in str(caught.value.text)


@pytest.mark.parametrize(
    ("turns", "wanted"),
    [
        (("margin by customer in October", "only Acme"), unit("customer", **ACME, **OCTOBER)),
        (("cost per request by model in October", "by feature"), unit("feature", **OCTOBER)),
        (("team search cost in October", "tokens"), unit(**SEARCH, **OCTOBER)),
    ],
)
def test_what_is_told_stays_and_so_does_its_scope(
    turns: tuple[str, str], wanted: tuple[str, dict[str, Any]]
) -> None:
    before = understand(turns[0], MEASURED)
    [understood] = understand(turns[1], MEASURED, before=before)
    assert isinstance(understood, Units)
    assert ("unit_costs", frames()["units"].call(understood)) == wanted
    if isinstance(before[0], Units):
        assert understood.of == before[0].of


PERIOD = Period(start="2026-10-01", end="2026-11-01", label="2026-10")  # type: ignore[arg-type]


def test_an_allocation_reads() -> None:
    result = ToolResult(
        rows=[
            {"target": "search", "kind": "shared", "currency": "USD", "effective_cost": "6.00",
             "share": "0.666667"},
            {"target": None, "kind": "unallocated", "currency": "USD", "effective_cost": "3.00",
             "share": "0.333333"},
        ],
        totals=[{"currency": "USD", "effective_cost": "9.00"}],
        currency="USD",
        period=PERIOD,
        row_count=2,
        details={"dimension": "team", "cost_basis": "effective_cost", "rules": ["endpoint"]},
    )  # fmt: skip
    text = told(Allocation(scope=Scope(groups=("team",))), "allocate_costs", result)
    assert text.startswith("Effective cost allocated to team, October 2026: 9.00 USD in all.")
    assert "| search | shared | 6.00 | 66.7% |" in text
    assert "| (no value) | unallocated | 3.00 | 33.3% |" in text
    assert "no allocation rules" not in text
    result.details["rules"] = []
    text = told(Allocation(scope=Scope(groups=("team",))), "allocate_costs", result)
    assert "There are no allocation rules" in text


_HELD = {
    "resource_type": ["Endpoint", "Instance"],
    "x_ai_instance_family": ["g5", "p4d"],
    "x_ai_kind": ["accelerator", "model-api"],
}
_GPUS = CatalogueView.from_catalogue(
    {
        **CATALOGUE,
        "dimensions": [
            {**item, "values": _HELD.get(item["name"], item["values"])}
            for item in CATALOGUE["dimensions"]
        ],
    }
)
ENDPOINT = F("resource_type", "Endpoint")
GPU = F("x_ai_instance_family", op="not_null")


@pytest.mark.parametrize(
    ("turns", "wanted"),
    [
        (("allocate the shared endpoint cost to teams in October",),
         allocated("team", **OCTOBER, filters=[ENDPOINT])),
        (("split the shared endpoint between the products for October",),
         allocated("product", **OCTOBER, filters=[ENDPOINT])),
        (("split the shared gpu endpoint between the products for October",),
         allocated("product", **OCTOBER, filters=[GPU, ENDPOINT])),
        # It was told of all endpoints, without a word about "shared".
        (("how much did the shared GPU endpoint cost in October",),
         allocated("team", **OCTOBER, filters=[GPU, ENDPOINT])),
        (("the shared endpoint in October", "split it by product"),
         allocated("product", **OCTOBER, filters=[ENDPOINT])),
        (("allocate the shared gpu costs to products for October",),
         allocated("product", **OCTOBER, filters=[GPU])),
        (("EC2 spend by product last quarter", "split the shared endpoint between the products"),
         allocated("product", period="2026-Q3", filters=[ENDPOINT])),
        (("allocate October costs to products including shared stuff",),
         allocated("product", **OCTOBER)),
        (("how many g5s do we have already?",),
         ("query_costs", {"metric": "resource_count",
                          "filters": [F("x_ai_instance_family", "g5")]})),
        (("how many p4ds did we use in October",),
         ("query_costs", {"metric": "resource_count", **OCTOBER,
                          "filters": [F("x_ai_instance_family", "p4d")]})),
    ],
)  # fmt: skip
def test_an_endpoint_and_gpus_are_no_word_that_says_nothing(
    turns: tuple[str, ...], wanted: tuple[str, dict[str, Any]]
) -> None:
    assert planned(*turns, view=_GPUS) == [wanted]


@pytest.mark.parametrize("said", ["how much of that is shared", "only the shared part"])
def test_the_shared_part_of_an_allocation_is_its_rows_of_that_kind(said: str) -> None:
    before = understand("allocate October costs to products", VIEW)
    [asked] = understand(said, VIEW, before=before)
    assert frames()["allocation"].call(asked) == allocated("product", **OCTOBER)[1]
    kinds = {"shared": "6.00", "direct": "3.00"}
    rows = [
        {"target": "search", "kind": kind, "currency": "USD", "effective_cost": amount,
         "share": "0.5"}
        for kind, amount in kinds.items()
    ]  # fmt: skip
    details = {
        "dimension": "product", "cost_basis": "effective_cost", "rules": ["endpoint"],
        "kinds": [{**row, "share": "0.666667"} for row in rows],
        "targets": [],
    }  # fmt: skip
    totals = [{"currency": "USD", "effective_cost": "9.00"}]
    text = told(asked, "allocate_costs", ToolResult(rows=rows, totals=totals, details=details))
    assert "cost of kind shared by product: 6.00 USD (66.7%) of 9.00 USD." in text
    assert "| search | shared |" in text
    assert "| direct |" not in text


def test_what_cannot_be_assigned_is_what_has_no_value() -> None:
    """Coverage is of what can be tagged alone."""
    for way in (
        "can't be assigned to a", "cannot be attributed to a", "could not be traced back to any",
        "isn't mapped to any", "is not attributable to a", "wasn't allocated to any",
    ):  # fmt: skip
        [call] = planned(f"how much of last month's cost {way} team")
        assert call == ("query_costs", {"group_by": ["team"], **OCTOBER, "limit": 1000}), way
    [(tool, _)] = planned("how much of last month's cost can be attributed to a team")
    assert tool == "tag_coverage"


def test_small_unit_costs_show_their_digits() -> None:
    result = ToolResult(
        rows=[
            {"model": "m", "currency": "USD", "priced_cost": "1234.5", "requests": 57,
             "cost_per_request": "0.002280000", "cost_per_million_tokens": "2.072727273",
             "cache_hit_ratio": "0.400000"},
            {"model": "n", "currency": None, "priced_cost": None, "requests": 0,
             "cost_per_request": None, "cost_per_million_tokens": None, "cache_hit_ratio": None},
        ],
        currency="USD",
        period=PERIOD,
        row_count=2,
        details={"basis": "priced"},
    )  # fmt: skip
    text = told(Units(scope=Scope(groups=("model",))), "unit_costs", result)
    assert "| m | 57 | 1,234.50 | 0.00228 | 2.07 | 40.0% |" in text
    assert "| n | 0 |  |  |  |  |" in text


def test_how_many_customers_is_a_count() -> None:
    view = replace(MEASURED, telemetry=frozenset({"customer"}))
    [asked] = understand("how many customers do we have", view)
    assert ("unit_costs", frames()["units"].call(asked)) == unit("customer", limit=1000)
    rows = [{"customer": name, "currency": "USD"} for name in ("Acme", "Globex", None, "Acme")]
    result = ToolResult(rows=rows, row_count=4, period=PERIOD)
    assert "by 2 customers." in told(asked, "unit_costs", result)


def test_input_and_output_tokens_are_told_beside_each_other() -> None:
    [asked] = understand("input vs output tokens for OpenAI", MEASURED)
    assert isinstance(asked, Units)
    assert asked.of == "tokens"


def test_a_family_of_models_is_the_names_that_hold_it() -> None:
    family = Filter(dimension="x_ai_model_family", values=("Claude",))
    found = known(Units(scope=Scope(filters=(family,))), MEASURED).scope.filters
    assert found == (Filter(dimension="x_ai_model_id", op="contains", values=("claude",)),)
    other = Scope(filters=(family.model_copy(update={"op": "not_in"}),), groups=("product",))
    with pytest.raises(Unclear, match="does not know model family") as refused:
        known(Units(scope=other, of="output"), MEASURED)
    kept = Units(scope=Scope(groups=("product",)), of="output", unknown=("model family",))
    assert refused.value.partial == kept


def test_tokens_without_a_price_are_told_apart() -> None:
    """ "72 tokens and 5 tokens" does not say what the five are."""
    rows = [{"model": "m", "currency": "USD", "tokens": 72}, {"model": "n", "tokens": 5}]
    result = ToolResult(
        rows=[{**row, "input_tokens": row["tokens"]} for row in rows],
        totals=[{"currency": "USD", "tokens": 72}, {"currency": None, "tokens": 5}],
        period=PERIOD,
        row_count=2,
    )
    text = told(Units(scope=Scope(groups=("model",)), of="tokens"), "unit_costs", result)
    assert "72 tokens and 5 tokens without a price." in text


def test_a_cost_that_is_none_is_not_told_as_nothing() -> None:
    """ "priced cost 41.00 USD and priced cost nothing without a price" says too much."""
    rows = [{"model": "m", "currency": "USD", "priced_cost": "41"}, {"model": "n"}]
    totals = [{"currency": "USD", "priced_cost": "41"}, {"currency": None, "priced_cost": None}]
    result = ToolResult(rows=rows, totals=totals, period=PERIOD, row_count=2)
    text = told(Units(scope=Scope(groups=("model",)), of="cost"), "unit_costs", result)
    assert ": priced cost 41.00 USD." in text
