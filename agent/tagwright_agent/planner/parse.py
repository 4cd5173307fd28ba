"""One question to slots: every word must be explained by the grammar, a period, a name or a value."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from tagwright import periods
from tagwright.text import clean
from tagwright_agent.planner import lexicon as words
from tagwright_agent.planner.intent import TIMES, Signals, decide
from tagwright_agent.planner.link import Mention, link_names, link_rest, link_values
from tagwright_agent.planner.reading import Reading, normal
from tagwright_agent.planner.refuse import no_such_tag, out_of_scope, unknown_words
from tagwright_agent.planner.slots import Slots, Unclear
from tagwright_agent.planner.spelling import corrected

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tagwright.results import Period
    from tagwright_agent.planner.view import CatalogueView

__all__ = ["Parsed", "parse"]

_PLAN_ID = re.compile(r"(?<!\w)plan[-_](?=[\w-]*\d)[\w-]{4,64}", re.IGNORECASE)
_RAW_TAG = re.compile(
    r"\b(?:(?:raw|by|per|each|every) )?(?:the )?(?:tags?:|labels?:|(?<=by )(?:tags?|labels?) |"
    r"(?<=per )(?:tags?|labels?) )(?:keys? )?[\"'`]?([\w./@-]+(?::[\w./@-]+)*)[\"'`]?",
    re.IGNORECASE,
)
_BY_TAG = re.compile(r"\b(?:by|per|each|every) (?:the )?(?:tags?|labels?)\s*(?:$|[?.!,]|last|this|in)")
_GROUPED = re.compile(
    r"(?:\bby|\bper|\beach|\bevery|\bacross|\bamong|\bfor each|\bfor every|\bof each)\s+"
    r"(?:(?:the|its|our|all|different|individual)\s+)*$"
)
_CHAIN = re.compile(r"\s*(?:,|and|&|\+|then|plus|/|x|,\s*and)\s*(?:(?:by|per|the)\s+)*")
_BETWEEN_NEGATED = re.compile(r"[\s,]*(?:(?:and|or|nor|the)[\s,]*)*")
_BEFORE_VALUE = re.compile(r"[\s,]*(?:(?:the|all|any|our|of|in|from|for|on)\s+)*$")
_SIDE_BY_SIDE = re.compile(r",?\s*(?:and|or|&|\+|plus|vs\.?|versus|against)\s*(?:the |on |for )?")
_MOST = re.compile(r"\b(?:most|biggest|largest|top|fastest|strongest)\b")
_COUNT = re.compile(r"(?<![\w.,$-])(\d{1,3}|two|three|four|five|six|seven|eight|nine|ten)\s+$")
_ACCOUNT_ID = re.compile(r"(?<!\w)\d{12}(?!\w)")
_ARN = re.compile(r"(?<!\w)arn:aws[\w-]*:[\w:/.@-]+", re.IGNORECASE)
_VERB = re.compile(r"^(?:please )?(?:compute|sum|sum up|add up)\b(?= (?:the|our|my|a|all|total)\b)")
_COMPANY = re.compile(
    r"(?<!\w)(?:(?:across|in|for|of|at) )?(?:the |our |my )(?:whole |entire |aws |cloud )?"
    r"(?:org|organi[sz]ation|company)(?!\w)"
)
_THAN = re.compile(
    r"(?:\bthan|\bvs\.?|\bversus|\bagainst|\bcompared (?:to|with)|\brelative to|\bfrom)\s+(?:in\s+)?(?:the\s+)?$"
)
_NOT_SET = re.compile(r"^\s*(?:is|are)?\s*(?:missing|empty|not set|unset|blank|absent|null)\b")


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
        opened=opened is not None,
        said_cost=bool(reading.search(words.COST)),
        length=len(reading.tokens()),
    )
    if opened is not None:
        reading.take(*opened.span())
    if verb := _VERB.match(reading.mask):
        reading.take(*verb.span())
    if out := next((p for p in words.OUT_FIRST if p[0].search(reading.lower)), None):
        raise out_of_scope(out[1], view)
    reading.consume_all(_COMPANY)
    slots = Slots()
    _identifiers(reading, slots)
    values = link_values(reading, view, pinned=pinned or {})
    _relative(reading, slots, signals)
    spans = _periods(reading, view, slots, signals)
    grains = [name for pattern, name in words.GRAINS if reading.consume(pattern)]
    metrics = _metrics(reading)
    raw = _raw_tags(reading, view)
    names = link_names(reading, view)
    if proposing is not None:
        signals.propose = True
        reading.take(*proposing.span())
    _scan(reading, signals)
    limit = _limit(reading, slots)
    values += link_rest(reading, view)
    values.sort(key=lambda item: item.start)
    _filters(reading, slots, values, signals)
    groups, keys = _roles(reading, slots, names, values, view, signals)
    signals.grains, signals.groups = grains, [*groups, *raw]
    signals.limited = signals.limited or limit
    if out := next((p for p in words.OUT_OF_SCOPE if reading.search(p[0])), None):
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
    apart = _apart(reading, values, slots)
    if (len(metrics) > 1 or len(apart) > 1) and len(spans) < 2 and not slots.compare_to:  # noqa: PLR2004
        signals.compare = False  # "list vs effective cost" is not about two periods
    signals.said_cost = signals.said_cost or (bool(metrics) and signals.length > 2)  # noqa: PLR2004
    signals.metric = metrics[0] if metrics else ""
    decide(slots, signals, spans, keys, view)
    found = [replace(slots, metric=name) for name in metrics] or [slots]
    if len(apart) > 1:
        found = [
            replace(one, filters=[f for f in one.filters if f["dimension"] not in apart - {name}])
            for one in found
            for name in sorted(apart, key=lambda name: signals.places[name])
        ]
    return Parsed(
        found,
        fragment=signals.fragment and not metrics[1:],
        instead=signals.instead,
        also=signals.also,
        only=slots.intent == "cost",
        signals=signals,
    )


def _identifiers(reading: Reading, slots: Slots) -> None:
    if match := reading.consume(_PLAN_ID):
        slots.plan = reading.text[match.start() : match.end()]
    for pattern, name in ((_ACCOUNT_ID, "sub_account_id"), (_ARN, "resource_id")):
        if found := reading.consume_all(pattern):
            values = [reading.text[m.start() : m.end()].rstrip(".,") for m in found]
            slots.filters.append({"dimension": name, "op": "in", "values": values})


def _relative(reading: Reading, slots: Slots, signals: Signals) -> None:
    for pattern, compare_to, unit in words.RELATIVE:
        if reading.consume(pattern):
            slots.compare_to = slots.compare_to or compare_to
            signals.unit = signals.unit or unit
            signals.compare = True


def _periods(
    reading: Reading, view: CatalogueView, slots: Slots, signals: Signals
) -> list[Period]:
    shown = "".join(
        mark if mark == "|" else char for mark, char in zip(reading.mask, reading.text, strict=True)
    )
    compared = bool(reading.search(words.COMPARE) or reading.search(words.EXPLAIN))
    found = []
    for item in periods.find(shown, view.anchor):
        if item.readings:
            one, two = item.readings
            raise Unclear(
                "clarify", f"{clean(item.text)} may be {one} or {two}. Which day do you mean?"
            )
        signals.than = bool(_THAN.search(reading.lower[: item.start]))
        reading.take(item.start, item.end)
        ends = _ends(item.text, view) if compared else []
        found += ends or [item.period]
    today = view.anchor.reference
    for period in found:
        if period.start > max(view.anchor.today, today):
            raise out_of_scope("That has not happened yet; I do not forecast.", view)
    signals.periods = len(found)
    return found


def _ends(text: str, view: CatalogueView) -> list[Period]:
    """ "from May to June" in a comparison is two periods, not the time from one to the other."""
    match = re.fullmatch(r"(?:from|between)\s+(.+?)\s+(?:to|and)\s+(.+)", text, re.IGNORECASE)
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
    if not found and (match := _BY_TAG.search(reading.mask)):
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
    signals.fresh = bool(reading.consume(words.FRESH))
    signals.by_resources = "resource" in reading.lower
    if match := reading.search(words.SHARE):
        signals.share_at = match.end()
    # "without", "no", "untagged" before a name are handled with the name; what is left is coverage.
    signals.coverage = bool(reading.search(words.COVERAGE))
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
        said = match["a"] or match["b"]
        slots.limit = min(1000, int(said) if said.isdigit() else words.NUMBERS[said])
    most = reading.consume_all(words.SUPERLATIVE)
    if least:
        slots.order = "asc"
        reading.consume_all(words.ASCENDING)
    return bool(match or most or least)


def _filters(
    reading: Reading, slots: Slots, values: Sequence[Mention], signals: Signals
) -> None:
    """Values as filters, several of one dimension together, negated ones apart."""
    last_end, last_negated = -1, False
    found: dict[tuple[str, str], list[str]] = {}
    for item in values:
        before = reading.lower[: item.start]
        negated = False
        if last_end >= 0 and _BETWEEN_NEGATED.fullmatch(reading.lower[last_end : item.start]):
            negated = last_negated
        else:
            head = _BEFORE_VALUE.sub("", _qualified(reading, before))
            for match in words.NEGATIONS.finditer(head):
                if match.end() == len(head):
                    negated = True
                    reading.take(*match.span())
        last_end, last_negated = item.end, negated
        op = "not_in" if negated else "in"
        found.setdefault((item.dimension, op), []).extend(item.values)
        if item.said:
            slots.notes.append(f"{item.said} = {', '.join(map(clean, item.values))}")
        signals.places[item.dimension] = item.start
    for (dimension, op), meant in found.items():
        chosen = list(dict.fromkeys(meant))
        slots.filters.append({"dimension": dimension, "op": op, "values": chosen})


def _apart(reading: Reading, values: Sequence[Mention], slots: Slots) -> set[str]:
    """Dimensions whose values are named side by side ("EC2 and OpenAI"): questions of their own.

    As filters of one question they would mean what is both, which is nobody's question.
    """
    negated = {f["dimension"] for f in slots.filters if f["op"] != "in"}
    found: set[str] = set()
    for one, two in pairwise(values):
        if one.dimension == two.dimension or {one.dimension, two.dimension} & negated:
            continue
        if _SIDE_BY_SIDE.fullmatch(reading.lower[one.end : two.start]):
            found |= {one.dimension, two.dimension}
    return found


def _qualified(reading: Reading, before: str) -> str:
    """The text before a value without the name of its dimension ("except team")."""
    trimmed = before.rstrip()
    masked = reading.mask[: len(trimmed)]
    return trimmed[: len(masked.rstrip("|"))] if masked.endswith("|") else trimmed


def _roles(
    reading: Reading,
    slots: Slots,
    names: Sequence[Mention],
    values: Sequence[Mention],
    view: CatalogueView,
    signals: Signals,
) -> tuple[list[str], list[str]]:
    """Which named dimensions are groups, and which are keys that coverage is asked of."""
    groups: list[str] = []
    keys: list[str] = []
    last: tuple[int, bool] = (-1, False)
    for item in names:
        before, after = reading.lower[: item.start], reading.lower[item.end :]
        if _beside_value(reading, item, values):
            continue
        null = _null_before(reading, before, item, view) or _NOT_SET.match(after)
        count = _COUNT.search(reading.mask[: item.start])
        if count and item.dimension not in TIMES:
            said = count[1]
            slots.limit = min(1000, int(said) if said.isdigit() else words.NUMBERS[said])
            reading.take(*count.span())
            signals.limited = True
        if null and not signals.how_many:
            slots.filters.append({"dimension": item.dimension, "op": "is_null", "values": []})
            if (match := _NOT_SET.match(after)) is not None:
                reading.take(item.end, item.end + match.end())
            signals.nulls.append(item.dimension)
            continue
        grouped = bool(_GROUPED.search(before))
        if last[0] >= 0 and _CHAIN.fullmatch(reading.lower[last[0] : item.start]):
            grouped = last[1]
        last = (item.end, grouped)
        if (signals.coverage or signals.propose) and not grouped and item.dimension in view.keys:
            keys.append(item.dimension)
        else:
            groups.append(item.dimension)
    if signals.nulls:
        signals.coverage = bool(reading.search(words.COVERAGE))
    reading_coverage = reading.consume_all(words.COVERAGE)
    signals.coverage = signals.coverage or (bool(reading_coverage) and not signals.nulls)
    return list(dict.fromkeys(groups)), list(dict.fromkeys(keys))


def _beside_value(reading: Reading, item: Mention, values: Sequence[Mention]) -> bool:
    for value in values:
        if not _related(item.dimension, value.dimension):
            continue
        gap = (
            reading.lower[item.end : value.start]
            if value.start >= item.end
            else reading.lower[value.end : item.start]
        )
        if re.fullmatch(r"[\s\"'`:=]*(?:is|named|called|tag|key)?[\s\"'`:=]*", gap):
            return True
    return any(
        _related(item.dimension, str(known["dimension"]))
        and re.search(r"\d{12}\W*$|^\W*\d{12}|arn:aws", text)
        for known in _ids(reading)
        for text in (reading.lower[: item.start][-16:], reading.lower[item.end :][:16])
    )


def _ids(reading: Reading) -> list[dict[str, Any]]:
    if _ACCOUNT_ID.search(reading.lower):
        return [{"dimension": "sub_account_id"}]
    return [{"dimension": "resource_id"}] if _ARN.search(reading.lower) else []


def _related(one: str, other: str) -> bool:
    if one == other:
        return True
    stem = ("sub_account_", "region_", "billing_account_", "service_", "resource_")
    return any(one.startswith(part) and other.startswith(part) for part in stem)


def _null_before(reading: Reading, before: str, item: Mention, view: CatalogueView) -> bool:
    head = before.rstrip()
    for match in words.NULLS.finditer(head):
        if match.end() == len(head):
            # "untagged services" are services without tags, "untagged team" is no team.
            if item.dimension not in view.keys and (
                match.group().startswith("un") or item.dimension == "resource_id"
            ):
                return False
            reading.take(*match.span())
            return True
    return False
