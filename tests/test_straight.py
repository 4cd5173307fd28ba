"""The straight line gives what the graph gives, and what waits goes on from it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import Any

import pytest

from planner_conversations import SEQUENCES
from planner_questions import CLARIFIED, PLANNED, REFUSED
from sample_home import many, sample
from scripted import calling, results_in, settings_of, then
from tagwright.api import ToolContext, ToolResult, tool
from tagwright.config import Settings, load_settings
from tagwright.errors import ApprovalError
from tagwright.people import at_terminal
from tagwright.registry import Registry, load_registry
from tagwright_agent.approval import Decision
from tagwright_agent.messages import Call, Message
from tagwright_agent.session import Answer, Session
from tagwright_agent.spending import no_usage
from tagwright_mcp.server import build_server
from test_cli_chat import proposing_home

SINGLE = [*[question for question, _ in PLANNED][::8], *CLARIFIED[::4], *REFUSED[::4]]
BY_SERVICE = ("query_costs", {"group_by": ["service_name"], "period": "2026-09"})


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """300 charges of three months in two currencies, with tags right, wrong and absent."""
    where = tmp_path_factory.mktemp("straight")
    sample(where, many(300))
    return load_settings(where)


def both(settings: Settings, registry: Registry | None = None) -> tuple[Session, Session]:
    """A session in a straight line, and one through the graph and an MCP server."""
    server = build_server(settings, lambda: at_terminal(settings), registry=registry)
    line, graph = Session(settings, "line"), Session(settings, "graph", server)
    assert line._line() is not None
    assert graph._line() is None
    return line, graph


def told(answer: Answer) -> dict[str, Any]:
    """All of an answer but the thread; a receipt's id is that of its content."""
    return {**answer.as_dict(), "thread": ""}


@pytest.mark.slow  # every question runs twice, once through langgraph and MCP
def test_both_ways_say_the_same(settings: Settings) -> None:
    """Single questions each in a thread of its own, then conversations."""
    line, graph = both(settings)
    seen = set()
    with line, graph:
        for number, question in enumerate(SINGLE):
            line.thread, graph.thread = f"line-{number}", f"graph-{number}"
            answers = [told(session.ask(question)) for session in (line, graph)]
            assert answers[0] == answers[1], question
            seen.add(answers[0]["status"])
        for number, turns in enumerate(SEQUENCES):
            line.thread, graph.thread = f"line-{number}-s", f"graph-{number}-s"
            for question, _ in turns:
                answers = [told(session.ask(question)) for session in (line, graph)]
                assert answers[0] == answers[1], question
    assert seen == {"answered", "clarify", "refused"}


def endless(turn: Sequence[Message]) -> list[Call]:
    return [Call("describe_data", {"limit": 1}, f"c{len(turn)}")]


def once(*calls: tuple[str, dict[str, Any]]) -> Callable[[Sequence[Message]], list[Call]]:
    return lambda turn: (
        [Call(name, given, f"c{n}") for n, (name, given) in enumerate(calls)]
        if len(turn) == 1
        else []
    )


