"""The golds, computed by DuckDB from the warehouse's tables without the metrics layer."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from tagwright_evals.questions.model import Row

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from tagwright.warehouse import Snapshot
    from tagwright_evals.questions.model import Question

__all__ = ["gold_rows"]


def gold_rows(snapshot: Snapshot, questions: Iterable[Question]) -> dict[str, list[Row]]:
    """Rows of each question's gold by its id, in the order that its SQL gives.

    Raises:
        ValueError: A gold is at fault or has no rows: it would judge nothing.
    """
    import duckdb

    found: dict[str, list[Row]] = {}
    for question in questions:
        if question.gold is None:
            continue
        try:
            table = snapshot.query(question.gold.sql)
        except duckdb.Error as error:
            raise ValueError(f"{question.id}: {error}") from None
        rows = [_row(table.columns, values) for values in table.rows]
        if not rows:
            raise ValueError(f"{question.id}: its gold has no rows")
        found[question.id] = rows
    return found


def _row(columns: Sequence[str], values: Sequence[object]) -> Row:
    cells = dict(zip(columns, values, strict=True))
    figure, currency = cells.pop("figure"), cells.pop("currency", None)
    return Row(
        tuple(None if value is None else str(value) for value in cells.values()),
        Decimal(str(figure)),
        None if currency is None else str(currency),
    )
