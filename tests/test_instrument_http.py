"""boto3 and httpx clients, real ones, against a server on loopback."""

from __future__ import annotations

import base64
import gzip
import json
import pickle
from collections.abc import Iterator
from typing import Any

import boto3
import httpx2
import pytest
from botocore.config import Config
from botocore.eventstream import EventStream
from botocore.exceptions import ClientError, EndpointConnectionError, EventStreamError

from instrument_fakes import (
    CHAT,
    CHUNKS,
    EVENTS,
    MESSAGE,
    RESPONSE,
    Broken,
    Rows,
    tokens,
)
from instrument_server import Reply, event, served
from tagwright.instrument import (
    UsageLog,
    httpx_async_hooks,
    httpx_hooks,
    instrument_bedrock,
    tags,
)

CONVERSE_TOKENS = {"input_tokens": 3200, "cache_read.input_tokens": 200,
                   "cache_creation.input_tokens": 1500, "output_tokens": 500}  # fmt: skip
JSON = {"content-type": "application/json"}
STREAM = {"content-type": "application/vnd.amazon.eventstream"}
SSE = {"content-type": "text/event-stream; charset=utf-8"}


def sse(events: list[Any]) -> list[bytes]:
    text = "".join(f"event: x\r\ndata: {json.dumps(each)}\r\n\r\n" for each in events).encode()
    text += b"data: [DONE]\n\n"
    return [text[at : at + 97] for at in range(0, len(text), 97)]


def document(answer: Any) -> list[bytes]:
    return [json.dumps(answer).encode()]


USAGE = {"inputTokens": 1500, "cacheReadInputTokens": 200, "cacheWriteInputTokens": 1500,
         "cacheDetails": [{"ttl": "1h", "inputTokens": 1000}, {"ttl": "5m", "inputTokens": 500}],
         "outputTokens": 500, "totalTokens": 3700}  # fmt: skip
TOKEN_HEADERS = {
    "X-Amzn-Bedrock-Input-Token-Count": "1500",
    "X-Amzn-Bedrock-Output-Token-Count": "500",
    "X-Amzn-Bedrock-Cache-Read-Input-Token-Count": "200",
    "X-Amzn-Bedrock-Cache-Write-Input-Token-Count": "1500",
}
METRICS = {"inputTokenCount": 1500, "outputTokenCount": 500, "cacheReadInputTokenCount": 200,
           "cacheWriteInputTokenCount": 1500}  # fmt: skip


def blob(value: Any) -> str:
    """Bytes as AWS's JSON protocol has them."""
    return base64.b64encode(json.dumps(value).encode()).decode()


TEXT = {"role": "assistant", "content": [{"text": "SECRET"}]}
REPLIES: dict[str, Reply] = {
    "/good/converse": (200, {**JSON, "x-amzn-requestid": "req-1"}, document(
        {"output": {"message": TEXT}, "stopReason": "end_turn", "usage": USAGE,
         "metrics": {"latencyMs": 1}, "serviceTier": {"type": "priority"}})),
    "/busy/converse": (429, {**JSON, "x-amzn-ErrorType": "ThrottlingException"},
                       document({"message": "SECRET"})),
    "/good/converse-stream": (200, STREAM, [
        event("contentBlockDelta", {"contentBlockIndex": 0, "delta": {"text": "SECRET"}}),
        event("messageStop", {"stopReason": "end_turn"}),
        event("metadata", {"usage": USAGE, "metrics": {"latencyMs": 1}}),
    ]),
    "/bad/converse-stream": (200, STREAM, [
        event("contentBlockDelta", {"contentBlockIndex": 0, "delta": {"text": "SECRET"}}),
        event("modelStreamErrorException", {"message": "SECRET"}, "exception"),
    ]),
    "/good/invoke": (200, {**JSON, **TOKEN_HEADERS}, [b'{"completion":"SECRET"}']),
    "/mute/invoke": (200, JSON, [b"{}"]),
    "/embed/invoke": (200, {**JSON, "X-Amzn-Bedrock-Input-Token-Count": "7"}, [b"{}"]),
    "/good/invoke-with-response-stream": (200, STREAM, [
        event("chunk", {"bytes": blob({"type": "text", "text": "SECRET"})}),
        event("chunk", {"bytes": blob({"amazon-bedrock-invocationMetrics": METRICS})}),
    ]),
}  # fmt: skip


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with served(REPLIES) as where:
        yield where


