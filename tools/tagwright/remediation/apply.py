"""The applier: it takes approved plans and nothing else, and writes through guarded doors.

AWS offers no compare-and-set: between the drift check, which stands before every call, and the
write somebody else may change a tag; the journal then shows what was there a moment before.
"""

from __future__ import annotations

import datetime as dt
import time
from collections import deque
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tagwright.errors import ApprovalError, BusyError, ProviderError
from tagwright.remediation.execution import DONE, MAYBE, Execution
from tagwright.remediation.steps import Batch, batches, by_place, drift_of, too_many_tags
from tagwright.remediation.tries import TRIES, pauses, tries, until
from tagwright.remediation.writers import Access, Door

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from tagwright.remediation.rows import StoredPlan
    from tagwright.remediation.store import PlanStore

__all__ = ["Clock", "apply", "run"]

_LOOKS = 3
"""How often a resource is read after a call that may have worked, before the call is repeated."""


@dataclass(frozen=True)
class Clock:
    """Time, so that tests need not wait.

    Attributes:
        now: Aware UTC.
        sleep: Waits so many seconds.
    """

    now: Callable[[], dt.datetime] = lambda: dt.datetime.now(dt.UTC)
    sleep: Callable[[float], None] = time.sleep


def apply(
    plan_id: str,
    store: PlanStore,
    *,
    clock: Clock | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> StoredPlan:
    """Apply an approved plan: drift check, journaled writes, read back.

    Can be run again after a crash or a partial failure, while the approval lives: what is done
    already is not written twice. Where one account or region cannot be reached, the others go on.

    Args:
        plan_id: The plan.
        store: Where it is.
        clock: The time.
        progress: Told how many changes are through, and of how many, as they are.

    Raises:
        UnknownNameError: There is no such plan.
        ApprovalError: It has no live approval, or is applied already.
        BusyError: Another process is applying it.
        ProviderError: Nothing could be tried: AWS cannot be reached, or the credentials are not
            usable.
    """
    timer = clock or Clock()
    execution = Execution.claim(store, plan_id, timer.now)
    return run(execution, timer, store.settings.applier.roles, progress)


def run(
    execution: Execution,
    clock: Clock,
    roles: Mapping[str, str],
    progress: Callable[[int, int], None] | None = None,
    unsettled: Collection[int] = (),
) -> StoredPlan:
    """Write what is left of a claimed plan.

    Args:
        execution: The claim.
        clock: The time.
        roles: Account to the ARN of the role to assume there; else the own credentials serve.
        progress: As for :func:`apply`.
        unsettled: Positions of items that may have been written a moment ago by a process that
            came to no end: they are looked at as often as after an unsure call.

    Raises:
        BusyError: Another process took it over.
        ProviderError: Nothing could be tried.
    """
    work = _Run(execution, clock, roles, progress or (lambda _done, _total: None), unsettled)
    try:
        work.everything()
    except BusyError:
        raise  # who took over has the word now
    except BaseException:
        with suppress(BusyError):  # as above; what went wrong is on its way up
            work.leave("it was interrupted")
            execution.release()
        raise
    return execution.finish()


class _Run:
    """One plan being applied.

    Attributes:
        maybe: Positions that a call whose outcome is not known may have written.
        sent: Positions with an intent and no outcome yet.
        decided: Positions with an outcome of this run, or done before.
        unsettled: As for :func:`run`, until they were looked at.
    """

    def __init__(
        self,
        execution: Execution,
        clock: Clock,
        roles: Mapping[str, str],
        progress: Callable[[int, int], None],
        unsettled: Collection[int],
    ) -> None:
        self.execution = execution
        self.plan = execution.stored.plan
        self.clock = clock
        self.roles = roles
        self.progress = progress
        states = list(enumerate(execution.items))
        self.decided = {p for p, item in states if item.state in DONE}
        self.maybe = {p for p, item in states if item.attempts and item.state in MAYBE}
        self.sent: set[int] = set()
        self.unsettled = set(unsettled)
        self.accepted: list[int] = []
        self.tried = False

    def everything(self) -> None:
        """All accounts, regions and APIs in turn."""
        todo = [p for p in range(len(self.plan.items)) if p not in self.decided]
        troubles: list[tuple[list[int], ProviderError]] = []
        self.tell()
        for where, positions in by_place(self.plan.items, todo).items():
            try:
                self.place(where, positions)
            except ProviderError as error:
                troubles.append((positions, error))
        if troubles and not self.tried:
            raise troubles[0][1]
        for positions, trouble in troubles:
            left = [p for p in positions if p not in self.decided]
            self.record({p: self.unwritten(p, trouble.message) for p in left})

    def place(self, where: tuple[str, str, str], positions: list[int]) -> None:
        """Everything that one API writes in one account and region, up to the read-back."""
        account, region, _ = where
        role = self.roles.get(account, "")
        access = Access(region, role, self.plan.id)
        actual = tries(self.pause)(access.account)
        if actual != account:
            why = f"the credentials are for account {actual}, not {account}"
            why += "" if role else "; name a role of it in [applier.roles]"
            self.record({p: self.unwritten(p, why) for p in positions})
            return
        door = Door(self.execution.approval, self.plan, where, access, self.clock.now)
        queue = deque(batches(self.plan, positions))
        try:
            while queue:
                # Where one of two tags drifted, the other makes a call of its own.
                queue.extend(batches(self.plan, self.write(door, queue.popleft())))
        except (ApprovalError, ProviderError):
            self.verify(door)  # reading needs no approval
            raise
        self.verify(door)

    # --- one call --------------------------------------------------------------------------------

    def write(self, door: Door, batch: Batch) -> list[int]:
        """Write a batch until every resource has an outcome; what is left for a smaller batch."""
        left, parts, why = dict(batch.positions), list[int](), dict[str, str]()

        def once() -> bool:
            nonlocal left, why
            left = self.open_of(left, self.look(door, left), parts)
            why = self.call(door, batch, left)
            left = {arn: positions for arn, positions in left.items() if arn in why}
            return not left

        if until(once, self.pause):
            return parts
        for arn, positions in self.open_of(left, self.look(door, left), parts).items():
            said = f"gave up after {TRIES} tries: {why[arn]}"
            unsupported = "InternalService" in why[arn]
            self.record(
                {
                    p: ("unsupported", said) if unsupported else self.unwritten(p, said)
                    for p in positions
                }
            )
        return parts

    def look(self, door: Door, left: dict[str, list[int]]) -> dict[str, dict[str, str]]:
        """Live tags; after a call that may have worked, AWS is given time to show that it did."""
        chosen = [p for positions in left.values() for p in positions]
        unsure = [p for p in chosen if p in self.maybe]
        live = self.read(door, list(left))
        for seconds in pauses(_LOOKS - 1):
            if self.unsettled.isdisjoint(chosen) and all(self.shows(p, live) for p in unsure):
                break
            self.pause(seconds)
            live = self.read(door, list(left))
        self.unsettled.difference_update(chosen)
        return live

    def open_of(
        self, left: dict[str, list[int]], live: dict[str, dict[str, str]], parts: list[int]
    ) -> dict[str, list[int]]:
        """What may be written as it stands; the rest is recorded, or put into ``parts``."""
        items = self.plan.items
        chosen = [p for positions in left.values() for p in positions]
        found = {
            p: drift_of(items[p], live.get(items[p].arn, {}), ours=p in self.maybe) for p in chosen
        }
        ends = {p: end for p, end in found.items() if end is not None}
        ends |= too_many_tags(self.plan, [p for p in chosen if p not in ends], live)
        self.record(ends)
        whole: dict[str, list[int]] = {}
        for arn, positions in left.items():
            still = [p for p in positions if p not in ends]
            if len(still) == len(positions):
                whole[arn] = positions
            else:
                parts += still
        return whole

    def call(self, door: Door, batch: Batch, left: dict[str, list[int]]) -> dict[str, str]:
        """One journaled call; the resources that are to be tried again, and why."""
        if not left:
            return {}
        arns, chosen = list(left), [p for positions in left.values() for p in positions]
        door.check(arns, batch.tags, batch.keys)
        call = {"tags": batch.tags, "keys": list(batch.keys), "arns": arns}
        # An outcome of an earlier run would outlive this call, if the process died in it.
        states = self.execution.items
        settled = [p for p in chosen if states[p].state not in MAYBE]
        self.execution.outcome(dict.fromkeys(settled, ("pending", "is tried again")))
        self.execution.intent(chosen, call)
        self.execution.hold()
        self.tried = True
        self.sent.update(chosen)
        try:
            reply = door.change(arns, batch.tags, batch.keys)
        except (ApprovalError, ProviderError):
            self.sent.difference_update(chosen)  # nothing was sent
            raise
        self.maybe.update(p for arn in reply.unsure for p in left[arn])
        done = [p for arn in reply.done for p in left[arn]]
        self.accepted += done
        self.sent.difference_update(p for arn in {*reply.busy, *reply.failed} for p in left[arn])
        self.record(
            {p: self.unwritten(p, text) for arn, text in reply.failed.items() for p in left[arn]}
        )
        self.tell()
        return {**reply.busy, **reply.unsure}

    def verify(self, door: Door) -> None:
        """Read back what was accepted; AWS may take a moment to show it."""

        def once() -> bool:
            live = self.read(door, sorted({self.plan.items[p].arn for p in self.accepted}))
            seen = [p for p in self.accepted if self.shows(p, live)]
            self.record(dict.fromkeys(seen, ("applied", "read back")))
            self.accepted = [p for p in self.accepted if p not in self.decided]
            return not self.accepted

        try:
            if not until(once, self.pause):
                self.unconfirmed("AWS accepted it, but reading back shows another value")
        except ProviderError as error:
            self.unconfirmed(error.message)
            raise

    def unconfirmed(self, why: str) -> None:
        """Record that what AWS accepted could not be read back."""
        self.record({p: self.unwritten(p, why) for p in self.accepted})
        self.accepted = []

    def shows(self, position: int, live: dict[str, dict[str, str]]) -> bool:
        """Whether the live tags are as the item makes them."""
        item = self.plan.items[position]
        return live.get(item.arn, {}).get(item.key) == item.after

    def read(self, door: Door, arns: list[str]) -> dict[str, dict[str, str]]:
        """Live tags by ARN, in as many calls as it takes."""
        found: dict[str, dict[str, str]] = {}
        for start in range(0, len(arns), door.most_read):
            found |= tries(self.pause)(door.read, arns[start : start + door.most_read])
        return found

    # --- outcomes --------------------------------------------------------------------------------

    def unwritten(self, position: int, why: str) -> tuple[str, str]:
        """The outcome of an item that a call did not write, for all that is known."""
        if position in self.maybe or position in self.sent:
            return "unverified", f"sent, not confirmed: {why}"
        return "failed", why

    def record(self, outcomes: dict[int, tuple[str, str]]) -> None:
        """Write outcomes down."""
        if outcomes:
            self.execution.outcome(outcomes)
            self.tried = True
            self.decided.update(outcomes)
            self.sent.difference_update(outcomes)
            self.tell()

    def leave(self, why: str) -> None:
        """Say of what was sent, and has no outcome, that it is not known."""
        self.record({p: self.unwritten(p, why) for p in sorted(self.sent)})

    def tell(self) -> None:
        """Say how far it is."""
        self.progress(len(self.decided.union(self.accepted)), len(self.plan.items))

    def pause(self, seconds: float) -> None:
        """Wait, and keep the lease meanwhile."""
        self.execution.heartbeat()
        self.clock.sleep(seconds)
