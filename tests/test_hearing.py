"""A model is listened to piece by piece: one that writes is not taken for dead."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Any

import pytest
from langchain_core.messages import AIMessage, AIMessageChunk

from tagwright.errors import ProviderError
from tagwright_agent.hearing import hear


class Speaker:
    """Says its pieces, each after its pause in seconds."""

    def __init__(self, *pieces: tuple[float, Any]) -> None:
        self.pieces = pieces

    async def astream(self, _: Sequence[Any]) -> AsyncIterator[Any]:
        for pause, piece in self.pieces:
            await asyncio.sleep(pause)
            if isinstance(piece, BaseException):
                raise piece
            yield piece


def chunk(text: str, **more: Any) -> AIMessageChunk:
    return AIMessageChunk(text, **more)


def heard(speaker: Speaker, wait: float = 0.1) -> tuple[AIMessage, list[str]]:
    told: list[str] = []
    return asyncio.run(hear(speaker, [], wait, told.append)), told


def test_pieces_become_one_message_with_its_calls_and_usage() -> None:
    call = {
        "name": "query_costs",
        "args": '{"per',
        "id": "c1",
        "index": 0,
        "type": "tool_call_chunk",
    }
    rest = {"name": None, "args": 'iod": "all"}', "id": None, "index": 0, "type": "tool_call_chunk"}
    usage = {"input_tokens": 3, "output_tokens": 2, "total_tokens": 5}
    said, told = heard(
        Speaker((0, chunk("One ")), (0, chunk("two", tool_call_chunks=[call])),
                (0, chunk("", tool_call_chunks=[rest], usage_metadata=usage)))
    )  # fmt: skip
    assert type(said) is AIMessage
    assert said.text == "One two"
    assert said.tool_calls[0]["args"] == {"period": "all"}
    assert said.usage_metadata == usage
    assert told[-1] == "writes, 7 characters so far"
    assert not any("One" in line for line in told)


def test_one_that_keeps_writing_has_longer_than_the_wait() -> None:
    said, _ = heard(Speaker(*[(0.06, chunk("x"))] * 6), wait=0.3)
    assert said.text == "xxxxxx"


def test_silence_in_the_middle_is_silence() -> None:
    with pytest.raises(ProviderError, match=r"did not answer within 0\.1 seconds") as caught:
        heard(Speaker((0, chunk("x")), (1, chunk("y"))), wait=0.1)
    assert caught.value.__cause__ is None


def test_one_that_never_ends_is_given_up() -> None:
    with pytest.raises(ProviderError, match=r"did not end within 0\.6 seconds"):
        heard(Speaker(*[(0.005, chunk("x"))] * 400), wait=0.06)


def test_a_fault_keeps_its_cause_and_not_its_text() -> None:
    with pytest.raises(ProviderError) as caught:
        heard(Speaker((0, chunk("x")), (0, ConnectionError("key sk-1"))))
    assert isinstance(caught.value.__cause__, ConnectionError)
    assert "sk-1" not in str(caught.value)


def test_nothing_at_all_is_a_fault() -> None:
    with pytest.raises(ProviderError, match="said nothing"):
        heard(Speaker())


def test_a_model_that_cannot_stream_says_it_at_once() -> None:
    said, told = heard(Speaker((0, AIMessage("whole"))))
    assert (said.text, told) == ("whole", ["writes, 5 characters so far"])


@pytest.mark.parametrize("cut", ['{"period": "2026-09",', '{"filters": [{"dimension": "te', "[1]"])
def test_a_call_that_was_cut_off_is_no_call(cut: str) -> None:
    call = {"name": "query_costs", "args": cut, "id": "c1", "index": 0, "type": "tool_call_chunk"}
    said, _ = heard(Speaker((0, chunk("", tool_call_chunks=[call]))))
    assert said.tool_calls == []
    assert [item["args"] for item in said.invalid_tool_calls] == [cut]


def test_a_provider_that_ends_the_process_has_failed() -> None:
    with pytest.raises(ProviderError, match="SystemExit"):
        heard(Speaker((0, SystemExit(3))))
