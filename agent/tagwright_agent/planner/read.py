"""From a question to slots: intent, metric, groups, filters, periods, comparison, limit.

The reader crosses out every word it can explain. What is left over is not guessed at: the planner
asks, or says that it does not know.
"""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING

from tagwright.periods import Found, find, make_period
from tagwright.text import clean, shorten
from tagwright_agent.planner import lexicon as lex
from tagwright_agent.planner.link import (
    Linked,
    Mention,
    correct_spelling,
    link_names,
    link_nulls,
    link_values,
    nearest_values,
    unexplained,
)
from tagwright_agent.planner.sheet import Sheet
from tagwright_agent.planner.slots import Intent, Slots, Unclear

if TYPE_CHECKING:
    from tagwright.results import Period
    from tagwright_agent.planner.view import CatalogueView

__all__ = ["read", "suggestions"]

_COST = re.compile(
    r"\b(spen[dt]\w*|costs?|costing|bills?|billed|charges?|charged|pay\w*|paid|expens\w*|invoice\w*|"
    r"money|dollars?|how much|totals?|usd|eur|consumption|usage)\b",
    re.IGNORECASE,
)
_PLAN_ID = re.compile(r"\bplan-[a-z0-9][\w-]*", re.IGNORECASE)
_SINGLE_CHANGE = re.compile(
    r"\b(chang\w+|increas\w+|decreas\w+|grow\w*|grew|rise|rose|risen|rising|fall|fell|fallen|drop\w*|"
    r"went (?:up|down)|going (?:up|down)|gone (?:up|down)|go (?:up|down)|compar\w+|difference|delta|doubled?|vs|versus)\b",
    re.IGNORECASE,
)
_RESOURCES = re.compile(r"\b(resources?|instances?|machines?|buckets?|things?)\b", re.IGNORECASE)
_TAG_WORDS = re.compile(
    r"\b(?:tags?|tagging|tagged|untagged|labels?|valid|values?)\b", re.IGNORECASE
)
_COVERAGE_WORDS = re.compile(
    r"\b(?:tag(?:ging)?[- ])?(?:coverage|compliance|health|hygiene|quality|gaps?)\b|"
    r"\bpercent(?:age)?\b|\bshare\b|\bfraction\b|\bportion\b|\btagg(?:ed|ing)\b|\bnot tagged\b|"
    r"\b(?:invalid|wrong|bad|inconsistent|well)\b|\btags?\b|\brate\b|%",
    re.IGNORECASE,
)
_VERSUS = re.compile(r"\b(?:vs\.?|versus|compared?(?: to| with)?|against)(?!\w)", re.IGNORECASE)
_OTHER_COST = re.compile(r"\b(?:costs?|spen[dt]\w*|bill\w*|charge\w*|pay|paid|money)\b", re.IGNORECASE)
_CURRENCY = re.compile(r"\b(?:in |as )?(?P<code>usd|eur|gbp|jpy|chf|inr|aud|cad)\b", re.IGNORECASE)


def read(question: str, view: CatalogueView, previous: Slots | None = None) -> list[Slots]:
    """What the question asks; several where it asks several things.

    Args:
        question: In a person's words.
        view: What can be named.
        previous: The question before, for follow-ups.

    Raises:
        Unclear: It cannot be planned; says what to answer.
    """
    parts = [part for part in re.split(r"[?;\n]+|\.\s+(?=[A-Z])", question) if part.strip(" .!")]
    if not parts:
        raise Unclear("refused", _unknown(question, view))
    if len(parts) > 4:
        raise Unclear("clarify", "Please ask at most four things at once.")
    found: list[Slots] = []
    for part in parts:
        slots = _Reader(part.strip(), view, previous).read()
        found += slots
        previous = slots[-1]
    return found


