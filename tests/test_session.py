"""A conversation: kept by thread, one turn after the other, checked, with a fallback."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from langchain_core.messages import AIMessage, BaseMessage

from sample_home import charge, load
from scripted import Scripted, calling, results_in, settings_of, then
from tagwright.config import Settings
from tagwright.errors import BusyError, MisuseError, ProviderError, SnapshotError, TagwrightError
from tagwright.receipts import replay
from tagwright_agent.runner import taking_turns
from tagwright_agent.session import Session, guard_question
from tagwright_agent.waiting import FILE

BY_SERVICE = ("query_costs", {"group_by": ["service_name"], "period": "2026-09"})


@pytest.fixture
def settings(home: Path) -> Settings:
    return settings_of(home)


def test_the_built_in_planner_answers_with_a_receipt(settings: Settings) -> None:
    answer = Session(settings).ask("total effective cost by service in 2026-09")
    assert (answer.status, answer.model) == ("answered", "builtin")
    assert "313.34 USD" in answer.answer or "313.33 USD" in answer.answer
    [call] = answer.calls
    assert call["tool"] == "query_costs"
    total = {"currency": "USD", "effective_cost": "313.335", "average": "104.445", "values": 3}
    assert call["result"]["totals"] == [total]
    assert replay(call["receipt"], settings).status == "same"
    assert json.loads(json.dumps(answer.as_dict()))["plan"] is None


def test_a_follow_up_goes_on_in_its_thread_and_threads_do_not_mix(settings: Settings) -> None:
    first, other = Session(settings, "one"), Session(settings, "two")
    first.ask("effective cost of Amazon EC2 in 2026-09")
    other.ask("effective cost of Amazon S3 in 2026-09")
    # A new object on the same thread: nothing is remembered but what is on disk.
    again = Session(settings, "one").ask("and in 2026-08?")
    assert again.calls[0]["result"]["totals"][0]["effective_cost"] == "120.00"
    assert "S3" not in again.answer


def test_any_model_answers_over_mcp(settings: Settings) -> None:
    model = then(calling(BY_SERVICE), "Amazon S3 cost 80.00 USD in 2026-09.")
    answer = Session(settings, model=model).ask("what was S3?")
    assert (answer.status, answer.model) == ("answered", "scripted")
    assert answer.answer == (
        "Amazon S3 cost 80.00 USD in 2026-09.\n\n"
        "Note: Data ends 2026-09-07: 2026-09 is not complete."
    )
    assert answer.usage["calls"] == 2
    assert model.sent[0][0].type == "system"
    assert "Text inside tool results" in str(model.sent[0][0].content)


def test_a_wrong_figure_is_corrected_once_then_left_out(settings: Settings) -> None:
    right = "Amazon S3 cost 80.00 USD."
    model = then(calling(BY_SERVICE), "Amazon S3 cost 90.00 USD.", right)
    answer = Session(settings, "t", model=model).ask("what was S3?")
    assert answer.answer.splitlines()[0] == right
    assert not [note for note in answer.notes if "left out" in note]
    assert "90.00 USD is in no tool result" in str(model.sent[-1][-1].content)

    stubborn = then(calling(BY_SERVICE), "Amazon S3 cost 90.00 USD. There are 3 services.")
    answer = Session(settings, model=stubborn).ask("what was S3?")
    assert answer.answer.splitlines()[0] == "There are 3 services."
    assert "left out" in answer.notes[0]
    assert len(stubborn.sent) == 3  # call, answer, one correction

    liar = then(calling(BY_SERVICE), "Amazon S3 cost 90.00 USD.")
    answer = Session(settings, model=liar).ask("what was S3?")
    assert answer.status == "refused"
    assert "90.00" not in answer.answer


def test_a_model_that_looks_nothing_up_has_not_answered(settings: Settings) -> None:
    model = Scripted(script=lambda *_: AIMessage("You spent 5.00 USD, trust me."), sent=[])
    answer = Session(settings, model=model).ask("how much?")
    assert answer.status == "refused"
    assert "5.00" not in answer.answer


def test_the_planner_takes_over_where_the_model_is_down(settings: Settings) -> None:
    secret = "key sk-123456"

    def down(*_: Any) -> AIMessage:
        raise RuntimeError(secret)

    answer = Session(settings, model=Scripted(script=down, sent=[])).ask(
        "cost by service in 2026-09"
    )
    assert (answer.status, answer.model) == ("answered", "builtin")
    assert answer.notes[0] == (
        "The model failed (RuntimeError). The built-in planner answered instead."
    )
    assert secret not in json.dumps(answer.as_dict())


@pytest.mark.slow  # langgraph waits before it tries again
def test_a_model_that_breaks_off_in_the_middle_leaves_nothing_half_done(settings: Settings) -> None:
    def script(messages: list[BaseMessage], _: list[str]) -> AIMessage:
        if results_in(messages):
            raise ConnectionError
        return calling(BY_SERVICE)

    model = Scripted(script=script, sent=[])
    answer = Session(settings, "t", model=model).ask("cost by service in 2026-09")
    assert answer.status == "answered"
    assert len(answer.calls) == 1
    assert len(model.sent) == 3  # a transport fault is tried once more
    assert Session(settings, "t").ask("and in 2026-08?").status == "answered"


@pytest.mark.slow  # the model's thread sleeps a second
def test_a_model_that_hangs_is_waited_for_once_and_the_built_in_planner_takes_over(
    settings: Settings,
) -> None:
    def script(_: list[BaseMessage], __: list[str]) -> AIMessage:
        time.sleep(1)
        return AIMessage("too late")

    model = Scripted(script=script, sent=[])
    hasty = settings.model_copy(update={"model_wait": 0.2})
    answer = Session(hasty, "t", model=model).ask("cost by service in 2026-09")
    assert (answer.status, answer.model, len(model.sent)) == ("answered", "builtin", 1)
    assert "200.00" in answer.answer
    assert "The model did not answer within 0.2 seconds." in " ".join(answer.notes)


@pytest.mark.parametrize("question", ["", "  \n\t "])
def test_an_empty_question_is_misuse(settings: Settings, question: str) -> None:
    with pytest.raises(MisuseError, match="empty"):
        Session(settings).ask(question)


def test_a_question_has_a_limit_that_is_said() -> None:
    with pytest.raises(MisuseError, match=r"10,000 characters; the limit is 4,000"):
        guard_question("x" * 10_000)
    assert guard_question("a" * 4000)
    assert guard_question("a\x1b[31m\u202eb") == "a\\u001b[31m\\u202eb"


@pytest.mark.parametrize("thread", ["", "../x", "a b", "x" * 129, "-rf"])
def test_a_threads_id_is_a_plain_one(settings: Settings, thread: str) -> None:
    with pytest.raises(MisuseError):
        Session(settings, thread)


def test_without_data_it_says_so_and_makes_no_home(tmp_path: Path) -> None:
    from tagwright.config import load_settings

    where = tmp_path / "nowhere"
    with pytest.raises(SnapshotError, match="no data"):
        Session(load_settings(where)).ask("total cost")
    assert not where.exists()


def test_new_data_is_seen_by_an_open_session(settings: Settings) -> None:
    with Session(settings) as session:
        session.ask("total cost in 2026-09")
        load(
            settings.home, [charge("1000.00", "2026-09-09", BillingAccountId="other")], name="b.csv"
        )
        answer = session.ask("total effective cost in 2026-09")
    assert answer.calls[0]["result"]["totals"][0]["effective_cost"] == "1313.335"


def test_a_thread_takes_one_question_at_a_time(settings: Settings) -> None:
    with (
        taking_turns(settings.home, "t"),
        pytest.raises(BusyError, match="still being answered"),
        taking_turns(settings.home, "t", seconds=0.05),
    ):
        raise AssertionError("two at once")
    with taking_turns(settings.home, "t", seconds=0):
        pass


def test_questions_asked_at_once_in_one_thread_are_answered_in_turn(settings: Settings) -> None:
    at_once: list[int] = []
    running = threading.Semaphore(1)

    def script(messages: list[BaseMessage], _: list[str]) -> AIMessage:
        assert running.acquire(blocking=False)
        try:
            at_once.append(1)
            if not results_in(messages):
                return calling(BY_SERVICE)
            return AIMessage("Amazon S3 cost 80.00 USD.")
        finally:
            running.release()

    def session() -> Session:
        return Session(settings, "t", model=Scripted(script=script, sent=[]))

    async def ask() -> list[str]:
        answers = await asyncio.gather(*(session().aask(f"S3 {n}?") for n in range(3)))
        return [answer.status for answer in answers]

    assert asyncio.run(ask()) == ["answered"] * 3
    assert len(at_once) == 6


def test_a_broken_file_of_what_waits_is_said(settings: Settings) -> None:
    (settings.home / FILE).write_bytes(b"this is no database" * 100)
    model = then(calling(BY_SERVICE), "Amazon S3 cost 80.00 USD.")
    with pytest.raises(TagwrightError, match="cannot be read"):
        Session(settings, model=model).ask("total cost")


def test_a_broken_file_of_conversations_is_said(settings: Settings) -> None:
    (settings.home / "state.sqlite3").write_bytes(b"this is no database" * 100)
    with pytest.raises(TagwrightError, match="state store"):
        Session(settings).ask("total cost")


def test_conversations_are_for_their_owner(settings: Settings) -> None:
    Session(settings).ask("total cost")
    Session(settings, model=then(calling(BY_SERVICE), "S3: 80.00 USD.")).ask("what was S3?")
    for name in ("state.sqlite3", FILE):
        assert (settings.home / name).stat().st_mode & 0o077 == 0


def test_a_server_that_is_gone_is_said(settings: Settings) -> None:
    with pytest.raises(ProviderError):
        Session(settings, target="http://127.0.0.1:9/mcp").ask("total cost")


KILLED = """
import os, sys
sys.path.insert(0, {tests!r})
from langchain_core.messages import AIMessage
from scripted import Scripted, calling, results_in
from tagwright.config import load_settings
from tagwright_agent.session import Session
def script(messages, _):
    if results_in(messages):
        os._exit(9)  # after the tool's result is kept, before the answer
    return calling(("query_costs", {{"period": "2026-09"}}))
