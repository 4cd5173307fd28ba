"""Whether the live tags are what the journal says was written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tagwright.errors import ProviderError
from tagwright.remediation.steps import by_place
from tagwright.remediation.tries import tries
from tagwright.remediation.writers import Access, Window
from tagwright.text import shorten

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from tagwright.remediation.plan import Plan, PlanItem
    from tagwright.remediation.store import PlanStore
    from tagwright.state import Entry

__all__ = ["live_faults"]

_Written = dict[tuple[str, str], tuple[str, "PlanItem"]]


def live_faults(
    store: PlanStore, entries: Sequence[Entry], sleep: Callable[[float], None]
) -> tuple[list[str], list[str]]:
    """What the resources say otherwise than a journal that verifies, and what cannot be asked.

    Args:
        store: The plans, and the roles to read with.
        entries: All of the journal.
        sleep: Waits so many seconds, between tries.

    Returns:
        Tags that are not as they were written; why tags could not be read.
    """
    written = _last_written(store, entries)
    items = tuple(item for _, item in written.values())
    faults: list[str] = []
    unread: list[str] = []
    for (account, region, api), positions in by_place(items, range(len(items))).items():
        try:
            access = Access(region, store.settings.applier.roles.get(account, ""), "journal-verify")
            actual = tries(sleep)(access.account)
            if actual != account:
                unread.append(f"account {account}: the credentials are for {actual}")
                continue
            window = Window(api, access)
            arns = sorted({items[p].arn for p in positions})
            for start in range(0, len(arns), window.most_read):
                chosen = arns[start : start + window.most_read]
                live = tries(sleep)(window.read, chosen)
                faults += _differences(chosen, live, written)
        except ProviderError as error:
            unread.append(f"account {account}, {region}: {error.message}")
    return faults, unread


def _last_written(store: PlanStore, entries: Sequence[Entry]) -> _Written:
    """By resource and key, the plan that wrote it last and the item it wrote."""
    plans: dict[str, Plan] = {}
    found: _Written = {}
    for entry in entries:
        if entry.event != "outcome" or not entry.plan_id:
            continue
        if entry.plan_id not in plans:
            plans[entry.plan_id] = store.get(entry.plan_id).plan
        plan, outcomes = plans[entry.plan_id], entry.body.get("items")
        if not isinstance(outcomes, dict):
            continue  # nothing the applier wrote, and accepted by a person
        for position, (state, _) in outcomes.items():
            item = plan.items[int(position)]
            # An undo that found its value there had put it back before the process died.
            if state == "applied" or (state == "already" and plan.kind == "rollback"):
                found[item.arn, item.key] = plan.id, item
            elif state == "drift":
                found.pop((item.arn, item.key), None)
    return found


def _differences(
    arns: Sequence[str], live: dict[str, dict[str, str]], written: _Written
) -> Iterator[str]:
    for (arn, key), (plan_id, item) in written.items():
        if arn not in arns:
            continue
        now = live.get(arn, {}).get(key)
        if now != item.after:
            yield (
                f"{arn} has {key} {_shown(now)}; the journal says that plan {plan_id} made it "
                f"{_shown(item.after)}"
            )


def _shown(value: str | None) -> str:
    return "absent" if value is None else repr(shorten(value, 80))
