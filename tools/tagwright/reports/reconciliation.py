"""Telemetry held against the bill, as finance reads it: a page, a CSV of every cell, receipts."""

from __future__ import annotations

import csv
import io
from dataclasses import asdict, dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from tagwright.context import ToolContext  # noqa: TC001  the registry reads the signature
from tagwright.metrics.account_names import account_names, account_text
from tagwright.money import EXACT, decimal_text, display_text
from tagwright.receipts import run_tool
from tagwright.reconcile import REASONS, Reconciled, reconcile
from tagwright.registry import Registry, tool
from tagwright.reports import charts
from tagwright.reports.advice import money, percent, reading
from tagwright.reports.pages import style, template
from tagwright.results import ToolResult
from tagwright.text import clean, counted, shorten, spreadsheet_text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tagwright.results import Period

__all__ = ["Reconciliation", "cells_csv", "page", "prepare"]

_LARGEST = 20
_PARTS = (
    ("explained", "credit", "explained", "billed, and the telemetry says the same"),
    ("residual", "idle", "residual", "billed, and the telemetry says another amount"),
    ("unmetered", "unallocated", "unmetered", "billed without telemetry"),
    ("left_out", "tax", "not compared yet", "of days whose bill is not complete"),
)
"""Of the bill: name, colour of the drawing, word, meaning."""

_COLUMNS = (
    "provider", "account", "day", "model", "direction", "tier", "currency", "status", "billed",
    "priced", "factor", "billed_tokens", "tokens", "unpriced", "explained", "residual",
    "unmetered", "unbilled", "reason", "detail",
)  # fmt: skip


@dataclass(frozen=True)
class Check:
    """A sum that was made on both sides."""

    what: str
    left: Decimal
    right: Decimal
    currency: str
    receipt: str

    @property
    def holds(self) -> bool:
        """Whether both are the same to the last decimal."""
        return self.left == self.right


@dataclass(frozen=True)
class Reconciliation:
    """A reconciliation with its receipts and checks.

    Attributes:
        found: The figures.
        receipt: Reproduces them.
        checks: Sums that were made by other tools.
        lags: What was asked for and the data does not reach.
        accounts: Id to what people call it.
    """

    found: Reconciled
    receipt: str
    checks: tuple[Check, ...]
    lags: tuple[str, ...] = ()
    accounts: Mapping[str, str] = field(default_factory=dict)

    @property
    def notes(self) -> list[str]:
        """What a reader must know."""
        return [*self.lags, *_notes(self.found, self.accounts)]

    @property
    def sound(self) -> bool:
        """Whether every sum holds."""
        return all(check.holds for check in self.checks)

    def as_dict(self) -> dict[str, Any]:
        """The JSON of ``tagwright reconcile --json``; amounts are decimal strings."""
        checks = [
            {**asdict(check), "left": decimal_text(check.left), "right": decimal_text(check.right),
             "holds": check.holds}
            for check in self.checks
        ]  # fmt: skip
        return {
            "sound": self.sound,
            "receipt": self.receipt,
            "checks": checks,
            "notes": self.notes,
            **self.found.as_dict(),
        }


def prepare(ctx: ToolContext, registry: Registry, period: Period) -> Reconciliation:
    """Reconcile a period, keep a receipt, and hold the sum against ``query_costs``.

    Raises:
        SnapshotError: There is no data.
        ConfigError: The price file is at fault.
    """
    kept: list[Reconciled] = []

    @tool(title="Reconcile usage with the bill")
    def reconcile_usage(ctx: ToolContext, *, period: str = "last_month") -> ToolResult:
        """Telemetry-priced against billed, over bill-complete days."""
        found = reconcile(ctx, ctx.period(period))
        kept.append(found)
        return ToolResult(
            rows=[_plain(row) for row in found.by("provider", "model", "status")],
            totals=[_plain(row) for row in found.totals()],
            period=found.ground.period,
            row_count=len(found.by("provider", "model", "status")),
        )

    own = Registry()
    own.add(reconcile_usage)
    span = f"{period.start}/{period.end}"
    receipt = run_tool(own, "reconcile_usage", {"period": span}, ctx).receipt or ""
    checks = tuple(_checks(ctx, registry, kept[0], span))
    ids = {cell.account for cell in kept[0].cells} | {view.account for view in kept[0].ground.views}
    names = account_names(ctx.snapshot, "sub_account_id", filter(None, ids))
    return Reconciliation(kept[0], receipt, checks, tuple(ctx.lags), names)


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    return {k: decimal_text(v) if isinstance(v, Decimal) else v for k, v in row.items()}


