"""Decimals from text: no value is rounded, no sum overflows, nothing odd is taken for a number."""

from __future__ import annotations

from decimal import Decimal

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagwright.ingest.numbers import (
    MAX_WHOLE,
    Need,
    decimal_type,
    need_sql,
    number_text,
    too_fine,
)

CON = duckdb.connect(config={"threads": 1})


def spelt(value: Decimal, how: str) -> str:
    return format(value, "f") if how == "plain" else f"{value:e}"


def measure(texts: list[str]) -> Need:
    CON.execute("CREATE OR REPLACE TEMP TABLE t AS SELECT unnest(?) AS v", [texts])
    decimals, total = need_sql(f"({number_text('v')})")
    row = CON.execute(f"SELECT {decimals}, {total} FROM t").fetchall()[0]
    return Need(int(row[0] or 0), float(row[1] or 0))


@given(
    st.lists(
        st.tuples(
            st.decimals(-(10**12), 10**12, allow_nan=False, places=12),
            st.sampled_from(["plain", "scientific"]),
        ),
        min_size=1,
        max_size=30,
    )
)
def test_the_chosen_type_holds_every_value_and_their_sum(values: list[tuple[Decimal, str]]) -> None:
    texts = [spelt(*value) for value in values]
    kind, scale = decimal_type(measure(texts))
    rows = CON.execute(f"SELECT CAST(v AS {kind}) FROM t").fetchall()
    assert [row[0] for row in rows] == [value for value, _ in values]
    total = CON.execute(f"SELECT sum(CAST(v AS {kind})) FROM t").fetchall()[0][0]
    assert total == sum(value for value, _ in values)
    assert not CON.execute(f"SELECT 1 FROM t WHERE {too_fine('v', scale)}").fetchall()


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("1", True), ("-0.5", True), (".5", True), ("5.", True), ("+3", True), ("1e-7", True),
        ("1.5E+3", True), ("1_000", False), ("1,000", False), ("$5", False), ("inf", False),
        ("nan", False), ("0x10", False), ("1e", False), ("", False), ("-", False),
        ("\uff11\uff12", False),
        ("99999999999999999998e-1", True), ("1e20", False), ("-1e400", False),
    ],
)  # fmt: skip
def test_what_is_a_number(text: str, number: bool) -> None:
    found = CON.execute(f"SELECT {number_text('v')} FROM (SELECT ? AS v)", [text]).fetchall()
    assert (found[0][0] == text) is number


@pytest.mark.parametrize(
    ("need", "kind"),
    [
        (Need(0, 0), "DECIMAL(18, 2)"),
        (Need(6, 10**11), "DECIMAL(18, 6)"),
        (Need(7, 10**11), "DECIMAL(38, 7)"),
        (Need(30, 10**4), "DECIMAL(38, 30)"),
        # 38 digits do not hold it: the scale is cut, and finer values are rejected.
        (Need(30, 10**10), "DECIMAL(38, 27)"),
    ],
)
def test_the_narrowest_type(need: Need, kind: str) -> None:
    assert decimal_type(need)[0] == kind


@pytest.mark.parametrize(
    ("text", "scale", "too"),
    [
        ("1.25", 2, False), ("1.2500", 2, False), ("1.251", 2, True), ("125e-2", 2, False),
        ("125e-3", 2, True), ("0e-30", 2, False), ("1.5e1", 0, False),
    ],
)  # fmt: skip
def test_too_fine(text: str, scale: int, too: bool) -> None:
    assert CON.execute(
        f"SELECT {too_fine('v', scale)} FROM (SELECT ? AS v)", [text]
    ).fetchall() == [(too,)]


def test_amounts_of_ten_to_the_twenty_leave_room_for_decimals() -> None:
    assert decimal_type(Need(17, 10.0**MAX_WHOLE * 0.9))[1] == 17
