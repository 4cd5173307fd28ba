"""Parameters of a statement as JSON and back, without losing their type."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

__all__ = ["packed", "unpacked"]


def packed(value: Any) -> Any:
    """A statement's parameter as JSON that :func:`unpacked` turns into the same value.

    Raises:
        TypeError: It is of a type that a receipt cannot hold.
    """
    if isinstance(value, list | tuple):
        return [packed(item) for item in value]
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, dt.datetime):  # before date, of which it is one
        return {"type": "datetime", "value": value.isoformat()}
    if isinstance(value, dt.date):
        return {"type": "date", "value": value.isoformat()}
    if isinstance(value, Decimal):
        return {"type": "decimal", "value": str(value)}
    raise TypeError(f"a parameter of type {type(value).__name__} cannot be kept in a receipt")


def unpacked(value: Any) -> Any:
    """The parameter that :func:`packed` wrote."""
    if isinstance(value, list):
        return [unpacked(item) for item in value]
    if not isinstance(value, dict):
        return value
    text = value["value"]
    if value["type"] == "datetime":
        return dt.datetime.fromisoformat(text)
    return dt.date.fromisoformat(text) if value["type"] == "date" else Decimal(text)
