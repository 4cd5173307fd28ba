"""An allocation as somebody sees it who may see a part of the charges."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from tagwright.allocation.load import load_rules
from tagwright.errors import ConfigError
from tagwright.warehouse import MARK

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tagwright.allocation.model import AllocatedLine, AllocationRules
    from tagwright.context import ToolContext
    from tagwright.people import Scope

__all__ = ["over_everything", "rules_of", "seen_lines", "unfit"]


def rules_of(ctx: ToolContext) -> AllocationRules:
    """The home's rules; their faults name targets, so who sees a part is told that there are some.

    Raises:
        ConfigError: As :func:`~tagwright.allocation.load_rules`.
    """
    try:
        return load_rules(ctx.settings)
    except ConfigError:
        if ctx.scope is None:
            raise
        raise unfit() from None


def unfit() -> ConfigError:
    """What is said of faulty rules to who sees a part."""
    return ConfigError(
        "The allocation rules do not fit the data.",
        hint="Whoever keeps them: `tagwright rules check` says why.",
    )


@contextmanager
def over_everything(ctx: ToolContext) -> Iterator[ToolContext]:
    """The call over all charges, whatever part who asks may see. The one place that opens it.

    A share is one of the whole: divided over the charges and the telemetry of one team alone, that
    team would bear all that it shares with others. What comes of it must go through
    :func:`seen_lines`; its notes, totals, errors and statements stay here.
    """
    base, _, _ = ctx.snapshot.info.id.partition(MARK)
    fresh: dict[str, list[object] | dict[str, object]] = {"queries": [], "resolved": {}, "lags": []}
    with replace(ctx, snapshot_id=base, scope=None, **fresh) as whole:  # type: ignore[arg-type]
        yield whole


def seen_lines(
    ctx: ToolContext, scope: Scope, dimension: str, lines: Iterable[AllocatedLine]
) -> list[AllocatedLine]:
    """The lines of targets that are in the scope by what they are: values of ``dimension``."""
    key = ctx.taxonomy.keys[ctx.catalogue.dimension(dimension).name]
    seen = ctx.values_seen(key)
    inside: dict[str, bool] = {}
    found = []
    for line in lines:
        if line.target is None:
            continue
        if line.target not in inside:
            inside[line.target] = scope.holds(key, ctx.catalogue, line.target, seen)
        if inside[line.target]:
            found.append(line)
    return found
