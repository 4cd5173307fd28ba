"""Installing over OAuth: who may, where the token goes, and what a removal leaves."""

from __future__ import annotations

import logging
import time
import urllib.parse
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NoReturn

import pytest

from fake_slack import APP, SECRET, TEAM, TOKEN, message, post
from fake_slack_oauth import CLIENT, CLIENT_SECRET, Grant
from slack_two import ONE, TWO, begun, get, install, two_workspaces, workspace
from slack_world import World, slack_world
from tagwright.config import load_settings
from tagwright.errors import ConfigError, TagwrightError
from tagwright.state import Entry, installations_of, open_state, verify
from tagwright_agent.cli import main
from tagwright_agent.slack import refuse
from tagwright_agent.slack.manifest import SCOPES
from tagwright_agent.slack.tokens import Tokens, tokens_of
from tagwright_agent.slack.workspaces import Workspaces, seal, unsealed

ASKED = f"<@{APP}> total cost by team"


@pytest.fixture
def world(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    with two_workspaces(home, monkeypatch) as made:
        yield made


def journal(world: World, event: str) -> list[Entry]:
    entries = open_state(world.settings).journal()
    assert verify(entries) == ""
    return [entry for entry in entries if entry.event == event]


def asks(world: World, team: str, *, ts: str = "100.000001", event: str = "Ev1") -> int:
    return post(world.url, message(ASKED, team=team, ts=ts, event_id=event))[0]


def went(world: World, team: str, kind: str = "app_uninstalled", at: int = 0, **more: Any) -> int:
    event = {"type": kind, **more}
    at = at or int(time.time()) + 1
    body = {"type": "event_callback", "team_id": team, "event_id": f"Gone{team}{kind}{at}",
            "event_time": at, "event": event}  # fmt: skip
    return post(world.url, body)[0]


def test_it_begins_at_slack_with_a_state_that_the_browser_holds(world: World) -> None:
    status, headers, _ = get(world.url, "/slack/install")
    where = urllib.parse.urlsplit(headers["location"])
    asked = urllib.parse.parse_qs(where.query, keep_blank_values=True)
    assert (status, where.netloc, where.path) == (302, "slack.com", "/oauth/v2/authorize")
    assert asked["client_id"] == [CLIENT]
    assert set(asked["scope"][0].split(",")) == set(SCOPES)
    assert asked["user_scope"] == [""]
    assert asked["state"][0] in headers["set-cookie"]
    flags = headers["set-cookie"].lower()
    assert "httponly" in flags
    assert "secure" in flags
    assert CLIENT_SECRET not in str(headers)


def test_an_installed_workspace_is_answered_with_its_own_token(world: World) -> None:
    two = workspace(TWO)
    status, text = install(world, two)
    assert (status, text.partition(".")[0]) == (200, "Tagwright is installed in Brightside (T0002)")
    assert journal(world, "slack_installed")[0].body == {"workspace": TWO, "by": "U1"}
    asks(world, TWO)
    world.work()
    assert world.slack.messages == {}
    (told,) = two.ephemeral  # by Slack it is installed; by people.yaml they are nobody
    assert f"{TWO}/U1" in told["text"]
    assert "32" not in told["text"]


def test_a_token_is_nowhere_as_it_is(
    world: World, home: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "tagwright")
    two = workspace(TWO)
    _, text = install(world, two)
    world.slack.faults["oauth.v2.access"] = ["internal_error"]
    install(world, workspace(ONE), "c2")
    two.faults["conversations.members"] = ["token_revoked"]
    asks(world, TWO)
    world.work()
    kept = b"".join(path.read_bytes() for path in home.glob("state.sqlite3*"))
    for secret in (two.token, CLIENT_SECRET):
        assert secret not in text + caplog.text
        assert secret.encode() not in kept
    (item,) = installations_of(open_state(world.settings))
    assert unsealed(CLIENT_SECRET, item) == two.token


def test_a_sealed_token_opens_for_its_workspace_and_secret_alone(world: World) -> None:
    install(world, workspace(TWO))
    (item,) = installations_of(open_state(world.settings))
    moved = type(item)(ONE, item.name, item.sealed, item.by, item.at)
    for secret, wrong in ((CLIENT_SECRET, moved), ("another", item)):
        with pytest.raises(ConfigError, match="cannot be opened with this SLACK_CLIENT_SECRET"):
            unsealed(secret, wrong)
    assert seal(CLIENT_SECRET, TWO, "x") != seal(CLIENT_SECRET, TWO, "x")


def test_a_workspace_that_nobody_named_is_not_kept(world: World) -> None:
    stranger = workspace("T0666")
    status, text = install(world, stranger)
    assert status == 403
    assert "(T0666) is not among slack.workspaces, so its token was not kept" in text
    assert installations_of(open_state(world.settings)) == []
    assert journal(world, "slack_refused")[0].body == {
        "workspace": "T0666", "by": "U1", "why": "not in slack.workspaces",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("path", "cookie", "status", "words"),
    [
        ("?code=c1&state={state}", "", 400, "This browser did not begin it"),
        ("?code=c1&state={state}", "slack-app-oauth-state=other", 400, "This browser did not"),
        ("?code=c1", "{cookie}", 400, "This browser did not begin it"),
        ("?code=c1&state=x", "slack-app-oauth-state=x", 401, "longer than 10 minutes"),
        ("?state={state}", "{cookie}", 401, "Slack gave no code"),
        ("?code=wrong&state={state}", "{cookie}", 401, "does not take the code"),
        ("?error=access_denied&state={state}", "{cookie}", 200, "It was not allowed in Slack"),
        ("?error=%3Cscript%3E&state={state}", "{cookie}", 200, "Slack says <script>"),
    ],
)
def test_what_is_no_installation_is_refused_in_words(
    path: str, cookie: str, status: int, words: str, world: World
) -> None:
    world.slack.grants["c1"] = Grant(workspace(TWO))
    state, held = begun(world)
    said = get(
        world.url, "/slack/oauth_redirect" + path.format(state=state), cookie.format(cookie=held)
    )
    assert (said[0], words in said[2]) == (status, True), said[2]
    assert said[1]["content-type"].startswith("text/plain")
    assert installations_of(open_state(world.settings)) == []


def test_a_state_ends_after_ten_minutes(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.slack.grants["c1"] = Grant(workspace(TWO))
    state, cookie = begun(world)
    late = time.time() + 601
    monkeypatch.setattr("cryptography.fernet.time.time", lambda: late)
    status, _, text = get(world.url, f"/slack/oauth_redirect?code=c1&state={state}", cookie)
    assert (status, "Open /slack/install again" in text) == (401, True)


@pytest.mark.parametrize("fault", ["drop", "500"])
def test_slack_that_is_away_is_said(fault: str, world: World) -> None:
    world.slack.faults["oauth.v2.access"] = [fault] * 3
    status, text = install(world, workspace(TWO))
    assert status in {401, 502}
    assert "/slack/install again" in text


def test_without_a_client_secret_there_is_nothing_to_install(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with slack_world(home, monkeypatch) as world:
        assert get(world.url, "/slack/install")[0] == 404
        assert get(world.url, "/slack/oauth_redirect?code=c1")[0] == 404


def test_the_secret_and_the_id_go_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLACK_CLIENT_ID", CLIENT)
    monkeypatch.setenv("SLACK_BOT_TOKEN", TOKEN)
    monkeypatch.delenv("SLACK_CLIENT_SECRET", raising=False)
    with pytest.raises(ConfigError, match="go together"):
        tokens_of("bot")
    monkeypatch.setenv("SLACK_CLIENT_SECRET", CLIENT_SECRET)
    monkeypatch.delenv("SLACK_BOT_TOKEN")
    assert tokens_of("bot").bot == ""
    assert CLIENT_SECRET not in repr(tokens_of())


# --- not installed, and removed ---------------------------------------------------------------


def test_a_workspace_that_is_not_installed_is_refused_and_the_journal_says_so_once(
    world: World,
) -> None:
    for number in range(3):
        asks(world, TWO, ts=f"10{number}.000001", event=f"Ev{number}")
    assert world.work() == 3
    assert [name for name, _ in world.slack.calls if name.startswith("chat.")] == []
    (entry,) = journal(world, "slack_refused")
    assert entry.body == {"workspace": TWO, "why": "not installed"}


def test_what_the_journal_did_not_take_is_written_the_next_time(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: object) -> NoReturn:
        raise TagwrightError("The state store is away.")

    asks(world, TWO)
    with monkeypatch.context() as patch:
        patch.setattr(refuse, "append", away)
        world.work()
    assert journal(world, "slack_refused") == []
    world.later = world.later.__class__(minutes=5)
    world.work()
    assert len(journal(world, "slack_refused")) == 1


def test_who_gives_a_command_there_is_told(world: World) -> None:
    form = urllib.parse.urlencode({
        "command": "/tagwright", "text": "total cost", "team_id": TWO, "user_id": "U1",
        "channel_id": "C1", "trigger_id": "1.2",
        "response_url": world.slack.url.replace("/api/", "/respond/command"),
    })  # fmt: skip
    post(world.url, form, kind="application/x-www-form-urlencoded")
    world.slack.faults["respond"] = ["500"]  # Slack is busy: said when it is not
    world.work()
    assert world.slack.responses == []
    world.later = world.later.__class__(minutes=5)
    world.work()
    (said,) = world.slack.responses
    assert "Tagwright is not installed in this workspace" in said["text"]


def test_with_one_token_another_workspace_is_refused_as_well(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from slack_two import TOKENS

    one_token = type(TOKENS)(TOKEN, TOKENS.signing_secret)
    with slack_world(home, monkeypatch, tokens=one_token) as world:
        world.slack.channels["C1"] = [APP, "U1"]
        asks(world, TEAM)
        asks(world, "T0777", ts="101.000001", event="Ev2")
        world.work()
        assert len(world.slack.messages["C1"]) == 1
        assert [entry.body["workspace"] for entry in journal(world, "slack_refused")] == ["T0777"]


@pytest.mark.parametrize(
    ("kind", "more"),
    [("app_uninstalled", {}), ("tokens_revoked", {"tokens": {"bot": ["U0"]}})],
)
def test_what_is_gone_is_forgotten_with_its_jobs(
    kind: str, more: dict[str, Any], world: World
) -> None:
    install(world, workspace(ONE))
    two = workspace(TWO)
    install(world, two, "c2")
    two.faults["conversations.members"] = ["429"] * 9
    went(world, TWO, kind, **more)
    asks(world, TWO)  # waits behind it
    asks(world, ONE, ts="101.000001", event="Ev2")
    world.work()
    assert [one.id for one in installations_of(open_state(world.settings))] == [ONE]
    (entry,) = journal(world, "slack_removed")
    assert entry.body == {"workspace": TWO, "why": kind, "jobs_ended": 1}
    assert two.calls == [("auth.test", {})]  # of its installation alone
    assert len(world.slack.others["xoxb-of-T0001"].messages["C1"]) == 1
    went(world, TWO, "app_uninstalled", at=1)  # told twice, and late: nothing more
    assert world.work() == 1


def test_a_token_of_a_person_that_is_revoked_removes_nothing(world: World) -> None:
    install(world, workspace(TWO))
    went(world, TWO, "tokens_revoked", tokens={"oauth": ["U1"]})
    assert world.work() == 0
    assert len(installations_of(open_state(world.settings))) == 1


def test_a_removal_that_comes_after_another_installation_removes_nothing(world: World) -> None:
    install(world, workspace(TWO))
    went(world, TWO, at=int(time.time()) - 60)
    world.work()
    assert len(installations_of(open_state(world.settings))) == 1
    assert journal(world, "slack_removed") == []


def test_an_organisation_is_installed_once_for_its_workspaces(world: World) -> None:
    whole = workspace("T0003", "E0001")
    assert "Northlight Group (E0001)" in install(world, whole)[1]
    for number, team in enumerate(("T0003", "T0009")):  # the second is not granted
        asks(world, team, ts=f"10{number}.000001", event=f"Ev{number}")
    world.work()
    assert ["T0003/U1" in said["text"] for said in whole.ephemeral] == [True]
    assert [entry.body["workspace"] for entry in journal(world, "slack_refused")] == ["T0009"]


@pytest.mark.parametrize("fault", ["revoked", "another secret"])
def test_what_is_wrong_with_an_organisation_stops_no_other_workspace(
    fault: str, world: World
) -> None:
    whole = workspace("T0003", "E0001")
    install(world, whole)
    secret = CLIENT_SECRET
    if fault == "revoked":
        whole.faults["auth.teams.list"] = ["invalid_auth"]
    else:
        secret = "another"
    world.client_of = Workspaces(world.settings, Tokens(TOKEN, SECRET, "", CLIENT, secret))
    asks(world, ONE)
    world.work()
    assert len(world.slack.said()) + len(world.slack.ephemeral) == 1


# --- --check ----------------------------------------------------------------------------------


def test_check_names_each_installation_and_what_it_lacks(
    world: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    one, two = workspace(ONE), workspace(TWO)
    one.scopes = ",".join(SCOPES)
    install(world, one)
    install(world, two, "c2")
    two.faults["auth.test"] = ["account_inactive"]
    monkeypatch.setenv("SLACK_CLIENT_ID", CLIENT)
    monkeypatch.setenv("SLACK_CLIENT_SECRET", CLIENT_SECRET)
    monkeypatch.setenv("SLACK_SIGNING_SECRET", "hush")
    monkeypatch.delenv("SLACK_BOT_TOKEN", raising=False)
    assert main(["slack", "--check"]) == 1
    said = " ".join(capsys.readouterr().out.split())
    assert "T0001 Northlight (T0001), as UAPP." in said
    assert "T0002 Slack refuses the bot token (account_inactive). Install it there again." in said
    assert "E0001 May be installed, over /slack/install, and is not." in said
    for secret in (one.token, two.token, CLIENT_SECRET):
        assert secret not in said
    monkeypatch.setenv("SLACK_CLIENT_SECRET", "another")
    assert main(["slack", "--check"]) == 1
    said = " ".join(capsys.readouterr().out.split())
    assert "workspace T0001 cannot be opened with this SLACK_CLIENT_SECRET" in said
    assert load_settings(world.settings.home).slack.workspaces == (ONE, TWO, "E0001")
