"""One question to slots: the grammar, a period, a name or a value must explain every word."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from tagwright import periods
from tagwright.text import clean
from tagwright_agent.planner import lexicon as words
from tagwright_agent.planner import scope
from tagwright_agent.planner.identifiers import take_identifiers
from tagwright_agent.planner.intent import decide
from tagwright_agent.planner.link import link_names, link_rest, link_values
from tagwright_agent.planner.reading import Reading, normal
from tagwright_agent.planner.refuse import no_such_tag, out_of_scope, unknown_words
from tagwright_agent.planner.roles import apart, roles, value_filters
from tagwright_agent.planner.signals import Signals
from tagwright_agent.planner.slots import Slots, Unclear
from tagwright_agent.planner.spelling import corrected
from tagwright_agent.planner.units import take_units
from tagwright_agent.planner.wording import dates
from tagwright_agent.planner.workloads import take_workloads

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tagwright.results import Period
    from tagwright_agent.planner.link import Mention
    from tagwright_agent.planner.view import CatalogueView

__all__ = ["Parsed", "parse"]

_RAW_TAG = re.compile(
    r"\b(?:(?:raw|by|per|each|every) )?(?:the )?(?:tags?:|labels?:|(?<=by )(?:tags?|labels?) |"
    r"(?<=per )(?:tags?|labels?) )(?:keys? )?[\"'`]?([\w./@-]+(?::[\w./@-]+)*)[\"'`]?",
    re.IGNORECASE,
)
_BY_TAG = re.compile(
    r"\b(?:by|per|each|every) (?:the )?(?:tags?|labels?)\s*(?:$|[?.!,]|last|this|in)"
)
_NAMED_TAG = re.compile(
    r"\b(?:by|per|each|every) (?:the )?[\"'`]?([\w./@:-]+)[\"'`]? (?:tags?|labels?)(?!\w|:)",
    re.IGNORECASE,
)
_MOST = re.compile(r"\b(?:most|biggest|largest|top|fastest|strongest)\b")
_VERB = re.compile(r"^(?:please )?(?:compute|sum|sum up|add up)\b(?= (?:the|our|my|a|all|total)\b)")
_COMPANY = re.compile(
    r"(?<!\w)(?:(?:across|in|for|of|at) )?(?:the |our |my )(?:whole |entire |aws |cloud )?"
    r"(?:org|organi[sz]ation|company)(?!\w)"
)
_GOES = re.compile(r"\b(?:is|was|are|were|goes|went|comes?|came|belongs?)\b")
_TAGGED_WITH = re.compile(r"\btagged (?:with|as|by)\b(?= [\w.-]+ ?[=:])")
_OF_THAT = re.compile(r"\bof (?:that|this|it|those|these)\b")
_BY = re.compile(r"^(?:by|per|each|which|what) ")
_OTHER = re.compile(r"\bother(?= than\b)")
_WITHIN = re.compile(r"(?:\s+(?:team|cost|costs|spend))?\s+(?:in|within|out of|of|inside|among)\b")
_THAN = re.compile(
    r"(?:\bthan|\bvs\.?|\bversus|\bagainst|\bcompared (?:to|with)|\brelative to|\bfrom)\s+(?:in\s+)?(?:the\s+)?$"
)


@dataclass
class Parsed:
    """Slots with what a follow-up needs to know about how they were said.

    Attributes:
        slots: What was understood, one per metric asked for.
        fragment: It makes sense only as a change to the question before.
        instead: Its groups replace the earlier ones.
        also: Its groups come on top.
        only: The intent is a plain cost question, which may be the earlier one's.
    """

    slots: list[Slots]
    fragment: bool = False
    instead: bool = False
    also: bool = False
    only: bool = False
    signals: Signals = field(default_factory=Signals)


def parse(text: str, view: CatalogueView, pinned: Mapping[str, str] | None = None) -> Parsed:
    """Read one question.

    Raises:
        Unclear: It is out of scope, has two readings, or holds words nobody explains.
    """
    reading = Reading(corrected(normal(text), view))
    opened = reading.search(words.FOLLOW_UP)
    proposing = reading.search(words.PROPOSE)
    signals = Signals(
        also=bool(re.match(r"\s*(?:and|also|plus)\b", reading.lower)),
        instead="instead" in reading.lower,
        opened=opened is not None or bool(_OF_THAT.search(reading.lower)),
        said_cost=bool(reading.search(words.COST)),
        length=len(reading.tokens()),
    )
    if opened is not None:
        reading.take(*opened.span())
    if verb := _VERB.match(reading.mask):
        reading.take(*verb.span())
    signals.average = bool(reading.consume_all(words.AVERAGE))
    for pattern, reason in scope.OUT_FIRST:
        said = pattern.search(reading.lower)
        name = _BY.sub("", said.group()).removesuffix("s") if said else ""
        if said and not view.names.get(name):
            raise out_of_scope(reason, view)
    reading.consume_all(_COMPANY)
    slots = Slots()
    take_identifiers(reading, slots)
    signals.fresh = bool(reading.consume(words.FRESH))
    signals.units = take_units(reading, view)
    signals.workloads = not signals.units and take_workloads(reading, slots)
    signals.tag_keys = bool(words.TAG_KEYS.fullmatch(reading.text))
    if signals.tag_keys:
        reading.take(0, len(reading.text))
    for match in _TAGGED_WITH.finditer(reading.lower):
        reading.take(*match.span())  # a filter, not a question of coverage
    for match in _OTHER.finditer(reading.lower):
        reading.take(*match.span())  # a negation, not the category Other
    values = link_values(reading, view, pinned=pinned or {})
    _relative(reading, slots, signals)
    spans = _periods(reading, view, slots, signals)
    grains = [name for pattern, name in words.GRAINS if reading.consume(pattern)]
    if signals.average and not grains:
        grains = [name for pattern, name in words.AVERAGED if reading.consume(pattern)]
    metrics = _metrics(reading)
    raw = _raw_tags(reading, view)
    names = link_names(reading, view)
    if proposing is not None:
        signals.propose = True
        reading.take(*proposing.span())
    _scan(reading, signals)
    if signals.workloads:
        signals.how_many = False  # "how many have no team" counts rows, it does not group them
    limit = _limit(reading, slots)
    values += link_rest(reading, view)
    values.sort(key=lambda item: item.start)
    value_filters(reading, slots, values, signals)
    signals.part_first = _part_first(reading, values, signals.share_at)
    groups, keys = roles(reading, slots, names, values, view, signals)
    signals.grains, signals.groups = grains, [*groups, *raw]
    signals.limited = signals.limited or limit
    _kinds_of_resource(reading, slots, signals)
    if out := next((p for p in scope.OUT_OF_SCOPE if reading.search(p[0])), None):
        raise out_of_scope(out[1], view)
    for pattern in (words.NEGATIONS, words.NULLS):
        if not signals.coverage:
            break
        reading.consume_all(pattern)
    if signals.coverage or signals.explain or signals.propose or signals.describe:
        signals.said_cost = signals.said_cost or bool(signals.coverage)
    left = [token for token in reading.open_tokens() if len(token.text) > 1 or token.text.isdigit()]
    if left:
        raise unknown_words([token.text for token in left], view)
    several = apart(reading, values, slots)
    if (len(metrics) > 1 or len(several) > 1) and len(spans) < 2 and not slots.compare_to:
        signals.compare = False  # "list vs effective cost" is not about two periods
    signals.said_cost = signals.said_cost or (bool(metrics) and signals.length > 2)
    if signals.how_many and groups and metrics == ["billed_cost"]:
        metrics = []  # "how many models were billed" asks for no amount
    signals.metric = metrics[0] if metrics else ""
    decide(slots, signals, spans, keys, view)
    found = [replace(slots, metric=name) for name in metrics] or [slots]
    if len(several) > 1:
        found = [
            replace(one, filters=[f for f in one.filters if f["dimension"] not in several - {name}])
            for one in found
            for name in sorted(several, key=lambda name: signals.places[name])
        ]
    return Parsed(
        found,
        fragment=signals.fragment and not metrics[1:],
        instead=signals.instead,
        also=signals.also,
        only=slots.intent == "cost",
        signals=signals,
    )


def _kinds_of_resource(reading: Reading, slots: Slots, signals: Signals) -> None:
    """Takes buckets of S3 and instances of EC2 as the resources they are."""
    dimensions = {str(item["dimension"]) for item in slots.filters if item["op"] == "in"}
    asked = "resource_type" in dimensions
    if "service_name" in dimensions:
        asked = bool(reading.consume_all(words.KINDS)) or asked
    if asked and (signals.listing or signals.limited) and not signals.groups:
        signals.groups.append("resource_id")


def _part_first(reading: Reading, values: Sequence[Mention], share_at: int) -> bool:
    """Whether the first of two names is the part: "share of EC2 in AWS", "EC2's share of AWS".

    In "what share of AWS is EC2" it is the whole.
    """
    if share_at < 0 or len(values) < 2:
        return False
    one, two = values[0], values[1]
    between = reading.lower[one.end : two.start]
    if _GOES.search(between):
        return False
    return one.start < share_at or bool(_WITHIN.match(between))


def _relative(reading: Reading, slots: Slots, signals: Signals) -> None:
    for pattern, compare_to, unit in words.RELATIVE:
        if reading.consume(pattern):
            slots.compare_to = slots.compare_to or compare_to
            signals.unit = signals.unit or unit
            signals.compare = True


def _periods(reading: Reading, view: CatalogueView, slots: Slots, signals: Signals) -> list[Period]:
    shown = "".join(
        mark if mark == "|" else char for mark, char in zip(reading.mask, reading.text, strict=True)
    )
    compared = bool(reading.search(words.COMPARE) or reading.search(words.EXPLAIN))
    found = []
    items = periods.find(shown, view.anchor)
    for item in items:
        if item.readings:
            one, two = item.readings
            raise Unclear(
                "clarify", f"{clean(item.text)} may be {one} or {two}. Which day do you mean?"
            )
        signals.than = bool(_THAN.search(reading.lower[: item.start]))
        reading.take(item.start, item.end)
        if item.asked is not None:
            slots.notes.append(f"{clean(item.text)} = {dates(item.period)}, the last with data")
        ends = _ends(item.text, view) if compared and len(items) == 1 else []
        found += ends or [item.period]
    today = view.anchor.reference
    for period in found:
        if period.start > max(view.anchor.today, today):
            raise out_of_scope("That has not happened yet; I do not forecast.", view)
    signals.periods = len(found)
    return found


def _ends(text: str, view: CatalogueView) -> list[Period]:
    """In a comparison "May to June" is two periods, not the time from one to the other."""
    match = re.fullmatch(r"(?:(?:from|between)\s+)?(.+?)\s+(?:to|and)\s+(.+)", text, re.IGNORECASE)
    if match is None:
        return []
    ends = []
    for part in match.groups():
        inner = periods.find(part, view.anchor)
        if len(inner) != 1 or inner[0].end - inner[0].start < len(part.strip()):
            return []
        ends.append(inner[0].period)
    return ends


def _metrics(reading: Reading) -> list[str]:
    found: list[tuple[int, str]] = []
    for pattern, name in words.METRICS:
        found += [(match.start(), name) for match in reading.consume_all(pattern)]
    return list(dict.fromkeys(name for _, name in sorted(found)))


def _raw_tags(reading: Reading, view: CatalogueView) -> list[str]:
    found = []
    known = {tag.casefold(): tag for tag in view.tags}
    for match in _RAW_TAG.finditer(reading.mask):
        said = match[1].strip("'\"`?.,")
        explicit = ":" in match.group()[: match.start(1) - match.start()]
        known_name = said in words.STOP or view.names.get(said.replace("-", " "))
        if "|" in match.group() or (known_name and not explicit):
            continue
        tag = known.get(said)
        if tag is None:
            raise no_such_tag(reading.text[match.start(1) : match.end(1)], view)
        reading.take(*match.span())
        found.append(f"tag:{tag}")
    for match in _NAMED_TAG.finditer(reading.mask):
        # "by project tag": the bill's own tag, where no key of the taxonomy is called so.
        tag = known.get(match[1].casefold())
        if tag is not None and view.names.get(match[1].replace("-", " ")) not in view.keys:
            reading.take(*match.span())
            found.append(f"tag:{tag}")
    if not found and _BY_TAG.search(reading.mask):
        raise Unclear(
            "clarify",
            "By which tag? The taxonomy has "
            f"{', '.join(view.keys) or 'no keys'}; a tag of the bill is written tag:NAME.",
        )
    return found


def _scan(reading: Reading, signals: Signals) -> None:
    """What is wanted, by the words that are left."""
    signals.how_many = bool(
        re.search(r"\bhow many\b|\bnumber of\b|\bcount (?:the |of )?\b", reading.mask)
    )
    signals.listing = bool(
        re.match(r"[\s|]*(?:please )?(?:list|show|show me|which|what|name|give me)\b", reading.mask)
    )
    signals.plans = not signals.propose and bool(reading.consume(words.PLANS))
    signals.by_resources = "resource" in reading.lower
    if match := reading.search(words.SHARE):
        signals.share_at = match.end()
    # "without", "no", "untagged" before a name are handled with the name; what is left is coverage.
    signals.coverage = bool(reading.search(words.COVERAGE))
    signals.untagged = bool(reading.search(words.UNTAGGED))
    if signals.share_at >= 0:
        reading.consume_all(words.SHARE)
    signals.explain = bool(reading.consume_all(words.EXPLAIN))
    signals.moved = bool(reading.search(words.MOVED)) and bool(_MOST.search(reading.lower))
    signals.compare = bool(reading.consume_all(words.COMPARE)) or signals.compare
    signals.trend = bool(reading.consume_all(words.TREND))
    signals.describe = bool(reading.consume_all(words.DESCRIBE))


def _limit(reading: Reading, slots: Slots) -> bool:
    least = reading.search(words.ASCENDING) is not None
    match = reading.consume(words.LIMIT)
    if match:
        said = match["a"] or match["b"] or match["c"]
        slots.limit = min(1000, int(said) if said.isdigit() else words.NUMBERS[said])
        if not slots.limit:
            raise Unclear("clarify", "The first how many?")
    most = reading.consume_all(words.SUPERLATIVE)
    if least:
        slots.order = "asc"
        reading.consume_all(words.ASCENDING)
    return bool(match or most or least)