Session(load_settings(), "t", model=Scripted(script=script, sent=[])).ask("total?")
"""


@pytest.mark.slow  # starts a process that loads langgraph
def test_a_killed_process_leaves_a_thread_that_can_go_on(settings: Settings) -> None:
    code = KILLED.format(tests=str(Path(__file__).parent))
    environment = {**os.environ, "TAGWRIGHT_HOME": str(settings.home)}
    done = subprocess.run([sys.executable, "-c", code], env=environment, check=False, timeout=60)
    assert done.returncode == 9
    model = then(calling(BY_SERVICE), "Amazon S3 cost 80.00 USD.")
    answer = Session(settings, "t", model=model).ask("what was S3?")
    assert answer.status == "answered"
    assert [call["tool"] for call in answer.calls] == ["query_costs"]


def told_usage(message: AIMessage, tokens: int) -> AIMessage:
    usage = {"input_tokens": tokens, "output_tokens": 0, "total_tokens": tokens}
    return message.model_copy(update={"usage_metadata": usage})


def test_a_question_that_has_used_up_its_tokens_goes_to_the_planner(settings: Settings) -> None:
    """1,200 tokens are taken by the first call; 1,000 is the most."""
    model = then(told_usage(calling(BY_SERVICE), 1200), "Amazon S3 cost 80.00 USD.")
    poor = settings.model_copy(update={"model_turn_tokens": 1000})
    answer = Session(poor, "turn", model=model).ask("cost by service in 2026-09")
    assert (answer.status, answer.model, len(model.sent)) == ("answered", "builtin", 1)
    assert "This question has used up its 1,000 tokens." in answer.notes[0]
    assert answer.usage["input_tokens"] == 1200  # it was paid for


def test_a_conversation_has_a_budget_too(settings: Settings) -> None:
    model = then(told_usage(calling(BY_SERVICE), 900), told_usage(AIMessage("There are 3."), 200))
    poor = settings.model_copy(update={"model_thread_tokens": 1000})
    assert Session(poor, "thread", model=model).ask("how many services?").model == "scripted"
    second = Session(poor, "thread", model=model).ask("cost by service in 2026-09")
    assert (second.status, second.model, len(model.sent)) == ("answered", "builtin", 2)
    assert "This conversation has used up its 1,000 tokens." in second.notes[0]
    assert second.thread_usage["input_tokens"] == 1100


def test_who_waits_is_told_what_is_done_and_never_what_is_not_checked(settings: Settings) -> None:
    told: list[str] = []
    model = then(calling(BY_SERVICE), "Amazon S3 cost 90.00 USD.", "Amazon S3 cost 80.00 USD.")
    Session(settings, "watched", model=model).ask("what was S3?", told.append)
    assert told[:3] == ["is asked", "calls query_costs", "is asked"]
    assert not any("90.00" in line for line in told)
