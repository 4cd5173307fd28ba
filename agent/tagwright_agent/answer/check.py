"""Take every figure, date and name of an answer back to a tool result, or take it out.

What is accepted: a figure of a result, exact or rounded as printed; a percentage of a ratio;
arithmetic that is written out and right; counts of rows; what the person asked with. A figure
must also belong to the name, period and currency beside it. What has no source costs its
sentence or table row: half a sentence would say something nobody checked.
"""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from tagwright.text import clean
from tagwright_agent.answer.arithmetic import operands, written_steps
from tagwright_agent.answer.claims import claim_faults
from tagwright_agent.answer.dates import DateFound, find_dates, is_traced
from tagwright_agent.answer.facts import Evidence, Ledger, fold
from tagwright_agent.answer.figures import CODES, Figure, find_figures
from tagwright_agent.answer.layout import RULE, table_sizes, without_empty_tables
from tagwright_agent.answer.names import FILLER, Mention, Names
from tagwright_agent.answer.prose import canonical, plain
from tagwright_agent.answer.trace import (
    Clause,
    leaves_out,
    matches,
    reversed_change,
    speaks_of_whole,
    trace,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from tagwright.results import ToolResult

__all__ = ["Checked", "Finding", "check"]

_QUOTED = re.compile(r"(?:Note|Question): ")
"""Before a tool's own note or question, which may be quoted whole."""

_NOTES = re.compile(r"(?<=\S)\s+(?=(?:Note|Question): )")
_SENTENCE = re.compile(
    r"(?<!vs\.)(?<!e\.g\.)(?<!i\.e\.)(?<!Inc\.)(?<!Ltd\.)(?<!approx\.)"
    r"(?<=[.!?])[\"\u201d)*_]*\s+(?=[\"\u201c(*_`A-Z0-9\ue000-])"
)
_CLAUSE = re.compile(
    r",(?!\d)|;|\s(?:and|while|whereas|but|versus|vs\.?|against|then|plus)\s|\u2014|\s\u2013\s",
    re.IGNORECASE,
)
_LIST_MARK = re.compile(r"(?:\d{1,9}\.|[-•])\s+")
_CELL = re.compile(r"(?<!\\)\|")


@dataclass(frozen=True)
class Finding:
    """Something that was said and has no source.

    Attributes:
        line: Number of the line, from 0.
        segment: The sentence or table row that it stands in.
        reason: What is wrong, in words for the model that wrote it.
    """

    line: int
    segment: str
    reason: str


@dataclass(frozen=True)
class Checked:
    """A text after the check.

    Attributes:
        text: Without the sentences and table rows that hold a finding; Markdown without markup.
        ungrounded: The findings, in order; empty where everything has a source.
    """

    text: str
    ungrounded: tuple[Finding, ...] = ()

    @property
    def left_out(self) -> int:
        """A sentence or table row counts once, whatever is wrong with it."""
        return len({(finding.line, finding.segment) for finding in self.ungrounded})


@dataclass
class _Table:
    """The table that is being read: its heading's currency and dates, its body rows so far."""

    currency: str | None = None
    rows: int = 0
    headed: bool = False


@dataclass
class _Reader:
    ledger: Ledger
    names: Names
    years: frozenset[int]
    derived: list[Figure] = field(default_factory=list)

    def faults(self, text: str, table: _Table | None, *, previous: Clause | None) -> list[str]:
        """What is wrong with one sentence, or with one row of ``table``."""
        masked, mentions, wrong = self.names.masked(text)
        dates = find_dates(masked, self.years)
        wrong += [
            f"the date {date.text} is in no tool result"
            for date in dates
            if not is_traced(date.readings, self.ledger.intervals)
        ]
        undated = _without(masked, [(date.start, date.end) for date in dates])
        figures = find_figures(undated)
        steps = written_steps(undated, figures, lambda figure: self._traced_anywhere(figure, text))
        wrong += [
            f"the arithmetic that ends in {figure.text} does not follow from the data"
            for figure, right in steps.items()
            if not right
        ]
        self.derived += [figure for figure, right in steps.items() if right]
        clauses = self._clauses(text, masked, mentions, dates, figures, table, previous)
        wrong += self._order_faults(text, masked, mentions, figures, table)
        ordered = "respectively" in text
        parts = operands(undated, figures, steps)
        for figure in figures:
            if figure in steps or (table and _is_position(figure, text, self.ledger)):
                continue
            _start, clause = _clause_at(clauses, figure.start)
            if ordered or figure in parts:
                clause = replace(clause, names=frozenset(), inherited=frozenset())
            if (fault := trace(figure, self.ledger, clause)) and not self._is_derived(figure):
                if table and clause.whole and figure.kind == "percent" and figure.value == 100:
                    continue  # the shares of a total row
                wrong.append(fault)
        blank = _without(undated, [(figure.start, figure.end) for figure in figures])
        if table is not None:
            wrong += self._cell_faults(text)
            wrong += self.names.identifiers(blank, text)
        elif figures:
            wrong += self.names.strangers(blank, text, begins=True)
        else:
            wrong += self.names.identifiers(blank, text)
        if table is None:
            wrong += claim_faults(text, self.ledger, clauses, figures, mentions, self.derived)
        wrong += [
            f"{figure.text} stands on the wrong side of the change"
            for figure in reversed_change(figures, self.ledger, undated)
        ]
        return wrong

    def _traced_anywhere(self, figure: Figure, text: str) -> bool:
        anywhere = Clause(text, frozenset(), frozenset(), (), whole=True, currency=figure.currency)
        return bool(matches(figure, self.ledger, anywhere)) or self._is_derived(figure)

    def _is_derived(self, figure: Figure) -> bool:
        """Whether a step written out before gave this very figure."""
        return any(
            known.value == figure.value
            and known.kind == figure.kind
            and known.currency == figure.currency
            for known in self.derived
        )

    def _clauses(
        self,
        text: str,
        masked: str,
        mentions: Sequence[Mention],
        dates: Sequence[DateFound],
        figures: Sequence[Figure],
        table: _Table | None,
        previous: Clause | None,
    ) -> list[tuple[int, Clause]]:
        """The clauses with the offsets where they begin; a table's row is one clause."""
        printed = {figure.currency for figure in figures if figure.currency}
        currency = next(iter(printed)) if len(printed) == 1 else None
        if table is not None:
            cells = {cell.strip(" *_`") for cell in _CELL.split(text)}
            codes = cells & CODES
            said = next(iter(codes)) if len(codes) == 1 else currency or table.currency
            whole = any(cell.casefold().startswith(("total", "all", "sum")) for cell in cells)
            names = frozenset(mention.name for mention in mentions)
            return [(0, Clause(text, names, frozenset(), tuple(dates), whole, True, said))]
        cuts = [0, *(match.end() for match in _CLAUSE.finditer(masked)), len(masked)]
        found: list[tuple[int, Clause]] = []
        without = False
        last = previous.names or previous.inherited if previous else frozenset()
        for start, end in itertools.pairwise(cuts):
            piece = text[start:end]
            names = frozenset(item.name for item in mentions if start <= item.start < end)
            inside = tuple(date for date in dates if start <= date.start < end)
            spoken = any(start <= figure.start < end for figure in figures)
            without = leaves_out(piece) or (without and not (names and spoken))
            amounts = [f for f in figures if start <= f.start < end and f.kind == "money"]
            clause = Clause(
                piece, names, frozenset() if names else last, inside,
                whole=speaks_of_whole(piece), currency=currency, several=len(amounts) > 1,
                leaves_out=without,
            )  # fmt: skip
            found.append((start, clause))
            last = names or last
        return found

    def _order_faults(
        self,
        text: str,
        masked: str,
        mentions: Sequence[Mention],
        figures: Sequence[Figure],
        table: _Table | None,
    ) -> list[str]:
        """In "A and B cost 1 and 2 respectively" the k-th figure must fit the k-th name."""
        if table is not None or "respectively" not in text:
            return []
        amounts = [figure for figure in figures if figure.kind in {"money", "percent", "number"}]
        if len(amounts) != len(mentions):
            return ["the figures before 'respectively' cannot be paired with names"]
        codes = {figure.currency for figure in amounts if figure.currency}
        currency = next(iter(codes)) if len(codes) == 1 else None
        pairs = zip(mentions, amounts, strict=True)
        clauses = [
            (
                Clause(masked, frozenset({mention.name}), frozenset(), (), False, False, currency),
                amount,
            )
            for mention, amount in pairs
        ]
        return [
            fault for clause, amount in clauses if (fault := trace(amount, self.ledger, clause))
        ]

    def _cell_faults(self, text: str) -> list[str]:
        wrong = []
        for cell in _CELL.split(text.strip().strip("|")):
            masked, _, _ = self.names.masked(cell)
            dates = find_dates(masked, self.years)
            rest = _without(masked, [(date.start, date.end) for date in dates])
            rest = _without(rest, [(item.start, item.end) for item in find_figures(rest)])
            if not self.names.cell_known(rest.replace(FILLER, " ")) and not self.names.cell_known(
                cell
            ):
                wrong.append("a name in a table is in no tool result")
        return wrong


def check(
    text: str,
    results: Iterable[ToolResult | Evidence],
    *,
    questions: Sequence[str] = (),
    labels: frozenset[str] = frozenset(),
    vocabulary: frozenset[str] = frozenset(),
) -> Checked:
    """Check a text against the results it was written from.

    Args:
        text: What the model or the planner wrote.
        results: The results of this turn and of earlier ones; with their arguments as
            :class:`Evidence`, figures are also held to the filters and periods of their calls.
        questions: What the person asked, in this turn and before.
        labels: Dimension and taxonomy keys; their values are names even where they are digits.
        vocabulary: Further words that may be quoted, such as tool and metric names.
    """
    evidence = [item if isinstance(item, Evidence) else Evidence(item) for item in results]
    ledger = Ledger(evidence, questions, labels)
    _add_question_dates(ledger, questions)
    years = frozenset(day.year for interval in ledger.intervals for day in interval)
    reader = _Reader(ledger, Names(ledger, vocabulary | labels), years)
    own = {fold(note) for note in (*ledger.notes, *_own_questions(evidence))}
    lines = [clean(line) for line in canonical(text).split("\n")]
    ledger.counts |= table_sizes(lines, ledger)
    kept: list[str | None] = []
    findings: list[Finding] = []
    table: _Table | None = None
    for number, line in enumerate(lines):
        if line.lstrip().startswith("|"):
            table = table or _Table()
            kept.append(_table_line(reader, table, number, line, findings))
            continue
        table = None
        # Notes in lines of their own are one paragraph as it is shown.
        parts = [
            part
            if _QUOTED.match(part) and fold(plain(_QUOTED.sub("", part))) in own
            else _prose_line(reader, number, part, findings)
            for part in _NOTES.split(line)
        ]
        good = [part for part in parts if part is not None]
        kept.append(" ".join(good) if good else None)
    shown = without_empty_tables(kept, lines)
    return Checked("\n".join(shown).strip(), tuple(findings))


def _own_questions(evidence: Iterable[Evidence]) -> list[str]:
    """What propose_tag_fixes asks a person: our own sentences about names of the bill."""
    asked = [item.result.details.get("questions") for item in evidence]
    return [
        str(question["question"])
        for found in asked
        if isinstance(found, list)
        for question in found
        if isinstance(question, dict) and question.get("question")
    ]


def _prose_line(reader: _Reader, number: int, line: str, findings: list[Finding]) -> str | None:
    mark = _LIST_MARK.match(line)
    head, body = (mark.group(), line[mark.end() :]) if mark else ("", line)
    sentences, at = [], 0
    for cut in _SENTENCE.finditer(body):
        sentences.append(body[at : cut.end()])
        at = cut.end()
    sentences.append(body[at:])
    good = []
    for sentence in sentences:
        faults = reader.faults(plain(sentence), None, previous=None) if sentence.strip() else []
        findings += [Finding(number, plain(sentence.strip()), fault) for fault in faults]
        if not faults:
            good.append(sentence)
    text = "".join(good)
    return None if sentences != good and not text.strip() else head + text


def _table_line(
    reader: _Reader, table: _Table, number: int, line: str, findings: list[Finding]
) -> str | None:
    if RULE.fullmatch(line):
        return line
    read = plain(line, cell=True)
    if not table.headed:
        table.headed = True
        codes = set(re.findall(r"\b[A-Z]{3}\b", line)) & CODES
        table.currency = next(iter(codes)) if len(codes) == 1 else None
        faults = _heading_faults(reader, read)
    else:
        table.rows += 1
        faults = reader.faults(read, table, previous=None)
    findings += [Finding(number, read.strip(), fault) for fault in faults]
    return None if faults else line


def _heading_faults(reader: _Reader, line: str) -> list[str]:
    masked, _, wrong = reader.names.masked(line)
    dates = find_dates(masked, reader.years)
    bare = _without(masked, [(date.start, date.end) for date in dates])
    return [
        *wrong,
        *(
            f"the date {date.text} is in no tool result"
            for date in dates
            if not is_traced(date.readings, reader.ledger.intervals)
        ),
        *(f"{figure.text} in a table's heading" for figure in find_figures(bare)),
    ]


def _add_question_dates(ledger: Ledger, questions: Sequence[str]) -> None:
    years = {day.year for interval in ledger.intervals for day in interval}
    for question in questions:
        for date in find_dates(question, years):
            ledger.intervals |= set(date.readings)


def _clause_at(clauses: Sequence[tuple[int, Clause]], offset: int) -> tuple[int, Clause]:
    return next(item for item in reversed(clauses) if item[0] <= offset)


def _is_position(figure: Figure, row: str, ledger: Ledger) -> bool:
    """Whether a figure is the running number in a row's first cell, before what it counts."""
    first, *others = _CELL.split(row.strip().strip("|"))
    most = max(ledger.counts, default=0)
    return (
        bool(others)
        and figure.kind == "number"
        and first.strip(" .#") == figure.text
        and figure.places == 0
        and 0 < figure.value <= most
    )


def _without(text: str, spans: Sequence[tuple[int, int]]) -> str:
    characters = list(text)
    for start, end in spans:
        characters[start:end] = FILLER * (end - start)
    return "".join(characters)