def _checks(ctx: ToolContext, registry: Registry, found: Reconciled, span: str) -> list[Check]:
    """The bill's side by the metrics; the telemetry's side is proven in the reconciliation."""
    asked: dict[str, Any] = {
        "metric": "billed_cost",
        "period": span,
        "filters": [{"dimension": "x_ai_certainty", "op": "in", "values": ["ai"]}],
    }
    known = [row for row in found.totals() if row["billed_ai"] is not None]
    if not known:
        return []
    result = run_tool(registry, "query_costs", asked, ctx)
    billed = {str(row["currency"]): Decimal(str(row["billed_cost"])) for row in result.totals}
    return [
        Check(
            "Explained, residual, unmetered and not compared yet, against all AI charges billed",
            row["billed_ai"], billed.get(row["currency"], Decimal(0)), row["currency"],
            result.receipt or "",
        )
        for row in known
    ]  # fmt: skip


def cells_csv(found: Reconciled) -> str:
    """Every cell as CSV; amounts exact, names as they are but for what a spreadsheet would run."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(_COLUMNS)
    for cell in found.cells:
        row = cell.as_dict()
        writer.writerow([_cell(row[name]) for name in _COLUMNS])
    return out.getvalue()


def _cell(value: Any) -> Any:
    return spreadsheet_text(value) if isinstance(value, str) and not _is_number(value) else value


def _is_number(text: str) -> bool:
    return text.removeprefix("-").replace(".", "", 1).isdigit()


def page(item: Reconciliation) -> str:
    """The report as one HTML file: no network, no script; every text from a bill escaped."""
    found = item.found
    ground = found.ground
    return template("reconciliation.html.j2").render(
        title="Usage against the bill",
        period=reading(ground.period),
        style=Markup(style()),  # noqa: S704  our own file
        blocks=[_block(found, row, item.accounts) for row in found.totals()],
        checks=item.checks,
        sound=item.sound,
        receipt=item.receipt,
        notes=item.notes,
        exact=decimal_text,
        rules=f"{ground.period.start} to {ground.period.end}, end exclusive",
        cells=counted(len(found.cells), "cell"),
        priced=found.priced,
        priced_text=lambda amount: money(amount, "USD"),
    )


def _block(found: Reconciled, row: dict[str, Any], accounts: Mapping[str, str]) -> dict[str, Any]:
    currency = row["currency"]
    known = row["billed_ai"] is not None
    parts = [
        {
            "kind": kind, "word": word, "meaning": meaning, "amount": money(row[name], currency),
            "exact": decimal_text(row[name]), "share": percent(row[name], row["billed_ai"]),
        }
        for name, kind, word, meaning in _PARTS
        if known
    ]  # fmt: skip
    drawn = [(kind, word, row[name], money(row[name], currency)) for name, kind, word, _ in _PARTS]
    reasons = [item for item in found.reasons() if item["currency"] == currency]
    models = [item for item in found.by("provider", "model") if item["currency"] == currency]
    # What has no telemetry at all is said above by its reason: day by day it tells nothing more.
    odd = sorted(
        (c for c in found.cells if c.currency == currency and c.status in ("residual", "unbilled")),
        key=lambda cell: -abs(_off(cell.billed, cell.priced)),
    )
    return {
        "currency": currency,
        "whole": money(row["billed_ai"], currency) if known else "unknown",
        "exact": decimal_text(row["billed_ai"]) if known else "no charge is known",
        "share": percent(row["explained"], row["billed"] or Decimal(0)),
        "unbilled": money(row["unbilled"], currency),
        "summary": _summary(row, reasons, currency),
        "stack": charts.stacked_bar(drawn, label=f"Parts of the bill in {currency}"),
        "parts": parts,
        "reasons": [_reason(item, currency) for item in reasons],
        "models": [_model(item, currency) for item in models],
        "largest": [
            {
                "day": str(cell.day), "provider": clean(cell.provider),
                "name": shorten(" ".join(str(part) for part in (
                    cell.model or "(no model)", cell.direction, cell.tier,
                    account_text(cell.account or "", accounts)) if part),
                    100),
                "billed": _amount(cell.billed), "priced": _amount(cell.priced),
                "off": _amount(_off(cell.billed, cell.priced), sign=True),
                "why": REASONS[cell.reason], "detail": clean(cell.detail),
            }
            for cell in odd[:_LARGEST]
        ],
        "more": max(len(odd) - _LARGEST, 0),
    }  # fmt: skip


def _off(billed: Decimal | None, priced: Decimal | None) -> Decimal:
    return EXACT.subtract(billed or Decimal(0), priced or Decimal(0))


def _amount(value: Decimal | None, *, sign: bool = False) -> str:
    if value is None:
        return "\u2013"
    text = display_text(value)
    return f"+{text}" if sign and value > 0 else text


def _reason(item: dict[str, Any], currency: str) -> dict[str, Any]:
    charged = EXACT.add(item["residual"], item["unmetered"])
    return {
        "code": item["reason"],
        "meaning": item["meaning"],
        "billed": money(charged, currency) if charged else "\u2013",
        "unbilled": money(item["unbilled"], currency) if item["unbilled"] else "\u2013",
        "cells": f"{item['cells']:,}",
    }


def _model(item: dict[str, Any], currency: str) -> dict[str, Any]:
    return {
        "name": shorten(f"{item['provider']} {item['model'] or '(no model)'}", 56),
        "billed": "\u2013" if item["billed"] is None else money(item["billed"], currency),
        "exact": "" if item["billed"] is None else decimal_text(item["billed"]),
        "priced": money(item["priced"], currency) if item["priced"] else "\u2013",
        "factor": _factor(item["factor"]),
        "explained": percent(item["explained"], item["billed"] or Decimal(0)) or "\u2013",
        "unbilled": money(item["unbilled"], currency) if item["unbilled"] else "\u2013",
    }


def _factor(value: str | None) -> str:
    return "\u2013" if value is None else display_text(Decimal(value), places=3)


def _summary(row: dict[str, Any], reasons: list[dict[str, Any]], currency: str) -> list[str]:
    """What the figures say, only where they say it."""
    said = []
    if row["billed_ai"] is None:
        said.append(f"No AI charge in {currency} is known for this period.")
    if row["billed"]:
        said.append(
            f"Telemetry explains {money(row['explained'], currency)} "
            f"({percent(row['explained'], row['billed'])}) of {money(row['billed'], currency)} "
            "billed for AI on days whose bill is complete."
        )
    if row["residual"]:
        side = "more" if row["residual"] > row["residual_priced"] else "less"
        said.append(
            f"Where both sides know the usage and do not agree, {money(row['residual'], currency)} "
            f"was billed, {side} than the {money(row['residual_priced'], currency)} that the "
            "telemetry comes to."
        )
    worst = sorted(
        (item for item in reasons if item["residual"] or item["unmetered"]),
        key=lambda item: -abs(EXACT.add(item["residual"], item["unmetered"])),
    )
    said += [
        f"{money(EXACT.add(item['residual'], item['unmetered']), currency)}: {item['meaning']}."
        for item in worst[:3]
    ]
    if row["unbilled"]:
        said.append(
            f"Telemetry worth {money(row['unbilled'], currency)} has no charge: it is no part of "
            "the bill, and not added to it."
        )
    if row["left_out"]:
        said.append(
            f"{money(row['left_out'], currency)} is of days whose bill is not complete, and not "
            "compared yet."
        )
    return said


def _notes(found: Reconciled, accounts: Mapping[str, str]) -> list[str]:
    """What was compared and what was not, in sentences."""
    ground = found.ground
    notes = [
        f"{clean(item.provider)}, {item.start} to {item.end} (end exclusive), not compared: "
        f"{clean(item.reason)}."
        for item in ground.left_out
    ]
    for view in ground.views:
        whose = f" of account {account_text(view.account, accounts)}" if view.account else ""
        note = f"{clean(view.provider)}{whose}: telemetry of {', '.join(view.sources)}"
        others = ", ".join(
            f"{name} ({tokens:,} tokens)" for name, tokens in sorted(view.left_out.items())
        )
        notes.append(f"{note}; another view of the same requests: {others}." if others
                     else f"{note}.")  # fmt: skip
    for provider, meeting in sorted(ground.meetings.items()):
        if meeting.not_billed:
            names = ", ".join(shorten(name, 60) for name in meeting.not_billed)
            notes.append(f"{provider}: in telemetry and not on the bill: {names}.")
        if meeting.not_seen:
            names = ", ".join(shorten(name, 60) for name in meeting.not_seen)
            notes.append(f"{provider}: on the bill and not in telemetry: {names}.")
    notes += [
        f"{money(amount, currency)} of charges that may be AI are no part of this: nothing on the "
        "bill proves that they are."
        for currency, amount in found.candidates.items()
        if amount
    ]
    if found.priced.unpriced:
        notes.append(
            f"{counted(found.priced.unpriced, 'usage row')} of {found.priced.rows:,} have no "
            "price; they are in no amount."
        )
    return notes
