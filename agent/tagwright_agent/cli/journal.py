"""The journal in the terminal: every step, and whether what it says is so."""

from __future__ import annotations

import contextlib
import time
from typing import TYPE_CHECKING

import click

from tagwright.errors import AccessError, UnknownNameError
from tagwright_agent.cli.output import common_options, console, emit_json, settings_for
from tagwright_agent.cli.plans import now, plan_store

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tagwright.config import Settings
    from tagwright.remediation import PlanStore

__all__ = ["journal"]


@click.group("journal", invoke_without_command=True)
@click.option("--plan", "plan_id", metavar="ID", help="Only this plan's entries.")
@common_options
@click.pass_context
def journal(ctx: click.Context, plan_id: str | None, as_json: bool, home: Path | None) -> int:
    """Show every step of every plan; `journal verify` holds them against what was signed."""
    if ctx.invoked_subcommand is not None:
        return 0
    from tagwright.remediation.audit import audit

    with _whole_journal(settings_for(home)) as store:
        found = audit(store)
    entries, fault = found.entries, next(iter(found.faults), "")
    shown = [entry for entry in entries if plan_id in (None, entry.plan_id)]
    if plan_id is not None and not shown:
        from tagwright.registry import nearest

        known = dict.fromkeys(entry.plan_id for entry in entries if entry.plan_id)
        raise UnknownNameError("plan", plan_id, nearest(plan_id, list(known)))
    if as_json:
        emit_json(
            {
                "intact": not fault,
                "fault": fault,
                "last_hash": entries[-1].hash if entries else None,
                "entries": [vars(entry) for entry in shown],
            }
        )
    else:
        from tagwright.render.terminal import print_blocks
        from tagwright_agent.cli.plan_view import table_of_entries

        out = console()
        print_blocks(out, [table_of_entries(shown)])
        last = f", last hash {entries[-1].hash[:16]}" if entries else ""
        out.print(
            f"It does not verify: {fault}." if fault else f"{len(entries)} entries, intact{last}."
        )
    return 1 if fault else 0


@journal.command("verify")
@common_options
def verify(as_json: bool, home: Path | None) -> int:
    """Hold the journal against the signatures, its own end, the plans, and the live tags.

    Exit status 1 where anything does not verify, with the reason.
    """
    from tagwright.remediation.audit import audit, plan_faults
    from tagwright.remediation.live import live_faults

    with _whole_journal(settings_for(home)) as store:
        found = audit(store)
        entries = found.entries
        faults = found.faults or plan_faults(store, entries)
        unread: list[str] = []
        if not faults:
            faults, unread = live_faults(store, entries, time.sleep)
    if as_json:
        said = {"verified": not faults, "faults": faults, "unread": unread}
        emit_json({**said, "entries": len(entries)})
    else:
        out = console()
        for fault in faults:
            out.print(f"{fault[0].upper()}{fault[1:]}.", style="red", soft_wrap=True)
        if not faults:
            out.print(f"{len(entries)} entries verify: chain, end, signatures and plans.")
        for why in unread:
            out.print(f"Live tags were not looked at in {why}", style="yellow", soft_wrap=True)
    return 1 if faults else 0


@journal.command("accept")
@click.option("--reason", required=True, help="Why it is right as it is; kept in the journal.")
@common_options
def accept(reason: str, as_json: bool, home: Path | None) -> None:
    """Take a journal that does not verify as it is now, signed; for who may administer.

    After a restored backup, or an upgrade from before decisions were signed. Until then nothing
    is written to a cloud.
    """
    from tagwright.people import at_terminal
    from tagwright.remediation.audit import accept as take

    settings = settings_for(home)
    person = at_terminal(settings)
    with plan_store(settings, "administer") as store:
        faults = take(store, person, reason, now())
    if as_json:
        emit_json({"accepted": faults, "by": person.id})
        return
    out = console()
    for fault in faults:
        out.print(f"{fault[0].upper()}{fault[1:]}.", soft_wrap=True)
    out.print(f"Accepted by {person.id}: the journal counts from here on.")


@contextlib.contextmanager
def _whole_journal(settings: Settings) -> Iterator[PlanStore]:
    """The plans, for who may read of all of them.

    Raises:
        AccessError: They see a part of the data.
    """
    from tagwright.people import at_terminal, scope_of

    with plan_store(settings) as store:
        if scope_of(store.people, at_terminal(settings)) is not None:
            raise AccessError(
                "The journal tells of every plan, and you may see a part of the data.",
                hint="`tagwright plans` lists the plans that you may see.",
            )
        yield store
