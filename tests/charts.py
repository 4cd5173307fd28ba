"""Charts for tests, in one line each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tagwright.blocks import Chart, ChartKind, Series

if TYPE_CHECKING:
    from collections.abc import Iterable
    from decimal import Decimal


def series(name: str, values: Iterable[Decimal | None]) -> Series:
    return Series(name=name, values=tuple(values))


def chart(
    kind: ChartKind, labels: tuple[str, ...], *lines: Series, title: str = "T", unit: str = "USD"
) -> Chart:
    return Chart(kind=kind, title=title, unit=unit, labels=labels, series=lines, receipt="rcp_1")
