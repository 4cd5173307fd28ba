"""Metrics, thresholds and raw tags that a question says; metrics by the catalogue's own names."""

from __future__ import annotations

import re
from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING

from tagwright.lazy import lazy
from tagwright.text import clean, shorten
from tagwright_agent.planner import phrases
from tagwright_agent.planner.link import Mention
from tagwright_agent.planner.question import Filter, Unclear, cannot, unsure

if TYPE_CHECKING:
    from tagwright_agent.planner.reading import Reading
    from tagwright_agent.planner.said import Said
    from tagwright_agent.planner.view import CatalogueView

__all__ = [
    "MONEY",
    "take_currency",
    "take_list_price",
    "take_metrics",
    "take_raw_tags",
    "take_threshold",
]

MONEY = frozenset({"effective_cost", "billed_cost", "list_cost", "contracted_cost"})
_PLAIN = frozenset({"cost", "costs", "spend", "spending", "used", "quantity", "price per unit"})
"""Words of the catalogue that ask for the default, or for more than they say."""
_COUNTED = {
    "charge_count": r"charges|rows|line items|charge rows",
    "resource_count": r"(?:different |distinct )*(?:resources|machines|instances)",
    "consumed_quantity": r"(?:instance )?hours|gb|gigabytes|units",
}
_NOUN = r"(?: (?:costs?|spend|spending|charges?|amounts?|totals?|values?|prices?|cash))?"
_BARE = frozenset({"list", "usage", "usage quantity", "count", "rows", "charges", "resources",
                   "saved", "discounts"})  # fmt: skip
"""Words that are a metric only where a noun of money follows or nothing else does."""


@lru_cache(maxsize=8)
def _patterns(
    metrics: tuple[tuple[str, tuple[str, ...]], ...],
) -> list[tuple[re.Pattern[str], str, int]]:
    """Each metric's names, the longest first, so that none is read as a part of another."""
    found: list[tuple[int, re.Pattern[str], str, int]] = []
    for name, synonyms in metrics:
        for said in {name.replace("_", " "), *synonyms} - _PLAIN:
            if said == "usage":
                continue  # a word of everything that is charged
            text = re.escape(said.casefold()).replace(r"\ ", "[- ]")
            for word in _ALONE:
                text = re.sub(rf"^{word}\[- \]costs?$", rf"{word}(?:[- ]costs?)?", text)
            noun = r" (?:costs?|spend|prices?|charges|value)" if said in _BARE else _NOUN
            if said in _COUNTED.get(name, "").split("|") or (name in _COUNTED and said in _BARE):
                continue
            pattern = rf"(?:(?:on|in|at) (?:the |our |my )?)?{text}(?:s)?{noun}(?! plans?\b)"
            needs = said.casefold().split()[0][:6]  # as far as no other spelling begins
            found.append((len(said), phrases.rx(pattern, needs), name, said.count(" ") + 1))
    found.sort(key=lambda item: -item[0])
    return [(pattern, name, size) for _, pattern, name, size in found]


