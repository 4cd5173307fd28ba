"""A conversation: questions in, checked answers out, kept by thread in the state store.

A session owns a background event loop, so that it can be used from plain code, from a terminal
loop and from async code alike. Turns of one thread are taken one after the other, also across
processes; other threads go on meanwhile.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import re
import threading
import uuid
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Any, Self, TypeVar

from tagwright.blocks import Note, dumped
from tagwright.errors import ApprovalError, MisuseError
from tagwright.people import at_terminal, load_people, require, scope_of
from tagwright.render.markdown import markdown
from tagwright.render.wording import note_words
from tagwright.text import clean
from tagwright_agent.answer.whole import whole_answer
from tagwright_agent.approval import may_ask
from tagwright_agent.messages import Message, runs_of
from tagwright_agent.runner import TURN_SECONDS, Runner, taking_turns
from tagwright_agent.spending import no_usage, price_book, priced, tokens_of
from tagwright_agent.steps import Asker, unseen
from tagwright_agent.thread import Thread, among_hosts

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Mapping

    from langchain_core.language_models import BaseChatModel

    from tagwright.blocks import Block
    from tagwright.config import Settings
    from tagwright.people import Door, Principal
    from tagwright_agent.approval import Decision
    from tagwright_agent.live import Live
    from tagwright_agent.messages import ToolRun, Turn
    from tagwright_agent.straight import Straight

__all__ = ["QUESTION_LIMIT", "Answer", "Pending", "Session", "guard_question"]

QUESTION_LIMIT = 4000
_THREAD = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:@/-]{0,127}")

_T = TypeVar("_T")


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
        answer: The blocks as Markdown: tables, ids and commands as code, no other markup.
        blocks: What is said, for any medium.
        calls: Per tool call ``tool``, ``arguments``, ``result`` (None where it failed, and then
            ``error`` says why) and ``receipt``.
        notes: Of the blocks, the notes alone, as text.
        plan: The plan that was proposed; None where there is none.
        model: Which model answered.
        thread: Id to go on with.
        turn: Its number there, from 1.
        usage: Tokens and money of the model in this turn, see :mod:`tagwright_agent.spending`.
        thread_usage: The same of the whole conversation.
        pending: Plans that wait for a decision in this conversation.
    """

    status: str
    answer: str
    blocks: list[Block] = field(default_factory=list)
    calls: list[dict[str, Any]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    plan: dict[str, Any] | None = None
    model: str = "builtin"
    thread: str = ""
    turn: int = 0
    usage: dict[str, Any] = field(default_factory=dict)
    thread_usage: dict[str, Any] = field(default_factory=dict)
    pending: list[Pending] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        """The JSON document of ``tagwright ask --json``."""
        return {**asdict(replace(self, blocks=[])), "blocks": dumped(self.blocks)}


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
        model: BaseChatModel | None = None,
        door: Door | None = None,
    ) -> None:
        """Prepare a session; nothing is opened yet.

        Args:
            settings: Where the data is and which model answers.
            thread_id: Thread to go on with; None for a new one.
            target: Where the tools are, as :func:`mcp_client.connect` takes it; None for the
                server inside this process.
            interactive: A person is present and can be asked to approve a plan.
            model: Instead of the one that the settings name.
            door: Proves who asks; the person whose process this is by default.

        Raises:
            MisuseError: The thread's id has characters that ids do not have.
            ConfigError: ``people.yaml`` is wrong.
        """
        if thread_id is not None and not _THREAD.fullmatch(thread_id):
            raise MisuseError(
                f"{clean(thread_id[:80])!r} is not a thread's id.",
                hint="Letters, digits and . _ : @ / - ; at most 128 characters.",
            )
        self.settings = settings
        self.interactive = interactive
        self._door = door or (lambda: at_terminal(settings, "chat" if interactive else "cli"))
        self.thread = self._own(thread_id or uuid.uuid4().hex[:12])
        self._target = target
        self._model = model
        self._runner: Runner | None = None
        self._live: Live | None = None
        self._straight: Straight | None = None
        self._one_by_one = threading.RLock()

    def principal(self) -> Principal:
        """Who asks and decides, as the session's door proves it now."""
        return self._door()

    def _own(self, name: str) -> str:
        """The thread's id; of who may see a part, one that only that part was ever told in."""
        scope = scope_of(load_people(self.settings), self.principal())
        mark = f"@{scope.digest}" if scope else ""
        return name if name.endswith(mark) else f"{name}{mark}"

    def __enter__(self) -> Self:
        self._runner = Runner()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Disconnect; safe to call twice."""
        runner, live = self._runner, self._live
        self._runner = self._live = self._straight = None
        if runner is None:
            return
        try:
            if live is not None:
                runner.run(live.close())
        finally:
            runner.stop()

    def ask(self, question: str, watch: Callable[[str], None] = unseen) -> Answer:
        """Answer one question in this thread.

        Args:
            question: In words.
            watch: Is told what is being done, from another thread: ``calls`` and a tool's name;
                of a model also ``is asked``, and ``writes,`` with how much.

        Raises:
            MisuseError: The question is empty or too long.
            ConfigError: The model's setting is wrong.
            SnapshotError: There is no data yet.
            AccessError: ``people.yaml`` does not let this person ask.
            BusyError: Another question of this thread is still being answered.
            ProviderError: The model failed and no fallback could answer, or the tools are gone.
        """
        text = guard_question(question)
        require(load_people(self.settings), self.principal(), "ask")
        return self._within(lambda: self._answer(text, watch))

    async def aask(self, question: str) -> Answer:
        """:meth:`ask` for async code."""
        return await asyncio.to_thread(self.ask, question)

    def begun(self) -> bool:
        """Whether anything was said in this thread before.

        Raises:
            TagwrightError: The state store cannot be read.
        """
        with Thread(self.settings, self.thread) as thread:
            return bool(thread.messages)

    def pending(self) -> list[Pending]:
        """The plans that wait for a decision in this thread, also after a restart."""
        return self._within(self._pending)

    def decide(self, pending: Pending, decision: Decision) -> str:
        """Give a person's decision to a waiting plan; the sentence that says what came of it.

        It is recorded as this session's person's decision.

        Raises:
            ApprovalError: It does not wait any more, or the decision is on another digest.
        """
        return self._within(lambda: self._decide(pending, decision))

    def _within(self, work: Callable[[], Coroutine[Any, Any, _T]]) -> _T:
        with (
            self._one_by_one,
            taking_turns(self.settings.home, self.thread),
            among_hosts(self.settings, self.thread, TURN_SECONDS),
        ):
            if self._runner is not None:
                return self._runner.run(work())
            with self:
                assert self._runner is not None  # noqa: S101  __enter__ sets it
                return self._runner.run(work())

    def _graph(self) -> Live:
        """What the graph needs, for a model, tools elsewhere and whatever waits."""
        if self._live is None:
            from tagwright_agent.live import Live

            self._live = Live(self.settings, self.principal, self._target, self._model)
        return self._live

    def _line(self) -> Straight | None:
        """The straight line, where it can answer: the built-in planner, tools in this process."""
        if self._target is not None or self._model is not None or self.settings.model != "builtin":
            return None
        if self._straight is None:
            from tagwright_agent.straight import Straight

            self._straight = Straight(self.settings, self.principal)
        return self._straight

    async def _decide(self, pending: Pending, decision: Decision) -> str:
        with Thread(self.settings, self.thread) as thread:
            if not thread.waits:
                raise ApprovalError("That plan does not wait for a decision in this conversation.")
            turn, text = await self._graph().decide(self.thread, pending.id, decision)
            thread.put(turn)
        return text

    async def _pending(self) -> list[Pending]:
        with Thread(self.settings, self.thread) as thread:
            if not thread.waits:
                return []
        return await self._waiting()

    async def _waiting(self) -> list[Pending]:
        waiting = await self._graph().waiting(self.thread)
        return [Pending(key, plan) for key, plan in waiting.items()]

    async def _answer(self, question: str, watch: Callable[[str], None]) -> Answer:
        asked = Message("question", question)
        asker = Asker(self._may if self.interactive else None, watch)
        line = self._line()
        if line is not None:
            await line.look()
        else:
            await self._graph().look()
        with Thread(self.settings, self.thread) as thread:
            history = thread.messages
            # A price file at fault is said before a model is paid for an answer that it would lose.
            speaks = self._live.speaks if self._live is not None else "builtin"
            book = None if speaks == "builtin" else price_book(self.settings)
            if line is None:
                used = tokens_of(thread.usage)
                turn = await self._graph().ask(self.thread, history, asked, asker, used)
            else:
                turn, waits = await line.ask(history, asked, asker)
                if waits:
                    turn = await self._graph().wait(self.thread, history, turn, asker)
            if book is not None and turn.model_calls:
                # Also where the planner took over: what was said till then was paid for.
                now = dt.datetime.now(dt.UTC)
                turn = replace(turn, usage=priced(book, speaks, turn.model_calls, now))
            scope = scope_of(load_people(self.settings), self.principal())
            number = thread.add(turn, scope)
            usage = thread.usage
        return await self._answered(turn, usage, number)

    async def _answered(self, turn: Turn, thread_usage: dict[str, Any], number: int) -> Answer:
        runs = runs_of(turn.messages)
        waiting = await self._waiting() if turn.waits else []
        calls = [_call(run) for run in runs]
        blocks = whole_answer(turn, runs, asked={pending.plan["id"] for pending in waiting})
        speaks = "builtin" if turn.fallback or self._live is None else self._live.speaks
        return Answer(
            status=turn.status,
            answer=markdown(blocks),
            blocks=blocks,
            calls=calls,
            notes=[note_words(block) for block in blocks if isinstance(block, Note)],
            plan=turn.plans[-1] if turn.plans else None,
            model=speaks,
            thread=self.thread,
            turn=number,
            usage=turn.usage or no_usage(),
            thread_usage=thread_usage,
            pending=waiting,
        )

    def _may(self, plan: Mapping[str, Any]) -> bool:
        return may_ask(self.settings, self.principal(), plan)


def _call(run: ToolRun) -> dict[str, Any]:
    result = run.result
    call: dict[str, Any] = {
        "tool": run.tool,
        "arguments": run.arguments,
        "result": None if result is None else result.model_dump(mode="json"),
        "receipt": None if result is None else result.receipt,
    }
    if result is None:
        call["error"] = run.error
    return call
