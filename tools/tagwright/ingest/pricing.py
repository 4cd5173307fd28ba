"""Prices of usage rows: the rates of each distinct combination once, then rate times tokens in SQL.

The result equals :func:`tagwright.prices.price` for every row, reasons included; a property test
holds them against each other. What has no price keeps NULL and the reason, never 0.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from tagwright.prices import BUCKETS, PriceBook, Rates, Unpriced, context_range
from tagwright.usage import PRICED_PARTS, TOKENS

if TYPE_CHECKING:
    from collections.abc import Iterator

    import duckdb

    from tagwright.config import Settings

__all__ = ["PRICED", "load_book", "priced", "unpriced_notes"]

PRICED = {
    "priced_cost": "DECIMAL(38, 15)",
    "priced_currency": "VARCHAR",
    "price_table": "VARCHAR",
    "price_version": "VARCHAR",
    "price_flags": "VARCHAR",
    "unpriced_reason": "VARCHAR",
    **{f"priced_{part}": "DECIMAL(38, 15)" for part in PRICED_PARTS},
}
"""What pricing adds to ``usage``: column to SQL type. What ``priced_cost`` is beyond the sum of its
parts is charged by request."""

_COMBINATION = (
    "gen_ai_provider_name",
    "gen_ai_request_model",
    "gen_ai_response_model",
    "service_tier",
    "batch",
    "inference_region",
    "context_window",
)
_DAY = 'CAST("ChargePeriodStart" AS DATE)'
_UNIT = "DECIMAL(19, 15)"
_FINEST = Decimal(1).scaleb(-15)
_ENDLESS = 2**62
_CHUNK = 400
_REASONS = 3


def load_book(settings: Settings) -> PriceBook:
    """The book of ``settings.prices``, else of ``<home>/prices.yaml``, else the list alone.

    Raises:
        ConfigError: The file is named and missing, or says something a price file cannot.
    """
    return PriceBook.load(settings.own_file("prices", "prices.yaml"), None)


def priced(con: duckdb.DuckDBPyConnection, book: PriceBook, rows: str) -> str:
    """A relation of the usage rows of the relation ``rows``, each with :data:`PRICED`.

    It has columns of its own beside them, whose names start with ``p_``.
    Makes the temporary tables ``price_combinations`` and ``price_segments``.
    """
    names = ", ".join(_COMBINATION)
    con.execute(
        "CREATE OR REPLACE TEMP TABLE price_combinations AS SELECT row_number() OVER () AS p_id, * "
        f"FROM (SELECT DISTINCT {names}, {_DAY} AS p_day FROM {rows})"
    )
    found = con.execute("SELECT * FROM price_combinations ORDER BY p_id").fetchall()
    units = ", ".join(f"p_unit{n} {_UNIT}, p_limit{n} BIGINT" for n in range(len(BUCKETS)))
    con.execute(
        "CREATE OR REPLACE TEMP TABLE price_segments (p_id BIGINT, p_low BIGINT, p_high BIGINT, "
        f"p_least BIGINT, p_most BIGINT, {units}, p_request {_UNIT}, p_table VARCHAR, "
        "p_version VARCHAR, p_flags VARCHAR, p_whose VARCHAR, p_reason VARCHAR)"
    )
    segments = [segment for row in found for segment in _segments(book, row)]
    for start in range(0, len(segments), _CHUNK):
        chunk = segments[start : start + _CHUNK]
        holes = ", ".join(f"({', '.join('?' * len(row))})" for row in chunk)
        con.execute(
            f"INSERT INTO price_segments VALUES {holes}", [value for row in chunk for value in row]
        )
    return _relation(rows)


def _segments(book: PriceBook, row: tuple[Any, ...]) -> Iterator[tuple[Any, ...]]:
    """A combination's rates between each two limits of context size."""
    identity, provider, asked, answered, tier, batch, region, window, day = row
    empty = [None] * (2 * len(BUCKETS) + 1)
    whole = (identity, -1, _ENDLESS)
    if day is None:
        yield (*whole, None, None, *empty, None, None, None, None, "no time is told")
        return
    moment = dt.datetime(day.year, day.month, day.day, tzinfo=dt.UTC)
    rates: Rates | Unpriced = Unpriced("no model is told")
    # What answered is the model itself; what was asked for may be an alias of a person's own.
    for model in (answered, asked):
        if model is not None and isinstance(rates, Unpriced):
            rates = book.rates(
                provider, model, moment, service_tier=tier, batch=bool(batch), region=region
            )
    least, most = context_range(window) or (None, None)
    if isinstance(rates, Rates) and (coarse := _too_fine(rates)):
        rates = Unpriced(f"its {coarse} price has more than 15 decimals of a dollar a token")
    if isinstance(rates, Unpriced):
        said = (None, None, ",".join(rates.flags) or None, None, rates.reason)
        yield (*whole, None, None, *empty, *said)
        return
    limits = sorted({tier.start for tier in rates.context_tiers})
    whose = f"model '{rates.model_id}' of provider '{rates.provider_id}'"
    known = (rates.price_table, rates.price_version, ",".join(rates.flags) or None, whose, None)
    for low, high in zip([-1, *limits], [*limits, _ENDLESS], strict=True):
        units: list[Any] = []
        for bucket in BUCKETS:
            unit = rates.unit_price(bucket, low + 1)
            others = [
                tier.start
                for tier in rates.context_tiers
                if tier.bucket == bucket and tier.start >= high and tier.price != unit
            ]
            units += [unit, min(others, default=None)]
        yield (identity, low, high, least, most, *units, rates.per_request, *known)


