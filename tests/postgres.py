"""A real PostgreSQL from Debian's packages, for as long as the tests run; a database a test.

Nothing of it outlives the run, so it writes without waiting for the disk.
"""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import psycopg
import pytest

from tagwright.config import load_settings
from tagwright.state import engines, open_state

_CONFIG = {
    "fsync": "off", "synchronous_commit": "off", "full_page_writes": "off",
    "listen_addresses": "", "max_connections": "200", "autovacuum": "off",
}  # fmt: skip


class Server:
    """A running server: databases by name, each a copy of an empty state store."""

    def __init__(self, folder: Path, user: str) -> None:
        self._folder, self._user = folder, user
        self._numbers = count(1)
        self._template = ""

    def url(self, database: str) -> str:
        return f"postgresql://{self._user}@/{database}?host={self._folder}"

    def connect(self, database: str) -> psycopg.Connection:
        return psycopg.connect(
            host=str(self._folder), user=self._user, dbname=database, autocommit=True
        )

    def bare(self) -> str:
        """URL of a new database with nothing in it."""
        return self._create("template0")

    def store(self) -> str:
        """URL of a new database that is an empty state store."""
        if not self._template:
            url = self.bare()
            opened = open_state(load_settings(self._folder / "no-home", state_url=url))
            engines.forget(url, opened.engine)  # a template must not be in use
            self._template = url.partition("@/")[2].partition("?")[0]
        return self._create(self._template)

    def _create(self, template: str) -> str:
        name = f"test_{next(self._numbers)}"
        with self.connect("postgres") as con:
            con.execute(f"CREATE DATABASE {name} TEMPLATE {template}")  # type: ignore[call-overload]
        return self.url(name)


def binaries() -> Path | None:
    """Where initdb is; None where PostgreSQL is not installed."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if found:
        return found[-1].parent
    where = shutil.which("initdb")
    return Path(where).parent if where else None


@contextmanager
def running() -> Iterator[Server]:
    """Start a server on a socket in a folder of its own, as another user where we are root."""
    where = binaries()
    if where is None:
        pytest.skip("needs PostgreSQL (Debian: apt-get install postgresql), and it is not here")
    folder = Path(tempfile.mkdtemp(prefix="tagwright-pg-"))
    name = pwd.getpwuid(os.geteuid()).pw_name
    who: dict[str, object] = {}
    if os.geteuid() == 0:  # which PostgreSQL refuses
        known = {entry.pw_name for entry in pwd.getpwall()}
        name = "postgres" if "postgres" in known else "nobody"
        owner = pwd.getpwnam(name)
        os.chown(folder, owner.pw_uid, owner.pw_gid)
        who = {"user": owner.pw_uid, "group": owner.pw_gid, "extra_groups": []}
    data = folder / "data"
    subprocess.run(
        [where / "initdb", "--no-sync", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8",
         f"--username={name}", f"--pgdata={data}"],
        check=True, capture_output=True, cwd=folder, **who,
    )  # fmt: skip
    options = [f"--{key}={value}" for key, value in _CONFIG.items()]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [where / "postgres", "-D", data, "-k", folder, *options],
            stdout=log, stderr=log, cwd=folder, **who,
        )  # fmt: skip
    try:
        server = Server(folder, name)
        _wait(server, process, folder / "log")
        yield server
    finally:
        process.send_signal(signal.SIGQUIT)  # at once, whoever is connected
        process.wait(30)
        shutil.rmtree(folder)


def _wait(server: Server, process: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(600):
        try:
            server.connect("postgres").close()
        except psycopg.OperationalError:
            assert process.poll() is None, log.read_text()
            time.sleep(0.05)
        else:
            return
    raise AssertionError(log.read_text())


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    with running() as server:
        yield server


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Which database the state store of the test's home is; the test runs once on each."""
    if request.param == "postgresql":
        monkeypatch.setenv("TAGWRIGHT_STATE_URL", request.getfixturevalue("postgres").store())
    return str(request.param)
