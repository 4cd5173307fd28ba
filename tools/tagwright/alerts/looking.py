"""Looks for what the rules name, each in the scope of its person."""

from __future__ import annotations

from dataclasses import dataclass
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

__all__ = ["Looked", "look"]


@dataclass(frozen=True)
class Looked:
    """What a rule found.

    Attributes:
        snapshot: Of which data.
        findings: Most money first, by currency.
    """

    snapshot: str
    findings: list[Finding]


def look(
    settings: Settings, rule: Rule, who: Principal, registry: Registry, now: dt.datetime
) -> Looked:
    """What one rule finds now.

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
            found = spend_jumps(ask, ctx.anchor, rule)
        elif isinstance(rule, CoverageDrop):
            found = coverage_drops(ask, ctx.anchor, rule, ctx.taxonomy.required)
        else:
            found = untagged_ai(ask, ctx.anchor, rule)
        return Looked(ctx.snapshot.info.id, found)
