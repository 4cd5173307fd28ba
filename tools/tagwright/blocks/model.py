"""The types of blocks."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from tagwright.blocks.chart import Chart
from tagwright.money import decimal_text
from tagwright.results import Scalar

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from decimal import Decimal

__all__ = [
    "Block", "Cell", "Column", "Kind", "Note", "Part", "Proposal", "Sentence", "Suggestions",
    "Table", "dumped", "grid", "joined", "loaded", "money", "sentence",
]  # fmt: skip

Kind = Literal["text", "name", "code", "amount", "rate", "count", "ratio", "time"]
"""How a cell is read.

``text`` is in our own words; ``name`` comes from a bill, a tag or a log; ``code`` is copied as it
stands (a command, an id, an ARN); ``amount`` is an amount of money or of a unit; ``rate`` is an
amount per something, shown to three digits however small it is; ``ratio`` is shown in percent;
``time`` is a day or a time, ISO."""

FIGURES = frozenset({"amount", "rate", "count", "ratio"})
"""Numbers: they stand at the right and are never cut."""


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Cell(_Frozen):
    """One value, and where in a tool's result it stands.

    Attributes:
        value: As the result has it: money and ratios are decimal strings; None is no value.
        kind: How it is read.
        unit: Currency of an amount, or the unit of a quantity.
        signed: A change: its plus sign is shown.
        called: What people call the value; it is shown before it. Empty where that is the value.
        part: ``rows``, ``totals`` or ``details/…``; empty where it comes from no result.
        row: Which of the rows of that part.
        column: Which column of that row.
        receipt: Of the result.
    """

    value: Scalar = None
    kind: Kind = "text"
    unit: str = ""
    signed: bool = False
    called: str = ""
    part: str = ""
    row: int = 0
    column: str = ""
    receipt: str | None = None

    @property
    def is_figure(self) -> bool:
        """Whether it is a number."""
        return self.kind in FIGURES


Part = str | Cell


class Sentence(_Frozen):
    """A paragraph: our own words, with cells among them.

    Attributes:
        parts: Text is shown as it is, whatever it looks like.
        bullet: ``-`` or ``1.``, where it is an item of a list.
    """

    type: Literal["sentence"] = "sentence"
    parts: tuple[Part, ...]
    bullet: str = ""


class Column(_Frozen):
    """A column of a table.

    Attributes:
        title: At its head; a tag's key stays as it is written.
        kind: Of its cells.
    """

    title: str
    kind: Kind = "text"

    @property
    def is_figure(self) -> bool:
        """Whether numbers stand in it."""
        return self.kind in FIGURES


class Table(_Frozen):
    """Rows of a result, in its order.

    Attributes:
        columns: From left to right.
        rows: Each as long as the columns.
        totals: Over all rows, shown or not; below the rows.
        row_count: How many rows there are in all.
        offset: How many of them stand before the first one here.
        what: What the rows are: ``rows``, ``changes``.
        order: How those left out follow, after "are shown": ``the largest gaps first``.
    """

    type: Literal["table"] = "table"
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    totals: tuple[tuple[Cell, ...], ...] = ()
    row_count: int = 0
    offset: int = 0
    what: str = "rows"
    order: str = ""


class Note(_Frozen):
    """What a reader must know to read the figures rightly.

    Attributes:
        text: Whole sentences; may quote names of the bill. Empty for ``left_out``.
        kind: ``note``; ``question`` that a person should answer; ``left_out``: of a model's text,
            ``count`` statements had no source and are not shown.
        count: See ``kind``.
    """

    type: Literal["note"] = "note"
    text: str = ""
    kind: Literal["note", "question", "left_out"] = "note"
    count: int = 0


class Proposal(_Frozen):
    """A stored plan that waits for a person.

    Attributes:
        plan: Its id.
        digest: Of its body: what an approval is bound to.
        changes: How many changes.
        resources: On how many resources.
        amounts: What these cost, by currency.
        commands: What a person runs to decide and to apply, with what it does.
        asked: The person is asked here and now: the commands are not shown.
    """

    type: Literal["proposal"] = "proposal"
    plan: str
    digest: str
    changes: int = 0
    resources: int = 0
    amounts: tuple[Cell, ...] = ()
    commands: tuple[tuple[str, str], ...] = ()
    asked: bool = False


class Suggestions(_Frozen):
    """Questions that can be asked next.

    Attributes:
        intro: Above them.
        questions: Each can be asked as it stands; may quote names of the bill.
    """

    type: Literal["suggestions"] = "suggestions"
    intro: str
    questions: tuple[str, ...]


Block = Annotated[
    Sentence | Table | Chart | Note | Proposal | Suggestions, Field(discriminator="type")
]


def sentence(*parts: Part | Iterable[Part], bullet: str = "") -> Sentence:
    """A sentence of parts and lists of parts; neighbouring text is put together.

    >>> sentence("Total", [": ", Cell(value="5", kind="amount"), "."]).parts[0]
    'Total: '
    """
    found: list[Part] = []
    for part in parts:
        for item in [part] if isinstance(part, str | Cell) else part:
            if isinstance(item, str) and found and isinstance(found[-1], str):
                found[-1] += item
            elif item != "":
                found.append(item)
    return Sentence(parts=tuple(found), bullet=bullet)


def joined(
    items: Iterable[Part | Sequence[Part]], *, between: str = ", ", last: str = " and "
) -> list[Part]:
    """The items as a list in words.

    >>> joined(["a", "b", "c"])
    ['a', ', ', 'b', ' and ', 'c']
    """
    found: list[Part] = []
    every = [[item] if isinstance(item, str | Cell) else list(item) for item in items]
    for number, parts in enumerate(every):
        if number:
            found.append(last if number == len(every) - 1 else between)
        found += parts
    return found


def money(amount: Decimal | None, currency: str) -> Cell:
    """An amount that comes from no tool's result; a blank where there is none."""
    if amount is None:
        return Cell()
    return Cell(value=decimal_text(amount), kind="amount", unit=currency)


def grid(
    columns: Sequence[tuple[str, Kind]],
    rows: Iterable[Sequence[Scalar | Cell]],
    *,
    row_count: int = 0,
) -> Table:
    """A table of values that come from no tool's result: of plans, of files, of rules.

    Args:
        columns: Title and kind of each.
        rows: Values, or cells where one is of another kind than its column.
        row_count: How many rows there are in all, where these are not all.
    """
    lines = tuple(
        tuple(
            value if isinstance(value, Cell) else Cell(value=value, kind=kind)
            for value, (_, kind) in zip(row, columns, strict=True)
        )
        for row in rows
    )
    heads = tuple(Column(title=title, kind=kind) for title, kind in columns)
    return Table(columns=heads, rows=lines, row_count=max(row_count, len(lines)))


def dumped(blocks: Iterable[Block]) -> list[dict[str, Any]]:
    """The blocks as JSON, without what is not set.

    >>> dumped([sentence("a")])
    [{'type': 'sentence', 'parts': ['a']}]
    """
    return [
        {"type": block.type, **block.model_dump(mode="json", exclude_defaults=True)}
        for block in blocks
    ]


def loaded(stored: object) -> list[Block]:
    """The inverse of :func:`dumped`.

    Raises:
        ValueError: This is not what it gave.
    """
    return _adapter().validate_python(stored)


@cache
def _adapter() -> TypeAdapter[list[Block]]:
    return TypeAdapter(list[Block])
