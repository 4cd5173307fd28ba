"""Ids that a question may hold: of plans, accounts and resources. They need no catalogue."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tagwright.lazy import lazy
from tagwright_agent.planner.link import Mention

if TYPE_CHECKING:
    from tagwright_agent.planner.reading import Reading

__all__ = ["ACCOUNT_ID", "ARN", "PLAN_ID", "take_identifiers"]

PLAN_ID = lazy(r"(?<!\w)plan[-_](?=[\w-]*\d)[\w-]{2,64}", re.IGNORECASE)
ACCOUNT_ID = lazy(r"(?<!\w)\d{12}(?!\w)")
ARN = lazy(r"(?<!\w)arn:aws[\w-]*:[\w:/.@-]+", re.IGNORECASE)


def take_identifiers(reading: Reading) -> list[Mention]:
    """Account numbers and ARNs as values of their dimensions; the tools verify them."""
    found = []
    for pattern, name in ((ACCOUNT_ID, "sub_account_id"), (ARN, "resource_id")):
        for match in reading.consume_all(pattern, "filter"):
            value = reading.text[match.start() : match.end()].rstrip(".,")
            found.append(Mention(*match.span(), name, (value,)))
    return found
