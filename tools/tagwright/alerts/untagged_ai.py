"""``untagged_ai``: AI workloads that are new on the bill and that no team owns."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from decimal import Decimal
from typing import TYPE_CHECKING

from tagwright.alerts.coverage_drop import comparable
from tagwright.alerts.model import Finding, cause_of, label_of, receipts_of, span
from tagwright.blocks import sentence
from tagwright.blocks.source import Source
from tagwright.money import EXACT
from tagwright.text import counted, shorten

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tagwright.alerts.model import Ask
    from tagwright.alerts.rules import UntaggedAI
    from tagwright.blocks import Block, Part
    from tagwright.blocks.source import Line
    from tagwright.periods import Anchor
    from tagwright.results import ToolResult

__all__ = ["untagged_ai"]

_LIMIT = 1000
_SHOWN = 5


def untagged_ai(ask: Ask, anchor: Anchor, rule: UntaggedAI) -> list[Finding]:
    """New AI workloads without a team, those of an account together; most money first.

    New: nothing of that name was charged in as many days before. Of what is a candidate for AI
    nothing is told, and nothing where those days are unknown.

    Args:
        ask: Asks a tool.
        anchor: The range of the data.
        rule: How many days, and from how much money on.
    """
    if anchor.data_start is None or anchor.data_end is None:
        return []
    start = anchor.data_end - dt.timedelta(days=rule.days)
    if start - dt.timedelta(days=rule.days) < anchor.data_start:
        return []  # what was there before the data begins is unknown
    period = span(start, anchor.data_end)
    mapped = ask("map_workloads", show="new", period=period, limit=_LIMIT)
    known = comparable(ask, period)
    by_account: dict[tuple[str, str], list[Line]] = defaultdict(list)
    for line in Source(mapped).rows:
        ours = line.get("certainty") == "ai" and line.get("new") is True and not line.get("team")
        if ours and line.get("currency") in known:
            place = str(line.get("account") or ""), str(line.get("currency"))
            by_account[place].append(line)
    found = []
    for (account, currency), lines in by_account.items():
        amount = Decimal(0)
        for line in lines:
            amount = EXACT.add(amount, Decimal(str(line.get("effective_cost") or 0)))
        if amount >= rule.amount:
            found.append(
                Finding(
                    kind="untagged_ai",
                    cause=cause_of("untagged_ai", {"account": account, "currency": currency}),
                    owner=None,
                    amount=amount,
                    currency=currency,
                    began=start,
                    ended=None,
                    headline=f"New AI workloads without a team: {shorten(account, 60)}",
                    blocks=tuple(_said(mapped, lines, account)),
                )
            )
    return sorted(found, key=lambda one: (one.currency, -one.amount, one.cause))


def _said(mapped: ToolResult, lines: Sequence[Line], account: str) -> Iterator[Block]:
    new = counted(len(lines), "new AI workload")
    where: list[Part] = [" in ", lines[0].name("account")] if account else []
    yield sentence(f"{new} without a team", where, f", {label_of(mapped.period)}:")
    for line in lines[:_SHOWN]:
        form: list[Part] = [" (", line.cell("form", "text"), ")"] if line.get("form") else []
        yield sentence(
            line.name("workload"), ": ", line.amount("effective_cost"),
            form,
            bullet="-",
        )  # fmt: skip
    if len(lines) > _SHOWN:
        yield sentence(f"And {counted(len(lines) - _SHOWN, 'smaller one')}.")
    yield sentence("What to do: ask ", "“propose tag fixes for team”", ", or tag them.")
    yield receipts_of([mapped])
