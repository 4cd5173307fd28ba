"""A sandbox AWS: moto's server on a loopback port, with the resources of the sample company.

It is a process of its own. It answers like AWS for the calls that Tagwright makes, under the same
ARNs as the bill. What it is not: moto checks neither permissions nor most limits, knows no tag
policies, forgets everything when it stops, and fails no call by itself (partial failures and
throttles are tested against ``tests/fake_tagging.py``).

It lives as long as a block of the process that wants it (:func:`sandbox`), or in the background of
a home directory (:mod:`tagwright_evals.background`).
"""

from __future__ import annotations

import contextlib
import importlib.util
import json
import os
import queue
import subprocess
import sys
import threading
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Any

from tagwright.errors import ProviderError
from tagwright.extras import how_to_install

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from tagwright_evals.company import Resource

__all__ = ["REPLACED", "Sandbox", "acting_as", "bare_environment", "check_installed", "sandbox"]

_PATIENCE = 120.0
_MOST_ARNS = 100  # of one GetResources call
REPLACED = ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_ROLE_ARN", "AWS_WEB_IDENTITY_TOKEN_FILE")
"""What of the environment must go, so that nothing but the sandbox is reached."""


@dataclass(frozen=True)
class Sandbox:
    """A running sandbox.

    Attributes:
        endpoint_url: Its address, on loopback.
        keys: Account id to ``id`` and ``secret`` of an access key that only the sandbox knows.
        resources: What it was made with.
    """

    endpoint_url: str
    keys: dict[str, dict[str, str]]
    resources: tuple[Resource, ...] = ()

    def tags(self) -> dict[str, dict[str, str]]:
        """ARN to its live tags, of every resource the sandbox was made with."""
        found: dict[str, dict[str, str]] = {item.arn: {} for item in self.resources}
        places: dict[tuple[str, str], list[str]] = {}
        for item in self.resources:
            places.setdefault((item.account, item.region), []).append(item.arn)
        for (account, region), arns in places.items():
            client = self._client(account, region)
            for first in range(0, len(arns), _MOST_ARNS):
                pages = client.get_paginator("get_resources").paginate(
                    ResourceARNList=arns[first : first + _MOST_ARNS]
                )
                for entry in (entry for page in pages for entry in page["ResourceTagMappingList"]):
                    tags = {tag["Key"]: tag["Value"] for tag in entry["Tags"]}
                    found[entry["ResourceARN"]] = tags
        return found

    def tag(self, account: str, region: str, arn: str, tags: Mapping[str, str]) -> None:
        """Tag a resource as somebody does by hand, past any plan."""
        self._client(account, region).tag_resources(ResourceARNList=[arn], Tags=dict(tags))

    def _client(self, account: str, region: str) -> Any:
        import boto3

        session: Any = boto3.session.Session()
        return session.client(
            "resourcegroupstaggingapi",
            region_name=region,
            endpoint_url=self.endpoint_url,
            aws_access_key_id=self.keys[account]["id"],
            aws_secret_access_key=self.keys[account]["secret"],
        )

    def env(self, account: str) -> dict[str, str]:
        """Environment that makes boto3 talk to the sandbox as ``account``, and to nothing else."""
        return {
            "AWS_ENDPOINT_URL": self.endpoint_url,
            "AWS_ACCESS_KEY_ID": self.keys[account]["id"],
            "AWS_SECRET_ACCESS_KEY": self.keys[account]["secret"],
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_REGION": "us-east-1",
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "false",
            "NO_PROXY": "127.0.0.1,localhost",
            "no_proxy": "127.0.0.1,localhost",
        }


def check_installed() -> None:
    """Raise where moto's server is not there.

    Raises:
        ProviderError: It comes with the extra ``demo``.
    """
    if missing := [name for name in ("moto", "flask") if importlib.util.find_spec(name) is None]:
        raise ProviderError(
            f"The sandbox AWS needs {missing[0]}, which is not installed.",
            hint=how_to_install("demo"),
        )


def bare_environment() -> dict[str, str]:
    """This process's environment without anybody's AWS or proxy in it."""
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("AWS_", "MOTO_")) and not name.casefold().endswith("_proxy")
    }


@contextlib.contextmanager
def sandbox(resources: Sequence[Resource]) -> Iterator[Sandbox]:
    """Start a sandbox that holds ``resources``; it stops with the block.

    Raises:
        ProviderError: moto is not installed, or it could not make a resource.
    """
    check_installed()
    process = subprocess.Popen(
        [sys.executable, "-m", "tagwright_evals.sandbox_server"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=bare_environment(),
    )
    try:
        yield _ready(process, resources)
    finally:
        with contextlib.suppress(OSError):
            if process.stdin:
                process.stdin.close()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        for pipe in (process.stdout, process.stderr):
            if pipe:
                pipe.close()


@contextlib.contextmanager
def acting_as(running: Sandbox, account: str) -> Iterator[None]:
    """Within the block this process's boto3 clients reach the sandbox, as ``account``."""
    wanted = running.env(account)
    before = {name: os.environ.get(name) for name in (*wanted, *REPLACED)}
    try:
        for name in REPLACED:
            os.environ.pop(name, None)
        os.environ.update(wanted)
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def _drain(pipe: IO[str], said: list[str]) -> None:
    with contextlib.suppress(ValueError, OSError):  # closed when the sandbox ends
        said.extend(pipe)


def _ready(process: subprocess.Popen[str], resources: Sequence[Resource]) -> Sandbox:
    assert process.stdin is not None  # noqa: S101  opened as pipes
    assert process.stdout is not None  # noqa: S101
    assert process.stderr is not None  # noqa: S101
    wanted = {
        "accounts": sorted({item.account for item in resources}),
        "resources": [item.as_dict() for item in resources],
    }
    said: list[str] = []
    pipe = process.stderr
    # Read all the while: a full pipe would stop the server in the middle of an answer.
    threading.Thread(target=_drain, args=(pipe, said), daemon=True).start()
    with contextlib.suppress(BrokenPipeError):
        process.stdin.write(json.dumps(wanted) + "\n")
        process.stdin.flush()
    line = _first_line(process.stdout)
    if not line:
        process.kill()
        process.wait()
        why = said[-1].strip() if said else "it said nothing"
        raise ProviderError(f"The sandbox AWS did not start: {why}")
    answer: dict[str, Any] = json.loads(line)
    return Sandbox(answer["url"], answer["keys"], tuple(resources))


def _first_line(stream: Any) -> str:
    """The first line, or nothing where none comes in time."""
    lines: queue.Queue[str] = queue.Queue()
    threading.Thread(target=lambda: lines.put(stream.readline()), daemon=True).start()
    try:
        return lines.get(timeout=_PATIENCE)
    except queue.Empty:
        return ""
