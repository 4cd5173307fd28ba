"""Whether all that a message says is in the question that was made of it and of the one before."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tagwright.lazy import lazy
from tagwright_agent.planner.link import same_thing
from tagwright_agent.planner.said import TIMES
from tagwright_agent.planner.times import reaches_before

if TYPE_CHECKING:
    from tagwright_agent.planner.frame import Found
    from tagwright_agent.planner.question import Filter, Question
    from tagwright_agent.planner.view import CatalogueView

__all__ = ["EACH", "dropped"]

_BOTH = lazy(
    r"(?:^\W*(?:and )?|\b(?:for|of|in|on|compare|show|show me|give me|did|do|does|are|were) )(?:both|(?:the|these|those|all) (?:two|three|four|five)(?= (?:together|combined|of them)|\W*$))(?! (?:days|weeks|months|quarters|years))(?![\w-])"
)
_ONE_MEASURE = ("coverage", "units", "workloads", "owners")
_LISTS = ("workloads", "data", "owners", "changes", "fixes", "plans")
_LISTED = {"team", "product"}
"""What the list of AI workloads has of each."""
EACH = lazy(
    r"(?<![\w-])(?:each|every)(?! (?:day|week|month|quarter|year|time|of (?:the )?(?:days|weeks|months)))(?![\w-])"
)


def dropped(
    asked: Question,
    old: Question,
    new: Question,
    found: Found,
    view: CatalogueView,
    *,
    single: bool = True,
) -> str:
    """What was said and is not asked, as it is to be asked back; empty where nothing is.

    Frames and merges know what goes together; this knows only that nothing may be lost between
    them, so that what they overlooked is asked about instead of answered without it.

    Args:
        asked: What would be asked.
        old: What stood before.
        new: What the message says by itself.
        found: How it was read.
        view: What can be named.
        single: Whether nothing stood beside ``old``, that "both" could be.
    """
    said, scope = found.said, asked.scope
    if single and _BOTH.search(found.text) and not _several(asked, new):
        return "Both of what: please say their names."
    if _is_compared(found) and not _tells_change(asked):
        return "I cannot compare that as you say it: what with what?"
    other = [name for name in new.scope.metrics if name != "effective_cost"]
    if other and asked.frame in _ONE_MEASURE:
        return "That is told in one measure alone: the cost of what shall I tell in yours?"
    if new.scope.having and getattr(asked, "show", "") in ("average", "pace", "year"):
        return "I find rows by what they cost in all, not by that: over how much in all?"
    if rank := _rank_dropped(asked, new):
        return rank
    guessed = scope.compare_to == "previous_period" and not (said.periods and new.scope.compare_to)
    if guessed and not reaches_before(scope, view):
        return "Between which two times in it: please say both."
    for item in new.scope.filters:
        if not (_holds(asked, old, item) or _was_out(old, item)):
            return "What you name and what stood before do not go together: please say all of it."
    rest = asked.within(filters=(), notes=()) == old.within(filters=(), notes=())
    if new.scope.filters and rest and {*scope.filters} == {*old.scope.filters}:
        return "That is what was told: what of it shall I tell otherwise?"
    by = _by(asked)
    lost = [n for n in new.scope.groups if not any(same_thing(n, known) for known in by)]
    named_so = said.explaining or said.who or asked.frame in ("workloads", "data")
    if lost and not named_so:
        return "By what shall the rows be: please say all of it."
    if EACH.search(found.text) and not scope.groups and asked.frame not in _LISTS:
        return "Each of what: services, teams, accounts?"
    return ""


def _rank_dropped(asked: Question, new: Question) -> str:
    """What to ask where the first or the last rows were said, and nothing has such rows."""
    limit, order, scope = new.scope.limit, new.scope.order, asked.scope
    listed = asked.frame == "workloads"
    if listed and (limit or order or {*new.scope.groups} - _LISTED):
        return "AI workloads are listed one by one, the largest first: the cost of which, by what?"
    if limit and not scope.limit:
        return f"The first {limit} of what: services, teams, accounts?"
    if (limit or order) and getattr(asked, "target", None):
        return "The first of which rows: of all that bear something?"
    unordered = order and not (scope.order or scope.limit or asked.frame == "owners")
    no_rows = not scope.groups and asked.frame in ("costs", "units", "coverage")
    if unordered or ((limit or order) and no_rows):
        return "The first of which rows: services, teams, accounts?"
    return ""


def _several(asked: Question, new: Question) -> bool:
    """Whether it names more than one thing, or times, that "both" can be."""
    named = [f for f in (*asked.scope.filters, *new.scope.filters) if f.op == "in"]
    return any(len(f.values) > 1 for f in named) or bool(asked.scope.compare_to or asked.rows)


def _is_compared(found: Found) -> bool:
    said = found.said
    return bool(said.compared and (said.compare_to or said.shift or said.against))


def _tells_change(asked: Question) -> bool:
    scope = asked.scope
    named = any(f.op == "in" and len(f.values) > 1 for f in scope.filters)
    return bool(
        scope.compare_to
        or asked.frame == "changes"
        or getattr(asked, "show", "") in ("gap", "share")
        or (scope.groups and (named or {*scope.groups} & {*TIMES}))
    )


def _holds(asked: Question, old: Question, item: Filter) -> bool:
    """Whether a filter stands in the question, or as what it asks a part or a target of."""
    if item.dimension in ("x_ai_certainty", "x_ai_kind") and asked.frame in ("units", "workloads"):
        return True
    here = [f for f in asked.scope.filters if f.dimension == item.dimension]
    focus = getattr(asked, "focus", None)
    here += [focus] if focus is not None and focus.dimension == item.dimension else []
    if item.op == "in":
        names = {value for f in here if f.op != "not_in" for value in f.values}
        names |= {getattr(asked, "target", "")}
        return bool(names & {*item.values}) or any(f.op == "contains" for f in asked.scope.filters)
    if item.op == "not_in":
        wanted = {value for f in here if f.op == "in" for value in f.values}
        out = {value for f in here if f.op == "not_in" for value in f.values}
        was = {v for f in old.scope.filters if f.dimension == item.dimension for v in f.values}
        return not wanted & {*item.values} and bool((out | was) & {*item.values})
    return bool(here) or asked.frame in ("coverage", "fixes", "owners")


def _was_out(old: Question, item: Filter) -> bool:
    """Whether it was left out before, and is wanted again."""
    out = {v for f in old.scope.filters if f.op == "not_in" for v in f.values}
    return item.op == "in" and bool(out & {*item.values})


def _by(asked: Question) -> set[str]:
    """What its rows are by, or what it asks of by itself."""
    ones = {f.dimension for f in asked.scope.filters if f.op == "in"}
    focus = getattr(asked, "focus", None)
    more = {focus.dimension} if focus is not None else set()
    keys = set(getattr(asked, "keys", ()) or ())
    grain = {getattr(asked, "grain", "")} - {""}
    return {*asked.scope.groups, *keys, *grain} | ones | more
