"""Whether one figure of one clause belongs to what the clause says it does."""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tagwright_agent.answer.figures import Figure, printed_as

if TYPE_CHECKING:
    from collections.abc import Sequence
    from decimal import Decimal

    from tagwright_agent.answer.dates import DateFound
    from tagwright_agent.answer.facts import Cell, Ledger

__all__ = ["Clause", "fits", "leaves_out", "matches", "reversed_change", "speaks_of_whole", "trace"]

_UP = re.compile(
    r"\b(rose|risen|rise|increas\w*|gr[eo]w\w*|up|higher|more|added|jump\w*|climb\w*)\b",
    re.IGNORECASE,
)
_DOWN = re.compile(
    r"\b(fell|fall\w*|decreas\w*|drop\w*|down|lower|less|declin\w*|sav\w+|reduc\w*|shr[aiu]nk|"
    r"credits?|refund\w*|discount\w*|minus|negative)\b",
    re.IGNORECASE,
)
_WHOLE = re.compile(
    r"\b(totals?|overall|all|of|altogether|entire|whole|combined|together|sum|bill|everything|"
    r"in all|average)\b",
    re.IGNORECASE,
)
_WITHOUT = re.compile(
    r"\b(without|except|excluding|excludes?|but not|other than|minus|less|apart from)\b",
    re.IGNORECASE,
)
_METRICS = {
    "list_cost": re.compile(r"\blist[- ](?:costs?|prices?)\b", re.IGNORECASE),
    "billed_cost": re.compile(r"\b(?:billed|invoiced)\b", re.IGNORECASE),
    "contracted_cost": re.compile(r"\bcontracted\b", re.IGNORECASE),
    "effective_cost": re.compile(r"\b(?:effective|amorti[sz]ed)\b", re.IGNORECASE),
}
_UNTAGGED = re.compile(r"\b(?:untagged|unallocated|unassigned)\b", re.IGNORECASE)
_RANK = re.compile(
    r"(top|first|largest|biggest|highest|cheapest|smallest|last|next|most expensive|#)\s*$",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Clause:
    """A piece of a sentence, or a row of a table.

    Attributes:
        text: As written.
        names: Folded names of rows and filters that it mentions.
        inherited: Names of the clause before it, where it mentions none itself.
        dates: Dates that it mentions.
        whole: Whether it speaks of a total.
        table: Whether it is a row of a table.
        currency: Currency that its heading or its other figures say.
        several: Whether it holds more than one amount.
        leaves_out: Whether it says that something is left out ("without …").
    """

    text: str
    names: frozenset[str]
    inherited: frozenset[str]
    dates: tuple[DateFound, ...]
    whole: bool
    table: bool = False
    currency: str | None = None
    several: bool = False
    leaves_out: bool = False


def leaves_out(text: str) -> bool:
    """Whether a clause says that something is not counted."""
    return bool(_WITHOUT.search(text))


def speaks_of_whole(text: str) -> bool:
    """Whether a clause may give a total although it names one part."""
    return bool(_WHOLE.search(text))


def matches(figure: Figure, ledger: Ledger, clause: Clause) -> list[Cell]:
    """The cells that print as this figure, whatever they belong to."""
    found = []
    for cell in ledger.cells:
        for value in _values(cell, figure, headed=clause.currency is not None):
            if printed_as(value, figure) and _same_sign(value, cell, figure, clause):
                if figure.currency and cell.kind == "money" and cell.currency != figure.currency:
                    continue
                found.append(cell)
                break
    return found


def _values(cell: Cell, figure: Figure, *, headed: bool) -> list[Decimal]:
    """The cell's value in the figure's unit; empty where the unit does not suit the cell.

    ``headed``: a heading or a figure beside it says the currency.
    """
    value = cell.value
    if figure.kind == "percent":
        shown = [value * 100] if cell.kind == "ratio" else []
    elif figure.kind == "times":
        shown = [value] if cell.kind == "ratio" else []
        if cell.kind == "ratio" and "change" in cell.key:
            shown.append(value + 1)
    elif figure.kind == "money":
        shown = [value] if cell.kind == "money" else []
    elif figure.places == 0 and not figure.scale:
        # "3 services" must not be traced to a share of 1.000000 or a cost of 3.20.
        whole = value == value.to_integral_value() and cell.kind != "ratio"
        shown = [value] if whole or (headed and cell.kind == "money") else []
    else:
        shown = [value]
    if shown and value < 0 and not figure.signed:
        shown.append(-shown[0])
    return shown


def _same_sign(value: Decimal, cell: Cell, figure: Figure, clause: Clause) -> bool:
    """Minus signs may be said in words, and words may not contradict the sign of a change."""
    up, down = bool(_UP.search(clause.text)), bool(_DOWN.search(clause.text))
    if cell.value < 0 and value > 0 and figure.kind != "times":
        return down and not clause.table
    if "change" in cell.key and not figure.signed and cell.value > 0 and figure.kind != "times":
        return up or not down
    return True


def trace(figure: Figure, ledger: Ledger, clause: Clause) -> str:
    """Empty where the figure has a source that fits its clause; else what is wrong with it."""
    cells = matches(figure, ledger, clause)
    if figure.currency is None and len(ledger.currencies) > 1 and not clause.currency:
        money = [cell for cell in cells if cell.kind == "money"]
        if money and len(money) == len(cells):
            return f"{figure.text} has no currency, and there are several"
    if clause.currency and figure.currency is None:
        cells = [cell for cell in cells if cell.kind != "money" or cell.currency == clause.currency]
    if cells:
        if any(fits(cell, ledger, clause) for cell in cells):
            return ""
        return f"{figure.text} belongs to another name or period than the one beside it"
    if figure.kind in {"number", "times"} and _is_count(figure, ledger, clause):
        return ""
    return _reason(figure, ledger)


def fits(cell: Cell, ledger: Ledger, clause: Clause) -> bool:
    """Whether the names, dates and kind of cost that the clause says are those of the cell."""
    return (
        _fits_names(cell, ledger, clause)
        and _fits_dates(cell, clause)
        and _fits_metric(cell, clause)
    )


def _fits_metric(cell: Cell, clause: Clause) -> bool:
    """An amount called by one kind of cost may not be another kind's."""
    said = {metric for metric, words in _METRICS.items() if words.search(clause.text)}
    if clause.table or not cell.metric or cell.kind != "money":
        return True
    if _UNTAGGED.search(clause.text) and not (cell.unvalued or clause.several):
        return False
    return not said or cell.metric in said


def _fits_names(cell: Cell, ledger: Ledger, clause: Clause) -> bool:
    """No name beside the figure may be another value of a column that the cell has a value in."""
    names = clause.names or clause.inherited
    left_out = names & cell.without
    if left_out and not clause.leaves_out:
        return False
    for name in names - left_out:
        columns = ledger.columns.get(name, set()) & _binding(ledger)
        if not columns:
            continue
        held = [column for column in columns if column in cell.context]
        if any(cell.context[column] & names for column in held):
            continue
        if held:
            return False
        if clause.names and not clause.whole:
            return False  # a figure that says nothing of this column, beside one of its values
    return True


def _binding(ledger: Ledger) -> set[str]:
    """The columns that tell rows apart: those that stand in the context of some figure."""
    return {column for cell in ledger.cells for column in cell.context}


def _fits_dates(cell: Cell, clause: Clause) -> bool:
    if not clause.dates:
        return True
    own = cell.dates or cell.periods
    if not own:
        return True
    return any(
        reading.overlaps(interval)
        # A day may be written as the exclusive end; a month that begins there is another period.
        or (reading.start == interval.end and (reading.end - reading.start).days == 1)
        for date in clause.dates
        for reading in date.readings
        for interval in own
    )


def _is_count(figure: Figure, ledger: Ledger, clause: Clause) -> bool:
    if figure.scale or figure.places or figure.kind != "number":
        return False
    number = int(figure.value)
    if number in ledger.counts or str(number) in ledger.names:
        return True
    if re.search(rf"(?<![\d.,]){re.escape(figure.text)}(?![\d,]|\.\d)", ledger.questions):
        return True
    rows = max(ledger.counts, default=0)
    before = clause.text.partition(figure.text)[0]
    return 0 < number <= rows and bool(_RANK.search(before))


def _reason(figure: Figure, ledger: Ledger) -> str:
    bare = Clause("", frozenset(), frozenset(), (), whole=True, currency="any")
    anyhow = Figure(
        figure.start, figure.end, "number", figure.mantissa, figure.places, figure.scale, None,
        figure.text, figure.signed,
    )  # fmt: skip
    same = [cell for cell in matches(anyhow, ledger, bare) if cell.kind == "money"]
    if figure.currency and same:
        return f"{figure.text} is in another currency in the data"
    near = [
        cell.value
        for cell in ledger.cells
        if cell.value and abs(cell.value - figure.value) <= abs(cell.value) / 100
    ]
    if near and figure.kind in {"money", "number"}:
        return f"{figure.text} is near a figure of the data but not rounded from it"
    return f"{figure.text} is in no tool result"


def reversed_change(figures: Sequence[Figure], ledger: Ledger, text: str) -> list[Figure]:
    """Of "from A to B" where the data says from B to A: both figures, else none."""
    for first, second in itertools.pairwise(figures):
        before = text[: first.start].casefold().split()
        between = text[first.end : second.start].casefold().split()
        if before[-1:] != ["from"] or "to" not in between:
            continue
        said = " ".join(before[-6:])
        if first.currency == second.currency and (
            (first.value < second.value and _DOWN.search(said) and not _UP.search(said))
            or (first.value > second.value and _UP.search(said) and not _DOWN.search(said))
        ):
            return [first, second]
        rows: dict[int, dict[str, Decimal]] = {}
        for cell in ledger.cells:
            rows.setdefault(cell.row, {})[cell.key] = cell.value
        forward = backward = False
        for row in rows.values():
            for key, old in row.items():
                if not key.startswith("previous_"):
                    continue
                new = row.get(key.removeprefix("previous_"))
                if new is None:
                    continue
                forward |= printed_as(old, first) and printed_as(new, second)
                backward |= printed_as(new, first) and printed_as(old, second)
        if backward and not forward:
            return [first, second]
    return []