_LIST = phrases.rx(
    r"list(?= (?:and|or|vs\.?|versus|against|minus|to) (?:effective|billed|contracted))|"
    r"(?:against|at|versus|vs\.?|minus|and) (?:the )?list(?: prices?| cost)?|undiscounted|public prices?|"
    r"(?<=\| )list(?=[\s?.!,|]*$)|list(?=[\s?.!,]*$)",
    "list|undiscounted|public",
)
_ON_DEMAND = phrases.rx(
    r"(?:(?:at|with|of|against|versus|vs\.?) )?(?:the |full )*on[- ]demand (?:prices?|rates?|pricing)",
    "demand",
)
_PAID = phrases.rx(r"what we (?:actually |really )?(?:paid|pay)", "paid|pay")
"""Beside the list price: what is left of it."""
_NOT = lazy(r"(?<![\w-])(?:not|instead of|rather than) (?:the )?$")
_ALONE = ("amorti[sz]ed", "amortised", "amortized", "unblended", "undiscounted")
"""First words of a measure's name that say it alone."""
_PER_UNIT = phrases.rx(
    r"(?:(?:blended |average |effective )?rate )?(?:per|an|each|one|for an?) (?:\|+ )?(?:hour|gb|gigabyte|unit)|unit prices?|hourly(?: rates?)?",
    "hour|gb|giga|unit",
)
_SAVED = phrases.rx(
    r"(?:net savings|list minus effective|(?<!could )(?<!can )(?<!would )(?:we |i )?sav(?:ed?|ing)(?: us)?(?: \w+){0,3}(?: (?:against|vs\.?|versus|compared (?:to|with)) (?:the )?(?:list|on[- ]demand)(?: prices?)?| by discounts?))|(?:total|(?<=the )|(?<=most )|(?<=biggest )|(?<=highest )|(?<=largest ))discounts?|(?<!negotiated )(?<!commitment )discounts?(?= (?:by|per|on|in|for)(?![\w-]))",
    "sav|list|discount",
)
_DISCOUNTED = phrases.rx(
    r"(?:did|have) (?:we|i) saved?(?! (?:by|with|through|from|on))|(?<!negotiated )(?<!commitment )(?:our |the )?discounts? sav(?:e[sd]?|ing)(?: us)?|save (?:us )?(?:by|with|through|from) (?:our |the )?discounts?",
    "discount|save",
)
_SAVED_THEN = lazy(
    r"(?<!could )(?<!can )(?<!would )(?<!could we )(?<!can we )\b(saved?)\b.*\b(?:(?:against|vs\.?|versus) (?:the )?list|(?:to|by|through|from|with|via|of) (?:the |our |all )*discounts?)\b",
    needs=("save",),
)
_PLANS_USED = phrases.rx(
    rf"utili[sz]ation (?:of )?{phrases.PLAN}|(?:is|are|was|were) {phrases.PLAN} (?:fully |well |being )*(?:utili[sz]ed|used(?! up))|"
    rf"(?:how (?:well|fully) )?(?:(?:do|did|are|were|have) we )?(?:really |fully |well )*"
    rf"(?:us|utili[sz])(?:e|ed|ing) (?:all )?(?:of )?(?=our|the){phrases.PLAN}(?: (?:well|fully))?|"
    rf"how much of {phrases.PLAN} (?:do|did|are|were|have) we (?:us|utili[sz])(?:e|ed|ing)|"
    rf"how (?:well|fully) {phrases.PLAN} (?:is|are|was|were) (?:being )?(?:us|utili[sz])ed|"
    rf"how (?:well|fully) (?:are|were) {phrases.PLAN} (?:being )?(?:us|utili[sz])ed|"
    r"commitment discount \([a-z/]+\) utili[sz]ation",
    "us|utili",
)
_PLANS_COVER = phrases.rx(
    rf"coverage (?:(?:of|by|with|through) )?{phrases.PLAN}|commit coverage", "coverage"
)
_PLANS_SAVED = phrases.rx(
    rf"(?:how much )?(?:(?:did|do|have|has) )?{phrases.PLAN} (?:really )?sav(?:es?|ed|ing)(?: us)?|"
    rf"(?<!potential )(?:net )?(?:saved?|savings) (?:by|from|with|through|thanks to) {phrases.PLAN}",
    "sav",
)
_NEGOTIATED = phrases.rx(r"list minus contracted", "list")
_SAVING = phrases.rx(
    r"(?:did |do )?(?:(?:thanks|due) to |because of )?(?:our |the )?discounts?|sav(?:es?|ed|ing)(?: us)?",
    "discount|sav",
)
_BILL = phrases.rx(
    r"(?:on|in) (?:the|our|my) (?:bill|invoice)s?|(?:the|our|my) (?:bill|invoices?)|(?<!by )(?<!per )(?<!each )(?:bills?|invoices?)|invoice totals?",
    "bill|invoice",
)
_UNITS = {"hour": "hours", "gb": "gigabytes", "gigabyte": "gigabytes"}


def _unit_filter(words: str) -> list[Filter]:
    """Quantities of one unit: bills write hours as Hrs, Hours and the like."""
    for word, units in _UNITS.items():
        if word in words:
            return [Filter(dimension="consumed_unit", values=(units,))]
    return []


def take_list_price(reading: Reading, said: Said) -> None:
    """What it is at on-demand prices: not what was charged on demand, which is a value's name."""
    if reading.consume_all(_ON_DEMAND, "metric") and "sav" not in reading.lower:
        said.metrics.append("list_cost")  # else it is what was saved against


