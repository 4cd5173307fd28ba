"""A sandbox AWS on loopback: moto in server mode, holding the sample company's resources.

The server is a process of its own, so that what is tested is AWS's wire protocol. Its resources
have the ARNs of the bill: instance ids are drawn from a list instead of at random.

What moto does not do (docs/sample-company.md): check that tags are allowed, or that a resource is
in the region that is called; it accepts more than 20 ARNs and has no eventual consistency. Those
are tested against a stricter service of our own (``tests/fake_tagging.py``).
"""

from __future__ import annotations

import contextlib
import json
import logging
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tagwright.errors import TagwrightError
from tagwright_evals.company.resources import ACCOUNT, REGION, RESOURCES, Resource, instance_id

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Sandbox", "sandbox", "serve"]

_KEYS = {"AWS_ACCESS_KEY_ID": "sandbox", "AWS_SECRET_ACCESS_KEY": "sandbox"}
HELD = tuple(r for r in RESOURCES if r.account == ACCOUNT and r.kind in ("instance", "endpoint"))
"""What the sandbox holds: the machines and the endpoint of the machine learning account."""


@dataclass(frozen=True)
class Sandbox:
    """A running sandbox.

    Attributes:
        url: Its endpoint, for ``AWS_ENDPOINT_URL``.
    """

    url: str

    @property
    def environment(self) -> dict[str, str]:
        """What a process needs to reach the sandbox, and nothing but the sandbox."""
        return {
            **_KEYS,
            "AWS_ENDPOINT_URL": self.url,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_CONFIG_FILE": "/nonexistent",
            "AWS_SHARED_CREDENTIALS_FILE": "/nonexistent",
            "AWS_EC2_METADATA_DISABLED": "true",
        }

    def tags(self) -> dict[str, dict[str, str]]:
        """Live tags by ARN, of what the sandbox holds."""
        reply = _client("resourcegroupstaggingapi", self.url).get_resources(
            ResourceARNList=[resource.arn for resource in HELD]
        )
        found = {
            entry["ResourceARN"]: {tag["Key"]: tag["Value"] for tag in entry.get("Tags", [])}
            for entry in reply["ResourceTagMappingList"]
        }
        return {resource.arn: found.get(resource.arn, {}) for resource in HELD}


@contextlib.contextmanager
def sandbox() -> Iterator[Sandbox]:
    """Start the sandbox and stop it in the end.

    Raises:
        TagwrightError: moto is not installed, or the server did not start.
    """
    process = subprocess.Popen(
        [sys.executable, "-m", "tagwright_evals.sandbox"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        stdin=subprocess.PIPE,
        text=True,
    )
    try:
        line = process.stdout.readline() if process.stdout else ""
        if not line:
            raise TagwrightError(
                "The sandbox AWS did not start.", hint="pip install 'tagwright[demo]'"
            )
        yield Sandbox(json.loads(line)["url"])
    finally:
        process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(timeout=10)
        process.kill()
        process.wait()
        for stream in (process.stdout, process.stdin):
            if stream:
                stream.close()


def serve() -> None:
    """Run the server in this process until its stdin closes; prints its URL as JSON first."""
    from moto.ec2.models import instances
    from moto.moto_server.threaded_moto_server import ThreadedMotoServer

    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    ids = iter([instance_id(resource.name) for resource in HELD if resource.kind == "instance"])
    # moto draws ids at random; ours are those of the bill, in the order in which we create them.
    vars(instances)["random_instance_id"] = lambda: next(ids)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    url = f"http://{host}:{port}"
    for resource in HELD:
        _create(resource, url)
    sys.stdout.write(json.dumps({"url": url}) + "\n")
    sys.stdout.flush()
    sys.stdin.read()
    server.stop()


def _create(resource: Resource, url: str) -> None:
    if resource.kind == "instance":
        made = _client("ec2", url).run_instances(
            ImageId="ami-12c6146b", MinCount=1, MaxCount=1, InstanceType=resource.size
        )["Instances"][0]
        if made["InstanceId"] != instance_id(resource.name):
            raise TagwrightError("The sandbox gave an instance another id than the bill's.")
    else:
        client = _client("sagemaker", url)
        name = resource.name
        client.create_model(ModelName=name, ExecutionRoleArn=f"arn:aws:iam::{ACCOUNT}:role/sandbox")
        variant = {
            "VariantName": "all", "ModelName": name, "InitialInstanceCount": 2,
            "InstanceType": resource.size,
        }  # fmt: skip
        client.create_endpoint_config(EndpointConfigName=name, ProductionVariants=[variant])
        client.create_endpoint(EndpointName=name, EndpointConfigName=name)
    if resource.tags:
        _client("resourcegroupstaggingapi", url).tag_resources(
            ResourceARNList=[resource.arn], Tags=resource.tags
        )


def _client(service: str, url: str) -> Any:
    import boto3

    session: Any = boto3.session.Session(region_name=REGION)
    keys = {name.lower(): value for name, value in _KEYS.items()}
    return session.client(service, endpoint_url=url, **keys)


if __name__ == "__main__":
    serve()
