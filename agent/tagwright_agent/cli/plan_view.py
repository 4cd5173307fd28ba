"""Plans as people read them, at 80 columns."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from tagwright.money import display_text
from tagwright.text import clean, shorten

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console
    from rich.table import Table

    from tagwright.remediation import Plan, StoredPlan
    from tagwright.state import Entry

__all__ = ["print_outcome", "print_plan", "table_of_entries", "table_of_plans"]

_STYLES = {
    "applied": "green", "already": "green", "drift": "yellow", "refused": "yellow",
    "unsupported": "yellow", "failed": "red", "rejected": "red", "expired": "dim",
}  # fmt: skip


def _table(*columns: tuple[str, str]) -> Table:
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold")
    for name, kind in columns:
        table.add_column(
            name,
            justify="right" if kind == "number" else "left",
            no_wrap=kind != "text",
            overflow="fold" if kind == "text" else "ellipsis",
        )
    return table


def table_of_plans(found: Sequence[StoredPlan]) -> Table:
    """One line a plan."""
    from rich.text import Text

    table = _table(
        ("Plan", "id"), ("State", "id"), ("Changes", "number"), ("Effective cost", "number"),
        ("By, decided by", "text"),
    )  # fmt: skip
    for stored in found:
        plan = stored.plan
        table.add_row(
            plan.id,
            Text(stored.state, style=_STYLES.get(stored.state, "")),
            f"{len(plan.items):,}",
            _amounts(plan),
            ", ".join(shorten(by, 24) for by in _people(stored)),
        )
    return table


def _people(stored: StoredPlan) -> list[str]:
    decided = [stored.decision.by] if stored.decision else []
    return [name.partition(":")[2] or name for name in (stored.plan.proposed_by, *decided)]


def print_plan(out: Console, stored: StoredPlan) -> None:
    """What an approver must see."""
    plan = stored.plan
    out.print(f"Plan {plan.id}: {stored.state}", style="bold")
    out.print(clean(plan.reason))
    out.print(
        f"Proposed by {clean(plan.proposed_by)}, expires {plan.expires_at:%Y-%m-%d %H:%M} UTC"
    )
    if plan.kind == "tag":
        out.print(f"Effective cost of the resources touched: {_amounts(plan)}")
    for line in plan.expected.get("coverage", []):
        if Decimal(line["gained"]):
            out.print(
                f"Coverage of {clean(line['key'])} ({line['currency']}): "
                f"{_percent(line['before'])} now, {_percent(line['after'])} after"
            )
    out.print()
    table = _table(
        ("Resource", "id"), ("Change", "text"), ("Sure", "number"), ("Effective cost", "number")
    )
    for item in plan.items:
        table.add_row(
            _resource(item.arn, 30),
            f"{shorten(item.key, 20)}: {_value(item.before)} → {_value(item.after)}",
            f"{item.confidence}%",
            f"{display_text(Decimal(item.effective_cost))} {item.currency}",
        )
    out.print(table)
    _print_evidence(out, plan)
    if not stored.intact:
        out.print("This plan was changed after it was stored: it cannot be approved.", style="red")
    out.print(f"\nDigest {stored.digest}")
    if stored.decision:
        out.print(
            f"Decided by {clean(stored.decision.by)} at {stored.decision.at:%Y-%m-%d %H:%M} UTC"
        )
    if stored.state == "proposed":
        out.print(f"To approve exactly this: tagwright approve {plan.id} --as WHO")
    elif stored.state == "approved":
        out.print(f"To write it: tagwright apply {plan.id}")
    if any(item.state != "pending" for item in stored.items):
        out.print()
        print_outcome(out, stored)


def _print_evidence(out: Console, plan: Plan) -> None:
    """Why, once for all changes that have the same reasons."""
    alike: dict[tuple[str, tuple[str, ...]], list[str]] = {}
    for item in plan.items:
        change = f"{shorten(item.key, 20)}: {_value(item.after)}"
        alike.setdefault((change, item.evidence), []).append(_resource(item.arn, 40))
    if any(evidence for _, evidence in alike):
        out.print("\nWhy:", style="bold")
    for (change, evidence), resources in alike.items():
        if evidence:
            more = f" and {len(resources) - 1} more" if len(resources) > 1 else ""
            out.print(f"{change} for {resources[0]}{more}")
        for line in evidence:
            out.print(f"  - {clean(line)}")


def print_outcome(out: Console, stored: StoredPlan) -> None:
    """What became of each change."""
    counts = ", ".join(f"{count} {state}" for state, count in sorted(stored.counts().items()))
    out.print(f"Plan {stored.plan.id}: {stored.state.replace('_', ' ')} ({counts})", style="bold")
    table = _table(
        ("Resource", "id"), ("Tag", "id"), ("Value", "text"), ("State", "id"), ("", "text")
    )
    from rich.text import Text

    for item, done in zip(stored.plan.items, stored.items, strict=True):
        table.add_row(
            _resource(item.arn, 28),
            shorten(item.key, 14),
            _value(item.after),
            Text(done.state, style=_STYLES.get(done.state, "")),
            clean(done.detail),
        )
    out.print(table)
    if stored.state in ("applied", "partly_applied") and stored.plan.kind == "tag":
        out.print(f"To put everything back: tagwright rollback {stored.plan.id}")


def table_of_entries(entries: Sequence[Entry]) -> Table:
    """One line an entry of the journal."""
    table = _table(
        ("#", "number"), ("At (UTC)", "id"), ("Event", "id"), ("Plan", "id"), ("By", "text")
    )
    for entry in entries:
        by = entry.body.get("by") or entry.body.get("proposed_by") or entry.body.get("approved_by")
        table.add_row(
            str(entry.seq), entry.at[:19].replace("T", " "), entry.event, entry.plan_id or "",
            shorten(str(by or ""), 22),
        )  # fmt: skip
    return table


def _resource(arn: str, width: int) -> str:
    return shorten(arn.split(":", 5)[-1], width)


def _amounts(plan: Plan) -> str:
    return ", ".join(
        f"{display_text(amount)} {currency}" for currency, amount in sorted(plan.amounts().items())
    )


def _value(value: str | None) -> str:
    return "(absent)" if value is None else shorten(value, 24) or "(empty)"


def _percent(ratio: str | None) -> str:
    return "none" if ratio is None else f"{display_text(Decimal(ratio) * 100, places=1)} %"
