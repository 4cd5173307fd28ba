"""From a month's charges to its journal: drafted, closed, or corrected."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from tagwright.errors import MisuseError, TagwrightError
from tagwright.reports.journal import Journal, draft
from tagwright.reports.postings import Postings
from tagwright.reports.showback_data import allocated_month, charged, is_month

if TYPE_CHECKING:
    from collections.abc import Callable

    from tagwright.config import Chargeback
    from tagwright.context import ToolContext
    from tagwright.registry import Registry
    from tagwright.reports.allocated import Allocation
    from tagwright.results import Period

__all__ = ["Booked", "book", "prepare"]

Action = Literal["draft", "close", "correct"]

_SETTLED_DAYS = 5
"""So long after its end providers still restate a month."""


@dataclass(frozen=True)
class Booked:
    """What there is for a month now.

    Attributes:
        runs: All that is posted, in order; or the draft alone.
        status: ``draft`` or ``closed``.
        notes: What a reader must know, beside the runs' own notes.
    """

    runs: tuple[Journal, ...]
    status: Literal["draft", "closed"]
    notes: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """The JSON of ``tagwright report journal --json``."""
        return {
            "status": self.status,
            "notes": list(self.notes),
            "runs": [run.as_dict() for run in self.runs],
        }


def prepare(
    ctx: ToolContext,
    registry: Registry,
    period: Period,
    mapping: Chargeback,
    allocator: Callable[[ToolContext, Period], Allocation],
) -> Journal:
    """The draft of a month.

    Raises:
        MisuseError: It is not a calendar month, or there are no charges in it.
        UnknownNameError: Nobody knows the dimension.
        AccessError: Who asks may see a part of the charges only.
    """
    ctx.require_everything("A chargeback journal")
    if not is_month(period):
        raise MisuseError(
            f"A journal is of one calendar month, and {period.label} is not one.",
            hint="E.g. --period 2026-09.",
        )
    dimension = ctx.catalogue.dimension(mapping.dimension).name
    month = allocated_month(ctx, period, dimension, mapping.cost_basis, allocator)
    charges, _, notes = charged(ctx, registry, period, mapping.cost_basis)
    if not charges:
        raise MisuseError(
            f"There are no charges in {period.label}.",
            hint=f"The data covers {ctx.anchor.data_start} to {ctx.anchor.data_end}.",
        )
    if mapping.cost_basis == "effective_cost":
        notes.append(
            "Effective cost: prepayments are spread over what they cover, so the sum is not that "
            'of the month\'s invoices (cost_basis = "billed_cost" is).'
        )
    return draft(
        month.lines,
        mapping.model_copy(update={"dimension": dimension}),
        period=f"{period.start:%Y-%m}",
        cost_basis=mapping.cost_basis,
        snapshot=ctx.snapshot.info.id,
        rules_digest=month.rules_digest,
        charges=charges,
        receipt=month.receipt,
        notes=[*_open_notes(ctx, period), *month.notes, *notes],
    )


def _open_notes(ctx: ToolContext, period: Period) -> list[str]:
    settled = period.end + dt.timedelta(days=_SETTLED_DAYS)
    if period.end <= ctx.now.date() < settled:
        return [f"Providers may restate {period.label} until about {settled}."]
    return []


def book(
    ctx: ToolContext, period: Period, make: Callable[[], Journal], *, action: Action, by: str
) -> Booked:
    """Draft, close or correct; a closed month is shown as it was posted, whatever is left of it.

    Args:
        ctx: The call.
        period: The month.
        make: :func:`prepare` of it.
        action: What to do.
        by: Who does it.

    Raises:
        MisuseError: The month is not over, or its data does not reach its end.
        TagwrightError: The journal does not add up to the charges.
        ClosedPeriodError: It is closed with other figures (``close``).
    """
    ctx.require_everything("A chargeback journal")
    postings = Postings(ctx.state)
    month = f"{period.start:%Y-%m}"
    note: tuple[str, ...] = ()
    if action == "draft":
        runs = postings.runs(month) if is_month(period) else []
        if not runs:
            return Booked((make(),), "draft")
        try:
            journal = make()
        except TagwrightError as error:
            note = (f"What it would be today is not known: {error.message}",)
        else:
            live = postings.live(month)
            if live is None or not live.same_money(journal):
                told = f"Today's data and rules give other figures than run {runs[-1].run_id}"
                note = (f"{told}: --correct books them.",)
        return Booked(tuple(runs), "closed", note)
    journal = make()
    _closable(ctx, period, journal)
    if action == "close":
        postings.close(journal, by=by, now=ctx.now)
    elif postings.correct(journal, by=by, now=ctx.now) is None:
        note = ("The figures are the same: nothing was booked.",)
    return Booked(tuple(postings.runs(month)), "closed", note)


def _closable(ctx: ToolContext, period: Period, journal: Journal) -> None:
    end = ctx.anchor.data_end
    if period.end > ctx.now.date():
        raise MisuseError(f"{period.label} is not over: it cannot be closed.")
    if end is None or end < period.end:
        raise MisuseError(
            f"The data ends on {end and end - dt.timedelta(days=1)}, before {period.label} does: "
            "it cannot be closed.",
            hint="Ingest the final bills first.",
        )
    if not journal.adds_up:
        raise TagwrightError(
            f"The journal of {period.label} does not add up to the charges: {journal.exact} "
            f"instead of {journal.charges}. Nothing was booked.",
            hint="This is a fault in Tagwright; report it.",
        )
