"""What is joined, turned round or listed, in the words and the order that the frames read."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tagwright.lazy import lazy
from tagwright.periods.readings import MONTHS
from tagwright_agent.planner.phrases import NUMBERS
from tagwright_agent.planner.view import fold

if TYPE_CHECKING:
    from tagwright_agent.planner.view import CatalogueView

__all__ = ["spelled_out"]

_JOINED = lazy(r"\bper-([a-z]\w+)|\b([a-z]\w+)-(?:level|wise)\b", re.IGNORECASE)
_KIND_OF = lazy(r"\b(types?|kinds?|categor(?:y|ies)) of (?:our |the )?(\w+)", re.IGNORECASE, needs=(" of ",))  # fmt: skip
"""A dimension said the long way: "types of charges"."""
_ON_DEMAND = lazy(r"\b(?:reservations?|reserved)( (?:vs\.?|versus|and|or|against|compared (?:to|with)) )(?=on[- ]demand)", re.IGNORECASE, needs=("demand",))  # fmt: skip
_KEY_VALUE = lazy(r"(?<![\w:./])([a-z][\w-]*):([\w.-]*\w)(?![\w:/])", re.IGNORECASE, needs=(":",))
_DIRECTIONS = lazy(r"\binput (?:vs\.?|versus|and|or|against) output(?: tokens?)? (costs?|spend|spending)\b", re.IGNORECASE, needs=("output",))  # fmt: skip
_PURPOSE = lazy(
    r"(?:^i need (?:the |some )?(?:numbers|figures))?\s*\bfor (?:the|our|my|a) (?:(board|monthly|quarterly|weekly|month[- ]end|finance|team) )?"
    r"(?:manager|boss|c[eft]o|vp|director|auditors?|board|leadership|close|books|meeting|review|report|deck|presentation)"
    r"(?:\s*:|(?=\s*(?:[?.!,;]|$|(?:in|for|by|on|last|this|of)\b)))",
    re.IGNORECASE,
    needs=("for ",),
)
"""Whom a figure is for is nothing that it is of."""
_LISTING = lazy(r"\b(only|just|for|of|show(?: me)?|with) (?:the |these |those |our )?(?:big )?(?:two|three|four|five|following) (?:[a-z]+ )?(?:[a-z]+)?: ?", re.IGNORECASE, needs=(":",))  # fmt: skip
"""What stands before names that are listed: "the three hyperscalers: AWS, …"."""
_MONTH = "|".join(sorted(MONTHS, key=len, reverse=True))
_DAY = r"\d{1,2}(?:st|nd|rd|th)?"
_NAME = r"[a-z][\w-]*?(?: cent(?:er|re)s?)?"
_COUNT = "|".join((*NUMBERS, r"\d{1,2}"))
_EXTREME = "highest|lowest|most expensive|least expensive|cheapest|priciest|costliest|dearest|biggest|largest|smallest|worst"
_IDIOMS: tuple[tuple[re.Pattern[str], str], ...] = (
    (_PURPOSE, " "),
    (lazy(r"\bactuals\b", re.IGNORECASE, needs=("actuals",)), "cost"),
    (lazy(r"\bwhat (?:is|are|was|were) ((?!(?:they|it|we|you|i|those|these)\b)[\w -]+?) (?:spending|spent) (?:it|that|this|(?:its|their|the) (?:money|budget)) on(?=\W*$)", re.IGNORECASE, needs=("spending", "spent")), r"\1 by service"),
    (lazy(r"\b(?:cost|money|spend(?:ing)?|dollar)[- ]?wise\b", re.IGNORECASE, needs=("wise",)), "cost"),
    (lazy(r"\bhow much ([\w-]+) ((?:did|does|do|was|were|has|have|is)\b.*?),? in hours(?=\W*$)", re.IGNORECASE, needs=("hours",)), r"how many \1 hours \2"),
    (lazy(r"(?<!many )\bhours of ([\w-]+)(?= (?:by|per|for each|for every)\b)", re.IGNORECASE, needs=("hours",)), r"\1 hours"),
    (lazy(rf"(\b(?:by|per|for each|each) ({_NAME})\b.*?),? (?:and )?(?:including|incl\.?|also|together with|along with) (?:(?:what|whatever|those|the (?:ones|part|rest|rows?|costs?|spend)|everything|all)(?: (?:that )?ha(?:s|ve|ving)| with)? (?:no|without(?: an?)?)|(?:the )?(?:un(?:tagged|assigned|allocated)|no[- ]value)(?: (?:part|rows?|ones|costs?|spend))?(?! an?\b)(?=\W*$)|ones? without(?: an?)?)(?: \2s?\b)?(?: tag)?(?=\W*(?:$|in |for |last ))", re.IGNORECASE, needs=("incl", "also", "with")), r"\1"),
    (lazy(rf"\b(?:which|what) ({_COUNT}) (days|weeks|months|quarters)(?P<when> (?:in|of|during|since|last|this) [\w ]+?)? (?:were|was|are|is|had) (?:the )?({_EXTREME})(?: (?:costs?|spend|bills?|ones))?(?=\W|$)", re.IGNORECASE, needs=("days", "weeks", "months", "quarters")), r"the \1 \4 \2\3"),
    (lazy(rf"\b(?:which|what) ({_COUNT}) (days|weeks|months|quarters)(?P<when> (?:in|of|during|since|last|this) [\w ]+?)? (?:(?:did )?costs?|did we spend)( us)?(?: the)? most(?: on)?(?=\W*$)", re.IGNORECASE, needs=("most",)), r"the \1 most expensive \2\3"),
    (lazy(r"\b(?:on|for|in|of|during) the (?:last|latest|most recent) (?:full )?day (?:(?:with|of|that has|there is) (data)(?: for)?|(?:that )?(?:you|we) (?:do )?(?:have|know)(?: (data))?(?: for)?)(?=\W|$)", re.IGNORECASE, needs=(" day ",)), "the last 1 day of data"),
    (lazy(r"\bper (request|call|token|million tokens|1m tokens|customer)s? (?:rather than|instead of|,? ?not) (?:per )?(?:requests?|calls?|tokens?|million tokens|1m tokens|customers?)(?=\W|$)", re.IGNORECASE, needs=("per ",)), r"per \1"),
    (lazy(r"\bwhen (?:was|were|is) (?:our|the|my) (most expensive|costliest|priciest|cheapest|highest|biggest|largest|worst|lowest|least expensive) (day|week|month)\b", re.IGNORECASE, needs=("when",)), r"which \2 was the \1"),
    (lazy(r"\bwhat would (?:the |our |an )?(?:annual|yearly) (?:spend|cost|costs|bill) be (?:at|based on|on|with) (?:the |our )?([\w ]+?)(?:'s)?(?: rate| pace| level| basis)?(?=\W*$)", re.IGNORECASE, needs=("would",)), r"annual run rate based on \1"),
    (lazy(rf"\bat (?:the |our )?((?:{_MONTH})(?: \d{{4}})?|last month)(?:'s)? (?:levels?|rates?|pace|prices)\b", re.IGNORECASE, needs=("at ",)), r"based on \1"),
    (lazy(rf"\bfor (?:the|our) ((?:{_MONTH})(?: \d{{4}})?) (?:close|books|review|report|meeting|deck|board)\b", re.IGNORECASE, needs=("for ",)), r"for \1"),
    (lazy(r"\b(?:leave|keep|take|strip) ((?!out\b)[\w.&-]+(?: [\w.&-]+){0,3}?) (?:out|off|aside)(?: of (?:it|that|this))?(?=\W*$)", re.IGNORECASE, needs=("out", "off", "aside")), r"without \1"),
    (lazy(r"(?:^|,\s*|\bwith )(?:the )?((?!(?:what|which|who|how|it|that|everything)\b)[\w.&-]+) (?:stripped|taken|left|kept) (?:out|off|away)(?=\W*$)", re.IGNORECASE, needs=("out", "off", "away")), r" without \1"),
    (lazy(r"\b(?:that |which )?(?:can't|cannot|can not|couldn't|could not) be (?:assigned|attributed|allocated|traced|mapped)(?: back)? to (?:anyone|anybody|someone|somebody|any team)\b", re.IGNORECASE, needs=("anyone", "anybody", "someone", "somebody", "any team")), "has no team"),
    (lazy(r"\b(?:costs?|spend(?:ing)?) (?:of|for|on) (?:the |our |all )*(input|output) tokens\b", re.IGNORECASE, needs=("tokens",)), r"\1 token cost"),
    (lazy(r"\bdiscounts? (?:in|as an?) (?:percent(?:age)?|%)(?: terms)?(?!\w)|\bpercentage discount\b", re.IGNORECASE, needs=("discount",)), "effective savings rate"),
    (lazy(r"\b(just|only) the ([\w.-]+) (?:row|line|entry)\b", re.IGNORECASE, needs=("row", "line", "entry")), r"\1 \2"),
    (lazy(rf"\b(?:which|what) ({_COUNT})(?: of (?:them|those|these))? (?:costs?|spends?|spent)(?: us)?(?: the)? most\b", re.IGNORECASE, needs=("most",)), r"top \1"),
    (lazy(r"\bhow far (?:(?:off|away|apart) )?(?:does|do|did|is|are|was|were) (.+?) (?:(?:(?:differ|deviate|away|apart|off|diverge) )?from|and)\b(.+?)(?: apart)?(?= (?:for|in|of|at|on|by|per|last|this)\b|\W*$)", re.IGNORECASE, needs=("how far",)), r"difference between \1 and\2"),
    (lazy(r"\b((?:has|have|having|with|without|carr(?:y|ies)) (?:no |an? |any )?[\w-]+(?: tags?)?) on (?:it|them)(?=\W*$)", re.IGNORECASE, needs=(" on ",)), r"\1"),
    (lazy(rf"\b(for|in|over|during) the (?:period|time|timeframe|range)(?: of| from)? (?=(?:{_MONTH}|q[1-4]|\d{{4}})\b)", re.IGNORECASE, needs=("period", "time", "range")), r"\1 "),
    (lazy(r"\b(?:for|in|over|during|across) (?:the |our )?(?:whole |entire |full )(?:period|time|range)(?: that)? (?:we have|there is|you have)(?: (?:any )?data)?(?: for| of| on)?(?=\W*$)", re.IGNORECASE, needs=("period", "time", "range")), "over all time"),
    (lazy(r"\b(?:(?:over|of|for|in|across) all (?:of )?(?:the |our )?data(?: (?:that )?(?:we|you) have)?|since the (?:very )?(?:beginning|start))(?=\W*$)", re.IGNORECASE, needs=("data", "since the")), "over all time"),
    (lazy(rf"\b(?:moved?|moving|develop(?:ed|ment)?|evol(?:ved?|ution)|over time|trend(?:ed)?|progress(?:ed)?) (?=(?:vs\.?|versus|against|(?:compared|relative) (?:to|with)) (?:the |last |{_MONTH}|q[1-4]|\d{{4}}))", re.IGNORECASE, needs=("mov", "develop", "evol", "time", "trend", "progress")), "changed "),
    (lazy(r"\b(?:where|in (?:which|what) regions?) (?:do|does|did|are|is) (?:our |the |all )*(?:ai |llm )?models (?:run|running|live|hosted|located|deployed)\b", re.IGNORECASE, needs=("models",)), "AI spend by model and region"),
    (lazy(r"\b(?:where|in (?:which|what) regions?) (?:do|does|did|are|is) (?:our |the |all )*((?!(?:it|they|we|that|this|those|these|costs?|money|spend|bills?)\b)[\w. -]+?) (?:run|running|live|hosted|located|deployed)(?=\W*(?:$|in |last ))", re.IGNORECASE, needs=("where", "region")), r"\1 by region"),
    (lazy(r"\bshr(?:ink(?:s|ing)?|ank|unk)\b", re.IGNORECASE, needs=("shr",)), "fall"),
    (lazy(r"\bon (?:its|their) own\b", re.IGNORECASE, needs=("own",)), "alone"),
    (lazy(rf"\b(?:the )?weekend of (?=(?:the )?(?:{_MONTH})? ?{_DAY} ?(?:-|to|and|through|&) ?(?:the )?(?:{_MONTH})? ?{_DAY})", re.IGNORECASE, needs=("weekend of",)), ""),
    (lazy(r"\b(?:as|in) (?:a|an) (daily|weekly|monthly|quarterly) (?:table|view|chart|breakdown|series)\b", re.IGNORECASE, needs=(" a",)), r"\1"),
    (lazy(r"\b(?:do not|don't|does not|doesn't) have (?=(?:an? |any )?owners?\b)", re.IGNORECASE, needs=("owner",)), "have no "),
)  # fmt: skip
"""Ways to say what the frames read in other words."""
_NON = lazy(r"\bnon[- ](?:\w[\w-]*)", re.IGNORECASE)
_WORD = lazy(r"\w[\w-]*")


def _begins_with_name(text: str, view: CatalogueView) -> bool:
    """Whether a list begins with a value that there is."""
    first = re.split(r",| and | or ", text, maxsplit=1)[0]
    return fold(first) in view.values


def _holds_name(match: re.Match[str], view: CatalogueView) -> bool:
    """Whether words that would go are a name: a team may be called "shrink" or "board"."""
    kept = [match.span(n) for n in range(1, match.re.groups + 1) if match[n] is not None]
    words = list(_WORD.finditer(match.string, *match.span()))
    gone = [w.group() for w in words if not any(a <= w.start() < b for a, b in kept)]
    return any(fold(word) in view.values for word in (match.group(), *gone))


def spelled_out(text: str, view: CatalogueView) -> str:
    """What is joined or turned round, in the order that the frames read: "team-level" is by team.

    So are "types of charges", "product:assistant", "non-prod", and whom a figure is for goes.
    """

    def apart(match: re.Match[str]) -> str:
        name = (match[1] or match[2]).casefold()
        return f"by {name}" if name in view.names else match.group()

    def valued(match: re.Match[str]) -> str:
        known = fold(match[1]) in view.names and fold(match[2]) in view.values
        return f"{match[1]}={match[2]}" if known else match.group()

    def kind(match: re.Match[str]) -> str:
        name = f"{match[2].removesuffix('s')} {match[1]}".casefold()
        return name if name in view.names else match.group()

    def unlike(match: re.Match[str]) -> str:
        return match.group() if fold(match.group()) in view.values else f"not {match.group()[4:]}"

    def said(pattern: re.Pattern[str], meant: str, text: str) -> str:
        return pattern.sub(
            lambda match: match.group() if _holds_name(match, view) else match.expand(meant), text
        )

    text = _NON.sub(unlike, _KIND_OF.sub(kind, _JOINED.sub(apart, text)))
    for pattern, meant in _IDIOMS:
        text = said(pattern, meant, text)
    text = _LISTING.sub(
        lambda match: (
            f"{match[1]} " if _begins_with_name(text[match.end() :], view) else match.group()
        ),
        text,
    )
    text = _ON_DEMAND.sub(r"committed\1", text)
    text = _DIRECTIONS.sub(r"\1 by token direction", text)
    return _KEY_VALUE.sub(valued, text)
