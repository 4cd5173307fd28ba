"""An alert as a message: what was found, who said what to it, and the buttons for it."""

from __future__ import annotations

import datetime as dt
import json
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from tagwright.blocks import Cell, joined, loaded, sentence
from tagwright.render.slack import slack_messages
from tagwright.render.wording import time_text
from tagwright_agent.slack.receipts import receipt_buttons, receipts_in

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tagwright.blocks import Block

__all__ = ["ANSWERS", "alert_message", "goes_on_message", "is_quiet", "spoken_for"]

ANSWERS = {
    "tagwright_alert_acknowledge": ("acknowledged", "Acknowledge"),
    "tagwright_alert_planned": ("planned", "Planned"),
    "tagwright_alert_snooze": ("snoozed", "Snooze 7 days"),
}
"""Action to what it says and to the button's words."""

_QUIET = {"planned": dt.timedelta(days=30), "snoozed": dt.timedelta(days=7)}
_TWICE = 2
_NAMED = 5


def alert_message(told: Mapping[str, Any], now: dt.datetime) -> dict[str, Any]:
    """The one message of a cause, as ``chat.postMessage`` needs it but the channel.

    Args:
        told: What :mod:`tagwright_agent.slack.tell` keeps of it.
        now: Aware.
    """
    *said, receipts = loaded(told["blocks"])  # the last names them: here a button shows them
    message = slack_messages([*said, *_state(told, now)])[0]
    buttons = [*_buttons(told, now), *receipt_buttons(receipts_in([*said, receipts]))]
    row = [{"type": "actions", "elements": buttons}] if buttons else []
    return {**message, "blocks": [*message["blocks"], *row]}


def goes_on_message(told: Mapping[str, Any]) -> dict[str, Any]:
    """What is said in its thread where the quiet time is over and it is not."""
    what = str(told["answer"]["what"])
    message: dict[str, Any] = slack_messages(
        [sentence(Cell(value=told["headline"], kind="name"),
                  f". It was {what}, and it goes on; the figures above are new.")]
    )[0]  # fmt: skip
    return message


def spoken_for(told: Mapping[str, Any]) -> dt.datetime | None:
    """Until when somebody wants quiet about it; None where nobody does."""
    answer = told.get("answer") or {}
    if answer.get("woken") or answer.get("what") not in _QUIET:
        return None
    return dt.datetime.fromisoformat(answer["at"]) + _QUIET[answer["what"]]


def is_quiet(told: Mapping[str, Any], now: dt.datetime) -> bool:
    """Whether nothing is said of it now: the time is not over, and it has not doubled since."""
    until = spoken_for(told)
    if until is None or now >= until:
        return False
    then = Decimal(str(told["answer"]["amount"]))
    return then <= 0 or Decimal(str(told["amount"])) < then * _TWICE


def _state(told: Mapping[str, Any], now: dt.datetime) -> Iterator[Block]:
    if answer := told.get("answer"):
        by: list[str | Cell] = [
            Cell(value=answer["by"], kind="name"),
            f", {time_text(answer['at'][:10])}",
        ]
        until = spoken_for(told)
        quiet = is_quiet(told, now) and until is not None and not told.get("ended")
        more = (
            f": quiet until {time_text(f'{until:%Y-%m-%d}')}, or until it has doubled."
            if quiet
            else "."
        )
        yield sentence(f"{str(answer['what']).capitalize()} by ", by, more)
    if told.get("gone"):
        yield sentence(f"It is over: not found any more since {time_text(str(told['gone']))}.")
    if more_of := told.get("more"):
        names = [Cell(value=name, kind="name") for name in more_of[:_NAMED]]
        rest = f" and {len(more_of) - _NAMED} others" if len(more_of) > _NAMED else ""
        yield sentence(
            "More was found today, and is not told one by one: ", joined(names), f"{rest}. All: ",
            Cell(value="tagwright alerts check", kind="code"), ".",
        )  # fmt: skip


def _buttons(told: Mapping[str, Any], now: dt.datetime) -> list[dict[str, Any]]:
    """None of them where it is over, or where somebody has asked for quiet."""
    if told.get("ended") or is_quiet(told, now):
        return []
    said = (told.get("answer") or {}).get("what")
    value = json.dumps({"key": told["key"], "as": told["as"], "team": told["team"]})
    return [
        {
            "type": "button", "action_id": action, "value": value,
            "text": {"type": "plain_text", "text": label, "emoji": False},
        }
        for action, (what, label) in ANSWERS.items()
        if what != said or what != "acknowledged"
    ]  # fmt: skip
