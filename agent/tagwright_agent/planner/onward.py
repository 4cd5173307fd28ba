"""Everyday ways of going on ("fix those", "drop AWS"), in the words that the frames read."""

from __future__ import annotations

import calendar
import re
from typing import TYPE_CHECKING

from tagwright.lazy import lazy
from tagwright.metrics import dimension_label
from tagwright.periods.readings import MONTHS
from tagwright_agent.planner.frames.coverage import Coverage
from tagwright_agent.planner.frames.prices import Prices, priced_again
from tagwright_agent.planner.measures import MONEY
from tagwright_agent.planner.question import unsure
from tagwright_agent.planner.said import TIMES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tagwright_agent.planner.question import Question

__all__ = ["AH", "onward"]

AH = r"\W*(?:(?:no|nope|wait|sorry|actually|i meant?|ok(?:ay)?|and|so|now|then|but|please|let's|just|can you|could you)(?!\w) *(?:[,:] *)?)*"
"""What may stand before, and says nothing."""
_IT = r"(?:it|that|this|those|these|them|they|there)"
_IT_ALL = rf"(?:(?:all|each|both) of )?{_IT}(?: (?:one|team|service|account|product|month))?"
_ENDS = r"(?:,? (?:then|now|again|please|too|as well))*\W*"

