"""Plans as people read them, at 80 columns."""

from __future__ import annotations

import textwrap
from decimal import Decimal
from typing import TYPE_CHECKING

from tagwright.money import display_text
from tagwright.people import ONE_PERSON
from tagwright.text import clean
from tagwright_agent.plan_text import amounts, called, coverage, in_accounts, whole

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console

    from tagwright.blocks import Table
    from tagwright.remediation import Plan, StoredPlan
    from tagwright.state import Entry

__all__ = ["print_outcome", "print_plan", "table_of_entries", "table_of_plans"]

_STYLES = {
    "applied": "green", "already": "green", "drift": "yellow", "refused": "yellow",
    "unsupported": "yellow", "failed": "red", "rejected": "red", "expired": "dim",
}  # fmt: skip


def table_of_plans(found: Sequence[StoredPlan]) -> Table:
    """One line a plan."""
    from tagwright.blocks import grid

    return grid(
        [("Plan", "code"), ("State", "text"), ("Changes", "count"), ("Effective cost", "text"),
         ("By, decided by", "text")],
        [
            [
                stored.plan.id,
                f"{'undo ' if stored.plan.parent_id else ''}{stored.state.replace('_', ' ')}",
                len(stored.plan.items),
                amounts(stored.plan),
                ", ".join(_people(stored)),
            ]
            for stored in found
        ],
    )  # fmt: skip


def _people(stored: StoredPlan) -> list[str]:
    decided = [stored.decision.by] if stored.decision else []
    return [name.removeprefix("cli:") for name in (stored.plan.proposed_by, *decided)]


def print_plan(out: Console, stored: StoredPlan, *, deciding: bool = False) -> None:
    """What an approver must see: every change with its values in full, ids that can be copied.

    Args:
        out: Where to.
        stored: The plan.
        deciding: It is asked about next: no word on how to.
    """
    plan = stored.plan
    _print_head(out, stored)
    for arn in dict.fromkeys(item.arn for item in plan.items):
        _print_resource(out, plan, arn)
    _print_evidence(out, plan)
    if not stored.intact:
        out.print("This plan was changed after it was stored: it cannot be approved.", style="red")
    out.print(f"\nDigest {stored.digest}", soft_wrap=True)
    if stored.decision:
        out.print(
            f"Decided by {clean(stored.decision.by)} at {stored.decision.at:%Y-%m-%d %H:%M} UTC"
        )
    if stored.state == "proposed" and not deciding:
        out.print(f"To approve exactly this: tagwright approve {plan.id}")
    elif stored.state == "approved":
        out.print(f"To write it: tagwright apply {plan.id}")
    if any(item.state != "pending" for item in stored.items):
        out.print()
        print_outcome(out, stored)


def _print_head(out: Console, stored: StoredPlan) -> None:
    """Who wants what by when, and what it would do."""
    plan = stored.plan
    out.print(f"{_titled(stored)}: {stored.state.replace('_', ' ')}", style="bold")
    out.print(clean(plan.reason))
    out.print(
        f"Proposed by {clean(plan.proposed_by)}, expires {plan.expires_at:%Y-%m-%d %H:%M} UTC"
    )
    if plan.one_person:
        out.print(ONE_PERSON)
    if plan.kind == "tag":
        out.print(f"Effective cost of the resources touched: {amounts(plan)}")
    for line in (in_accounts(plan), *coverage(plan)):
        out.print(line, highlight=False)


def _print_resource(out: Console, plan: Plan, arn: str) -> None:
    """One resource: how people call it, its ARN on a line of its own, and what would change."""
    changes = [(n, item) for n, item in enumerate(plan.items, 1) if item.arn == arn]
    first = changes[0][1]
    known = display_text(Decimal(first.effective_cost))
    cost = f"  {known} {first.currency}" if first.currency else ""
    out.print(f"\n{called(plan, arn)}{cost}", style="bold", soft_wrap=True)
    # Neither cut nor broken into lines: it is copied as it stands.
    out.print(f"  {clean(arn)}", soft_wrap=True, style="dim", highlight=False)
    width, digits = max(len(clean(item.key)) for _, item in changes), len(str(len(plan.items)))
    for number, item in changes:
        out.print(
            f"  {number:>{digits}}. {clean(item.key):<{width}}  "
            f"{whole(item.before)} → {whole(item.after)}  ({item.confidence}% sure)",
            soft_wrap=True,
            highlight=False,
        )


def _print_evidence(out: Console, plan: Plan) -> None:
    """Why, once for all changes that have the same reasons."""
    alike: dict[tuple[str, tuple[str, ...]], list[str]] = {}
    for item in plan.items:
        change = f"{clean(item.key)}: {whole(item.after)}"
        alike.setdefault((change, item.evidence), []).append(called(plan, item.arn))
    if any(evidence for _, evidence in alike):
        out.print("\nWhy:", style="bold")
    for (change, evidence), resources in alike.items():
        if evidence:
            more = f" and {len(resources) - 1} more" if len(resources) > 1 else ""
            out.print(f"{change} for {resources[0]}{more}", soft_wrap=True)
        for line in evidence:
            out.print(f"  - {clean(line)}")


def print_outcome(out: Console, stored: StoredPlan) -> None:
    """What became of each change: one line each; why once below those that have it in common."""
    counts = ", ".join(f"{count} {state}" for state, count in sorted(stored.counts().items()))
    out.print(f"{_titled(stored)}: {stored.state.replace('_', ' ')} ({counts})", style="bold")
    width = max(len(done.state) for done in stored.items)
    together = list(zip(stored.plan.items, stored.items, strict=True))
    for number, (item, done) in enumerate(together, 1):
        out.print(f"  {done.state:<{width}}", style=_STYLES.get(done.state, ""), end="")
        out.print(
            f"  {clean(item.key)}: {whole(item.after)}  {called(stored.plan, item.arn)}",
            soft_wrap=True,
            highlight=False,
        )
        following = together[number][1] if number < len(together) else None
        alike = following and (following.state, following.detail) == (done.state, done.detail)
        if done.detail and done.state != "applied" and not alike:
            margin = " " * (width + 6)
            why = textwrap.fill(
                clean(done.detail), max(out.width, 40), initial_indent=margin,
                subsequent_indent=margin, break_on_hyphens=False, break_long_words=False,
            )  # fmt: skip
            out.print(why, soft_wrap=True, highlight=False)
    if stored.plan.kind != "tag":
        return
    if stored.state in ("partly_applied", "failed"):
        out.print(f"To try the rest again: tagwright apply {stored.plan.id}")
    if stored.state in ("applied", "partly_applied"):
        out.print(f"To put everything back: tagwright rollback {stored.plan.id}")


def _titled(stored: StoredPlan) -> str:
    if stored.plan.kind == "rollback":
        return f"Undo of plan {stored.plan.parent_id} ({stored.plan.id})"
    return f"Plan {stored.plan.id}"


def table_of_entries(entries: Sequence[Entry]) -> Table:
    """One line an entry of the journal."""
    from tagwright.blocks import grid

    return grid(
        [("#", "count"), ("At (UTC)", "time"), ("Event", "text"), ("Plan", "text"),
         ("By", "text")],
        [
            [
                entry.seq,
                entry.at[:19].replace("T", " "),
                entry.event,
                entry.plan_id or "",
                str(
                    entry.body.get("by")
                    or entry.body.get("proposed_by")
                    or entry.body.get("approved_by")
                    or ""
                ),
            ]
            for entry in entries
        ],
    )  # fmt: skip
