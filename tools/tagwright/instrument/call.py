"""One call under way, and the row it becomes."""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from contextvars import ContextVar
from typing import Any, Protocol

from tagwright.instrument.quiet import error_type
from tagwright.instrument.scope import current
from tagwright.instrument.shapes import INPUT, OUTPUT, word

__all__ = ["INSIDE", "NO_USAGE", "SCHEMA", "Call", "Facts", "Log"]

SCHEMA = "tagwright.usage/1"

NO_USAGE = "no_usage_in_response"
"""Why tokens are unknown where nothing more can be said."""

Facts = Mapping[str, int | str]
"""What an answer said of itself, by the names of the row's attributes."""

INSIDE: ContextVar[bool] = ContextVar("tagwright_inside", default=False)
"""Whether a call is watched already further out: an SDK over an HTTP client that is watched too."""


class Log(Protocol):
    """Where rows go: a :class:`UsageLog`, or anything like it."""

    def record(self, row: Mapping[str, Any]) -> None:
        """Take a row."""


class Call:
    """Begins when it is made; :meth:`finish` makes it a row, once."""

    __slots__ = ("_begun", "_log", "_row", "done", "operation")

    def __init__(self, log: Log, provider: str, operation: str, model: object = None) -> None:
        self._log = log
        self.operation = operation
        self.done = False
        self._row: dict[str, Any] = {
            "schema": SCHEMA,
            "start_time": _now(),
            "duration_ms": None,
            "gen_ai.provider.name": provider,
            "gen_ai.operation.name": operation,
            "gen_ai.request.model": word(model),
            **_span(),
            "tags": dict(current()),
        }
        self._begun = time.perf_counter()

    def note(self, name: str, value: object) -> None:
        """Add an attribute, if it is a short text."""
        if (text := word(value)) is not None:
            self._row[name] = text

    def finish(
        self, facts: Facts | None = None, *, unknown: str = NO_USAGE, error: str | None = None
    ) -> None:
        """Log the row; ``unknown`` says why where the tokens are."""
        if self.done:
            return
        self.done = True
        row = self._row
        row["duration_ms"] = round((time.perf_counter() - self._begun) * 1000)
        row[INPUT] = row[OUTPUT] = None
        row.update(facts or {})
        told = row[INPUT] is not None and (
            row[OUTPUT] is not None or self.operation in ("embeddings", "invoke_model")
        )
        if error is not None:
            row["error.type"] = error
        elif not told:
            row["tagwright.usage_unknown"] = unknown
        self._log.record(row)

    def fail(self, error: BaseException) -> None:
        """Log that the call raised."""
        self.finish(error=error_type(error))


def _now() -> str:
    seconds, nanos = divmod(time.time_ns(), 1_000_000_000)
    moment = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds))
    return f"{moment}.{nanos // 1_000_000:03d}Z"


def _span() -> dict[str, str]:
    """Ids of OpenTelemetry's current span, where the application uses OpenTelemetry."""
    trace = sys.modules.get("opentelemetry.trace")
    if trace is None:
        return {}
    with suppress(Exception):  # half imported, or another package of that name
        context = trace.get_current_span().get_span_context()
        if context.is_valid:
            return {"trace_id": f"{context.trace_id:032x}", "span_id": f"{context.span_id:016x}"}
    return {}
