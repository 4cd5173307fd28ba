"""What the figures mean in sentences, and what to do: said only where the figures say it."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from tagwright.money import display_text
from tagwright.reports.currencies import minor_unit
from tagwright.text import shorten

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tagwright.reports.showback_model import Entry, Listing
    from tagwright.results import Period

__all__ = ["NO_MODEL", "actions", "money", "percent", "reading", "summary"]

_WORTH = Decimal("0.01")
"""Of the whole: what is less is not worth a sentence."""

_MUCH = Decimal("0.2")
"""Of a change: a model that moved less does not explain it."""

NO_MODEL = "no model named"
"""The row of charges that are no model's."""

_SHOWN = 60


def money(amount: Decimal, currency: str) -> str:
    """For reading: whole units from 10,000 on.

    >>> money(Decimal("12345.678"), "USD"), money(Decimal("-0.5"), "EUR")
    ('12,346 USD', '-0.50 EUR')
    """
    places = 0 if abs(amount) >= 10_000 else minor_unit(currency)
    return f"{display_text(amount, places=places)} {currency}"


def reading(period: Period, *, short: bool = False) -> str:
    """A month by its name, another period as it is labelled.

    >>> import datetime as dt
    >>> from tagwright.results import Period
    >>> month = Period(start=dt.date(2026, 10, 1), end=dt.date(2026, 11, 1), label="2026-10")
    >>> reading(month), reading(month, short=True)
    ('October 2026', 'Oct 2026')
    """
    days = (period.end - period.start).days
    if period.start.day == period.end.day == 1 and days <= 31:
        return period.start.strftime("%b %Y" if short else "%B %Y")
    return period.label


def percent(part: Decimal, whole: Decimal) -> str:
    """A share for reading; empty where there is no whole.

    >>> percent(Decimal(1), Decimal(3)), percent(Decimal(1), Decimal(100000))
    ('33.3%', '<0.1%')
    """
    if not whole:
        return ""
    share = part / whole * 100
    if share and abs(share) < Decimal("0.1"):
        return "<0.1%"
    return f"{display_text(share, places=1)}%"


def _name(row: Entry) -> str:
    return shorten(row.name or "", _SHOWN)


def summary(
    who: str,
    currency: str,
    amount: Decimal,
    before: Decimal | None,
    *,
    period: str,
    earlier: str,
    changes: Listing,
    models: Listing | None,
    unallocated: Decimal,
    since: str,
) -> tuple[str, ...]:
    """At most four sentences: how much, against before, why, and what has no owner.

    Args:
        who: ``search`` or ``Everything``.
        currency: Of the amounts.
        amount: In the period.
        before: In the period before; None where that is not known.
        period: How the period reads.
        earlier: How the one before reads.
        changes: Services by their change.
        models: Charges by model.
        unallocated: What nobody was found for.
        since: First day of another level of cost, ISO; empty where none is seen.
    """
    said = [f"{who} cost {money(amount, currency)} in {period}."]
    if before is not None:
        change = amount - before
        if abs(change) < abs(before) * _WORTH:
            said = [f"{said[0][:-1]}, about as much as in {earlier}."]
        else:
            word = "more" if change > 0 else "less"
            ratio = percent(abs(change), abs(before))
            said = [
                f"{said[0][:-1]}: {money(abs(change), currency)} {word} than in {earlier}"
                + (f" ({ratio})." if ratio else ".")
            ]
            said += _why(change, changes, models, currency, since)
    if unallocated > abs(amount) * _WORTH:
        said.append(
            f"{money(unallocated, currency)} ({percent(unallocated, amount)}) has no owner yet."
        )
    return tuple(said)


def _why(
    change: Decimal, changes: Listing, models: Listing | None, currency: str, since: str
) -> list[str]:
    """The services and the model that moved most in the direction of the whole."""

    def moved(rows: Sequence[Entry]) -> list[Entry]:
        same = [r for r in rows if not r.rest and r.change and (r.change > 0) == (change > 0)]
        return sorted(same, key=lambda row: -abs(row.change or Decimal(0)))

    found = moved(changes.rows)
    if not found:
        return []
    own = found[0].change or Decimal(0)
    share = percent(own, change) if abs(own) <= abs(change) else ""
    text = f"What drives it: {_name(found[0])}, {_moved(own, currency)}"
    text += f" ({share} of the change)" if share else ""
    text += f", since {since}" if since else ""
    if models is not None:
        named = [row for row in moved(models.rows) if row.name != NO_MODEL]
        by = (named[0].change if named else None) or Decimal(0)
        if abs(by) > abs(change) * _MUCH:
            text += f"; of the models {_name(named[0])}, {_moved(by, currency)}"
    return [text + "."]


def actions(
    currency: str,
    amount: Decimal,
    *,
    unallocated: Listing | None,
    idle: Listing | None,
    gaps: Sequence[Entry],
    keys: Sequence[str],
    grown: Sequence[Entry],
) -> tuple[str, ...]:
    """What to do, most money first; nothing for less than a hundredth of the whole.

    Args:
        currency: Of the amounts.
        amount: The whole.
        unallocated: Services of what nobody was found for.
        idle: Services of what is idle or prepaid and unused.
        gaps: Services and what of them lacks a valid value of a required key.
        keys: Those keys.
        grown: Services that cost more than before, largest change first.
    """
    floor = abs(amount) * _WORTH
    found: list[tuple[Decimal, str]] = []

    def say(worth: Decimal, text: str) -> None:
        found.append((worth, text))

    if unallocated is not None and (worth := unallocated.total.amount) > floor:
        where = ", ".join(_name(row) for row in unallocated.rows[:3] if not row.rest)
        say(
            worth,
            f"Find an owner for {money(worth, currency)}: most of it is {where}. A rule or a "
            "virtual tag can name one; tagwright tool propose_tag_fixes shows what the data "
            "suggests.",
        )
    if idle is not None and (worth := idle.total.amount) > floor:
        row = idle.rows[0]
        say(
            worth,
            f"Scale down, share or end what is idle: {money(worth, currency)}, most of it "
            f"{_name(row)} ({money(row.amount, currency)}).",
        )
    if gaps and (worth := gaps[0].amount) > floor:
        say(
            worth,
            f"Tag {_name(gaps[0])}: {money(worth, currency)} lacks a valid value of "
            f"{_listed(keys)}.",
        )
    if grown and (worth := grown[0].change or Decimal(0)) > floor * 2:
        say(
            worth,
            f"Ask why {_name(grown[0])} rose by {money(worth, currency)}: expected growth, or "
            "something to switch off?",
        )
    found.sort(key=lambda item: -item[0])
    return tuple(text for _, text in found)


def _moved(change: Decimal, currency: str) -> str:
    return f"{'+' if change > 0 else '-'}{money(abs(change), currency)}"


def _listed(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} or {names[-1]}"
