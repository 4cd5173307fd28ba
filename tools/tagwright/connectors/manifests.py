"""Manifests of AWS exports: which one counts for a billing period, and which files it names.

Formats: docs.aws.amazon.com/cur/latest/userguide/dataexports-export-delivery.html (Data Exports:
``metadata/BILLING_PERIOD=2026-10/<export>-Manifest.json`` with ``dataFiles``) and
understanding-report-versions.html (legacy reports: ``20261001-20261101/<report>-Manifest.json``
with ``reportKeys``). Where each delivery is kept, a folder of its own lies between.
"""

from __future__ import annotations

import hashlib
import json
import re
from typing import TYPE_CHECKING

from tagwright.errors import DataError
from tagwright.text import clean

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tagwright.connectors.aws import Stored

__all__ = ["data_files", "local_names", "newest"]

_EXPORT = re.compile(r"metadata/(?i:billing_period)=(\d{4}-\d{2})/(?:[^/]+/)?([^/]+)")
_LEGACY = re.compile(r"(\d{4})(\d{2})\d{2}-\d{8}/(?:[^/]+/)?([^/]+)")
_READABLE = (".csv", ".csv.gz", ".parquet")
_ODD = re.compile(r"^\.+|[^A-Za-z0-9._=-]+")


def newest(found: Iterable[Stored], folder: str, export: str) -> dict[str, Stored]:
    """Billing period (``2026-10``) to the manifest that was written last."""
    chosen: dict[str, Stored] = {}
    for item in found:
        period = _period(item.key.removeprefix(folder), f"{export}-Manifest.json")
        if period and (period not in chosen or _rank(item) > _rank(chosen[period])):
            chosen[period] = item
    return dict(sorted(chosen.items()))


def _period(rest: str, name: str) -> str | None:
    if (match := _EXPORT.fullmatch(rest)) and match[2] == name:
        return match[1]
    if (match := _LEGACY.fullmatch(rest)) and match[3] == name:
        return f"{match[1]}-{match[2]}"
    return None


def _rank(item: Stored) -> tuple[object, int, str]:
    # A delivery writes its own manifest and the one above it in the same second; folders of
    # deliveries begin with their time.
    return item.modified, -item.key.count("/"), item.key


def data_files(content: bytes, manifest: str, bucket: str) -> list[str]:
    """Keys of the files that a manifest names.

    Raises:
        DataError: It is no manifest, names none, or some that are elsewhere or cannot be read.
    """
    where = f"s3://{bucket}/{clean(manifest)}"
    try:
        document = json.loads(content)
        named = document["dataFiles"] if "dataFiles" in document else document["reportKeys"]
        keys = [_key(str(name), bucket, where) for name in named]
    except (ValueError, KeyError, TypeError, RecursionError):
        raise DataError(
            f"{where}: is no manifest of an export.", hint="Wait for AWS to write it again."
        ) from None
    if not keys:
        raise DataError(f"{where}: names no file.", hint="The export has delivered nothing yet.")
    for key in keys:
        if not key.casefold().endswith(_READABLE):
            raise DataError(
                f"{where}: names {clean(key)}, which is neither CSV, CSV.gz nor Parquet.",
                hint="Make an export with gzip or Parquet compression.",
            )
    return list(dict.fromkeys(keys))


def _key(name: str, bucket: str, where: str) -> str:
    if not name.startswith("s3://"):
        return name.lstrip("/")
    other, _, key = name[len("s3://") :].partition("/")
    if other != bucket:
        raise DataError(
            f"{where}: names a file in another bucket, {clean(other)!r}.",
            hint="Only the configured bucket is read.",
        )
    return key


def local_names(keys: list[str]) -> dict[str, str]:
    """Key to a file name that is safe here; two that would be the same are told apart."""
    plain = {key: _ODD.sub("_", key.rpartition("/")[2]) for key in keys}
    taken = [name.casefold() for name in plain.values()]
    return {
        key: name
        if taken.count(name.casefold()) == 1
        else f"{hashlib.sha256(key.encode()).hexdigest()[:8]}-{name}"
        for key, name in plain.items()
    }
