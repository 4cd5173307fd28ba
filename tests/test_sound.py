"""What a model said can be kept, and each result answers one call."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from langchain_core.messages import AIMessage

from scripted import Scripted, calling, results_in, settings_of, then
from tagwright_agent.session import Session
from tagwright_agent.sound import sound


def abyss(depth: int) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for _ in range(depth):
        found = {"a": found}
    return found


@pytest.mark.parametrize(
    "arguments",
    [{"limit": 10**40}, {"limit": float("nan")}, {"period": "2026-09\ud800"}, abyss(2000)],
)
def test_a_call_with_what_cannot_be_kept_fails_and_the_answer_comes(
    tmp_path: Path, arguments: dict[str, Any]
) -> None:
    model = then(calling(("query_costs", arguments)), "REFUSED: I could not look.")
    with Session(settings_of(tmp_path), model=model) as session:
        answer = session.ask("cost by service")
    assert (answer.status, answer.calls[0]["result"]) == ("refused", None)
    assert "invalid_json" in answer.calls[0]["error"]
    json.dumps(answer.as_dict(), ensure_ascii=False, allow_nan=False).encode()


def test_what_a_provider_notes_and_no_store_can_hold_is_dropped() -> None:
    said = AIMessage(
        "a \ud800",
        additional_kwargs={"big": 10**40, "signature": "s", "tagwright_status": "answered"},
        response_metadata={"it": object(), "model_name": "m", "tagwright_blocks": []},
    )
    found = sound(said, [], ours=False)
    assert found.content == "a ?"
    assert (found.additional_kwargs, found.response_metadata) == (
        {"signature": "s"},
        {"model_name": "m"},
    )


def test_an_id_used_twice_does_not_put_one_result_under_another_call(tmp_path: Path) -> None:
    """August's call and September's have the same id: September's figure is not August's."""

    def script(messages: list[Any], _: list[str]) -> AIMessage:
        months = ["2026-08", "2026-09"]
        if len(done := results_in(messages)) < 2:
            call: AIMessage = calling(("query_costs", {"period": months[len(done)]}))
            return call
        return AIMessage("In 2026-08 it was 120.00 USD.\n\nIn August 2026 it was 313.335 USD.")

    with Session(settings_of(tmp_path), model=Scripted(script=script, sent=[])) as session:
        answer = session.ask("cost in august and september 2026")
    amounts = [call["result"]["totals"][0]["effective_cost"] for call in answer.calls]
    assert amounts == ["120.00", "313.335"]
    assert "313.335" not in answer.answer


def test_a_provider_that_ends_the_process_ends_no_conversation(tmp_path: Path) -> None:
    def script(_: list[Any], __: list[str]) -> AIMessage:
        raise SystemExit(3)

    with Session(settings_of(tmp_path), model=Scripted(script=script, sent=[])) as session:
        answer = session.ask("cost by service in september 2026")
    assert (answer.status, answer.model) == ("answered", "builtin")
