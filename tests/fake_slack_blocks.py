"""What Slack refuses of a message, by its documents."""

from __future__ import annotations

from typing import Any

__all__ = ["refused_message"]


def refused_message(body: dict[str, Any]) -> str:
    """Why Slack does not take a message's text and blocks."""
    if not body.get("text"):
        return "no_text"
    if len(body["text"]) > 40_000:
        return "msg_too_long"
    blocks = body.get("blocks") or []
    return "invalid_blocks" if len(blocks) > 50 or any(map(_wrong, blocks)) else ""


def _wrong(block: dict[str, Any]) -> bool:
    """Whether a row of buttons is not as Slack's documents have it."""
    elements = block.get("elements", [])
    if block["type"] == "context_actions":
        return len(elements) not in range(1, 6) or not all(map(_is_feedback, elements))
    if block["type"] == "actions":
        ids = [one.get("action_id") for one in elements]
        return len(ids) not in range(1, 26) or len({*ids}) < len(ids) or not all(
            len(one["value"]) <= 2000 and len(one["text"]["text"]) <= 75 for one in elements
        )  # fmt: skip
    return False


def _is_feedback(element: dict[str, Any]) -> bool:
    pair = [element.get("positive_button") or {}, element.get("negative_button") or {}]
    return element.get("type") == "feedback_buttons" and all(
        one.get("text", {}).get("type") == "plain_text"
        and 0 < len(one["text"]["text"]) <= 75
        and 0 < len(one.get("value", "")) <= 2000
        for one in pair
    )
