"""The app manifest: what an admin pastes into Slack to make the app.

Sources: https://docs.slack.dev/reference/app-manifest and, for ``agent_view``,
https://docs.slack.dev/ai/migrating-to-agent-messaging .
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urljoin

__all__ = ["EVENTS", "SCOPES", "manifest"]

SCOPES = (
    "app_mentions:read", "assistant:write", "channels:history", "channels:read", "chat:write",
    "commands", "files:write", "groups:history", "groups:read", "im:history", "im:write",
    "mpim:history", "mpim:read", "users:read",
)  # fmt: skip
"""What the bot may: read what is written to it and in its threads, see who is there, answer, send
an answer's rows as a file; ``assistant:write`` is for the questions suggested in the app's pane."""

EVENTS = (
    "app_home_opened", "app_mention", "app_uninstalled", "member_joined_channel",
    "member_left_channel", "message.channels", "message.groups", "message.im", "message.mpim",
    "tokens_revoked",
)  # fmt: skip

_ABOUT = "Whose money is it: cloud and AI spend by team, product and customer"


def manifest(url: str = "") -> dict[str, Any]:
    """The manifest, for Socket Mode; or for HTTP, where the request URL is given."""
    where = {"request_url": url} if url else {}
    command = {
        "command": "/tagwright", "description": "Ask what your cloud and AI cost, and whose it is",
        "usage_hint": "what did we spend last month by team?", "should_escape": False,
        **({"url": url} if url else {}),
    }  # fmt: skip
    redirect = {"redirect_urls": [urljoin(url, "oauth_redirect")]} if url else {}
    return {
        "display_information": {
            "name": "Tagwright",
            "description": _ABOUT,
            "background_color": "#1f2a37",
        },
        "features": {
            "agent_view": {"agent_description": _ABOUT},
            "app_home": {
                "home_tab_enabled": True,
                "messages_tab_enabled": True,
                "messages_tab_read_only_enabled": False,
            },
            "bot_user": {"display_name": "Tagwright", "always_online": True},
            "slash_commands": [command],
        },
        "oauth_config": {**redirect, "scopes": {"bot": list(SCOPES)}},
        "settings": {
            "event_subscriptions": {**where, "bot_events": list(EVENTS)},
            "interactivity": {"is_enabled": True, **where},
            "socket_mode_enabled": not url,
            "token_rotation_enabled": False,
        },
    }
