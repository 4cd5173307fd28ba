"""What pools of charges divide by, as SQL: a weight for each pool and target, as whole numbers.

Each CTE ``w<n>`` has the columns of a pool (``currency``, ``month``, ``key``, ``d0``, ``d1``) and
``target``, ``idle`` and ``w``. Telemetry is summed up by day and target first, once; a charge of
more than a day (an invoice of a month) takes the days that it covers.
"""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING

from tagwright.allocation.model import TELEMETRY
from tagwright.errors import ConfigError
from tagwright.kubernetes import COLUMNS as KUBERNETES
from tagwright.kubernetes import COSTS
from tagwright.money import EXACT
from tagwright.usage import COLUMNS as USAGE

if TYPE_CHECKING:
    from tagwright.allocation.model import RuleSpec, UsageFilter
    from tagwright.metrics.conditions import Conditions
    from tagwright.results import Period
    from tagwright.taxonomy import Key, Taxonomy

__all__ = ["PER", "POOL", "Weights", "key_sql"]

POOL = ("currency", "month", "key", "d0", "d1")
"""Columns that tell the pools of a rule apart, beside provider and service."""

PER = {"sub_account_id": "SubAccountId", "resource_id": "ResourceId", "region_id": "RegionId"}
"""Dimensions that charges and telemetry share, and their column in both."""

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
_CONSTANT = ("''", "NULL", "FALSE")
_DAY = 'CAST(u."ChargePeriodStart" AS DATE) AS day'


