"""Bad input of allocation: said in notes and in the result, never silently spread."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from allocation_world import World
from sample_home import context
from tagwright.allocation import Allocation, allocate, load_rules, parse_rules
from tagwright.config import load_settings
from tagwright.context import open_context
from tagwright.errors import ConfigError, MisuseError, UnknownNameError
from tagwright.metrics import Filter

D = Decimal
GATEWAY = """
rules:
  - id: gateway
    match: [{dimension: service_name, values: [Gateway]}]
    by: tokens
    to: [team, customer]
"""


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path).rules(GATEWAY)


def gateway(amount: str, day: str = "2026-09-01", **columns: Any) -> dict[str, Any]:
    following = dt.date.fromisoformat(day) + dt.timedelta(days=1)
    return {
        "amount": amount,
        "ServiceName": "Gateway",
        "ChargePeriodStart": f"{day}T00:00:00Z",
        "ChargePeriodEnd": f"{following}T00:00:00Z",
        **columns,
    }


def call(team: str | None, tokens: int | None = 100, day: str = "2026-09-01") -> dict[str, Any]:
    return {
        "start_time": f"{day}T10:00:00Z",
        **({} if tokens is None else {"gen_ai__usage__input_tokens": tokens}),
        "gen_ai__usage__output_tokens": 0,
        "tags": {"team": team} if team else {},
    }


def sums(found: Allocation) -> dict[tuple[str | None, str, str], D]:
    amounts: dict[tuple[str | None, str, str], D] = {}
    for line in found.lines:
        key = line.target, line.kind, line.currency
        amounts[key] = amounts.get(key, D(0)) + line.amount
    return amounts


def test_weights_that_are_all_zero_divide_nothing(world: World) -> None:
    world.charges(gateway("9.99")).requests(call("search", 0), call("ads", 0))
    found = world.allocation("team")
    assert sums(found) == {(None, "unallocated", "USD"): D("9.99")}
    assert found.lines[0].method == "none"
    assert (
        "Rule gateway: no telemetry to divide by on 1 day (2026-09-01): 9.99 USD unallocated."
        in found.notes
    )


def test_a_day_without_telemetry_is_nobodys(world: World) -> None:
    world.charges(gateway("1", "2026-09-01"), gateway("2", "2026-09-02"))
    found = world.requests(call("search")).allocation("team")
    assert sums(found) == {
        ("search", "shared", "USD"): D(1),
        (None, "unallocated", "USD"): D(2),
    }
    assert any("on 1 day (2026-09-02): 2.00 USD unallocated" in note for note in found.notes)


def test_a_day_missing_inside_an_invoice_is_told(world: World) -> None:
    """Three days in one charge, telemetry of two: all of it goes by these two, and that is said."""
    world.charges(gateway("6", ChargePeriodEnd="2026-09-04T00:00:00Z"))
    world.requests(call("search", 100), call("ads", 200, "2026-09-03"))
    found = world.allocation("team")
    assert sums(found) == {("search", "shared", "USD"): D(2), ("ads", "shared", "USD"): D(4)}
    assert (
        "Rule gateway: no telemetry on 1 day (2026-09-02) that its charges cover: they are divided "
        "by that of their other days." in found.notes
    )


def test_requests_that_do_not_tell_their_tokens_are_counted(world: World) -> None:
    world.charges(gateway("4")).requests(call("search"), call("ads", None))
    found = world.allocation("team")
    assert sums(found) == {("search", "shared", "USD"): D(4)}
    assert (
        "Rule gateway: 1 of 2 rows of telemetry says no input tokens and weighs nothing."
        in found.notes
    )


def test_a_rule_that_takes_nothing_is_told(world: World) -> None:
    found = world.charges({"amount": "1", "Tags": {"team": "ads"}}).allocation("team")
    assert sums(found) == {("ads", "direct", "USD"): D(1)}
    assert "Rule gateway took no charge." in found.notes


def test_two_currencies_are_divided_each_for_itself(world: World) -> None:
    world.charges(gateway("1.00"), gateway("0.50", BillingCurrency="EUR"))
    found = world.requests(call("search", 1), call("ads", 2)).allocation("team")
    assert found.totals == {"EUR": D("0.50"), "USD": D("1.00")}
    assert sums(found) == {
        ("search", "shared", "USD"): D("0.33"),
        ("ads", "shared", "USD"): D("0.67"),
        ("search", "shared", "EUR"): D("0.17"),
        ("ads", "shared", "EUR"): D("0.33"),
    }
    assert "Amounts are in EUR, USD; they are not added up." in found.notes


def test_a_customer_of_300_characters_is_one_customer(world: World) -> None:
    long = "Ω'" + "x" * 298
    row = {**call(None, 3), "tags": {"customer": long}}
    world.charges(gateway("1")).requests(row, {**call(None, 1), "tags": {"customer": "b"}})
    assert world.amounts("customer") == {(long, "shared"): D("0.75"), ("b", "shared"): D("0.25")}


@pytest.mark.parametrize(
    ("now", "is_open"), [(dt.date(2026, 10, 2), False), (dt.date(2026, 9, 30), True)]
)
def test_a_month_that_is_not_closed(world: World, now: dt.date, is_open: bool) -> None:
    world.charges(gateway("1", "2026-09-30")).requests(call("ads", 1, "2026-09-30"))
    world.allocation("team")
    settings = load_settings(world.home)
    moment = dt.datetime.combine(now, dt.time(12), dt.UTC)
    with context(settings, now=moment) as ctx:
        found = allocate(ctx, load_rules(settings), dimension="team", period=ctx.period("2026-09"))
    note = "Billing month 2026-09 is not closed: its amounts may change."
    assert (note in found.notes) is is_open


def test_an_invoice_of_the_whole_month_closes_it(world: World) -> None:
    world.charges(gateway("1", ChargePeriodEnd="2026-10-01T00:00:00Z")).requests(call("ads"))
    assert not any("not closed" in note for note in world.allocation("team").notes)


def test_amounts_and_what_is_left_of_the_month(world: World) -> None:
    """30.00 and 10.00 of 50.00; then of 20.00, where there is less than that."""
    rules = """