class _Reader:
    """One question on its sheet."""

    def __init__(self, text: str, view: CatalogueView, previous: Slots | None) -> None:
        self.sheet = Sheet(text)
        self.text = text
        self.view = view
        self.previous = previous
        self.slots = Slots()
        self.compared = False
        self.said_intent = False
        self.unit = ""

    def read(self) -> list[Slots]:
        sheet, slots = self.sheet, self.slots
        follow_up = bool(lex.FOLLOW_UP.match(self.text)) and self.previous is not None
        if follow_up:
            sheet.take(lex.FOLLOW_UP)
        self._intent()
        nulls = link_nulls(sheet, self.view)
        self._relative()
        found = self._periods()
        self._metric_and_limit()
        grains = [name for pattern, name in lex.GRAINS if sheet.take_all(pattern)]
        values = link_values(sheet, self.view)
        mentions = link_names(sheet, self.view)
        if slots.intent in ("coverage", "propose"):
            sheet.take_all(_TAG_WORDS)
            sheet.take_all(
                _RESOURCES
            ) if slots.resources or "resource_id" in slots.group_by else None
        trend = bool(sheet.take_all(lex.TREND))
        self._out_of_scope()
        more_mentions, more_values = correct_spelling(sheet, self.view, values)
        mentions, values = mentions + more_mentions, values + more_values
        sheet.take_all(_SINGLE_CHANGE)
        sheet.take_all(lex.NEGATIONS) if not values and nulls else None
        self._currency(values)
        self._leftovers()
        self._filters(values, nulls)
        self._groups(mentions, grains, trend=trend, found=found)
        merged = self._follow(found) if self._is_follow_up(follow_up) else False
        if not merged:
            self._must_mean_something(bool(found))
        return self._with_periods(found)

    # --- intent ------------------------------------------------------------------------------

    def _intent(self) -> None:
        sheet, slots = self.sheet, self.slots
        if match := _PLAN_ID.search(self.text):
            slots.plan = match.group().lower()
        checks: tuple[tuple[Intent, re.Pattern[str]], ...] = (
            ("propose", lex.PROPOSE),
            ("plans", lex.PLANS),
            ("explain", lex.EXPLAIN),
            ("coverage", lex.COVERAGE),
        )
        for intent, pattern in checks:
            if not sheet.has(pattern):
                continue
            if intent == "plans" and re.search(r"savings plan|rate plan", self.text, re.IGNORECASE):
                continue
            slots.intent, self.said_intent = intent, True
            if intent in ("coverage", "propose") and _RESOURCES.search(self.text):
                listed = re.search(r"\b(which|list|show|what|top|most)\b", self.text, re.IGNORECASE)
                share = re.search(
                    r"\b(coverage|how many|percent\w*|share)\b", self.text, re.IGNORECASE
                )
                if intent == "coverage" and listed and not share:
                    slots.group_by.append("resource_id")
                elif share:
                    slots.resources = True
            sheet.take_all(_COVERAGE_WORDS if intent == "coverage" else pattern)
            return
        if sheet.take(lex.FRESH):
            slots.intent, slots.fresh, self.said_intent = "describe", True, True
            sheet.take_all(lex.DESCRIBE)
        elif sheet.has(lex.DESCRIBE) and not _COST.search(self.text):
            slots.intent, self.said_intent = "describe", True
            sheet.take_all(lex.DESCRIBE)
            sheet.take_all(re.compile(r"\b(data|metrics|dimensions|ask|know)\b", re.IGNORECASE))
        elif re.search(r"\b(share|percent(?:age)?|fraction|proportion|portion|part)\b|%", self.text,
                       re.IGNORECASE):  # fmt: skip
            sheet.take(lex.SHARE)
            slots.intent, self.said_intent = "share", True

    def _relative(self) -> None:
        """Month over month and the like."""
        for pattern, compare_to, unit in lex.RELATIVE:
            if self.sheet.take(pattern):
                self.slots.compare_to, self.compared, self.unit = compare_to, True, unit
                return

    def _periods(self) -> list[Found]:
        found = find(self.sheet.masked(), self.view.anchor)
        for item in found:
            if item.readings:
                one, two = (day.isoformat() for day in item.readings)
                raise Unclear("clarify", f"Does {clean(item.text)} mean {one} or {two}?")
            self.sheet.mark(item.start, item.end)
            if item.period.start > self.view.anchor.today:
                raise Unclear("refused", f"{item.period.label} has not begun: I do not forecast.")
        return found

    def _metric_and_limit(self) -> None:
        sheet, slots = self.sheet, self.slots
        for pattern, metric in lex.METRICS:
            if sheet.take(pattern):
                slots.metric = metric
                sheet.take_all(pattern)
                break
        if not slots.metric and re.search(r"\busage\b", self.text, re.IGNORECASE) and not (
            _OTHER_COST.search(self.text)
        ):
            slots.metric = "consumed_quantity"
        if match := sheet.take(lex.LIMIT):
            said = (match["a"] or match["b"] or match["c"]).casefold()
            slots.limit = int(said) if said.isdigit() else lex.NUMBERS.get(said, 5)
            if lex.ASCENDING.search(match.group()):
                slots.order = "asc"
        if sheet.take(lex.ASCENDING):
            slots.order = "asc"
            slots.limit = slots.limit or 5
        elif sheet.take(lex.SUPERLATIVE):
            slots.limit = slots.limit or 5
        if slots.limit > 1000:
            raise Unclear("clarify", "I show at most 1,000 rows. How many shall it be?")

    # --- what is left --------------------------------------------------------------------------

    def _out_of_scope(self) -> None:
        for pattern, reason in lex.OUT_OF_SCOPE:
            if self.sheet.has(pattern):
                raise Unclear("refused", f"{reason} {suggestions(self.view)}")

    def _currency(self, values: list[Linked]) -> None:
        dimension = self.view.dimensions.get("billing_currency")
        if any(item.dimension == "billing_currency" for item in values) or dimension is None:
            return
        match = self.sheet.take(_CURRENCY)
        if match and match["code"].upper() not in dimension.values:
            known = ", ".join(dimension.values)
            raise Unclear("refused", f"The bills are in {known}; amounts are never converted.")

    def _leftovers(self) -> None:
        left = unexplained(self.sheet)
        if not left:
            return
        words = shorten(" ".join(token.text for token in left), 60)
        near = nearest_values(" ".join(token.folded for token in left), self.view)
        if near and len(left) <= 4:
            raise Unclear("clarify", f"I do not know {words!r}. Did you mean {', '.join(near)}?")
        raise Unclear("refused", f"I do not know {words!r} here. {suggestions(self.view)}")

    def _must_mean_something(self, has_period: bool) -> None:
        slots = self.slots
        if self.said_intent or slots.group_by or slots.filters or slots.metric or self.compared:
            return
        if _COST.search(self.text) or (has_period and self.sheet.text.strip()):
            return
        raise Unclear("refused", _unknown(self.text, self.view))

    # --- filling the slots -----------------------------------------------------------------------

    def _filters(self, values: list[Linked], nulls: list[str]) -> None:
        slots, by = self.slots, {}
        for item in values:
            key = (item.dimension, "not_in" if item.negated else "in")
            by.setdefault(key, []).extend(v for v in item.values if v not in by.get(key, []))
            if item.note:
                slots.notes.append(item.note)
        slots.filters += [
            {"dimension": name, "op": op, "values": list(found)} for (name, op), found in by.items()
        ]
        for name in nulls:
            slots.filters.append({"dimension": name, "op": "is_null", "values": []})
        if nulls and slots.intent == "coverage":
            self._nulls_of_coverage(nulls)

    def _nulls_of_coverage(self, nulls: list[str]) -> None:
        """"Without a team" is a filter of costs; of resources it is a question of coverage."""
        slots = self.slots
        if "resource_id" in slots.group_by or slots.resources:
            slots.filters = [item for item in slots.filters if item["op"] != "is_null"]
            slots.keys += [name for name in nulls if name in self.view.keys]
        else:
            slots.intent = "cost"

    def _groups(
        self, mentions: list[Mention], grains: list[str], *, trend: bool, found: list[Found]
    ) -> None:
        slots, view = self.slots, self.view
        for mention in mentions:
            if (
                slots.intent in ("coverage", "propose")
                and not _after_by(mention)
                and (mention.name in view.keys)
            ):
                slots.keys.append(mention.name)
            elif mention.name not in slots.group_by:
                slots.group_by.append(mention.name)
        if slots.intent in ("coverage", "propose"):
            asked = [m.name for m in mentions if m.asked and m.name in view.keys]
            for name in asked:
                # "coverage by key team" is still about the key when no other key is named.
                if slots.intent == "propose":
                    slots.group_by.remove(name) if name in slots.group_by else None
                    slots.keys.append(name)
        slots.group_by = [*grains, *(name for name in slots.group_by if name not in grains)]
        times = [
            n
            for n in slots.group_by
            if view.dimensions.get(n) and view.dimensions[n].kind == "time"
        ]
        if trend and not times and slots.intent in ("cost", "share"):
            span = found[0].period if found else view.anchor.everything
            slots.group_by.insert(0, "day" if (span.end - span.start).days <= 45 else "month")

    def _is_follow_up(self, said: bool) -> bool:
        if self.previous is None:
            return False
        bare = not _COST.search(self.text) and (
            not self.said_intent or self.slots.intent == "explain"
        )
        return said or bare

    def _follow(self, found: list[Found]) -> bool:
        """Take from the question before what this one leaves open."""
        before, slots = self.previous, self.slots
        assert before is not None  # noqa: S101  the caller has looked
        if before.intent in ("propose", "plans", "describe") or slots.intent in (
            "propose",
            "plans",
        ):
            return False
        if not self.said_intent:
            slots.intent = before.intent
        slots.metric = slots.metric or before.metric
        if not slots.group_by and slots.intent == before.intent:
            slots.group_by = list(before.group_by)
            slots.limit, slots.order = slots.limit or before.limit, before.order
        if slots.intent == "coverage" and not slots.keys:
            slots.keys = list(before.keys)
        said = {item["dimension"] for item in slots.filters}
        slots.filters = [f for f in before.filters if f["dimension"] not in said] + slots.filters
        if not found:
            slots.period = before.period
            if not self.compared and slots.intent == before.intent:
                slots.compare_to = before.compare_to
        elif not self.compared and before.compare_to in ("previous_period", "previous_year"):
            slots.compare_to = before.compare_to
        return True

    def _with_periods(self, found: list[Found]) -> list[Slots]:
        slots = self.slots
        change = (
            slots.intent == "explain"
            or bool(_SINGLE_CHANGE.search(self.text))
            or bool(lex.COMPARE.search(self.text))
        )
        if (
            len(found) == 1
            and change
            and not self.compared
            and (two := _two_in(found[0], self.view))
        ):
            found = two
        if len(found) >= 2:
            if not change and slots.intent != "explain":
                if len(found) > 4:
                    raise Unclear("clarify", "Please ask about at most four periods at once.")
                return [_with(slots, item.period) for item in found]
            if len(found) > 2:
                raise Unclear("clarify", "I compare two periods. Which two do you mean?")
            earlier, later = sorted((item.period for item in found), key=lambda p: (p.start, p.end))
            slots.period, slots.compare_to = _written(later), _written(earlier)
        elif found:
            slots.period = _written(found[0].period)
        single = bool(_SINGLE_CHANGE.search(self.text))
        if single and len(found) < 2 and _VERSUS.search(self.text) and self._versus_values():
            single = False
        if slots.intent == "explain" or (single and slots.intent == "cost"):
            slots.compare_to = slots.compare_to or "previous_period"
        if slots.compare_to and not slots.period:
            slots.period = _written(_last_whole(self.unit, self.view))
        if slots.intent == "share":
            _as_share(slots)
        return _apart(slots, self.text)

    def _versus_values(self) -> bool:
        """"Training vs inference" compares values: they are grouped by, side by side."""
        for item in self.slots.filters:
            if item["op"] == "in" and len(item["values"]) > 1:
                if item["dimension"] not in self.slots.group_by:
                    self.slots.group_by.append(item["dimension"])
                return True
        return False


