"""What a change is made of: values of one dimension, or prices and quantities."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal, localcontext
from typing import TYPE_CHECKING, Any

from tagwright.builtin._question import cell, figure
from tagwright.money import EXACT, ratio_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tagwright.metrics import Metric
    from tagwright.results import Scalar

__all__ = ["MEASURED", "Driver", "drivers_of", "price_and_quantity", "score"]

MEASURED = ("service_name", "sku_id", "consumed_unit")
"""What has one price: a SKU of a service, in one unit."""

_PLACES = Decimal("0.000000000001")


@dataclass(frozen=True)
class Driver:
    """One value's part in a change; amounts in ``currency``."""

    dimension: str
    value: Scalar
    currency: str
    status: str
    before: Decimal
    after: Decimal

    @property
    def change(self) -> Decimal:
        """After minus before."""
        return EXACT.subtract(self.after, self.before)

    def row(self, total_change: Decimal) -> dict[str, Scalar]:
        """The driver as a row of the result."""
        return {
            "dimension": self.dimension,
            "value": self.value,
            "currency": self.currency,
            "status": self.status,
            "before": figure(self.before),
            "after": figure(self.after),
            "change": figure(self.change),
            "contribution": ratio_text(self.change, total_change),
        }


def drivers_of(
    rows: Sequence[dict[str, Any]], dimension: str, metric: str, limit: int
) -> list[Driver]:
    """The first ``limit`` rows of one currency as drivers, all others as one of status ``rest``.

    Args:
        rows: Of ``Sides``, largest absolute change first.
        dimension: What they are grouped by.
        metric: Their metric.
        limit: How many stand alone. One more does where the rest would be a single value.
    """
    drivers = []
    for row in rows:
        before, after = Decimal(row["before"] or 0), Decimal(row[metric] or 0)
        if row["before"] is None:
            status = "new"
        elif row[metric] is None:
            status = "gone"
        else:
            status = "same" if after == before else "up" if after > before else "down"
        drivers.append(
            Driver(dimension, cell(row[dimension]), row["currency"], status, before, after)
        )
    if len(drivers) <= limit + 1:
        return drivers
    shown, others = drivers[:limit], drivers[limit:]
    with localcontext(EXACT):
        before = sum((driver.before for driver in others), Decimal(0))
        after = sum((driver.after for driver in others), Decimal(0))
    name = f"({len(others)} others)"
    return [*shown, Driver(dimension, name, shown[0].currency, "rest", before, after)]


def score(rows: Sequence[dict[str, Any]], dimension: str, metric: str) -> Decimal:
    """How well a dimension explains a change (see ``explain_change``), in its best currency.

    What has no value explains nothing: it counts in the sums, but not towards the score.
    """
    best = Decimal(0)
    with localcontext(EXACT):
        for currency in {row["currency"] for row in rows}:
            own = [row for row in rows if row["currency"] == currency]
            pairs = [(Decimal(row["before"] or 0), Decimal(row[metric] or 0)) for row in own]
            moved = [abs(after - before) for before, after in pairs]
            size = [abs(after) + abs(before) for before, after in pairs]
            if not sum(moved) or not sum(size):
                continue
            named = [index for index, row in enumerate(own) if row[dimension] is not None]
            p = [moved[index] / sum(moved) for index in named]
            q = [size[index] / sum(size) for index in named]
            concentration = sum((share * share for share in p), Decimal(0))
            surprise = sum((max(Decimal(0), a - b) for a, b in zip(p, q, strict=True)), Decimal(0))
            best = max(best, (concentration * surprise).quantize(_PLACES))
    return best


def price_and_quantity(
    rows: Sequence[dict[str, Any]], metric: Metric, changes: dict[Any, Decimal]
) -> list[dict[str, Scalar]]:
    """The change of each currency as quantity, price, new or gone, and not measured; exactly.

    Per service, SKU and unit with quantities in both periods: quantity = (q1 - q0) * c0 / q0, and
    price is the rest of its change (the price-volume variance with the old price as weight).
    Nothing is said of a currency where no such SKU exists.

    Args:
        rows: Of ``Sides``, by :data:`MEASURED`.
        metric: Their metric.
        changes: The change of each currency.
    """
    parts: dict[Any, dict[str, Decimal]] = {}
    with localcontext(EXACT):
        for row in rows:
            if row["consumed_unit"] is None:
                continue
            c0, c1 = Decimal(row["before"] or 0), Decimal(row[metric.name] or 0)
            q0 = Decimal(row["consumed_quantity_before"] or 0)
            q1 = Decimal(row["consumed_quantity_now"] or 0)
            own = parts.setdefault(row["currency"], {"quantity": Decimal(0), "price": Decimal(0),
                                                     "new_or_gone": Decimal(0)})  # fmt: skip
            if row["charge_count_before"] is None or row["charge_count_now"] is None:
                own["new_or_gone"] += c1 - c0
            elif q0 > 0 and q1 > 0:
                quantity = ((q1 - q0) * c0 / q0).quantize(_PLACES)
                own["quantity"] += quantity
                own["price"] += c1 - c0 - quantity
        found: list[dict[str, Scalar]] = []
        for currency, change in changes.items():
            own = parts.get(currency, {})
            if not own.get("quantity") and not own.get("price"):
                continue
            rest = change - sum(own.values(), Decimal(0))
            found.append(
                {
                    "currency": currency,
                    **{name: figure(amount) for name, amount in own.items()},
                    "not_measured": figure(rest),
                }
            )
    return found