rules:
  - id: contract
    match: [{dimension: service_name, values: [Gateway]}]
    by: fixed
    amounts: {ads: 30, search: 10}
    currency: USD
    to: [team]
"""
    world.rules(rules).charges(
        gateway("50"), gateway("20", "2026-08-01", BillingPeriodStart="2026-08-01T00:00:00Z",
                               BillingPeriodEnd="2026-09-01T00:00:00Z"),
        gateway("7", BillingCurrency="EUR"),
    )  # fmt: skip
    assert sums(world.allocation("team", period="2026-09")) == {
        ("ads", "shared", "USD"): D(30),
        ("search", "shared", "USD"): D(10),
        (None, "unallocated", "USD"): D(10),
        (None, "unallocated", "EUR"): D(7),
    }
    found = world.allocation("team", period="2026-08")
    assert sums(found) == {("ads", "shared", "USD"): D(15), ("search", "shared", "USD"): D(5)}
    assert (
        "Rule contract: its amounts are 40.00 USD, and there are 20.00 in 2026-08: divided in "
        "proportion." in found.notes
    )


def test_shares_do_not_depend_on_what_else_is_asked_for(world: World) -> None:
    """Overhead follows direct cost 3 : 1 of the month, also where the question leaves that out."""
    world.rules(
        """
rules:
  - id: overhead
    match: [{dimension: service_name, values: [Help desk]}]
    by: direct
    to: [team]
    kind: overhead
"""
    )
    world.charges(
        {"amount": "3", "Tags": {"team": "ads"}, **day("2026-09-01")},
        {"amount": "1", "Tags": {"team": "search"}, **day("2026-09-20")},
        {"amount": "8", "ServiceName": "Help desk", **day("2026-09-10")},
    )
    shares = {("ads", "overhead", "USD"): D(6), ("search", "overhead", "USD"): D(2)}
    only = (Filter(dimension="service_name", values=("Help desk",)),)
    assert sums(world.allocation("team", filters=only)) == shares
    found = world.allocation("team", period="2026-09-05/2026-09-15")
    assert sums(found) == shares
    assert found.totals == {"USD": D(8)}


def day(text: str) -> dict[str, str]:
    following = dt.date.fromisoformat(text) + dt.timedelta(days=1)
    return {
        "ChargePeriodStart": f"{text}T00:00:00Z",
        "ChargePeriodEnd": f"{following}T00:00:00Z",
    }


def test_a_charge_of_a_quarter_goes_by_the_quarter(world: World) -> None:
    """Asked for its first month it is divided as it is when asked for all."""
    world.charges(
        gateway("10", "2026-07-01", ChargePeriodEnd="2026-10-01T00:00:00Z",
                BillingPeriodStart="2026-07-01T00:00:00Z", BillingPeriodEnd="2026-08-01T00:00:00Z"),
    )  # fmt: skip
    world.requests(call("ads", 1, "2026-07-02"), call("search", 4, "2026-09-30"))
    expected = {("ads", "shared", "USD"): D(2), ("search", "shared", "USD"): D(8)}
    assert sums(world.allocation("team", period="2026-07")) == expected
    assert sums(world.allocation("team")) == expected


RULE = """
rules:
  - id: a
    match: [{dimension: service_name, values: [Gateway]}]
    by: even
    to: [team]
