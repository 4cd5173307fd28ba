"""A chat model that says what a function of the messages says, and a small home to ask about."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage, ToolMessage
from langchain_core.outputs import ChatGeneration, ChatResult
from pydantic import Field

from sample_home import charge, load
from tagwright.config import Settings

__all__ = ["ROWS", "Scripted", "calling", "results_in", "settings_of", "then"]

ROWS = [
    charge("120.00", "2026-08-05", ServiceName="Amazon EC2"),
    charge("200.00", "2026-09-05", ServiceName="Amazon EC2"),
    charge("80.00", "2026-09-06", ServiceName="Amazon S3"),
    charge("33.335", "2026-09-07", ServiceName="AWS Lambda"),
]
"""USD; September: EC2 200.00, S3 80.00, Lambda 33.335, in all 313.335. August: EC2 120.00."""


class Scripted(BaseChatModel):
    """Answers with ``script(messages, names of the bound tools)``; keeps what it was sent."""

    script: Callable[[list[BaseMessage], list[str]], AIMessage]
    bound: list[str] = Field(default=[])
    sent: list[list[BaseMessage]]

    @property
    def _llm_type(self) -> str:
        return "scripted"

    def bind_tools(self, tools: Sequence[Any], **_: Any) -> Scripted:  # type: ignore[override]
        copy = self.model_copy(update={"bound": [tool.name for tool in tools]})
        copy.sent = self.sent
        return copy

    def _generate(self, messages: list[BaseMessage], *_: Any, **__: Any) -> ChatResult:
        self.sent.append(list(messages))
        return ChatResult(generations=[ChatGeneration(message=self.script(messages, self.bound))])


def calling(*calls: tuple[str, dict[str, Any]]) -> AIMessage:
    """A message that calls tools."""
    return AIMessage(
        "",
        tool_calls=[
            {"name": name, "args": arguments, "id": f"c{index}"}
            for index, (name, arguments) in enumerate(calls)
        ],
    )


def results_in(messages: Sequence[BaseMessage]) -> list[ToolMessage]:
    """The tool messages after the last question of a person."""
    found: list[ToolMessage] = []
    for message in messages:
        if message.type == "human" and not message.additional_kwargs.get("tagwright"):
            found = []
        elif isinstance(message, ToolMessage):
            found.append(message)
    return found


def then(first: AIMessage, *texts: str | AIMessage) -> Scripted:
    """Calls tools, then says the texts one after the other (the last again and again)."""
    said = iter(range(len(texts)))

    def script(messages: list[BaseMessage], _: list[str]) -> AIMessage:
        if not results_in(messages):
            return first
        text = texts[next(said, len(texts) - 1)]
        return text if isinstance(text, AIMessage) else AIMessage(text)

    return Scripted(script=script, sent=[])


def settings_of(home: Path) -> Settings:
    """A home with :data:`ROWS` in it."""
    return load(home, ROWS)
