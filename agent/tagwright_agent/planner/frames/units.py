"""Questions of what AI usage costs: a request, a million tokens, a customer (``unit_costs``)."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any, Literal

from tagwright.blocks import Source, sentence, tabled
from tagwright.lazy import lazy
from tagwright.metrics import dimension_label
from tagwright.text import counted
from tagwright_agent.planner.frame import Frame, Hearing
from tagwright_agent.planner.frames.rows import BESIDE, foremost
from tagwright_agent.planner.listen import listen
from tagwright_agent.planner.phrases import rx
from tagwright_agent.planner.question import Filter, Question, Scope, cannot
from tagwright_agent.planner.said import TIMES
from tagwright_agent.planner.times import each_time
from tagwright_agent.planner.unknown import scope_parts
from tagwright_agent.planner.wording import heading, is_some, metric_text
from tagwright_agent.planner.words import scope_from, scope_words

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tagwright.blocks import Block, ColumnOf, Line, Part
    from tagwright.results import ToolResult
    from tagwright_agent.planner.said import Said
    from tagwright_agent.planner.view import CatalogueView

__all__ = ["FRAME", "Units", "known", "ranked", "unit_key"]

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
    r"(?: (?:(?:read|served) from (?:the )?cache|written to (?:the )?cache))?"
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
_COLUMNS = {
    "requests": ("Requests", "requests"),
    "input": ("Input tokens", "input_tokens"),
    "uncached": ("Uncached input tokens", "input_uncached_tokens"),
    "output": ("Output tokens", "output_tokens"),
    "cache_read": ("Cache read tokens", "cache_read_tokens"),
    "cache_write": ("Cache write tokens", "cache_write_tokens"),
}
_ANSWER_KINDS = {"Input": "input", "Cache read": "cache_read", "Cache write": "cache_write",
                 "Output": "output"}  # fmt: skip
_NONE = "No usage telemetry (tokens, requests) is loaded, so I know no unit costs."

Of = Literal["", "requests", "tokens", "input", "uncached", "output", "cache_read", "cache_write",
             "cache", "margin", "cost", "count"]  # fmt: skip


class Units(Question):
    """Unit costs, or counts of what was used.

    Attributes:
        of: What is told first; empty for all there is.
    """

    frame: str = "units"
    of: Of = ""


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
    said = listen(reading, view, hearing.pinned)
    scope = said.scope()
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
    filters = known(scope.but(groups=groups, filters=filters), view).filters
    if reading.consume_all(_A_MONTH, "unit"):
        groups = (*groups, "month")
    if best is not None:
        scope = scope.but(order="desc" if {"best", "most"} & {*best.group().split()} else "asc")
    if of == "margin" and not said.periods:  # "revenue vs cost" is not two times
        scope = scope.but(period="", compare_to="")
    if said.side_by_side:  # two names, not two times
        scope = scope.but(compare_to="")
    scope = scope.but(groups=groups, filters=filters, metrics=())
    return [Units(scope=one, of=of) for one in each_time(scope, view)], said


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


def _by(question: Units) -> tuple[str, ...]:
    """What its rows are by: a margin is always a customer's."""
    groups = question.scope.groups
    return ("customer", *groups) if question.of == "margin" and {*groups} <= {*TIMES} else groups


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
    groups = list(_by(question)) or (["model"] if question.of == "" else [])
    return {"group_by": groups, **{name: value for name, value in wanted.items() if value}}


def _say(question: Units, result: ToolResult) -> list[Block]:
    """Per request and per million tokens; counts and margins where they were asked for."""
    basis = _basis(result)
    scope = question.scope
    where = scope_parts(scope, result)
    if not result.rows:
        return [sentence("No usage", where, ".")]
    if question.of == "count":
        group = unit_key(scope.groups[0])
        names = {row[group] for row in result.rows if row.get(group) is not None}
        return [
            sentence("AI usage", where, ": by ", counted(len(names), dimension_label(group)), ".")
        ]
    source = Source(result)
    lines = ranked(question, source)
    groups = _by(question) or [name for name in ("model",) if name in lines[0].values]
    named: list[ColumnOf] = [(heading(group), "name", unit_key(group)) for group in groups]
    columns = _columns(question, result, basis)
    blocks: list[Block] = [sentence(_first(question, source, where, basis))]
    shown = foremost(lines, scope.groups, scope.limit) if scope.limit else lines
    if named and (len(lines) > 1 or _by(question)):
        blocks.append(tabled(shown, [*named, *columns], row_count=result.row_count))
    kinds: list[ColumnOf] = [
        (f"{title} per M", "rate", f"cost_per_million_{kind}_tokens")
        for title, kind in _ANSWER_KINDS.items()
        if any(row.get(f"cost_per_million_{kind}_tokens") is not None for row in result.rows)
    ]
    if kinds and named and not question.of:
        blocks.append(tabled(shown, [*named, *kinds]))
    return blocks


