"""Amazon Bedrock model invocation logs from S3, without what was said.

Layout: docs.aws.amazon.com/bedrock/latest/userguide/model-invocation-logging.html. Records may hold
prompts and completions: of each only the fields named here, and numbers of tokens, are written to
a disk; everything else stays in memory for the moment. What lies in ``data/`` folders, bodies too
large for a record, is never fetched. Log objects are many and small: those of a day and a run
become one file.
"""

from __future__ import annotations

import datetime as dt
import gzip
import hashlib
import io
import json
import re
import zlib
from typing import TYPE_CHECKING, Any

from pydantic import Field

from tagwright.connectors.aws import Bucket, Stored
from tagwright.connectors.model import Section
from tagwright.connectors.pages import first_month
from tagwright.errors import DataError
from tagwright.files import replace_file
from tagwright.text import clean

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tagwright.connectors.model import Job

__all__ = ["CONNECTOR", "BedrockLogs", "BedrockLogsSection", "without_bodies"]

_LOGS = "BedrockModelInvocationLogs"
_NAME = re.compile(r"(\d{4})/(\d{2})/(\d{2})/\d{2}/[^/]+\.json\.gz")
_ACCOUNT = re.compile(r"\d{12}")
_REGION = re.compile(r"[a-z]{2}[a-z0-9-]+")
_OVERLAP = dt.timedelta(days=1)
_BATCH = 500
_LARGEST = 1 << 28
_PLAIN = (
    *("schemaType", "schemaVersion", "timestamp", "accountId", "region", "requestId"),
    *("operation", "modelId", "errorCode", "inferenceRegion"),
)
_NOT_A_RECORD = b"not a record\n"
"""In place of a line that is no JSON object and may hold anything; ingest rejects and counts it."""


class BedrockLogsSection(Section):
    """Settings ``[connectors.bedrock_logs]``; the credentials are boto3's own.

    Attributes:
        bucket: The bucket that Bedrock logs to.
        prefix: The key prefix of the logging configuration; empty where there is none.
        accounts: Accounts to fetch; by default all that are there.
        regions: Regions to fetch; by default all that are there.
        profile: A profile of the AWS configuration.
        region: The bucket's region.
    """

    bucket: str = Field(min_length=3, pattern=r"^[A-Za-z0-9._-]+$")
    prefix: str = ""
    accounts: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    profile: str | None = None
    region: str | None = None

    @property
    def above(self) -> str:
        """The keys' beginning up to the accounts."""
        prefix = self.prefix
        return f"{prefix}/AWSLogs/" if prefix and not prefix.endswith("/") else f"{prefix}AWSLogs/"


class BedrockLogs:
    """Files of trimmed records by account, region and day."""

    name = "bedrock_logs"
    section = BedrockLogsSection

    def check(self, section: BedrockLogsSection, job: Job) -> dict[str, Any]:
        """Accounts and regions, each with the newest day that has logs."""
        bucket = Bucket(section.bucket, job.clock, profile=section.profile, region=section.region)
        return {
            "bucket": section.bucket,
            "newest_day": {
                place.removeprefix(section.above).replace(f"/{_LOGS}", ""): _newest(bucket, place)
                for place in _places(bucket, section)
            },
        }

    def fetch(self, section: BedrockLogsSection, job: Job) -> None:
        """Objects behind the day before the last one that was fetched, and not fetched yet."""
        bucket = Bucket(section.bucket, job.clock, profile=section.profile, region=section.region)
        for place in _places(bucket, section):
            _Place(bucket, section, job, place).fetch()


