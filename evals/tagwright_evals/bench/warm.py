"""Warm calls: the tools in a process that has answered before, beside SQL written by hand.

Both sides run in one process on one open snapshot and take turns, so that they see the same busy
machine. ``python -m tagwright_evals.bench.warm HOME REPEAT`` prints the seconds of each as JSON.
"""

from __future__ import annotations

import json
import statistics
import sys
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from tagwright.context import ToolContext

__all__ = ["CALLS", "SCOPED", "measure"]

_MONEY = 'SUM("EffectiveCost")'
_CURRENCY = '"BillingCurrency"'
_NOW = """"ChargePeriodStart" >= TIMESTAMP '2026-09-01' AND "ChargePeriodStart" < '2026-10-01'"""
_BEFORE = """"ChargePeriodStart" >= TIMESTAMP '2026-08-01' AND "ChargePeriodStart" < '2026-09-01'"""
_BOTH = """"ChargePeriodStart" >= TIMESTAMP '2026-08-01' AND "ChargePeriodStart" < '2026-10-01'"""
_SIDES = f"{_MONEY} FILTER (WHERE {_NOW}), {_MONEY} FILTER (WHERE {_BEFORE})"
_EXPLAINED = (
    f'SELECT {_CURRENCY}, "ServiceName", "SubAccountId", "RegionId", "x_team", "x_product", '
    f'CAST("ChargePeriodStart" AS DATE) AS day, {_SIDES} FROM charges WHERE {_BOTH} GROUP BY '
    f'GROUPING SETS (({_CURRENCY}), ({_CURRENCY}, "ServiceName"), ({_CURRENCY}, "SubAccountId"), '
    f'({_CURRENCY}, "RegionId"), ({_CURRENCY}, "x_team"), ({_CURRENCY}, "x_product"), '
    f"({_CURRENCY}, day))"
)
_PRICES = (
    f'SELECT {_CURRENCY}, "ServiceName", "SkuId", "ConsumedUnit", {_SIDES}, '
    f'SUM("ConsumedQuantity") FILTER (WHERE {_NOW}), SUM("ConsumedQuantity") FILTER (WHERE '
    f'{_BEFORE}) FROM charges WHERE {_BOTH} AND "ConsumedUnit" IS NOT NULL GROUP BY ALL'
)


def _by(group: str, where: str = "TRUE") -> list[str]:
    sql = f"SELECT {group}, {_CURRENCY}, {_MONEY} AS m FROM charges WHERE {where} GROUP BY ALL"
    return [f"{sql} ORDER BY m DESC LIMIT 20"]


CALLS: dict[str, tuple[str, dict[str, Any], list[str]]] = {
    "warm query_costs": (
        "query_costs",
        {"group_by": ["service_name"], "period": "2026-09"},
        _by('"ServiceName"', _NOW),
    ),
    "warm explain_change": (
        "explain_change",
        {"period": "2026-09", "compare_to": "2026-08"},
        [_EXPLAINED, _PRICES],
    ),
    "warm raw tag": (
        "query_costs",
        {"group_by": ["service_name"], "filters": [{"dimension": "tag:team", "values": "team-3"}]},
        _by('"ServiceName"', """map_extract_value("Tags", 'team') = 'team-3'"""),
    ),
    "warm sku by zone": (
        "query_costs",
        {"group_by": ["sku_id", "availability_zone"]},
        _by('"SkuId", "AvailabilityZone"'),
    ),
}
"""Name: tool, arguments, and the statements of one who writes SQL on ``charges``."""


SCOPED = "warm in a scope"
"""``query_costs`` of who sees half the teams; bare is the same call of who sees everything."""


def _in_scope(home: Path, repeat: int) -> dict[str, float]:
    """Median seconds of a call in a scope, and of the same call without one."""
    from tagwright.config import load_settings
    from tagwright.context import open_context
    from tagwright.people import Scope
    from tagwright.receipts import run_tool
    from tagwright.registry import load_registry

    settings, registry = load_settings(home), load_registry()
    with open_context(settings) as ctx:
        teams = ctx.snapshot.query(
            "SELECT DISTINCT x_team FROM charges WHERE x_team IS NOT NULL ORDER BY 1"
        ).rows
    half = Scope.of([{"team": [str(team) for (team,) in teams[: (len(teams) + 1) // 2]]}])
    tool, arguments, _ = CALLS["warm query_costs"]

    def seconds(scope: Scope | None) -> float:
        started = time.perf_counter()
        with open_context(settings) as ctx:
            ctx.scope = scope
            run_tool(registry, tool, arguments, ctx)
        return time.perf_counter() - started

    medians = {}
    # Not by turns: a process keeps the file open that it asked last.
    for side, scope in (("ours", half), ("bare", None)):
        seconds(scope)
        medians[side] = statistics.median(seconds(scope) for _ in range(repeat))
    return {**medians, "own": 0.0}


def measure(home: Path, repeat: int) -> dict[str, dict[str, float]]:
    """Median seconds of each call: ``ours``, ``bare``, and ``own``, ours without DuckDB's part."""
    from tagwright.config import load_settings
    from tagwright.context import open_context
    from tagwright.receipts import run_tool
    from tagwright.registry import load_registry

    settings, registry = load_settings(home), load_registry()

    def asked(tool: str, arguments: dict[str, Any]) -> ToolContext:
        with open_context(settings) as ctx:
            run_tool(registry, tool, arguments, ctx)
        return ctx

    def run(statements: list[tuple[str, Any]]) -> None:
        with open_context(settings) as ctx:
            for sql, params in statements:
                ctx.snapshot.query(sql, params)

    found = {}
    for name, (tool, arguments, written) in CALLS.items():
        recorded = [(query.sql, query.params) for query in asked(tool, arguments).queries]
        bare = [(sql, ()) for sql in written]
        turns: dict[str, Callable[[], object]] = {
            "ours": partial(asked, tool, arguments),
            "bare": partial(run, bare),
            "statements": partial(run, recorded),
        }
        seconds: dict[str, list[float]] = {side: [] for side in turns}
        for _ in range(repeat):
            for side, turn in turns.items():
                started = time.perf_counter()
                turn()
                seconds[side].append(time.perf_counter() - started)
        median = {side: statistics.median(times) for side, times in seconds.items()}
        found[name] = {
            "ours": median["ours"],
            "bare": median["bare"],
            "own": max(0.0, median["ours"] - median["statements"]),
        }
    return {**found, SCOPED: _in_scope(home, repeat)}


if __name__ == "__main__":
    from tagwright_evals.bench.side import peak_mb

    print(json.dumps({"calls": measure(Path(sys.argv[1]), int(sys.argv[2])), "peak_mb": peak_mb()}))
