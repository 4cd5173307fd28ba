"""A third party's package, installed: its tool is everywhere with no other edit."""

from __future__ import annotations

import functools
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from sample_home import charge, sample, tool_result
from tagwright.registry import Registry

EXAMPLE = Path(__file__).parent / "plugin_example"
README = Path(__file__).parents[1] / "tools" / "README.md"


@pytest.fixture(scope="session")
def installed(once: Callable[[str, Callable[[Path], None]], Path]) -> Path:
    """The example, by pip, into a directory of its own; no network is needed."""

    def install(target: Path) -> None:
        done = subprocess.run(
            [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-build-isolation",
             "--no-index", "--disable-pip-version-check", "--target", str(target), str(EXAMPLE)],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr

    return once("plugin", install)


def tagwright(site: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", "from tagwright_agent.cli import main; main()", *arguments],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": str(site)},
    )


@pytest.mark.slow  # pip builds a wheel; four processes are started
def test_the_tool_of_a_plugin_is_there_and_runs(installed: Path, home: Path) -> None:
    """2026-09-05 is a Saturday, 2026-09-06 a Sunday, 2026-09-07 a Monday."""
    sample(
        home,
        [charge("1.25", "2026-09-05"), charge("2", "2026-09-06"), charge("4", "2026-09-07")],
    )
    listed = tagwright(installed, "tools", "--json")
    assert listed.returncode == 0, listed.stderr
    document = json.loads(listed.stdout)
    assert "weekend_costs" in {found["name"] for found in document["tools"]}
    assert document["warnings"] == []
    ran = tagwright(installed, "tool", "weekend_costs", '{"period": "2026-09"}', "--json")
    result = json.loads(ran.stdout)
    assert result["totals"] == [{"currency": "USD", "effective_cost": "3.25"}]
    again = tagwright(installed, "receipt", result["receipt"], "--json")
    assert json.loads(again.stdout)["status"] == "same"


@pytest.mark.slow  # pip builds a wheel; two processes are started
def test_a_broken_plugin_only_warns(installed: Path, tmp_path: Path) -> None:
    """A plugin whose module raises, one whose name is no tool, and one that is fine."""
    info = tmp_path / "broken-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: broken\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(
        "[tagwright.tools]\nexplodes = broken_tools:explodes\nnumber = broken_number:number\n"
    )
    (tmp_path / "broken_tools.py").write_text("raise RuntimeError('hunter2')\n")
    (tmp_path / "broken_number.py").write_text("number = 7\n")
    done = tagwright(Path(f"{installed}{os.pathsep}{tmp_path}"), "tools")
    assert done.returncode == 0
    assert "weekend_costs" in done.stdout
    assert "query_costs" in done.stdout
    assert "'explodes' (broken_tools:explodes) did not load: RuntimeError." in done.stderr
    assert "'number' (broken_number:number) is not a tool." in done.stderr
    assert "hunter2" not in done.stderr
    assert "Traceback" not in done.stderr


def test_the_readme_shows_the_example_as_it_is() -> None:
    """Code in tools/README.md is this package, to the letter."""
    blocks = re.findall(r"```(\w+)\n(.*?)```", README.read_text(), flags=re.DOTALL)
    shown = {language: code for language, code in blocks if language in ("python", "toml")}
    assert shown["python"] == (EXAMPLE / "weekend_costs.py").read_text()
    assert shown["toml"] in (EXAMPLE / "pyproject.toml").read_text()


def test_the_test_in_the_readme_passes(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The module of the example is imported as it lies, its tool called as the page says."""
    monkeypatch.syspath_prepend(str(EXAMPLE))
    from weekend_costs import weekend_costs

    registry = Registry()
    registry.add(weekend_costs)
    (code,) = re.findall(r"```py\n(.*?)```", README.read_text(), flags=re.DOTALL)
    names = {
        "sample": sample,
        "charge": charge,
        "tool_result": functools.partial(tool_result, registry=registry),
        "Path": Path,
    }
    exec(code, names)  # noqa: S102  our own page
    names["test_weekends_only"](home)
