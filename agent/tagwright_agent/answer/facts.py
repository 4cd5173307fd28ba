"""What the tools said, as a ledger that figures, dates and names of a text are traced in.

A cell is one figure with everything it belongs to: its currency, the names in its row, the
filters of its call, its dates. Values of dimensions and tags are names even where they look like
numbers: a tag called ``999.00`` is never the source of an amount.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from tagwright.blocks import Source
from tagwright.text import clean
from tagwright_agent.answer.dates import Interval, whole_date

if TYPE_CHECKING:
    from tagwright.results import ToolResult

__all__ = ["Cell", "Evidence", "Ledger", "fold"]

_DECIMAL = re.compile(r"-?\d{1,40}(\.\d{1,40})?")
_RATIO = re.compile(r"share|ratio|coverage|confidence|contribution|percent|fraction")
_PLAIN = re.compile(r"quantity|count|tokens|requests|rows|resources")
_METRIC = re.compile(r"(?:billed|effective|list|contracted)_cost")
_LABELS = frozenset(
    "currency billing_currency id arn key name label unit kind status type basis metric dimension "
    "before after period start end digest plan_id parent_id receipt version day week month quarter "
    "year billing_period source description reason evidence account region owner".split()
)
_LABEL_ENDS = ("_name", "_id", "_type", "_category", "_class", "_key", "_method", "_arn")


@dataclass(frozen=True)
class Evidence:
    """One tool result and the arguments that it answers."""

    result: ToolResult
    arguments: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Cell:
    """One figure of a tool result.

    Attributes:
        value: As the tool gave it, exact.
        kind: ``money``, ``ratio``, ``count`` or ``number``.
        currency: ISO code; None where it is not money or the result says none.
        key: Field name, e.g. ``previous_effective_cost``.
        row: Number of the row it stands in, unique in the ledger.
        context: Column -> folded names: of its row, and of the filters of its call.
        dates: Intervals its row is labelled with.
        periods: What it is a figure of: the period of its result, for ``previous_…`` the one that
            was compared with, for a change both; empty where the result has none.
        total: Whether it is a total over rows.
        result: Number of its result in the ledger.
        metric: Which cost it is, e.g. ``billed_cost``; empty where it is none.
        without: Folded names that the filters of its call leave out.
        unvalued: Whether it is of charges without a value (untagged).
    """

    value: Decimal
    kind: str
    currency: str | None
    key: str
    row: int
    context: Mapping[str, frozenset[str]]
    dates: tuple[Interval, ...]
    periods: tuple[Interval, ...]
    total: bool
    result: int = 0
    metric: str = ""
    without: frozenset[str] = frozenset()
    unvalued: bool = False


@dataclass(frozen=True)
class _Call:
    """What holds for every figure of one result."""

    number: int
    labels: frozenset[str]
    period: Interval | None
    compared: Interval | None
    metric: str
    without: frozenset[str]
    unvalued: bool

    def periods(self, key: str) -> tuple[Interval, ...]:
        """What a figure of that field is a figure of."""
        now = (self.period,) if self.period else ()
        then = (self.compared,) if self.compared else ()
        if key.startswith(("previous_", "baseline_", "before")):
            return then
        # A change, and its parts, belong to both ends.
        return (*now, *then) if self.compared and key not in {"after", self.metric} else now


def fold(name: str) -> str:
    """A name for comparing: cleaned, lower case, single blanks, no Markdown escapes."""
    return " ".join(clean(name.replace("\\", "").strip("*_` ")).casefold().split())


class Ledger:
    """Everything that a text may draw on.

    Attributes:
        cells: Every figure.
        columns: Folded name -> the columns it is a value of.
        names: Folded name -> the name as the tool gave it.
        intervals: Every date and period.
        counts: Numbers of rows.
        prose: Our tools' own notes and the person's questions, folded: quotable, not figures.
        currencies: Codes of all money cells.
    """

    def __init__(
        self,
        evidence: Iterable[Evidence],
        questions: Sequence[str] = (),
        labels: frozenset[str] = frozenset(),
    ) -> None:
        self.cells: list[Cell] = []
        self.columns: dict[str, set[str]] = {}
        self.names: dict[str, str] = {}
        self.intervals: set[Interval] = set()
        self.counts: set[int] = set()
        self.notes: list[str] = []
        self.keys: set[str] = set()
        self.questions = " \n ".join(questions)
        self._labels = frozenset(_column(name) for name in labels)
        self._row = 0
        for number, item in enumerate(evidence):
            self._add(number, item)
        self.prose = fold(" ".join([*self.notes, self.questions]))
        self.currencies = {cell.currency for cell in self.cells if cell.currency}

    def _add(self, number: int, item: Evidence) -> None:
        result, arguments = item.result, item.arguments
        period = None
        if result.period is not None:
            period = Interval(result.period.start, result.period.end)
            self.intervals.add(period)
        self.notes += result.notes
        self.counts |= {result.row_count, len(result.rows), result.row_count - len(result.rows)}
        if result.receipt:
            self._name("receipt", result.receipt)
        grouped = frozenset(_column(name) for name in _texts(arguments, "group_by", "by", "keys"))
        labels = self._labels | grouped
        if arguments.get("dimension"):
            labels |= {"value"}
        filters, without, unvalued = self._filters(arguments)
        for name in _strings(arguments):
            self._dates(name)
        call = _Call(
            number, labels, period, _interval(result.details.get("compared_to")),
            str(arguments.get("metric") or "effective_cost"), without, unvalued,
        )  # fmt: skip
        for line in Source(result).rows:
            names = {column: name for column in line.values if (name := line.called(column))}
            self._walk(line.values, call, filters, result.currency, total=False, names=names)
        for row in result.totals:
            self._walk(row, call, filters, result.currency, total=True)
        # Details that only describe the data (the catalogue, what its accounts are called) are
        # names, never anyone's figures.
        details = {
            key: value for key, value in result.details.items() if key not in {"catalogue", "names"}
        }
        self._walk(details, call, filters, result.currency, total=False)

    def _filters(
        self, arguments: Mapping[str, Any]
    ) -> tuple[dict[str, frozenset[str]], frozenset[str], bool]:
        """Names that the call keeps by column, names it leaves out, whether it asks for none."""
        kept: dict[str, frozenset[str]] = {}
        out: set[str] = set()
        unvalued = False
        filters = arguments.get("filters")
        for item in filters if isinstance(filters, list) else []:
            if not isinstance(item, dict):
                continue
            column, op = _column(str(item.get("dimension", ""))), item.get("op", "in")
            values = item.get("values") or []
            shown = [str(value) for value in (values if isinstance(values, list) else [values])]
            for value in shown:
                self._name(column, value)
            folded = frozenset(fold(value) for value in shown)
            if op == "in":
                kept[column] = folded
            elif op == "not_in":
                out |= folded
            unvalued = unvalued or op == "is_null"
        return kept, frozenset(out), unvalued

    def _walk(
        self,
        node: Mapping[str, Any],
        call: _Call,
        outer: Mapping[str, frozenset[str]],
        currency: str | None,
        *,
        total: bool,
        names: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        """File one row: its names and dates first, then its figures, then what is inside it.

        ``names``: what people call the values, by column; a text may use either, or both as shown.
        """
        self._row += 1
        row, context, dates = self._row, dict(outer), []
        unvalued = call.unvalued
        # Parts of a change in money, one of which is called quantity (explain_change).
        parts = {"quantity", "price", "not_measured"} <= node.keys()
        figures: list[tuple[str, Decimal, bool]] = []
        inner: list[tuple[str, Mapping[str, Any]]] = []
        own = node.get("currency") or node.get("billing_currency")
        currency = own if isinstance(own, str) else currency
        for key, value in node.items():
            column = _column(str(key))
            self.keys.add(column.replace("_", " "))
            label = column in call.labels or column in _LABELS or column.endswith(_LABEL_ENDS)
            if isinstance(value, bool) or value is None:
                unvalued = unvalued or (value is None and (label or column == "value"))
                continue
            label = label or column.startswith("tag:")
            # Of a plan they are values of tags, beside a change they are amounts (explain_change).
            label = label and not (column in {"before", "after"} and "change" in node)
            if isinstance(value, (int, Decimal)) and not label:
                # Confidence is a whole number of percent; every other ratio is a fraction.
                number = Decimal(value) / (100 if column == "confidence" else 1)
                figures.append((column, number, isinstance(value, int)))
            elif isinstance(value, str) and not label and _DECIMAL.fullmatch(value):
                figures.append((column, Decimal(value), False))
            elif isinstance(value, (str, int)):
                text = str(value)
                if found := self._dates(text):
                    dates.append(found)
                if column not in {"currency", "billing_currency"} and len(text) <= 300:
                    called = names.get(str(key), "")
                    spoken = [text, called, f"{called} ({text})"] if called else [text]
                    for one in spoken:
                        self._name(column, one)
                    if (column, text) != ("key", "all"):  # a row about every key names none
                        context[column] = frozenset(map(fold, spoken))
            elif isinstance(value, Mapping):
                inner.append((column, value))
            elif isinstance(value, (list, tuple)):
                inner += [(column, item) for item in value if isinstance(item, Mapping)]
                for text in value:
                    if isinstance(text, str):
                        self._dates(text)
                        self._name(column, text)
        for key, number, whole in figures:
            kind = "count" if whole else "money"
            if _RATIO.search(key):
                kind = "ratio"
            elif not whole and (currency is None or (_PLAIN.search(key) and not parts)):
                kind = "number"
            self.cells.append(
                Cell(
                    value=number,
                    kind=kind,
                    currency=currency if kind == "money" else None,
                    key=key,
                    row=row,
                    context=context,
                    dates=tuple(dates),
                    periods=call.periods(key),
                    total=total or "total" in key,
                    result=call.number,
                    metric=(_METRIC.search(key) or {0: call.metric})[0] if kind == "money" else "",
                    without=call.without,
                    unvalued=unvalued or "untagged" in key or "invalid" in key,
                )
            )
        for key, child in inner:
            self._walk(child, call, context, currency, total="total" in key)

    def _name(self, column: str, name: str) -> None:
        folded = fold(name)
        if folded:
            self.names[folded] = clean(name)
            self.columns.setdefault(folded, set()).add(column)

    def _dates(self, text: str) -> Interval | None:
        found = whole_date(text)
        if found is not None:
            self.intervals.add(found)
        return found


def _interval(period: object) -> Interval | None:
    """A period as tools give it in their details."""
    if not isinstance(period, Mapping):
        return None
    start, end = whole_date(str(period.get("start"))), whole_date(str(period.get("end")))
    return Interval(start.start, end.start) if start and end else None


def _column(name: str) -> str:
    return name.casefold().replace("-", "_")


def _texts(arguments: Mapping[str, Any], *names: str) -> list[str]:
    found: list[str] = []
    for name in names:
        value = arguments.get(name)
        found += [str(item) for item in (value if isinstance(value, list) else [value]) if item]
    return found


def _strings(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    if isinstance(value, Mapping):
        return [text for inner in value.values() for text in _strings(inner)]
    if isinstance(value, (list, tuple)):
        return [text for inner in value for text in _strings(inner)]
    return []
