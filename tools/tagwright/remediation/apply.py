"""The one module that can write to a cloud: it takes approved plans and nothing else.

Every write goes through :class:`_Aws`, which is made of an :class:`Approval` and refuses what the
approved plan does not hold. AWS offers no compare-and-set: between the drift check and the write
somebody else may change a tag; the journal then shows what was there a moment before.

Sources: AWS Resource Groups Tagging API Reference, GetResources, TagResources, UntagResources.
"""

from __future__ import annotations

import datetime as dt
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tagwright.errors import ApprovalError, ProviderError
from tagwright.remediation.approval import Approval
from tagwright.remediation.execution import DONE, Execution
from tagwright.remediation.limits import MAX_READ
from tagwright.remediation.steps import (
    Batch,
    batches,
    by_place,
    drift_of,
    has_change,
    too_many_tags,
)
from tagwright.text import clean, shorten

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tagwright.remediation.plan import Plan
    from tagwright.remediation.rows import StoredPlan
    from tagwright.remediation.store import PlanStore

__all__ = ["Clock", "apply", "run"]

_THROTTLES = {
    "Throttling", "ThrottlingException", "ThrottledException", "RequestLimitExceeded",
    "TooManyRequestsException", "ConstraintViolationException",
}  # fmt: skip
_UNSURE = {"InternalServiceException", "InternalFailure", "ServiceUnavailable"}
_TRIES = 6
_FIRST_WAIT = 0.5
_LONGEST_WAIT = 20.0
_LOOKS = 5


@dataclass(frozen=True)
class Clock:
    """Time, so that tests need not wait.

    Attributes:
        now: Aware UTC.
        sleep: Waits so many seconds.
    """

    now: Callable[[], dt.datetime] = lambda: dt.datetime.now(dt.UTC)
    sleep: Callable[[float], None] = time.sleep


def apply(plan_id: str, store: PlanStore, *, clock: Clock | None = None) -> StoredPlan:
    """Apply an approved plan: drift check, journaled writes, read back.

    Can be run again after a crash or a partial failure, while the approval lives: what is done
    already is not written twice.

    Raises:
        UnknownNameError: There is no such plan.
        ApprovalError: It has no live approval, or is applied already.
        BusyError: Another process is applying it.
        ProviderError: AWS cannot be reached at all, or the credentials are not usable.
    """
    timer = clock or Clock()
    return run(Execution.claim(store, plan_id, timer.now), timer)


def run(execution: Execution, timer: Clock) -> StoredPlan:
    """Write what is left of a claimed plan."""
    try:
        for where, positions in by_place(execution.stored.plan).items():
            _apply_place(execution, timer, where, positions)
    except BaseException:
        execution.release()
        raise
    return execution.finish()


# --- one account and region ----------------------------------------------------------------------


def _apply_place(
    execution: Execution, clock: Clock, where: tuple[str, str], positions: list[int]
) -> None:
    """Everything in one account and region, up to the read-back."""
    plan = execution.stored.plan
    account, region = where
    open_items = [p for p in positions if execution.items[p].state not in DONE]
    if not open_items:
        return
    aws = _Aws(execution.approval, plan, region, clock)
    actual = aws.account()
    if actual != account:
        why = f"the credentials are for account {actual}, not {account}"
        execution.outcome(dict.fromkeys(open_items, ("failed", why)))
        return
    live = aws.read(sorted({plan.items[p].arn for p in open_items}))
    checked = {p: drift_of(plan.items[p], execution.items[p].attempts, live) for p in open_items}
    execution.outcome({p: state for p, state in checked.items() if state is not None})
    todo = [p for p, state in checked.items() if state is None]
    refused = too_many_tags(plan, todo, live)
    execution.outcome(refused)
    written: list[int] = []
    for batch in batches(plan, [p for p in todo if p not in refused]):
        written += _write(execution, aws, clock, batch)
    _verify(execution, aws, clock, written)


