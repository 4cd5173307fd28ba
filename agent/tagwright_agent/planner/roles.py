"""What part each name and value of a question plays: a filter, a group, a key, or no value."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from tagwright.text import clean
from tagwright_agent.planner import lexicon as words
from tagwright_agent.planner.identifiers import ACCOUNT_ID, ARN
from tagwright_agent.planner.intent import TIMES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tagwright_agent.planner.link import Mention
    from tagwright_agent.planner.reading import Reading
    from tagwright_agent.planner.signals import Signals
    from tagwright_agent.planner.slots import Slots
    from tagwright_agent.planner.view import CatalogueView

__all__ = ["apart", "roles", "value_filters"]

_GROUPED = re.compile(
    r"(?:\bby|\bper|\beach|\bevery|\bacross|\bamong|\bfor each|\bfor every|\bof each)\s+"
    r"(?:(?:the|its|our|all|different|individual)\s+)*$"
)
_CHAIN = re.compile(r"\s*(?:,|and|&|\+|then|plus|/|x|,\s*and)\s*(?:(?:by|per|the)\s+)*")
_BETWEEN_NEGATED = re.compile(r"[\s,]*(?:(?:and|or|nor|the)[\s,]*)*")
_BEFORE_VALUE = re.compile(r"[\s,]*(?:(?:the|all|any|our|of|in|from|for|on)\s+)*$")
_NOT_SET = re.compile(
    r"^\s*(?:is|are)?\s*(?:missing|empty|not set|unset|blank|absent|null)\b"
    r"(?=\s*(?:$|[?.!,;|]|(?:in|for|on|during|last|this|and|or)\b))"
)
_SIDE_BY_SIDE = re.compile(r",?\s*(?:and|or|&|\+|plus|vs\.?|versus|against)\s*(?:the |on |for )?")
_COUNT = re.compile(r"(?<![\w.,$-])(\d{1,3}|two|three|four|five|six|seven|eight|nine|ten)\s+$")


def value_filters(
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


def apart(reading: Reading, values: Sequence[Mention], slots: Slots) -> set[str]:
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


def roles(
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
    if ACCOUNT_ID.search(reading.lower):
        return [{"dimension": "sub_account_id"}]
    return [{"dimension": "resource_id"}] if ARN.search(reading.lower) else []


def _related(one: str, other: str) -> bool:
    if one == other:
        return True
    if {one, other} == {"service_name", "service_provider_name"}:
        return False  # "AWS services" are services of AWS
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
