"""The pictures of Slack: every block that is posted is drawn, names are data, a lack is said."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from tagwright.blocks import Cell, Column, Table, sentence
from tagwright.render.slack import slack_messages
from tagwright_evals.slack_pictures import shots
from tagwright_evals.slack_pictures.__main__ import main
from tagwright_evals.slack_pictures.page import page
from tagwright_evals.slack_pictures.scenes import Picture, Said


def drawn(*blocks: dict) -> str:
    return page(Picture("p", (Said("U1", "<b>hi</b>"), Said(blocks=blocks))), 390)


def test_what_is_posted_is_drawn_and_names_are_no_markup() -> None:
    table = Table(
        columns=(Column(title="Team", kind="name"), Column(title="Cost", kind="amount")),
        rows=((Cell(value="<script>", kind="name"), Cell(value="5", kind="amount", unit="USD")),),
    )
    [message] = slack_messages([sentence("Spend is ", Cell(value="x", kind="code")), table])
    text = drawn(*message["blocks"])
    assert "&lt;b&gt;hi&lt;/b&gt;" in text
    assert "Spend is <code>x</code>" in text
    assert "<td>&lt;script&gt;</td><td class=right>5.00</td>" in text
    assert "width: 390px" in text


def test_a_block_that_cannot_be_drawn_is_not_left_out() -> None:
    with pytest.raises(KeyError, match="video"):
        drawn({"type": "video"})


def test_without_a_browser_it_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shots.shutil, "which", lambda _: None)
    done = CliRunner().invoke(main, ["--out", str(tmp_path / "images")])
    assert done.exit_code == 1
    assert "There is no Chromium on this machine" in done.output
    assert not (tmp_path / "images").exists()