_WAYS: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (lazy(rf"{AH}(?:{said}){_ENDS}", re.IGNORECASE), meant)
    for said, meant in (
        ((rf"what(?:'s| is| are| was| were) {_IT_ALL} (?:all )?(?:made (?:up )?of|composed of)|what makes {_IT_ALL} up|"
         rf"what(?:'s| is| runs| sits) in(?:side)? {_IT_ALL}|what (?:runs|is running|'s running) (?:in |on )?(?:there|{_IT_ALL})|what's running (?:in |on )?there|what(?:'s| is) inside(?: it)?|"
         rf"what do(?:es)? {_IT_ALL} (?:consist of|contain|include|use|run(?: on)?|need|buy)"), "and what is it by service"),
        (rf"what(?:'s| is| was) the (?:biggest|largest|main) (?:part|chunk|share|piece|component|item)(?: of {_IT_ALL})?", "and what is it by service"),
        ((r"(?:is|was) (?:that|it|this) (?:more|less|higher|lower|up|down|better|worse)(?: or (?:more|less|higher|lower|up|down|better|worse))?"
         r"(?: than (?:before|usual|last time|previously|it was|normal))?|(?:more|less|higher|lower) than (?:before|last time|usual)|"
         r"compared (?:to|with) before|vs\.? before"), "and vs the period before"),
        (r"(?:(?:what|when)(?:'s| is| was) )?(?:the |its )(?:worst|peak|max(?:imum)?|high(?:est)? (?:point|one))(?: one)?|peak|worst",
         "the highest"),
        (r"(?:(?:what|when)(?:'s| is| was) )?(?:the |its )(?:min(?:imum)?|low(?:est)? (?:point|one)|trough)(?: one)?|minimum",
         "the lowest"),
        (r"(?:who|what)(?:'s| is| was) (?:on top|leading|number one|in the lead)|where (?:is|was|are|were) (?:it |this |that )?(?:the )?(?:most|highest|biggest)", "the highest"),
        (r"where (?:is|was|are|were) (?:it |this |that )?(?:the )?(?:least|lowest|smallest|cheapest)", "the lowest"),
        (rf"(?:sort(?:ed)?|order(?:ed)?)?(?: {_IT})?(?: by (?:cost|amount|spend|size))? ?asc(?:ending)?|reverse (?:{_IT}|the order)", "smallest first"),
        (rf"(?:sort(?:ed)?|order(?:ed)?)?(?: {_IT})?(?: by (?:cost|amount|spend|size))? ?desc(?:ending)?", "largest first"),
        (r"(?:what|how much) (?:do|did|does) (?:they|it) pay(?: us)?", "and their revenue"),
        (r"(?:(?:what|how) about )?(?:the )?(?:last|latest|most recent) (?:full )?day(?: (?:with|of|that has|there is) data| (?:that )?(?:you|we) (?:do )?(?:have|know)(?: data)?(?: for)?)", "the last 1 day of data"),
        (r"(?:as (?:a|an) |the |what(?:'s| is) the )?ratio", "as a share"),
        (r"(?:(?:as|in) (?:an? )?)?(?:pct|percent(?:ages?)?|%)", "in percent"),
        ((rf"(?:in )?(?:which|what) regions? (?:does|do|did|is|are) {_IT}(?: (?:run|running|live|sit|hosted|located|deployed))?(?: in)?|"
         rf"where (?:do|does|did|are|is) {_IT} (?:run|running|live|sit|hosted|located|deployed)"), "and it by region"),
        ((rf"(?:(?:is|was) {_IT} (?:a lot|much|high|low|expensive) )?(?:compared? (?:to|with)|relative to|against|vs\.?|versus) (?:everything(?: else)?|the (?:rest|others|total|whole(?: bill)?)|all (?:else|the rest)|(?:our|the) (?:total|overall|whole) (?:costs?|spend|bill))|"
         rf"how much is {_IT} (?:of|in) (?:the |our )?(?:total|whole|overall|everything)(?: (?:costs?|spend|bill))?"), "as a share"),
        (rf"(?:what|how much) (?:would|does|will|do) {_IT} (?:be|come to|make|cost|mean|amount to) (?:for|over|in|per|by) (?:a|the|one) (?:whole |full )?year|(?:and )?(?:{_IT} )?annuali[sz]ed|(?:scaled|extrapolated) to a year", "annual run rate"),
        ((rf"where (?:is|are|do|does|did|was) {_IT}(?: (?:numbers?|figures?|amounts?|data|totals?))? (?:come |coming |taken )?from|"
         rf"(?:show(?: me)? |what(?:'s| is) |give me |see )?(?:the |your |its )?(?:sql|source|query|statement|evidence|proof)(?: (?:of|for|behind) {_IT})?|"
         rf"how do you know(?: {_IT})?|how (?:was|is|were|did you|do you) (?:{_IT} )?(?:calculated?|get|computed?|arrive at|work out)(?: {_IT})?|prove (?:it|that)"),
         "receipt"),
        ((rf"(?:fix|repair|correct|clean up|sort out|tag) {_IT_ALL}|(?:make|create|write|draft|prepare|propose|give me) (?:a |the )?(?:plan|fix(?:es)?)(?: (?:for|to fix) {_IT_ALL})?|"
         rf"(?:what (?:would|does|will) it take|how do (?:i|we)) (?:to )?fix(?: {_IT_ALL})?|fix (?:the )?gaps?|fix (?:what(?:ever)? (?:can be fixed|you can|is (?:wrong|fixable))|everything)|(?:propose|suggest) (?:something|some|changes|(?:some )?fixes)(?: for {_IT_ALL})?"), "propose tag fixes for it"),
        (rf"who (?:runs|is behind|looks after|manages|maintains|is running) {_IT_ALL}", "who owns them"),
        (rf"(?:who are |which are |what are )?the teams behind {_IT_ALL}", "and it by team"),
        (r"(?:and )?(?:the )?(?:cost |price |costs )?(?:per|for) (?:1 ?m|a million|1 million|million|1 ?k|a token|token)", "cost per million tokens"),
        (r"(?:the )?(?:minimum|smallest|cheapest) one", "the lowest"),
        (rf"(?:(?:show|list|give)(?: me)? )?(?:the |its )?resources (?:behind|in|of|for|with) {_IT}", "and it by resource"),
        (rf"(?:and )?how much of (?:the |our )?(?:total|whole|overall|entire)(?: (?:bill|costs?|spend|amount))? is {_IT}", "as a share"),
    )
)  # fmt: skip
"""What is said, as a whole message, and what it means."""
_DROP = r"(?:drop|lose|remove|strip(?: out| away| off)?|take (?:out|away)|kick out|cut(?: out)?|hide|skip|get rid of|throw out|discard|ignore)"
_STARTS: tuple[tuple[re.Pattern[str], str], ...] = (
    (lazy(rf"{_DROP} (?:the ones |those |rows |everything |anything |what is |whatever )?(?:without|with no|that ha(?:ve|s) no)(?: an?| any)? ", re.IGNORECASE),
     "only those that have a "),
    (lazy(r"(?:only|just) (?:(?:the )?(?:ones|those|rows) )?with (?:an?|any|some) ", re.IGNORECASE), "only those that have a "),
    (lazy(rf"{_DROP} (?!in\b|of\b|by\b|from\b|{_IT}\b|(?:the |our )?(?:costs?|spend(?:ing)?|bills?|limits?)\b)(?:the )?(?=\w)", re.IGNORECASE), "without "),
    (lazy(r"(?:drill|zoom|dig|go) (?:down |in)?(?:in|into|on|to) (?:the )?|(?:focus|concentrate) on (?:the )?", re.IGNORECASE), "only "),
    (lazy(r"what(?:'s| is)?(?: running| runs)? (?:in|inside|on) (?=[\w-]+\W*$)(?!\w+ (?:it|stock)\b)", re.IGNORECASE), "by service in "),
    (lazy(rf"(?:put|turn|make) {_IT} (?:in|into|on|as) ", re.IGNORECASE), "as "),
    (lazy(rf"(?:flip|switch|change)(?: {_IT})? (?:over )?to (?:the )?", re.IGNORECASE), "now "),
    (lazy(rf"how (?:does|do|did) {_IT} (?:look|compare|stand|fare)(?: like)? (?:right )?(?:next to|beside|alongside) (?:the )?", re.IGNORECASE), "and vs "),
    (lazy(r"how much(?: (?:is|was) (?:it|that))? (?=(?:per|each|every|by) )", re.IGNORECASE), "and it "),
    (lazy(r"(?:is|was) (?:that|it|this) (?:a lot|much|high|low|expensive|cheap|normal) (?=compared|against|vs|versus|relative)", re.IGNORECASE), "and "),
    (lazy(r"(?:is|was) (?:that|it|this) (?:better|worse|higher|lower|more|less|cheaper) than (?:(?:it|that|this|they) (?:was|were|had been) )?(?=in |last |the |(?:jan|feb|mar|apr|may|ju[nl]|aug|sep|oct|nov|dec)[a-z]*\b)", re.IGNORECASE), "and vs "),
    (lazy(r"(?:is|was|are|were) (?:it|that|this|they)(?: already| also| always| still| about| roughly)? (?:the same|so|like (?:that|this)|the case|true) (?:already |also |back )?(?=(?:in|for|during|on|last) )", re.IGNORECASE), "and "),
    (lazy(r"(?:(?:sort|kind) of |more or less |roughly )?(?:the )?same(?: thing| again)?,? (?:but|only|just|except) (?=(?:by|per|for|in|with|without) )", re.IGNORECASE), "now "),
    (lazy(r"(?:the )?same (?:two|three|2|3) (?:numbers|figures|values|amounts|measures) (?=(?:for|in|of) )", re.IGNORECASE), "and "),
    (lazy(r"(?:only|just) (?:the )?(?:part|portion|bit|slice|costs?|spend|rows?|lines?) (?=(?:without|with no|that has no|having no|which has no) )", re.IGNORECASE), "only what is "),
    (lazy(r"(?:is|was|are|were) (?:it|that|this|they) (?:any )?(?:better|worse|higher|lower|cheaper) (?=(?:in|during) )", re.IGNORECASE), "and vs "),
    (lazy(r"(?:use|take|try|go with)(?: the)? (?=(?:billed|effective|list|contracted|amorti[sz]ed|unblended|invoiced)\b)", re.IGNORECASE), "as "),
    (lazy(r"(?:together|along) with ", re.IGNORECASE), "add "),
    (lazy(r"(?:(?:do|run|repeat|show|give|tell|get)(?: me)?|i want|i need) (?=(?:the |exactly the )?same\b)", re.IGNORECASE), ""),
    (lazy(r"(?:highlight|mark|point out) ", re.IGNORECASE), "show "),
    (lazy(rf"(?:stack|pivot)(?:ed|s)?(?: {_IT})? by ", re.IGNORECASE), "also by "),
    (lazy(rf"(?:slice|cut|chop|arrange|bucket|segment|group)(?:d|ed|s)?(?: {_IT})?(?: up)? by ", re.IGNORECASE), "by "),
)  # fmt: skip
"""How a message begins, and what that means before the rest."""
_AH = lazy(AH, re.IGNORECASE)
_LIST = lazy(rf"{AH}(?:(?:list|name|show(?: me)?) {_IT_ALL}|(?:which|what) (?:ones )?are {_IT}|which ones|what ones){_ENDS}", re.IGNORECASE)  # fmt: skip
_BLAME = lazy(r"(?:(?<=\b(?:is|as) )|(?<=\bare ))(?:to blame|at fault|responsible(?! for)|the (?:culprit|reason)s?)\b", re.IGNORECASE)  # fmt: skip
_IN_MONEY = lazy(rf"{AH}(?:what about )?(?:in|as) (?:dollars|usd|money|\$|an amount|absolute (?:terms|numbers|figures))(?: terms)?(?:,? (?:not|instead of|rather than) (?:in |as )?(?:a )?(?:percent(?:ages?)?|%|share))?{_ENDS}", re.IGNORECASE)  # fmt: skip
_PLAN = lazy(rf"{AH}(?:what(?:'s| is| was) |(?:what|how) about )?(?:the |its )?(?:utili[sz]ation|how (?:well|much) (?:is|are|was|were) {_IT} (?:being )?(?:used|utili[sz]ed)|how well (?:did|do|have) we (?:use|used) {_IT}|(?P<covered>coverage)){_ENDS}", re.IGNORECASE)  # fmt: skip
_SAVED = lazy(rf"{AH}(?:what (?:was|is|has been) saved|(?:how much|what) (?:money )?(?:did|does|do|has|have|are|is) (?:we|{_IT}|the (?:plan|savings plan|commitment)s?) (?:actually |really )?sav(?:e|ed|ing)(?: us)?(?: (?:with|by|through) {_IT})?)"
    rf"(?P<when> (?:in|over|during|for|since|from) [\w -]+?)?{_ENDS}", re.IGNORECASE)  # fmt: skip
