"""``tag_coverage``: how much of what could be tagged is tagged, per key and for all together."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field

from tagwright.builtin._arguments import Filters, Limit, Names, Offset, PeriodText, page
from tagwright.builtin._question import (
    Question,
    cell,
    currency_notes,
    figure,
    names_of,
    single_currency,
)
from tagwright.context import ToolContext  # noqa: TC001  the registry reads the signature
from tagwright.errors import MisuseError
from tagwright.metrics import Compiled, Filter
from tagwright.money import ratio_text
from tagwright.registry import tool
from tagwright.results import ToolResult
from tagwright.taxonomy import SUGGEST, taxonomy_path
from tagwright.taxonomy.fold import quoted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tagwright.results import Scalar

__all__ = ["ALL_KEYS", "tag_coverage"]

ALL_KEYS = "all"
"""The key of rows about every key asked for: covered where each of them is."""

# The state of one charge for one key. The worst of several keys, or of several charges of one
# resource, is the greatest.
_STATES = ("untaggable", "covered", "missing", "invalid", "untagged")
_GAPS = _STATES[2:]


@tool(title="Tag coverage")
def tag_coverage(
    ctx: ToolContext,
    *,
    keys: Annotated[Names, Field(description="default: required")] = (),
    group_by: Annotated[Names, Field(description="resource_id: worst first")] = (),
    filters: Filters = (),
    period: PeriodText = "all",
    basis: Literal["effective_cost", "resources"] = "effective_cost",
    part: Literal["", "untagged", "missing", "invalid"] = "",
    limit: Limit = 20,
    offset: Offset = 0,
) -> ToolResult:
    """Share of taggable cost or resources with a valid value per key, and gaps.

    Rows: the groups, ``key`` (``all``: every key asked for), ``currency`` (of costs), ``covered``
    (a valid value by tag, alias or virtual tag), ``invalid`` (a tag of the key whose value is not
    valid), ``missing`` (tags, but nothing for the key), ``untagged`` (no tags at all),
    ``taggable``, ``coverage``. Exactly: covered + invalid + missing + untagged = taggable, and
    taggable + untaggable = total: each charge is in one part. For one key it is the first of:
    untaggable, where nobody could tag it; covered; invalid; untagged; missing. For ``all``:
    untaggable; untagged, where a key lacks a value and there is no tag at all; invalid, where any
    key is; missing, where any key has nothing; covered. Coverage = covered / taggable; null where
    nothing is taggable. Totals also hold each part's share (untaggable's: of the total).

    With ``basis="resources"`` each resource counts once, by its worst charge on its last day in the
    period; charges without a resource do not count. With groups there is one row a group that holds
    something taggable (for all keys together), the most uncovered first; with ``part`` only those
    that hold some of that part, the most of it first, with its share (``untagged_share``).

    Raises:
        UnknownNameError: A key, dimension, filter value or period nobody knows.
        MisuseError: No key is asked for and none is required; ``part`` without groups.
    """
    question = Question(ctx, period, filters)
    found = _keys(question, keys)
    groups = question.dimensions(group_by)
    if basis == "resources" and any(group.name == "resource_id" for group in groups):
        raise MisuseError("basis 'resources' cannot be grouped by resource_id.")
    if part and not groups:
        raise MisuseError("part chooses among groups: name group_by, e.g. resource_id.")
    labels = [*found, ALL_KEYS] if len(found) > 1 else found
    whole = question.run(_statement(question, found, [], basis, None))
    if groups:
        measured = question.run(
            _statement(question, found, names_of(groups), basis, offset + limit, part=part)
        )
        # The last state columns are those of all keys together (or of the only one).
        rows = [_row(row, names_of(groups), len(labels) - 1, labels[-1], part) for row in measured]
        count = int(measured[0]["groups"]) if measured else 0
    else:
        rows = [_row(row, [], i, label) for i, label in enumerate(labels) for row in whole]
        count = len(rows)
    totals = [_total(row, len(labels) - 1, labels[-1]) for row in whole]
    return ToolResult(
        rows=page(rows, limit, offset),
        totals=totals,
        currency=single_currency(totals),
        period=question.period,
        row_count=count,
        notes=[
            *question.notes,
            *question.data_notes(),
            *question.match_notes(totals),
            *_credit_notes(whole, len(labels)),
            *_meaning_notes(ctx, found, whole),
            *currency_notes(totals),
        ],
        details={"keys": found, "basis": basis, **({"part": part} if part else {})},
    )


def _credit_notes(whole: Sequence[dict[str, Any]], labels: int) -> list[str]:
    """That credits make a share that is none."""
    negative = any(
        row[f"s{index}_{state}"] < 0
        for row in whole
        for index in range(labels)
        for state in _STATES[1:]
    )
    return ["Credits outweigh costs in a part: its coverage is no share."] if negative else []


def _meaning_notes(
    ctx: ToolContext, keys: Sequence[str], whole: Sequence[dict[str, Any]]
) -> list[str]:
    """What helps where tags are there and a key has no value, or few and nobody said what it is."""
    bare, low = [], []
    for index, key in enumerate(keys):
        parts = {state: sum(row[f"s{index}_{state}"] for row in whole) for state in _STATES}
        if not parts["covered"] and not parts["invalid"] and parts["missing"]:
            bare.append(key)
        elif parts["missing"] > parts["covered"] + parts["invalid"] + parts["untagged"]:
            low.append(key)
    if bare:
        return [f"No charge there has a value of {', '.join(bare)}. {SUGGEST}"]
    if low and not taxonomy_path(ctx.settings).exists():
        return [f"Most of it has tags, but not {', '.join(low)}. {SUGGEST}"]
    return []


def _keys(question: Question, names: Sequence[str]) -> list[str]:
    taxonomy = question.ctx.taxonomy
    found = list(dict.fromkeys(taxonomy.key(name).name for name in names or taxonomy.required))
    if not found:
        raise MisuseError(
            "No taxonomy key is required.", hint=f"Name some of {', '.join(taxonomy.keys)}."
        )
    for name in found:
        question.dimension(name)  # it may be newer than the data
    return found


def _statement(
    question: Question,
    keys: list[str],
    groups: list[str],
    basis: str,
    limit: int | None,
    *,
    part: str = "",
) -> Compiled:
    """Per group and currency: ``total`` and, per key and for all, one amount per state."""
    by_resource = basis == "resources"
    methods = [f"{key}_method" for key in keys]
    extra = ["resource_id", "day"] if by_resource else []
    metric = "charge_count" if by_resource else "effective_cost"
    only = [Filter(dimension="resource_id", op="not_null")] if by_resource else []
    wanted = list(dict.fromkeys([*groups, *extra, "x_taggable", "x_tagged", *methods]))
    inner = question.compiled(question.query([metric], wanted, filters=only))
    units = [] if by_resource else ["currency"]
    # By place: two tags whose names differ by case alone are one name to DuckDB.
    place = {name: f"c{index}" for index, name in enumerate(inner.columns)}
    by = [place[name] for name in (*groups, *units)]

    taggable, tagged = f"{place['x_taggable']} = 'true'", f"{place['x_tagged']} = 'true'"
    states = [
        f"CASE WHEN NOT COALESCE({taggable}, FALSE) THEN 0 WHEN {place[m]} = 'invalid' THEN 3 "
        f"WHEN {place[m]} IS NOT NULL THEN 1 WHEN {tagged} THEN 2 ELSE 4 END"
        for m in methods
    ]
    if len(states) > 1:
        states.append(f"GREATEST({', '.join(states)})")
    amount = "1" if by_resource else f"COALESCE({place[metric]}, 0)"
    listed = ", ".join([*by, *(f"{state} AS s{i}" for i, state in enumerate(states))])
    q = f"WITH q({', '.join(place.values())}) AS ({inner.sql})"
    if by_resource:
        resource, day = place["resource_id"], place["day"]
        per = ", ".join([*by, resource])
        worst = ", ".join([*by, *(f"MAX(s{i}) AS s{i}" for i in range(len(states)))])
        source = (
            f"{q}, c AS (SELECT {listed}, {resource} FROM q "
            f"QUALIFY {day} = MAX({day}) OVER (PARTITION BY {per})), "
            f"r AS (SELECT {worst}, 1 AS amount FROM c GROUP BY {per})"
        )
    else:
        source = f"{q}, r AS (SELECT {listed}, {amount} AS amount FROM q)"
    sums = [
        f"SUM(CASE WHEN s{i} = {code} THEN amount ELSE 0 END) AS s{i}_{name}"
        for i in range(len(states))
        for code, name in enumerate(_STATES)
    ]
    last = len(states) - 1
    grouping = f" GROUP BY {', '.join(by)}" if by else ""
    ties = ", ".join(f"{name} NULLS LAST" for name in by)
    gap = " + ".join(f"s{last}_{name}" for name in _GAPS)
    first = [f"s{last}_{part} DESC"] if part else []
    order = [*first, '"gap" DESC', ties] if groups else [ties]
    ordering = f" ORDER BY {', '.join(term for term in order if term)}" if any(order) else ""
    # A group in which nothing can be tagged has no coverage to speak of; the whole has it all.
    having = f" HAVING MAX(s{last}) > 0" if groups else ""
    if part:
        having = f" HAVING COUNT(*) FILTER (s{last} = {_STATES.index(part)}) > 0"
    named = [f"{place[name]} AS {quoted(name)}" for name in (*groups, *units)]
    shown = ", ".join([*named, f"* EXCLUDE ({', '.join(by)})" if by else "*"])
    sql = (
        f"{source}, t AS (SELECT {', '.join([*by, 'SUM(amount) AS total', *sums])} FROM r"
        f'{grouping}{having}) SELECT {shown}, {gap} AS "gap", '
        f'COUNT(*) OVER () AS "groups" FROM t WHERE total IS NOT NULL{ordering}'
    )
    return Compiled(sql + (f" LIMIT {limit}" if limit else ""), inner.params, inner.table)


def _row(
    row: dict[str, Any], groups: Sequence[str], index: int, key: str, part: str = ""
) -> dict[str, Scalar]:
    parts = {state: row[f"s{index}_{state}"] for state in _STATES}
    taggable = sum(parts[state] for state in _STATES[1:])
    out: dict[str, Scalar] = {name: cell(row[name]) for name in groups}
    out["key"] = key
    if "currency" in row:
        out["currency"] = cell(row["currency"])
    out.update({state: figure(parts[state]) for state in _STATES[1:]})
    out["taggable"] = figure(taggable)
    out["coverage"] = ratio_text(Decimal(parts["covered"]), Decimal(taggable))
    if part:
        out[f"{part}_share"] = ratio_text(Decimal(parts[part]), Decimal(taggable))
    return out


def _total(row: dict[str, Any], index: int, key: str) -> dict[str, Scalar]:
    """Over everything, for all keys together: also what nobody could have tagged, and shares."""
    parts = {state: Decimal(row[f"s{index}_{state}"]) for state in _STATES}
    taggable, total = sum(parts.values()) - parts["untaggable"], Decimal(row["total"])
    return {
        **_row(row, [], index, key),
        "untaggable": figure(row[f"s{index}_untaggable"]),
        "total": figure(row["total"]),
        **{f"{name}_share": ratio_text(parts[name], taggable) for name in _GAPS},
        "untaggable_share": ratio_text(parts["untaggable"], total),
    }
