"""The own record of the approver and of the applier: signed, chained, outside the state store.

A book is a database of the same tables as the state store, in the role's own keys folder. What it
says counts; what the state store says of it is a copy for others to read. Each entry is copied
into the store's journal with its signature (:func:`mirrored`), so that who reads one can hold it
against the other.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from tagwright.errors import ApprovalError, TagwrightError
from tagwright.state import Entry, State, append, open_state
from tagwright.state.journal import read

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable
    from typing import Self, TypeVar

    from sqlalchemy import Connection

    from tagwright.config import Settings
    from tagwright.proof.keys import Keys, Role, Signer, Verifier

    T = TypeVar("T")

__all__ = ["Book", "Signed", "check", "mirrored", "signed_of"]

_KIND = "entry"


@dataclass(frozen=True)
class Signed:
    """An entry of a book, as the state store's journal repeats it.

    Attributes:
        role: Whose book.
        entry: As it stands there.
    """

    role: str
    entry: Entry


class Book:
    """One role's own record; make it with :meth:`open`, close it after use."""

    def __init__(self, state: State, signer: Signer) -> None:
        self.state = state
        self.signer = signer

    @classmethod
    def open(cls, settings: Settings, keys: Keys, role: Role) -> Self:
        """The book of this home, with its key; both made where this home has neither.

        Raises:
            ApprovalError: The key is lost, is read by others, or is another home's.
            TagwrightError: It cannot be read or written.
        """
        signer = keys.signer(role)
        path = keys.book(role)
        try:
            if not path.exists():
                os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
        except OSError as error:
            why = error.strerror or type(error).__name__
            raise TagwrightError(f"{path} cannot be written ({why}).") from None
        own = settings.model_copy(update={"state_url": f"sqlite:///{path}"})
        return cls(open_state(own), signer)

    @property
    def role(self) -> Role:
        """Whose it is."""
        return self.signer.role

    def write(self, work: Callable[[Connection], T]) -> T:
        """Run ``work`` in one transaction of the book."""
        return self.state.transact(work)

    def append(
        self,
        con: Connection,
        event: str,
        plan_id: str | None,
        body: dict[str, Any],
        at: dt.datetime,
    ) -> Entry:
        """Add a signed entry in the transaction of ``con``."""
        return append(con, event, plan_id, body, at, sign=self._sign)

    def _sign(self, hash_: str) -> str:
        return self.signer.sign(_KIND, f"{self.role}\0{hash_}".encode())

    def entries(self, plan_id: str | None = None) -> list[Entry]:
        """Entries in order, of one plan or all, each with its hash and signature verified.

        Raises:
            ApprovalError: One was changed.
        """
        with self.state.reading() as con:
            found = read(con, plan_id)
        for entry in found:
            if fault := self.fault(entry):
                raise ApprovalError(f"The {self.role}'s book does not verify: {fault}.")
        return found

    def fault(self, entry: Entry) -> str:
        """Why an entry is none that this book's key signed; empty where it is."""
        return check(entry, self.signer.verifier)

    def close(self) -> None:
        """Give it back."""
        self.state.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def check(entry: Entry, verifier: Verifier) -> str:
    """Why an entry of a role's book is not what that role wrote; empty where it is."""
    if entry.changed:
        return f"entry {entry.seq} ({entry.event}) was changed"
    if not verifier.holds(_KIND, f"{verifier.role}\0{entry.hash}".encode(), entry.signature):
        return f"entry {entry.seq} ({entry.event}) is not signed by the {verifier.role}"
    return ""


def mirrored(role: Role, entry: Entry) -> dict[str, Any]:
    """The body of the entry that repeats a book's entry in the state store's journal."""
    proof = {
        "role": role, "seq": entry.seq, "previous": entry.previous, "hash": entry.hash,
        "signature": entry.signature,
    }  # fmt: skip
    return {**entry.body, "signed": proof}


def signed_of(entry: Entry) -> Signed | None:
    """The book's entry that a journal's entry repeats; None where it repeats none."""
    proof = entry.body.get("signed")
    if not isinstance(proof, dict):
        return None
    body = {name: value for name, value in entry.body.items() if name != "signed"}
    try:
        own = replace(
            entry, body=body, seq=int(proof["seq"]), previous=str(proof["previous"]),
            hash=str(proof["hash"]), signature=str(proof["signature"]),
        )  # fmt: skip
        return Signed(str(proof["role"]), own)
    except (KeyError, TypeError, ValueError, OverflowError):
        return Signed("nobody", entry)
