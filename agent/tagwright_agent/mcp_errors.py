"""A failed MCP call as the error that the tool raised, as far as the wire carries it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mcp.types import TextContent

from tagwright import errors
from tagwright.errors import TagwrightError, UnknownNameError
from tagwright.text import clean, shorten

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mcp.types import CallToolResult

__all__ = ["raised_by"]

_KINDS: dict[str, type[TagwrightError]] = {
    name: getattr(errors, name) for name in errors.__all__ if name != "UnknownNameError"
}
_LIMIT = 2000
_NAMES = 20


def raised_by(answer: CallToolResult) -> TagwrightError:
    """The error of an answer with ``is_error``.

    Another server's error, or one of a kind that is not known here, is a plain
    :class:`TagwrightError` with its text. What arrives is cleaned and cut: it came over a wire.
    """
    from tagwright_mcp.calls import ERROR_META

    told = (answer.meta or {}).get(ERROR_META)
    if not isinstance(told, dict) or not isinstance(told.get("message"), str):
        text = " ".join(block.text for block in answer.content if isinstance(block, TextContent))
        return TagwrightError(_short(text) or "The tool failed and did not say why.")
    message, hint = _short(told["message"]), _short(told.get("hint"))
    if told.get("type") == "UnknownNameError":
        return _unknown_name(told, message, hint)
    return _KINDS.get(str(told.get("type")), TagwrightError)(message, hint=hint)


def _unknown_name(told: Mapping[str, Any], message: str, hint: str) -> UnknownNameError:
    listed = told.get("nearest")
    nearest = [_short(name) for name in listed[:_NAMES]] if isinstance(listed, list) else []
    error = UnknownNameError(_short(told.get("kind")), _short(told.get("name")), nearest)
    # The constructor words both anew; what the tool said is kept.
    error.message, error.hint = message, hint
    return error


def _short(value: object) -> str:
    text = value if isinstance(value, str) else ""
    return shorten(text, _LIMIT) if len(text) > _LIMIT else clean(text)
