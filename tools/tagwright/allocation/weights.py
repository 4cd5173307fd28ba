"""What pools of charges divide by, as SQL: a weight for each pool and target, as whole numbers.

Each CTE ``w<n>`` has the columns of a pool (``currency``, ``month``, ``key``, ``d0``, ``d1``) and
``target``, ``idle`` and ``w``. Telemetry is summed up by day and target first, once; a charge of
more than a day (an invoice of a month) takes the days that it covers.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING

from tagwright.errors import ConfigError
from tagwright.kubernetes import COLUMNS as KUBERNETES
from tagwright.kubernetes import COSTS
from tagwright.usage import COLUMNS as USAGE

if TYPE_CHECKING:
    from tagwright.allocation.model import RuleSpec, UsageFilter
    from tagwright.metrics.conditions import Conditions
    from tagwright.results import Period
    from tagwright.taxonomy import Key, Taxonomy

__all__ = ["PER", "POOL", "TELEMETRY", "Weights", "key_sql"]

POOL = ("currency", "month", "key", "d0", "d1")
"""Columns that tell the pools of a rule apart, beside provider and service."""

TELEMETRY = ("tokens", "priced", "requests", "duration", "kubernetes")
PER = {"sub_account_id": "SubAccountId", "resource_id": "ResourceId", "region_id": "RegionId"}
"""Dimensions that charges and telemetry share, and their column in both."""

_FOUR_DAYS = dt.timedelta(days=4)
_DEFAULT_WEIGHTS = {
    "input": Decimal(1),
    "cache_read": Decimal("0.1"),
    "cache_write": Decimal("1.25"),
    "cache_write_1h": Decimal(2),
    "output": Decimal(5),
}
"""Ratios of common price lists; a rule may say its own, and ``priced`` needs none."""

_TOKENS = {
    "input": "input_uncached_tokens",
    "cache_read": "cache_read_tokens",
    "cache_write": "cache_write_tokens",
    "cache_write_1h": "cache_write_1h_tokens",
    "output": "output_tokens",
}
_MILLION = 1_000_000


class Weights:
    """The weights of one rule."""

    def __init__(
        self, rule: RuleSpec, key: Key, conditions: Conditions, period: Period, taxonomy: Taxonomy
    ) -> None:
        self.rule = rule
        self.key = key
        self.conditions = conditions
        self.period = period
        self.taxonomy = taxonomy
        self.of_pods = rule.by == "kubernetes"
        self.table = "kubernetes_usage" if self.of_pods else "usage"

    def ctes(self, number: int, numbers: dict[str, int]) -> list[str]:
        """CTEs that end in ``w<number>``, over ``taken``.

        Args:
            number: The rule's.
            numbers: Rule id to number, of rules whose lines are made already.
        """
        pools = f"k{number} AS (SELECT DISTINCT {', '.join(POOL)} FROM taken WHERE rule = {number})"
        rule = self.rule
        if rule.by in TELEMETRY:
            return [pools, *self._telemetry(number)]
        if rule.by == "fixed" or rule.targets:
            source, joined = self._constant(), ""
        else:
            source = self._others(numbers)
            joined = " WHERE f.c = k.currency AND f.m = k.month"
        names = ", ".join(f"k.{name}" for name in POOL)
        weights = f"SELECT {names}, f.target, FALSE AS idle, f.w FROM k{number} AS k, ({source}) f"
        return [pools, f"w{number} AS MATERIALIZED ({weights}{joined})"]

    def _constant(self) -> str:
        """Given shares, the rest of 1 for nobody; or equal parts of given targets."""
        if self.rule.targets:
            values = ", ".join(
                f"({self._param(name)})" for name in dict.fromkeys(self.rule.targets)
            )
            return f"SELECT target, CAST(1 AS HUGEINT) AS w FROM (VALUES {values}) AS v(target)"
        shares: list[tuple[str | None, Decimal]] = list(self.rule.shares.items())
        if rest := 1 - sum(self.rule.shares.values()):
            shares.append((None, Decimal(rest)))
        values = ", ".join(
            f"({self._param(name) if name else 'NULL'}, "
            f"CAST({self._param(str(share))} AS DECIMAL(38, 18)))"
            for name, share in shares
        )
        return f"SELECT t AS target, {_whole('s')} AS w FROM (VALUES {values}) AS v(t, s)"

    def _others(self, numbers: dict[str, int]) -> str:
        """What targets have by another rule, or of their own, in that month and currency."""
        lines = (
            f"l{numbers[self.rule.like]} WHERE target IS NOT NULL AND NOT idle"
            if self.rule.like
            else "taken WHERE rule = -1 AND target IS NOT NULL"
        )
        weight = "CAST(1 AS HUGEINT)" if self.rule.by == "even" else "CAST(SUM(units) AS HUGEINT)"
        return (
            f"SELECT currency AS c, month AS m, target, {weight} AS w FROM {lines} "
            "GROUP BY ALL HAVING SUM(units) > 0"
        )

    # --- telemetry ---------------------------------------------------------------------------

    def _telemetry(self, number: int) -> list[str]:
        """Daily sums, then each pool's share of the days that it covers."""
        target = self._target()
        conditions = [
            self.conditions.within(self._reach(), 'u."ChargePeriodStart"'),
            *(self._condition(f) for f in self.rule.usage),
        ]
        traces = self._traces(number) if self.rule.by_trace else []
        joined = f" LEFT JOIN tr{number} AS tr ON tr.trace_id = u.trace_id" if traces else ""
        currency = "u.priced_currency" if self.rule.by == "priced" else "NULL"
        idle = "COALESCE(u.idle, FALSE)" if self.of_pods else "FALSE"
        measure, whole = self._measure()
        daily = (
            f"d{number} AS MATERIALIZED (SELECT day, key, cur, idle, target, {whole} AS w FROM "
            "(SELECT "
            f'CAST(u."ChargePeriodStart" AS DATE) AS day, {key_sql(self.rule.per, "u")} AS key, '
            f"{currency} AS cur, {idle} AS idle, {target} AS target, {measure} AS s "
            f"FROM {self.table} AS u{joined} WHERE {' AND '.join(conditions)} GROUP BY ALL))"
        )
        # Sums in several currencies are no weights beside each other.
        same = "d.key = k.key" + (
            f" AND (d.cur = k.currency OR (SELECT COUNT(DISTINCT cur) FROM d{number}) = 1)"
            if self.rule.by == "priced"
            else ""
        )
        names = ", ".join(f"k.{name}" for name in POOL)
        shared = " AND NOT d.idle" if self.rule.idle == "share" else ""
        one_day, days = "d.day = k.d0", "d.day >= k.d0 AND d.day < k.d1"
        found = " UNION ALL ".join(
            f"SELECT {names}, d.target, d.idle, d.w FROM k{number} AS k JOIN d{number} AS d "
            f"ON {same} AND {when} WHERE {length} AND d.w > 0{shared}"
            for when, length in ((one_day, "k.d1 = k.d0 + 1"), (days, "k.d1 <> k.d0 + 1"))
        )
        summed = f"SELECT {names}, target, idle, SUM(w) AS w FROM ({found}) AS k GROUP BY ALL"
        busy = f"b{number} AS ({summed})"
        owner = self._param(self.rule.owner) if self.rule.idle == "own" else "NULL"
        whose = f"CASE WHEN idle THEN {owner} ELSE target END"
        rows = [f"SELECT {', '.join(POOL)}, {whose} AS target, idle, w FROM b{number}"]
        ctes = [*traces, daily, busy]
        if self.rule.capacity_per_hour is not None and self.rule.idle != "share":
            ctes.append(self._hours(number))
            same_pool = " AND ".join(f"h.{name} = b.{name}" for name in POOL)
            same_pool = " AND ".join(f"h.{name} = b.{name}" for name in POOL)
            used = f"SELECT {', '.join(POOL)}, SUM(w) AS w FROM b{number} GROUP BY ALL"
            rows.append(
                f"SELECT {names.replace('k.', 'h.')}, {owner}, TRUE, h.w - COALESCE(b.w, 0) "
                f"FROM h{number} AS h LEFT JOIN ({used}) AS b ON {same_pool} "
                "WHERE h.w > COALESCE(b.w, 0)"
            )
        return [*ctes, f"w{number} AS MATERIALIZED ({' UNION ALL '.join(rows)})"]

    def _reach(self) -> Period:
        """Telemetry of all months that the charges may cover."""
        from tagwright.results import Period

        start = self.period.start.replace(day=1)
        end = self.period.end
        after = end if end.day == 1 else (end.replace(day=28) + _FOUR_DAYS).replace(day=1)
        return Period(start=start, end=after, label=self.period.label)

    def _hours(self, number: int) -> str:
        """What the charged hours could have done; an hour of one resource counts once."""
        scale = {"tokens": _MILLION, "priced": 10**15, "duration": 1000}.get(self.rule.by, 1)
        if self.of_pods:
            scale = 10 ** _decimals(self.rule.measure)
        each = int((self.rule.capacity_per_hour or 0) * _MILLION)
        pool = ", ".join(POOL)
        hours = (
            f"SELECT DISTINCT {pool}, resource, began, "
            "CAST(epoch(ended) - epoch(began) AS HUGEINT) AS seconds FROM matched "
            f"WHERE rule = {number}"
        )
        could = f"CAST(SUM(seconds) AS HUGEINT) * {each} * {scale} // {3600 * _MILLION}"
        return f"h{number} AS (SELECT {pool}, {could} AS w FROM ({hours}) GROUP BY {pool})"

    def _target(self) -> str:
        """Own value, then the first naming that fits, then that of the trace."""
        parts = [f'u."{self.key.column}"']
        if self.rule.named_by:
            whens = " ".join(
                f"WHEN contains(lower(CAST(u.{self._column(name.column)} AS VARCHAR)), "
                f"lower({self._param(name.contains)})) THEN {self._param(name.target)}"
                for name in self.rule.named_by
            )
            parts.append(f"CASE {whens} END")
        if self.rule.by_trace:
            parts.append("tr.target")
        return parts[0] if len(parts) == 1 else f"COALESCE({', '.join(parts)})"

    def _traces(self, number: int) -> list[str]:
        column = f'"{self.key.column}"'
        known = (
            f"SELECT trace_id, min({column}) AS target FROM usage WHERE trace_id IS NOT NULL "
            f"AND {column} IS NOT NULL GROUP BY 1 HAVING COUNT(DISTINCT {column}) = 1"
        )
        return [f"tr{number} AS ({known})"]

    def _measure(self) -> tuple[str, str]:
        """An aggregate over telemetry, and its value ``s`` as a whole number."""
        by = self.rule.by
        if by == "tokens":
            given: dict[str, Decimal] = {str(k): v for k, v in self.rule.weights.items()}
            weights = given or _DEFAULT_WEIGHTS
            terms = " + ".join(
                f"COALESCE(SUM(u.{_TOKENS[kind]}), 0) * {int(weight * _MILLION)}"
                for kind, weight in weights.items()
                if weight > 0
            )
            return terms or "0", "CAST(s AS HUGEINT)"
        if by == "priced":
            return "SUM(u.priced_cost)", _whole("COALESCE(s, 0)")
        if by == "requests":
            return "SUM(COALESCE(u.requests, 0))", "CAST(s AS HUGEINT)"
        if by == "duration":
            return "SUM(COALESCE(u.duration_ms, 0))", "CAST(s AS HUGEINT)"
        columns = COSTS if self.rule.measure == "cost" else (self.rule.measure,)
        total = " + ".join(f"COALESCE(SUM(u.{name}), 0)" for name in columns)
        return total, _whole("s")

    def _condition(self, item: UsageFilter) -> str:
        """A filter of telemetry; letter case is ignored."""
        column = f"CAST(u.{self._column(item.column)} AS VARCHAR)"
        if item.op in ("is_null", "not_null"):
            return f"{column} IS {'NOT ' if item.op == 'not_null' else ''}NULL"
        texts = f"CAST({self._param([value.casefold() for value in item.values])} AS VARCHAR[])"
        if item.op == "contains":
            return f"len(list_filter({texts}, lambda v: contains(lower({column}), v))) > 0"
        found = f"list_contains({texts}, lower({column}))"
        return found if item.op == "in" else f"NOT COALESCE({found}, FALSE)"

    def _column(self, name: str) -> str:
        """A column of the telemetry, quoted.

        Raises:
            ConfigError: It has no such text column; names the nearest.
        """
        from tagwright.registry import nearest

        known = {
            c.name: c.name for c in (KUBERNETES if self.of_pods else USAGE) if c.kind == "text"
        }
        known |= {key.name: key.column for key in self.taxonomy.keys.values()}
        if name not in known:
            near = ", ".join(nearest(name, list(known)))
            raise ConfigError(
                f"Rule {self.rule.id}: {self.table} has no column {name!r}.",
                hint=f"The nearest are: {near}." if near else "",
            )
        return f'"{known[name]}"'

    def _param(self, value: object) -> str:
        return self.conditions.param(value)


def key_sql(per: tuple[str, ...], alias: str) -> str:
    """In what else charge and telemetry must agree, as one text."""
    if not per:
        return "''"
    parts = ", ".join(f"COALESCE({alias}.\"{PER[name]}\", '')" for name in per)
    return f"concat_ws(chr(31), {parts})"


def _decimals(measure: str) -> int:
    return 24 if measure == "cost" else 12


def _whole(decimal: str) -> str:
    """A decimal without its point: exact, and wide enough for any."""
    return f"CAST(replace(CAST({decimal} AS VARCHAR), '.', '') AS HUGEINT)"
