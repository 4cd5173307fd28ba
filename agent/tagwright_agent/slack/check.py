"""What the tokens see and lack, before anybody waits for an answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tagwright.errors import ConfigError
from tagwright.people import load_people
from tagwright.proof.separation import Finding
from tagwright.state import installations_of, open_state
from tagwright.text import clean
from tagwright_agent.slack.app import web_client
from tagwright_agent.slack.manifest import SCOPES
from tagwright_agent.slack.tokens import Tokens, tokens_of
from tagwright_agent.slack.workspaces import unsealed

if TYPE_CHECKING:
    from tagwright.config import Settings

__all__ = ["checked"]


def checked(settings: Settings) -> list[Finding]:
    """One finding a thing that was looked at, of each workspace; nothing is posted."""
    try:
        tokens = tokens_of("bot")
    except ConfigError as error:
        return [Finding("fault", "SLACK_BOT_TOKEN", str(error))]
    found = _bot(settings, tokens.bot, "workspace") if tokens.bot else []
    if tokens.client_secret:
        found += _installations(settings, tokens)
    return [*found, _way(tokens), _people(settings)]


def _installations(settings: Settings, tokens: Tokens) -> list[Finding]:
    """Each workspace that the app was installed in, and those that it may be and is not."""
    state = open_state(settings)
    try:
        installed = installations_of(state)
    finally:
        state.close()
    found: list[Finding] = []
    for one in installed:
        try:
            token = unsealed(tokens.client_secret, one)
        except ConfigError as error:
            found.append(Finding("fault", one.id, str(error)))
            continue
        found += _bot(settings, token, one.id)
    if not settings.slack.workspaces:
        text = "slack.workspaces names none, so the app can be installed in no other workspace."
        found.append(Finding("note", "workspaces", text))
    named = set(settings.slack.workspaces)
    found += [
        Finding("note", workspace, "May be installed, over /slack/install, and is not.")
        for workspace in sorted(named - {one.id for one in installed})
    ]
    return found


def _bot(settings: Settings, token: str, what: str) -> list[Finding]:
    from slack_sdk.errors import SlackApiError

    again = "Make a new one: docs/slack.md." if what == "workspace" else "Install it there again."
    try:
        reply = web_client(settings, token).auth_test()
    except SlackApiError as error:
        why = clean(str(error.response.get("error") or "unknown"))
        gone = any(word in why for word in ("auth", "token", "account"))
        text = f"Slack refuses the bot token ({why}). {again if gone else ''}".strip()
        return [Finding("fault", what, text)]
    except OSError as error:
        text = f"{settings.slack.api_url} cannot be reached ({type(error).__name__})."
        return [Finding("fault", what, text)]
    team = clean(str(reply.get("team") or reply.get("team_id")))
    found = [Finding("good", what, f"{team} ({reply.get('team_id')}), as {reply.get('user_id')}.")]
    scopes = "scopes" if what == "workspace" else f"scopes of {what}"
    headers = {name.lower(): value for name, value in reply.headers.items()}
    granted = {scope.strip() for scope in str(headers.get("x-oauth-scopes") or "").split(",")} - {
        ""
    }
    if not granted:
        return [*found, Finding("note", scopes, "Slack does not say which it gave.")]
    if lacking := [scope for scope in SCOPES if scope not in granted]:
        text = f"{', '.join(lacking)} is lacking: add it to the app and install it again."
        return [*found, Finding("fault", scopes, text)]
    return [*found, Finding("good", scopes, "All that are needed are there.")]


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
