"""Plugins by entry point: ours first, what is broken or slow is named, the others stay."""

from __future__ import annotations

import io
import json
import sys
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import pytest

from sample_home import charge, sample
from tagwright import plugins
from tagwright.plugins import is_ours, load_all, load_one, points, tell, telling
from tagwright.registry import load_registry
from tagwright_agent.cli import main


@pytest.fixture(autouse=True)
def _nothing_failed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plugins, "_FAILED", {})


class Named:
    def __init__(self, name: str) -> None:
        self.name = name
        self.fetch = None


FINE, AGAIN, OTHER = Named("fine"), Named("fine"), Named("other")


def point(name: str, value: str) -> EntryPoint:
    return EntryPoint(name, value, "tagwright.things")


@pytest.fixture
def found(monkeypatch: pytest.MonkeyPatch) -> list[EntryPoint]:
    here = "test_plugins"
    given = [
        point("broken", "no_such_module_anywhere:x"),
        point("fine", f"{here}:FINE"),
        point("double", f"{here}:AGAIN"),
        point("number", f"{here}:NUMBER"),
        point("other", f"{here}:OTHER"),
    ]
    monkeypatch.setattr(plugins, "points", lambda _group: given)
    return given


NUMBER = 7


def test_what_is_broken_is_left_out_with_a_warning(found: list[EntryPoint]) -> None:
    loaded, warnings = load_all("tagwright.things", "thing", ("fetch",))
    assert loaded == {"fine": FINE, "other": OTHER}
    assert warnings == [
        (
            "Thing plugin 'broken' (no_such_module_anywhere:x) did not load: "
            "ModuleNotFoundError of no_such_module_anywhere."
        ),
        "Thing 'fine' is defined twice; the first one is kept.",
        "Thing plugin 'number' (test_plugins:NUMBER) is not a thing.",
    ]


def test_a_plugin_that_takes_long_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """The clock says that it took ten seconds."""
    clock = iter([0.0, 10.0])
    monkeypatch.setattr(plugins.time, "monotonic", lambda: next(clock))
    loaded, warning = load_one(point("fine", "test_plugins:FINE"), "thing", lambda _: True)
    assert loaded is FINE
    assert warning == "Thing plugin 'fine' (test_plugins:FINE) took 10 s to load."


def test_the_text_of_a_fault_is_not_passed_on(monkeypatch: pytest.MonkeyPatch) -> None:
    def explode(_: Any) -> None:
        raise RuntimeError("password hunter2")

    monkeypatch.setattr(EntryPoint, "load", explode)
    assert "hunter2" not in load_one(point("x", "y:z"), "tool", lambda _: True)[1]


@pytest.mark.parametrize(
    "group",
    ["tagwright.tools", "tagwright.sources", "tagwright.connectors", "tagwright.commands"],
)
def test_ours_come_first(group: str) -> None:
    ours = [is_ours(item) for item in points(group)]
    assert any(ours)
    assert ours == sorted(ours, reverse=True)


def test_a_plugin_that_ends_the_process_or_prints_does_neither(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def load(_: EntryPoint) -> Any:
        print("NOISE")
        raise SystemExit(3)

    monkeypatch.setattr(EntryPoint, "load", load)
    loaded, warning = load_one(point("x", "y:z"), "tool", lambda _: True)
    assert (loaded, warning) == (None, "Tool plugin 'x' (y:z) did not load: SystemExit.")
    assert capsys.readouterr().out == ""


# --- whoever waits is told ------------------------------------------------------------------------

SLEEPY = """
import time
from tagwright.api import ToolContext, ToolResult, tool
time.sleep(0.4)

@tool
def sleepy(ctx: ToolContext) -> ToolResult:
    "Sleeps while it is imported."
    return ToolResult(rows=[{"slept": True}])
"""
BROKEN = """
with open(__file__ + ".tries", "a") as tries:
    tries.write("x")
raise RuntimeError("password hunter2")
"""
FAILED = "Tool plugin 'broken' (broken_plugin:tool) did not load: RuntimeError."
LATE = "Waiting for tool plugin 'sleepy' (sleepy_plugin:sleepy): not loaded after 0.05 s."


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two real distributions on the path: one sleeps while it is imported, one fails."""
    site = tmp_path / "site"
    for name, value, code in (
        ("sleepy", "sleepy_plugin:sleepy", SLEEPY),
        ("broken", "broken_plugin:tool", BROKEN),
    ):
        info = site / f"{name}_plugin-1.dist-info"
        info.mkdir(parents=True)
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}-plugin\nVersion: 1\n")
        (info / "entry_points.txt").write_text(f"[tagwright.tools]\n{name} = {value}\n")
        (site / f"{name}_plugin.py").write_text(code)
        monkeypatch.delitem(sys.modules, f"{name}_plugin", raising=False)
    monkeypatch.syspath_prepend(site)
    monkeypatch.setattr(plugins, "SLOW_SECONDS", 0.05)
    return site


@pytest.mark.parametrize(
    "arguments",
    [
        ["tool", "query_costs", "--json"],
        ["tool", "sleepy", "--json"],
        ["ask", "total cost by service", "--json"],
        ["chat", "--json"],
        ["tools", "--json"],
    ],
)
def test_a_verb_says_once_for_which_plugin_it_waits_and_which_failed(
    arguments: list[str],
    installed: Path,
    home: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Stdout stays one JSON document, the others go on, and a failed import is not repeated."""
    sample(home, [charge("1")])
    monkeypatch.setattr("sys.stdin", io.StringIO("total cost\nand by service?\n"))
    assert main(arguments) == 0
    said = capsys.readouterr()
    assert json.loads(said.out)
    told = [" ".join(part.split()) for part in said.err.split("tagwright: ")]  # in lines of 80
    assert sorted(told) == ["", FAILED, LATE]
    assert (installed / "broken_plugin.py.tries").read_text() == "x"


def test_a_plugin_that_is_quick_is_not_waited_for(
    monkeypatch: pytest.MonkeyPatch, installed: Path
) -> None:
    monkeypatch.setattr(plugins, "SLOW_SECONDS", 30.0)
    told: list[str] = []
    with telling(told.append):
        names = load_registry().names()
    assert "sleepy" in names
    assert told == [FAILED]


def test_with_nobody_there_nothing_is_told() -> None:
    with telling(lambda _: None):
        assert tell("x")
    assert not tell("x")
