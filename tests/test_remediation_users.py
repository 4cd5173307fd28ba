"""Agent, approver and applier as three users of the operating system, and the agent is hostile.

Each has a home that only it may enter; the state store is one file that all three may write. The
agent tries whatever its user can; the applier then applies whatever it is asked to.
"""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import importlib.util
import json
import os
import pkgutil
import re
import shutil
import signal
import sqlite3
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from approval_histories import ATTACKS, TRIGGERS
from fake_tagging import FakeTagging, fake_tagging
from plans import ALICE, MALLORY, arn, change, plan_of
from sample_home import charge, load
from tagwright.api import TagwrightError
from tagwright.config import load_settings
from tagwright.people import Principal
from tagwright.proof import Book, Keys, Signer
from tagwright.proof.book import mirrored
from tagwright.registry import load_registry
from tagwright.remediation import PlanStore
from tagwright.remediation.apply import apply
from tagwright.remediation.approver import Approver
from tagwright.remediation.audit import accept, audit
from tagwright.remediation.undo import rollback
from tagwright.state import open_state
from tagwright.state.journal import append
from tagwright_mcp.calls import Calls

pytestmark = [
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),  # the agent imports all there is
    pytest.mark.slow,  # a process a step
    pytest.mark.skipif(os.geteuid() != 0, reason="needs root: three users of the system"),
]

USERS = {"agent": 61001, "approver": 61002, "applier": 61003}
PEOPLE = """
people:
  alice: {cli: [alice], may: [approve]}
  ada: {cli: [ada], may: [administer]}
  mallory: {cli: [mallory], may: [ask, propose]}
"""
NOT_NOW = {"antigravity", "this", "idlelib", "turtle", "turtledemo", "tkinter", "lib2to3"}
PARTS = (
    "asyncio", "concurrent", "ctypes", "email", "encodings", "html", "http", "importlib", "json",
    "logging", "multiprocessing", "sqlite3", "urllib",
)  # fmt: skip
NOW = dt.datetime.now(dt.UTC)
ADA = Principal("ada", "cli", "ada")


@dataclass
class Host:
    """The machine: a home a user, and the store that they share."""

    base: Path
    aws: FakeTagging

    def home(self, user: str) -> Path:
        return self.base / user

    @property
    def shared(self) -> Path:
        return self.base / "shared" / "state.sqlite3"

    def as_user(self, user: str, work: Callable[[PlanStore], Any]) -> Any:
        """What ``work`` gives in a process of that user; our errors as their text."""
        read, write = os.pipe()
        pid = os.fork()
        if pid == 0:
            found: Any = "died"
            try:
                become(USERS[user], self.home(user))
                with PlanStore.open(load_settings(self.home(user))) as store:
                    found = work(store)
            except (TagwrightError, OSError) as error:
                found = f"{type(error).__name__}: {error}"
            except BaseException as error:  # noqa: BLE001  the parent fails with it
                found = f"BUG {error!r}"
            os.write(write, json.dumps(found).encode())
            os._exit(0)
        os.close(write)
        with os.fdopen(read, "rb") as pipe:
            found = json.loads(pipe.read())
        os.waitpid(pid, 0)
        assert not str(found).startswith("BUG"), found
        return found


def become(uid: int, home: Path) -> None:
    os.setgroups([])
    os.setgid(uid)
    os.setuid(uid)
    os.umask(0o077)
    os.chdir(home)
    os.environ["HOME"] = os.environ["TAGWRIGHT_HOME"] = str(home)


@pytest.fixture(scope="module")
def imported() -> None:
    """Python's own library may lie where only root reads: what is imported late comes now."""
    for name in sorted(sys.stdlib_module_names - NOT_NOW):
        if (found := importlib.util.find_spec(name)) and not name.startswith("_"):
            importlib.import_module(name)
            for inner in pkgutil.iter_modules(found.submodule_search_locations):
                if name in PARTS and not re.search("mbcs|oem|win|__main__", inner.name):
                    importlib.import_module(f"{name}.{inner.name}")


@pytest.fixture
def host(imported: None, aws_env: pytest.MonkeyPatch) -> Iterator[Host]:
    base = Path(tempfile.mkdtemp(prefix="tagwright-users-"))
    base.chmod(0o755)
    with fake_tagging() as aws:
        aws_env.setenv("AWS_ENDPOINT_URL", aws.url)
        made = Host(base, aws)
        (base / "shared").mkdir()
        aws_env.setenv("TAGWRIGHT_STATE_URL", f"sqlite:///{made.shared}")
        tags = {"team": "ads", "environment": "production"}
        for user in USERS:
            made.home(user).mkdir(mode=0o700)
            (made.home(user) / "people.yaml").write_text(PEOPLE)
        load(made.home("agent"), [charge(ResourceId=arn(9), Tags=tags)])
        open_state(load_settings(made.home("agent")))
        (base / "shared").chmod(0o777)
        for file in (base / "shared").iterdir():
            file.chmod(0o666)
        own(made)
        try:
            with approver_serving(made) as url:
                config = made.home("applier") / "tagwright.toml"
                config.write_text(f'[approval]\napprover_url = "{url}"\n')
                own(made)
                yield made
        finally:
            shutil.rmtree(base)


