"""Resources: what can be asked about, what tags mean, receipts and plans, as JSON."""

from __future__ import annotations

import json
import logging
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from mcp.server.mcpserver.exceptions import ResourceError, ResourceNotFoundError

from tagwright.errors import MisuseError, TagwrightError
from tagwright.focus import COLUMNS
from tagwright.receipts import load_receipt, run_tool
from tagwright.text import clean, shorten
from tagwright_mcp.audit import Asked
from tagwright_mcp.faults import internal_error
from tagwright_mcp.report_kinds import REPORTS

if TYPE_CHECKING:
    from collections.abc import Callable

    from mcp.server.mcpserver import MCPServer

    from tagwright.context import ToolContext
    from tagwright_mcp.calls import Calls

__all__ = ["Resources", "add_resources"]

_PLAN_TOOL = "get_plan"

_log = logging.getLogger(__name__)


def add_resources(server: MCPServer[Any], calls: Calls) -> None:
    """Register the resources; plans only where there is a tool that reads them."""
    resources = Resources(calls)
    offered: list[tuple[str, str, str, Callable[..., Any]]] = [
        (
            "tagwright://catalogue",
            "Metrics and dimensions",
            "Every metric and dimension that a question may use, with synonyms.",
            resources.catalogue,
        ),
        (
            "tagwright://taxonomy",
            "Taxonomy",
            "The keys of the three layers: required or not, values, tag names, owners.",
            resources.taxonomy,
        ),
        (
            "tagwright://focus-columns",
            "FOCUS columns",
            "The columns of FOCUS 1.4 that SQL may name: kind, whether null, since which version.",
            resources.focus_columns,
        ),
        (
            "tagwright://receipts/{receipt_id}",
            "Receipt",
            "The statements behind a figure, on which snapshot, and what they gave.",
            resources.receipt,
        ),
    ]
    tools = calls.registry.tools
    if "query_costs" in tools:
        offered.append(
            (
                "tagwright://dimensions/{dimension}/{value}",
                "One value by month",
                "What one value of a dimension cost, month by month.",
                resources.value,
            )
        )
    if all(tool in tools for tool, _ in REPORTS.values()):
        offered.append(
            (
                "tagwright://reports/{report}/{period}",
                "Report",
                f"Of a period: {', '.join(REPORTS)}.",
                resources.report,
            )
        )
    if _PLAN_TOOL in tools:
        offered.append(
            (
                "tagwright://plans",
                "Plans",
                "The newest plans of tag changes: state, changes, who proposed and decided.",
                resources.plans,
            )
        )
        offered.append(
            (
                "tagwright://plans/{plan_id}",
                "Plan",
                "A plan of tag changes: before, after, evidence, digest, state.",
                resources.plan,
            )
        )
    for uri, title, description, function in offered:
        register = server.resource(
            uri, title=title, description=description, mime_type="application/json"
        )
        register(function)


class Resources:
    """Reads each resource anew, so that a changed taxonomy or a new plan shows at once.

    Attributes:
        calls: Where the work is done and for whom.
    """

    def __init__(self, calls: Calls) -> None:
        self.calls = calls

    async def catalogue(self) -> str:
        """Names of metrics and dimensions."""
        return await self._read(_catalogue)

    async def taxonomy(self) -> str:
        """The taxonomy's keys."""
        return await self._read(_taxonomy)

    async def focus_columns(self) -> str:
        """Every column of FOCUS Cost and Usage."""
        return await self._read(lambda _: {"version": "1.4", "columns": [*map(asdict, COLUMNS)]})

    async def value(self, dimension: str, value: str) -> str:
        """What one value of a dimension cost in each month."""
        asked = {
            "group_by": ["month"],
            "filters": [{"dimension": dimension, "values": [value]}],
            "limit": 1000,
        }
        return await self._tool("query_costs", asked)

    async def report(self, report: str, period: str) -> str:
        """One of :data:`~tagwright_mcp.report_kinds.REPORTS`."""
        if report not in REPORTS:
            raise ResourceNotFoundError(
                f"There is no report {shorten(report, 40)!r}: {', '.join(REPORTS)}."
            )
        tool, asked = REPORTS[report]
        return await self._tool(tool, {**asked, "period": period})

    async def receipt(self, receipt_id: str) -> str:
        """One receipt as it was stored."""
        return await self._read(lambda ctx: load_receipt(receipt_id, ctx))

    async def plans(self) -> str:
        """The newest plans."""
        return await self._tool(_PLAN_TOOL, {"limit": 1000})

    async def plan(self, plan_id: str) -> str:
        """One plan, as its tool gives it."""
        if not plan_id.strip():  # the tool would list all plans
            raise ResourceNotFoundError("A plan's id is needed.")

        # More than a plan may have.
        return await self._tool(_PLAN_TOOL, {"plan_id": plan_id, "limit": 1000})

    async def _tool(self, name: str, arguments: dict[str, Any]) -> str:
        return await self._read(
            lambda ctx: run_tool(self.calls.registry, name, arguments, ctx).model_dump(mode="json")
        )

    async def _read(self, work: Callable[[ToolContext], Any]) -> str:
        try:
            document = await self.calls.within(work, asked=Asked("resource", {}))
        except MisuseError as error:
            raise ResourceNotFoundError(clean(str(error))) from None
        except TagwrightError as error:
            raise ResourceError(clean(str(error))) from None
        except Exception as error:  # noqa: BLE001  whatever it is, the server lives on
            _log.exception("A resource raised an unexpected exception.")
            raise ResourceError(internal_error("The resource", error)["message"]) from None
        return json.dumps(document, ensure_ascii=False, indent=1, default=str)


def _catalogue(ctx: ToolContext) -> dict[str, Any]:
    found = ctx.catalogue
    return {
        "metrics": [
            {
                "name": metric.name,
                "description": metric.description,
                "synonyms": list(metric.synonyms),
            }
            for metric in found.metrics.values()
        ],
        "dimensions": [
            {
                "name": dimension.name,
                "kind": dimension.kind,
                "description": dimension.description,
                "synonyms": list(dimension.synonyms),
                "taxonomy_key": dimension.key,
            }
            for dimension in found.dimensions.values()
        ],
    }


def _taxonomy(ctx: ToolContext) -> dict[str, Any]:
    found = ctx.taxonomy
    return {
        "digest": found.digest,
        "keys": [
            {
                "name": key.name,
                "layer": key.layer,
                "required": key.required,
                "values": list(ctx.values_shown(key)),
                "open": key.open,
                "tag_names": list(key.tag_names),
                "owner": key.owner,
                "description": key.description,
            }
            for key in found.keys.values()
        ],
    }