def _after_by(mention: Mention) -> bool:
    return mention.asked


def _with(slots: Slots, period: Period) -> Slots:
    return Slots.from_dict({**slots.as_dict(), "period": _written(period)})


def _two_in(item: Found, view: CatalogueView) -> list[Found] | None:
    """The two periods of "from August to September", where a change is asked about."""
    halves = re.split(r"\s+(?:to|and|until|through|-)\s+", item.text, maxsplit=1)
    if len(halves) != 2:
        return None
    found = [find(half, view.anchor) for half in halves]
    if not all(len(half) == 1 for half in found):
        return None
    return [half[0] for half in found]


def _last_whole(unit: str, view: CatalogueView) -> Period:
    """The last whole month (or other unit) of the data."""
    anchor = view.anchor
    end = min(anchor.data_end, anchor.today) if anchor.data_end else anchor.today
    if unit == "day":
        return make_period(end - dt.timedelta(days=1), end)
    if unit == "week":
        monday = end - dt.timedelta(days=end.weekday())
        return make_period(monday - dt.timedelta(days=7), monday)
    first = end.replace(day=1)
    months = {"quarter": 3, "year": 12}.get(unit, 1)
    while (first.month - 1) % months:
        first = (first - dt.timedelta(days=1)).replace(day=1)
    start = first
    for _ in range(months):
        start = (start - dt.timedelta(days=1)).replace(day=1)
    return make_period(start, first)


