"""What an entry of the applier's book makes of a plan: the same in the book and in the store.

What people see of a plan's progress is derived from the signed entries by this function alone, so
that the two cannot differ by more than the entries that are not copied yet.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import update

from tagwright.remediation.plan import Plan
from tagwright.remediation.rows import insert_plan, plan_at, read_plan
from tagwright.state.tables import items, plans

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from sqlalchemy import Connection

    from tagwright.proof import Book
    from tagwright.state import Entry

__all__ = ["recorder"]


def recorder(book: Book) -> Callable[[Connection, Entry], None]:
    """The function, for entries of that book."""

    def record(con: Connection, entry: Entry) -> None:
        body, plan_id = entry.body, entry.plan_id or ""
        parent = str(body.get("parent") or "")
        match entry.event:
            case "undo":
                _add_undo(con, book, entry)
            case "claimed":
                _state(con, plan_id, "applying")
                _state(con, parent, "partly_undone")
            case "intent":
                _attempts(con, plan_id, body["items"], entry.at)
            case "outcome":
                _outcomes(con, plan_id, body["items"], entry.at)
                _outcomes(con, parent, body.get("parent_items", {}), entry.at)
                _state(con, parent, body.get("parent_state"))
            case "finished" | "released":
                _state(con, plan_id, body.get("state"))
                _state(con, parent, body.get("parent_state"))

    return record


def _state(con: Connection, plan_id: str, state: str | None) -> None:
    if plan_id and state:
        con.execute(update(plans).where(plans.c.id == plan_id).values(state=state))


def _attempts(con: Connection, plan_id: str, positions: Sequence[int], at: str) -> None:
    con.execute(
        update(items)
        .where(items.c.plan_id == plan_id, items.c.position.in_(positions))
        .values(attempts=items.c.attempts + 1, changed_at=at)
    )


def _outcomes(
    con: Connection, plan_id: str, outcomes: Mapping[str, Sequence[str]], at: str
) -> None:
    for position, (state, detail) in outcomes.items():
        con.execute(
            update(items)
            .where(items.c.plan_id == plan_id, items.c.position == int(position))
            .values(state=state, detail=detail, changed_at=at)
        )


def _add_undo(con: Connection, book: Book, entry: Entry) -> None:
    plan = Plan.model_validate(entry.body["plan"])
    if plan.parent_id and not plan_at(con, plan.parent_id):
        # Somebody took it out of the store: what was written can be undone all the same.
        with book.state.reading() as own:
            parent = read_plan(own, plan.parent_id)
        if parent is not None:
            insert_plan(con, parent.plan, parent.state, entry.moment)
    if not plan_at(con, plan.id):
        insert_plan(con, plan, "approved", entry.moment)
