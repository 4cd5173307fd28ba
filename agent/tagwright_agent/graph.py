"""The agent as a graph: plan, call tools over MCP, answer, check the figures, ask for approval.

    START -> plan -> call (one task per tool call, in parallel) -> plan ... -> answer -> check
    check -> END, or, where a plan was proposed and a person is present:
    check -> approve (interrupt) -> record -> the next plan, or END

``approve`` is pure, because resuming runs it again from its top; ``record`` has the one side
effect, which the plan store makes at most once. Tools that write are never called from here.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

os.environ.setdefault("LANGGRAPH_STRICT_MSGPACK", "true")  # read once, when langgraph is imported

from langgraph.graph import END, START, StateGraph
from langgraph.types import RetryPolicy

from tagwright_agent.models import is_transient
from tagwright_agent.nodes import Nodes
from tagwright_agent.state import CallTask, DecisionTask, ProposalTask, State
from tagwright_agent.steps import TOOL_SECONDS, Asker, Caller

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel
    from langgraph.checkpoint.base import BaseCheckpointSaver
    from langgraph.graph.state import CompiledStateGraph

__all__ = ["Asker", "Caller", "build_graph"]


def build_graph(
    model: BaseChatModel,
    client: Caller,
    checkpointer: BaseCheckpointSaver[Any] | None = None,
    **options: Any,
) -> CompiledStateGraph[State, Asker, State, State]:
    """Compile the graph; ``options`` are the other attributes of :class:`Nodes`.

    Without a checkpointer nothing is kept and nothing can be interrupted.
    """
    nodes = Nodes(model, client, **options)
    again = RetryPolicy(max_attempts=2, retry_on=is_transient)
    graph = StateGraph(State, context_schema=Asker)
    graph.add_node(
        "plan",
        nodes.plan,
        retry_policy=again,
        error_handler=nodes.take_over,
    )
    graph.add_node("call", nodes.call, input_schema=CallTask, timeout=TOOL_SECONDS + 30)
    graph.add_node("answer", nodes.answer)
    graph.add_node("check", nodes.check, destinations=("plan", "approve", END))
    graph.add_node("approve", nodes.approve, input_schema=ProposalTask, destinations=("record",))
    graph.add_node(
        "record",
        nodes.keep,
        input_schema=DecisionTask,
        timeout=TOOL_SECONDS,
        destinations=("approve", END),
    )
    graph.add_edge(START, "plan")
    graph.add_conditional_edges("plan", nodes.after_plan, ["call", "answer"])
    graph.add_edge("call", "plan")
    graph.add_edge("answer", "check")
    return graph.compile(checkpointer=checkpointer)
