"""The process behind :mod:`tagwright_evals.sandbox`: moto's server, filled with the estate.

Reads one JSON document on stdin (the resources), fills moto, and writes one JSON line on stdout:
the address and an access key per account. It ends when stdin is closed, so that it cannot outlive
the process that started it.

With ``background``, a folder, in the document it stays until SIGTERM. It holds the folder's lock as
long as it lives, so that whoever finds the lock taken knows that the process in ``sandbox.json`` is
this one, and no other that was given its number later.
"""

from __future__ import annotations

import io
import json
import os
import signal
import socket
import sys
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["HELD", "IN_USE", "LOCK", "STATE", "main"]

LOCK = "sandbox.lock"
STATE = "sandbox.json"
IN_USE = 3
"""Exit status: the port is taken."""
HELD = 4
"""Exit status: another sandbox holds the folder."""

_POLICY = json.dumps(
    {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}
)
_ENDS = {signal.SIGTERM, signal.SIGINT}


def main() -> int:
    """Serve until it is told to stop; status 1 where a resource came out under another ARN."""
    wanted = json.loads(sys.stdin.readline())
    if "background" in wanted:
        return _in_background(wanted, Path(wanted["background"]))
    return _serve(wanted, 0, _told_to_parent)


def _in_background(wanted: dict[str, Any], folder: Path) -> int:
    from filelock import FileLock, Timeout

    # Before any thread is made: it is this one that waits for them.
    signal.pthread_sigmask(signal.SIG_BLOCK, _ENDS)
    lock = FileLock(folder / LOCK)
    try:
        lock.acquire(timeout=2)  # a look at the lock takes it for a moment
    except Timeout:
        sys.stderr.write("Another sandbox is running in this home.\n")
        return HELD
    state = folder / STATE
    try:
        _note(state, {"pid": os.getpid()})
        if not _free(wanted["port"]):
            return IN_USE

        def ready(found: dict[str, Any]) -> None:
            _note(state, {"pid": os.getpid(), **found})
            signal.sigwait(_ENDS)

        return _serve(wanted, wanted["port"], ready)
    finally:
        state.unlink(missing_ok=True)
        lock.release()


def _note(state: Path, found: dict[str, Any]) -> None:
    """Whole or not at all, and for the owner's eyes: it holds the sandbox's keys."""
    new = state.with_suffix(".new")
    new.touch(mode=0o600)
    new.write_text(json.dumps(found), encoding="utf-8")
    new.replace(state)


def _free(port: int) -> bool:
    """Whether the port can be had; moto would wait for ever for one that cannot."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            sys.stderr.write(f"Port {port}: {error.strerror}\n")
            return False
    return True


def _told_to_parent(found: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(found) + "\n")
    sys.stdout.flush()
    sys.stdin.read()


def _serve(wanted: dict[str, Any], port: int, ready: Callable[[dict[str, Any]], None]) -> int:
    """Fill moto, and serve until ``ready``, told of the address and the keys, returns."""
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=port, verbose=False)
    server.start()
    try:
        host, bound = server.get_host_and_port()
        url = f"http://{host}:{bound}"
        keys = {account: _access_key(account) for account in wanted["accounts"]}
        maker = _Maker(url, keys)
        for item in wanted["resources"]:
            made = maker.make(item)
            if made != item["arn"]:
                sys.stderr.write(f"{item['arn']} came out as {made}\n")
                return 1
        ready({"url": url, "keys": keys})
    finally:
        server.stop()
    return 0


def _access_key(account: str) -> dict[str, str]:
    """An access key that moto takes for this account's."""
    from moto.iam.models import iam_backends

    backend = iam_backends[account]["aws"]
    backend.create_user("us-east-1", "applier")
    key = backend.create_access_key("applier")
    return {"id": key.access_key_id, "secret": key.secret_access_key}


