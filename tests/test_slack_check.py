"""``slack --check`` and ``--manifest``: what the tokens see and lack, and what an admin pastes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from fake_slack import TOKEN, FakeSlack, fake_slack
from tagwright_agent.cli import main
from tagwright_agent.slack.manifest import EVENTS, SCOPES, manifest
from tagwright_agent.slack.tokens import Tokens

PEOPLE = "people: {lee: {slack: [T0001/U1], may: [ask]}}"


@pytest.fixture
def slack(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeSlack]:
    (home / "people.yaml").write_text(PEOPLE)
    for name in ("SLACK_BOT_TOKEN", "SLACK_SIGNING_SECRET", "SLACK_APP_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    with fake_slack() as fake:
        monkeypatch.setenv("TAGWRIGHT_SLACK__API_URL", fake.url)
        yield fake


def said(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    status = main(["slack", *arguments])
    out = capsys.readouterr()
    return status, " ".join((out.out + out.err).split())


def test_all_is_well(
    slack: FakeSlack, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SLACK_BOT_TOKEN", TOKEN)
    monkeypatch.setenv("SLACK_SIGNING_SECRET", "hush")
    slack.scopes = ",".join(SCOPES)
    status, text = said(capsys, "--check")
    assert status == 0
    assert "Northlight (T0001), as UAPP." in text
    assert "Can come over HTTP." in text
    assert "All that are needed are there." in text
    assert "1 of 1 have a Slack id." in text
    assert TOKEN not in text
    assert "hush" not in text


@pytest.mark.parametrize(
    ("token", "scopes", "people", "words"),
    [
        ("", "", PEOPLE, "SLACK_BOT_TOKEN is not set"),
        ("xapp-1", "", PEOPLE, "is of another kind: it begins with xoxb-"),
        ("xoxb-old", "", PEOPLE, "Slack refuses the bot token (invalid_auth)"),
        (TOKEN, "chat:write", PEOPLE, "app_mentions:read, assistant:write"),
        (TOKEN, "", "", "There is no people.yaml: nobody in Slack is known"),
        (TOKEN, "", "people: {lee: {cli: [lee], may: [ask]}}", "names nobody's slack"),
        (TOKEN, "", PEOPLE, "Neither SLACK_SIGNING_SECRET (for --http) nor SLACK_APP_TOKEN"),
    ],
)
def test_what_is_wrong_is_said(
    token: str, scopes: str, people: str, words: str, slack: FakeSlack, home: Path,
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    if token:
        monkeypatch.setenv("SLACK_BOT_TOKEN", token)
    if people:
        (home / "people.yaml").write_text(people)
    else:
        (home / "people.yaml").unlink()
    slack.scopes = scopes
    status, text = said(capsys, "--check")
    assert status == 1
    assert words in text


def test_slack_that_is_away_is_said(
    slack: FakeSlack, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SLACK_BOT_TOKEN", TOKEN)
    monkeypatch.setenv("TAGWRIGHT_SLACK__API_URL", "http://127.0.0.1:9/api/")
    assert "cannot be reached (" in said(capsys, "--check")[1]


@pytest.mark.parametrize("url", ["", "https://tagwright.example.com/slack/events"])
def test_the_manifest_asks_for_what_is_used(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["slack", "--manifest", "--url", url]) == 0
    made = json.loads(capsys.readouterr().out)
    assert made == manifest(url)
    assert made["settings"]["socket_mode_enabled"] is not bool(url)
    assert made["settings"]["event_subscriptions"].get("request_url", "") == url
    redirect = ["https://tagwright.example.com/slack/oauth_redirect"] if url else []
    assert made["oauth_config"].get("redirect_urls", []) == redirect
    assert set(made["oauth_config"]["scopes"]["bot"]) == set(SCOPES)
    assert set(made["settings"]["event_subscriptions"]["bot_events"]) == set(EVENTS)
    assert len(made["display_information"]["description"]) <= 140


def test_tokens_are_in_no_repr() -> None:
    assert "xoxb" not in repr(Tokens("xoxb-1", "hush", "xapp-1"))
    assert "hush" not in repr(Tokens("xoxb-1", "hush", "xapp-1"))
