"""The manifest is what Slack's schema takes, and asks for the scopes of what is called, no others.

Limits are those of https://github.com/slackapi/manifest-schema (schemas/manifest.schema.2.0.0.json)
and https://docs.slack.dev/reference/app-manifest ; scopes those of each method's and event's own
page, https://docs.slack.dev/reference/methods/<method> and …/reference/events/<event> .
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from slack_sdk import WebClient

import tagwright_agent.slack
from tagwright_agent.slack.manifest import EVENTS, SCOPES, manifest

SOURCES = Path(tagwright_agent.slack.__file__).parent

_HISTORY = {"channels:history", "groups:history", "im:history", "mpim:history"}
_READ = {"channels:read", "groups:read", "mpim:read"}
METHODS: dict[str, set[str]] = {
    "assistant.threads.setStatus": {"assistant:write"},
    "assistant.threads.setSuggestedPrompts": {"assistant:write"},
    "auth.teams.list": set(),
    "auth.test": set(),
    "chat.appendStream": {"chat:write"},
    "chat.delete": {"chat:write"},
    "chat.postEphemeral": {"chat:write"},
    "chat.postMessage": {"chat:write"},
    "chat.startStream": {"chat:write"},
    "chat.stopStream": {"chat:write"},
    "chat.update": {"chat:write"},
    "conversations.history": _HISTORY,
    "conversations.info": _READ,
    "conversations.members": _READ,
    "conversations.open": {"im:write"},
    "conversations.replies": _HISTORY,
    "files.completeUploadExternal": {"files:write"},
    "files.getUploadURLExternal": {"files:write"},
    "users.info": {"users:read"},
    "views.open": set(),
    "views.publish": set(),
}
"""Method to the scopes that it needs; of members of a direct message none is asked."""
OF_EVENTS: dict[str, set[str]] = {
    "app_home_opened": set(),
    "app_mention": {"app_mentions:read"},
    "app_uninstalled": set(),
    "message.channels": {"channels:history"},
    "message.groups": {"groups:history"},
    "member_joined_channel": _READ,
    "member_left_channel": {"channels:read", "groups:read"},
    "message.im": {"im:history"},
    "message.mpim": {"mpim:history"},
    "tokens_revoked": set(),
}
OF_FEATURES = {"commands", "assistant:write"}
"""``slash_commands`` and ``agent_view``."""


def called() -> set[str]:
    """The Web API's methods that our code calls, as Slack names them."""
    found = set()
    names = {name for name in dir(WebClient) if "_" in name and not name.startswith("_")}
    for path in SOURCES.glob("*.py"):
        calls = re.findall(r"(?:client|\bweb_client\([^)]*\))\.(\w+)", path.read_text())
        found |= names & {*calls}
    assert "chat_postMessage" in found
    uploads = {"files_upload_v2": {"files.getUploadURLExternal", "files.completeUploadExternal"}}
    return set().union(*(uploads.get(name, {name.replace("_", ".")}) for name in found))


def test_each_method_that_is_called_has_its_scopes_and_none_is_asked_for_in_vain() -> None:
    assert called() == set(METHODS)
    needed = set().union(*METHODS.values(), *OF_EVENTS.values(), OF_FEATURES)
    assert set(SCOPES) == needed


def test_each_event_has_its_scopes() -> None:
    assert set(EVENTS) == set(OF_EVENTS)
    assert set().union(*OF_EVENTS.values()) <= set(SCOPES)


LIMITS = {
    "display_information.name": (1, 35), "display_information.description": (1, 140),
    "features.bot_user.display_name": (1, 80), "features.agent_view.agent_description": (1, 300),
    "features.slash_commands.command": (2, 32), "features.slash_commands.description": (1, 2000),
    "features.slash_commands.usage_hint": (1, 1000), "features.slash_commands.url": (8, 3000),
    "settings.event_subscriptions.request_url": (8, 3500),
    "settings.interactivity.request_url": (8, 3500),
}  # fmt: skip
"""Every text of ours, with how long Slack takes it."""
OTHERS = {
    "display_information.background_color", "features.app_home.home_tab_enabled",
    "features.app_home.messages_tab_enabled", "features.app_home.messages_tab_read_only_enabled",
    "features.bot_user.always_online", "features.slash_commands.should_escape",
    "oauth_config.redirect_urls", "oauth_config.scopes.bot",
    "settings.event_subscriptions.bot_events", "settings.interactivity.is_enabled",
    "settings.socket_mode_enabled", "settings.token_rotation_enabled",
}  # fmt: skip
"""What is no text, as the schema names it: what it does not know, Slack refuses."""


def leaves(made: dict[str, Any], before: str = "") -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in made.items():
        inner = value[0] if isinstance(value, list) and isinstance(value[0], dict) else value
        if isinstance(inner, dict):
            found |= leaves(inner, f"{before}{name}.")
        else:
            found[before + name] = value
    return found


@pytest.mark.parametrize("url", ["", "https://tagwright.example.com/slack/events"])
def test_slack_takes_every_field(url: str) -> None:
    found = leaves(manifest(url))
    assert set(found) <= {*LIMITS, *OTHERS}
    assert any(name.endswith("url") for name in found) is bool(url)
    for name, (least, most) in LIMITS.items():
        assert least <= len(found.get(name, "x" * least)) <= most, name
    assert re.fullmatch(r"#[0-9a-f]{6}", found["display_information.background_color"])
    assert found["features.slash_commands.command"].startswith("/")
    assert len(found["settings.event_subscriptions.bot_events"]) <= 100
    assert len(found["oauth_config.scopes.bot"]) <= 255
