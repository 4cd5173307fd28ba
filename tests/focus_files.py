"""Small FOCUS files and legacy Cost and Usage Reports, written beside the assertion."""

from __future__ import annotations

import csv
import gzip
import io
import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

__all__ = ["CUR", "ROW", "csv_text", "write_cur", "write_focus"]

ROW: dict[str, Any] = {
    "BilledCost": "1.00",
    "EffectiveCost": "1.00",
    "ListCost": "1.00",
    "ContractedCost": "1.00",
    "BillingAccountId": "acct",
    "BillingAccountName": "Acme",
    "BillingCurrency": "USD",
    "BillingPeriodStart": "2026-09-01T00:00:00Z",
    "BillingPeriodEnd": "2026-10-01T00:00:00Z",
    "ChargePeriodStart": "2026-09-01T00:00:00Z",
    "ChargePeriodEnd": "2026-09-02T00:00:00Z",
    "ChargeCategory": "Usage",
    "ServiceCategory": "Compute",
    "ServiceName": "Amazon EC2",
    "ServiceProviderName": "AWS",
    "InvoiceIssuerName": "AWS",
    "ResourceId": "",
    "Tags": "",
}
"""One charge of 1 USD on 2026-09-01; a test says only what differs."""

CUR = {
    "bill/PayerAccountId": "123456789012",
    "bill/InvoicingEntity": "Amazon Web Services EMEA SARL",
    "bill/BillingPeriodStartDate": "2026-09-01T00:00:00Z",
    "bill/BillingPeriodEndDate": "2026-10-01T00:00:00Z",
    "lineItem/LineItemType": "Usage",
    "lineItem/UsageStartDate": "2026-09-03T00:00:00Z",
    "lineItem/UsageEndDate": "2026-09-04T00:00:00Z",
    "lineItem/ProductCode": "AmazonEC2",
    "lineItem/CurrencyCode": "USD",
    "lineItem/UnblendedCost": "7.00",
}
"""One line of AWS's, 7 USD of September."""


def csv_text(rows: Iterable[Mapping[str, Any]], **options: Any) -> str:
    """The rows over :data:`ROW` as CSV; a value that is a dict is written as JSON.

    A key set to ``...`` leaves the column out of the file.
    """
    full = [{**ROW, **row} for row in rows]
    names = list(dict.fromkeys(name for row in full for name in row))
    names = [name for name in names if not any(row.get(name) is ... for row in full)]
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n", **options)
    writer.writerow(names)
    for row in full:
        writer.writerow(
            json.dumps(row[name]) if isinstance(row.get(name), dict) else row.get(name, "")
            for name in names
        )
    return stream.getvalue()


def write_focus(path: Path, rows: Iterable[Mapping[str, Any]], **options: Any) -> Path:
    """Write :func:`csv_text` to the path, gzipped where it ends in ``.gz``."""
    data = csv_text(rows, **options).encode()
    path.write_bytes(gzip.compress(data, mtime=0) if path.suffix == ".gz" else data)
    return path


def write_cur(path: Path, *rows: dict[str, str]) -> Path:
    """Write the lines over :data:`CUR`, one of it if there are none."""
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, list(CUR))
        writer.writeheader()
        writer.writerows([{**CUR, **row} for row in rows or ({},)])
    return path
