"""What became of a person's plans since they asked last: told once, with their next answer."""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import TYPE_CHECKING

from tagwright.errors import BusyError, UnknownNameError
from tagwright.text import clean, shorten

if TYPE_CHECKING:
    from tagwright.context import ToolContext
    from tagwright.remediation import StoredPlan

__all__ = ["MOST_PEOPLE", "MOST_PLANS", "News"]

MOST_PEOPLE = 1000
MOST_PLANS = 20
"""Of a person, the newest; of the others ``get_plan`` tells."""

_NAME = 60
_WAITS = {"proposed", "approved", "applying"}
_SAYS = {
    "approved": "was approved", "rejected": "was rejected", "expired": "has expired",
    "superseded": "was edited: another plan took its place", "withdrawn": "was withdrawn",
    "applied": "is applied", "partly_applied": "is applied in part",
    "failed": "could not be applied", "rolled_back": "is rolled back",
    "partly_undone": "is rolled back in part",
}  # fmt: skip


class News:
    """The plans that this process proposed for each person, and what they were told of each.

    It is kept in memory: after a restart, or at another replica, ``get_plan`` alone tells. Nothing
    is read for who has proposed nothing.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._people: OrderedDict[str, OrderedDict[str, str]] = OrderedDict()

    def proposed(self, person: str, plan_id: str) -> None:
        """A plan of theirs waits from now on."""
        with self._lock:
            plans = self._people.setdefault(person, OrderedDict())
            self._people.move_to_end(person)
            plans[plan_id] = "proposed"
            if len(plans) > MOST_PLANS:
                plans.popitem(last=False)
            if len(self._people) > MOST_PEOPLE:
                self._people.popitem(last=False)

    def tell(self, ctx: ToolContext) -> list[str]:
        """At most one line, of those that moved since; each move is told to one call.

        A store that is locked keeps nobody from their answer: the next one tells.
        """
        person = ctx.principal.id
        with self._lock:
            known = list(self._people.get(person, ()))
        if not known:
            return []
        from tagwright.people import load_people
        from tagwright.remediation import PlanStore

        store = PlanStore(ctx.state, ctx.settings, load_people(ctx.settings))
        found: dict[str, StoredPlan | None] = {}
        for plan_id in known:
            try:
                found[plan_id] = store.get(plan_id, ctx.now)
            except UnknownNameError:  # the store is another one now
                found[plan_id] = None
            except BusyError:
                return []
        said = [self._moved(person, plan_id, stored) for plan_id, stored in found.items()]
        lines = [line for line in said if line]
        return [f"Since you asked last: {'; '.join(lines)}."] if lines else []

    def _moved(self, person: str, plan_id: str, stored: StoredPlan | None) -> str:
        with self._lock:
            plans = self._people.get(person, OrderedDict())
            before = plans.get(plan_id)
            if stored is None or stored.state not in _WAITS:
                plans.pop(plan_id, None)
            elif before is not None:
                plans[plan_id] = stored.state
            if not plans:
                self._people.pop(person, None)
        if stored is None or before in {None, stored.state} or stored.state not in _SAYS:
            return ""
        decided = stored.decision if stored.state in {"approved", "rejected"} else None
        by = f" by {shorten(clean(decided.by), _NAME)}" if decided else ""
        return f"{clean(plan_id)} {_SAYS[stored.state]}{by}"
