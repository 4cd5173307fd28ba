"""Tagwright's plugin API: write a tool in ten minutes (see tools/README.md).

Everything else in this package is internal and may change.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tagwright.errors import (
    ApprovalError,
    BusyError,
    ConfigError,
    DataError,
    MisuseError,
    ProviderError,
    SnapshotError,
    TagwrightError,
    UnknownNameError,
)

if TYPE_CHECKING:
    from tagwright.context import ToolContext
    from tagwright.registry import tool
    from tagwright.results import Period, ToolResult

__version__ = "0.1.0"

__all__ = [
    "ApprovalError",
    "BusyError",
    "ConfigError",
    "DataError",
    "MisuseError",
    "Period",
    "ProviderError",
    "SnapshotError",
    "TagwrightError",
    "ToolContext",
    "ToolResult",
    "UnknownNameError",
    "__version__",
    "tool",
]

_LAZY = {
    "Period": "tagwright.results",
    "ToolContext": "tagwright.context",
    "ToolResult": "tagwright.results",
    "tool": "tagwright.registry",
}


def __getattr__(name: str) -> Any:
    """Load what is slow to import only when it is asked for: ``tagwright --help`` needs none."""
    if name in _LAZY:
        import importlib

        return getattr(importlib.import_module(_LAZY[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
