"""What of a home is separated from what, and what is not: for ``tagwright doctor``."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from tagwright.errors import TagwrightError
from tagwright.proof.keys import ROLES, Keys, Role

if TYPE_CHECKING:
    from pathlib import Path

    from tagwright.config import Settings

__all__ = ["Finding", "separation"]


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at.

    Attributes:
        level: ``good``; ``note``: it is so, and one should know; ``fault``: it must be mended.
        about: What.
        text: A sentence.
    """

    level: Literal["good", "note", "fault"]
    about: str
    text: str


def separation(settings: Settings) -> list[Finding]:
    """Keys, who can read and write them, where decisions are taken and where is written."""
    keys = Keys.of(settings)
    found = [_of_key(settings, keys, role) for role in ROLES]
    here = [role for role in ROLES if keys.has(role)]
    if len(here) == len(ROLES):
        found.append(
            Finding(
                "note", "separation",
                "One user holds both keys: a process of theirs could approve and write. For one "
                "person that is as it must be; for more, see docs/approvals.md.",
            )
        )  # fmt: skip
    elif here:
        other = next(role for role in ROLES if role not in here)
        found.append(
            Finding(
                "good",
                "separation",
                f"This home is the {here[0]}'s; the {other}'s key is not here.",
            )
        )
    elif any(keys.knows(role) for role in ROLES):
        found.append(
            Finding(
                "good",
                "separation",
                "No key to sign with is here: this home cannot approve or write.",
            )
        )
    else:
        found.append(
            Finding(
                "note", "separation",
                "No key is here yet: the first approval makes the approver's, the first plan "
                "applied the applier's, both in this home.",
            )
        )  # fmt: skip
    found += [one for path in _guarded(settings, keys) if (one := _of_path(path)) is not None]
    return found


def _of_key(settings: Settings, keys: Keys, role: Role) -> Finding:
    about = f"{role}'s key"
    try:
        verifier = keys.verifier(role)
    except TagwrightError as error:
        return Finding("fault", about, str(error))
    if verifier is None:
        lost = keys.book(role).exists()
        text = "It is lost: its book is here." if lost else "It is not here, nor its public half."
        return Finding("fault" if lost else "note", about, text)
    if keys.has(role):
        return Finding("good", about, f"It is here, for its owner alone: {verifier.fingerprint}.")
    url = settings.approval.approver_url if role == "approver" else None
    where = f", at {url}" if url else ""
    return Finding(
        "good", about, f"It is elsewhere{where}; its public half is {verifier.fingerprint}."
    )


def _guarded(settings: Settings, keys: Keys) -> list[Path]:
    """What decides who may: whoever can write one of these can make themselves an approver."""
    return [settings.home, keys.folder, settings.home / "people.yaml"]


def _of_path(path: Path) -> Finding | None:
    """Whether others than its owner, the present user or root, can write it."""
    try:
        found = path.stat()
    except OSError:
        return None
    others = stat.S_IMODE(found.st_mode) & 0o022
    if others:
        return Finding("fault", path.name, f"{path} can be written by others: chmod go-w {path}.")
    if found.st_uid not in {os.getuid(), 0}:
        return Finding("note", path.name, f"{path} belongs to another user (uid {found.st_uid}).")
    return None
