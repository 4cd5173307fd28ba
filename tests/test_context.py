"""One call: one snapshot whatever is published meanwhile, and a record of what was asked."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sample_home import charge, context, load, sample
from tagwright.api import SnapshotError, UnknownNameError
from tagwright.config import load_settings
from tagwright.context import digest_of, open_context
from tagwright.results import Period
from tagwright.warehouse import Table

if TYPE_CHECKING:
    from pathlib import Path

COUNT = 'SELECT COUNT(*) AS n FROM charges WHERE "ServiceName" = $1'


def test_a_call_keeps_its_snapshot(home: Path) -> None:
    """A second export is published between two statements of one call."""
    settings = sample(home, [charge("1")])
    with context(settings) as ctx:
        assert ctx.query(COUNT, ["Amazon EC2"]).rows == [(1,)]
        load(home, [charge("1", "2026-08-01"), charge("1", "2026-08-02")], name="august.csv")
        assert ctx.query(COUNT, ["Amazon EC2"]).rows == [(1,)]
    with context(settings) as ctx:
        assert ctx.query(COUNT, ["Amazon EC2"]).rows == [(3,)]


def test_statements_are_recorded_in_order(home: Path) -> None:
    with context(sample(home, [charge("1")])) as ctx:
        ctx.query(COUNT, ["Amazon EC2"])
        ctx.query(COUNT, ["S3"])
        assert [(q.sql, q.params, q.rows) for q in ctx.queries] == [
            (COUNT, ("Amazon EC2",), 1),
            (COUNT, ("S3",), 1),
        ]
        assert ctx.queries[0].digest != ctx.queries[1].digest


def test_nothing_is_opened_before_it_is_needed_and_closing_twice_is_fine(home: Path) -> None:
    ctx = open_context(load_settings(home))
    ctx.close()
    ctx.close()
    assert list(home.iterdir()) == []
    with pytest.raises(SnapshotError):
        ctx.query("SELECT 1")


def test_the_snapshot_is_read_only(home: Path) -> None:
    with context(sample(home, [charge("1")])) as ctx:
        for statement in ("DELETE FROM charges", "COPY charges TO '/tmp/stolen.csv'"):
            with pytest.raises(Exception, match=r"(?i)read|disabled|permission"):
                ctx.query(statement)
        assert ctx.query(COUNT, ["Amazon EC2"]).rows == [(1,)]


def test_a_period_word_is_noted_as_dates(home: Path) -> None:
    with context(sample(home, [charge("1", "2026-09-30")])) as ctx:
        found = ctx.period("last_month")
        assert found == Period(start=dt.date(2026, 9, 1), end=dt.date(2026, 10, 1), label="2026-09")
        assert ctx.resolved == {"period": "2026-09-01/2026-10-01"}
        with pytest.raises(UnknownNameError):
            ctx.period("smarch")


CELLS = st.one_of(
    st.none(), st.booleans(), st.integers(-5, 5), st.sampled_from(["", "1", "a", "None", "true"]),
    st.decimals(-5, 5, places=2), st.dates(dt.date(2026, 1, 1), dt.date(2026, 1, 3)),
)  # fmt: skip


@given(rows=st.lists(st.tuples(CELLS, CELLS), max_size=5), order=st.randoms())
def test_a_digest_ignores_the_order_and_the_scale(rows: list[tuple[Any, ...]], order: Any) -> None:
    shuffled = [
        tuple(
            cell.quantize(Decimal("0.0000")) if isinstance(cell, Decimal) else cell for cell in row
        )
        for row in rows
    ]
    order.shuffle(shuffled)
    assert digest_of(Table(("a", "b"), rows)) == digest_of(Table(("a", "b"), shuffled))


@given(a=CELLS, b=CELLS)
def test_a_digest_tells_values_and_types_apart(a: Any, b: Any) -> None:
    same = (type(a) is type(b) and a == b) or (
        isinstance(a, int | Decimal)
        and isinstance(b, int | Decimal)
        and not isinstance(a, bool)
        and not isinstance(b, bool)
        and a == b
    )
    digests = [digest_of(Table(("x",), [(value,)])) for value in (a, b)]
    assert (digests[0] == digests[1]) is same


def test_a_digest_knows_columns_and_repeats() -> None:
    one = Table(("x",), [(1,)])
    assert digest_of(one) != digest_of(Table(("y",), [(1,)]))
    assert digest_of(one) != digest_of(Table(("x",), [(1,), (1,)]))
    assert digest_of(Table(("m",), [({"a": 1, "b": 2},)])) == digest_of(
        Table(("m",), [({"b": 2, "a": 1},)])
    )
