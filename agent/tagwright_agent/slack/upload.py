"""A file of ours goes up once: before it does, the place it would stand in is read.

Slack has no key that would make one file of two uploads. So a file's name says what is in it, and
where one of that name stands already it is not sent again: pressed twice, or after a death between
any two calls. Slack shares a file a moment after it said so; a second press within that moment can
still make two.

Sources: https://docs.slack.dev/messaging/working-with-files#upload ,
https://docs.slack.dev/reference/methods/files.completeUploadExternal and
https://docs.slack.dev/reference/methods/conversations.open .
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tagwright.errors import TagwrightError
from tagwright_agent.slack.calls import LaterError, fault_of, standing
from tagwright_agent.slack.direct import direct_channel

if TYPE_CHECKING:
    from collections.abc import Callable

    from slack_sdk import WebClient

__all__ = ["Place", "direct_to", "upload"]

_LACKS = {"missing_scope", "not_allowed_token_type", "file_uploads_disabled"}


@dataclass(frozen=True)
class Place:
    """Where a file goes: a channel, and a thread in it; from ``oldest`` on where there is none."""

    channel: str
    thread_ts: str = ""
    oldest: str = ""


def direct_to(client: WebClient, user: str, now: dt.datetime) -> Place:
    """That person's direct messages, of which those of the last day are read.

    Raises:
        LaterError: Slack cannot be reached.
        NeverError: Slack refuses for good.
    """
    channel = direct_channel(client, user)
    return Place(channel, oldest=str((now - dt.timedelta(days=1)).timestamp()))


def upload(
    client: WebClient, place: Place, name: str, title: str, content: Callable[[], bytes]
) -> bool:
    """Put a file there, made only then; False where one of that name stood there already.

    Raises:
        TagwrightError: The app may not send files.
        LaterError: Slack cannot be reached.
        NeverError: Slack refuses for good.
    """
    from slack_sdk.errors import SlackApiError, SlackRequestError

    messages = standing(client, place.channel, place.thread_ts, place.oldest)
    if any(file.get("name") == name for one in messages for file in one.get("files") or []):
        return False
    made = content()
    try:
        client.files_upload_v2(
            filename=name, content=made, title=title, alt_txt=title, channel=place.channel,
            thread_ts=place.thread_ts or None,
        )  # fmt: skip
    except SlackApiError as error:
        if error.response.get("error") in _LACKS:
            raise TagwrightError(
                f"Slack does not let this app send files ({error.response.get('error')}).",
                hint="An admin installs it with the scope files:write: tagwright slack --check.",
            ) from None
        raise fault_of(error) from None
    except (SlackRequestError, OSError) as error:  # the bytes did not arrive, or it is not known
        raise LaterError(type(error).__name__, 5) from None
    return True
