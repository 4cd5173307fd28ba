"""Arguments that several tools have, described once: the same name means the same everywhere.

The schemas are written by hand where pydantic's would spend tokens on what an error says as well
(bounds, defaults of nested objects): a model is sent them with every question.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema

from tagwright.metrics import FilterOp

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = [
    "CompareTo", "CostBasis", "Count", "FilterArgument", "Filters", "Limit", "LimitEach",
    "LimitOfPlan", "MetricName", "Names", "Offset", "Percent", "PeriodText", "TagsMap", "page",
]  # fmt: skip


T = TypeVar("T")


def _as_list(value: object) -> object:
    return [value] if isinstance(value, str) else value


Names = Annotated[
    tuple[str, ...],
    Field(max_length=12),
    BeforeValidator(_as_list),
    WithJsonSchema({"type": "array", "items": {"type": "string"}}),
]
"""Names as a list; one name alone is taken as a list of one."""


class FilterArgument(BaseModel):
    """What a charge must fit to be asked about."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    dimension: str
    op: FilterOp = "in"
    values: Annotated[tuple[str, ...], BeforeValidator(_as_list)] = ()


_FILTER: dict[str, Any] = {
    "type": "object",
    "properties": {
        "dimension": {"type": "string"},
        "op": {"type": "string", "enum": ["in", "not_in", "contains", "is_null", "not_null"]},
        "values": {"type": "array", "items": {"type": "string"}},
    },
}
Filters = Annotated[
    tuple[FilterArgument, ...],
    WithJsonSchema({"type": "array", "items": _FILTER}),
]
"""All of them hold together; the server's instructions say so once for all tools."""

PeriodText = Annotated[str, Field(description="last_month, 2026-09, START/END")]
CompareTo = Annotated[str, Field(description="previous_period, previous_year, ...")]
_MEASURES = Field(description="billed_cost, ...")
MetricName = Annotated[str, _MEASURES]
CostBasis = Annotated[str, _MEASURES]
_WHOLE = WithJsonSchema({"type": "integer"})
Limit = Annotated[int, Field(ge=1, le=1000), _WHOLE]
"""Rows of one page; its name says it all, and saves a line in each tool."""

LimitEach = Annotated[int, Field(ge=1, le=100, description="rows per dimension"), _WHOLE]
LimitOfPlan = Annotated[int, Field(ge=1, le=500), _WHOLE]
Offset = Annotated[int, Field(ge=0, le=10**9), _WHOLE]
"""Rows before the page: a result's text names the next page's."""

Count = Annotated[int, Field(ge=0, le=10**12), _WHOLE]
TagsMap = Annotated[dict[str, str] | None, WithJsonSchema({"type": "object"})]
Percent = Annotated[int, Field(ge=50, le=100), _WHOLE]


def page(rows: Sequence[T], limit: int, offset: int) -> list[T]:
    """The rows of one page, in their order."""
    return list(rows[offset : offset + limit])
