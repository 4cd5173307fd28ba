"""The words of English that questions are made of. Names of things come from the catalogue.

A word that none of these, no period, name or value explains makes the planner ask instead of
guess. Only words of a closed class (articles, prepositions, auxiliaries, pronouns) may stand
anywhere, and only where something else is said too.
"""

from __future__ import annotations

import re
from typing import cast

from tagwright.lazy import lazy

__all__ = [
    "ALL", "ASCENDING", "AVERAGE", "AVERAGED", "CHANGE_RATE", "CHATTER", "CLOSED", "COMMON", "COMPANY", "COMPARED", "COUNT",
    "DESCENDING", "FRESH", "GRAINS", "GROUPED", "HEAD", "LEAD", "LIMITS", "NEGATIONS", "NTH", "NULLS",
    "NUMBER", "NUMBERS", "PICTURE", "PLAN", "RELATIVE", "SHARE", "TAIL", "TREND",
    "WEAK", "WHERE", "WHO", "any_of", "number", "rx",
]  # fmt: skip


def rx(pattern: str, needs: str = "") -> re.Pattern[str]:
    """A pattern of whole words, for a reading's mask, which is in lower case.

    ``needs`` as for :func:`tagwright.lazy.lazy`, with ``|`` between them.
    """
    return lazy(rf"(?<![\w-])(?:{pattern})(?![\w-])", needs=needs.split("|") if needs else ())


class _AnyOf:
    """Whether any of some patterns is found, with none compiled twice."""

    def __init__(self, *patterns: re.Pattern[str]) -> None:
        self._patterns = patterns
        joined = "|".join(f"(?:{pattern.pattern})" for pattern in patterns)
        self.pattern = re.sub(r"\?P<\w+>", "", joined)  # a name may stand once only

    def search(self, text: str) -> re.Match[str] | None:
        """The first of them that is found."""
        return next(filter(None, (pattern.search(text) for pattern in self._patterns)), None)


def any_of(*patterns: re.Pattern[str]) -> re.Pattern[str]:
    """What opens a frame: any of its patterns."""
    return cast("re.Pattern[str]", _AnyOf(*patterns))


CLOSED = frozenset(
    """
    a about across actually after all along also afterwards again am among an and another any anything are around as at away based
    be because been being both but by can come comes could did do does doing done down during each either
    else ever every everything for from get gets getting go goes going got had has have having he her here him his how i
    i'd i'll i'm i've if in inside into is it it's its itself just let let's mainly me might mine more mostly
    much my nor of off on one ones only onto or our ours out over own per please plus really so some still such than that
    somehow something that's the their them then there there's these they they're stuff thing things this those through
    to too up via was we we're we've went were what what's which while who's whole with within
    would yet you your
    """.split()
)
"""Words that may stand anywhere and change nothing once something else is said."""

NUMBERS = {
    word: number
    for number, word in enumerate(
        "zero one two three four five six seven eight nine ten eleven twelve".split()
    )
}
NUMBER = rf"\d{{1,4}}|{'|'.join(NUMBERS)}"
NTH = dict(zip("second third fourth fifth".split(), range(2, 6), strict=True))


def number(said: str) -> int:
    """A number in digits or in words, or a rank, at most 1000."""
    return min(1000, int(said) if said.isdigit() else {**NUMBERS, **NTH}[said.lower()])


