"""Processes of ``tagwright slack`` that stand still, and die, around what others can see of them.

That is each change of the queue, each call of Slack and each decision. An answer is made in one go,
as nothing of it can be seen before. The thread that shows an answer in the making runs freely, and
ends with its process.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from typing import Any

import pytest
from slack_sdk import WebClient
from slack_sdk.webhook import WebhookClient

from approval_actors import Actor, Killed
from tagwright.proof import Book
from tagwright.state import jobs
from tagwright_agent.slack import inbox, say, stream, tell, under
from tagwright_agent.slack.audience import Audience
from tagwright_agent.slack.stream import Showing
from tagwright_agent.straight import LocalTools

__all__ = ["Process", "patched"]

_LOCAL = threading.local()
WRITES = ("put", "take", "keep", "done", "fail", "later")


class Process(Actor):
    """One process with one worker.

    Attributes:
        fenced: It stands before a change of the queue, so that what it does next is refused where
            another took its job over. Standing elsewhere so long, it would not be alive.
    """

    def __init__(self, name: str, work: Callable[[], Any]) -> None:
        self.audience = Audience()
        self.fenced = True

        def run() -> None:
            _LOCAL.process, _LOCAL.stands = self, True
            work()

        super().__init__(name, run)

    def stand(self, *, fenced: bool) -> None:
        self.fenced = fenced
        self.step()


def _stand(*, fenced: bool) -> None:
    process = getattr(_LOCAL, "process", None)
    if process is None:
        return
    if _LOCAL.stands:
        process.stand(fenced=fenced)
    elif process.dead:
        raise Killed


def _stepped(real: Callable[..., Any], *, write: bool) -> Callable[..., Any]:
    def done(*arguments: Any, **more: Any) -> Any:
        _stand(fenced=write)
        found = real(*arguments, **more)
        _stand(fenced=False)
        return found

    return done


class _Audiences:
    """Each process has its own."""

    def __getattr__(self, name: str) -> Any:
        return getattr(_LOCAL.process.audience, name)


def patched(patch: pytest.MonkeyPatch, *, streams: bool) -> None:
    """Have processes stand still; where ``streams``, no answer is ready before it is shown."""
    for name in WRITES:
        # A take says when it began, and waits no minute for the store: nobody stands before it.
        patch.setattr(jobs, name, _stepped(getattr(jobs, name), write=name != "take"))
    patch.setattr(WebClient, "api_call", _stepped(WebClient.api_call, write=False))
    patch.setattr(WebhookClient, "send", _stepped(WebhookClient.send, write=False))
    patch.setattr(Book, "write", _stepped(Book.write, write=False))
    patch.setattr(inbox, "_ENSURED", set())
    for module in (say, tell, under):
        patch.setattr(module, "AUDIENCE", _Audiences())
    _patch_showing(patch, streams=streams)


def _patch_showing(patch: pytest.MonkeyPatch, *, streams: bool) -> None:
    real_init, real_run, real_stream = Showing.__init__, Showing._run, Showing._stream
    real_call = LocalTools.call
    shown: list[threading.Event] = []

    def init(self: Any, *arguments: Any) -> None:
        real_init(self, *arguments)
        self.process, self.shown = _LOCAL.process, threading.Event()

    def run(self: Any) -> None:
        _LOCAL.process, _LOCAL.stands = self.process, False
        if streams:
            shown.append(self.shown)
        try:
            real_run(self)
        except Killed:
            return
        finally:
            self.shown.set()

    def begun(self: Any, *arguments: Any) -> Any:
        try:
            return real_stream(self, *arguments)
        finally:
            self.shown.set()

    async def slow(self: LocalTools, name: str, arguments: dict[str, Any]) -> Any:
        for event in shown:
            await asyncio.to_thread(event.wait, 5)
        return await real_call(self, name, arguments)

    patch.setattr(stream, "AFTER", 0.0 if streams else 3600.0)
    patch.setattr(stream, "PACE", 0.01)
    patch.setattr(Showing, "__init__", init)
    patch.setattr(Showing, "_run", run)
    patch.setattr(Showing, "_stream", begun)
    patch.setattr(LocalTools, "call", slow)
