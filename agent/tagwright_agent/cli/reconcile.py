"""``tagwright reconcile``: what telemetry comes to, held against what was billed."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tagwright_agent.cli.output import common_options, console, emit_json, settings_for

if TYPE_CHECKING:
    from rich.console import Console

    from tagwright.blocks import Table
    from tagwright.reconcile import Reconciled
    from tagwright.reports.reconciliation import Reconciliation

__all__ = ["reconcile"]

_ROWS = 20


@click.command("reconcile")
@click.option("--period", default="last_month", show_default=True, help="Month or other period.")
@click.option(
    "--html", type=click.Path(dir_okay=False, path_type=Path), help="Also write a page for finance."
)
@click.option(
    "--csv", "csv_file", type=click.Path(dir_okay=False, path_type=Path),
    help="Also write every cell as CSV.",
)  # fmt: skip
@common_options
def reconcile(
    period: str, *, html: Path | None, csv_file: Path | None, as_json: bool, home: Path | None
) -> int:
    """Hold the priced telemetry of AI usage against the bill, and say why they differ.

    Only days whose bill is complete are compared. Exit status 1 where a sum does not hold.
    """
    from tagwright.context import open_context
    from tagwright.errors import MisuseError
    from tagwright.registry import load_registry
    from tagwright.reports.journal_files import write_text
    from tagwright.reports.reconciliation import cells_csv, page, prepare

    if html is not None and html == csv_file:
        raise MisuseError(f"--html and --csv are one file, {html}: one would overwrite the other.")
    with open_context(settings_for(home)) as ctx:
        found = prepare(ctx, load_registry(), ctx.period(period))
    files = []
    if html is not None:
        files.append(write_text(html, page(found)))
    if csv_file is not None:
        files.append(write_text(csv_file, cells_csv(found.found)))
    if as_json:
        emit_json({**found.as_dict(), "files": [str(path) for path in files]})
    else:
        _show(console(), found)
        for path in files:
            console().print(str(path), soft_wrap=True)
    return 0 if found.sound else 1


def _show(out: Console, item: Reconciliation) -> None:
    from tagwright.money import decimal_text
    from tagwright.render.terminal import print_blocks
    from tagwright.text import clean

    found = item.found
    out.print(f"AI charges against telemetry, {found.ground.period.label}.")
    if not found.totals():
        out.print("No AI charge and no usage is known for this period.")
    for row in found.totals():
        currency = row["currency"]
        out.print()
        out.print(_sentence(row))
        if any(cell.currency == currency for cell in found.cells):
            out.print()
            print_blocks(out, [_models(found, currency)])
        if any(line["currency"] == currency for line in found.reasons()):
            out.print()
            print_blocks(out, [_reasons(found, currency)])
    out.print()
    for check in item.checks:
        equal = "=" if check.holds else "IS NOT"
        out.print(
            f"Parts {decimal_text(check.left)} {equal} charged {decimal_text(check.right)} "
            f"{check.currency}.",
            style="green" if check.holds else "bold red",
        )
    for note in item.notes:
        out.print(f"Note: {clean(note)}")
    out.print(f"\nReceipt: {item.receipt}", style="dim")


def _sentence(row: dict[str, Any]) -> str:
    """What was billed in one currency, and what of it is explained."""
    from tagwright.money import display_text
    from tagwright.reports.advice import percent

    currency, unbilled = row["currency"], display_text(row["unbilled"])
    if row["billed_ai"] is None:
        return (
            f"No AI charge in {currency} is known for this period; telemetry without a bill "
            f"comes to {unbilled} {currency}."
        )
    share = percent(row["explained"], row["billed"] or Decimal(0))
    return (
        f"Billed for AI: {display_text(row['billed_ai'])} {currency}, of which "
        f"{display_text(row['left_out'])} on days that are not compared yet.\n"
        f"Explained {display_text(row['explained'])}{f' ({share})' if share else ''}, "
        f"residual {display_text(row['residual'])}, "
        f"unmetered {display_text(row['unmetered'])}; "
        f"telemetry without a bill {unbilled}."
    )


def _models(found: Reconciled, currency: str) -> Table:
    from tagwright.blocks import grid, money

    rows = [row for row in found.by("provider", "model") if row["currency"] == currency]
    return grid(
        [("Provider, model", "text"), ("Billed", "amount"), ("Telemetry", "amount"),
         ("Factor", "text"), ("Explained", "amount")],
        [
            [
                f"{row['provider'] or '(no name)'} {row['model'] or '(no model)'}",
                money(row["billed"], currency),
                money(row["priced"] or None, currency),
                _factor(row["factor"]),
                money(row["explained"] or None, currency),
            ]
            for row in rows[:_ROWS]
        ],
        row_count=len(rows),
    )  # fmt: skip


def _factor(value: str | None) -> str:
    from tagwright.money import display_text

    return "" if value is None else display_text(Decimal(value), places=3)


def _reasons(found: Reconciled, currency: str) -> Table:
    from tagwright.blocks import grid, money
    from tagwright.money import EXACT

    return grid(
        [("Not explained, because", "text"), ("Billed", "amount"), ("Not billed", "amount")],
        [
            [
                f"{row['reason']}: {row['meaning']}",
                money(EXACT.add(row["residual"], row["unmetered"]) or None, currency),
                money(row["unbilled"] or None, currency),
            ]
            for row in found.reasons()
            if row["currency"] == currency
        ],
    )
