"""One workload as a row: its name, what is known of it and by what, what is missing."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from tagwright.builtin._question import figure
from tagwright.workloads import scaling

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping, Sequence

    from tagwright.results import Scalar
    from tagwright.workloads import Telemetry

__all__ = ["AI", "CANDIDATE", "TAGGED", "Workload", "shown", "workload"]

AI, TAGGED, CANDIDATE = "ai", "tagged", "candidate"
_RANK = {AI: 0, TAGGED: 1, CANDIDATE: 2}
_MEMBERS = {"machines": "machines", "job": "runs", "pipeline": "runs", "endpoint": "deployments"}
_MAKER = re.compile(r"^(?:[a-z]{2,6}\.)?(?:amazon|anthropic|cohere|deepseek|meta|mistral|openai)\.")
_HAS_MODEL = ("api", "endpoint", "job", "machines")
"""Forms of which it is worth asking which model they train or serve."""


@dataclass(frozen=True)
class Workload:
    """What the catalogue says of one workload in one currency.

    Attributes:
        name: As people would call it.
        lacks: ``team``, ``product``, ``model`` where no charge has it; ``untagged``.
        partly: Of ``team`` and ``product``, what some of its charges lack.
        scales: How, and ``evidence`` what in the data says so.
        known_from: The rule that found it, and where what is known of it came from.
        told: Telemetry of the same requests.
    """

    name: str
    currency: str
    certainty: str
    effective_cost: Decimal
    new: bool | None
    lacks: tuple[str, ...]
    partly: tuple[str, ...]
    team: str | None
    product: str | None
    model: str | None
    work: str | None
    form: str
    scales: str
    evidence: str
    account: str
    known_from: str
    told: Telemetry | None = field(default=None)

    def order(self) -> tuple[int, Decimal, str, str, str, str]:
        """By certainty, then cost, then names."""
        owner = f"{self.product or ''}/{self.team or ''}"
        return (
            _RANK[self.certainty], -self.effective_cost, self.currency, self.name, self.account,
            owner,
        )  # fmt: skip

    @property
    def missing(self) -> str | None:
        """In words; None where nothing is."""
        parts = ["untagged" if name == "untagged" else f"no {name}" for name in self.lacks]
        parts += [f"{name} in part" for name in self.partly]
        return ", ".join(parts) or None


def workload(
    row: Mapping[str, Any],
    *,
    new: bool | None,
    told: Telemetry | None,
    keys: Mapping[str, str | None],
    reference: tuple[int, dt.date],
) -> Workload:
    """From a row of :func:`tagwright.workloads.measure`.

    Args:
        row: It.
        new: Whether nothing of the name was charged in the period before; None: not known.
        told: What telemetry says of it.
        keys: What the taxonomy has, by ``team``, ``product``, …
        reference: Days of the period that the data covers, and the last of them.
    """
    how = [f"rule {row['rules']}" if row["rules"] else "workload-type tag"]
    owners: dict[str, str | None] = {}
    for name in ("team", "product"):
        owners[name] = row[name]
        if row[name] is not None:
            ways = [way for way in (row[f"{name}_how"] or "").split(", ") if way != "invalid"]
            how.append(f"{name} {'/'.join(ways)}")
        elif told is not None and len(said := told.teams if name == "team" else told.products) == 1:
            owners[name] = next(iter(said))
            how += [f"{name} telemetry"] if owners[name] else []
    model, by = _model(row, told)
    how += [f"model {by}"] if model and by != "bill" else []
    work = row["tagged_type"] or row["work"]
    how += ["type tag"] if row["tagged_type"] and row["rules"] else []
    lacks = [name for name in ("team", "product") if keys[name] and owners[name] is None]
    lacks += ["model"] if model is None and row["form"] in _HAS_MODEL else []
    lacks += ["untagged"] if row["taggable"] and not row["tagged"] else []
    scales, evidence = scaling(row, *reference)
    return Workload(
        name=_name(row),
        currency=row["currency"],
        certainty=row["certainty"],
        effective_cost=row["effective_cost"] or Decimal(0),
        new=new,
        lacks=tuple(lacks),
        partly=tuple(
            name
            for name in ("team", "product")
            if keys[name] and row[name] is not None and row[f"{name}_gap"]
        ),
        team=owners["team"],
        product=owners["product"],
        model=model,
        work=work,
        form=row["form"],
        scales=scales,
        evidence=evidence,
        account=row["account"],
        known_from="; ".join(how),
        told=told,
    )


def _name(row: Mapping[str, Any]) -> str:
    account = row["account"]
    if row["basis"] == "model":
        return f"{_MAKER.sub('', row['billed_model'])} in {account}"
    if row["basis"] == "family":
        return f"{row['family']} machines in {account}"
    if row["basis"] == "service":
        return f"{row['service']} in {account}"
    members = _MEMBERS.get(row["form"])
    if members and row["resources"] > 1:
        name = row["label"] if row["labels"] == 1 else row["subject"]
        return f"{name} ({row['resources']} {members})"
    return str(row["label"])


def _model(row: Mapping[str, Any], told: Telemetry | None) -> tuple[str | None, str]:
    if row["billed_model"]:
        return row["billed_model"], "bill"
    if row["tagged_model"]:
        return row["tagged_model"], "tag"
    if told is not None and told.models:
        return ", ".join(sorted(told.models)), "telemetry"
    return None, ""


def shown(found: Sequence[Workload]) -> list[dict[str, Scalar]]:
    """Rows of the result; telemetry has columns only where it says something."""
    measured = any(item.told is not None for item in found)
    rows: list[dict[str, Scalar]] = []
    for item in found:
        row: dict[str, Scalar] = {
            "workload": item.name,
            "effective_cost": figure(item.effective_cost),
            "currency": item.currency,
            "team": item.team,
            "product": item.product,
            "model": item.model,
            "type": item.work,
            "form": item.form,
            "scales": item.scales,
            "certainty": item.certainty,
            "new": item.new,
            "missing": item.missing,
            "account": item.account,
            "evidence": item.evidence,
            "known_from": item.known_from,
        }
        if measured:
            row["requests"] = item.told.requests if item.told else None
            row["tokens"] = item.told.tokens if item.told else None
        rows.append(row)
    return rows
