"""S3, read only: every call but the few below is refused before it is sent.

The credentials are boto3's own (environment, profile, role). Faults are said in our words: no
secret, and nothing of a signed request, is in them.
"""

from __future__ import annotations

import contextlib
import io
import os
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Any

from tagwright.errors import DataError, ProviderError
from tagwright.text import clean

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator
    from pathlib import Path

    from tagwright.connectors.model import Clock

__all__ = ["READS", "Bucket", "Stored", "iam_policy"]

READS = {
    "ListObjectsV2": "s3:ListBucket",
    "GetObject": "s3:GetObject",
    "HeadObject": "s3:GetObject",
}
"""The calls that may be made, and the permission that each needs."""

_TRIES = 5
_FIRST_WAIT = 0.5
_CHUNK = 1 << 20
_CREDENTIALS = "AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
_EXPIRED = {
    "ExpiredToken", "ExpiredTokenException", "InvalidAccessKeyId", "InvalidClientTokenId",
    "InvalidToken", "RequestExpired", "SignatureDoesNotMatch", "TokenRefreshRequired",
    "UnrecognizedClientException",
}  # fmt: skip


@dataclass(frozen=True)
class Stored:
    """An object in a bucket.

    Attributes:
        key: Its key.
        etag: Changes with its content.
        size: Bytes.
        modified: When it was written.
    """

    key: str
    etag: str
    size: int
    modified: dt.datetime


def iam_policy(bucket: str, prefix: str) -> dict[str, Any]:
    """The least policy that reads what is below ``prefix`` (with its slash) of a bucket."""
    arn = f"arn:aws:s3:::{bucket}"
    return {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Action": "s3:ListBucket",
                "Resource": arn,
                "Condition": {"StringLike": {"s3:prefix": f"{prefix}*"}},
            },
            {"Effect": "Allow", "Action": "s3:GetObject", "Resource": f"{arn}/{prefix}*"},
        ],
    }


