"""Who is who and where: what Slack's Web API says of channels, their members and users."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from fake_slack import FakeSlack

__all__ = ["reader_methods"]

_Done = dict[str, Any]
_NO_CHANNEL = {"ok": False, "error": "channel_not_found"}


def reader_methods(slack: FakeSlack) -> dict[str, Callable[[_Done], _Done]]:
    """The methods, by their names."""
    return {
        "conversations.info": lambda body: _info(slack, str(body.get("channel"))),
        "conversations.members": lambda body: _members(slack, str(body.get("channel"))),
        "users.info": lambda body: _user(slack, str(body["user"])),
    }


def _info(slack: FakeSlack, channel: str) -> _Done:
    if channel not in slack.channels:
        return _NO_CHANNEL
    return {"ok": True, "channel": {"id": channel, "is_private": channel not in slack.public}}


def _members(slack: FakeSlack, channel: str) -> _Done:
    members = slack.channels.get(channel)
    return _NO_CHANNEL if members is None else {"ok": True, "members": members}


def _user(slack: FakeSlack, user: str) -> _Done:
    return {"ok": True, "user": {"id": user, "is_bot": user in slack.bots, "tz": slack.zone}}
