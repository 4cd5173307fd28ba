"""Gathering a showback: the allocation of each month, and the tools' answers beside it."""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from collections import defaultdict
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from tagwright import periods
from tagwright.context import ToolContext  # noqa: TC001  the registry reads the signature
from tagwright.errors import UnknownNameError
from tagwright.money import EXACT, decimal_text
from tagwright.receipts import run_tool
from tagwright.registry import Registry, Tool
from tagwright.reports.rounding import exact_sum
from tagwright.reports.showback_model import Entry, Listing
from tagwright.results import Period, ToolResult

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from tagwright.reports.allocated import Allocated, Allocation
    from tagwright.results import Scalar

__all__ = [
    "Gathered",
    "Month",
    "allocated_listing",
    "allocated_month",
    "charged",
    "gather",
    "is_month",
    "page_file",
]

_MONTHS = 6
_TOP = 8
_ASKED = 200


@dataclass(frozen=True)
class Month:
    """One period's allocation.

    Attributes:
        period: Of the charges.
        lines: All of it.
        receipt: Reproduces it.
        notes: Of the allocation.
        rules_digest: Of the rules.
    """

    period: Period
    lines: tuple[Allocated, ...]
    receipt: str
    notes: tuple[str, ...]
    rules_digest: str


@dataclass
class Gathered:
    """Everything that the pages are made of.

    Attributes:
        ctx: The call.
        registry: The tools.
        dimension: What is allocated to.
        cost_basis: Which cost.
        months: Oldest first; the last is the one reported.
        previous: The period before, and its allocation; None where there is no data for it.
        before: That period, whether there is data for it or not.
        charges: Currency to the exact sum of the charges, and the receipt of it.
        notes: What a reader must know.
    """

    ctx: ToolContext
    registry: Registry
    dimension: str
    cost_basis: str
    months: list[Month]
    previous: Month | None
    before: Period
    charges: dict[str, Decimal]
    charges_receipt: str
    notes: list[str] = field(default_factory=list)

    @property
    def now(self) -> Month:
        """The month that is reported."""
        return self.months[-1]

    def ask(self, tool: str, **arguments: Any) -> ToolResult:
        """A tool's answer about the period, with its receipt."""
        period = self.now.period
        arguments.setdefault("period", f"{period.start}/{period.end}")
        return run_tool(self.registry, tool, arguments, self.ctx)

    def filters(self, target: str | None) -> list[dict[str, Any]]:
        """The charges that carry the target's tag; all of them for the whole."""
        if target is None:
            return []
        return [{"dimension": self.dimension, "op": "in", "values": [target]}]

    def listing(
        self, title: str, dimension: str, target: str | None, nothing: str, note: str = ""
    ) -> dict[str, Listing]:
        """Charges by a dimension, per currency, against the period before; empty if unknown."""
        arguments: dict[str, Any] = {
            "metric": self.cost_basis,
            "group_by": [dimension],
            "filters": self.filters(target),
            "limit": _ASKED,
        }
        if self.previous is not None:
            arguments["compare_to"] = f"{self.before.start}/{self.before.end}"
        try:
            found = self.ask("query_costs", **arguments)
        except UnknownNameError:  # no such key in this taxonomy, or no such value in this data
            return {}
        metric, earlier = self.cost_basis, f"previous_{self.cost_basis}"
        made = {}
        for total in found.totals:
            currency = str(total["currency"])
            whole = Entry("Total", _decimal(total[metric]), _maybe(total.get(earlier)))
            rows = [
                Entry(
                    _name(row[found_key(row, dimension)], nothing),
                    _decimal(row[metric]),
                    None if self.previous is None else _decimal(row.get(earlier)),
                )
                for row in found.rows
                if row["currency"] == currency
            ]
            made[currency] = Listing(title, _cut(rows, whole), whole, found.receipt or "", note)
        return made


def found_key(row: dict[str, Any], dimension: str) -> str:
    """The name under which a row has the value of a dimension asked for by a synonym."""
    return dimension if dimension in row else next(iter(row))