HEAD = rx(
    r"set (?:us|me) back|invoiced? us|split between|(?:charged|invoiced) to us|(?<=\| )(?:to us|whose)|spread|ow(?:e[sd]?|ing)|splits?(?= (?:by|across|over|between|among|into|up|per)| *$| \|)|"
    r"(?:costs?|costing|charged?|billed?|bills|set|lose[s]?|earn[s]?|give[s]?|show|tell|let|gets?|making|for) us(?![\w-])|costs?|costed|costing|spen[dt]s?|spending|spenders?|charged?|charges|paid|pays?|paying|"
    r"expens(?:es?|ive)|expenditures?|prices?|pric(?:y|ey)|money|totals?|total(?:ed|led)?|sums?|"
    r"dollars|how many (?:dollars|euros)|how much|damage|c(?:o|a)mes? to|look(?:s|ing)? like|"
    r"(?:goes|went|going|gone|go) (?:to|into|on)|burn(?:s|ed|t|ing)?|consum(?:es?|ed|ing)|"
    r"(?<=\| )called|breakdown|composition|distribut(?:ion|ed)|broken (?:down|out|up)|(?:break|breaks) (?:down|out)|usage|uses?|used|using|ran|(?<!cloud )run(?=\W*$| in| on| during| last| this)|"
    r"generat(?:e|es|ed|ing)(?= (?:costs?|spend|charges|\|))|receiv(?:e|ed)|"
    r"(?:grouped|aggregated|categori[sz]ed|itemi[sz]ed|segmented)(?= (?:by|per|into)\b)|incurred|causes?|booked|distributes?|shell(?:ed|ing)? out|eat(?:s|ing)?(?: up)?(?: (?:our|the) (?:budget|money|bill))?|bought|buy|"
    r"running(?! (?:rate|total))|offenders?|where (?:we|it|they)|(?:percentage|percent|purchase|cost|money)[- ]?wise|split out(?= (?:by|per|into))|divided(?= (?:among|between|by|across|up|over))|(?:different|various)(?= \|)|report(?= (?:for|of|on))|(?:we |things we )run|"
    r"worth|dear(?:er)?|bills?|invoices?|invoiced|accounts for|accounted for|(?<=\| )account for(?=\W*(?:in\b|$))|mak(?:es?|ing) up|made up|"
    r"contribut(?:es?|ed|ing)(?: to)?|dominat(?:es?|ing)|belong(?:s|ing)? to(?=[ ?.!]*$)|overview|summary|run-?down|would you say|looking|(?:was|were|been|did we|have we) (?:applied|received?|granted|made|make)|(?:(?:are|is|were|was) |(?:are|were|do|did) we )run(?:ning)?"
)
"""Words that say the question is about what was charged."""

COMPANY = rx(
    r"(?:cloud|company|tech|infra(?:structure)?)(?= (?:cloud |infrastructure |unit )?(?:costs?|spend|spending|bills?|invoices?|charges|usage|expenses|damage|economics|services?|accounts?|resources?|trends?))|infra(?:structure)?(?= \|)",
    "cloud|company|tech|infra",
)
"""Words of everything that is charged, before one that says so."""

WEAK = rx(
    r"achieved|reali[sz]ed|(?<=\| )(?:part|portion|bit)(?=[ ?.!]*$)|(?:show|give|gave|send|tell) (?:me|us)|gave|give|view|figures?|numbers?|amounts?|values?|total for"
)
"""Words of amounts that may as well speak of what was asked before."""

_ASKED = (
    r"would you mind|(?:could|would) you be so (?:kind|good)(?: and| as to)?|please|pls|take(?=\W*$)|show|(?<!than )list|give|tell|get|fetch|display|print|pull(?: up)?|see|find|make|tabulate|"
    r"summari[sz]e|analy[sz]e|identify|determine|check|calculate|compute|report|quantify|retrieve|provide|return|generate|describe|"
    r"(?:drill|dig)(?: down)? into|(?:walk|take) (?:me|us) through|(?:help|let) (?:me|us)(?: to)? understand|assess|evaluate|measure|compile|present|explore|review|(?<!do you )(?:work|figure) out|name(?= )|want|need|like|love|know|wonder(?:ing)?|ask|question|"
    r"look(?:ing)?(?: up| at| for)?|view(?: of)?|overview(?: of)?|"
    r"(?:break|split|sum|add)(?:ing)?(?: (?:it|that|them|this))?(?: (?:down|up|out))?|breakdown|spread|split|"
    r"divided|rank(?:ed|ing)?|sort(?:ed)?|quickly|exactly|overall|entire|actual(?:ly)?|really|roughly|"
    r"respectively|now|then|showing|giving|telling|seeing|curious|idea|trying|different|various|"
    + "|".join(sorted(map(re.escape, CLOSED), key=len, reverse=True))
)
LEAD = lazy(rf"(?:[\s,|]|(?<![\w-])(?:{_ASKED})(?![\w'-]))+")
"""Ways to begin, from the start of a question on."""

TAIL = lazy(
    r"(?:[\s,;.!?)]*(?<![\w-])(?:please|right now|at the moment|currently|pls|plz|thanks?|thx|thank you|then|now|there|today|roughly|exactly|actually|"
    r"though|again|as well|together|combined|altogether|overall|in total|in all|all in|(?:is|are) enough|respectively|"
    r"at all|so far|alone|for me|for us|if (?:that|it) matters|do you know|just so that i have both|"
    r"could you check|if (?:you|that is) (?:can|possible)|this time|to date|or so|of course|too|sorry|after all|according to (?:its|their|the) tags?|"
    r"i wonder|same thing|would be (?:lovely|great|nice|good)|in there|to (?:anybody|anyone)|we have|there (?:is|are)|(?:do|did) (?:we|i|you) have(?: (?:configured|connected|loaded))?|"
    r"(?:as|so) far as (?:you|we|i) (?:have|know|can (?:see|tell))(?: it| data)?|(?:from|with) what (?:you|we) have|on that basis|(?:for|of|in) the same|"
    r"look(?:s|ed)? like|like|come(?:s)? to|be))+[\s.!?)]*$"
)
"""Ways to end, up to the end of a question."""

