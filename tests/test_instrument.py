"""SDK clients watched by their shape: what is logged, and that calls stay what they were."""

from __future__ import annotations

import asyncio
import gc
import json
from types import SimpleNamespace
from typing import Any

import pytest

from instrument_fakes import (
    CHAT,
    CHAT_TOKENS,
    CHUNKS,
    RESPONSE,
    AsyncStream,
    Broken,
    Method,
    Plain,
    Required,
    Rows,
    Stream,
    asked,
    openai_client,
    shape,
    tokens,
)
from tagwright.instrument import instrument_openai, quiet, tags


def test_a_chat_completion() -> None:
    rows, answer = Rows(), shape(CHAT)
    client = openai_client(lambda _: answer)
    handle = instrument_openai(client, rows)
    assert handle.wrapped == ("chat.completions.create", "responses.create", "embeddings.create")
    with tags(product="recs"), tags({"cost-center": 7}, customer="c42"):
        assert asked(client) is answer
    [row] = rows
    assert tokens(row) == CHAT_TOKENS
    assert {name: row[name] for name in row if not name.startswith("gen_ai.usage")} == {
        "schema": "tagwright.usage/1",
        "start_time": row["start_time"],
        "duration_ms": row["duration_ms"],
        "gen_ai.provider.name": "openai",
        "gen_ai.operation.name": "chat",
        "gen_ai.request.model": "gpt-4o",
        "gen_ai.response.model": "gpt-4o-2024-08-06",
        "gen_ai.response.id": "chatcmpl-9f",
        "openai.response.service_tier": "default",
        "tags": {"product": "recs", "cost-center": "7", "customer": "c42"},
    }
    assert isinstance(row["duration_ms"], int)
    assert row["start_time"].endswith("Z")


def test_responses_and_embeddings() -> None:
    rows = Rows()
    found = {"gpt-5": RESPONSE, "embed": {"model": "embed", "usage": {"prompt_tokens": 8}}}
    client = openai_client(lambda named: shape(found[named["model"]]))
    instrument_openai(client, rows)
    client.responses.create(model="gpt-5", input="SECRET")
    client.embeddings.create(model="embed", input="SECRET")
    assert [tokens(row) for row in rows] == [
        {"input_tokens": 75, "cache_read.input_tokens": 0, "output_tokens": 1186,
         "reasoning.output_tokens": 1024},
        {"input_tokens": 8, "output_tokens": None},
    ]  # fmt: skip
    assert [row["gen_ai.operation.name"] for row in rows] == ["chat", "embeddings"]
    assert not any("tagwright.usage_unknown" in row for row in rows)


def test_a_response_in_the_background_is_not_billed_yet() -> None:
    rows = Rows()
    client = openai_client(lambda _: shape({"id": "r", "status": "queued", "usage": None}))
    instrument_openai(client, rows)
    client.responses.create(model="gpt-5", input="", background=True)
    assert rows[0]["tagwright.usage_unknown"] == "response_not_finished"


@pytest.mark.parametrize(
    ("base_url", "provider"),
    [
        ("https://recs.openai.azure.com/openai/", "azure.ai.openai"),
        ("https://eu.api.openai.com/v1", "openai"),
        ("https://api.groq.com/openai/v1", "groq"),
        ("http://user:key@llm.internal:4000/v1", "llm.internal"),
    ],
)
def test_who_answers(base_url: str, provider: str) -> None:
    rows = Rows()
    client = openai_client(lambda _: shape(CHAT))
    client.base_url = base_url
    instrument_openai(client, rows)
    asked(client)
    assert rows[0]["gen_ai.provider.name"] == provider
    assert "key" not in json.dumps(rows)


def test_azure_by_its_class() -> None:
    class AzureOpenAI:
        base_url = "https://gateway.internal/"
        embeddings = Method(lambda _: shape(CHAT))

    rows, client = Rows(), AzureOpenAI()
    instrument_openai(client, rows)
    client.embeddings.create(model="our-deployment")
    assert rows[0]["gen_ai.provider.name"] == "azure.ai.openai"