_COVERED = lazy(rf"{AH}(?:which|what) (?P<what>[\w-]+) (?:is|are|was|were) (?:being )?covered(?: by {_IT})?{_ENDS}", re.IGNORECASE)  # fmt: skip
_USAGE_ONLY = lazy(rf"{AH}(?:only |just )?(?:the )?usage(?: charges?)?(?: only| alone)?{_ENDS}", re.IGNORECASE)  # fmt: skip
_TOKENS = ("tokens", "input", "output", "cache_read", "cache_write", "uncached")
_SIDES = lazy(rf"{AH}(?:the )?input (?:vs\.?|versus|and|against|or) output(?: separately| apart)?{_ENDS}", re.IGNORECASE)  # fmt: skip
_DIRECTION = lazy(rf"{AH}(?:only )?(?:the )?(?P<of>input|output)(?: only| alone)?{_ENDS}", re.IGNORECASE)  # fmt: skip
_REST_OF_IT = lazy(r"\bthe rest(?: of (?:it|them|that|those))?\b", re.IGNORECASE)
_BASES = lazy(rf"{AH}(?:what(?:'s| is| was) )?(?:the )?(?:difference|gap|compared|versus|vs\.?|against|how does {_IT} (?:compare|differ))(?: (?:to|from|with|against|between))?(?: {_IT} and)?(?: the| our)? (?P<basis>effective|billed|list|contracted)(?: (?:costs?|prices?|spend|amounts?))?{_ENDS}", re.IGNORECASE)  # fmt: skip
_BEARS = lazy(rf"{AH}how much (?:of {_IT} )?(?:goes|went|falls|lands|is allocated) (?:to|on) (?:the )?", re.IGNORECASE)  # fmt: skip
_PART = lazy(rf"{AH}(?:how much|what(?: part| share)?|which)(?: of {_IT}| part)? (?:is|was|are) (?:the )?(?P<kind>shared|overhead|idle|direct|unallocated)(?: (?:costs?|parts?|ones?))?{_ENDS}|"
    rf"{AH}(?:only |just )?(?:the )?(?P<only>shared|overhead|idle|direct|unallocated) (?:part|costs?|ones?|rows?)(?: only| alone)?{_ENDS}", re.IGNORECASE)  # fmt: skip
