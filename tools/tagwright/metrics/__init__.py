"""Metrics and dimensions, each defined once, and the compiler from a question to SQL."""

from tagwright.metrics.catalogue import Catalogue, catalogue_of
from tagwright.metrics.compile import compile_count, compile_query, compile_totals
from tagwright.metrics.cubes import build_cubes, cubes
from tagwright.metrics.labels import dimension_label
from tagwright.metrics.model import (
    RATE_PLACES,
    Compiled,
    Conversion,
    Cube,
    Dimension,
    Filter,
    FilterOp,
    Having,
    Metric,
    Query,
    Spell,
)
from tagwright.metrics.passes import ALL, SET, TOTAL, VALUED, VALUES, compile_sets, compile_whole

__all__ = [
    "ALL",
    "RATE_PLACES",
    "SET",
    "TOTAL",
    "VALUED",
    "VALUES",
    "Catalogue",
    "Compiled",
    "Conversion",
    "Cube",
    "Dimension",
    "Filter",
    "FilterOp",
    "Having",
    "Metric",
    "Query",
    "Spell",
    "build_cubes",
    "catalogue_of",
    "compile_count",
    "compile_query",
    "compile_sets",
    "compile_totals",
    "compile_whole",
    "cubes",
    "dimension_label",
]
