"""Histories: several appliers at once, stepped by a scheduler, in a world where all goes wrong.

An applier is a thread that stands still before and after each transaction of a book or of the
store and around each call to AWS, until it is its turn; between two steps of it anything may
happen: another applier's steps, kill -9, time, faults, late reads, somebody else's changes, SQL on
the state store, an older copy of it. Which, is drawn: by Hypothesis in the tests, and by number in

    python tests/approval_histories.py --histories 10000 --seed 1

The judge (approval_judge.py) shares no code with what it judges.
"""

from __future__ import annotations

import argparse
import datetime as dt
import random
import shutil
import sqlite3
import tempfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from approval_actors import Actor, Client, now_running, step
from approval_judge import Judge, Judged
from fake_tagging import ACCOUNT
from plans import NOW, arn, change, plan_of
from tagwright.api import TagwrightError
from tagwright.config import load_settings
from tagwright.people import People, Principal, parse_people
from tagwright.proof import Book
from tagwright.remediation import PlanStore
from tagwright.remediation.apply import Clock, apply
from tagwright.remediation.approver import Approver
from tagwright.remediation.audit import accept, audit
from tagwright.remediation.edit import edit
from tagwright.remediation.execution import Execution
from tagwright.remediation.undo import rollback
from tagwright.remediation.writers import Access
from tagwright.state import State, engines, open_state

EU = f"arn:aws:ec2:eu-west-1:{ACCOUNT}:instance/i-1"
FAULTS = ("throttle", "500", "lost", "reset", "internal", "partial", "timeout")
TRIGGERS = ("journal_no_update", "journal_no_delete", "decisions_no_update", "decisions_no_delete")
ATTACKS = (
    "UPDATE plans SET state = 'approved'",
    "UPDATE plans SET state = 'proposed'",
    "UPDATE plans SET state = 'applied'",
    "UPDATE plans SET body = replace(body, 'search', 'evil')",
    "UPDATE plan_items SET state = 'pending', attempts = 0",
    "UPDATE plan_items SET state = 'applied', attempts = 1",
    "DELETE FROM plan_items",
    "DELETE FROM decisions",
    "UPDATE decisions SET decision = 'approve'",
    """INSERT OR IGNORE INTO decisions
    SELECT id, digest, 'approve', 'alice', 'cli', created_at, '' FROM plans""",
    "DELETE FROM journal WHERE seq = (SELECT max(seq) FROM journal)",
    "DELETE FROM journal",
    "DELETE FROM journal WHERE event IN ('withdrawn', 'rejected', 'intent')",
    "UPDATE journal SET body = replace(body, 'alice', 'mallory')",
    """INSERT INTO journal
    SELECT (SELECT max(seq) + 1 FROM journal), at, 'approved', plan_id, body, hash, hash, signature
    FROM journal WHERE event = 'proposed' LIMIT 1""",
    "DELETE FROM leases",
)


