"""``tagwright rules check``: what each allocation rule would take, before it does."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import click

from tagwright_agent.cli.output import common_options, console, emit_json, settings_for

if TYPE_CHECKING:
    from pathlib import Path

    from tagwright.allocation import AllocationRules
    from tagwright.context import ToolContext

__all__ = ["rules"]


@click.group("rules")
def rules() -> None:
    """Allocation rules: who bears which shared charges."""


@rules.command("check")
@click.option("--dimension", help="Taxonomy key (default: each that a rule allocates to).")
@click.option("--period", default="last_month", show_default=True, help="Charges to look at.")
@common_options
def check(dimension: str | None, period: str, as_json: bool, home: Path | None) -> int:
    """Explain what each rule would take, and by what it would divide it."""
    from tagwright.allocation import explain, load_rules
    from tagwright.context import open_context

    settings = settings_for(home)
    found = load_rules(settings)
    with open_context(settings) as ctx:
        when = ctx.period(period)
        names = [dimension] if dimension else _dimensions(ctx, found)
        reports = [explain(ctx, found, dimension=name, period=when) for name in names]
    if as_json:
        said = {"source": found.source, "digest": found.digest, "notes": ctx.lags}
        emit_json({**said, "dimensions": reports})
        return 0
    console().print(f"Rules of {found.source}.", soft_wrap=True)
    for note in ctx.lags:
        console().print(note, soft_wrap=True, highlight=False)
    if not names:
        console().print(
            "No rule divides anything: each charge goes where its tags say. "
            "Write rules into allocation.yaml; docs/allocation.md shows how.",
            soft_wrap=True,
        )
    for report in reports:
        _show(report)
    return 0


def _dimensions(ctx: ToolContext, found: AllocationRules) -> list[str]:
    """Keys that rules allocate to; a name that nobody knows is left to the rule's own message."""
    from tagwright.errors import UnknownNameError

    names: dict[str, None] = {}
    for to in (name for rule in found.rules for name in rule.to):
        try:
            names[ctx.catalogue.dimension(to).name] = None
        except UnknownNameError:
            names.setdefault(next(iter(ctx.taxonomy.keys)))
    return list(names)


def _show(report: dict[str, Any]) -> None:
    from rich.table import Table

    from tagwright.money import display_text
    from tagwright.text import clean, counted, shorten

    def sums(amounts: list[dict[str, str]]) -> str:
        return "\n".join(
            f"{display_text(Decimal(item['amount']))} {item['currency']}" for item in amounts
        )

    period = report["period"]
    out = console()
    out.print(f"\nBy {report['dimension']}, {period['label']}:")
    table = Table(box=None, pad_edge=False, header_style="bold")
    for head in ("Rule", "By"):
        table.add_column(head, overflow="ellipsis")
    for head in ("Charges", "Takes", "Telemetry", "Targets", "Unallocated"):
        table.add_column(head, justify="right", no_wrap=True)
    for step in report["steps"]:
        if step["charges"] or not step["rule"].startswith("policy:"):
            table.add_row(
                shorten(step["rule"], 20),
                step["by"],
                f"{step['charges']:,}",
                sums(step["amounts"]),
                "" if step["telemetry"] is None else f"{step['telemetry']:,}",
                str(step["targets"] or ""),
                sums(step["unallocated"]),
            )
    out.print(table)
    for step in report["steps"]:
        for other, charges in step["taken_before"].items():
            if not step["rule"].startswith("policy:"):
                out.print(
                    f"{step['rule']}: {counted(charges, 'charge')} that it fits "
                    f"{'go' if charges > 1 else 'goes'} to {other}, which comes first.",
                    soft_wrap=True,
                )
    for note in report["notes"]:
        out.print(f"Note: {clean(note)}", soft_wrap=True, highlight=False)
