"""Kubernetes usage: what proves its rows written, and all kinds of rows beside charges."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tagwright.ingest.beside import Beside
from tagwright.ingest.usage import USAGE
from tagwright.kubernetes import COLUMNS, COSTS, IDENTITY
from tagwright.usage import COST_SCALE

if TYPE_CHECKING:
    from tagwright.ingest.read import Loaded

__all__ = ["BESIDE", "KUBERNETES"]


def _raw(loaded: Loaded) -> tuple[str, ...]:
    """The shares, and the hours of GPUs."""
    kinds = {**dict.fromkeys(COSTS, COST_SCALE), "gpu_hours": 12}
    return tuple(
        f"COALESCE(sum(CAST({loaded.text(name)} AS DECIMAL(38, {scale}))), 0)"
        for name, scale in kinds.items()
    )


KUBERNETES = Beside(
    name="kubernetes",
    table="kubernetes_usage",
    columns=COLUMNS,
    identity=IDENTITY,
    stored=tuple(f'COALESCE(sum("{name}"), 0)' for name in (*COSTS, "gpu_hours")),
    raw=_raw,
)
"""Rows of the table ``kubernetes_usage``."""

BESIDE: dict[str, Beside] = {kind.name: kind for kind in (USAGE, KUBERNETES)}
"""Kinds of rows that are no charges, by name."""
