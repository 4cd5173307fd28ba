"""The built-in planner as a model of a thread, every tool of ours bound; for tests."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from langchain_core.messages import BaseMessage, HumanMessage

from planner_view import VIEW
from tagwright.registry import load_registry
from tagwright_agent.planner.model import BuiltinPlanner

if TYPE_CHECKING:
    from tagwright_agent.planner.view import CatalogueView


def bound(view: CatalogueView, *names: str) -> Any:
    """The planner of that view with those tools of ours bound; every one where none is named."""
    tools = [
        {"type": "function", "function": {"name": name, "description": "", "parameters": {}}}
        for name in names or load_registry().tools
    ]
    return BuiltinPlanner(view=view).bind_tools(tools)


_MODEL = bound(replace(VIEW, usage=1000))


def said(*turns: str) -> Any:
    """What is said to the last turn, where none before it was answered."""
    thread: list[BaseMessage] = []
    for turn in turns:
        thread += [HumanMessage(turn)]
        thread += [_MODEL.invoke(thread)]
    return thread[-1]
