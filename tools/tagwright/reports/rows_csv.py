"""Rows of a tool as CSV, for a spreadsheet: every figure exact, its currency in its own column."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

from tagwright.receipts.run import NAMES
from tagwright.render.result import kind_of
from tagwright.text import spreadsheet_text

if TYPE_CHECKING:
    from tagwright.results import Scalar, ToolResult

__all__ = ["rows_csv"]


def rows_csv(result: ToolResult) -> str:
    """A head and one line a row; no totals, which would be added up once more.

    Amounts and ratios are decimals as the tool gave them. Accounts that have a name have it in a
    column beside them. Text that a spreadsheet would compute begins with ``'``.
    """
    called = {
        name: names for name, names in (result.details.get(NAMES) or {}).items()
        if any(name in row for row in result.rows)
    }  # fmt: skip
    columns = list(dict.fromkeys(name for row in result.rows for name in row))
    text = {name for name in columns if kind_of(name, result) == "name"}
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\r\n")
    writer.writerow(
        spreadsheet_text(head)
        for name in columns for head in (name, *([f"{name}_called"] if name in called else []))
    )  # fmt: skip
    for row in result.rows:
        line = []
        for name in columns:
            line.append(_cell(row.get(name), guard=name in text))
            if name in called:
                line.append(_cell(called[name].get(str(row.get(name))), guard=True))
        writer.writerow(line)
    return stream.getvalue()


def _cell(value: Scalar, *, guard: bool) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if value is None:
        return ""
    return spreadsheet_text(str(value)) if guard else str(value)
