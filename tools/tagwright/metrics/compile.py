"""A question to one SQL statement, built as a tree: what the question says is passed as parameters.

The one text of a question that gets into the SQL is the column name of a raw tag (``tag:<key>``),
as a quoted identifier without control characters.
"""

from __future__ import annotations

import datetime as dt
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from tagwright.errors import MisuseError
from tagwright.metrics.cubes import PRESENT, cubes, presence_bit
from tagwright.metrics.model import Compiled

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlglot import exp

    from tagwright.metrics.catalogue import Catalogue
    from tagwright.metrics.model import Cube, Dimension, Filter, Metric, Query

__all__ = ["compile_count", "compile_query", "compile_totals"]

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
    ) -> None:
        self.query = query
        self.catalogue = catalogue
        self.params: list[Any] = []
        self.metrics = list(dict.fromkeys(catalogue.metric(name) for name in query.metrics))
        self.groups = list(dict.fromkeys(catalogue.dimension(name) for name in query.group_by))
        self.filters = [(catalogue.dimension(f.dimension), f) for f in query.filters]
        self._refuse_mixed_units(unit_pinned=unit_pinned)
        self.cube = self._smallest(sizes) if use_rollups else None
        self.table = self.cube.name if self.cube else "charges"

    def rows(self) -> Compiled:
        """The whole statement."""
        from sqlglot import exp

        outputs = self._outputs()
        outer = exp.select(
            *(exp.alias_(label, name, quoted=True) for name, label in outputs)
        ).from_(self._grouped().subquery("q"))
        outer = outer.order_by(*self._order(), copy=False)  # a copy for each term is quadratic
        if self.query.limit is not None:
            outer = outer.limit(self.query.limit)
        return self._compiled(outer, tuple(name for name, _ in outputs))

    def count(self) -> Compiled:
        """The number of groups."""
        from sqlglot import exp

        counted = exp.alias_(exp.Count(this=exp.Star()), "rows", quoted=True)
        outer = exp.select(counted).from_(self._grouped().subquery("q"))
        return self._compiled(outer, ("rows",))

    def _compiled(self, tree: exp.Expr, columns: tuple[str, ...]) -> Compiled:
        return Compiled(tree.sql(dialect="duckdb", copy=False), self.params, self.table, columns)

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
            label = _tree(f"g{index}")
            if dimension.kind == "time":
                label = _tree(_LABELS[dimension.grain], x=label)
            elif dimension.kind == "flag":
                label = _tree("CAST(x AS VARCHAR)", x=label)
            found.append((dimension.name, label))
        for index, (name, _) in enumerate(self._units()):
            found.append((name, _tree(f"u{index}")))
        for index, metric in enumerate(self.metrics):
            found.append((metric.name, _tree(f"m{index}")))
        return found

    def _grouped(self) -> exp.Select:
        from sqlglot import exp

        groups = [self._expression(dimension) for dimension in self.groups]
        groups += [_column(column) for _, column in self._units()]
        names = [f"g{index}" for index in range(len(self.groups))]
        names += [f"u{index}" for index in range(len(self._units()))]
        figures = [
            exp.alias_(self._figure(metric), f"m{index}")
            for index, metric in enumerate(self.metrics)
        ]
        inner = exp.select(
            *(exp.alias_(group, name) for group, name in zip(groups, names, strict=True)), *figures
        ).from_(exp.to_table(self.table))
        for condition in self._conditions():
            inner = inner.where(condition)
        if groups:
            inner = inner.group_by(*(exp.Literal.number(i + 1) for i in range(len(groups))))
        return inner

    def _figure(self, metric: Metric) -> exp.Expr:
        sql = metric.rollup_sql if self.cube else metric.sql
        if sql is None:  # _smallest chose a rollup that cannot give the metric
            raise AssertionError(metric.name)
        return _tree(sql)

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
            exp.Ordered(this=_tree(name), desc=descending, nulls_first=False)
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
        if (period := self.query.period) is not None:
            column, kind = self._time_column()
            for operator, day in ((">=", period.start), ("<", period.end)):
                value: Any = day
                if kind == "TIMESTAMP":
                    value = dt.datetime(day.year, day.month, day.day)  # noqa: DTZ001  naive UTC in SQL
                found.append(
                    _tree(f"x {operator} CAST(p AS {kind})", x=column, p=self._param(value))
                )
        found += [self._condition(dimension, f) for dimension, f in self.filters]
        return found

    def _time_column(self) -> tuple[exp.Expr, str]:
        if self.cube is None:
            return _column("ChargePeriodStart"), "TIMESTAMP"
        return _column(f"x_{self.cube.grain}"), "DATE"

    def _condition(self, dimension: Dimension, f: Filter) -> exp.Expr:
        if f.op in ("is_null", "not_null"):
            if self._as_bit(dimension):
                bit = presence_bit(self.catalogue.taxonomy, dimension.key)
                sign = "=" if f.op == "is_null" else "<>"
                return _tree(f"(x & {bit}) {sign} 0", x=_column(PRESENT))
            test = "x IS NULL" if f.op == "is_null" else "x IS NOT NULL"
            return _tree(test, x=self._text(dimension))
        values = self._param(list(f.values))
        if f.op == "contains":
            return _tree(
                "EXISTS (SELECT 1 FROM UNNEST(CAST(p AS TEXT[])) AS w(v) "
                "WHERE CONTAINS(LOWER(x), LOWER(v)))",
                x=self._text(dimension), p=values,
            )  # fmt: skip
        # Exactly as written where such a value occurs, else without regard to case.
        given = "SELECT v FROM UNNEST(CAST(p AS TEXT[])) AS w(v)"
        match = _tree(
            f"x IN ({given}) OR LOWER(x) IN (SELECT LOWER(v) FROM UNNEST(CAST(p AS TEXT[])) "
            f"AS w(v) WHERE v NOT IN (SELECT x FROM {self.table} WHERE x IN ({given})))",
            x=self._text(dimension),
            p=values,
        )
        if f.op == "in":
            return _tree("(m)", m=match)
        return _tree("x IS NULL OR NOT (m)", x=self._text(dimension), m=match)

    def _expression(self, dimension: Dimension) -> exp.Expr:
        """What is grouped by: the value, or the first day of the bucket for a time."""
        if dimension.kind == "tag":
            return _tree("map_extract_value(t, p)", t=_column("Tags"), p=self._param(dimension.tag))
        if dimension.kind != "time":
            return _column(dimension.column)
        source = _column(dimension.column)
        if dimension.column == "ChargePeriodStart":
            source = self._time_column()[0]
        return _tree(f"CAST(date_trunc('{dimension.grain}', x) AS DATE)", x=source)

    def _text(self, dimension: Dimension) -> exp.Expr:
        """The dimension as the text that people see and filter by."""
        value = self._expression(dimension)
        if dimension.kind == "time":
            return _tree(_LABELS[dimension.grain], x=value)
        return _tree("CAST(x AS VARCHAR)", x=value) if dimension.kind == "flag" else value

    def _param(self, value: Any) -> exp.Expr:
        """A numbered parameter; the same value is passed once."""
        from sqlglot import exp

        for index, known in enumerate(self.params):
            if type(known) is type(value) and known == value:
                return exp.Parameter(this=exp.Literal.number(index + 1))
        self.params.append(value)
        return exp.Parameter(this=exp.Literal.number(len(self.params)))

    # --- which table -------------------------------------------------------------------------

    def _smallest(self, sizes: Mapping[str, int] | None) -> Cube | None:
        able = [cube for cube in cubes(self.catalogue.taxonomy) if self._can_answer(cube)]
        if sizes is not None:
            able.sort(key=lambda cube: sizes.get(cube.name, 0))
        return able[0] if able else None

    def _can_answer(self, cube: Cube) -> bool:
        period = self.query.period
        grains = ("day", "week", "month", "quarter", "year")
        times = [
            d.grain
            for d in (*self.groups, *(dimension for dimension, _ in self.filters))
            if d.kind == "time" and d.column == "ChargePeriodStart"
        ]
        if cube.grain == "month":
            # A week belongs to no one month.
            if any(grain in ("day", "week") for grain in times):
                return False
            if period is not None and (period.start.day != 1 or period.end.day != 1):
                return False
        return (
            all(grain in grains for grain in times)
            and all(
                metric.rollup_sql is not None
                and (not metric.column or metric.column in cube.columns)
                for metric in self.metrics
            )
            and all(self._held(cube, dimension) for dimension in self.groups)
            and all(
                self._held(cube, dimension)
                or (f.op in ("is_null", "not_null") and _has_bit(cube, dimension))
                for dimension, f in self.filters
            )
        )

    @staticmethod
    def _held(cube: Cube, dimension: Dimension) -> bool:
        if dimension.kind == "time" and dimension.column == "ChargePeriodStart":
            return True
        return dimension.column in cube.dimensions

    def _as_bit(self, dimension: Dimension) -> bool:
        """Whether presence must be read from the bits, the value itself not being there."""
        cube = self.cube
        return cube is not None and not self._held(cube, dimension) and _has_bit(cube, dimension)


def _has_bit(cube: Cube, dimension: Dimension) -> bool:
    return PRESENT in cube.dimensions and bool(dimension.key) and dimension.name == dimension.key


def _column(name: str) -> exp.Expr:
    from sqlglot import exp

    return exp.column(name, quoted=True)


@lru_cache(maxsize=256)
def _parsed(template: str) -> exp.Expr:
    from sqlglot import parse_one

    return parse_one(template, dialect="duckdb")


def _tree(template: str, **holes: exp.Expr) -> exp.Expr:
    """A piece of our own SQL as a tree, its unquoted names replaced by the given trees."""
    from sqlglot import exp

    def fill(node: exp.Expr) -> exp.Expr:
        if isinstance(node, exp.Column) and node.name in holes and not node.this.args.get("quoted"):
            return holes[node.name].copy()
        return node

    return _parsed(template).copy().transform(fill, copy=False)
