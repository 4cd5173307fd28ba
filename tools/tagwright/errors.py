"""Every error that Tagwright raises on purpose.

    TagwrightError            exit 1   the request failed, with a message a person can act on
    ├── MisuseError           exit 2   the call itself is wrong: arguments, flags, no question
    │   └── UnknownNameError  exit 2   a metric, dimension, value, tool or period nobody knows
    ├── ConfigError           exit 2   tagwright.toml, the taxonomy, an environment variable
    ├── DataError             exit 1   a whole file cannot be read (a bad row is a reject)
    │   └── StrangerError     exit 1   it is whole, but no billing export that is known here
    ├── SnapshotError         exit 1   no snapshot yet, or it is missing or corrupt
    ├── BusyError             exit 1   another process holds the lock
    ├── AccessError           exit 1   people.yaml does not let this person do that
    ├── ApprovalError         exit 1   no live approval of that exact plan by one who may
    └── ProviderError         exit 1   a cloud or a model said no

The message says what was wrong and where; ``hint`` says what to do. Neither holds a secret.
Faults in data are returned and counted (see ``tagwright.sources.Reject``), never raised.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = [
    "AccessError",
    "ApprovalError",
    "BusyError",
    "ConfigError",
    "DataError",
    "MisuseError",
    "ProviderError",
    "SnapshotError",
    "StrangerError",
    "TagwrightError",
    "UnknownNameError",
]


class TagwrightError(Exception):
    """A failure with a message for the person who asked.

    Attributes:
        message: What was wrong, and where.
        hint: What to do about it; empty where there is nothing to add.
    """

    exit_status: ClassVar[int] = 1

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".strip()

    def as_dict(self) -> dict[str, Any]:
        """The error as the JSON object that every ``--json`` verb prints."""
        return {"type": type(self).__name__, "message": self.message, "hint": self.hint}


class MisuseError(TagwrightError):
    """The call itself is wrong."""

    exit_status = 2


class UnknownNameError(MisuseError):
    """A name nobody knows, answered with the nearest ones that are known.

    Attributes:
        kind: What sort of name it is, e.g. ``"dimension"``.
        name: The name as given.
        nearest: Known names, most similar first; may be empty.
    """

    def __init__(
        self, kind: str, name: str, nearest: Sequence[str] = (), *, hint: str = ""
    ) -> None:
        self.kind = kind
        self.name = name
        self.nearest = tuple(nearest)
        shown = name if len(name) <= 80 else name[:77] + "..."
        suggestion = f"Did you mean {', '.join(self.nearest)}?" if self.nearest else ""
        super().__init__(f"Unknown {kind} {shown!r}.", hint=f"{suggestion} {hint}".strip())

    def as_dict(self) -> dict[str, Any]:
        """Adds ``kind``, ``name`` and ``nearest``."""
        return {
            **super().as_dict(),
            "kind": self.kind,
            "name": self.name,
            "nearest": list(self.nearest),
        }


class ConfigError(TagwrightError):
    """A setting is wrong; the message names the file or variable and the field."""

    exit_status = 2


class DataError(TagwrightError):
    """A whole file cannot be read."""


class StrangerError(DataError):
    """A file that is no billing export known here; in a folder it is passed over."""


class SnapshotError(TagwrightError):
    """There is no snapshot to answer from."""


class BusyError(TagwrightError):
    """Another process holds the lock that this request needs."""


class AccessError(TagwrightError):
    """``people.yaml`` does not let this person do that, or knows nobody that they are."""


class ApprovalError(TagwrightError):
    """There is no live approval of that exact plan, or this person may not give one."""


class ProviderError(TagwrightError):
    """A cloud or a model provider refused or failed."""
