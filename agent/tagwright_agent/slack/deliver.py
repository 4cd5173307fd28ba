"""What is said goes out once each, in order, also where the process dies in between.

Slack has no key that would make a message of it once. So each carries its question's key in its
metadata, and before anything is posted again the thread is read back: what is there already is
not said twice.

Sources: https://docs.slack.dev/messaging/message-metadata ,
https://docs.slack.dev/reference/methods/conversations.replies and
https://docs.slack.dev/apis/web-api/rate-limits .
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tagwright.render.slack import text_messages
from tagwright.state import jobs
from tagwright_agent.slack.calls import (
    BLOCKS_REFUSED,
    LaterError,
    NeverError,
    fault_of,
    seconds_of,
    standing,
)
from tagwright_agent.slack.stream_end import bare, ended, withdraw

if TYPE_CHECKING:
    import datetime as dt

    from slack_sdk import WebClient

    from tagwright.state import State
    from tagwright.state.jobs import Job
    from tagwright_agent.slack.arrivals import Arrival

__all__ = ["deliver", "respond"]

EVENT = "tagwright_answer"


@dataclass(frozen=True)
class _Post:
    """A message of an answer; a ``private`` one the person alone sees: it cannot be read back.

    One that ``replaces`` stands in the place of the message whose button was pressed.
    """

    message: dict[str, Any]
    private: bool
    replaces: bool


def deliver(  # noqa: PLR0917  what a delivery consists of
    state: State, client: WebClient, job: Job, arrival: Arrival, posted: int, now: dt.datetime
) -> None:
    """Post what the job holds from message ``posted`` on, noting each.

    Args:
        state: Where the job is.
        client: For the workspace.
        job: Its body holds ``say``, the messages, each with ``private``.
        arrival: What is answered.
        posted: How many were noted as posted before.
        now: The present.

    Raises:
        LaterError: To be tried again.
        NeverError: It cannot be said there.
        BusyError: Another worker took the job over.
    """
    say = [
        _Post(one["message"], bool(one.get("private")), bool(one.get("replaces")))
        for one in job.body["say"]
    ]
    again = job.attempts > 1 and posted < len(say) and not arrival.response_url
    there = _there(client, arrival) if again else set()
    streamed = posted == 0 and "stream" in job.body
    if streamed and not (say and not say[0].private):
        withdraw(client, arrival, job.body["stream"])
        streamed = False
    for number in range(posted, len(say)):
        post, left = say[number], None
        if streamed and number == 0:
            told = _metadata(arrival, 0)
            left = ended(client, arrival, job.body["stream"], post.message, told)
        if left is not None:
            for message in left:
                _post(client, arrival, _Post(message, private=False, replaces=False), 0)
        elif number not in there:
            _post(client, arrival, post, number)
        job = jobs.keep(state, job, {**job.body, "posted": number + 1}, now)


def _there(client: WebClient, arrival: Arrival) -> set[int]:
    """Numbers of the messages of this answer that stand in the thread already."""
    found: set[int] = set()
    for message in standing(client, arrival.channel, arrival.thread_ts, arrival.ts):
        told = message.get("metadata") or {}
        payload = told.get("event_payload") or {}
        if told.get("event_type") == EVENT and payload.get("question") == arrival.key:
            found.add(int(payload.get("part") or 0))
    return found


def _post(client: WebClient, arrival: Arrival, post: _Post, number: int) -> None:
    """One message; where Slack refuses its blocks, the same as text."""
    from slack_sdk.errors import SlackApiError

    try:
        _call(client, arrival, post, number)
    except SlackApiError as error:
        if error.response.get("error") not in BLOCKS_REFUSED or "blocks" not in post.message:
            raise fault_of(error) from None
        for message in text_messages(post.message):
            try:
                _call(client, arrival, _Post(message, post.private, post.replaces), number)
            except SlackApiError as again:
                raise fault_of(again) from None


def _call(client: WebClient, arrival: Arrival, post: _Post, number: int) -> None:
    message = post.message
    if arrival.response_url:
        _respond(arrival.response_url, post)
        return
    where: dict[str, Any] = {"channel": arrival.channel}
    if arrival.thread_ts:
        where["thread_ts"] = arrival.thread_ts
    try:
        if post.private:
            client.chat_postEphemeral(**where, user=arrival.user, **bare(message))
            return
        client.chat_postMessage(**where, **message, metadata=_metadata(arrival, number))
    except OSError as error:  # the connection was lost: it may have been said
        raise LaterError(type(error).__name__, 2) from None


def respond(url: str, message: dict[str, Any]) -> None:
    """Say it to who gave a command or pressed, alone; it takes no token.

    Raises:
        LaterError: To be tried again.
        NeverError: It is not taken any more.
    """
    _respond(url, _Post(message, private=True, replaces=False))


def _respond(url: str, post: _Post) -> None:
    """Answer a command or a press, to the person alone, or in place of what was pressed.

    Works where the app is no member, five times within half an hour.
    """
    from slack_sdk.webhook import WebhookClient

    kept = {key: post.message[key] for key in ("text", "blocks") if key in post.message}
    kind = None if post.replaces else "ephemeral"
    try:
        reply = WebhookClient(url, timeout=20).send(
            **kept, response_type=kind, replace_original=post.replaces
        )
    except OSError as error:  # the connection was lost: it may have been said
        raise LaterError(type(error).__name__, 2) from None
    if reply.status_code == 429:
        raise LaterError("status 429", seconds_of(reply.headers), paced=True)
    if reply.status_code >= 500:
        raise LaterError(f"status {reply.status_code}", 5)
    if reply.status_code == 200:
        return
    if reply.body not in BLOCKS_REFUSED or "blocks" not in kept:
        raise NeverError(f"the answer is not taken ({reply.status_code})")
    for number, message in enumerate(text_messages(post.message)):
        _respond(url, _Post(message, post.private, post.replaces and number == 0))


def _metadata(arrival: Arrival, number: int) -> dict[str, Any]:
    return {"event_type": EVENT, "event_payload": {"question": arrival.key, "part": number}}
