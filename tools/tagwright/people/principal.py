"""Who asks: what a door proved, and whose it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tagwright.people.model import Right

__all__ = ["Principal"]


@dataclass(frozen=True)
class Principal:
    """Who asks. Only :mod:`tagwright.people.doors` makes one, of what it proved itself.

    Attributes:
        person: Id in ``people.yaml``; ``cli:USER`` in one-person mode; empty where nobody was
            proven, or nobody there who was.
        channel: ``cli``, ``chat``, ``mcp``, ``page`` (the approver's), ``slack`` or ``alerts``
            (a rule of ``alerts.yaml``).
        proven: What the door proved: the operating system's user, a token's subject; empty where
            it proves nobody.
        display_name: How to call them; never used to decide anything.
        through: Which of their rights the door lets through, as the scopes of a token say; None
            for all that they have. It gives nobody a right.
    """

    person: str
    channel: str
    proven: str = ""
    display_name: str = ""
    through: frozenset[Right] | None = None

    @property
    def id(self) -> str:
        """The person, else what is known of them: ``cli:mallory``, ``mcp:nobody``."""
        return self.person or f"{self.channel}:{self.proven or 'nobody'}"
