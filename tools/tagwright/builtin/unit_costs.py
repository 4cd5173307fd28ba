"""``unit_costs``: what a request, a million tokens, a feature or a customer costs, and earns."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field

from tagwright.builtin._arguments import Filters, Limit, Names, Offset, PeriodText, page
from tagwright.builtin._question import cell
from tagwright.builtin._revenue import load_revenue
from tagwright.builtin._usage_question import KINDS, UsageQuestion
from tagwright.context import ToolContext  # noqa: TC001  the registry reads the signature
from tagwright.errors import MisuseError
from tagwright.money import EXACT, decimal_text, ratio_text
from tagwright.registry import tool
from tagwright.results import ToolResult
from tagwright.text import counted

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tagwright.builtin._arguments import FilterArgument
    from tagwright.results import Scalar

__all__ = ["unit_costs"]

_MILLION = Decimal(1_000_000)
_PLACES = 9
_MEASURES = (
    "requests",
    "input_tokens",
    "input_uncached_tokens",
    "cache_read_tokens",
    "cache_write_tokens",
    "output_tokens",
)


@tool(title="Unit costs")
def unit_costs(
    ctx: ToolContext,
    *,
    group_by: Annotated[Names, Field(description="model, taxonomy keys, day, ...")] = ("model",),
    basis: Annotated[
        Literal["priced", "allocated"],
        Field(description="token prices, or the bill by one key"),
    ] = "priced",
    period: PeriodText = "all",
    filters: Filters = (),
    limit: Limit = 20,
    offset: Offset = 0,
) -> ToolResult:
    """Cost per request and million tokens of AI usage, cache-hit ratio, margin by customer.

    Rows: the groups (none: the whole), ``currency``, the cost, ``requests``, tokens by kind and
    ``tokens`` in all, ``cost_per_request``, ``cost_per_million_tokens``, ``cache_hit_ratio``; by
    model also ``cost_per_million_input_tokens`` and those of the other kinds, where there are
    any; by customer also ``revenue`` and ``margin`` where ``revenue.csv`` tells them. Usage
    without a price is counted beside, never as 0.

    Raises:
        UnknownNameError: A group, filter value or period nobody knows.
        MisuseError: There is no telemetry, or ``allocated`` not by one taxonomy key alone.
    """
    question = UsageQuestion(ctx, period, group_by, filters)
    rows = question.rows()
    notes = list(question.notes)
    if basis == "allocated":
        costs, more = _allocated(ctx, question, filters)
        notes += more
        rows = _with_costs(rows, costs, question.names)
        name = "effective_cost"
    else:
        notes += _unpriced(rows)
        name = "priced_cost"
    notes += _untold(rows)
    kinds = basis == "priced" and "model" in question.names
    lines = [_line(row, question.names, name, kinds=kinds) for row in rows]
    if question.names in (["customer"], ["month", "customer"], ["customer", "month"]):
        notes += _margins(ctx, question, lines, name)
    lines.sort(key=lambda line: -abs(Decimal(str(line[name] or 0))))
    if any(found in ("day", "month") for found in question.names):
        lines.sort(key=lambda line: str(line.get("day") or line.get("month")))
    totals = [_line(row, [], name) for row in _summed(rows)]
    currencies = {str(row["currency"]) for row in totals if row["currency"]}
    if len(currencies) > 1:
        notes.append(f"Amounts are in {', '.join(sorted(currencies))}; they are not added up.")
    return ToolResult(
        rows=page(lines, limit, offset),
        totals=totals,
        currency=currencies.pop() if len(currencies) == 1 else None,
        period=question.period,
        row_count=len(lines),
        notes=notes,
        details={"basis": basis},
    )


def _line(
    row: Mapping[str, Any], names: Sequence[str], name: str, *, kinds: bool = False
) -> dict[str, Scalar]:
    """A row as it is shown; what would be divided by nothing is null."""
    cost: Decimal | None = row["cost"]
    inputs = row["input_tokens"]
    tokens = inputs + row["output_tokens"]
    # Only rows with a price are in the cost, so only their requests and tokens divide it.
    requests, priced = row["priced_requests"], row["priced_tokens"]
    return {
        **{found: cell(row[found]) for found in names},
        "currency": row["currency"],
        name: None if cost is None else decimal_text(cost),
        **{found: int(row[found]) for found in _MEASURES},
        "tokens": int(tokens),
        **({"requests": None} if row["untold_rows"] and not row["requests"] else {}),
        "cost_per_request": _per(row["request_cost"], requests),
        "cost_per_million_tokens": _per(cost and EXACT.multiply(cost, _MILLION), priced),
        **(_by_kind(row) if kinds else {}),
        "cache_hit_ratio": ratio_text(Decimal(row["cache_read_tokens"]), Decimal(inputs)),
        **({"unpriced_rows": int(row["unpriced_rows"])} if row["unpriced_rows"] else {}),
        **({} if tokens or row["requests"] else {"without_usage": True}),
    }


def _by_kind(row: Mapping[str, Any]) -> dict[str, Scalar]:
    """Per million tokens of each kind that there is; fees by request are in none of them."""
    return {
        f"cost_per_million_{kind}_tokens": _per(
            EXACT.multiply(row[f"{kind}_cost"] or Decimal(0), _MILLION),
            row[f"priced_{kind}_tokens"],
        )
        for kind in KINDS
        if row[f"priced_{kind}_tokens"]
    }


def _per(cost: Decimal | None, count: int) -> str | None:
    return None if cost is None or not count else ratio_text(cost, Decimal(count), places=_PLACES)


def _summed(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """One row for each currency."""
    found: dict[Any, dict[str, Any]] = {}
    for row in rows:
        empty = {"currency": row["currency"], "cost": None, "request_cost": None}
        into = found.setdefault(row["currency"], empty)
        for name, value in row.items():
            if name.endswith("cost"):
                if value is not None:
                    into[name] = EXACT.add(into.get(name) or Decimal(0), value)
            elif isinstance(value, int):
                into[name] = into.get(name, 0) + value
    return [found[currency] for currency in sorted(found, key=lambda name: (name is None, name))]


def _untold(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    untold = sum(row["untold_rows"] for row in rows)
    if not untold:
        return []
    return [
        f"{counted(untold, 'usage row')} without a number of requests: not in the cost per request."
    ]


def _unpriced(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    missing = sum(row["unpriced_rows"] for row in rows)
    notes = ["The cost is tokens at the prices of the price table: it is not the bill."]
    if missing:
        notes.append(
            f"{counted(missing, 'usage row')} without a price: not in the cost, nor in what it is "
            "divided by."
        )
    return notes


def _allocated(
    ctx: ToolContext, question: UsageQuestion, filters: Sequence[FilterArgument]
) -> tuple[dict[tuple[Any, str], Decimal], list[str]]:
    """What the bill's AI charges come to for each value of the one key, by allocation."""
    from tagwright.allocation import allocate, rules_of
    from tagwright.metrics import Filter

    if len(question.names) != 1 or question.names[0] not in ctx.taxonomy.keys or filters:
        raise MisuseError(
            "basis 'allocated' needs one taxonomy key in group_by, and no filters.",
            hint=f"Keys are: {', '.join(ctx.taxonomy.keys)}.",
        )
    found = allocate(
        ctx,
        rules_of(ctx),
        dimension=question.names[0],
        period=question.period,
        filters=[Filter(dimension="x_ai_kind", op="not_null")],
    )
    costs: dict[tuple[Any, str], Decimal] = {}
    for line in found.lines:
        key = (line.target, line.currency)
        costs[key] = EXACT.add(costs.get(key, Decimal(0)), line.amount)
    notes = ["The cost is the bill's AI charges, by the allocation rules."]
    return costs, [*notes, *found.notes]


