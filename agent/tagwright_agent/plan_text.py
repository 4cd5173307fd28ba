"""What is said of a plan wherever an approver reads it: at a terminal, on a page."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from tagwright.metrics.account_names import account_text
from tagwright.money import display_text
from tagwright.text import clean

if TYPE_CHECKING:
    from tagwright.remediation import Plan

__all__ = ["amounts", "called", "coverage", "in_accounts", "whole"]


def amounts(plan: Plan) -> str:
    """The effective cost of the resources touched, each once, per currency."""
    return ", ".join(
        f"{display_text(amount)} {currency}" for currency, amount in sorted(plan.amounts().items())
    )


def called(plan: Plan, arn: str) -> str:
    """The name that people know, where the bill has one, with the id."""
    tail = clean(arn.split(":", 5)[-1])
    name = clean(str(plan.expected.get("names", {}).get(arn, "")))
    return f"{name} ({tail})" if name else tail


def in_accounts(plan: Plan) -> str:
    """The accounts touched, with the names that people call them by."""
    names = plan.expected.get("account_names", {})
    accounts = [account_text(found, names) for found in sorted({i.account for i in plan.items})]
    return f"In account{'s'[: len(accounts) > 1]} {', '.join(accounts)}"


def coverage(plan: Plan) -> list[str]:
    """What the plan does to the coverage of each key that it changes."""
    return [
        f"Coverage of {clean(line['key'])} ({line['currency']}): "
        f"{_percent(line['before'])} now, {_percent(line['after'])} after"
        for line in plan.expected.get("coverage", [])
        if Decimal(line["gained"])
    ]


def whole(value: str | None) -> str:
    """A tag's value as it is: what is approved is seen to its last character."""
    return "(absent)" if value is None else clean(value) or "(empty)"


def _percent(ratio: str | None) -> str:
    return "none" if ratio is None else f"{display_text(Decimal(ratio) * 100, places=1)} %"
