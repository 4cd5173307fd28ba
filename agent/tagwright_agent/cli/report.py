"""``tagwright report``: showback pages, the chargeback journal, a FOCUS 1.4 export."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import click

from tagwright.errors import MisuseError
from tagwright_agent.cli.output import common_options, console, emit_json, settings_for

if TYPE_CHECKING:
    from collections.abc import Callable

    from rich.console import Console

    from tagwright.context import ToolContext
    from tagwright.reports.allocated import Allocation
    from tagwright.reports.chargeback import Booked
    from tagwright.reports.focus_export import FocusExport
    from tagwright.reports.journal import Journal
    from tagwright.reports.showback import Showback
    from tagwright.results import Period

__all__ = ["report", "show_pages"]

_OUT = Path("tagwright-report")


class _ShowbackByDefault(click.Group):
    """``tagwright report --period …`` is ``tagwright report showback --period …``."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if not args or (args[0].startswith("-") and args[0] not in ctx.help_option_names):
            args = ["showback", *args]
        return super().parse_args(ctx, args)


@click.group("report", cls=_ShowbackByDefault, no_args_is_help=False)
def report() -> None:
    """Showback pages (the default), chargeback journal, FOCUS 1.4 export."""


def _shared(function: Callable[..., Any]) -> Callable[..., Any]:
    period = click.option(
        "--period", default="last_month", show_default=True, help="Month or other period."
    )
    out = click.option(
        "--out",
        type=click.Path(path_type=Path),
        default=_OUT,
        show_default=True,
        help="Folder to write into.",
    )
    return period(out(function))


def _allocator(dimension: str, cost_basis: str) -> Callable[[ToolContext, Period], Allocation]:
    from tagwright.allocation import allocate, load_rules

    def allocated(ctx: ToolContext, period: Period) -> Allocation:
        rules = load_rules(ctx.settings)
        return allocate(ctx, rules, dimension=dimension, cost_basis=cost_basis, period=period)

    return allocated


@report.command("showback")
@_shared
@click.option("--dimension", help="Whom costs are shown to (default: as configured, team).")
@click.option("--cost-basis", help="Which cost (default: as configured, effective_cost).")
@common_options
def showback(  # noqa: PLR0917  click passes every option by name
    period: str,
    out: Path,
    dimension: str | None,
    cost_basis: str | None,
    as_json: bool,
    home: Path | None,
) -> int:
    """One page for the whole and one for each team: HTML files that need nothing else.

    Exit status 1 where a page does not add up to its charges; the page says so too.
    """
    from tagwright.context import open_context
    from tagwright.registry import load_registry
    from tagwright.reports.showback import write_showback

    settings = settings_for(home)
    dimension = dimension or settings.chargeback.dimension
    with open_context(settings) as ctx:
        metric = ctx.catalogue.metric(cost_basis or settings.chargeback.cost_basis).name
        found = write_showback(
            ctx, load_registry(), ctx.period(period), out,
            dimension=dimension, cost_basis=metric, allocator=_allocator(dimension, metric),
        )  # fmt: skip
    if as_json:
        emit_json(found.as_dict())
    else:
        show_pages(console(), found)
    return 0 if found.sound else 1


def show_pages(out: Console, found: Showback) -> None:
    """What the report says of the whole, its proof, and where its pages are."""
    from tagwright.money import decimal_text, display_text
    from tagwright.text import clean

    whole = found.pages[0]
    for block in whole.blocks:
        for sentence in block.summary:
            out.print(clean(sentence))
        check = block.checks[0]
        equal = "=" if check.holds else "IS NOT"
        out.print(
            f"Reported {decimal_text(check.left)} {equal} charged {decimal_text(check.right)} "
            f"{block.currency}.",
            style="green" if check.holds else "bold red",
        )
        if not check.holds:
            off = display_text(check.left - check.right)
            out.print(f"DO NOT USE THESE PAGES: {off} {block.currency} is wrong.", style="bold red")
    for note in whole.notes:
        out.print(clean(note))
    out.print(f"{len(found.files)} pages, beginning with {found.files[0]}", soft_wrap=True)