FRESH = (
    r"something else|(?:(?:ok|and|now) )?(?:a |one more |another |on a )?(?:different|other|another|new|separate|unrelated) (?:question|thing|topic|note|subject)|"
    r"another (?:question|thing|topic)|one more (?:question|thing)|new (?:question|topic)|(?:change of|changing the|new) (?:topic|subject)|unrelated"
)
"""What is about to be asked has nothing to do with what was."""

CHATTER = lazy(
    r"(?:[\s,;:.!\-]*(?<![\w-])(?:hi|hello|hey|hiya|(?:good )?(?:morning|evening|afternoon)|good day|there|(?:(?<=hi )|(?<=hey )|(?<=hello ))(?:all|team|everyone|folks|guys)(?=\s*[,.!:;-])|quick one|"
    r"sorry(?: to bother)?|please|ok(?:ay)?|oh|ah|wow(?= ?(?:$|[,.!;:]|that|this|it|so|what|how|why|which|who|ok))|lol|haha|hmm*|argh|oops|great|nice|cool|lovely|perfect|"
    r"super|fine|good(?: to know)?|interesting|right|well|alright|all right|thanks?(?: a lot| so much)?|thank you|thx|"
    rf"by the way|btw|at least|wonderful|excellent|splendid|brilliant|{FRESH}|never ?mind(?: (?:that|it)|(?=[,.;:!-]))|forget (?:that|it)(?=[,.;:!-])|i hope you can help(?: me)?(?: out)?|before i forget|quick question|(?:the |our )?(?:cfo|ceo|cto|boss|manager) (?:wants|needs|would like|asked) (?:us |me )?to know|i am so|i'm so|actually|yes|yeah|yep|sure|got it|i see|"
    r"(?:ok )?(?:(?:let's )?(?:go|going) )?back to|com(?:e|ing) back to|(?:please )?tell me|so)(?![\w-])[\s,;:.!\-]*)+"
)
"""What people say before they ask; taken only from the very start."""

WHO = rx(
    r"(?<!of )who(?! (?:is|are|was|were|approved|owns|pays|sent))|who (?:is|are|was|were)(?= (?:our|the) .*spenders?| (?:our )?\|+ spenders?|[ |]*(?:of (?:those|these|them|all)\W*)?$| (?:burn|spend|us|pay|consum)ing)",
    "who",
)
WHERE = rx(
    r"what (?:do|did) (?:we|i) (?:buy|get|use|order|have) (?:from|with|at)(?= (?:it|them|those|these|that|there|\|))|"
    r"what (?:do|does|did) (?:they|it|we|he|she|this team|that team) (?:spend|use|need|have) (?:it|this|that|them|(?:all )?(?:the|their|our|that|this) money)(?: all)? (?:on|for)|on what|"
    r"what (?:do|did) (?:we|i) (?:use|need|have)(?= \|+ for\b)|what (?:do|did|does) (?:we|they|it|i) pay for(?= (?:there|in|on|during|that)\b|[ |]*\W*$)|"
    r"what (?:do|does|did)(?= \|+ (?:spend|use) (?:it|this|that|(?:all )?(?:the|their|its|that) money|most)?(?: all)? ?(?:on|for)\b)|"
    r"where (?:does|did|do|is|has)|where(?= (?:our|the|most|all))|cost drivers?|drivers(?! of)|"
    r"what (?:makes up|goes into|(?:is |was )?included in)(?: most of)?|made (?:up )?of(?=\W*$)|(?<!how much )(?:is |are )?included in(?= (?:our|the))|"
    r"what(?:'s| is| are) (?:eating|burning|consuming)(?: (?:up|through))? (?:our |the |all (?:of )?our )?(?:budget|money|cash)",
    "what|where|driver|made|included",
)
ALL = rx(
    r"everything|anything(?! else)|all(?: of)?(?: the| our)?(?= (?:costs?|spend|charges|money))|overall|altogether|in total|in all|"
    r"(?:on|for) (?:the )?cloud(?: (?:services|stuff))?(?! \w+ (?:costs?|spend))|\(?(?:the )?(?:whole|entire) (?:data|period)\)?|(?<!\w )(?:the )?whole|all (?:of )?(?:the )?data|of all(?! (?:our|the))|(?:(?:for|of) )?all of us|"
    r"across the board|(?:company|org|organi[sz]ation|business)[- ]?wide|(?:cloud|infra(?:structure)?) and ai(?= (?:bill|costs?|spend|charges))|"
    r"(?:(?:across|in|for|of|at) )?(?:the |our |my )(?:whole |entire |cloud )?(?:org|organi[sz]ation|company)",
    "thing|all|total|whole|entire|board|company|together|org|wide|cloud|infra",
)

