"""What is seen of a bill's tags, and what is proposed of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

if TYPE_CHECKING:
    from decimal import Decimal

    from tagwright.suggestions.measure import Coverage
    from tagwright.taxonomy import Taxonomy

__all__ = ["Kind", "Pair", "Proposal", "Seen", "Suggestion", "TagKey", "TagValue"]

Kind = Literal["tag name", "prefix", "spelling", "alias", "values", "key", "unused"]


class TagValue(NamedTuple):
    """A value of a raw tag.

    Attributes:
        text: Trimmed, as written most expensively.
        weight: Its share of the taggable cost (absolute amounts), added over currencies: a ratio
            to compare by, never an amount.
        resources: Different resources that carry it.
    """

    text: str
    weight: Decimal
    resources: int


@dataclass(frozen=True)
class TagKey:
    """A raw tag name of the bill, over what could be tagged.

    Attributes:
        raw: As it stands in the bill.
        weight: As of :class:`TagValue`, of all its values.
        costs: Currency to the effective cost that carries it, exact.
        empty: Currency to what of ``costs`` carries it with an empty value; none where nothing.
        resources: Different resources that carry it.
        distinct: How many different values it has; an empty one is none.
        values: The most expensive ones, at most 200.
    """

    raw: str
    weight: Decimal
    costs: dict[str, Decimal]
    empty: dict[str, Decimal]
    resources: int
    distinct: int
    values: tuple[TagValue, ...]


class Pair(NamedTuple):
    """Values of two raw tags on the same charges; ``weight`` and ``resources`` as above."""

    tag: str
    value: str
    other_tag: str
    other_value: str
    weight: Decimal
    resources: int


@dataclass(frozen=True)
class Seen:
    """The tags of a bill.

    Attributes:
        keys: Raw tag names, the most expensive first.
        taggable: Currency to the effective cost that could carry a tag.
    """

    keys: tuple[TagKey, ...]
    taggable: dict[str, Decimal]


@dataclass(frozen=True)
class Proposal:
    """One change of the taxonomy.

    Attributes:
        kind: What is changed.
        key: Key of the taxonomy.
        says: What is proposed, one sentence; tag text in it is cleaned.
        evidence: What speaks for it.
        certain: Whether ``taxonomy init`` writes it; what is not certain becomes a comment.
        change: A piece of a taxonomy document: ``keys``, ``aliases``.
        gain: Currency to the effective cost that this alone would cover more; negative where it
            makes values invalid.
    """

    kind: Kind
    key: str
    says: str
    evidence: str
    certain: bool
    change: dict[str, Any]
    gain: dict[str, Decimal] = field(default_factory=dict)


@dataclass(frozen=True)
class Suggestion:
    """Everything proposed.

    Attributes:
        base: The taxonomy as it is.
        after: With every certain proposal.
        document: ``after`` as a taxonomy document.
        proposals: Certain ones first, then by what they cover more.
        before_coverage: Of ``base``.
        after_coverage: Of ``after``.
        left_out: Raw tag names that no taxonomy can hold, cleaned.
    """

    base: Taxonomy
    after: Taxonomy
    document: dict[str, Any]
    proposals: tuple[Proposal, ...]
    before_coverage: Coverage
    after_coverage: Coverage
    left_out: tuple[str, ...] = ()
