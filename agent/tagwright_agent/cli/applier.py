"""``tagwright applier``: the one process that holds the cloud role, where it has its own user."""

from __future__ import annotations

import signal
import threading
from typing import TYPE_CHECKING, Any

import click

from tagwright.errors import ApprovalError, TagwrightError
from tagwright.text import clean
from tagwright_agent.cli.output import common_options, emit_json, settings_for

if TYPE_CHECKING:
    from pathlib import Path

    from tagwright.remediation.applier import Outcome

__all__ = ["applier"]


@click.command("applier")
@click.option("--once", is_flag=True, help="Do what is due, then end; for cron.")
@click.option(
    "--every", default=5.0, show_default=True, type=click.FloatRange(0.2, 3600),
    help="Seconds between looks at the queue.",
)  # fmt: skip
@common_options
def applier(once: bool, every: float, as_json: bool, home: Path | None) -> int:
    """Apply what was approved, and roll back what was ordered, as it comes.

    Run it as a user of its own, in a home of its own that has applier.key, approver.pub and
    people.yaml: it believes the approver's signature and its own book, not the state store
    (docs/approvals.md). With --json each outcome is a line.
    """
    from tagwright.proof import Keys
    from tagwright.remediation import PlanStore
    from tagwright.remediation.applier import new_owner, work_once

    settings = settings_for(home)
    stop, owner = threading.Event(), new_owner()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: stop.set())
    keys = Keys.of(settings)
    if keys.verifier("approver") is None:
        raise ApprovalError(
            f"{keys.folder} has no key of an approver: nothing could be verified.",
            hint="Copy approver.pub there (docs/approvals.md).",
        )
    keys.signer("applier")
    if not as_json:
        click.echo("Waiting for approved plans (Ctrl-C to stop).", err=True)
    while not stop.is_set():
        try:
            with PlanStore.open(settings) as store:  # people.yaml is read anew
                outcome = work_once(store, owner)
        except TagwrightError as error:  # a database that starts anew, a file half written
            if once:
                raise
            click.echo(f"{clean(str(error))} Looking again in {every:g} seconds.", err=True)
            stop.wait(every)
            continue
        if outcome is not None:
            _tell(outcome, as_json=as_json)
        elif once:
            break
        else:
            stop.wait(every)
    return 0


def _tell(outcome: Outcome, *, as_json: bool) -> None:
    state = outcome.plan.state if outcome.plan else "nothing done"
    again = outcome.again_at and outcome.again_at.isoformat(timespec="seconds")
    if as_json:
        said: dict[str, Any] = {
            "kind": outcome.kind, "plan": outcome.plan_id, "state": state, "why": outcome.why,
            "again_at": again, "items": outcome.plan.counts() if outcome.plan else {},
        }  # fmt: skip
        emit_json(said)
        return
    done = sorted(outcome.plan.counts().items()) if outcome.plan else []
    counts = ", ".join(f"{count} {name}" for name, count in done)
    line = f"{outcome.kind} {outcome.plan_id}: {state.replace('_', ' ')}"
    more = [f"({counts})"] if counts else []
    more += [clean(outcome.why)] if outcome.why else []
    more += [f"Tried again at {again}."] if again else []
    click.echo(" ".join([line, *more]))