def bedrock(address: str) -> Any:
    return boto3.client(
        "bedrock-runtime",
        region_name="eu-central-1",
        endpoint_url=address,
        aws_access_key_id="testing",
        aws_secret_access_key="testing",
        config=Config(retries={"total_max_attempts": 1}),
    )


@pytest.fixture(scope="module")
def client(address: str) -> Any:
    return bedrock(address)


@pytest.fixture
def rows(client: Any) -> Iterator[Rows]:
    found = Rows()
    handle = instrument_bedrock(client, found)
    assert handle.wrapped
    yield found
    handle.remove()


def converse(client: Any, model: str) -> Any:
    return client.converse(modelId=model, messages=[{"role": "user", "content": [{"text": "hi"}]}])


def converse_stream(client: Any, model: str) -> Any:
    messages = [{"role": "user", "content": [{"text": "hi"}]}]
    return client.converse_stream(modelId=model, messages=messages)["stream"]


def test_converse(client: Any, rows: Rows) -> None:
    with tags(product="recs"):
        assert converse(client, "good")["output"]["message"] == TEXT
    [row] = rows
    assert tokens(row) == CONVERSE_TOKENS
    assert row["tagwright.cache_creation_1h.input_tokens"] == 1000
    assert row["gen_ai.provider.name"] == "aws.bedrock"
    assert row["gen_ai.request.model"] == "good"
    assert row["gen_ai.response.id"] == "req-1"
    assert row["service_tier"] == "priority"
    assert row["cloud.region"] == "eu-central-1"
    assert row["tags"] == {"product": "recs"}


def test_converse_refused(client: Any, rows: Rows) -> None:
    with pytest.raises(ClientError, match="SECRET"):
        converse(client, "busy")
    assert rows[0]["error.type"] == "ThrottlingException"
    assert "SECRET" not in json.dumps(rows)


def test_no_answer_at_all() -> None:
    client, rows = bedrock("http://127.0.0.1:9"), Rows()
    instrument_bedrock(client, rows)
    with pytest.raises(EndpointConnectionError):
        converse(client, "good")
    assert rows[0]["error.type"] == "botocore.exceptions.EndpointConnectionError"


def test_converse_stream(client: Any, rows: Rows) -> None:
    stream = converse_stream(client, "good")
    assert isinstance(stream, EventStream)
    assert not rows
    assert [next(iter(each)) for each in stream] == ["contentBlockDelta", "messageStop", "metadata"]
    assert tokens(rows[0]) == CONVERSE_TOKENS


def test_converse_stream_that_fails_or_is_left(client: Any, rows: Rows) -> None:
    with pytest.raises(EventStreamError):
        list(converse_stream(client, "bad"))
    assert rows[0]["error.type"] == "modelStreamErrorException"
    stream = converse_stream(client, "good")
    next(iter(stream))
    stream.close()
    assert rows[1]["tagwright.usage_unknown"] == "stream_not_read_to_end"


def test_invoke_model_leaves_the_body_to_its_reader(client: Any, rows: Rows) -> None:
    answer = client.invoke_model(modelId="good", body=b'{"prompt":"SECRET"}')
    assert tokens(rows[0]) == CONVERSE_TOKENS
    assert answer["body"].read() == b'{"completion":"SECRET"}'
    client.invoke_model(modelId="mute", body=b"{}")
    client.invoke_model(modelId="embed", body=b"{}")
    assert rows[1]["tagwright.usage_unknown"] == "no_usage_in_response"
    assert tokens(rows[2]) == {"input_tokens": 7, "output_tokens": None}
    assert "tagwright.usage_unknown" not in rows[2]


def test_invoke_model_with_response_stream(client: Any, rows: Rows) -> None:
    answer = client.invoke_model_with_response_stream(modelId="good", body=b"{}")
    assert b"SECRET" in next(iter(answer["body"]))["chunk"]["bytes"]
    assert len(list(answer["body"])) == 1
    assert tokens(rows[0]) == CONVERSE_TOKENS


def test_a_client_is_watched_once_and_put_back(client: Any, rows: Rows) -> None:
    again = instrument_bedrock(client, rows)
    assert again.wrapped == ()
    again.remove()
    converse(client, "good")
    assert len(rows) == 1


