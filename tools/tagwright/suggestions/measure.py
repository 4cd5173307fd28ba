"""How much a taxonomy would cover: by the SQL that ingest promotes with, over the same charges."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

from tagwright.taxonomy import TAG_KEYS_SQL, promotions
from tagwright.taxonomy.fold import quoted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tagwright.context import ToolContext
    from tagwright.taxonomy import Taxonomy

__all__ = ["ALL_KEYS", "Coverage", "measure", "values_of"]

ALL_KEYS = "all"
"""Of :attr:`Coverage.covered`: what has a valid value of every required key."""

_VALUES = 1000
_MOMENT = "ChargePeriodStart"


class Coverage(NamedTuple):
    """What a taxonomy covers of the effective cost that could be tagged, exact.

    Attributes:
        taggable: Currency to all of it.
        covered: Key (or :data:`ALL_KEYS`) to currency to what has a valid value.
    """

    taggable: dict[str, Decimal]
    covered: dict[str, dict[str, Decimal]]


def measure(ctx: ToolContext, taxonomies: Sequence[Taxonomy]) -> list[Coverage]:
    """The coverage of each, in one pass over the distinct sets of tags.

    Raises:
        SnapshotError: There is no data.
    """
    names = [str(row[0]) for row in ctx.query(TAG_KEYS_SQL.format(table="charges")).rows]
    columns: dict[str, int] = {}
    asked: list[dict[str, str]] = []
    for taxonomy in taxonomies:
        made = {item.column: item.sql for item in promotions(taxonomy, names)}
        own = {
            key.name: f"m{columns.setdefault(made[key.column], len(columns))} IS NOT NULL"
            for key in taxonomy.keys.values()
        }
        required = [own[name] for name in taxonomy.required]
        asked.append({**own, **({ALL_KEYS: " AND ".join(required)} if required else {})})
    sums: dict[str, int] = {}
    for test in (test for own in asked for test in own.values()):
        sums.setdefault(test, len(sums))
    listed = "".join(f", {sql} AS m{number}" for sql, number in columns.items())
    wanted = "".join(f", COALESCE(SUM(cost) FILTER ({test}), 0)" for test in sums)
    inputs = ", ".join(quoted(name) for name in ["Tags", *_inputs(taxonomies)])
    rows = ctx.query(
        f"WITH sets AS MATERIALIZED (SELECT {inputs}, COALESCE(\"BillingCurrency\", '') AS "
        'currency, SUM(COALESCE("EffectiveCost", 0)) AS cost FROM charges WHERE x_taggable '
        f"GROUP BY ALL), told AS (SELECT currency, cost{listed} FROM sets) "
        f"SELECT currency, SUM(cost){wanted} FROM told GROUP BY 1 ORDER BY 1"
    ).rows
    taggable = {str(row[0]): Decimal(row[1]) for row in rows}
    return [
        Coverage(
            taggable,
            {
                name: {str(row[0]): Decimal(row[2 + sums[test]]) for row in rows}
                for name, test in own.items()
            },
        )
        for own in asked
    ]


def values_of(ctx: ToolContext, taxonomy: Taxonomy) -> dict[str, dict[str, Decimal]]:
    """Key to its most expensive values, with their share of the cost, added over currencies.

    Raises:
        SnapshotError: There is no data.
    """
    names = [str(row[0]) for row in ctx.query(TAG_KEYS_SQL.format(table="charges")).rows]
    made = {item.column: item.sql for item in promotions(taxonomy, names)}
    keys = list(taxonomy.keys.values())
    listed = "".join(f", {made[key.column]} AS m{number}" for number, key in enumerate(keys))
    each = " UNION ALL ".join(
        f"(SELECT {number} AS key, m{number} AS value, currency, SUM(ABS(cost)) AS size FROM told "
        f"WHERE m{number} IS NOT NULL GROUP BY ALL ORDER BY size DESC, value LIMIT {_VALUES})"
        for number in range(len(keys))
    )
    told = f"{_sets([taxonomy])}, told AS MATERIALIZED (SELECT currency, cost{listed} FROM sets)"
    sizes = {
        currency: Decimal(size)
        for currency, size in ctx.query(
            f"{_sets([taxonomy])} SELECT currency, SUM(ABS(cost)) FROM sets GROUP BY 1"
        ).rows
    }
    found: dict[str, dict[str, Decimal]] = {key.name: {} for key in keys}
    for number, value, currency, size in ctx.query(f"{told} {each}").rows:
        own = found[keys[number].name]
        weight = Decimal(size) / sizes[currency] if sizes[currency] else Decimal(0)
        own[value] = own.get(value, Decimal(0)) + weight
    return found


def _sets(taxonomies: Sequence[Taxonomy]) -> str:
    """The distinct sets of tags (and what else rules look at) of what could be tagged."""
    inputs = ", ".join(quoted(name) for name in ["Tags", *_inputs(taxonomies)])
    return (
        f"WITH sets AS MATERIALIZED (SELECT {inputs}, COALESCE(\"BillingCurrency\", '') AS "
        'currency, SUM(COALESCE("EffectiveCost", 0)) AS cost FROM charges WHERE x_taggable '
        "GROUP BY ALL)"
    )


def _inputs(taxonomies: Sequence[Taxonomy]) -> list[str]:
    """What else than the tags their rules look at."""
    found: set[str] = set()
    for taxonomy in taxonomies:
        found |= {
            column
            for rule in taxonomy.spec.virtual_tags
            for column in rule.when
            if not column.startswith("tag:")
        }
        if taxonomy.turns():
            found.add(_MOMENT)
    return sorted(found)