class _Place:
    """The logs of one account and region."""

    def __init__(self, bucket: Bucket, section: BedrockLogsSection, job: Job, place: str) -> None:
        self._bucket, self._job, self._place = bucket, job, place
        account, _, region = place.removeprefix(section.above).split("/")
        self._name = f"{account}/{region}"
        known = job.log.facts.setdefault("places", {})
        self._known: dict[str, Any] = known.setdefault(
            self._name, {"first": "", "last": "", "keys": []}
        )

    def fetch(self) -> None:
        """Everything new; what broke off is gone on with by the next run."""
        first = self._job.since or first_month(None, self._job.today)
        have = set(self._known["keys"])
        found: dict[str, list[Stored]] = {}
        for day, item in self._listed(first):
            if item.key in have:
                self._job.done.unchanged += 1
            else:
                found.setdefault(day, []).append(item)
        if not self._known["first"]:
            self._known["first"] = first.isoformat()
        total, done = sum(map(len, found.values())), 0
        for day, items in found.items():
            for start in range(0, len(items), _BATCH):
                self._job.progress(f"{self._name} {day}", done, total)
                batch = items[start : start + _BATCH]
                self._batch(day, batch)
                done += len(batch)
        self._known["first"] = min(self._known["first"], first.isoformat())
        if self._known["last"]:
            behind = f"{self._place}/{self._overlap():%Y/%m/%d}"
            self._known["keys"] = [key for key in self._known["keys"] if key >= behind]
        self._job.log.save()

    def _listed(self, first: dt.date) -> Iterator[tuple[str, Stored]]:
        """Objects from ``first`` on, without the days that are fetched already."""
        spans: list[tuple[dt.date, str]] = [(first, "9999")]
        if self._known["last"]:
            spans = [(self._overlap(), "9999")]
            if first.isoformat() < self._known["first"]:
                spans.insert(0, (first, self._known["first"]))
        for start, before in spans:
            behind = f"{self._place}/{start:%Y/%m/%d}"
            for item in self._bucket.objects(f"{self._place}/", after=behind):
                match = _NAME.fullmatch(item.key[len(self._place) + 1 :])
                if match and (day := "-".join(match.groups())) >= before:
                    break
                if match:
                    yield day, item

    def _overlap(self) -> dt.date:
        """Objects come late: the day before the last one is looked through again."""
        return dt.date.fromisoformat(self._known["last"]) - _OVERLAP

    def _batch(self, day: str, items: list[Stored]) -> None:
        """Some objects of a day into one file; on a fault, those before it."""
        content, keys = [], []
        try:
            for item in items:
                try:
                    content.append(b"".join(self._records(item)))
                except DataError as error:
                    self._job.done.errors.append(error)
                    continue
                keys.append(item.key)
                self._job.done.bytes += item.size
        finally:
            if keys:
                self._keep(day, keys, b"".join(content))

    def _records(self, item: Stored) -> Iterator[bytes]:
        """An object's records, trimmed, a line each."""
        where = f"s3://{self._bucket.name}/{clean(item.key)}"
        packed = io.BytesIO(self._bucket.content(item, _LARGEST))
        try:
            with gzip.GzipFile(fileobj=packed) as lines:
                for line in lines:
                    if line.strip():
                        yield without_bodies(line)
        except (EOFError, zlib.error, gzip.BadGzipFile):
            raise DataError(
                f"{where}: its gzip is truncated or corrupt.",
                hint="It is tried again at the next fetch; the others were fetched.",
            ) from None

    def _keep(self, day: str, keys: list[str], content: bytes) -> None:
        job = self._job
        mark = hashlib.sha256("\n".join(keys).encode()).hexdigest()[:12]
        name = f"{self._name}/{day}-{mark}.jsonl.gz"
        if content:
            replace_file(job.folder / name, gzip.compress(content, mtime=0))
            job.done.files += 1
            job.log.waiting[name] = [name]
        self._known["last"] = max(self._known["last"], day)
        self._known["keys"] = [*self._known["keys"], *keys]
        job.log.save()


def without_bodies(line: bytes) -> bytes:
    """A record with only what is known to be no prompt and no completion; as a line of JSON."""
    try:
        record = json.loads(line)
        if not isinstance(record, dict):
            return _NOT_A_RECORD
    except (ValueError, RecursionError):
        return _NOT_A_RECORD
    kept = {name: record[name] for name in _PLAIN if _is_plain(record.get(name))}
    if isinstance(identity := record.get("identity"), dict) and _is_plain(identity.get("arn")):
        kept["identity"] = {"arn": identity["arn"]}
    # The caller's own tags of the request: business data, which is what the logs are read for.
    if isinstance(own := record.get("requestMetadata"), dict):
        kept["requestMetadata"] = {key: value for key, value in own.items() if _is_plain(value)}
    for side in ("input", "output"):
        if isinstance(part := record.get(side), dict):
            kept[side] = {key: value for key, value in part.items() if isinstance(value, int)}
    return json.dumps(kept, ensure_ascii=False).encode() + b"\n"


def _is_plain(value: object) -> bool:
    return isinstance(value, str | int)


def _places(bucket: Bucket, section: BedrockLogsSection) -> list[str]:
    """Where logs of an account and region lie.

    Raises:
        DataError: There are none.
    """
    accounts = section.accounts or bucket.folders(section.above)
    found = [
        f"{section.above}{account}/{_LOGS}/{region}"
        for account in accounts
        if _ACCOUNT.fullmatch(account)
        for region in bucket.folders(f"{section.above}{account}/{_LOGS}/")
        if _REGION.fullmatch(region) and (not section.regions or region in section.regions)
    ]
    if not found:
        raise DataError(
            f"There are no Bedrock logs below s3://{section.bucket}/{section.above}.",
            hint="Correct `prefix`, `accounts` and `regions`, or turn model invocation logging on.",
        )
    return found


def _newest(bucket: Bucket, place: str) -> str | None:
    path = place + "/"
    parts = []
    for _ in range(3):
        names = [name for name in bucket.folders(path) if name.isdigit()]
        if not names:
            return None
        parts.append(max(names))
        path += f"{parts[-1]}/"
    return "-".join(parts)


CONNECTOR = BedrockLogs()
"""Registered as entry point ``bedrock_logs`` of the group ``tagwright.connectors``."""
