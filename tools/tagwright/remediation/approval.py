"""The approval: an object that only a signed decision becomes, bound to one plan's digest.

Python cannot keep a determined author of the same process from anything; what is kept out here
is every path a program can take by mistake or by a model's will: no constructor, no copy, no
pickle, no attribute to set. Against a hostile process stand the approver's signature and the
process boundary: only the applier holds credentials that can write (docs/approvals.md).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NoReturn

from tagwright.errors import ApprovalError

if TYPE_CHECKING:
    import datetime as dt

__all__ = ["Approval"]

_MINT = object()


class Approval:
    """A live approval of one plan.

    Attributes:
        plan_id: Of which plan.
        digest: What the approver saw.
        by: Principal id of the approver.
        channel: Where it was given.
        at: When, aware UTC.
        expires_at: From then on it is worth nothing.
        nonce: Of the decision; no other one has it.
    """

    __slots__ = ("at", "by", "channel", "digest", "expires_at", "nonce", "plan_id")

    plan_id: str
    digest: str
    by: str
    channel: str
    at: dt.datetime
    expires_at: dt.datetime
    nonce: str

    def __init__(self, mint: object = None, **fields: Any) -> None:
        if mint is not _MINT:
            raise ApprovalError("An approval is given by a person, not made by a program.")
        for name in self.__slots__:
            object.__setattr__(self, name, fields[name])

    def __init_subclass__(cls) -> NoReturn:
        raise ApprovalError("An approval has no other kinds.")

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise ApprovalError("An approval does not change.")

    def __delattr__(self, name: str) -> NoReturn:
        raise ApprovalError("An approval does not change.")

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise ApprovalError("An approval is not copied or stored.")

    def __copy__(self) -> NoReturn:
        raise ApprovalError("An approval is not copied or stored.")

    def __deepcopy__(self, memo: object) -> NoReturn:
        raise ApprovalError("An approval is not copied or stored.")


def _mint(**fields: Any) -> Approval:
    """For :mod:`tagwright.remediation.mandate` alone; a test holds every other module to it."""
    return Approval(_MINT, **fields)
