"""Dates: ISO 8601 in any zone becomes naive UTC; slashes only where they cannot be mistaken."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagwright.ingest.dates import ISO, LOGGED, style_aggregates, style_from

CON = duckdb.connect(config={"threads": 1})
CON.execute("SET TimeZone = 'UTC'")


def read(text: str) -> dt.datetime | None:
    row = CON.execute(f"SELECT {ISO.sql('v')} FROM (SELECT ? AS v)", [text]).fetchall()[0]
    return row[0]


@pytest.mark.parametrize(
    ("text", "utc"),
    [
        ("2026-09-01T00:00:00Z", "2026-09-01T00:00:00"),
        ("2026-09-01", "2026-09-01T00:00:00"),
        ("2026-09-01 12:30", "2026-09-01T12:30:00"),
        ("2026-09-01 00:00:00 UTC", "2026-09-01T00:00:00"),
        # A cast to TIMESTAMP would ignore the offset without a word.
        ("2026-09-01T00:00:00+02:00", "2026-08-31T22:00:00"),
        ("2026-09-01T00:00:00-0530", "2026-09-01T05:30:00"),
        ("2026-09-01T00:00:00.123456Z", "2026-09-01T00:00:00.123456"),
        ("2026-02-30", None),
        ("2026-13-01", None),
        ("01.09.2026", None),
        ("yesterday", None),
        ("infinity", None),
        ("epoch", None),
        ("2026-09", None),
    ],
)
def test_iso(text: str, utc: str | None) -> None:
    assert read(text) == (utc and dt.datetime.fromisoformat(utc))


def style_of(rows: list[tuple[str, str]]) -> tuple[bool, str]:
    """Rows are (ChargePeriodStart, BillingPeriodStart)."""
    CON.execute(
        "CREATE OR REPLACE TEMP TABLE d AS SELECT unnest(?) AS c, unnest(?) AS b",
        [[row[0] for row in rows], [row[1] for row in rows]],
    )
    row = CON.execute(f"SELECT {', '.join(style_aggregates(['c', 'b'], 'b'))} FROM d").fetchall()[0]
    style, note = style_from(row)
    return style.us, note


@pytest.mark.parametrize(
    ("rows", "us", "words"),
    [
        ([("2026-09-03", "2026-09-01")], False, ""),
        ([("5/13/25", "5/1/25")], True, "month/day/year"),
        # As month/day this billing period would start on the 5th: it may be day/month.
        ([("1/5/25", "1/5/25")], False, "may be day/month"),
        ([("13/5/25", "5/1/25")], False, "may be day/month"),
    ],
)
def test_slashes(rows: list[tuple[str, str]], us: bool, words: str) -> None:
    found, note = style_of(rows)
    assert found is us
    assert words in note
    assert bool(words) is bool(note)


@pytest.mark.parametrize(
    ("text", "utc"),
    [
        ("1756666800", "2025-08-31T19:00:00"),
        ("1.7566668E9", "2025-08-31T19:00:00"),
        ("1756666800.25", "2025-08-31T19:00:00.250000"),
        ("1756666800.0", "2025-08-31T19:00:00"),
        ("1756666800123", "2025-08-31T19:00:00.123000"),
        ("1756666800123456", "2025-08-31T19:00:00.123456"),
        ("1756666800123456789", "2025-08-31T19:00:00.123456"),
        ("1.756666800123e12", "2025-08-31T19:00:00.123000"),
        ("2026-09-01", "2026-09-01T00:00:00"),
        # Days without dashes, years, and what lies between seconds and milliseconds.
        ("20260901", None),
        ("20260901120000", None),
        ("2026", None),
        ("99999999999", None),
        ("-1756666800", None),
        ("46266", None),
    ],
)
def test_epoch_times(text: str, utc: str | None) -> None:
    row = CON.execute(f"SELECT {LOGGED.sql('v')} FROM (SELECT ? AS v)", [text]).fetchall()[0]
    assert row[0] == (utc and dt.datetime.fromisoformat(utc))


@given(
    st.datetimes(dt.datetime(1990, 1, 1), dt.datetime(2100, 12, 31)),  # noqa: DTZ001  naive UTC
    st.sampled_from([1, 10**3, 10**6, 10**9]),
)
def test_every_moment_in_every_unit(moment: dt.datetime, scale: int) -> None:
    micros = (moment - dt.datetime(1970, 1, 1)) // dt.timedelta(microseconds=1)  # noqa: DTZ001  naive UTC
    text = format(Decimal(micros) * scale / 10**6, "f")
    row = CON.execute(f"SELECT {LOGGED.sql('v')} FROM (SELECT ? AS v)", [text]).fetchall()[0]
    assert row == (moment,)


def test_a_file_is_looked_through_for_epoch_times() -> None:
    rows = [("2026-09-03", "2026-09-01"), ("1756666800", "2026-09-01")]
    assert style_of(rows)[1] == ""
    row = CON.execute(f"SELECT {', '.join(style_aggregates(['c', 'b'], 'b'))} FROM d").fetchall()[0]
    assert style_from(row)[0].epoch
    style_of(rows[:1])
    row = CON.execute(f"SELECT {', '.join(style_aggregates(['c', 'b'], 'b'))} FROM d").fetchall()[0]
    assert not style_from(row)[0].epoch
