"""Before the protocol: whose Host and Origin are answered, and how often one may come."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest

from mcp_world import Door, door, filled
from tagwright.config import load_settings
from tagwright_mcp.tokens import make

NOW = dt.datetime.now(dt.UTC)


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Origin": "http://localhost.evil.com"}, 403),
        ({"Origin": "http://127.0.0.1.evil.com"}, 403),
        ({"Origin": "http://localhost:80.evil.com"}, 403),
        ({"Origin": "http://localhost:80@evil.com"}, 403),
        ({"Origin": "http://localhost:"}, 403),
        ({"Origin": "http://evil.com:80"}, 403),
        ({"Origin": "http://[::1].evil.com"}, 403),
        ({"Origin": "http://[::2]"}, 403),
        ({"Origin": "http://0x7f000001"}, 403),
        ({"Origin": "http://127.1"}, 403),
        ({"Origin": "file://"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "http://localhost:6274"}, 200),
        ({"Origin": "http://[::1]:6274"}, 200),
        ({"Host": "localhost:80.evil.com"}, 421),
        ({"Host": "localhost.evil.com"}, 421),
        ({"Host": "localhost:80@evil.com"}, 421),
        ({"Host": "[::1]:9"}, 200),
    ],
)
def test_strangers_however_local_they_look(
    open_door: Door, headers: dict[str, str], status: int
) -> None:
    assert open_door.post(**headers).status_code == status


@pytest.fixture(scope="module")
def open_door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    with door(tmp_path_factory.mktemp("open"), oauth=False, guarded=False) as found:
        yield found


def test_a_person_who_hurries_waits_and_nobody_else_does(home: Path) -> None:
    settings = load_settings(filled(home))
    _, lead = make(settings, "lead", read_only=False, days=1, now=NOW)
    _, chief = make(settings, "chief", read_only=False, days=1, now=NOW)
    with door(home, oauth=False, person_rate=3) as at:
        statuses = [at.post(lead).status_code for _ in range(5)]
        assert statuses == [200, 200, 200, 429, 429]
        assert 1 <= int(at.post(lead).headers["retry-after"]) <= 20
        assert at.post(chief).status_code == 200


def test_an_address_that_hurries_waits_whatever_it_guesses(home: Path) -> None:
    settings = load_settings(filled(home))
    make(settings, "lead", read_only=False, days=1, now=NOW)
    with door(home, oauth=False, address_rate=4) as at:
        assert [at.post(f"tw_{n}").status_code for n in range(6)] == [401] * 4 + [429] * 2