@pytest.mark.parametrize(
    ("calls", "status", "errors"),
    [
        (once(("no_such_tool", {})), "refused", 1),
        (once(("query_cost", {}), ("describe_data", {"limit": 1})), "refused", 1),
        (once(("query_costs", {"metric": "nonsense"})), "refused", 1),
        (once(("query_costs", {"no_such_argument": 1})), "refused", 1),
        (once(*[("describe_data", {"limit": 1})] * 12), "refused", 4),
        (once(("breaks", {})), "refused", 1),
        (once(("wipes", {})), "refused", 1),
        (endless, "refused", 1),
    ],
    ids=["unknown", "nearly", "name", "argument", "many", "fault", "writes", "endless"],
)
def test_what_goes_wrong_goes_wrong_alike(
    settings: Settings, calls: Any, status: str, errors: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A planner that calls what it should not: both ways refuse the same in the same words."""

    @tool
    def breaks(ctx: ToolContext) -> ToolResult:
        """Has a fault."""
        raise RuntimeError("password=hunter2")

    @tool(effect="write")
    def wipes(ctx: ToolContext) -> ToolResult:
        """Writes."""
        raise AssertionError("called")

    def registry() -> Registry:
        found = load_registry()
        found.add(breaks)
        found.add(wipes)
        return found

    def say(_: object, messages: Sequence[Message], bound: Collection[str]) -> Message:
        asked = [message.role for message in messages]
        turn = messages[len(asked) - asked[::-1].index("question") - 1 :]
        return Message("said", "That is all.", calls=tuple(calls(turn)))

    monkeypatch.setattr("tagwright_agent.straight.say", say)
    monkeypatch.setattr("tagwright_agent.planner.model.say", say)
    monkeypatch.setattr("tagwright_agent.straight.load_registry", registry)
    line, graph = both(settings, registry())
    line.thread, graph.thread = "line-wrong", f"graph-{id(calls)}"
    line.thread = f"line-{id(calls)}"
    answers = [told(session.ask("do it")) for session in (line, graph)]
    assert answers[0] == answers[1]
    assert len([call for call in answers[0]["calls"] if "error" in call]) == errors
    assert "hunter2" not in str(answers[0])


def test_a_model_goes_on_from_the_straight_line_and_back(home: Path) -> None:
    """September: S3 80.00. August: EC2 120.00."""
    settings = settings_of(home)
    first = Session(settings, "t").ask("effective cost of Amazon S3 in 2026-09")
    assert first.usage == no_usage()
    model = then(calling(BY_SERVICE), "As I said, Amazon S3 cost 80.00 USD.")
    second = Session(settings, "t", model=model).ask("say it again")
    assert second.answer.splitlines()[0] == "As I said, Amazon S3 cost 80.00 USD."
    assert (second.usage["calls"], second.thread_usage["calls"]) == (2, 2)
    sent = model.sent[0]
    assert [message.type for message in sent] == ["system", "human", "ai", "tool", "ai", "human"]
    assert "80.00" in str(sent[3].content)
    assert len(results_in(model.sent[-1])) == 1
    third = Session(settings, "t").ask("and in 2026-08?")
    assert third.calls[0]["result"]["totals"][0]["effective_cost"] == "120.00"
    assert (third.usage["calls"], third.thread_usage["calls"]) == (0, 2)


@pytest.mark.slow  # loads langgraph in this process, and ingests
def test_a_proposal_of_the_straight_line_waits_and_is_decided_once(home: Path) -> None:
    """It waits in the graph: after a restart, until it is decided or another question comes."""
    proposing_home(home, approves=True)
    settings = load_settings(home)
    answer = Session(settings, "t", interactive=True).ask("propose fixes for the missing team tags")
    assert answer.plan is not None
    [waiting] = answer.pending
    assert waiting.plan["id"] == answer.plan["id"]
    assert Session(settings, "other", interactive=True).pending() == []
    again = Session(settings, "t", interactive=True)
    assert again.pending() == [waiting]
    decision = Decision(type="reject", digest=waiting.plan["digest"])
    assert "is rejected by" in again.decide(waiting, decision)
    assert Session(settings, "t", interactive=True).pending() == []
    with pytest.raises(ApprovalError, match="does not wait"):
        Session(settings, "t", interactive=True).decide(waiting, decision)


@pytest.mark.slow  # loads langgraph in this process, and ingests
def test_another_question_leaves_the_plan_undecided(home: Path) -> None:
    proposing_home(home, approves=True)
    settings = load_settings(home)
    chat = Session(settings, "t", interactive=True)
    [waiting] = chat.ask("propose fixes for the missing team tags").pending
    assert chat.ask("total cost in 2026-09").pending == []
    assert chat.pending() == []
    decision = Decision(type="approve", digest=waiting.plan["digest"])
    with pytest.raises(ApprovalError, match="does not wait"):
        chat.decide(waiting, decision)


def test_who_waits_is_told_which_tools_are_asked(settings: Settings) -> None:
    seen: list[str] = []
    Session(settings, "watched").ask("total cost by service", seen.append)
    assert seen == ["calls query_costs"]
