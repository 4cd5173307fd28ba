"""The bill ends with September, and on 2026-11-29 somebody asks for last month, at every door."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import time_machine

from sample_home import charge, sample
from tagwright_agent.cli import main

if TYPE_CHECKING:
    from collections.abc import Iterator

TODAY = dt.datetime(2026, 11, 29, 12, tzinfo=dt.UTC)
SAID = "There is no data for 2026-10 yet, the data ends 2026-09-30: last month is read as 2026-09."


@pytest.fixture
def lagging(home: Path) -> Iterator[Path]:
    """10 USD in September, 7 in August; nothing in October."""
    sample(home, [charge("10", "2026-09-30"), charge("7", "2026-08-01")])
    with time_machine.travel(TODAY, tick=True):
        yield home


def said(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, dict[str, Any]]:
    status = main([*arguments, "--json"])
    return status, json.loads(capsys.readouterr().out)


def test_the_tool(lagging: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, found = said(capsys, "tool", "query_costs", '{"period": "last_month"}')
    assert (status, found["totals"][0]["effective_cost"]) == (0, "10.00")
    assert found["period"]["label"] == "2026-09"
    assert found["notes"][0] == SAID


def test_a_comparison_of_last_month(lagging: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = '{"period": "last_month", "compare_to": "previous_period"}'
    _, found = said(capsys, "tool", "explain_change", arguments)
    assert (found["totals"][0]["before"], found["totals"][0]["after"]) == ("7.00", "10.00")
    assert found["notes"][0] == SAID


def test_ask(lagging: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, found = said(capsys, "ask", "What did we spend last month?")
    assert status == 0
    assert found["answer"].startswith("Effective cost, September 2026: 10.00 USD.")
    assert "Read as: last month = September 2026, the last with data." in found["answer"]


@pytest.mark.parametrize(
    ("question", "starts"),
    [
        (
            "Is our spend higher than last month?",
            "Effective cost, September 2026: 10.00 USD (+3.00",
        ),
        ("spend in the last 7 days of data", "Effective cost, 2026-09-24 to 2026-09-30: 10.00"),
        # What is named from today is not moved to another day.
        ("spend this month", "Effective cost, November 2026: unknown, no data is loaded."),
    ],
)
def test_other_words(
    lagging: Path, capsys: pytest.CaptureFixture[str], question: str, starts: str
) -> None:
    _, found = said(capsys, "ask", question)
    assert found["answer"].startswith(starts)


def test_the_pages(lagging: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, found = said(capsys, "report", "--out", str(lagging / "out"))
    assert status == 0
    page = Path(found["files"][0]).read_text()
    assert SAID in page
    assert "September 2026" in page


def test_the_focus_export(lagging: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _, found = said(capsys, "report", "focus", "--out", str(lagging / "out"))
    assert (found["rows"], found["notes"][0]) == (1, SAID)


def test_the_rules(lagging: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _, found = said(capsys, "rules", "check", "--dimension", "team")
    assert found["notes"] == [SAID]
    assert found["dimensions"][0]["period"]["label"] == "2026-09"


def test_reconciliation(lagging: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _, found = said(capsys, "reconcile")
    assert found["notes"][0] == SAID


def test_a_draft_of_the_journal_is_made_and_nothing_is_booked(
    lagging: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A month is closed by its name, never by a word that the bill's delay moved."""
    _, draft = said(capsys, "report", "journal", "--out", str(lagging / "out"))
    assert (draft["status"], draft["notes"][0]) == ("draft", SAID)
    status, refused = said(capsys, "report", "journal", "--close", "--out", str(lagging / "out"))
    assert status == 2
    assert SAID in refused["error"]["message"]
    assert "--period 2026-09" in refused["error"]["hint"]
    _, closed = said(
        capsys, "report", "journal", "--close", "--period", "2026-09", "--out", str(lagging / "out")
    )
    assert closed["status"] == "closed"
