"""Showback: one page a team and one for the whole, which add up to the charges."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tagwright.errors import MisuseError, UnknownNameError
from tagwright.reports.advice import NO_MODEL, actions, reading, summary
from tagwright.reports.journal_files import write_text
from tagwright.reports.pages import render
from tagwright.reports.rounding import exact_sum
from tagwright.reports.showback_data import Gathered, allocated_listing, gather, page_file
from tagwright.reports.showback_model import KINDS, Block, Check, Entry, Listing, Page, plain
from tagwright.text import shorten

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

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
        MisuseError: There are no charges in the period.
    """
    dimension = ctx.catalogue.dimension(dimension).name
    found = gather(
        ctx, registry, period, dimension=dimension, cost_basis=cost_basis, allocator=allocator
    )
    if not found.charges:
        start, end = ctx.anchor.data_start, ctx.anchor.data_end
        raise MisuseError(
            f"There are no charges in {period.label}.", hint=f"The data covers {start} to {end}."
        )
    size: Counter[str] = Counter()
    for line in found.now.lines:
        if line.target is not None:
            size[line.target] += abs(line.amount)  # type: ignore[assignment]  # exact enough to sort
    targets = [name for name, _ in sorted(size.items(), key=lambda item: (-item[1], item[0]))]
    if len(targets) > MAX_PAGES:
        found.notes.append(
            f"{len(targets)} {dimension}s: the {MAX_PAGES} largest have a page of their own."
        )
    files = {name: page_file(dimension, name) for name in targets[:MAX_PAGES]}
    return [_page(found, None, files), *(_page(found, name, files) for name in files)]


def _page(found: Gathered, target: str | None, files: dict[str, str]) -> Page:
    def own(lines: Sequence[Allocated]) -> list[Allocated]:
        return [line for line in lines if target is None or line.target == target]

    now = own(found.now.lines)
    before = None if found.previous is None else own(found.previous.lines)
    listings = _listings(found, target)
    coverage, gaps, keys, coverage_receipt, notes = _coverage(found, target)
    since = _since(found, target)
    charges = Counter(line.currency for line in now)
    currencies = sorted(charges, key=lambda name: (-charges[name], name))
    blocks = []
    for currency in currencies:
        blocks.append(
            _block(
                found,
                target,
                currency,
                [line for line in now if line.currency == currency],
                None if before is None else [line for line in before if line.currency == currency],
                [made[currency] for made in listings if currency in made],
                coverage.get(currency, {}),
                coverage_receipt,
                gaps.get(currency, []),
                keys,
                since.get(currency, ""),
                files,
            )
        )
    receipts = {"the allocation": found.now.receipt, "the charges": found.charges_receipt}
    if found.previous is not None:
        receipts[f"the allocation of {found.before.label}"] = found.previous.receipt
    for made in listings:
        for listing in made.values():
            receipts[listing.title.lower()] = listing.receipt
    receipts["coverage"] = coverage_receipt
    who = target if target is not None else "All costs"
    return Page(
        file="index.html" if target is None else files[target],
        title=who,
        target=target,
        dimension=found.dimension,
        cost_basis=found.cost_basis,
        period=found.now.period,
        previous=found.before,
        blocks=tuple(blocks),
        notes=tuple(dict.fromkeys([*found.notes, *notes])),
        receipts={name: receipt for name, receipt in receipts.items() if receipt},
        prepared=(
            f"Prepared {found.ctx.now:%Y-%m-%d %H:%M} UTC from snapshot "
            f"{found.ctx.snapshot.info.id}, allocation rules {found.now.rules_digest[:12]}."
        ),
    )


def _listings(found: Gathered, target: str | None) -> list[dict[str, Listing]]:
    """Charges by product, model and resource: of a team those that carry its tag."""
    note = (
        ""
        if target is None
        else f"Charges that carry this {found.dimension}'s tag; what is shared with it is above."
    )
    made = [
        found.listing("By model", "x_ai_model_id", target, NO_MODEL, note),
        found.listing("Top resources", "resource_id", target, "no resource named", note),
    ]
    if found.dimension != "product":
        made.insert(0, found.listing("By product", "product", target, "no product", note))
    return made


