"""A question to one SQL statement: our own text, and what the question says as its parameters.

The one text of a question that gets into the SQL is the column name of a raw tag (``tag:<key>``),
as a quoted identifier without control characters. The text is put together from pieces of ours
that each stand alone (a column, a call, a test in brackets), so no tree of it is made: a SQL
library took longer to import than all of that (docs/decisions/0030).
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from tagwright.errors import MisuseError
from tagwright.metrics.choice import has_bit, holds, smallest
from tagwright.metrics.conversion import converted
from tagwright.metrics.cubes import PRESENT, presence_bit
from tagwright.metrics.model import Compiled
from tagwright.taxonomy.fold import quoted

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tagwright.metrics.catalogue import Catalogue
    from tagwright.metrics.model import Dimension, Filter, Metric, Query
    from tagwright.results import Period

__all__ = [
    "compile_count",
    "compile_query",
    "compile_totals",
]

# How a time reads. The first gives the first day of the bucket; the second its label.
_LABELS = {
    "day": "strftime({x}, '%Y-%m-%d')",
    "week": "strftime({x}, '%G-W%V')",
    "month": "strftime({x}, '%Y-%m')",
    "quarter": "(strftime({x}, '%Y') || '-Q' || CAST(quarter({x}) AS VARCHAR))",
    "year": "strftime({x}, '%Y')",
}


def compile_query(
    query: Query,
    catalogue: Catalogue,
    *,
    use_rollups: bool = True,
    sizes: Mapping[str, int] | None = None,
) -> Compiled:
    """The statement that answers ``query``, over the smallest table that can.

    Money is always grouped by ``BillingCurrency``, unless it is converted to one. Groups
    without a value stay, as NULL. Times come as text: ``2026-09-30``, ``2026-W40``, ``2026-09``,
    ``2026-Q3``, ``2026``. A sum over no amounts is NULL, not zero. Rows are in a fixed order: ties
    are decided by currency and groups.

    Args:
        query: The question.
        catalogue: Metrics and dimensions.
        use_rollups: Whether rollups may be read; False reads ``charges``.
        sizes: Rows per rollup where known; otherwise the order of :func:`cubes` decides.

    Raises:
        UnknownNameError: A metric, dimension or ``order_by`` is unknown; names the nearest.
        MisuseError: Quantities of several units would be added up, or ``order_by`` is not in the
            result.
    """
    return _Compiler(query, catalogue, use_rollups=use_rollups, sizes=sizes).rows()


def compile_totals(
    query: Query,
    catalogue: Catalogue,
    *,
    use_rollups: bool = True,
    sizes: Mapping[str, int] | None = None,
) -> Compiled:
    """The same figures over all groups: one row per currency (and unit), whatever the limit."""
    whole = query.model_copy(
        update={"group_by": (), "order_by": None, "limit": None, "having": None}
    )
    pinned = [name for name in query.group_by if catalogue.dimension(name).name == "consumed_unit"]
    compiler = _Compiler(
        whole, catalogue, use_rollups=use_rollups, sizes=sizes, unit_pinned=bool(pinned)
    )
    return compiler.rows()


def compile_count(
    query: Query,
    catalogue: Catalogue,
    *,
    use_rollups: bool = True,
    sizes: Mapping[str, int] | None = None,
) -> Compiled:
    """How many rows ``query`` has without its limit: one row, one column ``rows``."""
    return _Compiler(query, catalogue, use_rollups=use_rollups, sizes=sizes).count()


class _Compiler:
    """One question being compiled."""

    def __init__(
        self,
        query: Query,
        catalogue: Catalogue,
        *,
        use_rollups: bool,
        sizes: Mapping[str, int] | None,
        unit_pinned: bool = False,
        before: Period | None = None,
    ) -> None:
        self.query = query
        self.catalogue = catalogue
        self.before = before
        self.params: list[Any] = []
        self.metrics = list(dict.fromkeys(catalogue.metric(name) for name in query.metrics))
        self.groups = list(dict.fromkeys(catalogue.dimension(name) for name in query.group_by))
        self.filters = [(catalogue.dimension(f.dimension), f) for f in query.filters]
        self._refuse_mixed_units(unit_pinned=unit_pinned)
        self.cube = None
        if use_rollups:
            periods = [period for period in (query.period, before) if period is not None]
            self.cube = smallest(
                catalogue.taxonomy,
                metrics=self.metrics,
                groups=self.groups,
                filters=self.filters,
                periods=periods,
                sizes=sizes,
                by_day=query.conversion is not None,
            )
        self.table = self.cube.name if self.cube else "charges"
        self.source = self.table
        if query.conversion is not None:
            day, _ = self._time_column()
            self.source = converted(query.conversion, self.table, day, self._param)

    def rows(self) -> Compiled:
        """The whole statement."""
        outputs = self._outputs()
        limit = "" if self.query.limit is None else f" LIMIT {self.query.limit}"
        return self._compiled(
            f"{self._select(outputs)} FROM ({self._grouped()}) AS q{self.kept('m0')} "
            f"ORDER BY {', '.join(self._order())}{limit}",
            outputs,
        )

    def count(self) -> Compiled:
        """The number of groups."""
        sql = f'SELECT COUNT(*) AS "rows" FROM ({self._grouped()}) AS q{self.kept("m0")}'
        return Compiled(sql, self.params, self.table, ("rows",))

    def _compiled(self, sql: str, outputs: Sequence[tuple[str, str]]) -> Compiled:
        return Compiled(sql, self.params, self.table, tuple(name for name, _ in outputs))

    @staticmethod
    def _select(outputs: Sequence[tuple[str, str]]) -> str:
        return f"SELECT {', '.join(f'{label} AS {quoted(name)}' for name, label in outputs)}"

    # --- what is asked -----------------------------------------------------------------------

    def _units(self) -> list[tuple[str, str]]:
        """Columns that amounts never stand without, as (output name, column)."""
        grouped = {dimension.name for dimension in self.groups}
        units = []
        if any(metric.is_money for metric in self.metrics):
            units.append(("currency", "BillingCurrency"))
        if any(m.unit == "ConsumedUnit" for m in self.metrics) and "consumed_unit" not in grouped:
            units.append(("consumed_unit", "ConsumedUnit"))
        return units

    def _refuse_mixed_units(self, *, unit_pinned: bool) -> None:
        quantities = [metric.name for metric in self.metrics if metric.unit == "ConsumedUnit"]
        pinned = (
            unit_pinned
            or any(dimension.name == "consumed_unit" for dimension in self.groups)
            or any(
                dimension.name == "consumed_unit" and f.op == "in" and len(f.values) == 1
                for dimension, f in self.filters
            )
        )
        if quantities and not pinned:
            raise MisuseError(
                f"{quantities[0]} of different units cannot be added up.",
                hint="Group by consumed_unit, or filter it to one value.",
            )

    def _outputs(self) -> list[tuple[str, str]]:
        """Names of the result's columns, each with what stands in it."""
        found = []
        for index, dimension in enumerate(self.groups):
            label = f"g{index}"
            if dimension.kind == "time":
                label = _LABELS[dimension.grain].format(x=label)
            elif dimension.kind == "flag":
                label = f"CAST({label} AS VARCHAR)"
            found.append((dimension.name, label))
        found += [(name, f"u{index}") for index, (name, _) in enumerate(self._units())]
        found += [(metric.name, f"m{index}") for index, metric in enumerate(self.metrics)]
        return found

    def _grouped(self) -> str:
        groups = self._named_groups()
        figures = [f"{self._figure(m)} AS m{index}" for index, m in enumerate(self.metrics)]
        numbers = ", ".join(str(index + 1) for index in range(len(groups)))
        return (
            f"SELECT {', '.join([*groups, *figures])} FROM {self.source}{self._where()}"
            f"{f' GROUP BY {numbers}' if groups else ''}"
        )

    def _named_groups(self) -> list[str]:
        """What is grouped by: ``g0``, ``g1``, …, then the units ``u0``, …."""
        return [
            *(f"{self._expression(d)} AS g{index}" for index, d in enumerate(self.groups)),
            *(
                f"{self._unit(column)} AS u{index}"
                for index, (_, column) in enumerate(self._units())
            ),
        ]

    def _unit(self, column: str) -> str:
        if column == "BillingCurrency" and self.query.conversion is not None:
            return f"CAST({self._param(self.query.conversion.to)} AS TEXT)"
        return quoted(column)

    def _figure(self, metric: Metric) -> str:
        sql = metric.rollup_sql if self.cube else metric.sql
        if sql is None:  # _smallest chose a rollup that cannot give the metric
            raise AssertionError(metric.name)
        return sql

    def _order(self) -> list[str]:
        """Explicit order, then time, then the first metric; ties by currency and groups."""
        times = [i for i, dimension in enumerate(self.groups) if dimension.kind == "time"]
        groups = [f"g{index}" for index in range(len(self.groups))]
        units = [f"u{index}" for index in range(len(self._units()))]
        if self.query.order_by is not None:
            first = [(self._order_name(self.query.order_by), self.query.descending)]
        else:
            first = [(f"g{index}", False) for index in times]
        if not any(name.startswith("m") for name, _ in first):
            first.append(("m0", self.query.descending))
        seen = {name for name, _ in first}
        first += [(name, False) for name in (*units, *groups) if name not in seen]
        return [
            f"{name}{' DESC' if descending else ''} NULLS LAST" for name, descending in first
        ]  # fmt: skip

    def _order_name(self, name: str) -> str:
        from tagwright.errors import UnknownNameError

        try:
            metric = self.catalogue.metric(name)
            if metric in self.metrics:
                return f"m{self.metrics.index(metric)}"
        except UnknownNameError:
            pass
        dimension = self.catalogue.dimension(name)
        if dimension in self.groups:
            return f"g{self.groups.index(dimension)}"
        names = [d.name for d in self.groups] + [m.name for m in self.metrics]
        raise MisuseError(
            f"Cannot order by {dimension.name!r}: it is not in the result.",
            hint=f"Order by one of {', '.join(names)}.",
        )

    # --- which rows --------------------------------------------------------------------------

    def kept(self, figure: str) -> str:
        """The threshold as a WHERE over groups; nothing where there is none."""
        if self.query.having is None:
            return ""
        tests = [
            f"{figure} {op} CAST({self._param(str(bound))} AS DECIMAL(38, 12))"
            for op, bound in self.query.having.tests()
        ]
        return f" WHERE {' AND '.join(tests)}" if tests else ""

    def _where(self) -> str:
        """Its conditions with the word before them; nothing where there are none."""
        found = self._conditions()
        return f" WHERE {' AND '.join(f'({condition})' for condition in found)}" if found else ""

    def _conditions(self) -> list[str]:
        found = []
        if self.query.period is not None:
            inside = self._inside(self.query.period)
            if self.before is not None:
                inside = f"({inside}) OR ({self._inside(self.before)})"
                # DuckDB skips blocks of rows by a range, but not by one of two.
                found.append(self._inside(self._hull(self.query.period, self.before)))
            found.append(inside)
        found += [self._condition(dimension, f) for dimension, f in self.filters]
        return found

    @staticmethod
    def _hull(one: Period, other: Period) -> Period:
        first, last = min(one.start, other.start), max(one.end, other.end)
        return one.model_copy(update={"start": first, "end": last})

    def _inside(self, period: Period) -> str:
        column, kind = self._time_column()
        start, end = (self._param(self._moment(day)) for day in (period.start, period.end))
        return f"{column} >= CAST({start} AS {kind}) AND {column} < CAST({end} AS {kind})"

    def _moment(self, day: dt.date) -> dt.date:
        """A day as the table's time column is compared with."""
        if self.cube is not None:
            return day
        return dt.datetime(day.year, day.month, day.day)  # noqa: DTZ001  naive UTC in SQL

    def _time_column(self) -> tuple[str, str]:
        if self.cube is None:
            return quoted("ChargePeriodStart"), "TIMESTAMP"
        return quoted(f"x_{self.cube.grain}"), "DATE"

    def _condition(self, dimension: Dimension, f: Filter) -> str:
        if f.op in ("is_null", "not_null"):
            if self._as_bit(dimension):
                bit = presence_bit(self.catalogue.taxonomy, dimension.key)
                return f"({quoted(PRESENT)} & {bit}) {'=' if f.op == 'is_null' else '<>'} 0"
            return f"{self._text(dimension)} IS {'NOT ' if f.op == 'not_null' else ''}NULL"
        x, values = self._text(dimension), f"UNNEST(CAST({self._param(list(f.values))} AS TEXT[]))"
        if f.op == "contains":
            return (
                f"EXISTS (SELECT 1 FROM {values} AS w(v) WHERE CONTAINS(LOWER({x}), LOWER(v)))"
            )  # fmt: skip
        match = f"{x} IN (SELECT v FROM {values} AS w(v))"
        if not f.exact:
            # Exactly as written where such a value occurs, else without regard to case.
            match += (
                f" OR LOWER({x}) IN (SELECT LOWER(v) FROM {values} AS w(v) "
                f"WHERE v NOT IN (SELECT {x} FROM {self.table} WHERE {match}))"
            )
        return f"({match})" if f.op == "in" else f"{x} IS NULL OR NOT ({match})"

    def _expression(self, dimension: Dimension) -> str:
        """What is grouped by: the value, or the first day of the bucket for a time."""
        if dimension.kind == "tag":
            return f"map_extract_value({quoted('Tags')}, {self._param(dimension.tag)})"
        if dimension.kind != "time":
            return quoted(dimension.column)
        source = quoted(dimension.column)
        if dimension.column == "ChargePeriodStart":
            source = self._time_column()[0]
        return f"CAST(date_trunc('{dimension.grain}', {source}) AS DATE)"

    def _text(self, dimension: Dimension) -> str:
        """The dimension as the text that people see and filter by."""
        value = self._expression(dimension)
        if dimension.kind == "time":
            return _LABELS[dimension.grain].format(x=value)
        return f"CAST({value} AS VARCHAR)" if dimension.kind == "flag" else value

    def _param(self, value: Any) -> str:
        """A numbered parameter; the same value is passed once."""
        return f"${self._slot(value)}"

    def _slot(self, value: Any) -> int:
        for index, known in enumerate(self.params):
            if type(known) is type(value) and known == value:
                return index + 1
        self.params.append(value)
        return len(self.params)

    def _as_bit(self, dimension: Dimension) -> bool:
        """Whether presence must be read from the bits, the value itself not being there."""
        cube = self.cube
        return cube is not None and not holds(cube, dimension) and has_bit(cube, dimension)
