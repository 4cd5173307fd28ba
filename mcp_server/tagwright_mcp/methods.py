"""What MCPServer leaves to its low-level server: pages, completion, log level, subscriptions."""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING, Any, TypeVar, get_args

from mcp import MCPError
from mcp.server.connection import allowed_log_levels
from mcp.types import (
    INVALID_PARAMS,
    CompleteRequestParams,
    CompleteResult,
    EmptyResult,
    ListPromptsResult,
    ListResourcesResult,
    ListResourceTemplatesResult,
    ListToolsResult,
    LoggingLevel,
    LoggingMessageNotification,
    LoggingMessageNotificationParams,
    NotificationParams,
    PaginatedRequestParams,
    SetLevelRequestParams,
    SubscribeRequestParams,
    SubscriptionsListenRequestParams,
    UnsubscribeRequestParams,
)
from mcp_types.version import MODERN_PROTOCOL_VERSIONS

from tagwright_mcp.apps import shows_apps, with_app
from tagwright_mcp.calls import ERROR_META
from tagwright_mcp.completions import Completions
from tagwright_mcp.watch import Listening, Standing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mcp.server.context import CallNext, HandlerResult, ServerRequestContext
    from mcp.server.lowlevel import Server
    from mcp.server.mcpserver import MCPServer
    from mcp.types import CallToolResult

    from tagwright_mcp.calls import Calls

__all__ = ["PAGE", "Methods"]

PAGE = 100
"""Entries of a list in one answer."""

_LEVELS: tuple[LoggingLevel, ...] = get_args(LoggingLevel)

T = TypeVar("T")
_Ctx = Any


class Methods:
    """Handlers of one server, registered when this is made.

    Args:
        server: Whose lists are given.
        low: Where the handlers go.
        calls: Where work is done and for whom.
        standing: Whether a client of the handshake era has one connection, this server's only one:
            then its log level and subscriptions are kept. Over HTTP no session is.

    Attributes:
        standing: That connection; None over HTTP.
    """

    def __init__(
        self, server: MCPServer[Any], low: Server[Any], calls: Calls, *, standing: bool
    ) -> None:
        self._server = server
        self._completions = Completions(calls)
        self._keeps = standing
        self._level: LoggingLevel | None = None
        self._listening = Listening(calls)
        add = low.add_request_handler
        add("tools/list", PaginatedRequestParams, self._tools)
        add("prompts/list", PaginatedRequestParams, self._prompts)
        add("resources/list", PaginatedRequestParams, self._resources)
        add("resources/templates/list", PaginatedRequestParams, self._templates)
        add("completion/complete", CompleteRequestParams, self._complete)
        add("logging/setLevel", SetLevelRequestParams, self._set_level)
        add("subscriptions/listen", SubscriptionsListenRequestParams, self._listening.listen)
        self.standing = Standing(calls) if standing else None
        if self.standing is not None:
            add("resources/subscribe", SubscribeRequestParams, self.standing.subscribe)
            add("resources/unsubscribe", UnsubscribeRequestParams, self.standing.unsubscribe)
            low.add_notification_handler(
                "notifications/initialized", NotificationParams, self.standing.begin
            )
            low.middleware.append(_says_that_lists_change)

    async def log_call(
        self, ctx: ServerRequestContext[Any, Any], name: str, answer: CallToolResult
    ) -> None:
        """Tell the client's log how a call ended, if it wants that: no argument and no result.

        Args:
            ctx: The request.
            name: The tool; empty where there is none of that name.
            answer: What it gave.
        """
        level: LoggingLevel = "debug"
        said = f"{name or 'An unknown tool'} answered."
        if answer.is_error:
            kind = (answer.meta or {}).get(ERROR_META, {}).get("type", "an error")
            level = "error" if kind == "InternalError" else "info"
            said = f"{name or 'An unknown tool'} failed: {kind}."
        if ctx.protocol_version in MODERN_PROTOCOL_VERSIONS:
            wanted = level in allowed_log_levels(ctx.protocol_version, ctx.meta)
        else:
            least = self._level
            wanted = least is not None and _LEVELS.index(level) >= _LEVELS.index(least)
        if wanted:
            await ctx.session.send_notification(
                LoggingMessageNotification(
                    params=LoggingMessageNotificationParams(
                        level=level, logger="tagwright", data=said
                    )
                ),
                related_request_id=ctx.request_id,
            )

    async def _tools(self, ctx: _Ctx, params: PaginatedRequestParams) -> ListToolsResult:
        page, more = _page(await self._server.list_tools(), params.cursor)
        if shows_apps(ctx):  # others would pay for what they cannot show
            page = [with_app(tool) for tool in page]
        return ListToolsResult(tools=page, next_cursor=more)

    async def _prompts(self, _: _Ctx, params: PaginatedRequestParams) -> ListPromptsResult:
        page, more = _page(await self._server.list_prompts(), params.cursor)
        return ListPromptsResult(prompts=page, next_cursor=more)

    async def _resources(self, ctx: _Ctx, params: PaginatedRequestParams) -> ListResourcesResult:
        whole = await self._server.list_resources()
        if not shows_apps(ctx):
            whole = [one for one in whole if not one.uri.startswith("ui:")]
        page, more = _page(whole, params.cursor)
        return ListResourcesResult(resources=page, next_cursor=more)

    async def _templates(
        self, _: _Ctx, params: PaginatedRequestParams
    ) -> ListResourceTemplatesResult:
        page, more = _page(await self._server.list_resource_templates(), params.cursor)
        return ListResourceTemplatesResult(resource_templates=page, next_cursor=more)

    async def _complete(self, _: _Ctx, params: CompleteRequestParams) -> CompleteResult:
        given = (params.context.arguments if params.context else None) or {}
        found = await self._completions.complete(params.argument.name, params.argument.value, given)
        return CompleteResult(completion=found)

    async def _set_level(self, _: _Ctx, params: SetLevelRequestParams) -> EmptyResult:
        if self._keeps:
            self._level = params.level
        return EmptyResult()


def _page(whole: Sequence[T], cursor: str | None) -> tuple[list[T], str | None]:
    """The entries from a cursor on, and the cursor of the next page.

    Raises:
        MCPError: The cursor is none that was given.
    """
    begin = 0
    if cursor is not None:
        try:
            begin = int(base64.urlsafe_b64decode(cursor.encode()).decode("ascii"))
        except (ValueError, binascii.Error, UnicodeError):
            begin = -1
        if not 0 < begin < 10**9 or begin % PAGE:
            raise MCPError(INVALID_PARAMS, "This cursor is none that this server gave.")
    end = begin + PAGE
    more = base64.urlsafe_b64encode(str(end).encode()).decode() if end < len(whole) else None
    return list(whole[begin:end]), more


async def _says_that_lists_change(
    ctx: ServerRequestContext[Any, Any], call_next: CallNext
) -> HandlerResult:
    """The handshake's capabilities say ``listChanged``, which MCPServer has no argument for."""
    result = await call_next(ctx)
    if ctx.method == "initialize" and isinstance(result, dict):
        for kind in ("tools", "prompts", "resources"):
            result["capabilities"][kind]["listChanged"] = True
    return result
