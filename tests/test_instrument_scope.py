"""Tags of a scope, ids of the current span, what is never written, what an import loads."""

from __future__ import annotations

import contextvars
import json
import subprocess
import sys
import threading
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from effort import examples
from instrument_fakes import (
    CHAT,
    CHUNKS,
    MESSAGE,
    Messages,
    Rows,
    Stream,
    asked,
    openai_client,
    shape,
)
from tagwright.instrument import UsageLog, instrument_anthropic, instrument_openai, tags


def test_tags_nest_and_end() -> None:
    rows = Rows()
    client = openai_client(lambda _: shape(CHAT))
    instrument_openai(client, rows)
    with tags(product="recs", feature="rerank"):
        with tags(feature="search", product=None):
            asked(client)
            context = contextvars.copy_context()
        thread = threading.Thread(target=context.run, args=(asked, client))
        thread.start()
        thread.join()
        asked(client)
    asked(client)
    assert [row["tags"] for row in rows] == [
        {"feature": "search"}, {"feature": "search"},
        {"product": "recs", "feature": "rerank"}, {},
    ]  # fmt: skip


def test_a_tag_is_short_and_plain(caplog: pytest.LogCaptureFixture) -> None:
    rows = Rows()
    client = openai_client(lambda _: shape(CHAT))
    instrument_openai(client, rows)
    with tags(messages=[{"content": "SECRET"}], long="x" * 5000, n=3, many=True):
        asked(client)
    assert rows[0]["tags"] == {"long": "x" * 256, "n": "3", "many": "True"}
    assert "Tag messages is left out" in caplog.text
    assert "SECRET" not in caplog.text


def test_the_current_span() -> None:
    trace = pytest.importorskip("opentelemetry.trace")
    rows = Rows()
    client = openai_client(lambda _: shape(CHAT))
    instrument_openai(client, rows)
    context = trace.SpanContext(0x5B8E, 0xEEE1, is_remote=False)
    with trace.use_span(trace.NonRecordingSpan(context)):
        asked(client)
    asked(client)
    assert rows[0]["trace_id"] == "00000000000000000000000000005b8e"
    assert rows[0]["span_id"] == "000000000000eee1"
    assert "trace_id" not in rows[1]


@settings(max_examples=examples(30), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text('äöüß€🜁 \n"\\', min_size=3), st.text("ÀÉÎ漢字\x00\u2028", min_size=3))
def test_no_content_is_written(tmp_path_factory: Any, prompt: str, text: str) -> None:
    folder = tmp_path_factory.mktemp("log")
    answer = {**CHAT, "choices": [{"message": {"content": text, "tool_calls": [text]}}]}
    chunks = [{**CHUNKS[0], "choices": [{"delta": {"content": text}}]}, CHUNKS[1]]
    message = {**MESSAGE, "content": [{"type": "text", "text": text}]}
    with UsageLog(folder / "usage.jsonl") as log:
        for found in (shape(answer), Stream(chunks), ValueError(text)):
            client = openai_client(lambda _, found=found: found)
            instrument_openai(client, log)
            try:
                result = client.chat.completions.create(
                    model="m", messages=[{"content": prompt}], stream=isinstance(found, Stream)
                )
                list(result) if isinstance(found, Stream) else None
            except ValueError:
                pass
        claude = SimpleNamespace(messages=Messages(lambda _: shape(message)))
        instrument_anthropic(claude, log)
        claude.messages.create(model="m", system=prompt, messages=[prompt], tools=[prompt])
    written = b"".join(path.read_bytes() for path in folder.iterdir())
    assert written.count(b"\n") == 4
    for secret in (prompt, text):
        assert json.dumps(secret).encode().strip(b'"') not in written
        assert secret.encode() not in written


def test_what_an_import_loads() -> None:
    code = (
        "import sys, time; begun = time.process_time(); import tagwright.instrument as i; "
        "took = time.process_time() - begun; [getattr(i, name) for name in i.__all__]; "
        "print(took, *sorted({name.partition('.')[0] for name in sys.modules}))"
    )
    took, *loaded = subprocess.check_output([sys.executable, "-c", code], text=True).split()
    assert float(took) < 0.03
    heavy = {"duckdb", "pydantic", "sqlalchemy", "boto3", "botocore", "httpx", "httpx2", "openai"}
    assert not heavy & set(loaded)
