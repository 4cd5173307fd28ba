"""What one AI workload is, how it scales, and which telemetry speaks of it.

A workload is what a person would name: an endpoint, a group of machines, a model in an account, an
inference profile, a family of jobs. :mod:`.identity` finds its name in what a bill says of a
charge, :mod:`.statement` adds up the charges of each, :mod:`.scaling` reads how it scales out of
the sums, :mod:`.telemetry` sets usage rows beside it.
"""

from __future__ import annotations

from tagwright.workloads.identity import group_tags
from tagwright.workloads.scaling import scaling
from tagwright.workloads.statement import COLUMNS, measure, names_only
from tagwright.workloads.telemetry import USAGE_SQL, Telemetry, matched

__all__ = [
    "COLUMNS",
    "USAGE_SQL",
    "Telemetry",
    "group_tags",
    "matched",
    "measure",
    "names_only",
    "scaling",
]
