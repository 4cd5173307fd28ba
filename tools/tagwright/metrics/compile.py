"""A question to one SQL statement, built as a tree: what the question says is passed as parameters.

The one text of a question that gets into the SQL is the column name of a raw tag (``tag:<key>``),
as a quoted identifier without control characters.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from tagwright.errors import MisuseError
from tagwright.metrics.choice import has_bit, holds, smallest
from tagwright.metrics.cubes import PRESENT, presence_bit
from tagwright.metrics.model import Compiled
from tagwright.metrics.statements import STATEMENTS
from tagwright.metrics.tree import named, tree

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Mapping, Sequence

    from sqlglot import exp

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
    "day": "strftime(x, '%Y-%m-%d')",
    "week": "strftime(x, '%G-W%V')",
    "month": "strftime(x, '%Y-%m')",
    "quarter": "strftime(x, '%Y') || '-Q' || CAST(quarter(x) AS VARCHAR)",
    "year": "strftime(x, '%Y')",
}


def compile_query(
    query: Query,
    catalogue: Catalogue,
    *,
    use_rollups: bool = True,
    sizes: Mapping[str, int] | None = None,
) -> Compiled:
    """The statement that answers ``query``, over the smallest table that can.

    Money is always grouped by ``BillingCurrency``. Groups without a value stay, as NULL. Times
    come as text: ``2026-09-30``, ``2026-W40``, ``2026-09``, ``2026-Q3``, ``2026``. A sum over no
    amounts is NULL, not zero. Rows are in a fixed order: ties are decided by currency and groups.

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
    whole = query.model_copy(update={"group_by": (), "order_by": None, "limit": None})
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
            )
        self.table = self.cube.name if self.cube else "charges"
        self._shape = self._bind()

    def rows(self) -> Compiled:
        """The whole statement."""
        return self._statement("rows", self._rows)

    def _rows(self) -> tuple[str, tuple[str, ...]]:
        outputs = self._outputs()
        outer = self._select(outputs).from_(self._grouped().subquery("q"))
        outer = outer.order_by(*self._order(), copy=False)  # a copy for each term is quadratic
        if self.query.limit is not None:
            outer = outer.limit(self.query.limit)
        return outer.sql(dialect="duckdb"), tuple(name for name, _ in outputs)

    def count(self) -> Compiled:
        """The number of groups."""
        return self._statement("count", self._count)

    def _count(self) -> tuple[str, tuple[str, ...]]:
        return f'SELECT COUNT(*) AS "rows" FROM ({self._sql(self._grouped())}) AS q', ("rows",)

    def _statement(
        self, kind: Hashable, build: Callable[[], tuple[str, tuple[str, ...]]]
    ) -> Compiled:
        """The statement of this shape, built where none of that shape was built before."""
        sql, columns = STATEMENTS.get(kind, self.catalogue, self._shape, build)
        return Compiled(sql, self.params, self.table, columns)

    def _bind(self) -> tuple[Hashable, ...]:
        """Number every value of the question; what is left of it is the statement's shape."""
        query = self.query
        used: list[Hashable] = [self._slot(d.tag) for d in self.groups if d.kind == "tag"]
        both = [query.period, self.before]
        if query.period is not None and self.before is not None:
            both.append(self._hull(query.period, self.before))
        for period in both:
            days = (period.start, period.end) if period is not None else ()
            used.append(tuple(self._slot(self._moment(day)) for day in days))
        for dimension, f in self.filters:
            used.append((dimension, f.op, f.exact))
            used += [self._slot(list(f.values))] if f.values else []
            used += [self._slot(dimension.tag)] if dimension.kind == "tag" else []
        asked = (query.order_by, query.descending, query.limit)
        return (self.table, tuple(self.metrics), tuple(self.groups), *asked, *used)

    @staticmethod
    def _select(outputs: Sequence[tuple[str, exp.Expr]]) -> exp.Select:
        from sqlglot import exp

        return exp.select(*(exp.alias_(label, name, quoted=True) for name, label in outputs))

    @staticmethod
    def _sql(expression: exp.Expr) -> str:
        return expression.sql(dialect="duckdb", copy=False)

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

    def _outputs(self) -> list[tuple[str, exp.Expr]]:
        found: list[tuple[str, exp.Expr]] = []
        for index, dimension in enumerate(self.groups):
            label = tree(f"g{index}")
            if dimension.kind == "time":
                label = tree(_LABELS[dimension.grain], x=label)
            elif dimension.kind == "flag":
                label = tree("CAST(x AS VARCHAR)", x=label)
            found.append((dimension.name, label))
        for index, (name, _) in enumerate(self._units()):
            found.append((name, tree(f"u{index}")))
        for index, metric in enumerate(self.metrics):
            found.append((metric.name, tree(f"m{index}")))
        return found

    def _grouped(self) -> exp.Select:
        from sqlglot import exp

        groups = self._named_groups()
        figures = [
            exp.alias_(self._figure(metric), f"m{index}")
            for index, metric in enumerate(self.metrics)
        ]
        inner = exp.select(*groups, *figures).from_(exp.to_table(self.table))
        for condition in self._conditions():
            inner = inner.where(condition)
        if groups:
            inner = inner.group_by(*(exp.Literal.number(i + 1) for i in range(len(groups))))
        return inner

    def _named_groups(self) -> list[exp.Expr]:
        """What is grouped by: ``g0``, ``g1``, …, then the units ``u0``, …."""
        from sqlglot import exp

        groups = [self._expression(dimension) for dimension in self.groups]
        units = [named(column) for _, column in self._units()]
        return [
            *(exp.alias_(group, f"g{index}") for index, group in enumerate(groups)),
            *(exp.alias_(unit, f"u{index}") for index, unit in enumerate(units)),
        ]

    def _figure(self, metric: Metric) -> exp.Expr:
        sql = metric.rollup_sql if self.cube else metric.sql
        if sql is None:  # _smallest chose a rollup that cannot give the metric
            raise AssertionError(metric.name)
        return tree(sql)

    def _order(self) -> list[exp.Expr]:
        """Explicit order, then time, then the first metric; ties by currency and groups."""
        from sqlglot import exp

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
            exp.Ordered(this=tree(name), desc=descending, nulls_first=False)
            for name, descending in first
        ]

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

    def _conditions(self) -> list[exp.Expr]:
        found: list[exp.Expr] = []
        if self.query.period is not None:
            inside = self._inside(self.query.period)
            if self.before is not None:
                inside = tree("(a) OR (b)", a=inside, b=self._inside(self.before))
                # DuckDB skips blocks of rows by a range, but not by one of two.
                found.append(self._inside(self._hull(self.query.period, self.before)))
            found.append(inside)
        found += [self._condition(dimension, f) for dimension, f in self.filters]
        return found

    @staticmethod
    def _hull(one: Period, other: Period) -> Period:
        first, last = min(one.start, other.start), max(one.end, other.end)
        return one.model_copy(update={"start": first, "end": last})

    def _inside(self, period: Period) -> exp.Expr:
        column, kind = self._time_column()
        start, end = (self._param(self._moment(day)) for day in (period.start, period.end))
        return tree(
            f"x >= CAST(a AS {kind}) AND x < CAST(b AS {kind})", x=column, a=start, b=end
        )  # fmt: skip

    def _moment(self, day: dt.date) -> dt.date:
        """A day as the table's time column is compared with."""
        if self.cube is not None:
            return day
        return dt.datetime(day.year, day.month, day.day)  # noqa: DTZ001  naive UTC in SQL

    def _time_column(self) -> tuple[exp.Expr, str]:
        if self.cube is None:
            return named("ChargePeriodStart"), "TIMESTAMP"
        return named(f"x_{self.cube.grain}"), "DATE"

    def _condition(self, dimension: Dimension, f: Filter) -> exp.Expr:
        if f.op in ("is_null", "not_null"):
            if self._as_bit(dimension):
                bit = presence_bit(self.catalogue.taxonomy, dimension.key)
                sign = "=" if f.op == "is_null" else "<>"
                return tree(f"(x & {bit}) {sign} 0", x=named(PRESENT))
            test = "x IS NULL" if f.op == "is_null" else "x IS NOT NULL"
            return tree(test, x=self._text(dimension))
        values = self._param(list(f.values))
        if f.op == "contains":
            return tree(
                "EXISTS (SELECT 1 FROM UNNEST(CAST(p AS TEXT[])) AS w(v) "
                "WHERE CONTAINS(LOWER(x), LOWER(v)))",
                x=self._text(dimension), p=values,
            )  # fmt: skip
        given = "SELECT v FROM UNNEST(CAST(p AS TEXT[])) AS w(v)"
        test = f"x IN ({given})"
        if not f.exact:
            # Exactly as written where such a value occurs, else without regard to case.
            test += (
                " OR LOWER(x) IN (SELECT LOWER(v) FROM UNNEST(CAST(p AS TEXT[])) "
                f"AS w(v) WHERE v NOT IN (SELECT x FROM {self.table} WHERE x IN ({given})))"
            )
        match = tree(test, x=self._text(dimension), p=values)
        if f.op == "in":
            return tree("(m)", m=match)
        return tree("x IS NULL OR NOT (m)", x=self._text(dimension), m=match)

    def _expression(self, dimension: Dimension) -> exp.Expr:
        """What is grouped by: the value, or the first day of the bucket for a time."""
        if dimension.kind == "tag":
            return tree("map_extract_value(t, p)", t=named("Tags"), p=self._param(dimension.tag))
        if dimension.kind != "time":
            return named(dimension.column)
        source = named(dimension.column)
        if dimension.column == "ChargePeriodStart":
            source = self._time_column()[0]
        return tree(f"CAST(date_trunc('{dimension.grain}', x) AS DATE)", x=source)

    def _text(self, dimension: Dimension) -> exp.Expr:
        """The dimension as the text that people see and filter by."""
        value = self._expression(dimension)
        if dimension.kind == "time":
            return tree(_LABELS[dimension.grain], x=value)
        return tree("CAST(x AS VARCHAR)", x=value) if dimension.kind == "flag" else value

    def _param(self, value: Any) -> exp.Expr:
        """A numbered parameter; the same value is passed once."""
        from sqlglot import exp

        return exp.Parameter(this=exp.Literal.number(self._slot(value)))

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
