"""All proposals together, those that hold applied one after the other, their worth measured."""

from __future__ import annotations

import copy
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from tagwright.errors import ConfigError
from tagwright.suggestions.companions import companions, comparable
from tagwright.suggestions.measure import measure, values_of
from tagwright.suggestions.model import Suggestion
from tagwright.suggestions.names import is_own
from tagwright.suggestions.observe import observe, pairs
from tagwright.suggestions.owners import Known, owners
from tagwright.suggestions.spellings import gaps, lists, spellings
from tagwright.taxonomy import Taxonomy, parse_document
from tagwright.text import clean

if TYPE_CHECKING:
    from decimal import Decimal

    from tagwright.context import ToolContext
    from tagwright.suggestions.measure import Coverage
    from tagwright.suggestions.model import Proposal, Seen

__all__ = ["merged", "suggest"]

_MEASURED = 40
"""Proposals whose worth is measured, each with an expression of its own."""


def suggest(ctx: ToolContext, base: Taxonomy | None = None) -> Suggestion:
    """What the bill's tags could mean, on top of ``base``; default the taxonomy as it is.

    Raises:
        SnapshotError: There is no data.
        ConfigError: The taxonomy file is not valid.
    """
    base = base or ctx.taxonomy
    seen = observe(ctx)
    known = Known(base, seen, values_of(ctx, base))
    found = owners(known)
    beside = pairs(ctx, comparable(known))
    found += companions(known, beside)
    document = _document(base)
    document, found = _applied(document, found)
    # Spellings and lists are of what the tags say once it is known which tags say it.
    named = _known(ctx, document, seen)
    document, same = _applied(document, spellings(named))
    spelled = _known(ctx, document, seen)
    document, closed = _applied(document, lists(spelled))
    spoken = {proposal.key for proposal in found if proposal.certain} | _named(found)
    proposals = [*found, *same, *closed, *gaps(spelled, spoken)]
    after = parse_document(document, "the suggestion")
    alone = [_alone(base, proposal) for proposal in proposals[:_MEASURED]]
    whole = measure(ctx, [base, after, *(taxonomy for taxonomy in alone if taxonomy)])
    worth = iter(whole[2:])
    told = [
        replace(proposal, gain=_gain(proposal.key, whole[0], next(worth)))
        if number < len(alone) and alone[number]
        else proposal
        for number, proposal in enumerate(proposals)
    ]
    told.sort(key=lambda item: (not item.certain, -max(item.gain.values(), default=0)))
    return Suggestion(
        base,
        after,
        document,
        tuple(told),
        whole[0],
        whole[1],
        tuple(clean(t.raw) for t in seen.keys if is_own(t.raw) and clean(t.raw) != t.raw),
    )


def _known(ctx: ToolContext, document: dict[str, Any], seen: Seen) -> Known:
    taxonomy = parse_document(document, "the suggestion")
    return Known(taxonomy, seen, values_of(ctx, taxonomy))


def _named(found: list[Proposal]) -> set[str]:
    """Raw names that a proposal speaks of, so that none is proposed twice."""
    names: set[str] = set()
    for proposal in found:
        for piece in proposal.change.get("keys", {}).values():
            names.update(piece.get("tag_names", ()))
        for alias in proposal.change.get("aliases", ()):
            names.update(matcher["tag"] for matcher in alias["any_of"])
    return names


def _document(taxonomy: Taxonomy) -> dict[str, Any]:
    """A taxonomy as a document again, without what is the default of a field."""
    document: dict[str, Any] = taxonomy.spec.model_dump(
        mode="json", by_alias=True, exclude_defaults=True
    )
    return {"version": 1, **document}


def merged(document: dict[str, Any], change: dict[str, Any]) -> dict[str, Any]:
    """The document with a change: names and spellings are added, other fields replaced."""
    made = copy.deepcopy(document)
    for name, piece in change.get("keys", {}).items():
        key = made["keys"].setdefault(name, {})
        for field, value in piece.items():
            if field == "tag_names":
                key[field] = [*key.get(field, ()), *value]
            elif field == "values":
                values = key.setdefault(field, {})
                for canonical, others in value.items():
                    own = values.setdefault(canonical, [])
                    values[canonical] = list(dict.fromkeys([*own, *others]))
            else:
                key[field] = value
    if "aliases" in change:
        made["aliases"] = [*made.get("aliases", ()), *change["aliases"]]
    return made


def _applied(
    document: dict[str, Any], proposals: list[Proposal]
) -> tuple[dict[str, Any], list[Proposal]]:
    """The certain ones applied; what a taxonomy cannot hold, or contradicts another, is dropped."""
    kept = []
    for proposal in proposals:
        changed = merged(document, proposal.change)
        try:
            parse_document(changed, "the suggestion")
        except ConfigError:
            continue
        kept.append(proposal)
        if proposal.certain:
            document = changed
    return document, kept


def _alone(base: Taxonomy, proposal: Proposal) -> Taxonomy | None:
    """The taxonomy with this proposal only; None where it rests on another one."""
    try:
        return parse_document(merged(_document(base), proposal.change), "the suggestion")
    except ConfigError:
        return None


def _gain(key: str, before: Coverage, after: Coverage) -> dict[str, Decimal]:
    now, then = after.covered[key], before.covered.get(key, {})
    return {currency: amount - then.get(currency, 0) for currency, amount in now.items()}
