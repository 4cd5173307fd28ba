"""Questions of how well things are tagged (``tag_coverage``)."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any, Literal

from tagwright.blocks import Cell, ColumnOf, Source, joined, sentence, tabled
from tagwright.lazy import lazy
from tagwright_agent.planner.frame import Frame, Hearing
from tagwright_agent.planner.frames.rows import foremost
from tagwright_agent.planner.listen import listen
from tagwright_agent.planner.phrases import rx
from tagwright_agent.planner.question import Question, cannot
from tagwright_agent.planner.said import TIMES, Said
from tagwright_agent.planner.times import each_time
from tagwright_agent.planner.unknown import scope_parts
from tagwright_agent.planner.wording import heading, is_some, named
from tagwright_agent.planner.words import group_words, scope_from, scope_words

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tagwright.blocks import Block, Line, Part, Table
    from tagwright.results import ToolResult

__all__ = ["FRAME", "Coverage", "by_coverage", "ordered"]

_ROWS = 10
_ALL = "all"
_MOST = 1000
_PARTS = ("covered", "untagged", "missing", "invalid", "taggable")
_COVERAGE = rx(
    r"(?:how (?:good|complete|high) is (?:our |the )?)?(?:tag(?:ging)?[- ])?coverage|how well(?= .*tagged)|"
    r"(?:tag|tagging)[- ]?(?:compliance|health|hygiene|quality|gaps?|rate|score)(?: (?:score|rate|percentage))?|tag gaps?|gaps? in (?:our |the )?tag(?:s|ging)?|"
    r"(?:percent(?:age)?|share|%|fraction|portion|how much)(?: of)?(?= .*tagged)(?! cannot)|compliance|"
    r"(?:invalid|wrong|bad|inconsistent)(?= (?:[\w-]+ ){0,2}?(?:tags?|values?|labels?))|misspel(?:led|t)|(?:missing|lack(?:s|ing)?|invalid|wrong|bad|inconsistent|misspel\w+|misspelt) (?:tags?|values?)|how complete(?: is)?|"
    r"(?:tags?|values?) (?:are |is )?(?:invalid|wrong|missing|misspelt|misspelled)|"
    r"(?<!not )(?:(?:can|could) be |is |are )?(?:attribut(?:ed|able)|assigned|mapped|traceable) to(?= an? )|"
    r"(?:do|does) (?:all|every)(?= .*\b(?:have|carry) an?\b)|(?:with|has|have|having) an? (?:invalid|wrong|misspel(?:led|t))(?= )|carr(?:y|ies|ying)(?= (?:no|an?|any|the)\b.*\btags?)|tagged|untagged|tagging|without (?:any )?tags?|not tagged|no tags?|"
    r"(?:had|has|have|having) an?(?= [\w-]+ tags?)|(?:had|has|have|with|having) (?:an? )?valid|properly",
    "all|every|tag|coverage|complian|value|label|misspel|complete|attribut|assigned|mapped|traceable|valid|wrong|properly",
)
_NOT = lazy(
    r"\btagged (?:(?:with|as|by) )?(?:[\w-]+ ?[=:]|cost[- ]center [\w-]*\d|\w+ [\w-]*\d)|"
    r"\b(?:what|which) (?:tag )?keys\b(?!.*\bcoverage)|\b(?:commitment|savings plan|reservation|ri\b|no tag changes)"
)
_NOT_ASSIGNED = lazy(
    r"(?:not|n't) (?:be |been |get )?(?:assigned|attribut\w+|mapped|trace\w*|allocat\w+|tied|linked)(?: back)? to\b"
)
"""What that leaves is what has no value, not how well it is tagged."""
_UNTAGGED = rx(
    r"untagged|no tags?(?: at all)?|without (?:any )?tags?(?: at all)?|not tagged(?: at all)?"
)
"""No tags at all, where no key stands beside it."""
_INSTANCES = lazy(
    r"\W*(?:(?:show|me|find|all|our|the) )*untagged (?:[\w-]+ )?(?:instance|bucket|volume)s\b|"
    r"\W*(?:(?:please|list|show|find|give|me|us) )+(?:everything|all|anything|what(?:ever)?)(?: that)?(?: is|'s|'re| are)? untagged\b|"
    r"\W*(?:please )?(?:list|find) (?:(?:me|all|our|the) )*untagged (?!costs?|spend|money)"
)
_WITH_INVALID = lazy(
    r"\b(?:list|find|which|show)\b.*\b(?:invalid|wrong|bad|misspel(?:t|led)) (?:[\w-]+ )*?(?:tags|values|labels)\b|"
    r"\W*(?:the |our |all )*misspel(?:t|led) (?:[\w-]+ )*?(?:tags|values|labels)\b"
)
"""The resources that have one: how much there is of it tells nobody which to put right."""
_OF_UNTAGGED = rx(
    r"(?:share|percent(?:age)?|%|fraction|proportion|portion|part|how much) of (?:the |our |all )*untagged (?:cost|spend|spending|money)",
    "untagged",
)
_RANKED = lazy(r"\b(?:which|what) .*\b(?:worst|poorest|lowest|weakest|best|highest)\b")
_LOWEST = lazy(r"\b(?:worst|poorest|lowest|weakest|least)\b")
_HIGHEST = lazy(r"\b(?:best|highest)\b")
_OF_A_PART = lazy(r"\b(?:gaps?|untagged|missing|lack\w*|invalid|no tags?|without)\b")
"""Of these the highest is the most money, not the best."""
_INVALID = rx(r"invalid|wrong|bad|misspelt|misspelled|inconsistent")
_MONEY = rx(r"money|costs?|spen[dt]|spending|usd|dollars|\$")
_OF_RESOURCES = rx(r"resources?(?= tag)")
_COUNTED = rx(
    r"(?:do|does) (?:all|every)|how many|number of|(?:share|percent(?:age)?|%|fraction|proportion|portion|how much) of (?:(?:all|our|the|[\w-]+) ){0,3}(?:resources|instances|buckets|machines|volumes|endpoints|functions)"
)
_BILL = rx(r"(?:what |which )?(?:percent(?:age)?|share|fraction|part)(?: of)?|bills?|invoices?")
_TAGGABLE = rx(r"taggable")
_WORDS = rx(
    r"(?:a |the )?(?:full |complete )?list(?= of)|tags?|names?|values?|keys?|labels?|valid|worth|good|complete|high|completely|properly|how good|how complete|taggable|correctly|well|tagging|don't|doesn't|do not|does not|sitting|tied up|locked up|missing|invalid|with|(?:the )?(?:worst|poorest|weakest|best|least)"
)


class Coverage(Question):
    """How much has a valid value of ``keys``.

    Attributes:
        keys: Taxonomy keys; empty for those that are required.
        part: Of groups, only those with some of this part.
        resources: Whether resources are counted rather than cost.
        by_ratio: Whether the scope's order is of coverage; else the largest gaps come first.
    """

    frame: str = "coverage"
    keys: tuple[str, ...] = ()
    part: Literal["", "untagged", "missing", "invalid"] = ""
    resources: bool = False
    by_ratio: bool = False


def by_coverage(question: Coverage, text: str) -> Coverage:
    """The question with its rows in the order of their coverage, if the words ask for that.

    The worst is the lowest share, however little money it is; of untagged money it is the most.
    """
    if question.part or _OF_A_PART.search(text):
        return question
    order = "asc" if _LOWEST.search(text) else "desc" if _HIGHEST.search(text) else ""
    if not order:
        return question
    own = tuple(key for key in question.keys if key not in question.scope.groups)
    if question.keys and not own:
        told = f"what has a {question.keys[0]} has that tag: ranked by all required keys"
        question = question.within(notes=(*question.scope.notes, told))
    return question.within(order=order).but(by_ratio=True, keys=own)


def ordered(question: Coverage, lines: Sequence[Line]) -> list[Line]:
    """Rows by coverage where that is asked for: what is as well covered stands as it did.

    What has no value of a group, such as of the key itself, is none of those that are ranked.
    """
    if not (question.by_ratio and question.scope.order):
        return list(lines)
    columns = ("coverage", *question.scope.groups)
    known = [line for line in lines if all(line.get(name) is not None for name in columns)]
    rest = [line for line in lines if any(line.get(name) is None for name in columns)]
    best = question.scope.order == "desc"
    known.sort(key=lambda line: Decimal(str(line.get("coverage"))), reverse=best)
    return [*known, *rest]


def _read(hearing: Hearing) -> tuple[Sequence[Question], Said] | None:
    reading = hearing.reading
    if reading.search(_NOT) or _NOT_ASSIGNED.search(reading.lower.replace("can't", "cannot")):
        return None
    if reading.search(_OF_UNTAGGED):
        raise cannot("I tell how much of something is untagged, not what untagged cost is made of.")
    part: Literal["", "untagged", "invalid"] = ""
    if reading.search(_UNTAGGED):
        part = "untagged"
    elif reading.search(_INVALID):
        part = "invalid"
    count = bool(_COUNTED.search(reading.lower))
    resources = (count or "resource" in reading.lower) and not _MONEY.search(reading.lower)
    if match := _OF_RESOURCES.search(reading.mask):
        reading.take(*match.span(), "coverage")
    reading.consume_all(_COVERAGE, "coverage")
    reading.consume_all(_TAGGABLE, "coverage")
    reading.consume_all(_BILL, "coverage")
    said = listen(reading, hearing.view, hearing.pinned, Said(keyed=True))
    if _RANKED.search(reading.lower) and not said.groups:
        said.groups, said.keys = said.keys, []  # "which team has the worst coverage"
    reading.consume_all(_WORDS, "coverage")
    if not reading.has("coverage"):
        return None
    scope = said.scope()
    if said.nulls and "resource_id" in scope.groups and not (count or part):
        return None  # which ones lack it is a list of them
    keys = tuple(dict.fromkeys([*said.keys, *(n for n in said.nulls if n in hearing.view.keys)]))
    if scope.metric not in ("", "effective_cost", "resource_count"):
        raise cannot("I know tag coverage of effective cost and of resources only.")
    if scope.compare_to and (not scope.period or said.limited):
        raise cannot(
            "I know coverage of one period at a time: ask for two periods one after the other."
        )
    filters = tuple(item for item in scope.filters if item.op != "is_null")
    groups = scope.groups
    listed = part == "untagged" and not keys and _INSTANCES.match(reading.lower)
    if not groups and (listed or (part == "invalid" and _WITH_INVALID.search(reading.lower))):
        groups = ("resource_id",)
    if "resource_id" in groups:
        if count or len(groups) > 1:
            groups = tuple(name for name in groups if name != "resource_id")
        else:
            resources = False  # a list of resources, by the cost that lacks tags
    if part == "untagged" and (keys or set(groups) & set(TIMES)):
        part = ""
    scope = scope.but(metrics=(), groups=groups, filters=filters, order="")
    whole = Coverage(scope=scope, keys=keys, part=part, resources=resources)
    if groups:
        whole = by_coverage(whole, reading.lower)
    return [whole.but(scope=scope) for scope in each_time(whole.scope, hearing.view)], said


def _call(question: Coverage) -> dict[str, Any]:
    scope = question.scope
    wanted = {
        "filters": scope.filter_arguments(),
        "period": scope.period,
        "keys": list(question.keys),
        "group_by": list(scope.groups),
        "basis": "resources" if question.resources else "",
        "part": question.part if scope.groups else "",
        "limit": _MOST if question.by_ratio and scope.order else scope.limit,
    }
    return {name: value for name, value in wanted.items() if value}


def _say(question: Coverage, result: ToolResult) -> list[Block]:
    """Coverage of each key, or of groups."""
    by_resource = result.details.get("basis") == "resources"
    keys = [str(key) for key in result.details.get("keys") or question.keys]
    what = "resources" if by_resource else "effective cost"
    scope = scope_parts(question.scope, result)
    source = Source(result)
    known = [line for line in source.totals if line.get("coverage") is not None]
    if not known:
        return [sentence("Tag coverage", scope, ": nothing there can be tagged.")]
    said = joined([named(key) for key in keys])
    blocks: list[Block] = [
        sentence(
            line.ratio("coverage"), f" of the taggable {what}", scope, " has a valid ", said, ": ",
            _parts(line, keys, "resources" if by_resource else line.get("currency")),
        )
        for line in known
    ]  # fmt: skip
    lines = ordered(question, source.rows)
    if question.by_ratio and question.scope.order:
        if question.scope.limit:
            lines = foremost(lines, question.scope.groups, question.scope.limit)
        blocks.append(_foremost(question, lines[0]))
    rows = lines[:_ROWS]
    if len(rows) > 1 or question.scope.groups:
        blocks.append(_table(question, rows, result.row_count))
    return blocks


def _foremost(question: Coverage, line: Line) -> Block:
    """Which has the lowest coverage, or the highest, and of how much."""
    by_resource = question.resources
    names = joined([line.name(group) for group in question.scope.groups])
    which = "highest" if question.scope.order == "desc" else "lowest"
    return sentence(
        f"The {which}: ", names, " with ", line.ratio("coverage"), " of ",
        line.amount("taggable", "resources" if by_resource else line.get("currency")), ".",
    )  # fmt: skip


def _parts(line: Line, keys: Sequence[str], unit: Any) -> list[Part]:
    """The amounts of all parts, and what cannot be tagged: the whole is told."""
    lacking: list[Part] = (
        ["lacks at least one of them"] if len(keys) > 1 else ["no ", named(keys[0])]
    )
    parts: list[Part] = [
        line.amount("covered", unit), " of ", line.amount("taggable", unit), "; ",
        line.amount("untagged", unit), " has no tags at all; ",
        line.amount("missing", unit), " has tags but ", *lacking, "; ",
        line.amount("invalid", unit), " has a value that is not valid.",
    ]  # fmt: skip
    if is_some(line.get("untaggable")):
        parts += [" Beside it ", line.amount("untaggable", unit), " cannot be tagged."]
    return parts


def _table(question: Coverage, found: Sequence[Line], count: int) -> Table:
    # A currency in which nothing can be tagged would only be a row of zeros.
    groups = question.scope.groups
    lines = [line for line in found if groups or line.get("coverage") is not None]
    columns: list[ColumnOf] = [
        (heading(label), "name", _key if label == "key" else label)
        for label in list(groups) or ["key"]
    ]
    columns += [(part.capitalize(), "amount", part) for part in _PARTS]
    columns.append(("Coverage", "ratio", "coverage"))
    if question.part and groups:
        columns.append((f"{question.part.capitalize()} share", "ratio", f"{question.part}_share"))
    left_out = len(found) - len(lines)
    order = "the largest gaps first"
    if question.by_ratio and question.scope.order:
        best = question.scope.order == "desc"
        order = f"the {'highest' if best else 'lowest'} coverage first"
    return tabled(lines, columns, row_count=count - left_out, order=order)


def _key(line: Line) -> Cell:
    return Cell(value="all keys") if line.get("key") == _ALL else line.name("key")


def _words(question: Coverage) -> str:
    if question.part == "untagged" and question.scope.groups and not question.keys:
        return scope_words(question.scope.but(limit=0), "untagged cost")
    keys = " and ".join(group_words(key) for key in question.keys)
    if question.resources:
        head = (
            f"how many resources have a valid {keys}" if keys else "how many resources are tagged"
        )
        return scope_words(question.scope.but(limit=0), head)
    return scope_words(question.scope.but(limit=0), f"{keys} tag coverage".strip())


def _back(arguments: Mapping[str, Any]) -> Question:
    keys = arguments.get("keys") or ()
    return Coverage(
        scope=scope_from(arguments),
        keys=(keys,) if isinstance(keys, str) else tuple(map(str, keys)),
        part=arguments.get("part") or "",
        resources=arguments.get("basis") == "resources",
    )


FRAME = Frame("coverage", "tag_coverage", Coverage, _COVERAGE, _read, _call, _say, _words, _back)