def test_a_stream_with_usage() -> None:
    rows, stream = Rows(), Stream(CHUNKS)
    client = openai_client(lambda _: stream)
    instrument_openai(client, rows)
    seen = asked(client, stream=True, stream_options={"include_usage": True})
    assert isinstance(seen, Stream)
    assert seen.response.status_code == 200
    with seen as chunks:
        first = next(chunks)
        assert not rows
        assert first.choices[0].delta.content == "SECRET"
        assert len(list(chunks)) == 1
    assert stream.closed
    assert [tokens(row) for row in rows] == [CHAT_TOKENS]


def test_a_stream_without_usage_says_why_and_the_request_is_not_changed() -> None:
    rows, sent = Rows(), []

    def answer(named: dict[str, Any]) -> Stream:
        sent.append(named)
        return Stream(CHUNKS[:1])

    client = openai_client(answer)
    instrument_openai(client, rows)
    assert len(list(asked(client, stream=True))) == 1
    assert set(sent[0]) == {"model", "messages", "stream"}
    assert tokens(rows[0]) == {"input_tokens": None, "output_tokens": None}
    assert rows[0]["tagwright.usage_unknown"] == "stream_without_include_usage"
    assert rows[0]["gen_ai.response.model"] == "gpt-4o-2024-08-06"


def test_a_stream_that_is_left_or_forgotten() -> None:
    rows = Rows()
    client = openai_client(lambda _: Stream(CHUNKS))
    instrument_openai(client, rows)
    for _ in asked(client, stream=True, stream_options={"include_usage": True}):
        break
    gc.collect()
    asked(client, stream=True).close()
    assert [row["tagwright.usage_unknown"] for row in rows] == ["stream_not_read_to_end"] * 2


def test_a_stream_that_fails() -> None:
    rows, error = Rows(), ConnectionError("SECRET")
    client = openai_client(lambda _: Stream(CHUNKS[:1], error))
    instrument_openai(client, rows)
    with pytest.raises(ConnectionError) as raised:
        list(asked(client, stream=True))
    assert raised.value is error
    assert rows[0]["error.type"] == "ConnectionError"


def test_events_of_a_response() -> None:
    rows = Rows()
    started = {**RESPONSE, "usage": None, "status": "in_progress"}
    events = [{"type": "response.created", "response": started},
              {"type": "response.output_text.delta", "delta": "SECRET"},
              {"type": "response.completed", "response": RESPONSE}]  # fmt: skip
    failed = {**started, "status": "failed", "error": {"code": "server_error", "message": "SECRET"}}
    streams = iter([Stream(events), Stream([{"type": "response.failed", "response": failed}])])
    client = openai_client(lambda _: next(streams))
    instrument_openai(client, rows)
    list(client.responses.create(model="gpt-5", input="SECRET", stream=True))
    list(client.responses.create(model="gpt-5", input="SECRET", stream=True))
    assert tokens(rows[0])["output_tokens"] == 1186
    assert rows[1]["error.type"] == "server_error"


@pytest.mark.parametrize("kind", [Required, Plain])
async def test_async(kind: type[Method]) -> None:
    rows = Rows()
    client = openai_client(
        lambda named: AsyncStream(CHUNKS) if named.get("stream") else shape(CHAT), kind
    )
    instrument_openai(client, rows)

    async def one(customer: str) -> None:
        with tags(customer=customer):
            await asyncio.sleep(0)
            assert (await asked(client)).id == "chatcmpl-9f"

    with tags(product="recs"):
        await asyncio.gather(*(one(f"c{n}") for n in range(5)))
        stream = await asked(client, stream=True, stream_options={"include_usage": True})
    async with stream as chunks:
        assert len([chunk async for chunk in chunks]) == 2
    assert isinstance(stream, AsyncStream)
    assert stream.closed
    assert [tokens(row) for row in rows] == [CHAT_TOKENS] * 6
    assert [row["tags"].get("customer") for row in rows] == ["c0", "c1", "c2", "c3", "c4", None]
    assert {row["tags"]["product"] for row in rows} == {"recs"}


