"""``tagwright price WHAT``: what a machine, a model or a whole plan would cost a month."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tagwright_agent.cli.check_plan import plan_text
from tagwright_agent.cli.output import common_options, console, emit_json, key_values, settings_for

if TYPE_CHECKING:
    from tagwright.blocks import Table
    from tagwright.config import Settings
    from tagwright.reports.launch import PlanPrice

__all__ = ["price"]

_WHOLE = click.IntRange(min=0)


@click.command("price")
@click.argument("what", metavar="SKU|FILE")
@click.option("--count", type=_WHOLE, default=1, show_default=True, help="Machines, or units.")
@click.option("--hours", type=_WHOLE, default=730, show_default=True, help="A month, of each.")
@click.option("--region", default="", metavar="REGION", help="As on the bill: us-east-1.")
@click.option("--requests", type=_WHOLE, default=0, help="To a model, a month.")
@click.option("--input-tokens", type=_WHOLE, default=0, help="Of one request.")
@click.option("--cached-tokens", type=_WHOLE, default=0, help="Of these: read from a cache.")
@click.option("--output-tokens", type=_WHOLE, default=0, help="Of one request.")
@click.option("--tag", "tags", multiple=True, metavar="NAME=VALUE", help="A tag it would carry.")
@common_options
def price(
    what: str, *, count: int, hours: int, region: str, tags: tuple[str, ...], as_json: bool,
    home: Path | None, **use: int,
) -> None:  # fmt: skip
    """Say what a launch would cost a month, and which tags it must carry. It is advice.

    SKU is a machine type as the cloud spells it (m6i.large), priced as this home's bill charged it
    last, or a model with its provider (openai/gpt-4o), priced by the price book. FILE is what
    check-plan takes; - is standard input. Exit status 0, whatever it costs.
    """
    settings = settings_for(home)
    if what == "-" or Path(what).is_file():
        _price_file(settings, what, region=region, hours=hours, as_json=as_json)
        return
    from tagwright.context import open_context
    from tagwright.receipts import run_tool
    from tagwright.registry import load_registry

    arguments: dict[str, Any] = {"sku": what, "count": count, "hours": hours, "region": region}
    arguments |= use
    if tags:
        arguments["tags"] = key_values(tags, "--tag")
    with open_context(settings) as ctx:
        result = run_tool(load_registry(), "price_launch", arguments, ctx)
    if as_json:
        emit_json(result.model_dump(mode="json"))
        return
    from tagwright.render.result import result_blocks
    from tagwright.render.terminal import print_blocks

    print_blocks(console(), result_blocks(result, details=True))


def _price_file(settings: Settings, name: str, *, region: str, hours: int, as_json: bool) -> None:
    from tagwright.context import open_context
    from tagwright.policies.check import check_file, read_named_plan
    from tagwright.registry import load_registry
    from tagwright.reports.launch import price_plan

    text = plan_text(name)
    shown = "stdin" if name == "-" else name
    with open_context(settings) as ctx:
        found = price_plan(
            ctx, load_registry(), read_named_plan(shown, text), region=region, hours=hours
        )
        taxonomy = ctx.taxonomy
    report = check_file(
        shown, text, taxonomy, keys=taxonomy.wanted(()), on=dt.datetime.now(dt.UTC).date()
    )
    failing = report.failing()
    if as_json:
        findings = [item.as_dict() for item in failing]
        emit_json({**found.as_dict(), "tags_to_mend": findings})
        return
    _show(found)
    if failing:
        resources = len({item.address for item in failing})
        console().print(
            f"Tags to mend: {len(failing):,} in {resources:,}; see `tagwright check-plan {shown}`.",
            soft_wrap=True,
        )
    else:
        console().print(f"Tags: all {report.checked:,} judged are as the taxonomy wants them.")


def _show(found: PlanPrice) -> None:
    from tagwright.render.terminal import print_blocks
    from tagwright.text import clean

    out = console()
    if found.rows:
        print_blocks(out, [_table(found)])
    else:
        out.print("The plan starts no machine whose type it says.")
    for sku, why in found.unpriced.items():
        out.print(f"No price of {clean(sku)}: {clean(why)}", overflow="fold")
    for note in found.notes:
        out.print(note, overflow="fold")
    if found.receipts:
        out.print(f"Receipts: {', '.join(found.receipts)}.", overflow="fold")


def _table(found: PlanPrice) -> Table:
    from tagwright.blocks import Cell, grid

    shown = [
        [
            row["resource"],
            f"{row['machines']} (now {row['machines_now']})"
            if row["machines_now"]
            else row["machines"],
            row["list_cost"],
            row["contracted_cost"],
            row["currency"],
        ]
        for row in found.rows
    ]
    table = grid(
        [
            ("Resource", "text"), ("Machines", "text"), ("List cost", "amount"),
            ("Contracted cost", "amount"), ("", "text"),
        ],
        shown,
    )  # fmt: skip
    totals = tuple(
        (
            Cell(value="Adds a month"), Cell(), Cell(value=row["list_cost"], kind="amount"),
            Cell(value=row["contracted_cost"], kind="amount"), Cell(value=row["currency"]),
        )
        for row in found.totals
    )  # fmt: skip
    return table.model_copy(update={"totals": totals})
