"""Whatever is done to the journal with the store open for writing shows, and nothing is written."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from fake_tagging import FakeTagging
from plans import ALICE, BOB, NOW, approved, change, clock, decide, plan_of, plan_store
from tagwright.api import AccessError, ApprovalError
from tagwright.people import Principal, parse_people
from tagwright.proof import Anchor, Keys
from tagwright.remediation import PlanStore
from tagwright.remediation.apply import apply
from tagwright.remediation.audit import accept, audit, plan_faults
from tagwright.remediation.rows import insert_plan

ADMIN = Principal("ada", "cli", "ada")


@pytest.fixture
def store(home: Path) -> Iterator[PlanStore]:
    people = parse_people(
        """
        people:
          alice: {cli: [alice], may: [approve]}
          bob: {cli: [bob], may: [approve, roll_back]}
          ada: {cli: [ada], may: [ask, administer]}
        """
    )
    with plan_store(home, people) as made:
        yield made


def sql(store: PlanStore, *statements: str) -> None:
    with store.state.engine.begin() as con:
        for table, verb in (("journal", "update"), ("journal", "delete"), ("decisions", "update"),
                            ("decisions", "delete")):  # fmt: skip
            con.exec_driver_sql(f"DROP TRIGGER IF EXISTS {table}_no_{verb}")
        for statement in statements:
            con.exec_driver_sql(statement)


def faults(store: PlanStore) -> str:
    found = audit(store)
    return "; ".join(found.faults or plan_faults(store, found.entries))


def test_a_whole_life_verifies(aws: FakeTagging, store: PlanStore) -> None:
    apply(approved(store, plan_of(change(1), change(2))).id, store, clock=clock())
    decide(store, save(store, "plan-2"), BOB, "reject")
    assert faults(store) == ""
    signed = [entry.event for entry in store.state.journal() if entry.signature]
    assert signed[:2] == ["approved", "claimed"]
    assert signed[-2:] == ["finished", "rejected"]


def save(store: PlanStore, plan_id: str):
    return store.save(plan_of(change(3), plan_id=plan_id), NOW).plan


FORGED = (
    "INSERT INTO journal SELECT seq + 1, at, 'approved', plan_id, '{\"by\": \"alice\"}', hash, "
    "'00', NULL FROM journal ORDER BY seq DESC LIMIT 1"
)


COPIED = (
    "INSERT INTO plans SELECT 'plan-9', kind, state, digest, created_at, expires_at, "
    "parent_id, replace(body, 'plan-2', 'plan-9') FROM plans WHERE id = 'plan-2'"
)
DECIDED = (
    "INSERT INTO decisions SELECT 'plan-2', digest, decision, 'cfo', channel, decided_at, "
    "reason FROM decisions"
)


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("DELETE FROM journal", "its end was cut"),
        ("DELETE FROM journal WHERE seq = (SELECT max(seq) FROM journal)", "its end was cut"),
        ("DELETE FROM journal WHERE seq = 2", "entry 2 is missing"),
        ("UPDATE journal SET at = '2020-01-01T00:00:00+00:00' WHERE seq = 1", "entry 1 was change"),
        (FORGED, "was changed"),
        ("UPDATE plans SET state = 'approved' WHERE id = 'plan-2'", "nobody's approval of it is"),
        ("UPDATE plans SET body = replace(body, 'ads', 'evil')", "was changed after it was stored"),
        ("UPDATE plan_items SET state = 'failed' WHERE plan_id = 'plan-1'", "the journal says app"),
        (
            "UPDATE plan_items SET state = 'applied' WHERE plan_id = 'plan-2'",
            "journal says pending",
        ),
        ("UPDATE journal SET body = 'x' WHERE seq = 2", "entry 2 was changed"),
        ("UPDATE journal SET body = '{\"a\": 1e999}' WHERE seq = 2", "entry 2 was changed"),
        ("UPDATE journal SET body = '{\"a\": 36893488147419103232}'", "entry 1 was changed"),
        ("UPDATE plans SET body = '[]' WHERE id = 'plan-2'", "Plan plan-2 is damaged"),
        ("UPDATE plan_items SET detail = 'lie' WHERE plan_id = 'plan-1'", "another reason"),
        ("UPDATE plan_items SET attempts = 7 WHERE plan_id = 'plan-2'", "number of tries"),
        ("DELETE FROM plan_items WHERE plan_id = 'plan-2'", "Plan plan-2 is damaged"),
        ("UPDATE plan_items SET position = position + 5", "Plan plan-1 is damaged"),
        ("UPDATE plans SET body = 'nope' WHERE id = 'plan-2'", "Plan plan-2 is damaged"),
        ("UPDATE plans SET body = '{}' WHERE id = 'plan-2'", "Plan plan-2 is damaged"),
        ("UPDATE plans SET state = 'rejected' WHERE id = 'plan-2'", "the journal says proposed"),
        ("UPDATE plans SET state = 'rolled_back' WHERE id = 'plan-1'", "journal says applied"),
        ("UPDATE plans SET state = 'proposed' WHERE id = 'plan-1'", "journal says applied"),
        (COPIED, "Plan plan-9 is damaged"),
        ("DELETE FROM decisions", "is decided by nobody in the store; the journal says alice"),
        ("UPDATE decisions SET \"by\" = 'cfo'", "is approved by cfo in the store"),
        ("UPDATE decisions SET decided_at = 'never'", "Plan plan-1 is damaged"),
        (DECIDED, "plan plan-2 is decided by cfo in the store; the journal says nobody"),
        ("UPDATE journal SET body = 'nope' WHERE seq = 1", "entry 1 was changed"),
        ("UPDATE journal SET body = '[1]' WHERE seq = 1", "entry 1 was changed"),
        ("UPDATE journal SET body = '{\"a\": NaN}' WHERE seq = 1", "entry 1 was changed"),
        ("UPDATE journal SET body = '{\"a\": 1e400}', hash = '' WHERE seq = 1", "entry 1 was ch"),
        ("UPDATE journal SET signature = 'zz' WHERE seq = 2", "signature beside entry 2"),
        ("UPDATE journal SET signature = 'zz' WHERE seq = 1", "signature beside entry 1"),
    ],
)
def test_what_was_done_shows(
    statement: str, words: str, aws: FakeTagging, store: PlanStore
) -> None:
    apply(approved(store, plan_of(change(1))).id, store, clock=clock())
    save(store, "plan-2")
    sql(store, statement)
    assert words in faults(store)


def test_what_was_accepted_cannot_be_edited_behind_it(store: PlanStore) -> None:
    for number in (1, 2, 3):
        save(store, f"plan-{number}")
    sql(store, "DELETE FROM journal WHERE seq = 3")
    accept(store, ADMIN, "restored", NOW)
    assert faults(store) == ""
    sql(store, "UPDATE journal SET body = replace(body, 'mallory', 'alice') WHERE seq = 1")
    assert faults(store) == "what entry 3 accepted was changed since"


def test_a_plan_taken_out_of_the_store_shows(store: PlanStore) -> None:
    save(store, "plan-1")
    sql(store, "DELETE FROM plan_items", "DELETE FROM plans")
    assert faults(store) == "plan plan-1 is not in the store any more"


def test_a_plan_of_no_entry_shows(store: PlanStore) -> None:
    save(store, "plan-1")
    with store.state.engine.begin() as con:
        insert_plan(con, plan_of(change(4), plan_id="plan-4"), "proposed", NOW)
    assert "plan plan-4 is in the store, and no entry tells who asked for it" in faults(store)


def test_who_is_at_a_plan_meanwhile_is_no_fault(aws: FakeTagging, store: PlanStore) -> None:
    plan = approved(store, plan_of(change(1)))
    found = audit(store)
    apply(plan.id, store, clock=clock())
    assert plan_faults(store, found.entries) == []
    assert faults(store) == ""


def rewritten(store: PlanStore, without: str) -> None:
    """The whole chain anew, as whoever can write the store can make it."""
    from tagwright.state.journal import append

    kept = [entry for entry in store.state.journal() if entry.event != without]
    sql(store, "DELETE FROM journal")
    with store.state.engine.begin() as con:
        for entry in kept:
            said = entry.signature
            append(
                con, entry.event, entry.plan_id, entry.body, entry.moment,
                sign=(lambda _, it=said: it) if said else None,
            )  # fmt: skip


def test_a_chain_made_anew_lacks_what_the_roles_signed(aws: FakeTagging, store: PlanStore) -> None:
    apply(approved(store, plan_of(change(1))).id, store, clock=clock())
    rewritten(store, "intent")
    store.anchor.path.unlink()  # as in a home that never saw it
    assert "the applier's entry 2 is missing" in faults(store)


def test_who_only_has_the_store_cannot_sign(store: PlanStore, home: Path) -> None:
    save(store, "plan-1")
    from tagwright.state.journal import append

    proof = {"role": "approver", "seq": 1, "previous": "0" * 64, "hash": "0" * 64}
    body = {"by": "alice", "signed": {**proof, "signature": "00" * 64}}
    store.keys.signer("approver")
    with store.state.engine.begin() as con:
        append(con, "approved", "plan-1", body, NOW, sign=lambda _: "00" * 64)
    assert "is not the approver's" in faults(store)


def test_nothing_is_written_until_a_person_accepted_it(aws: FakeTagging, store: PlanStore) -> None:
    plan = approved(store, plan_of(change(1)))
    save(store, "plan-2")
    sql(store, "DELETE FROM journal WHERE seq = (SELECT max(seq) FROM journal)")
    with pytest.raises(ApprovalError, match="Nothing is written: the journal does not verify"):
        apply(plan.id, store, clock=clock())
    assert aws.writes == []
    with pytest.raises(AccessError, match="may not administer"):
        accept(store, ALICE, "mine", NOW)
    assert "its end was cut" in accept(store, ADMIN, "restored from Tuesday", NOW)[0]
    assert faults(store) == ""
    assert apply(plan.id, store, clock=clock()).state == "applied"
    with pytest.raises(ApprovalError, match="nothing to accept"):
        accept(store, ADMIN, "again", NOW)


def test_what_is_appended_after_a_cut_does_not_hide_it(store: PlanStore) -> None:
    for number in (1, 2, 3):
        save(store, f"plan-{number}")
    sql(store, "DELETE FROM journal WHERE seq > 1")
    for number in (4, 5, 6):
        save(store, f"plan-{number}")
    assert "entry 3 is another one than was seen here" in faults(store)


def test_an_older_copy_of_a_book_is_noticed(aws: FakeTagging, store: PlanStore, home: Path) -> None:
    plan = approved(store, plan_of(change(1)))
    book = home / "keys" / "applier.sqlite3"
    apply(plan.id, store, clock=clock())
    other = approved(store, plan_of(change(2), plan_id="plan-2"))
    for made in (book, Path(f"{book}-wal"), Path(f"{book}-shm")):
        made.unlink(missing_ok=True)
    with pytest.raises(ApprovalError, match="an older copy of the book was put back"):
        apply(other.id, store, clock=clock())
    assert len(aws.writes) == 1


@pytest.fixture
def agent(store: PlanStore, tmp_path: Path) -> PlanStore:
    """Another home with the same store, that has no key yet."""
    made = PlanStore(store.state, store.settings, store.people)
    made.keys = Keys(tmp_path / "agent" / "keys")
    made.anchor = Anchor(made.keys.folder / "journal.head")
    return made


def test_a_home_that_was_told_of_no_approver_is_no_second_one(
    store: PlanStore, agent: PlanStore
) -> None:
    approved(store, plan_of(change(1)))
    save(store, "plan-2")
    with pytest.raises(ApprovalError, match="Another home is the approver of this state store"):
        decide(agent, agent.get("plan-2").plan, ALICE, "approve")
    assert not agent.keys.knows("approver")
    assert faults(store) == ""


def test_a_home_without_a_key_accepts_what_was_accepted_elsewhere(
    store: PlanStore, agent: PlanStore
) -> None:
    save(store, "plan-1")
    store.keys.signer("approver")
    agent.keys.folder.mkdir(parents=True)
    public = store.keys.folder / "approver.pub"
    (agent.keys.folder / "approver.pub").write_bytes(public.read_bytes())
    save(agent, "plan-2")
    sql(store, "DELETE FROM journal WHERE seq > 1")
    sql(store, "UPDATE journal SET at = '' WHERE seq = 1")
    with pytest.raises(ApprovalError, match="Accept it first where the approver's key is"):
        accept(agent, ADMIN, "restored", NOW)
    accept(store, ADMIN, "restored", NOW)
    assert "entry 2 is another one than was seen here" in faults(agent)
    accept(agent, ADMIN, "restored", NOW)
    assert (faults(agent), faults(store)) == ("", "")
