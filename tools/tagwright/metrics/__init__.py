"""Metrics and dimensions, each defined once, and the compiler from a question to SQL."""

from tagwright.metrics.catalogue import Catalogue
from tagwright.metrics.compile import compile_count, compile_query, compile_totals
from tagwright.metrics.cubes import cubes
from tagwright.metrics.definitions import dimension_label
from tagwright.metrics.model import (
    Compiled,
    Cube,
    Dimension,
    Filter,
    FilterOp,
    Metric,
    Query,
)

__all__ = [
    "Catalogue",
    "Compiled",
    "Cube",
    "Dimension",
    "Filter",
    "FilterOp",
    "Metric",
    "Query",
    "compile_count",
    "compile_query",
    "compile_totals",
    "cubes",
    "dimension_label",
]
