"""Whole allocations against plain Python with fractions: every line, and every charge by itself."""

from __future__ import annotations

import datetime as dt
import json
import tempfile
from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from allocation_world import World
from effort import examples
from tagwright.allocation import charge_lines, load_rules
from tagwright.config import load_settings
from tagwright.context import open_context

TEAMS = ("ads", "ml", "search")
SERVICES = ("Direct", "Gateway", "Network", "Licences", "Leftover")
RULES = """
rules:
  - id: gateway
    match: [{dimension: service_name, values: [Gateway]}]
    by: tokens
    to: [team]
    weights: {input: 1, output: 2.5}
  - id: network
    match: [{dimension: service_name, values: [Network]}]
    by: even
    targets: [ads, ml, search]
    to: [team]
    kind: overhead
  - id: licences
    match: [{dimension: service_name, values: [Licences]}]
    by: fixed
    shares: {ml: 0.333333, search: 0.5}
    to: [team]
  - id: leftover
    match: [{dimension: team, op: is_null}]
    by: direct
    to: [team]
    kind: overhead
policies:
  tax: {do: share}
"""
UNIT = Decimal("0.00000000001")


@dataclass(frozen=True)
class Bill:
    """A charge: ``units`` last decimals of a cost."""

    service: str
    team: str | None
    currency: str
    day: int
    units: int
    tax: bool


@dataclass(frozen=True)
class Call:
    """A request of the gateway."""

    team: str | None
    day: int
    tokens_in: int
    tokens_out: int


BILLS = st.lists(
    st.builds(
        Bill,
        service=st.sampled_from(SERVICES),
        team=st.sampled_from([None, *TEAMS]),
        currency=st.sampled_from(["USD", "USD", "EUR"]),
        day=st.integers(1, 3),
        units=st.one_of(st.integers(-3, 3), st.integers(-(10**14), 10**15)),
        tax=st.sampled_from([False, False, False, True]),
    ),
    min_size=1,
    max_size=25,
)
CALLS = st.lists(
    st.builds(
        Call,
        team=st.sampled_from([None, *TEAMS]),
        day=st.integers(1, 3),
        tokens_in=st.integers(0, 3),
        tokens_out=st.integers(0, 10**9),
    ),
    min_size=1,
    max_size=12,
)

Target = str | None
Weights = dict[Target, Fraction]


def hamilton(units: int, weights: Weights) -> dict[Target, int]:
    """Largest remainder, ties by name, nobody last; nothing to weigh by: nobody."""
    known = {name: weight for name, weight in weights.items() if weight > 0}
    total = sum(known.values(), Fraction(0))
    if not total:
        return {None: units}
    exact = {name: abs(units) * weight / total for name, weight in known.items()}
    parts = {name: int(share) for name, share in exact.items()}
    order = sorted(known, key=lambda name: (parts[name] - exact[name], name is None, name or ""))
    for name in order[: abs(units) - sum(parts.values())]:
        parts[name] += 1
    return {name: -part if units < 0 else part for name, part in parts.items()}


def rule_of(bill: Bill) -> str:
    if bill.tax:
        return "policy:tax"
    named = {"Gateway": "gateway", "Network": "network", "Licences": "licences"}
    if bill.service in named:
        return named[bill.service]
    return "leftover" if bill.team is None else ""


def weights_of(rule: str, bill: Bill, bills: list[Bill], calls: list[Call]) -> Weights:
    if rule == "network":
        return dict.fromkeys(TEAMS, Fraction(1))
    if rule == "licences":
        ml, search = Fraction("0.333333"), Fraction("0.5")
        return {"ml": ml, "search": search, None: 1 - ml - search}
    found: defaultdict[Target, Fraction] = defaultdict(Fraction)
    if rule == "gateway":
        for call in calls:
            if call.day == bill.day:
                found[call.team] += call.tokens_in + Fraction("2.5") * call.tokens_out
        return dict(found)
    for other in bills:
        if rule_of(other) == "" and other.currency == bill.currency:
            found[other.team] += other.units
    return dict(found)


def by_hand(bills: list[Bill], calls: list[Call], *, single: bool) -> dict[Any, int]:
    """(rule, target, currency, service) to units; by charge, with its number before."""
    pools: defaultdict[Any, int] = defaultdict(int)
    for number, bill in enumerate(bills):
        rule = rule_of(bill)
        day = bill.day if rule == "gateway" else 0
        own = bill.team if not rule else None
        pools[number if single else 0, rule, own, bill.currency, bill.service, day] += bill.units
    lines: defaultdict[Any, int] = defaultdict(int)
    for (number, rule, own, currency, service, day), units in pools.items():
        like = Bill(service, own, currency, day, 0, tax=False)
        parts = hamilton(units, weights_of(rule, like, bills, calls)) if rule else {own: units}
        for target, part in parts.items():
            lines[number, rule, target, currency, service] += part
    return {key: units for key, units in lines.items() if units}


