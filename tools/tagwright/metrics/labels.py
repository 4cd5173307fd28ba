"""What people call a dimension."""

from __future__ import annotations

from tagwright.metrics.definitions import BUILTIN_DIMENSIONS

__all__ = ["dimension_label"]

_NAMES = frozenset(dimension.name for dimension in BUILTIN_DIMENSIONS)
_LABELS = {
    "service_provider_name": "provider",
    "host_provider_name": "host provider",
    "service_name": "service",
    "sub_account_id": "account",
    "sub_account_name": "account name",
    "region_id": "region",
    "resource_id": "resource",
    "billing_account_id": "billing account",
    "sku_id": "SKU",
    "sku_meter": "SKU meter",
    "sku_price_id": "SKU price",
    "commitment_discount_id": "commitment discount",
    "invoice_id": "invoice",
    "x_source": "source",
    "x_taggable": "taggable",
    "x_tagged": "tagged",
    "x_instance_type": "instance type",
    "x_ai_kind": "AI kind",
    "x_ai_certainty": "AI certainty",
    "x_ai_model_id": "model",
    "x_ai_model_developer": "model developer",
    "x_ai_model_family": "model family",
    "x_ai_workload_type": "AI workload type",
    "x_ai_token_direction": "token direction",
    "x_ai_cache_action": "cache action",
    "x_ai_service_tier": "AI service tier",
    "x_ai_route": "AI route",
    "x_ai_instance_family": "GPU family",
    "x_ai_rule": "AI rule",
}


def dimension_label(name: str, *, capital: bool = False) -> str:
    """What people call a dimension; a tag's key stays as it is written.

    Args:
        name: Canonical name of a dimension, a taxonomy key or ``tag:<key>``.
        capital: As the head of a column.

    >>> dimension_label("service_provider_name"), dimension_label("month", capital=True)
    ('provider', 'Month')
    >>> dimension_label("cost-center", capital=True), dimension_label("tag:Owner_Name")
    ('cost-center', 'tag:Owner_Name')
    """
    if name not in _NAMES:
        return name
    label = _LABELS.get(name, name.replace("_", " "))
    return label[:1].upper() + label[1:] if capital else label
