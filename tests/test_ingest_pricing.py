"""Prices of usage rows in SQL are those of the price book, reasons and digits included."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from effort import examples
from tagwright.config import load_settings
from tagwright.errors import ConfigError
from tagwright.ingest import ingest, refresh
from tagwright.ingest.kinds import column_types
from tagwright.ingest.pricing import load_book, priced
from tagwright.ingest.usage import USAGE as KIND
from tagwright.prices import BUCKETS, Buckets, PriceBook, Unpriced, context_range
from tagwright.usage import TOKENS
from usage_files import lines, query

if TYPE_CHECKING:
    from pathlib import Path

DAY = dt.datetime(2026, 11, 1)  # noqa: DTZ001  naive UTC in SQL
ROW: dict[str, Any] = {
    "ChargePeriodStart": DAY,
    "gen_ai_provider_name": "openai",
    "gen_ai_response_model": "gpt-4o-2024-08-06",
    "requests": 1,
    "input_uncached_tokens": 4000,
    "cache_read_tokens": 6000,
    "output_tokens": 500,
}


def prices(book: PriceBook, rows: list[dict[str, Any]]) -> list[tuple[Any, ...]]:
    """Cost, reason, flags of each row, in their order."""
    with duckdb.connect() as con:
        con.execute(f"CREATE TABLE t ({', '.join(column_types(KIND))})")
        for number, row in enumerate(rows):
            values = {**row, "x_record": number}
            names = ", ".join(f'"{name}"' for name in values)
            holes = ", ".join("?" * len(values))
            con.execute(f"INSERT INTO t ({names}) VALUES ({holes})", list(values.values()))
        relation = priced(con, book, "(SELECT * FROM t)")
        return con.execute(
            f"SELECT priced_cost, unpriced_reason, price_flags FROM {relation} ORDER BY x_record"
        ).fetchall()


MODELS = st.sampled_from(
    [
        ("openai", "gpt-4o"),
        ("anthropic", "claude-sonnet-4-5-20250929"),
        ("gcp.gemini", "gemini-2.5-pro"),
        ("aws.bedrock", "us.anthropic.claude-sonnet-4-20250514-v1:0"),
        ("mistral_ai", "mistral-large-latest"),
        ("openai", "no-such-model"),
        ("nobody", "gpt-4o"),
    ]
)
TOKEN = st.one_of(st.integers(0, 400_000), st.integers(0, 10**15))
USAGE = st.fixed_dictionaries(
    {
        "of": MODELS,
        "requests": st.sampled_from([1, 1, 1, 7, None]),
        "service_tier": st.sampled_from([None, "default", "priority"]),
        "batch": st.sampled_from([None, False, True]),
        "context_window": st.sampled_from([None, "0-200k", "200k-1M"]),
        "tokens": st.tuples(*[TOKEN] * 5),
    }
)


@settings(max_examples=examples(25), deadline=None)
@given(usages=st.lists(USAGE, min_size=1, max_size=12))
def test_each_row_has_the_price_of_the_book(usages: list[dict[str, Any]]) -> None:
    book = PriceBook.load(None, None)
    rows = [
        {
            "ChargePeriodStart": DAY,
            "gen_ai_provider_name": usage["of"][0],
            "gen_ai_response_model": usage["of"][1],
            **{key: usage[key] for key in ("requests", "service_tier", "batch", "context_window")},
            **dict(zip(TOKENS, usage["tokens"], strict=True)),
        }
        for usage in usages
    ]
    for usage, (cost, reason, _) in zip(usages, prices(book, rows), strict=True):
        rates = book.rates(
            *usage["of"],
            DAY,
            service_tier=usage["service_tier"],
            batch=bool(usage["batch"]),
        )
        buckets = Buckets(
            **dict(zip(BUCKETS, usage["tokens"], strict=True)),
            requests=usage["requests"],
            context=context_range(usage["context_window"]),
        )
        expected = book.price(rates, buckets)
        if isinstance(expected, Unpriced):
            assert (cost, reason) == (None, expected.reason)
        else:
            assert (cost, reason) == (expected, None)


@pytest.mark.parametrize(
    ("more", "cost", "reason"),
    [
        ({}, "0.0225", None),
        ({"gen_ai_response_model": None, "gen_ai_request_model": "gpt-4o"}, "0.0225", None),
        ({"gen_ai_response_model": "our-deployment", "gen_ai_request_model": "gpt-4o"},
         "0.0225", None),
        ({"gen_ai_response_model": None}, None, "no model is told"),
        ({"ChargePeriodStart": None}, None, "no time is told"),
        ({"input_uncached_tokens": None}, None, "input tokens are not told"),
        ({"input_uncached_tokens": 0, "cache_read_tokens": 0, "output_tokens": 0}, "0", None),
        ({"search_units": 2}, None, "search units are on the invoice alone"),
    ],
)  # fmt: skip
def test_what_has_no_price_says_why(
    more: dict[str, Any], cost: str | None, reason: str | None
) -> None:
    """4,000 at 2.50, 6,000 at 1.25 and 500 at 10.00 a million tokens."""
    [(found, why, _)] = prices(PriceBook.load(None, None), [{**ROW, **more}])
    assert (found, why) == (Decimal(cost) if cost else None, reason)


def test_flags_of_a_row() -> None:
    row = {**ROW, "output_tokens": None, "web_search_requests": 1}
    [(_, _, flags)] = prices(PriceBook.load(None, None), [row])
    assert flags == "output-not-told,web-search-not-priced"


def test_prices_of_ones_own_and_their_change(home: Path, tmp_path: Path) -> None:
    own = home / "prices.yaml"
    own.write_text(
        "prices:\n  - provider: bedrock\n    model: recs\n"
        '    per_million_tokens: {input_uncached: "2.00", output: "8.00"}\n'
        "aliases:\n  rerank-profile: {provider: bedrock, model: recs}\n"
    )
    log = {
        "schema": "tagwright.usage/1",
        "row_id": "1",
        "start_time": "2026-11-01T00:00:00Z",
        "gen_ai.provider.name": "aws.bedrock",
        "gen_ai.request.model": "rerank-profile",
        "gen_ai.usage.input_tokens": 1_000_000,
        "gen_ai.usage.output_tokens": 500_000,
    }
    ingest(load_settings(home), [lines(tmp_path / "u.jsonl", log)])
    assert query(home, "SELECT priced_cost, price_table, unpriced_reason FROM usage") == [
        (Decimal(6), "override", None)
    ]
    refresh(load_settings(home))
    assert query(home, "SELECT count(*) FROM usage") == [(1,)]


def test_what_is_unpriced_is_counted_and_named(home: Path, tmp_path: Path) -> None:
    call = {
        "schema": "tagwright.usage/1",
        "start_time": "2026-11-01T00:00:00Z",
        "gen_ai.provider.name": "openai",
        "gen_ai.usage.input_tokens": 5,
    }
    known = {**call, "row_id": "1", "gen_ai.request.model": "gpt-4o"}
    unknown = [{**call, "row_id": f"{n}", "gen_ai.request.model": "gpt-99"} for n in "23"]
    report = ingest(load_settings(home), [lines(tmp_path / "u.jsonl", known, *unknown)])
    assert report.files[0].notes == [
        "2 usage rows have no price: no price for model 'gpt-99' of provider 'openai' (2)."
    ]
    assert query(home, "SELECT count(priced_cost), count(*) FROM usage") == [(1, 3)]


def test_a_price_file_that_is_named_must_be_there(home: Path) -> None:
    (home / "tagwright.toml").write_text('prices = "mine.yaml"\n')
    with pytest.raises(ConfigError, match=r"mine\.yaml: no such file"):
        load_book(load_settings(home))
