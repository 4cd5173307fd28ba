"""Which rollup can answer a question, if any: the smallest of those that hold all it asks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tagwright.metrics.cubes import PRESENT, cubes

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tagwright.metrics.model import Cube, Dimension, Filter, Metric
    from tagwright.results import Period
    from tagwright.taxonomy import Taxonomy

__all__ = ["has_bit", "holds", "smallest"]

_GRAINS = ("day", "week", "month", "quarter", "year")


def smallest(
    taxonomy: Taxonomy,
    *,
    metrics: Sequence[Metric],
    groups: Sequence[Dimension],
    filters: Sequence[tuple[Dimension, Filter]],
    periods: Sequence[Period],
    sizes: Mapping[str, int] | None,
    by_day: bool = False,
) -> Cube | None:
    """The rollup to ask; None where only the charges themselves can answer.

    Args:
        taxonomy: What the rollups were made by.
        metrics: What is asked for.
        groups: Dimensions that the result is grouped by.
        filters: Conditions, each with its dimension.
        periods: Periods whose charges are told from others; none where all are asked about.
        sizes: Rows per rollup where known; otherwise the order of :func:`cubes` decides.
        by_day: Whether each row must be of one day: a rate is.
    """
    able = [
        cube
        for cube in cubes(taxonomy)
        if not (by_day and cube.grain != "day")
        and _in_time(cube, [*groups, *(dimension for dimension, _ in filters)], periods)
        and all(
            metric.rollup_sql is not None and (not metric.column or metric.column in cube.columns)
            for metric in metrics
        )
        and all(holds(cube, dimension) for dimension in groups)
        and all(
            holds(cube, dimension) or (f.op in ("is_null", "not_null") and has_bit(cube, dimension))
            for dimension, f in filters
        )
    ]
    if sizes is not None:
        able.sort(key=lambda cube: sizes.get(cube.name, 0))
    return able[0] if able else None


def holds(cube: Cube, dimension: Dimension) -> bool:
    """Whether the rollup has the dimension's values."""
    if dimension.kind == "time" and dimension.column == "ChargePeriodStart":
        return True
    return dimension.column in cube.dimensions


def has_bit(cube: Cube, dimension: Dimension) -> bool:
    """Whether the rollup says at least if there is a value."""
    return PRESENT in cube.dimensions and bool(dimension.key) and dimension.name == dimension.key


def _in_time(cube: Cube, dimensions: Sequence[Dimension], periods: Sequence[Period]) -> bool:
    times = [d.grain for d in dimensions if d.kind == "time" and d.column == "ChargePeriodStart"]
    if cube.grain == "month":
        # A week belongs to no one month.
        if any(grain in ("day", "week") for grain in times):
            return False
        if any(period.start.day != 1 or period.end.day != 1 for period in periods):
            return False
    return all(grain in _GRAINS for grain in times)
