"""The frames that are known here: ours, then those of other packages."""

from __future__ import annotations

from functools import lru_cache
from importlib.metadata import entry_points

from tagwright_agent.planner.frame import Frame
from tagwright_agent.planner.frames import (
    allocation,
    by_name,
    changes,
    costs,
    coverage,
    data,
    fixes,
    owners,
    plans,
    prices,
    talk,
    units,
    workloads,
)

__all__ = ["OURS", "frame_of_tool", "frames"]

_OURS = (talk, by_name, fixes, plans, prices, workloads, allocation, owners, changes, coverage,
         units, data, costs)  # fmt: skip
OURS = frozenset(module.FRAME.name for module in _OURS)


@lru_cache(maxsize=1)
def frames() -> dict[str, Frame]:
    """By name, in the order in which they are tried; ours are not replaced by others."""
    found = {module.FRAME.name: module.FRAME for module in _OURS}
    for point in entry_points(group="tagwright.frames"):
        frame = point.load()
        if isinstance(frame, Frame) and frame.name not in found:
            found = {frame.name: frame, **found}
    return found


def frame_of_tool(tool: str) -> Frame | None:
    """The frame that reads calls of a tool back."""
    return next((f for f in frames().values() if f.tool == tool and f.back is not None), None)
