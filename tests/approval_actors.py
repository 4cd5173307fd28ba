"""Processes that stand still at each step until it is their turn, and their client of AWS."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from approval_judge import Judged


class Killed(BaseException):
    """The process dies here."""


class Actor:
    """A process: it goes one step when it is told to."""

    def __init__(self, name: str, work: Callable[[], Any]) -> None:
        self.name, self.dead, self.over = name, False, False
        self.error: BaseException | None = None
        self.asked = 0
        self._go, self._stopped = threading.Semaphore(0), threading.Semaphore(0)
        self._thread = threading.Thread(target=self._run, args=(work,), daemon=True)
        self._thread.start()

    def _run(self, work: Callable[[], Any]) -> None:
        _LOCAL.actor = self
        self._go.acquire()
        try:
            work()
        except BaseException as error:  # noqa: BLE001  it is judged
            self.error = error
        self.over = True
        self._stopped.release()

    def turn(self) -> None:
        """Go on to the next step."""
        self._go.release()
        self._stopped.acquire()

    def kill(self) -> None:
        """It does nothing any more, not even cleaning up."""
        self.dead = True
        self.turn()

    def step(self) -> None:
        """Stand still here."""
        if not self.dead:
            self._stopped.release()
            self._go.acquire()
        if self.dead:
            raise Killed


_LOCAL = threading.local()


def now_running() -> Actor:
    """Whose turn it is."""
    actor: Actor = _LOCAL.actor
    return actor


def step() -> None:
    """A place where a process may stand still or die."""
    actor = getattr(_LOCAL, "actor", None)
    if actor is not None:
        actor.step()


class Client:
    """The tagging API and STS in this process, with steps around what is asked."""

    def __init__(self, aws: Judged, region: str) -> None:
        self.aws, self.region = aws, region

    def get_caller_identity(self) -> Any:
        step()
        return self._call("GetCallerIdentity", {})

    def get_resources(self, **body: Any) -> Any:
        step()
        return self._call("GetResources", body)

    def tag_resources(self, **body: Any) -> Any:
        return self._call("TagResources", body)

    def untag_resources(self, **body: Any) -> Any:
        return self._call("UntagResources", body)

    def _call(self, operation: str, body: dict[str, Any]) -> Any:
        found = self.aws.said(operation, body, self.region)
        step()
        if isinstance(found, Exception):
            raise found
        return found
