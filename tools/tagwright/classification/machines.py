"""Which type of machine a charge is for: no question of AI, but told by the same columns."""

from __future__ import annotations

__all__ = ["INSTANCE_TYPE", "INSTANCE_TYPE_SQL"]

INSTANCE_TYPE = "x_instance_type"

_DETAILS = 'TRY_CAST("SkuPriceDetails" AS JSON)'
_SAID = tuple(
    f"json_extract_string({_DETAILS}, '$.{key}')"
    for key in ("InstanceType", "instance_type", "x_InstanceType")
)
# Of some exports ResourceType is the type (AWS's product_instance_type), of others the kind of
# resource, in words ("Inference Profile") or as a path ("microsoft.compute/virtualmachines").
_TYPED = 'CASE WHEN regexp_matches("ResourceType", \'^[^/ ]*[0-9][^/ ]*$\') THEN "ResourceType" END'
# "USE1-BoxUsage:g5.12xlarge", "USE1-Host:ml.g5.2xlarge", "db.r5.large", "m6i.2xlarge Hours".
_METERED = (
    'regexp_extract("SkuMeter", \'(?:^|[: ])((?:[a-z]+[.])?[a-z][a-z0-9-]*[0-9][a-z0-9-]*'
    "[.](?:[0-9]*x?large|medium|small|micro|nano|metal)(?:-[a-z0-9]+)?)(?:$|[ :])', 1)"
)
_EACH = ", ".join(f"NULLIF(TRIM({sql}), '')" for sql in (*_SAID, _TYPED, _METERED))
INSTANCE_TYPE_SQL = f"COALESCE({_EACH})"
"""Over rows with SkuPriceDetails (FOCUS names its ``InstanceType``), ResourceType and SkuMeter."""