"""


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("rulez: []", "there is no field 'rulez'. Did you mean rules?"),
        (RULE + "    target: [x]\n", "rule a: there is no field 'target'. Did you mean targets"),
        (RULE.replace("values:", "valuse:"), "rule a.match.0: there is no field 'valuse'. Did you"),
        ("policies: {taxes: {do: share}}", "policies: there is no field 'taxes'. Did you mean tax"),
        ("policies: {tax: {doo: share}}", "policies.tax: there is no field 'doo'. Did you mean do"),
        (RULE.replace("by: even", "by: tokenz"), "rule a.by: Input should be 'tags', 'fixed'"),
        (RULE.replace("by: even", "by: fixed"), "rule a: shares or amounts belong to by: fixed"),
        (RULE.replace("by: even", "by: fixed\n    shares: {x: 0.7, y: 0.4}"),
         "rule a: shares add up to more than 1: a charge would be used twice"),
        (RULE.replace("by: even", "by: fixed\n    amounts: {x: 7}"), "rule a: amounts need their"),
        (RULE.replace("by: even", "by: like\n    like: a"), "rule a: like: a -> a is a cycle"),
        (RULE + RULE.replace("rules:\n", "").replace("id: a", "id: b"),
         "rule b: rule a takes the same charges before it, for team too: a charge is used once"),
        ("rules:\n  - {id: all, by: even, to: [team]}\n" + RULE.replace("rules:\n", ""),
         "rule a: rule all takes all charges before it"),
        (RULE + RULE.replace("rules:\n", ""), "rule a stands twice"),
        (RULE.replace("by: even", "by: kubernetes\n    per: [resource_id]"),
         "rule a: per does not fit by: kubernetes"),
        (RULE.replace("by: even", "by: kubernetes\n    capacity_per_hour: 1e7"),
         "rule a: capacity_per_hour of pods is at most 1,000,000"),
        (RULE.replace("by: even", "by: tokens\n    capacity_per_hour: 1e30"),
         "rule a.capacity_per_hour: Input should be less than or equal to"),
        ("rules: [1", "line 1: not valid YAML"),
        ("- a", "the top level must be a mapping"),
    ],
)  # fmt: skip
def test_rules_that_cannot_be(text: str, message: str) -> None:
    with pytest.raises(ConfigError) as raised:
        parse_rules(text, "allocation.yaml")
    assert str(raised.value).startswith("allocation.yaml: ")
    assert message in str(raised.value)


def test_a_cycle_of_three_names_them_all() -> None:
    match = "match: [{dimension: service_name, values: [%s]}]"
    rule = "  - {id: %s, " + match + ", by: like, like: %s, to: [team]}"
    text = "\n".join(["rules:", *(rule % (a, a, b) for a, b in ("ab", "bc", "ca"))])
    with pytest.raises(ConfigError, match="rule a: like: a -> b -> c -> a is a cycle"):
        parse_rules(text, "allocation.yaml")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("service_name", "servise_name", "rule gateway: Unknown dimension 'servise_name'. Did you"),
        ("[team, customer]", "[taem]", "rule gateway: Unknown dimension 'taem'. Did you mean team"),
        ("[team, customer]", "[service_name]", "rule gateway: to: 'service_name' is no key of the"),
        ("by: tokens", "by: tokens\n    usage: [{column: modle, values: [x]}]",
         "Rule gateway: usage has no column 'modle'."),
    ],
)  # fmt: skip
def test_names_nobody_knows_are_the_rules(world: World, old: str, new: str, message: str) -> None:
    world.charges(gateway("1")).rules(GATEWAY.replace(old, new))
    with pytest.raises(ConfigError) as raised:
        world.allocation("team")
    assert message in str(raised.value)


def test_what_cannot_be_asked(world: World) -> None:
    world.charges(gateway("1")).allocation("team")
    settings = load_settings(world.home)
    with open_context(settings) as ctx:
        asked: dict[str, Any] = {"rules": load_rules(settings), "period": ctx.period("all")}
        with pytest.raises(MisuseError, match="'region_id' is none"):
            allocate(ctx, dimension="region", **asked)
        with pytest.raises(UnknownNameError, match="Did you mean team"):
            allocate(ctx, dimension="taem", **asked)
        with pytest.raises(MisuseError, match="is no cost"):
            allocate(ctx, dimension="team", cost_basis="charge_count", **asked)


def test_a_file_that_is_named_must_be_there(home: Path) -> None:
    with pytest.raises(ConfigError, match="No such file"):
        load_rules(load_settings(home, allocation=Path("gone.yaml")))
    assert load_rules(load_settings(home)).rules == ()
