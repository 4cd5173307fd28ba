"""All metrics and dimensions of one taxonomy, found by name or synonym."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING

from tagwright.errors import MisuseError, UnknownNameError
from tagwright.metrics.definitions import (
    BUILTIN_DIMENSIONS,
    METRICS,
    PARTS,
    RATIOS,
    YIELDING,
)
from tagwright.metrics.model import Dimension, Metric
from tagwright.taxonomy.fold import fold_name
from tagwright.text import clean

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tagwright.taxonomy import Taxonomy

__all__ = ["Catalogue", "catalogue_of"]


class Catalogue:
    """The names a question may use.

    Names are compared without case, ``-``, ``_`` and spaces, so ``ServiceName``,
    ``service name`` and ``service_name`` are one. Where names clash, a name comes before a
    taxonomy key, a key before a synonym, and a synonym before a physical tag name of a key.

    Attributes:
        taxonomy: The taxonomy whose keys are dimensions.
        metrics: Name to metric, in the order shown to people.
        dimensions: Name to dimension: built-in ones, then per taxonomy key the key and
            ``<key>_method``. Raw tags (``tag:<key>``) are not listed: any name is one.
    """

    def __init__(self, taxonomy: Taxonomy) -> None:
        self.taxonomy = taxonomy
        self.metrics: dict[str, Metric] = {metric.name: metric for metric in (*METRICS, *RATIOS)}
        self._parts = {metric.name: metric for metric in PARTS}
        tagged = {fold_name(name) for key in taxonomy.keys.values() for name in key.tag_names}
        dimensions = [_yielding(dimension, tagged) for dimension in BUILTIN_DIMENSIONS]
        for key in taxonomy.keys.values():
            dimensions.append(
                Dimension(
                    key.name,
                    key.column,
                    "text",
                    key.description or f"Taxonomy key {key.name}.",
                    key.tag_names,
                    key=key.name,
                )
            )
            dimensions.append(
                Dimension(
                    f"{key.name}_method",
                    key.method_column,
                    "text",
                    f"How {key.name} was found: tag, alias, virtual or invalid; none: not at all.",
                    key=key.name,
                )
            )
        self.dimensions: dict[str, Dimension] = {d.name: d for d in dimensions}
        self._metric_index = _index(
            [(name,) for name in self.metrics],
            [metric.synonyms for metric in self.metrics.values()],
            list(self.metrics),
        )
        self._dimension_index = self._index_dimensions()

    def metric(self, name: str) -> Metric:
        """The metric of that name or synonym.

        Raises:
            UnknownNameError: There is none; names the nearest.
        """
        if name in self._parts:
            return self._parts[name]
        found = self._metric_index.get(fold_name(name))
        if found is None:
            near = _nearest(name, self._metric_index)
            known = "" if near else f"Known are {', '.join(self.metrics)}."
            raise UnknownNameError("metric", name, near, hint=known)
        return self.metrics[found]

    def dimension(self, name: str) -> Dimension:
        """The dimension of that name or synonym; ``tag:<key>`` is the raw tag of that exact name.

        Raises:
            UnknownNameError: There is none; names the nearest.
            MisuseError: ``tag:`` with nothing after it.
        """
        if name in self.dimensions:
            return self.dimensions[name]
        if name[:4].lower() == "tag:":
            if not name[4:]:
                raise MisuseError("'tag:' needs the name of a tag, e.g. tag:Owner.")
            shown = clean(name[4:])
            return Dimension(f"tag:{shown}", "Tags", "tag", f"The raw tag {shown}.", tag=name[4:])
        found = self._dimension_index.get(fold_name(name))
        if found is None:
            near = _nearest(name, self._dimension_index)
            known = ", ".join(n for n, d in self.dimensions.items() if d.key in ("", n))
            hint = "" if near else f"Known are {known}, and tag:<key>."
            raise UnknownNameError("dimension", name, near, hint=hint)
        return self.dimensions[found]

    def _index_dimensions(self) -> dict[str, str]:
        builtin = [d for d in self.dimensions.values() if not d.key]
        keyed = [d for d in self.dimensions.values() if d.key]
        ordered = builtin + keyed
        names: list[tuple[str, ...]] = [
            (d.name, d.column) if d.kind in ("text", "flag") else (d.name,) for d in ordered
        ]
        synonyms = [d.synonyms for d in builtin] + [() for _ in keyed]
        tags = [() for _ in builtin] + [d.synonyms for d in keyed]
        return _index(names, synonyms, [d.name for d in ordered], tags)


def _yielding(dimension: Dimension, tagged: set[str]) -> Dimension:
    """The dimension without the words that the taxonomy's own tags are called by."""
    kept = tuple(
        word for word in dimension.synonyms if word not in YIELDING or fold_name(word) not in tagged
    )
    return dimension if kept == dimension.synonyms else replace(dimension, synonyms=kept)


@lru_cache(maxsize=8)
def catalogue_of(taxonomy: Taxonomy) -> Catalogue:
    """The catalogue of a taxonomy, made once for each."""
    return Catalogue(taxonomy)


def _index(
    names: list[tuple[str, ...]],
    synonyms: list[tuple[str, ...]],
    targets: list[str],
    last: list[tuple[str, ...]] | None = None,
) -> dict[str, str]:
    """Folded name to target; what is said first stays."""
    index: dict[str, str] = {}
    for group in (names, synonyms, last or []):
        for spellings, target in zip(group, targets, strict=False):
            for spelling in spellings:
                index.setdefault(fold_name(spelling), target)
    return index


def _nearest(name: str, index: dict[str, str]) -> list[str]:
    """Targets of the index entries most similar to ``name``, without repeats."""
    from tagwright.registry import nearest

    folded: Iterable[str] = nearest(fold_name(name), list(index), limit=8)
    return list(dict.fromkeys(index[entry] for entry in folded))[:3]