def _name(value: Any, nothing: str) -> str:
    return nothing if value is None or value == "" else str(value)


def _decimal(value: Any) -> Decimal:
    return Decimal(0) if value is None else Decimal(str(value))


def _maybe(value: Any) -> Decimal | None:
    return None if value is None else Decimal(str(value))


def _cut(rows: Sequence[Entry], whole: Entry) -> tuple[Entry, ...]:
    """The largest rows, and the others as one, so that they add up to the whole."""
    ordered = sorted(rows, key=lambda row: (-row.amount, row.name or ""))
    shown = [row for row in ordered if row.amount or row.before][:_TOP]
    left = EXACT.subtract(whole.amount, exact_sum(row.amount for row in shown))
    before = None
    if whole.before is not None:
        before = EXACT.subtract(whole.before, exact_sum(row.before or Decimal(0) for row in shown))
    if left or before:
        shown.append(Entry("all others", left, before, rest=True))
    return tuple(shown)


def allocated_listing(
    title: str,
    now: Iterable[Allocated],
    before: Iterable[Allocated] | None,
    key: Callable[[Allocated], tuple[str, str]],
    *,
    receipt: str,
    note: str = "",
    limit: int | None = _TOP,
    by_change: bool = False,
    link: Callable[[str, str], str] = lambda _name, _kind: "",
) -> Listing:
    """Lines of an allocation by ``key`` (name, kind), against those of the period before.

    Args:
        title: Heading.
        now: Lines of the period.
        before: Of the period before; None where there are none to compare with.
        key: Name and kind of the row that a line belongs to.
        receipt: Of the allocation.
        note: One sentence.
        limit: Rows at most, the others together in one more; None for all.
        by_change: Largest change first instead of largest amount.
        link: File of a row's own page.
    """
    sums: defaultdict[tuple[str, str], list[Decimal]] = defaultdict(lambda: [Decimal(0)] * 2)
    for index, lines in enumerate((now, before or ())):
        for line in lines:
            own = sums[key(line)]
            own[index] = EXACT.add(own[index], line.amount)
    rows = [
        Entry(name, amount, None if before is None else earlier, kind, link(name, kind))
        for (name, kind), (amount, earlier) in sums.items()
        if amount or earlier
    ]
    rows.sort(key=lambda row: (-row.amount, row.name or ""))
    if by_change:
        rows.sort(key=lambda row: -abs(row.change or Decimal(0)))
    whole = Entry(
        "Total",
        exact_sum(row.amount for row in rows),
        None if before is None else exact_sum(row.before or Decimal(0) for row in rows),
    )
    if limit is not None and len(rows) > limit + 1:
        rest = rows[limit:]
        rows = [
            *rows[:limit],
            Entry(
                f"{len(rest)} others",
                exact_sum(row.amount for row in rest),
                None if before is None else exact_sum(row.before or Decimal(0) for row in rest),
                rest=True,
            ),
        ]
    return Listing(title, tuple(rows), whole, receipt, note)


def gather(
    ctx: ToolContext,
    registry: Registry,
    period: Period,
    *,
    dimension: str,
    cost_basis: str,
    allocator: Callable[[ToolContext, Period], Allocation],
) -> Gathered:
    """Allocate the period, the one before, and the months before it; sum the charges.

    Raises:
        UnknownNameError: Nobody knows the dimension.
        SnapshotError: There is no data.
    """
    wanted = [period]
    if is_month(period):
        while len(wanted) < _MONTHS:
            wanted.insert(0, periods.previous(wanted[0]))
    before = periods.previous(period)
    start = ctx.anchor.data_start
    held = [item for item in wanted if start is not None and item.end > start] or [period]
    held = [*held[:-1], period]
    notes: list[str] = []
    months = [allocated_month(ctx, item, dimension, cost_basis, allocator) for item in held]
    previous = next((item for item in months[:-1] if item.period == before), None)
    if previous is None and start is not None and before.end > start:
        previous = allocated_month(ctx, before, dimension, cost_basis, allocator)
    # A month without a charge, or without a provider's, is unknown: nothing is more than it.
    if previous is not None and not _comparable(ctx, registry, period, before, cost_basis, notes):
        previous = None
    elif previous is None:
        notes.append(f"There is no data for {before.label}: nothing to compare with.")
    elif start is not None and before.start < start:
        notes.append(f"Data begins {start}: {before.label}, compared with, is not complete.")
    found = Gathered(
        ctx, registry, dimension, cost_basis, months, previous, before, {}, "", notes
    )  # fmt: skip
    found.charges, found.charges_receipt, told = charged(ctx, registry, period, cost_basis)
    found.notes += [*told, *months[-1].notes]
    today = ctx.now.date()
    if period.end > today:
        found.notes.insert(0, f"{period.label} is not over: these figures will grow.")
    return found


