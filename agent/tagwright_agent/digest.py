"""A digest: how a whole week or month went, in three lines and one picture.

What was spent against the week before, what moved it, and how it stands with tags and plans; of one
team where one is named. Only whole weeks and months are told: of one that the bill does not reach
to its end, nobody knows how it went.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from tagwright.blocks import Cell, Note, Source, joined, sentence
from tagwright.context import open_context
from tagwright.errors import MisuseError
from tagwright.metrics import dimension_label
from tagwright.money import EXACT
from tagwright.people import seen_by
from tagwright.periods.model import add_months, month_start, span, week_start
from tagwright.receipts import run_tool
from tagwright.registry import load_registry
from tagwright.render.figures import decimal_of
from tagwright.text import counted
from tagwright_agent.charts import charts_of
from tagwright_agent.messages import ToolRun
from tagwright_agent.planner.wording import dates

if TYPE_CHECKING:
    from tagwright.blocks import Block, Line, Part
    from tagwright.config import Settings
    from tagwright.context import ToolContext
    from tagwright.people import Principal
    from tagwright.results import Period, ToolResult

__all__ = ["Digest", "digest", "digest_asked", "team_asked"]

_ASKED = re.compile(
    r"(?:(?P<unit>weekly|monthly|month[- ]end) )?digest(?: (?:for|of) "
    r"(?:the (?P<the>.{1,80}?) team|(?:the )?(?:team )?(?P<team>.{1,80}?)))?[.!?]?",
    re.IGNORECASE,
)
_TREND = {"week": 14, "month": 12}
"""Days, or months, that the picture shows."""


@dataclass(frozen=True)
class Digest:
    """Which one.

    Attributes:
        unit: Whether of a week or of a month.
        team: Of whose; empty for everything that who reads it may see.
    """

    unit: Literal["week", "month"] = "week"
    team: str = ""


def digest_asked(text: str) -> Digest | None:
    """The digest that the words ask for; None where they ask for something else.

    >>> digest_asked("monthly digest for team search")
    Digest(unit='month', team='search')
    >>> digest_asked("digest what we spent") is None
    True
    """
    found = _ASKED.fullmatch(" ".join(text.split()))
    if found is None:
        return None
    monthly = (found["unit"] or "").lower().startswith("month")
    return Digest("month" if monthly else "week", found["the"] or found["team"] or "")


def team_asked(text: str) -> str | None:
    """The team of whose charges alone the words ask a digest; None where they ask anything else."""
    asked = digest_asked(text)
    return (asked.team or None) if asked is not None else None


def digest(
    settings: Settings, asked: Digest, who: Principal, now: dt.datetime | None = None
) -> list[Block]:
    """The lines and the picture; every figure with its receipt.

    Args:
        settings: Where the data is.
        asked: Which one.
        who: Who reads it, in whose scope.
        now: Aware UTC.

    Raises:
        AccessError: They may not ask.
        MisuseError: No week (month) is whole in the data yet.
        SnapshotError: There is no data yet.
        UnknownNameError: Nobody knows the team.
    """
    with open_context(settings, who, now=now) as ctx:
        period, before, trend = _periods(ctx, asked)
        tools = _Tools(ctx, asked)
        change = tools.run("explain_change", period=period, compare_to=_text(before))
        blocks: list[Block] = [
            *_spent(asked, change, period, before), *_moved(change),
            *_tags(asked, tools.run("tag_coverage", period=period),
                   tools.run("tag_coverage", period=before)),
        ]  # fmt: skip
        if not asked.team:  # a team's is read by who may see its charges, and no other's plans
            blocks += _waiting(ctx)
        shown: dict[str, Any] = {
            "period": trend, "group_by": ["day" if asked.unit == "week" else "month"], "limit": 60,
        }  # fmt: skip
        drawn = tools.run("query_costs", **shown)
        main = _main(change)
        charts = charts_of([ToolRun("query_costs", shown, drawn)])
        blocks += [chart for chart in charts if main and chart.unit == main.get("currency")][:1]
        if period.end < _begun(asked, ctx.now.date()):
            blocks.append(
                Note(text=f"This is the last {asked.unit} that the bill holds whole: "
                          f"{dates(period)}.")
            )  # fmt: skip
        return blocks


class _Tools:
    """Runs the tools of one digest: each over its team."""

    def __init__(self, ctx: ToolContext, asked: Digest) -> None:
        self.ctx = ctx
        self.registry = load_registry()
        self.filters = [{"dimension": "team", "values": [asked.team]}] if asked.team else []

    def run(self, name: str, *, period: Period, **more: Any) -> ToolResult:
        given = {"period": _text(period), "filters": self.filters, **more}
        return run_tool(self.registry, name, given, self.ctx)


def _text(period: Period) -> str:
    return f"{period.start}/{period.end}"


def _begun(asked: Digest, day: dt.date) -> dt.date:
    """The first day of the week (month) that holds the day."""
    return week_start(day) if asked.unit == "week" else month_start(day)


def _back(asked: Digest, day: dt.date, count: int = 1) -> dt.date:
    return day - dt.timedelta(weeks=count) if asked.unit == "week" else add_months(day, -count)


def _periods(ctx: ToolContext, asked: Digest) -> tuple[Period, Period, Period]:
    """The last whole one, the one before it, and what the picture shows."""
    anchor = ctx.anchor
    if anchor.data_start is None or anchor.data_end is None:
        raise MisuseError(f"No {asked.unit} is whole in the data yet.")
    end = _begun(asked, min(anchor.data_end, anchor.today))
    start = _back(asked, end)
    if start < anchor.data_start:
        raise MisuseError(
            f"No {asked.unit} is whole in the data yet: it begins on {anchor.data_start}."
        )
    first = (
        end - dt.timedelta(days=_TREND["week"])
        if asked.unit == "week"
        else add_months(end, -_TREND["month"])
    )
    return (
        span(start, end),
        span(_back(asked, start), start),
        span(max(first, _begun(asked, anchor.data_start)), end),
    )


def _spent(asked: Digest, change: ToolResult, period: Period, before: Period) -> list[Block]:
    whose: list[Part] = [" of ", Cell(value=asked.team, kind="name")] if asked.team else []
    if not change.totals:
        return [sentence("Nothing was spent", *whose, f" in {dates(period)}.")]
    said: list[Block] = []
    for line in Source(change).totals:
        parts: list[Part] = [
            "Effective cost", *whose, f", {dates(period)}: ", line.amount("after"),
        ]  # fmt: skip
        if line.get("change") is None:
            parts.append(f"; what it was in {dates(before)} is not known.")
        else:
            parts += [" (", line.amount("change", signed=True)]
            if line.get("change_ratio") is not None:
                parts += [", ", line.ratio("change_ratio", signed=True)]
            parts.append(f" against the {asked.unit} before).")
        said.append(sentence(*parts))
    return said


def _main(change: ToolResult) -> Line | None:
    """The line of the currency in which most was spent; None where nothing was."""
    return max(Source(change).totals, key=lambda line: _size(line, "after"), default=None)


def _moved(change: ToolResult) -> list[Block]:
    """The value that moved most in the currency of most money; and since when all of it did."""
    source, main = Source(change), _main(change)
    if main is None or main.get("change") is None:
        return []
    currency = main.get("currency")
    rows = [
        line for line in source.rows
        if line.get("currency") == currency and line.get("status") != "rest" and line.get("value")
    ]  # fmt: skip
    if not rows:
        return []
    top = max(rows, key=lambda line: _size(line, "change"))
    if not _size(top, "change"):
        return []
    parts: list[Part] = [
        f"What moved most: {dimension_label(str(top.get('dimension'))).lower()} ",
        top.name("value"), " (", top.amount("change", signed=True), ")",
    ]  # fmt: skip
    began = [line for line in source.details("step") if line.get("currency") == currency]
    if began:
        parts += [". The daily level of it all changed on ", began[0].time("start")]
    return [sentence(*parts, ".")]


def _size(line: Line, column: str) -> Any:
    return abs(decimal_of(line.get(column)) or EXACT.create_decimal(0))


def _tags(asked: Digest, now: ToolResult, before: ToolResult) -> list[Block]:
    """Coverage of the currency with the most that can be tagged, against the one before."""
    known = [line for line in Source(now).totals if line.get("coverage") is not None]
    if not known:
        return []
    line = max(known, key=lambda line: _size(line, "taggable"))
    keys = [str(key) for key in now.details.get("keys") or ()]
    named = joined([Cell(value=key, kind="name") for key in keys])
    parts: list[Part] = [
        "Tags: ", line.ratio("coverage"), " of what can be tagged has a valid ", *named,
    ]  # fmt: skip
    for old in Source(before).totals:
        if old.get("currency") == line.get("currency") and old.get("coverage") is not None:
            parts += [" (the ", asked.unit, " before ", old.ratio("coverage"), ")"]
    return [sentence(*parts, ".")]


def _waiting(ctx: ToolContext) -> list[Block]:
    from tagwright.people import load_people
    from tagwright.remediation import PlanStore

    people = load_people(ctx.settings)
    plans = seen_by(ctx.principal, PlanStore(ctx.state, ctx.settings, people), people, ctx.settings)
    waits = sum(it.state == "proposed" for it in plans.list(limit=1000, now=ctx.now))
    if not waits:
        return []
    verb = "waits" if waits == 1 else "wait"
    return [sentence(f"{counted(waits, 'plan')} of tag fixes {verb} for a decision.")]
