"""Showback: one page a team and one for the whole, which add up to the charges."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from tagwright.errors import MisuseError
from tagwright.reports.advice import NO_MODEL, actions, reading, summary
from tagwright.reports.coverage import coverage_of, since
from tagwright.reports.journal_files import write_text
from tagwright.reports.pages import render
from tagwright.reports.rounding import exact_sum
from tagwright.reports.showback_data import (
    Gathered,
    allocated_listing,
    gather,
    page_file,
)
from tagwright.reports.showback_model import KINDS, Block, Check, Listing, Page, plain
from tagwright.text import shorten

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

    from tagwright.context import ToolContext
    from tagwright.registry import Registry
    from tagwright.reports.allocated import Allocated, Allocation
    from tagwright.results import Period

__all__ = ["MAX_PAGES", "Showback", "make_pages", "write_showback"]

MAX_PAGES = 500
"""Targets that get a page of their own, the largest ones."""


@dataclass(frozen=True)
class Showback:
    """What was written.

    Attributes:
        files: The pages, the whole first.
        pages: What they say.
    """

    files: tuple[str, ...]
    pages: tuple[Page, ...]

    @property
    def sound(self) -> bool:
        """Whether every page adds up."""
        return all(page.sound for page in self.pages)

    def as_dict(self) -> dict[str, Any]:
        """The JSON of ``tagwright report showback --json``: every figure, exact."""
        return {"sound": self.sound, "files": list(self.files), "pages": plain(list(self.pages))}


def write_showback(
    ctx: ToolContext,
    registry: Registry,
    period: Period,
    folder: Path,
    *,
    dimension: str,
    cost_basis: str,
    allocator: Callable[[ToolContext, Period], Allocation],
) -> Showback:
    """Write ``index.html`` and a page for each target into ``folder``.

    Raises:
        UnknownNameError: Nobody knows the dimension.
        SnapshotError: There is no data.
        MisuseError: There are no charges in the period.
        TagwrightError: The folder cannot be written.
    """
    pages = make_pages(
        ctx, registry, period, dimension=dimension, cost_basis=cost_basis, allocator=allocator
    )
    files = [write_text(folder / page.file, render(page, pages[0].file)) for page in pages]
    return Showback(tuple(map(str, files)), tuple(pages))


def make_pages(
    ctx: ToolContext,
    registry: Registry,
    period: Period,
    *,
    dimension: str,
    cost_basis: str,
    allocator: Callable[[ToolContext, Period], Allocation],
) -> list[Page]:
    """The pages, the whole first, then the targets from the largest down.

    Raises:
        UnknownNameError: Nobody knows the dimension.
        SnapshotError: There is no data.
        MisuseError: There are no charges in the period, or the cost is not an amount of money.
        AccessError: Who asks may see a part of the charges only.
    """
    ctx.require_everything("A showback report")
    whom = ctx.catalogue.dimension(dimension)
    if whom.kind == "time":
        raise MisuseError(f"Nobody owns a {whom.name}: costs cannot be shown back to it.")
    if not ctx.catalogue.metric(cost_basis).is_money:
        raise MisuseError(f"{cost_basis} is not an amount of money.")
    dimension = whom.name
    found = gather(
        ctx, registry, period, dimension=dimension, cost_basis=cost_basis, allocator=allocator
    )
    if not found.charges:
        start, end = ctx.anchor.data_start, ctx.anchor.data_end
        raise MisuseError(
            f"There are no charges in {period.label}.", hint=f"The data covers {start} to {end}."
        )
    size: defaultdict[str, Decimal] = defaultdict(Decimal)
    for line in found.now.lines:
        if line.target is not None:
            size[line.target] += abs(line.amount)
    targets = [name for name, _ in sorted(size.items(), key=lambda item: (-item[1], item[0]))]
    if len(targets) > MAX_PAGES:
        found.notes.append(
            f"{len(targets)} {dimension}s: the {MAX_PAGES} largest have a page of their own."
        )
    files = {name: page_file(dimension, name) for name in targets[:MAX_PAGES]}
    return [_page(found, None, files), *(_page(found, name, files) for name in files)]


def _page(found: Gathered, target: str | None, files: dict[str, str]) -> Page:
    maker = _Maker(found, target, files)
    charges = Counter(line.currency for line in maker.now)
    if target is None:  # a currency that the allocation lost must show, and fail its check
        charges.update(dict.fromkeys(found.charges, 0))
    blocks = [maker.block(name) for name in sorted(charges, key=lambda own: (-charges[own], own))]
    receipts = {"the allocation": found.now.receipt, "the charges": found.charges_receipt}
    for month in [found.previous, *found.months[:-1]]:
        if month is not None and month.lines:
            receipts[f"the allocation of {month.period.label}"] = month.receipt
    for made in maker.listings:
        receipts |= {listing.title.lower(): listing.receipt for listing in made.values()}
    receipts |= {"coverage": maker.coverage.receipt, "since when": maker.since_receipt}
    return Page(
        file="index.html" if target is None else files[target],
        title=target if target is not None else "All costs",
        target=target,
        dimension=found.dimension,
        cost_basis=found.cost_basis,
        period=found.now.period,
        previous=found.before,
        blocks=tuple(blocks),
        notes=_notes([*found.notes, *maker.coverage.notes], blocks),
        receipts={name: receipt for name, receipt in receipts.items() if receipt},
        prepared=(
            f"Prepared {found.ctx.now:%Y-%m-%d %H:%M} UTC from snapshot "
            f"{found.ctx.snapshot.info.id}, allocation rules {found.now.rules_digest[:12]}."
        ),
    )


def _notes(told: Iterable[str], blocks: Sequence[Block]) -> tuple[str, ...]:
    """Each once; of currencies, those of the page."""
    notes = [note for note in dict.fromkeys(told) if not note.startswith("Amounts are in ")]
    currencies = sorted(block.currency for block in blocks)
    if len(currencies) > 1:
        notes.append(f"Amounts are in {', '.join(currencies)}; they are not added up.")
    return tuple(notes)


class _Maker:
    """One page in the making: the target's own lines, and what the tools say of its charges."""

    def __init__(self, found: Gathered, target: str | None, files: dict[str, str]) -> None:
        self.found = found
        self.target = target
        self.files = files
        self.now = self._own(found.now.lines)
        self.before = None if found.previous is None else self._own(found.previous.lines)
        self.listings = self._listings()
        self.coverage = coverage_of(found, target)
        self.since, self.since_receipt = since(found, target)

    def _own(self, lines: Iterable[Allocated]) -> list[Allocated]:
        return [line for line in lines if self.target is None or line.target == self.target]

    def _listings(self) -> list[dict[str, Listing]]:
        """Charges by product, model and resource: of a team those that carry its tag."""
        found, target = self.found, self.target
        note = (
            ""
            if target is None
            else f"Charges that carry this {found.dimension}'s tag; its shares are above."
        )
        asked = [
            ("By product", "product", "no product"),
            ("By model", "x_ai_model_id", NO_MODEL),
            ("Top resources", "resource_id", "no resource named"),
        ]
        return [
            found.listing(title, dimension, target, nothing, note)
            for title, dimension, nothing in asked
            if dimension != found.dimension
        ]

    def _tables(
        self, now: Sequence[Allocated], before: Sequence[Allocated] | None
    ) -> tuple[Listing, Listing, list[Listing]]:
        """By kind; by change; and those shown after them."""
        found, receipt = self.found, self.found.now.receipt
        kinds = allocated_listing(
            "How it was allocated" if self.target is None else "How it came to you",
            now,
            before,
            lambda line: (KINDS.get(line.kind, (line.kind,))[0], line.kind),
            receipt=receipt,
            limit=None,
        )
        services = allocated_listing("By service", now, before, _service, receipt=receipt)
        changes = allocated_listing(
            "What changed", now, before, _service, receipt=receipt, limit=6, by_change=True
        )
        shown = [services] if before is None else [changes, services]
        if self.target is None:
            nobody = f"No {found.dimension}"
            teams = allocated_listing(
                f"By {found.dimension}",
                now,
                before,
                lambda line: (nobody, "unallocated") if line.target is None else (line.target, ""),
                receipt=receipt,
                limit=100,
                link=lambda name, kind: "" if kind else self.files.get(name, ""),
            )
            shown.insert(0, teams)
        return kinds, changes, shown

    def block(self, currency: str) -> Block:
        """Everything in one currency."""
        found, target = self.found, self.target
        now = _of(self.now, currency)
        before = None if self.before is None else _of(self.before, currency)
        listings = [made[currency] for made in self.listings if currency in made]
        kinds, changes, shown = self._tables(now, before)
        amount = total(now)
        nobody = [line for line in now if line.kind == "unallocated" or line.target is None]
        wasted = [line for line in now if line.kind in ("idle", "commitment")]
        gaps = self.coverage.gaps.get(currency, [])
        who = (
            "Everything"
            if target is None
            else f"{found.dimension.capitalize()} {shorten(target, 80)}"
        )
        earlier = None if before is None else total(before)
        return Block(
            currency=currency,
            amount=amount,
            before=earlier,
            summary=summary(
                who,
                currency,
                amount,
                earlier,
                period=reading(found.now.period),
                earlier=reading(found.before),
                changes=changes,
                models=next((item for item in listings if item.title == "By model"), None),
                unallocated=total(nobody),
                since=self.since.get(currency, ""),
            ),
            kinds=kinds,
            months=tuple(
                (
                    reading(month.period, short=True),
                    total(self._own(_of(month.lines, currency))) if month.lines else None,
                )
                for month in found.months
            ),
            listings=(*shown, *listings),
            coverage=self.coverage.shares.get(currency, {}),
            untaggable=self.coverage.untaggable.get(currency, Decimal(0)),
            coverage_receipt=self.coverage.receipt,
            gaps=tuple(gaps[:5]),
            actions=actions(
                currency,
                amount,
                unallocated=_by_service(nobody),
                idle=_by_service(wasted),
                gaps=gaps,
                keys=self.coverage.keys,
                grown=[row for row in changes.rows if not row.rest and (row.change or 0) > 0],
            ),
            checks=self._checks(currency, amount, [kinds, *shown], listings),
        )

    def _checks(
        self, currency: str, amount: Decimal, shown: list[Listing], listings: list[Listing]
    ) -> tuple[Check, ...]:
        """The whole against the charges first; then each table against the page."""
        found = self.found
        first = Check(
            f"All {found.dimension}s together and what has none, against the charges of "
            f"{reading(found.now.period)}",
            total(_of(found.now.lines, currency)),
            found.charges.get(currency, Decimal(0)),
            found.charges_receipt,
        )
        # A team's charges by tag are not all that it is charged: those tables have their own sum.
        tables = [(item, amount) for item in shown]
        tables += [(i, amount if self.target is None else i.total.amount) for i in listings]
        rows = [
            Check(
                f"“{item.title}”, row by row",
                exact_sum(row.amount for row in item.rows),
                whole,
                item.receipt,
            )
            for item, whole in tables
        ]
        return (first, *rows)


def _of(lines: Iterable[Allocated], currency: str) -> list[Allocated]:
    return [line for line in lines if line.currency == currency]


def _service(line: Allocated) -> tuple[str, str]:
    return line.service_name or line.service_provider_name, ""


def total(lines: Iterable[Allocated]) -> Decimal:
    """Their exact sum."""
    return exact_sum(line.amount for line in lines)


def _by_service(lines: Sequence[Allocated]) -> Listing | None:
    if not lines:
        return None
    return allocated_listing("", lines, None, _service, receipt="")
