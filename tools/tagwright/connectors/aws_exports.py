"""AWS Data Exports (CUR 2.0, FOCUS) and legacy Cost and Usage Reports, from S3.

What the newest manifest of a billing period names is fetched, where it changed; what it no longer
names is removed here. A period is complete or is left as it was.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from pydantic import Field

from tagwright.connectors.aws import Bucket, Stored
from tagwright.connectors.manifests import data_files, local_names, newest
from tagwright.connectors.model import Section
from tagwright.errors import DataError, ProviderError
from tagwright.text import clean

if TYPE_CHECKING:
    from pathlib import Path

    from tagwright.connectors.model import Job

__all__ = ["CONNECTOR", "AwsExports", "AwsExportsSection"]

_LARGEST_MANIFEST = 1 << 24


class AwsExportsSection(Section):
    """Settings ``[connectors.aws_exports]``; the credentials are boto3's own.

    Attributes:
        bucket: The bucket that AWS delivers to.
        export: Name of the export, or of the legacy report.
        prefix: The S3 prefix given to the export; empty where there is none.
        profile: A profile of the AWS configuration.
        region: The bucket's region.
        since: First day of the billing periods to fetch; by default all that are there.
    """

    bucket: str = Field(min_length=3, pattern=r"^[A-Za-z0-9._-]+$")
    export: str = Field(min_length=1, pattern=r"^[^/]+$")
    prefix: str = ""
    profile: str | None = None
    region: str | None = None

    @property
    def above(self) -> str:
        """The keys' beginning up to the export's own folder."""
        return f"{self.prefix}/" if self.prefix and not self.prefix.endswith("/") else self.prefix

    @property
    def folder(self) -> str:
        """The export's own folder."""
        return f"{self.above}{self.export}/"


class AwsExports:
    """A folder for each billing period."""

    name = "aws_exports"
    section = AwsExportsSection

    def check(self, section: AwsExportsSection, job: Job) -> dict[str, Any]:
        """Billing periods, and when the newest was delivered."""
        bucket = _bucket(section, job)
        found = list(bucket.objects(section.folder))
        manifests = newest(found, section.folder, section.export)
        _some(bucket, section, manifests)
        return {
            "bucket": section.bucket,
            "export": section.export,
            "periods": list(manifests),
            "delivered": max(item.modified for item in manifests.values()).isoformat(),
            "files": len(found),
            "bytes": sum(item.size for item in found),
        }

    def fetch(self, section: AwsExportsSection, job: Job) -> None:
        """Each period that changed."""
        bucket = _bucket(section, job)
        found = {item.key: item for item in bucket.objects(section.folder)}
        manifests = newest(found.values(), section.folder, section.export)
        _some(bucket, section, manifests)
        for period, manifest in manifests.items():
            if job.since and period < f"{job.since:%Y-%m}":
                continue
            try:
                _Period(bucket, job, section.folder, period, found).fetch(manifest)
            except DataError as error:
                error.message = f"Billing period {period}: {error.message}"
                job.done.errors.append(error)


class _Period:
    """One billing period: here, and there."""

    def __init__(
        self, bucket: Bucket, job: Job, below: str, period: str, found: dict[str, Stored]
    ) -> None:
        self._bucket, self._job, self._below = bucket, job, below
        self._period, self._found = period, found
        self._folder = job.folder / period
        self._known: dict[str, dict[str, Any]] = job.log.facts.setdefault("periods", {})

    def fetch(self, manifest: Stored) -> None:
        """Bring it to what the manifest names.

        Raises:
            DataError: The manifest or a file it names is not there, or changes meanwhile.
        """
        content = self._bucket.content(manifest, _LARGEST_MANIFEST)
        wanted = {
            name: self._stored(key, manifest)
            for key, name in local_names(
                data_files(content, manifest.key, self._bucket.name)
            ).items()
        }
        before = self._known.get(self._period, {})
        changed = {n: item for n, item in wanted.items() if not self._is_here(n, item, before)}
        gone = [name for name in before if name not in wanted]
        self._job.done.unchanged += len(wanted) - len(changed)
        if not changed and not gone:
            return
        if any(item.modified > manifest.modified for item in wanted.values()):
            self._job.done.notes.append(
                f"Billing period {self._period}: files are newer than their manifest; AWS may be "
                "delivering just now. Fetch again later."
            )
        parts = self._download(changed)
        # All of it is here: from now on it takes no network, and hardly any time.
        self._job.log.waiting.pop(self._period, None)
        self._job.log.save()
        for name, part in parts.items():
            part.replace(self._folder / name)
        for path in [*(self._folder / name for name in gone), *self._folder.glob("*.part")]:
            path.unlink(missing_ok=True)
        self._known[self._period] = {
            name: {"key": item.key, "etag": item.etag, "size": item.size}
            for name, item in wanted.items()
        }
        self._job.log.waiting[self._period] = [f"{self._period}/{name}" for name in wanted]
        self._job.log.save()
        self._job.done.files += len(changed)

    def _stored(self, key: str, manifest: Stored) -> Stored:
        if not key.startswith(self._below):
            raise DataError(
                f"{clean(manifest.key)} names {clean(key)}, which is not the export's.",
                hint="This period was left as it was.",
            )
        # Listed before the manifest was read: what is missing may have come since.
        found = self._found.get(key) or self._bucket.find(key)
        if found is None:
            raise DataError(
                f"{clean(manifest.key)} names {clean(key)}, which is not in bucket "
                f"{self._bucket.name!r}.",
                hint="This period was left as it was. Restore the file, or have AWS deliver the "
                "period again.",
            )
        return found

    def _is_here(self, name: str, item: Stored, before: dict[str, Any]) -> bool:
        known = before.get(name)
        path = self._folder / name
        return (
            known is not None
            and (known["etag"], known["size"]) == (item.etag, item.size)
            and path.is_file()
            and path.stat().st_size == item.size
        )

    def _download(self, changed: dict[str, Stored]) -> dict[str, Path]:
        """The changed files, whole, beside their places; what came before is gone on with."""
        parts = {}
        total = sum(item.size for item in changed.values())
        came = 0
        for name, item in changed.items():
            self._job.progress(f"{self._period} {name}", came, total)
            mark = hashlib.sha256(item.etag.encode()).hexdigest()[:8]
            part = self._folder / f"{name}.{mark}.part"
            self._job.done.bytes += self._bucket.download(item, part)
            parts[name] = part
            came += item.size
        return parts


def _bucket(section: AwsExportsSection, job: Job) -> Bucket:
    return Bucket(section.bucket, job.clock, profile=section.profile, region=section.region)


def _some(bucket: Bucket, section: AwsExportsSection, manifests: dict[str, Stored]) -> None:
    if manifests:
        return
    try:
        near = ", ".join(clean(name) for name in bucket.folders(section.above)[:8])
    except ProviderError:  # the least policy does not let it look there
        near = ""
    raise DataError(
        f"There is no manifest of {section.export!r} below s3://{section.bucket}/{section.folder}.",
        hint=f"Folders there: {near}. Correct `prefix` and `export`."
        if near
        else "Correct `prefix` and `export`, or wait for the first delivery (up to 24 hours).",
    )


CONNECTOR = AwsExports()
"""Registered as entry point ``aws_exports`` of the group ``tagwright.connectors``."""
