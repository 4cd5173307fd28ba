"""Questions for plans of tag fixes (``get_plan``)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tagwright.blocks import Cell, Source, sentence, tabled
from tagwright_agent.planner.frame import Frame, Hearing
from tagwright_agent.planner.identifiers import PLAN_ID
from tagwright_agent.planner.phrases import any_of, rx
from tagwright_agent.planner.question import Question
from tagwright_agent.planner.said import Said
from tagwright_agent.planner.wording import named

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tagwright.blocks import Block, ColumnOf, Line
    from tagwright.results import ToolResult

__all__ = ["CHANGE", "FRAME", "Plans"]

_ROWS = 10
_PLANS = rx(
    r"(?:is there )?(?:anything|something|what(?:'s| is)?) (?:is )?(?:waiting|pending)(?: for)?(?: (?:my|our|an?|your))? approvals?|waiting for (?:my|our) approval|pending approvals?|(?:the |our |my )?(?:newest |latest |last |pending |open |existing |proposed |tag |remediation )*plans?|"
    r"(?:what |which )?(?:tag )?(?:changes|fixes)(?: (?:are|were|is))? (?:proposed|pending|waiting)|proposed (?:tag )?(?:changes|fixes)",
    "approval|plan|proposed|pending|waiting",
)
_NOT = rx(r"savings? plans?|plans? for|compute savings")
_WORDS = rx(
    r"status|state|details?|waiting|waits?|pending|open|approval|approved|stored|exist(?:s|ing)?|proposed|tag|changes|"
    r"fixes|what|which|list|show|how many|decided|far"
)


class Plans(Question):
    """A plan, or the newest ones.

    Attributes:
        plan: Its id; empty for the list.
    """

    frame: str = "plans"
    plan: str = ""


def _read(hearing: Hearing) -> tuple[Sequence[Question], Said] | None:
    reading = hearing.reading
    plan = ""
    if match := reading.consume(PLAN_ID, "plan"):
        plan = reading.text[match.start() : match.end()]
    if reading.search(_NOT) or not (reading.consume_all(_PLANS, "plan") or plan):
        return None
    reading.consume_all(_WORDS, "plan")
    return [Plans(plan=plan)], Said()


def _call(question: Plans) -> dict[str, Any]:
    return {"plan_id": question.plan} if question.plan else {}


def _before(line: Line) -> Cell:
    return Cell(value="(absent)") if line.get("before") is None else line.name("before")


def _after(line: Line) -> Cell:
    return Cell(value="(absent)") if line.get("after") is None else line.name("after")


CHANGE: list[ColumnOf] = [
    ("Resource", "code", "resource_id"),
    ("Tag", "name", "key"),
    ("Before", "name", _before),
    ("After", "name", _after),
]
_PLAN: list[ColumnOf] = [
    ("Plan", "code", "plan"),
    ("Kind", "name", "kind"),
    ("State", "name", "state"),
    ("Changes", "count", "changes"),
    ("Created", "time", "created_at"),
]


def _say(question: Plans, result: ToolResult) -> list[Block]:
    """One plan, or the list."""
    del question
    lines = Source(result).rows[:_ROWS]
    plan = result.details.get("plan")
    if not plan:
        return _list_of_plans(lines, result.row_count)
    text = sentence(
        "Plan ", Cell(value=str(plan.get("id")), kind="code"), " is ", named(plan.get("state")), "."
    )
    if not lines:
        return [text]
    columns: list[ColumnOf] = [*CHANGE, ("State", "name", "state")]
    return [text, tabled(lines, columns, row_count=result.row_count, what="changes")]


def _list_of_plans(lines: Sequence[Line], count: int) -> list[Block]:
    if not lines:
        return [sentence("There are no plans.")]
    return [
        sentence(f"{count:,} plan{'' if count == 1 else 's'}:"),
        tabled(lines, _PLAN, row_count=count),
    ]


def _words(question: Plans) -> str:
    return f"show plan {question.plan}" if question.plan else "list plans"


def _back(arguments: Mapping[str, Any]) -> Question:
    return Plans(plan=str(arguments.get("plan_id") or ""))


OPENS = any_of(PLAN_ID, _PLANS)
FRAME = Frame("plans", "get_plan", Plans, OPENS, _read, _call, _say, _words, _back)
