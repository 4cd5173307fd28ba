"""Whatever is sent for prompts, completions, resources, subscriptions, lists is answered."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import httpx2
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as effort_of
from hypothesis import strategies as st

from effort import examples
from mcp_processes import children, memory, serving
from sample_home import charge, sample

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.slow  # each starts a Python process that loads the MCP library

ACCEPT = {"Accept": "application/json, text/event-stream", "Content-Type": "application/json"}
HELLO = {
    "protocolVersion": "2025-11-25",
    "capabilities": {},
    "clientInfo": {"name": "fuzz", "version": "1"},
}
META = {
    "io.modelcontextprotocol/protocolVersion": "2026-07-28",
    "io.modelcontextprotocol/clientCapabilities": {},
}

METHODS = st.sampled_from(
    ["prompts/list", "prompts/get", "completion/complete", "resources/list", "resources/read",
     "resources/templates/list", "resources/subscribe", "resources/unsubscribe", "tools/list",
     "subscriptions/listen", "logging/setLevel", "notifications/cancelled",
     "notifications/progress", "tasks/get", "server/discover"]
)  # fmt: skip
WORDS = st.one_of(
    st.sampled_from(
        ["monthly_review", "explain_spike", "period", "team", "value", "dimension", "plan_id",
         "tagwright://catalogue", "tagwright://plans/x", "tagwright://reports/costs/2026-09",
         "tagwright://reports/{report}/{period}", "tagwright://dimensions/team/..%2F", "ref/prompt",
         "ref/resource", "debug", "MTAw", "2026-09", "tagwright://values/\u202e"]
    ),
    st.text(max_size=30),
)  # fmt: skip
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=3),
    max_leaves=6,
)
REF = st.one_of(
    st.fixed_dictionaries({"type": st.just("ref/prompt"), "name": WORDS}),
    st.fixed_dictionaries({"type": st.just("ref/resource"), "uri": WORDS}),
    JSON,
)
NAMED = st.fixed_dictionaries({"name": WORDS, "value": WORDS})
PARAMS = st.one_of(
    JSON,
    st.fixed_dictionaries(
        {},
        optional={
            "name": WORDS,
            "uri": WORDS,
            "cursor": WORDS | JSON,
            "level": WORDS,
            "ref": REF,
            "argument": NAMED | JSON,
            "arguments": st.dictionaries(WORDS, WORDS, max_size=3) | JSON,
            "context": st.fixed_dictionaries({"arguments": JSON}) | JSON,
            "notifications": JSON,
            "requestId": JSON,
            "_meta": st.just(META) | JSON,
        },
    ),
)
BODIES = st.one_of(
    st.fixed_dictionaries(
        {"jsonrpc": st.just("2.0"), "method": METHODS, "params": PARAMS},
        optional={"id": st.integers(0, 99) | JSON},
    ),
    JSON,
)
HTTP = httpx2.Client(timeout=20)
FUZZ = effort_of(
    max_examples=examples(1000),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    deadline=None,
)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, int]]:
    """The URL and the process of a server."""
    home = tmp_path_factory.mktemp("fuzz")
    sample(home, [charge()])
    with serving(home) as (url, process):
        yield url, process.pid


@FUZZ
@given(body=BODIES, era=st.sampled_from(["", "2025-11-25", "2026-07-28"]))
def test_over_http(served: tuple[str, int], body: Any, era: str) -> None:
    url, pid = served
    headers = dict(ACCEPT)
    if era:
        headers["MCP-Protocol-Version"] = era
    if isinstance(body, dict) and str(body.get("method", "")).isascii():
        headers["Mcp-Method"] = str(body.get("method", ""))
    # A stream of a subscription has no end: its first bytes are enough.
    with HTTP.stream("POST", url, content=json.dumps(body), headers=headers) as answer:
        assert answer.status_code < 500, (body, answer.status_code)
        assert "Traceback" not in next(answer.iter_text(), "")
    assert len(children(pid)) <= 1


def test_over_http_it_lives_on(served: tuple[str, int]) -> None:
    url, _ = served
    ping = {"jsonrpc": "2.0", "id": 1, "method": "ping"}
    assert httpx2.post(url, json=ping, headers=ACCEPT, timeout=10).status_code == 200


def test_a_body_of_50_mb_is_refused(served: tuple[str, int]) -> None:
    url, pid = served
    before = memory(pid)
    for headers in (ACCEPT, {**ACCEPT, "mcp-session-id": "x"}):
        answer = httpx2.post(url, content=b"x" * 50_000_000, headers=headers, timeout=20)
        assert answer.status_code == 413
    assert memory(pid) - before < 30_000_000


def test_clients_that_said_hello_and_nothing_more_cost_nothing(served: tuple[str, int]) -> None:
    """A session is an id that this server does not keep: a thousand are as many as none."""
    url, pid = served
    hello = {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": HELLO}

    def say_hello(count: int) -> set[str]:
        with httpx2.Client() as client:
            return {
                client.post(url, json=hello, headers=ACCEPT).headers["mcp-session-id"]
                for _ in range(count)
            }

    say_hello(50)  # what is loaded with the first
    before = memory(pid)
    assert len(say_hello(examples(1000))) == examples(1000)
    assert memory(pid) - before < 10_000_000


def test_over_stdio(tmp_path_factory: pytest.TempPathFactory) -> None:
    home: Path = tmp_path_factory.mktemp("fuzz")
    sample(home, [charge()])
    process = subprocess.Popen(
        [sys.executable, "-m", "tagwright_mcp", "--home", str(home)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    number = 1_000_000

    def send(message: Any) -> None:
        assert process.stdin is not None
        process.stdin.write(json.dumps(message).encode() + b"\n")
        process.stdin.flush()

    send({"jsonrpc": "2.0", "id": 0, "method": "initialize", "params": HELLO})
    process.stdout.readline()
    send({"jsonrpc": "2.0", "method": "notifications/initialized"})

    @FUZZ
    @given(body=BODIES)
    def each(body: Any) -> None:
        nonlocal number
        assert process.stdout is not None
        number += 1
        send(body)
        send({"jsonrpc": "2.0", "id": number, "method": "ping"})
        while json.loads(process.stdout.readline()).get("id") != number:
            continue

    each()
    _, errors = process.communicate(timeout=20)  # closes stdin: the server ends
    assert process.returncode == 0
    assert b"Traceback" not in errors
