"""The other ends of the connectors: admin APIs on loopback, and a proxy that cuts S3's answers."""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import threading
import urllib.error
import urllib.request
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from tagwright.connectors import Clock

NOW = dt.datetime(2026, 11, 23, 9, 30, tzinfo=dt.UTC)
KEY = "sk-admin-hunter2-0123456789"


@dataclass
class FakeClock:
    """A clock that stands, and notes how long it was asked to wait."""

    now: dt.datetime = NOW
    slept: list[float] = field(default_factory=list)

    def clock(self) -> Clock:
        return Clock(now=lambda: self.now, sleep=self.slept.append)


@dataclass
class Request:
    method: str
    path: str
    query: list[tuple[str, str]]
    headers: dict[str, str]

    def all(self, name: str) -> list[str]:
        return [value for key, value in self.query if key == name]

    def one(self, name: str) -> str:
        [value] = self.all(name)
        return value


@dataclass
class Reply:
    """An answer; ``cut`` sends only so many bytes of the body that its header promises."""

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    cut: int | None = None


Answer = Callable[[Request], Reply]


@dataclass
class Server:
    """A loopback server.

    Attributes:
        url: Where.
        requests: What was asked.
        faults: Replies given first, one a request; None lets a request through.
    """

    url: str
    requests: list[Request] = field(default_factory=list)
    faults: deque[Reply | None] = field(default_factory=deque)


@contextlib.contextmanager
def serving(answer: Answer) -> Iterator[Server]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _reply(self) -> None:
            parts = urlsplit(self.path)
            request = Request(
                self.command, parts.path, parse_qsl(parts.query, keep_blank_values=True),
                {name.lower(): value for name, value in self.headers.items()},
            )  # fmt: skip
            request.headers["x-raw-path"] = self.path
            state.requests.append(request)
            fault = state.faults.popleft() if state.faults else None
            reply = fault or answer(request)
            self.send_response(reply.status)
            for name, value in reply.headers.items():
                self.send_header(name, value)
            if not any(name.lower() == "content-length" for name in reply.headers):
                self.send_header("content-length", str(len(reply.body)))
            if reply.cut is not None:
                self.send_header("connection", "close")
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(reply.body[: reply.cut])
            if reply.cut is not None:
                self.close_connection = True

        do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = _reply  # noqa: N815

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    state = Server(f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield state
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def as_json(document: Any, **headers: str) -> Reply:
    return Reply(body=json.dumps(document).encode(), headers=headers)


def days_of(request: Request) -> list[dt.date]:
    """The days that a query asks for, of either vendor."""
    start, end = _bounds(request)
    return [start + dt.timedelta(days=n) for n in range((end - start).days)]


def _bounds(request: Request) -> tuple[dt.date, dt.date]:
    if request.all("start_time"):
        return tuple(  # type: ignore[return-value]
            dt.datetime.fromtimestamp(int(request.one(name)), dt.UTC).date()
            for name in ("start_time", "end_time")
        )
    return tuple(  # type: ignore[return-value]
        dt.datetime.fromisoformat(request.one(name)).date() for name in ("starting_at", "ending_at")
    )


def paged(request: Request, days: list[dt.date], bucket: Callable[[dt.date], Any]) -> Reply:
    """A page as OpenAI and Anthropic have them; the cursor says how many buckets are behind."""
    behind = int(request.one("page").removeprefix("page_")) if request.all("page") else 0
    limit = int(request.one("limit"))
    assert limit <= 31
    shown = days[behind : behind + limit]
    more = behind + limit < len(days)
    return as_json(
        {
            "object": "page",
            "data": [bucket(day) for day in shown],
            "has_more": more,
            "next_page": f"page_{behind + limit}" if more else None,
        }
    )


def epoch(day: dt.date) -> int:
    return int(dt.datetime(day.year, day.month, day.day, tzinfo=dt.UTC).timestamp())


def openai(costs: dict[dt.date, float], *, key: str = KEY) -> Answer:
    """``GET /v1/organization/costs`` and ``/usage/…`` over these days."""

    def answer(request: Request) -> Reply:
        if request.headers.get("authorization") != f"Bearer {key}":
            said = f"Incorrect API key provided: {request.headers.get('authorization')}"
            return Reply(401, json.dumps({"error": {"message": said}}).encode())
        kind = request.path.rpartition("/")[2]

        def bucket(day: dt.date) -> dict[str, Any]:
            results: list[dict[str, Any]] = []
            if day in costs and kind == "costs":
                results = [{
                    "object": "organization.costs.result",
                    "amount": {"value": costs[day], "currency": "usd"},
                    "line_item": "gpt-4o, input", "project_id": "proj_a",
                }]  # fmt: skip
            elif day in costs and kind == "completions":
                results = [{
                    "object": "organization.usage.completions.result",
                    "input_tokens": 100, "input_cached_tokens": 40, "output_tokens": 9,
                    "num_model_requests": 2, "project_id": "proj_a", "api_key_id": "key_1",
                    "model": "gpt-4o", "batch": False, "service_tier": "default",
                }]  # fmt: skip
            return {
                "object": "bucket", "start_time": epoch(day),
                "end_time": epoch(day + dt.timedelta(days=1)), "results": results,
            }  # fmt: skip

        reply = paged(request, days_of(request), bucket)
        reply.headers["openai-organization"] = "northlight"
        return reply

    return answer


def anthropic(costs: dict[dt.date, str], *, key: str = KEY) -> Answer:
    """``/v1/organizations/me``, ``cost_report`` and ``usage_report/messages``."""

    def answer(request: Request) -> Reply:
        if request.headers.get("x-api-key") != key:
            return Reply(401, b'{"error": {"message": "invalid x-api-key"}}')
        assert request.headers["anthropic-version"] == "2023-06-01"
        if request.path == "/v1/organizations/me":
            return as_json({"id": "org-1", "type": "organization", "name": "Northlight"})

        def bucket(day: dt.date) -> dict[str, Any]:
            cost = {"currency": "USD", "amount": costs.get(day), "workspace_id": None}
            tokens = {"uncached_input_tokens": 5, "output_tokens": 1, "workspace_id": None}
            result = cost if request.path.endswith("cost_report") else tokens
            return {
                "starting_at": f"{day}T00:00:00Z",
                "ending_at": f"{day + dt.timedelta(days=1)}T00:00:00Z",
                "results": [result] if day in costs else [],
            }

        return paged(request, days_of(request), bucket)

    return answer


def before(target: str) -> Answer:
    """A proxy before ``target``."""

    def answer(request: Request) -> Reply:
        sent = urllib.request.Request(  # noqa: S310  loopback
            target + request.headers["x-raw-path"],
            method=request.method,
            headers={
                name: value for name, value in request.headers.items()
                if name not in {"x-raw-path", "host", "connection"}
            },
        )  # fmt: skip
        try:
            with urllib.request.urlopen(sent) as reply:  # noqa: S310
                return Reply(reply.status, reply.read(), _kept(reply.headers))
        except urllib.error.HTTPError as error:
            return Reply(error.code, error.read(), _kept(error.headers))

    return answer


def _kept(headers: Any) -> dict[str, str]:
    dropped = {"connection", "transfer-encoding", "server", "date"}
    return {name: value for name, value in headers.items() if name.lower() not in dropped}
