"""Questions of what AI usage costs: a request, a million tokens, a customer (``unit_costs``)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tagwright.lazy import lazy
from tagwright.metrics import dimension_label
from tagwright_agent.planner.frame import Frame, Hearing
from tagwright_agent.planner.frames.rows import BESIDE
from tagwright_agent.planner.frames.units_say import Of, Units, say, unit_groups
from tagwright_agent.planner.listen import listen
from tagwright_agent.planner.phrases import rx
from tagwright_agent.planner.question import Filter, Question, cannot
from tagwright_agent.planner.times import each_time
from tagwright_agent.planner.words import scope_from, scope_words

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tagwright_agent.planner.said import Said
    from tagwright_agent.planner.view import CatalogueView

__all__ = ["FRAME", "Units", "known"]

_COST = r"(?:(?:ai|effective|priced|llm|model|average|unit) )*(?:costs?|spend|price|expense)"
_EACH = (
    r"(?:per|for (?:each|every|a|one)|of (?:a|one|each)(?: single)?|an?|each|one|a single|single)"
)
_REQUEST = r"(?:(?:(?:1|one|a) )?(?:1,?000|1k|thousand|1m|million|1,?000,?000) )?(?:requests?|(?:api |model |llm )?calls?|inferences?|quer(?:y|ies)|invocations?)"
_COUNTED = r"(?:requests?|(?:api |model |llm )?calls|inferences|invocations)"
_MILLION = (
    r"(?:(?:1|one|a) )?(?:1?m|million|1k|thousand|1,?000,?000)(?: of)? "
    r"(?:(?P<kind>input|output|cached|cache read|cache write) )?tokens?|tokens?"
)
_KIND = r"(?:(?P<kind>uncached input|input|output|cached|cache[- ]reads?|cache[- ]writes?|cache[- ]hits?|generated|prompt) )?"
_USED = "request|call|inference|quer|invocation|token"
_PER = (
    rx(rf"{_COST} {_EACH} (?:{_REQUEST}|{_MILLION})", _USED),
    rx(rf"{_EACH} (?:{_REQUEST}|{_MILLION}) (?:{_COST})", _USED),
    rx(rf"(?:how (?:expensive|dear|much) is|what (?:does|do|did)) {_EACH} (?:{_REQUEST}|{_MILLION})(?: costs?)?", _USED),
    rx(rf"(?:per|for) (?:{_REQUEST}|(?:(?:1|one|a|each) )?(?:1?m|million|1k|thousand)(?: of)? tokens?)", _USED),
    rx(rf"(?:effective )?price {_EACH} (?:{_REQUEST}|{_MILLION})", _USED),
    rx(
        rf"(?:{_COST} (?:of|for)|(?:what|how much) (?:does|do|did)) (?=(?:1|one) ?(?:m|k|million|thousand)\b)(?:{_MILLION})",
        _USED,
    ),
    rx(r"unit[- ](?:costs?|economics|prices?)", "unit"),
    rx(r"(?:how (?:expensive|dear) (?:is|are)|(?:what|how much) does) (?:one|an?)(?= .*requests?)", "request"),
)  # fmt: skip
_CACHE = rx(
    r"cache[- ](?:hit[- ])?(?:ratios?|rates?)|cache hits?|(?:served|answered|came|comes?) from (?:the )?(?:prompt )?cache",
    "cache",
)
_REQUESTS = rx(
    rf"(?:how many|(?:the )?number of|total|count of)?\s?(?:ai |model |api )?{_COUNTED}"
    r"(?: (?:were |was |are |did |do |we |it |they |each |of |them |make|made|used|counts?|volumes?)*)?",
    "request|calls|inferences|invocations",
)
_TOKENS = rx(
    r"(?:input|output) (?:tokens? )?(?:vs\.?|versus|against|and|or|to) (?:input|output) tokens?|"
    rf"(?:how many|(?:the )?number of|total|count of)?\s?{_KIND}tokens?"
    r"(?: (?:(?:(?:did|do|were|was) )?(?:we )?(?:read|served) from (?:the )?cache|written to (?:the )?cache))?"
    r"(?: (?:were |was |are |did |do |we |used|use|consumed|consume|sent|counts?|volumes?|usage|consumption)*)?|"
    r"(?:token) (?:usage|consumption|counts?|volumes?)",
    "token",
)
_PRICE_OF = lazy(r"\b(?:prices?|rates?) (?:of|for) (?:\S+ ){0,4}?tokens")
_MARGINS = rx(
    r"(?:gross )?margins?|(?:brings?|pays?|earns?) (?:us )?(?:in )?less than (?:they|it) costs?(?: us)?|(?:that |who |which )?costs? (?:us )?more than (?:they|it|he|she) (?:pays?|brings? in|earns?(?: us)?|makes?(?: us)?)|(?:un)?profitable|(?:pay|paid|pays) (?:for )?(?:itself|themselves)(?: off)?|break(?:s|ing)? even|profits?(?: margins?)?(?=.* customers?(?![\w-]))|(?<=customer )profits?|"
    r"(?:who )?(?:loses?|losing|lost|makes?|making|earns?) (?:us |me )?(?:(?:the )?(?:most|least) )?money(?: on| with)?|loss[- ]?making|(?:making |make |made |at )?(?:an? )?loss(?:es)?(?: on| with)?",
    "margin|paid|even|pay|profit|money|making|than|loss|less",
)
_PAYS = rx(
    r"(?:what |how much )?(?:do(?:es)? )?(?=\S+ pays? us)|pays? us|(?:do|did) we (?:make|earn|get) (?:on|from|off|with)|what (?:they|it|he|she) (?:actually )?pays?(?: us)?|revenue|earn(?:s|ed)?",
    "pay|revenue|earn|we make|we get",
)
_LOSING = lazy(
    r"\b(?:los(?:e|es|ing|t|s|ses)|loss[- ]?making|unprofitable|(?:pays?|brings?|earns?) (?:us )?(?:in )?less than|"
    r"costs? (?:us )?more than (?:they|it|he|she))\b"
)
"""Those who cost more than they pay are asked for, not how much each brings."""
_WHOM = rx(r"whom?", "who")
_PAY = ("pay", "pays", "paid", "paying")
_TO_US = rx(r"paying|paid|us", "pa|us")
_SERVED = rx(
    r"ai usage(?: costs?| spend)?|usage costs?|serving|serves?|cost to (?:serve|run)|dearest to run|to run",
    "usage|serving|serve|run",
)
_DIRECTION = rx(
    r"(?:token|output|input) (?:costs?|spend) by|(?<!million )(?<!\dm )(?<!thousand )tokens? costs?(?! per)|by (?:token )?direction",
    "token|output|input|direction",
)
_MOST = 1000
_SAVE = rx(r"sav(?:e|es|ed|ing|ings)")
_VERBS = rx(
    r"sen[dt]|sends|makes?|made|serve[sd]?|came from|come from|handle[sd]?|process(?:es|ed)?|answer(?:s|ed)?|generate[sd]?|"
    r"produce[sd]?|br(?:ing|ought)(?: in)?|see|saw|receive[sd]?|took|take"
)
_TWO = 2
_VERSUS = rx(r"vs\.?|versus|against", "vs|versus|against")
_BEST = rx(r"(?:the )?(?:best|worst|most|least)(?: first)?", "best|worst|most|least")
_A_MONTH = rx(r"a month|monthly", "month")
_KNOWN = ("x_ai_model_id", "service_provider_name", "sub_account_id", "region_id", "resource_id")
_NONE = "No usage telemetry (tokens, requests) is loaded, so I know no unit costs."


def _read(hearing: Hearing) -> tuple[Sequence[Question], Said] | None:
    reading, view = hearing.reading, hearing.view
    of = _of(hearing)
    if of is not None:
        if _SAVE.search(reading.lower):
            raise cannot("I know how much was read from a cache, not what that saved.")
        reading.consume_all(_VERBS, "unit")
    best = _BEST.search(reading.lower) if of in ("cache", "margin") else None
    if best is not None:
        reading.consume_all(_BEST, "order")
    whom = of == "margin" and reading.consume_all(_WHOM, "unit")
    said = listen(reading, view, hearing.pinned)
    scope = said.scope()
    if of is None and any(
        item.dimension == "customer" and reading.words_after(item.end, 1)[:1] in [[w] for w in _PAY]
        for item in said.values
    ):
        of = "margin"  # "what does Acme pay": not what we pay for it
        reading.consume_all(_TO_US, "unit")
    if of is None:
        if not _only_telemetry_knows(scope.groups, scope.filters, view):
            return None
        of = "count" if said.count and len(scope.groups) == 1 else "cost"
        reading.consume_all(_SERVED, "unit")
    unsaid = not scope.period or (len(said.periods) < _TWO and _VERSUS.search(reading.lower))
    if scope.compare_to and not said.side_by_side and (unsaid or said.limited) and of != "margin":
        raise cannot("I tell what AI usage costs in one period at a time.")
    if not view.usage:
        raise cannot(_NONE)
    if said.share_at >= 0 and scope.filters and not scope.groups:
        raise cannot("I tell shares of cost, not of requests or tokens.")
    # The bill's own words of AI say nothing more here: all telemetry is of AI.
    filters = tuple(
        item
        for item in scope.filters
        if item.dimension not in ("x_ai_certainty", "x_ai_token_direction", "x_ai_cache_action")
        and not (item.dimension == "x_ai_model_family" and scope.on("x_ai_model_id"))
    )
    groups = scope.groups
    if said.compared and said.side_by_side and said.side_by_side not in groups:
        groups = (*groups, said.side_by_side)
    asked = known(Units(scope=scope.but(groups=groups, filters=filters, metrics=()), of=of), view)
    filters = asked.scope.filters
    if reading.consume_all(_A_MONTH, "unit"):
        groups = (*groups, "month")
    if best is not None:
        scope = scope.but(order="desc" if {"best", "most"} & {*best.group().split()} else "asc")
    if whom and not groups and scope.on("customer") is None:
        groups = ("customer",)  # whoever pays is a customer
    losing = of == "margin" and {*groups} <= {"customer"} and scope.on("customer") is None
    losing = losing and bool(_LOSING.search(reading.lower))
    if losing:
        scope, groups = scope.but(order="asc"), ("customer",)
    if of == "margin" and not said.periods:  # "revenue vs cost" is not two times
        scope = scope.but(period="", compare_to="")
    if said.side_by_side:  # two names, not two times
        scope = scope.but(compare_to="")
    scope = scope.but(groups=groups, filters=filters, metrics=())
    return [Units(scope=one, of=of, losing=losing) for one in each_time(scope, view)], said


def _of(hearing: Hearing) -> Of | None:
    """What is asked for; marks the words. None: nothing of it."""
    reading = hearing.reading
    if reading.consume_all(_MARGINS, "unit"):
        return "margin"
    if hearing.view.keys.get("customer") and reading.consume_all(_PAYS, "unit"):
        return "margin"
    if reading.search(_DIRECTION):
        return None
    if reading.consume_all(_CACHE, "unit"):
        reading.consume_all(_TOKENS, "unit")
        return "cache"
    per = [m for pattern in _PER for m in reading.consume_all(pattern, "unit")]
    if per:
        reading.consume_all(_REQUESTS, "unit")
        return ""
    if tokens := reading.consume_all(_TOKENS, "unit"):
        reading.consume_all(_REQUESTS, "unit")
        text = tokens[0].group()
        if _PRICE_OF.search(reading.lower):
            return ""
        if "input" in text and "output" in text:
            return "tokens"
        for word, of in (
            ("uncached", "uncached"), ("cache w", "cache_write"), ("written", "cache_write"),
            ("cache", "cache_read"), ("output", "output"), ("generated", "output"), ("input", "input"),
            ("prompt", "input"),
        ):  # fmt: skip
            if word in text.replace("-", " "):
                return of  # type: ignore[return-value]  # of the table above
        return "tokens"
    if reading.consume_all(_REQUESTS, "unit"):
        return "requests"
    return None


def _only_telemetry_knows(
    groups: Sequence[str], filters: Sequence[Any], view: CatalogueView
) -> bool:
    """Whether the bill has no value of a group (a customer, a feature), and telemetry may have."""
    named = [*groups, *(item.dimension for item in filters)]
    return view.usage > 0 and any(name in view.telemetry for name in named)


def _call(question: Units) -> dict[str, Any]:
    scope = question.scope
    wanted: dict[str, Any] = {
        "filters": scope.filter_arguments(),
        "period": scope.period,
        "limit": _MOST
        if scope.order or question.of == "count"
        else scope.limit and min(scope.limit + BESIDE, _MOST),
    }
    # Of unit costs in general the models are told apart; a count or one figure is of the whole.
    groups = list(unit_groups(question)) or (["model"] if question.of == "" else [])
    return {"group_by": groups, **{name: value for name, value in wanted.items() if value}}


def _of_models(item: Filter) -> Filter:
    """A family of models as the names that hold it: telemetry knows no other."""
    if item.dimension != "x_ai_model_family" or item.op != "in":
        return item
    held = tuple(value.casefold() for value in item.values)
    return Filter(dimension="x_ai_model_id", op="contains", values=held)


def knows(name: str, view: CatalogueView) -> bool:
    """Whether telemetry has that dimension or unit of time."""
    return name in _KNOWN or name in view.keys or name in ("day", "month")


def known(question: Units, view: CatalogueView) -> Units:
    """The question, if telemetry knows all that it names.

    Raises:
        Unclear: It does not.
    """
    scope = question.scope.but(filters=tuple(map(_of_models, question.scope.filters)))
    if question.of == "margin" and (lost := {*scope.groups} - {"customer", "day", "month"}):
        label = dimension_label(min(lost))
        raise cannot(f"Revenue is of customers: there is no margin by {label}.")
    named = (*scope.groups, *(item.dimension for item in scope.filters))
    strange = [name for name in named if not knows(name, view)]
    if strange:
        groups = tuple(name for name in scope.groups if name not in strange)
        filters = tuple(item for item in scope.filters if item.dimension not in strange)
        label = dimension_label(strange[0])
        raise cannot(
            f"Telemetry does not know {label}: I can tell usage by model, provider, feature, "
            "customer, team, day or month.",
            partial=question.but(scope=scope.but(groups=groups, filters=filters), unknown=(label,)),
        )
    return question.but(scope=scope)


_NAMES: dict[str, str] = {
    "": "cost per request", "count": "how many have AI usage", "cost": "AI usage cost", "cache": "cache hit ratio",
    "margin": "margin", "requests": "number of requests", "tokens": "tokens used",
    "input": "input tokens", "uncached": "uncached input tokens", "output": "output tokens",
    "cache_read": "cache read tokens", "cache_write": "cache write tokens",
}  # fmt: skip


def _words(question: Units) -> str:
    return scope_words(question.scope, _NAMES[question.of])


def _back(arguments: Mapping[str, Any]) -> Question:
    return Units(scope=scope_from(arguments))


FRAME = Frame("units", "unit_costs", Units, None, _read, _call, say, _words, _back, "product")
