"""A tool's result as blocks, without knowing the tool: rows, totals, details, notes, receipt."""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING, Any

from tagwright.blocks import Cell, Column, Note, Source, Table, sentence
from tagwright.metrics.definitions import RATIOS
from tagwright.render.figures import cell_text, decimal_of
from tagwright.results import Period
from tagwright.text import clean

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tagwright.blocks import Block, Kind, Line
    from tagwright.results import Scalar, ToolResult

__all__ = ["RATIO_COLUMNS", "kind_of", "result_blocks"]

_WHEN = ("", "previous_")
_AMOUNT = re.compile(r"-?\d+\.\d{2,}")
RATIO_COLUMNS = frozenset(
    {"share", "period_share", "contribution", "coverage"}
    | {f"{when}{metric.name}" for metric in RATIOS if metric.unit == "ratio" for when in _WHEN}
)
_SIGNED = frozenset({"change", "change_ratio"})
_HOISTED = ("currency", "consumed_unit", "key")
_DETAIL = 300
_EXACT = ("rate",)
"""Details that are another figure when they are rounded: exchange rates."""


def result_blocks(result: ToolResult, *, details: bool = False) -> list[Block]:
    """Period and unit, the table with its totals, details, notes and the receipt.

    A column that says the same in every row (currency, unit, key) stands above the table.

    Args:
        result: Of any tool.
        details: Also what belongs to this tool alone, as far as it is short.
    """
    common = _common(result)
    above = [f"Period: {_period_text(result.period)}"] if result.period else []
    above += [f"{_title(name)}: {value}" for name, value in common.items()]
    blocks: list[Block] = [sentence("   ".join(above))] if above else []
    if result.rows:
        blocks.append(_table(result, common))
        beyond = (_beyond(total, result.rows, common) for total in result.totals)
        blocks += [sentence(line) for line in beyond if line]
    else:
        skipped = min(result.offset or 0, result.row_count)
        after = f" after the first {skipped:,}" if skipped else ""
        blocks.append(sentence(f"No rows{after}."))
    for name, value in (result.details if details else {}).items():
        if name != "names" and value not in (None, "", [], {}):  # they stand in the rows
            blocks.append(sentence(f"{_title(name)}: {_detail_text(value)}"))
    blocks += [Note(text=note) for note in result.notes]
    if result.receipt:
        blocks.append(sentence("Receipt: ", Cell(value=result.receipt, kind="code")))
    return blocks


def _common(result: ToolResult) -> dict[str, Scalar]:
    """Units and key where all rows and totals say the same."""
    found: dict[str, Scalar] = {}
    everything = [*result.rows, *result.totals]
    for name in _HOISTED:
        values = {row.get(name) for row in everything if name in row}
        others = {key for row in result.rows for key in row} - {*_HOISTED}
        named = any(kind_of(key, result) == "name" for key in others)
        if len(values) == 1 and None not in values and (named or name != "key"):
            found[name] = next(iter(values))
    return found


def _table(result: ToolResult, common: Mapping[str, Scalar]) -> Table:
    names = [n for n in dict.fromkeys(n for row in result.rows for n in row) if n not in common]
    kinds: dict[str, Kind] = {name: kind_of(name, result) for name in names}
    source = Source(result)
    # All or none: one of two currencies' totals alone would read as the total of both.
    said = all(_among(total, result.rows, names) for total in result.totals)
    first = next((name for name in names if kinds[name] == "name"), None)
    totals = [] if said or first is None else source.totals
    return Table(
        columns=tuple(Column(title=_head(name), kind=kinds[name]) for name in names),
        rows=tuple(
            tuple(line.cell(n, kinds[n], signed=n in _SIGNED) for n in names)
            for line in source.rows
        ),
        totals=tuple(tuple(_total(line, n, kinds[n], first) for n in names) for line in totals),
        row_count=result.row_count,
        offset=result.offset or 0,
    )


