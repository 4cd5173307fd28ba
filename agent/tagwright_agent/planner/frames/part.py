"""Which of two names of a share is the part, and which the whole."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tagwright.lazy import lazy
from tagwright_agent.planner.question import Filter, unsure

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tagwright_agent.planner.reading import Reading
    from tagwright_agent.planner.said import Said

__all__ = ["part_of"]

_GOES = lazy(r"\b(?:is|was|are|were|goes|went|comes?|came|belongs?|account for|mak)\b")
_WITHIN = lazy(
    r"(?:\s+(?:team|cost|costs|spend))?\s+(?:in|within|out of|of|inside|among|as an?|account)\b"
)


def part_of(parts: Sequence[Filter], said: Said, reading: Reading) -> Filter:
    """The part; the other one is the whole.

    Raises:
        Unclear: They are not two.
    """
    placed = [value.dimension for value in said.values]
    first = min(parts, key=lambda f: placed.index(f.dimension) if f.dimension in placed else 99)
    rest = [item for item in parts if item is not first]
    if len(rest) != 1:
        raise unsure("A share of what? Name one part and one whole.")
    if rest[0].op == "is_null" and len(said.values) == 1:
        # "how much of Bedrock has no team": what "of" names first is the whole.
        named = said.values[0].start
        lacking = [x.start for x in reading.labels if x.kind == "filter" and x.start != named]
        return rest[0] if said.share_at <= named < max(lacking, default=0) else first
    return first if _part_first(said, reading) else rest[0]


def _part_first(said: Said, reading: Reading) -> bool:
    """Whether the first of two names is the part: "share of EC2 in AWS", "EC2's share of AWS".

    In "what share of AWS is EC2" it is the whole.
    """
    if len(said.values) < 2:
        return True
    one, two = said.values[0], said.values[1]
    between = reading.lower[one.end : two.start]
    if _GOES.search(between):
        return False
    return one.start < said.share_at or bool(_WITHIN.match(between))