COUNT = rx(
    r"how many(?! dollars| euros| usd| percent| %)(?: different| distinct)?|(?:the )?number of(?: different| distinct)?|(?:the )?count of|(?<![a-z] )count(?: the| all)?(?= [a-z])",
    "many|number|count",
)
"""Before what is counted."""

AVERAGE = rx(
    r"(?<=daily )run[- ]?rate|on average|(?:the |our |my |an )?averages?|averaged|avg|mean(?= (?:daily|weekly|monthly|cost|spend|price|[\w-]+ (?:cost|spend)))|typical(?:ly)?",
    "average|avg|mean|typical|rate",
)
"""An average of what days, weeks or months cost; never of prices."""

AVERAGED: tuple[tuple[re.Pattern[str], str], ...] = (
    (rx(r"(?:on )?a (?:typical )?day|per[- ]day|daily|each day|day"), "day"),
    (rx(r"(?:on )?a (?:typical )?week|per[- ]week|weekly|each week|week"), "week"),
    (rx(r"(?:on )?a (?:typical )?month|per[- ]month|monthly|each month|month"), "month"),
    (rx(r"(?:on )?a (?:typical )?quarter|per[- ]quarter|quarterly|each quarter|quarter"), "quarter"),
)  # fmt: skip

GRAINS: tuple[tuple[re.Pattern[str], str], ...] = (
    (rx(r"daily|(?:by|per|each|every|for each|for every|which|what|in days?) (?:the )?(?:day|date)s?|day by day|over (?:the )?days|days|when(?= (?:did|was|were|do|does)\b(?!.*\b(?:month|week|quarter|year|up|down|gr[eo]w|increas|ris|rose|chang|fall|fell|drop)).*(?:peak|highest|lowest|most|least|\bmax))|(?:single )?day(?= (?:was|is|cost|on|in|for|we|of))"), "day"),
    (rx(r"weekly|(?:by|per|each|every|for each|for every|which|what) (?:the )?weeks?|week by week|weeks"), "week"),
    (rx(r"monthly|(?<!in )(?<!for )(?<!over )(?<!within )a month(?=[ ?.!]*$)|(?:by|per|each|every|for each|for every|which|what) (?:the |single )?(?:calendar )?months?|month by month|month[- ]to[- ]month|over (?:the )?months|months|month(?= so far)|our \|+ month"), "month"),
    (rx(r"quarterly|(?:by|per|each|every|for each|for every) (?:the )?quarter|quarter by quarter|quarters"), "quarter"),
    (rx(r"yearly|annual(?:ly)?|(?:by|per|each|every|for each|for every) (?:the )?year"), "year"),
    (rx(r"(?:by|per) (?:billing[- ](?:period|month)|invoice month)"), "billing_period"),
)  # fmt: skip
TREND = rx(
    r"trend(?:s|ing|ed)?|over time|time ?line|evolution|evolved?|develop(?:ed|ment)?|history|historical(?:ly)?|"
    r"time series|progress(?:ion)?|(?<!we )moved?",
    "trend|time|evol|develop|histor|progress|move",
)

SHARE = rx(
    r"(?:what |which )?pct(?: of)?|(?:in|as|at)(?: an?| the)? (?:percent(?:age)?s?|%|share|fraction|proportion)(?: of)?|"
    r"share of the pie|(?:how many |what |which )?(?:the )?(?:shares?|percent(?:age)?s?|fraction|proportion|portion|%)(?: of)?|"
    r"(?:what|which) part(?: of)?|how much of",
    "pct|percent|%|share|fraction|portion|part|how much of",
)