def take_metrics(reading: Reading, view: CatalogueView, said: Said, *, least: int = 1) -> None:
    """Metrics by names of at least so many words, in the order said; marks them."""
    found: list[tuple[int, str]] = []

    def take(pattern: re.Pattern[str], name: str) -> None:
        for match in pattern.finditer(reading.mask):
            # "effective discount rate" is no effective cost.
            if re.match(r" (?:discount|savings?|rate|unit)\b", reading.lower[match.end() :]):
                continue
            reading.take(*match.span(), "metric")
            if before := _NOT.search(reading.mask[: match.start()]):  # "billed, not effective"
                reading.take(*before.span(), "metric")
            else:
                found.append((match.start(), name))

    if least > 1:
        if match := _SAVED_THEN.search(reading.lower):
            reading.take(*match.span(1), "metric")
            found.append((match.start(), "savings"))
        for match in _PLANS_USED.finditer(reading.lower):
            reading.take(*match.span(), "metric")
            found.append((match.start(), "commitment_utilization"))
        if reading.search(_PLANS_SAVED):
            if re.search(r"\b(?:would|could|can|might|will)\b", reading.lower):
                raise cannot("I tell what was saved, not what could be.")
            said.filters.append(Filter(dimension="commitment_discount_id", op="not_null"))
            take(_PLANS_SAVED, "savings")
        take(_PLANS_COVER, "commitment_coverage")
        take(_NEGOTIATED, "negotiated_savings")
        take(_SAVED, "savings")
        take(_DISCOUNTED, "savings")
        take(_LIST, "list_cost")
        for pattern, name, size in _patterns(view.metrics):
            if size >= least:
                take(pattern, name)
        said.metrics += dict.fromkeys(name for _, name in sorted(found))
        return
    if said.count:
        behind = max((label.end for label in reading.labels if label.kind == "count"), default=-1)
        for name, words in _COUNTED.items():
            if (
                behind < 0 and name != "consumed_quantity"
            ):  # "GPU hours" are counted without "how many"
                continue
            for match in phrases.rx(words).finditer(reading.mask):
                # In "how many teams use EC2 instances" it is teams that are counted.
                gap = reading.mask[behind : match.start()] if behind >= 0 else ""
                between = {*re.findall(r"[a-z]\w*", gap)}
                between -= phrases.CLOSED
                if len(between) <= 1 and not between & view.names.keys():
                    reading.take(*match.span(), "metric")
                    found.append((match.start(), name))
                    said.filters += _unit_filter(match.group())
    for pattern, name, _ in _patterns(view.metrics):
        take(pattern, name)
    if "list_cost" in (*said.metrics, *(name for _, name in found)):
        take(_PAID, "effective_cost")
    for match in _PER_UNIT.finditer(reading.mask):
        said.filters += _unit_filter(match.group())
    take(_PER_UNIT, "unit_price")
    if "savings" in said.metrics:  # "saved against list": what it is against is no second figure
        said.metrics = [name for name in said.metrics if name != "list_cost"]
    if any("savings" in name for name in [*said.metrics, *(name for _, name in found)]):
        reading.consume_all(_SAVING, "metric")
    take(_BILL, "billed_cost")
    new = dict.fromkeys(name for _, name in sorted(found))
    said.metrics += [name for name in new if name not in said.metrics]


_WORDS = {"ten thousand": "10000", "a thousand": "1000", "one thousand": "1000",
          "a million": "1000000", "one million": "1000000", "a hundred": "100"}  # fmt: skip
