"""Telemetry-priced against invoiced, over bill-complete days."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import asdict, dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from tagwright.money import decimal_text, ratio_text
from tagwright.prices import PriceBook
from tagwright.reconcile.cells import (
    Params,
    bill_table,
    cell_table,
    ground_tables,
    in_period,
    usage_tables,
)
from tagwright.reconcile.ground import survey
from tagwright.reconcile.model import ZERO, Cell, Ground, exact_sum
from tagwright.reconcile.names import vendor
from tagwright.reconcile.other_side import Priced, priced_side
from tagwright.reconcile.reasons import REASONS, give_reasons

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Sequence

    from tagwright.context import ToolContext
    from tagwright.results import Period

__all__ = ["AMOUNTS", "Reconciled", "own_prices", "reconcile"]

AMOUNTS = ("billed", "explained", "residual", "unmetered", "unbilled")
"""Amounts of every line of the report: the first is the sum of the next three."""

_FIELDS = (
    "currency", "provider", "account", "day", "model", "direction", "tier", "sold_by_token",
    "billed", "effective", "credits", "billed_tokens", "billed_1h", "priced", "tokens", "calls",
    "unpriced", "unpriced_tokens", "failed", "failed_tokens", "written_1h", "flags", "status",
)  # fmt: skip
_WHOLE = (
    'SELECT "BillingCurrency", "ServiceProviderName", CAST("ChargePeriodStart" AS DATE), '
    "SUM(\"BilledCost\"), COUNT(*) FROM charges WHERE x_ai_certainty = 'ai' "
    'AND "ChargePeriodStart" >= $1 AND "ChargePeriodStart" < $2 GROUP BY 1, 2, 3 ORDER BY 1, 2, 3'
)
_CANDIDATES = (
    'SELECT "BillingCurrency", SUM("BilledCost") FROM charges WHERE x_ai_certainty = \'candidate\' '
    'AND "ChargePeriodStart" >= $1 AND "ChargePeriodStart" < $2 GROUP BY 1 ORDER BY 1'
)


@dataclass(frozen=True)
class Reconciled:
    """What a period's reconciliation gave.

    Attributes:
        ground: What was compared, and what was left out.
        cells: All cells, in a fixed order.
        left_out: Currency, provider and billed cost of AI charges on days left out.
        candidates: Currency to billed cost of charges that may be AI, which are no part of this.
        priced: The telemetry's side of the sum.
    """

    ground: Ground
    cells: tuple[Cell, ...]
    left_out: tuple[tuple[str, str, Decimal], ...]
    candidates: dict[str, Decimal]
    priced: Priced

    def totals(self) -> list[dict[str, Any]]:
        """Per currency: all AI charges of the period, and what of them is explained.

        ``billed_ai`` and ``billed`` are None in a currency without a charge: what is not known is
        no bill of nothing. The largest bill first: an order for reading, amounts of two currencies
        are not compared.
        """
        currencies = sorted({c.currency for c in self.cells} | {row[0] for row in self.left_out})
        rows = []
        for currency in currencies:
            cells = [cell for cell in self.cells if cell.currency == currency]
            days = [row[2] for row in self.left_out if row[0] == currency]
            left = exact_sum(days)
            sums = _sums(cells)
            whole = None
            if days or sums["billed"] is not None:
                sums["billed"] = sums["billed"] or ZERO
                whole = exact_sum([sums["billed"], left])
            priced = exact_sum(cell.priced for cell in cells if cell.status == "residual")
            rows.append(
                {
                    "currency": currency,
                    "billed_ai": whole,
                    "left_out": left,
                    **sums,
                    "residual_priced": priced,
                    "explained_share": ratio_text(sums["explained"], sums["billed"] or ZERO),
                }
            )
        return sorted(rows, key=lambda row: (*_largest(row["billed_ai"]), row["currency"]))

    def by(self, *names: str) -> list[dict[str, Any]]:
        """The same amounts by currency and attributes of cells, the largest bill first.

        ``billed`` is None where there is no charge. ``priced`` and ``factor`` are those of cells
        that have a bill and a price.
        """
        groups: dict[tuple[Any, ...], list[Cell]] = defaultdict(list)
        for cell in self.cells:
            groups[cell.currency, *(getattr(cell, name) for name in names)].append(cell)
        rows = [
            {**dict(zip(("currency", *names), key, strict=True)), **_sums(cells)}
            for key, cells in groups.items()
        ]
        for row, cells in zip(rows, groups.values(), strict=True):
            both = [c for c in cells if c.billed is not None and c.priced is not None]
            row["priced"] = exact_sum(cell.priced for cell in both)
            row["factor"] = ratio_text(exact_sum(cell.billed for cell in both), row["priced"])
        return sorted(
            rows,
            key=lambda row: (
                row["currency"], *_largest(row["billed"]), -row["unbilled"],
                *(str(row[n]) for n in names),
            ),
        )  # fmt: skip

    def reasons(self) -> list[dict[str, Any]]:
        """The same amounts by currency and reason, with how many cells, in the order of REASONS."""
        rows = self.by("reason")
        counts: dict[tuple[str, str], int] = defaultdict(int)
        for cell in self.cells:
            counts[cell.currency, cell.reason] += 1
        order = list(REASONS)
        return [
            {
                **row,
                "meaning": REASONS[row["reason"]],
                "cells": counts[row["currency"], row["reason"]],
            }
            for row in sorted(
                (row for row in rows if row["reason"]),
                key=lambda row: (row["currency"], order.index(row["reason"])),
            )
        ]

    def as_dict(self, *, cells: bool = True) -> dict[str, Any]:
        """The report as JSON; amounts are decimal strings."""
        ground = self.ground
        document: dict[str, Any] = {
            "period": ground.period.model_dump(mode="json"),
            "totals": [_plain(row) for row in self.totals()],
            "telemetry_priced": _plain(asdict(self.priced)),
            "by_model": [_plain(row) for row in self.by("provider", "model")],
            "by_reason": [_plain(row) for row in self.reasons()],
            "telemetry": [
                {
                    "provider": view.provider,
                    "account": view.account,
                    "taken": list(view.sources),
                    "left_out": dict(view.left_out),
                }
                for view in ground.views
            ],
            "days_left_out": [
                {
                    "provider": item.provider,
                    "start": item.start.isoformat(),
                    "end": item.end.isoformat(),
                    "reason": item.reason,
                }
                for item in ground.left_out
            ],
            "names_not_met": [
                {"provider": name, "billed": list(m.not_seen), "telemetry": list(m.not_billed)}
                for name, m in sorted(ground.meetings.items())
                if m.not_seen or m.not_billed
            ],
            "candidates": [
                {"currency": currency, "billed": decimal_text(amount)}
                for currency, amount in self.candidates.items()
            ],
        }
        if cells:
            document["cells"] = [cell.as_dict() for cell in self.cells]
        return document


def own_prices(ctx: ToolContext) -> PriceBook:
    """The user's prices and aliases, which bills and telemetry are both named by.

    Raises:
        ConfigError: The file is at fault.
    """
    return PriceBook.load(ctx.settings.own_file("prices", "prices.yaml"), None)


def reconcile(ctx: ToolContext, period: Period) -> Reconciled:
    """Hold the priced telemetry of a period against its bill.

    Explained + residual + unmetered = billed AI charges of the bill-complete days, and with the
    days left out those of the period: it is checked here, in every currency, against a sum over
    the charges themselves. So is the priced cost of the telemetry, against one over its rows.

    Raises:
        SnapshotError: There is no data.
        ConfigError: The price file is at fault.
    """
    ground = survey(ctx, period, own_prices(ctx))
    params = Params()
    when = in_period(ground, params)
    tables = [
        *ground_tables(ground, params),
        bill_table(when),
        *usage_tables(when),
        cell_table(ctx.settings.reconciliation, params),
    ]
    order = ", ".join(str(number) for number in range(1, 9))
    sql = f"WITH {', '.join(tables)} SELECT {', '.join(_FIELDS)} FROM cells ORDER BY {order}"
    cells = tuple(Cell(*row) for row in ctx.query(sql, params).rows)
    give_reasons(cells, ground, ctx.settings.reconciliation)
    span = [period.start, period.end]
    whole = ctx.query(_WHOLE, span).rows
    left = _left_out(whole, ground)
    _prove(cells, left, whole)
    candidates = {str(row[0]): row[1] for row in ctx.query(_CANDIDATES, span).rows}
    return Reconciled(ground, cells, left, candidates, priced_side(ctx, ground, cells))


def _left_out(
    whole: Sequence[tuple[Any, ...]], ground: Ground
) -> tuple[tuple[str, str, Decimal], ...]:
    def complete(provider: str, day: dt.date) -> bool:
        return day in ground.days[provider]

    sums: dict[tuple[str, str], list[Decimal]] = defaultdict(list)
    for currency, raw, day, billed, _ in whole:
        if not complete(vendor(raw), day):
            sums[currency, vendor(raw)].append(billed)
    return tuple((*key, exact_sum(values)) for key, values in sorted(sums.items()))


def _prove(
    cells: Sequence[Cell],
    left: Sequence[tuple[str, str, Decimal]],
    whole: Sequence[tuple[Any, ...]],
) -> None:
    for currency in {row[0] for row in whole}:
        parts = exact_sum(
            part
            for cell in cells
            if cell.currency == currency
            for part in (cell.explained, cell.residual, cell.unmetered)
        )
        found = exact_sum([parts, *(row[2] for row in left if row[0] == currency)])
        if found != exact_sum(row[3] for row in whole if row[0] == currency):
            raise RuntimeError(f"the parts of the bill in {currency} do not add up")


def _sums(cells: Iterable[Cell]) -> dict[str, Any]:
    found = list(cells)
    sums: dict[str, Any] = {
        name: exact_sum(getattr(cell, name) for cell in found) for name in AMOUNTS
    }
    if all(cell.billed is None for cell in found):
        sums["billed"] = None
    return sums


def _largest(amount: Decimal | None) -> tuple[bool, Decimal]:
    """To sort by: the largest first, what is not known last."""
    return amount is None, -(amount or ZERO)


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    return {k: decimal_text(v) if isinstance(v, Decimal) else v for k, v in row.items()}
