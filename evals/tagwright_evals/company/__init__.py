"""Northlight, an invented company with AI products: its bills, its taxonomy, and the truth.

Nothing is downloaded, nothing is random, no clock is read: two runs write the same bytes.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal
from importlib import resources as package
from typing import TYPE_CHECKING

from tagwright_evals.company.aws import SPIKE_DAYS, aws_rows, spike_cost, usual_answers
from tagwright_evals.company.estate import ACCOUNTS, Resource, resources
from tagwright_evals.company.model import MONTHS
from tagwright_evals.company.others import (
    anthropic_rows,
    azure_rows,
    gcp_rows,
    mistral_rows,
    openai_rows,
)
from tagwright_evals.company.telemetry import (
    anthropic_pages,
    gateway_lines,
    openai_pages,
    revenue_rows,
)

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from tagwright_evals.company.model import Owned

__all__ = ["Company", "Resource", "Spike", "with_tags", "write_company"]

_PLAIN = (
    "BillingAccountId", "BillingAccountName", "BillingAccountType", "SubAccountId",
    "SubAccountName", "SubAccountType", "BillingPeriodStart", "BillingPeriodEnd",
    "ChargePeriodStart", "ChargePeriodEnd", "ChargeCategory", "ChargeClass", "ChargeDescription",
    "ChargeFrequency", "ServiceCategory", "ServiceSubcategory", "ServiceName", "SkuId", "SkuMeter",
    "SkuPriceId", "SkuPriceDetails", "RegionId", "RegionName", "ResourceId", "ResourceName",
    "ResourceType", "ConsumedQuantity", "ConsumedUnit", "PricingCategory", "PricingQuantity",
    "PricingUnit", "PricingCurrency", "ListUnitPrice", "ContractedUnitPrice", "ListCost",
    "ContractedCost", "BilledCost", "EffectiveCost", "BillingCurrency", "InvoiceIssuerName",
    "InvoiceId", "CommitmentDiscountId", "CommitmentDiscountName", "CommitmentDiscountCategory",
    "CommitmentDiscountType", "CommitmentDiscountStatus", "Tags",
)  # fmt: skip
_NEWER = (*_PLAIN, "ServiceProviderName", "HostProviderName")
_COLUMNS = {
    "1.2": (*_PLAIN, "ProviderName", "PublisherName"),
    "1.3": _NEWER,
    "1.4": (*_NEWER, "InvoiceDetailId"),
}
_VERSIONS = {
    "aws": "1.2", "azure": "1.3", "gcp": "1.3", "openai": "1.4", "anthropic": "1.4",
    "mistral": "1.4",
}  # fmt: skip
"""Of FOCUS, as each provider exports it."""
_REVENUE = ("customer", "month", "currency", "revenue")
_CONFIG = """\
# The settings of the sample company.
[approval]
four_eyes = true

