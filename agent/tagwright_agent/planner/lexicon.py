"""The words the grammar knows.

Every content word of a question must be explained by one of them, by a period, a name or a value;
a word nobody explains makes the planner ask instead of guess.
"""

from __future__ import annotations

import re

__all__ = [
    "ASCENDING",
    "AVERAGE",
    "AVERAGED",
    "COMPARE",
    "COST",
    "COVERAGE",
    "DESCRIBE",
    "EXPLAIN",
    "FOLLOW_UP",
    "FRESH",
    "GRAINS",
    "KINDS",
    "LIMIT",
    "METRICS",
    "MOVED",
    "NEGATIONS",
    "NULLS",
    "NUMBERS",
    "PLANS",
    "PROPOSE",
    "RELATIVE",
    "SHARE",
    "STOP",
    "SUPERLATIVE",
    "TREND",
    "rx",
]


def rx(pattern: str) -> re.Pattern[str]:
    """A pattern of whole words, for a reading's mask, which is in lower case."""
    return re.compile(rf"(?<![\w-])(?:{pattern})(?![\w-])")


STOP = frozenset(
    """
    anything else everything taggable tag tags label labels key keys value values well
    a about account-wide anything everything nothing else across actually again all also am amount amounts an and and/or any are
    as associated at attributable attributed be been being belong belonging belongs between big
    biggest bill bills both break breakdown by calculate came can charge charged charges chart
    cheapest cloud come comes company companywide composition consumer consumers
    contributor contributors cost costed costing costliest costs could currently data did
    different display distributed distribution do does does't dollar dollars done down drivers
    during each each's entire every exactly expenditure expense expenses expensive fetch figure
    figures find for from get give go goes going group grouped had has have having hello here
    hey hi highest highest-cost how i i'd i'm in incurred instead into is it it's its just know
    largest least less let lets like list look looking looks lowest made make many me money more
    most much my need now number numbers of ok okay on one ones only or order ordered our our's
    ours out over overall paid pay paying per please price prices priciest print pull question
    quick rank ranked ranking related report respectively right run running runs same see
    service-wise shall should show side-by-side small so some sort sorted spend spender spenders
    spending spends spent split sum summarise summarize summary sums table tell than thank
    thanks that that's the their them then there these they thing things this those to top total
    total: totaled totals up us us$ usage use used using versus view vs want was we we're went
    were what what's whats when where where's which who whole whose will with within would you
    your
    """.split()
)
"""Words that may stand anywhere and change nothing once the rest is understood."""

METRICS: tuple[tuple[re.Pattern[str], str], ...] = (
    (rx(r"(?:how many|number of|count of|count(?: the)?)\s+(?:distinct |different |untagged )?resources"), "resource_count"),
    (rx(r"(?:how many|number of|count of|count(?: the)?)\s+(?:charges|rows|line items|charge rows)"), "charge_count"),
    (rx(r"list(?= (?:and|or|vs\.?|versus|minus|to) (?:effective|billed|contracted))"), "list_cost"),
    (rx(r"list[- ](?:cost|costs|price|prices|value)|at list|undiscounted|public[- ]price[sd]?|retail (?:cost|price)s?"), "list_cost"),
    (rx(r"contracted(?: costs?| spend)?|negotiated(?: costs?| spend)?"), "contracted_cost"),
    (rx(r"effective(?: costs?| spend)?|amorti[sz]ed(?: costs?| spend)?"), "effective_cost"),
    (rx(r"billed(?: costs?| spend| amounts?)?|invoiced(?: costs?| spend| amounts?)?|(?:on|in) (?:the|our|my) (?:bill|invoice)s?|unblended(?: costs?)?|invoice totals?|cash costs?|(?:the|our|my) (?:bill|invoices?)|bills?"), "billed_cost"),
    (rx(r"consumed quantit(?:y|ies)|consumption|usage quantit(?:y|ies)|quantit(?:y|ies)|how (?:many|much) usage"), "consumed_quantity"),
)  # fmt: skip

EXPLAIN = rx(
    r"why|explain|what(?:'s| is| was)? (?:caused|causing|drove|driving|behind|made)|caused?|drove|"
    r"driving|reasons?(?: for| behind)?|what changed|what happened|root cause|spikes?|spiked|"
    r"jump(?:s|ed)?|surged?|drivers? of (?:the )?(?:change|increase|rise|growth)|"
    r"biggest (?:changes?|increases?|movers?)|what(?: has| is)? (?:changed|different)"
)
COMPARE = rx(
    r"compared?(?: to| with| against)?|comparison|vs\.?|versus|against|relative to|difference|"
    r"chang(?:e|es|ed)|increas(?:e|es|ed|ing)|decreas(?:e|es|ed|ing)|gr(?:ow|ew|own|owth|owing)|"
    r"r(?:ise|ose|isen|ising)|f(?:all|ell|allen)|drop(?:ped|s)?|went (?:up|down)|go(?:ne|ing)? (?:up|down)|"
    r"higher|lower|more|less|doubled?|trend(?:ed|ing)? (?:up|down)|delta"
)
"""Words of comparison. Alone they compare with the period before."""

