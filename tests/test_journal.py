"""The chargeback journal: balanced whatever is allocated, closed once, corrected by reversal."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import os
import signal
import subprocess
import sys
from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagwright.config import Chargeback, load_settings
from tagwright.errors import DataError, MisuseError
from tagwright.reports.currencies import minor_unit
from tagwright.reports.journal import Journal, JournalLine, balance, draft, numbered, reversal
from tagwright.reports.journal_files import journal_csv, journal_json, write_journal
from tagwright.reports.postings import ClosedPeriodError, Postings
from tagwright.reports.rounding import rounded_parts
from tagwright.state import State, open_state, verify

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

NOW = dt.datetime(2026, 10, 2, 12, tzinfo=dt.UTC)

MAPPING = Chargeback.model_validate(
    {
        "entity": "US01",
        "accounts": {"tax": "6900"},
        "targets": {
            "search": {"cost_center": "4421", "gl_account": "6400"},
            "ads": {"entity": "DE01", "cost_center": "77"},
        },
    }
)


@dataclass(frozen=True)
class Line:
    """The shape of a line of an allocation, as far as a journal reads it."""

    target: str | None
    amount: Decimal
    kind: str = "direct"
    currency: str = "USD"
    rule: str | None = None
    method: str = "tag"
    service_provider_name: str = "AWS"
    service_name: str = "Amazon EC2"


def journal(
    lines: Sequence[Line], mapping: Chargeback = MAPPING, period: str = "2026-09"
) -> Journal:
    return draft(
        lines, mapping, period=period, cost_basis="effective_cost", snapshot="s1", rules_digest="r1"
    )


def table(lines: Sequence[JournalLine]) -> list[tuple[str, ...]]:
    return [
        (line.entity, line.cost_center, line.gl_account, line.side, str(line.amount), line.kind)
        for line in lines
    ]


def test_debits_by_target_and_one_credit() -> None:
    """Nobody's money stands on a line of its own, and a kind may have its own account."""
    made = journal(
        [
            Line("search", Decimal("10.004")),
            Line("search", Decimal(2), kind="tax"),
            Line(None, Decimal("0.50"), kind="unallocated", method="none"),
        ]
    )
    assert table(made.lines) == [
        ("US01", "unallocated", "cloud-expense", "debit", "0.50", "unallocated"),
        ("US01", "4421", "6400", "debit", "10.00", "direct"),
        ("US01", "4421", "6900", "debit", "2.00", "tax"),
        ("US01", "central", "cloud-clearing", "credit", "12.50", "clearing"),
    ]
    assert made.exact == {"USD": "12.504"}
    assert made.as_dict()["totals"] == [
        {"currency": "USD", "debit": "12.50", "credit": "12.50", "charged": "12.50"}
    ]


def test_another_entity_has_intercompany_lines() -> None:
    made = journal([Line("ads", Decimal(5)), Line("ads", Decimal(-7), kind="credit")])
    assert table(made.lines) == [
        ("DE01", "77", "cloud-expense", "credit", "7.00", "credit"),
        ("DE01", "77", "cloud-expense", "debit", "5.00", "direct"),
        ("DE01", "central", "intercompany", "debit", "2.00", "intercompany"),
        ("US01", "central", "intercompany", "credit", "2.00", "intercompany"),
        ("US01", "central", "cloud-clearing", "debit", "2.00", "clearing"),
    ]
    assert [line.partner for line in made.lines] == ["", "", "US01", "DE01", ""]


def test_without_a_mapping_the_target_is_the_cost_centre() -> None:
    made = journal([Line("x" * 300, Decimal(5))], Chargeback())
    assert made.lines[0].cost_center == "x" * 300
    assert made.notes == (
        (
            "No [chargeback.targets] are configured: each target is its own cost centre of entity "
            "'main'."
        ),
    )
    assert "Not in [chargeback.targets]" in journal([Line("ml", Decimal(5))]).notes[0]


def test_less_than_a_cent_is_said() -> None:
    made = journal([Line("search", Decimal("0.004"))])
    assert (made.lines, made.exact) == ((), {"USD": "0.004"})
    assert made.notes[0] == "1 amounts in USD are below its smallest unit: no line."


@pytest.mark.parametrize(
    ("currency", "amount"), [("USD", "1.67"), ("JPY", "2"), ("KWD", "1.667"), ("CLF", "1.6667")]
)
def test_the_smallest_unit_is_the_currencys(currency: str, amount: str) -> None:
    [line, _] = journal([Line("search", Decimal("1.66666"), currency=currency)]).lines
    assert line.as_dict()["amount"] == amount


AMOUNTS = st.decimals(-(10**15), 10**15, places=12) | st.decimals(-1, 1, places=12)
LINES = st.lists(
    st.builds(
        Line,
        target=st.sampled_from(["search", "ads", "ml", "", None]),
        amount=AMOUNTS,
        kind=st.sampled_from(["direct", "shared", "tax", "credit", "idle"]),
        currency=st.sampled_from(["USD", "JPY", "KWD"]),
        rule=st.sampled_from([None, "gpu", "support"]),
    ),
    max_size=30,
)


