"""``price_launch``: what something would cost a month, before it is started, and its tags."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from tagwright.builtin._arguments import Count, Limit, Offset, TagsMap, page
from tagwright.builtin._billed_prices import BilledPrice, billed_prices, like
from tagwright.context import ToolContext  # noqa: TC001  the registry reads the signature
from tagwright.money import EXACT, decimal_text, ratio_text
from tagwright.registry import tool
from tagwright.results import ToolResult, totals_by_currency
from tagwright.text import shorten

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tagwright.results import Scalar

__all__ = ["HOURS_A_MONTH", "price_launch"]

HOURS_A_MONTH = 730
"""365 x 24 / 12: what the clouds' own calculators take for a month."""

_LOOKED_AT = 100
"""Days of the bill, from its end, in which a price is looked for first."""
_UNIT_PLACES = 12
_NO_TAGS = (
    "A call to a model has no tags: send the keys with the request, or call through an inference "
    "profile that carries them (docs/instrument.md)."
)
_NAMED = "A model is named with its provider: openai/gpt-4o, bedrock/<model id>."
_LAST = (
    "Prices are those at which this bill charged it last; effective is with the commitments of its "
    "last month of use, which may be spoken for."
)
_SPOT = "Dynamic"
_COSTS = ("list_cost", "contracted_cost", "effective_cost")


@tool(title="Price a launch")
def price_launch(
    ctx: ToolContext,
    *,
    sku: Annotated[str, Field(description="m6i.large, openai/gpt-4o")],
    count: Count = 1,
    hours: Count = HOURS_A_MONTH,
    region: str = "",
    requests: Annotated[Count, Field(description="a month")] = 0,
    input_tokens: Annotated[Count, Field(description="of each")] = 0,
    cached_tokens: Count = 0,
    output_tokens: Count = 0,
    tags: TagsMap = None,
    limit: Limit = 20,
    offset: Offset = 0,
) -> ToolResult:
    """Monthly cost of a machine, endpoint or model before launch, and the tags it must carry.

    A machine's or another SKU's prices are those at which this home's own bill charged it last, by
    region and pricing category: list, contracted, and effective (with commitments, in its last
    month of use). ``count`` machines run ``hours`` hours a month each; of a SKU that is not priced
    by the hour, ``count`` is the units a month. A model's are those of the price book: the user's
    ``prices.yaml``, else the list; tokens are those of one request, ``cached_tokens`` the part of
    the input that is read from a cache. Where there is no price there is none: nothing is guessed.
    Totals only where there is one price to take.

    Raises:
        MisuseError: More tokens are cached than there is input, or tokens without requests.
        SnapshotError: It is no model, and there is no bill to find it on.
    """
    # What they need is slow to import, and every start of a server loads all tools.
    from tagwright.builtin._launch_tags import tags_to_carry
    from tagwright.builtin._model_price import ModelPrice, Use, model_price

    use = Use(requests, input_tokens, cached_tokens, output_tokens)
    model = model_price(ctx, sku, use, region)
    prices = [] if use.any or isinstance(model, ModelPrice) else _billed(ctx, sku)
    provider = ""
    if isinstance(model, ModelPrice):
        rows, totals, source, notes = model
        notes = [*notes, _NO_TAGS]
    elif use.any or (model and not prices):
        rows, totals, source = [], [], ""
        unknown = f"No price: {shorten(sku, 60)!r} is no model that is known here. {_NAMED}"
        notes = model or [unknown]
    else:
        region = region.strip()
        shown = [price for price in prices if region.casefold() in ("", _region(price))]
        rows = [_row(price, Decimal(count), Decimal(hours)) for price in shown]
        totals, source = _totals(rows), "the bill of this home" if rows else ""
        notes = _said(ctx, sku, region, prices, shown)
        provider = shown[0].service_provider_name if shown else ""
    carry, faults = tags_to_carry(ctx, sku, provider, tags)
    currencies = {str(row["currency"]) for row in rows}
    return ToolResult(
        rows=page(rows, limit, offset),
        totals=totals,
        currency=currencies.pop() if len(currencies) == 1 else None,
        row_count=len(rows),
        notes=[*notes, *faults],
        details={**({"prices": source} if source else {}), "must_carry": carry},
    )