def _block(
    found: Gathered,
    target: str | None,
    currency: str,
    now: Sequence[Allocated],
    before: Sequence[Allocated] | None,
    listings: list[Listing],
    coverage: dict[str, tuple[Decimal, Decimal]],
    coverage_receipt: str,
    gaps: list[Entry],
    keys: Sequence[str],
    since: str,
    files: dict[str, str],
) -> Block:
    receipt = found.now.receipt
    kinds = allocated_listing(
        "How it came to you" if target is not None else "How it was allocated",
        now, before, lambda line: (KINDS.get(line.kind, (line.kind,))[0], line.kind),
        receipt=receipt, limit=None,
    )  # fmt: skip
    services = allocated_listing(
        "By service", now, before, lambda line: (line.service_name or line.service_provider_name, ""),
        receipt=receipt,
    )  # fmt: skip
    changes = allocated_listing(
        "What changed", now, before,
        lambda line: (line.service_name or line.service_provider_name, ""),
        receipt=receipt, limit=6, by_change=True,
    )  # fmt: skip
    first = [services] if before is None else [changes, services]
    checks = []
    if target is None:
        teams = allocated_listing(
            f"By {found.dimension}", now, before,
            lambda line: (line.target, "") if line.target is not None else (f"No {found.dimension}", "unallocated"),
            receipt=receipt, limit=100,
            link=lambda name, kind: "" if kind else files.get(name, ""),
        )  # fmt: skip
        first.insert(0, teams)
    whole = [line for line in found.now.lines if line.currency == currency]
    checks.append(
        Check(
            f"All {found.dimension}s together and what is unallocated, against the charges of "
            f"{reading(found.now.period)}",
            exact_sum(line.amount for line in whole),
            found.charges.get(currency, Decimal(0)),
            found.charges_receipt,
        )
    )
    amount = exact_sum(line.amount for line in now)
    for listing in [kinds, *first]:
        checks.append(
            Check(
                f"“{listing.title}”, row by row", exact_sum(r.amount for r in listing.rows), amount
            )
        )
    if target is None:
        for listing in listings:
            checks.append(
                Check(
                    f"“{listing.title}”, row by row",
                    exact_sum(row.amount for row in listing.rows),
                    amount,
                    listing.receipt,
                )
            )
    nobody = [line for line in now if line.kind == "unallocated" or line.target is None]
    wasted = [line for line in now if line.kind in ("idle", "commitment")]
    earlier = None if before is None else exact_sum(line.amount for line in before)
    models = next((item for item in listings if item.title == "By model"), None)
    return Block(
        currency=currency,
        amount=amount,
        before=earlier,
        summary=summary(
            f"{found.dimension.capitalize()} {shorten(target, 80)}" if target is not None else "Everything",
            currency, amount, earlier, period=reading(found.now.period), earlier=reading(found.before),
            changes=changes, models=models,
            unallocated=exact_sum(line.amount for line in nobody), since=since,
        ),
        kinds=kinds,
        months=tuple(
            (
                reading(month.period, short=True),
                exact_sum(
                    line.amount
                    for line in month.lines
                    if line.currency == currency and target in (None, line.target)
                ),
            )
            for month in found.months
        ),
        listings=(*first, *listings),
        coverage=coverage,
        coverage_receipt=coverage_receipt,
        gaps=tuple(gaps[:5]),
        actions=actions(
            currency, amount,
            unallocated=_by_service(nobody), idle=_by_service(wasted), gaps=gaps, keys=keys,
            grown=[row for row in changes.rows if not row.rest and (row.change or 0) > 0],
        ),
        checks=tuple(checks),
    )  # fmt: skip


def _by_service(lines: Sequence[Allocated]) -> Listing | None:
    if not lines:
        return None
    return allocated_listing(
        "", lines, None, lambda line: (line.service_name or line.service_provider_name, ""),
        receipt="",
    )  # fmt: skip


def _since(found: Gathered, target: str | None) -> dict[str, str]:
    """Currency to the first day of another level of cost, where one is seen."""
    if found.previous is None:
        return {}
    try:
        result = found.ask(
            "explain_change", metric=found.cost_basis, by=["service_name"], limit=1,
            filters=found.filters(target),
        )  # fmt: skip
    except UnknownNameError:
        return {}
    steps = result.details.get("step", [])
    return {str(step["currency"]): str(step["start"]) for step in steps if not step.get("end")}


def _coverage(
    found: Gathered, target: str | None
) -> tuple[
    dict[str, dict[str, tuple[Decimal, Decimal]]], dict[str, list[Entry]], list[str], str, list[str]
]:
    """Covered and taggable by currency and key; gaps by currency and service; keys; receipt."""
    try:
        whole = found.ask("tag_coverage", filters=found.filters(target), limit=100)
        parts = found.ask(
            "tag_coverage", filters=found.filters(target), group_by=["service_name"], limit=100
        )
    except (UnknownNameError, MisuseError):  # no such tag in the data; no required key
        return {}, {}, [], "", []
    coverage: dict[str, dict[str, tuple[Decimal, Decimal]]] = {}
    for row in whole.rows:
        own = coverage.setdefault(str(row["currency"]), {})
        own[str(row["key"])] = (Decimal(str(row["covered"])), Decimal(str(row["taggable"])))
    gaps: dict[str, list[Entry]] = {}
    for row in parts.rows:
        gap = Decimal(str(row["invalid"])) + Decimal(str(row["untagged"]))
        if gap > 0:
            name = str(row["service_name"] or "no service named")
            gaps.setdefault(str(row["currency"]), []).append(Entry(name, gap))
    keys = [str(key) for key in whole.details.get("keys", [])]
    return coverage, gaps, keys, whole.receipt or "", whole.notes
