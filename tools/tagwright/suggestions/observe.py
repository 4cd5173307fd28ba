"""The raw tags of a snapshot: names, values, and which go along with which."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from typing import TYPE_CHECKING

from tagwright.suggestions.model import Pair, Seen, TagKey, TagValue
from tagwright.taxonomy.fold import literal, sql_trim

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tagwright.context import ToolContext

__all__ = ["observe", "pairs"]

_VALUES = 200
_CARRIED = """WITH carried AS MATERIALIZED (
  SELECT "Tags" AS tags, COALESCE("BillingCurrency", '') AS currency, "ResourceId" AS resource,
    SUM(COALESCE("EffectiveCost", 0)) AS cost
  FROM charges WHERE x_taggable GROUP BY ALL)"""
_ENTRIES = f"""{_CARRIED}, entries AS (
  SELECT e.key AS tag, COALESCE({sql_trim("e.value")}, '') AS value, currency, resource, cost
  FROM (SELECT unnest(map_entries(tags)) AS e, currency, resource, cost FROM carried))"""


def observe(ctx: ToolContext) -> Seen:
    """Names and values of all tags on what could be tagged; only what has a value has a weight.

    Raises:
        SnapshotError: There is no data.
    """
    whole = {
        str(currency): (Decimal(cost), Decimal(size))
        for currency, cost, size in ctx.query(
            f"{_CARRIED} SELECT currency, SUM(cost), SUM(ABS(cost)) FROM carried GROUP BY 1"
        ).rows
    }
    costs: defaultdict[str, dict[str, Decimal]] = defaultdict(dict)
    empty: defaultdict[str, dict[str, Decimal]] = defaultdict(dict)
    weights: defaultdict[str, Decimal] = defaultdict(Decimal)
    for tag, currency, cost, hollow, without, size in ctx.query(
        f"{_ENTRIES} SELECT tag, currency, SUM(cost), COUNT(*) FILTER (value = ''), "
        "COALESCE(SUM(cost) FILTER (value = ''), 0), "
        "COALESCE(SUM(ABS(cost)) FILTER (value <> ''), 0) FROM entries GROUP BY 1, 2 ORDER BY 1, 2"
    ).rows:
        costs[tag][currency] = Decimal(cost)
        if hollow:
            empty[tag][currency] = Decimal(without)
        weights[tag] += _weight(size, whole[currency][1])
    counts = {
        tag: (int(resources), int(distinct))
        for tag, distinct, resources in ctx.query(
            f"{_ENTRIES} SELECT tag, COUNT(DISTINCT value) FILTER (value <> ''), "
            "COUNT(DISTINCT resource) FROM entries GROUP BY 1"
        ).rows
    }
    values = _values(ctx, {currency: size for currency, (_, size) in whole.items()})
    keys = [
        TagKey(tag, weights[tag], costs[tag], empty[tag], *counts[tag], tuple(values.get(tag, ())))
        for tag in sorted(weights, key=lambda tag: (-weights[tag], tag))
    ]
    return Seen(tuple(keys), {currency: cost for currency, (cost, _) in whole.items()})


def _values(ctx: ToolContext, sizes: dict[str, Decimal]) -> dict[str, list[TagValue]]:
    rows = ctx.query(
        f"{_ENTRIES}, v AS (SELECT tag, value, currency, SUM(ABS(cost)) AS size, "
        "COUNT(DISTINCT resource) AS resources FROM entries WHERE value <> '' GROUP BY 1, 2, 3) "
        "SELECT * FROM v QUALIFY row_number() OVER "
        f"(PARTITION BY tag, currency ORDER BY size DESC, value) <= {_VALUES}"
    ).rows
    found: defaultdict[tuple[str, str], list[Decimal]] = defaultdict(
        lambda: [Decimal(0), Decimal(0)]
    )
    for tag, value, currency, size, resources in rows:
        entry = found[tag, value]
        entry[0] += _weight(size, sizes[currency])
        entry[1] += resources
    made: defaultdict[str, list[TagValue]] = defaultdict(list)
    for (tag, value), (weight, resources) in found.items():
        made[tag].append(TagValue(value, weight, int(resources)))
    return {
        tag: sorted(own, key=lambda v: (-v.weight, v.text))[:_VALUES] for tag, own in made.items()
    }


def pairs(ctx: ToolContext, tags: Iterable[str]) -> list[Pair]:
    """What values of the named tags stand beside each other, on how much of the cost."""
    wanted = ", ".join(literal(tag) for tag in sorted(tags))
    if not wanted:
        return []
    rows = ctx.query(
        f"{_CARRIED}, kept AS (SELECT list_filter(map_entries(tags), "
        f"lambda e: list_contains([{wanted}], e.key) AND trim(COALESCE(e.value, '')) <> '') AS t, "
        "currency, SUM(ABS(cost)) AS size, COUNT(DISTINCT resource) AS resources "
        "FROM carried GROUP BY 1, 2), one AS (SELECT unnest(t) AS a, t, currency, size, resources "
        "FROM kept), beside AS (SELECT a, unnest(t) AS b, currency, size, resources FROM one) "
        f"SELECT a.key, {sql_trim('a.value')}, b.key, {sql_trim('b.value')}, currency, "
        "SUM(size), SUM(resources) FROM beside WHERE a.key <> b.key GROUP BY ALL ORDER BY ALL"
    ).rows
    sizes = dict(
        ctx.query(f"{_CARRIED} SELECT currency, SUM(ABS(cost)) FROM carried GROUP BY 1").rows
    )
    found: defaultdict[tuple[str, str, str, str], list[Decimal]] = defaultdict(
        lambda: [Decimal(0), Decimal(0)]
    )
    for tag, value, other, beside, currency, size, resources in rows:
        entry = found[tag, value, other, beside]
        entry[0] += _weight(size, Decimal(sizes[currency]))
        entry[1] += resources
    return [Pair(*names, weight, int(count)) for names, (weight, count) in found.items()]


def _weight(size: Decimal, whole: Decimal) -> Decimal:
    return Decimal(size) / whole if whole else Decimal(0)
