"""A thread of conversation as it is kept: its turns in the state store, one row each."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from tagwright.blocks import Note, dumped, loaded
from tagwright.errors import DataError
from tagwright.people import Scope
from tagwright.state import StoredTurn, holding, keep_turn, open_state, turns_of
from tagwright_agent.messages import Message, Turn
from tagwright_agent.spending import no_usage, summed_usage

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tagwright.config import Settings

__all__ = ["Kept", "Thread", "among_hosts"]


@dataclass(frozen=True)
class Kept:
    """A turn as it was kept.

    Attributes:
        turn: Without the calls of its model.
        scope: What it was asked of; None for everything.
    """

    turn: Turn
    scope: Scope | None


@contextmanager
def among_hosts(settings: Settings, name: str, seconds: float) -> Iterator[None]:
    """Hold a thread where several hosts share the state store; see :func:`holding`.

    Raises:
        BusyError: It is still held after ``seconds``.
        TagwrightError: The state store cannot be reached.
    """
    if settings.state_url is None:  # the home's own; no home is made by asking
        yield
        return
    with holding(open_state(settings), name, seconds):
        yield


class Thread:
    """The turns of one thread; use it with ``with``, and hold the thread meanwhile.

    Args:
        settings: Where the state store is.
        name: The thread's id.

    Raises:
        TagwrightError: The state store cannot be read.
    """

    def __init__(self, settings: Settings, name: str) -> None:
        self._name = name
        self._state = open_state(settings)
        try:
            self._turns = turns_of(self._state, name)
        except BaseException:
            self._state.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._state.close()

    @property
    def messages(self) -> list[Message]:
        """All that was said, in order."""
        return [Message.from_dict(item) for turn in self._turns for item in turn.body["messages"]]

    @property
    def usage(self) -> dict[str, Any]:
        """Model tokens and money of the whole thread, see :mod:`tagwright_agent.spending`."""
        return summed_usage(turn.body["usage"] for turn in self._turns)

    @property
    def waits(self) -> bool:
        """Whether a plan of the last turn waits for a decision."""
        return bool(self._turns) and self._turns[-1].waits

    def at(self, number: int) -> Kept | None:
        """The turn of that number; None where there is none, or its status was not kept yet.

        Raises:
            DataError: What is stored is no turn any more.
        """
        if not 0 < number <= len(self._turns):
            return None
        body = self._turns[number - 1].body
        if "status" not in body:
            return None
        try:
            notes = [note for note in loaded(body["notes"]) if isinstance(note, Note)]
            turn = Turn(
                [Message.from_dict(item) for item in body["messages"]], body["status"], notes,
                body["usage"], plans=body["plans"],
            )  # fmt: skip
            return Kept(turn, None if body["scope"] is None else Scope.of(body["scope"]))
        except (KeyError, TypeError, ValueError, AttributeError):
            raise DataError(
                "That answer is damaged in the state store.", hint="Ask again."
            ) from None

    def add(self, turn: Turn, scope: Scope | None) -> int:
        """Keep a finished turn, asked of what ``scope`` lets see, as the last one; its number."""
        body = {**_body(turn), "scope": None if scope is None else scope.as_list()}
        self._keep(StoredTurn(len(self._turns) + 1, turn.waits, body))
        return len(self._turns)

    def put(self, turn: Turn) -> None:
        """Keep the last turn as it is now that something was decided."""
        last = self._turns.pop()
        scope = {"scope": last.body["scope"]} if "scope" in last.body else {}
        self._keep(StoredTurn(last.number, turn.waits, {**_body(turn), **scope}))

    def _keep(self, stored: StoredTurn) -> None:
        keep_turn(self._state, self._name, stored)
        self._turns.append(stored)


def _body(turn: Turn) -> dict[str, Any]:
    return {
        "messages": [message.as_dict() for message in turn.messages],
        "usage": turn.usage or no_usage(),
        "status": turn.status,
        "notes": dumped(turn.notes),
        "plans": turn.plans,
    }
