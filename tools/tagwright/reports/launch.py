"""What a plan of infrastructure would add to a month's bill: each machine by ``price_launch``."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from tagwright.money import EXACT, decimal_text
from tagwright.policies.planned import never_costs
from tagwright.pricing_units import hours_of, is_month
from tagwright.receipts import run_tool
from tagwright.results import totals_by_currency
from tagwright.text import clean, counted, shorten

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tagwright.context import ToolContext
    from tagwright.policies.planned import Planned, Reading
    from tagwright.policies.sizes import Size
    from tagwright.registry import Registry
    from tagwright.results import Scalar, ToolResult

__all__ = ["COSTS", "PlanPrice", "price_plan"]

COSTS = ("list_cost", "contracted_cost")
"""What a launch is priced at: what commitments would cover of it is not known beforehand."""

_NAMED = 6


@dataclass
class PlanPrice:
    """A plan's machines with their prices.

    Attributes:
        rows: One for each machine type of a resource, with what it adds a month; costs are null
            where there is no price.
        unpriced: Why there is no price, by machine type.
        others: Resources that may cost and say no machine type, by type.
        notes: What to know of it.
        receipts: Of the prices, in the rows' order, each once.
    """

    rows: list[dict[str, Scalar]] = field(default_factory=list)
    unpriced: dict[str, str] = field(default_factory=dict)
    others: dict[str, int] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    receipts: list[str] = field(default_factory=list)

    @property
    def totals(self) -> list[dict[str, Scalar]]:
        """What the priced machines add a month, one entry a currency."""
        return totals_by_currency((row for row in self.rows if row["currency"]), *COSTS)

    def as_dict(self) -> dict[str, Any]:
        """For ``--json``."""
        return {
            "rows": self.rows,
            "totals": self.totals,
            "unpriced": self.unpriced,
            "not_priced": self.others,
            "notes": self.notes,
            "receipts": self.receipts,
        }


def price_plan(
    ctx: ToolContext, registry: Registry, reading: Reading, *, region: str, hours: int
) -> PlanPrice:
    """Price what a plan creates, replaces and updates.

    Args:
        ctx: The call.
        registry: The tools.
        reading: The plan.
        region: Where it is launched; empty takes the only one that the bill has a price for.
        hours: Hours a month that each machine runs.

    Raises:
        SnapshotError: There is no bill to find prices on.
    """
    return _Pricing(ctx, registry, region, hours).whole(reading)


class _Pricing:
    def __init__(self, ctx: ToolContext, registry: Registry, region: str, hours: int) -> None:
        self.ctx, self.registry, self.region, self.hours = ctx, registry, region, hours
        self.found: dict[str, ToolResult] = {}
        self.made = PlanPrice()

    def whole(self, reading: Reading) -> PlanPrice:
        costly = [item for item in reading.planned if item.part or not never_costs(item.type)]
        for item in costly:
            if not item.sizes:
                self.made.others[item.type] = self.made.others.get(item.type, 0) + 1
            now = list(item.sizes_now)
            for index, size in enumerate(item.sizes):
                self.made.rows.append(self._row(item, size, now[index : index + 1]))
        uncounted = sum(not size.counted for item in costly for size in item.sizes)
        if uncounted:
            self.made.notes.append(
                f"{counted(uncounted, 'row')} whose number of machines is not known yet: one each."
            )
        self.made.notes.append(f"Each machine runs {self.hours:,} hours a month.")
        if self.made.others:
            self.made.notes.append(f"Not priced: {self._others()}.")
        self.made.notes += [clean(note) for note in reading.notes]
        return self.made

    def _others(self) -> str:
        kinds = sorted(self.made.others.items(), key=lambda item: (-item[1], item[0]))
        shown = [f"{shorten(kind, 40)} ({number})" for kind, number in kinds[:_NAMED]]
        more = len(kinds) - len(shown)
        return ", ".join([*shown, *([f"{more} more types"] if more else [])])

    def _row(self, item: Planned, size: Size, now: Sequence[Size]) -> dict[str, Scalar]:
        before = now[0] if now and now[0].sku is not None else None
        row: dict[str, Scalar] = {
            "resource": clean(item.address),
            "action": item.action,
            "machines": _called(size),
            "machines_now": _called(before) if before else None,
            "currency": None,
            **dict.fromkeys(COSTS),
        }
        then, was = self._costs(size), self._costs(before) if before else {}
        if then is None or was is None:
            return row
        currency = str(then.pop("currency"))
        if was and was["currency"] != currency:
            why = "what it is now is priced in another currency."
            self.made.unpriced[shorten(str(size.sku), 60)] = why
            return row
        row["currency"] = currency
        for name, cost in then.items():
            less = was.get(name)
            row[name] = (
                None
                if cost is None or (was and less is None)
                else decimal_text(EXACT.subtract(Decimal(str(cost)), Decimal(str(less or 0))))
            )
        return row

    def _costs(self, size: Size) -> dict[str, Scalar] | None:
        """A month of these machines; None where there is no price, and why is noted."""
        if size.sku is None:
            self.made.unpriced["?"] = "the machine type is known only when the plan is applied."
            return None
        result = self._asked(size.sku)
        if not result.totals:
            why = _several(result) if result.rows else result.notes[0].removeprefix("No price: ")
            self.made.unpriced[shorten(size.sku, 60)] = why
            return None
        [total] = result.totals
        units = {str(row["pricing_unit"] or "no unit") for row in result.rows if not _timed(row)}
        if units:
            by = shorten(", ".join(sorted(units)), 40)
            self.made.unpriced[shorten(size.sku, 60)] = f"it is priced by {by}, not by the hour."
            return None
        number = Decimal(size.number)
        return {
            "currency": total["currency"],
            **{
                name: None
                if total.get(name) is None
                else decimal_text(EXACT.multiply(Decimal(str(total[name])), number))
                for name in COSTS
            },
        }

    def _asked(self, sku: str) -> ToolResult:
        """The price of one machine, asked for once."""
        if sku not in self.found:
            arguments = {"sku": sku, "hours": self.hours, "region": self.region}
            found = run_tool(self.registry, "price_launch", arguments, self.ctx)
            self.found[sku] = found
            if found.receipt:
                self.made.receipts.append(found.receipt)
        return self.found[sku]


def _timed(row: Mapping[str, Scalar]) -> bool:
    """Whether one machine's month is what the price is of: so many hours, or one month."""
    unit = str(row["pricing_unit"] or "")
    return hours_of(unit) is not None or is_month(unit)


def _several(result: ToolResult) -> str:
    regions = sorted({str(row["region_id"]) for row in result.rows})
    if len(regions) > 1:
        return f"it has prices in {', '.join(regions)}: say --region."
    if {row["pricing_category"] for row in result.rows} == {"Dynamic"}:
        return "only prices of spot are on the bill, which change."
    currencies = sorted({str(row["currency"]) for row in result.rows})
    if len(currencies) > 1:
        return f"it is charged in {shorten(', '.join(currencies), 80)}."
    meters = sorted({str(row["sku_meter"]) for row in result.rows})
    return f"several prices are called so: {shorten(', '.join(meters), 200)}."


def _called(size: Size) -> str:
    return f"{size.number} x {shorten(size.sku, 40) if size.sku else '?'}"
