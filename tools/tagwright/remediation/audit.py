"""Whether the journal is whole: its chain, its end, who signed what, and what the plans say.

The chain alone shows an edit only to who cannot rewrite it. What cannot be rewritten are the
signatures of approver and applier, the numbers in their own books, and the anchor that each home
keeps of the end it has seen. What a person looked at and accepted (``tagwright journal accept``)
is not held against the journal again.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tagwright.errors import ApprovalError, DataError
from tagwright.people import require
from tagwright.proof import ROLES, Book, signed_of
from tagwright.proof.anchor import fault_of_end
from tagwright.proof.book import check
from tagwright.remediation.mirror import mirror
from tagwright.remediation.rows import read_plan
from tagwright.state import verify
from tagwright.state.journal import GENESIS

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator, Mapping, Sequence

    from tagwright.people import Principal
    from tagwright.proof import Role, Signed, Verifier
    from tagwright.remediation.rows import StoredPlan
    from tagwright.remediation.store import PlanStore
    from tagwright.state import Entry

__all__ = ["Audit", "accept", "audit", "plan_faults", "refuse_broken"]

_BY: dict[str, Role] = {
    "approved": "approver", "rejected": "approver", "withdrawn": "approver",
    "rollback_ordered": "approver",
    "undo": "applier", "claimed": "applier", "taken_over": "applier", "intent": "applier",
    "outcome": "applier", "finished": "applier", "released": "applier",
}  # fmt: skip
"""Who alone may say so."""

_DECIDED = frozenset(
    {"approved", "applying", "applied", "partly_applied", "failed", "withdrawn", "rolled_back",
     "partly_undone"}
)  # fmt: skip


@dataclass(frozen=True)
class Audit:
    """A journal and what is wrong with it.

    Attributes:
        entries: All of it, in order.
        faults: Sentences without their full stop; empty where it verifies.
    """

    entries: list[Entry]
    faults: list[str]


def refuse_broken(store: PlanStore) -> None:
    """Refuse to write anything after somebody meddled with the journal.

    Raises:
        ApprovalError: It does not verify; says how.
    """
    if faults := audit(store).faults:
        raise ApprovalError(
            f"Nothing is written: the journal does not verify: {faults[0]}.",
            hint="`tagwright journal verify` tells all of it; docs/approvals.md says what to do.",
        )


def audit(store: PlanStore) -> Audit:
    """Read the whole journal and hold it against chain, anchor and signatures."""
    seen = store.anchor.read()  # first: what is written meanwhile is no cut
    entries = store.state.journal()
    keys = _verifiers(store)
    accepted = _accepted(entries, keys)
    found = [
        fault for fault in (verify(entries, after=accepted), fault_of_end(seen, entries)) if fault
    ]
    return Audit(entries, [*found, *_unsigned(_after(accepted, entries), keys)])


def _after(accepted: int, entries: Sequence[Entry]) -> list[Entry]:
    return [entry for entry in entries if entry.seq > accepted]


def _verifiers(store: PlanStore) -> dict[str, Verifier]:
    return {role: key for role in ROLES if (key := store.keys.verifier(role)) is not None}


def _accepted(entries: Sequence[Entry], keys: Mapping[str, Verifier]) -> int:
    """Number of the last entry that a person accepted, with all before it; 0 for none."""
    hashes = {entry.seq: entry.hash for entry in entries}
    for entry in reversed(entries):
        if entry.event != "accepted" or (signed := signed_of(entry)) is None:
            continue
        key = keys.get(signed.role)
        seq, head = entry.body.get("journal"), entry.body.get("head")
        if key is None or check(signed.entry, key) or not isinstance(seq, int):
            continue
        if 0 < seq < entry.seq and hashes.get(seq) == head:
            return seq
    return 0


def _unsigned(entries: Sequence[Entry], keys: Mapping[str, Verifier]) -> Iterator[str]:
    """Entries that say what only a role can say and are not signed by it, or out of its order."""
    last: dict[str, Signed] = {}
    for entry in entries:
        by, signed = _BY.get(entry.event), signed_of(entry)
        if signed is None:
            if by is not None:
                yield f"entry {entry.seq} says {entry.event!r} and the {by} has not signed it"
            continue
        key = keys.get(signed.role)
        if key is None:
            yield f"entry {entry.seq} is signed as the {signed.role}, whose key is not known here"
        elif by not in {None, signed.role}:
            yield f"entry {entry.seq} says {entry.event!r} and is signed by the {signed.role}"
        elif fault := check(signed.entry, key):
            yield f"entry {entry.seq} is not the {signed.role}'s: {fault}"
        elif fault := _out_of_order(signed, last.get(signed.role), whole=entries[0].seq == 1):
            yield f"entry {entry.seq} of the journal: {fault}"
        last[signed.role] = signed


def _out_of_order(signed: Signed, before: Signed | None, *, whole: bool) -> str:
    entry = signed.entry
    if before is None:
        expected, previous = (1, GENESIS) if whole else (entry.seq, entry.previous)
    elif before.entry == entry:
        return ""  # two processes copied it
    else:
        expected, previous = before.entry.seq + 1, before.entry.hash
    if entry.seq != expected:
        return f"the {signed.role}'s entry {expected} is missing before it"
    if entry.previous != previous:
        return f"the {signed.role}'s entry {entry.seq} does not follow the one before it"
    return ""


def accept(store: PlanStore, principal: Principal, reason: str, now: dt.datetime) -> list[str]:
    """Take the journal as it is now, signed: what is wrong before it is not held against it again.

    For a store that was restored from a backup, or has entries of before decisions were signed.

    Returns:
        What was wrong.

    Raises:
        AccessError: They may not administer.
        ApprovalError: Nothing is wrong, or no key is here to sign with.
    """
    require(store.people, principal, "administer")
    found = audit(store)
    entries, faults = found.entries, found.faults
    if not faults:
        raise ApprovalError("The journal verifies: there is nothing to accept.")
    here = [role for role in ROLES if store.keys.has(role)]
    head = entries[-1] if entries else None
    body = {
        "by": principal.id, "channel": principal.channel, "reason": reason, "faults": faults[:20],
        "journal": head.seq if head else 0, "head": head.hash if head else GENESIS,
    }  # fmt: skip
    with Book.open(store.settings, store.keys, here[0] if here else "approver") as book:
        book.write(lambda con: book.append(con, "accepted", None, body, now))
        mirror(store, book, lambda _con, _entry: None)
    last = store.state.journal()[-1]
    store.anchor.reset(last.seq, last.hash)
    return faults


def plan_faults(store: PlanStore, entries: Sequence[Entry]) -> list[str]:
    """What the stored plans say that the signed entries do not; of a journal without faults."""
    keys = _verifiers(store)
    accepted = _accepted(entries, keys)
    approved: dict[str, str] = {}
    said: dict[str, dict[int, str]] = {}
    old = {entry.plan_id for entry in entries if entry.seq <= accepted}
    for entry in _after(accepted, entries):
        if entry.event == "approved":
            approved[entry.plan_id or ""] = str(entry.body.get("digest"))
        elif entry.event == "outcome":
            _note(said, entry.plan_id, entry.body.get("items"))
            _note(said, entry.body.get("parent"), entry.body.get("parent_items"))
    found: list[str] = []
    with store.state.reading() as con:
        for plan_id in store.ids(con):
            if plan_id in old:
                continue
            try:
                stored = read_plan(con, plan_id)
            except DataError as error:
                found.append(error.message.rstrip(".").replace("Plan ", "plan ", 1))
                continue
            assert stored is not None  # noqa: S101  its id was read in this transaction
            if fault := _plan_fault(stored, approved.get(plan_id), said.get(plan_id, {})):
                found.append(f"plan {plan_id} {fault}")
    return found


def _note(said: dict[str, dict[int, str]], plan_id: object, items: object) -> None:
    if isinstance(plan_id, str) and isinstance(items, dict):
        said.setdefault(plan_id, {}).update({int(p): str(state) for p, (state, _) in items.items()})


def _plan_fault(stored: StoredPlan, approved: str | None, said: Mapping[int, str]) -> str:
    if not stored.intact:
        return "was changed after it was stored"
    if stored.plan.kind == "tag" and stored.state in _DECIDED:
        if approved is None:
            return f"is {stored.state}, and nobody's approval of it is signed"
        if approved != stored.digest:
            return "is not the one that was approved: its digest is another one"
    for position, item in enumerate(stored.items):
        if item.state != said.get(position, "pending"):
            there = said.get(position, "pending")
            return f"says that change {position + 1} is {item.state}; the journal says {there}"
    return ""
