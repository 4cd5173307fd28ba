"""What the words of one message say, gathered while it is read; frames make questions of it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from tagwright_agent.planner import phrases
from tagwright_agent.planner.identifiers import take_identifiers
from tagwright_agent.planner.link import link_names, link_rest, link_values
from tagwright_agent.planner.measures import take_metrics, take_raw_tags, take_threshold
from tagwright_agent.planner.question import Filter, Scope, Unclear
from tagwright_agent.planner.roles import groups_of, value_filters
from tagwright_agent.planner.times import TIMES, settle_times, take_periods

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tagwright.results import Period
    from tagwright_agent.planner.link import Mention
    from tagwright_agent.planner.reading import Reading
    from tagwright_agent.planner.view import CatalogueView

__all__ = ["Said", "listen"]


@dataclass
class Said:
    """What is said of the scope, and of how it is to be shown.

    Attributes:
        explaining: Reasons are asked for: two periods are compared whatever the words.
        keyed: Keys that are named beside no "by" are what is asked of, not groups.
        keys: Those keys.
        nulls: Dimensions that are to have no value.
        values: Names from the data, in the order said.
        periods: As said, in that order.
        unit: Of a comparison with the one before: ``month``, ``week``, …
        compared: Words of comparison are there.
        than: The period is what is compared with.
        than_only: Only that one is said; the other is a guess that a question before may better.
        grains: Units of time that rows are by.
        side_by_side: Several values of one dimension are named.
        share_at: Where the words of a share end; -1 for none.
        limited: The first or last rows are asked for.
        head: Money is asked for in words.
    """

    explaining: bool = False
    keyed: bool = False
    metrics: list[str] = field(default_factory=list)
    groups: list[str] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    filters: list[Filter] = field(default_factory=list)
    nulls: list[str] = field(default_factory=list)
    values: list[Mention] = field(default_factory=list)
    periods: list[Period] = field(default_factory=list)
    period: str = ""
    compare_to: str = ""
    unit: str = ""
    compared: bool = False
    than: bool = False
    than_only: bool = False
    grains: list[str] = field(default_factory=list)
    side_by_side: str = ""
    limit: int = 0
    order: Literal["", "desc", "asc"] = ""
    limited: bool = False
    having: str = ""
    share_at: int = -1
    count: bool = False
    average: bool = False
    trend: bool = False
    who: bool = False
    head: bool = False
    notes: list[str] = field(default_factory=list)

    def scope(self) -> Scope:
        """What was said, frozen."""
        groups = [*self.groups, *self.grains]
        if self.trend and not any(group in TIMES for group in groups):
            groups.append("month")
        return Scope(
            metrics=tuple(self.metrics),
            groups=tuple(dict.fromkeys(groups)),
            filters=tuple(self.filters),
            period=self.period,
            compare_to=self.compare_to,
            limit=self.limit,
            order=self.order,
            having=self.having,
            notes=tuple(dict.fromkeys(self.notes)),
        )


_OTHER = re.compile(r"\bother(?= than\b)")
_TAGGED_WITH = re.compile(r"\btagged (?:with|as|by)?\s?(?=[\w.-]+ ?[=:]|cost[- ]center|\w+ [A-Z])")
_ITS_TAG = re.compile(r"(?<=\|) (?:tags?|labels?|keys?)(?![\w:-])")
_KINDS = phrases.rx(r"instances?|buckets?|functions?|endpoints?|databases?|tables?|queues?|volumes?")
"""Kinds of resources, where a service stands beside them."""


def listen(
    reading: Reading, view: CatalogueView, pinned: Mapping[str, str], said: Said | None = None
) -> Said:
    """Read everything of a scope; what a frame has taken before is not read again.

    Args:
        reading: The message; what is explained is marked in it.
        view: What can be named.
        pinned: Folded value to the dimension that a person chose when asked.
        said: What the frame knows already.

    Raises:
        Unclear: Words have two readings, or none.
    """
    said = said or Said()
    reading.consume_all(phrases.ALL, "all")
    said.filters += take_identifiers(reading)
    take_threshold(reading, said)
    reading.consume_all(phrases.PICTURE, "picture")
    for pattern in (_TAGGED_WITH, _OTHER):
        for match in pattern.finditer(reading.lower):
            reading.take(*match.span(), "filter")
    said.values = link_values(reading, view, pinned=pinned)
    average = reading.consume_all(phrases.AVERAGE, "average")
    said.average = bool(average)
    take_periods(reading, said, view)
    table = [*phrases.GRAINS, *(phrases.AVERAGED if said.average else ())]
    said.grains = [name for pattern, name in table if reading.consume(pattern, "group")][:2]
    said.count = bool(reading.consume(phrases.COUNT, "count"))
    raw = take_raw_tags(reading, view)
    said.metrics += take_metrics(reading, view, counting=said.count)
    names = link_names(reading, view)
    _take_amounts(reading, said)
    said.values += link_rest(reading, view)
    said.values.sort(key=lambda item: item.start)
    value_filters(reading, said)
    groups_of(reading, said, names, view)
    said.groups += raw
    reading.consume_all(_ITS_TAG, "tag")
    _take_people(reading, said, view)
    _kinds_of_resource(reading, said)
    said.head = bool(reading.consume_all(phrases.HEAD, "head"))
    reading.consume_all(phrases.WEAK, "weak")
    settle_times(said, view)
    return said


def _take_amounts(reading: Reading, said: Said) -> None:
    """Shares, order, limits, comparison, trend: the words that are left say how it is shown."""
    if match := reading.search(phrases.SHARE):
        said.share_at = match.end()
        reading.consume_all(phrases.SHARE, "share")
    for pattern in phrases.LIMITS:
        if match := reading.consume(pattern, "limit"):
            said.limit = phrases.number(match["n"])
            if not said.limit:
                raise Unclear("clarify", "The first how many?")
            if phrases.ASCENDING.fullmatch(match["side"]):
                said.order = "asc"
            said.limited = True
    if reading.consume_all(phrases.ASCENDING, "order"):
        said.order, said.limited = "asc", True
    if reading.consume_all(phrases.DESCENDING, "order"):
        said.order, said.limited = said.order or "desc", True
    said.compared = bool(reading.consume_all(phrases.COMPARED, "comparison")) or said.compared
    said.trend = bool(reading.consume_all(phrases.TREND, "trend"))


def _take_people(reading: Reading, said: Said, view: CatalogueView) -> None:
    """Whoever spends is a team; where money goes are services."""
    if reading.consume_all(phrases.WHO, "group") and not said.groups and "team" in view.keys:
        said.groups.append("team")
        said.who = True
    if reading.consume_all(phrases.WHERE, "group") and not said.groups:
        said.groups.append("service_name")


def _kinds_of_resource(reading: Reading, said: Said) -> None:
    """Buckets of S3 and instances of EC2 are the resources they are."""
    dimensions = {item.dimension for item in said.filters if item.op == "in"}
    asked = "resource_type" in dimensions
    if "service_name" in dimensions or "x_ai_instance_family" in said.nulls:
        asked = bool(reading.consume_all(_KINDS, "group")) or asked
    if asked and not said.groups and not said.metrics:
        if said.count:
            said.metrics.append("resource_count")
        elif said.limited or re.match(r"[\s|]*(?:which|what|list|name)\b", reading.lower):
            said.groups.append("resource_id")