def world_of(folder: Path, bills: list[Bill], calls: list[Call]) -> World:
    world = World(folder).rules(RULES)
    world.charges(
        *(
            {
                "amount": format(bill.units * UNIT, "f"),
                "ServiceName": bill.service,
                "BillingCurrency": bill.currency,
                "ChargeCategory": "Tax" if bill.tax else "Usage",
                "ChargePeriodStart": f"2026-09-{bill.day:02}T00:00:00Z",
                "ChargePeriodEnd": f"2026-09-{bill.day + 1:02}T00:00:00Z",
                "ChargeDescription": str(number),
                "Tags": {"team": bill.team} if bill.team else {},
            }
            for number, bill in enumerate(bills)
        )
    )
    world.requests(
        *(
            {
                "start_time": f"2026-09-{call.day:02}T10:00:00Z",
                "gen_ai__usage__input_tokens": call.tokens_in,
                "gen_ai__usage__output_tokens": call.tokens_out,
                "tags": {"team": call.team} if call.team else {},
            }
            for call in calls
        )
    )
    return world


@pytest.mark.slow  # each example is an ingest
@hypothesis_settings(
    max_examples=examples(8),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    phases=[Phase.explicit, Phase.reuse, Phase.generate],  # to shrink would take minutes
)
@given(BILLS, CALLS)
def test_every_line_and_every_charge_is_as_by_hand(bills: list[Bill], calls: list[Call]) -> None:
    # Ingest keeps as many decimals as the data has: one charge has them all.
    bills = [*bills, Bill("Direct", "ads", "USD", 1, 1, tax=False)]
    with tempfile.TemporaryDirectory() as where:
        world = world_of(Path(where), bills, calls)
        lines: defaultdict[Any, int] = defaultdict(int)
        for line in world.allocation("team").lines:
            key = 0, line.rule or "", line.target, line.currency, line.service_name
            lines[key] += int(line.amount / UNIT)
        assert {key: units for key, units in lines.items() if units} == by_hand(
            bills, calls, single=False
        )
        found, ratios = charges_of(world)
        assert found == by_hand(bills, calls, single=True)
        assert set(ratios.values()) <= {Decimal(1)}


def charges_of(world: World) -> tuple[dict[Any, int], dict[int, Decimal]]:
    """The rows of ``charge_lines`` as :func:`by_hand` has them, and each origin's ratios' sum."""
    settings = load_settings(world.home)
    with open_context(settings) as ctx:
        sql = charge_lines(
            ctx, load_rules(settings), dimension="team", period=ctx.period("2026-09")
        )
        rows = ctx.snapshot.query(
            'SELECT "ChargeDescription", "AllocatedMethodId", "AllocatedResourceId", x_team, '
            '"BillingCurrency", "ServiceName", "AllocatedMethodDetails", "AllocatedTags", '
            '"BilledCost", "EffectiveCost", "ListCost", "ContractedCost" '
            f"FROM ({sql})"
        ).rows
        origins = ctx.snapshot.query('SELECT DISTINCT "ChargeDescription" FROM charges').rows
    assert {row[0] for row in rows} == {origin for (origin,) in origins}
    sums: defaultdict[Any, int] = defaultdict(int)
    ratios: defaultdict[int, Decimal] = defaultdict(Decimal)
    for text, method, allocated, team, currency, service, details, tags, *costs in rows:
        assert len(set(costs)) == 1  # the four costs of these charges are equal
        units = int(costs[0] / UNIT)
        if method is None:
            # Not divided: by tags, or nothing was found to divide it by.
            assert (allocated, details, tags) == (None, None, None)
            sums[int(text), "", team, currency, service] += units
            continue
        rule = method.partition(":")[2]
        element = json.loads(details, parse_float=Decimal)["Elements"][0]
        ratios[int(text)] += Decimal(element["AllocatedRatio"])
        assert tags == ({"team": allocated} if allocated else {})
        sums[int(text), rule, allocated, currency, service] += units
    return _undivided_by_rule(world, sums), dict(ratios)


def _undivided_by_rule(world: World, sums: dict[Any, int]) -> dict[Any, int]:
    """A charge that a rule took and could not divide is nobody's, whatever its tags say."""
    settings = load_settings(world.home)
    with open_context(settings) as ctx:
        taxes = {
            int(text)
            for (text,) in ctx.snapshot.query(
                'SELECT "ChargeDescription" FROM charges WHERE "ChargeCategory" = \'Tax\''
            ).rows
        }
    found: defaultdict[Any, int] = defaultdict(int)
    for (number, rule, team, currency, service), units in sums.items():
        if not rule:
            like = Bill(service, team, currency, 1, 0, tax=number in taxes)
            took = rule_of(like)
            found[number, took, None if took else team, currency, service] += units
        else:
            found[number, rule, team, currency, service] += units
    return {key: units for key, units in found.items() if units}


def test_charges_of_an_hour_go_by_the_telemetry_of_their_day(tmp_path: Path) -> None:
    """100.00 on the 1st (ads alone called), 50.00 on the 2nd (ml alone)."""
    costs = ((1, 10**13), (2, 5 * 10**12))
    bills = [Bill("Gateway", None, "USD", day, units, tax=False) for day, units in costs]
    calls = [Call("ads", 1, 5, 0), Call("ml", 2, 1, 0)]
    world = world_of(tmp_path, bills, calls)
    assert world.amounts("team") == {
        ("ads", "shared"): Decimal(100),
        ("ml", "shared"): Decimal(50),
    }
    lines = world.allocation("team", period="2026-09").lines
    assert {line.billing_period for line in lines} == {dt.date(2026, 9, 1)}
