"""A conversation: questions in, checked answers out, kept by thread in the home directory.

A session owns a background event loop, so that it can be used from plain code, from a terminal
loop and from async code alike. Turns of one thread are taken one after the other, also across
processes; other threads go on meanwhile.
"""

from __future__ import annotations

import asyncio
import re
import threading
import uuid
from contextlib import AsyncExitStack, contextmanager
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, Self

from tagwright.errors import ApprovalError, BusyError, MisuseError, ProviderError, TagwrightError
from tagwright.text import clean
from tagwright_agent.approval import Decision, how_to_approve, may_ask, proposal_of

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterator
    from pathlib import Path

    from langchain_core.language_models import BaseChatModel
    from langchain_core.messages import AnyMessage

    from tagwright.config import Settings

__all__ = ["Answer", "Pending", "Session", "guard_question"]

QUESTION_LIMIT = 4000
_THREAD = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:@/-]{0,127}")
_LOCKS = 64


@dataclass(frozen=True)
class Pending:
    """A plan that waits for a person in this thread.

    Attributes:
        id: Of the interrupt; one decision can be given to it.
        plan: What the propose tool returned in ``details.plan``.
    """

    id: str
    plan: dict[str, Any]


@dataclass(frozen=True)
class Answer:
    """What came of a question.

    Attributes:
        status: ``answered``, ``clarify`` (a question back) or ``refused``.
        answer: Text for a person; Markdown tables, no other markup.
        calls: Per tool call ``tool``, ``arguments``, ``result`` (None where it failed) and
            ``receipt``.
        notes: What the reader must know besides.
        plan: The plan that was proposed; None where there is none.
        model: Which model answered.
        thread: Id to go on with.
        usage: Tokens of the whole thread: ``input_tokens``, ``output_tokens``, ``calls``.
        pending: Plans that wait for a decision in this conversation.
    """

    status: str
    answer: str
    calls: list[dict[str, Any]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    plan: dict[str, Any] | None = None
    model: str = "builtin"
    thread: str = ""
    usage: dict[str, int] = field(default_factory=dict)
    pending: list[Pending] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        """The JSON document of ``tagwright ask --json``."""
        return asdict(self)


def guard_question(question: str) -> str:
    """The question as it may be asked: trimmed, control characters made visible.

    Raises:
        MisuseError: It is empty or too long.
    """
    text = " ".join(question.split())
    if not text:
        raise MisuseError("The question is empty.", hint='For example: "total cost by provider".')
    if len(text) > QUESTION_LIMIT:
        raise MisuseError(
            f"The question has {len(text):,} characters; the limit is {QUESTION_LIMIT:,}.",
            hint="Ask for one thing at a time.",
        )
    return clean(text)


class Session:
    """One thread of conversation.

    Use it as a context manager to keep the tools connected between questions; without, each
    question connects and disconnects.
    """

    def __init__(
        self,
        settings: Settings,
        thread_id: str | None = None,
        target: Any = None,
        *,
        interactive: bool = False,
        person: str = "",
        model: BaseChatModel | None = None,
    ) -> None:
        """Prepare a session; nothing is opened yet.

        Args:
            settings: Where the data is and which model answers.
            thread_id: Thread to go on with; None for a new one.
            target: Where the tools are, as :func:`mcp_client.connect` takes it; None for the
                server inside this process.
            interactive: A person is present and can be asked to approve a plan.
            person: Who asks and decides, without the channel; default the system's user.
            model: Instead of the one that the settings name.

        Raises:
            MisuseError: The thread's id has characters that ids do not have.
        """
        if thread_id is not None and not _THREAD.fullmatch(thread_id):
            raise MisuseError(
                f"{clean(thread_id[:80])!r} is not a thread's id.",
                hint="Letters, digits and . _ : @ / - ; at most 128 characters.",
            )
        self.settings = settings
        self.thread = thread_id or uuid.uuid4().hex[:12]
        self.person = person or _user()
        self.interactive = interactive and may_ask(settings.approval, self.person)
        self._channel = "chat" if interactive else "cli"
        self._target = target
        self._model = model
        self._runner: _Runner | None = None
        self._live: _Live | None = None

    def __enter__(self) -> Self:
        self._runner = _Runner()
        try:
            self._live = self._runner.run(self._open())
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Disconnect; safe to call twice."""
        runner, live = self._runner, self._live
        self._runner = self._live = None
        if runner is not None:
            try:
                if live is not None:
                    runner.run(live.stack.aclose())
            finally:
                runner.stop()

    def ask(self, question: str) -> Answer:
        """Answer one question in this thread.

        Raises:
            MisuseError: The question is empty or too long.
            SnapshotError: There is no data yet.
            BusyError: Another question of this thread is still being answered.
            ProviderError: The model failed and no fallback could answer.
        """
        text = guard_question(question)
        return self._within(lambda live: live.ask(text, self))

    async def aask(self, question: str) -> Answer:
        """:meth:`ask` for async code."""
        return await asyncio.to_thread(self.ask, question)

    def pending(self) -> list[Pending]:
        """The plans that wait for a decision in this thread, also after a restart."""
        return self._within(lambda live: live.pending(self))

    def decide(self, pending: Pending, decision: Decision) -> str:
        """Give a person's decision to a waiting plan; the sentence that says what came of it.

        Raises:
            ApprovalError: It does not wait any more, or the decision is on another digest.
        """
        if decision.digest != pending.plan.get("digest"):
            raise ApprovalError("The decision is not on the plan that was shown.")
        return self._within(lambda live: live.decide(pending, decision, self))

    def _within[T](self, work: Callable[[_Live], Coroutine[Any, Any, T]]) -> T:
        if self._runner is None:
            with self:
                return self._within(work)
        assert self._live is not None  # noqa: S101  __enter__ sets both
        with _turn(self.settings.home, self.thread):
            return self._runner.run(work(self._live))

    async def _open(self) -> _Live:
        return _Live()


def _user() -> str:
    from tagwright.context import cli_principal

    return cli_principal().id.partition(":")[2]
