"""Paraphrases: each thing that can be asked, in the many ways in which people ask it.

``python -m tagwright_evals.questions.paraphrases`` writes ``paraphrases.jsonl`` anew. Nothing is
random: which phrasing meets which subject and month follows from their places.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tagwright_evals.questions.sql import AVERAGE, FULL, charges, gold, usage

__all__ = ["paraphrases", "written"]


@dataclass(frozen=True)
class _Subject:
    """Something with a cost: how people call it, and what it is in SQL."""

    names: tuple[str, ...]
    where: str


_SUBJECTS = (
    _Subject(("AWS", "Amazon", "Amazon Web Services"), "\"ServiceProviderName\" = 'AWS'"),
    _Subject(("Bedrock", "Amazon Bedrock", "AWS Bedrock"), "\"ServiceName\" = 'Amazon Bedrock'"),
    _Subject(("OpenAI", "the OpenAI API", "Open AI"), "\"ServiceProviderName\" = 'OpenAI'"),
    _Subject(("EC2", "Amazon EC2", "Elastic Compute Cloud"),
             "\"ServiceName\" = 'Amazon Elastic Compute Cloud'"),
    _Subject(("the search team", "team search", "search (the team)"), "x_team = 'search'"),
    _Subject(("GCP", "Google Cloud", "google"), "\"ServiceProviderName\" = 'Google Cloud'"),
)  # fmt: skip
_TIMES = {
    "October": ("last month", "in October", "in Oct 2026", "for October 2026"),
    "September": ("in September", "in Sept 2026", "for the month of September", "in 2026-09"),
    "August": ("in August", "in Aug 2026", "over August 2026", "during August"),
    "Q3": ("in Q3", "last quarter", "from July to September", "in the third quarter of 2026"),
}
_GROUPS = {
    "x_team": ("team", "teams"),
    '"ServiceName"': ("service", "services"),
    '"ServiceProviderName"': ("provider", "vendors"),
    "x_product": ("product", "products"),
    '"RegionId"': ("region", "regions"),
}
_BEFORE = {"October": "September", "September": "August", "August": "July"}

_TOTAL = (
    "how much did we pay for {s} {t}?", "{s} costs {t}", "what's the damage for {s} {t}",
    "What did {s} come to {t}?", "I need the {s} number {t} please", "{t}: {s} spend?",
    "could you tell me what {s} set us back {t}?", "total for {s} {t}",
    "how much money went to {s} {t}", "spend, {s}, {t}", "what does our {s} cost look like {t}?",
    "sum of all {s} charges {t}",
)  # fmt: skip
_BY = (
    "split our spend {t} by {g}", "{g}-level spend {t}", "how is our cost spread across {gs} {t}?",
    "give me costs {t}, one line per {g}", "what did each {g} cost {t}", "per-{g} totals {t}",
    "who spent what {t}, by {g}?", "breakdown by {g} {t} pls", "tabulate spend by {g} {t}",
    "I want to see what every {g} cost us {t}", "{gs} and their cost {t}", "cost/{g} {t}",
)  # fmt: skip
_TOP = (
    "{n} biggest {gs} by cost {t}", "which {n} {gs} cost us most {t}?", "priciest {n} {gs} {t}",
    "where does most of our money go {t}? top {n} {gs}", "rank {gs} {t}, show {n}",
    "the {n} {gs} we spend most on {t}", "largest {n} {gs} {t}", "top {n} cost drivers by {g} {t}",
    "the {n} most expensive {gs} {t}", "show me the {n} {gs} with the highest spend {t}",
)  # fmt: skip
_SHARE = (
    "how much of our spend {t} is {s}, as a percentage?", "{s} as a share of the total {t}",
    "what fraction of spend {t} is {s}", "what percent of cost {t} goes to {s}?",
    "{s} makes up how many percent of spend {t}?", "share of {s} in total cost {t}",
    "proportion of spend {t} that is {s}", "what part of our costs {t} does {s} account for, in %?",
)  # fmt: skip
_CHANGE = (
    "{s}: {m} vs {b}", "how does {s} in {m} stack up against {b}?",
    "by how much did {s} change from {b} to {m}", "{s} spend {m} compared with {b}",
    "was {s} dearer in {m} than in {b}?", "difference in {s} cost between {b} and {m}",
    "did {s} go up or down in {m} against {b}?", "compare {s} {b} and {m}",
)  # fmt: skip
_AVERAGE = (
    "average {s} cost per day {t}", "what does {s} cost us a day on average {t}?",
    "daily average of {s} {t}", "mean spend per day on {s} {t}",
    "on a typical day {t}, what did {s} cost (average)?", "avg daily {s} spend {t}",
)  # fmt: skip
_MONTHLY = (
    "{s} month by month", "trend of {s} by month", "how has {s} moved each month?",
    "{s} cost over the months", "monthly {s} numbers", "show {s} spend for every month we have",
)  # fmt: skip
_OVER = (
    "services over {x} {t}", "which services cost more than {x} dollars {t}?",
    "{t}, services above ${x}", "list services with spend greater than {x} USD {t}",
    "services that exceeded {x} {t}", "any service costing at least {x} {t}?",
)  # fmt: skip
_TOKENS = (
    "how many {k} tokens did we use {t}?", "{k} token count {t}", "number of {k} tokens {t}",
    "{k} tokens consumed {t}", "total {k} tokens {t}", "what was our {k} token volume {t}",
)  # fmt: skip
_UNIT = (
    "what does one request cost per {d} {t}?", "cost per call by {d} {t}",
    "price of a request for each {d} {t}", "how expensive is a single request, by {d}, {t}?",
    "average cost per request by {d} {t}",
)  # fmt: skip

_DIMENSIONS = {"feature": ("x_feature", "x_feature IS NOT NULL"),
               "customer": ("x_customer", "x_customer IS NOT NULL")}  # fmt: skip


def _ask(kind: str, said: str, answer: dict[str, Any], **more: Any) -> dict[str, Any]:
    said = said[0].upper() + said[1:] if said.endswith("?") else said
    return {"category": f"said-{kind}", "turns": [said], "expect": "answer", "gold": answer, **more}


def _subjects() -> list[dict[str, Any]]:
    found = []
    periods = list(_TIMES)
    for kind, phrasings in (("total", _TOTAL), ("share", _SHARE), ("change", _CHANGE),
                            ("average", _AVERAGE), ("monthly", _MONTHLY)):  # fmt: skip
        for number in range(len(phrasings) * 2):
            subject = _SUBJECTS[(number + number // len(phrasings)) % len(_SUBJECTS)]
            name = subject.names[(number // 2) % len(subject.names)]
            phrase = phrasings[number % len(phrasings)]
            period = periods[(number + number // 4) % (3 if kind == "change" else 4)]
            time = _TIMES[period][number % 4]
            said = phrase.format(s=name, t=time, m=period, b=_BEFORE.get(period))
            found.append(_ask(kind, said, _of_subject(kind, subject.where, period)))
    return found


def _of_subject(kind: str, where: str, period: str) -> dict[str, Any]:
    if kind == "share":
        dollars = "\"BillingCurrency\" = 'USD'"
        share = f"{FULL} FILTER (WHERE {where}) / {FULL}"
        return gold(charges(period, dollars, figure=share), "percent")
    if kind == "average":
        return gold(charges(period, where, figure=f"{FULL} / {AVERAGE[period]}"))
    if kind == "monthly":
        return gold(charges("all", where, "strftime(\"ChargePeriodStart\", '%Y-%m')"))
    if kind == "change":
        before = charges(_BEFORE[period], where)
        now = charges(period, where)
        return gold(
            f"SELECT n.figure - b.figure AS figure, currency FROM ({now}) n "
            f"JOIN ({before}) b USING (currency)"
        )
    return gold(charges(period, where))


def _groups() -> list[dict[str, Any]]:
    found = []
    periods = list(_TIMES)
    for number in range(36):
        column, (one, many) = list(_GROUPS.items())[number % len(_GROUPS)]
        period = periods[(number + number // 5) % 4]
        time = _TIMES[period][(number // 2) % 4]
        said = _BY[number % len(_BY)].format(g=one, gs=many, t=time)
        # A long table may be cut at its end: of services the first ten are judged.
        most = 10 if column == '"ServiceName"' else 0
        found.append(_ask("groups", said, gold(charges(period, by=column, limit=most))))
    for number in range(20):
        column, (one, many) = list(_GROUPS.items())[number % 4]
        period = periods[(number + number // 4) % 4]
        count = (3, 2, 4)[number % 3]
        time = _TIMES[period][(number // 3) % 4]
        written_out = {2: "two", 3: "three", 4: "four"}[count] if number % 2 else str(count)
        said = _TOP[number % len(_TOP)].format(n=written_out, g=one, gs=many, t=time)
        dollars = f"\"BillingCurrency\" = 'USD' AND {column} IS NOT NULL"
        ranked = charges(period, dollars, column)
        left_out = f"{ranked} LIMIT 50 OFFSET {count}"
        found.append(_ask("top", said, gold(f"{ranked} LIMIT {count}", absent=left_out)))
    for number in range(12):
        over = (1000, 2500, 5000, 10000)[number % 4]
        period = periods[(number + number // 4) % 4]
        said = _OVER[number % len(_OVER)].format(
            x=f"{over:,}" if number % 2 else over, t=_TIMES[period][number % 4]
        )
        found.append(_ask("over", said, gold(
            charges(period, by='"ServiceName"', having=f"{FULL} > {over}"),
            absent=charges(period, by='"ServiceName"', having=f"{FULL} <= {over}"),
        )))  # fmt: skip
    return found


def _units() -> list[dict[str, Any]]:
    found = []
    columns = {
        "output": "SUM(output_tokens)", "cache read": "SUM(cache_read_tokens)",
        "uncached input": "SUM(input_uncached_tokens)",
    }  # fmt: skip
    periods = list(_TIMES)
    for number in range(12):
        kind = list(columns)[number % 3]
        period = periods[(number + number // 3) % 4]
        said = _TOKENS[number % len(_TOKENS)].format(k=kind, t=_TIMES[period][number % 4])
        figure = f"CAST({columns[kind]} AS BIGINT)"
        found.append(_ask("tokens", said, gold(usage(period, figure), "count")))
    for number in range(10):
        dimension, (column, where) = list(_DIMENSIONS.items())[number % 2]
        period = periods[(number + number // 2) % 4]
        said = _UNIT[number % len(_UNIT)].format(d=dimension, t=_TIMES[period][number % 4])
        figure = "SUM(priced_cost) / SUM(requests)"
        found.append(_ask("unit", said, gold(usage(period, figure, column, where), "small")))
    return found


def paraphrases() -> list[dict[str, Any]]:
    """All of them, as lines of the format; every third is held out."""
    found: list[dict[str, Any]] = []
    seen: set[str] = set()
    for number, item in enumerate([*_subjects(), *_groups(), *_units()], 1):
        said = item["turns"][0]
        if said in seen:
            raise AssertionError(f"{said!r} is generated twice")
        seen.add(said)
        split = "held-out" if number % 3 == 0 else "open"
        found.append({"id": f"said-{number:03d}", **item, "split": split})
    return found


def written() -> str:
    """What ``paraphrases.jsonl`` holds."""
    return "".join(f"{json.dumps(item, ensure_ascii=False)}\n" for item in paraphrases())


if __name__ == "__main__":
    Path(__file__).with_name("paraphrases.jsonl").write_text(written(), encoding="utf-8")