def test_remove(address: str) -> None:
    client, rows = bedrock(address), Rows()
    handle = instrument_bedrock(client, rows)
    handle.remove()
    converse(client, "good")
    assert rows == []
    assert instrument_bedrock(client, rows).wrapped


def test_another_client_is_left_alone(caplog: pytest.LogCaptureFixture) -> None:
    other = boto3.client("sts", region_name="eu-central-1")
    assert instrument_bedrock(other, Rows()).wrapped == ()
    assert "it is no bedrock-runtime client" in caplog.text


def test_a_broken_log_reaches_no_boto3_caller(address: str) -> None:
    client = bedrock(address)
    instrument_bedrock(client, Broken())
    assert converse(client, "good")["usage"]["inputTokens"] == 1500
    assert len(list(converse_stream(client, "good"))) == 3


WEB: dict[str, Reply] = {
    "/chat/completions": (200, JSON, document(CHAT)),
    "/zipped/responses": (200, {**JSON, "content-encoding": "gzip"},
                          [gzip.compress(document(RESPONSE)[0])]),
    "/v1/messages": (200, JSON, document(MESSAGE)),
    "/stream/messages": (200, SSE, sse(EVENTS)),
    "/stream/completions": (200, SSE, sse(CHUNKS)),
    "/bare/completions": (200, SSE, sse(CHUNKS[:1])),
    "/stream/responses": (200, SSE, sse(
        [{"type": "response.created", "response": {**RESPONSE, "usage": None}},
         {"type": "response.completed", "response": RESPONSE}])),
    "/ended/completions": (200, SSE, [b"data: " + json.dumps(CHUNKS[1]).encode()]),
    "/failed/messages": (200, SSE, sse(
        [EVENTS[0], {"type": "error", "error": {"type": "overloaded_error"}}])),
    "/chat/messages": (200, JSON, document({"text": "of another service"})),
    "/refused/embeddings": (429, JSON, document({"error": {"message": "SECRET"}})),
    "/other": (200, JSON, document(CHAT)),
}  # fmt: skip


@pytest.fixture(scope="module")
def web() -> Iterator[str]:
    with served(WEB) as where:
        yield where


def send(web: str, rows: Any, path: str, **asked: Any) -> httpx2.Response:
    with httpx2.Client(base_url=web, event_hooks=httpx_hooks(rows)) as client:
        return client.post(path, json={"model": "m", "messages": "SECRET", **asked})


@pytest.mark.parametrize(
    ("path", "counted"),
    [
        ("/v1/chat/completions", (10000, 500)),
        ("/zipped/responses", (75, 1186)),
        ("/v1/messages", (3200, 500)),
        ("/stream/messages", (3200, 500)),
        ("/stream/completions", (10000, 500)),
        ("/stream/responses", (75, 1186)),
        ("/ended/completions", (10000, 500)),
    ],
)
async def test_httpx(web: str, path: str, counted: tuple[int, int]) -> None:
    rows = Rows()
    response = send(web, rows, path)
    assert response.content in (b"".join(WEB[end][2]) for end in WEB) or "zipped" in path
    assert pickle.loads(pickle.dumps(response)).content == response.content  # noqa: S301
    async with httpx2.AsyncClient(base_url=web, event_hooks=httpx_async_hooks(rows)) as client:
        whole = await client.post(path, json={"model": "m"})
        async with client.stream("POST", path, json={"model": "m"}) as streamed:
            lines = [line async for line in streamed.aiter_lines()]
    assert whole.content == response.content
    assert lines == response.text.splitlines()
    assert [
        (row["gen_ai.usage.input_tokens"], row["gen_ai.usage.output_tokens"]) for row in rows
    ] == [counted] * 3
    assert {(row["gen_ai.request.model"], row["gen_ai.provider.name"]) for row in rows} == {
        ("m", "127.0.0.1")
    }
    assert "SECRET" not in json.dumps(rows)


def known(web: str, host: str, rows: Any) -> httpx2.Client:
    """A client that believes the server to be a known host."""
    port = web.rpartition(":")[2]

    class There(httpx2.HTTPTransport):
        def handle_request(self, request: httpx2.Request) -> httpx2.Response:
            request.url = request.url.copy_with(scheme="http", host="127.0.0.1", port=int(port))
            return super().handle_request(request)

    return httpx2.Client(
        base_url=f"https://{host}", event_hooks=httpx_hooks(rows), transport=There()
    )


