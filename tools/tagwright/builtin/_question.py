"""What the cost tools share: names and values checked against the data, then one statement run."""

from __future__ import annotations

from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING, Any

from tagwright.builtin._filter_values import FilterValues
from tagwright.builtin._reach import Reach
from tagwright.errors import MisuseError
from tagwright.metrics import (
    ALL,
    TOTAL,
    VALUED,
    VALUES,
    Compiled,
    Filter,
    Query,
    compile_count,
    compile_query,
    compile_sets,
    compile_totals,
    compile_whole,
)
from tagwright.money import decimal_text
from tagwright.taxonomy import SUGGEST
from tagwright.text import clean

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    from tagwright.builtin._arguments import FilterArgument
    from tagwright.context import ToolContext
    from tagwright.metrics import Conversion, Dimension, Metric
    from tagwright.results import Period, Scalar
    from tagwright.warehouse import Table

__all__ = [
    "Question",
    "cell",
    "currency_notes",
    "figure",
    "names_of",
    "no_value_notes",
    "single_currency",
]

_MONTHS = (
    'SELECT DISTINCT "ServiceProviderName", "BillingCurrency", '
    "CAST(date_trunc('month', x_day) AS DATE) FROM rollup_organisation"
)
"""That rollup holds every charge, whatever the taxonomy is."""


