"""What a sentence claims in words: that it is the largest, that it rose, that it will cost.

Only claims that the results contradict are faults, and those that no result can support (forecasts,
amounts per day, changes that nobody made). Words that say nothing of order or direction are left to the person who reads.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tagwright_agent.answer.trace import fits, matches

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tagwright_agent.answer.facts import Cell, Ledger
    from tagwright_agent.answer.figures import Figure
    from tagwright_agent.answer.names import Mention
    from tagwright_agent.answer.trace import Clause

__all__ = ["claim_faults"]

_MOST = re.compile(
    r"\b(largest|biggest|highest|greatest|leading|most expensive|costliest|the most)\b",
    re.IGNORECASE,
)
_LEAST = re.compile(r"\b(smallest|lowest|cheapest|least expensive|the least)\b", re.IGNORECASE)
_RANKED = re.compile(
    r"\b(second|third|fourth|fifth|next|one of|among|top|\d+(?:st|nd|rd|th)|"
    r"increase|decrease|rise|fall|drop|change|growth|share|jump|days?|increases|drops)\b",
    re.IGNORECASE,
)
_ROSE = re.compile(
    r"\b(rose|risen|increased|grew|grown|climbed|jumped|went up|gone up)\b", re.IGNORECASE
)
_FELL = re.compile(
    r"\b(fell|fallen|decreased|dropped|declined|shrank|went down|gone down)\b", re.IGNORECASE
)
_EVERY = re.compile(r"\b(every|all|each|everything|both)\b", re.IGNORECASE)
_NOT = re.compile(r"\b(not|no|never|neither|nor|nothing|hardly)\b|n't\b", re.IGNORECASE)
_MORE = re.compile(r"\b(more|higher|larger|bigger|greater)\b", re.IGNORECASE)
_FEWER = re.compile(r"\b(less|lower|smaller|cheaper|fewer)\b", re.IGNORECASE)
_THAN = re.compile(r"\bthan\b", re.IGNORECASE)
_FORECAST = re.compile(
    r"\b(forecast\w*|project(?:ed|ion|ions)|predict\w*|expected to|will (?:cost|be|reach|rise|fall)|"
    r"going to|on track|run[- ]rate)\b",
    re.IGNORECASE,
)
_DONE = re.compile(
    r"\b(?:was|were|is|are|been|being|got|have|has|now|I|we|already|successfully)\s+"
    r"(?:(?:now|been|just|already|successfully|all)\s+)*(approved|applied|executed|rolled back)\b"
    r"|\b(?:I|we)(?:'ve)?\s+(?:(?:have|now|just|already|successfully)\s+)*"
    r"(tagged|fixed|updated|changed|deleted|wrote|written|set|added|removed|approved|applied)\b",
    re.IGNORECASE,
)
_NOT_YET = re.compile(
    r"\b(until|unless|once|if|when|before|after|must|may|might|can|could|should|would|waits?|"
    r"not|nothing|never|no|yet|to be|needs?)\b|n't\b|\?",
    re.IGNORECASE,
)
_RATE = re.compile(
    r"^\s*(?:(?:per|each|every|an?)\s+|/\s?)(?:day|hour|minute|second|week|month|quarter|year|"
    r"request|token|inference|customer|user|call)s?\b",
    re.IGNORECASE,
)


def claim_faults(
    text: str,
    ledger: Ledger,
    clauses: Sequence[tuple[int, Clause]],
    figures: Sequence[Figure],
    mentions: Sequence[Mention],
    derived: Sequence[Figure],
) -> list[str]:
    """What one sentence claims and the results contradict, or cannot say.

    Args:
        text: The sentence.
        ledger: What the tools said.
        clauses: Its clauses with the offsets where they begin.
        figures: Its figures.
        mentions: The known names in it.
        derived: Figures of arithmetic that was written out and is right.
    """
    wrong = _done(text, ledger)
    amounts = [figure for figure in figures if figure.kind in {"money", "percent"}]
    if amounts and _FORECAST.search(text):
        wrong.append("no tool forecasts")
    for figure in amounts:
        clause = next(clause for start, clause in reversed(clauses) if start <= figure.start)
        rate = _RATE.match(text[figure.end :])
        if rate and figure.kind == "money" and figure not in derived:
            cells = matches(figure, ledger, clause)
            if not any("per_" in cell.key for cell in cells):
                wrong.append(f"{figure.text} is not an amount{rate.group()} in any tool result")
        wrong += _extreme(figure, ledger, clause)
    if not figures:
        wrong += _direction(text, ledger, mentions)
        wrong += _order(text, ledger, mentions)
        wrong += _rank(text, ledger, mentions)
    return wrong


def _done(text: str, ledger: Ledger) -> list[str]:
    """What is said to have been approved, applied or changed, and no tool result says so."""
    found = _DONE.search(text)
    if found is None or _NOT_YET.search(text):
        return []
    said = (found[1] or found[2]).casefold().replace(" ", "_")
    states = {name for name, columns in ledger.columns.items() if "state" in columns}
    known = {
        "approved": {"approved", "applying", "applied", "partly_applied", "rolled_back"},
        "applied": {"applied", "partly_applied", "already", "rolled_back"},
        "rolled_back": {"rolled_back"},
    }.get(said, {"applied"})
    return [] if states & known else [f"no tool result says that anything was {said}"]


def _extreme(figure: Figure, ledger: Ledger, clause: Clause) -> list[str]:
    """What is called the largest must be the largest of its kind in the result that it comes from."""
    most, least = _MOST.search(clause.text), _LEAST.search(clause.text)
    if bool(most) == bool(least) or _RANKED.search(clause.text) or clause.table:
        return []
    cells = [
        cell
        for cell in matches(figure, ledger, clause)
        if not cell.total and cell.kind in {"money", "count"} and fits(cell, ledger, clause)
    ]
    compared = [(cell, peers) for cell in cells if len(peers := _peers(cell, ledger)) > 1]
    if not compared:
        return []
    for cell, peers in compared:
        values = [peer.value for peer in peers]
        if cell.value == (max(values) if most else min(values)):
            return []
    word = (most or least or [""])[0]
    return [f"{figure.text} is not {word.casefold().removeprefix('the ')} in the result"]


def _peers(cell: Cell, ledger: Ledger) -> list[Cell]:
    """The figures that stand below and above it in the same column of the same result."""
    return [
        other
        for other in ledger.cells
        if (other.result, other.key, other.currency, other.total)
        == (cell.result, cell.key, cell.currency, cell.total)
    ]


def _changes(ledger: Ledger, name: str | None) -> list[Cell]:
    return [
        cell
        for cell in ledger.cells
        if cell.key == "change"
        and (
            (name is None and not cell.total)
            or (name is not None and any(name in held for held in cell.context.values()))
        )
    ]


def _direction(text: str, ledger: Ledger, mentions: Sequence[Mention]) -> list[str]:
    """What is said to have risen has fallen, or not every one did."""
    rose, fell = bool(_ROSE.search(text)), bool(_FELL.search(text))
    if rose == fell or _NOT.search(text):
        return []
    sign = 1 if rose else -1
    if _EVERY.search(text):
        if any(sign * cell.value < 0 for cell in _changes(ledger, None)):
            return ["not every one of them changed in that direction"]
        return []
    for mention in mentions:
        found = _changes(ledger, mention.name)
        if found and all(sign * cell.value < 0 for cell in found):
            return ["what is said to have changed so changed in the other direction"]
    return []


def _order(text: str, ledger: Ledger, mentions: Sequence[Mention]) -> list[str]:
    """One is said to cost more than another that costs more, wherever both stand in a result."""
    than = _THAN.search(text)
    if than is None or len(mentions) != 2 or _NOT.search(text):
        return []
    before = text[: than.start()]
    more, fewer = bool(_MORE.search(before)), bool(_FEWER.search(before))
    first, second = mentions
    if more == fewer or not first.end <= than.start() < second.start:
        return []
    verdicts = [
        a.value > b.value
        for a in ledger.cells
        if a.kind == "money" and "change" not in a.key and _is_of(a, first.name)
        for b in _peers(a, ledger)
        if _is_of(b, second.name) and a.value != b.value
    ]
    if verdicts and more not in verdicts:
        return ["what is said to be more is less, or the other way round"]
    return []


def _rank(text: str, ledger: Ledger, mentions: Sequence[Mention]) -> list[str]:
    """One is called the largest, without its figure, and is so in no result that it stands in.

    What has no name is not compared: "search is our largest team" is so beside what no team has.
    """
    most, least = bool(_MOST.search(text)), bool(_LEAST.search(text))
    if most == least or len(mentions) != 1 or _RANKED.search(text) or _NOT.search(text):
        return []
    verdicts = []
    for cell in ledger.cells:
        if cell.kind != "money" or "change" in cell.key or not _is_of(cell, mentions[0].name):
            continue
        peers = [
            peer.value
            for peer in _peers(cell, ledger)
            if not peer.unvalued and _differ_in_one(cell, peer)
        ]
        if peers:
            verdicts.append(cell.value >= max(peers) if most else cell.value <= min(peers))
    if verdicts and not any(verdicts):
        return [f"it is not {'the largest' if most else 'the smallest'} in any result"]
    return []


def _differ_in_one(cell: Cell, peer: Cell) -> bool:
    """Whether they are two of one kind: two teams of the same month, no team and a service."""
    if cell.context.keys() != peer.context.keys():
        return False
    return sum(cell.context[name] != peer.context[name] for name in cell.context) == 1


def _is_of(cell: Cell, name: str) -> bool:
    return not cell.total and any(name in held for held in cell.context.values())
