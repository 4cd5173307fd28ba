"""docs/slack.md word by word: its commands run, its buttons and variables are those of the app."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner

from fake_slack import TOKEN, fake_slack
from tagwright_agent.cli import cli, main
from tagwright_agent.slack import pages, plan_message, receipts, tokens
from tagwright_agent.slack.alert_message import ANSWERS
from tagwright_agent.slack.manifest import SCOPES

PAGE = (Path(__file__).resolve().parents[1] / "docs" / "slack.md").read_text(encoding="utf-8")
SETUP = PAGE.split("## Ten minutes for an admin")[1].split("\n## ")[0]
COMMANDS = list(dict.fromkeys(
    " ".join(found.split()) for found in re.findall(r"`(tagwright [^`]+)`", PAGE)
))  # fmt: skip


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_is_one_with_these_options(command: str) -> None:
    name, *rest = shlex.split(command)[1:]
    found = cli.get_command(None, name)  # type: ignore[arg-type]
    assert found is not None
    options = {option for one in found.params for option in one.opts}
    assert {word for word in rest if word.startswith("--")} <= options
    assert CliRunner().invoke(cli, [name, "--help"]).exit_code == 0


def test_the_setup_as_it_is_told(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without what a step has made, the check says what is missing; after all of them, nothing."""
    said = [" ".join(it.split()) for it in re.findall(r"`(tagwright slack[^`]*)`", SETUP)]
    socket, over_http, check, run, serve = said
    url = "https://tagwright.example.com/slack/events"
    for command, where in ((socket, ""), (over_http, url)):
        assert main(shlex.split(command)[1:]) == 0
        made = json.loads(capsys.readouterr().out)
        assert made["settings"]["interactivity"].get("request_url", "") == where
    variables = re.findall(r"\| `(SLACK_\w+)`", SETUP)
    assert variables == ["SLACK_BOT_TOKEN", "SLACK_APP_TOKEN", "SLACK_SIGNING_SECRET"]
    for name in variables:
        monkeypatch.delenv(name, raising=False)
    with fake_slack() as slack:
        slack.scopes = ",".join(SCOPES)
        monkeypatch.setenv("TAGWRIGHT_SLACK__API_URL", slack.url)
        assert main(shlex.split(check)[1:]) == 1
        assert "SLACK_BOT_TOKEN is not set" in " ".join(capsys.readouterr().out.split())
        for command in (run, serve):  # they end at once, and say why
            assert main(shlex.split(command)[1:]) != 0
            assert "SLACK_BOT_TOKEN is not set" in " ".join(capsys.readouterr().err.split())
        monkeypatch.setenv("SLACK_BOT_TOKEN", TOKEN)
        monkeypatch.setenv("SLACK_APP_TOKEN", "xapp-1")
        assert main(shlex.split(check)[1:]) == 1
        assert "There is no people.yaml" in " ".join(capsys.readouterr().out.split())
        [person] = re.findall(r"`(slack: \[T0001/U0007\])`", SETUP)
        (home / "people.yaml").write_text(f"people: {{lee: {{{person}, may: [ask]}}}}")
        assert main(shlex.split(check)[1:]) == 0
        assert "1 of 1 have a Slack id." in " ".join(capsys.readouterr().out.split())


def test_the_buttons_are_called_what_the_page_calls_them() -> None:
    source = "".join(
        Path(str(module.__file__)).read_text(encoding="utf-8")
        for module in (pages, plan_message, receipts, tokens)
    )
    bold = {" ".join(one.split()) for one in re.findall(r"\*\*([^*]+)\*\*", PAGE)}
    labels = {one for one in bold if not one.endswith(".")}
    assert {"Next", "Show receipt", "Approve"} <= labels
    for label in labels - {label for _, label in ANSWERS.values()}:
        assert f'"{label}"' in source, label
