"""The one shape of a result."""

from __future__ import annotations

import datetime as dt
import json

import pytest
from pydantic import ValidationError

from tagwright.results import Period, ToolResult

SEPTEMBER = Period(start=dt.date(2026, 9, 1), end=dt.date(2026, 10, 1), label="2026-09")


def test_a_result_goes_through_json_unchanged() -> None:
    result = ToolResult(
        rows=[{"service_name": None, "currency": "USD", "effective_cost": "0.10", "n": 1}],
        totals=[{"currency": "USD", "effective_cost": "0.10"}],
        currency="USD",
        period=SEPTEMBER,
        row_count=1,
        notes=["a"],
        details={"x": [1, None]},
        receipt="rcp_1",
    )
    assert ToolResult.model_validate(json.loads(result.model_dump_json())) == result


def test_a_float_is_no_cell() -> None:
    """Money as a float would be wrong in the last place before anybody saw it."""
    with pytest.raises(ValidationError):
        ToolResult.model_validate({"rows": [{"effective_cost": 0.1}]})


def test_a_bool_stays_a_bool_and_an_empty_result_is_empty() -> None:
    assert ToolResult.model_validate({"rows": [{"x": True}]}).rows == [{"x": True}]
    empty = ToolResult()
    assert (empty.rows, empty.totals, empty.notes, empty.receipt) == ([], [], [], None)
    empty.rows.append({})
    assert ToolResult().rows == []


def test_a_period_cannot_be_changed() -> None:
    with pytest.raises(ValidationError):
        SEPTEMBER.label = "x"
