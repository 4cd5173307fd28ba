"""``tagwright rules check``: what each allocation rule would take, before it does."""

from __future__ import annotations

from decimal import Decimal
from itertools import zip_longest
from typing import TYPE_CHECKING, Any

import click

from tagwright_agent.cli.output import common_options, console, emit_json, settings_for

if TYPE_CHECKING:
    from pathlib import Path

    from tagwright.allocation import AllocationRules
    from tagwright.blocks import Table
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
    from tagwright.render.terminal import print_blocks
    from tagwright.text import clean, counted

    period = report["period"]
    out = console()
    out.print(f"\nBy {report['dimension']}, {period['label']}:")
    print_blocks(out, [_steps(report)])
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


def _steps(report: dict[str, Any]) -> Table:
    """One row a rule; a further row for each further currency."""
    from tagwright.blocks import Cell, grid, money

    def sums(amounts: list[dict[str, str]]) -> list[Cell]:
        return [money(Decimal(item["amount"]), item["currency"]) for item in amounts]

    rows: list[list[Cell | str | int]] = []
    for step in report["steps"]:
        if not step["charges"] and step["rule"].startswith("policy:"):
            continue
        takes, unallocated = sums(step["amounts"]), sums(step["unallocated"])
        first: list[Cell | str | int] = [
            step["rule"],
            step["by"],
            step["charges"],
            "" if step["telemetry"] is None else step["telemetry"],
            step["targets"] or "",
        ]
        for taken, left in zip_longest(takes or [Cell()], unallocated, fillvalue=Cell()):
            rows.append([*first[:3], taken, *first[3:], left])
            first = [""] * 5
    return grid(
        [("Rule", "text"), ("By", "text"), ("Charges", "count"), ("Takes", "amount"),
         ("Telemetry", "count"), ("Targets", "count"), ("Unallocated", "amount")],
        rows,
    )  # fmt: skip
