"""``spend_jump``: what costs more a day than its own past says, with its drivers and its money."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from tagwright.alerts.model import Finding, cause_of, receipts_of, span
from tagwright.alerts.series import find_jumps
from tagwright.blocks import Cell, joined, sentence
from tagwright.blocks.source import Source
from tagwright.text import shorten

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tagwright.alerts.model import Ask
    from tagwright.alerts.rules import SpendJump
    from tagwright.alerts.series import Jump
    from tagwright.blocks import Block, Part
    from tagwright.blocks.source import Line
    from tagwright.periods import Anchor
    from tagwright.results import ToolResult

__all__ = ["spend_jumps"]

_RECENT = dt.timedelta(days=14)
"""What fell back longer ago is no news."""
_PAGE = 1000
_WEEK = 7
_DRIVERS = ("sku_meter", "x_ai_model_id", "resource_name")
_MOST = Decimal("0.5")
_OWNER = Decimal("0.8")
_BACK = 130
"""Days that are looked at: what is usual, a level of four weeks, and what may be told after it."""
_NAMED = 60

Subject = tuple[Any, ...]
"""The values of what a rule groups by, the provider, and the currency."""


def spend_jumps(ask: Ask, anchor: Anchor, rule: SpendJump) -> list[Finding]:
    """What left its level and goes on, or fell back in the last 14 days of data; most money first.

    See :mod:`tagwright.alerts.series` for when that is. A day of a month that a provider's bill is
    missing of is unknown. What it costs more is the change against the same weekdays directly
    before, as ``explain_change`` gives it: where that is unknown nothing is told.

    Args:
        ask: Asks a tool.
        anchor: The range of the data.
        rule: Thresholds, and what to group by.
    """
    if anchor.data_start is None or anchor.data_end is None:
        return []
    start = max(anchor.data_start, anchor.data_end - dt.timedelta(days=_BACK))
    days = [start + dt.timedelta(days=n) for n in range((anchor.data_end - start).days)]
    found = []
    for subject, amounts in _series(ask, rule, span(start, anchor.data_end), days):
        for jump in find_jumps(amounts, percent=rule.percent, amount=rule.amount)[-1:]:
            recent = anchor.data_end - jump.last <= _RECENT
            if jump.goes_on or recent:
                finding = _Told(ask, anchor, rule, subject, jump).finding()
                found += [finding] if finding else []
    return sorted(found, key=lambda one: (one.currency, -one.amount, one.cause))


def _series(
    ask: Ask, rule: SpendJump, period: str, days: Sequence[dt.date]
) -> Iterator[tuple[Subject, list[tuple[dt.date, Decimal | None]]]]:
    """Each subject's amounts by day; none is zero where the provider's bill of it is there."""
    groups = [*dict.fromkeys((*rule.by, "service_provider_name"))]
    amounts: dict[Subject, dict[str, Decimal]] = defaultdict(dict)
    months: dict[Any, set[str]] = defaultdict(set)
    for row in _rows(ask, metric=rule.metric, group_by=[*groups, "day"], period=period):
        subject = (*(row[name] for name in groups), row["currency"])
        day = str(row["day"])
        amounts[subject][day] = Decimal(str(row[rule.metric] or 0))
        months[row["service_provider_name"]].add(day[:7])
    for subject, own in amounts.items():
        known = months[subject[groups.index("service_provider_name")]]
        yield (
            subject,
            [
                (
                    day,
                    own.get(day.isoformat(), Decimal(0))
                    if f"{day:%Y-%m}" in known or f"{day:%Y-%m}" < min(known)
                    else None,
                )
                for day in days
            ],
        )


def _rows(ask: Ask, **asked: Any) -> Iterator[dict[str, Any]]:
    """All rows, page by page."""
    offset = 0
    while True:
        page = ask("query_costs", **asked, order="time", limit=_PAGE, offset=offset)
        yield from page.rows
        offset += len(page.rows)
        if not page.rows or offset >= page.row_count:
            return


class _Told:
    """One jump, and what the tools say of it."""

    def __init__(
        self, ask: Ask, anchor: Anchor, rule: SpendJump, subject: Subject, jump: Jump
    ) -> None:
        self.ask = ask
        self.anchor = anchor
        self.rule = rule
        self.jump = jump
        groups = [*dict.fromkeys((*rule.by, "service_provider_name"))]
        self.about = dict(zip(groups, subject, strict=False))
        self.currency = str(subject[-1])
        self.results: list[ToolResult] = []
        assert anchor.data_end is not None  # noqa: S101  it has days
        self.end = anchor.data_end if jump.goes_on else jump.last + dt.timedelta(days=1)
        back = dt.timedelta(days=-(-(self.end - jump.start).days // _WEEK) * _WEEK)
        self.now = span(jump.start, self.end)
        self.before = span(jump.start - back, self.end - back)

    def finding(self) -> Finding | None:
        """None where the change is unknown, or not large enough in all."""
        by = [name for name in (*_DRIVERS, "team") if name not in self.about]
        why = self._asked("explain_change", period=self.now, compare_to=self.before, by=by, limit=3)
        total = next((one for one in why.totals if one.get("currency") == self.currency), None)
        if total is None or total.get("change") is None:
            return None
        change = Decimal(str(total.get("change")))
        if change < self.rule.amount:
            return None
        owner = self._owner(why)
        return Finding(
            kind="spend_jump",
            cause=cause_of("spend_jump", {**self.about, "currency": self.currency,
                                          "metric": self.rule.metric}),
            owner=owner,
            amount=change,
            currency=self.currency,
            began=self.jump.start,
            ended=None if self.jump.goes_on else self.end,
            headline=f"Spend jumped: {self._subject()}",
            team=str(self.about["team"]) if self.about.get("team") is not None else None,
            blocks=tuple(self._blocks(why, total)),
        )  # fmt: skip

    def _asked(self, tool: str, **arguments: Any) -> Source:
        filters = [
            {"dimension": name, "op": "is_null"} if value is None
            else {"dimension": name, "values": [value]}
            for name, value in self.about.items()
        ]  # fmt: skip
        result = self.ask(tool, metric=self.rule.metric, filters=filters, **arguments)
        self.results.append(result)
        return Source(result)

    def _owner(self, why: Source) -> str | None:
        if "team" in self.about:
            return None if self.about["team"] is None else str(self.about["team"])
        for line in self._of(why, "team"):
            if Decimal(str(line.get("contribution") or 0)) >= _OWNER and line.get("value"):
                return str(line.get("value"))
        return None

    def _of(self, why: Source, dimension: str) -> list[Line]:
        return [
            line for line in why.rows
            if line.get("dimension") == dimension and line.get("currency") == self.currency
        ]  # fmt: skip

    def _subject(self) -> str:
        """In plain text, without the provider where more is known."""
        shown = [
            "no team" if value is None and name == "team" else f"no {name}" if value is None
            else shorten(str(value), _NAMED)
            for name, value in self.about.items()
            if name in self.rule.by
        ]  # fmt: skip
        return ", ".join(shown)

    def _blocks(self, why: Source, total: Line) -> Iterator[Block]:
        metric = self.rule.metric.replace("_", " ")
        day, back = (self._per_day(period) for period in (self.now, self.before))
        when: list[Part] = (
            [" since ", _day(self.jump.start)] if self.jump.goes_on
            else [" from ", _day(self.jump.start), " to ", _day(self.jump.last)]
        )  # fmt: skip
        yield sentence(
            "Spend jumped: ", Cell(value=self._subject(), kind="name"), when, ". ", day,
            f" a day of {metric}, ",
            back, " a day on the same weekdays before. ",
            "That is " if self.jump.goes_on else "In all that was ",
            total.amount("change", signed=True),
            *([" (", total.ratio("change_ratio", signed=True), ")"]
              if total.get("change_ratio") is not None else [" (nothing before)"]),
            " so far." if self.jump.goes_on
            else ". It was kept for four weeks and is the usual level now." if self.jump.settled
            else ", and it is over.",
        )  # fmt: skip
        if drivers := list(self._drivers(why)):
            yield sentence("Most of it: ", joined(drivers, between="; ", last="; "), ".")
        for line in why.details("price_and_quantity"):
            if line.get("currency") == self.currency:
                yield from self._price(line)
        assert self.anchor.data_end is not None  # noqa: S101  it has days
        yield sentence(
            "The data reaches ", _day(self.anchor.data_end - dt.timedelta(days=1)),
            "; its last day may not be complete.",
        )  # fmt: skip
        yield receipts_of(self.results)

    def _per_day(self, period: str) -> Cell:
        found = self._asked("query_costs", period=period, group_by=["day"], limit=1)
        for line in found.totals:
            if line.get("currency") == self.currency:
                return line.amount("average_per_day")
        return Cell(value="nothing")

    def _drivers(self, why: Source) -> Iterator[list[Part]]:
        """Of each dimension the value that is most of the change, where one is."""
        for name in (*_DRIVERS, "team"):
            for line in self._of(why, name)[:1]:
                share = Decimal(str(line.get("contribution") or 0))
                if line.get("value") is None or line.get("status") == "rest" or share < _MOST:
                    continue
                yield [
                    f"{_WORDS[name]} ", line.name("value"), " ",
                    line.amount("change", signed=True),
                    " (new)" if line.get("status") == "new" else "",
                ]  # fmt: skip

    def _price(self, line: Line) -> Iterator[Block]:
        parts = {
            name: Decimal(str(line.get(name) or 0)) for name in ("quantity", "price", "new_or_gone")
        }
        most = max(parts, key=lambda name: abs(parts[name]))
        if parts[most] <= 0:
            return
        said = {
            "quantity": "More is used, at the same prices: ",
            "price": "The price is higher: ",
            "new_or_gone": "It was not charged before: ",
        }[most]
        alone = all(not value for name, value in parts.items() if name != most)
        if most == "quantity" and not alone:
            said = "Mostly more is used: "
        yield sentence(said, line.amount(most, signed=True), ".")


_WORDS = {
    "sku_meter": "meter", "x_ai_model_id": "model", "resource_name": "resource", "team": "team",
}  # fmt: skip


def _day(day: dt.date) -> Cell:
    return Cell(value=day.isoformat(), kind="time")
