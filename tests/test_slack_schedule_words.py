"""Words to times: what is a schedule, what is a question, and when it is due."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagwright_agent.slack.schedule_words import Rule, example_for, scheduled_words


@pytest.mark.parametrize(
    ("text", "rule", "what"),
    [
        ("every Monday at 9: cost by team, last week", ("week", 0, 9, 0),
         "cost by team, last week"),
        ("Every monday at 9am, digest", ("week", 0, 9, 0), "digest"),
        ("each fri at 16:30 - top 5 services", ("week", 4, 16, 30), "top 5 services"),
        ("on Tuesdays at 5 pm: digest for search", ("week", 1, 17, 0), "digest for search"),
        ("every day: what did we spend yesterday?", ("day", 0, 9, 0),
         "what did we spend yesterday?"),
        ("daily at 8: cost", ("day", 0, 8, 0), "cost"),
        ("every weekday at 12 am: cost", ("weekday", 0, 0, 0), "cost"),
        ("weekly: digest", ("week", 0, 9, 0), "digest"),
        ("every 3rd of the month at 7: cost", ("month", 3, 7, 0), "cost"),
        ("on the 3rd of every month at 7: cost", ("month", 3, 7, 0), "cost"),
        ("every 31st at 9: monthly digest", ("month", 31, 9, 0), "monthly digest"),
        ("every first of the month at 9: monthly digest", ("month", 1, 9, 0), "monthly digest"),
        ("monthly: cost by team", ("month", 1, 9, 0), "cost by team"),
        ("cost by team, last week, every Monday at 9", ("week", 0, 9, 0),
         "cost by team, last week"),
        ("show cost by team last week every monday at 9:15.", ("week", 0, 9, 15),
         "show cost by team last week"),
        ("on weekdays at 9: cost", ("weekday", 0, 9, 0), "cost"),
        ("on the first day of the month at 9: cost", ("month", 1, 9, 0), "cost"),
        # Questions, not schedules.
        ("why did costs jump on Friday at 10", None, ""),
        ("on Monday at 9: cost by team", None, ""),
        ("why did costs jump on the 3rd at 10", None, ""),
        ("every 0th at 9: cost", None, ""),
        ("cost every day in October", None, ""),
        ("what did we spend every Monday?", None, ""),
        ("every day, what did we spend", None, ""),
        ("daily cost last month: by team", None, ""),
        ("every monday at 25: cost", None, ""),
        ("every monday at 13pm: cost", None, ""),
        ("every monday at 9:", None, ""),
        ("monthly digest", None, ""),
        ("every monday at 9:30", None, ""),  # and asks nothing
        ("every friday at 16:30 sharp: cost", None, ""),
    ],
)  # fmt: skip
def test_words_are_a_schedule_or_a_question(
    text: str, rule: tuple[str, int, int, int] | None, what: str
) -> None:
    found = scheduled_words(text)
    assert (found and (found[0], found[1])) == (rule and (Rule(*rule), what))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("rule", "moment", "due"),
    [
        (Rule("week", 0, 9, 0, "Europe/Berlin"), "2026-10-19T06:59:00", "2026-10-19T07:00:00"),
        # The clocks went back on 25 October: nine stays nine.
        (Rule("week", 0, 9, 0, "Europe/Berlin"), "2026-10-19T07:00:00", "2026-10-26T08:00:00"),
        # 02:30 does not exist on 29 March.
        (Rule("day", 0, 2, 30, "Europe/Berlin"), "2026-03-28T12:00:00", "2026-03-29T01:30:00"),
        (Rule("month", 31, 9, 0), "2026-02-01T00:00:00", "2026-02-28T09:00:00"),
        (Rule("weekday", 0, 9, 0), "2026-11-27T09:00:00", "2026-11-30T09:00:00"),
        (Rule("week", 6, 0, 0, "Asia/Tokyo"), "2026-11-28T14:00:00", "2026-11-28T15:00:00"),
        (Rule("day", 0, 9, 0, "Not/AZone"), "2026-11-28T00:00:00", "2026-11-28T09:00:00"),
    ],
)
def test_due_by_the_persons_own_clock(rule: Rule, moment: str, due: str) -> None:
    at = dt.datetime.fromisoformat(moment).replace(tzinfo=dt.UTC)
    assert rule.after(at).replace(tzinfo=None).isoformat() == due
    assert rule.after(at).tzinfo is dt.UTC


RULES = st.builds(
    Rule,
    st.sampled_from(["day", "weekday", "week", "month"]), st.integers(1, 6), st.integers(0, 23),
    st.integers(0, 59), st.sampled_from(["UTC", "Europe/Berlin", "America/Lima", "Asia/Kolkata"]),
)  # fmt: skip


@given(rule=RULES, minutes=st.integers(0, 15 * 366 * 24 * 60))
def test_the_next_time_is_later_and_none_is_passed_over(rule: Rule, minutes: int) -> None:
    at = dt.datetime(2020, 1, 1, tzinfo=dt.UTC) + dt.timedelta(minutes=minutes)
    due = rule.after(at)
    assert due > at
    longest = {"day": 1, "weekday": 3, "week": 7, "month": 31}[rule.unit]
    assert due - at <= dt.timedelta(days=longest, hours=2)
    assert rule.after(due - dt.timedelta(seconds=1)) == due
    assert due.astimezone(ZoneInfo(rule.zone)).minute == rule.minute
    assert Rule.of(rule.as_dict()) == rule


@pytest.mark.parametrize(
    ("text", "example"),
    [
        ("every second Tuesday at noon: cost by team", "every Tuesday at 9: cost by team"),
        ("every other week: digest", "every Monday at 9: digest"),
        ("every quarter at 9: digest for search", "every Monday at 9: digest for search"),
        ("Every Friday at 16:30 sharp: top 5 services", "every Friday at 9: top 5 services"),
        ("every monday at 25: cost", "every Monday at 9: cost"),
        ("every monday at 9:", "every Monday at 9: cost by team, last week"),
        ("every monday at 9:30", "every Monday at 9: cost by team, last week"),
        ("hourly: cost", "every Monday at 9: cost"),
        ("quarterly at 9: cost", "every Monday at 9: cost"),
        ("on Monday at 9: cost by team", "every Monday at 9: cost by team"),
        ("cost by team every second Tuesday at noon", "every Tuesday at 9: cost by team"),
        # Understood, or a question.
        ("every Monday at 9: cost", None),
        ("daily cost last month: by team", None),
        ("cost every day in October", None),
        ("what did we spend every Monday?", None),
        ("every day, what did we spend", None),
        ("why did costs jump on Friday at 10", None),
        ("why did costs jump on the 3rd at 10", None),
        ("monthly digest", None),
        ("cost by team: every one of them", None),
        ("each team: what did it spend?", None),
        ("every monday at 9:cost", None),
        ("at 9 every Monday: cost by team", "every Monday at 9: cost by team"),
        ("Mondays at 9: cost by team", "every Monday at 9: cost by team"),
        ("please every Friday at 9: cost by team", "every Friday at 9: cost by team"),
        ("cost at 9 every Monday, why?", None),
    ],
)
def test_words_like_a_schedule_are_told_one_that_is_understood(
    text: str, example: str | None
) -> None:
    assert example_for(text) == example
    assert example is None or scheduled_words(example) is not None
