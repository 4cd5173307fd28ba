"""``tagwright mcp``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from tagwright.errors import MisuseError
from tagwright_agent.cli.mcp_token import token
from tagwright_agent.cli.output import common_options, emit_json, settings_for

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["mcp"]


@click.group("mcp", invoke_without_command=True)
@click.option("--http", metavar="HOST:PORT", help="Serve streamable HTTP there instead of stdio.")
@click.option(
    "--allow-host",
    "names",
    metavar="NAME",
    multiple=True,
    help="A further host name under which clients reach the HTTP server.",
)
@click.option(
    "--config",
    "client",
    metavar="CLIENT",
    help="Print what to write into a client's configuration, and where: "
    "claude-desktop, claude-code, cursor, vscode, zed, windsurf or codex.",
)
@click.option("--url", default="", help="With --config: of a server over HTTP.")
@common_options
@click.pass_context
def mcp(  # noqa: PLR0917  click's
    context: click.Context, http: str | None, names: tuple[str, ...], client: str | None, url: str,
    as_json: bool, home: Path | None,
) -> int:  # fmt: skip
    """Serve the tools over MCP, to an assistant or an IDE: stdio, or HTTP with --http.

    HTTP beyond this machine needs people's tokens: `tagwright mcp token make`, or the setting
    mcp.oauth. With --json the one document on stdout is {"url": …}, written once connections are
    accepted; stdio has no such document, since stdout is the wire.
    """
    if context.invoked_subcommand is not None:
        return 0
    if client is not None:
        from tagwright_mcp.clients import CLIENTS, configuration

        if http is not None or names or as_json:
            raise MisuseError("--config serves nothing: it goes with --url and --home alone.")
        click.echo(configuration(client, settings_for(home).home, url), nl=False)
        click.echo(f"For {CLIENTS[client].file}.", err=True)
        return 0
    if url:
        raise MisuseError("--url needs --config.")
    from tagwright_mcp.serve import serve_http, serve_stdio

    if http is None:
        if as_json or names:
            raise MisuseError("--json and --allow-host need --http.")
        serve_stdio(settings_for(home))
        return 0

    def listening(url: str) -> None:
        if as_json:
            emit_json({"url": url})
        else:
            click.echo(f"Listening on {url} (Ctrl-C to stop).", err=True)

    serve_http(settings_for(home), http, names=names, listening=listening)
    return 0


mcp.add_command(token)
