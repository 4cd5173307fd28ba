"""One statement that allocates: charges to rules, rules to pools, pools to targets, exactly.

Pools are sums of charges that a rule treats alike (rule, currency, billing month, provider,
service, day where telemetry decides), in whole units of the last decimal that the amounts have.
Each pool is split once (:mod:`tagwright.allocation.split`). For drill-down and export each charge
is a pool of its own; both add up to the same charges, and differ by less than a unit a charge.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tagwright.allocation.model import Policy, RuleSpec
from tagwright.allocation.split import split_ctes
from tagwright.allocation.weights import PER, TELEMETRY, Weights, key_sql
from tagwright.metrics import Filter
from tagwright.metrics.conditions import Conditions

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tagwright.allocation.model import AllocationRules
    from tagwright.metrics import Catalogue
    from tagwright.results import Period
    from tagwright.taxonomy import Key, Taxonomy

__all__ = ["Statement", "applicable"]


def _only(dimension: str, *values: str) -> tuple[Filter, ...]:
    return (Filter(dimension=dimension, values=values),)


_SORTS: dict[str, tuple[str, tuple[Filter, ...]]] = {
    "tax": ("tax", _only("charge_category", "Tax")),
    "credit": ("credit", _only("charge_category", "Credit")),
    "unused_commitment": ("commitment", _only("commitment_discount_status", "Unused")),
    "support": (
        "support",
        (Filter(dimension="service_name", op="contains", values=("support",)),),
    ),
}
"""Policy to the kind of its lines, and which charges it is about."""


@dataclass(frozen=True)
class _Step:
    """A rule or a policy at its place in the order.

    Attributes:
        id: Rule id, or ``policy:<name>``.
        rule: The rule; None where the charges keep the target that they carry.
        kind: Of its lines.
        condition: SQL: which charges it takes.
    """

    id: str
    rule: RuleSpec | None
    kind: str
    condition: str


def applicable(
    rules: AllocationRules, dimension: str, catalogue: Catalogue
) -> list[tuple[str, str, tuple[Filter, ...], RuleSpec | None]]:
    """Policies and rules that allocate to a dimension: id, kind of lines, filters, rule.

    Raises:
        UnknownNameError: A rule names a dimension nobody knows.
    """
    found: list[tuple[str, str, tuple[Filter, ...], RuleSpec | None]] = []
    for name, (kind, match) in _SORTS.items():
        policy: Policy = getattr(rules.spec.policies, name)
        if policy.do != "rules":
            found.append((f"policy:{name}", kind, match, _as_rule(name, kind, policy, dimension)))
    found += [
        (rule.id, rule.kind, rule.match, None if rule.by == "tags" else rule)
        for rule in rules.rules
        if dimension in {catalogue.dimension(to).name for to in rule.to}
    ]
    return found


def _as_rule(name: str, kind: str, policy: Policy, dimension: str) -> RuleSpec | None:
    """A policy as the rule that it is; None for one that leaves a charge where its tags say."""
    if policy.do == "show":
        return None
    given: dict[str, Any] = (
        {"by": "fixed", "shares": {policy.owner: "1"}} if policy.do == "own" else {"by": "direct"}
    )
    identity = f"policy.{name}".replace("_", "-")
    return RuleSpec(id=identity, to=(dimension,), kind=kind, **given)  # type: ignore[arg-type]


class Statement:
    """The statements of one allocation.

    Attributes:
        steps: Policies and rules in order; their numbers are in the lines.
        ctes: All but the last SELECT.
        params: Values of the placeholders.
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
        by_charge: bool = False,
    ) -> None:
        self._of = ("x_file", "x_record") if by_charge else ("provider", "service")
        self._conditions = Conditions(catalogue)
        self._key, self._column, self._scale = key, column, scale
        self._period, self._taxonomy = period, taxonomy
        self._where = [self._conditions.within(period), self._conditions.all_of(filters)]
        self.steps = [
            _Step(name, rule, kind, self._conditions.all_of(match))
            for name, kind, match, rule in applicable(rules, key.name, catalogue)
        ]
        self.ctes = [*self._charges(), *self._rules()]

    @property
    def params(self) -> list[Any]:
        """Values of the placeholders, in order."""
        return self._conditions.params

    def lines(self) -> str:
        """Step, target, idle, weighed, currency, month, provider, service, units, charges.

        A step is -1 where the charge's own value counts; weighed is whether a weight was found. By
        charge, ``x_file`` and ``x_record`` stand in place of provider and service.
        """
        of = ", ".join(self._of)
        own = (
            "SELECT rule, target, FALSE AS idle, TRUE AS weighed, currency, month, "
            f"{of}, units, charges FROM taken WHERE rule NOT IN (SELECT n FROM split)"
        )
        parts = [own] + [
            f"SELECT rule, target, idle, weighed, currency, month, {of}, units, charges "
            f"FROM l{number}"
            for number in self.split
        ]
        return (
            f"{self.with_split(self.ctes)} SELECT rule, target, idle, weighed, currency, month, "
            f"{of}, CAST(SUM(units) AS HUGEINT), CAST(SUM(charges) AS BIGINT) "
            f"FROM ({' UNION ALL '.join(parts)}) GROUP BY ALL ORDER BY ALL"
        )

    def gaps(self) -> str:
        """Step, currency, first day, units of pools for which no weight was found."""
        parts = [
            f"SELECT {number} AS rule, currency, d0, units FROM l{number} WHERE NOT weighed"
            for number in self.split
        ]
        nothing = "SELECT -1 AS rule, '' AS currency, CURRENT_DATE AS d0, 0 AS units WHERE FALSE"
        union = " UNION ALL ".join(parts) or nothing
        return (
            f"{self.with_split(self.ctes)} SELECT rule, currency, d0, CAST(SUM(units) AS HUGEINT) "
            f"FROM ({union}) GROUP BY ALL ORDER BY ALL"
        )

    def taken(self) -> str:
        """Step, currency, charges and units that it took."""
        return (
            f"{self.with_split(self.ctes)} SELECT rule, currency, CAST(SUM(charges) AS BIGINT), "
            "CAST(SUM(units) AS HUGEINT) FROM taken GROUP BY ALL ORDER BY ALL"
        )

    def matched(self, number: int) -> str:
        """Of charges that a step's own condition fits: who took them, currency, charges, units."""
        return (
            f"{self.with_split(self.ctes)} SELECT rule, currency, COUNT(*), "
            f"{self._units('SUM(amount)')} FROM matched WHERE fits{number} "
            "GROUP BY ALL ORDER BY ALL"
        )

    # --- pieces ------------------------------------------------------------------------------

    @property
    def split(self) -> list[int]:
        """Numbers of the steps that divide; the others leave a charge to the target it carries."""
        return [number for number, step in enumerate(self.steps) if step.rule is not None]

    def with_split(self, ctes: Sequence[str]) -> str:
        """``WITH`` these CTEs, and one of the numbers of the steps that divide."""
        # All of it, also where a part would do: the placeholders are the whole statement's.
        numbers = ", ".join(f"({number})" for number in self.split)
        split = f"split(n) AS (SELECT n FROM (VALUES {numbers or '(-2)'}) AS s(n))"
        return f"WITH {', '.join([split, *ctes])}"

    def _units(self, amount: str) -> str:
        """An amount as a whole number of its last decimals."""
        text = f"CAST(CAST({amount} AS DECIMAL(38, {self._scale})) AS VARCHAR)"
        return f"CAST(replace({text}, '.', '') AS HUGEINT)"

    def _charges(self) -> list[str]:
        whens = " ".join(
            f"WHEN {step.condition} THEN {number}" for number, step in enumerate(self.steps)
        )
        telemetry = [
            number
            for number, step in enumerate(self.steps)
            if step.rule is not None and step.rule.by in TELEMETRY
        ]
        by_day = f"rule IN ({', '.join(map(str, telemetry)) or '-2'})"
        keys = " ".join(
            f"WHEN {number} THEN {key_sql(rule.per, 'c')}"
            for number, step in enumerate(self.steps)
            if (rule := step.rule) is not None and rule.per
        )
        fits = "".join(
            f", {step.condition} AS fits{number}" for number, step in enumerate(self.steps)
        )
        key = f"CASE rule {keys} ELSE '' END" if keys else "''"
        number = f"CASE {whens} ELSE -1 END" if whens else "-1"
        month = 'CAST("BillingPeriodStart" AS DATE)'
        own = f'CASE WHEN rule IN (SELECT n FROM split) THEN NULL ELSE c."{self._key.column}" END'
        columns = ", ".join(f'"{name}"' for name in (*PER.values(), self._key.column))
        matched = (
            f"SELECT {columns}, "
            '"ChargePeriodStart" AS began, "ChargePeriodEnd" AS ended, '
            f'"ResourceId" AS resource, "BillingCurrency" AS currency, {month} AS month, '
            f'"ServiceProviderName" AS provider, "ServiceName" AS service, x_file, x_record, '
            f'"{self._column}" AS amount, {number} AS rule{fits} '
            f"FROM charges WHERE {' AND '.join(self._where)}"
        )
        # A charge of a day counts with that day's telemetry, one of a month with the month's.
        days = (
            f"CASE WHEN {by_day} THEN CAST(began AS DATE) ELSE month END AS d0, "
            f"CASE WHEN {by_day} THEN greatest(CAST(began AS DATE) + 1, "
            "CAST(ended - INTERVAL 1 MICROSECOND AS DATE) + 1) ELSE month + 1 END AS d1"
        )
        taken = (
            f"SELECT rule, currency, month, key, d0, d1, {', '.join(self._of)}, target, "
            f"{self._units('SUM(amount)')} AS units, COUNT(*) AS charges FROM matched "
            "WHERE amount IS NOT NULL GROUP BY ALL"
        )
        return [
            f"matched AS (SELECT c.*, {key} AS key, {days}, {own} AS target FROM ({matched}) AS c)",
            f"taken AS ({taken})",
        ]

    def _rules(self) -> list[str]:
        """Weights and lines of each rule, those that others are like before them."""
        ctes: list[str] = []
        numbers: dict[str, int] = {}
        waiting = self.split
        while waiting:
            for number in list(waiting):
                rule = self.steps[number].rule
                if rule is None or (rule.like and rule.like not in numbers and self._known(rule)):
                    continue
                waiting.remove(number)
                weights = Weights(rule, self._key, self._conditions, self._period, self._taxonomy)
                ctes += weights.ctes(number, numbers)
                ctes += split_ctes(number, self._of)
                numbers[rule.id] = number
        return ctes

    def _known(self, rule: RuleSpec) -> bool:
        """Whether the rule that it is like allocates to this dimension too.

        Raises:
            ConfigError: It does not.
        """
        from tagwright.errors import ConfigError

        if any(step.rule is not None and step.rule.id == rule.like for step in self.steps):
            return True
        raise ConfigError(
            f"Rule {rule.id} is like {rule.like}, which does not divide charges to "
            f"{self._key.name}.",
            hint=f"Add {self._key.name} to rule {rule.like}'s `to`, or name another rule.",
        )
