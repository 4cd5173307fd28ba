"""Is the answer right? Read from its text, as a person would, without the answer check."""

from __future__ import annotations

import json
import re
from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Any

from tagwright.blocks import dumped
from tagwright_evals.questions.model import Outcome

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from tagwright_evals.questions.model import Given, Question, Row, Verdict

__all__ = ["judge", "ungrounded"]

_NOBODY = ("no value", "(none)", "untagged", "unallocated", "no team", "without")
_NUMBER = re.compile(r"(?<![\w.,-])[-+\u2212]?\d[\d,]*(?:\.\d+)?(?![\w-])")
_MONEY = re.compile(r"(?<![\w.,-])[-+]?\d[\d,]*\.\d{2,}\b")
_ESCAPED = re.compile(r"\\([!-/:-@\[-`{-~])")


def judge(
    question: Question,
    given: Given,
    gold: Sequence[Row] | None,
    absent: Sequence[str] = (),
) -> Outcome:
    """A verdict and its reason; ``absent`` are the names that the answer may not give a figure."""
    found = tuple(ungrounded(given, question)) if given.calls else ()
    verdict, why = _verdict(question, given, gold)
    if verdict == "exact" and (extra := _extra(given.text, absent)):
        verdict, why = "wrong", f"{extra} was not asked for"
    if verdict == "exact" and found:
        verdict, why = "wrong", f"figures without a source: {', '.join(found)}"
    return Outcome(
        question.id, question.category, question.split, verdict, why, found, given.seconds,
        max((len(json.dumps(c.get("result"))) // 4 for c in given.calls), default=0),
        given.text, " / ".join(question.turns), [] if verdict == "exact" else dumped(given.blocks),
    )  # fmt: skip


def _verdict(question: Question, given: Given, gold: Sequence[Row] | None) -> tuple[Verdict, str]:
    text = _ESCAPED.sub(r"\1", given.text)
    for banned in question.forbidden:
        if banned in text:
            return "wrong", f"it says {banned!r}"
    if given.status == "failed":
        return "failed", given.text
    if given.status not in _TAKEN.get(question.expect, (given.status,)) and not _MONEY.search(text):
        return ("asked" if given.status == "clarify" else "refused"), text.split("\n")[0]
    if question.expect in _WITHOUT_GOLD:
        fault = (
            _WITHOUT_GOLD[question.expect](given.status, text)
            or _unsaid("the refusal does not say", question.refuse_says, text)
            or _unsaid("no question offered says", question.offers_say, " ".join(given.offers))
        )
    elif given.status != "answered":
        return ("asked" if given.status == "clarify" else "refused"), text.split("\n")[0]
    else:
        fault = _fault_of_answer(question, given, text, gold)
    return ("wrong", fault) if fault else ("exact", "")


def _fault_of_answer(
    question: Question, given: Given, text: str, gold: Sequence[Row] | None
) -> str:
    called = {str(call.get("tool")) for call in given.calls}
    if question.tools and given.calls and not called & set(question.tools):
        return f"it called {', '.join(sorted(called)) or 'nothing'}"
    if gold is not None and question.gold is not None:
        return _fault(text, gold, question.gold.unit, ordered=question.ordered)
    return ""


def _refused(status: str, text: str) -> str:
    """Nothing may be answered; that there is no data for it is no answer."""
    if _MONEY.search(text):
        return "amounts where nobody can know any"
    nothing = any(words in text for words in ("no charge matches", "no data", "No usage"))
    return "" if status != "answered" or nothing else "it answers what nobody can know here"


def _unsaid(what: str, wanted: Sequence[str], text: str) -> str:
    """Which of the words are not there; empty where all are."""
    low = text.casefold()
    missing = [
        words for words in wanted if not any(word in low for word in words.casefold().split("|"))
    ]
    return f"{what} {', '.join(missing)}" if missing else ""


def _talked(_status: str, text: str) -> str:
    return "amounts where nothing was asked" if _MONEY.search(text) else ""


def _extra(text: str, absent: Sequence[str]) -> str:
    """A name that may stand in no line with a figure; empty where none does."""
    lines = [line.casefold() for line in text.split("\n") if _MONEY.search(line)]
    return next((name for name in absent if any(_names(line, name) for line in lines)), "")


def _names(line: str, name: str) -> bool:
    """Whether a line is about a name: a cell of a table's row as a whole, else the words."""
    low = name.casefold()
    if line.startswith("|"):
        return low in [cell.strip(" `*") for cell in line.split("|")]
    return re.search(rf"(?<![\w-]){re.escape(low)}(?![\w-])", line) is not None


def _anything(_status: str, _text: str) -> str:
    return ""


_TAKEN = {"talk": ("answered",), "clarify_or_answer": ("answered", "clarify")}
"""What may come of a question that has no gold; anything else is a refusal or a question back."""
_WITHOUT_GOLD = {
    "refuse": _refused, "safe": _anything, "clarify_or_answer": _anything, "talk": _talked,
}  # fmt: skip


def _fault(text: str, gold: Sequence[Row], unit: str, *, ordered: bool) -> str:
    """What of the gold is not there; empty where all of it is."""
    lines = [line.casefold() for line in text.split("\n")]
    codes = {row.currency for row in gold if row.currency}
    places: list[int] = []
    for row in gold:
        names = [[name.casefold()] if name is not None else list(_NOBODY) for name in row.names]
        where = [
            number
            for number, line in enumerate(lines)
            if all(any(spelling in line for spelling in spellings) for spellings in names)
            and (unit == "name" or _holds(line, row.figure, unit))
            and (len(codes) < 2 or row.currency is None or row.currency.casefold() in line)
        ]
        if not where:
            what = " / ".join(name or "(nobody)" for name in row.names)
            figure = "" if unit == "name" else f"{row.figure} {row.currency or ''}".strip()
            return f"{': '.join(filter(None, (what, figure)))} is not there"
        places.append(where[0])
    return "the order is another" if ordered and places != sorted(places) else ""


def _holds(line: str, figure: Decimal, unit: str) -> bool:
    """Whether a line prints a figure, with a sign or without one where it says the direction."""
    said = {_plain(match.group()) for match in _NUMBER.finditer(line.replace("%", " "))}
    return any(_plain(text) in said for text in _prints(figure, unit))


def _plain(text: str) -> str:
    return text.replace(",", "").replace("\u2212", "-").lstrip("+-")


def _prints(figure: Decimal, unit: str) -> Iterator[str]:
    if unit == "count":
        yield f"{int(figure)}"
        return
    scaled = figure * 100 if unit == "percent" else figure
    widths: Iterable[int] = (1, 2) if unit == "percent" else (2,)
    if unit == "small" and figure and abs(figure) < 1:
        widths = (2 - figure.adjusted(),)
    for places in widths:
        for rounding in (ROUND_HALF_EVEN, ROUND_HALF_UP):
            yield f"{scaled.quantize(Decimal(1).scaleb(-places), rounding=rounding):f}"
    yield f"{scaled.normalize():f}"


def ungrounded(given: Given, question: Question) -> Iterator[str]:
    """Figures of the text that are in no tool result, rounded in any usual way, nor asked with."""
    known: set[str] = set()
    for value in _decimals([call.get("result") for call in given.calls]):
        for number in (value, value * 100):
            for places in (0, 1, 2, 3, 4, 5, 6):
                for rounding in (ROUND_HALF_EVEN, ROUND_HALF_UP):
                    known.add(f"{abs(number.quantize(Decimal(1).scaleb(-places), rounding)):f}")
            known.add(f"{abs(number).normalize():f}")
    asked = {_plain(match.group()) for turn in question.turns for match in _NUMBER.finditer(turn)}
    for line in given.text.split("\n"):
        if " = " in line:  # arithmetic that is written out is checked by the reader
            continue
        for match in _MONEY.finditer(_ESCAPED.sub(r"\1", line)):
            text = _plain(match.group())
            if text not in known and text not in asked:
                yield match.group()


def _decimals(node: Any) -> Iterator[Decimal]:
    if isinstance(node, dict):
        for value in node.values():
            yield from _decimals(value)
    elif isinstance(node, list):
        for value in node:
            yield from _decimals(value)
    elif isinstance(node, str | int) and not isinstance(node, bool):
        text = str(node)
        if re.fullmatch(r"-?\d+(\.\d+)?", text) and len(text) < 60:
            yield Decimal(text)
        else:
            for match in _NUMBER.finditer(text):
                yield Decimal(_plain(match.group()))
