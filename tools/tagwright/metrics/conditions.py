"""Conditions of several filters inside one statement, their values as its parameters."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tagwright.metrics.compile import _Compiler
from tagwright.metrics.model import Query

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tagwright.metrics.catalogue import Catalogue
    from tagwright.metrics.model import Filter
    from tagwright.results import Period

__all__ = ["Conditions"]


class Conditions:
    """Filters in the metrics' own language as SQL over ``charges``.

    Attributes:
        params: Values of the placeholders that were given out so far, in order.
    """

    def __init__(self, catalogue: Catalogue) -> None:
        query = Query(metrics=("charge_count",))
        self._catalogue = catalogue
        self._compiler = _Compiler(query, catalogue, use_rollups=False, sizes=None)

    @property
    def params(self) -> list[Any]:
        """Values of the placeholders, in order."""
        return self._compiler.params

    def param(self, value: Any) -> str:
        """A placeholder for a value."""
        return self._compiler._param(value)  # noqa: SLF001  its twin

    def all_of(self, filters: Iterable[Filter]) -> str:
        """A condition that holds where all filters do; never NULL.

        Raises:
            UnknownNameError: A dimension nobody knows.
        """
        tests = [
            self._compiler._condition(self._catalogue.dimension(f.dimension), f)  # noqa: SLF001
            for f in filters
        ]
        return " AND ".join(f"COALESCE(({test}), FALSE)" for test in tests) or "TRUE"

    def within(self, period: Period, column: str = '"ChargePeriodStart"') -> str:
        """Whether a moment is in the period."""
        start, end = self.param(period.start), self.param(period.end)
        return f"{column} >= CAST({start} AS TIMESTAMP) AND {column} < CAST({end} AS TIMESTAMP)"
