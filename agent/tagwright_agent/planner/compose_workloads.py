"""The catalogue of AI workloads as an answer: sums, a table that fits a terminal, the gaps."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from tagwright_agent.planner.wording import amount, dates, filters_text, name, table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tagwright.results import Scalar, ToolResult
    from tagwright_agent.planner.slots import Slots

__all__ = ["workloads"]

_ROWS = 15
_SHOWN = {
    "new": "new ",
    "no_team": " without a team",
    "no_product": " without a product",
    "no_model": " without a known model",
    "untagged": "untagged ",
    "candidates": " that are candidates",
}
_FORMS = {
    "api": "API", "machines": "machine group", "platform": "AI platform", "service": "AI service",
    "data": "AI data store",
}  # fmt: skip


def workloads(slots: Slots, result: ToolResult) -> str:
    """The catalogue, or those of its rows that were asked for."""
    scope = f"{filters_text(slots.filters)}, {dates(result.period)}"
    if not result.rows:
        return f"No {_what(slots, result, plural=True)}{scope}."
    counts = result.details.get("counts") or {}
    sure, maybe = counts.get("certain"), counts.get("candidates")
    count = sure if sure and maybe else result.row_count
    what = f"{amount(count)} {_what(slots, result, plural=count != 1)}"
    if sure and maybe:
        what += f" and {amount(maybe)} that may be AI"
    parts = [f"{what}{scope}: {_sums(result)}."]
    parts[0] += "".join(_unnamed(row) for row in result.totals)
    certain = [row for row in result.rows if row.get("certainty") != "candidate"]
    candidates = [row for row in result.rows if row.get("certainty") == "candidate"]
    most = slots.limit or _ROWS
    if certain:
        parts += _tables(certain[:most])
        parts += _cut(certain[:most], counts.get("certain"))
    if candidates:
        parts += ["Candidates, such as GPUs that may draw pictures:"] if certain else []
        parts += _tables(candidates[:most])
        parts += _cut(candidates[:most], counts.get("candidates"))
    return "\n\n".join(parts)


def _what(slots: Slots, result: ToolResult, *, plural: bool) -> str:
    """What the rows are: "new AI workloads", "training jobs without a team"."""
    form = _FORMS.get(slots.form, slots.form) or ("workload" if slots.work else "AI workload")
    shown = _SHOWN.get(str(result.details.get("show")), "")
    before, after = (shown, "") if shown.endswith(" ") else ("", shown)
    work = f"{slots.work} " if slots.work else ""
    return f"{before}{work}{form}{'s' if plural else ''}{after}"


def _sums(result: ToolResult) -> str:
    """Amounts by currency, the one with most workloads first."""
    said = []
    for row in sorted(result.totals, key=lambda row: -int(row.get("workloads") or 0)):
        unit = row.get("currency")
        for key, what in (
            ("effective_cost", ""),
            ("candidate_effective_cost", " of candidates"),
            ("tagged_effective_cost", " that a tag alone calls AI"),
        ):
            if _some(row.get(key)):
                said.append(f"{amount(row[key], unit)}{what}")
    return f"effective cost {'; '.join(said)}" if said else "no cost"


def _unnamed(row: Mapping[str, Scalar]) -> str:
    if not _some(row.get("unnamed_effective_cost")):
        return ""
    unit = row.get("currency")
    return (
        f" With {amount(row['unnamed_effective_cost'], unit)} that no workload names, such as "
        f"credits and fees, AI cost {amount(row.get('ai_effective_cost'), unit)} in all."
    )


def _some(value: object) -> bool:
    return value is not None and any(char in "123456789" for char in str(value))


def _cut(shown: Sequence[object], count: object) -> list[str]:
    if not isinstance(count, int) or count <= len(shown):
        return []
    return [f"{len(shown)} of {count:,} rows are shown, the most expensive first."]


def _tables(rows: Sequence[Mapping[str, Scalar]]) -> list[str]:
    """One for each currency: amounts of two do not stand below each other."""
    currencies = dict.fromkeys(row.get("currency") for row in rows)
    return [_table([row for row in rows if row.get("currency") == one]) for one in currencies]


def _table(rows: Sequence[Mapping[str, Scalar]]) -> str:
    """Workload, owner, how it scales, cost; ``New`` only where something is."""
    names = Counter(str(row.get("workload")) for row in rows)
    # Models of one Azure account share its name.
    models = any(
        names[str(row.get("workload"))] > 1
        and row.get("model")
        and str(row["model"]) not in str(row["workload"])
        for row in rows
    )
    new = any(row.get("new") for row in rows)
    columns = ["workload", *(["model"] if models else []), "product", "team", "scales"]
    columns = [column for column in columns if any(row.get(column) for row in rows)]
    titles = [*(column.capitalize() for column in columns), *(["New"] if new else [])]
    lines = []
    for row in rows:
        cells = [name(row[column]) if row.get(column) else "-" for column in columns]
        cells += ["new" if row.get("new") else ""] if new else []
        lines.append([*cells, amount(row.get("effective_cost"))])
    return table([*titles, f"Cost ({name(rows[0].get('currency'))})"], lines, left=len(titles))