def _too_fine(rates: Rates) -> str:
    for bucket in (*BUCKETS, "per_request"):
        unit = getattr(rates, bucket)
        if unit is not None and unit != unit.quantize(_FINEST):
            return bucket
    return ""


def _relation(rows: str) -> str:
    # Why a row has no price is told once and named: DuckDB takes long to plan what is long.
    counts = [f'COALESCE("{name}", 0)' for name in TOKENS]
    total = f"({' + '.join(counts[:4])})"
    # The same contexts as Buckets.contexts: one request's is its input.
    least = f"CASE WHEN requests = 1 THEN {total} ELSE COALESCE(p_least, 0) END"
    bound = f"least(COALESCE(p_most, {total}), {total})"
    most = f"CASE WHEN requests = 1 THEN {total} ELSE {bound} END"
    same = " AND ".join(f"r.{name} IS NOT DISTINCT FROM c.{name}" for name in _COMBINATION)
    money = PRICED["priced_cost"]
    by_bucket = {
        bucket: f"CAST(COALESCE(p_unit{number} * CAST({count} AS DECIMAL(19, 0)), 0) AS {money})"
        for number, (bucket, count) in enumerate(zip(TOKENS, counts, strict=True))
    }
    by_request = f"CAST(COALESCE(p_request * CAST(requests AS DECIMAL(19, 0)), 0) AS {money})"
    cost = " + ".join([*by_bucket.values(), by_request])
    flags = (
        "p_flags, CASE WHEN output_tokens IS NULL THEN 'output-not-told' END, "
        "CASE WHEN web_search_requests > 0 THEN 'web-search-not-priced' END"
    )
    known = {
        "priced_cost": cost,
        "priced_currency": "'USD'",
        "price_table": "p_table",
        "price_version": "p_version",
        **{
            f"priced_{part}": " + ".join(by_bucket[bucket] for bucket in buckets)
            for part, buckets in PRICED_PARTS.items()
        },
    }
    outputs = [f"CASE WHEN p_why IS NULL THEN {sql} END AS {name}" for name, sql in known.items()]
    outputs += [
        f"NULLIF(concat_ws(',', {flags}), '') AS price_flags",
        "p_why AS unpriced_reason",
    ]
    met = (
        f"SELECT r.*, s.* FROM {rows} AS r JOIN price_combinations AS c "
        f'ON {same} AND CAST(r."ChargePeriodStart" AS DATE) IS NOT DISTINCT FROM c.p_day '
        f"JOIN price_segments AS s ON s.p_id = c.p_id AND {least} > s.p_low "
        f"AND {least} <= s.p_high"
    )
    told = f"SELECT *, {_reason(counts, most)} AS p_why FROM ({met})"
    return f"(SELECT *, {', '.join(outputs)} FROM ({told}))"


def _reason(counts: list[str], most: str) -> str:
    """Why a row has no price; NULL where it has one. In the order of ``prices.price``."""
    whens = ["WHEN p_reason IS NOT NULL THEN p_reason"]
    whens.append("WHEN input_uncached_tokens IS NULL THEN 'input tokens are not told'")
    for number, (bucket, count) in enumerate(zip(BUCKETS, counts, strict=True)):
        whens.append(
            f"WHEN {count} > 0 AND p_unit{number} IS NULL THEN 'no {bucket} price for ' || p_whose"
        )
        whens.append(
            f"WHEN {count} > 0 AND {most} > p_limit{number} THEN 'the price of ' || p_whose || "
            "' differs by the input of each request, and only that of many together is known'"
        )
    whens.append(
        "WHEN p_request IS NOT NULL AND requests IS NULL "
        "THEN p_whose || ' charges by request too, and their number is not known'"
    )
    whens.append("WHEN COALESCE(search_units, 0) > 0 THEN 'search units are on the invoice alone'")
    return f"(CASE {' '.join(whens)} END)"


def unpriced_notes(con: duckdb.DuckDBPyConnection, number: int) -> list[str]:
    """How many usage rows of a file have no price, and the reasons of most of them."""
    rows = con.execute(
        "SELECT unpriced_reason, count(*) FROM usage WHERE x_file = ? "
        "AND unpriced_reason IS NOT NULL GROUP BY 1 ORDER BY 2 DESC, 1",
        [number],
    ).fetchall()
    if not rows:
        return []
    reasons = "; ".join(f"{reason} ({count:,})" for reason, count in rows[:_REASONS])
    more = f"; and {len(rows) - _REASONS} more reasons" if len(rows) > _REASONS else ""
    whole = sum(count for _, count in rows)
    have = "usage row has" if whole == 1 else "usage rows have"
    return [f"{whole:,} {have} no price: {reasons}{more}."]
