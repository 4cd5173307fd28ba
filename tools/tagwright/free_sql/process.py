"""A worker as its owner holds it: start it, ask it with a deadline, kill it."""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tagwright.errors import BusyError, SnapshotError, TagwrightError
from tagwright.free_sql.wire import HEAD, MAX_MESSAGE, packed

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["MEMORY", "START_SECONDS", "Key", "Worker", "command"]

MEMORY = 1_000_000_000
"""Bytes that DuckDB may use in a worker, or what the settings allow it, if that is less."""

OVERHEAD = 1_000_000_000
"""Bytes of address space beside them: Python, DuckDB itself, and what it maps but never touches."""

START_SECONDS = 20.0

_BOOT = "import sys; sys.path += sys.argv[1:]; from tagwright.free_sql.worker import main; main()"
_ENVIRONMENT = ("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")
"""All that a worker gets of the environment: where Python itself may need its libraries from."""


@dataclass(frozen=True)
class Key:
    """What a worker is bound to for life.

    Attributes:
        path: The database file.
        memory: Bytes that DuckDB may use.
    """

    path: Path
    memory: int


def command() -> list[str]:
    """How a worker is started: no site, no environment, only our package and DuckDB's."""
    found = find_spec("duckdb")
    if found is None or found.origin is None:
        raise TagwrightError("DuckDB is not installed.", hint="Install tagwright again.")
    ours, duckdb = Path(__file__).parents[2], Path(found.origin).parents[1]
    return [sys.executable, "-I", "-S", "-c", _BOOT, str(ours), str(duckdb)]


class Worker:
    """One process. Not for two threads at once.

    Attributes:
        key: What it is bound to.
        currencies: Of each table that has amounts; known once it is ready.
        old: Whether it should be replaced.

    Raises:
        TagwrightError: The system starts no process.
    """

    def __init__(self, key: Key) -> None:
        self.key = key
        self.currencies: dict[str, list[str]] = {}
        self.old = False
        self._ready = False
        kept = {name: os.environ[name] for name in _ENVIRONMENT if name in os.environ}
        try:
            self._process = subprocess.Popen(  # noqa: S603  our own interpreter
                command(),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env={**kept, "LC_ALL": "C.UTF-8"},
                cwd="/",
                start_new_session=True,  # Ctrl-C is for us; a worker ends when we do
                bufsize=0,
            )
        except OSError as error:
            raise TagwrightError(
                f"The process that runs SQL cannot be started ({error.strerror}).",
                hint="Are processes, memory or open files used up?",
            ) from None
        self._send(
            {
                "path": str(key.path),
                "memory_limit": f"{key.memory // 1000}KB",
                "address_bytes": key.memory + OVERHEAD,
            }
        )

    @property
    def alive(self) -> bool:
        """Whether the process is still there."""
        return self._process.poll() is None

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    def ask(self, sql: str, limit: int, seconds: float) -> dict[str, Any]:
        """What the worker says of the statement; it is killed where it does not say it in time.

        Raises:
            BusyError: The time is over.
            SnapshotError: The worker could not open the database.
            TagwrightError: The worker died.
        """
        self.old = True  # until its answer is here: one that nobody read would be the next one's
        self._wait_until_ready()
        deadline = time.monotonic() + seconds
        self._send({"sql": sql, "limit": limit, "seconds": max(1, round(seconds))})
        answer = self._receive(deadline)
        if answer is None:
            self.kill()
            raise BusyError(
                f"The statement was stopped after {seconds:.0f} seconds.",
                hint="Ask for less: a WHERE on ChargePeriodStart, fewer joins, or a rollup table.",
            )
        self.old = answer.get("old") is not False
        return answer

    def kill(self) -> None:
        """End it at once; a second call does no harm."""
        with contextlib.suppress(OSError):
            self._process.kill()
        self._process.wait()
        self._close()

    def interrupt(self) -> None:
        """End it without waiting; the thread that waits for its answer does the rest."""
        with contextlib.suppress(OSError):
            self._process.kill()

    def stop(self) -> None:
        """End it while another thread waits for its answer; that thread closes the pipes."""
        self.interrupt()
        self._process.wait()

    def forget(self) -> None:
        """Close our ends in a forked child: the worker belongs to the parent and goes on."""
        self._close()
        self._process.returncode = 0  # it is not ours to wait for

    def _close(self) -> None:
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                with contextlib.suppress(OSError):
                    stream.close()

    def _wait_until_ready(self) -> None:
        if self._ready:
            return
        answer = self._receive(time.monotonic() + START_SECONDS)
        if answer is None:
            self.kill()
            raise BusyError(
                f"The process that runs SQL did not start within {START_SECONDS:g} seconds.",
                hint="Is the machine overloaded? Try again.",
            )
        if answer.get("ready") is not True:
            self.kill()
            raise SnapshotError(
                "The process that runs SQL cannot open the data "
                f"({str(answer.get('failed'))[:60]}).",
                hint="If the other tools answer, raise `memory_limit`; else restore the snapshot.",
            )
        self.currencies = _currencies(answer)
        self._ready = True

    def _send(self, message: Mapping[str, Any]) -> None:
        stdin = self._process.stdin
        assert stdin is not None  # noqa: S101  asked for above
        # A dead worker is noticed by the next read, which knows how it died.
        with contextlib.suppress(OSError, ValueError):
            stdin.write(packed(dict(message)))

    def _receive(self, deadline: float) -> dict[str, Any] | None:
        """The next message; None where the deadline came first."""
        head = self._read(HEAD, deadline)
        size = int.from_bytes(head, "big") if head is not None else 0
        if size > MAX_MESSAGE:
            raise self._died("sent too much")
        body = self._read(size, deadline) if head is not None else None
        if body is None:
            return None
        try:
            message = json.loads(body)
        except (ValueError, RecursionError):
            message = None
        if not isinstance(message, dict):
            raise self._died("sent nonsense")
        return message

    def _read(self, size: int, deadline: float) -> bytes | None:
        stdout = self._process.stdout
        assert stdout is not None  # noqa: S101  asked for above
        found = bytearray()
        poll = select.poll()
        poll.register(stdout.fileno(), select.POLLIN)
        while len(found) < size:
            left = deadline - time.monotonic()
            if left <= 0 or not poll.poll(left * 1000):
                return None
            part = os.read(stdout.fileno(), size - len(found))
            if not part:
                raise self._died("ended")
            found += part
        return bytes(found)

    def _died(self, how: str) -> TagwrightError:
        with contextlib.suppress(OSError):
            self._process.kill()
        status = self._process.wait()
        self._close()
        if status == -signal.SIGXCPU:
            return BusyError(
                "The statement used more processor time than it may.", hint="Ask for less."
            )
        if how == "ended":
            how = f"was ended by signal {-status}" if status < 0 else "ended unexpectedly"
        return TagwrightError(
            f"The process that runs SQL {how} while it worked on this statement.",
            hint="Nothing else is affected; the next statement gets a new one. Ask for less, or "
            "otherwise.",
        )


def _currencies(answer: Mapping[str, Any]) -> dict[str, list[str]]:
    found = answer.get("currencies")
    if not isinstance(found, dict):
        return {}
    return {
        str(table): [str(name) for name in names]
        for table, names in found.items()
        if isinstance(names, list)
    }
