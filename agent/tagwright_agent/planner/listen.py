"""Everything that a message says of a scope, read in one order for all frames."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tagwright.lazy import lazy
from tagwright.metrics import dimension_label
from tagwright.text import clean
from tagwright_agent.planner import phrases
from tagwright_agent.planner.alike import link_rest
from tagwright_agent.planner.identifiers import take_identifiers
from tagwright_agent.planner.link import link_names, link_values
from tagwright_agent.planner.measures import (
    MONEY,
    take_currency,
    take_list_price,
    take_metrics,
    take_raw_tags,
    take_threshold,
)
from tagwright_agent.planner.question import Filter, Unclear, cannot, unsure
from tagwright_agent.planner.roles import groups_of, related, value_filters
from tagwright_agent.planner.said import Said
from tagwright_agent.planner.times import settle_times, take_periods, unit_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tagwright_agent.planner.link import Mention
    from tagwright_agent.planner.reading import Reading
    from tagwright_agent.planner.view import CatalogueView

__all__ = ["listen"]

_ADDS = lazy(r"\W*(?:(?:and|but|now|ok(?:ay)?|then|no) )*including\b")
_COUNTED_ALREADY = phrases.rx(
    r"(?:after|less) (?:the |all |any |our )?(?:credits|refunds|discounts)|including (?:the |all |any )?(?:sales )?(?:tax(?:es)?|credits)(?: and (?:tax(?:es)?|credits))?(?! (?:charges|only))",
    "including|after|less",
)
"""What every cost holds; "including tax" alone is of what stands without it."""
_NET_OF = phrases.rx(r"net of (?:the |all |any |our )?(?:credits?|refunds?|discounts?)", "net of")
"""Finance means with them taken off, others without their rows."""
_EITHER_WAY = phrases.rx(r"with(?:out)? (?:and|or) with(?:out)?", "with")
_HOURS = lazy(r"(?<=\|) (?=hours(?![\w-]))", needs=("hours",))
_PRICED = lazy(r"(?<![\w-])(?:costs?|spend|prices?)(?= )|per(?= (?:gpu |instance )?hours?)|\$")
_OTHER = lazy(r"\bother(?= than\b)", needs=("other",))
_TAGGED_WITH = lazy(
    r"\btagged (?:with|as|by)?\s?(?=[\w.-]+ ?[=:]|cost[- ]center|\w+ [A-Z])", needs=("tagged",)
)
_ITS_TAG = lazy(
    r"(?<=\|) (?:tags?|labels?|keys?)(?![\w:-])|(?<![\w-])(?:tags?|labels?|keys?) (?=\|)",
    needs=("tag", "label", "key"),
)
_TAGGABLE = Filter(dimension="x_taggable", values=("true",))
_OWNERLESS = phrases.rx(
    r"(?:that |which )?(?:nobody|no ?one|no team) owns|(?:without|with no|no) (?:an? )?owners?|unowned|owned by nobody|ownerless",
    "own",
)
_VERBAL = ("metric", "head", "comparison", "unit", "why", "allocation", "owner")
_US = lazy(r"(?<=\|) us(?![\w-])")
_IN_ALL = phrases.rx(r"(?:both )?(?:together|combined)", "together|combined")
_TWO = 2
_AGAINST = lazy(r"(?<![\w-])(?:than|vs\.?|versus|against|compared?)(?![\w-])")
_SAME_PERIOD = phrases.rx(
    r"(?:in |for |during )?(?:that|the same) (?:month|week|quarter|year|period|time)(?! last| of)",
    "that|same",
)
_STATUS = "commitment_discount_status"
_PLANS = "plan|reserv|commitment"
_UNUSED = "(?:unused|wasted|idle|unutili[sz]ed|to waste)"
_MEANT: tuple[tuple[re.Pattern[str], Filter], ...] = (
    (phrases.rx(r"un-?taggable|not taggable|(?:cannot|can't|can not|could not|could never) (?:be|have been) tagged", "tag"),
     _TAGGABLE.model_copy(update={"values": ("false",)})),
    (phrases.rx(r"taggable", "tag"), _TAGGABLE),
    (phrases.rx(rf"{phrases.PLAN} (?:went |was |were |is |are |that (?:is|was) )?{_UNUSED}|{_UNUSED} {phrases.PLAN}|{phrases.PLAN} waste", _PLANS),
     Filter(dimension=_STATUS, values=("Unused",))),
    (phrases.rx(rf"(?:not|isn't|un) ?covered by {phrases.PLAN}", _PLANS), Filter(dimension=_STATUS, op="is_null")),
    (phrases.rx(rf"covered by {phrases.PLAN}", _PLANS), Filter(dimension=_STATUS, values=("Used",))),
    (phrases.rx(r"(?<!put )(?<!cached )(?<!read )(?<!write )tokens?(?= (?:costs?|spend|spending|bills?|charges))", "token"),
     Filter(dimension="x_ai_kind", values=("model-api",))),
)  # fmt: skip
"""What has a column of its own in the bill, but no value that anybody would say."""
_TIME = tuple(
    (phrases.rx(rf"(?:single )?{name}s?"), name) for name in ("day", "week", "month", "quarter")
)
_WHOM_WE_PAY = phrases.rx(
    r"whom?(?= (?:do|did|are|have) (?:we|i)\b)|who(?= (?:charge|bill|invoice|cost)[sd]? us\b)",
    "who",
)
_WHO_IS = phrases.rx(r"who (?:is|are|was|were)(?= (?:our|the)\b)", "who")
_AND_TIME = lazy(r"(?:\band|,| x) (?:by |per )?(?P<unit>day|week|month|quarter|year)s?(?![\w-])")
_MOVED_LEAST = phrases.rx(
    r"(?:gr[eo]w|grown|increased?|ro?se|risen|f[ea]ll|fallen|dropped|decreased?|changed?) (?:the )?(?:least|slowest)",
    "least|slowest",
)
_ONLY_MOVED = phrases.rx(
    r"(?:only|just) (?:(?:the|those|these|that|ones|which|who) )*"
    r"(?:increas(?:es?|ed|ing)|decreas(?:es?|ed|ing)|ris(?:es?|ing)|falls?|falling|gr(?:ew|owing|owers)|drops?|dropped|rose|fell)",
    "only|just",
)
_BOTH_ENDS = phrases.rx(
    r"(?:top|first|biggest|largest|most expensive)(?: \w+)? (?:and|or) (?:the )?(?:bottom|last|smallest|cheapest)|"
    r"(?:bottom|smallest|cheapest)(?: \w+)? (?:and|or) (?:the )?(?:top|biggest|largest|most expensive)",
    "bottom|last|smallest|cheapest",
)
_BUT_FIRST = phrases.rx(
    r"(?:but|except(?: for)?|excluding|without|other than|besides) (?:the |our )?"
    r"(?:most expensive|biggest|largest|highest|cheapest|smallest|lowest|top|bottom|first)",
    "but|except|excluding|without|other|besides",
)
_THE_ONE = phrases.rx(r"(?:the )?(?:most expensive|biggest|largest|highest|cheapest|smallest|lowest|top|first|last) ones?", "one")  # fmt: skip
_CHANGED_OVER = phrases.rx(r"(?:changed|grown|gone|been) over(?= \|)", "over")
"""How it went in that time, not how it stands against the time before."""
_WHERE = lazy(
    r"(?<![\w-])where(?= (?:the )?[\w -]*(?:is|=|equals|isn't|are)(?: not| in)? \|)",
    needs=("where",),
)
"""Before a condition, as a filter is written."""
_ONE_OF = lazy(r"\b(?:which|what|who|one)(?: one)? of\b")
_TOKENS = phrases.rx(r"tokens?", "token")
_LISTED = lazy(r"(?:^|[,.!:] ?|\b(?:please|ok|hi|hello) )(?:which|what|list|name)\b")
_KINDS = phrases.rx(
    r"instances?|buckets?|functions?|endpoints?|databases?|tables?|queues?|volumes?"
)
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
    reading.consume_all(phrases.COMPANY, "weak")
    said.same_period = bool(reading.consume(_SAME_PERIOD, "period"))
    identified = take_identifiers(reading)
    take_threshold(reading, said)
    take_currency(reading, said, view)
    if "team" in view.keys and reading.consume_all(_OWNERLESS, "filter"):
        said.filters.append(Filter(dimension="team", op="is_null"))
        said.nulls.append("team")
    for pattern, item in _MEANT:
        if reading.consume_all(pattern, "filter"):
            said.filters.append(item)
    reading.consume_all(phrases.PICTURE, "picture")
    for pattern in (_TAGGED_WITH, _OTHER):
        for match in pattern.finditer(reading.lower):
            reading.take(*match.span(), "filter")
    if not _ADDS.match(reading.lower):
        reading.consume_all(_COUNTED_ALREADY, "all")
    if _EITHER_WAY.search(reading.lower):
        raise unsure("With it or without it: please say which.")
    if reading.search(_NET_OF):
        raise unsure(
            "Every cost here has its credits and discounts taken off already. Is it that, or what "
            "it was without the credits?"
        )
    take_list_price(reading, said)
    said.values = [*identified, *link_values(reading, view, pinned=pinned)]
    reading.consume_all(_WHERE, "weak")
    average = reading.consume_all(phrases.AVERAGE, "average")
    said.average = bool(average)
    take_periods(reading, said, view)
    table = [*phrases.GRAINS, *(phrases.AVERAGED if said.average else ())]
    said.grains = [name for pattern, name in table if reading.consume(pattern, "group")][:2]
    said.count = bool(reading.consume(phrases.COUNT, "count"))
    said.count = said.count or bool(reading.search(_HOURS) and not _PRICED.search(reading.lower))
    raw = take_raw_tags(reading, view)
    # A name of three words is not read as a measure of one, nor the other way round.
    take_metrics(reading, view, said, least=2)
    names = link_names(reading, view, least=2)
    take_metrics(reading, view, said)
    names = sorted([*names, *link_names(reading, view)], key=lambda item: item.start)
    if raw or any(phrases.GROUPED.search(reading.lower[: item.start]) for item in names):
        # "by team, product and month"
        said.grains += [m["unit"] for m in reading.consume_all(_AND_TIME, "group")]
    _take_amounts(reading, said)
    free = [
        n
        for n in names
        if not any(n.end + 1 == v.start or v.end + 1 == n.start for v in said.values)
    ]
    if said.limited and not said.grains and not free:
        # "our priciest month": what is largest is a time.
        said.grains = [name for pattern, name in _TIME if reading.consume(pattern, "group")][:1]
    said.values += link_rest(reading, view)
    several = any(re.search(r"[^s]s$", name.said) for name in names)
    said.many = several and not _ONE_OF.search(reading.lower)
    said.values.sort(key=lambda item: item.start)
    _not_crossed(reading, said)
    value_filters(reading, said)
    groups_of(reading, said, sorted([*names, *raw], key=lambda item: item.start), view)
    reading.consume_all(_ITS_TAG, "tag")
    dimensions = {*said.groups, *(item.dimension for item in said.filters)}
    if dimensions & {"x_ai_token_direction", "x_ai_cache_action"}:
        reading.consume_all(_TOKENS, "filter")
    if said.count:  # "how many models were billed" asks for no amount
        said.metrics = [name for name in said.metrics if name not in MONEY]
    _unheard_names(reading, names, said, view)
    if len(said.values) > 1 and reading.consume_all(_IN_ALL, "all"):
        # The total of the two stands below them; by month each month's is asked for.
        if said.side_by_side and len(said.values) > _TWO and _AGAINST.search(reading.lower):
            raise unsure(
                "I compare what has one name each, not with the sum of several. Shall I show all of "
                "them side by side?"
            )
        said.side_by_side = "" if said.grains else said.side_by_side
    _take_people(reading, said, view)
    _kinds_of_resource(reading, said)
    said.head = bool(reading.consume_all(phrases.HEAD, "head"))
    reading.consume_all(phrases.WEAK, "weak")
    verbs = {label.end for label in reading.labels if label.kind in _VERBAL}
    for match in _US.finditer(reading.mask):
        if match.start() in verbs:  # "invoice us", not "the us"
            reading.take(*match.span(), "weak")
    if said.groups and _THE_ONE.search(reading.lower):
        raise unsure("Which row do you mean: please say its name.")
    try:
        settle_times(said, view)
    except Unclear as unclear:  # of which time is all that is lacking
        said.period = said.compare_to = ""
        unclear.timeless = said.scope()
        raise
    return said


def _not_crossed(reading: Reading, said: Said) -> None:
    """Two pairs in one sentence are two questions: "EC2 in October and Lambda in September".

    Raises:
        Unclear: As filters of one question they would mean every pair of the four.
    """
    placed = [(item.start, item.dimension, item.values) for item in said.values]
    placed += [
        (label.start, "", (reading.lower[label.start : label.end],))
        for label in reading.labels
        if label.kind == "period"
    ]
    placed.sort()
    for one, two, three, four in zip(placed, placed[1:], placed[2:], placed[3:], strict=False):
        crossed = one[1] == three[1] != two[1] == four[1]
        if crossed and one[2] != three[2] and two[2] != four[2]:
            raise unsure("Those are two questions: please ask one after the other.")


def _take_amounts(reading: Reading, said: Said) -> None:
    """Shares, order, limits, comparison, trend: the words that are left say how it is shown."""
    said.compared = bool(reading.consume_all(phrases.CHANGE_RATE, "comparison")) or said.compared
    if match := reading.search(phrases.SHARE):
        said.share_at = match.end()
        reading.consume_all(phrases.SHARE, "share")
    tokens = [token for token in reading.tokens() if token.text not in phrases.CLOSED]
    alone = all(label.kind == "opening" for label in reading.labels)
    if alone and len(tokens) == 1 and re.fullmatch(phrases.NUMBER, tokens[0].text):
        said.limit, said.limited = phrases.number(tokens[0].text), True
        reading.take(tokens[0].start, tokens[0].end, "limit")
    for pattern in phrases.LIMITS:
        if match := reading.consume(pattern, "limit"):
            said.limit = phrases.number(match["n"])
            if not said.limit:
                raise unsure("The first how many?")
            if match["side"] == "last":
                raise unsure(f"Do you mean the cheapest {said.limit}?")
            if phrases.ASCENDING.fullmatch(match["side"]):
                said.order = "asc"
            elif (said.grains or match["n"] in phrases.NTH) and phrases.DESCENDING.fullmatch(
                match["side"]
            ):
                said.order = "desc"  # else the first of them in time would be shown
            said.limited = True
    if _BOTH_ENDS.search(reading.lower):
        raise unsure("The first of them or the last: please ask for one after the other.")
    if _BUT_FIRST.search(reading.lower):
        raise cannot("I leave out what has a name, not what has a rank.")
    if _ONLY_MOVED.search(reading.lower):
        raise cannot("I show all that changed, not what rose or fell alone.")
    if reading.search(_MOVED_LEAST):
        raise cannot("I find what changed most, not what changed least.")
    if reading.consume_all(phrases.ASCENDING, "order"):
        said.order, said.limited = "asc", True
    if reading.consume_all(phrases.DESCENDING, "order"):
        said.order, said.limited = said.order or "desc", True
    if said.periods and unit_of(said.periods[0]) not in ("day", "week", "month"):
        said.trend = bool(reading.consume(_CHANGED_OVER, "trend"))
    said.compared = bool(reading.consume_all(phrases.COMPARED, "comparison")) or said.compared
    said.trend = said.trend or bool(reading.consume_all(phrases.TREND, "trend"))


def _unheard_names(reading: Reading, names: list[Mention], said: Said, view: CatalogueView) -> None:
    """A word beside a dimension may be a value that nobody knows, though the grammar knows it.

    Raises:
        Unclear: "team growth": no team is called so, and growth of teams is another question.
    """
    for item in names:
        if item.said.endswith("s"):
            continue
        marked = phrases.GROUPED.search(reading.lower[: item.start])
        after_it = next((v for v in said.values if v.start == item.end + 1), None)
        if after_it is not None and not marked and not related(item.dimension, after_it.dimension):
            name = clean(reading.text[after_it.start : after_it.end])
            raise unsure(
                f"No {item.said} is called {name!r} in this data. Do you mean the "
                f"{dimension_label(after_it.dimension)} {name!r}?"
            )
        if item.dimension not in (*view.keys, *_OWNED):
            continue
        if reading.words_before(item.start, 1) == ["my"] and not said.values:
            raise unsure(f"Which {item.said} is yours: please say its name.")
        after = [*reading.words_after(item.end, 1), ""]
        before = next((v for v in said.values if v.end + 1 == item.start), None)
        apart = before is not None and not related(item.dimension, before.dimension)
        apart = apart and before is not None and before.dimension not in _THINGS
        if before is not None and apart and not marked and item.dimension in _OWNED:
            # "the production account" is no account of production's.
            name = clean(reading.text[before.start : before.end])
            raise unsure(
                f"No {item.said} is called {name!r} in this data. Do you mean the "
                f"{dimension_label(before.dimension)}, or the cost by {item.said}?"
            )
        touching = [after[0]] if reading.lower[item.end :].startswith(f" {after[0]}") else []
        if reading.lower[: item.start].endswith(" ") and not marked:
            touching += reading.words_before(item.start, 1)
        name = next((word for word in touching if word in _BESIDE), "")
        if name and not marked and name not in view.values:
            raise unsure(
                f"No {item.said} is called {name!r} in this data. Which {item.said} do you mean?"
            )


_THINGS = ("service_provider_name", "service_name", "service_category")
_OWNED = frozenset({"sub_account_id", "team", "product", "customer"})
_BESIDE = frozenset({"growth", "change", "trend", "increase", "decrease", "who"})


def _take_people(reading: Reading, said: Said, view: CatalogueView) -> None:
    """Whoever spends is a team; where money goes are services."""
    if reading.consume_all(_WHOM_WE_PAY, "group") and not said.groups:
        said.groups.append("service_provider_name")
    if reading.consume_all(phrases.WHO, "group") and not said.groups and "team" in view.keys:
        said.groups.append("team")
        said.who = True
    if said.groups and (match := _WHO_IS.search(reading.lower)):
        reading.take(*match.span(), "group")
    if reading.consume_all(phrases.WHERE, "group") and not said.groups:
        said.groups.append("service_name")
        said.who = True


def _counts_a_kind(reading: Reading, said: Said) -> bool:
    """Whether what is counted is a kind of resource: "how many EC2 instances by team"."""
    counted = [label.end for label in reading.labels if label.kind == "count"]
    behind = [label for label in reading.labels if counted and label.start >= counted[0]]
    first = min(behind, default=None)
    return said.count and first is not None and first.kind == "filter"


def _kinds_of_resource(reading: Reading, said: Said) -> None:
    """Buckets of S3 and instances of EC2 are the resources they are."""
    dimensions = {item.dimension for item in said.filters if item.op == "in"}
    kind = said.filters and any(
        item.dimension == "x_ai_kind" and "accelerator" in item.values for item in said.filters
    )
    asked = "resource_type" in dimensions or bool(kind and said.count)
    any_gpu = bool(kind) and "resource_type" in dimensions  # an endpoint is no machine, and has one
    if "service_name" in dimensions or kind:
        asked = bool(reading.consume_all(_KINDS, "group")) or asked
    if asked and not said.metrics and (not said.groups or _counts_a_kind(reading, said)):
        if said.count:
            said.metrics.append("resource_count")
            any_gpu = bool(kind)  # whoever counts GPUs counts those of all machines that have one
        elif (
            said.limited
            or any(
                value.dimension == "resource_type"
                and phrases.GROUPED.search(reading.lower[: value.start])
                for value in said.values
            )
            or _LISTED.match(reading.lower.lstrip(" ,"))
            or _LISTED.search(reading.text.lower())
        ):
            said.groups.append("resource_id")
    if any_gpu:
        machines = Filter(dimension="x_ai_instance_family", op="not_null")
        said.filters = [machines if f.dimension == "x_ai_kind" else f for f in said.filters]
