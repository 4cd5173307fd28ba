"""Questions of what the data holds: values, tags, freshness, where it came from (``describe_data``)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from tagwright.blocks import Cell, Source, joined, sentence, tabled
from tagwright.lazy import lazy
from tagwright.metrics import dimension_label
from tagwright.text import counted
from tagwright_agent.planner.frame import Frame, Hearing
from tagwright_agent.planner.listen import listen
from tagwright_agent.planner.phrases import any_of, rx
from tagwright_agent.planner.question import Question
from tagwright_agent.planner.said import Said
from tagwright_agent.planner.wording import dates, heading, is_some, named
from tagwright_agent.planner.words import group_words

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tagwright.blocks import Block, ColumnOf, Part
    from tagwright.results import ToolResult

__all__ = ["FRAME", "Data"]

_ROWS = 20
_MOST = 100
_THAT = rx("that|it|those|these|them")
_WHOLE_LIST = rx(r"list all|all (?:the |our )?\w+s|values?|spellings?", "all|value|spelling")
_TAG_KEYS = lazy(
    r"(?:(?:what|which|list|show|give|see)(?: (?:me|all|are|is|the|our|my|raw|different|kinds? of)){0,4} )?"
    r"(?:tags|tag keys|labels|label keys|tag names|keys)"
    r"(?: (?:do|does|are|is|we|i|you|people|there|have|has|use|used|using|exist|being|in|on|our|the|my|data|bills?|resources?|for|tagging|available|across|accounts?|organi[sz]ation|company)){0,7}"
    r"[ ?.!]*",
    needs=("tag", "label", "key"),
)
_FRESH = rx(
    r"how (?:fresh|recent|old|current|up[- ]to[- ]date)|freshness|up[- ]to[- ]date|"
    r"last (?:refresh|updat|load|ingest|sync|import)(?:e?d)?|"
    r"(?:until|till|up to|through) (?:when|(?:what|which) (?:day|date))(?: (?:is|are|does|do)\b)?(?: the)?(?: bill| data| charges)?(?: (?:loaded|go|reach|there|complete))?|"
    r"data (?:up to|until|till|through)(?=\W*$)|(?:last|latest|most recent) (?:data|day(?! (?:of|in) (?!.*data))|charge|charges|update|ingest)|"
    r"(?:what|which) (?:period|dates?|months?|time range|date range)(?: does| is| are)?(?: \w+){0,3}?"
    r" ?(?:cover(?:ed|s)?|loaded|in (?:the |our |your )?data)|first and last day|how far (?:back )?(?:does|do|did) (?:(?:the|our|my|this|your|billing|cost|usage) )*(?:data|bills?|history) (?:go|reach)(?: back)?|how far back|"
    r"when (?:does|do|did) (?:the |our |this |your )?(?:billing |cost )?(?:data|bills?|charges) (?:start|begin|end|stop)s?|from (?:which|what) (?:files?|exports?|sources?)|when (?:was|is|were)(?= (?:the |our )?(?:last|latest|most recent) (?:data|day|charges?|update|ingest))|when (?:was|were|did) (?:the |our |my |this |your )?(?:billing |cost )?(?:data|bills?|numbers|figures|charges)(?: get)? (?:last |most recently )?(?:updated?|loaded|refresh(?:ed)?|ingested|imported)|is (?:the |our )?(?:\|+ )?(?:bill|data) complete|complete|"
    r"where (?:do|does|did|are|is) (?:the |these |this |your |that |all )*(?:numbers?|figures?|data|amounts?|it|costs?) (?:come|comes|coming|taken|from)+(?: from)?|"
    r"(?:which|what) (?:billing |cost )?(?:files?|exports?|sources?|bills?) (?:(?:are|were|was) (?:read|load(?:ed)?|ingest(?:ed)?)|(?:did|do|have) (?:you|we) (?:read|load(?:ed)?|use|ingest(?:ed)?|have))|"
    r"(?:do|does|have) (?:you|we|i) (?:have|got|hold)(?: any)? data(?: for| of| from)?|where(?: is| does)? the data(?: come)?(?: from)?",
    "how|fresh|date|when|what|last|latest|recent|which|complete|where|data",
)
_DESCRIBE = rx(
    r"what data|which data|data (?:do (?:we|you)|is there|set|range)|describe(?: the)? data|what do you know|"
    r"(?:are|is) there|configured|connected|ingested|loaded|(?:do|did) (?:we|i|you) (?:have|use|require|need)(?: (?:any )?data (?:for|from|of|on))?|exist|available|known|in the data|are we using|"
    r"(?:what|which) (?:metrics|dimensions)|(?:which|what) (?:\w+ )?(?:values|spellings?)|(?:count|counts) as|"
    r"(?:may|can)(?= [\w-]+ (?:have|take|be))|allowed|(?:can|could) (?:i|we|you) (?:group|split|break down|filter) by|(?:must|should) have",
    "data|describe|what|which|there|configured|connected|ingested|loaded|have|use|require|need|exist|available|known|using|count|may|can|allowed|could",
)
_LISTING = lazy(r"\W*(?:please )?(?:list|show|show me|which|what|name|give me|how many)\b")
_WORDS = rx(
    r"values?|keys?|first and last day|tag(?:s| keys)?|dimensions?|metrics?|data|bill|spellings?|possible|valid|different|kinds? of|"
    r"complete|read|files?|group by|numbers?|figures?|come(?:s)? from|june|stand for"
)


class Data(Question):
    """What the data holds.

    Attributes:
        about: All of it, how far it goes, or the values of ``dimension``.
        dimension: ``tags`` are the raw keys of tags.
    """

    frame: str = "data"
    about: Literal["", "fresh", "values"] = ""
    dimension: str = ""


def _read(hearing: Hearing) -> tuple[Sequence[Question], Said] | None:
    reading = hearing.reading
    if _TAG_KEYS.fullmatch(reading.mask.strip("|,;: .?!-")):
        reading.take(0, len(reading.text), "data")
        return [Data(about="values", dimension="tags")], Said()
    listing = reading.starts(_LISTING)
    if reading.consume_all(_FRESH, "data"):
        said = listen(reading, hearing.view, hearing.pinned)
        reading.consume_all(_WORDS, "data")
        if said.filters or said.metrics not in ([], ["billed_cost"]):
            return None
        if len(said.groups) == 1 and listing:  # "which providers do you have data for"
            return [Data(about="values", dimension=said.groups[0])], said
        if said.groups:
            return None
        return [Data(about="fresh")], said
    if hearing.goes_on and not (_WHOLE_LIST.search(reading.lower) or reading.search(_DESCRIBE)):
        return None  # "which team?" and "show me the services" go on from what stands
    if hearing.goes_on and _THAT.search(reading.mask):
        return None  # "show that for every provider" goes on from what stands
    described = reading.consume_all(_DESCRIBE, "data")
    if not described and not listing:
        return None
    said = listen(reading, hearing.view, hearing.pinned)
    bare = not (
        said.filters or said.periods or said.metrics or said.compared or said.grains
        or said.having or said.average or said.share_at >= 0 or said.count or said.limited
    )  # fmt: skip
    if said.who or not bare or (reading.has("head") and not described) or len(said.groups) > 1:
        return None
    reading.consume_all(_WORDS, "data")
    if said.groups:
        return [Data(about="values", dimension=said.groups[0])], said
    return ([Data()], said) if described and reading.has("data") else None


def _call(question: Data) -> dict[str, Any]:
    if question.about == "values":
        return {"dimension": question.dimension, "limit": _MOST}
    return {}


def _say(question: Data, result: ToolResult) -> list[Block]:
    """What the data holds and how fresh it is; or the values of a dimension."""
    if dimension := result.details.get("dimension"):
        tags = dimension == "tags" and all("tag" in row for row in result.rows)
        return _tag_keys(result) if tags else _values(str(dimension), result)
    blocks: list[Block] = [sentence(_extent(result))]
    rows = Source(result).rows[:_ROWS]
    if rows:
        blocks.append(tabled(rows, _PROVIDERS, row_count=result.row_count))
    if question.about == "fresh":
        return blocks
    details = result.details
    named_lists = [
        (f"{title}: ", details[key])
        for title, key in (("Metrics", "metrics"), ("Dimensions", "dimensions"))
        if details.get(key)
    ]
    named_lists += [
        (f"Taxonomy keys ({layer}): ", keys)
        for layer, keys in (details.get("taxonomy") or {}).items()
        if keys
    ]
    return [*blocks, *(_names(head, names) for head, names in named_lists)]


def _extent(result: ToolResult) -> str:
    details = result.details
    data = details.get("data") or {}
    when = dates(data) if data.get("start") and data.get("end") else "no days"
    text = f"The data holds {counted(int(details.get('charges') or 0), 'charge')}, {when}"
    lag = details.get("lag_days")
    text += f"; its last day is {lag} days ago." if isinstance(lag, int) and lag >= 0 else "."
    if usage := details.get("usage_rows"):
        text += f" Beside them {counted(int(usage), 'usage row')} of AI services."
    if pods := details.get("kubernetes_rows"):
        text += f" Beside them {counted(int(pods), 'row')} of Kubernetes usage."
    if published := details.get("published_at"):
        text += f" Loaded: {str(published)[:16]}."
    return text


_PROVIDERS: list[ColumnOf] = [
    ("Provider", "name", "service_provider_name"),
    ("Effective cost", "amount", "effective_cost"),
    ("Billed cost", "amount", "billed_cost"),
]


def _names(head: str, names: list[str]) -> Block:
    parts: list[Part] = []
    for name in names:
        parts += [", ", named(name)] if parts else [named(name)]
    return sentence(head, parts, ".")


def _values(dimension: str, result: ToolResult) -> list[Block]:
    label = dimension_label(dimension)
    if not result.rows:
        return [sentence(f"No charge has a {label}.")]
    columns: list[ColumnOf] = [
        (heading(dimension), "name", dimension),
        ("Effective cost", "amount", "effective_cost"),
        ("Share", "ratio", "share"),
    ]
    names = result.details.get("tag_names") or []
    tags = joined([named(name) for name in names])
    also: list[Part] = [" It is read from the tags ", *tags, "."] if names else []
    return [
        sentence(f"Values of {label} with charges, {dates(result.period)}.", also),
        tabled(Source(result).rows[:_ROWS], columns, row_count=result.row_count),
    ]


def _tag_keys(result: ToolResult) -> list[Block]:
    """The raw tag keys of the bill."""
    if not result.rows:
        return [sentence("Nothing in the data carries a tag.")]
    lines = Source(result).rows[:_ROWS]
    several = len({row.get("currency") for row in result.rows}) > 1
    empty = any(is_some(line.get("empty_ratio")) for line in lines)
    columns: list[ColumnOf] = [
        ("Tag", "name", "tag"),
        ("Currency", "name", "currency"),
        ("Key", "name", lambda line: line.name("key") if line.get("key") else Cell(value="(none)")),
        ("For example", "name", "examples"),
        ("Coverage", "ratio", "coverage"),
        ("Empty", "ratio", "empty_ratio"),
        ("Resources", "count", "resources"),
        ("Values", "count", "values"),
    ]
    hidden = {title for title, shown in (("Currency", several), ("Empty", empty)) if not shown}
    text = (
        "Tags of the bill, the key of the taxonomy that each is, and how much of the effective "
        "cost that could be tagged has it"
        + (" (and how much of that with an empty value):" if empty else ":")
    )
    return [
        sentence(text),
        tabled(
            lines,
            [column for column in columns if column[0] not in hidden],
            row_count=result.row_count,
        ),
    ]


def _words(question: Data) -> str:
    if question.about == "fresh":
        return "how fresh is the data"
    if question.dimension == "tags":
        return "what tags do we have"
    if question.about == "values":
        return f"list the values of {group_words(question.dimension)}"
    return "what data do we have"


def _back(arguments: Mapping[str, Any]) -> Question:
    dimension = str(arguments.get("dimension") or "")
    return Data(about="values" if dimension else "", dimension=dimension)


_OPENS = any_of(_FRESH, _DESCRIBE, _TAG_KEYS, lazy(_LISTING.pattern[3:]))
FRAME = Frame("data", "describe_data", Data, _OPENS, _read, _call, _say, _words, _back)