class History:
    """One history in a home of its own; see the module."""

    def __init__(self, home: Path, draw: random.Random, patch: pytest.MonkeyPatch) -> None:
        self.home, self.draw, self.now = home, draw, NOW
        self.allowed, self.said = {"alice", "bob"}, Counter[str]()
        self.judge = Judge(lambda: self.now, now_running)
        self.aws = Judged(settles=draw.choice((0, 0, 1, 2)))
        self.aws.judge = self.judge
        self.actors: list[Actor] = []
        self.store = self.open()
        self.patch(patch)

    def open(self) -> PlanStore:
        settings = load_settings(self.home)
        return PlanStore(open_state(settings), settings, self.people())

    def people(self) -> People:
        may = {who: ", approve" if who in self.allowed else "" for who in ("alice", "bob")}
        lines = [f"  {who}: {{cli: [{who}], may: [roll_back{more}]}}" for who, more in may.items()]
        lines += ["  mallory: {cli: [mallory], may: [propose]}",
                  "  ada: {cli: [ada], may: [administer]}"]  # fmt: skip
        return parse_people("\n".join(["people:", *lines]))

    def patch(self, patch: pytest.MonkeyPatch) -> None:
        """Steps around each transaction and call, and when a process asks for its mandate."""
        transact, intent = State.transact, Execution.intent

        def stepped(state: State, work: Any, **more: Any) -> Any:
            step()
            done = transact(state, work, **more)
            step()
            return done

        def asking(execution: Execution, *rest: Any) -> None:
            now_running().asked = self.judge.tick()
            intent(execution, *rest)

        patch.setattr(State, "transact", stepped)
        patch.setattr(Execution, "intent", asking)
        patch.setattr(Access, "client", lambda access, _: Client(self.aws, access._region))

    # --- what people do ------------------------------------------------------------------------

    def propose(self) -> None:
        numbers = self.draw.sample((1, 2, 3), self.draw.randint(1, 2))
        items = [self.item(arn(n)) for n in numbers]
        if self.draw.random() < 0.4:
            items.append(self.item(EU, region="eu-west-1"))
        plan = plan_of(
            *items, plan_id=f"plan-{len(self.judge.told) + 1}", created_at=self.now,
            by=self.draw.choice(("mallory", "mallory", "mallory", "alice")),
            expires_at=self.now + dt.timedelta(hours=2),
        )  # fmt: skip
        self.store.save(plan, self.now)
        self.judge.proposed(plan)
        if self.draw.random() < 0.8:
            self.decide(plan.id, "approve", self.draw.choice(("", "alice", "bob", "bob")))
        for _ in range(self.draw.choice((0, 1, 1, 2, 2))):
            self.start(apply, plan.id)

    def item(self, where: str, **more: Any) -> Any:
        live = self.aws.tags.get(where, {}).get("team")
        before = live if self.draw.random() < 0.9 else "other"
        after = "search" if before != "search" else "ads"
        return change(1, arn=where, before=before, after=after, **more)

    def plan(self) -> str:
        return self.draw.choice([*self.judge.told][-2:])

    def decide(self, plan_id: str, decision: Any, who: str = "") -> None:
        who = who or self.draw.choice(("alice", "bob", "bob", "mallory"))
        told, principal = self.judge.told[plan_id], Principal(who, "cli", who)

        def work() -> None:
            with Approver.open(self.store) as approver:
                approver.decide(plan_id, told.digest, principal, decision, now=self.now)

        come = self.at_once(work)
        if decision == "reject":
            told.refused |= come is True
        elif come is not False:
            self.judge.approved(plan_id, who, who in self.allowed, sure=come is True)

    def reject(self) -> None:
        self.decide(self.plan(), "reject", "bob")

    def approve(self) -> None:
        self.decide(self.plan(), "approve")

    def withdraw(self) -> None:
        plan_id = self.plan()

        def work() -> None:
            with Approver.open(self.store) as approver:
                approver.withdraw(plan_id, Principal("bob", "cli", "bob"), now=self.now)

        if self.at_once(work) is True:
            self.judge.told[plan_id].withdrawn = self.judge.tick()

    def edit(self) -> None:
        plan_id = self.plan()
        made: list[Any] = []
        bob = Principal("bob", "cli", "bob")
        come = self.at_once(
            lambda: made.append(edit(self.store, plan_id, bob, values={1: "edited"}, now=self.now))
        )
        if come is True:
            self.judge.proposed(made[0].plan)
            self.decide(made[0].plan.id, "approve", "alice")
            self.start(apply, made[0].plan.id)

    def at_once(self, work: Callable[[], Any]) -> bool | None:
        """Whether it came to be, done in one go; None where it was killed in between.

        What was refused but for the copy of it was done: the person is told that it is signed.
        """
        actor = Actor("person", work)
        left = self.draw.choice((99, 99, 99, 1, 2, 3, 4))
        while not actor.over and left:
            actor.turn()
            left -= 1
        if not actor.over:
            actor.kill()
            return None
        self.ended(actor)
        return actor.error is None or "that is signed and counts" in str(actor.error)

    def ban(self) -> None:
        self.allowed ^= {self.draw.choice(("alice", "bob"))}
        self.store.people = self.people()
        self.judge.allowed(set(self.allowed))

    # --- what processes do -----------------------------------------------------------------------

    def start(self, verb: Callable[..., Any], plan_id: str) -> None:
        """A process begins to apply, or to undo, a plan."""
        clock = Clock(now=lambda: self.now, sleep=lambda _: None)
        rest = () if verb is apply else ("bob",)
        name = f"{'apply' if verb is apply else 'undo'} {plan_id}"
        self.actors.append(Actor(name, lambda: verb(plan_id, self.store, *rest, clock=clock)))

    def apply(self) -> None:
        self.start(apply, self.plan())

    def rollback(self) -> None:
        self.start(rollback, self.plan())

    def kill(self) -> None:
        if self.actors:
            actor = self.actors.pop(self.draw.randrange(len(self.actors)))
            actor.kill()
            self.said["killed"] += 1

    def turn(self, actor: Actor) -> None:
        actor.turn()
        if actor.over:
            self.actors.remove(actor)
            self.ended(actor)

    def ended(self, actor: Actor) -> None:
        """Whatever went wrong must have been told in our words."""
        if actor.error is not None and not isinstance(actor.error, TagwrightError):
            self.judge.wrong(f"{actor.name} ended with {actor.error!r}")

    # --- what happens --------------------------------------------------------------------------

    def wait(self) -> None:
        self.now += dt.timedelta(seconds=self.draw.choice((1, 20, 61, 61, 61, 61, 600, 7200)))

    def trouble(self) -> None:
        self.aws.at[len(self.aws.calls) + self.draw.randint(1, 3)] = self.draw.choice(FAULTS)

    def others(self) -> None:
        where = self.draw.choice((arn(1), arn(2), EU))
        self.judge.others(where)
        value = self.draw.choice((None, "theirs", "search", "ads"))
        tags = self.aws.tags.setdefault(where, {})
        tags.pop("team", None) if value is None else tags.update(team=value)

    def sql(self) -> None:
        """Somebody has the state store open for writing."""
        with sqlite3.connect(self.home / "state.sqlite3") as con:
            for name in TRIGGERS:
                con.execute(f"DROP TRIGGER IF EXISTS {name}")
            con.execute(self.draw.choice(ATTACKS))
        con.close()
        self.said["sql"] += 1

    def look(self) -> None:
        """Whoever administers accepts what was done to the journal."""
        if audit(self.store).faults:
            accept(self.store, Principal("ada", "cli", "ada"), "we looked", self.now)
            self.said["accepted"] += 1

    def copy(self) -> None:
        """A copy of the store is made, or an older one is put back."""
        kept = self.home / "copy.sqlite3"
        first = not kept.exists()
        store, copy = sqlite3.connect(self.home / "state.sqlite3"), sqlite3.connect(kept)
        if first:
            store.backup(copy)
        else:
            copy.backup(store)
            self.said["restored"] += 1
        store.close()
        copy.close()

    # --- all of it -----------------------------------------------------------------------------

    def run(self) -> list[str]:
        """What was violated."""
        common = (self.apply, self.apply, self.rollback, self.kill, self.wait, self.wait,
                  self.trouble, self.trouble, self.others)  # fmt: skip
        rare = [self.propose, self.withdraw, self.ban, self.approve, self.reject, self.edit]
        if self.draw.random() < 0.4:  # otherwise meddling, which stops all writing, comes too soon
            rare += [self.sql, self.sql, self.copy, self.look]
        self.propose()
        for _ in range(self.draw.randint(20, 120)):
            if self.actors and self.draw.random() < 0.85:
                self.turn(self.draw.choice(self.actors))
            else:
                self.draw.choice(common if self.draw.random() < 0.8 else rare)()
        self.calm_down()
        self.undo_all()
        return self.judge.violations

    def calm_down(self) -> None:
        """Everybody comes to an end, and what is said is so."""
        self.aws.at.clear()
        for _ in range(5000):
            if not self.actors:
                break
            self.turn(self.actors[0])
        if self.actors:
            self.judge.wrong(f"{self.actors[0].name} does not come to an end")
        self.said_is_so()

    def said_is_so(self) -> None:
        with Book.open(self.store.settings, self.store.keys, "applier") as book:
            rows = book.state.engine.connect()
            with rows:
                found = rows.exec_driver_sql(
                    "SELECT plan_id, position, state, attempts FROM plan_items"
                ).all()
        self.judge.said_is_so([tuple(row) for row in found], self.aws.tags)

    def undo_all(self) -> None:
        """Whatever was tried can be undone, once a person accepted what was done to the journal."""
        self.aws.settles = self.aws.lag = 0
        self.now += dt.timedelta(seconds=61)
        clock = Clock(now=lambda: self.now, sleep=lambda _: None)
        for plan_id in [*reversed(self.judge.told)] * 2:
            self.look()

            def work(plan_id: str = plan_id) -> None:
                rollback(plan_id, self.store, "bob", clock=clock)

            actor = Actor(f"undo {plan_id}", work)
            while not actor.over:
                actor.turn()
            self.ended(actor)
        self.said_is_so()
        self.judge.all_undone()


