"""The chargeback journal: what an allocation means as debits and credits.

Each target is debited its share on an expense account; the central cost centre, which pays the
providers, is credited the whole on a clearing account. Where a target belongs to another legal
entity, both entities get a line on an intercompany account, so that debits equal credits per run,
currency and entity. Amounts are in the currency's smallest unit and never negative: a net credit
changes sides.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from dataclasses import asdict, dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Literal

from tagwright.money import EXACT, decimal_text
from tagwright.reports.currencies import minor_unit
from tagwright.reports.rounding import exact_sum, rounded_parts

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from tagwright.config import Chargeback
    from tagwright.reports.allocated import Allocated

__all__ = ["Journal", "JournalLine", "balance", "draft", "numbered", "reversal"]

Side = Literal["debit", "credit"]


@dataclass(frozen=True)
class JournalLine:
    """One line.

    Attributes:
        entity: Legal entity whose books it is in.
        cost_center: Of the entity; of intercompany lines the central one.
        gl_account: Account of the general ledger.
        side: ``debit`` or ``credit``.
        currency: ISO 4217.
        amount: At least 0, in the currency's smallest unit.
        target: Whom it was allocated to; None where nobody was found, and on the balancing lines.
        kind: ``direct``, ``shared``, ``idle`` … as allocated; ``clearing`` or ``intercompany``.
        method: How it was allocated.
        rule: By which rule; empty where none was needed.
        partner: The other entity of an intercompany line; else empty.
    """

    entity: str
    cost_center: str
    gl_account: str
    side: Side
    currency: str
    amount: Decimal
    target: str | None
    kind: str
    method: str
    rule: str = ""
    partner: str = ""

    @property
    def signed(self) -> Decimal:
        """Positive on the debit side."""
        return self.amount if self.side == "debit" else -self.amount

    def as_dict(self) -> dict[str, Any]:
        """JSON; the amount as text."""
        places = minor_unit(self.currency)
        return {**asdict(self), "amount": decimal_text(self.amount, places=places)}


@dataclass(frozen=True)
class Journal:
    """One run: lines that are posted together or not at all.

    Attributes:
        run_id: ``jr_`` and 16 hexadecimal digits of the sha256 of all the rest but the times.
        number: Of the run within its period, from 1.
        kind: ``post`` or ``reversal``.
        status: ``draft`` (stored nowhere) or ``closed``.
        period: The calendar month, ``YYYY-MM``.
        dimension: What was allocated to.
        cost_basis: Which cost.
        snapshot: Of the data.
        rules_digest: Of the allocation rules.
        reversal_of: Of a reversal, the run it undoes.
        receipt: Reproduces the figures.
        lines: In a stable order.
        exact: Currency to the exact sum that was rounded, as text.
        charges: Currency to the exact sum of the period's charges, as text: the same.
        notes: What a reader must know.
        posted_at: When it was closed, ISO 8601 in UTC; empty of a draft.
        posted_by: Who closed it.
    """

    run_id: str
    number: int
    kind: Literal["post", "reversal"]
    status: Literal["draft", "closed"]
    period: str
    dimension: str
    cost_basis: str
    snapshot: str
    rules_digest: str
    reversal_of: str
    receipt: str
    lines: tuple[JournalLine, ...]
    exact: dict[str, str]
    charges: dict[str, str]
    notes: tuple[str, ...] = ()
    posted_at: str = ""
    posted_by: str = ""

    def as_dict(self) -> dict[str, Any]:
        """JSON, with the sums of both sides."""
        return {
            **{key: value for key, value in asdict(self).items() if key != "lines"},
            "notes": list(self.notes),
            "adds_up": self.adds_up,
            "totals": balance(self.lines),
            "lines": [line.as_dict() for line in self.lines],
        }

    @property
    def adds_up(self) -> bool:
        """Whether what was allocated is what was charged, to the last decimal."""
        return {name: text for name, text in self.exact.items() if Decimal(text)} == {
            name: text for name, text in self.charges.items() if Decimal(text)
        }

    def same_money(self, other: Journal) -> bool:
        """Whether the other books the same amounts to the same places."""
        return sorted(map(repr, self.lines)) == sorted(map(repr, other.lines))


def draft(
    lines: Iterable[Allocated],
    mapping: Chargeback,
    *,
    period: str,
    cost_basis: str,
    snapshot: str,
    rules_digest: str,
    charges: Mapping[str, Decimal] | None = None,
    receipt: str = "",
    notes: Sequence[str] = (),
) -> Journal:
    """The journal of an allocation; its number is 1 until :func:`numbered`.

    Args:
        lines: Of the allocation; their amounts are exact.
        mapping: Entities, cost centres and accounts.
        period: ``YYYY-MM``.
        cost_basis: Which cost was allocated.
        snapshot: Of the data.
        rules_digest: Of the rules.
        charges: Currency to the sum of the period's charges; default what was allocated.
        receipt: Reproduces the figures.
        notes: Of the allocation.
    """
    sums: defaultdict[tuple[str, str, str, str, str], Decimal] = defaultdict(Decimal)
    nobody: set[tuple[str, str, str, str, str]] = set()
    for line in lines:
        key = (line.currency, line.target or "", line.kind, line.rule or "", line.method)
        sums[key] = EXACT.add(sums[key], line.amount)
        if line.target is None:
            nobody.add(key)
    keys = sorted(sums)
    made: list[JournalLine] = []
    exact: dict[str, str] = {}
    told = list(notes)
    for currency in sorted({key[0] for key in keys}):
        own = [key for key in keys if key[0] == currency]
        amounts = rounded_parts([sums[key] for key in own], places=minor_unit(currency))
        exact[currency] = decimal_text(exact_sum(sums[key] for key in own))
        charged = [
            _charged(key, None if key in nobody else key[1], amount, mapping)
            for key, amount in zip(own, amounts, strict=True)
        ]
        small = sum(1 for line in charged if not line.amount)
        if small:
            told.append(f"{small} amounts in {currency} are below its smallest unit: no line.")
        charged = [line for line in charged if line.amount]
        made += [*charged, *_balancing(charged, mapping, currency)]
    told += _unmapped(made, mapping)
    journal = Journal(
        run_id="",
        number=1,
        kind="post",
        status="draft",
        period=period,
        dimension=mapping.dimension,
        cost_basis=cost_basis,
        snapshot=snapshot,
        rules_digest=rules_digest,
        reversal_of="",
        receipt=receipt,
        lines=tuple(made),
        exact=exact,
        charges=exact
        if charges is None
        else {name: decimal_text(amount) for name, amount in sorted(charges.items())},
        notes=tuple(dict.fromkeys(told)),
    )
    return numbered(journal, 1)


def _sided(amount: Decimal, positive: Side) -> tuple[Side, Decimal]:
    if amount >= 0:
        return positive, amount
    return ("credit" if positive == "debit" else "debit"), -amount


def _charged(
    key: tuple[str, str, str, str, str], target: str | None, amount: Decimal, mapping: Chargeback
) -> JournalLine:
    currency, _, kind, rule, method = key
    side, size = _sided(amount, "debit")
    account = mapping.accounts.get(kind, "")
    if target is None:
        place = (
            mapping.entity,
            mapping.unallocated_cost_center,
            account or mapping.expense_account,
        )
    else:
        found = mapping.targets.get(target)
        place = (
            (found and found.entity) or mapping.entity,
            (found and found.cost_center) or target,
            account or (found and found.gl_account) or mapping.expense_account,
        )
    return JournalLine(*place, side, currency, size, target, kind, method, rule)


def _balancing(
    charged: Sequence[JournalLine], mapping: Chargeback, currency: str
) -> Iterator[JournalLine]:
    """The other sides: clearing at the centre, intercompany for every other entity."""

    def line(
        entity: str, account: str, amount: Decimal, kind: str, partner: str = ""
    ) -> JournalLine:
        side, size = _sided(amount, "debit")
        return JournalLine(
            entity, mapping.cost_center, account, side, currency, size, None, kind, kind, "",
            partner,
        )  # fmt: skip

    totals: defaultdict[str, Decimal] = defaultdict(Decimal)
    for item in charged:
        totals[item.entity] = EXACT.add(totals[item.entity], item.signed)
    for entity, amount in sorted(totals.items()):
        if entity != mapping.entity and amount:
            account = mapping.intercompany_account
            yield line(entity, account, -amount, "intercompany", mapping.entity)
            yield line(mapping.entity, account, amount, "intercompany", entity)
    if whole := exact_sum(totals.values()):
        yield line(mapping.entity, mapping.clearing_account, -whole, "clearing")


def _unmapped(lines: Sequence[JournalLine], mapping: Chargeback) -> list[str]:
    """That a mapping exists, and does not name everybody who is charged."""
    absent = sorted({line.target for line in lines if line.target} - mapping.targets.keys())
    if not mapping.targets:
        return [
            (
                "No [chargeback.targets] are configured: each target is its own cost centre of "
                f"entity {mapping.entity!r}."
            )
        ]
    if not absent:
        return []
    more = f" and {len(absent) - 5} more" if len(absent) > 5 else ""
    named = ", ".join(name if len(name) <= 40 else f"{name[:39]}…" for name in absent[:5])
    return [f"Not in [chargeback.targets], so their own cost centres: {named}{more}."]


def numbered(journal: Journal, number: int) -> Journal:
    """The journal as run ``number`` of its period, with the id that its content gives."""
    import rfc8785

    made = replace(journal, number=number)
    hashed = made.as_dict()
    for name in ("run_id", "status", "posted_at", "posted_by", "adds_up", "totals"):
        del hashed[name]
    return replace(made, run_id=f"jr_{hashlib.sha256(rfc8785.dumps(hashed)).hexdigest()[:16]}")


def reversal(journal: Journal) -> Journal:
    """The run that undoes a posted one: every line on its other side."""
    turned = tuple(
        replace(line, side="credit" if line.side == "debit" else "debit") for line in journal.lines
    )
    made = replace(
        journal,
        kind="reversal",
        status="draft",
        reversal_of=journal.run_id,
        lines=turned,
        exact=_negative(journal.exact),
        charges=_negative(journal.charges),
        notes=(f"Reverses run {journal.run_id}.",),
        posted_at="",
        posted_by="",
    )
    return numbered(made, journal.number + 1)


def _negative(sums: Mapping[str, str]) -> dict[str, str]:
    return {currency: decimal_text(-Decimal(amount)) for currency, amount in sums.items()}


def balance(lines: Iterable[JournalLine]) -> list[dict[str, str]]:
    """Both sides per currency, and what was charged: ``debit`` always equals ``credit``."""
    sums: defaultdict[str, dict[str, Decimal]] = defaultdict(
        lambda: {"debit": Decimal(0), "credit": Decimal(0), "charged": Decimal(0)}
    )
    for line in lines:
        own = sums[line.currency]
        own[line.side] = EXACT.add(own[line.side], line.amount)
        if line.kind not in ("clearing", "intercompany"):
            own["charged"] = EXACT.add(own["charged"], line.signed)
    return [
        {
            "currency": currency,
            **{
                name: decimal_text(value, places=minor_unit(currency))
                for name, value in own.items()
            },
        }
        for currency, own in sorted(sums.items())
    ]
