"""What every writer can do, and what a call came to."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from tagwright.errors import ProviderError

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["PassingError", "Reply", "Writer"]


class PassingError(ProviderError):
    """A call that changes nothing failed for a reason that passes: it may be made again."""


@dataclass(frozen=True)
class Reply:
    """What a write call came to, per ARN; texts say why.

    Attributes:
        done: AWS said that it was written.
        failed: AWS refused it, and will again.
        busy: It was surely not done; later it may be.
        unsure: It may have been done.
    """

    done: tuple[str, ...] = ()
    failed: dict[str, str] = field(default_factory=dict)
    busy: dict[str, str] = field(default_factory=dict)
    unsure: dict[str, str] = field(default_factory=dict)


class Writer(Protocol):
    """One API of one region. Each method makes its calls once: who calls tries again.

    Attributes:
        most_read: ARNs that one :meth:`read` takes.
    """

    most_read: int

    def read(self, arns: Sequence[str]) -> dict[str, dict[str, str]]:
        """Live tags by ARN; one that has none, or is not there, may be left out.

        Raises:
            PassingError: AWS is busy, or the connection was lost.
            ProviderError: AWS does not show them.
        """
        ...

    def change(self, arns: Sequence[str], tags: dict[str, str], keys: Sequence[str]) -> Reply:
        """Write ``tags`` to the resources or, where there are none, remove ``keys``; one call.

        Raises:
            ProviderError: The credentials cannot be used; nothing was sent.
        """
        ...