class Question:
    """Charges that are asked about: filters and period, checked.

    Attributes:
        ctx: The call.
        period: The period asked about.
        filters: Filters with canonical names and values that occur in the data.
        notes: What a reader must know, so far.
        conversion: How money becomes one currency; None: each stays in its own.
    """

    def __init__(
        self, ctx: ToolContext, period: str | Period, filters: Sequence[FilterArgument]
    ) -> None:
        self.ctx = ctx
        self.notes: list[str] = []
        self.conversion: Conversion | None = None
        self.period = ctx.period(period) if isinstance(period, str) else period
        self._tables = self._table_sizes()
        self._columns: frozenset[str] | None = None
        if ctx.taxonomy_changed:
            self.notes.append(
                "The taxonomy was changed after this data was loaded: "
                "run 'tagwright refresh' to apply it."
            )
        values = FilterValues(ctx, self.dimension, self._how(), self.notes)
        self.filters = [values.checked(item) for item in filters]

    def dimension(self, name: str) -> Dimension:
        """The dimension of that name or synonym, if this snapshot has it.

        Raises:
            UnknownNameError: Nobody knows it.
            MisuseError: It was added to the taxonomy after the data was loaded.
        """
        found = self.ctx.catalogue.dimension(name)
        if found.kind != "tag" and self.ctx.taxonomy_changed:
            if self._columns is None:
                probe = self.ctx.snapshot.known("SELECT * FROM charges LIMIT 0")
                self._columns = frozenset(probe.columns)
            if found.column not in self._columns:
                raise MisuseError(
                    f"{found.name!r} was added to the taxonomy after this data was loaded.",
                    hint="Run 'tagwright refresh'.",
                )
        return found

    def dimensions(self, names: Sequence[str]) -> list[Dimension]:
        """Several, without repeats."""
        return list({found.name: found for found in map(self.dimension, names)}.values())

    def metric(self, name: str) -> Metric:
        """The metric of that name or synonym."""
        return self.ctx.catalogue.metric(name)

    def query(
        self,
        metrics: Sequence[str],
        group_by: Sequence[str] = (),
        *,
        period: Period | None = None,
        filters: Sequence[Filter] = (),
        **more: Any,
    ) -> Query:
        """A query over these charges; ``period`` in place of this question's own.

        Raises:
            MisuseError: A metric is a ratio: of those query_costs alone knows.
        """
        for name in metrics:
            if self.metric(name).of is not None:
                raise MisuseError(
                    f"{name} is a ratio of two sums, which has no place here.",
                    hint="query_costs gives it, by groups and against another period.",
                )
        return Query(
            metrics=tuple(metrics),
            group_by=tuple(group_by),
            filters=(*self.filters, *filters),
            period=self._bounded(period or self.period),
            conversion=self.conversion,
            **more,
        )

    def whole(self, query: Query) -> tuple[list[dict[str, Any]], int, list[dict[str, Any]]]:
        """Rows, how many there are without the limit, and totals: in one pass where they add up.

        Totals of such a pass by one dimension have :data:`VALUES` and :data:`VALUED` too.
        """
        if not query.group_by:
            rows = self.rows(query.model_copy(update={"limit": None}))
            return rows[: query.limit], len(rows), _in_order(rows)
        if not all(self.metric(name).adds_up for name in query.metrics):
            rows = self.rows(query)
            count = self.count(query) if len(rows) == query.limit else len(rows)
            return rows, count, self.totals(query)
        found = self.run(compile_whole(query, self.ctx.catalogue, **self._how()))
        count = next((row[ALL] for row in found if not row[TOTAL]), 0)
        units = [name for name in ("currency", "consumed_unit") if found and name in found[0]]
        if "consumed_unit" in units and not any(
            self.metric(name).unit == "ConsumedUnit" for name in query.metrics
        ):
            units.remove("consumed_unit")
        shown = [*units, *(self.metric(name).name for name in query.metrics)]
        shown += [name for name in (VALUES, VALUED) if found and name in found[0]]
        rows = [row for row in found if not row[TOTAL]]
        totals = [{name: row[name] for name in shown} for row in found if row[TOTAL]]
        return rows, count, _in_order(totals)

    def compared(
        self,
        query: Query,
        sets: Sequence[Sequence[str]],
        before: Period,
    ) -> Compiled:
        """The statement of two periods' figures by several sets of dimensions, over one table."""
        return compile_sets(query, sets, before, self.ctx.catalogue, **self._how())

    def table(self, query: Query, before: Period) -> str:
        """The table that would answer for both periods."""
        return self.compared(query, [query.group_by], before).table

    def compiled(self, query: Query) -> Compiled:
        """The statement, over the smallest table that can answer."""
        return compile_query(query, self.ctx.catalogue, **self._how())

    def rows(self, query: Query) -> list[dict[str, Any]]:
        """The rows of ``query``, recorded for the receipt."""
        return self.run(compile_query(query, self.ctx.catalogue, **self._how()))

    def totals(self, query: Query) -> list[dict[str, Any]]:
        """Its figures over all groups: one row per currency and unit, in their order."""
        return _in_order(self.run(compile_totals(query, self.ctx.catalogue, **self._how())))

    def count(self, query: Query) -> int:
        """How many rows it has without its limit."""
        table = self._ask(compile_count(query, self.ctx.catalogue, **self._how()))
        return int(table.rows[0][0])

    def run(self, compiled: Compiled) -> list[dict[str, Any]]:
        """The rows of a statement by column name, recorded for the receipt."""
        table = self._ask(compiled)
        return [dict(zip(table.columns, row, strict=True)) for row in table.rows]

    def _ask(self, compiled: Compiled) -> Table:
        return self.ctx.query(compiled.sql, compiled.params)

    def _bounded(self, period: Period) -> Period | None:
        """None where the period holds all the data: rollups by month can answer that too."""
        info = self.ctx.anchor
        if info.data_start is None or info.data_end is None:
            return period
        return None if period.start <= info.data_start and info.data_end <= period.end else period

    def _table_sizes(self) -> dict[str, int]:
        table = self.ctx.snapshot.known(
            "SELECT table_name, estimated_size FROM duckdb_tables() WHERE NOT internal"
        )
        return {str(name): int(size) for name, size in table.rows}

    def _how(self) -> dict[str, Any]:
        # After a change of the taxonomy the rollups' columns and bits still follow the old one.
        return {"use_rollups": not self.ctx.taxonomy_changed, "sizes": self._tables}

    # --- what is known ------------------------------------------------------------------------

    @cached_property
    def reach(self) -> Reach:
        """Which months the bills are known of, of the providers that the question is about."""
        wanted = self.providers
        known: dict[str, set[dt.date]] = {}
        currencies: dict[str, set[str]] = {}
        for provider, currency, month in self.ctx.snapshot.known(_MONTHS).rows:
            name = str(provider or "")
            if wanted is None or name in wanted:
                known.setdefault(name, set()).add(month)
                shown = self.conversion.to if self.conversion else str(currency)
                currencies.setdefault(name, set()).add(shown)
        return Reach(
            self.ctx.anchor,
            {name: frozenset(months) for name, months in known.items()},
            {name: frozenset(codes) for name, codes in currencies.items()},
            tuple(sorted(wanted or ())),
        )

    @cached_property
    def providers(self) -> frozenset[str] | None:
        """Whose charges the filters let through, of any time; None for everybody's.

        Where only the charges themselves could tell, that is taken for everybody's: it would be
        another pass over them.
        """
        if not self.filters:
            return None
        query = Query(
            metrics=("charge_count",),
            group_by=("service_provider_name",),
            filters=tuple(self.filters),
        )
        compiled = compile_query(query, self.ctx.catalogue, **self._how())
        if compiled.table == "charges":
            return None
        rows = self.ctx.snapshot.known(compiled.sql, compiled.params).rows
        found = frozenset(str(row[0] or "") for row in rows)
        everybody = {str(row[0] or "") for row in self.ctx.snapshot.known(_MONTHS).rows}
        return None if found in (everybody, frozenset()) else found

    def data_notes(self, period: Period | None = None) -> list[str]:
        """Where the data does not reach in a period, by default the question's own."""
        return self.reach.notes(period or self.period)

    def match_notes(self, totals: Sequence[dict[str, Any]]) -> list[str]:
        """That nothing was found where the data does reach: not the same as a cost of zero."""
        if totals or not self.reach.holds(self.period):
            return []
        return [f"No charge matches in {self.period.label}."]


