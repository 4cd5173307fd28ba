"""moto's S3 over HTTP, behind a proxy that cuts, refuses, and counts; what was fetched from it."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from connector_world import FakeClock, Reply, Request, Server, before, serving
from tagwright.config import load_settings
from tagwright.connectors import Fetched, fetch

BUCKET = "billing"
ROOT = "exports/focus"
MAY_LIST = (f"{ROOT}/", "AWSLogs/")


@pytest.fixture(scope="module")
def moto() -> Iterator[str]:
    from moto.moto_server.threaded_moto_server import ThreadedMotoServer

    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def s3(moto: str, aws_env: pytest.MonkeyPatch) -> Iterator[Any]:
    """moto's S3 with an empty bucket, straight."""
    import boto3

    client = boto3.client("s3", endpoint_url=moto)
    client.create_bucket(Bucket=BUCKET)
    yield client
    for item in client.list_objects_v2(Bucket=BUCKET).get("Contents", []):
        client.delete_object(Bucket=BUCKET, Key=item["Key"])
    client.delete_bucket(Bucket=BUCKET)


@pytest.fixture
def wire(moto: str, s3: Any, aws_env: pytest.MonkeyPatch) -> Iterator[Server]:
    """What the connectors talk to; they only ever read."""
    straight = before(moto)

    def answer(request: Request) -> Reply:
        """Lets through what the least policies allow."""
        listed = request.all("prefix")
        allowed = (
            [listed[0].startswith(p) for p in MAY_LIST] if listed else [request.method == "GET"]
        )
        return (
            straight(request)
            if any(allowed)
            else Reply(403, b"<Error><Code>AccessDenied</Code></Error>")
        )

    with serving(answer) as proxy:
        aws_env.setenv("AWS_ENDPOINT_URL", proxy.url)
        yield proxy
        assert {request.method for request in proxy.requests} <= {"GET"}


def run(home: Path, since: dt.date | None = None, timer: FakeClock | None = None) -> Fetched:
    [done] = fetch(load_settings(home), since=since, clock=(timer or FakeClock()).clock())
    return done


def put(s3: Any, key: str, content: bytes) -> None:
    s3.put_object(Bucket=BUCKET, Key=key, Body=content)