_LEFT_OVER = lazy(rf"{AH}(?:what|how much)(?: of {_IT})? (?:could|can|was|is|were|are)(?: not|n't|not) (?:be )?(?:allocated|assigned|attributed|handed out|divided)(?: to (?:anyone|anybody|any team))?{_ENDS}", re.IGNORECASE)  # fmt: skip
_DIRECTLY = lazy(rf"{AH}directly,? (?:what|how much) (?:does|did|do) (?:the )?(?P<who>[\w -]+?) (?:spend|cost|bear|carry|pay|use){_ENDS}|"
    rf"{AH}(?:what|how much) (?:does|did|do) (?:the )?(?P<whose>[\w -]+?) (?:spend|cost|bear|carry|pay|use) directly{_ENDS}", re.IGNORECASE)  # fmt: skip
_UNITS = (
    r"(?:requests?|calls?|(?:input |output )?tokens?|costs?|spend|money|dollars|margins?|revenue)"
)
_OF_USAGE = lazy(rf"(?P<now>{_UNITS}) (?:instead of|rather than|,? ?not) (?:the )?{_UNITS}(?=\W*$)", re.IGNORECASE)  # fmt: skip
_OF_COST = lazy(r"(?:instead of|rather than) (?:the )?(?:costs?|spend|spending)(?=\W*$)", re.IGNORECASE)  # fmt: skip
_ON_WHAT = lazy(rf"{AH}(?:(?:on|for) what(?: exactly)?|what (?:on|for)){_ENDS}", re.IGNORECASE)
_OWNER = lazy(rf"{AH}(?:whose(?: (?:is|are|was) {_IT})?|who owns {_IT}|who does {_IT} belong to){_ENDS}", re.IGNORECASE)  # fmt: skip
_BUSY = lazy(r"\b(?:the )?(busiest|quietest)\b", re.IGNORECASE)
_CALL = lazy(rf"\b((?:do|does|did) {_IT}) (?:call|invoke|query|hit)\b", re.IGNORECASE)
_SPENT_ON = ("service_name", "service_category", "x_ai_model_id")
_PEOPLE = ("team", "product", "customer")
_INSTEAD_OF = lazy(r"\b(?:instead of|rather than) (?:for |of )?(?:the )?(?P<name>[\w .-]+?)(?=\W*$)", re.IGNORECASE)  # fmt: skip
_AGAINST_IT = lazy(rf"{AH}how (?:does|did|do) (?P<what>[\w ]+?) (?:look|compare|fare|stand|do|measure up|stack up)(?: like)? (?:against|compared (?:to|with)|relative to|next to|vs\.?|versus|to|with) {_IT}{_ENDS}", re.IGNORECASE)  # fmt: skip
_WHEN = lazy(rf"{AH}(?:(?:since )?when(?: exactly| precisely| was {_IT}| did {_IT} (?:start|begin|happen)(?: exactly)?)?|"
    rf"(?:since|on) (?:which|what) day(?: exactly)?|(?:(?:is|was) {_IT} |because of )?(?:more )?(?:the )?"
    r"(?:(?:tokens?|volumes?|usage|quantity|amounts?)(?: used)? or (?:the )?prices?|(?:the )?prices? or (?:the )?(?:tokens?|volumes?|usage|quantity)))"
    rf"{_ENDS}", re.IGNORECASE)  # fmt: skip


