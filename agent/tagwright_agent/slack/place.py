"""Where a message of ours stands: posted, brought up to date, and found again by its metadata.

Slack has no key that would post a message once. So each carries what it is about, and whoever does
not know whether it was posted reads the place back.

Sources: https://docs.slack.dev/reference/methods/chat.update ,
https://docs.slack.dev/reference/methods/conversations.history and
https://docs.slack.dev/messaging/message-metadata .
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tagwright.render.slack_text import TEXT_ROOM, block_texts
from tagwright_agent.slack.calls import BLOCKS_REFUSED, LaterError, fault_of, standing

if TYPE_CHECKING:
    from collections.abc import Callable

    from slack_sdk import WebClient

__all__ = ["Place"]


@dataclass(frozen=True)
class Place:
    """A thread, or a channel.

    Each method raises LaterError where Slack cannot be reached, NeverError where it refuses.

    Attributes:
        client: For the workspace.
        channel: Its id.
        event: The type of our messages' metadata.
        thread_ts: Of the thread; empty for the channel itself.
        rest: Said below a message whose blocks Slack refuses: where all of it can be read.
    """

    client: WebClient
    channel: str
    event: str
    thread_ts: str = ""
    rest: str = ""

    def post(self, message: dict[str, Any], payload: dict[str, str]) -> str:
        """Post it with that payload; its ts."""
        where: dict[str, Any] = {"channel": self.channel}
        if self.thread_ts:
            where["thread_ts"] = self.thread_ts
        more = {**where, "metadata": {"event_type": self.event, "event_payload": payload}}
        return str(self._said(self.client.chat_postMessage, message, more)["ts"])

    def update(self, ts: str, message: dict[str, Any]) -> None:
        """Make the message say this."""
        manners = {name: value for name, value in message.items() if not name.startswith("unfurl")}
        self._said(self.client.chat_update, manners, {"channel": self.channel, "ts": ts})

    def standing(self, payload: dict[str, str], since: str = "") -> str:
        """The ts of our message with that payload, where it stands there already; else empty.

        Args:
            payload: Of :meth:`post`.
            since: Of a channel, only what was posted after this time (a ts) and all of that; empty
                for the newest messages.
        """
        for message in standing(self.client, self.channel, self.thread_ts, since):
            told = message.get("metadata") or {}
            if told.get("event_type") == self.event and told.get("event_payload") == payload:
                return str(message["ts"])
        return ""

    def _said(
        self, method: Callable[..., Any], message: dict[str, Any], more: dict[str, Any]
    ) -> Any:
        """Slack's answer; where it refuses the blocks, the same as text and without buttons."""
        from slack_sdk.errors import SlackApiError

        try:
            try:
                return method(**message, **more)
            except SlackApiError as error:
                if error.response.get("error") not in BLOCKS_REFUSED:
                    raise
                rest = f"\n{self.rest}"
                text = block_texts(message["blocks"], TEXT_ROOM - len(rest))[0] + rest
                return method(**{**message, "text": text, "blocks": []}, **more)
        except SlackApiError as error:
            raise fault_of(error) from None
        except OSError as error:  # the connection was lost: it may have been said
            raise LaterError(type(error).__name__, 2) from None