def _in_order(totals: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(totals, key=lambda row: (row.get("currency") or "", *map(str, row.values())))


def currency_notes(totals: Sequence[dict[str, Any]]) -> list[str]:
    """That amounts of several currencies stand side by side."""
    found = sorted({str(row["currency"]) for row in totals if row.get("currency")})
    if len(found) < 2:
        return []
    return [f"Amounts are in {', '.join(found)}; they are not added up."]


def no_value_notes(
    question: Question,
    groups: Sequence[Dimension],
    rows: Sequence[dict[str, Any]],
    *,
    whole: bool,
) -> list[str]:
    """That no charge has a value of a taxonomy key or tag that was grouped by, and what helps."""
    keys = question.ctx.taxonomy.keys
    bare = [
        group for group in groups if rows and whole and all(row[group.name] is None for row in rows)
    ]
    names = [group.name for group in bare if group.name in keys]
    notes = [f"No charge there has a value of {', '.join(names)}. {SUGGEST}"] if names else []
    return notes + [
        f"No charge there has the tag {clean(group.tag)!r}." for group in bare if group.tag
    ]


def single_currency(totals: Sequence[dict[str, Any]]) -> str | None:
    """The one currency of the totals; None where there are several or none."""
    found = {row.get("currency") for row in totals}
    only = next(iter(found)) if len(found) == 1 else None
    return str(only) if only is not None else None


def figure(value: Any) -> Scalar:
    """A figure as JSON: an amount or quantity as an exact decimal string, a count as a number."""
    if isinstance(value, Decimal):
        return decimal_text(value)
    return None if value is None else int(value)


def cell(value: Any) -> Scalar:
    """A group's value as JSON."""
    if value is None or isinstance(value, str | bool | int):
        return value
    return str(value)


def names_of(dimensions: Sequence[Dimension]) -> list[str]:
    """Their names."""
    return [dimension.name for dimension in dimensions]