_WHICH_ARE = lazy(rf"{AH}(?:(?:(?:do|does|are|is|were|have|has) )?(?:there )?(?:any|some)(?: of {_IT}| ones?)?(?: (?:that|which)(?: are| is| were)?)? (?=(?:have|has|lack|new|untagged|without|with no|missing)\b)|(?:which|what)(?: ones| of them)? (?=(?:are|were|have|has|lack|do|did|run) ))(?!\w+ (?:they|those|these|we|you)\b)", re.IGNORECASE)  # fmt: skip
_THRESHOLD = lazy(rf"{AH}(?:(?:make|set|raise|lower|change) (?:it|that|the (?:limit|threshold))(?: to)? (?:(?P<way>over|under|above|below) )?|(?:rather )(?=\$?\d))(?P<amount>[$€]?\d[\d,.]*\d ?k?)(?: (?:instead|rather))?{_ENDS}", re.IGNORECASE)  # fmt: skip
_NO_LIMIT = lazy(rf"{AH}(?:remove|drop|forget|lose|lift|without|no|cancel)(?: the| that| any)? (?:threshold|limit|cut-?off|minimum){_ENDS}", re.IGNORECASE)  # fmt: skip
_ONLY_KEY = lazy(rf"{AH}(?:only|just)(?: for)?(?: the)? (?P<key>[\w-]+) (?:tags?|keys?){_ENDS}", re.IGNORECASE)  # fmt: skip
_THEN_LIST = lazy(r"(?P<what>.*\b(?:without|no|lack\w*|missing)\b[^,]*),? (?:and )?(?:please )?(?:list|show|name)(?: me)? (?:them|those|these)\W*", re.IGNORECASE)  # fmt: skip
_FOR_EACH = lazy(rf"{AH}(?P<by>by [\w -]+?) for each(?: (?:one|of (?:them|those|these|the two)))?\W*", re.IGNORECASE)  # fmt: skip
_UNUSED = lazy(rf"{AH}how much (?:of (?:it|them|that|this) )?(?:went|was|is|goes|stayed|were) (?:unused|wasted|idle|to waste|not used){_ENDS}", re.IGNORECASE)  # fmt: skip
_UNCOVERED = lazy(rf"{AH}(?:what|how much)(?: of (?:it|that))?(?:'s| is| was)? (?:not(?= )|wasn't|was not|isn't|is not|weren't|were not|is un|was un)[ -]?covered(?: by (?:it|them|that|those))?{_ENDS}", re.IGNORECASE)  # fmt: skip
_LACKS_ONE = lazy(rf"{AH}how much (?:of (?:it|that|this) )?(?:(?:doesn't|does not|don't|do not) have|has no|has not|hasn't|lacks|is missing|is without|ha(?:s|ve)(?= none\b))(?: got)?(?: one| any| none| a value)?{_ENDS}", re.IGNORECASE)  # fmt: skip
_WRONG_WITH = lazy(rf"{AH}what(?:'s| is| are| was) (?:untagged|missing|not tagged|lacking)(?: there| in (?:it|that|there))?{_ENDS}|{AH}what(?:'s| is) (?:wrong|the (?:problem|matter|issue)) with (?:it|that|this|them)(?: one)?{_ENDS}", re.IGNORECASE)  # fmt: skip
_WENT = lazy(rf"{AH}(?:(?:only |just )(?:the )?(?:ones|those|services|teams|products|accounts|providers|models|rows)? ?(?:that|which|who)|(?P<who>who)|what|which(?: ones?| of {_IT}| (?P<kind>(?!one|of\b)\w+))?|(?:did|has|have) any(?:thing|one)?(?: of {_IT})?) (?:has |have |actually |really )?"
    rf"(?:(?P<up>(?:went|gone|go|is|are) up|rose|rise|risen|grew|grown|grow|increased?)|(?:went|gone|go|is|are) down|fell|fall|fallen|dropped|drop|decreased?|shrank|shrunk)(?: at all)?{_ENDS}", re.IGNORECASE)  # fmt: skip
