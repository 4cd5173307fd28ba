"""Ids that a question may hold: of plans, accounts and resources. They need no catalogue."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tagwright_agent.planner.reading import Reading
    from tagwright_agent.planner.slots import Slots

__all__ = ["ACCOUNT_ID", "ARN", "take_identifiers"]

_PLAN_ID = re.compile(r"(?<!\w)plan[-_](?=[\w-]*\d)[\w-]{4,64}", re.IGNORECASE)
ACCOUNT_ID = re.compile(r"(?<!\w)\d{12}(?!\w)")
ARN = re.compile(r"(?<!\w)arn:aws[\w-]*:[\w:/.@-]+", re.IGNORECASE)


def take_identifiers(reading: Reading, slots: Slots) -> None:
    """A plan's id to its slot, account numbers and ARNs to filters; the tools verify them."""
    if match := reading.consume(_PLAN_ID):
        slots.plan = reading.text[match.start() : match.end()]
    for pattern, name in ((ACCOUNT_ID, "sub_account_id"), (ARN, "resource_id")):
        if found := reading.consume_all(pattern):
            values = [reading.text[m.start() : m.end()].rstrip(".,") for m in found]
            slots.filters.append({"dimension": name, "op": "in", "values": values})
