"""``describe_data``: what the data holds, how fresh it is, and what can be asked of it."""

from __future__ import annotations

import contextlib
import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field

from tagwright.builtin._arguments import Limit, Offset, page
from tagwright.builtin._names import names_of_data
from tagwright.builtin._question import Question, cell, currency_notes, figure, single_currency
from tagwright.builtin._tag_keys import TAGS, tag_keys
from tagwright.context import ToolContext, open_context
from tagwright.errors import ConfigError, TagwrightError, UnknownNameError
from tagwright.money import ratio_text
from tagwright.registry import load_registry, nearest, tool
from tagwright.results import ToolResult
from tagwright.text import clean, counted

if TYPE_CHECKING:
    from tagwright.config import Settings
    from tagwright.metrics import Dimension

__all__ = ["describe_data", "keep_names"]

_SEARCHED_VALUES = 20_000
_STALE_DAYS = 3


@tool(title="Describe the data")
def describe_data(
    ctx: ToolContext,
    *,
    dimension: Annotated[str, Field(description="its values, or tags")] = "",
    search: Annotated[str, Field(description="values like this")] = "",
    limit: Limit = 20,
    offset: Offset = 0,
    catalogue: Annotated[bool, Field(description="large")] = False,
) -> ToolResult:
    """What the data holds: providers, period, freshness, metrics, dimensions, or values.

    Without ``dimension``: a row per provider and currency, and in ``details`` the scope, the
    freshness and the names that can be used. With it: a row per value and currency. With ``tags``:
    a row per raw tag key and currency, over what could be tagged: ``effective_cost`` that carries
    it, ``coverage`` (its share), ``empty_ratio`` (of it with an empty value), ``resources``,
    ``values`` (how many), ``examples``, and ``key``, its taxonomy key (null: none).

    Raises:
        UnknownNameError: A dimension nobody knows, or nothing is like ``search``.
    """
    question = Question(ctx, "all", [])
    if dimension == TAGS and TAGS not in ctx.taxonomy.keys:
        result = tag_keys(question, search, limit, offset)
    elif dimension:
        result = _values(question, dimension, search, limit, offset)
    else:
        result = _overview(question, limit, offset)
    if catalogue:
        result.details["catalogue"] = _catalogue(question)
    result.notes += [*question.notes, *currency_notes(result.totals)]
    return result


def keep_names(settings: Settings) -> None:
    """Look up what can be named of the current snapshot, so that the first question finds it.

    Without a snapshot, or where it cannot be asked now, the first question says so itself.
    """
    with contextlib.suppress(TagwrightError), open_context(settings) as ctx:
        question = Question(ctx, "all", [])
        names_of_data(question, _named(question))


def _overview(question: Question, limit: int, offset: int) -> ToolResult:
    ctx = question.ctx
    info = ctx.snapshot.info
    metrics = ["effective_cost", "billed_cost", "charge_count"]
    query = question.query(metrics, ["service_provider_name"])
    totals = question.totals(query)
    rows = question.rows(query)
    rejects = int(ctx.query("SELECT COUNT(*) FROM rejects").rows[0][0])
    accounts = int(ctx.query('SELECT COUNT(DISTINCT "SubAccountId") FROM charges').rows[0][0])
    notes = []
    if info.usage:
        unpriced = int(ctx.query("SELECT COUNT(*) FROM usage WHERE priced_cost IS NULL").rows[0][0])
        if unpriced:
            notes.append(f"{unpriced} of {info.usage} usage rows have no price.")
    if info.usage and not info.charges:
        notes.append("There is usage of AI services but no bill: ingest the bills it belongs to.")
    if info.kubernetes:
        notes.append(
            f"Kubernetes usage ({counted(info.kubernetes, 'row')}) says how node costs divide; its "
            "costs are in the bill already and in no total here."
        )
    if rejects:
        notes.append(f"{rejects} rows of the files could not be read and are not counted.")
    lag = _lag_days(ctx)
    if lag is not None and lag > _STALE_DAYS:
        notes.append(f"The last charges are {lag} days old.")
    return ToolResult(
        rows=[
            _figures(row, ["service_provider_name"], metrics) for row in page(rows, limit, offset)
        ],
        totals=[_figures(row, [], metrics) for row in totals],
        currency=single_currency(totals),
        period=question.period,
        row_count=len(rows),
        notes=notes,
        details={
            "snapshot": info.id,
            "published_at": str(info.published_at),
            "data": _data_range(ctx),
            "lag_days": lag,
            "charges": info.charges,
            "usage_rows": info.usage,
            **({"kubernetes_rows": info.kubernetes} if info.kubernetes else {}),
            "rejects": rejects,
            "sub_accounts": accounts,
            "metrics": list(ctx.catalogue.metrics),
            "dimensions": [name for name, item in ctx.catalogue.dimensions.items() if not item.key],
            "taxonomy": {
                layer: [key.name for key in ctx.taxonomy.keys.values() if key.layer == layer]
                for layer in ("workload", "business", "unit")
            },
            "required_keys": list(ctx.taxonomy.required),
        },
    )


