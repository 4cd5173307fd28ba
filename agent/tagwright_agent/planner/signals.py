"""What the words of a question pointed at, before anything is decided."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

__all__ = ["Signals"]


@dataclass
class Signals:
    """What a question's words pointed at; see :mod:`tagwright_agent.planner.parse`."""

    also: bool = False
    instead: bool = False
    opened: bool = False
    said_cost: bool = False
    length: int = 0
    compare: bool = False
    unit: str = ""
    metric: str = ""
    moved: bool = False
    than: bool = False
    periods: int = 0
    how_many: bool = False
    listing: bool = False
    propose: bool = False
    plans: bool = False
    fresh: bool = False
    by_resources: bool = False
    share_at: int = -1
    coverage: bool = False
    untagged: bool = False
    tag_keys: bool = False
    explain: bool = False
    trend: bool = False
    describe: bool = False
    limited: bool = False
    fragment: bool = False
    nulls: list[str] = field(default_factory=list)
    grains: list[str] = field(default_factory=list)
    groups: list[str] = field(default_factory=list)
    places: dict[str, int] = field(default_factory=dict)
    part_first: bool = False
    workloads: bool = False
    units: Literal["", "unit", "margin", "allocate"] = ""
    average: bool = False
