"""A digest: how a whole week or month went, in three lines and one picture.

What was spent against the week before, what moved it, and how it stands with tags and plans; of one
team where one is named. Told is what is over: the last month that the bills hold whole, and last
week also where its last days are not in them yet, then against the same days of the week before.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from tagwright.blocks import Note, sentence
from tagwright.context import open_context
from tagwright.errors import MisuseError
from tagwright.people import seen_by
from tagwright.periods.model import add_months, month_start, span, week_start
from tagwright.text import counted
from tagwright_agent.account import Account
from tagwright_agent.charts import charts_of
from tagwright_agent.messages import ToolRun
from tagwright_agent.planner.wording import dates

if TYPE_CHECKING:
    from tagwright.blocks import Block
    from tagwright.config import Settings
    from tagwright.context import ToolContext
    from tagwright.people import Principal
    from tagwright.results import Period

__all__ = ["Digest", "digest", "digest_asked", "team_asked"]

_ASKED = re.compile(
    r"(?:(?P<unit>weekly|monthly|month[- ]end) )?digest(?: (?:for|of) "
    r"(?:the (?P<the>.{1,80}?) team|(?:the )?(?:team )?(?P<team>.{1,80}?)))?[.!?]?",
    re.IGNORECASE,
)
_LATE = 3
"""So many days of last week may be lacking, else it is the week before that is told."""


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
        found = _last(ctx, asked)
        blocks: list[Block] = [*found.spent()]
        if drivers := found.drivers(1):
            blocks.append(sentence("What moved most: ", drivers[0], "."))
        blocks += [*found.began(), *found.tags()]
        if not asked.team:  # a team's is read by who may see its charges, and no other's plans
            blocks += _waiting(ctx)
        shown: dict[str, Any] = {
            "group_by": ["day" if asked.unit == "week" else "month"], "limit": 60,
        }  # fmt: skip
        drawn = found.run("query_costs", _trend(ctx, asked, found), **shown)
        charts = charts_of([ToolRun("query_costs", shown, drawn)])
        main = found.main
        blocks += [chart for chart in charts if main and chart.unit == main.get("currency")][:1]
        blocks += found.notes()
        if found.asked.end < _begun(asked, ctx.now.date()):
            blocks.append(
                Note(text=f"This is the last {asked.unit} that the bill holds whole: "
                          f"{dates(found.asked)}.")
            )  # fmt: skip
        return blocks


def _last(ctx: ToolContext, asked: Digest) -> Account:
    """The last week that is over if not too much of it is lacking, else the last whole one."""
    anchor = ctx.anchor
    if anchor.data_start is None or anchor.data_end is None:
        raise MisuseError(f"No {asked.unit} is whole in the data yet.")
    over = _begun(asked, anchor.today)
    end = min(over, _moved(asked, _begun(asked, anchor.data_end - dt.timedelta(days=1)), 1))
    while (start := _moved(asked, end, -1)) >= anchor.data_start:
        found = Account(ctx, span(start, end), asked.unit, asked.team)
        room = _LATE if asked.unit == "week" and end == over else 0
        # A bill that is no daily one says by its last day alone how far it goes.
        if (found.lacking or end <= anchor.data_end) and found.lacking <= room:
            return found
        end = start
    raise MisuseError(
        f"No {asked.unit} is whole in the data yet: it begins on {anchor.data_start}."
    )


def _trend(ctx: ToolContext, asked: Digest, found: Account) -> Period:
    """What the picture shows: two weeks by day, or a year by month."""
    end = found.asked.end
    back = end - dt.timedelta(days=14) if asked.unit == "week" else add_months(end, -12)
    assert ctx.anchor.data_start is not None  # noqa: S101  a week of it was found
    return span(max(back, _begun(asked, ctx.anchor.data_start)), found.period.end)


def _begun(asked: Digest, day: dt.date) -> dt.date:
    """The first day of the week (month) that holds the day."""
    return week_start(day) if asked.unit == "week" else month_start(day)


def _moved(asked: Digest, day: dt.date, by: int) -> dt.date:
    """So many weeks (months) later."""
    return day + dt.timedelta(weeks=by) if asked.unit == "week" else add_months(day, by)


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
