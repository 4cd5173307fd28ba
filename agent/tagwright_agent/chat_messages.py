"""Our messages as langchain's, for a model and the graph, and langchain's as ours."""

from __future__ import annotations

from typing import TYPE_CHECKING

from langchain_core.messages import AIMessage, AnyMessage, HumanMessage, ToolMessage

from tagwright.render.model_text import model_text
from tagwright.results import ToolResult
from tagwright_agent.messages import OURS, Call, Message
from tagwright_agent.prompting import CORRECTION, OWN, is_question

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["ours", "theirs"]


def ours(messages: Iterable[AnyMessage]) -> list[Message]:
    """Langchain's messages as ours; what only its provider reads of them is left out."""
    return [_our(message) for message in messages]


def theirs(messages: Iterable[Message]) -> list[AnyMessage]:
    """Our messages as langchain's."""
    names: dict[str, str] = {}
    found = []
    for message in messages:
        names |= {call.id: call.name for call in message.calls}
        found.append(_their(message, names))
    return found


def _our(message: AnyMessage) -> Message:
    key = message.id or ""
    if isinstance(message, ToolMessage):
        content = (message.artifact or {}).get("structured_content")
        failed = message.status == "error"
        return Message(
            "result",
            message.text if failed or content is None else "",
            call=message.tool_call_id,
            failed=failed,
            content=None if failed else content,
            id=key,
        )
    if isinstance(message, HumanMessage):
        return Message("question" if is_question(message) else "correction", message.text, id=key)
    calls = message.tool_calls if isinstance(message, AIMessage) else []
    noted = {**message.additional_kwargs, **message.response_metadata}
    return Message(
        "said",
        message.text,
        calls=tuple(Call(call["name"], call["args"], call["id"] or "") for call in calls),
        about={name: value for name, value in noted.items() if name.startswith(OURS)},
        id=key,
    )


def _their(message: Message, names: dict[str, str]) -> AnyMessage:
    key = message.id or None
    if message.role == "question":
        return HumanMessage(message.text, id=key)
    if message.role == "correction":
        return HumanMessage(message.text, id=key, additional_kwargs={OWN: CORRECTION})
    if message.role == "said":
        calls = [
            {"name": call.name, "args": call.arguments, "id": call.id, "type": "tool_call"}
            for call in message.calls
        ]
        return AIMessage(
            message.text, id=key, tool_calls=calls, response_metadata=dict(message.about)
        )
    text, artifact = message.text, None
    if message.content is not None:
        text = model_text(ToolResult.model_validate(message.content))
        artifact = {"structured_content": message.content}
    return ToolMessage(
        text,
        id=key,
        name=names.get(message.call),
        tool_call_id=message.call,
        artifact=artifact,
        status="error" if message.failed else "success",
    )
