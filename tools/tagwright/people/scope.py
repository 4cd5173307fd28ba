"""What a person may see of the data: filters, and the rows that they let through."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from tagwright.errors import ConfigError
from tagwright.text import clean, shorten

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from tagwright.metrics import Catalogue, Dimension
    from tagwright.people.people import People
    from tagwright.people.principal import Principal
    from tagwright.taxonomy import Key, Taxonomy
    from tagwright.warehouse import Part

__all__ = ["Scope", "scope_of"]


@dataclass(frozen=True)
class Scope:
    """Which rows somebody may see: those that one of these filters lets through whole.

    Attributes:
        sees: Each a dimension to values: all dimensions must hold, of one any value.
    """

    sees: tuple[tuple[tuple[str, tuple[str, ...]], ...], ...]

    @classmethod
    def of(cls, sees: Iterable[Mapping[str, Iterable[str]]]) -> Scope:
        """A scope of filters as ``people.yaml`` and receipts have them; order says nothing."""
        return cls(
            tuple(
                sorted(
                    {
                        tuple(sorted((key, tuple(sorted(set(v)))) for key, v in one.items()))
                        for one in sees
                    }
                )
            )
        )

    def as_list(self) -> list[dict[str, list[str]]]:
        """The inverse of :meth:`of`, as JSON."""
        return [{key: list(values) for key, values in one} for one in self.sees]

    @cached_property
    def digest(self) -> str:
        """16 hexadecimal digits that stand for it, and for how this version makes its file."""
        import tagwright
        from tagwright.warehouse import FORMAT

        said = json.dumps([tagwright.__version__, FORMAT, self.as_list()])
        return hashlib.sha256(said.encode()).hexdigest()[:16]

    def covers(self, other: Scope) -> bool:
        """Whether each filter of ``other`` lets through nothing that one of these does not."""
        return all(
            any(
                all(set(dict(one).get(key, ())) and set(dict(one)[key]) <= set(values)
                    for key, values in mine)
                for mine in self.sees
            )
            for one in other.sees
        )  # fmt: skip

    def filters(self, catalogue: Catalogue) -> list[list[tuple[str, tuple[str, ...]]]]:
        """Each filter with the catalogue's name of its dimensions and its values' spellings.

        Raises:
            ConfigError: It names a dimension nobody knows.
        """
        found = []
        for one in self.sees:
            names = [(_dimension(catalogue, name).name, values) for name, values in one]
            found.append(
                [(name, _spelled(catalogue.taxonomy, name, values)) for name, values in names]
            )
        return found

    def part(self, catalogue: Catalogue) -> Part:
        """The rows of a snapshot whose columns follow the catalogue's taxonomy.

        Raises:
            ConfigError: It names a dimension nobody knows.
        """
        from tagwright.metrics import build_cubes
        from tagwright.warehouse import Part

        filters = self.filters(catalogue)
        return Part(
            self.digest,
            lambda columns: _condition(catalogue, filters, columns),
            lambda con: build_cubes(con, catalogue.taxonomy),
        )

    def holds(self, key: Key, catalogue: Catalogue, target: str, seen: Collection[str]) -> bool:
        """Whether a filter lets a value of a taxonomy key through, whatever else is true of it.

        A filter that names another dimension as well says nothing of a value alone.

        Args:
            key: The key.
            catalogue: To know its names by.
            target: The value.
            seen: Values of the key in the charges they may see: where one is written exactly as
                the filter has it, no other spelling is meant.
        """
        return any(
            all(name == key.name and _means(values, target, seen) for name, values in one)
            for one in self.filters(catalogue)
        )


def _means(values: Iterable[str], target: str, seen: Collection[str]) -> bool:
    return any(
        target == value or (value not in seen and target.lower() == value.lower())
        for value in values
    )


def scope_of(people: People, principal: Principal) -> Scope | None:
    """What who asks may see; None for everything. Whether they may ask is not judged here."""
    person = people.all.get(principal.person)
    return Scope.of(person.sees) if person is not None and person.sees else None


def _dimension(catalogue: Catalogue, name: str) -> Dimension:
    from tagwright.errors import UnknownNameError

    try:
        return catalogue.dimension(name)
    except UnknownNameError:
        raise ConfigError(
            f"people.yaml: what you may see is stated by {shorten(clean(name), 80)!r}, which is no "
            "dimension, so nothing is shown to you.",
            hint="Whoever administers people.yaml: `tagwright people check` says more.",
        ) from None


def _spelled(taxonomy: Taxonomy, dimension: str, values: Iterable[str]) -> tuple[str, ...]:
    """The values, and what the taxonomy keeps them as: the data has no other spelling of a key."""
    key = taxonomy.keys.get(dimension)
    canonical = [key.normalise(value) for value in values] if key else []
    return tuple(dict.fromkeys([*values, *(value for value in canonical if value)]))


def _condition(
    catalogue: Catalogue,
    filters: Iterable[Iterable[tuple[str, tuple[str, ...]]]],
    columns: Collection[str],
) -> tuple[str, list[Any]]:
    """SQL over the rows of a table with those columns; FALSE where it lacks what is filtered by."""
    from tagwright.metrics import Filter
    from tagwright.metrics.conditions import Conditions

    conditions = Conditions(catalogue)
    found = []
    for one in filters:
        if all(catalogue.dimension(name).column in columns for name, _ in one):
            tests = [Filter(dimension=name, values=values) for name, values in one]
            found.append(f"({conditions.all_of(tests)})")
    return " OR ".join(found) or "FALSE", conditions.params