_NOT_JUST = lazy(rf"{AH}(?:show |list |give me )?(?:all|every|the other) [\w-]+,? not (?:just|only) (?:the )?(?:top )?(?:two|three|four|five|ten|\d+){_ENDS}", re.IGNORECASE)  # fmt: skip
_PUT_NEXT = lazy(rf"{AH}(?:(?:put|show|place|set|add|have)(?: me)? )?(?!(?:how|what|which|who|where|is|are|does|do|did|put|show|place|set|add|have)\b)(?P<what>[\w .-]+?) (?:right )?(?:next to|beside|alongside|together with) {_IT}{_ENDS}", re.IGNORECASE)  # fmt: skip
_A_TIME = lazy(rf"(?:the )?(?:(?:{'|'.join(sorted(MONTHS, key=len, reverse=True))})(?: \d{{4}})?|q[1-4](?: \d{{4}})?|(?:last|the previous|previous|prior) (?:month|quarter|week|year)|(?:month|quarter|week|year) before|\d{{4}}-\d\d)", re.IGNORECASE)  # fmt: skip
_PART_OF = lazy(rf"{AH}how much of {_IT} (?:is|was|are)(?: for)? (?:the )?(?=[\w-]+\W*$)", re.IGNORECASE)  # fmt: skip
_RATE = lazy(rf"{AH}(?:what(?:'s| is| was) )?(?:the |as a )rate{_ENDS}", re.IGNORECASE)
_BEHIND = lazy(rf"{AH}(?:how much|what)(?: (?:money|cost|spend|costs?))? (?:is|are|was|sits|hangs|stands) (?:behind|in|on|affected by|covered by|at stake (?:in|with)|tied to) (?:{_IT}|the)(?: (?:fixes|changes|tags|proposals|resources))?{_ENDS}|{AH}(?:how much|what) do(?:es)? {_IT}(?: resources| fixes)? cost(?: us)?(?: in total)?{_ENDS}", re.IGNORECASE)  # fmt: skip
_DISCOUNT_RATE = lazy(
    rf"{AH}(?:what(?:'s| is| was) )?(?:(?:the|our|that|this) )*effective savings rate{_ENDS}",
    re.IGNORECASE,
)
_SHARED = lazy(r"\bshared\b", re.IGNORECASE)
_WHO_USES = lazy(rf"{AH}(?:who|which teams?|which of the teams)(?: all)? (?:us(?:es?|ed)|(?:is|are|was|were) using|benefits? from) {_IT_ALL}(?: endpoint| machine| most| the most)?{_ENDS}", re.IGNORECASE)  # fmt: skip
_MAKE_UP = lazy(rf"{AH}(?:which|what) (?P<what>[\w-]+) (?:makes?|made) (?:{_IT} up|up {_IT}){_ENDS}", re.IGNORECASE)  # fmt: skip
_NO_VALUE = lazy(rf"{AH}(?:{_DROP}|leave out|leaving out|without|exclud(?:e|ing)|except|not) (?:the |all )*(?:untagged|unassigned|unallocated|no[- ]value|\(no value\)|nameless|blank|empty)(?: (?:parts?|ones?|rows?|lines?|spend|costs?|stuff|bucket|share))?{_ENDS}", re.IGNORECASE)  # fmt: skip
_NOT_DAILY = lazy(r"(?:instead of|rather than) (?:daily|weekly|monthly|quarterly|yearly|by (?:day|week|month))(?=\W*$)", re.IGNORECASE)  # fmt: skip
_HALF = lazy(rf"{AH}(?:what about |how about )?(?:in |for )?the (?P<half>first|second) half{_ENDS}", re.IGNORECASE)  # fmt: skip
_WORST = lazy(r"\b(?:worst|poorest|weakest)\b", re.IGNORECASE)
_WHO_RANKS = lazy(r"\bwho(?= (?:is|are|was|were|has) (?:the )?(?:worst|best|poorest|weakest))", re.IGNORECASE)  # fmt: skip
_BEST = lazy(r"\bbest\b", re.IGNORECASE)
_A_TIME = lazy(rf"(?:(?:the|this|last|month|of) )*(?:{'|'.join(sorted(MONTHS, key=len, reverse=True))}|q[1-4]|month|week|quarter|year|\d{{4}}(?:-\d\d)?)(?: \d{{4}})?", re.IGNORECASE)  # fmt: skip
_SELF = ("it", "that", "this", "they", "those", "these", "the two", "we")
_MONTH = lazy(r"\d{4}-\d\d(?:$|-\d\d/)")


