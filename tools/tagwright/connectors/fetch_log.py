"""What a connector has fetched: one small JSON file, replaced as a whole."""

from __future__ import annotations

import contextlib
import json
from typing import TYPE_CHECKING, Any

from tagwright.errors import BusyError, DataError, TagwrightError
from tagwright.files import replace_file

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

__all__ = ["FetchLog", "holding"]


class FetchLog:
    """The facts a connector keeps, and which of its files wait for ingest.

    Attributes:
        path: Where it is kept.
        facts: The connector's own, JSON.
        waiting: Name of a period to its files, relative to the connector's folder. All files of a
            period are named, not only the changed ones: ingest replaces a period by what it reads
            in one run.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.facts: dict[str, Any] = {}
        self.waiting: dict[str, list[str]] = {}
        try:
            stored = json.loads(path.read_text(encoding="utf-8"))
            self.facts, self.waiting = dict(stored["facts"]), dict(stored["waiting"])
        except FileNotFoundError:
            pass
        except (OSError, ValueError, KeyError, TypeError):
            raise DataError(
                f"{path}: what was fetched so far cannot be read from it.",
                hint="Delete it to fetch everything anew; nothing ingested is lost.",
            ) from None

    def save(self) -> None:
        """Write it, as a whole or not at all."""
        document = {"facts": self.facts, "waiting": self.waiting}
        replace_file(self.path, json.dumps(document, indent=1, sort_keys=True).encode())

    def ingested(self, names: Iterable[str]) -> None:
        """Strike these periods out of what waits."""
        for name in list(names):
            self.waiting.pop(name, None)
        self.save()


@contextlib.contextmanager
def holding(path: Path) -> Iterator[FetchLog]:
    """The log at ``path``, for one process at a time.

    Raises:
        BusyError: Another process is fetching with this connector.
        TagwrightError: The home directory cannot be written.
    """
    from filelock import FileLock, Timeout

    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        lock = FileLock(path.with_suffix(".lock"), timeout=0)
        lock.acquire()
    except Timeout:
        raise BusyError(
            f"Another process is fetching {path.stem}.", hint="Wait until it is done."
        ) from None
    except OSError as error:
        raise _unwritable(path.parent, error) from None
    try:
        yield FetchLog(path)
    except OSError as error:
        raise _unwritable(path.parent.parent, error) from None
    finally:
        lock.release()


def _unwritable(folder: Path, error: OSError) -> TagwrightError:
    return TagwrightError(
        f"Writing below {folder} failed ({error.strerror or type(error).__name__}).",
        hint="Check free space and permissions, or choose another directory with --home. "
        "What was fetched is kept.",
    )
