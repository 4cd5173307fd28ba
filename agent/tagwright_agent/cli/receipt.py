"""``tagwright receipt ID``: the same figures again, or what changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from tagwright_agent.cli.output import common_options, console, emit_json, settings_for

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from rich.console import Console

    from tagwright.blocks import Kind, Table
    from tagwright.receipts import Difference, Replay
    from tagwright.results import Scalar

__all__ = ["receipt"]

_SHOWN = 20


@click.command("receipt")
@click.argument("receipt_id", metavar="ID")
@click.option("--sql", is_flag=True, help="Also print the statements.")
@common_options
def receipt(receipt_id: str, sql: bool, as_json: bool, home: Path | None) -> int:
    """Run the statements of a receipt again; exit status 1 where a figure differs."""
    from tagwright.receipts import replay

    found = replay(receipt_id, settings_for(home))
    if as_json:
        emit_json(found.as_dict())
    else:
        _show(console(), found, sql=sql)
    return 0 if found.status == "same" else 1


def _show(out: Console, found: Replay, *, sql: bool) -> None:
    import json

    from tagwright.render.terminal import print_blocks
    from tagwright.text import clean

    stored = found.receipt
    given = {name: value for name, value in stored["arguments"].items() if value not in ("", [])}
    out.print(f"{stored['tool']} {clean(json.dumps(given, ensure_ascii=False))}")
    out.print(
        f"made {stored['created_at']} on snapshot {stored['snapshot']} "
        f"by Tagwright {stored['tagwright_version']}"
    )
    if sql:
        for number, query in enumerate(stored["queries"], 1):
            out.print(f"\n[{number}] {clean(query['sql'])}")
            if query["params"]:
                out.print(f"    with {clean(json.dumps(query['params'], ensure_ascii=False))}")
        out.print("")
    if found.status == "same":
        _show_result(out, found)
    out.print(found.message, style="green" if found.status == "same" else "red")
    for title, differences in (("Totals", found.totals), ("Rows", found.rows)):
        if differences:
            print_blocks(out, [_table(title, differences)])


def _show_result(out: Console, found: Replay) -> None:
    from tagwright.render.result import result_blocks
    from tagwright.render.terminal import print_blocks
    from tagwright.results import ToolResult

    print_blocks(out, result_blocks(ToolResult.model_validate(found.receipt["result"])))


def _table(title: str, differences: Sequence[Difference]) -> Table:
    from tagwright.blocks import Cell, grid

    rows: list[list[Scalar | Cell]] = [
        [
            ", ".join(_text(value) for value in item.where.values()) or "all",
            item.name.replace("_", " "),
            # As text: the exact value, a difference may be in the last decimal.
            Cell(value="not there" if item.before is None else _text(item.before)),
            Cell(value="gone" if item.after is None else _text(item.after)),
        ]
        for item in differences[:_SHOWN]
    ]
    heads: list[tuple[str, Kind]] = [
        (title, "text"), ("Figure", "text"), ("Then", "amount"), ("Now", "amount"),
    ]  # fmt: skip
    return grid(heads, rows, row_count=len(differences))


def _text(value: Scalar) -> str:
    """The value as it is."""
    from tagwright.text import clean

    return clean(str(value))
