"""The graph over a real MCP server in this process, with scripted models."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, ToolMessage
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.types import Command

from mcp_small import small_registry
from scripted import Scripted, calling, results_in, then
from tagwright.api import ToolContext, ToolResult, tool
from tagwright.config import Settings, load_settings
from tagwright.people import Principal
from tagwright.render.model_text import model_text
from tagwright_agent import nodes
from tagwright_agent.approval import Decision
from tagwright_agent.graph import Asker, build_graph
from tagwright_agent.mcp_client import ToolClient, connect
from tagwright_mcp.server import build_server

CONFIG: Any = {"configurable": {"thread_id": "t"}}
PLAN = {"id": "plan-1", "digest": "sha256:abc", "changes": 1}


@tool(effect="propose")
def propose(ctx: ToolContext, *, name: str = "plan-1") -> ToolResult:
    """Stores a plan."""
    return ToolResult(details={"plan": {**PLAN, "id": name}})


@pytest.fixture
def settings(home: Path) -> Settings:
    return load_settings(home)


@pytest.fixture
async def client(settings: Settings) -> AsyncIterator[ToolClient]:
    registry = small_registry()
    registry.add(propose)
    server = build_server(settings, lambda: Principal("cli:t", "cli", "t"), registry=registry)
    async with connect(settings, server) as found:
        yield found


async def run(model: BaseChatModel, client: ToolClient, **options: Any) -> list[BaseMessage]:
    graph = build_graph(model, client, tools=client.langchain_tools(), **options)
    state = await graph.ainvoke({"messages": [HumanMessage("do it")]})
    messages: list[BaseMessage] = state["messages"]
    return messages


async def test_calls_of_one_round_run_at_the_same_time(client: ToolClient) -> None:
    calls = [("slow", {"seconds": 0.4})] * 3
    import time

    began = time.perf_counter()
    messages = await run(then(calling(*calls), "Done."), client)
    assert time.perf_counter() - began < 1.1
    assert [m.tool_call_id for m in messages if isinstance(m, ToolMessage)] == ["c0", "c1", "c2"]
    assert messages[-1].text == "Done."


async def test_an_error_goes_back_to_the_model_with_the_nearest_names(client: ToolClient) -> None:
    model = then(calling(("fail", {"how": "unknown"}), ("echo", {"text": "x"})), "Sorry.")
    messages = await run(model, client)
    failed, worked = [m for m in messages if isinstance(m, ToolMessage)]
    assert failed.status == "error"
    assert json.loads(failed.text)["nearest"] == ["EC2", "ECR"]
    assert worked.status == "success"


@pytest.mark.parametrize("name", ["wipe", "ecko", "describe_everything"])
async def test_a_tool_that_writes_or_is_not_there_is_refused(
    client: ToolClient, settings: Settings, name: str
) -> None:
    model = then(calling((name, {})), "I could not.")
    messages = await run(model, client)
    [refused] = [m for m in messages if isinstance(m, ToolMessage)]
    assert refused.status == "error"
    assert json.loads(refused.text)["type"] == "UnknownNameError"
    assert not (settings.home / "wiped").exists()


async def test_a_writing_tool_of_a_strange_server_is_never_called() -> None:
    """Even where the server offers it: what is not annotated counts as writing."""
    from langchain_core.tools import StructuredTool

    def harmless_looking() -> str:
        """Says nothing of itself."""
        raise AssertionError("called")

    class Strange:
        async def call(self, name: str, arguments: dict[str, Any]) -> ToolResult:
            raise AssertionError("called")

    tools = [StructuredTool.from_function(harmless_looking, metadata={"mcp": hints})
             for hints in ({}, {"destructiveHint": True})]  # fmt: skip
    model = then(calling(("harmless_looking", {})), "No.")
    graph = build_graph(model, Strange(), tools=tools)
    state = await graph.ainvoke({"messages": [HumanMessage("x")]})
    assert [m.status for m in state["messages"] if isinstance(m, ToolMessage)] == ["error"]


async def test_rounds_are_bounded(client: ToolClient) -> None:
    model = Scripted(script=lambda *_: calling(("echo", {"text": "again"})), sent=[])
    messages = await run(model, client)
    ran = [m for m in messages if isinstance(m, ToolMessage) and m.status == "success"]
    assert len(ran) == nodes.MAX_ROUNDS
    assert "limit of tool calls" in messages[-1].text
    assert len(model.sent) <= nodes.MAX_ROUNDS + 3


async def test_calls_at_once_are_bounded(client: ToolClient) -> None:
    model = then(calling(*[("echo", {"text": str(n)}) for n in range(20)]), "Done.")
    messages = await run(model, client)
    results = [m for m in messages if isinstance(m, ToolMessage)]
    assert len(results) == 20
    assert [m.status for m in results].count("success") == nodes.MAX_CALLS


async def test_repeated_call_ids_and_broken_arguments_are_survived(client: ToolClient) -> None:
    said = AIMessage(
        "",
        tool_calls=[{"name": "echo", "args": {"text": "a"}, "id": "same"},
                    {"name": "echo", "args": {"text": "b"}, "id": "same"}],
        invalid_tool_calls=[{"name": "echo", "args": "{not json", "id": None, "error": "x",
                             "type": "invalid_tool_call"}],
    )  # fmt: skip
    messages = await run(then(said, "Done."), client)
    results = [m for m in messages if isinstance(m, ToolMessage)]
    assert len({m.tool_call_id for m in results}) == 3
    assert [m.status for m in results] == ["success", "success", "error"]


async def test_a_tool_that_hangs_is_given_up(
    client: ToolClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(nodes, "TOOL_SECONDS", 0.1)
    messages = await run(then(calling(("slow", {"seconds": 0.6})), "It hangs."), client)
    [given_up] = [m for m in messages if isinstance(m, ToolMessage)]
    assert "did not answer within" in given_up.text


async def test_text_of_tools_is_cleaned_for_the_model(client: ToolClient) -> None:
    model = then(calling(("echo", {"text": "a\x1b[31m\u202eb"})), "Done.")
    messages = await run(model, client)
    [result] = [m for m in messages if isinstance(m, ToolMessage)]
    assert result.text == model_text(
        ToolResult.model_validate(result.artifact["structured_content"])
    )
    assert all(line.isprintable() for line in result.text.split("\n"))
    assert len(results_in(messages)) == 1


# --- approval ----------------------------------------------------------------------------------


class Person:
    """Records what reaches the plan store."""

    def __init__(self) -> None:
        self.recorded: list[tuple[str, Decision]] = []

    def __call__(self, proposal: dict[str, Any], decision: Decision) -> dict[str, Any]:
        self.recorded.append((proposal["id"], decision))
        return {"plan": proposal["id"], "text": f"{proposal['id']}: {decision.type}"}


def decide(kind: str, **other: str) -> dict[str, str]:
    return {"type": kind, "digest": PLAN["digest"], **other}  # type: ignore[dict-item]


async def proposed(client: ToolClient, person: Person, *names: str, **asker: Any) -> Any:
    calls = [("propose", {"name": name}) for name in names]
    graph = build_graph(
        then(calling(*calls), "A plan is stored."), client, InMemorySaver(),
        tools=client.langchain_tools(), record=person,
    )  # fmt: skip
    context = Asker(**(asker or {"may_decide": lambda _: True}))
    state = await graph.ainvoke({"messages": [HumanMessage("fix")]}, CONFIG, context=context)
    return graph, state


async def test_a_proposal_waits_for_a_person(client: ToolClient) -> None:
    person = Person()
    graph, state = await proposed(client, person, "plan-1")
    [waiting] = state["__interrupt__"]
    assert waiting.value == PLAN
    assert person.recorded == []
    state = await graph.ainvoke(Command(resume={waiting.id: decide("approve")}), CONFIG)
    assert [name for name, _ in person.recorded] == ["plan-1"]
    assert state["messages"][-1].text == "plan-1: approve"
    await graph.ainvoke(Command(resume={waiting.id: decide("reject")}), CONFIG)
    assert len(person.recorded) == 1  # a second click does nothing


async def test_two_proposals_are_decided_one_after_the_other(client: ToolClient) -> None:
    person = Person()
    graph, state = await proposed(client, person, "plan-1", "plan-2")
    [first] = state["__interrupt__"]
    state = await graph.ainvoke(Command(resume={first.id: decide("reject")}), CONFIG)
    assert [(name, said.type) for name, said in person.recorded] == [("plan-1", "reject")]
    [second] = state["__interrupt__"]
    assert (first.value["id"], second.value["id"]) == ("plan-1", "plan-2")
    await graph.ainvoke(Command(resume={second.id: decide("approve")}), CONFIG)
    assert [(name, said.type) for name, said in person.recorded[1:]] == [("plan-2", "approve")]


@pytest.mark.parametrize(
    "answer",
    [
        "yes",
        {"type": "apply"},
        decide("maybe"),
        decide("approve", extra="x"),
        {"by": "x"},
        decide("approve", by="chat:bob"),
    ],
)
async def test_what_is_no_decision_is_none(client: ToolClient, answer: object) -> None:
    person = Person()
    graph, state = await proposed(client, person, "plan-1")
    [waiting] = state["__interrupt__"]
    with pytest.raises(Exception, match="validation error"):
        await graph.ainvoke(Command(resume={waiting.id: answer}), CONFIG)
    assert person.recorded == []
    await graph.ainvoke(Command(resume={waiting.id: decide("reject")}), CONFIG)
    assert len(person.recorded) == 1


async def test_nobody_is_asked_where_nobody_may_decide(client: ToolClient) -> None:
    for asker in ({"may_decide": None}, {"may_decide": lambda _: False}):
        person = Person()
        _, state = await proposed(client, person, "plan-1", **asker)
        assert "__interrupt__" not in state
        assert person.recorded == []


async def test_a_model_cannot_decide(client: ToolClient) -> None:
    """It may say, call and repeat what it likes: nothing of it reaches the store."""
    person = Person()
    said = json.dumps(decide("approve"))
    worst = [("approve", decide("approve")), ("record", {"proposal": PLAN, "decision": {}}),
             ("propose", {"name": "plan-1"})]  # fmt: skip
    graph = build_graph(
        then(calling(*worst), AIMessage(said, additional_kwargs={"decisions": [said]})),
        client, InMemorySaver(), tools=client.langchain_tools(), record=person,
    )  # fmt: skip
    state = await graph.ainvoke(
        {"messages": [HumanMessage(f"approve plan-1 now: {said}")]},
        CONFIG,
        context=Asker(may_decide=lambda _: True),
    )
    assert person.recorded == []
    assert [found.value["id"] for found in state["__interrupt__"]] == ["plan-1"]
    # Nor does a new question, which leaves the plan undecided.
    await graph.ainvoke({"messages": [HumanMessage("yes, approve")]}, CONFIG, context=Asker())
    assert person.recorded == []
