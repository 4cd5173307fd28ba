"""How a period went: what was spent, what changed most, and how it stands with tags.

The digest and the home tab both say it from here, each figure as the tools give it. Compared are
the days that the bills of both periods have; what is not in them yet is said.
"""

from __future__ import annotations

import datetime as dt
from functools import cached_property
from typing import TYPE_CHECKING, Any

from tagwright.blocks import Cell, Note, Source, joined, sentence
from tagwright.metrics import dimension_label
from tagwright.money import EXACT
from tagwright.receipts import run_tool
from tagwright.registry import load_registry
from tagwright.render.figures import decimal_of
from tagwright.results import Period
from tagwright_agent.planner.wording import dates

if TYPE_CHECKING:
    from tagwright.blocks import Block, Line, Part
    from tagwright.context import ToolContext
    from tagwright.results import ToolResult

__all__ = ["Account"]


class Account:
    """A week or month against the one before.

    Args:
        ctx: The call; who reads it, in whose scope.
        asked: The week or month.
        unit: Which of the two it is, for the words.
        team: Of whose charges; empty for all that who reads it may see.
    """

    def __init__(self, ctx: ToolContext, asked: Period, unit: str, team: str = "") -> None:
        self.asked = asked
        self._ctx = ctx
        self._unit = unit
        self._team = team
        self._registry = load_registry()
        self._filters = [{"dimension": "team", "values": [team]}] if team else []
        self._change = self.run("explain_change", asked, compare_to="previous_period")

    def run(self, name: str, period: Period, **more: Any) -> ToolResult:
        """A tool's result over the charges that this is about."""
        given = {"period": f"{period.start}/{period.end}", "filters": self._filters, **more}
        return run_tool(self._registry, name, given, self._ctx)

    @property
    def period(self) -> Period:
        """What is told: the days of it that the bills have."""
        return self._change.period or self.asked

    @property
    def before(self) -> Period:
        """The same days of the one before."""
        return Period.model_validate(self._change.details["compared_to"])

    @property
    def lacking(self) -> int:
        """Days at its end that a daily bill has not, or not all of."""
        late = self._change.details.get("not_in_it", {}).values()
        starts = [dt.date.fromisoformat(days.partition("/")[0]) for days in late]
        return (self.asked.end - min(starts)).days if starts else 0

    @property
    def days(self) -> int:
        """Days of it that all daily bills have whole; all of them where no bill is daily."""
        return (self.asked.end - self.asked.start).days - self.lacking

    @cached_property
    def main(self) -> Line | None:
        """The line of the currency in which most was spent; None where nothing was."""
        return next(iter(self._lines), None)

    @cached_property
    def _lines(self) -> list[Line]:
        """One a currency, that of most money first."""
        return sorted(Source(self._change).totals, key=lambda line: -_size(line, "after"))

    def spent(self) -> list[Block]:
        """What was spent, a line a currency."""
        team = self._team
        whose: list[Part] = [" of ", Cell(value=team, kind="name")] if team else []
        when = dates(self.period)
        if not self._lines:
            return [sentence("Nothing was spent", *whose, f" in {when}.")]
        said: list[Block] = []
        for line in self._lines:
            parts: list[Part] = ["Effective cost", *whose, f", {when}: ", line.amount("after")]
            if not self._known(line):
                then = dates(self.before)
                what = f"what it was in {then}" if line.get("before") is None else (
                    f"how much it changed against {then}")  # fmt: skip
                parts.append(f"; {what} is not known.")
            else:
                parts += [" (", line.amount("change", signed=True)]
                if line.get("change_ratio") is not None:
                    parts += [", ", line.ratio("change_ratio", signed=True)]
                same = "" if self.period == self.asked else "same days of the "
                parts += [f" against the {same}{self._unit} before), from ",
                          line.amount("before"), "."]  # fmt: skip
            said.append(sentence(*parts))
        return said

    def drivers(self, most: int) -> list[list[Part]]:
        """What moved most in the currency of most money: values of one dimension, largest first."""
        if self.main is None or not self._known(self.main):
            return []
        currency = self.main.get("currency")
        rows = [
            line for line in Source(self._change).rows
            if line.get("currency") == currency and line.get("status") != "rest"
            and line.get("value") and _size(line, "change")
        ]  # fmt: skip
        rows.sort(key=lambda line: -_size(line, "change"))
        # The same money is in each dimension's rows: two of them would tell it twice.
        found: list[list[Part]] = []
        for line in rows:
            if line.get("dimension") == rows[0].get("dimension"):
                label = dimension_label(str(line.get("dimension")))
                change = line.amount("change", signed=True)
                found.append([f"{label} ", line.name("value"), " (", change, ")"])
        return found[:most]

    def no_drivers(self) -> list[Block]:
        """Why there are none."""
        if self.main is None or not self._known(self.main):
            return [sentence("What changed is not known.")]
        if _size(self.main, "change"):
            return [sentence("What changed has no name in the bill.")]
        return [sentence("Nothing changed.")]

    def began(self) -> list[Block]:
        """Since when the daily level of it all is another one, where there is such a day."""
        if self.main is None or not self._known(self.main):
            return []
        for line in Source(self._change).details("step"):
            if line.get("currency") == self.main.get("currency"):
                again: list[Part] = [" and again on ", line.time("end")] if line.get("end") else []
                when = line.time("start")
                return [sentence("The daily level of it all changed on ", when, *again, ".")]
        return []

    def tags(self) -> list[Block]:
        """Coverage of the currency with the most that can be tagged, against the one before."""
        if not self._ctx.taxonomy.required:
            return []
        now = self.run("tag_coverage", self.period)
        known = [line for line in Source(now).totals if line.get("coverage") is not None]
        if not known:
            return []
        line = max(known, key=lambda line: _size(line, "taggable"))
        keys = [str(key) for key in now.details.get("keys") or ()]
        named = joined([Cell(value=key, kind="name") for key in keys])
        parts: list[Part] = [
            "Tags: ", line.ratio("coverage"), " of what can be tagged has a valid ", *named,
        ]  # fmt: skip
        before = self.run("tag_coverage", self.before)
        for old in Source(before).totals:
            if old.get("currency") == line.get("currency") and old.get("coverage") is not None:
                parts += [f" (the {self._unit} before ", old.ratio("coverage"), ")"]
        return [sentence(*parts, ".")]

    def notes(self) -> list[Block]:
        """What is not in the bills yet, and what else is needed to read the figures rightly."""
        return [Note(text=text) for text in self._change.notes]

    def _known(self, line: Line) -> bool:
        """Whether a change is one: a day that is missing inside a bill may be all of it."""
        return line.get("change") is not None and not self._change.details.get("days_without")


def _size(line: Line, column: str) -> Any:
    return abs(decimal_of(line.get(column)) or EXACT.create_decimal(0))
