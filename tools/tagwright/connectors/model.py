"""What a connector is: it looks, and it fetches files that ``tagwright ingest`` then reads."""

from __future__ import annotations

import datetime as dt
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from pydantic import BaseModel, ConfigDict

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tagwright.connectors.fetch_log import FetchLog
    from tagwright.errors import TagwrightError

__all__ = ["Clock", "Connector", "Fetched", "Job", "Section"]


@dataclass(frozen=True)
class Clock:
    """Time, so that tests need not wait.

    Attributes:
        now: Aware UTC.
        sleep: Waits so many seconds.
    """

    now: Callable[[], dt.datetime] = lambda: dt.datetime.now(dt.UTC)
    sleep: Callable[[float], None] = time.sleep


class Section(BaseModel):
    """The settings ``[connectors.NAME]`` of ``tagwright.toml``; no secret is ever one of them.

    Attributes:
        since: First day to fetch; ``--since`` comes before it. Each connector has its default.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    since: dt.date | None = None


@dataclass
class Fetched:
    """What one connector's run came to.

    Attributes:
        name: The connector.
        files: Files that are new or changed on this disk.
        bytes: Bytes that came over the wire.
        unchanged: Files, or months, that were there already and were left alone.
        waiting: Files that wait for ``ingest``, whole periods, also of earlier runs.
        notes: What to know.
        errors: Faults, each in words; what they did not touch was fetched.
    """

    name: str
    files: int = 0
    bytes: int = 0
    unchanged: int = 0
    waiting: list[Path] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    errors: list[TagwrightError] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        """JSON of the run."""
        return {
            "name": self.name,
            "files": self.files,
            "bytes": self.bytes,
            "unchanged": self.unchanged,
            "waiting": [str(path) for path in self.waiting],
            "notes": self.notes,
            "errors": [error.as_dict() for error in self.errors],
        }


@dataclass
class Job:
    """What a connector works with.

    Attributes:
        folder: Where its files go.
        log: What it has fetched, kept between runs.
        since: First day to fetch; None for the connector's default.
        clock: The time.
        progress: Called with what is being done, how far, and of how much.
        done: Filled in as it goes.
    """

    folder: Path
    log: FetchLog
    since: dt.date | None
    clock: Clock
    progress: Callable[[str, int, int], None]
    done: Fetched

    @property
    def today(self) -> dt.date:
        """The day it is in UTC."""
        return self.clock.now().astimezone(dt.UTC).date()


class Connector(Protocol):
    """One place that bills or telemetry come from. It only reads there.

    Third parties register theirs under ``tagwright.connectors``.
    """

    name: str
    section: type[Section]

    def check(self, section: Any, job: Job) -> dict[str, Any]:
        """What its credentials can see, as JSON; never the credentials.

        Raises:
            ProviderError: They are missing, expired, or may not read.
        """
        ...

    def fetch(self, section: Any, job: Job) -> None:
        """Fetch what is new into ``job.folder`` and say in the log what waits for ingest.

        A fault of one period goes into ``job.done.errors``, and the others are fetched.

        Raises:
            ProviderError: Nothing more can be fetched; what was, is kept.
        """
        ...
