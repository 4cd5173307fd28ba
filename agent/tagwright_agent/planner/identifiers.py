"""Ids that a question may hold: of plans, accounts and resources. They need no catalogue."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tagwright_agent.planner.question import Filter

if TYPE_CHECKING:
    from tagwright_agent.planner.reading import Reading

__all__ = ["ACCOUNT_ID", "ARN", "PLAN_ID", "take_identifiers"]

PLAN_ID = re.compile(r"(?<!\w)plan[-_](?=[\w-]*\d)[\w-]{2,64}", re.IGNORECASE)
ACCOUNT_ID = re.compile(r"(?<!\w)\d{12}(?!\w)")
ARN = re.compile(r"(?<!\w)arn:aws[\w-]*:[\w:/.@-]+", re.IGNORECASE)


def take_identifiers(reading: Reading) -> list[Filter]:
    """Account numbers and ARNs as filters; the tools verify them."""
    filters = []
    for pattern, name in ((ACCOUNT_ID, "sub_account_id"), (ARN, "resource_id")):
        if found := reading.consume_all(pattern, "filter"):
            values = tuple(reading.text[m.start() : m.end()].rstrip(".,") for m in found)
            filters.append(Filter(dimension=name, values=values))
    return filters
