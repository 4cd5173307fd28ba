"""A plan: exactly what would be changed, and the digest a human approves."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import secrets
from decimal import Decimal
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from tagwright.money import decimal_text

__all__ = ["SCOPES", "Plan", "PlanItem", "new_plan_id"]


SCOPES = ("team", "environment")
"""Taxonomy keys by which an approver can be limited."""


class PlanItem(BaseModel):
    """One tag of one resource.

    Attributes:
        arn: The resource.
        account: AWS account that owns it (12 digits).
        region: Where the tagging API is called.
        key: Tag key as it is written on the resource.
        before: Value now; None where the tag is absent, which is not the same as empty.
        after: Value to be; None to remove the tag (rollback only).
        confidence: 0 to 100, how sure the evidence is.
        evidence: What speaks for the value (and against it), in lines a human can check.
        effective_cost: What the resource cost in the period looked at, decimal text.
        currency: Of that amount.
        dimension: Taxonomy key the tag stands for, e.g. ``team``.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    arn: str
    account: str
    region: str
    key: str
    before: str | None
    after: str | None
    confidence: int = Field(default=100, ge=0, le=100)
    evidence: tuple[str, ...] = ()
    effective_cost: str = "0.00"
    currency: str = ""
    dimension: str = ""


class Plan(BaseModel):
    """What a human approves, whole or not at all. It never changes; an edit is another plan.

    Attributes:
        id: A handle, never an authentication.
        kind: ``tag``, or ``rollback`` of ``parent_id``.
        proposed_by: Principal id of who asked for it.
        created_at: Aware UTC.
        expires_at: Aware UTC; from then on it can be neither approved nor applied.
        reason: One sentence.
        items: What would be changed, in order.
        expected: What it is expected to do, e.g. coverage before and after; under ``names`` and
            ``account_names``, what people call the resources and their accounts; under ``scopes``,
            the team and environment that each resource has now.
        parent_id: For a rollback, the plan it undoes.
        one_person: It was made in one-person mode: who asks may approve it.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str
    kind: Literal["tag", "rollback"] = "tag"
    proposed_by: str
    created_at: dt.datetime
    expires_at: dt.datetime
    reason: str = ""
    items: tuple[PlanItem, ...]
    expected: dict[str, Any] = Field(default_factory=dict)
    parent_id: str | None = None
    one_person: bool = False

    def canonical(self) -> bytes:
        """RFC 8785 canonical JSON of everything the approver sees."""
        import rfc8785

        body = self.model_dump(mode="json")
        if not self.one_person:  # the digests of plans of before there was such a mode
            del body["one_person"]
        return rfc8785.dumps(body)

    @property
    def digest(self) -> str:
        """``sha256:`` and the hash of :meth:`canonical`; any edit makes another one."""
        return "sha256:" + hashlib.sha256(self.canonical()).hexdigest()

    def scope(self, arn: str, key: str) -> set[str]:
        """The teams (environments) that a resource is in now or would be; empty: unknown."""
        now = self.expected.get("scopes", {}).get(arn, {}).get(key)
        changed = {
            item.after
            for item in self.items
            if item.arn == arn and item.dimension == key and item.after
        }
        return changed | ({str(now)} if now else set())

    def amounts(self) -> dict[str, Decimal]:
        """Effective cost of the resources touched, per currency, each resource once."""
        sums: dict[str, Decimal] = {}
        seen: set[tuple[str, str]] = set()
        for item in self.items:
            if item.currency and (item.arn, item.currency) not in seen:
                seen.add((item.arn, item.currency))
                sums[item.currency] = sums.get(item.currency, Decimal(0)) + Decimal(
                    item.effective_cost
                )
        return sums

    def summary(self) -> dict[str, Any]:
        """A few lines of JSON: for lists and for the details of a tool's result."""
        return {
            "id": self.id,
            "kind": self.kind,
            "digest": self.digest,
            "proposed_by": self.proposed_by,
            "one_person": self.one_person,
            "created_at": self.created_at.isoformat(timespec="seconds"),
            "expires_at": self.expires_at.isoformat(timespec="seconds"),
            "reason": self.reason,
            "changes": len(self.items),
            "resources": len({item.arn for item in self.items}),
            "amounts": [
                {"currency": currency, "effective_cost": decimal_text(amount)}
                for currency, amount in sorted(self.amounts().items())
            ],
            "expected": {
                name: what
                for name, what in self.expected.items()
                if name not in {"names", "account_names", "scopes"}
            },
            "parent_id": self.parent_id,
        }

    @classmethod
    def from_json(cls, text: str) -> Plan:
        """The inverse of :meth:`canonical`."""
        return cls.model_validate(json.loads(text))


def new_plan_id(now: dt.datetime) -> str:
    """A new id: the day, and 40 random bits."""
    return f"plan-{now:%Y%m%d}-{secrets.token_hex(5)}"
