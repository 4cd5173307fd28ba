"""What is asked of AI usage, and the answer: unit costs, counts, margins, who costs more than they pay."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Literal

from tagwright.blocks import Source, joined, sentence, tabled
from tagwright.metrics import dimension_label
from tagwright.text import counted
from tagwright_agent.planner.frames.rows import foremost
from tagwright_agent.planner.question import Question
from tagwright_agent.planner.said import TIMES
from tagwright_agent.planner.unknown import scope_parts
from tagwright_agent.planner.wording import heading, is_some, metric_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tagwright.blocks import Block, ColumnOf, Line, Part
    from tagwright.results import ToolResult

__all__ = ["Of", "Units", "ranked", "say", "unit_groups", "unit_key"]

_COLUMNS = {
    "requests": ("Requests", "requests"),
    "input": ("Input tokens", "input_tokens"),
    "uncached": ("Uncached input tokens", "input_uncached_tokens"),
    "output": ("Output tokens", "output_tokens"),
    "cache_read": ("Cache read tokens", "cache_read_tokens"),
    "cache_write": ("Cache write tokens", "cache_write_tokens"),
}
_ANSWER_KINDS = {"Input": "input", "Cache read": "cache_read", "Cache write": "cache_write",
                 "Output": "output"}  # fmt: skip

Of = Literal["", "requests", "tokens", "input", "uncached", "output", "cache_read", "cache_write",
             "cache", "margin", "cost", "count"]  # fmt: skip


class Units(Question):
    """Unit costs, or counts of what was used.

    Attributes:
        of: What is told first; empty for all there is.
        losing: Of margins, only those of customers that cost more than they pay.
    """

    frame: str = "units"
    of: Of = ""
    losing: bool = False


def say(question: Units, result: ToolResult) -> list[Block]:
    """Per request and per million tokens; counts and margins where they were asked for."""
    basis = _basis(result)
    scope = question.scope
    where = scope_parts(scope, result)
    if not result.rows:
        return [sentence("No usage", where, ".")]
    if question.of == "count":
        group = unit_key(scope.groups[0])
        names = {row[group] for row in result.rows if row.get(group) is not None}
        return [
            sentence("AI usage", where, ": by ", counted(len(names), dimension_label(group)), ".")
        ]
    source = Source(result)
    lines = ranked(question, source)
    groups = unit_groups(question) or [name for name in ("model",) if name in lines[0].values]
    named: list[ColumnOf] = [(heading(group), "name", unit_key(group)) for group in groups]
    columns = _columns(question, result, basis)
    blocks: list[Block] = [sentence(_first(question, source, where, basis))]
    if question.losing:
        blocks.append(sentence(_losing(lines)))
        lines = lines or ranked(question.but(losing=False), source)
    if question.of == "margin" and any(item.dimension != "customer" for item in scope.filters):
        alone = "Revenue is all that a customer pays; the cost is of that part alone."
        blocks.append(sentence(alone))
    shown = foremost(lines, scope.groups, scope.limit) if scope.limit else lines
    if named and (len(lines) > 1 or unit_groups(question)):
        count = len(lines) if question.losing else result.row_count
        blocks.append(tabled(shown, [*named, *columns], row_count=count))
    kinds: list[ColumnOf] = [
        (f"{title} per M", "rate", f"cost_per_million_{kind}_tokens")
        for title, kind in _ANSWER_KINDS.items()
        if any(row.get(f"cost_per_million_{kind}_tokens") is not None for row in result.rows)
    ]
    if kinds and named and not question.of:
        blocks.append(tabled(shown, [*named, *kinds]))
    return blocks


def ranked(question: Units, source: Source) -> list[Line]:
    """In the order of what was asked about, where an order was: what is not known comes last."""
    lines = source.rows
    if not question.scope.order:
        return lines
    column = _COLUMNS.get(question.of, ("", ""))[1] or {
        "": "cost_per_million_tokens", "cache": "cache_hit_ratio", "margin": "margin",
        "tokens": "tokens",
    }.get(question.of, _basis(source.result))  # fmt: skip
    told = [line for line in lines if line.get(column) is not None]
    rest = [line for line in lines if line.get(column) is None]
    largest = question.scope.order == "desc"
    if question.losing:
        told, rest = [line for line in told if Decimal(str(line.get("margin"))) < 0], []
    return [*sorted(told, key=lambda line: Decimal(str(line.get(column))), reverse=largest), *rest]


def _losing(lines: Sequence[Line]) -> list[Part]:
    """Who costs more than they pay, of those whose revenue is known."""
    if not lines:
        return ["No customer whose revenue is known costs more than it pays."]
    told: list[list[Part]] = [
        [line.name("customer"), " (margin ", line.amount("margin"), ")"] for line in lines
    ]
    return ["Costs more than it pays: ", *joined(told), "."]


def unit_groups(question: Units) -> tuple[str, ...]:
    """What its rows are by: a margin is always a customer's."""
    groups = question.scope.groups
    return ("customer", *groups) if question.of == "margin" and {*groups} <= {*TIMES} else groups