def ranked(question: Units, source: Source) -> list[Line]:
    """In the order of what was asked about, where an order was: what is not known comes last."""
    lines = source.rows
    if not question.scope.order:
        return lines
    column = _COLUMNS.get(question.of, ("", ""))[1] or {
        "": "cost_per_million_tokens", "cache": "cache_hit_ratio", "margin": "margin",
        "tokens": "tokens",
    }.get(question.of, _basis(source.result))  # fmt: skip
    told = [line for line in lines if line.get(column) is not None]
    rest = [line for line in lines if line.get(column) is None]
    largest = question.scope.order == "desc"
    return [*sorted(told, key=lambda line: Decimal(str(line.get(column))), reverse=largest), *rest]


def _of_models(item: Filter) -> Filter:
    """A family of models as the names that hold it: telemetry knows no other."""
    if item.dimension != "x_ai_model_family" or item.op != "in":
        return item
    held = tuple(value.casefold() for value in item.values)
    return Filter(dimension="x_ai_model_id", op="contains", values=held)


def knows(name: str, view: CatalogueView) -> bool:
    """Whether telemetry has that dimension or unit of time."""
    return name in _KNOWN or name in view.keys or name in ("day", "month")


def known(scope: Scope, view: CatalogueView) -> Scope:
    """The scope, if telemetry knows all that it names.

    Raises:
        Unclear: It does not.
    """
    scope = scope.but(filters=tuple(map(_of_models, scope.filters)))
    for name in (*scope.groups, *(item.dimension for item in scope.filters)):
        if not knows(name, view):
            raise cannot(
                f"Telemetry does not know {dimension_label(name)}: I can tell usage by model, "
                "provider, feature, customer, team, day or month."
            )
    return scope


def _basis(result: ToolResult) -> str:
    return "effective_cost" if result.details.get("basis") == "allocated" else "priced_cost"


def _columns(question: Units, result: ToolResult, basis: str) -> list[ColumnOf]:
    cost: ColumnOf = (
        metric_text(basis) if basis == "effective_cost" else "Priced cost", "amount", basis
    )  # fmt: skip
    if question.of == "margin":
        return [
            cost, ("Revenue", "amount", "revenue"), ("Margin", "amount", "margin"),
            ("Part of revenue", "ratio", "margin_ratio"),
        ]  # fmt: skip
    if question.of in _COLUMNS:
        title, column = _COLUMNS[question.of]
        return [(title, "count", column), cost]
    if question.of == "tokens":
        names = ("input", "cache_read", "cache_write", "output")
        return [(_COLUMNS[name][0], "count", _COLUMNS[name][1]) for name in names]
    columns: list[ColumnOf] = [
        ("Requests", "count", "requests"),
        cost,
        ("Per request", "rate", "cost_per_request"),
        ("Per M tokens", "rate", "cost_per_million_tokens"),
    ]
    if any(is_some(row.get("cache_hit_ratio")) for row in result.rows):
        columns.append(("Cache hits", "ratio", "cache_hit_ratio"))
    return columns


def _first(question: Units, source: Source, where: Sequence[Part], basis: str) -> list[Part]:
    """The whole of what was asked, in a sentence."""
    said: list[Part] = []
    for line in source.totals:
        if question.of == "" and line.get("cost_per_million_tokens") is None:
            continue  # usage without a price
        if question.of in ("cost", "margin") and said and line.get(basis) is None:
            continue  # a note counts its rows
        cost: list[Part] = ["priced cost ", line.amount(basis)]
        if basis == "effective_cost":
            cost = ["effective cost ", line.amount(basis)]
        if question.of in _COLUMNS:
            title, column = _COLUMNS[question.of]
            part: list[Part] = [line.cell(column, "count"), f" {title.lower()}"]
        elif question.of == "tokens":
            part = [line.cell("tokens", "count"), " tokens"]
        elif question.of == "cache":
            part = ["cache hit ratio ", line.ratio("cache_hit_ratio")]
        elif question.of in ("margin", "cost"):
            part = cost
        else:
            part = [
                line.cell("cost_per_request", "rate", unit=str(line.get("currency") or "")),
                " a request, ",
                line.cell("cost_per_million_tokens", "rate", unit=str(line.get("currency") or "")),
                " per million tokens",
            ]
        if len(source.totals) > 1 and line.get("currency") is None:
            part.append(" without a price")  # models that no price table knows
        said += [*([" and "] if said else []), *part]
    return ["AI usage", *where, ": ", *said, "."]


def unit_key(group: str) -> str:
    """The tool's own name of a group: the bill's ``x_ai_model_id`` is telemetry's ``model``."""
    return {"x_ai_model_id": "model", "service_provider_name": "provider"}.get(group, group)


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


FRAME = Frame("units", "unit_costs", Units, None, _read, _call, _say, _words, _back, "product")