MOVED = rx(
    r"chang(?:e|es|ed)|increas(?:e|es|ed)|decreas(?:e|es|ed)|gr(?:ow|ew|own|owth)|r(?:ise|ose|isen)|"
    r"f(?:all|ell)|drop(?:ped|s)?|went (?:up|down)"
)
"""With "the most" they ask what moved, not what costs most."""

RELATIVE: tuple[tuple[re.Pattern[str], str, str], ...] = (
    (rx(r"month[- ](?:over|on)[- ]month|mom|m/m|(?:than|to|with|vs\.?|versus|against|from) the (?:previous|prior|preceding) (?:month|period)|month before"), "previous_period", "month"),
    (rx(r"week[- ](?:over|on)[- ]week|wow|w/w|(?:than|to|with|vs\.?|versus|against|from) the (?:previous|prior) week"), "previous_period", "week"),
    (rx(r"quarter[- ](?:over|on)[- ]quarter|qoq|q/q|(?:than|to|with|vs\.?|versus|against|from) the (?:previous|prior) quarter"), "previous_period", "quarter"),
    (rx(r"day[- ](?:over|on)[- ]day|dod"), "previous_period", "day"),
    (rx(r"(?:to|with|vs\.?|versus|against|than|from) the (?:previous|prior|preceding) period|previous period|period before"), "previous_period", ""),
    (rx(r"year[- ](?:over|on)[- ]year|yoy|y/y|(?:the )?same (?:period|month|quarter|time|week) (?:of |in )?last year|a year (?:ago|earlier|before)"), "previous_year", ""),
)  # fmt: skip

COST = rx(
    r"costs?|spend(?:s|ing|ers?)?|spent|bills?|charges?|paid|pay(?:s|ing)?|expens\w*|expenditure|"
    r"prices?|money|amounts?|totals?|how much|breakdown|trends?|consum\w+|expensive|priciest"
)
"""Words that say the question is about money."""

AVERAGE = rx(r"on average|(?:the |our |my |an )?averages?|avg|mean")
"""An average of what days, weeks or months cost; never of prices."""

AVERAGED: tuple[tuple[re.Pattern[str], str], ...] = (
    (rx(r"a day|day"), "day"),
    (rx(r"a week|week"), "week"),
    (rx(r"a month|month"), "month"),
    (rx(r"a quarter|quarter"), "quarter"),
)

COVERAGE = rx(
    r"(?:tag(?:ging)?[- ])?coverage|how well (?:\w+ ){0,4}tagged|(?:tag|tagging)[- ]?(?:compliance|health|"
    r"hygiene|quality|gaps?|rate)|tag gaps?|gaps? in (?:our |the )?tag(?:s|ging)?|"
    r"(?:percent(?:age)?|share|%|fraction|portion|how much) (?:\w+ ){0,6}(?:un)?tagged|compliance|"
    r"(?:missing|lack(?:s|ing)?|invalid|wrong|bad|inconsistent) tags?|"
    r"tagged|untagged|tagging|without tags?|not tagged|no tags?|"
    r"(?:has|have|with) (?:an? )?valid(?= )"
)
UNTAGGED = rx(
    r"untagged|no tags?(?: at all)?|without (?:any )?tags?(?: at all)?|not tagged(?: at all)?"
)
"""No tags at all, where no key stands beside it."""

TAG_KEYS = re.compile(
    r"(?:(?:what|which|list|show|give)(?: (?:me|all|are|is|the|our|my|raw|different|kinds? of)){0,4} )?"
    r"(?:tags|tag keys|labels|label keys|tag names)"
    r"(?: (?:do|does|are|is|we|i|you|there|have|has|use|used|using|exist|in|on|our|the|my|data|bills?|available)){0,6}"
    r"[ ?.!]*",
    re.IGNORECASE,
)
"""A whole question that asks which tags the bill has."""

