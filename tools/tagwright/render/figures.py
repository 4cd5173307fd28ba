"""How one value is written, the same in every medium; rounding is the only thing computed here."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING

from tagwright.money import display_text
from tagwright.text import clean

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tagwright.blocks import Cell, Column

__all__ = ["cell_text", "column_texts", "column_unit", "decimal_of", "percent_text"]

NO_VALUE = "(no value)"
EMPTY = "(empty)"
_OURS = frozenset({NO_VALUE, EMPTY, "(absent)", "(none)"})
"""What stands for a value in our own words; a value that is spelled so is quoted."""
_DASH = "-"
_MOST_PLACES = 12
_MOST_DIGITS = 60
"""A larger number is no amount (DECIMAL has 38 digits), and stands as it is written."""
_CENT = Decimal("0.01")


def decimal_of(value: object) -> Decimal | None:
    """The value as a finite number; None where it is none.

    >>> decimal_of("1.50"), decimal_of(True), decimal_of("n/a")
    (Decimal('1.50'), None, None)
    """
    if value is None or isinstance(value, bool):
        return None
    try:
        found = Decimal(str(value))
    except InvalidOperation:
        return None
    return found if found.is_finite() else None


def percent_text(ratio: Decimal, *, signed: bool = False) -> str:
    """A ratio in percent with one decimal; what is not quite none or all does not read so.

    >>> percent_text(Decimal("0.672131")), percent_text(Decimal("0.999999"))
    ('67.2%', '>99.9%')
    >>> percent_text(Decimal("0.0001")), percent_text(Decimal("0.25"), signed=True)
    ('<0.1%', '+25.0%')
    """
    text = display_text(ratio * 100, places=1)
    if not signed:
        if text == "100.0" and ratio < 1:
            return ">99.9%"
        if text == "0.0" and ratio > 0:
            return "<0.1%"
    return f"{'+' if signed and ratio > 0 else ''}{text}%"


def cell_text(cell: Cell, *, exact: bool = False) -> str:
    """A cell within a sentence, its unit behind it; no markup is escaped.

    Args:
        cell: Any.
        exact: As a model needs it: every decimal, and a dash for no value.

    >>> from tagwright.blocks import Cell
    >>> cell_text(Cell(value="1234.567", kind="amount", unit="USD"))
    '1,234.57 USD'
    >>> cell_text(Cell(value=None, kind="name")), cell_text(Cell(value="(empty)", kind="name"))
    ('(no value)', '"(empty)"')
    """
    if cell.is_figure:
        return _with_unit(
            _figure(cell, _places([cell]), _DASH if exact else "nothing", exact=exact), cell
        )
    return _word(cell, exact=exact)


def column_texts(cells: Sequence[Cell], *, exact: bool = False) -> list[str]:
    """The cells of one column, with as many decimals as tell its largest apart from nothing.

    Units stand behind the figures only where the column has several (:func:`column_unit`).
    """
    places, one = _places(cells), column_unit(cells) is not None
    texts = []
    for cell in cells:
        text = (
            _figure(cell, places, _DASH, exact=exact)
            if cell.is_figure
            else _word(cell, exact=exact)
        )
        texts.append(text if one or not cell.is_figure else _with_unit(text, cell))
    return texts


def column_unit(cells: Sequence[Cell]) -> str | None:
    """The unit that all figures of a column have; empty for none, None where they differ."""
    units = {cell.unit for cell in cells if cell.is_figure and cell.value is not None}
    if len(units) > 1:
        return None
    return next(iter(units), "")


def heading_text(column: Column, cells: Sequence[Cell]) -> str:
    """The head of a column, with the unit of its figures."""
    unit = column_unit(cells) if column.is_figure else ""
    title = clean(column.title)
    return f"{title} ({clean(unit)})" if unit else title


def _with_unit(text: str, cell: Cell) -> str:
    return f"{text} {clean(cell.unit)}" if cell.unit and cell.value is not None else text


def _word(cell: Cell, *, exact: bool) -> str:
    if cell.kind == "text":
        return "" if cell.value is None else clean(str(cell.value))
    if cell.value is None:
        return _DASH if exact else NO_VALUE
    if isinstance(cell.value, bool):
        return "yes" if cell.value else "no"
    text = clean(str(cell.value))
    if cell.called:
        return f"{clean(cell.called)} ({text})"
    ours = text in _OURS or (exact and text == _DASH)
    return f'"{text}"' if ours else text or EMPTY


def _places(cells: Sequence[Cell]) -> int:
    numbers = [abs(n) for c in cells if c.kind == "amount" and (n := decimal_of(c.value))]
    largest = max(numbers, default=Decimal(0))
    return 2 if not largest or largest >= _CENT else _digits(largest)


def _digits(number: Decimal) -> int:
    """As many decimals as show three digits of a number; at least two."""
    return min(_MOST_PLACES, max(2, 2 - number.adjusted()))


def _figure(cell: Cell, places: int, nothing: str, *, exact: bool) -> str:
    number = decimal_of(cell.value)
    if number is None or number.adjusted() > _MOST_DIGITS:
        return nothing if cell.value is None else clean(str(cell.value))
    if exact:
        return str(cell.value)
    if cell.kind == "ratio":
        return percent_text(number, signed=cell.signed)
    if isinstance(cell.value, int) or cell.kind == "count":
        whole = number == number.to_integral_value()
        text = f"{int(number):,}" if whole else f"{number:,f}"
    else:
        places = _digits(number) if cell.kind == "rate" and number else places
        text = display_text(number, places=places)
        if number and not Decimal(text.replace(",", "")):
            edge = format(Decimal(1).scaleb(-places), "f")
            return f"<{edge}" if number > 0 else f">-{edge}"
    return f"+{text}" if cell.signed and number > 0 else text
