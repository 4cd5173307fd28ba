"""A home with a small FOCUS export in it, whose rows stand beside the assertion."""

from __future__ import annotations

import datetime as dt
import random
import tempfile
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from focus_files import write_focus
from homes import fill
from tagwright.config import Settings, load_settings
from tagwright.context import ToolContext, open_context
from tagwright.people import Principal
from tagwright.receipts import run_tool
from tagwright.registry import Registry, load_registry

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from tagwright.results import ToolResult

__all__ = ["NOW", "charge", "context", "load", "many", "sample", "temporary_home", "tool_result"]

NOW = dt.datetime(2026, 10, 2, 12, tzinfo=dt.UTC)
"""The moment of every call, unless a test says another: the data below ends in September 2026."""


def charge(cost: str = "1.00", day: str = "2026-09-01", **columns: Any) -> dict[str, Any]:
    """A charge of ``cost`` (all four costs) on ``day``; ``columns`` are FOCUS columns.

    The billing period is the month of the day. ``Tags`` is a dict.
    """
    start = dt.date.fromisoformat(day)
    month = start.replace(day=1)
    following = (month + dt.timedelta(days=31)).replace(day=1)
    return {
        **dict.fromkeys(("BilledCost", "EffectiveCost", "ListCost", "ContractedCost"), cost),
        "BillingPeriodStart": f"{month}T00:00:00Z",
        "BillingPeriodEnd": f"{following}T00:00:00Z",
        "ChargePeriodStart": f"{start}T00:00:00Z",
        "ChargePeriodEnd": f"{start + dt.timedelta(days=1)}T00:00:00Z",
        **columns,
    }


def many(count: int, *, seed: int = 1) -> list[dict[str, Any]]:
    """Charges of July to September 2026, the same for the same seed.

    Two currencies, credits, eleven decimals, missing services and resources, tags that are right,
    wrong, empty and absent, four metrics that differ.
    """
    draw = random.Random(seed)  # noqa: S311  nothing secret
    rows = []
    for _ in range(count):
        cost = Decimal(draw.randint(-(10**12), 10**13)).scaleb(-11)
        day = dt.date(2026, 7, 1) + dt.timedelta(days=draw.randrange(92))
        tags = {
            key: draw.choice(values)
            for key, values in {
                "team": ["search", "Search", "ads", "", "ml"],
                "env": ["prod", "production", "nonsense", "dev"],
                "cost-center": ["cc-1", "CC-2"],
                "product": ["recs", "ranker"],
                "Owner": ["ann@example.com", "bob"],
            }.items()
            if draw.random() < 0.7
        }
        rows.append(
            charge(
                format(cost, "f"),
                day.isoformat(),
                BilledCost=format(cost * 2, "f"),
                ListCost=format(cost * 3, "f"),
                BillingCurrency=draw.choice(["USD", "USD", "USD", "EUR"]),
                ServiceName=draw.choice(["Amazon EC2", "Amazon S3", "Azure OpenAI"]),
                RegionId=draw.choice(["us-east-1", "eu-west-1", ""]),
                ResourceId=draw.choice(["", *(f"i-{n}" for n in range(12))]),
                ChargeCategory=draw.choice(["Usage"] * 8 + ["Tax", "Credit"]),
                ConsumedQuantity=str(draw.randint(1, 500)),
                ConsumedUnit=draw.choice(["Hours", "GB"]),
                SkuId=draw.choice(["sku-a", "sku-b"]),
                Tags=tags,
            )
        )
    return rows


def load(home: Path, rows: Iterable[Mapping[str, Any]], *, name: str = "focus.csv") -> Settings:
    """Write the rows as a FOCUS CSV and ingest it into ``home``; nothing may be rejected."""
    home.mkdir(parents=True, exist_ok=True)
    exports = home / "exports"
    exports.mkdir(exist_ok=True)
    return fill(load_settings(home), [write_focus(exports / name, rows)])


def sample(
    home: Path, rows: Iterable[Mapping[str, Any]], *, taxonomy: str | None = None
) -> Settings:
    """:func:`load`, with ``taxonomy`` (YAML) as the home's own first."""
    home.mkdir(parents=True, exist_ok=True)
    if taxonomy is not None:
        (home / "taxonomy.yaml").write_text(taxonomy)
    return load(home, rows)


@contextmanager
def temporary_home(
    rows: Iterable[Mapping[str, Any]], *, taxonomy: str | None = None
) -> Iterator[Settings]:
    """A home of its own for one example of a property test."""
    with tempfile.TemporaryDirectory() as where:
        yield sample(Path(where) / "home", rows, taxonomy=taxonomy)


def context(settings: Settings, *, now: dt.datetime = NOW) -> ToolContext:
    """A context of a person at a terminal."""
    return open_context(settings, Principal("cli:tester", "cli", "tester"), now=now)


def tool_result(
    settings: Settings,
    name: str,
    arguments: Mapping[str, Any] | None = None,
    *,
    now: dt.datetime = NOW,
    registry: Registry | None = None,
) -> ToolResult:
    """What the tool of that name returns, by the door everybody uses."""
    with context(settings, now=now) as ctx:
        return run_tool(registry or load_registry(), name, arguments or {}, ctx)
