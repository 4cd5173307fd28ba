"""Northlight, an invented company with AI products: its bills, telemetry, rules, and the truth.

Nothing is downloaded, nothing is random, no clock is read: two runs write the same bytes.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
import shutil
from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal
from importlib import resources as package
from typing import TYPE_CHECKING

from tagwright_evals.company.aws import SPIKE_DAYS, aws_rows, spike_cost, usual_answers
from tagwright_evals.company.estate import Resource, resources
from tagwright_evals.company.invocations import invocation_lines
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
    deploy_rows,
    endpoint_lines,
    gateway_lines,
    openai_pages,
    revenue_rows,
    used_tokens,
)

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from tagwright_evals.company.model import Owned

__all__ = ["Company", "Resource", "Spike", "restate_aws", "with_tags", "write_company"]

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
_DEPLOYS = ("time", "service", "version", "environment", "change")
_CONFIG = """\
# The settings of the sample company.
[approval]
expires_hours = 72
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
        version: Of ``search-answers``, whose deploy brought it (``deploys.csv``).
        cost: What it added, in USD (billed and effective alike).
        cause: In words.
    """

    start: dt.date
    end: dt.date
    provider: str
    service: str
    meter: str
    product: str
    version: str
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
        allocation: ``allocation.yaml``: who bears what several use.
        deploys: ``deploys.csv``: when which version went live.
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
    allocation: Path
    deploys: Path
    truth: Path
    resources: tuple[Resource, ...]
    spike: Spike
    totals: dict[tuple[str, str], tuple[Decimal, Decimal]]
    rows: int

    def furnish(self, home: Path) -> None:
        """Put the taxonomy, the settings, the revenue and the rules into a home directory."""
        home.mkdir(parents=True, exist_ok=True)
        for file in (self.taxonomy, self.config, self.revenue, self.allocation):
            shutil.copyfile(file, home / file.name)


def write_company(directory: Path, *, estate: Sequence[Resource] | None = None) -> Company:
    """Write the bills, the telemetry, the settings, the rules and the truth into ``directory``.

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
    config, answers = directory / "tagwright.toml", directory / "truth.jsonl"
    config.write_text(_CONFIG, encoding="utf-8")
    answers.write_text("\n".join(truth) + "\n", encoding="utf-8")
    return Company(
        tuple(paths),
        _write_telemetry(directory / "telemetry", billed),
        _copy("taxonomy.yaml", directory),
        config,
        _table(directory / "revenue.csv", (_REVENUE, *revenue_rows())),
        _copy("allocation.yaml", directory),
        _table(directory / "deploys.csv", (_DEPLOYS, *deploy_rows())),
        answers,
        found,
        _spike(),
        totals,
        count,
    )


def restate_aws(directory: Path, month: dt.date, estate: Sequence[Resource]) -> Path:
    """Write the bill of AWS of one month into ``directory``, for an estate with other tags.

    Raises:
        OSError: The directory cannot be written.
    """
    directory.mkdir(parents=True, exist_ok=True)
    path = directory / f"aws-{month:%Y-%m}.csv.gz"
    _write(path, _VERSIONS["aws"], list(aws_rows(estate, (month,))))
    return path


def _copy(name: str, directory: Path) -> Path:
    path = directory / name
    source = package.files("tagwright_evals.company") / name
    path.write_text(source.read_text(encoding="utf-8"), encoding="utf-8")
    return path


def _table(path: Path, rows: Iterable[Sequence[str]]) -> Path:
    path.write_text("".join(f"{','.join(row)}\n" for row in rows), encoding="utf-8")
    return path


def _write_telemetry(directory: Path, billed: Mapping[str, list[Owned]]) -> tuple[Path, ...]:
    directory.mkdir(parents=True, exist_ok=True)
    used = used_tokens(billed["aws"])
    written: dict[Path, list[str]] = defaultdict(list)
    for name, found in (
        ("openai-usage-{}.jsonl", openai_pages(billed["openai"])),
        ("anthropic-usage-{}.jsonl", anthropic_pages(billed["anthropic"])),
        ("gateway-{}.jsonl", gateway_lines(used, usual_answers())),
        ("gateway-{}.jsonl", endpoint_lines()),
        ("bedrock-invocations-{}.json.gz", invocation_lines(used)),
    ):
        for month, line in found:
            written[directory / name.format(f"{month:%Y-%m}")].append(line)
    for path, lines in written.items():
        _put(path, "\n".join(lines) + "\n")
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
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(columns)
    # The names of before FOCUS 1.3.
    known = {"ProviderName": "ServiceProviderName", "PublisherName": "ServiceProviderName"}
    names = [known.get(name, name) for name in columns]
    writer.writerows([item.row.get(name, "") for name in names] for item in owned)
    _put(path, out.getvalue())


def _put(path: Path, text: str) -> None:
    data = text.encode()
    # No time stamp in the archive: the same text is the same bytes.
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
        "5.3.0",
        spike_cost(),
        "A retry loop in search generates every failed answer again: six times the output tokens.",
    )
