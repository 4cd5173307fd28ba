"""Looks for what the rules name, each in the scope of its person."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tagwright.alerts.coverage_drop import coverage_drops
from tagwright.alerts.rules import CoverageDrop, SpendJump
from tagwright.alerts.spend_jump import spend_jumps
from tagwright.alerts.untagged_ai import untagged_ai
from tagwright.context import open_context
from tagwright.receipts import run_tool

if TYPE_CHECKING:
    import datetime as dt

    from tagwright.alerts.model import Finding
    from tagwright.alerts.rules import Rule
    from tagwright.config import Settings
    from tagwright.people import Principal
    from tagwright.registry import Registry
    from tagwright.results import ToolResult

__all__ = ["look"]


def look(
    settings: Settings, rule: Rule, who: Principal, registry: Registry, now: dt.datetime
) -> list[Finding]:
    """What one rule finds now, most money first, by currency.

    Args:
        settings: Where the data is.
        rule: What to look for.
        who: In whose scope.
        registry: The tools.
        now: Aware.

    Raises:
        TagwrightError: There is no data, they may not ask, or a name in the rule is unknown.
    """
    with open_context(settings, who, now=now) as ctx:

        def ask(tool: str, **arguments: Any) -> ToolResult:
            return run_tool(registry, tool, arguments, ctx)

        if isinstance(rule, SpendJump):
            return spend_jumps(ask, ctx.anchor, rule)
        if isinstance(rule, CoverageDrop):
            return coverage_drops(ask, ctx.anchor, rule, ctx.taxonomy.required)
        return untagged_ai(ask, ctx.anchor, rule)
