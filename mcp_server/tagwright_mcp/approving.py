"""After a proposal: the client is asked to open the approver's page of exactly that plan.

The server asks and nothing more: what the client answers decides nothing, and is believed only as
far as whether a page was opened. Reading a plan opens no page.
"""

from __future__ import annotations

import base64
import logging
import re
import zlib
from typing import TYPE_CHECKING, Any, cast

from mcp import MCPError
from mcp.shared.message import ServerMessageMetadata
from mcp.types import (
    INVALID_PARAMS,
    CallToolResult,
    ElicitRequest,
    ElicitRequestURLParams,
    ElicitResult,
    InputRequiredResult,
)
from mcp_types.version import MODERN_PROTOCOL_VERSIONS, is_version_at_least
from pydantic import ValidationError

from tagwright.results import ToolResult
from tagwright.text import counted
from tagwright_mcp.calls import answer_of

if TYPE_CHECKING:
    from mcp.server.mcpserver import Context

    from tagwright_mcp.calls import Calls
    from tagwright_mcp.watch import Standing

__all__ = ["ASK_SECONDS", "Approving"]

ASK_SECONDS = 45.0
"""How long a client of 2025-11-25 may take to say whether it opens the page: most give up a call
after a minute, and would lose the plan's id with it."""

_MOST = 100_000
"""Characters of the answer that a client of 2026-07-28 carries to its next request."""

_URL_SINCE = "2025-11-25"
_KEY = "approve"
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")

_OPENED = (
    "The client says that it has its person open the approver's page. That decides nothing: "
    "get_plan says when they have."
)
_CLOSED = (
    "The client did not open the approver's page: the plan waits as it is, and the link and the "
    "command hold."
)

_log = logging.getLogger(__name__)


class Approving:
    """Asks clients that can open a page.

    Args:
        calls: Whose tools propose.
        standing: The one connection of a client of the handshake era; None over HTTP, where that
            era keeps none, so that it cannot be asked: there the text alone says how.
    """

    def __init__(self, calls: Calls, standing: Standing | None) -> None:
        self._calls = calls
        self._standing = standing

    def kept(self, context: Context[Any, Any]) -> ToolResult | None:
        """What the call gave before the client was asked, with whether it opened the page.

        None where it was not asked yet. The library has unsealed it: it is what this server gave,
        to this person, for this very call, within the hour.

        Raises:
            MCPError: It is of no proposal.
        """
        if context.request_state is None:
            return None
        try:
            packed = base64.b64decode(context.request_state, validate=True)
            result = ToolResult.model_validate_json(zlib.decompress(packed))
        except (ValueError, zlib.error):
            raise MCPError(INVALID_PARAMS, "This request state is of no proposal.") from None
        said = (context.input_responses or {}).get(_KEY)
        return _noted(result, opened=isinstance(said, ElicitResult) and said.action == "accept")

    async def ask(
        self, context: Context[Any, Any], name: str, answer: CallToolResult
    ) -> CallToolResult | InputRequiredResult:
        """The answer, once the client was asked to open the page of what it proposed.

        A client that cannot, that says no, or nothing at all, has the plan all the same.

        Args:
            context: Of the first request of the call.
            name: The tool.
            answer: What it gave.
        """
        page = self._page(name, answer)
        if page is None or not _opens(context):
            return answer
        if context.protocol_version in MODERN_PROTOCOL_VERSIONS:
            packed = zlib.compress(ToolResult(**_given(answer)).model_dump_json().encode(), 9)
            state = base64.b64encode(packed).decode()
            if len(state) > _MOST:
                return answer
            return InputRequiredResult(
                input_requests={_KEY: ElicitRequest(params=page)}, request_state=state
            )
        if self._standing is None or not context.session.can_send_request:
            return answer
        opened = await self._ask(context, self._standing, page)
        return answer_of(_noted(ToolResult(**_given(answer)), opened=opened))

    async def _ask(
        self, context: Context[Any, Any], standing: Standing, page: ElicitRequestURLParams
    ) -> bool:
        plan_id = str(page.elicitation_id)
        await standing.await_decision(plan_id)
        try:
            said = await context.session.send_request(
                ElicitRequest(params=page),
                ElicitResult,
                request_read_timeout_seconds=ASK_SECONDS,
                metadata=ServerMessageMetadata(related_request_id=context.request_id),
            )
        except (MCPError, ValidationError) as error:
            _log.info("A client did not answer the elicitation: %s", type(error).__name__)
            opened = False
        else:
            opened = said.action == "accept"
        if not opened:
            standing.forget_decision(plan_id)
        return opened

    def _page(self, name: str, answer: CallToolResult) -> ElicitRequestURLParams | None:
        """What to open, in words of ours alone: no tag, and no name of a bill, is in it."""
        tools = self._calls.registry.tools
        if answer.is_error or name not in tools or tools[name].effect != "propose":
            return None
        plan = _given(answer)["details"].get("plan")
        if not isinstance(plan, dict):
            return None
        plan_id, digest = str(plan.get("id")), str(plan.get("digest"))
        if not _ID.fullmatch(plan_id) or not _DIGEST.fullmatch(digest):
            return None
        from tagwright.remediation.asking import page_url

        url = page_url(self._calls.settings.approval, plan_id, digest)
        if url is None:
            return None
        does = (
            "You approve or reject it there."
            if plan.get("one_person")
            else "You can reject it there; somebody else approves it (four eyes): hand the link on."
        )
        about = f"{counted(int(plan['changes']), 'change')} of tags"
        return ElicitRequestURLParams(
            message=f"Plan {plan_id}, {about}, waits for a person. The page shows it whole. {does}",
            url=url,
            elicitation_id=plan_id,
        )


def _opens(context: Context[Any, Any]) -> bool:
    """Whether the client says that it opens pages, in a version that knows how."""
    able = context.client_capabilities
    version = context.protocol_version
    return (
        version is not None
        and is_version_at_least(version, _URL_SINCE)
        and able is not None
        and able.elicitation is not None
        and able.elicitation.url is not None
    )


def _given(answer: CallToolResult) -> dict[str, Any]:
    return cast("dict[str, Any]", answer.structured_content)


def _noted(result: ToolResult, *, opened: bool) -> ToolResult:
    return result.model_copy(update={"notes": [*result.notes, _OPENED if opened else _CLOSED]})
