"""The agent's side of MCP: one connection to the tools, made again when it breaks.

By default the server runs inside this process; it can as well be a subprocess on stdio or an HTTP
server. Errors arrive as the :class:`~tagwright.errors.TagwrightError` that the tool raised.
"""

from __future__ import annotations

import contextlib
import functools
import os
import sys
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from mcp import Client, StdioServerParameters
from mcp.types import CallToolResult, TextContent

from tagwright.errors import MisuseError, ProviderError
from tagwright.results import ToolResult
from tagwright.text import clean, shorten
from tagwright_agent.mcp_errors import raised_by
from tagwright_agent.mcp_link import Link

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from langchain_core.tools import BaseTool
    from mcp.server.mcpserver import MCPServer
    from mcp.types import ListToolsResult, Tool

    from tagwright.config import Settings
    from tagwright.people import Door

__all__ = ["ToolClient", "connect", "stdio_server"]

_FIELDS = {"rows", "totals", "row_count", "notes"}


@contextlib.asynccontextmanager
async def connect(
    settings: Settings,
    target: MCPServer[Any] | StdioServerParameters | str | None = None,
    *,
    door: Door | None = None,
    token: str | None = None,
    mode: str = "auto",
) -> AsyncIterator[ToolClient]:
    """A connection to the tools; it may be closed by another task than the one that opened it.

    Args:
        settings: Where the data is, for a server that is started here.
        target: None for a server inside this process, ``"stdio"`` for our own as a subprocess,
            how to start another, or the URL of an HTTP server.
        door: Tells who asks, for the server in this process; default the person at this terminal.
        token: Bearer token for an HTTP server; sent over https, or to this machine only.
        mode: ``auto``, ``legacy`` or a protocol version, as :class:`mcp.Client` takes it.

    Raises:
        ProviderError: The server cannot be reached, or refuses the connection.
        MisuseError: The target is not a URL, or a token would travel in the clear.
    """
    if target is None:
        from tagwright.people import at_terminal
        from tagwright_mcp.server import build_server

        target = build_server(settings, door or functools.partial(at_terminal, settings))
    elif target == "stdio":
        target = stdio_server(settings)
    elif isinstance(target, str):
        _check_url(target, token)
    client = ToolClient(Link(target, mode, token))
    try:
        await client.refresh()
        yield client
    finally:
        await client.close()


def stdio_server(settings: Settings) -> StdioServerParameters:
    """How to start our server as a subprocess with the same settings."""
    # The subprocess gets a bare environment otherwise; nothing but our settings is handed on.
    ours = {name: value for name, value in os.environ.items() if name.startswith("TAGWRIGHT_")}
    return StdioServerParameters(
        command=sys.executable,
        args=["-m", "tagwright_mcp", "--home", str(settings.home)],
        env=ours,
    )


class ToolClient:
    """The tools of one server. Calls may run at the same time."""

    def __init__(self, link: Link) -> None:
        self._link = link
        self._tools: dict[str, Tool] = {}

    async def refresh(self) -> None:
        """Ask the server for its tools again.

        Raises:
            ProviderError: The server cannot be reached.
        """
        found: dict[str, Tool] = {}
        cursor: str | None = None
        while True:
            listed = functools.partial(Client.list_tools, cursor=cursor)
            page: ListToolsResult = await self._link.use(listed, again=True)
            found.update((tool.name, tool) for tool in page.tools)
            if not (cursor := page.next_cursor):
                break
        self._tools = found

    def tools(self) -> list[Tool]:
        """The tools as the server listed them when the connection was made."""
        return list(self._tools.values())

    async def call(self, name: str, arguments: Mapping[str, Any] | None = None) -> ToolResult:
        """Run a tool.

        A connection that broke is made again, and the call with it where the tool only reads.

        Raises:
            TagwrightError: What the tool raised, as far as the wire carries it.
            ProviderError: The server is gone, too slow, or answers in no known shape.
        """
        return _result(name, await self._answer(name, arguments))

    def langchain_tools(self) -> list[BaseTool]:
        """The tools for a chat model; MCP's annotations are in ``metadata["mcp"]``.

        Each gives the text as content and ``{"structured_content": …}`` as artifact; a failure is
        a tool message with status ``error``.
        """
        return [self._langchain_tool(tool) for tool in self._tools.values()]

    async def close(self) -> None:
        """Disconnect; a second call does nothing."""
        await self._link.close()

    async def _answer(self, name: str, arguments: Mapping[str, Any] | None) -> CallToolResult:
        known = self._tools.get(name)
        reads = bool(known and known.annotations and known.annotations.read_only_hint)
        given = dict(arguments or {})
        answer: CallToolResult = await self._link.use(
            lambda client: client.call_tool(name, given), again=reads
        )
        if answer.is_error:
            raise raised_by(answer)
        return answer

    def _langchain_tool(self, tool: Tool) -> BaseTool:
        from langchain_core.tools import StructuredTool, ToolException

        from tagwright.errors import TagwrightError

        async def call(**arguments: Any) -> tuple[str, dict[str, Any]]:
            try:
                answer = await self._answer(tool.name, arguments)
            except TagwrightError as error:
                raise ToolException(str(error)) from None
            return _text(answer), {"structured_content": answer.structured_content}

        hints = tool.annotations
        return StructuredTool(
            name=tool.name,
            description=tool.description or tool.title or tool.name,
            args_schema=tool.input_schema,
            coroutine=call,
            response_format="content_and_artifact",
            handle_tool_error=True,
            metadata={
                "mcp": hints.model_dump(by_alias=True, exclude_none=True) if hints else {},
                "title": tool.title or "",
            },
        )


def _check_url(url: str, token: str | None) -> None:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise MisuseError(
            f"{shorten(url, 80)!r} is not where tools are.",
            hint="Give http(s)://HOST:PORT/mcp, or 'stdio'.",
        )
    from tagwright_mcp.address import is_loopback

    here = parts.hostname == "localhost" or is_loopback(parts.hostname)
    if token is not None and parts.scheme == "http" and not here:
        raise MisuseError("A token is not sent over http to another machine.", hint="Use https.")


def _result(name: str, answer: CallToolResult) -> ToolResult:
    from pydantic import ValidationError

    content = answer.structured_content
    # Every field has a default: unlooked at, a stranger's answer would read as "no rows".
    if isinstance(content, dict) and content.keys() >= _FIELDS:
        with contextlib.suppress(ValidationError):
            return ToolResult.model_validate(content)
    raise ProviderError(f"Tool {clean(name)!r} answered in another shape than Tagwright's tools.")


def _text(answer: CallToolResult) -> str:
    return "\n".join(block.text for block in answer.content if isinstance(block, TextContent))
