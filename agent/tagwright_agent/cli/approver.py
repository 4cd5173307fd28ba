"""``tagwright approver``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from tagwright_agent.cli.output import common_options, emit_json, settings_for

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["approver"]


@click.command("approver")
@click.option(
    "--http", metavar="HOST:PORT", default="127.0.0.1:8700", show_default=True, help="Serve there."
)
@click.option(
    "--allow-host",
    "names",
    metavar="NAME",
    multiple=True,
    help="A further host name under which browsers and the applier reach it.",
)
@common_options
def approver(http: str, names: tuple[str, ...], as_json: bool, home: Path | None) -> int:
    """Serve the page on which people decide, and the approver's word to the applier.

    One person signs in by the link that is shown here, once and within ten minutes; several by
    OIDC, as approval.oidc in tagwright.toml says. With --json the one document on stdout is
    {"url": …, "link": …}, written once connections are accepted.
    """
    from tagwright_agent.approver.serve import serve

    def listening(url: str, link: str | None) -> None:
        if as_json:
            emit_json({"url": url, "link": link})
            return
        click.echo(f"Listening on {url} (Ctrl-C to stop).", err=True)
        if link:
            click.echo(f"Sign in, once and within ten minutes: {link}", err=True)

    serve(settings_for(home), http, names=names, listening=listening)
    return 0
