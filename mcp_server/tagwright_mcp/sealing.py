"""The key that seals what a client of 2026-07-28 carries from one request of a call to the next."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from filelock import FileLock
from mcp.server.request_state import RequestStateSecurity

from tagwright.errors import ConfigError
from tagwright.files import replace_file

if TYPE_CHECKING:
    from tagwright.config import Settings

__all__ = ["LASTS_SECONDS", "request_states"]

LASTS_SECONDS = 3600.0
"""A client may wait for its person before it says whether the page was opened."""

_BYTES = 32


def request_states(settings: Settings) -> RequestStateSecurity:
    """Sealed by one key of the home, ``mcp_state.key``, which opens nothing else.

    Another replica, or this server after a restart, opens what this one sealed.

    Raises:
        ConfigError: The file cannot be made or read, or is no key.
    """
    path = settings.home / "mcp_state.key"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(path.with_suffix(".lock"), mode=0o600):
            if not path.exists():
                replace_file(path, secrets.token_bytes(_BYTES), mode=0o600)
            key = path.read_bytes()
    except OSError as error:
        raise ConfigError(
            f"{path} cannot be made or read ({error.strerror or type(error).__name__}).",
            hint="Whoever runs this server must be able to write there.",
        ) from None
    if len(key) != _BYTES:
        raise ConfigError(
            f"{path} is no key of {_BYTES} bytes.", hint="Remove it: the server makes another."
        )
    return RequestStateSecurity(keys=[key], ttl=LASTS_SECONDS)
