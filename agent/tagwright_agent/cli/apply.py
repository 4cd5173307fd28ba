"""Writing in the terminal: apply an approved plan, roll one back."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import click

from tagwright_agent.cli.output import common_options, console, emit_json, settings_for
from tagwright_agent.cli.plans import document, plan_store, seen_plans

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tagwright.people import Principal
    from tagwright.remediation import PlanStore, StoredPlan

__all__ = ["apply", "rollback"]


@click.command("apply")
@click.argument("plan_id")
@common_options
def apply(plan_id: str, as_json: bool, home: Path | None) -> int:
    """Write an approved plan's tags with boto3's own credentials, and read them back.

    Run it again after a crash or a partial failure: what is done is not done twice.
    """
    from tagwright.remediation.apply import apply as run

    settings = settings_for(home)
    with plan_store(settings, "apply") as store:
        seen_plans(settings, store).get(plan_id)
        with _progress(as_json=as_json) as told:
            found = run(plan_id, store, progress=told)
        return _finished(found, as_json=as_json)


@click.command("rollback")
@click.argument("plan_id")
@common_options
def rollback(plan_id: str, as_json: bool, home: Path | None) -> int:
    """Put back what a plan changed, where the value is still the plan's.

    Whatever was tried can be undone, after its approval ran out too.
    """
    from tagwright.people import at_terminal
    from tagwright.remediation.undo import rollback as run

    settings = settings_for(home)
    with plan_store(settings, "roll_back") as store:
        seen_plans(settings, store).get(plan_id)
        if store.keys.knows("applier") and not store.keys.has("applier"):
            return _order(store, plan_id, at_terminal(settings), as_json=as_json)
        with _progress(as_json=as_json) as told:
            found = run(plan_id, store, at_terminal(settings).id, progress=told)
        return _finished(found, as_json=as_json)


def _order(store: PlanStore, plan_id: str, person: Principal, *, as_json: bool) -> int:
    """Sign the order; the applier, whose home is elsewhere, carries it out."""
    from tagwright.remediation.approver import Approver

    with Approver.open(store) as approver:
        found = approver.order_rollback(plan_id, person)
    if as_json:
        emit_json(document(found))
    else:
        console().print(f"Plan {plan_id} is to be rolled back, {person.id} says: the applier does.")
    return 0


@contextlib.contextmanager
def _progress(*, as_json: bool) -> Iterator[Callable[[int, int], None]]:
    """A bar on a terminal while a plan is written; nothing elsewhere."""
    out = console()
    if as_json or not out.is_terminal:
        yield lambda _done, _total: None
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=out, transient=True) as bar:
        task = bar.add_task("Changes", total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def _finished(found: StoredPlan, *, as_json: bool) -> int:
    if as_json:
        emit_json(document(found))
    else:
        from tagwright_agent.cli.plan_view import print_outcome

        print_outcome(console(), found)
    return 0 if found.state == "applied" else 1
