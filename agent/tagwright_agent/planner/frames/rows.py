"""Which rows of a result are the first: without a value, or in another currency, they stand beside."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tagwright_agent.planner.said import TIMES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tagwright.blocks import Line

__all__ = ["BESIDE", "foremost"]

BESIDE = 5
"""So many rows more are fetched than were asked for."""


def foremost(lines: Sequence[Line], groups: Sequence[str], limit: int) -> list[Line]:
    """The first ``limit`` rows of each currency that have a value of every group.

    Who asks for the three largest teams asks for teams: what has none is shown where it ranks
    among them, and takes no place.
    """
    counts: dict[object, int] = {}
    found: list[Line] = []
    for line in lines:
        currency = line.get("currency")
        if counts.get(currency, 0) >= limit:
            continue
        found.append(line)
        if _named(line, groups):
            counts[currency] = counts.get(currency, 0) + 1
    while found and not _named(found[-1], groups):
        found.pop()
    return found or list(lines[:limit])


def _named(line: Line, groups: Sequence[str]) -> bool:
    return all(line.get(group) is not None for group in groups if group not in TIMES)
