"""Writing in the terminal: apply an approved plan, roll one back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from tagwright_agent.cli.output import common_options, console, emit_json, settings_for
from tagwright_agent.cli.plans import document, plan_store, seen_plans

if TYPE_CHECKING:
    from pathlib import Path

    from tagwright.remediation import StoredPlan

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
        return _finished(run(plan_id, store), as_json=as_json)


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
        return _finished(run(plan_id, store, at_terminal(settings).id), as_json=as_json)


def _finished(found: StoredPlan, *, as_json: bool) -> int:
    if as_json:
        emit_json(document(found))
    else:
        from tagwright_agent.cli.plan_view import print_outcome

        print_outcome(console(), found)
    return 0 if found.state == "applied" else 1
