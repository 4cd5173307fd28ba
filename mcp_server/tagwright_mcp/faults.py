"""What is said of an unexpected exception: its kind and place, never its text.

The text may hold a secret or whatever a bill says; a place is a module and a line.
"""

from __future__ import annotations

from typing import Any

__all__ = ["internal_error", "place_of"]


def place_of(error: BaseException) -> str:
    """``module:line`` where it was raised; ``unknown`` where Python does not say."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    if trace is None:
        return "unknown"
    return f"{trace.tb_frame.f_globals.get('__name__')}:{trace.tb_lineno}"


def internal_error(what: str, error: BaseException) -> dict[str, Any]:
    """The error as every other is sent, of the type ``InternalError``.

    Args:
        what: What failed, as the beginning of a sentence.
        error: What was raised.
    """
    return {
        "type": "InternalError",
        "message": f"{what} failed: {type(error).__name__} at {place_of(error)}.",
        "hint": "This is a fault in the tool or in Tagwright, not in the question.",
    }
