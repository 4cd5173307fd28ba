"""The remediation protocol in the terminal: look, approve, apply, roll back, audit."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

import click

from tagwright.errors import AccessError, ApprovalError, MisuseError
from tagwright_agent.cli.output import common_options, console, emit_json, settings_for

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator
    from pathlib import Path

    from tagwright.config import Settings
    from tagwright.people import Right
    from tagwright.people.plans import Plans
    from tagwright.remediation import PlanStore, StoredPlan

__all__ = [
    "apply",
    "approve",
    "journal",
    "now",
    "plan",
    "plan_store",
    "plans",
    "reject",
    "rollback",
    "seen_plans",
]


@click.command("plans")
@click.option("--limit", default=20, show_default=True, type=click.IntRange(1, 1000))
@common_options
def plans(limit: int, as_json: bool, home: Path | None) -> None:
    """List plans, the newest first."""
    settings = settings_for(home)
    with plan_store(settings) as store:
        found = seen_plans(settings, store).list(limit=limit, now=now())
    if as_json:
        emit_json({"plans": [document(stored) for stored in found]})
        return
    if not found:
        console().print('There are no plans. `tagwright ask "propose tag fixes"` makes one.')
        return
    from tagwright.render.terminal import print_blocks
    from tagwright_agent.cli.plan_view import table_of_plans

    print_blocks(console(), [table_of_plans(found)])


@click.group("plan")
def plan() -> None:
    """Look at one plan."""


@plan.command("show")
@click.argument("plan_id")
@common_options
def show(plan_id: str, as_json: bool, home: Path | None) -> None:
    """Everything an approver must see: each change, why, and the digest."""
    settings = settings_for(home)
    with plan_store(settings) as store:
        found = seen_plans(settings, store).get(plan_id, now())
    if as_json:
        emit_json(document(found))
        return
    from tagwright_agent.cli.plan_view import print_plan

    print_plan(console(), found)


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

    settings = settings_for(home)
    person = at_terminal(settings)
    with plan_store(settings, "approve") as store:
        shown = seen_plans(settings, store).get(plan_id)
        if why := store.why_not(shown, person, now()):
            raise ApprovalError(why)
        if not as_json:
            from tagwright_agent.cli.plan_view import print_plan

            print_plan(console(), shown, deciding=True)
        if not sure and not _asked(plan_id, as_json=as_json):
            console().print("Nothing is decided.")
            return 1
        found = store.decide(plan_id, digest or shown.digest, person, "approve", reason)
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

    settings = settings_for(home)
    person = at_terminal(settings)
    with plan_store(settings, None) as store:
        shown = seen_plans(settings, store).get(plan_id)
        found = store.decide(plan_id, shown.digest, person, "reject", reason)
    if as_json:
        emit_json(document(found))
    else:
        console().print(f"Plan {plan_id} is rejected by {person.id}.")


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
    """Put back what an applied plan changed, where the value is still the plan's."""
    from tagwright.remediation.apply import rollback as run

    settings = settings_for(home)
    with plan_store(settings, "roll_back") as store:
        seen_plans(settings, store).get(plan_id)
        return _finished(run(plan_id, store), as_json=as_json)


@click.command("journal")
@click.option("--plan", "plan_id", metavar="ID", help="Only this plan's entries.")
@common_options
def journal(plan_id: str | None, as_json: bool, home: Path | None) -> int:
    """Show the journal and verify its chain; exit status 1 where it is broken."""
    from tagwright.people import at_terminal, scope_of
    from tagwright.state import verify

    settings = settings_for(home)
    with plan_store(settings) as store:
        if scope_of(store.people, at_terminal(settings)) is not None:
            raise AccessError(
                "The journal tells of every plan, and you may see a part of the data.",
                hint="`tagwright plans` lists the plans that you may see.",
            )
        entries = store.state.journal()
    fault = verify(entries)
    shown = [entry for entry in entries if plan_id in (None, entry.plan_id)]
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
            f"The chain is broken: {fault}." if fault else f"{len(entries)} entries, intact{last}."
        )
    return 1 if fault else 0


def document(stored: StoredPlan) -> dict[str, Any]:
    """The JSON of a plan, as it was approved and as far as it has come."""
    decision = stored.decision
    return {
        **stored.plan.summary(),
        "state": stored.state,
        "intact": stored.intact,
        "decision": decision
        and {
            "decision": decision.decision,
            "by": decision.by,
            "channel": decision.channel,
            "at": decision.at.isoformat(timespec="seconds"),
            "reason": decision.reason,
        },
        "items": [
            {**item.model_dump(mode="json"), "state": done.state, "detail": done.detail}
            for item, done in zip(stored.plan.items, stored.items, strict=True)
        ],
    }


def _finished(found: StoredPlan, *, as_json: bool) -> int:
    if as_json:
        emit_json(document(found))
    else:
        from tagwright_agent.cli.plan_view import print_outcome

        print_outcome(console(), found)
    return 0 if found.state == "applied" else 1


def now() -> dt.datetime:
    """The present, aware UTC."""
    import datetime as dt

    return dt.datetime.now(dt.UTC)


def seen_plans(settings: Settings, store: PlanStore) -> Plans:
    """The plans of a store that the person at this terminal may see."""
    from tagwright.metrics import catalogue_of
    from tagwright.people import SeenPlans, at_terminal, scope_of
    from tagwright.taxonomy import load_taxonomy

    who = at_terminal(settings)
    scope = scope_of(store.people, who)
    if scope is None:
        return store
    return SeenPlans(store, scope, catalogue_of(load_taxonomy(settings)), who)


@contextlib.contextmanager
def plan_store(settings: Settings, right: Right | None = "ask") -> Iterator[PlanStore]:
    """The plans of a home, for the person at this terminal.

    Args:
        settings: Where they are.
        right: What the person must be allowed to; None where the store judges it by the plan.

    Raises:
        AccessError: They may not.
    """
    from tagwright.people import at_terminal, load_people, require
    from tagwright.remediation import PlanStore
    from tagwright.state import open_state

    people = load_people(settings)
    if right is not None:
        require(people, at_terminal(settings), right)
    state = open_state(settings)
    try:
        yield PlanStore(state, settings.approval, people)
    finally:
        state.close()
