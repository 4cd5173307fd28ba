"""Questions of whose cost it is once shared and idle cost is handed out (``allocate_costs``)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tagwright.blocks import Source, joined, sentence, tabled
from tagwright.lazy import lazy
from tagwright.metrics import dimension_label
from tagwright_agent.planner.frame import Frame, Hearing
from tagwright_agent.planner.listen import listen
from tagwright_agent.planner.phrases import any_of, rx
from tagwright_agent.planner.question import Filter, Question, cannot, unsure
from tagwright_agent.planner.times import each_time
from tagwright_agent.planner.unknown import scope_parts
from tagwright_agent.planner.wording import heading, metric_text, named
from tagwright_agent.planner.words import scope_from, scope_words

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tagwright.blocks import Block, ColumnOf, Part
    from tagwright.results import ToolResult
    from tagwright_agent.planner.said import Said

__all__ = ["FRAME", "Allocation"]

_MOST = 100
_ALLOCATED = rx(
    r"(?:fully[- ]?)?(?:allocat(?:e|es|ed|ing|ion|ions)|loaded)(?: (?:shared |all |our |the )*"
    r"(?:costs?|spend|charges?))?(?: (?:to|among|across|between|over)(?: (?:the|our|all|each))?)?|"
    r"charge-?backs?|show-?backs?|(?:includ(?:e|es|ing)|with) (?:the |all |their )*shared? (?:costs?|spend|charges?|stuff|things?|parts?|ones|resources|infrastructure)|"
    r"(?:split|divide|spread|distribute) (?:the |our |all )*(?:shared )(?:costs?|spend|charges?)"
    r"(?: (?:to|among|across|between|over)(?: (?:the|our|all|each))?)?|"
    r"(?:split|divide|spread|who uses)(?= .*\bshared)|shared costs?(?= .*\b(?:each|every)\b)|(?:stays?|remains?|left|is|was) unallocated|unallocated|bears?|bearing|carr(?:y|ies)(?! (?:an? |no |any )?(?:valid )?[\w-]+ tags?\b)|"
    r"(?:platform )?overheads?(?: adds?)?(?: to)?",
    "alloc|loaded|back|share|bear|carr|overhead",
)
_SHARED_ONE = rx(r"shared(?= (?:gpu |inference |ai |llm |model )?endpoints?(?![\w-]))", "shared")
"""Of the endpoints only what the rules share out is meant."""
_DIVIDED = rx(
    r"(?:to )?(?:be )?(?:divided|split|shared(?: out)?|spread)(?: (?:between|among|across|over|to))(?: the)?",
    "divided|split|shared|spread",
)
_SHARED = lazy(r"\bshared (?:[\w-]+ )?$")
_MACHINES = Filter(dimension="x_ai_kind", values=("accelerator",))
_GPUS = Filter(dimension="x_ai_instance_family", op="not_null")
_KINDS_OF_COST = ("resource_type", "x_ai_kind", "x_ai_instance_family")
"""Of these the shared part stands in the answer beside what is not."""
_PART = rx(
    r"the (?P<kind>shared|overhead|idle|direct) part",
    "part",
)
_NOBODYS = lazy(r"\b(?:unallocated|(?:not|cannot|\w+'t)(?: be| been)? allocated)\b")
_NULLS = rx(r"unallocated to (?:an?|any)|(?:not|cannot|\w+'t)(?: be| been)? allocated to")
_PUT_ON = lazy(
    r"\b(?:puts?|adds?|lays?|imposes?|pushe?s?|passe?s?|causes?)(?: \w+)? (?:on|to|onto|for) (?:(?:all|the|its) )*(?:others?|rest)\b"
)
"""Rows say who bears it, and of what kind, not from whom it came."""
_WORDS = rx(r"who(?: (?:pays?|uses?|bears?))?(?: for)?(?: (?:it|that|them))?|intercompany|adds?|left|fully|loaded|shared costs?|shared|tags|rules|(?:to|between|among|across|over)(?= (?:(?:the|our|all|each) )*\|)")  # fmt: skip


class Allocation(Question):
    """Who bears what of one taxonomy key.

    Attributes:
        target: Only what this one bears; empty for all.
        part: Only rows of this kind, such as ``shared``; empty for all.
    """

    frame: str = "allocation"
    target: str = ""
    part: str = ""


def _read(hearing: Hearing) -> tuple[Sequence[Question], Said] | None:
    reading, view = hearing.reading, hearing.view
    part = reading.consume(_PART, "part") if hearing.goes_on else None
    if "shared" in reading.lower or hearing.goes_on:
        reading.consume_all(_DIVIDED, "allocation")
    if reading.search(_NULLS):
        return None
    shared = bool(reading.consume_all(_SHARED_ONE, "allocation"))
    reading.consume_all(_ALLOCATED, "allocation")
    if not reading.has("allocation"):
        return None
    if _PUT_ON.search(reading.lower):
        raise cannot(
            "I tell what each team bears of shared cost and overhead, not whose it was: ask for the "
            "allocated cost by team."
        )
    said = listen(reading, view, hearing.pinned)
    named = [item for item in said.values if item.dimension not in _KINDS_OF_COST]
    if any(_SHARED.search(reading.lower[: item.start]) for item in named):
        # Rules name what is shared; a kind of cost has shared parts and others.
        raise unsure("Which shared endpoint or service: please say its name.")
    reading.consume_all(_WORDS, "allocation")
    scope = said.scope()
    # GPUs are those of endpoints too, not only those of machines.
    scope = scope.but(filters=tuple(_GPUS if f == _MACHINES else f for f in scope.filters))
    keys = [name for name in scope.groups if name in view.keys]
    target = ""
    for item in scope.filters:
        bears = item.dimension in (keys[:1] or view.keys)
        if item.op == "in" and bears and len(item.values) == 1 and item.dimension in view.keys:
            # "how much of the endpoint does search bear": whoever bears is no filter.
            target, keys = item.values[0], keys or [item.dimension]
            scope = scope.but(
                filters=tuple(f for f in scope.filters if f is not item), groups=tuple(keys)
            )
    if len(keys) > 1 or len(keys) < len(scope.groups):
        raise cannot("I allocate to one key of the taxonomy at a time, such as team or product.")
    groups = keys or ([] if hearing.goes_on else ["team"])  # what stands says to whom
    times = each_time(scope.but(groups=tuple(groups)), view)
    nobody = "unallocated" if _NOBODYS.search(reading.lower) else ""
    kind = part["kind"] if part else "shared" if shared else nobody
    return [Allocation(scope=one, target=target, part=kind) for one in times], said


def _call(question: Allocation) -> dict[str, Any]:
    scope = question.scope
    wanted = {
        "dimension": scope.groups[0] if scope.groups else "team",
        "filters": scope.filter_arguments(),
        "period": scope.period,
        "cost_basis": scope.metric,
        "limit": max(scope.limit, _MOST),
    }
    return {name: value for name, value in wanted.items() if value}


def _say(question: Allocation, result: ToolResult) -> list[Block]:
    """Who bears what, and that it is everything."""
    key = str(result.details.get("dimension") or "")
    basis = str(result.details.get("cost_basis") or "effective_cost")
    scope = scope_parts(question.scope, result)
    if not result.rows:
        return [sentence("No charges to allocate", scope, ".")]
    source = Source(result)
    sums = joined([line.amount(basis) for line in source.totals])
    head = f"{metric_text(basis)} allocated to "
    first = sentence(head, dimension_label(key), scope, ": ", sums, " in all.")
    targets = source.details("targets")
    lines = source.rows
    if question.target:
        targets = [line for line in targets if line.get("target") == question.target]
        lines = [line for line in lines if line.get("target") == question.target]
        own = joined([line.amount(basis) for line in targets])
        first = sentence(head, named(question.target), scope, ": ", own or "nothing", ".")
    blocks: list[Block] = [first]
    kinds = {item.dimension for item in question.scope.filters} & {*_KINDS_OF_COST}
    whole = all("kind_share" in line.values for line in lines)  # who sees a part has none
    if part := question.part or ("shared" if kinds and not question.target else ""):
        of_kind = bool(question.target) and whole
        share, of = ("kind_share", " of all of it") if of_kind else ("share", "")
        told: list[list[Part]] = [
            [line.amount(basis), " (", line.ratio(share), of, ")"]
            for line in (lines if question.target else source.details("kinds"))
            if line.get("kind") == part
        ]
        sum_of_part = joined(told) or ["nothing"]
        if question.part and not question.target:  # it is what was asked for
            of_kind_head = f"{metric_text(basis)} of kind {part} by "
            own_parts = [*sum_of_part, " of ", *sums]
            blocks = [sentence(of_kind_head, dimension_label(key), scope, ": ", own_parts, ".")]
        else:
            blocks.append(sentence(f"Of kind {part}: ", *sum_of_part, "."))
    if question.part:
        lines = [line for line in lines if line.get("kind") == part]
    elif len(targets) > 1:
        per: list[ColumnOf] = [
            (heading(key), "name", "target"),
            (metric_text(basis), "amount", basis),
            ("Share", "ratio", "share"),
        ]
        blocks.append(tabled(targets, per, totals=source.totals))
    columns: list[ColumnOf] = [
        (heading(key), "name", "target"),
        ("Kind", "name", "kind"),
        (metric_text(basis), "amount", basis),
        ("Share", "ratio", "kind_share" if question.part and whole else "share"),
    ]
    if lines:
        blocks.append(tabled(lines, columns, row_count=len(lines)))
    if not result.details.get("rules"):
        blocks.append(
            sentence("There are no allocation rules: each charge goes where its tags say.")
        )
    return blocks


def _words(question: Allocation) -> str:
    scope = question.scope.but(limit=0, order="")
    if question.target:
        own = Filter(dimension=(*scope.groups, "team")[0], values=(question.target,))
        scope = scope.but(groups=(), filters=(own, *scope.filters))
    return scope_words(scope, "allocated cost")


def _back(arguments: Mapping[str, Any]) -> Question:
    dimension = str(arguments.get("dimension") or "team")
    return Allocation(scope=scope_from(arguments).but(groups=(dimension,)))


OPENS = any_of(_ALLOCATED, _DIVIDED, _SHARED_ONE)
FRAME = Frame("allocation", "allocate_costs", Allocation, OPENS, _read, _call, _say, _words, _back)
