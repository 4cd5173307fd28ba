"""What customers pay: ``revenue.csv`` in the home directory, or where ``revenue`` says.

Columns: ``customer``, ``month`` (``2026-09``), ``currency``, ``revenue``. Amounts are exact; a row
that cannot be read is told by its line and left out, never guessed.
"""

from __future__ import annotations

import csv
import datetime as dt
import re
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING

from tagwright.errors import DataError
from tagwright.money import EXACT
from tagwright.text import shorten

if TYPE_CHECKING:
    from tagwright.config import Settings
    from tagwright.results import Period, Scalar

__all__ = ["Revenue", "load_revenue"]

_COLUMNS = ("customer", "month", "currency", "revenue")
_SHOWN = 3


@dataclass
class Revenue:
    """Revenue of a period.

    Attributes:
        amounts: Customer (in lower case), month and currency to the amount.
        notes: What a reader must know.
    """

    amounts: dict[tuple[str, str, str], Decimal] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def paid(self, customer: Scalar, month: str | None, currency: Scalar) -> Decimal | None:
        """What a customer pays in a month, or in all; None where nothing is told."""
        found = [
            amount
            for (who, when, unit), amount in self.amounts.items()
            if who == str(customer).casefold() and unit == currency and month in (None, when)
        ]
        total = Decimal(0)
        for amount in found:
            total = EXACT.add(total, amount)
        return total if found else None


def load_revenue(settings: Settings, period: Period) -> Revenue | None:
    """The revenue of the months of a period; None where there is no file.

    Raises:
        DataError: The file is named and missing, is not CSV in UTF-8, or lacks a column.
    """
    path = settings.revenue or settings.home / "revenue.csv"
    if not path.is_absolute():
        path = settings.home / path
    if settings.revenue is None and not path.exists():
        return None
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            reader = csv.DictReader(stream)
            missing = [name for name in _COLUMNS if name not in (reader.fieldnames or ())]
            if missing:
                raise DataError(
                    f"{path}: lacks the columns {', '.join(missing)}.",
                    hint=f"Its header must be: {','.join(_COLUMNS)}.",
                )
            return _read(str(path), reader, period)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise DataError(f"{path}: cannot be read ({type(error).__name__}).") from None


def _read(path: str, reader: csv.DictReader[str], period: Period) -> Revenue:
    found = Revenue()
    faults: list[str] = []
    for row in reader:
        month, text = (row["month"] or "").strip(), (row["revenue"] or "").strip()
        customer, currency = (row["customer"] or "").strip(), (row["currency"] or "").strip()
        try:
            amount = Decimal(text)
            start = dt.date.fromisoformat(f"{month}-01")
        except (InvalidOperation, ValueError):
            faults.append(f"line {reader.line_num} ({shorten(f'{month} {text}', 40)})")
            continue
        if not amount.is_finite() or not customer or not re.fullmatch(r"[A-Z]{3}", currency):
            faults.append(f"line {reader.line_num} (no customer, currency or amount)")
            continue
        if period.start <= start < period.end:
            key = (customer.casefold(), month, currency)
            found.amounts[key] = EXACT.add(found.amounts.get(key, Decimal(0)), amount)
    if faults:
        more = f" and {len(faults) - _SHOWN} more" if len(faults) > _SHOWN else ""
        found.notes.append(f"{path}: left out {', '.join(faults[:_SHOWN])}{more}.")
    if period.start.day != 1 or period.end.day != 1:
        found.notes.append("The period is not of whole months: revenue is of whole months.")
    return found
