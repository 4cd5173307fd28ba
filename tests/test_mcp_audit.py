"""Every call is a line: who, what, how it ended; and nothing of what was in it."""

from __future__ import annotations

import errno
import json
import os
import stat
from pathlib import Path
from typing import Any

import pytest

from mcp_small import SECRET, small_registry
from mcp_world import PEOPLE, door, filled
from tagwright.config import load_settings
from tagwright.errors import ConfigError, TagwrightError
from tagwright.people import over_http
from tagwright_mcp.audit import calls_path
from tagwright_mcp.calls import Calls


def lines(home: Path) -> list[dict[str, Any]]:
    text = calls_path(load_settings(home)).read_text()
    return [json.loads(line) for line in text.splitlines()]


async def test_who_asked_what_and_how_it_ended(home: Path) -> None:
    with door(filled(home)) as at:
        token = at.token("chief-sub")
        async with at.client(token) as client:
            asked = {"metric": "billed_cost", "period": "2026-09"}
            first = await client.call_tool("query_costs", asked)
            await client.call_tool("query_costs", {**asked, "period": "2026-08"})
            await client.call_tool("query_costs", {"metric": "hunter2 is my password"})
            await client.read_resource("tagwright://catalogue")
        async with at.client(at.token("stranger-sub")) as client:
            await client.call_tool("query_costs", asked)
    found = lines(home)
    assert [(one["person"], one["proven"], one["tool"], one["outcome"]) for one in found] == [
        ("chief", "chief-sub", "query_costs", "ok"),
        ("chief", "chief-sub", "query_costs", "ok"),
        ("chief", "chief-sub", "query_costs", "UnknownNameError"),
        ("chief", "chief-sub", "resource", "ok"),
        ("", "stranger-sub", "query_costs", "AccessError"),
    ]
    assert found[0]["receipt"] == (first.structured_content or {})["receipt"]
    assert found[0]["arguments"] == ["metric", "period"]
    assert found[0]["digest"] == found[4]["digest"] != found[1]["digest"]
    assert {one["channel"] for one in found} == {"mcp"}
    text = calls_path(load_settings(home)).read_text()
    for secret in (token, "hunter2", "billed_cost"):
        assert secret not in text
    assert stat.S_IMODE(calls_path(load_settings(home)).stat().st_mode) == 0o600


async def test_a_fault_is_its_kind_alone(home: Path) -> None:
    calls = Calls(small_registry(), load_settings(home), over_http)
    with pytest.raises(RuntimeError):
        await calls.result("fail", {"how": "crash"})
    with pytest.raises(TagwrightError):
        await calls.result("no\nsuch\u202etool", {"x" * 500: 1, "\ud800": 2})
    assert [one["outcome"] for one in lines(home)] == ["RuntimeError", "UnknownNameError"]
    text = calls_path(load_settings(home)).read_text()
    assert SECRET not in text
    assert len(text) < 1_500


async def test_nothing_is_answered_unrecorded(home: Path) -> None:
    (home / "people.yaml").write_text(PEOPLE)
    settings = load_settings(home)
    calls_path(settings).symlink_to(home / "elsewhere")  # not followed: it would write anywhere
    calls = Calls(small_registry(), settings, over_http)
    with pytest.raises(ConfigError, match="no call is answered unrecorded"):
        await calls.result("suggest", {})
    assert not (home / "suggested").exists()
    assert not (home / "elsewhere").exists()


@pytest.mark.parametrize("full", [True, False])
async def test_what_cannot_be_recorded_is_not_answered(
    home: Path, monkeypatch: pytest.MonkeyPatch, full: bool
) -> None:
    """A full disk refuses the line, or takes a part of it and says nothing."""
    calls = Calls(small_registry(), load_settings(home), over_http)
    written = os.write

    def write(file: int, data: bytes) -> int:
        if full:
            raise OSError(errno.ENOSPC, "No space left on device")
        return written(file, data[:10])

    monkeypatch.setattr(os, "write", write)
    with pytest.raises(ConfigError, match=r"mcp_calls\.jsonl cannot be written") as caught:
        await calls.result("echo", {"text": "x"})
    assert "no call is answered unrecorded" in str(caught.value)
