"""Pictures of an answer: chosen from its tool results, drawn in a terminal or as PNG."""

from __future__ import annotations

from tagwright_agent.charts.choose import charts_of
from tagwright_agent.charts.model import Chart, Series

__all__ = ["Chart", "Series", "charts_of"]