CHANGE_RATE = rx(
    r"by (?:what|which|how many) (?:percent(?:age)?|%)|(?:in |the )?(?:percentage|percent|pct|%)(?: |-)?(?:change|difference|increase|growth|rise|drop)s?(?: of| in)?|"
    r"(?:change|difference|increase|growth|rise|drop)s? (?:in|as) (?:a )?(?:percent(?:age)?|pct|%)",
    "percent|pct|%",
)
COMPARED = rx(
    r"compare(?:s|d)?(?: to| with| against)?|comparison(?: to| with)?|vs\.?|versus|against|relative to|"
    r"difference(?: in| of)?(?: between)?|differ(?:s|ed)?|stack(?:s|ed)? up(?: against| to)?|"
    r"(?:by )?how much (?:more|less|higher|lower)|how (?:fast|quickly|rapidly)|by how many (?:dollars|euros)|how many (?:dollars|euros) (?:more|less)|"
    r"creep(?:s|ing) up|improv(?:e|es|ed|ing)|worsen(?:s|ed|ing)?|(?:got(?:ten)?|gets?|getting) (?:better|worse)|"
    r"chang(?:e|es|ed)|increas(?:e|es|ed|ing)|decreas(?:e|es|ed|ing)|gr(?:ow|ew|own|owth|owing)|"
    r"r(?:ise|ose|isen|ising)|f(?:all|ell|allen)|drop(?:ped|s)?|went (?:up|down)|(?:go(?:ne|ing)? )?(?:up or down|down or up)|go(?:ne|ing)? (?:up|down)|"
    r"higher|lower|more|less|doubled?|trend(?:ed|ing)? (?:up|down)|delta|dearer|cheaper|more expensive|less expensive"
)
"""Words of comparison. Alone they compare with the period before."""

RELATIVE: tuple[tuple[re.Pattern[str], str, str], ...] = (
    (rx(r"month[- ](?:over|on)[- ]month|mom|m/m|(?:than|to|with|vs\.?|versus|against|from) the (?:previous|prior|preceding) (?:month|period)|(?<!the )month before"), "previous_period", "month"),
    (rx(r"week[- ](?:over|on)[- ]week|wow|w/w|(?:than|to|with|vs\.?|versus|against|from) the (?:previous|prior) week"), "previous_period", "week"),
    (rx(r"quarter[- ](?:over|on)[- ]quarter|qoq|q/q|(?:than|to|with|vs\.?|versus|against|from) the (?:previous|prior) quarter"), "previous_period", "quarter"),
    (rx(r"day[- ](?:over|on)[- ]day|dod"), "previous_period", "day"),
    (rx(r"(?:to|with|vs\.?|versus|against|than|from) the (?:previous|prior|preceding) period|previous period|period before|(?:to|with|vs\.?|versus|against|than) last(?=\W*$)"), "previous_period", ""),
    (rx(r"year[- ](?:over|on)[- ]year|yoy|y/y|(?:the )?same (?:period|month|quarter|time|week) (?:of |in )?last year|a year (?:ago|earlier|before)"), "previous_year", ""),
)  # fmt: skip

_BIG = r"(?:highest|top)[- ](?:cost|spend|spending|priced)|most expensive|biggest|largest|highest|costliest|priciest|dearest|greatest|top|most costly|main|major|worst|peak"
_SMALL = r"cheapest|smallest|lowest|least expensive|bottom|least costly"
_EXTREMES = f"{_BIG}|{_SMALL}"
LIMITS = (
    rx(rf"(?P<side>top|first|bottom|last)[- ](?P<n>{NUMBER})(?! ?(?:%|percent|hours?|days?|weeks?|months?|quarters?|years?))", "top|first|bottom|last"),
    rx(rf"(?P<n>{NUMBER}|{'|'.join(NTH)})[ -](?P<side>{_BIG}|{_SMALL})", _EXTREMES),
    rx(rf"(?P<side>{_BIG}|{_SMALL}) (?P<n>{NUMBER})(?! ?(?:%|percent|days?|weeks?|quarters?|years?))", _EXTREMES),
    rx(rf"(?P<side>show|rank|see|make it|five|limit)(?: (?:me|us))? (?:the |actually )?(?P<n>{NUMBER})(?=[\s?.!,]*$)", "show|rank|see|make|five|limit"),
)  # fmt: skip
DESCENDING = rx(
    r"(?:largest|highest|biggest|most expensive) first|(?:in )?desc(?:ending)?(?: order)?|(?:sorted |ordered )?(?:from )?(?:high|large|big)(?:est|gest)? to (?:low|small)(?:est)?|"
    rf"(?:the )?(?:single |one )?(?:{_BIG})|(?:costs?|spends?|spent|spend|uses?|consumes?|pays?|gr(?:ew|ow)) (?:us |me |on )*(?:the )?most|"
    r"(?:the )?most (?:of )?(?:our |the )?(?:money|spend|cost)|(?<=us )most|the most|(?:gets?|takes?|burns?) most|most",
    f"{_BIG}|most|desc|high|large|big",
)
ASCENDING = rx(
    rf"(?:smallest|lowest|cheapest) first|(?:in )?asc(?:ending)?(?: order)?|(?:sorted |ordered )?(?:from )?(?:low|small)(?:est)? to (?:high|large|big)(?:est|gest)?|(?<!to )(?:the )?(?:{_SMALL})|(?:costs?|spends?|spent) (?:us |me )?(?:the )?least|the least",
    f"{_SMALL}|least|asc|low|small",
)

