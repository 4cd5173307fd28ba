"""What the journal's entries make of each plan, worked out without the store's own copy of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tagwright.remediation.approver import LIVE
from tagwright.remediation.rows import ItemState
from tagwright.remediation.word import DECISIONS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tagwright.remediation.rows import StoredPlan
    from tagwright.state import Entry

__all__ = ["Told", "told_of"]

_PENDING = ItemState("pending")


@dataclass
class Told:
    """A plan as the entries tell of it.

    Attributes:
        state: As in the store.
        decision: The entry that decided it; None where none did.
        items: How far each has come; those left out are pending.
    """

    state: str
    decision: Entry | None = None
    items: dict[int, ItemState] = field(default_factory=dict)

    def fault(self, stored: StoredPlan) -> str:
        """What the stored plan says otherwise; empty where nothing."""
        there = dict(enumerate(stored.items))
        for position, item in there.items():
            said = self.items.get(position, _PENDING)
            if item != said:
                if item.state == said.state:
                    return f"gives another reason or number of tries for change {position + 1}"
                return (
                    f"says that change {position + 1} is {item.state}; the journal says "
                    f"{said.state}"
                )
        if stored.state != self.state:
            return f"is {stored.state} in the store; the journal says {self.state}"
        return self._fault_of_decision(stored)

    def _fault_of_decision(self, stored: StoredPlan) -> str:
        there, said = stored.decision, self.decision
        if said is None:
            return (
                f"is decided by {there.by} in the store; the journal says nobody" if there else ""
            )
        if there is None:
            return f"is decided by nobody in the store; the journal says {said.body.get('by')}"
        word = "approved" if there.decision == "approve" else "rejected"
        shown = (word, there.by, there.channel, there.digest, there.reason, there.at)
        wanted = [said.body.get(name) for name in ("by", "channel", "digest", "reason")]
        if shown != (said.event, *wanted, said.moment):
            return f"is {word} by {there.by} in the store; the journal says otherwise"
        return ""

    def tell(self, entry: Entry) -> None:
        """What an entry of this plan makes of it."""
        if entry.event in DECISIONS and self.state == "proposed":
            self.state, self.decision = entry.event, entry
        elif entry.event == "superseded" or (entry.event == "withdrawn" and self.state in LIVE):
            self.state = entry.event
        elif entry.event == "claimed":
            self.state = "applying"
        elif entry.event == "intent":
            for position in entry.body["items"]:
                old = self.items.get(position, _PENDING)
                self.items[position] = ItemState(old.state, old.detail, old.attempts + 1)
        elif entry.event == "outcome":
            self.note(entry.body["items"])
        elif entry.event in {"finished", "released"}:
            self.state = entry.body.get("state") or self.state

    def note(self, outcomes: Mapping[str, Sequence[str]]) -> None:
        """What became of items: position to state and detail."""
        for position, (state, detail) in outcomes.items():
            old = self.items.get(int(position), _PENDING)
            self.items[int(position)] = ItemState(state, detail, old.attempts)


def told_of(entries: Sequence[Entry]) -> dict[str, Told]:
    """By id, each plan that these entries propose or undo with; of a journal without faults."""
    found: dict[str, Told] = {}
    for entry in entries:
        plan_id = entry.plan_id or ""
        if entry.event == "proposed":
            found.setdefault(plan_id, Told("proposed"))
        elif entry.event == "undo":
            found.setdefault(plan_id, Told("approved"))
        if plan_id in found:
            found[plan_id].tell(entry)
        if (parent := found.get(str(entry.body.get("parent")))) is not None:
            parent.note(entry.body.get("parent_items", {}))
            if entry.event == "claimed":
                parent.state = "partly_undone"
            parent.state = entry.body.get("parent_state") or parent.state
    return found