class _Maker:
    """Makes resources through moto's API; EC2's ids, which moto draws, are given."""

    def __init__(self, url: str, keys: dict[str, dict[str, str]]) -> None:
        self._url = url
        self._keys = keys
        self._roles: dict[str, str] = {}
        # A client takes a tenth of a second to make: one a service and place.
        self._clients: dict[tuple[str, str, str], Any] = {}
        self._session: Any = None

    def make(self, item: dict[str, Any]) -> str:
        """The ARN under which it came out."""
        made: str = getattr(self, f"_{item['kind']}")(item)
        return made

    def _client(self, service: str, item: dict[str, Any]) -> Any:
        import boto3

        place = service, item["account"], item["region"]
        if place not in self._clients:
            self._session = self._session or boto3.session.Session()
            key = self._keys[item["account"]]
            self._clients[place] = self._session.client(
                service,
                region_name=item["region"],
                endpoint_url=self._url,
                aws_access_key_id=key["id"],
                aws_secret_access_key=key["secret"],
            )
        return self._clients[place]

    def _ec2(self, item: dict[str, Any]) -> str:
        from unittest.mock import patch

        wanted = item["arn"].rsplit("/", 1)[-1]
        image = "ami-12c6146b"  # one of those that moto knows
        tags = {"TagSpecifications": [{"ResourceType": "instance", "Tags": _pairs(item["tags"])}]}
        with patch("moto.ec2.models.instances.random_instance_id", return_value=wanted):
            reply = self._client("ec2", item).run_instances(
                ImageId=image, MinCount=1, MaxCount=1, InstanceType=item["size"],
                **(tags if item["tags"] else {}),
            )  # fmt: skip
        made = reply["Instances"][0]["InstanceId"]
        return f"arn:aws:ec2:{item['region']}:{item['account']}:instance/{made}"

    def _sagemaker(self, item: dict[str, Any]) -> str:
        client, name = self._client("sagemaker", item), item["name"]
        client.create_model(
            ModelName=name,
            ExecutionRoleArn=f"arn:aws:iam::{item['account']}:role/sagemaker",
            PrimaryContainer={"Image": "serving"},
        )
        client.create_endpoint_config(
            EndpointConfigName=name,
            ProductionVariants=[
                {"VariantName": "main", "ModelName": name, "InstanceType": item["size"],
                 "InitialInstanceCount": 1, "InitialVariantWeight": 1.0}
            ],
        )  # fmt: skip
        reply = client.create_endpoint(
            EndpointName=name, EndpointConfigName=name, Tags=_pairs(item["tags"])
        )
        return str(reply["EndpointArn"])

    def _s3(self, item: dict[str, Any]) -> str:
        client = self._client("s3", item)
        client.create_bucket(Bucket=item["name"])
        if item["tags"]:
            client.put_bucket_tagging(Bucket=item["name"], Tagging={"TagSet": _pairs(item["tags"])})
        return f"arn:aws:s3:::{item['name']}"

    def _lambda(self, item: dict[str, Any]) -> str:
        data = io.BytesIO()
        with zipfile.ZipFile(data, "w") as archive:
            archive.writestr("main.py", "def handler(event, context): return None\n")
        reply = self._client("lambda", item).create_function(
            FunctionName=item["name"], Runtime="python3.11", Role=self._role(item),
            Handler="main.handler", Code={"ZipFile": data.getvalue()}, Tags=item["tags"],
        )  # fmt: skip
        return str(reply["FunctionArn"])

    def _rds(self, item: dict[str, Any]) -> str:
        reply = self._client("rds", item).create_db_instance(
            DBInstanceIdentifier=item["name"], DBInstanceClass=item["size"], Engine="postgres",
            AllocatedStorage=100, MasterUsername="northlight", MasterUserPassword="not-a-secret",
            Tags=_pairs(item["tags"]),
        )  # fmt: skip
        return str(reply["DBInstance"]["DBInstanceArn"])

    def _dynamodb(self, item: dict[str, Any]) -> str:
        reply = self._client("dynamodb", item).create_table(
            TableName=item["name"], BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}], Tags=_pairs(item["tags"]),
        )  # fmt: skip
        return str(reply["TableDescription"]["TableArn"])

    def _role(self, item: dict[str, Any]) -> str:
        account = item["account"]
        if account not in self._roles:
            reply = self._client("iam", item).create_role(
                RoleName="lambda", AssumeRolePolicyDocument=_POLICY
            )
            self._roles[account] = reply["Role"]["Arn"]
        return self._roles[account]


def _pairs(tags: dict[str, str]) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in tags.items()]


if __name__ == "__main__":
    sys.exit(main())
