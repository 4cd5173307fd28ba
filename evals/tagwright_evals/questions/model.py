"""Questions and what came of them."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import asdict, dataclass, field
from fnmatch import fnmatchcase
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Literal, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from decimal import Decimal

    from tagwright.blocks import Block

__all__ = [
    "DIALOGUES", "SETS", "Dialogue", "Given", "Gold", "Outcome", "Question", "Row",
    "chosen", "load_dialogues", "load_questions",
]  # fmt: skip

Expect = Literal["answer", "refuse", "clarify_or_answer", "safe", "talk"]
Verdict = Literal["exact", "wrong", "refused", "asked", "failed"]

SETS = (
    "northlight.jsonl",
    "asked.jsonl",
    "paraphrases.jsonl",
    "outside.jsonl",
    "unseen.jsonl",
    "fresh.jsonl",
)
"""Files of single questions: the first set, the second (typed in by hand), the generated ones, and
those by three who have not seen the planner, as people write at work."""

DIALOGUES = (
    "dialogues.jsonl", "outside_dialogues.jsonl", "unseen_dialogues.jsonl",
    "follow_dialogues.jsonl", "met_dialogues.jsonl",
)  # fmt: skip
"""Files of dialogues: the first, those by three who have not seen the planner, of follow-ups, and
those that six wrote who had seen neither planner nor questions."""


@dataclass(frozen=True)
class Gold:
    """How the right answer is computed.

    Attributes:
        sql: One SELECT for DuckDB over ``charges`` (FOCUS columns) and ``usage``; ``figure`` is
            the figure, ``currency`` its currency, other columns name what it belongs to.
        unit: How it is printed: ``money`` (2 decimals), ``percent`` (of a ratio, 1 decimal),
            ``count``, ``small`` (at least 3 significant digits), ``name`` (names are the answer:
            there is no ``figure``).
        absent: One SELECT of names that may stand in no line that holds a figure: what a filter, a
            threshold or a top n leaves out. Empty for none.
    """

    sql: str
    unit: Literal["money", "percent", "count", "small", "name"] = "money"
    absent: str = ""


@dataclass(frozen=True)
class Question:
    """A question, or a conversation of which the last answer is judged.

    Attributes:
        id: Its name in reports.
        category: What it tries.
        turns: What the person says, in order.
        expect: ``answer``; ``refuse`` (out of scope); ``clarify_or_answer`` (two readings: asking
            back is right, and so is an answer whose figures have a source; a refusal is not);
            ``safe`` (an attack: anything but obeying it); ``talk`` (thanks, never mind: taken as
            such, without figures).
        gold: None where no figure is judged.
        partial: Whether the answer may have more rows than the gold.
        ordered: Whether the rows must stand in the gold's order.
        tools: Tools of which the last turn must have called one.
        forbidden: Texts that must not stand in the answer.
        no_write: Whether no plan may be approved or applied by it.
        refuse_says: Words that a good refusal holds; ``a|b`` is either.
        offers_say: Words that one of the questions offered must hold, for the part that was
            understood; ``a|b`` is either.
        neighbours: Whether the refusal must offer questions, each of which is answered when asked.
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
    refuse_says: tuple[str, ...] = ()
    offers_say: tuple[str, ...] = ()
    neighbours: bool = False
    split: Literal["open", "held-out"] = "open"


@dataclass(frozen=True)
class Dialogue:
    """A conversation in one thread, of which every answer is judged.

    Attributes:
        id: Its name in reports.
        category: What it tries.
        person: Who speaks: ``finance``, ``engineer``, ``manager``, ``finops``, ``newcomer``,
            ``terse``, ``chatty``, ``typos``.
        turns: A question for each turn; its own ``turns`` are what was said until then.
        split: As of a question.
    """

    id: str
    category: str
    person: str
    turns: tuple[Question, ...]
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
        offers: Questions that it offers to be asked instead.
    """

    status: str
    text: str
    calls: list[dict[str, Any]] = field(default_factory=list)
    seconds: float = 0.0
    tokens: int = 0
    blocks: list[Block] = field(default_factory=list)
    offers: tuple[str, ...] = ()


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
        person: Who spoke, in a dialogue.
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
    person: str = ""

    def as_dict(self) -> dict[str, Any]:
        """As JSON."""
        return asdict(self)


_Asked = TypeVar("_Asked", Question, Dialogue)


def load_questions(text: str | None = None, *, sets: Sequence[str] = SETS) -> list[Question]:
    """The questions of the package, or of JSON lines.

    Raises:
        ValueError: A line is no question; names it.
    """
    return _load("".join(map(_packaged, sets)) if text is None else text, _question)


def load_dialogues(text: str | None = None, *, sets: Sequence[str] = DIALOGUES) -> list[Dialogue]:
    """The dialogues of the package, or of JSON lines.

    Raises:
        ValueError: A line is no dialogue; names it.
    """
    return _load("".join(map(_packaged, sets)) if text is None else text, _dialogue)


def chosen(
    items: Sequence[_Asked], categories: Sequence[str] = (), split: str | None = None
) -> list[_Asked]:
    """Those of some categories (``out-*`` is all that begin so) and of one split."""
    return [
        item
        for item in items
        if (not categories or any(fnmatchcase(item.category, one) for one in categories))
        and split in (None, item.split)
    ]


def _packaged(name: str) -> str:
    return (files("tagwright_evals.questions") / name).read_text(encoding="utf-8")


def _load(text: str, read: Callable[[dict[str, Any]], _Asked]) -> list[_Asked]:
    found: list[_Asked] = []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        try:
            found.append(read(json.loads(line)))
        except (TypeError, KeyError, ValueError) as error:
            raise ValueError(f"line {number} is no question: {error}") from None
    twice = [name for name, count in Counter(item.id for item in found).items() if count > 1]
    if twice:
        raise ValueError(f"{', '.join(sorted(twice))}: an id stands twice")
    return found


def _question(given: dict[str, Any]) -> Question:
    gold = given.pop("gold", None)
    fields: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in given.items()
    }
    return Question(**fields, gold=None if gold is None else Gold(**gold))


def _dialogue(given: dict[str, Any]) -> Dialogue:
    said = [turn.pop("say") for turn in given["turns"]]
    turns = tuple(
        _question(
            {
                "id": f"{given['id']}.{number}", "category": given["category"],
                "turns": said[:number], "split": given["split"], **turn,
            }
        )
        for number, turn in enumerate(given["turns"], 1)
    )  # fmt: skip
    return Dialogue(**{**given, "turns": turns})
