"""Completions of arguments: periods, metrics, dimensions, their values, plans; as the person sees.

Values come from bills. They are completed as data: cleaned, and whatever they say.
"""

from __future__ import annotations

import datetime as dt
from functools import partial
from typing import TYPE_CHECKING

from mcp import MCPError
from mcp.types import INTERNAL_ERROR, Completion

from tagwright.errors import AccessError, MisuseError, SnapshotError, TagwrightError
from tagwright.text import clean, shorten
from tagwright_mcp.report_kinds import REPORTS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from tagwright.context import ToolContext
    from tagwright.registry import Registry
    from tagwright_mcp.calls import Calls

__all__ = ["MOST", "Completions"]

MOST = 100
"""Values of one completion, as the protocol has it."""

_MAX_VALUE = 200
_WORDS = ("last_month", "this_month", "last_7_days", "last_30_days", "ytd", "all")
_OF_DIMENSION = {"team": "team", "provider": "service_provider_name"}
"""Arguments that stand for values of one dimension."""


class Completions:
    """Completes the arguments of prompts and resource templates.

    Args:
        calls: Where the work is done and for whom.
    """

    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    async def complete(self, argument: str, value: str, given: Mapping[str, str]) -> Completion:
        """At most :data:`MOST` values that fit what was written so far, the likeliest first.

        What the person may not see does not occur; an argument that is not known, or that there is
        no data for, has none.

        Args:
            argument: Its name.
            value: What was written so far.
            given: Arguments that were given before.

        Raises:
            MCPError: The data cannot be asked; the message says why.
        """
        source = self._sources(given).get(argument)
        if source is None:
            return _completion([], "")
        try:
            found = await self._calls.within(partial(source, wanted=value.strip()))
        except (MisuseError, SnapshotError, AccessError):
            found = []
        except TagwrightError as error:
            raise MCPError(INTERNAL_ERROR, clean(str(error))) from None
        return _completion(found, value.strip())

    def _sources(self, given: Mapping[str, str]) -> dict[str, Callable[..., list[str]]]:
        registry = self._calls.registry
        dimensions = {**_OF_DIMENSION, "value": given.get("dimension", "")}
        return {
            "period": _periods,
            "metric": lambda ctx, wanted: list(ctx.catalogue.metrics),  # noqa: ARG005
            "dimension": lambda ctx, wanted: list(ctx.catalogue.dimensions),  # noqa: ARG005
            "report": lambda ctx, wanted: list(REPORTS),  # noqa: ARG005
            "plan_id": partial(_plans, registry),
            **{
                name: partial(_values, registry, dimension)
                for name, dimension in dimensions.items()
                if dimension
            },
        }


def _completion(found: Iterable[str], wanted: str) -> Completion:
    """What holds the words so far; what begins with them first."""
    folded = wanted.casefold()
    # A value that is longer than what may be asked with is of no use as an argument.
    texts = dict.fromkeys(clean(one) for one in found if one and len(one) <= _MAX_VALUE)
    fits = [text for text in texts if folded in text.casefold()]
    fits.sort(key=lambda text: not text.casefold().startswith(folded))
    return Completion(values=fits[:MOST], total=len(fits), has_more=len(fits) > MOST)


def _periods(ctx: ToolContext, wanted: str) -> list[str]:  # noqa: ARG001
    """Words, then the months, quarters and years of the data, the newest first."""
    start, end = ctx.anchor.data_start, ctx.anchor.data_end
    found: list[str] = []
    if start is not None and end is not None:
        day = end - dt.timedelta(days=1)
        months = []
        while (day.year, day.month) >= (start.year, start.month):
            months.append(day)
            day = day.replace(day=1) - dt.timedelta(days=1)
        found += [f"{month:%Y-%m}" for month in months]
        found += [f"{month.year}-Q{(month.month + 2) // 3}" for month in months]
        found += [f"{month.year}" for month in months]
    return [*_WORDS, *dict.fromkeys(found)]


def _values(registry: Registry, dimension: str, ctx: ToolContext, wanted: str) -> list[str]:
    """Values of a dimension, the dearest first; without a receipt, which nobody would read."""
    if "describe_data" not in registry.tools:
        return []
    tool = registry.get("describe_data")
    name = ctx.catalogue.dimension(dimension).name
    asked = {"dimension": name, "search": shorten(wanted, _MAX_VALUE), "limit": 1000}
    rows = tool.function(ctx, **tool.validate(asked)).rows
    return [str(row[name]) for row in rows if row[name] is not None]


def _plans(registry: Registry, ctx: ToolContext, wanted: str) -> list[str]:  # noqa: ARG001
    """The newest plans that the person may see."""
    if "get_plan" not in registry.tools:
        return []
    tool = registry.get("get_plan")
    return [str(row["plan"]) for row in tool.function(ctx, **tool.validate({"limit": 1000})).rows]
