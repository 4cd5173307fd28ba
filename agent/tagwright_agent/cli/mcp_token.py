"""``tagwright mcp token``: static tokens, each of a person."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import click

from tagwright_agent.cli.output import common_options, emit_json, settings_for

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["token"]


@click.group("token")
def token() -> None:
    """Static tokens for MCP over HTTP, each of one person."""


@token.command("make")
@click.argument("person", default="")
@click.option("--read-only", is_flag=True, help="It asks, and proposes nothing.")
@click.option(
    "--days",
    type=click.IntRange(1, 3650),
    default=90,
    show_default=True,
    help="How long it opens.",
)
@common_options
def make_token(*, person: str, read_only: bool, days: int, as_json: bool, home: Path | None) -> int:
    """Make a token for a person of people.yaml, or for yourself where there is no such file.

    It is printed once, alone on stdout; only its hash is kept.
    """
    from tagwright_mcp.tokens import make

    now = dt.datetime.now(dt.UTC)
    name, made = make(settings_for(home), person, read_only=read_only, days=days, now=now)
    if as_json:
        emit_json({"id": name, "token": made})
    else:
        click.echo(f"Token {name}, for {days} days. It is shown this once:", err=True)
        click.echo(made)
    return 0


@token.command("list")
@common_options
def list_tokens(*, as_json: bool, home: Path | None) -> int:
    """List the tokens: id, person, what for, until when."""
    from tagwright_mcp.tokens import load_tokens

    tokens = load_tokens(settings_for(home))
    if as_json:
        shown = {
            name: one.model_dump(mode="json", exclude={"sha256"}) for name, one in tokens.items()
        }
        emit_json({"tokens": shown})
        return 0
    now = dt.datetime.now(dt.UTC)
    for name, one in tokens.items():
        ends = "expired" if one.expires <= now else f"until {one.expires:%Y-%m-%d}"
        click.echo(f"{name}  {one.person}  {', '.join(one.may)}  {ends}")
    if not tokens:
        click.echo("There are none.", err=True)
    return 0


@token.command("revoke")
@click.argument("name", metavar="ID")
@common_options
def revoke_token(*, name: str, as_json: bool, home: Path | None) -> int:
    """Revoke a token by its id: it opens nothing from the next request on."""
    from tagwright_mcp.tokens import revoke

    gone = revoke(settings_for(home), name)
    if as_json:
        emit_json({"revoked": name, "person": gone.person})
    else:
        click.echo(f"Revoked {name}, of {gone.person}.")
    return 0