def _month(period: str) -> str:
    """The month that a period begins in, as it is said."""
    year, month = period[:7].split("-")
    return f"{calendar.month_name[int(month)]} {year}"


def onward(text: str, before: Sequence[Question]) -> str:
    """The message in words that the frames read; as it is where it is not one of these ways.

    >>> onward("ok, drop AWS", [Coverage()])
    'ok, without AWS'

    Raises:
        Unclear: It compares with what no time is compared with.
    """
    if not before:
        return text
    old = before[0]
    if isinstance(old, Prices) and (whole := priced_again(old, text)):
        return whole
    if (isinstance(old, Coverage) and not old.part) or getattr(old, "of", "") in (
        "margin",
        "cache",
    ):
        # Of a share that should be high the worst is the lowest.
        text = _BEST.sub("highest", _WORST.sub("lowest", _WHO_RANKS.sub("which one", text)))
    if old.frame == "costs" and (old.scope.metric or "effective_cost") in MONEY:
        text = _OF_COST.sub("instead", text)
    if old.frame == "units":
        text = _OF_USAGE.sub(r"\g<now> instead", text)
    text = _BUSY.sub(lambda m: "the highest" if m[1].lower() == "busiest" else "the lowest", text)
    text = _CALL.sub(r"\1 use", text)
    whom = [old.top] if old.top else [f for f in old.scope.filters if f.op == "in"]
    if len(whom) == 1 and whom[0].dimension in _PEOPLE and _ON_WHAT.fullmatch(text):
        return "what do they spend it on"
    if len(whom) <= 1 and not old.scope.limit > 1 and _ON_WHAT.fullmatch(text):
        if whom and whom[0].dimension in _SPENT_ON:
            raise unsure("For whom, or what of it: by team, account or resource?", partial=old)
        return "and what is it by service"
    owned = any(f.dimension.startswith(("sub_account", "resource_")) for f in old.scope.filters)
    if isinstance(old, Coverage) and not owned and _OWNER.fullmatch(text):
        return "and it by team"  # of what is untagged, not of all that was charged
    if _OWNER.fullmatch(text):
        return "whose is it"
    for pattern, meant in _WAYS:
        if pattern.fullmatch(text):
            return meant
    if _IN_MONEY.fullmatch(text):  # of tokens, or of a share: nothing is converted
        if old.frame == "units" or getattr(old, "focus", None):
            return "and the cost" if old.frame == "units" else "how much is it"
    plans = ("commitment_discount_id", "commitment_discount_status")
    if old.scope.metric.startswith("commitment_") or any(map(old.scope.on, plans)):
        if match := _PLAN.fullmatch(text):
            return f"and savings plan {'coverage' if match['covered'] else 'utilization'}"
        if match := _COVERED.fullmatch(text):
            return f"and savings plan coverage by {match['what']}"
        if _UNUSED.fullmatch(text):
            return "how much unused savings plan cost"
        if _UNCOVERED.fullmatch(text):
            return "how much was not covered by savings plans"
        if match := _SAVED.fullmatch(text):
            return f"and savings from savings plans{match['when'] or ''}"
    if old.frame == "costs" and old.scope.metric in MONEY and (match := _SAVED.fullmatch(text)):
        return f"and the savings{match['when'] or ''}"
    if old.scope.on("charge_category") or "charge_category" in old.scope.groups:
        if _USAGE_ONLY.fullmatch(text):
            return "only charge category usage"
    if old.frame == "units" and _SIDES.fullmatch(text):
        return "and input vs output tokens"
    if getattr(old, "of", "") in _TOKENS and (match := _DIRECTION.fullmatch(text)):
        return f"and {match['of']} tokens"
    if old.frame == "costs" and (match := _BASES.fullmatch(text)):
        basis = (old.scope.metric or "effective_cost").removesuffix("_cost")
        if (
            basis in ("billed", "effective", "list", "contracted")
            and basis != match["basis"].lower()
        ):
            return f"and {basis} cost vs {match['basis']} cost"
    if old.frame == "allocation" and (match := _BEARS.match(text)):
        return f"and {text[match.end() :]}"
    if old.frame == "allocation" and (match := _PART.fullmatch(text)):
        return f"and allocated costs, the {match['kind'] or match['only']} part"
    if old.frame == "allocation" and _LEFT_OVER.fullmatch(text):
        return "what is unallocated"
    if old.frame == "allocation" and (match := _DIRECTLY.fullmatch(text)):
        return f"and allocated costs of {match['who'] or match['whose']}, the direct part"
    if old.frame == "allocation" and (match := _PART_OF.match(text)):
        return f"and {text[match.end() :]}"
    if (old.frame == "changes" or old.scope.compare_to) and _WHEN.fullmatch(text):
        return "why"  # it tells the day, and price against quantity
    if old.frame == "fixes" and _BEHIND.fullmatch(text):
        return "how much of it is untagged"
    if old.frame == "fixes" and (match := _ONLY_KEY.fullmatch(text)):
        return f"propose {match['key']} tags for it"
    if old.frame == "costs" and _DISCOUNT_RATE.fullmatch(text):
        return "and the effective savings rate"
    if old.scope.metric == "savings" and _RATE.fullmatch(text):
        return "and the savings rate"
    if match := _MAKE_UP.fullmatch(text):
        return f"and by {match['what']}"
    things = [name for name in old.scope.groups if name not in TIMES]
    if len(things) == 1 and old.frame == "costs" and _NO_VALUE.fullmatch(text):
        return f"only those that have a {dimension_label(things[0])}"
    if len(things) == 1 and old.frame == "costs" and _LACKS_ONE.fullmatch(text):
        return f"how much of it has no {dimension_label(things[0])}"
    if isinstance(old, Coverage) and _WRONG_WITH.fullmatch(text):
        return "and it by resource"
    people = things and things[0] in ("team", "product", "customer")
    if old.scope.compare_to and (match := _WENT.fullmatch(text)) and (people or not match["who"]):
        if kind := match["kind"] or (dimension_label(things[0]) if len(things) == 1 else ""):
            return f"which {kind} {'grew' if match['up'] else 'fell'} the most"
    if (old.scope.having or old.scope.limit) and _NOT_JUST.fullmatch(text):
        return "everything"
    if (
        (match := _PUT_NEXT.fullmatch(text))
        and old.scope.period
        and _A_TIME.fullmatch(match["what"])
    ):
        return f"vs {match['what']}"
    if match := _PUT_NEXT.fullmatch(text):
        named = [f for f in old.scope.filters if f.op == "in"]
        rows = f" by {dimension_label(named[0].dimension)}" if len(named) == 1 else ""
        return f"add {match['what']}{rows}"  # a row each, not one sum of both
    if match := _THEN_LIST.fullmatch(text):
        return f"{match['what']} by resource"
    if match := _FOR_EACH.fullmatch(text):
        return f"also {match['by']}"
    text = _NOT_DAILY.sub("instead", text)
    stands = {value.casefold() for f in old.scope.filters if f.op == "in" for value in f.values}
    if (match := _INSTEAD_OF.search(text)) and match["name"].casefold() in stands:
        text = f"{text[: match.start()]}instead{text[match.end() :]}"
    if (match := _AGAINST_IT.fullmatch(text)) and match["what"].lower() not in _SELF:
        if not (getattr(old, "show", "") or _A_TIME.search(match["what"])):
            return f"compare that with {match['what']}"
        as_long = old.scope.period and "/" not in old.scope.period and not getattr(old, "show", "")
        if not (as_long and _A_TIME.fullmatch(match["what"])):
            raise unsure("I compare one time with another as long: what with what?", partial=old)
        return f"and {match['what']} vs {old.scope.period}"
    if old.frame == "workloads" and (match := _WHICH_ARE.match(text)):
        return f"and which AI workloads {text[match.end() :]}"
    if old.scope.having and (match := _THRESHOLD.fullmatch(text)):
        way = "over" if old.scope.having.startswith(">") else "under"
        return f"and {match['way'] or way} {match['amount']}"
    if (old.scope.having or old.scope.limit) and _NO_LIMIT.fullmatch(text):
        return "everything"
    if (match := _HALF.fullmatch(text)) and _MONTH.match(old.scope.period):
        return f"and in the {match['half']} half of {_month(old.scope.period)}"
    named = [*old.scope.filters, *filter(None, [getattr(old, "focus", None)])]
    shared = any(_SHARED.search(value) for item in named for value in item.values)
    if shared and _WHO_USES.fullmatch(text):  # its tag says who runs it, the rules who uses it
        return "and allocated to teams"
    lacks = isinstance(old, Coverage) or any(item.op == "is_null" for item in named)
    if _LIST.fullmatch(text) and (lacks or old.scope.metric == "resource_count"):
        return "and it by resource"
    if any(f.op == "not_in" for f in old.scope.filters):
        text = _REST_OF_IT.sub("it", text)
    text = _BLAME.sub("behind it", text)
    at = match.end() if (match := _AH.match(text)) else 0
    for pattern, meant in _STARTS:
        if match := pattern.match(text, at):
            return f"{text[:at]}{meant}{text[match.end() :]}"
    return text