class Bucket:
    """One bucket, to list and to read.

    Args:
        name: The bucket.
        profile: A profile of the AWS configuration; None for boto3's own choice.
        region: The bucket's region; None for boto3's own choice.
        clock: For waiting.

    Raises:
        ProviderError: There are no credentials.
    """

    def __init__(self, name: str, clock: Clock, *, profile: str | None, region: str | None) -> None:
        import boto3
        from botocore.config import Config

        self.name = name
        self._clock = clock
        with self._reading():
            session: Any = boto3.session.Session(profile_name=profile, region_name=region)
            self._client = session.client(
                "s3",
                config=Config(
                    retries={"mode": "standard", "total_max_attempts": _TRIES},
                    connect_timeout=10,
                    read_timeout=60,
                    user_agent_extra="tagwright",
                ),
            )
        self._client.meta.events.register("before-call.s3", _only_reads)

    def objects(self, prefix: str, *, after: str = "") -> Iterator[Stored]:
        """What is below ``prefix``, by key, behind the key ``after``."""
        more = {"StartAfter": after} if after else {}
        for page in self._pages(Prefix=prefix, **more):
            for entry in page.get("Contents", ()):
                yield Stored(
                    entry["Key"], entry["ETag"].strip('"'), entry["Size"], entry["LastModified"]
                )

    def folders(self, prefix: str) -> list[str]:
        """Names of the folders right below ``prefix``."""
        return [
            entry["Prefix"][len(prefix) :].rstrip("/")
            for page in self._pages(Prefix=prefix, Delimiter="/")
            for entry in page.get("CommonPrefixes", ())
        ]

    def find(self, key: str) -> Stored | None:
        """One object as it is now; None where there is none.

        By listing: of an absent object HEAD says 403 to who may list only what is below a prefix.
        """
        return next((item for item in self.objects(key) if item.key == key), None)

    def content(self, found: Stored, most: int) -> bytes:
        """An object's content, in memory alone.

        Raises:
            DataError: It is larger than ``most`` bytes, is not what was listed any more, or is
                gone.
            ProviderError: It cannot be read.
        """
        if found.size > most:
            raise DataError(
                f"s3://{self.name}/{clean(found.key)}: is larger than {most >> 20} MiB.",
                hint="That is no file of this kind.",
            )
        with io.BytesIO() as out:
            self._read(found, out)
            return out.getvalue()

    def download(self, found: Stored, part: Path) -> int:
        """Write an object to ``part``, going on behind what is there; bytes that came.

        Raises:
            DataError: It is not what was listed any more, or is gone.
            ProviderError: It cannot be read.
        """
        part.parent.mkdir(parents=True, exist_ok=True)
        with part.open("ab") as out:
            if out.tell() > found.size:
                out.truncate(0)
            came = self._read(found, out)
            out.flush()
            os.fsync(out.fileno())
        return came

    def _read(self, found: Stored, out: IO[bytes]) -> int:
        """Append the rest of an object; a connection that breaks is made again where it broke."""
        from botocore.exceptions import BotoCoreError

        begin = out.tell()
        with self._reading():
            for attempt in range(_TRIES):
                if (have := out.tell()) == found.size:
                    break
                if attempt:
                    self._clock.sleep(_FIRST_WAIT * 2 ** (attempt - 1))
                try:
                    with contextlib.closing(self._get(found, have)["Body"]) as body:
                        for chunk in body.iter_chunks(_CHUNK):
                            out.write(chunk)
                except BotoCoreError:
                    if attempt == _TRIES - 1:
                        raise
        return out.tell() - begin

    def _get(self, found: Stored, start: int) -> Any:
        """GetObject of exactly the content that was listed, from byte ``start`` on."""
        from botocore.exceptions import ClientError

        more = {"Range": f"bytes={start}-"} if start else {}
        try:
            return self._client.get_object(
                Bucket=self.name, Key=found.key, IfMatch=f'"{found.etag}"', **more
            )
        except ClientError as error:
            if _status(error) not in {404, 412}:
                raise
            raise DataError(
                f"s3://{self.name}/{clean(found.key)}: changed while it was being fetched.",
                hint="A new delivery is under way. Fetch again later.",
            ) from None

    def _pages(self, **arguments: Any) -> Iterator[Any]:
        with self._reading():
            pages = self._client.get_paginator("list_objects_v2")
            yield from pages.paginate(Bucket=self.name, **arguments)

    @contextlib.contextmanager
    def _reading(self) -> Iterator[None]:
        """AWS's faults in our words."""
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            yield
        except ClientError as error:
            raise self._refused(error) from None
        except BotoCoreError as error:
            raise _unreachable(type(error).__name__) from None

    def _refused(self, error: Any) -> ProviderError:
        code = clean(str(error.response.get("Error", {}).get("Code", "unknown")))
        if code == "NoSuchBucket":
            return ProviderError(f"There is no bucket {self.name!r}.", hint="Correct `bucket`.")
        if code in _EXPIRED:
            return ProviderError(
                f"AWS does not accept the credentials ({code}): they are wrong or expired.",
                hint=f"Renew them: {_CREDENTIALS} (with AWS_SESSION_TOKEN where they have one).",
            )
        if _status(error) == 403:
            return ProviderError(
                f"The AWS credentials may not read bucket {self.name!r} ({code}).",
                hint="docs/connectors.md has the policy that is needed; other credentials are "
                f"chosen by {_CREDENTIALS}.",
            )
        return ProviderError(
            f"AWS did not show bucket {self.name!r} ({code}).",
            hint="What was fetched is kept. Check `bucket` and `region`, then run it again.",
        )


def _unreachable(kind: str) -> ProviderError:
    if kind in {"NoCredentialsError", "PartialCredentialsError", "CredentialRetrievalError"}:
        return ProviderError("There are no AWS credentials.", hint=f"Set {_CREDENTIALS}.")
    if kind == "ProfileNotFound":
        return ProviderError(
            "There is no such AWS profile.", hint="Correct `profile` or AWS_PROFILE."
        )
    if "SSO" in kind or "Token" in kind or "Login" in kind:
        return ProviderError(
            f"The AWS sign-in is missing or expired ({kind}).",
            hint="Run `aws sso login`, or set AWS_PROFILE to another profile.",
        )
    return ProviderError(
        f"AWS cannot be reached ({kind}).",
        hint="What was fetched is kept. Check the network, the region, and AWS_ENDPOINT_URL if it "
        "is set.",
    )


def _status(error: Any) -> int:
    return int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))


def _only_reads(model: Any, **_: Any) -> None:
    if model.name not in READS:
        raise ProviderError(f"A connector only reads: {model.name} is not sent.")
