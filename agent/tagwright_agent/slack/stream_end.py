"""How the stream of an answer ends: as the answer's first message, or taken away.

Sources: https://docs.slack.dev/reference/methods/chat.stopStream ,
https://docs.slack.dev/reference/methods/chat.update and
https://docs.slack.dev/reference/methods/chat.delete .
"""

from __future__ import annotations

import hashlib
import json
import logging
from typing import TYPE_CHECKING, Any

from tagwright.render.slack import text_messages
from tagwright_agent.slack.calls import BLOCKS_REFUSED, GONE, LaterError, fault_of, standing

if TYPE_CHECKING:
    from slack_sdk import WebClient

    from tagwright_agent.slack.arrivals import Arrival

__all__ = ["bare", "begun", "ended", "mark_of", "withdraw"]

_LOG = logging.getLogger("tagwright.slack")


def bare(message: dict[str, Any]) -> dict[str, Any]:
    """Without what only a message that is posted anew, and for all, can have."""
    return {key: value for key, value in message.items() if not key.startswith("unfurl")}


def mark_of(arrival: Arrival) -> str:
    """What the first step of its stream is called: a stream takes no metadata when it begins."""
    return f"tw-{hashlib.sha256(arrival.key.encode()).hexdigest()[:20]}"


def begun(client: WebClient, arrival: Arrival) -> str:
    """The ts of the stream that was begun for it, by whichever process; empty where there is none.

    Raises:
        LaterError: The thread cannot be read now.
        NeverError: It cannot be read.
    """
    mark = mark_of(arrival)
    for message in standing(client, arrival.channel, arrival.thread_ts, arrival.ts):
        if mark in json.dumps(message.get("blocks") or []):
            return str(message["ts"])
    return ""


def withdraw(client: WebClient, arrival: Arrival, ts: str) -> None:
    """Take the message of a stream away: its answer is not said there.

    Raises:
        LaterError: To be tried again.
        NeverError: Slack refuses.
    """
    from slack_sdk.errors import SlackApiError

    if not (ts := ts or begun(client, arrival)):
        return
    try:
        client.chat_delete(channel=arrival.channel, ts=ts)
    except SlackApiError as error:
        if error.response.get("error") not in GONE:
            raise fault_of(error) from None
    except OSError as error:
        raise LaterError(type(error).__name__, 2) from None


def ended(
    client: WebClient, arrival: Arrival, ts: str, message: dict[str, Any], told: dict[str, Any]
) -> list[dict[str, Any]] | None:
    """Make the stream's message the answer's first; None where there is none any more.

    What is left, where Slack refuses the blocks and their text is more than one message, is
    returned: it is posted below.

    Stopped with the blocks, then updated: a stream takes no ``text``, and one that died (Slack
    ends each after some minutes) can be updated alone. Both may be done again.

    Args:
        client: For the workspace.
        arrival: What is answered.
        ts: Of the stream; empty where the process that began it did not come to note it.
        message: What it is to say.
        told: The message's metadata.

    Raises:
        LaterError: To be tried again.
        NeverError: Slack refuses.
    """
    from slack_sdk.errors import SlackApiError

    if not (ts := ts or begun(client, arrival)):
        return None
    where: dict[str, Any] = {"channel": arrival.channel, "ts": ts}
    try:
        _stop(client, where, message, told)
        texts = [bare(message)]
        try:
            client.chat_update(**where, **texts[0], metadata=told)
        except SlackApiError as error:
            if error.response.get("error") not in BLOCKS_REFUSED or "blocks" not in texts[0]:
                raise
            texts = text_messages(message)
            client.chat_update(**where, **bare(texts[0]), blocks=[], metadata=told)
    except SlackApiError as error:
        if error.response.get("error") in GONE:
            return None
        raise fault_of(error) from None
    except OSError as error:
        raise LaterError(type(error).__name__, 2) from None
    return texts[1:]


def _stop(
    client: WebClient, where: dict[str, Any], message: dict[str, Any], told: dict[str, Any]
) -> None:
    """End a stream, with its answer or else bare; whatever is refused, the update says it."""
    from slack_sdk.errors import SlackApiError

    try:
        client.chat_stopStream(**where, blocks=message.get("blocks"), metadata=told)
    except SlackApiError as error:
        if error.response.get("error") not in BLOCKS_REFUSED:
            _LOG.info("A stream was not stopped: %s", error.response.get("error"))
            return
        client.chat_stopStream(**where)