PLAN = r"(?:the |our |a |any )*(?:savings plans?|reservations?|reserved instances?|commitments?)"
GROUPED = lazy(
    r"(?:\bby|\bper|\beach|\bevery|\bacross|\bamong|\bfor each|\bfor every|\bof each|/)[\s-]+"
    r"(?:(?:the|its|our|all|different|individual|single|missing)\s+)*$|/$|\bper-$"
)
NEGATIONS = rx(
    r"neither|except(?:ing)?(?: for)?|exclud(?:e|es|ing)|without|no|not(?: in| on| from| for| by| including| counting)?|"
    r"(?:other|else|different|rather) than|instead of|apart from|besides|but not|outside(?: of)?|minus|leaving out|leave out|leaving|setting|putting|ignoring|isn'?t|aren'?t|"
    r"(?:everything|everyone|all|every|each)(?: (?:of )?(?:the |our )?[\w-]+){0,4} (?:but|except)(?: for)?|net of|before|and not"
)
"""Before a value they turn a filter around."""

NULLS = rx(
    r"(?:belongs? to no|(?:not|n't) belong(?:ing)? to(?: any)?|without|with no|no|missing|lack(?:s|ing)?|has no|have no|having no|with(?:out)? any|"
    r"not tagged with|untagged(?: for| by)?|"
    r"(?:can(?:not|'?t| not)|(?:could|do|does|did|is|are|was|were)(?: not|n'?t)|not) (?:be |been |get )?"
    r"(?:assigned|attribut(?:ed|able)|allocat(?:ed|able)|mapped|trace(?:d|able)|tied|linked)(?: back)? to|"
    r"un(?:assigned|attributed|allocated|owned)(?: to| by)?|empty|absent|null|nobody's|(?:has|have)n'?t|do(?:es)?(?:n'?t| not) (?:have|carry))"
    r"(?: an?| any| the)?(?: valid)?"
)
"""Before a dimension they mean that it has no value."""

PICTURE = rx(
    r"(?:as |in |on )?(?:a |the )?(?:(?:bar|line|pie|stacked|area) )?(?:chart|graph|plot|diagram|picture|curve)s?(?: of)?|"
    r"side by side|(?:plot|draw|visuali[sz]e|chart)(?: me)?|one (?:line|row) (?:per|each)|in (?:a )?table|as a table|table (?:of|with)(?= )|in separate (?:rows|lines|columns)",
    "chart|graph|plot|diagram|picture|curve|draw|visual|side|one|table|separate",
)

COMMON = CLOSED | frozenset(
    """
    accounted average balance bill bills biggest break breakdown bring buy by calculate charge charged
    charges chart cheapest cloud company compare composition consumer consumers contributor
    contributors cost costed costing costliest costs currently data day days default different
    display distributed distribution dollar dollars drivers during entire exactly export expenditure
    expense expenses expensive fetch figure figures find give go goes going group grouped growth
    hello help hey hi highest host incurred instead invoice key keys know label labels largest last
    least less like limit list look looking looks lowest main make many month months money
    monthly most need no not now number numbers ok okay order ordered other overall paid pay paying
    people per please price prices priciest print pull question quick rank ranked read related report
    run running sales same save saved see serve serving shall share should show small sort sorted
    spend spender spenders spending spends spent split stop sum summarise summarize summary sums
    table tag tags taggable tell test thank thanks time today token tokens top total totals tracked
    trend unit untagged us usage use used uses using value values versus view vs want week well were
    when where who whose why will with without write year
    """.split()
)
"""Words of the grammar: they name something only beside its dimension ("team growth")."""
