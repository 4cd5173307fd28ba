"""The golds, computed by DuckDB from the warehouse's tables without the metrics layer."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from tagwright_evals.questions.model import Row

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from tagwright.warehouse import Snapshot
    from tagwright_evals.questions.model import Question

__all__ = ["absent_names", "gold_rows"]


def gold_rows(snapshot: Snapshot, questions: Iterable[Question]) -> dict[str, list[Row]]:
    """Rows of each question's gold by its id, in the order that its SQL gives.

    Raises:
        ValueError: A gold is at fault or has no rows: it would judge nothing.
    """
    return {
        question.id: _rows(snapshot, question.id, question.gold.sql)
        for question in questions
        if question.gold is not None
    }


def absent_names(snapshot: Snapshot, questions: Iterable[Question]) -> dict[str, list[str]]:
    """Names that may not stand in the answer, by the question's id.

    Raises:
        ValueError: The SQL is at fault or has no rows.
    """
    return {
        question.id: [
            row.names[0] for row in _rows(snapshot, question.id, question.gold.absent)
            if row.names[0] is not None
        ]
        for question in questions
        if question.gold is not None and question.gold.absent
    }  # fmt: skip


def _rows(snapshot: Snapshot, name: str, sql: str) -> list[Row]:
    import duckdb

    try:
        table = snapshot.query(sql)
    except duckdb.Error as error:
        raise ValueError(f"{name}: {error}") from None
    rows = [_row(table.columns, values) for values in table.rows]
    if not rows or any(row.figure is None for row in rows):
        raise ValueError(f"{name}: its gold has no rows")
    return rows


def _row(columns: Sequence[str], values: Sequence[object]) -> Row:
    cells = dict(zip(columns, values, strict=True))
    figure, currency = cells.pop("figure", 0), cells.pop("currency", None)
    return Row(
        tuple(None if value is None else str(value) for value in cells.values()),
        Decimal(str(figure)),
        None if currency is None else str(currency),
    )