def _values(question: Question, name: str, search: str, limit: int, offset: int) -> ToolResult:
    found = question.dimension(name)
    metrics = ["effective_cost", "charge_count"]
    query = question.query(
        metrics, [found.name], limit=_SEARCHED_VALUES if search else offset + limit
    )  # fmt: skip
    totals = question.totals(query)
    rows = question.rows(query)
    count = question.count(query)
    if search:
        rows = _like(rows, found.name, search)
        count = len(rows)
    key = question.ctx.taxonomy.keys.get(found.name)
    whole = {row["currency"]: Decimal(row["effective_cost"] or 0) for row in totals}
    shown = []
    for row in page(rows, limit, offset):
        line = _figures(row, [found.name], metrics)
        cost = Decimal(row["effective_cost"] or 0)
        shown.append({**line, "share": ratio_text(cost, whole[row["currency"]])})
    return ToolResult(
        rows=shown,
        totals=[_figures(row, [], metrics) for row in totals],
        currency=single_currency(totals),
        period=question.period,
        row_count=count,
        notes=["Totals are over all values."] if search else [],
        details={
            "dimension": found.name,
            "description": found.description,
            **({"tag_names": list(key.tag_names)} if key else {}),
        },
    )


def _like(rows: list[dict[str, Any]], name: str, search: str) -> list[dict[str, Any]]:
    """Rows whose value contains ``search``, else is spelled much like it."""
    wanted = search.casefold()
    values = {str(row[name]) for row in rows if row[name] is not None}
    matching = {value for value in values if wanted in value.casefold()}
    if not matching:
        matching = set(nearest(search, sorted(values), limit=20))
    if not matching:
        raise UnknownNameError(name, clean(search))
    return [row for row in rows if row[name] is not None and str(row[name]) in matching]


def _figures(row: dict[str, Any], groups: list[str], metrics: list[str]) -> dict[str, Any]:
    return {
        **{name: cell(row[name]) for name in groups},
        "currency": cell(row["currency"]),
        **{name: figure(row[name]) for name in metrics},
    }


def _data_range(ctx: ToolContext) -> dict[str, str | None]:
    """First day and the day after the last."""
    start, end = ctx.anchor.data_start, ctx.anchor.data_end
    return {"start": str(start) if start else None, "end": str(end) if end else None}


def _lag_days(ctx: ToolContext) -> int | None:
    """Whole days between the last day with charges and today."""
    end = ctx.anchor.data_end
    return (ctx.now.date() - (end - dt.timedelta(days=1))).days if end else None


def _named(question: Question) -> list[Dimension]:
    """The dimensions that people name: not how a key's value was found."""
    found = question.ctx.catalogue.dimensions.values()
    return [item for item in found if not item.key or item.name == item.key]


def _catalogue(question: Question) -> dict[str, Any]:
    """Everything a planner may name: what it links a question's words to."""
    ctx = question.ctx
    named = _named(question)
    names = names_of_data(question, named)
    values = names.values
    dimensions = [
        {
            "name": item.name,
            "synonyms": list(item.synonyms),
            "kind": item.kind,
            "key": item.key,
            "values": values[item.name],
        }
        for item in named
    ]
    return {
        "snapshot": ctx.snapshot.info.id,
        "metrics": [
            {"name": metric.name, "synonyms": list(metric.synonyms)}
            for metric in ctx.catalogue.metrics.values()
        ],
        "dimensions": dimensions,
        "usage_rows": question.ctx.snapshot.info.usage,
        "usage_values": names.measured,
        "taxonomy": [
            {
                "name": key.name,
                "layer": key.layer,
                "required": key.required,
                "values": list(shown := ctx.values_shown(key)),
                "called": {
                    said: value
                    for said, value in ctx.taxonomy.called(key, ctx.now).items()
                    if value in shown
                },
                "tag_names": list(key.tag_names),
            }
            for key in ctx.taxonomy.keys.values()
        ],
        "tags": names.tags,
        "data": _data_range(ctx),
        "today": ctx.now.date().isoformat(),
        "fiscal_year_start_month": ctx.settings.fiscal_year_start_month,
        "currencies": values["billing_currency"],
        "rates": _pairs(question),
        "providers": values["service_provider_name"],
        "tools": sorted(load_registry().names()),
    }


def _pairs(question: Question) -> list[str]:
    """What can be converted; a file of rates that is wrong is said, and stops no other question."""
    from tagwright.rates import load_rates

    try:
        return sorted(load_rates(question.ctx.settings).pairs)
    except ConfigError as error:
        question.notes.append(str(error))
        return []
