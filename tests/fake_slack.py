"""A Slack Web API on loopback: it keeps what is posted, refuses what Slack refuses, and fails.

Limits and errors are those of Slack's documents (see tagwright.render.slack): a token that is not
known, a channel that is not there, text over 40,000 characters, more than 50 blocks, a message of
no text. Faults are injected by method.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import threading
import time
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.error import HTTPError, URLError

from fake_slack_agent import agent_methods
from fake_slack_blocks import refused_message
from fake_slack_oauth import Grant, access
from fake_slack_readers import reader_methods

SECRET = "a-signing-secret"
TOKEN = "xoxb-a-token"
TEAM, APP = "T0001", "UAPP"


_FAULTS: dict[str, tuple[int, dict[str, Any]]] = {
    "429": (429, {"ok": False, "error": "ratelimited"}),
    "500": (500, {"ok": False, "error": "internal_error"}),
    "drop": (0, {}),
}


@dataclass
class FakeSlack:
    """State and record of the fake.

    Attributes:
        channels: Channel to its members; direct messages are ``D…``.
        public: Which of them everybody of the workspace can read.
        messages: What stands in each channel, in order.
        ephemeral: What was shown to one person alone, in order.
        views: Forms that were opened, in order.
        homes: The home tab of each person.
        prompts: What was suggested in each channel, in order.
        statuses: What is shown of who is at it: channel and thread to the words.
        calls: Method and arguments, in order.
        faults: What the next calls of a method come to: an error's name, ``429``, ``500``,
            ``lost`` (done, and the connection closes), ``drop`` (not done, it closes).
        rests: What ``429`` says: seconds.
        token: The one that is known.
        team: The workspace that this is; with ``enterprise``, where the token is for all of that.
        grants: What a code of OAuth gives, once; the workspaces given are in ``others`` then.
        others: Other workspaces of the same Slack, by their tokens.
        bots: Users that are apps', ours among them.
        zone: Everybody's time zone.
        socket_url: Where Socket Mode is told to connect.
        scopes: What the token was given, as Slack's header says.
        responses: What was sent to response URLs.
        files: What was uploaded, by id: its name, its bytes, and whether it was shared.
        hooks: By number, how often a response URL was used and which message it can replace.
    """

    channels: dict[str, list[str]] = field(default_factory=lambda: {"C1": [APP, "U1"], "D1": []})
    public: set[str] = field(default_factory=set)
    messages: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    ephemeral: list[dict[str, Any]] = field(default_factory=list)
    views: list[dict[str, Any]] = field(default_factory=list)
    homes: dict[str, dict[str, Any]] = field(default_factory=dict)
    prompts: list[dict[str, Any]] = field(default_factory=list)
    statuses: dict[tuple[str, str], str] = field(default_factory=dict)
    calls: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    faults: dict[str, list[str]] = field(default_factory=dict)
    rests: str = "0"
    token: str = TOKEN
    team: str = TEAM
    enterprise: str = ""
    grants: dict[str, Grant] = field(default_factory=dict)
    others: dict[str, FakeSlack] = field(default_factory=dict)
    bots: set[str] = field(default_factory=lambda: {APP})
    zone: str = "Europe/Berlin"
    scopes: str = ""
    socket_url: str = ""
    responses: list[dict[str, Any]] = field(default_factory=list)
    files: dict[str, dict[str, Any]] = field(default_factory=dict)
    hooks: list[tuple[int, dict[str, Any]]] = field(default_factory=list)
    url: str = ""
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _count: int = 0

    def said(self, channel: str = "C1") -> list[str]:
        """The texts of the app's messages in a channel."""
        return [one["text"] for one in self.messages.get(channel, [])]

    def hook(self, said: dict[str, Any]) -> str:
        """A response URL, as it comes with a press on a message, here one of ours."""
        self.hooks.append((0, said))
        return self.url.replace("/api/", f"/respond/of-{len(self.hooks) - 1}")

    def respond(self, path: str, body: dict[str, Any]) -> tuple[int, str]:
        """A response URL takes five answers; one may replace the message."""
        planned = self.faults.get("respond") or [""]
        if fault := planned.pop(0) if self.faults.get("respond") else "":
            return _FAULTS[fault][0] if fault in _FAULTS else 400, fault
        number = path.rpartition("/of-")[2]
        if "/of-" not in path:  # of a command
            self.responses.append(body)
            return 200, "ok"
        used, said = self.hooks[int(number)]
        if used == 5:
            return 404, "used_url"
        self.hooks[int(number)] = (used + 1, said)
        if refused := refused_message(body):
            return 400, refused
        if body.get("replace_original"):
            said.update({"text": body["text"], "blocks": body.get("blocks", [])})
        else:
            self.responses.append(body)
        return 200, "ok"

    def answer(self, method: str, body: dict[str, Any], token: str) -> tuple[int, dict[str, Any]]:
        """Status and document; status 0 closes the connection."""
        if token in self.others:
            return self.others[token].answer(method, body, token)
        with self._lock:
            self.calls.append((method, body))
            planned = self.faults.get(method) or [""]
            fault = planned.pop(0) if self.faults.get(method) else ""
            if fault and fault != "lost":
                return _FAULTS.get(fault, (200, {"ok": False, "error": fault}))
            if method == "apps.connections.open":
                return 200, {"ok": True, "url": self.socket_url}
            if method == "oauth.v2.access":
                return 200, access(self, body, token)
            if token != self.token:
                return 200, {"ok": False, "error": "invalid_auth"}
            done = self._done(method, body)
            return (0, {}) if fault == "lost" else (200, done)

    def _done(self, method: str, body: dict[str, Any]) -> dict[str, Any]:
        known = {
            "auth.test": self._auth, "auth.teams.list": self._teams,
            "chat.postMessage": self._post,
            "chat.postEphemeral": self._whisper, "conversations.replies": self._replies,
            "chat.update": self._update, "views.open": self._open,
            "conversations.history": self._replies, "conversations.open": self._direct,
            "files.getUploadURLExternal": self._upload_url,
            "files.completeUploadExternal": self._share,
            **agent_methods(self), **reader_methods(self),
        }  # fmt: skip
        work = known.get(method)
        return work(body) if work else {"ok": False, "error": "unknown_method"}

    def _auth(self, _: dict[str, Any]) -> dict[str, Any]:
        whole = {"is_enterprise_install": True, "enterprise_id": self.enterprise}
        return {
            "ok": True, "team_id": self.team, "user_id": APP, "bot_id": "B1", "team": "Northlight",
            **(whole if self.enterprise else {}),
        }  # fmt: skip

    def _teams(self, _: dict[str, Any]) -> dict[str, Any]:
        teams = [{"id": self.team, "name": "Northlight"}]
        return {"ok": True, "teams": teams} if self.enterprise else {
            "ok": False, "error": "not_allowed_token_type"
        }  # fmt: skip

    def _refused(self, body: dict[str, Any]) -> str:
        if body.get("channel") not in self.channels:
            return "channel_not_found"
        return refused_message(body)

    def _post(self, body: dict[str, Any]) -> dict[str, Any]:
        if refused := self._refused(body):
            return {"ok": False, "error": refused}
        message = self.stand(body)
        return {"ok": True, "ts": message["ts"], "channel": body["channel"], "message": message}

    def stand(self, body: dict[str, Any]) -> dict[str, Any]:
        """Put a message of the app's into its channel."""
        self._count += 1
        message = {**body, "ts": f"1700000000.{self._count:06d}", "user": APP}
        self.messages.setdefault(str(body["channel"]), []).append(message)
        return message

    def _whisper(self, body: dict[str, Any]) -> dict[str, Any]:
        if refused := self._refused(body):
            return {"ok": False, "error": refused}
        self.ephemeral.append(body)
        return {"ok": True, "message_ts": "1"}

    def _update(self, body: dict[str, Any]) -> dict[str, Any]:
        if refused := self._refused(body):
            return {"ok": False, "error": refused}
        if len(body["text"]) > 4000:
            return {"ok": False, "error": "msg_too_long"}
        for one in self.messages.get(str(body["channel"]), []):
            if one["ts"] == body.get("ts"):
                if one.get("streaming_state") == "in_progress":
                    return {"ok": False, "error": "streaming_state_conflict"}
                one.update(body)
                return {"ok": True, "ts": one["ts"], "channel": body["channel"]}
        return {"ok": False, "error": "message_not_found"}

    def _direct(self, body: dict[str, Any]) -> dict[str, Any]:
        channel = f"D{body['users']}"
        self.channels.setdefault(channel, [APP, str(body["users"])])
        return {"ok": True, "channel": {"id": channel}}

    def _upload_url(self, body: dict[str, Any]) -> dict[str, Any]:
        if not body.get("filename") or int(body.get("length") or 0) <= 0:
            return {"ok": False, "error": "invalid_arguments"}
        name = f"F{len(self.files) + 1}"
        self.files[name] = {"name": body["filename"], "length": int(body["length"]), "shared": ""}
        url = self.url.replace("/api/", f"/upload/{name}")
        return {"ok": True, "upload_url": url, "file_id": name}

    def take(self, path: str, content: bytes) -> int:
        """The bytes of a file come to the URL that was given for it."""
        self.calls.append(("upload", {}))
        planned = self.faults.get("upload") or [""]
        fault = planned.pop(0) if self.faults.get("upload") else ""
        file = self.files.get(path.rsplit("/", 1)[-1])
        if fault in {"500", "drop"}:
            return _FAULTS[fault][0]
        if file is None or len(content) != file["length"]:
            return 400
        file["content"] = content
        return 0 if fault == "lost" else 200

    def _share(self, body: dict[str, Any]) -> dict[str, Any]:
        files = json.loads(body.get("files") or "[]")
        known = [self.files.get(one["id"]) for one in files]
        if not files or not all(one and "content" in one and not one["shared"] for one in known):
            return {"ok": False, "error": "file_not_found"}
        channel = str(body.get("channel_id"))
        if channel not in self.channels:
            return {"ok": False, "error": "channel_not_found"}
        self._count += 1
        shared = [{"id": one["id"], "title": one["title"], "name": self.files[one["id"]]["name"]}
                  for one in files]  # fmt: skip
        for one in files:
            self.files[one["id"]]["shared"] = channel
        message = {"channel": channel, "ts": f"1700000000.{self._count:06d}", "text": "",
                   "files": shared, "user": APP}  # fmt: skip
        if body.get("thread_ts"):
            message["thread_ts"] = body["thread_ts"]
        self.messages.setdefault(channel, []).append(message)
        return {"ok": True, "files": shared}

    def _open(self, body: dict[str, Any]) -> dict[str, Any]:
        view = body.get("view") or {}
        if not body.get("trigger_id") or len(view.get("blocks", [])) not in range(1, 101):
            return {"ok": False, "error": "invalid_arguments"}
        self.views.append(view)
        return {"ok": True, "view": {**view, "id": f"V{len(self.views)}"}}

    def _replies(self, body: dict[str, Any]) -> dict[str, Any]:
        if body.get("channel") not in self.channels:
            return {"ok": False, "error": "channel_not_found"}
        found = [
            {
                key: one[key]
                for key in ("ts", "text", "user", "bot_id", "metadata", "blocks", "files")
                if key in one
            }
            for one in self.messages.get(str(body["channel"]), [])
            if one.get("thread_ts") == body.get("ts")  # of a history, neither has one
        ]
        return {"ok": True, "messages": found, "has_more": False}


