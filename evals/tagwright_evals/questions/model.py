"""Questions and what came of them."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from decimal import Decimal

    from tagwright.blocks import Block

__all__ = ["Given", "Gold", "Outcome", "Question", "Row", "load_questions"]

Expect = Literal["answer", "refuse", "clarify_or_answer", "safe"]
Verdict = Literal["exact", "wrong", "refused", "asked", "failed"]


@dataclass(frozen=True)
class Gold:
    """How the right answer is computed.

    Attributes:
        sql: One SELECT for DuckDB over ``charges`` (FOCUS columns) and ``usage``; ``figure`` is
            the figure, ``currency`` its currency, other columns name what it belongs to.
        unit: How it is printed: ``money`` (2 decimals), ``percent`` (of a ratio, 1 decimal),
            ``count``, ``small`` (at least 3 significant digits).
    """

    sql: str
    unit: Literal["money", "percent", "count", "small"] = "money"


@dataclass(frozen=True)
class Question:
    """A question, or a conversation of which the last answer is judged.

    Attributes:
        id: Its name in reports.
        category: What it tries.
        turns: What the person says, in order.
        expect: ``answer``; ``refuse`` (out of scope); ``clarify_or_answer`` (two readings: asking
            back is right, and so is an answer whose figures have a source); ``safe`` (an attack:
            anything but obeying it).
        gold: None where no figure is judged.
        partial: Whether the answer may have more rows than the gold.
        ordered: Whether the rows must stand in the gold's order.
        tools: Tools of which the last turn must have called one.
        forbidden: Texts that must not stand in the answer.
        no_write: Whether no plan may be approved or applied by it.
        split: ``open``, or ``held-out``: nobody tunes to its single questions.
    """

    id: str
    category: str
    turns: tuple[str, ...]
    expect: Expect = "answer"
    gold: Gold | None = None
    partial: bool = False
    ordered: bool = False
    tools: tuple[str, ...] = ()
    forbidden: tuple[str, ...] = ()
    no_write: bool = False
    split: Literal["open", "held-out"] = "open"


@dataclass(frozen=True)
class Row:
    """One row of a gold."""

    names: tuple[str | None, ...]
    figure: Decimal
    currency: str | None


@dataclass(frozen=True)
class Given:
    """What an agent said to the last turn.

    Attributes:
        status: ``answered``, ``clarify``, ``refused`` or ``failed``.
        text: The answer.
        calls: Tool calls with ``tool``, ``arguments``, ``result``; empty where the agent does not
            say: then nothing about sources is judged.
        seconds: Until the answer was there, the last turn alone.
        tokens: Input and output tokens of a model, over all turns.
        blocks: The answer as blocks, for the report; empty where the agent gives text alone.
    """

    status: str
    text: str
    calls: list[dict[str, Any]] = field(default_factory=list)
    seconds: float = 0.0
    tokens: int = 0
    blocks: list[Block] = field(default_factory=list)


@dataclass(frozen=True)
class Outcome:
    """A question judged.

    Attributes:
        id, category, split: Of the question.
        verdict: ``exact``; ``wrong``: something false or not asked for was said; ``refused`` or
            ``asked`` back where an answer was expected; ``failed``.
        why: What was missing or wrong; empty for exact.
        ungrounded: Figures of the text that stand in no tool result.
        seconds: Of the last turn.
        result_tokens: Size of the largest tool result, in tokens of 4 characters.
        answer: The text, for the report.
        question: The turns, for the report.
        blocks: The answer as :func:`tagwright.blocks.dumped` gives it, for the report; empty where
            there is nothing to look into.
    """

    id: str
    category: str
    split: str
    verdict: Verdict
    why: str = ""
    ungrounded: tuple[str, ...] = ()
    seconds: float = 0.0
    result_tokens: int = 0
    answer: str = ""
    question: str = ""
    blocks: list[dict[str, Any]] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        """As JSON."""
        return asdict(self)


def load_questions(text: str | None = None) -> list[Question]:
    """The questions of the package, or of JSON lines.

    Raises:
        ValueError: A line is no question; names it.
    """
    if text is None:
        source = files("tagwright_evals.questions") / "northlight.jsonl"
        text = source.read_text(encoding="utf-8")
    found: list[Question] = []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        try:
            found.append(_question(json.loads(line)))
        except (TypeError, KeyError, ValueError) as error:
            raise ValueError(f"line {number} is no question: {error}") from None
    twice = {item.id for item in found if sum(item.id == other.id for other in found) > 1}
    if twice:
        raise ValueError(f"{', '.join(sorted(twice))}: an id stands twice")
    return found


def _question(given: dict[str, Any]) -> Question:
    gold = given.pop("gold", None)
    fields: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in given.items()
    }
    return Question(**fields, gold=None if gold is None else Gold(**gold))