async def test_a_call_that_is_cancelled() -> None:
    rows = Rows()
    client = openai_client(lambda _: asyncio.CancelledError(), Required)
    instrument_openai(client, rows)
    with pytest.raises(asyncio.CancelledError):
        await asked(client)
    assert rows[0]["error.type"] == "asyncio.exceptions.CancelledError"


def test_an_exception_is_raised_as_it_was() -> None:
    rows, error = Rows(), ValueError("SECRET in a message")
    client = openai_client(lambda _: error)
    instrument_openai(client, rows)
    with pytest.raises(ValueError, match="SECRET") as raised:
        asked(client)
    assert raised.value is error
    assert error.__cause__ is None
    assert error.__context__ is None
    assert rows[0]["error.type"] == "ValueError"
    assert "SECRET" not in json.dumps(rows)


def test_a_broken_log_reaches_nobody(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(quiet, "_said", False)
    client = openai_client(lambda named: Stream(CHUNKS) if named.get("stream") else shape(CHAT))
    instrument_openai(client, Broken())
    assert asked(client).id == "chatcmpl-9f"
    assert len(list(asked(client, stream=True))) == 2
    failing = openai_client(lambda _: KeyError("theirs"))
    instrument_openai(failing, Broken())
    with pytest.raises(KeyError, match="theirs"):
        asked(failing)
    assert caplog.text.count("could not be logged (RuntimeError)") == 1
    assert "the log is broken" not in caplog.text


@pytest.mark.parametrize(
    "odd",
    [None, 5, "text", [], shape({"usage": "text"}),
     shape({"usage": {"prompt_tokens": -1, "completion_tokens": True}})],
    ids=["none", "number", "text", "list", "no usage", "no counts"],
)  # fmt: skip
def test_an_answer_of_another_shape_passes(odd: Any) -> None:
    rows = Rows()
    client = openai_client(lambda _: odd)
    instrument_openai(client, rows)
    assert asked(client) is odd
    assert rows[0]["tagwright.usage_unknown"] == "no_usage_in_response"
    assert tokens(rows[0])["input_tokens"] is None


def test_raw_responses_are_read_only_if_the_sdk_has_read_them() -> None:
    rows = Rows()

    class Unread:
        @property
        def content(self) -> bytes:
            raise RuntimeError("not read")

    read = SimpleNamespace(content=json.dumps(CHAT).encode())
    answers = iter(SimpleNamespace(http_response=http) for http in (read, Unread()))
    client = openai_client(lambda _: next(answers))
    vars(client.chat.completions)["with_raw_response"] = "made of the old create"
    instrument_openai(client, rows)
    assert not hasattr(client.chat.completions, "with_raw_response")
    asked(client)
    asked(client)
    assert [tokens(row)["input_tokens"] for row in rows] == [10000, None]
    assert rows[1]["tagwright.usage_unknown"] == "raw_response"


def test_remove_puts_everything_back() -> None:
    rows = Rows()
    client = openai_client(lambda _: shape(CHAT))
    before = client.chat.completions.create
    handle = instrument_openai(client, rows)
    assert instrument_openai(client, rows).wrapped == ()
    held = client.chat.completions.create
    asked(client)
    handle.remove()
    handle.remove()
    assert client.chat.completions.create == before
    assert "create" not in vars(client.chat.completions)
    asked(client)
    held(model="gpt-4o")
    assert len(rows) == 1
    assert instrument_openai(client, rows).wrapped


def test_a_client_that_is_none(caplog: pytest.LogCaptureFixture) -> None:
    assert instrument_openai(object(), Rows()).wrapped == ()
    assert "it is no OpenAI client" in caplog.text


def test_a_call_inside_a_watched_call_is_one() -> None:
    rows = Rows()
    inner = openai_client(lambda _: shape(CHAT))
    outer = openai_client(lambda _: asked(inner))
    instrument_openai(inner, rows)
    instrument_openai(outer, rows)
    asked(outer)
    assert len(rows) == 1
    asked(inner)
    assert len(rows) == 2
