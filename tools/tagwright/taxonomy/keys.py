"""The words of a taxonomy: its keys, what a raw tag is to them, and what comes of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, NamedTuple

from tagwright.taxonomy.fold import Pattern, fold_value, trim

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tagwright.taxonomy.model import Layer

__all__ = ["Candidate", "Key", "Method", "Promotion", "Resolution"]

Method = Literal["tag", "alias", "virtual", "invalid"]


class Promotion(NamedTuple):
    """One column that ingest computes for every charge.

    Attributes:
        column: e.g. ``x_team``, ``x_team_method``, ``x_taggable``.
        type: DuckDB type: ``VARCHAR`` or ``BOOLEAN``.
        sql: Expression over ``Tags`` (MAP(VARCHAR, VARCHAR)) and FOCUS columns.
    """

    column: str
    type: str
    sql: str


class Resolution(NamedTuple):
    """What a key's value is, and how it was found.

    Attributes:
        value: Canonical value; None where there is none.
        method: ``tag``, ``alias``, ``virtual``, ``invalid`` (there is a tag, but its value is
            not valid and nothing else says), or None (nothing says).
        from_key: The raw tag name that decided; for ``virtual`` the first column of the rule.
        from_value: Its raw value.
    """

    value: str | None
    method: Method | None
    from_key: str | None = None
    from_value: str | None = None


@dataclass(frozen=True)
class Key:
    """One taxonomy key, compiled.

    Attributes:
        name: e.g. ``cost-center``.
        layer: ``workload``, ``business`` or ``unit``.
        required: Whether coverage counts it.
        values: Canonical values; a pattern is written with its ``*``; empty where any is valid.
        open: Whether values that are not listed are valid too.
        case: ``lower``, ``upper`` or ``keep``.
        tag_names: Physical tag names in order of precedence, the key itself first.
        owner: Who answers questions about the key.
        description: One sentence.
        spellings: Folded spelling to canonical value.
        patterns: Patterns among ``values``.
        placeholders: Folded values that say nothing.
    """

    name: str
    layer: Layer
    required: bool
    values: tuple[str, ...]
    open: bool
    case: Literal["lower", "upper", "keep"]
    tag_names: tuple[str, ...]
    owner: str = ""
    description: str = ""
    spellings: Mapping[str, str] = field(default_factory=dict, repr=False)
    patterns: tuple[Pattern, ...] = field(default=(), repr=False)
    placeholders: frozenset[str] = field(default=frozenset(), repr=False)

    @property
    def column(self) -> str:
        """Promoted column with the canonical value, e.g. ``x_cost_center``."""
        return "x_" + self.name.replace("-", "_")

    @property
    def method_column(self) -> str:
        """Promoted column that says how the value was found."""
        return self.column + "_method"

    def normalise(self, raw: str | None) -> str | None:
        """The canonical value of one written value; None where it is empty or not valid."""
        if raw is None or not (folded := fold_value(raw)):
            return None
        if (listed := self.spellings.get(folded)) is not None:
            return listed
        if folded in self.placeholders:
            return None
        if not self.open and not any(pattern.matches(folded) for pattern in self.patterns):
            return None
        return self.cased(trim(raw))

    def cased(self, value: str) -> str:
        """``value`` in the case this key is kept in.

        Upper case is for ASCII letters only: beyond them it is not one letter for one.
        """
        if self.case == "keep":
            return value
        if self.case == "lower":
            return fold_value(value)
        return "".join(char.upper() if char.isascii() else char for char in value)


class Candidate(NamedTuple):
    """A raw tag name that belongs to a key. Sorts by precedence.

    Attributes:
        distance: 0 the resource's own tag, 1 its principal's, 2 the user's, 3 the account's.
        position: Index in the key's ``tag_names``.
        raw: The name as it stands in the bill; ties are decided by it, in code-point order.
    """

    distance: int
    position: int
    raw: str
