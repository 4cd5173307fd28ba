"""Usage rows from inside an application: tokens, model, latency and business tags of each LLM call.

Never its content: no message, prompt, completion, tool argument, header or key is looked at longer
than it takes to find the usage, and none is written. A call is never changed, blocked or failed by
being watched. See docs/instrument.md; ``tagwright ingest`` reads what is written.

Needs the standard library only. SDKs are recognised by the shape of their clients, not imported.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tagwright.instrument.anthropic_client import instrument_anthropic
    from tagwright.instrument.bedrock import instrument_bedrock
    from tagwright.instrument.httpx_client import httpx_async_hooks, httpx_hooks
    from tagwright.instrument.log import UsageLog
    from tagwright.instrument.openai_client import instrument_openai
    from tagwright.instrument.scope import tags
    from tagwright.instrument.wrap import Handle

__all__ = [
    "Handle",
    "UsageLog",
    "httpx_async_hooks",
    "httpx_hooks",
    "instrument_anthropic",
    "instrument_bedrock",
    "instrument_openai",
    "tags",
]

_HOMES = {
    "Handle": "wrap",
    "UsageLog": "log",
    "httpx_async_hooks": "httpx_client",
    "httpx_hooks": "httpx_client",
    "instrument_anthropic": "anthropic_client",
    "instrument_bedrock": "bedrock",
    "instrument_openai": "openai_client",
    "tags": "scope",
}


def __getattr__(name: str) -> Any:
    """Load only what is asked for: an application seldom has every client."""
    if name in _HOMES:
        import importlib

        found = getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
        globals()[name] = found
        return found
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