_UNIT = r"(?: ?(?:usd|eur|dollars|euros|bucks|\$|€))?(?: (?:of|in) (?:costs?|spend|total))?"
_AMOUNT = (
    r"(?:usd |eur |\$ ?|€ ?)?(?P<{0}>\d[\d,]*(?:\.\d+)?(?: ?(?:thousand|million|k|m))?|"
    + "|".join(_WORDS)
    + r")"
    + _UNIT
)
_OVER = r"over|above|exceed(?:s|ing|ed)?|(?:costing |of |with )?(?:more|greater|higher) than|at least|>=?|not (?:less|under) than|beyond"
_UNDER = r"under|below|at most|less than|fewer than|lower than|<=?|up to|no more than"
_THRESHOLD = lazy(
    rf"(?<![\w-])(?:between {_AMOUNT.format('low')} and {_AMOUNT.format('high')}|"
    rf"(?:(?P<over>{_OVER})|(?P<under>{_UNDER})) {_AMOUNT.format('amount')})(?![\w.-]*\d)(?! ?(?:%|percent))"
    r"(?! ?(?:%|percent|days?|weeks?|months?|quarters?|years?|services|teams|accounts|resources|requests|tokens)\b)"
    r"(?!(?:st|nd|rd|th)? ?(?:of )?(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec))",
    needs="between|over|above|exceed|than|at least|>|under|below|at most|<|up to|beyond".split("|"),
)
_GROWING = lazy(
    r"\b(?:gr[eo]w\w*|increas\w+|ro?se|risen|rising|decreas\w+|f[ea]ll\w*|dropp?\w*|chang\w+|"
    r"went (?:up|down)|jumped|shrank|moved|saved)(?: by)?\s*$"
)
_YEAR = lazy(r"20[1-3]\d")
_MONEY_SIGN = lazy(r"usd|eur|dollar|euro|bucks|\$|€")


def take_threshold(reading: Reading, said: Said) -> None:
    """A threshold of amounts, as ``query_costs`` takes it: ``>1000``, ``100..500``."""
    match = _THRESHOLD.search(reading.mask)
    if match is None:
        return
    parts = match.groupdict()
    money = _MONEY_SIGN.search(match.group())
    amounts = [parts[name] for name in ("low", "high", "amount") if parts[name]]
    if not money and all(_YEAR.fullmatch(amount) for amount in amounts):
        return  # "over 2026" is a year
    if _GROWING.search(reading.lower[: match.start()]):
        raise cannot("I find rows by how much they cost, not by how much that changed.")
    reading.take(*match.span(), "threshold")
    if parts["low"]:
        low, high = _plain(parts["low"]), _plain(parts["high"])
        if Decimal(low) > Decimal(high):
            raise unsure(f"Nothing is at least {low} and at most {high}: which way round is it?")
        said.having = f"{low}..{high}"
        return
    words = parts["over"] or parts["under"]
    sign = ">" if parts["over"] else "<"
    equal = words in ("at least", "at most", "up to", ">=", "<=", "no more than") or "not" in words
    said.having = f"{sign}{'=' if equal else ''}{_plain(parts['amount'])}"


def _plain(said: str) -> str:
    """An amount in digits.

    >>> _plain("2,500"), _plain("10k"), _plain("ten thousand")
    ('2500', '10000', '10000')
    """
    if said in _WORDS:
        return _WORDS[said]
    digits = said.replace(",", "").replace(" ", "")
    for word, zeros in (("thousand", 3), ("million", 6), ("k", 3), ("m", 6)):
        if digits.endswith(word):
            whole, _, part = digits.removesuffix(word).partition(".")
            return (whole + part.ljust(zeros, "0")) if len(part) <= zeros else digits
    return digits


_RAW_TAG = lazy(
    r"\b(?:(?:raw|by|per|each|every) )?(?:the )?(?:tags?:|labels?:|(?<=by )(?:tags?|labels?) |"
    r"(?<=per )(?:tags?|labels?) )(?:keys? )?[\"'`]?([\w./@-]+(?::[\w./@-]+)*)[\"'`]?",
    re.IGNORECASE,
    needs=("tag", "label"),
)
_BY_TAG = lazy(
    r"\b(?:by|per|each|every) (?:the )?(?:tags?|labels?)\s*(?:$|[?.!,]|last|this|in)",
    needs=("tag", "label"),
)
_NAMED_TAG = lazy(
    r"\b(?:by|per|each|every|values?(?: do we have| are there)? (?:of|for|in|does|has)) (?:the |our )?"
    r"(?:[\"'`]?([\w./@:-]+)[\"'`]? (?:tags?|labels?)(?!\w|:)|tag ([\w./@-]+)(?=\W*$))",
    re.IGNORECASE,
    needs=("tag", "label"),
)


