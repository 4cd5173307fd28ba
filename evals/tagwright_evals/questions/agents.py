"""Whom to ask: our own agent in this process, or anybody's by a command."""

from __future__ import annotations

import contextlib
import json
import shlex
import subprocess
import time
import uuid
from typing import TYPE_CHECKING, Any, Protocol, Self

from tagwright_evals.questions.model import Given

if TYPE_CHECKING:
    from collections.abc import Sequence

    from langchain_core.language_models import BaseChatModel
    from mcp import StdioServerParameters

    from tagwright.blocks import Block
    from tagwright.config import Settings

__all__ = ["Agent", "Builtin", "Command", "agent_for"]


class Agent(Protocol):
    """What answers questions."""

    def __enter__(self) -> Self: ...

    def __exit__(self, *_: object) -> None: ...

    def say(self, name: str, turns: Sequence[str]) -> list[Given]:
        """What it says to each turn of a thread of its own, called ``name``."""
        ...


class Builtin:
    """Tagwright's agent with the model of the settings; connected once, a thread a question.

    Args:
        settings: The home, and the model that answers.
        tools: How to start an MCP server, or its URL, instead of our own tools.
        model: Instead of the settings' one.
    """

    def __init__(
        self,
        settings: Settings,
        tools: StdioServerParameters | str | None = None,
        *,
        model: BaseChatModel | None = None,
    ) -> None:
        self._settings = settings
        self._tools, self._model = tools, model
        self._run = uuid.uuid4().hex[:8]

    def __enter__(self) -> Self:
        """Connect.

        Raises:
            ConfigError: The model's name, package or key is missing: it would fail every question.
        """
        from tagwright_agent.session import Session

        if self._model is None:
            from tagwright_agent.models import load_model
            from tagwright_agent.planner import CatalogueView

            load_model(self._settings, CatalogueView())
        session = Session(self._settings, target=self._tools, model=self._model)
        self._session = session.__enter__()
        if self._model is None and self._settings.model == "builtin":
            self._session.ask("what data do you have?")  # start-up is measured elsewhere
        return self

    def __exit__(self, *_: object) -> None:
        self._session.close()

    def say(self, name: str, turns: Sequence[str]) -> list[Given]:
        """The turns in a thread of their own; one that failed is followed by the next."""
        self._session.thread = f"eval-{self._run}-{name}"  # nothing of an earlier run
        return [self._said(turn) for turn in turns]

    def _said(self, turn: str) -> Given:
        from tagwright.errors import TagwrightError
        from tagwright_agent.spending import tokens_of

        started = time.perf_counter()
        try:
            answer = self._session.ask(turn)
        except TagwrightError as error:
            return Given("failed", str(error))
        seconds = time.perf_counter() - started
        used = tokens_of(answer.usage)
        return Given(
            answer.status, answer.answer, answer.calls, seconds, used, answer.blocks,
            _offers(answer.blocks),
        )  # fmt: skip


def agent_for(
    settings: Settings, command: str | None = None, model: str | None = None, mcp: str | None = None
) -> Agent:
    """Whom the options name; without any, Tagwright's agent with the model of the settings.

    Args:
        settings: The home that is asked about.
        command: A program that reads and writes JSON lines.
        model: ``provider:model`` for our own agent.
        mcp: Command or URL of an MCP server, of whose tools the model makes use.

    Raises:
        MisuseError: The options contradict each other.
    """
    from mcp import StdioServerParameters

    from tagwright.errors import MisuseError

    if command and (model or mcp):
        raise MisuseError("--agent is another agent: it takes neither --model nor --mcp.")
    if command:
        return Command(shlex.split(command))
    if model:
        settings = settings.model_copy(update={"model": model})
    if mcp is None or mcp.startswith(("http://", "https://")):
        tools: StdioServerParameters | str | None = mcp
    else:
        program, *arguments = shlex.split(mcp)
        tools = StdioServerParameters(command=program, args=arguments)
    if tools is not None and settings.model == "builtin":
        raise MisuseError(
            "The built-in planner knows Tagwright's own tools alone.",
            hint="Name the chat model that is to use the server's tools with --model.",
        )
    return Builtin(settings, tools)


def _offers(blocks: Sequence[Block]) -> tuple[str, ...]:
    return tuple(q for block in blocks if block.type == "suggestions" for q in block.questions)


class Command:
    """Any program: a JSON line in, ``{"id", "turns"}``, a JSON line out.

    Out: ``status`` (``answered``, ``clarify``, ``refused``), ``text``, and where it has them
    ``calls``, ``tokens`` and ``offers``; or ``answers``, a list of these, one a turn. It is
    started once and asked one after the other.
    """

    def __init__(self, argv: list[str]) -> None:
        self._argv = argv

    def __enter__(self) -> Self:
        """Start it.

        Raises:
            MisuseError: There is no such program, or it may not be run.
        """
        from tagwright.errors import MisuseError

        try:
            self._process = subprocess.Popen(  # noqa: S603  the user's own command
                self._argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8"
            )
        except OSError as error:
            raise MisuseError(
                f"--agent: {self._argv[0]!r} cannot be started: {error.strerror}."
            ) from None
        return self

    def __exit__(self, *_: object) -> None:
        if self._process.stdin:
            with contextlib.suppress(BrokenPipeError):  # it ended; each question says so
                self._process.stdin.close()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def say(self, name: str, turns: Sequence[str]) -> list[Given]:
        """One line there, one line back; without ``answers`` only the last turn's is known."""
        assert self._process.stdin is not None  # noqa: S101  PIPE
        assert self._process.stdout is not None  # noqa: S101
        started = time.perf_counter()
        try:
            line = json.dumps({"id": name, "turns": turns}, ensure_ascii=False)
            self._process.stdin.write(line + "\n")
            self._process.stdin.flush()
            answer = self._process.stdout.readline()
            if not answer:
                return [Given("failed", "the command has ended")] * len(turns)
            said = json.loads(answer)
        except BrokenPipeError:
            return [Given("failed", "the command has ended")] * len(turns)
        except (OSError, ValueError) as error:
            return [Given("failed", f"the command said no JSON: {error}")] * len(turns)
        if not isinstance(said, dict):
            return [Given("failed", "the command said no JSON object")] * len(turns)
        seconds = time.perf_counter() - started
        answers = said.get("answers") or [*[{}] * (len(turns) - 1), said]
        return [
            _given(answer if isinstance(answer, dict) else {}, seconds / len(turns))
            for answer in [*answers, *[{}] * len(turns)][: len(turns)]
        ]


def _given(said: dict[str, Any], seconds: float) -> Given:
    if not isinstance(said.get("text"), str):
        return Given("failed", "the command said no text")
    calls = [call for call in said.get("calls") or [] if isinstance(call, dict)]
    tokens = said.get("tokens")
    return Given(
        str(said.get("status", "answered")), said["text"], calls, seconds,
        tokens if isinstance(tokens, int) else 0,
        offers=tuple(map(str, said.get("offers") or [])),
    )  # fmt: skip
