"""``tagwright sandbox start | status | stop``: an AWS to rehearse approval and applying on."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Any

import click

from tagwright_agent.cli.output import common_options, console, emit_json, settings_for
from tagwright_evals.company.estate import ACCOUNTS

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tagwright_evals.background import Running

__all__ = ["sandbox"]

_IDS = {name: number for number, name in ACCOUNTS.values()}


@click.group("sandbox")
def sandbox() -> None:
    """A sandbox AWS with the sample company's resources, to rehearse on: start, status, stop.

    It runs on this machine alone and forgets all tags when it stops.
    """


def _shared(function: Callable[..., Any]) -> Callable[..., Any]:
    account = click.option(
        "--account",
        type=click.Choice(sorted(_IDS)),
        default="northlight-ml",
        show_default=True,
        help="Whose keys the environment holds.",
    )
    export = click.option(
        "--export", is_flag=True, help='Print the environment for eval "$(…)", and nothing else.'
    )
    return account(export(common_options(function)))


@sandbox.command("start")
@click.option(
    "--port", type=click.IntRange(1, 65535), help="On loopback (default: one that is free)."
)
@_shared
def start(port: int | None, account: str, export: bool, as_json: bool, home: Path | None) -> None:
    """Start it in the background, and print how to reach it."""
    from tagwright_evals.background import start as begin
    from tagwright_evals.company.estate import resources

    where = settings_for(home).home
    _show(begin(where, resources(), port or 0), account, where, export=export, as_json=as_json)


@sandbox.command("status")
@_shared
def status(account: str, export: bool, as_json: bool, home: Path | None) -> int:
    """Whether it runs, and how to reach it. Exit status 1 where it does not."""
    from tagwright_evals.background import find

    where = settings_for(home).home
    found = find(where)
    if found is not None:
        _show(found, account, where, export=export, as_json=as_json)
        return 0
    if as_json:
        emit_json({"running": False})
    else:
        console(stderr=export).print("No sandbox AWS is running. tagwright sandbox start")
    return 1


@sandbox.command("stop")
@common_options
def stop(as_json: bool, home: Path | None) -> None:
    """End it. Where none runs, nothing is done."""
    from tagwright_evals.background import stop as end

    done = end(settings_for(home).home)
    if as_json:
        emit_json({"pid": done.pid, "outcome": done.how})
        return
    told = {
        "stopped": "is stopped, its tags are forgotten.",
        "killed": "did not end when asked, and was killed.",
        "gone": "had ended without being stopped.",
        "none": "No sandbox AWS is running.",
    }[done.how]
    which = "" if done.how == "none" else f"The sandbox AWS (process {done.pid}) "
    console().print(f"{which}{told}")


def _show(found: Running, account: str, home: Path, *, export: bool, as_json: bool) -> None:
    from tagwright_evals.background import LOG
    from tagwright_evals.sandbox import REPLACED

    environment = found.sandbox.env(_IDS[account])
    log = home / "sandbox" / LOG
    if as_json:
        emit_json(
            {
                "running": True, "pid": found.pid, "url": found.sandbox.endpoint_url,
                "account": _IDS[account], "environment": environment, "unset": list(REPLACED),
                "log": str(log),
            }
        )  # fmt: skip
        return
    lines = [f"export {name}={shlex.quote(value)}" for name, value in environment.items()]
    if export:
        click.echo("\n".join([f"unset {' '.join(REPLACED)}", *lines]))
        return
    out = console()
    out.print(f"The sandbox AWS answers on {found.sandbox.endpoint_url} (process {found.pid}).")
    out.print(f"Its log: {log}", soft_wrap=True)
    out.print("\nSo that this shell reaches it as", account, "and no other AWS:")
    own = f" --account {account}" if account != "northlight-ml" else ""
    out.print(f'eval "$(tagwright sandbox status --export{own})"', style="cyan", soft_wrap=True)