def take_raw_tags(reading: Reading, view: CatalogueView) -> list[Mention]:
    """Tags of the bill that rows are to be by, as ``tag:NAME``; marks them.

    Raises:
        Unclear: No charge has such a tag, or none is named.
    """
    found = []
    known = {tag.casefold(): tag for tag in view.tags}
    for match in _RAW_TAG.finditer(reading.mask):
        said = match[1].strip("'\"`?.,")
        explicit = ":" in match.group()[: match.start(1) - match.start()]
        tag = known.get(said)
        name = view.names.get(said.replace("-", " "))
        # A key of the taxonomy is meant before the tag that it is read from.
        known_name = name in view.keys or (tag is None and (said in phrases.COMMON or name))
        if "|" in match.group() or (known_name and not explicit):
            continue
        if tag is None:
            raise _no_such_tag(reading.text[match.start(1) : match.end(1)], view)
        reading.take(*match.span(), "group")
        found.append(Mention(*match.span(), f"tag:{tag}"))
    for match in _NAMED_TAG.finditer(reading.lower):
        # "by project tag": the bill's own tag, where no key of the taxonomy is called so.
        said = match[1] or match[2]
        if "|" in reading.mask[match.start(1 if match[1] else 2) : match.end()]:
            continue
        tag = known.get(said.casefold())
        if tag is not None and view.names.get(said.replace("-", " ")) not in view.keys:
            reading.take(*match.span(), "group")
            found.append(Mention(*match.span(), f"tag:{tag}"))
    if not found and _BY_TAG.search(reading.mask):
        raise unsure(
            "By which tag? The taxonomy has "
            f"{', '.join(view.keys) or 'no keys'}; a tag of the bill is written tag:NAME."
        )
    return found


def _no_such_tag(tag: str, view: CatalogueView) -> Unclear:
    tags = ", ".join(shorten(name, 60) for name in view.tags[:8])
    return unsure(
        f"No charge has a tag {clean(tag[:60])!r}. "
        + (f"Tags in the data: {tags}. Which one do you mean?" if tags else "There are no tags.")
    )


_CODES = {
    "dollars": "USD", "us dollars": "USD", "usd": "USD", "$": "USD", "euros": "EUR", "euro": "EUR",
    "eur": "EUR", "pounds": "GBP", "sterling": "GBP", "gbp": "GBP", "francs": "CHF", "swiss francs": "CHF", "chf": "CHF",
    "yen": "JPY", "jpy": "JPY", "one currency": "", "a single currency": "", "a common currency": "",
}  # fmt: skip
_CONVERT = phrases.rx(r"convert(?:ed)?|add(?:ed)? up(?=.*one currency)", "convert|add")
_ALL_OF_IT = lazy(
    r"\b(?:have|get|see|show|give|tell|put|want)\b.*\b(?:that|it|this|them|those|all|everything) $"
)
"""Before a currency: all that was told is to be in it, not what is billed in it alone."""
_CURRENCY = phrases.rx(
    r"(?P<prep>in|to|into) (?P<code>"
    + "|".join(sorted(map(re.escape, _CODES), key=len, reverse=True))
    + ")",
    "|".join(_CODES),
)


def take_currency(reading: Reading, said: Said, view: CatalogueView) -> None:
    """A currency to convert into: one that is no filter of what is billed in it.

    Raises:
        Unclear: There are no rates, or none into one currency that is named.
    """
    match = reading.search(_CURRENCY)
    if match is None:
        return
    code = _CODES[match["code"]]
    billed = set(getattr(view.dimensions.get("billing_currency"), "values", ()))
    spelled = match["code"].upper() == code
    convert = reading.search(_CONVERT)
    asked = bool(convert) or not code or match["prep"] != "in" or not spelled
    asked = asked or bool(_ALL_OF_IT.search(reading.lower[: match.start()]))
    other = re.search(r"\b(?:eur|usd|gbp|euro|dollar)s?\b", reading.mask[: match.start()])
    if code in billed and not asked and not other:
        return  # "total cost in EUR": what is billed in euros
    if not view.rates:
        raise cannot(
            "I convert no currency without rates: write rates.yaml beside the data, with pairs, days "
            "and sources (docs/currencies.md). Without it I tell each currency's amount."
        )
    targets = {pair.split(">")[1] for pair in view.rates}
    if not code and len(targets) == 1:
        code = targets.pop()
    if not code:
        raise unsure(f"Into which currency: {', '.join(sorted(targets))}?")
    if convert is not None:
        reading.take(*convert.span(), "currency")
    reading.take(match.start("prep"), match.end("code"), "currency")
    said.currency = code
