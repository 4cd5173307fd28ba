"""Rows as CSV: figures exact, text harmless, nothing is something else."""

from __future__ import annotations

import csv
import io
from typing import Any

from tagwright.reports.rows_csv import rows_csv
from tagwright.results import ToolResult


def read(**result: Any) -> list[list[str]]:
    return list(csv.reader(io.StringIO(rows_csv(ToolResult(**result)), newline="")))


def test_figures_are_exact_and_text_is_harmless() -> None:
    rows: list[dict[str, Any]] = [
        {"team": "=1+1", "effective_cost": "-0.00000000001", "currency": "USD", "count": -3},
        {"team": None, "effective_cost": None, "currency": "EUR", "count": 1, "new": True},
    ]
    totals = [{"currency": "USD", "effective_cost": "-0.00000000001"}]
    assert read(rows=rows, totals=totals) == [
        ["team", "effective_cost", "currency", "count", "new"],
        ["'=1+1", "-0.00000000001", "USD", "-3", ""],
        ["", "", "EUR", "1", "yes"],
    ]


def test_accounts_have_their_names_beside_them() -> None:
    rows = [{"sub_account_id": "111"}, {"sub_account_id": "222"}]
    names = {"sub_account_id": {"111": "@prod"}, "team": {"a": "A"}}
    assert read(rows=rows, details={"names": names}) == [
        ["sub_account_id", "sub_account_id_called"], ["111", "'@prod"], ["222", ""],
    ]  # fmt: skip


def test_a_tag_key_is_a_head_of_a_column_too() -> None:
    assert read(rows=[{"=tag": "a"}])[0] == ["'=tag"]
