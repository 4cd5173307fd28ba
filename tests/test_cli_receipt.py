"""The verb ``receipt``: same figures, or each figure that changed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from sample_home import charge, load, sample
from tagwright_agent.cli import main

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

QUESTION = '{"group_by": ["service"], "period": "2026-09"}'


def asked(capsys: pytest.CaptureFixture[str]) -> str:
    assert main(["tool", "query_costs", QUESTION, "--json"]) == 0
    receipt: str = json.loads(capsys.readouterr().out)["receipt"]
    return receipt


def test_same_figures(capsys: pytest.CaptureFixture[str], home: Path) -> None:
    sample(home, [charge("1.25"), charge("2", ServiceName="S3")])
    receipt = asked(capsys)
    assert main(["receipt", receipt]) == 0
    out = capsys.readouterr().out
    assert '"period": "2026-09-01/2026-10-01"' in out.replace("\n", "")
    assert "Same figures: " in out
    assert "3.25" in out
    assert "SELECT" not in out
    assert all(len(line) <= 80 for line in out.splitlines())
    assert main(["receipt", receipt, "--sql"]) == 0
    assert "SELECT" in capsys.readouterr().out
    assert main(["receipt", receipt, "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert (document["status"], document["receipt"]["id"]) == ("same", receipt)


def test_what_changed_is_shown_exactly_with_status_1(
    capsys: pytest.CaptureFixture[str], home: Path
) -> None:
    """EC2 moves in the eleventh decimal only; S3 is gone."""
    (home / "tagwright.toml").write_text("keep_snapshots = 1\n")
    sample(home, [charge("1.25"), charge("2", ServiceName="S3")])
    receipt = asked(capsys)
    load(home, [charge("1.25000000001")])
    assert main(["receipt", receipt]) == 1
    out = capsys.readouterr().out
    assert "is no longer kept" in out
    lines = [line.split() for line in out.splitlines()]
    assert ["USD", "effective", "cost", "3.25", "1.25000000001"] in lines
    assert ["Amazon", "EC2,", "USD", "effective", "cost", "1.25", "1.25000000001"] in lines
    assert ["S3,", "USD", "effective", "cost", "2.00", "gone"] in lines
    assert "Same figures" not in out
    assert main(["receipt", receipt, "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["status"] == "changed"


def test_unknown_receipt_is_status_2(capsys: pytest.CaptureFixture[str], home: Path) -> None:
    sample(home, [charge("1")])
    assert main(["receipt", "rcp_nope\x1b[31m"]) == 2
    error = capsys.readouterr().err
    assert "Unknown receipt" in error
    assert "Traceback" not in error
