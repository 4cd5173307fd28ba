"""A thread of conversation as it is kept: its turns in the state store, one row each."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Self

from tagwright.state import StoredTurn, holding, keep_turn, open_state, turns_of
from tagwright_agent.messages import Message
from tagwright_agent.spending import no_usage, summed_usage

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tagwright.config import Settings
    from tagwright_agent.messages import Turn

__all__ = ["Thread", "among_hosts"]


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

    def add(self, turn: Turn) -> None:
        """Keep a finished turn as the last one."""
        self._keep(StoredTurn(len(self._turns) + 1, turn.waits, _body(turn)))

    def put(self, turn: Turn) -> None:
        """Keep the last turn as it is now that something was decided."""
        last = self._turns.pop()
        self._keep(StoredTurn(last.number, turn.waits, _body(turn)))

    def _keep(self, stored: StoredTurn) -> None:
        keep_turn(self._state, self._name, stored)
        self._turns.append(stored)


def _body(turn: Turn) -> dict[str, Any]:
    return {
        "messages": [message.as_dict() for message in turn.messages],
        "usage": turn.usage or no_usage(),
    }
