"""Questions of whose something is: the values of the owning key, no amounts (``query_costs``)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tagwright.blocks import Source, joined, sentence
from tagwright_agent.planner.frame import Frame, Hearing
from tagwright_agent.planner.listen import listen
from tagwright_agent.planner.phrases import rx
from tagwright_agent.planner.question import Question, cannot
from tagwright_agent.planner.unknown import scope_parts
from tagwright_agent.planner.words import scope_words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tagwright.blocks import Block, Part
    from tagwright.results import ToolResult
    from tagwright_agent.planner.said import Said

__all__ = ["FRAME", "Owners"]

_MOST = 100
_OWNS = rx(
    r"who owns|(?:the )?owners?(?: of)?|whose (?:is|are|was|were)(?: it| that| this| those)?|who is (?:the )?owner(?: of)?|owned by|(?:which team|what team|who) pays for|(?:to )?whom?(?: does| do| did)?(?=.*\bbelongs?\b)|"
    r"(?:which|what) team(?: is| was| does| owns| are)?(?=.*\bbelongs?\b(?! to no))|belongs?(?! to (?:no|nobody|any)(?![\w-]))(?: to)?|(?:which|what) team owns|"
    r"who (?:should|can|do|could|must) (?:i|we) (?:talk to|ask|contact|ping|speak to)(?: (?:about|for))?|"
    r"(?:which|what) team (?:is|was) (?:that|it|this)(?: from| of)?|"
    r"(?:(?:which|what) team|who) (?:is|was|are) (?:responsible|in charge|accountable|behind(?! (?:most|much|all) of))(?: for| of)?(?! .*(?:increase|rise|jump|growth|drop|change|spike|decrease))",
    "own|who|team|pays for|belong|responsible|charge|accountable",
)


class Owners(Question):
    """Whose a scope is: the team of it."""

    frame: str = "owners"


def _read(hearing: Hearing) -> tuple[Sequence[Question], Said] | None:
    reading = hearing.reading
    if "team" not in hearing.view.keys or not reading.consume_all(_OWNS, "owner"):
        return None
    said = listen(reading, hearing.view, hearing.pinned)
    scope = said.scope()
    named = scope.on("team")
    belongs = "belong" in reading.lower
    if belongs and named is not None and named.op == "in":  # "which accounts belong to team search"
        return None
    if belongs and (said.count or {*scope.groups} - {"team"}):  # "which product does it belong to"
        return None
    if not scope.filters and not hearing.goes_on:
        return None
    if any(item.dimension in hearing.view.telemetry for item in scope.filters):
        raise cannot("The bill knows no features and customers, so I know no owner of one.")
    return [Owners(scope=scope.but(groups=("team",), compare_to="", limit=0, order=""))], said


def _call(question: Owners) -> dict[str, Any]:
    scope = question.scope
    wanted = {
        "group_by": ["team"],
        "filters": scope.filter_arguments(),
        "period": scope.period,
        "limit": _MOST,
    }
    return {name: value for name, value in wanted.items() if value}


def _say(question: Owners, result: ToolResult) -> list[Block]:
    scope = scope_parts(question.scope, result)
    lines = {line.get("team"): line for line in Source(result).rows}
    teams = [line.name("team") for team, line in lines.items() if team is not None]
    if not lines:
        return [sentence("Nothing was charged", scope, ".")]
    if not teams:
        return [sentence("Nobody is named as owner", scope, ": it has no valid team.")]
    what = "Teams" if len(teams) > 1 else "Team"
    parts: list[Part] = [f"{what} of what was charged", *scope, ": ", *joined(teams)]
    rest = " (a part has no valid team)" if None in lines else ""
    return [sentence(parts, f"{rest}.")]


def _words(question: Owners) -> str:
    return scope_words(question.scope.but(groups=()), "which team owns the cost")


FRAME = Frame("owners", "query_costs", Owners, _OWNS, _read, _call, _say, _words)
