"""What is said goes out once each, in order, also where the process dies in between.

Slack has no key that would make a message of it once. So each carries its question's key in its
metadata, and before anything is posted again the thread is read back: what is there already is
not said twice. An answer that was streamed (:mod:`tagwright_agent.slack.stream`) has a message
already: that one is made to say the answer, as often as is needed.

Sources: https://docs.slack.dev/messaging/message-metadata ,
https://docs.slack.dev/reference/methods/chat.stopStream ,
https://docs.slack.dev/reference/methods/conversations.replies and
https://docs.slack.dev/apis/web-api/rate-limits .
"""

from __future__ import annotations

import hashlib
import json
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tagwright.render.slack import text_messages
from tagwright.state import jobs

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator

    from slack_sdk import WebClient
    from slack_sdk.errors import SlackApiError

    from tagwright.state import State
    from tagwright.state.jobs import Job
    from tagwright_agent.slack.arrivals import Arrival

__all__ = [
    "BLOCKS_REFUSED", "LaterError", "NeverError", "begun", "deliver", "fault_of", "mark_of",
    "withdraw",
]  # fmt: skip

_LOG = logging.getLogger("tagwright.slack")

EVENT = "tagwright_answer"

BLOCKS_REFUSED = {
    "invalid_blocks", "invalid_blocks_format", "msg_blocks_too_long", "msg_too_long",
}  # fmt: skip
"""Errors after which the same is said as text."""
_LATER = {"ratelimited", "internal_error", "fatal_error", "service_unavailable", "request_timeout",
          "team_added_to_org", "accesslimited", "streaming_state_conflict"}  # fmt: skip
_GONE = {"message_not_found", "cant_update_message", "edit_window_closed"}
"""Errors of a message that cannot be made to say anything."""
_PAGE = 200


class LaterError(Exception):
    """Slack cannot be reached, or is busy: to be tried again after so many seconds."""

    def __init__(self, why: str, seconds: float) -> None:
        super().__init__(why)
        self.seconds = seconds


class NeverError(Exception):
    """Slack refuses for good: the channel is gone, the token was revoked."""


@dataclass(frozen=True)
class _Post:
    """A message of an answer; a ``private`` one the person alone sees: it cannot be read back."""

    message: dict[str, Any]
    private: bool


def deliver(  # noqa: PLR0917  what a delivery consists of
    state: State, client: WebClient, job: Job, arrival: Arrival, posted: int, now: dt.datetime
) -> None:
    """Post what the job holds from message ``posted`` on, noting each.

    Args:
        state: Where the job is.
        client: For the workspace.
        job: Its body holds ``say``, the messages, each with ``private``; where the answer was
            streamed also ``stream``, the ts of its message, empty where that is not known.
        arrival: What is answered.
        posted: How many were noted as posted before.
        now: The present.

    Raises:
        LaterError: To be tried again.
        NeverError: It cannot be said there.
        BusyError: Another worker took the job over.
    """
    say = [_Post(one["message"], bool(one.get("private"))) for one in job.body["say"]]
    again = job.attempts > 1 and posted < len(say) and not arrival.response_url
    there = _there(client, arrival) if again else set()
    streamed = posted == 0 and "stream" in job.body
    if streamed and not (say and not say[0].private):
        withdraw(client, arrival, job.body["stream"])
        streamed = False
    for number in range(posted, len(say)):
        if streamed and number == 0 and _ended(client, arrival, job.body["stream"], say[0]):
            pass
        elif number not in there:
            _post(client, arrival, say[number], number)
        job = jobs.keep(state, job, {**job.body, "posted": number + 1}, now)


def _there(client: WebClient, arrival: Arrival) -> set[int]:
    """Numbers of the messages of this answer that stand in the thread already."""
    found: set[int] = set()
    for message in _read_back(client, arrival):
        told = message.get("metadata") or {}
        payload = told.get("event_payload") or {}
        if told.get("event_type") == EVENT and payload.get("question") == arrival.key:
            found.add(int(payload.get("part") or 0))
    return found


