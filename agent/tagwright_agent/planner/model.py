"""The built-in planner as a chat model, for the graph."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from langchain_core.language_models import BaseChatModel
from langchain_core.outputs import ChatGeneration, ChatResult
from langchain_core.utils.function_calling import convert_to_openai_tool
from pydantic import ConfigDict, Field

from tagwright_agent.chat_messages import ours, theirs
from tagwright_agent.planner.plan import say
from tagwright_agent.planner.view import CatalogueView  # noqa: TC001  a field of the model

if TYPE_CHECKING:
    from collections.abc import Sequence

    from langchain_core.callbacks import CallbackManagerForLLMRun
    from langchain_core.messages import BaseMessage

__all__ = ["BuiltinPlanner"]


class BuiltinPlanner(BaseChatModel):
    """:func:`tagwright_agent.planner.plan.say` behind langchain's interface.

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
        bound = {str(tool["function"]["name"]) for tool in self.tools}
        said = say(self.view, ours(messages), bound)  # type: ignore[arg-type]  # of AnyMessage, all
        return ChatResult(generations=[ChatGeneration(message=theirs([said])[0])])
