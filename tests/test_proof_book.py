"""A book: signed entry by entry; what was edited, or signed by another, is not believed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from plans import NOW
from tagwright.api import ApprovalError
from tagwright.config import load_settings
from tagwright.proof import Book, Keys, signed_of
from tagwright.proof.book import check, mirrored
from tagwright.state import Entry


def book_of(home: Path) -> Book:
    settings = load_settings(home)
    return Book.open(settings, Keys.of(settings), "approver")


def add(book: Book, event: str = "approved", plan_id: str = "plan-1") -> Entry:
    return book.write(lambda con: book.append(con, event, plan_id, {"by": "alice"}, NOW))


def test_entries_are_signed_and_read_back(home: Path) -> None:
    with book_of(home) as book:
        add(book)
        add(book, "withdrawn")
        add(book, plan_id="plan-2")
        assert [entry.event for entry in book.entries("plan-1")] == ["approved", "withdrawn"]
        assert len(book.entries()) == 3
    assert (home / "keys" / "approver.sqlite3").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    "statement",
    [
        'UPDATE journal SET body = \'{"by": "mallory"}\'',
        "UPDATE journal SET signature = NULL",
        "UPDATE journal SET event = 'rejected'",
        "UPDATE journal SET plan_id = 'plan-1', seq = 7",
    ],
)
def test_what_was_edited_is_not_believed(statement: str, home: Path) -> None:
    with book_of(home) as book:
        add(book)
        with book.state.engine.begin() as con:
            con.exec_driver_sql("DROP TRIGGER journal_no_update")
            con.exec_driver_sql(statement)
        with pytest.raises(ApprovalError, match="does not verify"):
            book.entries()


def test_an_entry_comes_back_whole_from_the_journal_that_repeats_it(home: Path) -> None:
    with book_of(home) as book:
        own = add(book)
        repeated = replace(own, seq=17, previous="x", hash="y", body=mirrored("approver", own))
        found = signed_of(repeated)
        assert found is not None
        assert (found.role, found.entry) == ("approver", own)
        assert check(found.entry, book.signer.verifier) == ""
        assert signed_of(own) is None


@pytest.mark.parametrize("proof", [{}, {"role": "approver"}, {"role": 1, "seq": "x"}])
def test_what_repeats_no_entry(proof: dict[str, object]) -> None:
    found = signed_of(Entry(1, NOW.isoformat(), "approved", "p", {"signed": proof}, "", ""))
    assert found is not None
    assert found.role == "nobody"


def test_the_other_roles_key_is_not_this_ones(home: Path) -> None:
    settings = load_settings(home)
    keys = Keys.of(settings)
    with book_of(home) as book:
        entry = add(book)
    assert "not signed by the applier" in check(entry, keys.signer("applier").verifier)