def test_httpx_at_known_hosts(web: str) -> None:
    rows = Rows()
    with known(web, "api.openai.com", rows) as client:
        client.post("/bare/completions", json={"model": "m", "messages": []})
        client.post("/refused/embeddings", json={"model": "m"})
        with client.stream("POST", "/stream/completions", json={}) as response:
            next(response.iter_bytes(10))
        client.post("/other", json={})
        client.get("/chat/completions")
    with known(web, "api.anthropic.com", rows) as client:
        client.post("/failed/messages", json={"model": "m"})
    assert [row.get("tagwright.usage_unknown") for row in rows] == [
        "stream_without_include_usage", None, "stream_not_read_to_end", None,
    ]  # fmt: skip
    assert [row.get("error.type") for row in rows] == [None, "429", None, "overloaded_error"]
    assert [row["gen_ai.provider.name"] for row in rows] == ["openai"] * 3 + ["anthropic"]


def test_httpx_elsewhere_needs_a_usage(web: str) -> None:
    rows = Rows()
    send(web, rows, "/chat/messages")
    send(web, rows, "/refused/embeddings")
    send(web, rows, "/other")
    assert rows == []


def test_httpx_pieces_come_as_they_come(web: str) -> None:
    """Nothing is read ahead: the row is there only after the last piece."""
    rows = Rows()
    with (
        httpx2.Client(base_url=web, event_hooks=httpx_hooks(rows)) as client,
        client.stream("POST", "/stream/messages", json={}) as response,
    ):
        pieces = response.iter_bytes(chunk_size=10)
        assert next(pieces) == b"event: x\r\n"
        assert not rows
        assert not response.is_closed
        rest = list(pieces)
    assert b"".join(rest).endswith(b"[DONE]\n\n")
    assert len(rows) == 1


def test_httpx_a_body_too_large_to_keep(web: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tagwright.instrument.httpx_body._LARGEST", 10)
    rows = Rows()
    with known(web, "api.openai.com", rows) as client:
        assert client.post("/chat/completions", json={}).json() == CHAT
    assert rows[0]["tagwright.usage_unknown"] == "body_too_large"


def test_httpx_raw_bytes_are_left_alone(web: str) -> None:
    rows = Rows()
    with (
        known(web, "api.openai.com", rows) as client,
        client.stream("POST", "/chat/completions", json={}) as response,
    ):
        assert b"".join(response.iter_raw()) == WEB["/chat/completions"][2][0]
    assert rows[0]["tagwright.usage_unknown"] == "stream_not_read_to_end"


def test_httpx_with_an_answer_that_is_there_already() -> None:
    rows = Rows()
    transport = httpx2.MockTransport(lambda _: httpx2.Response(200, json=CHAT))
    with httpx2.Client(transport=transport, event_hooks=httpx_hooks(rows, provider="x")) as client:
        assert client.post("http://h/chat/completions", json={}).json() == CHAT
    assert rows[0]["gen_ai.usage.input_tokens"] == 10000
    assert rows[0]["gen_ai.provider.name"] == "x"


def test_a_broken_log_reaches_no_httpx_caller(web: str) -> None:
    assert send(web, Broken(), "/chat/completions").json() == CHAT
    assert send(web, Broken(), "/stream/messages").text.endswith("[DONE]\n\n")


def test_nothing_sent_or_received_is_written(web: str, client: Any, tmp_path: Any) -> None:
    with UsageLog(tmp_path / "usage.jsonl") as log:
        handle = instrument_bedrock(client, log)
        converse(client, "good")
        list(converse_stream(client, "good"))
        client.invoke_model(modelId="good", body=b"SECRET")
        handle.remove()
        with httpx2.Client(base_url=web, event_hooks=httpx_hooks(log)) as plain:
            for path in ("/chat/completions", "/stream/messages"):
                headers = {"authorization": "Bearer SECRET", "x-api-key": "SECRET"}
                plain.post(path, json={"messages": "SECRET"}, headers=headers)
    written = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert written.count(b"\n") == 5
    assert b"SECRET" not in written
    assert b"testing" not in written
