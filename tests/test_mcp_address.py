"""Where the HTTP server listens, and which names it answers to."""

from __future__ import annotations

import pytest
from starlette.requests import Request

from tagwright.api import MisuseError
from tagwright_mcp.access import security
from tagwright_mcp.address import Address, is_loopback, parse_address


@pytest.mark.parametrize(
    ("text", "host", "port"),
    [
        ("127.0.0.1:8765", "127.0.0.1", 8765),
        ("8765", "127.0.0.1", 8765),
        ("[::1]:0", "::1", 0),
        ("0.0.0.0:80", "0.0.0.0", 80),  # noqa: S104
        ("finops.example.com:443", "finops.example.com", 443),
    ],
)
def test_address(text: str, host: str, port: int) -> None:
    assert parse_address(text) == Address(host, port)


@pytest.mark.parametrize(
    "text",
    ["", ":", ":80", "host:", "host:http", "host:65536", "::1:80", "[::1:80", "a b:80", "http://x:80",
     "host:-1", "host:\u0663", "evil\nhost:80", "[127.0.0.1]:80"],
)  # fmt: skip
def test_no_address(text: str) -> None:
    with pytest.raises(MisuseError, match="not an address"):
        parse_address(text)


@pytest.mark.parametrize(
    ("host", "expected"),
    [("127.0.0.1", True), ("127.9.9.9", True), ("::1", True), ("0.0.0.0", False), ("::", False),  # noqa: S104
     ("10.0.0.1", False), ("localhost", False), ("127.0.0.1.evil.com", False)],
)  # fmt: skip
def test_loopback_is_decided_by_the_ip_address(host: str, expected: bool) -> None:
    assert is_loopback(host) is expected


def _status(rules: object, headers: dict[str, str]) -> int:
    """What the MCP library's own check says to a request with these headers."""
    import asyncio

    from mcp.server.transport_security import TransportSecurityMiddleware

    scope = {
        "type": "http",
        "method": "GET",
        "path": "/mcp",
        "headers": [(k.encode(), v.encode()) for k, v in headers.items()],
    }
    answer = asyncio.run(
        TransportSecurityMiddleware(rules).validate_request(Request(scope))  # type: ignore[arg-type]
    )
    return answer.status_code if answer is not None else 200


@pytest.mark.parametrize(
    ("listen", "names", "headers", "status"),
    [
        ("127.0.0.1:80", (), {"host": "127.0.0.1:80"}, 200),
        ("127.0.0.1:80", (), {"host": "localhost"}, 200),
        ("127.0.0.1:80", (), {"host": "evil.com"}, 421),
        ("127.0.0.1:80", (), {"host": "localhost.evil.com:80"}, 421),
        ("127.0.0.1:80", (), {"host": "localhost", "origin": "http://evil.com"}, 403),
        ("127.0.0.1:80", (), {"host": "localhost", "origin": "null"}, 403),
        ("127.0.0.1:80", (), {"host": "localhost", "origin": "http://localhost:3000"}, 200),
        ("0.0.0.0:80", ("finops.acme.com",), {"host": "finops.acme.com"}, 200),
        ("0.0.0.0:80", ("finops.acme.com",), {"host": "127.0.0.1"}, 421),
        ("10.1.2.3:80", (), {"host": "10.1.2.3:80"}, 200),
        ("10.1.2.3:80", (), {"host": "localhost"}, 421),
        ("[::1]:80", (), {"host": "[::1]:80"}, 200),
    ],
)
def test_names(listen: str, names: tuple[str, ...], headers: dict[str, str], status: int) -> None:
    assert _status(security(parse_address(listen), names), headers) == status


@pytest.mark.parametrize("names", [(), ("http://finops",), ("a:80",), ("*",), ("",)])
def test_listening_everywhere_needs_a_real_name(names: tuple[str, ...]) -> None:
    with pytest.raises(MisuseError):
        security(parse_address("0.0.0.0:80"), names)
