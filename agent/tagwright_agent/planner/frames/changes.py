"""Questions of reasons: why, what drove it, what grew most (``explain_change``)."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Literal

from tagwright import periods
from tagwright.blocks import Cell, Source, sentence, tabled
from tagwright.lazy import lazy
from tagwright.metrics import dimension_label
from tagwright_agent.planner.frame import Frame, Hearing
from tagwright_agent.planner.listen import listen
from tagwright_agent.planner.phrases import any_of, rx
from tagwright_agent.planner.question import Question, Scope
from tagwright_agent.planner.said import TIMES, Said
from tagwright_agent.planner.times import period_after, period_text
from tagwright_agent.planner.unknown import no_change
from tagwright_agent.planner.wording import dates, filters_parts, metric_text
from tagwright_agent.planner.words import group_words, scope_from, scope_words

if TYPE_CHECKING:
    import re
    from collections.abc import Mapping, Sequence

    from tagwright.blocks import Block, ColumnOf, Line, Part
    from tagwright.results import ToolResult

__all__ = ["FRAME", "Changes", "asked_for"]

_ROWS = 20
_MOST_ROWS = 100
_MOVES = (
    r"(?: (?:been|got(?:ten)?|getting|get|become|much|any|a lot))* (?:chang|increas|decreas|gr[eo]w|ris[ei]|rose|f[ea]ll|drop"
    r"|(?:go(?:ne|ing)? )?(?:up|down)\b|(?:more|less) expensive|cheaper|dearer|higher|lower)"
)
_WHY = rx(
    r"why|explains?|what(?:'s| is) (?:up|going on|wrong) with|what(?:'s| is| was| has)? (?:been )?(?:caus(?:ed|ing)|dr(?:ove|iving|iven)|behind|made|changed|happened)|what(?:'s| is| was| has(?: been)?) (?:so |been )?different|"
    r"caused|causes? of|drove|driving|reasons?(?: for| behind| of)?|root cause|what (?:changed|happened|moved)|(?<!team is )(?<!team was )(?<!who is )(?<!money is )(?<!spend is )(?<!cost is )(?<!money sits )behind|behind(?= (?:most|much|all) of)|"
    r"spik(?:es?|ed|ing)|jump(?:s|ed)?|surged?|drivers? of|(?:biggest|largest|steepest) (?:changes?|increases?|decreases?|movers?|drops?|rises?|jumps?|falls?)|"
    r"(?:responsible for|contribut(?:e|es|ed|ing|ors?)(?: the)?(?: most)?(?: to)?)(?= .*(?:increase|rise|jump|growth|drop|change|spike|decrease))|"
    r"(?:on |since )?(?:which|what) day did(?= .*(?:begin|start|happen|chang|jump|ris|increas|drop|fall|spike|go up))|"
    r"when did(?! (?:we|i|you|they|our team)\b)(?= .*(?:begin|start))|"
    r"how come|what went (?:up|down|wrong)|what(?: has)? (?:increased|decreased|dropped|rose|risen|fell|fallen|grew|grown)(?! by)|"
    rf"(?:what (?:got|gets|became|is getting|has gotten)|(?:did|do|does|has|have|is|are) (?:any|some)thing)(?={_MOVES})|"
    r"where (?:did |does |do )?(?:(?:the|this|that|all) )*(?:extra|additional)(?: (?:money|spend|spending|costs?))?|"
    r"(?:push(?:es|ed|ing)?|drag(?:ged)?|sent)(?= .*(?:up|down))|bill shock|shock|account for(?= the (?:growth|increase|rise|change|drop))|what made",
    "why|explain|what|anything|something|extra|additional|cause|drove|driving|reason|behind|spik|jump|surge|driver|contribut|change|increase|decrease|mover|drop|rise|fall|responsible|day did|when did|how come|push|drag|sent|shock|account for",
)
_DID_NOT = r"(?:did not|didn't|did (?:we|they|it) not) (?:exist|have|use|pay for)"
_NEW = rx(
    r"(?:are |is |what(?:'s| is| are) )?(?:brand[- ]?)?new(?! york| relic)|newly (?:added|appeared)|"
    r"(?:that |which )?(?:(?:we|they) )?(?:have )?(?:just )?(?:start(?:ed)?|began|begin) (?:using|paying for)|appeared(?: for the first time)?|"
    r"first (?:used|seen|charged|appeared)|for the first time|"
    rf"(?:that )?(?:we )?(?:have )?never (?:been )?(?:paid for|used|had|seen|charged)(?: for)?(?: before)?|(?:we |that )*{_DID_NOT}(?: before)?",
    "new|never|did|start|began|begin|appear|first",
)
_ABSENT = rx(rf"{_DID_NOT} in")
_MOST = rx(
    r"(?:gr[eo]w(?:n|ing)?|ro?se|ris(?:en|ing)|increas(?:ed?|ing)|changed?|f[ea]ll|dropped|decreased|went (?:up|down)|jumped|moved) "
    r"(?:the )?(?:most|fastest|strongest|more than any)|"
    r"(?:the )?(?:highest|largest|biggest|greatest|steepest|most|top) (?:(?:cost|spend|spending|in|of) )*"
    r"(?:increases?|growth|rises?|jumps?|decreases?|drops?|reductions?|changes?)(?: in (?:costs?|spend|spending))?|"
    r"by (?:cost |spend |spending )?(?:increase|growth|change|decrease)|fastest[- ]growing",
    "most|fast|strong|more|increase|growth|rise|jump|decrease|drop|reduction|change",
)
_RANKED = rx(
    rf"(?:{_MOST.pattern})|(?:any|some)thing|what (?:got|gets|became|is getting|has gotten|went|(?:has )?(?:increased|decreased|dropped|rose|risen|fell|fallen|grew|grown))"
)
_WAYS: tuple[tuple[Literal["up", "down"], re.Pattern[str]], ...] = (
    ("up", rx(r"gr[eo]w(?:n|ing|th)?|ro?se|ris(?:en?|es|ing)|increas(?:e[sd]?|ing)|(?:go(?:ne|ing)?|went) up|jump(?:s|ed)?|more expensive|dearer")),
    ("down", rx(r"f[ea]ll(?:en|s|ing)?|shr[iau]nk(?:s|ing)?|drop(?:s|ped)?|decreas(?:e[sd]?|ing)|(?:go(?:ne|ing)?|went) down|reductions?|cheaper|less expensive")),
)  # fmt: skip
_PART_OF = rx(
    r"(?:how much|what (?:part|share|percentage)) of (?:[\w']+ +){0,3}?(?:increase|growth|rise|change|jump|decrease|drop)s?(?= )",
    "of",
)
_BY_HOW_MUCH = lazy(r"(?<![\w-])(?:by )?\d+(?:\.\d+)? ?(?:%|percent(?!\w))")
_MOVED = rx(
    r"chang(?:e|es|ed)|increas(?:e|es|ed|ing)|decreas(?:e|es|ed)|gr(?:ow|ew|own|owth)|r(?:ise|ose|isen)|"
    r"f(?:all|ell)|drop(?:ped|s)?|went (?:up|down)|go(?:ne|ing)? (?:up|down)|more expensive|less expensive|dearer|cheaper|"
    r"higher|lower|way up|up|down|its|it's|begin|began|start(?:ed)?|that much|so much|responsible for|different|c[ao]mes? from|due to|because of|appear(?:ed)?|show(?:ed)? up|recently|lately|of late|(?:so |this |that )?(?:high|low|big|large)"
)


class Changes(Question):
    """Why a scope changed against ``compare_to``; its groups are where the reasons are sought.

    Attributes:
        new: Only what was not there before is asked for.
        way: Only what went that way is asked for: "which dropped the most".
    """

    frame: str = "changes"
    new: bool = False
    way: Literal["", "up", "down"] = ""


def _read(hearing: Hearing) -> tuple[Sequence[Question], Said] | None:
    reading = hearing.reading
    new = bool(reading.consume_all(_NEW, "why"))
    part = reading.consume_all(_PART_OF, "why")
    if not (new or part or reading.consume_all(_WHY, "why") or reading.search(_MOST)):
        return None
    ways = [way for way, words in _WAYS if words.search(reading.lower)]
    ranked = len(ways) == 1 and not new and _RANKED.search(reading.lower)
    way: Literal["", "up", "down"] = ways[0] if ranked else ""
    most = bool(reading.consume_all(_MOST, "why") or _MOST.search(reading.lower))
    said = Said(explaining=True)
    reading.consume_all(_BY_HOW_MUCH, "why")
    said = listen(reading, hearing.view, hearing.pinned, said)
    reading.consume_all(_MOVED, "why")
    scope = said.scope()
    if not scope.period and not hearing.goes_on:
        last = period_text(periods.resolve("last month", hearing.view.anchor))
        scope = scope.but(period=last, guessed=last)
    groups = tuple(name for name in scope.groups if name not in TIMES)
    if part and said.values and not groups:  # its part of the change stands in its row
        groups = (said.values[-1].dimension,)
        scope = scope.but(filters=tuple(f for f in scope.filters if f.dimension != groups[0]))
    if (new or way) and not groups and not hearing.goes_on:
        groups = ("resource_id" if scope.on("resource_type") else "service_name",)
    if new and len(said.periods) == 1 and _ABSENT.search(hearing.reading.lower):
        # "that we did not have in September": it is new in the month after.
        after = period_after(said.periods[0])
        scope = scope.but(period=after or scope.period, compare_to=scope.period if after else "")
    order = "desc" if most and len(groups) == 1 else ""
    scope = scope.but(groups=groups, order=order, compare_to=scope.compare_to or "previous_period")
    return [Changes(scope=scope, new=new, way=way)], said


def _call(question: Changes) -> dict[str, Any]:
    scope = question.scope
    wanted = {
        "filters": scope.filter_arguments(),
        "period": scope.period,
        "metric": scope.metric,
        "by": list(scope.groups),
        "compare_to": scope.compare_to or "previous_period",
        "limit": _MOST_ROWS if question.new or question.way else min(scope.limit, _MOST_ROWS),
    }
    return {name: value for name, value in wanted.items() if value}


def _say(question: Changes, result: ToolResult) -> list[Block]:
    """By how much, through which groups, since when, and by price or quantity."""
    metric = metric_text(question.scope.metric or "effective_cost")
    now, before = dates(result.period), dates(result.details.get("compared_to"))
    where = filters_parts(question.scope.filter_arguments())
    source = Source(result)
    if not result.totals:
        return [sentence(metric, where, f": no charge matches in {now} or {before}.")]
    blocks: list[Block] = []
    for line in source.totals:
        parts: list[Part] = [metric, *where, f", {now}: ", line.amount("after")]
        if line.get("change") is None:
            blocks.append(sentence(parts, f". {no_change(result, line.get('before'))}"))
            continue
        parts += [" (", line.amount("change", signed=True)]
        if line.get("change_ratio") is not None:
            parts += [", ", line.ratio("change_ratio", signed=True)]
        parts += ["), against ", line.amount("before"), f" in {before}."]
        blocks.append(sentence(parts))
    lines = asked_for(question, source)
    if question.new:
        if not lines:
            what = " or ".join(dimension_label(name) for name in question.scope.groups)
            return [sentence(f"No {what}", where, f" is new in {now} against {before}.")]
        blocks = [sentence(f"New in {now} against {before}", where, ":")]
        return [*blocks, tabled(lines[:_ROWS], _DRIVERS[:2] + _DRIVERS[3:4], row_count=len(lines))]
    if question.way and not lines:
        went = "rose" if question.way == "up" else "fell"
        what = " or ".join(dimension_label(name) for name in question.scope.groups)
        of_most = (
            f" of the {_MOST_ROWS} that changed most" if len(source.rows) >= _MOST_ROWS else ""
        )
        blocks.append(sentence(f"No {what}{of_most} {went}."))
    if lines:
        columns = [
            column
            for column in _DRIVERS
            if column[2] != "contribution" or any(row.get("contribution") for row in result.rows)
        ]
        blocks.append(tabled(lines[: question.scope.limit or _ROWS], columns))
    return [*blocks, *_steps(source), *_parts(source)]


def asked_for(question: Changes, source: Source) -> list[Line]:
    """Of the rows those that are new, or that went the way that was asked about.

    The currency of most rows comes first: amounts of two are in no order, and that of one invoice
    in another currency is not what moved.
    """
    rows = Counter(line.get("currency") for line in source.rows)
    lines = sorted(source.rows, key=lambda line: -rows[line.get("currency")])
    if question.new:
        return [line for line in lines if line.get("status") == "new"]
    if not question.way:
        return lines
    sign = 1 if question.way == "up" else -1
    return [line for line in lines if sign * Decimal(str(line.get("change") or 0)) > 0]


def _dimension(line: Line) -> Cell:
    return Cell(value=dimension_label(str(line.get("dimension"))))


def _change(line: Line) -> Cell:
    return line.amount("change", signed=True)


_DRIVERS: list[ColumnOf] = [
    ("Dimension", "text", _dimension),
    ("Value", "name", "value"),
    ("Before", "amount", "before"),
    ("After", "amount", "after"),
    ("Change", "amount", _change),
    ("Part", "ratio", "contribution"),
]


def _steps(source: Source) -> list[Block]:
    """The day it began, where the tool found one."""
    found: list[Block] = []
    for line in source.details("step"):
        until: list[Part] = [" until ", line.time("end")] if line.get("end") else []
        found.append(
            sentence(
                "It coincides with ", line.time("start"), ", when the daily level changed: ",
                line.amount("per_day_otherwise"), " per day otherwise, ",
                line.amount("per_day_from_start"), " per day from then", until, ".",
            )
        )  # fmt: skip
    return found


def _parts(source: Source) -> list[Block]:
    """Price against quantity, and what of the change nobody measured."""
    return [
        sentence(
            "Of the change, quantity accounts for ", line.amount("quantity", signed=True),
            "; price for ", line.amount("price", signed=True),
            "; what is new or gone for ", line.amount("new_or_gone", signed=True),
            "; unknown ", line.amount("not_measured", signed=True), ".",
        )
        for line in source.details("price_and_quantity")
    ]  # fmt: skip


def _words(question: Changes) -> str:
    if question.new:
        what = " and ".join(group_words(name) for name in question.scope.groups)
        return scope_words(question.scope.but(groups=()), f"which {what} is new: cost")
    return f"why did {scope_words(question.scope)} change"


def _back(arguments: Mapping[str, Any]) -> Question:
    scope = scope_from(arguments)
    return Changes(scope=scope)


def changes(scope: Scope) -> Changes:
    """Why that scope changed."""
    return Changes(scope=scope)


OPENS = any_of(_WHY, _MOST, _NEW, _PART_OF)
FRAME = Frame("changes", "explain_change", Changes, OPENS, _read, _call, _say, _words, _back)
