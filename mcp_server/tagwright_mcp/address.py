"""Addresses to listen on, and the token: what is decided before the MCP library is loaded."""

from __future__ import annotations

import ipaddress
import os
import re
from dataclasses import dataclass

from tagwright.errors import ConfigError, MisuseError
from tagwright.text import shorten

__all__ = [
    "TOKEN_VARIABLE",
    "Address",
    "configured_token",
    "is_host_name",
    "is_loopback",
    "parse_address",
]

TOKEN_VARIABLE = "TAGWRIGHT_MCP_TOKEN"  # noqa: S105  the variable's name

_TOKEN = re.compile(r"[\x21-\x7e]{24,512}")
_NAME = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?")


@dataclass(frozen=True)
class Address:
    """Where the server listens.

    Attributes:
        host: A name or an IP address, without brackets.
        port: 0 for any free one.
    """

    host: str
    port: int

    @property
    def authority(self) -> str:
        """``host:port`` as it stands in a URL."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"


def parse_address(text: str) -> Address:
    """``HOST:PORT``, ``[IPv6]:PORT`` or ``PORT`` (on loopback).

    Raises:
        MisuseError: It is none of these.
    """
    host, colon, port = text.strip().rpartition(":")
    if not colon:
        host = "127.0.0.1"
    if host.startswith("[") and host.endswith("]"):
        host = host[1:-1]
        valid = _is_ip(host, version=6)
    else:
        valid = bool(_NAME.fullmatch(host))
    if not valid or not port.isascii() or not port.isdigit() or int(port) > 65535:
        raise MisuseError(
            f"{shorten(text, 80)!r} is not an address to listen on.",
            hint="For example --http 127.0.0.1:8765 or --http [::1]:8765.",
        )
    return Address(host, int(port))


def _is_ip(host: str, *, version: int) -> bool:
    try:
        return ipaddress.ip_address(host).version == version
    except ValueError:
        return False


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach that IP address; a name must be resolved first."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def configured_token() -> str | None:
    """The token in ``TAGWRIGHT_MCP_TOKEN``; None where there is none.

    Raises:
        ConfigError: It is too short to keep anybody out, or cannot be sent in a header.
    """
    token = os.environ.get(TOKEN_VARIABLE, "")
    if not token:
        return None
    if not _TOKEN.fullmatch(token):
        raise ConfigError(
            f"{TOKEN_VARIABLE} must have 24 to 512 printable ASCII characters without spaces.",
            hint="For example: openssl rand -hex 32",
        )
    return token


def is_host_name(text: str) -> bool:
    """Whether it is a host name or an IP address, without scheme, port and brackets."""
    return bool(_NAME.fullmatch(text)) or _is_ip(text, version=6)
