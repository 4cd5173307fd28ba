"""What may be closed: a month that is over, whole, and adds up."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path

import pytest

from sample_home import charge, context, sample
from tagwright.allocation import Allocation, allocate, parse_rules
from tagwright.context import ToolContext
from tagwright.errors import MisuseError, TagwrightError
from tagwright.registry import load_registry
from tagwright.reports.chargeback import book, prepare
from tagwright.reports.journal import Journal
from tagwright.reports.postings import Postings
from tagwright.results import Period


def allocated(ctx: ToolContext, period: Period) -> Allocation:
    return allocate(ctx, parse_rules("{}"), dimension="team", period=period)


def journal(ctx: ToolContext, period: Period) -> Journal:
    return prepare(ctx, load_registry(), period, ctx.settings.chargeback, allocated)


ROWS = [charge("1", "2026-09-30", Tags={"team": "ads"})]
"""The data reaches the end of September."""


def test_a_month_that_is_not_over_is_not_closed(home: Path) -> None:
    early = dt.datetime(2026, 9, 30, 23, tzinfo=dt.UTC)
    with context(sample(home, ROWS), now=early) as ctx:
        period = ctx.period("2026-09")
        with pytest.raises(MisuseError, match="2026-09 is not over"):
            book(ctx, period, lambda: journal(ctx, period), action="close", by="cli:ann")
        assert Postings(ctx.state).runs("2026-09") == []


def test_days_after_its_end_it_is_closed_with_a_note(home: Path) -> None:
    with context(sample(home, ROWS), now=dt.datetime(2026, 10, 1, tzinfo=dt.UTC)) as ctx:
        period = ctx.period("2026-09")
        made = book(ctx, period, lambda: journal(ctx, period), action="close", by="cli:ann")
        assert made.runs[0].notes[0] == "Providers may restate 2026-09 until about 2026-10-06."


def test_what_does_not_add_up_is_not_booked(home: Path) -> None:
    with context(sample(home, ROWS)) as ctx:
        period = ctx.period("2026-09")
        made = journal(ctx, period)
        assert made.adds_up
        for charges in ({"USD": "1.01"}, {"USD": "1.00", "EUR": "5.00"}, {}):
            wrong = replace(made, charges=charges)
            with pytest.raises(TagwrightError, match="does not add up to the charges"):
                book(ctx, period, lambda wrong=wrong: wrong, action="close", by="cli:ann")  # type: ignore[misc]
        assert Postings(ctx.state).runs("2026-09") == []
        drafted = book(ctx, period, lambda: wrong, action="draft", by="cli:ann")
        assert drafted.as_dict()["runs"][0]["adds_up"] is False
