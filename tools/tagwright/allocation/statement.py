"""One statement that allocates: charges to rules, rules to pools, pools to targets, exactly.

Charges are summed up first, by what rules look at; then each sum finds its rule, and becomes part
of a pool (rule, currency, billing month, provider, service, day where telemetry decides), in whole
units of the last decimal that the amounts have. Each pool is split once
(:mod:`tagwright.allocation.split`). For drill-down and export each charge is a pool of its own;
both add up to the same charges, and differ by less than a unit a charge.

What a question leaves out (its filters, days of a month) still takes part in the weights: a
target's share of a charge is the same whatever else is asked for.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any, NamedTuple

from tagwright.allocation.model import TELEMETRY
from tagwright.allocation.split import split_ctes
from tagwright.allocation.steps import steps_of
from tagwright.allocation.weights import PER, Weights, key_sql
from tagwright.errors import ConfigError
from tagwright.metrics.conditions import Conditions
from tagwright.results import Period
from tagwright.taxonomy.fold import quoted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tagwright.allocation.model import AllocationRules, RuleSpec
    from tagwright.metrics import Catalogue, Filter
    from tagwright.taxonomy import Key, Taxonomy

__all__ = [
    "LINE",
    "MISSING",
    "RATIO",
    "RATIO_SCALE",
    "SILENT",
    "SOURCE",
    "Measure",
    "Statement",
    "months_of",
]

LINE, SILENT, MISSING, SOURCE = 0, 1, 2, 3
"""What a row of :meth:`Statement.lines` is about: an amount, telemetry, a day without, a log."""

RATIO, RATIO_SCALE = -1, 12
"""The metric that is 1 of each charge, and its decimals."""

_FOUR_DAYS = dt.timedelta(days=4)


class Measure(NamedTuple):
    """A column of charges that adds up, and its decimals."""

    column: str
    scale: int


class Statement:
    """The statements of one allocation.

    Attributes:
        steps: Policies and rules in order; their numbers are in the lines.
        params: Values of the placeholders.
        until: Day after the last that a charge of these months covers; None without charges.
    """

    def __init__(
        self,
        rules: AllocationRules,
        key: Key,
        column: str,
        scale: int,
        *,
        period: Period,
        filters: Sequence[Filter],
        catalogue: Catalogue,
        taxonomy: Taxonomy,
        until: dt.date | None = None,
        metrics: Sequence[Measure] = (),
        prefix: str = "",
        several: bool = False,
    ) -> None:
        """One allocation.

        Args:
            rules: The rules.
            key: What is allocated to.
            column: Of ``charges``: the cost.
            scale: Its decimals.
            period: Of the charges.
            filters: Which charges.
            catalogue: Metrics and dimensions.
            taxonomy: Of the promoted columns.
            until: Day after the last that a charge of the period's months covers.
            metrics: Where given, each charge is a pool of its own, and these are split too.
            prefix: Before the names of tables.
            several: Whether there is usage of several sources.
        """
        self._metrics, self._prefix, self._several = tuple(metrics), prefix, several
        self._sources: dict[int, str] = {}
        single = ("x_file", "x_record", "wanted", "metric")
        self._of = single if metrics else ("provider", "service", "wanted")
        self._conditions = Conditions(catalogue)
        self._key, self._column, self._scale = key, column, scale
        self._taxonomy, self.until = taxonomy, until
        self.steps = steps_of(rules, key.name, catalogue, self._conditions)
        months = months_of(period)
        self._where = self._conditions.within(months)
        self._wanted = self._conditions.all_of(filters)
        self._columns = _columns(catalogue, [*filters, *(f for s in self.steps for f in s.match)])
        self._by_day = [n for n in self.split if self._rule(n).by in TELEMETRY]
        self._days = bool(self._by_day) or months != period
        if months != period:
            start, end = self._param(period.start), self._param(period.end)
            self._wanted += f" AND began >= CAST({start} AS DATE) AND began < CAST({end} AS DATE)"
        self._reach = months.model_copy(update={"end": max(months.end, until or months.end)})
        self._ctes = [*self._charges(), *self._rules()]

    @property
    def params(self) -> list[Any]:
        """Values of the placeholders, in order."""
        return self._conditions.params

    @property
    def split(self) -> list[int]:
        """Numbers of the steps that divide what they take."""
        return [number for number, step in enumerate(self.steps) if step.rule is not None]

    def with_ctes(self) -> str:
        """``WITH …``: ``matched`` charges, what is ``taken`` of them, ``w<n>`` and ``l<n>``."""
        # All of it, also where a part would do: the placeholders are the whole statement's.
        return f"WITH {', '.join(self._ctes)}"

    def lines(self) -> str:
        """Rows of: what, step, target, idle, weighed, currency, month, two more, day, units, count.

        A ``LINE`` is an amount: its step is -1 where the charge's own value counts; weighed is
        whether a weight was found, and day is given where none was. The two more are provider and
        service; the count is of charges. ``SILENT``: of
        the telemetry of a step, rows (units) and how many of them weigh nothing for they do not
        say their measure (count). ``MISSING``: a day that its charges cover and no telemetry does.
        """
        first, second = self._of[:2]
        own = (
            f"SELECT rule, target, FALSE AS idle, TRUE AS weighed, currency, month, {first}, "
            f"{second}, wanted, d0, units, charges FROM taken WHERE {self._undivided()}"
        )
        parts = [own] + [
            f"SELECT rule, target, idle, weighed, currency, month, {first}, {second}, wanted, d0, "
            f"units, charges FROM l{number}"
            for number in self.split
        ]
        amounts = (
            f"SELECT {LINE} AS what, rule, target, idle, weighed, currency, month, "
            f"{first} AS one, {second} AS two, CASE WHEN NOT weighed THEN d0 END AS day, "
            "CAST(SUM(units) AS HUGEINT) AS units, CAST(SUM(charges) AS BIGINT) AS charges "
            f"FROM ({' UNION ALL '.join(parts)}) WHERE wanted GROUP BY ALL"
        )
        empty = "NULL, FALSE, TRUE, NULL, NULL, NULL, NULL"
        facts = [
            f"SELECT {SILENT}, {number}, {empty}, NULL, COALESCE(SUM(seen), 0), "
            f"CAST(COALESCE(SUM(seen - told), 0) AS BIGINT) FROM d{number}"
            for number in self._by_day
        ] + [
            f"SELECT {MISSING}, {number}, {empty}, day, 0, 0 FROM (SELECT DISTINCT "
            "CAST(unnest(generate_series(d0, d1 - 1, INTERVAL 1 DAY)) AS DATE) AS day FROM "
            f"(SELECT DISTINCT d0, d1 FROM k{number}{self._of_days(number)})) "
            f"WHERE day NOT IN (SELECT day FROM d{number})"
            for number in self._by_day
        ]
        facts += [
            f"SELECT {SOURCE}, {number}, x_source, FALSE, TRUE, NULL, NULL, NULL, NULL, NULL, 0, 0 "
            f"FROM {self._prefix}usage AS u WHERE {where} GROUP BY x_source"
            for number, where in self._sources.items()
        ]
        return f"{self.with_ctes()} {' UNION ALL '.join([amounts, *facts])} ORDER BY ALL"

    def _of_days(self, number: int) -> str:
        """Which pools may cover a day without telemetry and be divided all the same.

        A pool of one such day has no weight, and is told as unallocated; but with a capacity it is
        idle, and nobody would see why.
        """
        return "" if self._rule(number).may_idle else " WHERE d1 > d0 + 1"

    def matched(self, number: int) -> str:
        """Of charges that a step's own condition fits: who took them, currency, charges, units."""
        return (
            f"{self.with_ctes()} SELECT rule, currency, CAST(SUM(charges) AS BIGINT), "
            f"{self._units('SUM(amount)')} FROM matched WHERE wanted AND amount IS NOT NULL "
            f"AND {self.steps[number].condition} GROUP BY ALL ORDER BY ALL"
        )

    # --- pieces ------------------------------------------------------------------------------

    def _rule(self, number: int) -> RuleSpec:
        rule = self.steps[number].rule
        if rule is None:
            raise AssertionError(number)
        return rule

    def _undivided(self) -> str:
        return f"rule NOT IN ({', '.join(map(str, self.split)) or '-2'})"

    def _units(self, amount: str, scale: int | None = None) -> str:
        """An amount as a whole number of its last decimals."""
        scale = self._scale if scale is None else scale
        text = f"CAST(CAST({amount} AS DECIMAL(38, {scale})) AS VARCHAR)"
        return f"CAST(replace({text}, '.', '') AS HUGEINT)"

    def _param(self, value: object) -> str:
        return self._conditions.param(value)

    def _charges(self) -> list[str]:
        """``pooled``: sums of charges; ``matched``: their rule; ``placed``: pool; ``taken``."""
        capacity = any(self._rule(n).capacity_per_hour is not None for n in self.split)
        per = {name for n in self.split for name in self._rule(n).per}
        names = [
            *self._columns,
            self._key.column,
            *(PER[name] for name in sorted(per)),
            *(("ResourceId", "ChargePeriodStart", "ChargePeriodEnd") if capacity else ()),
            *(("x_file", "x_record") if self._metrics else ()),
            *(metric.column for metric in self._metrics),
        ]
        columns = [f'"{name}"' for name in dict.fromkeys(names)]
        columns += [
            '"BillingCurrency" AS currency',
            'CAST("BillingPeriodStart" AS DATE) AS month',
            '"ServiceProviderName" AS provider',
            '"ServiceName" AS service',
        ]
        if self._days:
            columns += [
                'CAST("ChargePeriodStart" AS DATE) AS began',
                'CAST("ChargePeriodEnd" - INTERVAL 1 MICROSECOND AS DATE) AS ended',
            ]
        # Maps are slow to group by; a charge by itself is not to be summed up.
        single = bool(self._metrics) or "Tags" in self._columns
        sums = (
            f'"{self._column}" AS amount, 1 AS charges'
            if single
            else f'SUM("{self._column}") AS amount, COUNT(*) AS charges'
        )
        pooled = (
            f"SELECT {', '.join(columns)}, {sums} FROM {self._prefix}charges WHERE {self._where} "
            f'AND "{self._column}" IS NOT NULL{"" if single else " GROUP BY ALL"}'
        )
        whens = " ".join(f"WHEN {s.condition} THEN {n}" for n, s in enumerate(self.steps))
        rule = f"CASE {whens} ELSE -1 END" if whens else "-1"
        matched = f"SELECT *, {rule} AS rule, {self._wanted} AS wanted FROM pooled"
        return [f"pooled AS ({pooled})", f"matched AS ({matched})", *self._taken()]

    def _taken(self) -> list[str]:
        keys = " ".join(
            f"WHEN {n} THEN {key_sql(self._rule(n).per, 'c')}"
            for n in self.split
            if self._rule(n).per
        )
        key = f"CASE rule {keys} ELSE '' END" if keys else "''"
        own = f'CASE WHEN {self._undivided()} THEN c."{self._key.column}" END'
        # A charge of a day counts with that day's telemetry, one of a month with the month's.
        start, end = "month", "month + 1"
        if self._by_day:
            by_day = f"rule IN ({', '.join(map(str, self._by_day))})"
            start = f"CASE WHEN {by_day} THEN began ELSE month END"
            end = f"CASE WHEN {by_day} THEN greatest(began + 1, ended + 1) ELSE month + 1 END"
        pools = (
            f"SELECT c.*, {key} AS key, {start} AS d0, {end} AS d1, {own} AS target "
            "FROM matched AS c"
        )
        if self._metrics:
            return [f"placed AS ({pools})", f"taken AS ({self._taken_by_charge()})"]
        of = ", ".join(self._of)
        taken = (
            f"SELECT rule, currency, month, key, d0, d1, {of}, target, "
            f"{self._units('SUM(amount)')} AS units, CAST(SUM(charges) AS BIGINT) AS charges "
            "FROM placed GROUP BY ALL"
        )
        return [f"placed AS ({pools})", f"taken AS ({taken})"]

    def _taken_by_charge(self) -> str:
        """A row for each charge and metric, the cost that is allocated first; and one for 1."""
        pool = "rule, currency, month, key, d0, d1, x_file, x_record, wanted"
        basis = Measure(self._column, self._scale)
        columns = [basis, *(metric for metric in self._metrics if metric != basis)]
        parts = [
            f"SELECT {pool}, {index} AS metric, target, "
            f"{self._units(quoted(metric.column), metric.scale)} AS units, 1 AS charges "
            f"FROM placed WHERE {quoted(metric.column)} IS NOT NULL"
            for index, metric in enumerate(columns)
        ]
        whole = f"SELECT {pool}, {RATIO}, target, CAST({10**RATIO_SCALE} AS HUGEINT), 1 FROM placed"
        return " UNION ALL ".join([*parts, whole])

    def _rules(self) -> list[str]:
        """Weights and lines of each rule, those that others are like before them."""
        ctes: list[str] = []
        numbers: dict[str, int] = {}
        direct = [-1, *(n for n, step in enumerate(self.steps) if step.own)]
        waiting = self.split
        while waiting:
            for number in list(waiting):
                rule = self._rule(number)
                if rule.like and rule.like not in numbers and self._known(rule):
                    continue
                waiting.remove(number)
                weights = Weights(
                    rule,
                    self._key,
                    self._conditions,
                    self._reach,
                    self._taxonomy,
                    scale=self._scale,
                    prefix=self._prefix,
                    once=" AND metric = 0" if self._metrics else "",
                )
                ctes += weights.ctes(number, numbers, direct)
                if self._several and number in self._by_day and rule.by != "kubernetes":
                    self._sources[number] = weights.where
                ctes += split_ctes(number, self._of)
                numbers[rule.id] = number
        return ctes

    def _known(self, rule: RuleSpec) -> bool:
        """Whether the rule that it is like allocates to this dimension too.

        Raises:
            ConfigError: It does not.
        """
        if any(self._rule(number).id == rule.like for number in self.split):
            return True
        raise ConfigError(
            f"Rule {rule.id} is like {rule.like}, which does not divide charges to "
            f"{self._key.name}.",
            hint=f"Add {self._key.name} to rule {rule.like}'s `to`, or name another rule.",
        )


def months_of(period: Period) -> Period:
    """The whole months that hold a period."""
    end = period.end
    after = end if end.day == 1 else (end.replace(day=28) + _FOUR_DAYS).replace(day=1)
    start = period.start.replace(day=1)
    if (start, after) == (period.start, end):
        return period
    return Period(start=start, end=after, label=period.label)


def _columns(catalogue: Catalogue, filters: Sequence[Filter]) -> list[str]:
    """Columns of charges that filters look at."""
    return list(dict.fromkeys(catalogue.dimension(f.dimension).column for f in filters))
