"""The key of request states: made once, of the home, for nobody else to read."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
from mcp.server.request_state import InvalidRequestState

from tagwright.config import load_settings
from tagwright.errors import ConfigError
from tagwright_mcp.sealing import request_states

if TYPE_CHECKING:
    from pathlib import Path


def test_all_who_share_a_home_open_what_one_sealed(home: Path) -> None:
    settings = load_settings(home / "new")
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda _: request_states(settings), range(8)))
    sealed = made[0].codec.seal(b"answer")
    assert {one.codec.unseal(sealed) for one in made} == {b"answer"}
    assert (home / "new" / "mcp_state.key").stat().st_mode & 0o777 == 0o600
    with pytest.raises(InvalidRequestState):
        request_states(load_settings(home)).codec.unseal(sealed)


def test_what_is_no_key_is_refused(home: Path) -> None:
    (home / "mcp_state.key").write_bytes(b"")
    with pytest.raises(ConfigError, match=r"mcp_state\.key is no key of 32 bytes"):
        request_states(load_settings(home))
    (home / "mcp_state.key").unlink()
    (home / "mcp_state.key").mkdir()
    with pytest.raises(ConfigError, match="cannot be made or read"):
        request_states(load_settings(home))