[[approval.rules]]
channel = "cli"
approvers = ["*"]
max_resources = 100
"""


@dataclass(frozen=True)
class Spike:
    """The rise in October that has a cause.

    Attributes:
        start: First day.
        end: Day after the last.
        provider: ServiceProviderName.
        service: ServiceName.
        meter: SkuMeter.
        product: Taxonomy value.
        cost: What it added, in USD (billed and effective alike).
        cause: In words.
    """

    start: dt.date
    end: dt.date
    provider: str
    service: str
    meter: str
    product: str
    cost: Decimal
    cause: str


@dataclass(frozen=True)
class Company:
    """What was written.

    Attributes:
        paths: The bills, in order.
        telemetry: What Northlight's own systems say about its AI usage.
        taxonomy: YAML file.
        config: ``tagwright.toml``.
        revenue: ``revenue.csv``: what customers pay.
        truth: JSON lines: ``file`` and ``record`` (1 is the first after the header) of each
            charge, and ``owners``, ``team/product`` to its share.
        resources: AWS resources, as the sandbox holds them.
        spike: See :class:`Spike`.
        totals: (ServiceProviderName, BillingCurrency) to (billed, effective).
        rows: How many charges.
    """

    paths: tuple[Path, ...]
    telemetry: tuple[Path, ...]
    taxonomy: Path
    config: Path
    revenue: Path
    truth: Path
    resources: tuple[Resource, ...]
    spike: Spike
    totals: dict[tuple[str, str], tuple[Decimal, Decimal]]
    rows: int


def write_company(directory: Path, *, estate: Sequence[Resource] | None = None) -> Company:
    """Write the bills, the taxonomy, the settings and the truth into ``directory``.

    Args:
        directory: Made if need be; files of the same names are replaced.
        estate: AWS resources with other tags (see :func:`with_tags`); None for those as they were.

    Raises:
        OSError: The directory cannot be written.
    """
    found = tuple(resources() if estate is None else estate)
    bills = directory / "bills"
    bills.mkdir(parents=True, exist_ok=True)
    totals: dict[tuple[str, str], tuple[Decimal, Decimal]] = {}
    paths: list[Path] = []
    truth: list[str] = []
    count = 0
    billed = {
        "aws": list(aws_rows(found)), "azure": list(azure_rows()), "gcp": list(gcp_rows()),
        "openai": list(openai_rows()), "anthropic": list(anthropic_rows()),
        "mistral": list(mistral_rows()),
    }  # fmt: skip
    for name, rows in billed.items():
        version = _VERSIONS[name]
        for month, owned in _by_month(rows).items():
            path = bills / f"{name}-{month}.csv{'.gz' if name == 'aws' else ''}"
            _write(path, version, owned)
            paths.append(path)
            count += len(owned)
            for record, item in enumerate(owned, 1):
                _add(totals, item.row)
                line = {
                    "file": path.name, "record": record,
                    "owners": {who: str(share) for who, share in item.owners.items()},
                }  # fmt: skip
                truth.append(json.dumps(line, sort_keys=True))
    taxonomy, config = directory / "taxonomy.yaml", directory / "tagwright.toml"
    source = package.files("tagwright_evals.company") / "taxonomy.yaml"
    taxonomy.write_text(source.read_text(encoding="utf-8"), encoding="utf-8")
    config.write_text(_CONFIG, encoding="utf-8")
    answers = directory / "truth.jsonl"
    answers.write_text("\n".join(truth) + "\n", encoding="utf-8")
    revenue = directory / "revenue.csv"
    revenue.write_text(
        "".join(f"{','.join(row)}\n" for row in (_REVENUE, *revenue_rows())), encoding="utf-8"
    )
    telemetry = _write_telemetry(directory / "telemetry", billed)
    return Company(
        tuple(paths), telemetry, taxonomy, config, revenue, answers, found, _spike(), totals, count
    )


def _write_telemetry(directory: Path, billed: Mapping[str, list[Owned]]) -> tuple[Path, ...]:
    directory.mkdir(parents=True, exist_ok=True)
    accounts = {place: number for place, (number, _) in ACCOUNTS.items()}
    written: dict[Path, list[str]] = defaultdict(list)
    for name, found in (
        ("openai-usage", openai_pages(billed["openai"])),
        ("anthropic-usage", anthropic_pages(billed["anthropic"])),
        ("gateway", gateway_lines(billed["aws"], accounts, usual_answers())),
    ):
        for month, line in found:
            written[directory / f"{name}-{month:%Y-%m}.jsonl"].append(line)
    for path, lines in written.items():
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return tuple(written)


def with_tags(
    estate: Iterable[Resource], live: Mapping[str, Mapping[str, str]]
) -> tuple[Resource, ...]:
    """The estate as it is tagged now.

    Args:
        estate: The resources of the bill.
        live: ARN to its tags; a resource that is missing has none.
    """
    from dataclasses import replace

    return tuple(replace(item, tags=dict(live.get(item.arn, {}))) for item in estate)


def _by_month(rows: Iterable[Owned]) -> dict[str, list[Owned]]:
    found: dict[str, list[Owned]] = defaultdict(list)
    for item in rows:
        found[item.row["BillingPeriodStart"][:7]].append(item)
    if len(found) != len(MONTHS):
        raise AssertionError(f"a bill has {len(found)} months instead of {len(MONTHS)}")
    return found


def _add(totals: dict[tuple[str, str], tuple[Decimal, Decimal]], row: Mapping[str, str]) -> None:
    key = row["ServiceProviderName"], row["BillingCurrency"]
    billed, effective = totals.get(key, (Decimal(0), Decimal(0)))
    totals[key] = billed + Decimal(row["BilledCost"]), effective + Decimal(row["EffectiveCost"])


def _write(path: Path, version: str, owned: Sequence[Owned]) -> None:
    columns = _COLUMNS[version]
    out = io.StringIO()
    writer = csv.DictWriter(out, columns, restval="", extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    for item in owned:
        row = dict(item.row)
        row["ProviderName"] = row["PublisherName"] = row["ServiceProviderName"]
        writer.writerow(row)
    data = out.getvalue().encode()
    # No time stamp in the archive: the same rows are the same bytes.
    path.write_bytes(gzip.compress(data, 6, mtime=0) if path.suffix == ".gz" else data)


def _spike() -> Spike:
    import datetime as dt

    return Spike(
        SPIKE_DAYS[0],
        SPIKE_DAYS[-1] + dt.timedelta(days=1),
        "AWS",
        "Amazon Bedrock",
        "Output Tokens",
        "search",
        spike_cost(),
        "A retry loop in search generates every failed answer again: six times the output tokens.",
    )
