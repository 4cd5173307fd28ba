"""Tokens and money of a conversation's own model."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path

import pytest

from scripted import calling, settings_of, then
from tagwright.config import load_settings
from tagwright.errors import ConfigError
from tagwright_agent.session import Session
from tagwright_agent.spending import (
    no_usage,
    price_book,
    priced,
    spending_text,
    summed_usage,
    tokens_of,
)

NOON = dt.datetime(2026, 11, 1, 12, tzinfo=dt.UTC)
PRICES = """
prices:
  - provider: openai
    model: gpt-test
    per_million_tokens: {input_uncached: "2.00", cache_read: "0.50", output: "10.00"}
"""


def test_each_call_is_priced_by_its_buckets(tmp_path: Path) -> None:
    """600 anew at 2.00, 400 cached at 0.50, 100 out at 10.00 a million: 0.0024 USD; twice."""
    (tmp_path / "prices.yaml").write_text(PRICES)
    call = {"input_tokens": 1000, "cache_read_tokens": 400, "output_tokens": 100, "calls": 1}
    found = priced(price_book(load_settings(tmp_path)), "openai:gpt-test", [call, call], NOON)
    assert Decimal(found["priced_cost"]) == Decimal("0.0048")
    assert (found["input_tokens"], found["calls"], found["unpriced_calls"]) == (2000, 2, 0)
    assert found["model"] == "openai:gpt-test"


def test_what_has_no_price_is_counted_not_zero(tmp_path: Path) -> None:
    call = {"input_tokens": 10, "output_tokens": 1, "calls": 1}
    found = priced(price_book(load_settings(tmp_path)), "nobody:knows-it", [call], NOON)
    assert (found["priced_cost"], found["unpriced_calls"]) == ("0.00", 1)
    assert (
        spending_text(found, found) == "nobody:knows-it: 11 tokens, 1 call without a known price."
    )


def test_nothing_costs_nothing() -> None:
    assert spending_text(no_usage(), no_usage()) == ""


def test_sums_are_exact_and_take_what_older_versions_kept() -> None:
    total = summed_usage(
        [{"input_tokens": 1, "output_tokens": 2, "calls": 3}, {"priced_cost": "0.000000001"},
         {"priced_cost": "0.1"}]
    )  # fmt: skip
    assert total["priced_cost"] == "0.100000001"
    assert (tokens_of(total), total["calls"]) == (3, 3)


@pytest.mark.parametrize(
    ("turn", "thread", "said"),
    [
        ({"model": "a:b", "input_tokens": 5, "priced_cost": "1.239"}, {},
         "a:b: 5 tokens, 1.24 USD at our prices."),
        ({"model": "a:b", "input_tokens": 5, "estimated_calls": 1}, {"input_tokens": 9},
         "a:b: about 5 tokens. This conversation: 9 tokens."),
        ({}, {"input_tokens": 9}, ""),
    ],
)  # fmt: skip
def test_one_line_for_people(turn: dict[str, object], thread: dict[str, object], said: str) -> None:
    assert spending_text(turn, thread) == said


def test_a_price_file_at_fault_is_said_before_the_model_is_asked(tmp_path: Path) -> None:
    """Afterwards, an answer that was paid for would be lost, and counted in no budget."""
    model = then(calling(("query_costs", {})), "It cost 433.335 USD.")
    settings = settings_of(tmp_path)
    (tmp_path / "prices.yaml").write_text("{{{")
    with Session(settings, model=model) as session, pytest.raises(ConfigError, match="prices"):
        session.ask("total cost")
    assert model.sent == []
