"""What the tokens see and lack, before anybody waits for an answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tagwright.errors import ConfigError
from tagwright.people import load_people
from tagwright.proof.separation import Finding
from tagwright.text import clean
from tagwright_agent.slack.app import web_client
from tagwright_agent.slack.manifest import SCOPES
from tagwright_agent.slack.tokens import Tokens, tokens_of

if TYPE_CHECKING:
    from tagwright.config import Settings

__all__ = ["checked"]


def checked(settings: Settings) -> list[Finding]:
    """One finding a thing that was looked at; nothing is posted."""
    try:
        tokens = tokens_of("bot")
    except ConfigError as error:
        return [Finding("fault", "SLACK_BOT_TOKEN", str(error))]
    return [*_bot(settings, tokens), _way(tokens), _people(settings)]


def _bot(settings: Settings, tokens: Tokens) -> list[Finding]:
    from slack_sdk.errors import SlackApiError

    try:
        reply = web_client(settings, tokens.bot).auth_test()
    except SlackApiError as error:
        why = clean(str(error.response.get("error") or "unknown"))
        hint = "Make a new one: docs/slack.md." if "auth" in why or "token" in why else ""
        return [
            Finding("fault", "workspace", f"Slack refuses the bot token ({why}). {hint}".strip())
        ]
    except OSError as error:
        text = f"{settings.slack.api_url} cannot be reached ({type(error).__name__})."
        return [Finding("fault", "workspace", text)]
    team = clean(str(reply.get("team") or reply.get("team_id")))
    found = [
        Finding("good", "workspace", f"{team} ({reply.get('team_id')}), as {reply.get('user_id')}.")
    ]
    headers = {name.lower(): value for name, value in reply.headers.items()}
    granted = {scope.strip() for scope in str(headers.get("x-oauth-scopes") or "").split(",")} - {
        ""
    }
    if not granted:
        return [*found, Finding("note", "scopes", "Slack does not say which it gave.")]
    if lacking := [scope for scope in SCOPES if scope not in granted]:
        text = f"{', '.join(lacking)} is lacking: add it to the app and install it again."
        return [*found, Finding("fault", "scopes", text)]
    return [*found, Finding("good", "scopes", "All that are needed are there.")]


def _way(tokens: Tokens) -> Finding:
    ways = [
        name
        for name, there in (("HTTP", tokens.signing_secret), ("Socket Mode", tokens.app))
        if there
    ]
    if not ways:
        text = "Neither SLACK_SIGNING_SECRET (for --http) nor SLACK_APP_TOKEN is set."
        return Finding("fault", "requests", text)
    return Finding("good", "requests", f"Can come over {' and '.join(ways)}.")


def _people(settings: Settings) -> Finding:
    people = load_people(settings)
    known = [person.id for person in people.all.values() if person.channels["slack"]]
    if people.one_person:
        text = "There is no people.yaml: nobody in Slack is known, and nobody gets figures."
        return Finding("fault", "people", text)
    if not known:
        return Finding("fault", "people", f"{people.source} names nobody's slack: TEAM/USER.")
    return Finding("good", "people", f"{len(known)} of {len(people.all)} have a Slack id.")
