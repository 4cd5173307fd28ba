"""``tagwright slack``: the app of one or several workspaces, over HTTP or Socket Mode."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from tagwright.errors import MisuseError
from tagwright_agent.cli.output import common_options, console, emit_json, settings_for

if TYPE_CHECKING:
    from pathlib import Path

    from tagwright.config import Settings

__all__ = ["slack"]


@click.command("slack")
@click.option(
    "--http", metavar="HOST:PORT", help="Serve POST /slack/events there, not Socket Mode."
)
@click.option("--check", is_flag=True, help="Say what the tokens see and lack, then end.")
@click.option("--manifest", is_flag=True, help="Print the app manifest, then end.")
@click.option("--url", default="", help="With --manifest: where Slack sends requests over HTTP.")
@common_options
def slack(  # noqa: PLR0917  click's options
    http: str | None,
    check: bool,
    manifest: bool,
    url: str,
    as_json: bool,
    home: Path | None,
) -> int:
    """Answer in Slack: mentions, direct messages, threads and /tagwright.

    Tokens come from the environment: SLACK_BOT_TOKEN; with --http SLACK_SIGNING_SECRET, else
    SLACK_APP_TOKEN (docs/slack.md). With SLACK_CLIENT_ID and SLACK_CLIENT_SECRET, --http also
    installs the app in other workspaces. Several processes may share one home.
    """
    if manifest:
        from tagwright_agent.slack.manifest import manifest as made

        click.echo(json.dumps(made(url), indent=2))
        return 0
    settings = settings_for(home)
    if check:
        return _check(settings, as_json=as_json)
    from tagwright_agent.slack.serve import serve_http, serve_socket

    if http is None:
        if as_json:
            raise MisuseError("--json needs --http, --check or --manifest.")
        serve_socket(settings, lambda: click.echo("Connected to Slack (Ctrl-C ends).", err=True))
        return 0

    def listening(url: str) -> None:
        if as_json:
            emit_json({"url": url})
        else:
            click.echo(f"Slack's request URL is {url} (Ctrl-C to stop).", err=True)

    serve_http(settings, http, listening)
    return 0


def _check(settings: Settings, *, as_json: bool) -> int:
    from tagwright_agent.slack.check import checked

    found = checked(settings)
    faults = sum(one.level == "fault" for one in found)
    if as_json:
        emit_json({"findings": [vars(one) for one in found], "faults": faults})
    else:
        from tagwright_agent.cli.doctor import print_findings

        print_findings(console(), found)
    return 1 if faults else 0
