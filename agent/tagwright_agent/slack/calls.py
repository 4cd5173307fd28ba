"""What a call of Slack's can come to, and what of ours stands somewhere already.

Sources: https://docs.slack.dev/reference/methods/auth.test ,
https://docs.slack.dev/reference/methods/conversations.replies ,
https://docs.slack.dev/reference/methods/conversations.history and
https://docs.slack.dev/apis/web-api/rate-limits .
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from slack_sdk import WebClient
    from slack_sdk.errors import SlackApiError

__all__ = [
    "BLOCKS_REFUSED", "GONE", "LaterError", "NeverError", "fault_of", "seconds_of",
    "standing", "waits_of",
]  # fmt: skip

BLOCKS_REFUSED = {
    "invalid_blocks", "invalid_blocks_format", "msg_blocks_too_long", "msg_too_long",
}  # fmt: skip
"""Errors after which the same is said as text."""
_LATER = {"ratelimited", "internal_error", "fatal_error", "service_unavailable", "request_timeout",
          "team_added_to_org", "accesslimited", "streaming_state_conflict"}  # fmt: skip
GONE = {"message_not_found", "cant_update_message", "edit_window_closed"}
"""Errors of a message that cannot be made to say anything."""
_PAGE = 200
_OWN: dict[tuple[str, str], tuple[str, str]] = {}
"""By Web API and token; it stays the same as long as the token does."""
_UNSAID, _LONGEST = 30.0, 3600.0
"""Seconds to wait where Slack says no number, and at most."""


class LaterError(Exception):
    """Slack cannot be reached, or is busy: to be tried again after so many seconds.

    Where ``paced``, Slack said how long it wants no such call: nothing failed.
    """

    def __init__(self, why: str, seconds: float, *, paced: bool = False) -> None:
        super().__init__(why)
        self.seconds = seconds
        self.paced = paced


class NeverError(Exception):
    """Slack refuses for good: the channel is gone, the token was revoked."""


def standing(
    client: WebClient, channel: str, thread_ts: str, oldest: str
) -> Iterator[dict[str, Any]]:
    """Our own messages in a thread; where that is empty, in the channel from ``oldest`` on.

    Where both are empty, the newest of the channel. What anybody else put there is passed over,
    whatever its metadata say and however its files are called: that is said by who wrote it.

    Raises:
        LaterError: To be tried again.
        NeverError: It cannot be read.
    """
    from slack_sdk.errors import SlackApiError

    cursor = ""
    while True:
        try:
            if thread_ts:
                reply = client.conversations_replies(
                    channel=channel, ts=thread_ts, limit=_PAGE, include_all_metadata=True,
                    cursor=cursor or None,
                )  # fmt: skip
            else:
                reply = client.conversations_history(
                    channel=channel, oldest=oldest or None, limit=_PAGE, include_all_metadata=True,
                    cursor=cursor or None,
                )  # fmt: skip
        except SlackApiError as error:
            if error.response.get("error") in {"thread_not_found", "missing_scope"}:
                return
            raise fault_of(error) from None
        except OSError as error:
            raise LaterError(type(error).__name__, 5) from None
        if messages := reply.get("messages") or []:
            user, bot = _own(client)
            yield from (it for it in messages if it.get("user") == user or it.get("bot_id") == bot)
        cursor = ((reply.get("response_metadata") or {}).get("next_cursor")) or ""
        if not cursor or not (thread_ts or oldest):
            return


def _own(client: WebClient) -> tuple[str, str]:
    """The ids that Slack gives for who wrote a message of ours: of the user, of the bot.

    Raises:
        LaterError: Slack cannot be reached.
        NeverError: It refuses the token.
    """
    from slack_sdk.errors import SlackApiError

    key = (client.base_url, str(client.token))
    if key not in _OWN:
        try:
            reply = client.auth_test()
        except SlackApiError as error:
            raise fault_of(error) from None
        except OSError as error:
            raise LaterError(type(error).__name__, 5) from None
        _OWN[key] = (str(reply.get("user_id") or "-"), str(reply.get("bot_id") or "-"))
    return _OWN[key]


def fault_of(error: SlackApiError) -> LaterError | NeverError:
    """What an error of Slack's means for whether to try again."""
    response: Any = error.response
    code = str(response.get("error") or "unknown") if response is not None else "unknown"
    status = getattr(response, "status_code", 0)
    if (seconds := waits_of(error)) is not None:
        return LaterError(code, seconds, paced=True)
    if status >= 500 or code in _LATER:
        return LaterError(code, 10)
    return NeverError(code)


def waits_of(error: SlackApiError) -> float | None:
    """Seconds that Slack wants to be left alone for; None where it says nothing of it."""
    response: Any = error.response
    if response is None:
        return None
    limited = response.get("error") == "ratelimited"
    if getattr(response, "status_code", 0) != 429 and not limited:
        return None
    return seconds_of(getattr(response, "headers", {}))


def seconds_of(headers: Mapping[str, str]) -> float:
    """What ``Retry-After`` says, whatever letters it is written in; 30 where it says nothing."""
    said = next((text for name, text in headers.items() if name.lower() == "retry-after"), "")
    try:
        return min(max(float(said), 0.0), _LONGEST)
    except ValueError:
        return _UNSAID
