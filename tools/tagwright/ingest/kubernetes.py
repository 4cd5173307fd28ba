"""Kubernetes usage: what proves its rows written, and all kinds of rows beside charges."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tagwright.ingest.kinds import Kind
from tagwright.ingest.usage import USAGE
from tagwright.kubernetes import COLUMNS, COSTS, IDENTITY, WINDOW
from tagwright.usage import COST_SCALE

if TYPE_CHECKING:
    from tagwright.ingest.read import Loaded

__all__ = ["KINDS", "KUBERNETES"]

_PROVEN = {
    **dict.fromkeys((*COSTS, "total_cost"), COST_SCALE),
    **dict.fromkeys(("cpu_core_hours", "ram_byte_hours", "gpu_hours"), 12),
}
"""Columns whose sums are proven, and their decimals."""


def _raw(loaded: Loaded) -> tuple[str, ...]:
    """The shares, their totals, and the hours."""
    return tuple(
        f"COALESCE(sum(CAST({loaded.text(name)} AS DECIMAL(38, {scale}))), 0)"
        for name, scale in _PROVEN.items()
    )


KUBERNETES = Kind(
    name="kubernetes",
    table="kubernetes_usage",
    columns=COLUMNS,
    identity=IDENTITY,
    whole=WINDOW,
    stored=tuple(f'COALESCE(sum("{name}"), 0)' for name in _PROVEN),
    raw=_raw,
)
"""Rows of the table ``kubernetes_usage``."""

KINDS: dict[str, Kind] = {kind.name: kind for kind in (USAGE, KUBERNETES)}
"""Kinds of rows that are no charges, by name."""