@report.command("journal")
@_shared
@click.option("--close", "action", flag_value="close", help="Post it and close the month.")
@click.option(
    "--correct", "action", flag_value="correct", help="Reverse what is posted, post it anew."
)
@common_options
def journal(period: str, out: Path, action: str | None, as_json: bool, home: Path | None) -> None:
    """The chargeback journal of a month, as CSV and JSON: a draft, or as it was closed.

    A closed month never changes: --correct books a reversal and the new figures beside it.
    """
    from tagwright.context import open_context
    from tagwright.registry import load_registry
    from tagwright.reports.chargeback import book, prepare
    from tagwright.reports.journal_files import write_journal

    settings = settings_for(home)
    mapping = settings.chargeback
    wanted: Literal["draft", "close", "correct"] = (
        "close" if action == "close" else "correct" if action == "correct" else "draft"
    )
    with open_context(settings) as ctx:
        span = ctx.period(period)
        if ctx.lags and wanted != "draft":
            raise MisuseError(
                f"Nothing is booked. {' '.join(ctx.lags)}",
                hint=f"Say which month: --period {span.label}",
            )
        allocator = _allocator(mapping.dimension, mapping.cost_basis)
        booked = book(
            ctx,
            span,
            lambda: prepare(ctx, load_registry(), span, mapping, allocator),
            action=wanted,
            by=ctx.principal.id,
        )
    booked = replace(booked, notes=(*ctx.lags, *booked.notes))
    files = [str(path) for run in booked.runs for path in write_journal(run, out)]
    if as_json:
        emit_json({**booked.as_dict(), "files": files})
    else:
        _show_journal(console(), booked, files)


def _show_journal(out: Console, booked: Booked, files: list[str]) -> None:
    from tagwright.text import clean

    for run in booked.runs:
        out.print(_run_line(run))
        for total in run.as_dict()["totals"]:
            out.print(
                f"  debit {total['debit']} = credit {total['credit']} {total['currency']}, "
                f"charged {total['charged']}"
            )
        if not run.adds_up:
            out.print(
                f"DO NOT BOOK THIS: allocated {run.exact}, but charged {run.charges}.",
                style="bold red",
            )
        for note in run.notes:
            out.print(f"  {clean(note)}")
    for note in booked.notes:
        out.print(clean(note), style="yellow")
    if booked.status == "draft":
        out.print("A draft: nothing is posted. --close posts it and closes the month.")
    for name in files:
        out.print(name, soft_wrap=True)


def _run_line(run: Journal) -> str:
    what = "reversal of " + run.reversal_of if run.kind == "reversal" else "journal"
    posted = f", posted {run.posted_at[:16]} by {run.posted_by}" if run.posted_at else ""
    return f"{run.period} run {run.number} ({run.run_id}): {what}, {len(run.lines)} lines{posted}"


@report.command("focus")
@_shared
@click.option(
    "--format", "file_format", type=click.Choice(["csv", "parquet"]), default="csv",
    show_default=True, help="Of the file.",
)  # fmt: skip
@click.option(
    "--draft-1.5", "draft", is_flag=True,
    help="AI keys without the prefix x_, as the draft of FOCUS 1.5 names them (no valid 1.4).",
)  # fmt: skip
@click.option(
    "--allocate", "dimension", metavar="KEY",
    help="Charges that rules divide as a row for each target, with the Allocated columns.",
)  # fmt: skip
@common_options
def focus(  # noqa: PLR0917
    period: str,
    out: Path,
    file_format: Literal["csv", "parquet"],
    draft: bool,
    dimension: str | None,
    as_json: bool,
    home: Path | None,
) -> None:
    """Every charge of a period as a FOCUS 1.4 Cost and Usage file."""
    from tagwright.allocation import charge_lines, load_rules
    from tagwright.context import open_context
    from tagwright.reports.focus_export import export_focus

    settings = settings_for(home)
    with open_context(settings) as ctx:
        span = ctx.period(period)
        name = f"focus-{span.label.replace(' ', '-')}.{file_format}"
        split = None
        if dimension is not None:
            rules = load_rules(settings)
            split = charge_lines(ctx, rules, dimension=dimension, period=span, prefix="warehouse.")
        found = export_focus(
            ctx, span, out / name, file_format=file_format, draft=draft, split=split
        )
    found.notes[:0] = ctx.lags
    if as_json:
        emit_json(found.as_dict())
    else:
        _show_focus(console(), found)


def _show_focus(out: Console, found: FocusExport) -> None:
    for total in found.totals:
        out.print(
            f"{total.charges:,} charges: billed {total.billed}, effective {total.effective} "
            f"{total.currency}"
        )
    for repair in found.repairs:
        out.print(f"{repair.column}: {repair.rows:,} rows: {repair.reason}.")
    for note in found.notes:
        out.print(note, style="yellow")
    out.print(found.path, soft_wrap=True)
