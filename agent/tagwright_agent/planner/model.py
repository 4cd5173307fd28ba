"""The built-in planner as a chat model: it calls tools, and words the answer from their results."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, ToolMessage
from langchain_core.outputs import ChatGeneration, ChatResult
from pydantic import ConfigDict, Field

from tagwright.results import ToolResult
from tagwright_agent.planner.calls import call_of
from tagwright_agent.planner.compose import Answered, compose, compose_failure
from tagwright_agent.planner.read import read, suggestions
from tagwright_agent.planner.slots import Slots, Unclear
from tagwright_agent.planner.view import CatalogueView

if TYPE_CHECKING:
    from collections.abc import Sequence

    from langchain_core.callbacks import CallbackManagerForLLMRun

__all__ = ["BuiltinPlanner"]

_SLOTS = "tagwright_slots"


class BuiltinPlanner(BaseChatModel):
    """A slot grammar over the catalogue; no network, no key, a few milliseconds.

    Given a question it calls tools, all of them among those bound. Given their results it answers.
    Its final messages carry ``response_metadata["tagwright_status"]``: ``answered``, ``clarify``
    or ``refused``. Messages before the last question are used for follow-ups.

    Attributes:
        view: What can be named.
        bound: Names of the tools that may be called.
    """

    model_config = ConfigDict(arbitrary_types_allowed=True)

    view: CatalogueView
    bound: tuple[str, ...] = Field(default=())

    @property
    def _llm_type(self) -> str:
        return "tagwright-builtin"

    def bind_tools(self, tools: Sequence[Any], **_: Any) -> BuiltinPlanner:  # type: ignore[override]
        """The same planner, allowed to call these tools."""
        names = tuple(str(getattr(tool, "name", "") or tool.get("name", "")) for tool in tools)
        return self.model_copy(update={"bound": names})

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,  # noqa: ARG002  langchain's signature
        run_manager: CallbackManagerForLLMRun | None = None,  # noqa: ARG002
        **_: Any,
    ) -> ChatResult:
        return ChatResult(generations=[ChatGeneration(message=self._say(messages))])

    def _say(self, messages: Sequence[BaseMessage]) -> AIMessage:
        asked = max(
            (index for index, item in enumerate(messages) if isinstance(item, HumanMessage)),
            default=None,
        )
        if asked is None:
            return _final("refused", suggestions(self.view))
        turn = messages[asked + 1 :]
        if any(isinstance(item, ToolMessage) for item in turn):
            return self._answer(turn)
        return self._plan(str(messages[asked].text), messages[:asked])

    def _plan(self, question: str, before: Sequence[BaseMessage]) -> AIMessage:
        try:
            found = read(question, self.view, _last_slots(before))
            calls = [call_of(slots, self.view) for slots in found]
        except Unclear as unclear:
            return _final(unclear.status, unclear.text)
        missing = [name for name, _ in calls if name not in self.bound]
        if missing:
            return _final("refused", f"The tool {missing[0]} is not available here.")
        return AIMessage(
            "",
            tool_calls=[
                {"name": name, "args": arguments, "id": f"call_{uuid.uuid4().hex[:12]}"}
                for name, arguments in calls
            ],
            additional_kwargs={_SLOTS: [slots.as_dict() for slots in found]},
        )

    def _answer(self, turn: Sequence[BaseMessage]) -> AIMessage:
        answers = {item.tool_call_id: item for item in turn if isinstance(item, ToolMessage)}
        parts: list[str] = []
        failed = False
        for message in turn:
            if not isinstance(message, AIMessage) or not message.tool_calls:
                continue
            kept = message.additional_kwargs.get(_SLOTS, [])
            for index, call in enumerate(message.tool_calls):
                answer = answers.get(call["id"] or "")
                if answer is None:
                    continue
                slots = Slots.from_dict(kept[index]) if index < len(kept) else Slots()
                content = (answer.artifact or {}).get("structured_content")
                if answer.status == "error" or content is None:
                    failed = True
                    parts.append(compose_failure(answer.text))
                    continue
                result = ToolResult.model_validate(content)
                parts.append(
                    compose(Answered(call["name"], call["args"], slots, result), self.view)
                )
        if not parts:
            return _final("refused", suggestions(self.view))
        return _final("clarify" if failed else "answered", "\n\n".join(parts))


def _final(status: str, text: str) -> AIMessage:
    return AIMessage(text, response_metadata={"tagwright_status": status})


def _last_slots(messages: Sequence[BaseMessage]) -> Slots | None:
    for message in reversed(messages):
        kept = message.additional_kwargs.get(_SLOTS) if isinstance(message, AIMessage) else None
        if kept:
            return Slots.from_dict(kept[-1])
    return None
