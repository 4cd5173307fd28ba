"""The built-in planner as a chat model: a question in, tool calls or a question back out."""

from __future__ import annotations

import json
import uuid
from typing import TYPE_CHECKING, Any

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage, ToolMessage
from langchain_core.outputs import ChatGeneration, ChatResult
from langchain_core.utils.function_calling import convert_to_openai_tool
from pydantic import ConfigDict, Field

from tagwright.results import ToolResult
from tagwright.text import clean
from tagwright_agent.planner import compose
from tagwright_agent.planner.calls import call_of, slots_of
from tagwright_agent.planner.dialogue import read
from tagwright_agent.planner.slots import Slots, Unclear
from tagwright_agent.planner.view import CatalogueView  # noqa: TC001  a field of the model
from tagwright_agent.state import turns

if TYPE_CHECKING:
    from collections.abc import Sequence

    from langchain_core.callbacks import CallbackManagerForLLMRun

__all__ = ["BuiltinPlanner"]

STATUS = "tagwright_status"
SLOTS = "tagwright_slots"
ASKED = "tagwright_asked"


class BuiltinPlanner(BaseChatModel):
    """Plans with a grammar over the catalogue; needs no key and no network, and never guesses.

    A question becomes tool calls, or a final message whose ``response_metadata`` says
    ``tagwright_status`` ``clarify`` or ``refused``. Tool results become the answer
    (``tagwright_status`` ``answered``).

    Attributes:
        view: What can be named.
        tools: The tools that are bound, in OpenAI's form.
    """

    model_config = ConfigDict(arbitrary_types_allowed=True)

    view: CatalogueView
    tools: list[dict[str, Any]] = Field(default_factory=list)

    @property
    def _llm_type(self) -> str:
        return "tagwright-builtin"

    def bind_tools(self, tools: Sequence[Any], *, tool_choice: Any = None, **_: Any) -> Any:
        """A copy that may call these tools."""
        del tool_choice
        return self.model_copy(update={"tools": [convert_to_openai_tool(tool) for tool in tools]})

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        del stop, run_manager, kwargs
        return ChatResult(generations=[ChatGeneration(message=self._say(messages))])

    def _say(self, messages: list[BaseMessage]) -> AIMessage:
        parts = turns(messages)  # type: ignore[arg-type]  # BaseMessage, all of them AnyMessage
        if not parts:
            return _final("clarify", "What do you want to know about your costs?")
        turn = parts[-1]
        answers = {m.tool_call_id: m for m in turn if isinstance(m, ToolMessage)}
        calls = [
            (message, call, index)
            for message in turn
            if isinstance(message, AIMessage)
            for index, call in enumerate(message.tool_calls)
            if call["id"] in answers
        ]
        if calls:
            return _composed(
                [
                    (_meant(message, index), call["name"], answers[str(call["id"])])
                    for message, call, index in calls
                ]
            )
        question = str(turn[0].text)
        try:
            found = read(question, self.view, before=_before(parts[:-1]), asked=_asked(parts[:-1]))
            return self._calling(found)
        except Unclear as unclear:
            extra = {}
            if unclear.choice:
                asked = _asked(parts[:-1])
                text = asked["question"] if asked and len(question.split()) <= 6 else question
                extra = {ASKED: {"question": text, **unclear.choice}}
            return _final(unclear.status, unclear.text, **extra)

    def _calling(self, found: list[Slots]) -> AIMessage:
        bound = {str(tool["function"]["name"]) for tool in self.tools}
        calls, meant = [], []
        for slots in found:
            name, arguments = call_of(slots)
            if name not in bound:
                raise Unclear("refused", f"This needs the tool {name}, which is not connected.")
            calls.append(
                {"name": name, "args": arguments, "id": uuid.uuid4().hex, "type": "tool_call"}
            )
            meant.append(slots.as_dict())
        return AIMessage("", tool_calls=calls, response_metadata={SLOTS: meant})


def _final(status: str, text: str, **extra: Any) -> AIMessage:
    return AIMessage(text, response_metadata={STATUS: status, **extra})


def _meant(message: AIMessage, index: int) -> Slots:
    """What a call was made for: kept beside it, or read back from its arguments."""
    kept = message.response_metadata.get(SLOTS)
    if isinstance(kept, list) and index < len(kept):
        try:
            return Slots.from_dict(kept[index])
        except TypeError:  # written by another version
            pass
    call = message.tool_calls[index]
    return slots_of(call["name"], call["args"]) or Slots()


def _before(parts: Sequence[Sequence[Any]]) -> list[Slots]:
    """What the last turn with a call meant."""
    for turn in reversed(parts):
        found = [
            _meant(message, index)
            for message in turn
            if isinstance(message, AIMessage)
            for index in range(len(message.tool_calls))
        ]
        if found:
            return found
    return []


def _asked(parts: Sequence[Sequence[Any]]) -> dict[str, Any] | None:
    """What we asked back at the end of the last turn, if we did."""
    if not parts or not isinstance(parts[-1][-1], AIMessage):
        return None
    asked = parts[-1][-1].response_metadata.get(ASKED)
    return asked if isinstance(asked, dict) and "question" in asked else None


def _composed(answered: list[tuple[Slots, str, ToolMessage]]) -> AIMessage:
    texts, failed = [], 0
    for slots, tool, message in answered:
        content = _content(message)
        if content is None:
            failed += 1
            texts.append(_error(message.text))
        else:
            texts.append(compose.compose(slots, tool, content))
    status = "refused" if failed == len(answered) else "answered"
    return _final(status, "\n\n".join(dict.fromkeys(texts)))


def _content(message: ToolMessage) -> ToolResult | None:
    if message.status == "error":
        return None
    found: Any = None
    if isinstance(message.artifact, dict):
        found = message.artifact.get("structured_content")
    try:
        return ToolResult.model_validate(found or json.loads(message.text))
    except ValueError:
        return None


def _error(text: str) -> str:
    """A tool's failure in its own words, without its form."""
    try:
        data = json.loads(text)
    except ValueError:
        data = None
    if not isinstance(data, dict):
        return clean(text[:400])
    nested = data.get("error")
    inner: dict[str, Any] = nested if isinstance(nested, dict) else data
    said = [str(inner.get(name) or "") for name in ("message", "hint")]
    near = inner.get("nearest")
    if isinstance(near, (list, tuple)) and near and str(near[0]) not in " ".join(said):
        said.append(f"Near: {', '.join(map(str, near[:5]))}.")
    return " ".join(clean(part) for part in said if part) or "The tool failed."
