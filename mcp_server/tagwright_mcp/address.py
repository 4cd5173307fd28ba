"""Addresses to listen on: what is decided before the MCP library is loaded."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tagwright.errors import MisuseError
from tagwright.text import shorten

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = [
    "TOKEN_VARIABLE",
    "Address",
    "host_names",
    "is_loopback",
    "parse_address",
]

TOKEN_VARIABLE = "TAGWRIGHT_MCP_TOKEN"  # noqa: S105  where clients keep theirs

_LOOPBACK_HOSTS = ("127.0.0.1", "localhost", "[::1]")
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


def host_names(address: Address, names: Sequence[str]) -> list[str]:
    """The names in Host headers that are answered, without port; IPv6 in brackets.

    Args:
        address: Where the server listens.
        names: Further names under which clients reach it, without port.

    Raises:
        MisuseError: It listens everywhere and no name was given, or a name is malformed.
    """
    for name in names:
        if not (_NAME.fullmatch(name) or _is_ip(name, version=6)):
            raise MisuseError(
                f"{shorten(name, 80)!r} is not a host name.",
                hint="Give it without scheme and port.",
            )
    hosts = [f"[{name}]" if ":" in name else name for name in names]
    if address.host == "localhost" or is_loopback(address.host):
        hosts += _LOOPBACK_HOSTS
    if address.host in ("0.0.0.0", "::"):  # noqa: S104  compared, not bound
        if not names:
            raise MisuseError(
                f"Listening on {address.host} needs the name that clients use.",
                hint="For example --allow-host finops.example.com.",
            )
    else:
        hosts.append(f"[{address.host}]" if ":" in address.host else address.host)
    return list(dict.fromkeys(hosts))
