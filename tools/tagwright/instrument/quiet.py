"""Our own failures: said once, and never the caller's."""

from __future__ import annotations

import logging
from contextlib import suppress
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["error_type", "quietly", "warn"]

_LOGGER = logging.getLogger("tagwright.instrument")
_T = TypeVar("_T")
_said = False
_LONGEST = 200


def quietly(default: _T, work: Callable[..., _T], *args: Any, **named: Any) -> _T:
    """What ``work`` returns, or ``default`` if it fails.

    The first failure of the process is logged by its type alone: a message may quote content.
    """
    global _said  # noqa: PLW0603
    try:
        return work(*args, **named)
    except Exception as error:  # noqa: BLE001
        if not _said:
            _said = True
            warn(
                "A call's usage could not be logged (%s). The call itself is not affected; further "
                "failures of this kind are not reported.",
                error_type(error),
            )
        return default


def warn(text: str, *args: object) -> None:
    """Log a warning; whatever the application's log handlers do."""
    with suppress(Exception):
        _LOGGER.warning(text, *args)


def error_type(error: BaseException) -> str:
    """OpenTelemetry's ``error.type``: a vendor's error code, or the exception's qualified name."""
    response = getattr(error, "response", None)
    if isinstance(response, dict):  # botocore's ClientError
        code = (response.get("Error") or {}).get("Code")
        if isinstance(code, str) and code:
            return code[:_LONGEST]
    kind = type(error)
    if kind.__module__ == "builtins":
        return kind.__qualname__
    return f"{kind.__module__}.{kind.__qualname__}"[:_LONGEST]