@given(LINES)
def test_debits_equal_credits_whatever_is_allocated(lines: list[Line]) -> None:
    """Per run, currency and entity; and what is charged is the exact sum, rounded once."""
    made = journal(lines)
    for run in (made, reversal(made)):
        sides: defaultdict[tuple[str, str], Decimal] = defaultdict(Decimal)
        for line in run.lines:
            assert line.amount > 0
            assert line.amount == round(line.amount, minor_unit(line.currency))
            sides[line.currency, line.entity] += line.signed
        assert set(sides.values()) <= {Decimal(0)}
    exact: defaultdict[str, Decimal] = defaultdict(Decimal)
    for allocated in lines:
        exact[allocated.currency] += allocated.amount
    charged = {row["currency"]: Decimal(row["charged"]) for row in balance(made.lines)}
    for currency, amount in exact.items():
        assert charged.get(currency, Decimal(0)) == round(amount, minor_unit(currency))


@given(st.lists(AMOUNTS, max_size=20), st.integers(0, 4))
def test_rounded_parts_add_up_and_none_is_off_by_a_unit(parts: list[Decimal], places: int) -> None:
    unit = Decimal(1).scaleb(-places)
    rounded = rounded_parts(parts, places=places)
    assert sum(rounded) == round(sum(parts, Decimal(0)), places)
    assert all(abs(a - b) < unit for a, b in zip(parts, rounded, strict=True))
    assert rounded_parts(rounded, places=places) == rounded


@given(LINES)
def test_a_correction_leaves_the_new_figures(lines: list[Line]) -> None:
    """First run, its reversal and a second run: on every account the second remains."""
    first, second = journal([Line("search", Decimal("1.23"))]), journal(lines)
    left: defaultdict[tuple[str, ...], Decimal] = defaultdict(Decimal)
    for run in (first, reversal(first), second):
        for line in run.lines:
            left[line.entity, line.cost_center, line.gl_account, line.currency] += line.signed
    for line in second.lines:
        left[line.entity, line.cost_center, line.gl_account, line.currency] -= line.signed
    assert set(left.values()) <= {Decimal(0)}


# --- the postings ------------------------------------------------------------------------------


@pytest.fixture
def home(home: Path, database: str) -> Path:
    """Each test that has a home runs on SQLite and on PostgreSQL."""
    return home


@pytest.fixture
def state(home: Path) -> Iterator[State]:
    made = open_state(load_settings(home))
    yield made
    made.close()


def test_closing_twice_is_once_and_other_figures_are_refused(state: State) -> None:
    postings = Postings(state)
    assert (postings.runs("2026-09"), postings.live("2026-09")) == ([], None)
    made = journal([Line("search", Decimal(10))])
    posted = postings.close(made, by="cli:ann", now=NOW)
    assert (posted.status, posted.number, posted.posted_by) == ("closed", 1, "cli:ann")
    assert posted.run_id == made.run_id
    assert postings.close(made, by="cli:bob", now=NOW) == posted
    with pytest.raises(ClosedPeriodError, match=f"2026-09 was closed by run {made.run_id}"):
        postings.close(journal([Line("search", Decimal(11))]), by="cli:bob", now=NOW)
    postings.close(journal([Line("ads", Decimal(1))], period="2026-10"), by="cli:bob", now=NOW)
    assert postings.runs("2026-09") == [posted]


def test_correcting_reverses_and_posts(state: State) -> None:
    postings = Postings(state)
    old, new = (journal([Line("search", Decimal(amount))]) for amount in ("10", "11"))
    with pytest.raises(MisuseError, match="not closed"):
        postings.correct(new, by="cli:ann", now=NOW)
    first = postings.close(old, by="cli:ann", now=NOW)
    assert postings.correct(old, by="cli:ann", now=NOW) is None
    corrected = postings.correct(new, by="cli:ann", now=NOW)
    assert corrected is not None
    undone, second = corrected
    assert (undone.kind, undone.reversal_of, undone.number) == ("reversal", first.run_id, 2)
    assert (second.kind, second.number) == ("post", 3)
    assert postings.live("2026-09") == second
    # Back to the first figures: another run, with an id of its own.
    postings.correct(old, by="cli:ann", now=NOW)
    runs = postings.runs("2026-09")
    assert [run.number for run in runs] == [1, 2, 3, 4, 5]
    assert len({run.run_id for run in runs}) == 5
    assert runs[4].same_money(first)
    events = [entry.event for entry in state.journal()]
    assert events == ["chargeback posted", *["chargeback reversed", "chargeback posted"] * 2]
    assert verify(state.journal()) == ""


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE chargeback_lines SET body = replace(body, '10.00', '99.00')",
        "DELETE FROM chargeback_lines WHERE position = 1",
        "UPDATE chargeback_runs SET body = replace(body, '10.00', '99.00')",
    ],
)
def test_what_is_posted_cannot_be_changed_unseen(state: State, change: str) -> None:
    postings = Postings(state)
    postings.close(journal([Line("search", Decimal(10))]), by="cli:ann", now=NOW)
    from sqlalchemy.exc import DatabaseError

    with pytest.raises(DatabaseError, match="append-only"), state.engine.begin() as con:
        con.exec_driver_sql(change)
    with state.engine.begin() as con:  # somebody who may do anything
        for table_name in ("chargeback_lines", "chargeback_runs"):
            for verb in ("update", "delete"):
                on = "" if con.dialect.name == "sqlite" else f"ON {table_name}"
                con.exec_driver_sql(f"DROP TRIGGER {table_name}_no_{verb} {on}")
        con.exec_driver_sql(change)
    with pytest.raises(DataError, match="not what it was when it was posted"):
        postings.runs("2026-09")