def _with_costs(
    rows: Sequence[Mapping[str, Any]],
    costs: Mapping[tuple[Any, str], Decimal],
    names: Sequence[str],
) -> list[dict[str, Any]]:
    """Usage of each value, whatever it was priced in, beside what was allocated to it."""
    [name] = names
    usage: dict[Any, dict[str, Any]] = {}
    for row in rows:
        into = usage.setdefault(row[name], dict.fromkeys((*_MEASURES, "tokens", "untold_rows"), 0))
        for measure in (*_MEASURES, "untold_rows"):
            into[measure] += row[measure]
        into["tokens"] += row["input_tokens"] + row["output_tokens"]
    nothing = dict.fromkeys((*_MEASURES, "tokens", "untold_rows"), 0)
    found = []
    for value, currency in sorted(costs, key=str):
        used = usage.get(value, nothing)
        found.append(
            {
                name: value,
                "currency": currency,
                "cost": costs[value, currency],
                **{measure: used[measure] for measure in _MEASURES},
                "request_cost": None if used["untold_rows"] else costs[value, currency],
                "untold_rows": used["untold_rows"],
                "priced_requests": used["requests"],
                "priced_tokens": used["tokens"],
                "unpriced_rows": 0,
            }
        )
    return found


def _margins(
    ctx: ToolContext, question: UsageQuestion, lines: list[dict[str, Scalar]], name: str
) -> list[str]:
    """Revenue and margin beside the cost of each customer, in its own currency."""
    revenue = load_revenue(ctx.settings, question.period)
    if revenue is None or ctx.scope is not None:
        # What a customer pays is for all that they use, and who sees a part sees not all of it.
        return []
    monthly = "month" in question.names
    losing = 0
    for line in lines:
        month = str(line["month"]) if monthly else None
        paid = revenue.paid(line["customer"], month, line["currency"])
        line["revenue"] = None if paid is None else decimal_text(paid)
        if paid is None or line[name] is None:
            line["margin"] = None
            continue
        margin = EXACT.subtract(paid, Decimal(str(line[name])))
        line["margin"] = decimal_text(margin)
        line["margin_ratio"] = ratio_text(margin, paid)
        losing += margin < 0
    notes = list(revenue.notes)
    if losing:
        notes.append(f"{counted(losing, 'row')} with a customer that costs more than it pays.")
    return notes
