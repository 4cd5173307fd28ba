"""Whether the journal is whole: its chain, its end, who signed what, and what the plans say.

The chain alone shows an edit only to who cannot rewrite it. What cannot be rewritten are the
signatures of approver and applier, the numbers in their own books, and the anchor that each home
keeps of the end it has seen. What a person looked at and accepted (``tagwright journal accept``)
is not held against the journal again.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from tagwright.errors import ApprovalError, DataError
from tagwright.people import require
from tagwright.proof import ROLES, signed_of
from tagwright.proof.anchor import fault_of_end
from tagwright.proof.book import check
from tagwright.remediation.mirror import mirror, open_book
from tagwright.remediation.rows import read_plan
from tagwright.remediation.told import told_of
from tagwright.state import verify
from tagwright.state.journal import GENESIS, read

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator, Mapping, Sequence

    from tagwright.people import Principal
    from tagwright.proof import Role, Signed, Verifier
    from tagwright.remediation.rows import StoredPlan
    from tagwright.remediation.store import PlanStore
    from tagwright.remediation.told import Told
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
    chain = verify(entries, after=accepted.seq)
    found = [one for one in (accepted.fault, chain, fault_of_end(seen, entries)) if one]
    return Audit(entries, [*found, *_unsigned(_after(accepted.seq, entries), keys)])


def _after(seq: int, entries: Sequence[Entry]) -> list[Entry]:
    """By number: before an acceptance entries may be missing."""
    return [entry for entry in entries if entry.seq > seq]


def _verifiers(store: PlanStore) -> dict[str, Verifier]:
    return {role: key for role in ROLES if (key := store.keys.verifier(role)) is not None}


@dataclass(frozen=True)
class _Accepted:
    """What a person took as it was.

    Attributes:
        seq: Number of the last entry of it; 0 for none.
        plans: Ids of the plans that were in the store.
        fault: Why those entries are not what was accepted; empty where they are.
    """

    seq: int = 0
    plans: frozenset[str] = frozenset()
    fault: str = ""


def _accepted(entries: Sequence[Entry], keys: Mapping[str, Verifier]) -> _Accepted:
    """What was accepted last, with all before it."""
    hashes = {0: GENESIS, **{entry.seq: entry.hash for entry in entries}}
    for entry in reversed(entries):
        if entry.event != "accepted" or (signed := signed_of(entry)) is None:
            continue
        key = keys.get(signed.role)
        seq, head = entry.body.get("journal"), entry.body.get("head")
        if key is None or check(signed.entry, key) or not isinstance(seq, int):
            continue
        if 0 <= seq < entry.seq and head == hashes.get(seq):
            same = entry.body.get("content") == _content([it for it in entries if it.seq <= seq])
            fault = "" if same else f"what entry {entry.seq} accepted was changed since"
            return _Accepted(seq, frozenset(entry.body.get("plans", ())), fault)
    return _Accepted()


def _content(entries: Sequence[Entry]) -> str:
    """Hash of entries as they stand, whatever is wrong with them."""
    found = hashlib.sha256()
    for entry in entries:
        found.update(json.dumps(asdict(entry), sort_keys=True).encode() + b"\n")
    return found.hexdigest()


def _unsigned(entries: Sequence[Entry], keys: Mapping[str, Verifier]) -> Iterator[str]:
    """Entries that say what only a role can say and are not signed by it, or out of its order."""
    last: dict[str, Signed] = {}
    for entry in entries:
        by, signed = _BY.get(entry.event), signed_of(entry)
        if entry.signature != (signed and signed.entry.signature):
            yield f"the signature beside entry {entry.seq} is another one than in it"
            continue
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
    if not here and any(store.keys.knows(role) for role in ROLES):
        return _accept_end(store, principal, found, reason, now)
    with store.state.reading() as con:
        plans = sorted(store.ids(con))
    head = entries[-1] if entries else None
    body = {
        "by": principal.id, "channel": principal.channel, "reason": reason, "faults": faults[:20],
        "journal": head.seq if head else 0, "head": head.hash if head else GENESIS,
        "content": _content(entries), "plans": plans,
    }  # fmt: skip
    with open_book(store, here[0] if here else "approver") as book:
        book.write(lambda con: book.append(con, "accepted", None, body, now))
        mirror(store, book, lambda _con, _entry: None)
    last = store.state.journal()[-1]
    store.anchor.reset(last.seq, last.hash)
    return faults


def _accept_end(
    store: PlanStore, principal: Principal, found: Audit, reason: str, now: dt.datetime
) -> list[str]:
    """In a home that signs nothing: take the end that others accepted as the one seen here."""
    if found.faults != [fault_of_end(store.anchor.read(), found.entries)]:
        raise ApprovalError(
            "No key is here to sign with, and the journal itself does not verify.",
            hint="Accept it first where the approver's key is (docs/approvals.md).",
        )
    head = found.entries[-1] if found.entries else None
    store.anchor.reset(head.seq if head else 0, head.hash if head else GENESIS)
    body = {"by": principal.id, "channel": principal.channel, "reason": reason}
    store.note("end_accepted", None, {**body, "faults": found.faults}, now)
    return found.faults


def plan_faults(store: PlanStore, entries: Sequence[Entry]) -> list[str]:
    """What the stored plans say that the signed entries do not; of a journal without faults.

    Of plans that a person accepted with the journal, only whether they have their digest.
    """
    accepted = _accepted(entries, _verifiers(store))
    told = told_of(_after(accepted.seq, entries))
    found: list[str] = []
    with store.state.reading() as con:
        newer = read(con, after=entries[-1].seq if entries else 0)
        moving = {it.plan_id for it in newer} | {it.body.get("parent") for it in newer}
        ids = store.ids(con)
        for plan_id in ids:
            if plan_id in moving:
                continue  # somebody is at it just now: the next look will tell
            try:
                stored = read_plan(con, plan_id)
            except DataError as error:
                found.append(error.message.removesuffix("."))
                continue
            said = told.get(plan_id)
            if stored is None:
                continue
            if not stored.intact:
                found.append(f"plan {plan_id} was changed after it was stored")
            elif plan_id not in accepted.plans:
                fault = "is in the store, and no entry tells who asked for it"
                if said is not None:
                    fault = _approval_fault(stored, said) or said.fault(stored)
                found += [f"plan {plan_id} {fault}"] if fault else []
        gone = sorted(set(told) - {*ids, *moving})
    return [*found, *(f"plan {plan_id} is not in the store any more" for plan_id in gone)]


def _approval_fault(stored: StoredPlan, said: Told) -> str:
    if stored.plan.kind != "tag" or stored.state not in _DECIDED:
        return ""
    if said.decision is None or said.decision.event != "approved":
        return f"is {stored.state}, and nobody's approval of it is signed"
    if said.decision.body.get("digest") != stored.digest:
        return "is not the one that was approved: its digest is another one"
    return ""