def template(folder: Path) -> Path:
    """A home with its keys, books and store, to be copied: making them takes longer."""
    home = folder / "template"
    home.mkdir()
    settings = load_settings(home)
    store = PlanStore(open_state(settings), settings, parse_people("people:\n  a: {cli: [a]}"))
    for role in ("approver", "applier"):
        Book.open(settings, store.keys, role).close()  # type: ignore[arg-type]
    engines._dispose_all()
    return home


def play(home: Path, made: Path, draw: random.Random) -> History:
    """One history in ``home``, a copy of ``made``; its judge says what was violated."""
    shutil.copytree(made, home)
    with pytest.MonkeyPatch.context() as patch:
        history = History(home, draw, patch)
        history.run()
    return history


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--histories", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--folder", help="where the homes are made; on tmpfs it takes less long")
    args = parser.parse_args()
    counts, bad = Counter[str](), 0
    with tempfile.TemporaryDirectory(dir=args.folder) as name:
        made = template(Path(name))
        for number in range(args.seed, args.seed + args.histories):
            home = Path(name) / "home"
            history = play(home, made, random.Random(number))  # noqa: S311  it is to be the same again
            shutil.rmtree(home)
            counts += history.said + history.judge.counts
            counts["histories"] += 1
            if history.judge.violations:
                bad += 1
                print(f"history {number}: {history.judge.violations[:3]}", flush=True)
            if counts["histories"] % 500 == 0:
                print(dict(counts), flush=True)
    print(f"{counts['histories']} histories, {bad} with a violation: {dict(counts)}")
    raise SystemExit(bad > 0)


if __name__ == "__main__":
    main()