class Weights:
    """The weights of one rule.

    Attributes:
        where: Which rows ``u`` of telemetry count, once the CTEs are made.
    """

    def __init__(
        self,
        rule: RuleSpec,
        key: Key,
        conditions: Conditions,
        reach: Period,
        taxonomy: Taxonomy,
        *,
        scale: int,
        prefix: str = "",
        once: str = "",
    ) -> None:
        """Weights of a rule.

        Args:
            rule: The rule.
            key: What is allocated to.
            conditions: Gives out the placeholders.
            reach: What the charges cover.
            taxonomy: Of the promoted columns.
            scale: Decimals of the amounts.
            prefix: Before the names of the tables of telemetry.
            once: Condition, after ``AND``, under which a charge's amount is in ``taken`` once.
        """
        self.rule = rule
        self.key = key
        self.conditions = conditions
        self.reach = reach
        self.taxonomy = taxonomy
        self.scale = scale
        self.of_pods = rule.by == "kubernetes"
        self.table = "kubernetes_usage" if self.of_pods else "usage"
        self.prefix = prefix
        self.once = once
        self.where = ""

    def ctes(self, number: int, numbers: dict[str, int], direct: list[int]) -> list[str]:
        """CTEs that end in ``w<number>``, over ``taken``.

        Args:
            number: The rule's.
            numbers: Rule id to number, of rules whose lines are made already.
            direct: Numbers of the steps whose charges keep their own target.
        """
        pools = f"k{number} AS (SELECT DISTINCT {', '.join(POOL)} FROM taken WHERE rule = {number})"
        rule = self.rule
        if rule.by in TELEMETRY:
            return [pools, *self._telemetry(number)]
        joined = " WHERE f.c = k.currency AND f.m = k.month"
        if rule.amounts:
            source = self._amounts(number)
        elif rule.by == "fixed" or rule.targets:
            source, joined = self._constant(), ""
        else:
            source = self._others(numbers, direct)
        names = ", ".join(f"k.{name}" for name in POOL)
        weights = f"SELECT {names}, f.target, FALSE AS idle, f.w FROM k{number} AS k, ({source}) f"
        return [pools, f"w{number} AS ({weights}{joined})"]

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

    def _amounts(self, number: int) -> str:
        """Given amounts, and what is left of the month for nobody."""
        currency = self._param(self.rule.currency)
        units = {name: int(a.scaleb(self.scale, EXACT)) for name, a in self.rule.amounts.items()}
        values = ", ".join(
            f"({self._param(name)}, CAST({self._param(str(w))} AS HUGEINT))"
            for name, w in units.items()
        )
        whole = sum(units.values())
        months = (
            f"SELECT currency AS c, month AS m, SUM(units) - CAST({self._param(str(whole))} AS "
            f"HUGEINT) AS rest FROM taken WHERE rule = {number} AND currency = {currency}"
            f"{self.once} GROUP BY ALL"
        )
        return (
            f"SELECT c, m, v.target, v.w FROM ({months}), (VALUES {values}) AS v(target, w) "
            f"UNION ALL SELECT c, m, NULL, CAST(rest AS HUGEINT) FROM ({months}) WHERE rest > 0"
        )

    def _others(self, numbers: dict[str, int], direct: list[int]) -> str:
        """What targets have by another rule, or of their own, in that month and currency."""
        own = ", ".join(map(str, direct))
        lines = (
            f"l{numbers[self.rule.like]} WHERE target IS NOT NULL AND NOT idle"
            if self.rule.like
            else f"taken WHERE rule IN ({own}) AND target IS NOT NULL"
        )
        weight = "CAST(1 AS HUGEINT)" if self.rule.by == "even" else "CAST(SUM(units) AS HUGEINT)"
        return (
            f"SELECT currency AS c, month AS m, target, {weight} AS w FROM {lines}"
            f"{self.once} GROUP BY ALL HAVING SUM(units) > 0"
        )

    # --- telemetry ---------------------------------------------------------------------------

    def _telemetry(self, number: int) -> list[str]:
        """Daily sums, then each pool's share of the days that it covers."""
        target = self._target()
        conditions = [
            self.conditions.within(self.reach, 'u."ChargePeriodStart"'),
            *(self._condition(f) for f in self.rule.usage),
        ]
        self.where = " AND ".join(conditions)
        traces = self._traces(number) if self.rule.by_trace else []
        joined = f" LEFT JOIN tr{number} AS tr ON tr.trace_id = u.trace_id" if traces else ""
        currency = "u.priced_currency" if self.rule.by == "priced" else "NULL"
        idle = "COALESCE(u.idle, FALSE)" if self.of_pods else "FALSE"
        sums, whole, told = self._measure()
        # What is the same for all rows is no group: it costs as much as one that tells them apart.
        parts = {"key": key_sql(self.rule.per, "u"), "cur": currency, "idle": idle}
        groups = [f"{sql} AS {name}" for name, sql in parts.items() if sql not in _CONSTANT]
        given = [
            name if sql not in _CONSTANT else f"{sql} AS {name}" for name, sql in parts.items()
        ]
        daily = (
            f"d{number} AS (SELECT day, {', '.join(given)}, target, {whole} AS w, seen, told FROM "
            f"(SELECT {', '.join([_DAY, *groups])}, {target} AS target, {sums}, "
            f"COUNT(*) AS seen, COUNT({told}) AS told FROM {self.prefix}{self.table} AS u{joined} "
            f"WHERE {self.where} GROUP BY ALL))"
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
        busy = f"b{number} AS ({found})"
        owner = self._param(self.rule.owner) if self.rule.idle == "own" else "NULL"
        whose = f"CASE WHEN idle THEN {owner} ELSE target END"
        rows = [f"SELECT {', '.join(POOL)}, {whose} AS target, idle, w FROM b{number}"]
        ctes = [*traces, daily, busy]
        if self.rule.may_idle:
            ctes.append(self._hours(number))
            same_pool = " AND ".join(f"h.{name} = b.{name}" for name in POOL)
            used = f"SELECT {', '.join(POOL)}, SUM(w) AS w FROM b{number} GROUP BY ALL"
            rows.append(
                f"SELECT {names.replace('k.', 'h.')}, {owner}, TRUE, h.w - COALESCE(b.w, 0) "
                f"FROM h{number} AS h LEFT JOIN ({used}) AS b ON {same_pool} "
                "WHERE h.w > COALESCE(b.w, 0)"
            )
        return [*ctes, f"w{number} AS ({' UNION ALL '.join(rows)})"]

    def _hours(self, number: int) -> str:
        """What the charged hours could have done; an hour of one resource counts once."""
        scale = {"tokens": _MILLION, "priced": 10**15, "duration": 1000, "gpu_seconds": 1000}.get(
            self.rule.by, 1
        )
        if self.of_pods:
            scale = 10 ** _decimals(self.rule.measure)
        # Seconds times `each` over `of`; reduced, so that the product stays small.
        could_do = Fraction(self.rule.capacity_per_hour or 0) * scale / 3600
        each, of = could_do.numerator, could_do.denominator
        pool = ", ".join(POOL)
        start, end = '"ChargePeriodStart"', '"ChargePeriodEnd"'
        # Two SKUs of one resource are charged for the same hour; it could work for one.
        upto = (
            f'max({end}) OVER (PARTITION BY {pool}, "ResourceId" ORDER BY {start}, {end} '
            "ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)"
        )
        spans = f"SELECT {pool}, {start} AS s, {end} AS e, {upto} AS upto FROM placed"
        hours = (
            f"SELECT {pool}, CAST(greatest(0, epoch(e) - epoch(greatest(s, upto))) AS HUGEINT) "
            f"AS seconds FROM ({spans} WHERE rule = {number})"
        )
        could = f"CAST(SUM(seconds) AS HUGEINT) * {each} // {of}"
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
            f"SELECT trace_id, min({column}) AS target FROM {self.prefix}usage "
            f"WHERE trace_id IS NOT NULL AND {column} IS NOT NULL "
            f"GROUP BY 1 HAVING COUNT(DISTINCT {column}) = 1"
        )
        return [f"tr{number} AS ({known})"]

    def _measure(self) -> tuple[str, str, str]:
        """Sums ``s0``, ``s1``, … over telemetry, their value as a whole number, who tells it."""
        by = self.rule.by
        if by == "tokens":
            given: dict[str, Decimal] = {str(k): v for k, v in self.rule.weights.items()}
            weights = {k: v for k, v in (given or _DEFAULT_WEIGHTS).items() if v > 0}
            # Columns are summed as they are; a weight times each row would take twice as long.
            sums = [f"SUM(u.{_TOKENS[kind]})" for kind in weights]
            terms = [
                f"CAST(COALESCE(s{index}, 0) AS HUGEINT) * {int(weight * _MILLION)}"
                for index, weight in enumerate(weights.values())
            ]
            return _listed(sums), " + ".join(terms) or "0", "u.input_uncached_tokens"
        if by == "priced":
            return _listed(["SUM(u.priced_cost)"]), _whole("COALESCE(s0, 0)"), "u.priced_cost"
        if by in ("requests", "duration", "gpu_seconds"):
            name = "u.requests" if by == "requests" else "u.duration_ms"
            return _listed([f"SUM({name})"]), "CAST(COALESCE(s0, 0) AS HUGEINT)", name
        columns = COSTS if self.rule.measure == "cost" else (self.rule.measure,)
        total = " + ".join(f"COALESCE(SUM(u.{name}), 0)" for name in columns)
        told = f"COALESCE({', '.join(f'u.{name}' for name in columns)})"
        return _listed([total]), _whole("s0"), told

    def _condition(self, item: UsageFilter) -> str:
        """A filter of telemetry; letter case is ignored."""
        column = f"CAST(u.{self._column(item.column)} AS VARCHAR)"
        if item.op in ("is_null", "not_null"):
            return f"{column} IS {'NOT ' if item.op == 'not_null' else ''}NULL"
        texts = f"CAST({self._param([value.lower() for value in item.values])} AS VARCHAR[])"
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
        known["x_source"] = "x_source"  # two logs may tell of the same requests
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


def _listed(sums: list[str]) -> str:
    return ", ".join(f"{sql} AS s{index}" for index, sql in enumerate(sums)) or "0 AS s0"


def _decimals(measure: str) -> int:
    return 24 if measure == "cost" else 12


def _whole(decimal: str) -> str:
    """A decimal without its point: exact, and wide enough for any."""
    return f"CAST(replace(CAST({decimal} AS VARCHAR), '.', '') AS HUGEINT)"
