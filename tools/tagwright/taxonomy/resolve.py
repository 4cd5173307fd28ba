"""What one charge's value of a key is, in plain Python: the reference that the SQL must equal."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from tagwright.taxonomy.fold import Pattern, fold_value, trim
from tagwright.taxonomy.keys import Resolution
from tagwright.taxonomy.model import Matcher

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tagwright.taxonomy.keys import Key, Method
    from tagwright.taxonomy.model import VirtualTagSpec
    from tagwright.taxonomy.taxonomy import Taxonomy

__all__ = ["resolve"]


def resolve(
    taxonomy: Taxonomy,
    name: str,
    tags: Mapping[str, str | None],
    on: dt.date | None = None,
    row: Mapping[str, Any] | None = None,
) -> Resolution:
    """What one charge's value of a key is: the Python reference of :func:`promotions`.

    Args:
        taxonomy: The taxonomy.
        name: Name of one of its keys.
        tags: Raw tags of the charge.
        on: ChargePeriodStart; None makes dated aliases and virtual tags not apply.
        row: FOCUS columns that virtual tags may look at.

    Raises:
        UnknownNameError: There is no such key; names the nearest.
    """
    key, row = taxonomy.key(name), row or {}
    moment = _moment(on)
    present = {raw: value for raw, value in tags.items() if value is not None and trim(value)}
    own = taxonomy.candidates(key.name, present)
    for candidate in own:
        raw_value = present[candidate.raw]
        written = key.normalise(raw_value)
        renamed = _alias(taxonomy, key, {candidate.raw: raw_value}, moment)
        if renamed is not None:
            method: Method = "tag" if renamed[0] == written else "alias"
            return Resolution(renamed[0], method, candidate.raw, raw_value)
        if written is not None:
            return Resolution(written, "tag", candidate.raw, raw_value)
    if (found := _alias(taxonomy, key, present, moment)) is not None:
        return Resolution(found[0], "alias", found[1], present[found[1]])
    for rule in taxonomy.spec.virtual_tags:
        if key.name in rule.means and rule.live(moment) and _holds(taxonomy, rule, present, row):
            column = next(iter(rule.when))
            seen = row.get(column)
            value = key.normalise(rule.means[key.name])
            return Resolution(value, "virtual", column, None if seen is None else str(seen))
    if own:
        return Resolution(None, "invalid", own[0].raw, present[own[0].raw])
    return Resolution(None, None)


def _moment(on: dt.date | None) -> dt.datetime | None:
    if on is None:
        return None
    if not isinstance(on, dt.datetime):
        return dt.datetime(on.year, on.month, on.day, tzinfo=dt.UTC)
    return on.replace(tzinfo=dt.UTC) if on.tzinfo is None else on.astimezone(dt.UTC)


def _alias(
    taxonomy: Taxonomy, key: Key, present: Mapping[str, str], moment: dt.datetime | None
) -> tuple[str, str] | None:
    """Value and deciding tag of the first live alias for ``key`` that one of the tags fits."""
    for alias in taxonomy.spec.aliases:
        if key.name not in alias.means or not alias.live(moment):
            continue
        for raw in sorted(present):
            folded = fold_value(present[raw])
            for matcher in alias.any_of:
                if taxonomy.fits_name(matcher, raw) and any(
                    pattern.matches(folded) for pattern in taxonomy.matcher_values(matcher)
                ):
                    value = key.normalise(alias.means[key.name])
                    if value is not None:  # checked when the taxonomy was loaded
                        return value, raw
    return None


def _holds(
    taxonomy: Taxonomy, rule: VirtualTagSpec, present: Mapping[str, str], row: Mapping[str, Any]
) -> bool:
    for column, texts in rule.when.items():
        patterns = [Pattern.of(text) for text in texts]
        if column.startswith("tag:"):
            name = Matcher(tag=column[4:], value="*")
            values = [value for raw, value in present.items() if taxonomy.fits_name(name, raw)]
        else:
            values = [str(row[column])] if row.get(column) is not None else []
        if not any(p.matches(fold_value(value)) for value in values for p in patterns):
            return False
    return True
