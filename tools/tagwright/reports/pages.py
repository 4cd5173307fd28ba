"""A page as one HTML file: no network, no script, no font; every text from a bill escaped."""

from __future__ import annotations

from dataclasses import fields
from decimal import Decimal
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from tagwright.money import EXACT, decimal_text, display_text
from tagwright.render import html
from tagwright.reports import charts
from tagwright.reports.advice import money, percent, reading
from tagwright.reports.currencies import minor_unit
from tagwright.reports.showback_model import KINDS
from tagwright.text import clean, shorten

if TYPE_CHECKING:
    from jinja2 import Template

    from tagwright.reports.showback_model import Block, Check, Entry, Listing, Page

__all__ = ["render", "style", "template"]


def render(page: Page, index: str) -> str:
    """The page as HTML.

    Args:
        page: What it says.
        index: File of the page of the whole.
    """
    return template("page.html.j2").render(
        page=page,
        index="" if page.target is None else index,
        title=clean(page.title),
        blocks=[_block(page, block) for block in page.blocks],
        notes=[clean(note) for note in page.notes],
        style=Markup(style()),  # noqa: S704  our own file
        period=reading(page.period),
        previous=reading(page.previous),
        basis=page.cost_basis.replace("_", " "),
        shorten=shorten,
    )


@cache
def template(name: str) -> Template:
    """A page of the folder ``templates``; every text from a bill is escaped."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("tagwright.reports"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template(name)


@cache
def style() -> str:
    """The style sheet that every page of a report holds: that of all our pages, and its own."""
    own = files("tagwright.reports") / "templates" / "style.css"
    return html.style() + own.read_text(encoding="utf-8")


def _block(page: Page, block: Block) -> dict[str, Any]:
    """Amounts as printed: each rounded for itself, so that it reads the same everywhere."""
    currency = block.currency
    change = None if block.before is None else EXACT.subtract(block.amount, block.before)
    checks = [_check(check) for check in block.checks]
    return {
        "currency": currency,
        "amount": money(block.amount, currency),
        "exact": decimal_text(block.amount),
        "before": None if block.before is None else money(block.before, currency),
        "change": None if change is None else _signed(change, currency),
        "change_ratio": "" if change is None else percent(abs(change), abs(block.before or change)),
        "direction": 0 if not change else (1 if change > 0 else -1),
        "summary": block.summary,
        "kinds": _listing(block.kinds, currency, block.amount, page.dimension),
        "stack": charts.stacked_bar(
            [
                (row.kind or "other", row.name or "", row.amount, money(row.amount, currency))
                for row in block.kinds.rows
            ],
            label=f"{page.title} by kind",
        ),
        "months": charts.month_bars(
            [
                (name, amount or Decimal(0), "no data" if amount is None else _short(amount))
                for name, amount in block.months
            ],
            label=f"{clean(page.title)} by month, {currency}",
        )
        if len(block.months) > 1
        else None,
        "listings": [
            _listing(item, currency, block.amount, page.dimension) for item in block.listings
        ],
        "coverage": [
            {
                "key": "all of them" if key == "all" else key,
                "share": percent(parts.covered, parts.taggable) or "nothing to tag",
                **{
                    part.name: money(getattr(parts, part.name), currency).removesuffix(
                        f" {currency}"
                    )
                    for part in fields(parts)
                },
                "bar": charts.share_bar(parts.covered, parts.taggable),
            }
            for key, parts in block.coverage.items()
        ],
        "untaggable": money(block.untaggable, currency) if block.untaggable else "",
        "coverage_receipt": block.coverage_receipt,
        "gaps": [(shorten(row.name or "", 60), money(row.amount, currency)) for row in block.gaps],
        "actions": block.actions,
        "checks": checks,
        "main_checks": [c for n, c in enumerate(checks) if n == 0 or not c["holds"]],
        "more_checks": [c for n, c in enumerate(checks) if n and c["holds"]],
    }


def _check(check: Check) -> dict[str, Any]:
    return {
        "what": clean(check.what),
        "left": decimal_text(check.left),
        "right": decimal_text(check.right),
        "off": decimal_text(EXACT.subtract(check.left, check.right)),
        "holds": check.holds,
        "receipt": check.receipt,
    }


def _short(amount: Decimal) -> str:
    """An amount over a bar.

    >>> _short(Decimal("154321")), _short(Decimal("12.3"))
    ('154k', '12')
    """
    for size, letter in ((10**9, "bn"), (10**6, "m"), (10**3, "k")):
        if abs(amount) >= size:
            scaled = amount / size
            return display_text(scaled, places=0 if abs(scaled) >= 100 else 1) + letter
    return display_text(amount, places=0)


def _signed(amount: Decimal, currency: str, places: int | None = None) -> str:
    text = (
        money(abs(amount), currency)
        if places is None
        else f"{display_text(abs(amount), places=places)}"
    )
    return f"{'+' if amount > 0 else '-' if amount < 0 else ''}{text}"


def _listing(listing: Listing, currency: str, amount: Decimal, dimension: str) -> dict[str, Any]:
    places = 0 if abs(listing.total.amount) >= 10_000 else minor_unit(currency)
    largest = max((abs(row.amount) for row in listing.rows), default=Decimal(0))
    moved = max((abs(row.change or Decimal(0)) for row in listing.rows), default=Decimal(0))
    by_change = listing.title == "What changed"

    def row(entry: Entry, *, total: bool) -> dict[str, Any]:
        change = entry.change
        bar = None
        if not total:
            bar = (
                charts.change_bar(entry.change or Decimal(0), moved)
                if by_change
                else charts.share_bar(entry.amount, largest, entry.kind)
            )
        return {
            "name": clean(entry.name or "nothing named"),
            "kind": entry.kind,
            "meaning": (
                ""
                if entry.name and entry.name.startswith("No ")
                else KINDS.get(entry.kind, ("", ""))[1].format(dimension)
            ),
            "link": entry.link,
            "rest": entry.rest,
            "amount": display_text(entry.amount, places=places),
            "exact": decimal_text(entry.amount),
            "before": None if entry.before is None else display_text(entry.before, places=places),
            "change": None if change is None else _signed(change, currency, places),
            "share": percent(entry.amount, listing.total.amount),
            "bar": bar,
        }

    rows = [row(entry, total=False) for entry in listing.rows]
    total = row(listing.total, total=True)
    return {
        "title": listing.title,
        "note": listing.note,
        "receipt": listing.receipt,
        "compared": listing.total.before is not None,
        "by_change": by_change,
        "rows": rows,
        "total": total,
        "part": "" if listing.total.amount == amount else percent(listing.total.amount, amount),
    }
