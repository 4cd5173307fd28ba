"""The registry as an MCP server: one MCP tool per tool that does not write.

The server is an :class:`~mcp.server.mcpserver.MCPServer` whose two public methods for tools are
answered from the registry, so that names, schemas and validation are those of the command line
(docs/decisions/0006).
"""

from __future__ import annotations

import contextlib
import logging
from functools import partial
from typing import TYPE_CHECKING, Any

from mcp import MCPError
from mcp.server.mcpserver import Context, MCPServer
from mcp.server.mcpserver import server as sdk
from mcp.types import (
    INVALID_PARAMS,
    CallToolResult,
    GetPromptResult,
    InputRequiredResult,
    Prompt,
    ToolAnnotations,
)
from mcp.types import Tool as MCPTool

import tagwright
from tagwright.plugins import tell
from tagwright.registry import Registry, load_registry
from tagwright.text import shorten
from tagwright_mcp import prompts
from tagwright_mcp.approving import Approving
from tagwright_mcp.apps import apps_of
from tagwright_mcp.calls import Calls
from tagwright_mcp.instructions import instructions
from tagwright_mcp.methods import Methods
from tagwright_mcp.news import News
from tagwright_mcp.resources import add_resources

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from tagwright.config import Settings
    from tagwright.people import Door
    from tagwright.registry import Tool

__all__ = ["RegistryServer", "annotations_of", "build_server"]

_log = logging.getLogger(__name__)


def build_server(
    settings: Settings,
    door: Door,
    *,
    registry: Registry | None = None,
    options: Mapping[str, Any] | None = None,
    standing: bool = True,
    whose: Callable[[], str] | None = None,
) -> RegistryServer:
    """The MCP server of these settings; run it with :mod:`tagwright_mcp.serve` or connect to it.

    Nothing of the data is opened before a tool is called.

    Args:
        settings: Where the data is; read again on every call is the snapshot, not the settings.
        door: Tells who asks, for each call; they stand in plans.
        registry: The tools; default all that are installed. Those that write are not offered.
        options: Further arguments of ``MCPServer`` (authentication, extensions).
        standing: Whether a client of the handshake era keeps its connection (stdio), so that it
            can be told something between its requests.
        whose: See :class:`~tagwright_mcp.calls.Calls`.
    """
    found = registry if registry is not None else load_registry()
    for warning in found.warnings:
        if not tell(warning):
            _log.warning("%s", warning)
    offered = Registry({tool.name: tool for tool in found if tool.effect != "write"})
    given = dict(options or {})
    given["extensions"] = [apps_of(), *given.get("extensions", ())]
    with _logging_untouched():
        server = RegistryServer(offered, settings, door, standing=standing, whose=whose, **given)
    add_resources(server, server.calls)
    return server


def annotations_of(tool: Tool) -> ToolAnnotations:
    """MCP annotations; they follow from the effect alone.

    Raises:
        ValueError: The tool writes, so that it must not be offered.
    """
    if tool.effect == "read":
        return ToolAnnotations(
            read_only_hint=True,
            destructive_hint=False,
            idempotent_hint=True,
            open_world_hint=False,
        )
    if tool.effect == "propose":
        return ToolAnnotations(
            read_only_hint=False,
            destructive_hint=False,
            idempotent_hint=False,
            open_world_hint=False,
        )
    raise ValueError(f"{tool.name!r} writes")


class RegistryServer(MCPServer[Any]):
    """An MCP server whose tools are a registry's.

    Attributes:
        calls: Runs the tools.
    """

    def __init__(
        self,
        registry: Registry,
        settings: Settings,
        door: Door,
        *,
        standing: bool,
        whose: Callable[[], str] | None = None,
        **options: Any,
    ) -> None:
        super().__init__(
            "tagwright",
            title="Tagwright",
            version=tagwright.__version__,
            instructions=instructions(registry, settings),
            subscriptions=False,  # each stream has a bus of its own: see watch.py
            log_level="WARNING",
            **options,
        )
        self.calls = Calls(registry, settings, door, news=News(), whose=whose)
        self._listed = [_mcp_tool(tool) for tool in registry]
        self._methods = Methods(self, self._lowlevel_server, self.calls, standing=standing)
        self._approving = Approving(self.calls, self._methods.standing)

    async def list_tools(self) -> list[MCPTool]:
        """The registry's tools, and those of extensions."""
        return [*self._listed, *await super().list_tools()]

    async def call_tool(
        self, name: str, arguments: dict[str, Any], context: Context[Any, Any] | None = None
    ) -> CallToolResult | InputRequiredResult:
        """Run a tool; failures are answers with ``is_error`` and never raise."""
        ours = name in self.calls.registry.tools
        if not ours and name in {tool.name for tool in await super().list_tools()}:
            return await super().call_tool(name, arguments, context)
        if context is None:
            return await self.calls.run(name, arguments)
        kept = self._approving.kept(context)
        answer = await self.calls.run(name, arguments, partial(_report, context), kept=kept)
        await self._methods.log_call(context.request_context, name if ours else "", answer)
        return answer if kept else await self._approving.ask(context, name, answer)

    async def list_prompts(self) -> list[Prompt]:
        """Those whose tools are offered, and those of extensions."""
        return [*prompts.listed(self.calls.registry.tools), *await super().list_prompts()]

    async def get_prompt(
        self,
        name: str,
        arguments: dict[str, Any] | None = None,
        context: Context[Any, Any] | None = None,
    ) -> GetPromptResult | InputRequiredResult:
        """A prompt; an unknown one is the caller's mistake, not a fault of ours."""
        if name not in {prompt.name for prompt in await self.list_prompts()}:
            raise MCPError(INVALID_PARAMS, f"Unknown prompt {shorten(name, 80)!r}.")
        if name in prompts.PROMPTS:
            return prompts.answer(name, arguments or {})
        return await super().get_prompt(name, arguments, context)


async def _report(context: Context[Any, Any], seconds: float, doing: str) -> None:
    """Progress in seconds, without an end: how long a query will take nobody knows."""
    await context.report_progress(round(seconds, 3), message=doing or None)


def _mcp_tool(tool: Tool) -> MCPTool:
    return MCPTool(
        name=tool.name,
        title=tool.title,
        description=tool.description,
        input_schema=tool.input_schema,
        output_schema=tool.output_schema,
        annotations=annotations_of(tool),
    )


@contextlib.contextmanager
def _logging_untouched() -> Iterator[None]:
    """MCPServer sets the root logger up, and loads rich for it: the program decides that."""
    name = "configure_logging"
    theirs = getattr(sdk, name)
    setattr(sdk, name, lambda _level: None)
    try:
        yield
    finally:
        setattr(sdk, name, theirs)
