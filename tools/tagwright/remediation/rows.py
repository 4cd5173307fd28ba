"""Plans as rows of the state store, and back."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from tagwright.errors import DataError
from tagwright.remediation.plan import Plan
from tagwright.text import clean, shorten

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection, RowMapping

    from tagwright.state import Entry

__all__ = [
    "Decision",
    "ItemState",
    "StoredPlan",
    "as_of",
    "clock_text",
    "insert_decision",
    "insert_plan",
    "move",
    "plan_at",
    "plan_ids",
    "read_plan",
    "short",
    "too_late",
]


@dataclass(frozen=True)
class Decision:
    """What a person decided.

    Attributes:
        decision: ``approve`` or ``reject``.
        by: Principal id.
        channel: Where.
        at: Aware UTC.
        digest: Of the plan they were shown.
        reason: In their words.
    """

    decision: Literal["approve", "reject"]
    by: str
    channel: str
    at: dt.datetime
    digest: str
    reason: str


@dataclass(frozen=True)
class ItemState:
    """How far an item has come.

    Attributes:
        state: ``pending``, ``applied``, ``already``, ``unverified`` (sent, not confirmed),
            ``drift``, ``refused``, ``unsupported``, ``failed``, or ``undone`` by a rollback.
        detail: Why, in words.
        attempts: Calls that tried to write it.
    """

    state: str
    detail: str = ""
    attempts: int = 0


@dataclass(frozen=True)
class StoredPlan:
    """A plan and how far it has come.

    Attributes:
        plan: The plan, as proposed.
        state: See the module.
        digest: As stored when it was proposed.
        decision: None while nobody has decided.
        items: One state an item, in the plan's order.
        intact: Whether the stored plan still has the stored digest.
    """

    plan: Plan
    state: str
    digest: str
    decision: Decision | None = None
    items: list[ItemState] = field(default_factory=list)
    intact: bool = True

    def counts(self) -> dict[str, int]:
        """How many items are in each state."""
        found: dict[str, int] = {}
        for item in self.items:
            found[item.state] = found.get(item.state, 0) + 1
        return found


def insert_plan(con: Connection, plan: Plan, state: str, now: dt.datetime) -> None:
    """Add the plan, with every item pending."""
    from tagwright.state.tables import items, plans

    con.execute(
        plans.insert().values(
            id=plan.id,
            kind=plan.kind,
            state=state,
            digest=plan.digest,
            created_at=plan.created_at.isoformat(),
            expires_at=plan.expires_at.isoformat(),
            parent_id=plan.parent_id,
            body=plan.canonical().decode(),
        )
    )
    con.execute(
        items.insert(),
        [
            {"plan_id": plan.id, "position": number, "state": "pending", "detail": "",
             "attempts": 0, "changed_at": now.isoformat()}
            for number in range(len(plan.items))
        ],
    )  # fmt: skip


def insert_decision(con: Connection, entry: Entry) -> None:
    """What the approver signed, for people to look at.

    Where a row stands there already somebody put it there: it stays, for the journal's check to
    tell of, and nothing that is signed is kept from being copied by it.
    """
    from sqlalchemy import select

    from tagwright.state.tables import decisions

    there = select(decisions.c.plan_id).where(decisions.c.plan_id == entry.plan_id)
    if con.execute(there).first() is not None:
        return
    con.execute(
        decisions.insert().values(
            plan_id=entry.plan_id,
            digest=entry.body["digest"],
            decision="approve" if entry.event == "approved" else "reject",
            by=entry.body["by"],
            channel=entry.body["channel"],
            decided_at=entry.at,
            reason=entry.body["reason"],
        )
    )


def move(con: Connection, plan_id: str, before: Sequence[str], after: str) -> bool:
    """Change the state in one statement; False where it is not one of ``before``."""
    from sqlalchemy import update

    from tagwright.state.tables import plans

    changed = con.execute(
        update(plans).where(plans.c.id == plan_id, plans.c.state.in_(before)).values(state=after)
    )
    return changed.rowcount == 1


def plan_ids(con: Connection) -> list[str]:
    """Every plan's id."""
    from sqlalchemy import select

    from tagwright.state.tables import plans

    return list(con.execute(select(plans.c.id)).scalars())


def plan_at(con: Connection, plan_id: str) -> bool:
    """Whether there is a plan of that id."""
    from sqlalchemy import select

    from tagwright.state.tables import plans

    return con.execute(select(plans.c.id).where(plans.c.id == plan_id)).first() is not None


def read_plan(con: Connection, plan_id: str) -> StoredPlan | None:
    """The plan, its decision and its items' states; None where there is none of that id.

    Raises:
        DataError: Its rows are damaged.
    """
    from sqlalchemy import select

    from tagwright.state.tables import decisions, items, plans

    row = con.execute(select(plans).where(plans.c.id == plan_id)).mappings().first()
    if row is None:
        return None
    decided = (
        con.execute(select(decisions).where(decisions.c.plan_id == plan_id)).mappings().first()
    )
    states = con.execute(
        select(items).where(items.c.plan_id == plan_id).order_by(items.c.position)
    ).all()
    try:
        plan, decision = Plan.from_json(row["body"]), _decision(decided)
    except ValueError:  # pydantic's is one
        plan = None
    if plan is None or [state.position for state in states] != list(range(len(plan.items))):
        raise DataError(
            f"Plan {shorten(clean(plan_id), 64)} is damaged in the state store.",
            hint="Restore the store from a backup (docs/state.md), or propose the plan again.",
        )
    return StoredPlan(
        plan=plan,
        state=row["state"],
        digest=row["digest"],
        decision=decision,
        items=[ItemState(state.state, state.detail, state.attempts) for state in states],
        intact=plan.digest == row["digest"] and plan.id == plan_id,
    )


def _decision(row: RowMapping | None) -> Decision | None:
    if row is None:
        return None
    fields: dict[str, Any] = {name: row[name] for name in ("decision", "by", "channel", "digest")}
    return Decision(**fields, at=dt.datetime.fromisoformat(row["decided_at"]), reason=row["reason"])


def as_of(found: StoredPlan, now: dt.datetime | None) -> StoredPlan:
    """The plan as it reads at that moment: what was never applied in time is expired."""
    if (
        now is not None
        and found.state in ("proposed", "approved")
        and (found.plan.kind == "tag" and now >= found.plan.expires_at)
    ):
        return StoredPlan(
            found.plan, "expired", found.digest, found.decision, found.items, found.intact
        )
    return found


def too_late(found: StoredPlan) -> str:
    """Why it cannot be decided any more."""
    if found.decision is not None:
        done = "approved" if found.decision.decision == "approve" else "rejected"
        return f"Plan {found.plan.id} was {done} by {found.decision.by} already."
    return f"Plan {found.plan.id} is {found.state}."


def short(digest: str) -> str:
    """The digest as people compare it: its first twelve digits."""
    return digest.removeprefix("sha256:")[:12]


def clock_text(moment: dt.datetime) -> str:
    """To the minute, in UTC."""
    return f"{moment.astimezone(dt.UTC):%Y-%m-%d %H:%M} UTC"