def _read_back(client: WebClient, arrival: Arrival) -> Iterator[dict[str, Any]]:
    """What stands where the answer belongs."""
    from slack_sdk.errors import SlackApiError

    cursor = ""
    while True:
        try:
            if arrival.thread_ts:
                reply = client.conversations_replies(
                    channel=arrival.channel, ts=arrival.thread_ts, limit=_PAGE,
                    include_all_metadata=True, cursor=cursor or None,
                )  # fmt: skip
            else:
                reply = client.conversations_history(
                    channel=arrival.channel, oldest=arrival.ts, limit=_PAGE,
                    include_all_metadata=True, cursor=cursor or None,
                )  # fmt: skip
        except SlackApiError as error:
            if error.response.get("error") in {"thread_not_found", "missing_scope"}:
                return
            raise fault_of(error) from None
        except OSError as error:
            raise LaterError(type(error).__name__, 5) from None
        yield from reply.get("messages") or []
        cursor = ((reply.get("response_metadata") or {}).get("next_cursor")) or ""
        if not cursor:
            return


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
    for message in _read_back(client, arrival):
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
        if error.response.get("error") not in _GONE:
            raise fault_of(error) from None
    except OSError as error:
        raise LaterError(type(error).__name__, 2) from None


def _ended(client: WebClient, arrival: Arrival, ts: str, post: _Post) -> bool:
    """Make the stream's message the answer's first; False where there is none any more.

    Stopped with the blocks, then updated: a stream takes no ``text``, and one that died (Slack
    ends each after some minutes) can be updated alone. Both may be done again.
    """
    from slack_sdk.errors import SlackApiError

    if not (ts := ts or begun(client, arrival)):
        return False
    where: dict[str, Any] = {"channel": arrival.channel, "ts": ts}
    told = _metadata(arrival, 0)
    try:
        _stop(client, where, post.message, told)
        texts = [_bare(post.message)]
        try:
            client.chat_update(**where, **texts[0], metadata=told)
        except SlackApiError as error:
            if error.response.get("error") not in BLOCKS_REFUSED or "blocks" not in texts[0]:
                raise
            texts = text_messages(post.message)
            client.chat_update(**where, **_bare(texts[0]), blocks=[], metadata=told)
        for message in texts[1:]:
            _call(client, arrival, message, 0, private=False)
    except SlackApiError as error:
        if error.response.get("error") in _GONE:
            return False
        raise fault_of(error) from None
    except OSError as error:
        raise LaterError(type(error).__name__, 2) from None
    return True


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


def _post(client: WebClient, arrival: Arrival, post: _Post, number: int) -> None:
    """One message; where Slack refuses its blocks, the same as text."""
    from slack_sdk.errors import SlackApiError

    try:
        _call(client, arrival, post.message, number, private=post.private)
    except SlackApiError as error:
        if error.response.get("error") not in BLOCKS_REFUSED or "blocks" not in post.message:
            raise fault_of(error) from None
        for message in text_messages(post.message):
            try:
                _call(client, arrival, message, number, private=post.private)
            except SlackApiError as again:
                raise fault_of(again) from None


def _call(
    client: WebClient, arrival: Arrival, message: dict[str, Any], number: int, *, private: bool
) -> None:
    if arrival.response_url:
        _respond(arrival.response_url, message)
        return
    where: dict[str, Any] = {"channel": arrival.channel}
    if arrival.thread_ts:
        where["thread_ts"] = arrival.thread_ts
    try:
        if private:
            client.chat_postEphemeral(**where, user=arrival.user, **_bare(message))
            return
        client.chat_postMessage(**where, **message, metadata=_metadata(arrival, number))
    except OSError as error:  # the connection was lost: it may have been said
        raise LaterError(type(error).__name__, 2) from None


def _respond(url: str, message: dict[str, Any]) -> None:
    """Answer a command, to the person alone; works where the app is no member, for half an hour."""
    from slack_sdk.webhook import WebhookClient

    kept = {key: message[key] for key in ("text", "blocks") if key in message}
    reply = WebhookClient(url, timeout=20).send(**kept, response_type="ephemeral")
    if reply.status_code == 429 or reply.status_code >= 500:
        raise LaterError(f"status {reply.status_code}", 5)
    if reply.status_code != 200:
        raise NeverError(f"the command's answer is not taken ({reply.status_code})")


def _metadata(arrival: Arrival, number: int) -> dict[str, Any]:
    return {"event_type": EVENT, "event_payload": {"question": arrival.key, "part": number}}


def _bare(message: dict[str, Any]) -> dict[str, Any]:
    """Without what only a message that is posted anew, and for all, can have."""
    return {key: value for key, value in message.items() if not key.startswith("unfurl")}


def fault_of(error: SlackApiError) -> LaterError | NeverError:
    """What an error of Slack's means for whether to try again."""
    response: Any = error.response
    code = str(response.get("error") or "unknown") if response is not None else "unknown"
    status = getattr(response, "status_code", 0)
    if status == 429 or code == "ratelimited":
        return LaterError(code, float(response.headers.get("Retry-After") or 30))
    if status >= 500 or code in _LATER:
        return LaterError(code, 10)
    return NeverError(code)
