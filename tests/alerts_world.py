"""Bills with something to tell in them."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sample_home import charge

FIRST = dt.date(2026, 7, 1)
SEARCH = {"team": "search"}


def daily(
    cost: str, start: dt.date, days: int, tags: dict[str, str] | None = None, **columns: Any
) -> list[dict[str, Any]]:
    """A charge a day."""
    more = {"ServiceName": "Amazon EC2", "ServiceProviderName": "AWS", **columns}
    return [
        charge(cost, str(start + dt.timedelta(days=n)), Tags=SEARCH if tags is None else tags,
               ResourceId=columns.get("ResourceId", "i-1"), **{
                   name: value for name, value in more.items() if name != "ResourceId"})
        for n in range(days)
    ]  # fmt: skip
