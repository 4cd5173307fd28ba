"""What plugins build on: these names, and no others, stay as they are between minor versions.

============  =================================================================================
a tool        ``tool``, ``ToolContext``, ``ToolResult``, ``Period``, ``amount``, ``ratio``,
              ``totals_by_currency``; entry point ``tagwright.tools`` (tools/README.md)
a source      ``Source``, ``Head``, ``Staged``, ``sql_text``; entry point ``tagwright.sources``
              (docs/write-a-source.md)
a connector   ``Connector``, ``Section``, ``Job``, ``replace_file``; entry point
              ``tagwright.connectors`` (docs/write-a-connector.md)
a command     a click command; ``Settings``, ``load_settings``, ``open_context``, ``run_tool``,
              ``load_registry``; entry point ``tagwright.commands``
faults        the errors of :mod:`tagwright.errors`
============  =================================================================================

Every other module may change with any version. Nothing is imported before it is asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tagwright.config import Settings, load_settings
    from tagwright.connectors.model import Connector, Job, Section
    from tagwright.context import ToolContext, open_context
    from tagwright.errors import (
        AccessError,
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
    from tagwright.files import replace_file
    from tagwright.money import decimal_text as amount
    from tagwright.money import ratio_text as ratio
    from tagwright.receipts import run_tool
    from tagwright.registry import load_registry, tool
    from tagwright.results import Period, ToolResult, totals_by_currency
    from tagwright.sources.head import sql_text
    from tagwright.sources.model import Head, Source, Staged

__all__ = [
    "AccessError",
    "ApprovalError",
    "BusyError",
    "ConfigError",
    "Connector",
    "DataError",
    "Head",
    "Job",
    "MisuseError",
    "Period",
    "ProviderError",
    "Section",
    "Settings",
    "SnapshotError",
    "Source",
    "Staged",
    "TagwrightError",
    "ToolContext",
    "ToolResult",
    "UnknownNameError",
    "amount",
    "load_registry",
    "load_settings",
    "open_context",
    "ratio",
    "replace_file",
    "run_tool",
    "sql_text",
    "tool",
    "totals_by_currency",
]

_WHERE = {
    "tagwright.config": "Settings load_settings",
    "tagwright.files": "replace_file",
    "tagwright.connectors.model": "Connector Job Section",
    "tagwright.context": "ToolContext open_context",
    "tagwright.errors": "AccessError ApprovalError BusyError ConfigError DataError MisuseError "
    "ProviderError "
    "SnapshotError TagwrightError UnknownNameError",
    "tagwright.money": "amount=decimal_text ratio=ratio_text",
    "tagwright.receipts": "run_tool",
    "tagwright.registry": "load_registry tool",
    "tagwright.results": "Period ToolResult totals_by_currency",
    "tagwright.sources.head": "sql_text",
    "tagwright.sources.model": "Head Source Staged",
}
_FROM = {
    name.partition("=")[0]: (module, name.rpartition("=")[2])
    for module, names in _WHERE.items()
    for name in names.split()
}


def __getattr__(name: str) -> Any:
    """The name, from the module that defines it."""
    if name not in _FROM:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    import importlib

    module, own = _FROM[name]
    return getattr(importlib.import_module(module), own)
