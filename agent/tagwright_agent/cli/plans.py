"""Plans in the terminal: look at them."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

import click

from tagwright.errors import MisuseError
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
    "document",
    "now",
    "plan",
    "plan_store",
    "plans",
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


@plan.command("edit")
@click.argument("plan_id")
@click.option("--drop", multiple=True, type=click.IntRange(1), help="Leave this change out.")
@click.option(
    "--set", "values", multiple=True, metavar="N=VALUE", help="Give change N another value."
)
@common_options
def edit(
    plan_id: str, drop: tuple[int, ...], values: tuple[str, ...], as_json: bool, home: Path | None
) -> None:
    """Make another plan of a proposed one; the old one can no longer be approved.

    Changes are numbered as `plan show` lists them. Who edits a plan asks for it, and so cannot
    approve it where somebody else has to.
    """
    from tagwright.people import at_terminal
    from tagwright.remediation.edit import edit as run

    settings = settings_for(home)
    with plan_store(settings, "propose") as store:
        seen_plans(settings, store).get(plan_id)
        found = run(store, plan_id, at_terminal(settings), drop=drop, values=_numbered(values))
    if as_json:
        emit_json(document(found))
        return
    from tagwright_agent.cli.plan_view import print_plan

    print_plan(console(), found)


def _numbered(values: tuple[str, ...]) -> dict[int, str]:
    found: dict[int, str] = {}
    for text in values:
        number, equals, value = text.partition("=")
        if not equals or not number.isdecimal():
            raise MisuseError(f"{text!r} is not N=VALUE, as 2=search.")
        found[int(number)] = value
    return found


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


def now() -> dt.datetime:
    """The present, aware UTC."""
    import datetime as dt

    return dt.datetime.now(dt.UTC)


def seen_plans(settings: Settings, store: PlanStore) -> Plans:
    """The plans of a store that the person at this terminal may see."""
    from tagwright.people import at_terminal, seen_by

    return seen_by(at_terminal(settings), store, store.people, settings)


@contextlib.contextmanager
def plan_store(settings: Settings, right: Right | None = "ask") -> Iterator[PlanStore]:
    """The plans of a home, for the person at this terminal.

    Args:
        settings: Where they are.
        right: What the person must be allowed to; None where the store judges it by the plan.

    Raises:
        AccessError: They may not.
    """
    from tagwright.people import at_terminal, require
    from tagwright.remediation import PlanStore

    with PlanStore.open(settings) as store:
        if right is not None:
            require(store.people, at_terminal(settings), right)
        yield store
