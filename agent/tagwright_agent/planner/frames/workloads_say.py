"""What is asked of AI workloads, and the answer: sums, a table that fits a terminal, the gaps."""

from __future__ import annotations

from collections import Counter
from functools import partial
from typing import TYPE_CHECKING

from tagwright.blocks import Cell, Source, joined, sentence, tabled
from tagwright_agent.planner.question import Question
from tagwright_agent.planner.unknown import scope_parts
from tagwright_agent.planner.wording import is_some

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tagwright.blocks import Block, ColumnOf, Line, Part, Table
    from tagwright.results import ToolResult

__all__ = ["Workloads", "say"]

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


class Workloads(Question):
    """Rows of the catalogue of AI workloads.

    Attributes:
        show: Which, as the tool takes it; empty for all.
        form: Of which form: ``endpoint``, ``job``, …
        work: For what: ``training``, ``inference``, …
    """

    frame: str = "workloads"
    show: str = ""
    form: str = ""
    work: str = ""


def say(question: Workloads, result: ToolResult) -> list[Block]:
    """The catalogue, or those of its rows that were asked for."""
    scope = scope_parts(question.scope, result)
    if not result.rows:
        return [sentence(f"No {_what(question, result, plural=True)}", scope, ".")]
    source = Source(result)
    counts = result.details.get("counts") or {}
    sure, maybe = counts.get("certain"), counts.get("candidates")
    count = sure if sure and maybe else result.row_count
    what = f"{count:,} {_what(question, result, plural=count != 1)}"
    if sure and maybe:
        what += f" and {maybe:,} that may be AI"
    unnamed = [part for line in source.totals for part in _unnamed(line)]
    blocks: list[Block] = [sentence(what, scope, ": ", _sums(source), ".", unnamed)]
    certain = [line for line in source.rows if line.get("certainty") != "candidate"]
    candidates = [line for line in source.rows if line.get("certainty") == "candidate"]
    most = question.scope.limit or _ROWS
    if certain:
        blocks += _tables(certain[:most])
        blocks += _cut(min(len(certain), most), counts.get("certain"))
    if candidates:
        if certain:
            blocks.append(sentence("Candidates, such as GPUs that may draw pictures:"))
        blocks += _tables(candidates[:most])
        blocks += _cut(min(len(candidates), most), counts.get("candidates"))
    return blocks


def _what(question: Workloads, result: ToolResult, *, plural: bool) -> str:
    """What the rows are: "new AI workloads", "training jobs without a team"."""
    form = _FORMS.get(question.form, question.form) or (
        "workload" if question.work else "AI workload"
    )
    shown = _SHOWN.get(str(result.details.get("show")), "")
    before, after = (shown, "") if shown.endswith(" ") else ("", shown)
    work = f"{question.work} " if question.work else ""
    return f"{before}{work}{form}{'s' if plural else ''}{after}"


def _sums(source: Source) -> list[Part]:
    """Amounts by currency, the one with most workloads first."""
    said: list[list[Part]] = []
    for line in sorted(source.totals, key=lambda line: -int(line.get("workloads") or 0)):
        for key, what in (
            ("effective_cost", ""),
            ("candidate_effective_cost", " of candidates"),
            ("tagged_effective_cost", " that a tag alone calls AI"),
        ):
            if is_some(line.get(key)):
                said.append([line.amount(key), what])
    return ["effective cost ", *joined(said, between="; ", last="; ")] if said else ["no cost"]


def _unnamed(line: Line) -> list[Part]:
    if not is_some(line.get("unnamed_effective_cost")):
        return []
    return [
        " With ", line.amount("unnamed_effective_cost"),
        " that no workload names, such as credits and fees, AI cost ",
        line.amount("ai_effective_cost"), " in all.",
    ]  # fmt: skip


def _cut(shown: int, count: object) -> list[Block]:
    if not isinstance(count, int) or count <= shown:
        return []
    return [sentence(f"{shown:,} of {count:,} rows are shown, the most expensive first.")]


def _tables(lines: Sequence[Line]) -> list[Table]:
    """One for each currency: amounts of two do not stand below each other."""
    currencies = dict.fromkeys(line.get("currency") for line in lines)
    return [_table([line for line in lines if line.get("currency") == one]) for one in currencies]


def _table(lines: Sequence[Line]) -> Table:
    """Workload, owner, how it scales, cost; ``New`` only where something is."""
    names = Counter(str(line.get("workload")) for line in lines)
    # Models of one Azure account share its name.
    models = any(
        names[str(line.get("workload"))] > 1
        and line.get("model")
        and str(line.get("model")) not in str(line.get("workload"))
        for line in lines
    )
    keys = ["workload", *(["model"] if models else []), "product", "team", "scales"]
    columns: list[ColumnOf] = [
        (key.capitalize(), "name", partial(_or_dash, key))
        for key in keys
        if any(line.get(key) for line in lines)
    ]
    if any(line.get("new") for line in lines):
        columns.append(("New", "text", lambda line: Cell(value="new" if line.get("new") else "")))
    return tabled(lines, [*columns, ("Effective cost", "amount", "effective_cost")])


def _or_dash(key: str, line: Line) -> Cell:
    return line.name(key) if line.get(key) else Cell(value="-")
