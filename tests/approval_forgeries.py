"""Attacks with forged, edited and old papers: the journal, the books, the approver's word."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

from approval_world import World
from plans import arn, change
from tagwright.config import load_settings
from tagwright.proof import Book, Keys, Signer
from tagwright.remediation import word as word_module
from tagwright.remediation.approver import Approver
from tagwright.remediation.word import Word
from tagwright.state.journal import append


def meddled(world: World, statement: str) -> None:
    """Between an approval that is right and its run; whoever did that may have done more."""
    plan = world.propose(change(1))
    world.approve(plan, "alice")
    world.propose(change(2))
    for verb in ("update", "delete"):
        world.sql(f"DROP TRIGGER journal_no_{verb}")
    world.sql(statement)
    world.told[plan].tampered = world.cut = True
    world.apply(plan)


def journal_end_cut(world: World) -> None:
    meddled(world, "DELETE FROM journal WHERE seq = (SELECT max(seq) FROM journal)")


def journal_edited(world: World) -> None:
    meddled(world, "UPDATE journal SET at = '2020-01-01T00:00:00+00:00' WHERE seq = 1")


def journal_forged(world: World) -> None:
    """The chain is right: whoever has the store can make it so."""
    plan = world.propose(change(1))
    world.approve(plan, "alice")
    with world.state.engine.begin() as con:
        append(con, "outcome", plan, {"by": "mallory", "items": {}}, world.now)
    world.told[plan].tampered = world.cut = True
    world.apply(plan)


def older_book(world: World) -> None:
    """The applier's book is put back to where it was empty, and the store says approved."""
    plan = world.propose(change(1))
    world.approve(plan, "alice")
    world.apply(plan)
    world.told[plan].used = True
    world.drift(arn(1), "team", None)
    book = world.store.keys.book("applier")
    for made in (book, book.with_name(f"{book.name}-wal"), book.with_name(f"{book.name}-shm")):
        made.unlink(missing_ok=True)
    world.sql("UPDATE plans SET state = 'approved'")
    world.apply(plan)


def elsewhere(world: World, answer: Callable[[str, str], dict[str, Any]]) -> None:
    """The approver is asked over a network, and ``answer`` is what comes: by plan and challenge."""
    old = world.store.settings
    approval = old.approval.model_copy(update={"approver_url": "http://approver"})
    world.store.settings = old.model_copy(update={"approval": approval})
    world.monkeypatch.setattr(
        word_module, "_get", lambda url, challenge: answer(url.rpartition("/")[2], challenge)
    )


def said_by(world: World, signer: Signer) -> Callable[[str, str], dict[str, Any]]:
    """An approver with a key of its own, who approves of everything."""
    settings = load_settings(world.home / "evil")
    Keys.of(settings).folder.mkdir(parents=True)
    with Book.open(settings, Keys.of(settings), "approver") as opened:
        book = Book(opened.state, signer)

    def answer(plan_id: str, challenge: str) -> dict[str, Any]:
        body = {
            "by": "alice", "channel": "cli", "digest": world.told[plan_id].digest, "nonce": "1",
        }  # fmt: skip
        entry = book.write(lambda con: book.append(con, "approved", plan_id, body, world.now))
        return Word(plan_id, (entry,)).answer(challenge, signer)

    return answer


def word_of_another_key(world: World) -> None:
    world.store.keys.signer("approver")
    other = Keys(world.home / "other").signer("approver")
    elsewhere(world, said_by(world, other))
    world.apply(world.propose(change(1)))


def word_of_another_role(world: World) -> None:
    """Who has the applier's key says what the approver alone may say."""
    world.store.keys.signer("approver")
    other = Signer("approver", world.store.keys.signer("applier")._key)
    elsewhere(world, said_by(world, other))
    world.apply(world.propose(change(1)))


def old_word(world: World) -> None:
    """The answer of before the withdrawal is given once more."""
    kept: dict[str, dict[str, Any]] = {}

    def answer(plan_id: str, challenge: str) -> dict[str, Any]:
        if plan_id not in kept:
            with Approver.open(world.store) as approver:
                word = approver.word(plan_id)
                kept[plan_id] = word.answer(challenge, approver.book.signer)
        return kept[plan_id]

    plan = world.propose(change(1))
    world.approve(plan, "alice")
    elsewhere(world, answer)
    world.apply(plan, kill_at=1)
    world.withdraw(plan)
    assert world.told[plan].withdrawn
    world.apply(plan)


def approved_in_the_future(world: World) -> None:
    plan = world.propose(change(1))
    world.now += dt.timedelta(hours=1)
    world.approve(plan, "alice")
    world.now -= dt.timedelta(hours=1)
    world.apply(plan)


def two_at_once(world: World) -> None:
    """Bob rejects while Alice's approval is being judged."""
    real, times = Approver._check_time, iter([True])

    def slow(self: Approver, *rest: Any) -> None:
        if next(times, False):
            world.reject(plan)
        real(self, *rest)

    world.monkeypatch.setattr(Approver, "_check_time", slow)
    plan = world.propose(change(1))
    world.approve(plan, "alice")
    assert world.told[plan].refused
    world.apply(plan)


FORGERIES: tuple[Callable[[World], None], ...] = (
    journal_end_cut,
    journal_edited,
    journal_forged,
    older_book,
    word_of_another_key,
    word_of_another_role,
    old_word,
    approved_in_the_future,
    two_at_once,
)
