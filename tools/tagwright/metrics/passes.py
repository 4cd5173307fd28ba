"""Several results from one pass over a table: rows with totals, or groupings of two periods."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tagwright.metrics.compile import _Compiler

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tagwright.metrics.catalogue import Catalogue
    from tagwright.metrics.model import Compiled, Dimension, Metric, Query
    from tagwright.results import Period

__all__ = ["ALL", "SET", "TOTAL", "VALUED", "VALUES", "compile_sets", "compile_whole"]

TOTAL, ALL, SET = "x_total", "x_all", "x_set"
"""Columns that say what a row is; no dimension has such a name."""

VALUES, VALUED = "x_values", "x_valued"
"""Of a total by one dimension: how many values it has there, and the sum of all that have one."""

_AGGREGATE = re.compile(r"\b(?:SUM|COUNT)\([^()]*\)")
"""One in a metric's SQL, which has no others and none inside another."""


def compile_whole(
    query: Query,
    catalogue: Catalogue,
    *,
    use_rollups: bool = True,
    sizes: Mapping[str, int] | None = None,
) -> Compiled:
    """Rows, their number without the limit, and totals, in one pass: for metrics that add up.

    Columns as of :func:`compile_query`, then :data:`TOTAL` (whether the row is a total: one per
    currency and unit, as of :func:`compile_totals`) and
    :data:`ALL`, the number of rows (of a total: of its rows). By one dimension that is no time
    also :data:`VALUES` and :data:`VALUED` of each total: values whose first metric is known.
    """
    return _Pass(query, catalogue, use_rollups=use_rollups, sizes=sizes).whole()


def compile_sets(
    query: Query,
    sets: Sequence[Sequence[str]],
    before: Period,
    catalogue: Catalogue,
    *,
    use_rollups: bool = True,
    sizes: Mapping[str, int] | None = None,
) -> Compiled:
    """Figures of two periods by each of several sets of dimensions, in one pass over one table.

    Columns: :data:`SET` (index of the set that the row is of), the dimensions of all sets (NULL
    where the row's set has them not), currency and unit, then ``now`` and ``before`` of the first
    metric and ``<metric>_now``, ``<metric>_before`` of others: NULL where there is no charge.
    Rows are in no order.

    Args:
        query: Metrics, filters and period (None: all charges); its groups, order and limit are
            not looked at.
        sets: Names of dimensions; an empty one gives the totals.
        before: The other period.
        catalogue: Metrics and dimensions.
        use_rollups: As of :func:`compile_query`.
        sizes: As of :func:`compile_query`.
    """
    found = [list(dict.fromkeys(catalogue.dimension(name) for name in one)) for one in sets]
    names = tuple(dict.fromkeys(dimension.name for one in found for dimension in one))
    asked = query.model_copy(update={"group_by": names, "order_by": None, "limit": None})
    compiler = _Pass(asked, catalogue, use_rollups=use_rollups, sizes=sizes, before=before)
    return compiler.sets(found)


class _Pass(_Compiler):
    """A question being compiled to such a pass."""

    def whole(self) -> Compiled:
        """Rows, totals and the number of rows, from one pass."""
        names = [f"g{index}" for index in range(len(self.groups))]
        # A total per unit exists even where the unit itself is one of the groups.
        units = [f"u{index}" for index in range(len(self._units()))]
        if any(metric.unit == "ConsumedUnit" for metric in self.metrics):
            units += [f"g{i}" for i, d in enumerate(self.groups) if d.name == "consumed_unit"]
        groups = ", ".join(name if name in units else f"NULL AS {name}" for name in names)
        listed = [groups, *(name for name in units if name not in names)]
        for index, metric in enumerate(self.metrics):
            added = f"SUM(m{index})"
            listed.append(f"COALESCE({added}, 0)" if metric.unit == "count" else added)
        grouping = f" GROUP BY {', '.join(units)}" if units else ""
        terms = ", ".join(self._order())
        limit = "" if self.query.limit is None else f" LIMIT {self.query.limit}"
        outputs = [*self._outputs(), (TOTAL, "t"), (ALL, "n")]
        none = valued = ""
        own = [i for i, name in enumerate(names) if name not in units]
        if len(own) == 1 and self.groups[own[0]].kind != "time":
            name = names[own[0]]
            outputs += [(VALUES, "v"), (VALUED, "a")]
            none = ", NULL AS v, NULL AS a"
            valued = (
                f", COUNT(m0) FILTER (WHERE {name} IS NOT NULL)"
                f", SUM(m0) FILTER (WHERE {name} IS NOT NULL)"
            )
        return self._compiled(
            f"WITH q AS MATERIALIZED ({self._grouped()}) {self._select(outputs)} FROM ("
            f"(SELECT *, FALSE AS t, COUNT(*) OVER () AS n{none} FROM q{self.kept('m0')} "
            f"ORDER BY {terms}{limit}) "
            f"UNION ALL (SELECT {', '.join(listed)}, TRUE, COUNT(*){valued} "
            f"FROM q{grouping})) AS w ORDER BY t DESC, {terms}",
            outputs,
        )

    def sets(self, sets: Sequence[Sequence[Dimension]]) -> Compiled:
        """The figures of both periods by each of the sets, from one pass."""
        names = {dimension: f"g{index}" for index, dimension in enumerate(self.groups)}
        units = [f"u{index}" for index in range(len(self._units()))]
        grouping = ", ".join(
            f"({', '.join([*(names[dimension] for dimension in one), *units])})" for one in sets
        )
        # GROUPING tells a group without a value from what is not grouped: bit i from the right.
        order = [*reversed(names.values())]
        which = " ".join(
            f"WHEN {sum(1 << i for i, d in enumerate(self.groups) if d not in one)} THEN {number}"
            for number, one in enumerate(sets)
        )
        number = f"CASE GROUPING({', '.join(order)}) {which} END" if order else "0"
        sides = [
            f"{figure} AS m{index}_{side}"
            for index, metric in enumerate(self.metrics)
            for side, figure in zip(("now", "before"), self._both(metric), strict=True)
        ]
        made = ", ".join(["*", *self._named_groups()])
        outputs = [
            (SET, "s"),
            *self._outputs()[: -len(self.metrics)],
            *(
                (side if index == 0 else f"{metric.name}_{side}", f"m{index}_{side}")
                for index, metric in enumerate(self.metrics)
                for side in ("now", "before")
            ),
        ]
        return self._compiled(
            f"{self._select(outputs)} FROM (SELECT {number} AS s, "
            f"{', '.join([*names.values(), *units, *sides])} FROM (SELECT {made} "
            f"FROM {self.source}{self._where()}) AS p GROUP BY GROUPING SETS ({grouping})) AS q",
            outputs,
        )

    def _both(self, metric: Metric) -> tuple[str, str]:
        """The metric of the query's period and of the one before; NULL where it has no charges."""
        found = []
        for period in (self.query.period, self.before):
            only = f" FILTER (WHERE {'TRUE' if period is None else self._inside(period)})"
            figure = _AGGREGATE.sub(rf"\g<0>{only}", self._figure(metric))
            if metric.unit == "count":
                figure = f"CASE WHEN COUNT(*){only} > 0 THEN {figure} END"
            found.append(figure)
        return found[0], found[1]