def _write(execution: Execution, aws: _Aws, clock: Clock, batch: Batch) -> list[int]:
    """Write one batch until every resource has an outcome; the positions that were accepted."""
    left, accepted = dict(batch.positions), []
    why: dict[str, str] = {}
    for attempt in range(_TRIES):
        if attempt:
            clock.sleep(min(_FIRST_WAIT * 2 ** (attempt - 1), _LONGEST_WAIT))
        chosen = [p for positions in left.values() for p in positions]
        call = {"tags": batch.tags, "keys": list(batch.keys), "arns": list(left)}
        execution.intent(chosen, call)
        reply = aws.change(list(left), batch.tags, batch.keys)
        if reply.unsure:
            # The call may have worked: what the resources say now decides, never a guess.
            live = aws.read(list(reply.unsure))
            sure = [arn for arn in reply.unsure if has_change(live.get(arn, {}), batch)]
        else:
            sure = []
        accepted += [p for arn in (*reply.done, *sure) for p in left[arn]]
        failed = {p: ("failed", text) for arn, text in reply.failed.items() for p in left[arn]}
        execution.outcome(failed)
        again = {*reply.throttled, *reply.unsure} - set(sure)
        why = {arn: (reply.throttled | reply.unsure)[arn] for arn in again}
        left = {arn: positions for arn, positions in left.items() if arn in again}
        if not left:
            return accepted
    state = {arn: "unsupported" if "InternalService" in why[arn] else "failed" for arn in left}
    execution.outcome(
        {
            p: (state[arn], f"gave up after {_TRIES} tries: {why[arn]}")
            for arn in left
            for p in left[arn]
        }
    )
    return accepted


def _verify(execution: Execution, aws: _Aws, clock: Clock, written: list[int]) -> None:
    """Read back what was accepted; AWS may take a moment to show it."""
    plan, left = execution.stored.plan, list(written)
    for look in range(_LOOKS):
        if not left:
            return
        if look:
            clock.sleep(min(_FIRST_WAIT * 2 ** (look - 1), _LONGEST_WAIT))
        live = aws.read(sorted({plan.items[p].arn for p in left}))
        seen = [
            p for p in left if live.get(plan.items[p].arn, {}).get(plan.items[p].key)
            == plan.items[p].after
        ]  # fmt: skip
        execution.outcome(dict.fromkeys(seen, ("applied", "read back")))
        left = [p for p in left if p not in seen]
        execution.heartbeat()
    execution.outcome(
        dict.fromkeys(left, ("failed", "AWS accepted it, but reading back shows another value"))
    )


# --- AWS ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Reply:
    """What a write call came to, per ARN; texts say why."""

    done: list[str]
    failed: dict[str, str]
    throttled: dict[str, str]
    unsure: dict[str, str]


class _Aws:
    """The tagging API of one region, for one approved plan."""

    def __init__(self, approval: Approval, plan: Plan, region: str, clock: Clock) -> None:
        if type(approval) is not Approval:
            raise ApprovalError("Writing needs an approval.")
        if approval.plan_id != plan.id or approval.digest != plan.digest:
            raise ApprovalError(f"The approval is not of plan {plan.id} as it is now.")
        self._approval = approval
        self._allowed = {(i.arn, i.key, i.after) for i in plan.items if i.region == region}
        self._clock = clock
        self._region = region
        self._client = _client("resourcegroupstaggingapi", region)

    def account(self) -> str:
        """The account that the credentials belong to."""
        with _reaching():
            return str(_client("sts", self._region).get_caller_identity()["Account"])

    def read(self, arns: Sequence[str]) -> dict[str, dict[str, str]]:
        """Live tags by ARN; a resource that was never tagged is absent from AWS's answer."""
        found: dict[str, dict[str, str]] = {}
        for start in range(0, len(arns), MAX_READ):
            chosen = list(arns[start : start + MAX_READ])
            token = ""
            while True:
                reply = self._page(chosen, token)
                for entry in reply["ResourceTagMappingList"]:
                    tags = {tag["Key"]: tag["Value"] for tag in entry.get("Tags", [])}
                    found[entry["ResourceARN"]] = tags
                # A page not read would make its resources look untagged, and so free to write.
                token = reply.get("PaginationToken") or ""
                if not token:
                    break
        return found

    def _page(self, arns: list[str], token: str) -> dict[str, Any]:
        """One call, tried again where AWS is busy: reading changes nothing."""
        from botocore.exceptions import ClientError

        more = {"PaginationToken": token} if token else {}
        for attempt in range(_TRIES):
            try:
                with _reaching():
                    reply = self._client.get_resources(ResourceARNList=arns, **more)
            except ClientError as error:
                if attempt == _TRIES - 1 or not _passing(error):
                    raise ProviderError(
                        f"AWS did not show the tags ({_code(error)}).",
                        hint="The applier needs tag:GetResources (docs/reference/permissions.md).",
                    ) from None
                self._clock.sleep(min(_FIRST_WAIT * 2**attempt, _LONGEST_WAIT))
            else:
                return dict(reply)
        raise AssertionError("unreachable")

    def change(self, arns: list[str], tags: dict[str, str], keys: Sequence[str]) -> _Reply:
        """Write tags to resources, or remove keys; one call, no retry.

        Raises:
            ApprovalError: The approval ran out, or does not hold this change.
        """
        if self._clock.now() >= self._approval.expires_at:
            raise ApprovalError(f"The approval of plan {self._approval.plan_id} ran out.")
        wanted: list[tuple[str, str | None]] = [*tags.items(), *((key, None) for key in keys)]
        if not all((arn, key, value) in self._allowed for arn in arns for key, value in wanted):
            raise ApprovalError("That change is not in the approved plan.")
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            if tags:
                reply = self._client.tag_resources(ResourceARNList=arns, Tags=tags)
            else:
                reply = self._client.untag_resources(ResourceARNList=arns, TagKeys=list(keys))
        except ClientError as error:
            return _from_error(arns, error)
        except BotoCoreError as error:
            # Connection lost or timed out: it may have worked.
            return _Reply([], {}, {}, dict.fromkeys(arns, type(error).__name__))
        return _from_reply(arns, reply)


