"""Both sides at one grain, each added up before they meet: never a request joined to a charge.

The grain is currency, provider, account, day, model, token direction, tier; what a lane's bill does
not say is left out of the grain on both sides.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tagwright.taxonomy.fold import literal
from tagwright.usage import TOKENS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tagwright.config import Reconciliation
    from tagwright.reconcile.model import Ground

__all__ = [
    "KEYS",
    "METERED",
    "Params",
    "cell_table",
    "ground_tables",
    "tier_sql",
    "tokens_sql",
]

KEYS = ("currency", "provider", "account", "day", "model", "direction", "tier")
"""What tells cells apart."""

METERED = "x_ai_kind = 'model-api'"
"""Charges that telemetry can explain; endpoints, machines and provisioned units are rented."""

PRICE_CURRENCY = "USD"
"""Of every price (see docs/decisions/0011-prices.md)."""

_INPUTS = TOKENS[:4]
_PLAIN = "'', 'default', 'standard', 'standard_only', 'on_demand', 'ondemand'"
_DAY = "CASE WHEN l.by_day THEN days.d ELSE CAST(date_trunc('month', days.d) AS DATE) END"
_DETAILS = 'TRY_CAST("SkuPriceDetails" AS JSON)'


class Params(list[Any]):
    """Values of placeholders."""

    def add(self, value: Any) -> str:
        """The placeholder of a value."""
        self.append(value)
        return f"${len(self)}"

    def table(self, columns: Sequence[tuple[str, str]], rows: Sequence[Sequence[Any]]) -> str:
        """A SELECT of rows: column name and SQL type, then the rows."""
        lists = [
            f"unnest({self.add([row[number] for row in rows])}::{kind}[]) AS {name}"
            for number, (name, kind) in enumerate(columns)
        ]
        return f"SELECT {', '.join(lists)}"


def tier_sql(expression: str) -> str:
    """A service tier in one spelling: ``plain_tier`` in SQL, ``standard`` where none is said."""
    plain = f"regexp_replace(lower(trim(COALESCE({expression}, ''))), '[\\s-]+', '_', 'g')"
    return f"CASE WHEN {plain} IN ({_PLAIN}) THEN 'standard' ELSE {plain} END"


def tokens_sql() -> str:
    """Tokens that a charge is for; NULL where its unit is none of tokens.

    FOCUS 1.5 draft: ConsumedUnit ``Tokens``; providers also count by the thousand and million.
    """
    unit = 'lower(trim("ConsumedUnit"))'
    scale = "regexp_extract(" + unit + ", '^([0-9]*) ?(k|m|thousand|million)? ?tokens?$', {})"
    number = f"CAST(COALESCE(NULLIF({scale.format(1)}, ''), '1') AS DECIMAL(12, 0))"
    word = f"CASE {scale.format(2)} WHEN '' THEN 1 "
    word += "WHEN 'k' THEN 1000 WHEN 'thousand' THEN 1000 ELSE 1000000 END"
    return (
        f"CASE WHEN regexp_full_match({unit}, '[0-9]* ?(k|m|thousand|million)? ?tokens?') "
        f'THEN CAST("ConsumedQuantity" * {number} * {word} AS DECIMAL(38, 6)) END'
    )


def ground_tables(ground: Ground, params: Params) -> list[str]:
    """CTEs of names, lanes, views and complete days."""
    text, flag = "VARCHAR", "BOOLEAN"
    names = [("raw_provider", text), ("raw_model", text), ("provider", text), ("model", text)]
    asked = [names[0], ("raw_asked", text), ("raw_answered", text), *names[2:]]
    flags = ("by_account", "by_day", "by_model", "by_direction")
    tables = {
        "names_b": params.table(names, ground.bill_names),
        "names_u": params.table(asked, ground.usage_names),
        "lanes": params.table(
            [("provider", text), *((name, flag) for name in flags)],
            [(k, *(getattr(lane, name) for name in flags)) for k, lane in ground.lanes.items()],
        ),
        "views": params.table(
            [("provider", text), ("account", text), ("source", text)],
            [(v.provider, v.account, source) for v in ground.views for source in v.sources],
        ),
        "days": params.table(
            [("provider", text), ("d", "DATE")],
            [(name, day) for name, days in sorted(ground.days.items()) for day in sorted(days)],
        ),
    }
    return [f"{name} AS ({sql})" for name, sql in tables.items()]


def in_period(ground: Ground, params: Params) -> str:
    """A condition on ChargePeriodStart."""
    start, end = params.add(ground.period.start), params.add(ground.period.end)
    return f'"ChargePeriodStart" >= {start} AND "ChargePeriodStart" < {end}'


def bill_table(when: str) -> str:
    """CTE ``bill``: AI charges of complete days at the grain."""
    tier = tier_sql(
        f"COALESCE(x_ai_service_tier, json_extract_string({_DETAILS}, '$.x_ServiceTier'))"
    )
    hour = f"json_extract_string({_DETAILS}, '$.x_CacheDuration') = '1h'"
    return (
        'bill AS (SELECT "BillingCurrency" AS currency, n.provider, '
        'CASE WHEN l.by_account THEN "SubAccountId" END AS account, '
        f"{_DAY} AS day, CASE WHEN l.by_model THEN n.model END AS model, "
        "CASE WHEN l.by_direction THEN x_ai_token_direction END AS direction, "
        f"{tier} AS tier, {METERED} AS sold_by_token, "
        'SUM("BilledCost") AS billed, SUM("EffectiveCost") AS effective, '
        'COALESCE(SUM("BilledCost") FILTER ("ChargeCategory" = \'Credit\'), 0) AS credits, '
        "CASE WHEN COUNT(*) FILTER (\"ChargeCategory\" = 'Usage') "
        "= COUNT(t_tokens) FILTER (\"ChargeCategory\" = 'Usage') "
        "THEN SUM(t_tokens) FILTER (\"ChargeCategory\" = 'Usage') END AS billed_tokens, "
        f'COALESCE(SUM("BilledCost") FILTER ({hour}), 0) AS billed_1h '
        f'FROM (SELECT *, CAST("ChargePeriodStart" AS DATE) AS d, {tokens_sql()} AS t_tokens '
        f"FROM charges WHERE x_ai_certainty = 'ai' AND {when}) AS c "
        'JOIN names_b AS n ON n.raw_provider IS NOT DISTINCT FROM c."ServiceProviderName" '
        "AND n.raw_model IS NOT DISTINCT FROM c.x_ai_model_id "
        "JOIN lanes AS l ON l.provider = n.provider "
        "JOIN days ON days.provider = n.provider AND days.d = c.d GROUP BY ALL)"
    )


def usage_tables(when: str, groups: Sequence[tuple[str, str]] = ()) -> list[str]:
    """CTEs ``seen`` and ``used``: usage rows of the chosen views at the grain, twice.

    ``seen`` is a row for each raw combination, so that names are looked up a few thousand times
    and not once a request; ``used`` has a row for each direction.

    Args:
        when: Condition on ChargePeriodStart.
        groups: More columns to keep apart: name and SQL over ``usage``.
    """
    told = "error_type IS NOT NULL"
    tokens_in = " + ".join(f"COALESCE({name}, 0)" for name in _INPUTS)
    priced_in = "priced_input_uncached + priced_cache_read + priced_cache_write"
    fee = f"priced_cost - ({priced_in}) - priced_output"
    none = "priced_cost IS NULL"
    sums = {
        "tokens_in": f"SUM({tokens_in})",
        "tokens_out": "COALESCE(SUM(output_tokens), 0)",
        "priced_in": f"SUM({priced_in})",
        "priced_out": "SUM(priced_output)",
        "priced_fee": f"SUM({fee})",
        "calls": "COUNT(*)",
        "unpriced": f"COUNT(*) FILTER ({none})",
        "unpriced_in": f"COALESCE(SUM({tokens_in}) FILTER ({none}), 0)",
        "unpriced_out": f"COALESCE(SUM(output_tokens) FILTER ({none}), 0)",
        "failed_in": f"COALESCE(SUM({priced_in}) FILTER ({told}), 0)",
        "failed_out": f"COALESCE(SUM(priced_output) FILTER ({told}), 0)",
        "failed_tokens_in": f"COALESCE(SUM({tokens_in}) FILTER ({told}), 0)",
        "failed_tokens_out": f"COALESCE(SUM(output_tokens) FILTER ({told}), 0)",
        "written_1h": "COALESCE(SUM(cache_write_1h_tokens), 0)",
        "flags": "string_agg(DISTINCT price_flags, ',' ORDER BY price_flags)",
    }
    tier = f"CASE WHEN batch THEN 'batch' ELSE {tier_sql('service_tier')} END"
    more = "".join(f", {sql} AS {name}" for name, sql in groups)
    seen = (
        "seen AS (SELECT gen_ai_provider_name, gen_ai_request_model, gen_ai_response_model, "
        f'"SubAccountId", x_source, CAST("ChargePeriodStart" AS DATE) AS d, {tier} AS tier{more}, '
        f"{', '.join(f'{sql} AS {name}' for name, sql in sums.items())} "
        f"FROM usage WHERE {when} GROUP BY ALL)"
    )
    placed = (
        f"placed AS (SELECT n.provider, v.account, {_DAY} AS day, "
        "CASE WHEN l.by_model THEN n.model END AS model, l.by_direction, s.* "
        "FROM seen AS s JOIN names_u AS n ON n.raw_provider = s.gen_ai_provider_name "
        "AND n.raw_asked IS NOT DISTINCT FROM s.gen_ai_request_model "
        "AND n.raw_answered IS NOT DISTINCT FROM s.gen_ai_response_model "
        "JOIN lanes AS l ON l.provider = n.provider "
        "JOIN views AS v ON v.provider = n.provider AND v.source = s.x_source "
        'AND v.account IS NOT DISTINCT FROM CASE WHEN l.by_account THEN s."SubAccountId" END '
        "JOIN days ON days.provider = n.provider AND days.d = s.d)"
    )
    split = {
        "priced": ("priced_in", "priced_out", "priced_fee"),
        "tokens": ("tokens_in", "tokens_out", "0"),
        "calls": ("calls", "calls", "0"),
        "unpriced": ("unpriced", "unpriced", "0"),
        "unpriced_tokens": ("unpriced_in", "unpriced_out", "0"),
        "failed": ("failed_in", "failed_out", "0"),
        "failed_tokens": ("failed_tokens_in", "failed_tokens_out", "0"),
        "written_1h": ("written_1h", "0", "0"),
    }
    cases = ", ".join(
        f"SUM(CASE w.way WHEN 'Input' THEN {a} WHEN 'Output' THEN {b} ELSE {c} END) AS {name}"
        for name, (a, b, c) in split.items()
    )
    used = (
        f"used AS (SELECT {literal(PRICE_CURRENCY)} AS currency, provider, account, day, model, "
        "CASE WHEN by_direction THEN w.way END AS direction, tier, TRUE AS sold_by_token, "
        f"{cases}, string_agg(DISTINCT flags, ',' ORDER BY flags) AS flags "
        "FROM placed, (VALUES ('Input'), ('Output'), ('Request')) AS w(way) "
        # An embedding has no output, a plain price no fee: no cells of nothing.
        "WHERE (w.way = 'Input' AND (tokens_in > 0 OR unpriced > 0)) "
        "OR (w.way = 'Output' AND tokens_out > 0) OR (w.way = 'Request' AND priced_fee <> 0) "
        "GROUP BY ALL)"
    )
    return [seen, placed, used]


def cell_table(band: Reconciliation, params: Params) -> str:
    """CTE ``cells``: both sides side by side, with the status of each cell."""
    low, high = params.add(band.low), params.add(band.high)
    on = " AND ".join(f"b.{key} IS NOT DISTINCT FROM u.{key}" for key in (*KEYS, "sold_by_token"))
    keys = ", ".join(f"COALESCE(b.{key}, u.{key}) AS {key}" for key in (*KEYS, "sold_by_token"))
    status = (
        "CASE WHEN b.billed IS NULL THEN 'unbilled' WHEN u.calls IS NULL THEN 'unmetered' "
        f"WHEN b.billed >= u.priced * CAST({low} AS DECIMAL(9, 6)) "
        f"AND b.billed <= u.priced * CAST({high} AS DECIMAL(9, 6)) THEN 'matched' "
        "ELSE 'residual' END"
    )
    return (
        f"cells AS (SELECT {keys}, b.billed, b.effective, b.credits, b.billed_tokens, b.billed_1h, "
        "u.priced, u.tokens, u.calls, u.unpriced, u.unpriced_tokens, u.failed, u.failed_tokens, "
        f"u.written_1h, u.flags, {status} AS status FROM bill AS b FULL JOIN used AS u ON {on})"
    )
