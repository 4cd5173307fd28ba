"""A person's direct messages with the app: for what is theirs alone, and where a channel is shut.

Source: https://docs.slack.dev/reference/methods/conversations.open .
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tagwright.blocks import sentence
from tagwright.render.slack import slack_messages
from tagwright_agent.slack.calls import LaterError, fault_of
from tagwright_agent.slack.place import Place

if TYPE_CHECKING:
    from slack_sdk import WebClient

    from tagwright_agent.slack.arrivals import Arrival
    from tagwright_agent.slack.calls import NeverError

__all__ = ["direct_channel", "explain"]

_SHUT = {
    "channel_not_found", "is_archived", "not_in_channel", "restricted_action",
    "restricted_action_read_only_channel", "restricted_action_thread_only_channel",
    "user_not_in_channel",
}  # fmt: skip
"""Errors of a channel in which nothing can be said, while the person can be told elsewhere."""
_EVENT = "tagwright_shut"


def direct_channel(client: WebClient, user: str) -> str:
    """The channel of their direct messages.

    Raises:
        LaterError: Slack cannot be reached.
        NeverError: Slack refuses for good.
    """
    from slack_sdk.errors import SlackApiError

    try:
        reply = client.conversations_open(users=user)
    except SlackApiError as error:
        raise fault_of(error) from None
    except OSError as error:
        raise LaterError(type(error).__name__, 2) from None
    return str((reply.get("channel") or {}).get("id") or "")


def explain(client: WebClient, arrival: Arrival, why: NeverError, *, again: bool) -> None:
    """Tell who asked, in their direct messages, that the channel takes no answer; without figures.

    Args:
        client: For the workspace.
        arrival: What could not be answered there.
        why: What Slack said.
        again: It may have been told before.

    Raises:
        LaterError: Slack cannot be reached.
        NeverError: It cannot be told there either.
    """
    if str(why) not in _SHUT or arrival.direct or arrival.kind not in {"question", "action"}:
        return
    place = Place(client, direct_channel(client, arrival.user), _EVENT)
    payload = {"question": arrival.key}
    if again and place.standing(payload):
        return
    (message,) = slack_messages([
        sentence(
            f"Slack does not let me answer in the channel where you asked ({why}). Invite the "
            "app there and ask again, or ask here."
        )
    ])  # fmt: skip
    place.post(message, payload)
