"""Charts as SVG: no script, no font, colours from the page's style sheet by class.

The shapes are few (bars), so they are drawn here: charting libraries bring either megabytes or
fixed colours, which do not follow the reader's light or dark setting. Text goes through
``markupsafe``, geometry is whole numbers.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from markupsafe import Markup, escape

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["change_bar", "month_bars", "share_bar", "stacked_bar"]

_WIDTH = 1000
"""Of the drawing's own coordinates; on the page it is as wide as its place."""


def _scaled(value: Decimal, largest: Decimal, width: int) -> int:
    """``value / largest`` of the width; something that is not nothing is seen."""
    if not largest or not value:
        return 0
    return max(int(abs(value) / largest * width), 2)


def stacked_bar(parts: Sequence[tuple[str, str, Decimal, str]], *, label: str) -> Markup:
    """One bar of parts that add up: (kind, name, amount, amount as text).

    What is negative takes from the whole and has no length; the table beside it says it.
    """
    whole = sum((amount for _, _, amount, _ in parts if amount > 0), Decimal(0))
    left, drawn = 0, []
    for kind, name, amount, text in parts:
        if amount <= 0:
            continue
        width = min(_scaled(amount, whole, _WIDTH), _WIDTH - left)
        drawn.append(
            Markup(
                '<rect class="k-{}" x="{}" y="0" width="{}" height="44">'
                "<title>{}: {}</title></rect>"
            ).format(kind, left, width, name, text)
        )
        left += width
    return Markup(
        '<svg class="stack" viewBox="0 0 {} 44" preserveAspectRatio="none" role="img" '
        'aria-label="{}">{}</svg>'
    ).format(_WIDTH, label, Markup("").join(drawn))


def share_bar(amount: Decimal, largest: Decimal, kind: str = "") -> Markup:
    """The bar of one row of a table, as long as its part of the largest."""
    width = _scaled(amount, largest, 100) if amount > 0 else 0
    return Markup(
        '<svg class="bar" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">'
        '<rect class="{}" x="0" y="1" width="{}" height="8"/></svg>'
    ).format(f"k-{kind}" if kind else "plain", width)


def change_bar(change: Decimal, largest: Decimal) -> Markup:
    """A change to the right (more) or left (less) of a middle line."""
    width = _scaled(change, largest, 49)
    left = 50 if change >= 0 else 50 - width
    return Markup(
        '<svg class="bar" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">'
        '<rect class="{}" x="{}" y="1" width="{}" height="8"/>'
        '<rect class="axis" x="49.7" y="0" width="0.6" height="10"/></svg>'
    ).format("more" if change >= 0 else "less", left, width)


def month_bars(months: Sequence[tuple[str, Decimal, str]], *, label: str) -> Markup:
    """Upright bars, one a month: (month, amount, amount as text); the last is the page's own."""
    largest = max((amount for _, amount, _ in months), default=Decimal(0))
    step, drawn = 150, []
    for index, (month, amount, text) in enumerate(months):
        height = _scaled(amount, largest, 150) if amount > 0 else 0
        x = index * step
        own = "own" if index == len(months) - 1 else "earlier"
        drawn.append(
            Markup(
                '<rect class="{}" x="{}" y="{}" width="96" height="{}"><title>{}: {}</title></rect>'
                '<text x="{}" y="{}">{}</text><text class="month" x="{}" y="204">{}</text>'
            ).format(
                own, x + 27, 180 - height, height, month, text,
                x + step // 2, 172 - height, text, x + step // 2, month,
            )
        )  # fmt: skip
    width = max(len(months), 4) * step
    return Markup(
        '<svg class="months" viewBox="0 0 {} 212" role="img" aria-label="{}">'
        '<rect class="axis" x="0" y="180" width="{}" height="1"/>{}</svg>'
    ).format(width, escape(label), width, Markup("").join(drawn))
