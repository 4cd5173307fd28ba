"""A world to attack: people, plans, live tags, and a judge who knows what may be written.

The judge shares no code with what it judges. It keeps its own record of who approved what, and is
asked at every write, inside the (in-process) tagging API.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError, ConnectionClosedError

from fake_tagging import ACCOUNT, FakeTagging
from plans import NOW, plan_of
from tagwright.api import TagwrightError
from tagwright.config import load_settings
from tagwright.people import People, Principal, parse_people
from tagwright.remediation import Plan, PlanItem, PlanStore
from tagwright.remediation import apply as applier
from tagwright.remediation.apply import Clock
from tagwright.remediation.approver import Approver
from tagwright.remediation.audit import audit
from tagwright.remediation.undo import rollback
from tagwright.remediation.writers import Access
from tagwright.state import open_state


class Killed(BaseException):
    """The process dies here."""


@dataclass
class Told:
    """What the judge knows of a plan, from outside."""

    plan: Plan
    digest: str
    approver: str | None = None
    refused: bool = False
    withdrawn: bool = False
    used: bool = False
    tampered: bool = False
    over: bool = False
    at: dt.datetime | None = None


@dataclass
class World:
    """Everything, with a judge; see the module."""

    home: Path
    monkeypatch: pytest.MonkeyPatch
    now: dt.datetime = NOW
    allowed: set[str] = field(default_factory=lambda: {"alice", "bob"})
    told: dict[str, Told] = field(default_factory=dict)
    violations: list[str] = field(default_factory=list)
    written: dict[tuple[str, str, str], int] = field(default_factory=dict)
    kill_at: int = -1
    cut: bool = False
    limits: str = ""
    at_step: dict[int, Callable[[], None]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.aws = FakeTagging()
        self.state = open_state(load_settings(self.home))
        self.store = PlanStore(self.state, load_settings(self.home), self.people())
        self.running = ""
        self.undoing = False
        self.undoer = ""
        self._calls = 0
        self.monkeypatch.setattr(Access, "client", lambda _access, _service: _Client(self))

    def people(self) -> People:
        """Those who are allowed may approve; Alice and Bob only ask where they are not."""
        may = {who: ", approve" if who in self.allowed else "" for who in ("alice", "bob")}
        limits = f", approves: {{{self.limits}}}" if self.limits else ""
        lines = [
            f"  {who}: {{cli: [{who}], may: [ask, roll_back{more}]{limits if more else ''}}}"
            for who, more in may.items()
        ]
        mallory = "  mallory: {cli: [mallory], may: [ask, propose]}"
        return parse_people("\n".join(["people:", *lines, mallory]))

    def close(self) -> None:
        self.violations += (
            [] if self.cut else [f"journal: {fault}" for fault in audit(self.store).faults]
        )
        self.state.close()

    # --- what people do --------------------------------------------------------------------

    def propose(self, *items: PlanItem, by: str = "mallory") -> str:
        plan_id = f"plan-{len(self.told) + 1}"
        plan = plan_of(
            *items, plan_id=plan_id, by=by, created_at=self.now,
            expires_at=self.now + dt.timedelta(hours=72),
        )  # fmt: skip
        try:
            self.store.save(plan, self.now)
        except TagwrightError:
            return ""
        self.told[plan_id] = Told(plan, plan.digest)
        return plan_id

    def approve(self, plan_id: str, who: str, digest: str = "") -> None:
        told = self.told[plan_id]
        shown = digest or told.digest
        try:
            with Approver.open(self.store) as approver:
                approver.decide(plan_id, shown, Principal(who, "cli", who), "approve", now=self.now)
        except TagwrightError:
            return
        # The code says it is approved. Whether it may be is judged here.
        rightful = (
            shown == told.digest
            and who in self.allowed
            and who != told.plan.proposed_by
            and self.now < told.plan.expires_at
            and told.approver is None
            and not told.refused
            and not told.tampered
            and not told.over
        )
        if rightful:
            told.approver, told.at = who, self.now
        else:
            self.violations.append(f"{plan_id} was approved by {who} and should not have been")

    def reject(self, plan_id: str) -> None:
        try:
            with Approver.open(self.store) as approver:
                bob = Principal("bob", "cli", "bob")
                approver.decide(plan_id, self.told[plan_id].digest, bob, "reject", now=self.now)
        except TagwrightError:
            return
        self.told[plan_id].refused = True

    def withdraw(self, plan_id: str, who: str = "bob") -> None:
        principal = Principal(who, "cli", who)
        try:
            with Approver.open(self.store) as approver:
                approver.withdraw(plan_id, principal, now=self.now)
        except TagwrightError:
            return
        self.told[plan_id].withdrawn = True

    def sql(self, statement: str, *values: Any) -> None:
        """Somebody has the state store open for writing."""
        with self.state.engine.begin() as con:
            con.exec_driver_sql(statement, values)

    def tamper(self, plan_id: str) -> None:
        """Somebody edits the stored plan in the database, its digest too."""
        plan = self.told[plan_id].plan
        evil = plan.model_copy(
            update={"items": tuple(i.model_copy(update={"after": "evil"}) for i in plan.items)}
        )
        body = evil.canonical().decode()
        self.sql("UPDATE plans SET body = ?, digest = ? WHERE id = ?", body, evil.digest, plan_id)
        self.told[plan_id].tampered = True

    def drift(self, arn: str, key: str, value: str | None) -> None:
        """Somebody else changes a live tag; what was written there counts anew."""
        tags = self.aws.tags.setdefault(arn, {})
        if value is None:
            tags.pop(key, None)
        else:
            tags[key] = value
        for known in list(self.written):
            if known[1:] == (arn, key):
                del self.written[known]

    def ban(self, who: str) -> None:
        self.allowed.discard(who)
        self.store.people = self.people()

    # --- applying --------------------------------------------------------------------------

    def apply(self, plan_id: str, *, kill_at: int = -1) -> None:
        self._run(plan_id, kill_at, undo=False)

    def rollback(self, plan_id: str, *, kill_at: int = -1, by: str = "alice") -> None:
        self._run(plan_id, kill_at, undo=True, by=by)

    def meanwhile(self, work: Callable[[], None]) -> None:
        """Do something while a run stands still; then it goes on, as whoever it was."""
        kept = self.running, self.undoing, self.undoer, self.kill_at, self._calls, self.at_step
        self.at_step = {}
        work()
        self.running, self.undoing, self.undoer, self.kill_at, self._calls, self.at_step = kept

    def _run(self, plan_id: str, kill_at: int, *, undo: bool, by: str = "alice") -> None:
        self.running, self.undoing, self.kill_at, self._calls = plan_id, undo, kill_at, 0
        self.undoer = by
        clock = Clock(now=lambda: self.now, sleep=lambda _: None)
        with pytest.MonkeyPatch.context() as patch:
            if kill_at >= 0:  # a killed process cleans nothing up
                patch.setattr(applier.Execution, "release", lambda _: None)
                patch.setattr(applier._Run, "leave", lambda *_: None)
            try:
                if undo:
                    done = rollback(plan_id, self.store, by, clock=clock)
                else:
                    done = applier.apply(plan_id, self.store, clock=clock)
            except TagwrightError:
                return
            except Killed:
                self.now += dt.timedelta(seconds=61)
                return
            finally:
                self.kill_at = -1
        for item, state in zip(done.plan.items, done.items, strict=True):
            live = self.aws.tags.get(item.arn, {}).get(item.key)
            if state.state in ("applied", "already") and live != item.after:
                self.violations.append(f"{item.arn} is said to be {state.state} and is {live!r}")

    # --- the judge -------------------------------------------------------------------------

    def step(self) -> None:
        """One call reaches AWS; the process may die before it."""
        self._calls += 1
        if self._calls == self.kill_at:
            raise Killed
        if work := self.at_step.pop(self._calls, None):
            self.meanwhile(work)

    def known(self, plan_id: str) -> None:
        """What is live and was written for the plan is said to be, or may be, so."""
        stored = self.store.get(plan_id)
        for item, state in zip(stored.plan.items, stored.items, strict=True):
            ours = (plan_id, item.arn, item.key) in self.written
            live = self.aws.tags.get(item.arn, {}).get(item.key)
            if ours and live == item.after and state.state not in ("applied", "unverified"):
                self.violations.append(f"{item.arn} was written and is said to be {state.state}")

    def judge(self, arn: str, key: str, value: str | None) -> None:
        told, wrong = self.told[self.running], []
        wanted = {
            (i.arn, i.key): (i.after, i.before) if self.undoing else (i.before, i.after)
            for i in told.plan.items
        }
        before, after = wanted.get((arn, key), ("?", "?"))
        live = self.aws.tags.get(arn, {}).get(key)
        meant = self.undoing or not told.tampered  # an undo is made from the applier's own book
        if not meant or (arn, key) not in wanted or value != after:
            wrong.append("it is not in the plan that was shown")
        if told.approver is None or told.refused:
            wrong.append("nobody approved it")
        wrong += self._undone_by(told) if self.undoing else self._unfounded(told)
        if live != before:
            wrong.append(f"the value was {live!r}, not {before!r}")
        if self.aws.account != ACCOUNT:
            wrong.append("it is another account")
        if not self._intended(arn):
            wrong.append("no intent is in the journal")
        kind = f"{self.running}{'-undo' if self.undoing else ''}"
        self.written[kind, arn, key] = self.written.get((kind, arn, key), 0) + 1
        if self.written[kind, arn, key] > 1:
            wrong.append("it was written before")
        self.violations += [f"{kind} wrote {key}={value!r} on {arn}: {why}" for why in wrong]

    def _unfounded(self, told: Told) -> list[str]:
        """Why no approval is behind a write."""
        tests = (
            (told.approver and told.approver not in self.allowed, "its approver may not any more"),
            (self.now >= told.plan.created_at + dt.timedelta(hours=72), "its time is over"),
            (told.withdrawn or told.used, "its approval was withdrawn or used"),
            (
                told.at and told.at > self.now + dt.timedelta(minutes=5),
                "it was approved in the future",
            ),
        )
        return [why for broken, why in tests if broken]

    def _undone_by(self, told: Told) -> list[str]:
        told.used = True
        may = self.undoer in ("alice", "bob")
        return [] if may else [f"{self.undoer} may not roll back"]

    def _intended(self, arn: str) -> bool:
        last = self.state.journal()[-1]
        return (
            last.event == "intent"
            and last.signature is not None
            and arn in last.body.get("arns", [])
        )


class _Client:
    """The tagging API and STS in this process."""

    def __init__(self, world: World) -> None:
        self.world = world

    def get_caller_identity(self) -> dict[str, str]:
        self.world.step()
        return {"Account": self.world.aws.account}

    def get_resources(self, **body: Any) -> Any:
        self.world.step()
        return self._call("GetResources", body)

    def tag_resources(self, **body: Any) -> Any:
        return self._change("TagResources", body, dict(body["Tags"]))

    def untag_resources(self, **body: Any) -> Any:
        return self._change("UntagResources", body, dict.fromkeys(body["TagKeys"]))

    def _change(self, operation: str, body: dict[str, Any], tags: dict[str, str | None]) -> Any:
        self.world.step()
        done = not self.world.aws.faults or self.world.aws.faults[0] in ("ok", "lost")
        if done:
            for arn in body["ResourceARNList"]:
                if arn not in self.world.aws.unknown:
                    for key, value in tags.items():
                        self.world.judge(arn, key, value)
        return self._call(operation, body)

    def _call(self, operation: str, body: dict[str, Any]) -> Any:
        status, document = self.world.aws.answer(operation, body)
        self.world.step()
        if document is None:
            raise ConnectionClosedError(endpoint_url="http://fake")
        if status != 200:
            code = {"Code": document["__type"], "Message": document["message"]}
            raise ClientError(
                {"Error": code, "ResponseMetadata": {"HTTPStatusCode": status}},  # type: ignore[typeddict-item]
                operation,
            )
        return document