def _read(raw: str, kind: str) -> dict[str, Any]:
    """A call's arguments; the client sends some as JSON within a form."""
    body = json.loads(raw or "{}") if "json" in kind else dict(urllib.parse.parse_qsl(raw))
    for name in ("blocks", "metadata", "view", "chunks", "prompts"):
        if isinstance(body.get(name), str):
            body[name] = json.loads(body[name])
    return body


@contextmanager
def fake_slack() -> Iterator[FakeSlack]:
    """Serve one on a free port of loopback."""
    fake = FakeSlack()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:  # the Web API takes both
            raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            if self.path.startswith("/upload/"):
                self._reply(fake.take(self.path, raw), b"OK")
                return
            body = _read(raw.decode(), self.headers.get("Content-Type") or "")
            token = (self.headers.get("Authorization") or "").removeprefix("Bearer ")
            if self.path.startswith("/respond/"):
                status, said = fake.respond(self.path, body)
                text = said.encode()
            else:
                status, document = fake.answer(self.path.rsplit("/", 1)[-1], body, token)
                text = json.dumps(document).encode()
            self._reply(status, text)

        def _reply(self, status: int, text: bytes) -> None:
            if status == 0:
                self.close_connection = True
                return
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(text)))
            if fake.scopes:
                self.send_header("X-OAuth-Scopes", fake.scopes)
            if status == 429:
                self.send_header("Retry-After", fake.rests)
            self.end_headers()
            self.wfile.write(text)

        do_GET = do_POST  # noqa: N815  the library's name

        def log_message(self, *_: object) -> None:
            return

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_: object) -> None:
            return

    server = Server(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    fake.url = f"http://127.0.0.1:{server.server_address[1]}/api/"
    try:
        yield fake
    finally:
        server.shutdown()
        server.server_close()


def signature(body: str, at: int, secret: str = SECRET) -> dict[str, str]:
    """The headers that Slack signs a request with."""
    text = f"v0:{at}:{body}".encode()
    digest = hmac.new(secret.encode(), text, hashlib.sha256).hexdigest()
    return {"X-Slack-Request-Timestamp": str(at), "X-Slack-Signature": f"v0={digest}"}


def message(
    text: str, *, user: str = "U1", channel: str = "C1", ts: str = "100.000001",
    kind: str = "app_mention", event_id: str = "Ev1", team: str = TEAM, **more: Any,
) -> dict[str, Any]:  # fmt: skip
    """An event of Slack's, as it is sent."""
    event = {"type": kind, "user": user, "text": text, "ts": ts, "channel": channel, **more}
    return {
        "type": "event_callback", "team_id": team, "api_app_id": "A1", "event_id": event_id,
        "event_time": 1, "event": event,
        "authorizations": [{"team_id": team, "user_id": APP, "is_bot": True}],
    }  # fmt: skip


def interaction(
    kind: str, *, user: str, team: str = TEAM, installed: str = TEAM, **more: Any
) -> str:
    """What Slack sends of a press or a form, as it is sent: a form with JSON in it."""
    body = {
        "type": kind, "team": {"id": installed, "domain": "northlight"},
        "user": {"id": user, "team_id": team}, "api_app_id": "A1", **more,
    }  # fmt: skip
    return urllib.parse.urlencode({"payload": json.dumps(body)})


def post(url: str, body: dict[str, Any] | str, *, at: int | None = None, secret: str = SECRET,
         kind: str = "application/json") -> tuple[int, str]:  # fmt: skip
    """Send a request as Slack does; status and text."""
    text = body if isinstance(body, str) else json.dumps(body)
    headers = {"Content-Type": kind, **signature(text, at or int(time.time()), secret)}
    request = urllib.request.Request(url, text.encode(), headers)  # noqa: S310  of loopback
    try:
        with urllib.request.urlopen(request, timeout=20) as reply:  # noqa: S310
            return reply.status, reply.read().decode()
    except HTTPError as error:
        return error.code, error.read().decode()
    except URLError:  # it closed the connection before it had read all
        return 413, ""