def _from_error(arns: list[str], error: Any) -> _Reply:
    code = _code(error)
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    if code in _THROTTLES:
        return _Reply([], {}, dict.fromkeys(arns, code), {})
    if code in _UNSURE or status >= 500:
        return _Reply([], {}, {}, dict.fromkeys(arns, code))
    said = shorten(str(error.response.get("Error", {}).get("Message", "")), 160)
    return _Reply([], dict.fromkeys(arns, f"{code}: {said}"), {}, {})


def _from_reply(arns: list[str], reply: dict[str, Any]) -> _Reply:
    failed, throttled, unsure = {}, {}, {}
    for arn, fault in reply.get("FailedResourcesMap", {}).items():
        code = clean(str(fault.get("ErrorCode", "")))
        if code in _THROTTLES:
            throttled[arn] = code
        elif code in _UNSURE or int(fault.get("StatusCode", 0)) >= 500:
            unsure[arn] = code
        else:
            failed[arn] = f"{code}: {shorten(str(fault.get('ErrorMessage', '')), 160)}"
    bad = failed.keys() | throttled.keys() | unsure.keys()
    return _Reply([arn for arn in arns if arn not in bad], failed, throttled, unsure)


def _code(error: Any) -> str:
    return clean(str(error.response.get("Error", {}).get("Code", "unknown")))


def _passing(error: Any) -> bool:
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    return _code(error) in _THROTTLES | _UNSURE or status >= 500


def _client(service: str, region: str) -> Any:
    """A client that makes each call once: retries are ours, so that each is in the journal."""
    import boto3
    from botocore.config import Config

    session: Any = boto3.session.Session()
    with _reaching():
        return session.client(
            service,
            region_name=region,
            config=Config(
                retries={"total_max_attempts": 1},
                connect_timeout=10,
                read_timeout=30,
                user_agent_extra="tagwright",
            ),
        )


class _reaching:  # noqa: N801  used as a function
    """AWS's faults of reaching it at all, in our words; no secret is in them."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, error: object, _: object) -> None:
        from botocore.exceptions import (
            BotoCoreError,
            ClientError,
            NoCredentialsError,
            PartialCredentialsError,
        )

        if kind is None or issubclass(kind, ClientError) or not issubclass(kind, BotoCoreError):
            if kind is not None and issubclass(kind, ClientError) and _code(error) in (
                "InvalidClientTokenId", "ExpiredToken", "ExpiredTokenException",
                "UnrecognizedClientException", "AccessDenied", "SignatureDoesNotMatch",
            ):  # fmt: skip
                raise ProviderError(
                    f"AWS did not accept the credentials ({_code(error)}).",
                    hint="Renew them, or use the applier's role.",
                ) from None
            return
        if issubclass(kind, NoCredentialsError | PartialCredentialsError):
            raise ProviderError(
                "There are no AWS credentials.",
                hint="Set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.",
            ) from None
        raise ProviderError(
            f"AWS cannot be reached ({kind.__name__}).",
            hint="Check the network, the region, and AWS_ENDPOINT_URL if it is set.",
        ) from None
