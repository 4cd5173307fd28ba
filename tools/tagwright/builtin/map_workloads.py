"""``map_workloads``: the catalogue of AI workloads, with what is known of each and what is not."""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Literal

from tagwright import periods
from tagwright.builtin._arguments import Filters, Limit, Offset, PeriodText, page
from tagwright.builtin._compare import compared_period, shifted
from tagwright.builtin._question import (
    Question,
    currency_notes,
    figure,
    single_currency,
)
from tagwright.builtin._workload_row import AI, CANDIDATE, TAGGED, Workload, shown, workload
from tagwright.context import ToolContext  # noqa: TC001  the registry reads the signature
from tagwright.errors import MisuseError
from tagwright.metrics import Compiled, Filter
from tagwright.money import EXACT, display_text
from tagwright.registry import tool
from tagwright.results import ToolResult
from tagwright.taxonomy.fold import quoted
from tagwright.workloads import (
    COLUMNS,
    USAGE_SQL,
    Telemetry,
    group_tags,
    matched,
    measure,
    names_only,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from tagwright.results import Period, Scalar

__all__ = ["Form", "Show", "WorkType", "map_workloads"]

Show = Literal["all", "new", "no_team", "no_product", "no_model", "untagged", "candidates"]
Form = Literal[
    "", "api", "endpoint", "job", "pipeline", "machines", "vector store", "platform", "service",
    "data",
]  # fmt: skip
WorkType = Literal["", "training", "inference", "fine-tuning", "embedding", "data-prep"]
_KEYS = {"team": "team", "product": "product", "type": "workload-type", "model": "model-id"}
_LACKING = {
    "team": "without team",
    "product": "without product",
    "model": "without known model",
    "untagged": "untagged",
}
_UNNAMED = "unnamed"
_AI_TYPES = ("training", "inference", "fine-tuning", "embedding", "data-prep")
_GROUP_TAGS_SQL = (
    'SELECT DISTINCT unnest(map_keys("Tags")) FROM charges WHERE "ChargePeriodStart" >= $1 '
    'AND "ChargePeriodStart" < $2'
)


@tool(title="Map AI workloads")
def map_workloads(
    ctx: ToolContext,
    *,
    show: Show = "all",
    form: Form = "",
    type: WorkType = "",  # noqa: A002  what the column is called
    filters: Filters = (),
    period: PeriodText = "",
    limit: Limit = 20,
    offset: Offset = 0,
) -> ToolResult:
    """AI workloads of a month: team, product, model, cost, scaling, missing, new.

    Rows: the workloads that are AI for certain, then those that only a tag calls AI (``tagged``),
    then candidates, such as a GPU that may draw pictures; each by effective cost. ``new``: nothing
    of that name was charged in the period before; null where the data does not reach back.
    ``requests`` and ``tokens`` are telemetry's, beside the bill.

    Totals per currency: ``effective_cost`` of the rows that are AI, ``unnamed_effective_cost`` of
    AI charges that no workload names (credits, fees), and ``ai_effective_cost``, exactly the two
    together and all AI charges of the period; what is tagged and what is a candidate stand apart.
    With ``show``, ``form`` or ``type``, the sums are those of the rows alone.

    Raises:
        UnknownNameError: A dimension, filter value or period nobody knows.
    """
    question = Question(ctx, _period(ctx, period), filters)
    before = compared_period(ctx, "previous_period", question.period)
    search = _Search(question, before)
    measured = search.rows()
    named = [row for row in measured if row["subject"] is not None]
    known = search.names_before()
    told, notes = search.telemetry(named)
    reference = _coverage(question)
    found = [
        workload(
            row,
            new=None if known is None else row["base"] not in known,
            told=one,
            keys=search.keys,
            reference=reference,
        )
        for row, one in zip(named, told, strict=True)
    ]
    found.sort(key=Workload.order)
    whole = (show, form, type) == ("all", "", "")
    chosen = [
        item
        for item in found
        if _fits(item, show) and form in ("", item.form) and type in ("", item.work)
    ]
    totals = _totals(chosen, measured, whole=whole)
    gone = len(known - {row["base"] for row in named}) if known else 0
    return ToolResult(
        rows=shown(page(chosen, limit, offset)),
        totals=totals,
        currency=single_currency(totals),
        period=question.period,
        row_count=len(chosen),
        notes=[
            *question.notes,
            *question.data_notes(),
            *_new_notes(known, gone, before, question.period, ctx),
            *_gaps(chosen, show),
            *_left_out(chosen, offset + limit),
            *notes,
            *currency_notes(totals),
        ],
        details={
            "show": show,
            "compared_to": before.model_dump(mode="json"),
            "counts": _counts(chosen),
        },
    )


class _Search:
    """The statements over one question."""

    def __init__(self, question: Question, before: Period) -> None:
        self.question = question
        self.before = before
        self.ctx = question.ctx
        self.keys = self._known_keys()
        start, end = before.start, question.period.end
        raw = self.ctx.snapshot.query(_GROUP_TAGS_SQL, [start, end]).rows
        # The query knows a tag by the name it shows; one with hidden characters names no group.
        self.tags = [f"tag:{name}" for name in group_tags(str(r[0]) for r in raw) if _plain(name)]

    def rows(self) -> list[dict[str, Any]]:
        query = self._charges(self.question.period)
        return self.question.run(query._replace(sql=measure(query.sql, self.tags, self.keys)))

    def names_before(self) -> set[str] | None:
        """What was charged in the period before; None where the data does not reach it."""
        start = self.ctx.anchor.data_start
        if start is None or self.before.end <= start:
            return None
        query = self._charges(self.before)
        rows = self.question.run(query._replace(sql=names_only(query.sql, self.tags, self.keys)))
        return {str(row["base"]) for row in rows}

    def telemetry(
        self, named: Sequence[dict[str, Any]]
    ) -> tuple[list[Telemetry | None], list[str]]:
        """What usage rows say of each workload, and what belongs to none."""
        if not self.ctx.snapshot.info.usage:
            return [None] * len(named), []
        columns = {
            name: quoted(self.ctx.taxonomy.keys[_KEYS[name]].column) if self.keys[name] else "NULL"
            for name in ("team", "product")
        }
        period = self.question.period
        rows = self.question.run(
            Compiled(USAGE_SQL.format(**columns), [period.start, period.end], "usage")
        )
        told, none, several = matched(named, rows)
        # Filters are on charges: telemetry of what they leave out is not missing.
        if self.question.filters:
            return told, []
        notes = [
            f"{count:,} usage rows fit {what}."
            for count, what in ((none, "no workload on the bill"), (several, "several workloads"))
            if count
        ]
        return told, notes

    def _known_keys(self) -> dict[str, str | None]:
        """Columns of the query by what they are to a workload; None for no such key."""
        taxonomy = self.ctx.taxonomy
        found: dict[str, str | None] = dict.fromkeys(_KEYS)
        for name, key in _KEYS.items():
            if self._has(key):
                found[name], found[f"{name}_method"] = key, f"{key}_method"
        for key in taxonomy.required:
            if self._has(key) and f"{key}_method" not in found.values():
                found[f"required_{key}_method"] = f"{key}_method"
        return found

    def _has(self, key: str) -> bool:
        if key not in self.ctx.taxonomy.keys:
            return False
        try:
            self.question.dimension(key)
        except MisuseError:  # it is newer than the data, which a note says
            return False
        return True

    def _charges(self, period: Period) -> Compiled:
        """What is classified as AI, and what only the taxonomy calls so."""
        groups = [*COLUMNS, *self.tags, *(name for name in self.keys.values() if name)]
        groups += ["day", "consumed_unit"]

        def compiled(*filters: Filter) -> Compiled:
            query = self.question.query(
                ["effective_cost", "consumed_quantity"], groups, period=period, filters=filters
            )
            return self.question.compiled(query)

        found = compiled(Filter(dimension="x_ai_kind", op="not_null"))
        if (kind := self.keys["type"]) is None:
            return found
        tagged = compiled(
            Filter(dimension="x_ai_kind", op="is_null"), Filter(dimension=kind, values=_AI_TYPES)
        )
        sql = f"({found.sql}) UNION ALL ({shifted(tagged.sql, len(found.params))})"
        return Compiled(sql, [*found.params, *tagged.params], found.table)


def _period(ctx: ToolContext, text: str) -> Period | str:
    end = ctx.anchor.data_end
    if text or end is None:
        return text or "all"
    found = periods.resolve(f"{end - dt.timedelta(days=1):%Y-%m}", ctx.anchor)
    ctx.note_period("period", found)
    return found


def _plain(name: str) -> bool:
    return name.isprintable()


def _coverage(question: Question) -> tuple[int, dt.date]:
    """How many days of the period the data covers, and the last of them."""
    period, anchor = question.period, question.ctx.anchor
    start = max(period.start, anchor.data_start or period.start)
    end = min(period.end, anchor.data_end or period.end)
    return max((end - start).days, 0), end - dt.timedelta(days=1)


def _fits(item: Workload, show: Show) -> bool:
    if show == "all":
        return True
    if show == "new":
        return item.new is True
    if show == "candidates":
        return item.certainty == CANDIDATE
    return show.removeprefix("no_") in item.lacks


def _totals(
    chosen: Iterable[Workload], measured: Iterable[dict[str, Any]], *, whole: bool
) -> list[dict[str, Scalar]]:
    """Per currency: the rows by certainty and, of the whole, what no workload names."""
    parts = [(item.currency, item.certainty, item.effective_cost) for item in chosen]
    counts = Counter(currency for currency, _, _ in parts)
    if whole:
        parts += [
            (
                row["currency"],
                _UNNAMED if row["certainty"] == AI else row["certainty"],
                row["effective_cost"] or Decimal(0),
            )
            for row in measured
            if row["subject"] is None
        ]
    sums: dict[str, dict[str, Decimal]] = defaultdict(dict)
    for currency, part, amount in parts:
        sums[currency][part] = EXACT.add(sums[currency].get(part, Decimal(0)), amount)
    return [
        _total(currency, counts[currency], sums[currency], whole=whole) for currency in sorted(sums)
    ]


def _total(
    currency: str, count: int, sums: dict[str, Decimal], *, whole: bool
) -> dict[str, Scalar]:
    named = sums.get(AI, Decimal(0))
    total: dict[str, Scalar] = {
        "currency": currency,
        "workloads": count,
        "effective_cost": figure(named),
    }
    if whole:
        unnamed = sums.get(_UNNAMED, Decimal(0))
        total["unnamed_effective_cost"] = figure(unnamed)
        total["ai_effective_cost"] = figure(EXACT.add(named, unnamed))
    for part in (TAGGED, CANDIDATE):
        if part in sums:
            total[f"{part}_effective_cost"] = figure(sums[part])
    return total


def _counts(chosen: Sequence[Workload]) -> dict[str, int]:
    """How many rows are AI for certain or by a tag, how many candidates, how many new."""
    candidates = sum(item.certainty == CANDIDATE for item in chosen)
    return {
        "certain": len(chosen) - candidates,
        "candidates": candidates,
        "new": sum(item.new is True for item in chosen),
    }


def _new_notes(
    known: set[str] | None, gone: int, before: Period, period: Period, ctx: ToolContext
) -> list[str]:
    start, end = ctx.anchor.data_start, ctx.anchor.data_end
    if start is None or end is None or period.start >= end or period.end <= start:
        return []
    if known is None:
        return [f"The data begins {start}: what is new since {before.label} cannot be told."]
    notes = []
    if before.start < start:
        notes.append(f"The data begins {start}: {before.label} is not complete.")
    if gone:
        some = "workload has" if gone == 1 else "workloads have"
        notes.append(f"{gone} {some} charges in {before.label} and none in {period.label}.")
    return notes


def _gaps(chosen: Sequence[Workload], show: Show) -> list[str]:
    """One sentence on how many of the rows lack what."""
    lacks = Counter(name for item in chosen for name in item.lacks)
    said = [
        f"{lacks[name]} {what}"
        for name, what in _LACKING.items()
        if lacks[name] and show.removeprefix("no_") != name
    ]
    return [f"Of {len(chosen)} workloads: {', '.join(said)}."] if said and len(chosen) > 1 else []


def _left_out(chosen: Sequence[Workload], limit: int) -> list[str]:
    """Candidates that the limit hides, because they come last and may be much of the cost."""
    hidden = [item for item in chosen[limit:] if item.certainty == CANDIDATE]
    sums: dict[str, Decimal] = defaultdict(Decimal)
    for item in hidden:
        sums[item.currency] = EXACT.add(sums[item.currency], item.effective_cost)
    return [
        f"Not shown are candidates for {display_text(amount)} {currency}: "
        "ask with show 'candidates'."
        for currency, amount in sorted(sums.items())
    ]
