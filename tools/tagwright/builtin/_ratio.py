"""Ratios of two sums, for query_costs: savings rates, prices of a unit, use of commitments."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from tagwright.builtin._question import cell, figure
from tagwright.builtin._reach import Unknown
from tagwright.errors import MisuseError
from tagwright.money import EXACT, decimal_text, ratio_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from tagwright.builtin._question import Question
    from tagwright.metrics import Having, Metric
    from tagwright.results import Period, Scalar

__all__ = ["ratio_rows"]

_PLACES = Decimal("1e-12")
_UNITS = ("currency", "consumed_unit")

Row = dict[str, Any]
Key = tuple[Any, ...]


def ratio_rows(
    question: Question,
    metric: Metric,
    groups: Sequence[str],
    *,
    before: Period | None,
    unlike: Iterable[str] = (),
    having: Having | None,
    descending: bool,
    chronological: bool,
) -> tuple[list[dict[str, Scalar]], list[dict[str, Scalar]]]:
    """All rows in their order, and the totals: the ratio of the sums, and both sums beside it.

    With ``before`` also ``previous_<metric>`` and ``change`` (of a ratio: the difference of the
    two), null where not all bills of both periods are known. A ratio whose lower sum is zero or
    unknown is null. ``unlike``: providers whose bills have different days of the two.

    Raises:
        MisuseError: Prices of several units, see :func:`compile_query`.
    """
    if metric.of is None:
        raise MisuseError(f"{metric.name} is no ratio.")
    rows = _both(question, metric, groups, before, unlike)
    if having is not None:
        rows = [row for row in rows if having.holds(_decimal(row[metric.name]))]
    if not chronological:
        rows.sort(key=lambda row: _rank(row, metric.name, descending=descending))
    units = [name for name in groups if name == "consumed_unit"]
    totals = _both(question, metric, units, before, unlike)
    return rows, sorted(totals, key=lambda row: [str(row.get(name) or "") for name in _UNITS])


def _rank(row: Mapping[str, Any], name: str, *, descending: bool) -> tuple[bool, Decimal, str]:
    value = _decimal(row[name])
    sign = -1 if descending else 1
    return value is None, sign * (value or Decimal(0)), str(sorted(map(str, row.items())))


def _both(
    question: Question,
    metric: Metric,
    groups: Sequence[str],
    before: Period | None,
    unlike: Iterable[str],
) -> list[dict[str, Scalar]]:
    now = _sums(question, metric, groups, question.period)
    if before is None:
        return [_row(groups, key, metric, sums) for key, sums in now.items()]
    then = _sums(question, metric, groups, before)
    unknown = Unknown(question.reach, question.period, before, unlike)
    found = []
    for key in dict.fromkeys([*now, *then]):
        row = _row(groups, key, metric, now.get(key, (None, None)))
        old = _quotient(metric, then.get(key, (None, None)))
        row[f"previous_{metric.name}"] = old
        this, that = _decimal(row[metric.name]), _decimal(old)
        row["change"] = None
        if this is not None and that is not None and not unknown.change_of(row):
            row["change"] = decimal_text(EXACT.subtract(this, that))
        found.append(row)
    return found


def _sums(
    question: Question, metric: Metric, groups: Sequence[str], period: Period
) -> dict[Key, tuple[Any, Any]]:
    """Both sums by group and unit, in the order of the statement."""
    assert metric.of is not None  # noqa: S101  ratio_rows has asked
    query = question.query(metric.of, groups, period=period)
    return {
        (*(row[name] for name in groups), *(row.get(name) for name in _UNITS)): (
            row[metric.of[0]],
            row[metric.of[1]],
        )
        for row in question.rows(query)
    }


def _row(
    groups: Sequence[str], key: Key, metric: Metric, sums: tuple[Any, Any]
) -> dict[str, Scalar]:
    assert metric.of is not None  # noqa: S101  ratio_rows has asked
    out: dict[str, Scalar] = {name: cell(value) for name, value in zip(groups, key, strict=False)}
    for name, value in zip(_UNITS, key[len(groups) :], strict=True):
        if value is not None and name not in out:
            out[name] = cell(value)
    out[metric.name] = _quotient(metric, sums)
    return {**out, metric.of[0]: figure(sums[0]), metric.of[1]: figure(sums[1])}


def _quotient(metric: Metric, sums: tuple[Any, Any]) -> str | None:
    over, under = (_decimal(value) for value in sums)
    if over is None or not under:
        return None
    if metric.unit == "ratio":
        return ratio_text(over, under)
    return decimal_text(EXACT.divide(over, under).quantize(_PLACES))


def _decimal(value: object) -> Decimal | None:
    return None if value is None else Decimal(str(value))