def own(host: Host) -> None:
    """Keys made by their owners, the public halves at the others'."""
    for user, uid in USERS.items():
        for path in (host.home(user), *host.home(user).rglob("*")):
            os.chown(path, uid, uid)
    for role in ("approver", "applier"):
        host.as_user(role, lambda store, role=role: store.keys.signer(role).verifier.fingerprint)
        for other in USERS.keys() - {role}:
            folder = host.home(other) / "keys"
            folder.mkdir(exist_ok=True, mode=0o700)
            shutil.copy(host.home(role) / "keys" / f"{role}.pub", folder)
            os.chown(folder, USERS[other], USERS[other])


class approver_serving:  # noqa: N801  used as a function
    """The approver's process: it answers for the word on a plan."""

    def __init__(self, host: Host) -> None:
        self.host = host

    def __enter__(self) -> str:
        host = self.host

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                url = urlsplit(self.path)
                with PlanStore.open(load_settings()) as store, Approver.open(store) as approver:
                    word = approver.word(url.path.removeprefix("/word/"))
                    answer = word.answer(parse_qs(url.query)["challenge"][0], approver.book.signer)
                self.send_response(200)
                self.end_headers()
                self.wfile.write(json.dumps(answer).encode())

            def log_message(self, *_: object) -> None:
                return

        server = HTTPServer(("127.0.0.1", 0), Handler)
        self.pid = os.fork()
        if self.pid == 0:
            become(USERS["approver"], host.home("approver"))
            server.serve_forever()
        server.server_close()
        return f"http://127.0.0.1:{server.server_address[1]}"

    def __exit__(self, *_: object) -> None:
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)


def propose(store: PlanStore, first: int) -> list[str]:
    """One plan that will be approved, one that will be rejected and one that nobody looks at."""
    times = {"created_at": NOW, "expires_at": NOW + dt.timedelta(hours=72)}
    made = [plan_of(change(n), plan_id=f"plan-{n}", **times) for n in range(first, first + 3)]
    return [store.save(plan, NOW).plan.digest for plan in made]


def decide(store: PlanStore, first: int = 1) -> list[str]:
    said = []
    with Approver.open(store) as approver:
        for plan_id, decision in (
            (f"plan-{first}", "approve"), (f"plan-{first + 1}", "reject"),
        ):  # fmt: skip
            digest = store.get(plan_id).digest
            said.append(approver.decide(plan_id, digest, ALICE, decision).state)  # type: ignore[arg-type]
    return said


def prepared(host: Host, first: int = 1) -> None:
    assert len(host.as_user("agent", lambda store: propose(store, first))) == 3
    said = host.as_user("approver", lambda store: decide(store, first))
    assert said == ["approved", "rejected"]


def apply_all(store: PlanStore, first: int = 1) -> list[str]:
    """The applier is asked to apply, and to undo, everything there is a name for."""
    said = []
    names = [f"plan-{first + n}" for n in range(3)]
    if audit(store).faults:
        accept(store, ADA, "we looked", NOW)
    for name in (*names, "undo", "../../etc/passwd", "plan-1' OR '1'='1", "\x00", ""):
        for work in (lambda n=name: apply(n, store), lambda n=name: rollback(n, store, "mallory")):
            try:
                said.append(f"{name}: {work().state}")
            except TagwrightError as error:
                said.append(f"{name}: {error}")
    return said


RIGHTFUL = [(arn(1), "team", "ads")]


