"""Two periods side by side by many dimensions, with one pass over each table that is needed."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from tagwright.builtin._drivers import MEASURED
from tagwright.metrics import SET
from tagwright.money import EXACT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tagwright.builtin._question import Question
    from tagwright.results import Period

__all__ = ["Sides"]

_MEASURES = ("consumed_quantity", "charge_count")


class Sides:
    """The figures of a question's period and of one before.

    Args:
        question: What is asked about, with its period.
        metric: An amount of money.
        before: The other period.
    """

    def __init__(self, question: Question, metric: str, before: Period) -> None:
        self._question = question
        self._metric = metric
        self._before = before
        self._found: dict[tuple[str, ...], list[dict[str, Any]]] = {}

    def ask(self, *sets: Sequence[str]) -> None:
        """Ask for the figures by each set of dimensions; the empty one gives the totals.

        Sets that one table can answer are one statement; :data:`MEASURED` brings quantities.
        """
        tables: dict[str, list[tuple[str, ...]]] = {}
        for one in dict.fromkeys(tuple(names) for names in sets):
            query = self._question.query(self._metrics([one]), one)
            tables.setdefault(self._question.table(query, self._before), []).append(one)
        for together in tables.values():
            query = self._question.query(self._metrics(together))
            compiled = self._question.compared(query, together, self._before)
            found = self._question.run(compiled)
            for number, one in enumerate(together):
                self._found[one] = self._sorted(one, [r for r in found if r[SET] == number])

    def rows(self, names: Sequence[str]) -> list[dict[str, Any]]:
        """The rows of one set that was asked for: largest absolute change first.

        Each holds the set's values, ``currency``, the metric, and as ``before`` the metric in the
        other period; by :data:`MEASURED` also ``consumed_quantity_now`` and ``_before`` and
        ``charge_count_now`` and ``_before``. None where the period has no such charges.
        """
        return self._found[tuple(names)]

    def _metrics(self, sets: Sequence[tuple[str, ...]]) -> list[str]:
        return [self._metric, *(_MEASURES if MEASURED in sets else ())]

    def _sorted(self, names: tuple[str, ...], rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        keys = (*names, "currency")

        def place(row: dict[str, Any]) -> tuple[Any, ...]:
            change = EXACT.subtract(Decimal(row["now"] or 0), Decimal(row["before"] or 0))
            return (-abs(change), *((row[key] is None, row[key] or "") for key in keys))

        others = ("before", *(f"{m}_{side}" for m in _MEASURES for side in ("now", "before")))
        return [
            {
                **{key: row[key] for key in keys},
                self._metric: row["now"],
                **{name: row[name] for name in others if name in row},
            }
            for row in sorted(rows, key=place)
        ]
