"""A small, strict tagging API on loopback: what moto is too lenient about, and faults on demand.

Requests are checked against botocore's own service model (1 to 20 ARNs, 1 to 50 tags, lengths).
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import botocore.loaders
import botocore.model
import botocore.validate

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
            ``internal`` (not done, InternalServiceException per ARN).
        writes: Every change that was made: (arn, key, value or None).
        calls: Operation names in order.
        lag: How many GetResources calls still show the state before the last write.
        account: Whose credentials STS says they are.
        page: How many resources one page of GetResources holds.
    """

    tags: dict[str, dict[str, str]] = field(default_factory=dict)
    unknown: set[str] = field(default_factory=set)
    faults: list[str] = field(default_factory=list)
    writes: list[tuple[str, str, str | None]] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)
    lag: int = 0
    account: str = ACCOUNT
    page: int = 3
    url: str = ""
    problems: list[str] = field(default_factory=list)
    _stale: dict[str, dict[str, str]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def answer(self, operation: str, body: dict[str, Any]) -> tuple[int, dict[str, Any] | None]:
        """Status and document; None closes the connection."""
        shape = _MODEL.operation_model(operation).input_shape
        report = botocore.validate.ParamValidator().validate(body, shape)
        if report.has_errors():
            self.problems.append(report.generate_report())
            return 400, {"__type": "InvalidParameterException", "message": "refused by the model"}
        arns = body.get("ResourceARNList", [])
        if operation != "GetResources" and len(arns) > 20:
            self.problems.append(f"{len(arns)} ARNs")
            return 400, {"__type": "InvalidParameterException", "message": "too many ARNs"}
        with self._lock:
            self.calls.append(operation)
            if operation == "GetResources":
                return 200, self._get(arns, body.get("PaginationToken", ""))
            return self._change(operation, arns, body)

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
        failed = {}
        for arn in arns:
            if arn in self.unknown:
                failed[arn] = {
                    "StatusCode": 400,
                    "ErrorCode": "InvalidParameterException",
                    "ErrorMessage": "no such resource",
                }
                continue
            for key, value in body.get("Tags", {}).items():
                self.tags.setdefault(arn, {})[key] = value
                self.writes.append((arn, key, value))
            for key in body.get("TagKeys", []):
                self.tags.get(arn, {}).pop(key, None)
                self.writes.append((arn, key, None))
        if fault == "lost":
            return 0, None
        return 200, {"FailedResourcesMap": failed}


@contextmanager
def fake_tagging(**options: Any) -> Iterator[FakeTagging]:
    """Start the fake on a free port."""
    fake = FakeTagging(**options)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            data = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            target = self.headers.get("X-Amz-Target", "")
            if not target:
                self._xml(fake.account)
                return
            status, document = fake.answer(target.rpartition(".")[2], json.loads(data or b"{}"))
            if document is None:
                self.close_connection = True
                self.connection.close()
                return
            text = json.dumps(document).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/x-amz-json-1.1")
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        def _xml(self, account: str) -> None:
            text = (
                '<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">'
                f"<GetCallerIdentityResult><Account>{account}</Account><UserId>u</UserId>"
                f"<Arn>arn:aws:iam::{account}:role/applier</Arn></GetCallerIdentityResult>"
                "<ResponseMetadata><RequestId>r</RequestId></ResponseMetadata>"
                "</GetCallerIdentityResponse>"
            ).encode()
            self.send_response(200)
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
