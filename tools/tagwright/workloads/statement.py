"""The charges of each workload added up, in one statement over a compiled query.

The query gives the effective cost and the quantity by :data:`COLUMNS`, day and unit, so that what a
cost is stays defined in one place. Every row of it goes to exactly one row of the result: a
workload, or the row without a subject, which holds what no workload names. So no money is lost.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tagwright.taxonomy.fold import quoted
from tagwright.workloads.identity import BASIS, FORM, KIND_OF_ARN, WORK, label, subject

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["COLUMNS", "measure", "names_only"]

COLUMNS = (
    "service_provider_name",
    "billing_account_id",
    "sub_account_id",
    "sub_account_name",
    "service_name",
    "service_category",
    "resource_id",
    "resource_name",
    "charge_category",
    "pricing_category",
    "commitment_discount_id",
    "x_ai_kind",
    "x_ai_certainty",
    "x_ai_rule",
    "x_ai_workload_type",
    "x_ai_model_id",
    "x_ai_token_direction",
    "x_ai_service_tier",
    "x_ai_instance_family",
    "x_taggable",
)
"""Dimensions that the query must be grouped by, beside ``day`` and ``consumed_unit``."""

_UNIT = (
    "CASE WHEN x_ai_token_direction IS NOT NULL OR contains(lower(consumed_unit), 'token') "
    "THEN 'token' "
    "WHEN regexp_matches(consumed_unit, 'request|\\bcalls?\\b|quer(y|ies)|invocation|searche?s?\\b"
    "|transaction', 'i') THEN 'request' "
    "WHEN regexp_matches(consumed_unit, '(^|[ -])(hours?|hrs?|h)$', 'i') THEN 'hour' "
    "WHEN consumed_unit IS NOT NULL THEN 'other' END"
)
_RESERVED = (
    "(pricing_category = 'Committed' OR x_ai_kind = 'provisioned-model' "
    "OR x_ai_service_tier IN ('provisioned', 'reserved'))"
)
_BATCH = "(x_ai_service_tier = 'batch' OR arn_kind IN ('transform-job', 'model-invocation-job'))"
_FULL = 22
"""Hours a day from which a machine counts as running all day: metering loses some at both ends."""


def _named(query: str, tags: Sequence[str], keys: Mapping[str, str | None]) -> str:
    """CTEs up to ``n``: each row of the query with name, owner and ``base``, its workload's key.

    ``base`` is made of what stays when tags change: provider, account, form, certainty, name, and
    the model of an API.
    """

    def key(name: str) -> str:
        column = keys.get(name)
        return quoted(column) if column else "CAST(NULL AS VARCHAR)"

    return f"""WITH q AS ({query}),
 a AS (SELECT *, {KIND_OF_ARN} AS arn_kind,
  COALESCE(x_ai_certainty, 'tagged') AS certainty,
  COALESCE(sub_account_id, billing_account_id) AS account_id,
  {key("team")} AS team_value, {key("product")} AS product_value,
  {key("type")} AS type_value, {key("model")} AS model_value,
  {key("team_method")} AS team_how, {key("product_method")} AS product_how FROM q),
 f AS (SELECT *, {FORM} AS form, {_UNIT} AS unit_kind FROM a),
 l AS (SELECT *, {label(tags)} AS label, {WORK} AS work FROM f),
 s AS (SELECT *, {subject()} AS subject, {BASIS} AS basis FROM l),
 n AS (SELECT *, CAST(to_json([service_provider_name, account_id, form, certainty, subject,
  CASE WHEN form = 'api' THEN lower(x_ai_model_id) END]) AS VARCHAR) AS base FROM s)"""


def names_only(query: str, tags: Sequence[str], keys: Mapping[str, str | None]) -> str:
    """A SELECT of the distinct ``base`` of the workloads in the rows of ``query``."""
    return (
        f"{_named(query, tags, keys)} SELECT DISTINCT base FROM n WHERE subject IS NOT NULL "
        "ORDER BY base"
    )


def measure(query: str, tags: Sequence[str], keys: Mapping[str, str | None]) -> str:
    """A SELECT of one row per workload and currency, and per certainty of what none names.

    A workload that has a name is one, also where some of its resources lack tags; where its tags
    name several products (or teams) it is one workload for each. What is named by its model, family
    or service alone belongs to whoever used it: one workload for each owner.

    Args:
        query: A compiled query by :data:`COLUMNS`, ``tags``, ``keys``, ``day``, ``currency`` and
            ``consumed_unit``.
        tags: Columns of :func:`~tagwright.workloads.identity.group_tags`.
        keys: Columns of ``team``, ``team_method``, ``product``, ``product_method``, ``type``,
            ``model``; None where the taxonomy has no such key. ``found`` lists more columns with
            methods.
    """

    def own(name: str) -> str:
        value = f"{name}_value"
        several = f"MIN({value}) OVER same IS DISTINCT FROM MAX({value}) OVER same"
        return f"CASE WHEN basis <> 'name' OR {several} THEN {value} END"

    def cost(condition: str) -> str:
        return f"COALESCE(SUM(effective_cost) FILTER (WHERE {condition}), 0)"

    def listed(value: str) -> str:
        return f"string_agg(DISTINCT {value}, ', ' ORDER BY {value})"

    usage = "charge_category = 'Usage'"
    units = ", ".join(
        f"{cost(f'{usage} AND unit_kind = {kind!r}')} AS {kind}_cost, "
        f"SUM(consumed_quantity) FILTER (WHERE unit_kind = {kind!r}) AS {kind}_quantity, "
        f"MIN(consumed_unit) FILTER (WHERE unit_kind = {kind!r}) AS {kind}_unit, "
        f"COUNT(DISTINCT consumed_unit) FILTER (WHERE unit_kind = {kind!r}) AS {kind}_units"
        for kind in ("token", "request", "hour", "other")
    )
    return f"""{_named(query, tags, keys)},
 o AS (SELECT *, {own("product")} AS own_product, {own("team")} AS own_team FROM n
  WINDOW same AS (PARTITION BY base)),
 w AS (SELECT *, CAST(to_json([base, own_product, own_team, currency]) AS VARCHAR) AS id FROM o),
 d AS (SELECT id, "day", SUM(consumed_quantity) FILTER (WHERE unit_kind = 'hour') AS hours,
  COUNT(DISTINCT resource_id) AS resources FROM w WHERE {usage} GROUP BY id, "day"),
 t AS (SELECT id AS day_id, COUNT(*) AS days, MIN("day") AS first_day, MAX("day") AS last_day,
  COUNT(*) FILTER (WHERE hours >= {_FULL} * GREATEST(resources, 1)) AS full_days,
  MIN(resources) AS fewest, MAX(resources) AS most FROM d GROUP BY id),
 r AS (SELECT id, ANY_VALUE(base) AS base, currency,
  MIN(subject) AS subject, MIN(form) AS form, MIN(certainty) AS certainty, MIN(basis) AS basis,
  MIN(service_provider_name) AS provider, MIN(account_id) AS account_id,
  MIN(billing_account_id) AS billing_account_id,
  COALESCE(MIN(sub_account_name), MIN(account_id)) AS account,
  MIN(service_name) AS service, MIN(x_ai_instance_family) AS family,
  MIN(label) AS label, COUNT(DISTINCT label) AS labels,
  COUNT(DISTINCT resource_id) AS resources,
  list(DISTINCT resource_id ORDER BY resource_id)
   FILTER (WHERE form IN ('api', 'endpoint') AND resource_id IS NOT NULL) AS resource_ids,
  SUM(effective_cost) AS effective_cost, {cost(usage)} AS usage_cost, {units},
  {cost(f"{usage} AND {_RESERVED}")} AS reserved_cost,
  {cost(f"{usage} AND {_BATCH}")} AS batch_cost,
  MAX(team_value) AS team, COALESCE(bool_or(team_value IS NULL), FALSE) AS team_gap,
  MAX(product_value) AS product, COALESCE(bool_or(product_value IS NULL), FALSE) AS product_gap,
  {listed("team_how")} AS team_how, {listed("product_how")} AS product_how,
  {listed("type_value")} AS tagged_type, {listed("work")} AS work,
  {listed("x_ai_model_id")} AS billed_model, {listed("model_value")} AS tagged_model,
  {listed("x_ai_rule")} AS rules,
  COALESCE(bool_or(x_taggable = 'true'), FALSE) AS taggable,
  bool_or({" OR ".join(f"{quoted(c)} IS NOT NULL" for c in _found(keys)) or "FALSE"}) AS tagged
  FROM w GROUP BY id, currency)
 SELECT r.* EXCLUDE (id), t.* EXCLUDE (day_id) FROM r LEFT JOIN t ON r.id = t.day_id
 ORDER BY effective_cost DESC, currency, id"""


def _found(keys: Mapping[str, str | None]) -> list[str]:
    return [column for name, column in keys.items() if column and name.endswith("_method")]