def _head(name: str) -> str:
    """What a column is called; a currency's code needs no name, a raw tag's key is as written."""
    if name == "currency":
        return ""
    return name if name.startswith("tag:") else _title(name)


def _total(line: Line, name: str, kind: Kind, first: str | None) -> Cell:
    if name == first:
        value = line.get(name)
        return Cell(value=f"Total {'' if value is None else value}".rstrip())
    if line.get(name) is None:
        return Cell()
    return line.cell(name, kind, signed=name in _SIGNED)


def kind_of(name: str, result: ToolResult) -> Kind:
    """A number, a ratio, or an amount that totals know too; else a name.

    A tag's value may look like an amount (``1.25``), so text alone does not make one.
    """
    values = [row[name] for row in result.rows if row.get(name) is not None]
    if name in RATIO_COLUMNS or name.endswith("_ratio"):
        return "ratio" if all(isinstance(value, str) for value in values) else "name"
    if values and all(isinstance(value, int) and not isinstance(value, bool) for value in values):
        return "count"
    known = not result.totals or any(name in total for total in result.totals)
    figures = known and all(
        isinstance(value, str) and _AMOUNT.fullmatch(value) is not None for value in values
    )
    if not figures or not (values or name not in _HOISTED):
        return "name"
    return "rate" if "_per_" in name or name.endswith("unit_price") else "amount"


def _among(
    total: Mapping[str, Scalar], rows: Sequence[Mapping[str, Scalar]], names: Sequence[str]
) -> bool:
    """Whether a row says already what the total says in these columns."""
    shared = [name for name in names if name in total]
    if not rows or not shared:
        return not shared
    return any(
        all(row.get(name) == total[name] for name in shared)
        and all(
            row.get(name) is None or name in total
            for name in names
            if not (name in RATIO_COLUMNS or name.endswith("_ratio"))
        )
        for row in rows
    )


def _beyond(
    total: Mapping[str, Scalar], rows: Sequence[Mapping[str, Scalar]], common: Mapping[str, Scalar]
) -> str:
    """What a total says that no row has a column for."""
    known = {name for row in rows for name in row}
    extra = {n: v for n, v in total.items() if n not in known and v is not None}
    if not extra:
        return ""
    said = ", ".join(f"{_title(name).lower()} {_value_text(v)}" for name, v in extra.items())
    unit = total.get("currency")
    return f"In all{f' ({unit})' if unit and 'currency' not in common else ''}: {said}."


def _value_text(value: Scalar) -> str:
    kind: Kind = "amount" if decimal_of(value) is not None else "name"
    return cell_text(Cell(value=value, kind=kind))


def _title(name: str) -> str:
    words = clean(name).replace("_", " ")
    return words[:1].upper() + words[1:]


def _detail_text(value: Any, name: object = "") -> str:
    """A detail in words: short ones whole, long ones named."""
    if isinstance(value, dict) and value.keys() == {"start", "end", "label"}:
        text = _period_text(Period.model_validate(value))
    elif isinstance(value, dict):
        text = ", ".join(
            f"{_title(str(k)).lower()} "
            + (f"({_detail_text(v)})" if isinstance(v, list | tuple) and v else _detail_text(v, k))
            for k, v in value.items()
        )
    elif isinstance(value, list | tuple):
        between = "; " if any(isinstance(item, dict) for item in value) else ", "
        text = between.join(_detail_text(item) for item in value)
    elif isinstance(value, str) and _AMOUNT.fullmatch(value) and name not in _EXACT:
        text = cell_text(Cell(value=value, kind="amount"))
    else:
        text = "-" if value is None else clean(str(value))
    return text if len(text) <= _DETAIL else f"{text[:_DETAIL]}… (all with --json)"


def _period_text(period: Period) -> str:
    first, last = str(period.start), str(period.end - dt.timedelta(days=1))
    span = first if first == last else f"{first} to {last}"
    return span if period.label in (span, "") else f"{period.label} ({span})"