def _basis(result: ToolResult) -> str:
    return "effective_cost" if result.details.get("basis") == "allocated" else "priced_cost"


def _columns(question: Units, result: ToolResult, basis: str) -> list[ColumnOf]:
    cost: ColumnOf = (
        metric_text(basis) if basis == "effective_cost" else "Priced cost", "amount", basis
    )  # fmt: skip
    if question.of == "margin":
        return [
            cost, ("Revenue", "amount", "revenue"), ("Margin", "amount", "margin"),
            ("Part of revenue", "ratio", "margin_ratio"),
        ]  # fmt: skip
    if question.of in _COLUMNS:
        title, column = _COLUMNS[question.of]
        return [(title, "count", column), cost]
    if question.of == "tokens":
        names = ("input", "cache_read", "cache_write", "output")
        return [(_COLUMNS[name][0], "count", _COLUMNS[name][1]) for name in names]
    columns: list[ColumnOf] = [
        ("Requests", "count", "requests"),
        cost,
        ("Per request", "rate", "cost_per_request"),
        ("Per M tokens", "rate", "cost_per_million_tokens"),
    ]
    if any(is_some(row.get("cache_hit_ratio")) for row in result.rows):
        columns.append(("Cache hits", "ratio", "cache_hit_ratio"))
    return columns


def _first(question: Units, source: Source, where: Sequence[Part], basis: str) -> list[Part]:
    """The whole of what was asked, in a sentence."""
    said: list[Part] = []
    for line in source.totals:
        if question.of == "" and line.get("cost_per_million_tokens") is None:
            continue  # usage without a price
        if question.of in ("cost", "margin") and said and line.get(basis) is None:
            continue  # a note counts its rows
        cost: list[Part] = ["priced cost ", line.amount(basis)]
        if basis == "effective_cost":
            cost = ["effective cost ", line.amount(basis)]
        if question.of in _COLUMNS:
            title, column = _COLUMNS[question.of]
            part: list[Part] = [line.cell(column, "count"), f" {title.lower()}"]
        elif question.of == "tokens":
            part = [line.cell("tokens", "count"), " tokens"]
        elif question.of == "cache":
            part = ["cache hit ratio ", line.ratio("cache_hit_ratio")]
        elif question.of in ("margin", "cost"):
            part = cost
            if question.of == "margin" and len(source.rows) == 1:
                one = source.rows[0]
                part += [", revenue ", one.amount("revenue")] if one.get("revenue") else []
                part += [", margin ", one.amount("margin")] if one.get("margin") else []
        else:
            part = [
                line.cell("cost_per_request", "rate", unit=str(line.get("currency") or "")),
                " a request, ",
                line.cell("cost_per_million_tokens", "rate", unit=str(line.get("currency") or "")),
                " per million tokens",
            ]
        if len(source.totals) > 1 and line.get("currency") is None:
            part.append(" without a price")  # models that no price table knows
        said += [*([" and "] if said else []), *part]
    return ["AI usage", *where, ": ", *said, "."]


def unit_key(group: str) -> str:
    """The tool's own name of a group: the bill's ``x_ai_model_id`` is telemetry's ``model``."""
    return {"x_ai_model_id": "model", "service_provider_name": "provider"}.get(group, group)
