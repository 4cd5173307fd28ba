"""A sandbox AWS in the background of a home directory, until it is stopped.

``<home>/sandbox`` holds a lock, which the server has as long as it lives, ``sandbox.json`` with its
process, address and keys, and its log. Whether one runs is asked of the lock, never of a process
number alone: another process may have been given it since.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tagwright.errors import BusyError, ProviderError
from tagwright_evals.sandbox import Sandbox, bare_environment, check_installed
from tagwright_evals.sandbox_server import HELD, IN_USE, LOCK, STATE

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from tagwright_evals.company import Resource

__all__ = ["LOG", "Running", "Stopped", "find", "start", "stop"]

LOG = "sandbox.log"
_PATIENCE = 120.0
_POLITE = 10.0
_LOOK = 0.1


@dataclass(frozen=True)
class Running:
    """A sandbox that answers.

    Attributes:
        pid: Its process.
        sandbox: Address and keys.
    """

    pid: int
    sandbox: Sandbox


@dataclass(frozen=True)
class Stopped:
    """What became of a sandbox.

    Attributes:
        pid: Its process; None where nobody had started one.
        how: ``stopped``; ``killed``, where it did not heed SIGTERM; ``gone``, where it had ended
            by itself; ``none``.
    """

    pid: int | None
    how: str


def find(home: Path) -> Running | None:
    """The sandbox of a home; None where none runs.

    Raises:
        BusyError: It is just being started.
    """
    folder = home / "sandbox"
    if not _held(folder):
        return None
    state = _state(folder)
    if "url" not in state:
        raise BusyError(
            "The sandbox AWS is just being started.", hint="Ask again in a few seconds."
        )
    return Running(state["pid"], Sandbox(state["url"], state["keys"]))


def start(home: Path, resources: Sequence[Resource], port: int = 0) -> Running:
    """Start one and wait until it answers.

    Args:
        home: Made if need be.
        resources: What it holds.
        port: On loopback; 0 for any that is free.

    Raises:
        BusyError: One runs already, or the port is taken.
        ProviderError: moto is not installed, or it could not make a resource.
    """
    check_installed()
    folder = home / "sandbox"
    folder.mkdir(parents=True, exist_ok=True)
    if _held(folder):
        raise _runs(folder)
    wanted = {
        "background": str(folder.absolute()),
        "port": port,
        "accounts": sorted({item.account for item in resources}),
        "resources": [item.as_dict() for item in resources],
    }
    with (folder / LOG).open("a", encoding="utf-8") as log:
        before = log.tell()
        process = subprocess.Popen(
            [sys.executable, "-m", "tagwright_evals.sandbox_server"],
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=log,
            text=True,
            env=bare_environment(),
            start_new_session=True,  # Ctrl-C in this terminal is not for it
        )
    try:
        return _answering(process, folder, json.dumps(wanted), port, before)
    except BaseException:
        process.kill()
        process.wait()
        raise


def stop(home: Path) -> Stopped:
    """End the sandbox of a home: politely, then by force; no other process is ever touched."""
    folder = home / "sandbox"
    state = _state(folder)
    pid = state.get("pid")
    if not _held(folder):
        (folder / STATE).unlink(missing_ok=True)
        return Stopped(pid, "gone" if pid else "none")
    if pid is None:
        raise BusyError("The sandbox AWS is just being started.", hint="Try again in a second.")
    for number, how in ((signal.SIGTERM, "stopped"), (signal.SIGKILL, "killed")):
        with contextlib.suppress(ProcessLookupError):  # it has ended in this moment
            os.kill(pid, number)
        until = time.monotonic() + _POLITE
        while time.monotonic() < until:
            if not _held(folder):
                (folder / STATE).unlink(missing_ok=True)
                return Stopped(pid, how)
            time.sleep(_LOOK)
    raise ProviderError(f"The sandbox AWS (process {pid}) does not end, not even by SIGKILL.")


def _held(folder: Path) -> bool:
    """Whether a server lives there."""
    from filelock import FileLock, Timeout

    if not (folder / LOCK).exists():
        return False
    try:
        with FileLock(folder / LOCK, timeout=0):
            return False
    except Timeout:
        return True


def _state(folder: Path) -> dict[str, Any]:
    try:
        found: dict[str, Any] = json.loads((folder / STATE).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    return found


def _runs(folder: Path) -> BusyError:
    state = _state(folder)
    where = f" on {state['url']}" if "url" in state else ""
    return BusyError(
        f"A sandbox AWS runs already{where} (process {state.get('pid', 'unknown')}).",
        hint="tagwright sandbox status shows it, tagwright sandbox stop ends it.",
    )


def _answering(
    process: subprocess.Popen[str], folder: Path, wanted: str, port: int, before: int
) -> Running:
    assert process.stdin is not None  # noqa: S101  opened as a pipe
    with contextlib.suppress(BrokenPipeError):  # it ended at once: what it said is read below
        process.stdin.write(wanted + "\n")
        process.stdin.close()
    until = time.monotonic() + _PATIENCE
    while time.monotonic() < until:
        state = _state(folder)
        if state.get("pid") == process.pid and "url" in state:
            return Running(process.pid, Sandbox(state["url"], state["keys"]))
        if process.poll() is not None:
            break
        time.sleep(_LOOK)
    if process.returncode == HELD:
        raise _runs(folder)
    if process.returncode == IN_USE:
        raise BusyError(
            f"Port {port} of this machine is in use, or not for you.",
            hint="Another --port, or none: then one that is free is taken.",
        )
    said = (folder / LOG).read_bytes()[before:].decode(errors="replace").strip().splitlines()
    raise ProviderError(
        f"The sandbox AWS did not start: {said[-1] if said else 'it said nothing'}",
        hint=f"All that it said: {folder / LOG}",
    )
