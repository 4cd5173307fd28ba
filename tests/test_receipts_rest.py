"""Rows that an answer left out: the rest of the same, or nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from sample_home import charge, load, tool_result
from tagwright.api import SnapshotError, UnknownNameError
from tagwright.config import Settings
from tagwright.people import at_terminal
from tagwright.receipts import goes_on, more_rows
from tagwright.results import ToolResult

BILL = [charge(f"{n}.5", ServiceName=f"S{n:02}") for n in range(1, 46)]
ASKED = {"group_by": ["service_name"], "limit": 7}


def made(home: Path) -> tuple[Settings, ToolResult]:
    settings = load(home, BILL)
    return settings, tool_result(settings, "query_costs", ASKED)


@pytest.mark.parametrize("bounds", [(0, None), (0, 7), (7, 14), (5, 40), (44, 45), (40, 99)])
def test_the_rows_between_are_those_of_the_whole(
    bounds: tuple[int, int | None], home: Path
) -> None:
    settings, result = made(home)
    whole = tool_result(settings, "query_costs", {**ASKED, "limit": 1000})
    assert result.receipt is not None
    first, last = bounds
    found = more_rows(result.receipt, settings, at_terminal(settings), first=first, last=last)
    assert found.rows == whole.rows[first:last]
    assert (found.row_count, found.totals) == (45, whole.totals)


def test_where_the_snapshot_is_gone_there_are_none(home: Path) -> None:
    settings, result = made(home)
    (home / "tagwright.toml").write_text("keep_snapshots = 1\n")
    load(home, [charge("9", "2026-08-01")], name="august.csv")
    assert result.receipt is not None
    with pytest.raises(SnapshotError, match="no longer kept"):
        more_rows(result.receipt, settings, at_terminal(settings))


def test_who_sees_less_has_no_such_receipt(home: Path) -> None:
    settings, result = made(home)
    user = at_terminal(settings).proven
    (home / "people.yaml").write_text(
        f"people:\n  me: {{cli: ['{user}'], may: [ask], sees: {{service_name: [S01]}}}}\n"
    )
    assert result.receipt is not None
    with pytest.raises(UnknownNameError, match="receipt"):
        more_rows(result.receipt, settings, at_terminal(settings))


def test_only_what_reads_and_takes_an_offset_goes_on() -> None:
    assert goes_on("query_costs")
    assert not goes_on("propose_tag_fixes")
    assert not goes_on("a_tool_that_is_gone")
