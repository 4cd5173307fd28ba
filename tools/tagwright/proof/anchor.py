"""The last entry of a journal that this home has seen, kept outside the journal's database.

Who cuts the tail of a journal, all of it, or puts an older copy back, leaves an intact chain. The
anchor shows it: the entry it names must be there with that hash. Each home keeps its own.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tagwright.errors import TagwrightError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from tagwright.config import Settings
    from tagwright.state import Entry

__all__ = ["Anchor", "fault_of_end"]


@dataclass(frozen=True)
class Anchor:
    """Where the head of one journal is noted.

    Attributes:
        path: A small JSON file: ``seq`` and ``hash``.
    """

    path: Path

    @classmethod
    def of(cls, settings: Settings) -> Anchor:
        """The anchor of a home's state store; another store has another one."""
        name = "journal.head"
        if settings.state_url is not None:
            from sqlalchemy.engine import make_url

            place = make_url(settings.state_url).set(password=None).render_as_string()
            name = f"journal-{hashlib.sha256(place.encode()).hexdigest()[:12]}.head"
        return cls(settings.home / "keys" / name)

    def read(self) -> tuple[int, str]:
        """Number and hash of the entry; 0 and nothing where none was seen yet.

        Raises:
            TagwrightError: The file cannot be read, or is none of ours.
        """
        try:
            found = json.loads(self.path.read_text(encoding="utf-8"))
            return int(found["seq"]), str(found["hash"])
        except FileNotFoundError:
            return 0, ""
        except (OSError, ValueError, KeyError, TypeError):
            raise TagwrightError(
                f"{self.path} cannot be read: it holds the last entry of the journal.",
                hint="Restore it from a backup (docs/approvals.md).",
            ) from None

    def raise_to(self, seq: int, hash_: str) -> None:
        """Note an entry that is committed; an older one than the one noted changes nothing.

        Raises:
            TagwrightError: It cannot be written.
        """
        from filelock import FileLock

        from tagwright.files import replace_file

        content = json.dumps({"seq": seq, "hash": hash_}).encode()
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            with FileLock(self.path.with_suffix(".lock"), mode=0o600):
                if self.read()[0] < seq:
                    replace_file(self.path, content, mode=0o600)
        except OSError as error:
            why = error.strerror or type(error).__name__
            raise TagwrightError(
                f"{self.path} cannot be written ({why}): it anchors the journal.",
                hint="Mend that, and do it again.",
            ) from None

    def reset(self, seq: int, hash_: str) -> None:
        """Note an entry whatever was noted before: a person accepted the journal as it is."""
        self.path.unlink(missing_ok=True)
        self.raise_to(seq, hash_)


def fault_of_end(seen: tuple[int, str], entries: Sequence[Entry]) -> str:
    """What the entries of a whole journal lack of what an anchor saw; empty where nothing."""
    seq, hash_ = seen
    if seq == 0:
        return ""
    end = entries[-1].seq if entries else 0
    if end < seq:
        return f"it ends at entry {end}; entry {seq} was seen here: its end was cut"
    if not any(entry.seq == seq and entry.hash == hash_ for entry in entries):
        return f"entry {seq} is another one than was seen here"
    return ""