def _written(period: Period) -> str:
    """The period as a tool takes it."""
    if " to " in period.label:
        return f"{period.start.isoformat()}/{period.end.isoformat()}"
    return period.label


def _as_share(slots: Slots) -> None:
    """The share of what is named last: it is grouped by, and not filtered."""
    positive = [item for item in slots.filters if item["op"] in ("in", "is_null")]
    if not positive:
        slots.intent = "cost"
        return
    focus = positive[-1]
    slots.filters.remove(focus)
    if focus["dimension"] not in slots.group_by:
        slots.group_by = [focus["dimension"], *slots.group_by]
    slots.focus = list(focus["values"])
    slots.limit = 1000


def _apart(slots: Slots, text: str) -> list[Slots]:
    """"OpenAI and Bedrock" are a provider and a service: both at once would be nothing."""
    named = [
        item
        for item in slots.filters
        if item["op"] == "in" and item["dimension"] in ("service_provider_name", "service_name")
    ]
    joined = re.search(r"\b(?:and|or|plus|vs|versus)\b|[,&+]", text, re.IGNORECASE)
    if len(named) < 2 or not joined or slots.intent not in ("cost", "explain", "coverage"):
        return [slots]
    rest = [item for item in slots.filters if item not in named]
    return [Slots.from_dict({**slots.as_dict(), "filters": [*rest, item]}) for item in named]


def suggestions(view: CatalogueView) -> str:
    """Nearest questions that can be answered, with names of this bill."""
    period = _last_whole("", view).label
    service = next(iter(_values(view, "service_name")), "")
    asked: list[str] = [f'"total billed cost by provider in {period}"']
    if service:
        asked.append(f'"top 5 services in {period}"')
    asked.append(f'"why did costs change in {period}"')
    if view.required:
        asked.append(f'"tag coverage of {view.required[0]}"')
    return f"You can ask, for example: {', '.join(asked)}."


def _values(view: CatalogueView, name: str) -> tuple[str, ...]:
    dimension = view.dimensions.get(name)
    return dimension.values if dimension else ()


def _unknown(question: str, view: CatalogueView) -> str:
    shown = shorten(question.strip(), 60)
    return f"I do not see what to look up for {shown!r}. {suggestions(view)}"
