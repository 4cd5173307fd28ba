"""Unit prices of a machine or another SKU, as this home's own bill last charged it.

No list of a cloud's prices is public, small and offline; the bill has, for each SKU that was ever
used, the list price and the one that was contracted, which no public list knows. What was never
used here has no price here: that is said, and nothing is put in its place.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

from tagwright.pricing_units import hours_of

if TYPE_CHECKING:
    import datetime as dt
    from decimal import Decimal

    from tagwright.context import ToolContext

__all__ = ["BilledPrice", "billed_prices", "like"]

_USAGE = """"ChargeCategory" = 'Usage' AND "ChargeClass" IS NULL AND "PricingQuantity" > 0"""
_NAMES = f"""
SELECT DISTINCT "SkuId", "SkuMeter", "x_instance_type"
FROM charges WHERE {_USAGE} AND "ChargePeriodStart" >= ?
"""
# Of one SKU and region the newest price counts: prices change, and the old ones are past. Of
# several on that day (tiers, the first of them free) it is the dearest, each time it is asked. What
# was effectively paid is of the last day's month: a commitment that has ended no longer counts.
_PRICES = f"""
WITH c AS (
    SELECT *, date_trunc('month', "ChargePeriodStart")
        = MAX(date_trunc('month', "ChargePeriodStart")) OVER sold AS newest
    FROM charges
    WHERE {_USAGE} AND "SkuId" IN (SELECT UNNEST(?)) AND "ChargePeriodStart" >= ?
    WINDOW sold AS (PARTITION BY "SkuId", "RegionId", "PricingCategory", "BillingCurrency")
)
SELECT "ServiceName", "ServiceProviderName", "SkuId", MAX("SkuMeter") AS "SkuMeter",
    "RegionId", "PricingCategory", "PricingUnit", "BillingCurrency",
    ARG_MAX("ListUnitPrice", ROW("ChargePeriodStart", "ListUnitPrice")) AS listed,
    ARG_MAX("ContractedUnitPrice", ROW("ChargePeriodStart", "ContractedUnitPrice")) AS contracted,
    SUM("ListCost") FILTER (newest) AS list_cost,
    SUM("ContractedCost") FILTER (newest) AS contracted_cost,
    SUM("EffectiveCost") FILTER (newest) AS effective_cost,
    SUM("PricingQuantity") FILTER (newest) AS quantity,
    CAST(MAX("ChargePeriodStart") AS DATE) AS last_day
FROM c GROUP BY ALL
ORDER BY quantity DESC, "SkuId", "RegionId", "PricingCategory", "BillingCurrency", "PricingUnit"
"""
_HOURS = re.compile(r"\s*(?:hours?|hrs?)$", re.IGNORECASE)


class BilledPrice(NamedTuple):
    """What a SKU was charged at where it was used last; prices are per pricing unit.

    Attributes:
        service_name: FOCUS ServiceName.
        service_provider_name: FOCUS ServiceProviderName.
        sku_id: FOCUS SkuId.
        sku_meter: FOCUS SkuMeter.
        region_id: FOCUS RegionId; None where the bill says none.
        pricing_category: FOCUS PricingCategory: Standard, Committed, Dynamic (spot), Other.
        pricing_unit: FOCUS PricingUnit.
        currency: FOCUS BillingCurrency.
        listed: The newest ListUnitPrice; None where the bill has none.
        contracted: The newest ContractedUnitPrice; None where the bill has none.
        list_cost: ListCost in the last month of use.
        contracted_cost: ContractedCost in that month.
        effective_cost: EffectiveCost in that month.
        quantity: PricingQuantity in that month, above 0.
        last_day: The last day on which it was charged.
    """

    service_name: str
    service_provider_name: str
    sku_id: str
    sku_meter: str | None
    region_id: str | None
    pricing_category: str | None
    pricing_unit: str | None
    currency: str
    listed: Decimal | None
    contracted: Decimal | None
    list_cost: Decimal | None
    contracted_cost: Decimal | None
    effective_cost: Decimal | None
    quantity: Decimal
    last_day: dt.date

    @property
    def hours(self) -> int | None:
        """Hours of one pricing unit; None where it is not priced by the hour."""
        return hours_of(self.pricing_unit)


def billed_prices(ctx: ToolContext, sku: str, since: dt.date) -> list[BilledPrice]:
    """Prices of what is called so, one for each SKU, region, pricing category and currency.

    Args:
        ctx: The call; the statement goes into its receipt.
        sku: An instance type as the cloud spells it, a SkuId or a SkuMeter.
        since: Charges before it are not looked at.
    """
    wanted = folded(sku)
    rows = ctx.snapshot.known(_NAMES, [since]).rows
    ids = sorted({str(row[0]) for row in rows if row[0] and wanted in _folded_names(*row)})
    if not ids or not wanted:
        return []
    found = ctx.query(_PRICES, [ids, since])
    return [BilledPrice(*row) for row in found.rows]


def like(ctx: ToolContext, sku: str, since: dt.date) -> list[str]:
    """Instance types of the bill whose names are most like that one, best first."""
    from tagwright.registry import nearest

    rows = ctx.snapshot.known(_NAMES, [since]).rows
    return nearest(sku, sorted({str(kind) for _, _, kind in rows if kind}))


def folded(name: str) -> str:
    """Without case, punctuation and Azure's ``Standard_``.

    >>> folded("Standard_D8s_v5") == folded("D8s v5"), folded("ml.g5.xlarge")
    (True, 'mlg5xlarge')
    """
    plain = "".join(char for char in name.casefold() if char.isalnum())
    return plain.removeprefix("standard") or plain


def _folded_names(sku_id: Any, meter: Any, instance_type: Any) -> set[str]:
    """All that the SKU is called: by its type, its id, its meter and the meter's parts."""
    names = [str(sku_id)]
    if instance_type:
        names.append(str(instance_type))
    if meter:
        whole = _HOURS.sub("", str(meter))
        # AWS: `USW2-BoxUsage:m6i.2xlarge`; Azure: `D8 v5/D8s v5`.
        names += [str(meter), whole, *re.split(r"[:/]", whole)]
    return {folded(name) for name in names}
