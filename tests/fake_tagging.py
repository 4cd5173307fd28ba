"""A small, strict tagging API: what moto is too lenient about, and faults on demand.

Requests are checked against botocore's own service model (1 to 20 ARNs, 1 to 50 tags, lengths);
resources are of one region, have at most 50 tags, and none that begins with ``aws:``. It is on
loopback (:func:`fake_tagging`), or in the process (:class:`FakeClient`).
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import botocore.loaders
import botocore.model
import botocore.validate
from botocore.exceptions import ClientError, ConnectionClosedError, ReadTimeoutError

ACCOUNT = "123456789012"
_MODEL = botocore.model.ServiceModel(
    botocore.loaders.Loader().load_service_model("resourcegroupstaggingapi", "service-2")
)


@dataclass
class FakeTagging:
    """State and record of the fake.

    Attributes:
        tags: Live tags by ARN.
        unknown: ARNs that do not exist: they fail one by one.
        faults: What happens to the next write calls, in order: ``ok``, ``throttle``, ``500``,
            ``lost`` (done, but the connection closes), ``reset`` (not done, connection closes),
            ``internal`` (not done, InternalServiceException per ARN), ``partial`` (the first ARN
            is done, the others are throttled), ``timeout`` (done, but no answer comes).
        at: What happens at a call by its number from 1, whatever it is; reads and STS as well.
        between: Called with its number before each call: the place for somebody else's changes.
        writes: Every change that was made: (arn, key, value or None).
        calls: Operation names in order.
        lag: How many GetResources calls still show the state before the last write.
        settles: What ``lag`` is after each write.
        account: Whose credentials STS says they are.
        page: How many resources one page of GetResources holds.
    """

    tags: dict[str, dict[str, str]] = field(default_factory=dict)
    unknown: set[str] = field(default_factory=set)
    faults: list[str] = field(default_factory=list)
    writes: list[tuple[str, str, str | None]] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)
    at: dict[int, str] = field(default_factory=dict)
    between: Callable[[int], None] = lambda _number: None
    lag: int = 0
    settles: int = 0
    account: str = ACCOUNT
    page: int = 3
    url: str = ""
    problems: list[str] = field(default_factory=list)
    _stale: dict[str, dict[str, str]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def answer(
        self, operation: str, body: dict[str, Any], region: str = ""
    ) -> tuple[int, dict[str, Any] | None]:
        """Status and document; None closes the connection. Without a region, any will do."""
        with self._lock:
            self.calls.append(operation)
            number = len(self.calls)
            self.between(number)
            fault = self.at.get(number, "")
            if operation == "GetCallerIdentity":
                return self._unread(fault) or (200, {"Account": self.account})
            refusal = self._refusal(operation, body, region)
            if refusal:
                return 400, {"__type": "InvalidParameterException", "message": refusal}
            arns = body.get("ResourceARNList", [])
            if operation == "GetResources":
                return self._unread(fault) or (
                    200,
                    self._get(arns, body.get("PaginationToken", "")),
                )
            if fault:
                self.faults.insert(0, fault)
            return self._change(operation, arns, body)

    def _unread(self, fault: str) -> tuple[int, dict[str, Any] | None] | None:
        """The answer of a call that only reads, where it goes wrong."""
        if fault in ("throttle", "partial"):
            return 400, {"__type": "ThrottledException", "message": "slow down"}
        if fault in ("500", "internal"):
            return 500, {"__type": "InternalServiceException", "message": "oops"}
        return (0, None) if fault in ("reset", "lost", "timeout") else None

    def _refusal(self, operation: str, body: dict[str, Any], region: str) -> str:
        shape = _MODEL.operation_model(operation).input_shape
        report = botocore.validate.ParamValidator().validate(body, shape)
        if report.has_errors():
            self.problems.append(report.generate_report())
            return "refused by the model"
        arns = body.get("ResourceARNList", [])
        if operation != "GetResources" and len(arns) > 20:
            self.problems.append(f"{len(arns)} ARNs")
            return "too many ARNs"
        if region and any(arn.split(":")[3] not in ("", region) for arn in arns):
            self.problems.append(f"not all of {arns} are in {region}")
            return "a resource of another region"
        if any(
            key.lower().startswith("aws:")
            for key in (*body.get("Tags", {}), *body.get("TagKeys", ()))
        ):
            self.problems.append(f"{operation} of a tag of AWS's own")
            return "aws: prefixed tag key names are not allowed"
        return ""

    def _get(self, arns: list[str], token: str) -> dict[str, Any]:
        shown = self.tags
        if self.lag > 0 and not token:
            self.lag, shown = self.lag - 1, self._stale
        found = [
            {"ResourceARN": arn, "Tags": [{"Key": k, "Value": v} for k, v in shown[arn].items()]}
            for arn in arns
            if shown.get(arn)
        ]
        start = int(token or 0)
        more = str(start + self.page) if start + self.page < len(found) else ""
        page = found[start : start + self.page]
        return {"ResourceTagMappingList": page, "PaginationToken": more}

    def _change(
        self, operation: str, arns: list[str], body: dict[str, Any]
    ) -> tuple[int, dict[str, Any] | None]:
        fault = self.faults.pop(0) if self.faults else "ok"
        if fault == "throttle":
            return 400, {"__type": "ThrottledException", "message": "slow down"}
        if fault == "500":
            return 500, {"__type": "InternalServiceException", "message": "oops"}
        if fault == "reset":
            return 0, None
        if fault == "internal":
            code = {"StatusCode": 500, "ErrorCode": "InternalServiceException"}
            return 200, {"FailedResourcesMap": dict.fromkeys(arns, code)}
        self._stale = {arn: dict(tags) for arn, tags in self.tags.items()}
        self.lag = max(self.lag, self.settles)
        failed: dict[str, dict[str, Any]] = {}
        for number, arn in enumerate(arns):
            if fault == "partial" and number:
                failed[arn] = {"StatusCode": 429, "ErrorCode": "ThrottlingException"}
            elif why := self._refused(arn, body):
                failed[arn] = {
                    "StatusCode": 400,
                    "ErrorCode": "InvalidParameterException",
                    "ErrorMessage": why,
                }
            else:
                self._write(arn, body)
        if fault in ("lost", "timeout"):
            return 0, None
        return 200, {"FailedResourcesMap": failed}

    def _refused(self, arn: str, body: dict[str, Any]) -> str:
        after = {**self.tags.get(arn, {}), **body.get("Tags", {})}
        own = sum(not key.startswith("aws:") for key in after)
        if arn in self.unknown:
            return "no such resource"
        return f"{own} tags" if own > 50 and "Tags" in body else ""

    def _write(self, arn: str, body: dict[str, Any]) -> None:
        for key, value in body.get("Tags", {}).items():
            self.tags.setdefault(arn, {})[key] = value
            self.writes.append((arn, key, value))
        for key in body.get("TagKeys", []):
            self.tags.get(arn, {}).pop(key, None)
            self.writes.append((arn, key, None))


class Killed(BaseException):
    """The process dies here."""


class FakeClient:
    """boto3's client of the tagging API and of STS, without a network.

    Of ``at`` it knows two faults more: ``killed`` before the call, ``killed after`` it.
    """

    def __init__(self, fake: FakeTagging, region: str) -> None:
        self.fake = fake
        self.region = region

    def get_caller_identity(self) -> Any:
        return self._call("GetCallerIdentity", {})

    def get_resources(self, **body: Any) -> Any:
        return self._call("GetResources", body)

    def tag_resources(self, **body: Any) -> Any:
        return self._call("TagResources", body)

    def untag_resources(self, **body: Any) -> Any:
        return self._call("UntagResources", body)

    def _call(self, operation: str, body: dict[str, Any]) -> Any:
        fault = self.fake.at.get(len(self.fake.calls) + 1, "")
        if fault.startswith("killed"):
            self.fake.at.clear()  # once
        if fault == "killed":
            raise Killed
        status, document = self.fake.answer(operation, body, self.region)
        if fault == "killed after":
            raise Killed
        if document is None and fault == "timeout":
            raise ReadTimeoutError(endpoint_url="http://fake")
        if document is None:
            raise ConnectionClosedError(endpoint_url="http://fake")
        if status != 200:
            code = {"Code": document["__type"], "Message": document["message"]}
            raise ClientError(
                {"Error": code, "ResponseMetadata": {"HTTPStatusCode": status}},  # type: ignore[typeddict-item]
                operation,
            )
        return document


@contextmanager
def fake_tagging(**options: Any) -> Iterator[FakeTagging]:
    """Start the fake on a free port."""
    fake = FakeTagging(**options)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            data = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            target = self.headers.get("X-Amz-Target", "")
            scope = re.search(r"Credential=[^/]+/\d+/([^/]+)/", self.headers["Authorization"])
            operation = target.rpartition(".")[2] or "GetCallerIdentity"
            body = json.loads(data or b"{}") if target else {}
            status, document = fake.answer(operation, body, scope[1] if scope else "")
            if document is None:
                self.close_connection = True
                self.connection.close()
                return
            if not target:
                self._xml(status, document)
                return
            text = json.dumps(document).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/x-amz-json-1.1")
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        def _xml(self, status: int, document: dict[str, Any]) -> None:
            account = document.get("Account", "")
            text = (
                '<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error>'
                f"<Code>{document['__type']}</Code><Message>no</Message></Error></ErrorResponse>"
                if "__type" in document
                else '<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">'
                f"<GetCallerIdentityResult><Account>{account}</Account><UserId>u</UserId>"
                f"<Arn>arn:aws:iam::{account}:role/applier</Arn></GetCallerIdentityResult>"
                "<ResponseMetadata><RequestId>r</RequestId></ResponseMetadata>"
                "</GetCallerIdentityResponse>"
            ).encode()
            self.send_response(status)
            self.send_header("Content-Type", "text/xml")
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, *_: object) -> None:
            return

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_: object) -> None:
            return  # closed connections are the point

    server = Server(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    fake.url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield fake
    finally:
        server.shutdown()
        server.server_close()
