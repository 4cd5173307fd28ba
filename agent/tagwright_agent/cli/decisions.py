"""Decisions in the terminal: approve, reject, withdraw. Nothing is written by these."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from tagwright.errors import ApprovalError, MisuseError
from tagwright_agent.cli.output import common_options, console, emit_json, settings_for
from tagwright_agent.cli.plans import document, now, plan_store, seen_plans

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["approve", "reject", "withdraw"]


@click.command("approve")
@click.argument("plan_id")
@click.option("--digest", help="Approve only what has this digest: the plan that you were shown.")
@click.option("--yes", "sure", is_flag=True, help="Do not ask; for whoever has seen the plan.")
@click.option("--reason", default="", help="Kept in the journal.")
@common_options
def approve(  # noqa: PLR0917  click's options
    plan_id: str,
    digest: str | None,
    sure: bool,
    reason: str,
    as_json: bool,
    home: Path | None,
) -> int:
    """Show the whole plan, ask, and approve exactly it; nothing is written by this.

    Who approves is the person of people.yaml whose operating system's user this is.
    """
    from tagwright.people import at_terminal
    from tagwright.remediation.approver import Approver, why_not

    settings = settings_for(home)
    person = at_terminal(settings)
    with plan_store(settings, "approve") as store, Approver.open(store) as approver:
        shown = seen_plans(settings, store).get(plan_id)
        if why := why_not(store, shown, person, now()):
            raise ApprovalError(why)
        if not as_json:
            from tagwright_agent.cli.plan_view import print_plan

            print_plan(console(), shown, deciding=True)
        if not sure and not _asked(plan_id, as_json=as_json):
            console().print("Nothing is decided.")
            return 1
        found = approver.decide(plan_id, digest or shown.digest, person, "approve", reason)
    if as_json:
        emit_json(document(found))
    else:
        alone = f"One-person mode: {person.id} approves their own plan.\n"
        console().print(
            f"Plan {plan_id} is approved by {person.id} (digest {found.digest[7:19]}).\n"
            f"{alone if store.people.one_person else ''}"
            f"Nothing is written yet: tagwright apply {plan_id}"
        )
    return 0


def _asked(plan_id: str, *, as_json: bool) -> bool:
    """Whether the person at this terminal says yes; only they can.

    Raises:
        MisuseError: Nobody can be asked here.
    """
    import sys

    if as_json or not sys.stdin.isatty():
        raise MisuseError(
            "Nobody can be asked here.",
            hint=f"In a terminal: tagwright approve {plan_id}. A script that shows the plan to a "
            "person passes --yes and --digest of what they saw.",
        )
    return click.confirm("Approve exactly this plan?", default=False)


@click.command("reject")
@click.argument("plan_id")
@click.option("--reason", default="", help="Kept in the journal.")
@common_options
def reject(plan_id: str, reason: str, as_json: bool, home: Path | None) -> None:
    """Reject a plan; it can never be applied.

    Who may approve plans may, and who asked for it.
    """
    from tagwright.people import at_terminal
    from tagwright.remediation.approver import Approver

    settings = settings_for(home)
    person = at_terminal(settings)
    with plan_store(settings, None) as store, Approver.open(store) as approver:
        shown = seen_plans(settings, store).get(plan_id)
        found = approver.decide(plan_id, shown.digest, person, "reject", reason)
    if as_json:
        emit_json(document(found))
    else:
        console().print(f"Plan {plan_id} is rejected by {person.id}.")


@click.command("withdraw")
@click.argument("plan_id")
@click.option("--reason", default="", help="Kept in the journal.")
@common_options
def withdraw(plan_id: str, reason: str, as_json: bool, home: Path | None) -> None:
    """Take an approval back: no further tag of that plan is written.

    Who gave it may, who asked for the plan, and who may approve plans. What is written already
    stays until somebody rolls the plan back.
    """
    from tagwright.people import at_terminal
    from tagwright.remediation.approver import Approver

    settings = settings_for(home)
    person = at_terminal(settings)
    with plan_store(settings, None) as store, Approver.open(store) as approver:
        seen_plans(settings, store).get(plan_id)
        found = approver.withdraw(plan_id, person, reason)
    if as_json:
        emit_json(document(found))
        return
    console().print(f"The approval of plan {plan_id} is withdrawn by {person.id}.")
    if any(item.attempts for item in found.items):
        console().print(f"Something of it is written: tagwright rollback {plan_id}")