PROPOSE = rx(
    r"(?:propose|suggest|plan|create|make|prepare|draft|recommend|give)(?: me| us)? (?:\w+ ){0,4}"
    r"(?:tag(?:s|ging)?)(?: \w+)? ?(?:fix(?:es)?|changes?|corrections?|plan|remediation)?|"
    r"(?:fix|repair|correct|remediate|clean up|close|fill)(?: \w+){0,4} (?:tags?|tagging|tag gaps?)|"
    r"(?:tag|tagging) (?:fix(?:es)?|remediation|corrections?)|fix (?:the |our |my )?(?:untagged|gaps?)(?: \w+)?|"
    r"tag (?:the |our |my |these |those |all )?(?:untagged|missing)(?: \w+)?|propose (?:tags|fixes)"
)
PLANS = rx(
    r"plan-[\w-]+|(?:pending|open|existing|all|list|show|which|what|any) (?:the |our |my )?"
    r"(?:tag |remediation |pending |open )?plans?|(?:status|state) of (?:the )?plans?|plans?"
)
DESCRIBE = rx(
    r"what data|which data|data (?:do (?:we|you)|is there|set|range)|describe(?: the)? data|"
    r"what (?:can|could) (?:i|we|you) (?:ask|do|answer)|help|what do you know|"
    r"(?:are|is) there|configured|loaded|do (?:we|i|you) (?:have|use)|exist|available|known|in the data|are we using|"
    r"(?:what|which) (?:metrics|dimensions)"
)
FRESH = rx(
    r"how (?:fresh|recent|old|current|up[- ]to[- ]date)|freshness|up[- ]to[- ]date|"
    r"(?:until|till|up to|through) (?:when|what (?:day|date))(?: (?:is|are|does|do)\b)?(?: the)?(?: bill| data| charges)?(?: (?:loaded|go|reach|there|complete))?|"
    r"(?:last|latest|most recent) (?:data|day|charge|charges|update|ingest)|last updated|"
    r"(?:what|which) (?:period|dates?|months?|time range|date range)(?: does| is| are)?(?: \w+){0,3}"
    r"(?:cover(?:ed|s)?|loaded)|how far back"
)
SHARE = rx(
    r"(?:what|which)?\s*(?:share|percent(?:age)?|fraction|proportion|part|portion|%)(?: of)?|how much of"
)
TREND = rx(
    r"trends?|over time|time ?line|evolution|evolved?|develop(?:ed|ment)?|history|historical(?:ly)?|"
    r"time series|progress(?:ion)?"
)
GRAINS: tuple[tuple[re.Pattern[str], str], ...] = (
    (rx(r"daily|(?:by|per|each|every|for each) (?:the )?(?:day|date)|day by day|per[- ]day"), "day"),
    (rx(r"weekly|(?:by|per|each|every|for each) (?:the )?week|week by week"), "week"),
    (rx(r"monthly|(?:by|per|each|every|for each) (?:the )?(?:calendar )?month|month by month"), "month"),
    (rx(r"quarterly|(?:by|per|each|every|for each) (?:the )?quarter|quarter by quarter"), "quarter"),
    (rx(r"yearly|annual(?:ly)?|(?:by|per|each|every|for each) (?:the )?year"), "year"),
    (rx(r"(?:by|per) (?:billing[- ](?:period|month)|invoice month)"), "billing_period"),
)  # fmt: skip
LIMIT = rx(
    r"(?:top|bottom|first|last)[- ](?P<a>\d{1,3}|three|five|ten)|"
    r"(?P<b>\d{1,3}|two|three|four|five|six|seven|eight|nine|ten) (?:most expensive|biggest|largest|"
    r"highest|costliest|priciest|cheapest|smallest|lowest|least expensive|top)|"
    r"(?:most expensive|biggest|largest|highest|costliest|cheapest|smallest|lowest) (?P<c>\d{1,3}|two|three|four|five|ten)"
)
SUPERLATIVE = rx(
    r"(?:the )?(?:most expensive|biggest|largest|highest|costliest|priciest|most costly|top)|"
    r"(?:costs?|spends?|spent|uses?|consumes?|pays?) (?:us |me )?(?:the )?most|most (?:money|spend)"
)
ASCENDING = rx(
    r"cheapest|smallest|lowest|least expensive|bottom|(?:costs?|spends?|spent) (?:us |me )?(?:the )?least"
)
NUMBERS = {
    w: n
    for n, w in enumerate(
        ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"]
    )
}

NEGATIONS = rx(
    r"except(?:ing)?(?: for)?|exclud(?:e|es|ing)|without|not(?: in| on| from| for| by| including)?|"
    r"other than|apart from|besides|but not|outside(?: of)?|minus|ignoring|leaving out|isn'?t|aren'?t|"
    r"everything but|all but"
)
"""Before a value they turn a filter around; before a dimension they mean it has no value."""

NULLS = rx(
    r"(?:without|with no|no|missing|lack(?:s|ing)?|has no|have no|having no|with(?:out)? any|"
    r"not tagged with|untagged(?: for| by)?|not (?:assigned|attributed|allocated) to|"
    r"un(?:assigned|attributed|allocated|owned)(?: to| by)?|empty|absent|null)"
    r"(?: an?| any| the)?(?: valid)?"
)
FOLLOW_UP = rx(
    r"^(?:and|or|what about|how about|same|now|then|but|only|just|instead|also|ok(?:ay)?|so)"
)

KINDS = rx(r"instances?|buckets?|functions?|endpoints?|databases?|tables?|queues?|volumes?")
"""Kinds of resources, where a service stands beside them."""
