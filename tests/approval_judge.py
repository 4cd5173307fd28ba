"""Who watches AWS during a history, and knows from outside what may be written and what is live.

It shares no code with what it judges. What AWS cannot rule out is no violation and is counted: a
change of somebody else after our look (there is no compare-and-set).
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import ClientError, ConnectionClosedError, ReadTimeoutError

from fake_tagging import FakeTagging
from tagwright.remediation import Plan


@dataclass
class Told:
    """What people did with a plan; ticks say when.

    An approval is not sure where the process died: it may be signed, or not, and of two such ones
    either may.
    """

    plan: Plan
    digest: str
    approvers: set[str] = field(default_factory=set)
    sure: bool = False
    refused: bool = False
    withdrawn: int = 0
    undone: bool = False


class Judge:
    """See the module.

    Attributes:
        told: Plans by id.
        violations: In words.
        counts: Writes, undone, and what AWS cannot rule out.
    """

    def __init__(self, now: Callable[[], dt.datetime], actor: Callable[[], Any]) -> None:
        self.told: dict[str, Told] = {}
        self.violations: list[str] = []
        self.counts: Counter[str] = Counter()
        self._now, self._actor = now, actor
        self._ticks = 0
        self._allowed: list[tuple[int, set[str]]] = [(0, {"alice", "bob"})]
        self._last: dict[str, tuple[str, str]] = {}  # ARN to plan and verb; "" for somebody else
        self._shown: dict[tuple[int, str], str | None] = {}

    def tick(self) -> int:
        self._ticks += 1
        return self._ticks

    def wrong(self, what: str) -> None:
        self.violations.append(what)

    # --- what people and others do -------------------------------------------------------------

    def proposed(self, plan: Plan) -> None:
        self.told[plan.id] = Told(plan, plan.digest)

    def approved(self, plan_id: str, who: str, may: bool, *, sure: bool) -> None:
        told = self.told[plan_id]
        rightful = (
            may and who != told.plan.proposed_by and self._now() < told.plan.expires_at
            and not told.refused and not told.sure and who in ("alice", "bob")
        )  # fmt: skip
        if rightful:
            told.approvers = {who} if sure else told.approvers | {who}
            told.sure = sure
        elif sure:
            self.wrong(f"{plan_id} was approved by {who} and should not have been")

    def allowed(self, who: set[str]) -> None:
        self._allowed.append((self.tick(), who))

    def others(self, arn: str) -> None:
        self._last[arn] = "", ""

    def shown(self, tags: dict[str, dict[str, str]], arns: list[str]) -> None:
        """What AWS says to a process that looks."""
        for arn in arns:
            self._shown[id(self._actor()), arn] = tags.get(arn, {}).get("team")

    # --- a write -------------------------------------------------------------------------------

    def write(self, arn: str, key: str, value: str | None, live: str | None) -> None:
        """A tag is about to be changed by the call of the process whose turn it is."""
        actor = self._actor()
        verb, plan_id = actor.name.split()
        told = self.told[plan_id]
        item = next((item for item in told.plan.items if item.arn == arn), None)
        if item is None or key != item.key:
            self.wrong(f"{actor.name} wrote {key} on {arn}, which is not in the plan")
            return
        before, after = (item.before, item.after) if verb == "apply" else (item.after, item.before)
        why = [*self._unfounded(told, actor.asked)] if verb == "apply" else []
        if value != after:
            why.append(f"planned is {after!r}")
        shown = self._shown.pop((id(actor), arn), "not looked at")
        if shown != before:
            why.append(f"it looked {shown!r}, not {before!r}")
        if self._last.get(arn) == (plan_id, verb):
            why.append("it was written before")
        if live != before:
            self.counts["overwritten after the look"] += 1
        told.undone |= verb == "undo"
        self._last[arn] = plan_id, verb
        self.counts[f"written by {verb}"] += 1
        self.violations += [f"{actor.name} wrote {key}={value!r} on {arn}: {one}" for one in why]

    def _unfounded(self, told: Told, asked: int) -> list[str]:
        """Why no approval is behind a write of which the approver was asked at that tick."""
        allowed = [who for tick, who in self._allowed if tick < asked][-1]
        tests = (
            (not told.approvers or told.refused, "nobody approved it"),
            (not told.approvers & allowed, "its approver may not any more"),
            (0 < told.withdrawn < asked, "its approval was withdrawn"),
            (told.undone, "it was undone: its approval is used"),
            (self._now() >= told.plan.expires_at, "its time is over"),
        )
        return [why for broken, why in tests if broken]

    # --- what is said --------------------------------------------------------------------------

    def said_is_so(
        self, said: list[tuple[str, int, str, int]], tags: dict[str, dict[str, str]]
    ) -> None:
        """Of each item that nobody else touched since, the reported state is the real one."""
        states = {(plan_id, position): row for plan_id, position, *row in said}
        for plan_id, told in self.told.items():
            for position, item in enumerate(told.plan.items):
                state, attempts = states.get((plan_id, position), ("pending", 0))
                last, live = self._last.get(item.arn), tags.get(item.arn, {}).get("team")
                wrong = {
                    (plan_id, "apply"): state not in ("applied", "unverified")
                    and not (state in ("pending", "unsupported") and attempts),
                    (plan_id, "undo"): state not in ("undone", "applied", "unverified")
                    and not (state == "pending" and attempts),
                }  # fmt: skip
                if wrong.get(last):
                    self.wrong(f"{plan_id}: {item.arn} is {state}; written last by {last}")
                if state == "undone" and last == (plan_id, "undo") and live != item.before:
                    self.wrong(f"{plan_id}: {item.arn} is undone and {live!r}")
                self.counts[f"ended {state}"] += 1

    def all_undone(self) -> None:
        """Nothing of ours is left."""
        for arn, (plan_id, verb) in self._last.items():
            if verb == "apply":
                self.wrong(f"{arn} is as {plan_id} made it, and cannot be undone")


class Judged(FakeTagging):
    """The strict tagging API with the judge at its side."""

    judge: Judge

    def said(self, operation: str, body: dict[str, Any], region: str) -> Any:
        """The document, or the error of boto3."""
        fault = self.at.get(len(self.calls) + 1, "")
        status, document = self.answer(operation, body, region)
        if document is None and fault == "timeout":
            return ReadTimeoutError(endpoint_url="http://fake")
        if document is None:
            return ConnectionClosedError(endpoint_url="http://fake")
        if status != 200:
            code = {"Code": document["__type"], "Message": document["message"]}
            return ClientError(
                {"Error": code, "ResponseMetadata": {"HTTPStatusCode": status}},  # type: ignore[typeddict-item]
                operation,
            )
        return document

    def _get(self, arns: list[str], token: str) -> dict[str, Any]:
        shown = self._stale if self.lag > 0 and not token else self.tags
        self.judge.shown(shown, arns)
        return super()._get(arns, token)

    def _write(self, arn: str, body: dict[str, Any]) -> None:
        live = self.tags.get(arn, {}).get("team")
        for key, value in (
            *body.get("Tags", {}).items(),
            *((k, None) for k in body.get("TagKeys", ())),
        ):
            self.judge.write(arn, key, value, live)
        super()._write(arn, body)