def _billed(ctx: ToolContext, sku: str) -> list[BilledPrice]:
    """Its prices near the end of the bill, else of any time."""
    if (end := ctx.anchor.data_end) is None:
        return []
    near = end - dt.timedelta(days=_LOOKED_AT)
    return billed_prices(ctx, sku, near) or billed_prices(ctx, sku, dt.date.min)


def _region(price: BilledPrice) -> str:
    return (price.region_id or "").casefold()


def _row(price: BilledPrice, count: Decimal, hours: Decimal) -> dict[str, Scalar]:
    """Unit prices, and what the quantity comes to at each; null where the bill does not say."""
    a_unit = price.hours  # a power of ten: the division is exact
    quantity = EXACT.divide(EXACT.multiply(count, hours), Decimal(a_unit)) if a_unit else count
    units: dict[str, Decimal | None] = {
        "list": price.listed if price.listed is not None else _unit(price, price.list_cost),
        "contracted": price.contracted
        if price.contracted is not None
        else _unit(price, price.contracted_cost),
        "effective": _unit(price, price.effective_cost),
    }
    return {
        "service_name": price.service_name,
        "sku_meter": price.sku_meter,
        "region_id": price.region_id,
        "pricing_category": price.pricing_category,
        "pricing_unit": price.pricing_unit,
        "currency": price.currency,
        "quantity": decimal_text(quantity, places=0),
        **{f"{name}_unit_price": _text(unit, Decimal(1)) for name, unit in units.items()},
        **{f"{name}_cost": _text(unit, quantity) for name, unit in units.items()},
        "last_charged": price.last_day.isoformat(),
    }


def _text(unit: Decimal | None, quantity: Decimal) -> str | None:
    return None if unit is None else decimal_text(EXACT.multiply(unit, quantity))


def _unit(price: BilledPrice, amount: Decimal | None) -> Decimal | None:
    """What a unit came to in the month of last use."""
    if amount is None:
        return None
    text = ratio_text(amount, price.quantity, places=_UNIT_PLACES)
    return None if text is None else Decimal(text)


def _totals(rows: Sequence[dict[str, Scalar]]) -> list[dict[str, Scalar]]:
    """The one price that a launch without a commitment pays; nothing where there are several.

    That of spot is never it: it is another one tomorrow.
    """
    standard = [row for row in rows if row["pricing_category"] in (None, "Standard")] or [
        row for row in rows if row["pricing_category"] != _SPOT
    ]
    return totals_by_currency(standard, *_COSTS) if len(standard) == 1 else []


def _said(
    ctx: ToolContext,
    sku: str,
    region: str,
    prices: Sequence[BilledPrice],
    shown: Sequence[BilledPrice],
) -> list[str]:
    name = shorten(sku, 60)
    if not prices:
        return [f"No price: no charge of this home's bill is of {name!r}. {_near(ctx, sku)}"]
    if not shown:
        known = sorted({price.region_id or "no region" for price in prices})
        where = f"{shorten(', '.join(known), 200)}, not in {shorten(region, 40)}"
        return [f"No price: the bill has {name!r} in {where}; prices differ by region."]
    notes = [_LAST]
    if any(price.hours for price in shown):
        notes.append("A month has 730 hours where nothing else is said.")
    if others := sorted({price.pricing_unit or "no unit" for price in shown if not price.hours}):
        notes.append(
            f"Not by the hour but by {shorten(', '.join(others), 80)}: count is the units a month."
        )
    currencies = sorted({price.currency for price in shown})
    if len({price.region_id for price in shown}) > 1:
        notes.append("Say the region for a sum.")
    elif _totals([_row(price, Decimal(1), Decimal(1)) for price in shown]):
        pass
    elif all(price.pricing_category == _SPOT for price in shown):
        notes.append("Only prices of spot are on the bill, which change: there is no sum.")
    elif len(currencies) > 1:
        notes.append(f"It is charged in {shorten(', '.join(currencies), 80)}: there is no sum.")
    else:
        notes.append("Several prices are called so: take the one whose meter is meant.")
    return notes


def _near(ctx: ToolContext, sku: str) -> str:
    """What to do about a SKU that is not on the bill."""
    end = ctx.anchor.data_end
    found = like(ctx, sku, end - dt.timedelta(days=_LOOKED_AT)) if end else []
    names = ", ".join(shorten(item, 40) for item in found)
    return f"On it are, by name: {names}. {_NAMED}" if found else _NAMED
