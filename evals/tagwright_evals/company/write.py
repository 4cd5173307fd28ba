"""Write Northlight's bills, taxonomy and the truth to a directory."""

from __future__ import annotations

import csv
import gzip
import io
import json
import shutil
from dataclasses import dataclass
from importlib.resources import files
from typing import TYPE_CHECKING

from tagwright_evals.company import charges
from tagwright_evals.company.resources import RESOURCES

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Mapping
    from pathlib import Path

__all__ = ["COLUMNS", "Company", "write_company"]

COLUMNS = (
    "BilledCost", "BillingAccountId", "BillingAccountName", "BillingCurrency", "BillingPeriodEnd",
    "BillingPeriodStart", "ChargeCategory", "ChargeClass", "ChargeDescription", "ChargeFrequency",
    "ChargePeriodEnd", "ChargePeriodStart", "CommitmentDiscountCategory", "CommitmentDiscountId",
    "CommitmentDiscountName", "CommitmentDiscountStatus", "CommitmentDiscountType",
    "ConsumedQuantity", "ConsumedUnit", "ContractedCost", "ContractedUnitPrice", "EffectiveCost",
    "HostProviderName", "InvoiceIssuerName", "ListCost", "ListUnitPrice", "PricingCategory",
    "PricingQuantity", "PricingUnit", "RegionId", "RegionName", "ResourceId", "ResourceName",
    "ResourceType", "ServiceCategory", "ServiceName", "ServiceProviderName", "ServiceSubcategory",
    "SkuId", "SkuMeter", "SkuPriceDetails", "SkuPriceId", "SubAccountId", "SubAccountName", "Tags",
)  # fmt: skip
"""FOCUS 1.3 columns of every file."""


@dataclass(frozen=True)
class Company:
    """What was written.

    Attributes:
        directory: Where.
        exports: The folder of bills, to ingest.
        taxonomy: YAML for the home directory.
        truth: JSON lines: whose each resource really is.
        spike: The day on which October's rise began.
    """

    directory: Path
    exports: Path
    taxonomy: Path
    truth: Path
    spike: dt.date


def write_company(
    directory: Path, *, tags: Mapping[str, Mapping[str, str]] | None = None
) -> Company:
    """Write everything; the same call writes the same bytes.

    Args:
        directory: Made where it is not there; files of the same names are replaced.
        tags: Tags by ARN instead of those the resources have from the start: AWS's bill as it
            would be, had they been set all along.
    """
    exports = directory / "exports"
    exports.mkdir(parents=True, exist_ok=True)
    by_month: dict[str, list[charges.Row]] = {}
    for row in charges.aws(tags):
        by_month.setdefault(row["BillingPeriodStart"][:7], []).append(row)
    for month, rows in by_month.items():
        _write(exports / f"aws-{month}.csv.gz", rows)
    _write(exports / "azure.csv", charges.azure())
    _write(exports / "azure-berlin.csv", charges.berlin())
    _write(exports / "google-cloud.csv", charges.google())
    _write(exports / "openai.csv", charges.model_api("OpenAI"))
    _write(exports / "anthropic.csv", charges.model_api("Anthropic"))
    taxonomy = directory / "taxonomy.yaml"
    with (files(__package__) / "taxonomy.yaml").open("rb") as source, taxonomy.open("wb") as target:
        shutil.copyfileobj(source, target)
    truth = directory / "truth.jsonl"
    lines = [json.dumps({"resource_id": item.arn, **item.truth}) for item in RESOURCES]
    truth.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return Company(directory, exports, taxonomy, truth, charges.SPIKE)


def _write(path: Path, rows: Iterable[charges.Row]) -> None:
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(COLUMNS)
    for row in rows:
        writer.writerow(charges.as_text(row.get(name)) for name in COLUMNS)
    data = stream.getvalue().encode()
    if path.suffix == ".gz":
        # Stored with level 0: what zlib makes of higher levels depends on its version.
        data = gzip.compress(data, compresslevel=0, mtime=0)
    path.write_bytes(data)
