"""Plugins by entry point: ours first, what is broken or slow is named, the others stay."""

from __future__ import annotations

from importlib.metadata import EntryPoint
from typing import Any

import pytest

from tagwright import plugins
from tagwright.plugins import is_ours, load_all, load_one, points


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
