"""The approver's word on a plan: what its book says of it, signed, asked for when it is needed.

The applier believes the word, not the state store: there, whoever can write could take a
withdrawal away or put an old approval back.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tagwright.errors import ApprovalError
from tagwright.proof.book import check

if TYPE_CHECKING:
    from tagwright.proof import Verifier
    from tagwright.state import Entry

__all__ = ["DECISIONS", "Word"]

DECISIONS = ("approved", "rejected")


@dataclass(frozen=True)
class Word:
    """What the approver's book says of one plan.

    Attributes:
        plan_id: Of which.
        entries: In the book's order.
    """

    plan_id: str
    entries: tuple[Entry, ...]

    def verified(self, approver: Verifier) -> Word:
        """The same, once every entry is the approver's own and of that plan.

        Raises:
            ApprovalError: One is not.
        """
        for entry in self.entries:
            if fault := check(entry, approver):
                raise ApprovalError(
                    f"The approval of plan {self.plan_id} is worth nothing: {fault}."
                )
            if entry.plan_id != self.plan_id:
                raise ApprovalError(f"The approver spoke of plan {entry.plan_id}.")
        return self

    @property
    def decision(self) -> Entry | None:
        """The decision; None where nobody took one."""
        return next((entry for entry in self.entries if entry.event in DECISIONS), None)

    @property
    def withdrawal(self) -> Entry | None:
        """What took an approval back; None where nothing did."""
        return next((entry for entry in self.entries if entry.event == "withdrawn"), None)
