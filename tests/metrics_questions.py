"""Any question of the metrics, over any charges: what hypothesis draws them from."""

from __future__ import annotations

import datetime as dt

from hypothesis import strategies as st

from tagwright.metrics import Catalogue, Filter, Query
from tagwright.results import Period
from tagwright.taxonomy import parse_taxonomy

TAXONOMY = parse_taxonomy("""
keys:
  team: {layer: business, required: true}
  product: {layer: business, tag_names: [app]}
  environment: {layer: workload, values: {production: [prod]}, open: true}
  customer: {layer: unit, case: keep}
""")
CATALOGUE = Catalogue(TAXONOMY)

amounts = st.decimals(-(10**9), 10**9, places=11, allow_nan=False, allow_infinity=False)
words = st.sampled_from(["a", "A", "b", "é", "É", "", "a b"])
rows = st.fixed_dictionaries(
    {
        "ChargePeriodStart": st.datetimes(dt.datetime(2026, 6, 20), dt.datetime(2026, 9, 10)),  # noqa: DTZ001
        "BilledCost": amounts,
        "EffectiveCost": amounts | st.none(),
        "BillingCurrency": st.sampled_from(["USD", "EUR"]),
        "ServiceName": words | st.none(),
        "SubAccountId": words | st.none(),
        "RegionId": st.sampled_from(["r", None]),
        "ResourceId": st.sampled_from(["r1", "r2", "R2", None]),
        "ChargeCategory": st.sampled_from(["Usage", "Tax"]),
        "BillingAccountId": st.sampled_from(["p", "q"]),
        "Tags": st.dictionaries(
            st.sampled_from(["team", "app", "env", "customer", "other"]),
            st.sampled_from(["x", "X", "prod", "none", "y"]),
        ),
    }
)
dimensions = st.sampled_from(
    [
        "service",
        "sub_account_id",
        "region_id",
        "resource_id",
        "charge_category",
        "x_taggable",
        "x_tagged",
        "billing_currency",
        "billing_account_id",
        "team",
        "product",
        "environment",
        "customer",
        "team_method",
        "customer_method",
        "day",
        "week",
        "month",
        "quarter",
        "year",
        "billing_period",
    ]
)
filter_values = st.lists(
    st.sampled_from(["a", "A", "b", "é", "x", "prod", "production", "r1", "R1", "true", "Usage",
                     "2026-07", "2026-W30", "tag", "p"]),
    min_size=1, max_size=3,
)  # fmt: skip
filters = st.builds(
    lambda dimension, op, values: Filter(
        dimension=dimension, op=op, values=() if op.endswith("null") else tuple(values)
    ),
    dimensions,
    st.sampled_from(["in", "not_in", "contains", "is_null", "not_null"]),
    filter_values,
)
days = st.dates(dt.date(2026, 6, 20), dt.date(2026, 9, 11)) | st.sampled_from(
    [dt.date(2026, 7, 1), dt.date(2026, 8, 1), dt.date(2026, 9, 1)]
)
queries = st.builds(
    lambda metrics, group_by, filters, days, descending, limit: Query(
        metrics=tuple(metrics),
        group_by=tuple(group_by),
        filters=tuple(filters),
        period=days and Period(start=min(days), end=max(days), label=""),
        descending=descending,
        limit=limit,
    ),
    st.lists(
        st.sampled_from(["billed_cost", "effective_cost", "charge_count", "resource_count"]),
        min_size=1, max_size=3, unique=True,
    ),
    st.lists(dimensions, max_size=3, unique=True),
    st.lists(filters, max_size=2),
    st.none() | st.tuples(days, days),
    st.booleans(),
    st.none() | st.integers(1, 5),
)  # fmt: skip