_CLOSE = """
import datetime as dt, sys
from decimal import Decimal
from pathlib import Path
sys.path.insert(0, sys.argv[2])
import test_journal
from tagwright.config import load_settings
from tagwright.reports import postings
from tagwright.state import open_state
if len(sys.argv) > 4:
    import time
    real = postings._insert_lines
    def half(con, run_id, lines):
        real(con, run_id, lines[: len(lines) // 2])
        print("half", flush=True)
        time.sleep(60)
    postings._insert_lines = half
lines = [test_journal.Line(f"team-{n}", Decimal(n)) for n in range(1, 200)]
made = test_journal.journal(lines + [test_journal.Line("search", Decimal(sys.argv[3]))])
state = open_state(load_settings(Path(sys.argv[1])))
try:
    print(postings.Postings(state).close(made, by="cli:x", now=test_journal.NOW).run_id)
except postings.ClosedPeriodError:
    print("closed")
"""


def _closing(home: Path, amount: str, *more: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", _CLOSE, str(home), str(Path(__file__).parent), amount, *more]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


@pytest.mark.slow  # processes of their own, one of them killed
def test_a_killed_process_leaves_nothing_and_several_close_once(home: Path) -> None:
    killed = _closing(home, "1", "slowly")
    assert killed.stdout is not None
    assert killed.stdout.readline() == "half\n"
    os.kill(killed.pid, signal.SIGKILL)
    killed.wait(10)
    state = open_state(load_settings(home))
    assert Postings(state).runs("2026-09") == []
    with state.engine.connect() as con:
        assert con.exec_driver_sql("SELECT count(*) FROM chargeback_lines").scalar() == 0

    rivals = [_closing(home, amount) for amount in ("1", "2", "2")]
    said = sorted(process.communicate(timeout=60)[0].strip() for process in rivals)
    [run] = Postings(state).runs("2026-09")
    assert len(run.lines) == 201
    won = [text for text in said if text != "closed"]
    assert set(won) == {run.run_id}
    assert len(won) in (1, 2)  # the two with the same figures both find them posted
    state.close()


# --- files -----------------------------------------------------------------------------------


def test_files_say_the_same_and_no_cell_is_a_formula(tmp_path: Path) -> None:
    made = journal([Line("=cmd|' /C calc'!A0", Decimal(5)), Line('ü,"x"\n', Decimal(2))])
    paths = write_journal(made, tmp_path / "out")
    assert [path.name for path in paths] == [
        "journal-2026-09-draft.csv", "journal-2026-09-draft.json",
    ]  # fmt: skip
    rows = list(csv.DictReader(io.StringIO(paths[0].read_bytes().decode())))
    document = json.loads(paths[1].read_text())
    assert [row["amount"] for row in rows] == [line["amount"] for line in document["lines"]]
    assert [row["side"] for row in rows] == ["debit", "debit", "credit"]
    assert rows[0]["target"] == "'=cmd|' /C calc'!A0"
    assert document["lines"][0]["target"] == "=cmd|' /C calc'!A0"
    assert rows[1]["cost_center"] == 'ü,"x"\n'
    assert {row["run_id"] for row in rows} == {made.run_id}
    undone = reversal(made)
    assert write_journal(undone, tmp_path)[0].name == "journal-2026-09-draft-reversal.csv"
    assert {row["reversal_of"] for row in csv.DictReader(io.StringIO(journal_csv(undone)))} == {
        made.run_id
    }


def test_the_id_is_of_the_content() -> None:
    made = journal([Line("search", Decimal(10))])
    assert made.run_id == journal([Line("search", Decimal(10))]).run_id
    others = [journal([Line("search", Decimal("10.01"))]), numbered(made, 2), reversal(made)]
    assert len({made.run_id, *(other.run_id for other in others)}) == 4
    assert json.loads(journal_json(made))["run_id"] == made.run_id