def test_any_sql_on_the_store(host: Host) -> None:
    may = []
    for first in range(1, 3 * len(ATTACKS), 3):

        def attack(_: PlanStore, statement: str = ATTACKS[first // 3]) -> None:
            with sqlite3.connect(host.shared) as con:
                for name in TRIGGERS:
                    con.execute(f"DROP TRIGGER IF EXISTS {name}")
                con.execute(statement)

        prepared(host, first)
        assert host.as_user("agent", attack) is None
        said = host.as_user("applier", lambda store, first=first: apply_all(store, first))
        assert len(said) == 16
        may.append((arn(first), "team", "ads"))
        assert set(host.aws.writes) <= set(may)
    assert len(host.aws.writes) == len(set(host.aws.writes)) > len(may) / 2


def forged(store: PlanStore, book: Book, event: str) -> None:
    """An entry of a book, and what repeats it in the journal."""
    digest = store.get("plan-3").digest
    body = {
        "by": "alice", "channel": "cli", "digest": digest, "nonce": "1", "reason": "", "items": {},
    }  # fmt: skip
    entry = book.write(lambda con: book.append(con, event, "plan-3", body, NOW))
    repeated = mirrored(book.role, entry)
    signature = entry.signature or ""
    store.state.transact(
        lambda con: append(con, event, "plan-3", repeated, NOW, sign=lambda _: signature)
    )


def forge(store: PlanStore) -> list[str]:
    """With keys of its own, as approver and applier, into its own books and the shared journal."""
    evil = Keys(store.settings.home / "evil")
    for role in ("approver", "applier"):
        settings = load_settings(store.settings.home / f"evil-{role}")
        signer: Signer = evil.signer(role)  # type: ignore[arg-type]
        Keys.of(settings).folder.mkdir(parents=True)
        with Book.open(settings, Keys.of(settings), role) as made:  # type: ignore[arg-type]
            for event in ("approved", "claimed", "outcome"):
                forged(store, Book(made.state, signer), event)
    with store.state.engine.begin() as con:
        con.exec_driver_sql("UPDATE plans SET state = 'approved'")
    return [entry.event for entry in store.state.journal()]


def replace_bodies(store: PlanStore) -> None:
    """The approved plan becomes another one; plans and undo plans come that nobody asked for."""
    times = {"created_at": NOW, "expires_at": NOW + dt.timedelta(hours=72)}
    evil = plan_of(change(4, after="evil"), plan_id="plan-1", **times)
    undo = plan_of(change(5), plan_id="undo", kind="rollback", parent_id="plan-1", **times)
    store.save(undo, NOW)
    with store.state.engine.begin() as con:
        con.exec_driver_sql(
            "UPDATE plans SET body = ?, digest = ? WHERE id = 'plan-1'",
            (evil.canonical().decode(), evil.digest),
        )
        con.exec_driver_sql("UPDATE plans SET state = 'approved'")


@pytest.mark.parametrize("attack", [forge, replace_bodies])
def test_forged_papers(attack: Callable[[PlanStore], Any], host: Host) -> None:
    prepared(host)
    host.as_user("agent", attack)
    host.as_user("applier", apply_all)
    assert host.aws.writes in ([], RIGHTFUL)


def test_what_is_the_others(host: Host) -> None:
    """The agent's user reads no key, enters no home, decides nothing and applies nothing."""
    prepared(host)

    def steal(_: PlanStore) -> list[str]:
        said = []
        for user in ("approver", "applier"):
            for path in (f"keys/{user}.key", f"keys/{user}.sqlite3", "people.yaml", "keys"):
                try:
                    os.close(os.open(host.home(user) / path, os.O_RDONLY))
                except OSError as error:
                    said.append(type(error).__name__)
                else:
                    said.append("read")
        return said

    assert host.as_user("agent", steal) == ["PermissionError"] * 8
    for work in (decide, lambda store: apply("plan-1", store).state):
        assert "is elsewhere" in host.as_user("agent", work)
    assert "is elsewhere" in host.as_user("applier", decide)
    assert host.aws.writes == []

    def own_keys(store: PlanStore) -> str:
        """It makes itself approver and applier of its home, and writes as far as it can."""
        shutil.rmtree(store.keys.folder)
        os.environ["AWS_ACCESS_KEY_ID"] = ""
        os.environ["AWS_SECRET_ACCESS_KEY"] = ""
        with Approver.open(store) as approver:
            approver.decide("plan-3", store.get("plan-3").digest, ALICE, "approve")
        return apply("plan-3", store).state

    assert "Error" in host.as_user("agent", own_keys)
    host.as_user("applier", apply_all)
    assert host.aws.writes == RIGHTFUL


def test_every_tool_with_the_worst_arguments(host: Host) -> None:
    prepared(host)
    worst = ("plan-1", "../../../applier/keys/applier.key", "'; DROP TABLE plans; --", "\x00", "💥")

    def call(store: PlanStore) -> int:
        calls, made = Calls(load_registry(), store.settings, lambda: MALLORY), 0
        for name, tool in load_registry().tools.items():
            names = list(tool.arguments_model.model_fields)
            for value in worst:
                for arguments in ({}, dict.fromkeys(names, value), dict.fromkeys(names[:1], value)):
                    with contextlib.suppress(TagwrightError, ValueError):
                        asyncio.run(calls.result(name, arguments))
                    made += 1
        return made

    assert host.as_user("agent", call) > 100
    host.as_user("applier", apply_all)
    assert host.aws.writes == RIGHTFUL