def _comparable(  # noqa: PLR0917
    ctx: ToolContext,
    registry: Registry,
    period: Period,
    before: Period,
    cost_basis: str,
    notes: list[str],
) -> bool:
    """Whether the bills of both periods are there; else it is noted which are not."""
    asked = {
        "metric": cost_basis,
        "period": f"{period.start}/{period.end}",
        "compare_to": f"{before.start}/{before.end}",
    }
    found = run_tool(registry, "query_costs", asked, ctx)
    if all(row["change"] is not None for row in found.totals):
        return True
    notes.append(f"There is no data for {before.label}, or not all of it: nothing to compare with.")
    notes += [note for note in found.notes if note.startswith("There is no data")]
    return False


def charged(
    ctx: ToolContext, registry: Registry, period: Period, cost_basis: str
) -> tuple[dict[str, Decimal], str, list[str]]:
    """Currency to the exact sum of a period's charges; its receipt; what a reader must know."""
    result = run_tool(
        registry,
        "query_costs",
        {"metric": cost_basis, "period": f"{period.start}/{period.end}"},
        ctx,
    )
    sums = {str(row["currency"]): _decimal(row[cost_basis]) for row in result.totals}
    return sums, result.receipt or "", list(result.notes)


def is_month(period: Period) -> bool:
    """Whether it is one calendar month."""
    following = (period.start.replace(day=1) + dt.timedelta(days=31)).replace(day=1)
    return period.start.day == 1 and period.end == following


def allocated_month(
    ctx: ToolContext,
    period: Period,
    dimension: str,
    cost_basis: str,
    allocator: Callable[[ToolContext, Period], Allocation],
) -> Month:
    """The allocation of one period, with a receipt over the statements it ran."""
    made: list[Allocation] = []

    def report_allocation(ctx: ToolContext, *, period: str) -> ToolResult:  # noqa: ARG001
        made.append(allocator(ctx, span))
        sums: defaultdict[tuple[str, str, str], Decimal] = defaultdict(Decimal)
        for line in made[0].lines:
            key = (line.currency, line.target or "", line.kind)
            sums[key] = EXACT.add(sums[key], line.amount)
        rows: list[dict[str, Scalar]] = [
            {
                dimension: target,
                "kind": kind,
                "currency": currency,
                cost_basis: decimal_text(amount),
            }
            for (currency, target, kind), amount in sorted(sums.items())
        ]
        return ToolResult(rows=rows, row_count=len(rows), period=span)

    span = period
    tool = Tool("report_allocation", "", "", "read", report_allocation)
    arguments = {"period": f"{period.start}/{period.end}"}
    result = run_tool(Registry({tool.name: tool}), tool.name, arguments, ctx)
    [found] = made
    return Month(
        period, tuple(found.lines), result.receipt or "", tuple(found.notes), found.rules_digest
    )


def page_file(dimension: str, target: str) -> str:
    """The file of a target's page: readable, safe on any disk, and no two alike."""
    slug = re.sub(r"[^a-z0-9]+", "-", target.lower())[:40].strip("-")
    if slug != target:
        slug = f"{slug}-{hashlib.sha256(target.encode()).hexdigest()[:8]}".strip("-")
    return f"{re.sub(r'[^a-z0-9]+', '-', dimension.lower())}-{slug}.html"
