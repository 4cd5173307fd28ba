"""A digest tells whole weeks and months only, each figure as the tools give it."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest

from sample_home import charge, load
from tagwright.blocks import Chart, Sentence
from tagwright.config import load_settings
from tagwright.errors import MisuseError, UnknownNameError
from tagwright.people import Principal
from tagwright.render.markdown import markdown
from tagwright_agent.digest import Digest, digest, digest_asked

ME = Principal("cli:me", "cli", "me")
NOW = dt.datetime(2026, 9, 30, 8, tzinfo=dt.UTC)  # a Wednesday
WEEK = [f"2026-09-{day:02}" for day in range(21, 28)]
BEFORE = [f"2026-09-{day:02}" for day in range(14, 21)]


def spent(cost: str, days: list[str], team: str = "search", **more: Any) -> list[dict[str, Any]]:
    tags = {"team": team, "product": "recs", "env": "prod", "cost-center": "cc-1"} if team else {}
    return [
        charge(cost, day, ServiceName="Amazon EC2", ResourceId=f"i-{team}", Tags=tags, **more)
        for day in days
    ]


def said(home: Path, asked: Digest = Digest(), now: dt.datetime = NOW) -> str:  # noqa: B008  frozen
    return markdown(digest(load_settings(home), asked, ME, now))


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("digest", Digest()), ("Weekly digest.", Digest()),
        ("digest for search", Digest(team="search")),
        ("monthly digest for the team data platform", Digest("month", "data platform")),
        ("digest for the search team", Digest(team="search")),
        ("month-end digest", Digest("month")),
        ("what is a digest", None), ("digest everything", None), ("digest for", None),
    ],
)  # fmt: skip
def test_the_words_ask_for_a_digest_or_for_something_else(text: str, asked: Digest | None) -> None:
    assert digest_asked(text) == asked


def test_a_week_against_the_one_before_what_moved_and_the_tags(home: Path) -> None:
    load(home, [
        *spent("10.00", BEFORE), *spent("10.00", WEEK),
        *spent("1.00", BEFORE, "ads"), *spent("3.00", WEEK, "ads"),
        *spent("1.00", WEEK, ""),
        *spent("99.00", ["2026-09-28", "2026-09-29"]),  # of the week that is not over
    ])  # fmt: skip
    text = said(home)
    assert (
        "Effective cost, 2026-09-21 to 2026-09-27: 98.00 USD (+21.00 USD, +27.3% against the"
        in text
    )
    assert "What moved most: team ads (+14.00 USD)" in text
    assert "Tags: 92.9% of what can be tagged has a valid" in text
    assert "(the week before 100.0%)" in text
    assert "99" not in text
    assert "last week that the bill holds whole" not in text


def test_one_picture_of_two_weeks_a_point_a_day(home: Path) -> None:
    euros = spent("1", WEEK, "ads", BillingCurrency="EUR")
    load(home, [*spent("10.00", BEFORE), *spent("11.00", WEEK), *euros])
    blocks = digest(load_settings(home), Digest(), ME, NOW)
    (chart,) = [block for block in blocks if isinstance(block, Chart)]
    assert (chart.unit, len(chart.labels)) == ("USD", 14)
    assert len([block for block in blocks if isinstance(block, Sentence)]) <= 4


def test_a_bill_that_lags_is_told_by_its_last_whole_week(home: Path) -> None:
    load(home, [*spent("10.00", BEFORE), *spent("10.00", WEEK[:6])])
    text = said(home, now=NOW + dt.timedelta(days=30))
    assert "2026-09-14 to 2026-09-20: 70.00 USD; what it was in" in text
    assert "This is the last week that the bill holds whole: 2026-09-14 to 2026-09-20." in text


@pytest.mark.parametrize(
    ("days", "line"),
    [(91, "August 2026: 31.00 USD (0.00 USD, 0.0% against the month before)"),
     (92, "September 2026: 30.00 USD (-1.00 USD, -3.2% against the month before)")],
)  # fmt: skip
def test_a_month_is_told_when_it_is_whole(days: int, line: str, home: Path) -> None:
    every = [str(dt.date(2026, 7, 1) + dt.timedelta(days=n)) for n in range(days)]
    load(home, spent("1.00", every))
    text = said(home, Digest("month"), dt.datetime(2026, 10, 1, tzinfo=dt.UTC))
    assert line in text
    assert ("What moved most" in text) is (days == 92)


def test_of_one_team(home: Path) -> None:
    load(home, [*spent("1.00", BEFORE + WEEK), *spent("5.00", BEFORE + WEEK, "ads")])
    assert "Effective cost of ads, 2026-09-21 to 2026-09-27: 35.00 USD" in said(
        home, Digest(team="ads")
    )
    with pytest.raises(UnknownNameError):
        said(home, Digest(team="nobody"))


@pytest.mark.parametrize("days", [WEEK[1:], WEEK[:2]])
def test_without_a_whole_week_nothing_is_told(home: Path, days: list[str]) -> None:
    load(home, spent("1.00", days))
    with pytest.raises(MisuseError, match="No week is whole in the data yet"):
        said(home)


def every(cost: str, first: str, last: str, **more: Any) -> list[dict[str, Any]]:
    start, end = dt.date.fromisoformat(first), dt.date.fromisoformat(last)
    days = [str(start + dt.timedelta(days=n)) for n in range((end - start).days + 1)]
    return spent(cost, days, **more)


MONDAY = dt.datetime(2026, 9, 28, 9, tzinfo=dt.UTC)


@pytest.mark.parametrize("last", ["2026-09-26", "2026-09-25", "2026-09-24"])
def test_last_week_without_its_last_days_is_told_by_those_that_both_weeks_have(
    last: str, home: Path
) -> None:
    load(home, [*every("10", "2026-09-01", "2026-09-20"), *every("11", "2026-09-21", last)])
    blocks = digest(load_settings(home), Digest(), ME, MONDAY)
    text = markdown(blocks)
    assert f"Effective cost, 2026-09-21 to {last}: " in text
    assert "+10.0% against the same days of the week before)" in text
    assert "Not in the bill yet, or not all of it: 2026-09-" in text
    assert "that the bill holds whole" not in text
    (chart,) = [block for block in blocks if isinstance(block, Chart)]
    assert chart.labels[-1] == last


def test_of_a_week_that_is_lacking_half_the_one_before_is_told(home: Path) -> None:
    load(home, every("10", "2026-09-01", "2026-09-23"))
    text = said(home, now=MONDAY)
    assert "Effective cost, 2026-09-14 to 2026-09-20: 70.00 USD (0.00 USD, 0.0% against" in text
    assert "This is the last week that the bill holds whole: 2026-09-14 to 2026-09-20." in text


def test_a_month_without_its_last_day_waits(home: Path) -> None:
    load(home, every("10", "2026-07-01", "2026-09-29"))
    text = said(home, Digest("month"), dt.datetime(2026, 10, 1, 9, tzinfo=dt.UTC))
    assert "Effective cost, August 2026: 310.00 USD" in text


def test_a_day_that_is_missing_inside_the_bill_makes_no_fall(home: Path) -> None:
    rows = [row for row in every("10", "2026-09-01", "2026-09-28")
            if not row["ChargePeriodStart"].startswith("2026-09-23")]  # fmt: skip
    load(home, rows)
    text = said(home, now=MONDAY)
    assert "60.00 USD; how much it changed against 2026-09-14 to 2026-09-20 is not known." in text
    assert "There is no charge on 2026-09-23" in text
    assert "What moved most" not in text
    assert "-1" not in text.replace("2026-09-1", "")


def test_the_lagging_bill_of_another_provider_holds_all_to_its_days(home: Path) -> None:
    azure = every("5", "2026-09-01", "2026-09-25", ServiceProviderName="Microsoft")
    load(home, [*every("10", "2026-09-01", "2026-09-28"), *azure])
    text = said(home, now=MONDAY)
    assert "2026-09-21 to 2026-09-25: 75.00 USD (0.00 USD, 0.0% against the same days of" in text
    assert "Not in the bill of Microsoft yet, or not all of it: 2026-09-26 to 2026-09-27." in text


def test_where_no_tag_is_required_there_is_no_line_of_tags(home: Path) -> None:
    (home / "taxonomy.yaml").write_text("keys:\n  team: {layer: business}\n")
    load(home, every("10", "2026-09-01", "2026-09-28"))
    assert "Tags:" not in said(home, now=MONDAY)
