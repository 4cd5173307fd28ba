"""Third parties' packages, installed: tool, source and connector are there with no other edit."""

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

ROOT = Path(__file__).parents[1]
EXAMPLE, SOURCE, CONNECTOR = (
    ROOT / "tests" / name for name in ("plugin_example", "plugin_source", "plugin_connector")
)
README = ROOT / "tools" / "README.md"


@pytest.fixture(scope="session")
def installed(once: Callable[[str, Callable[[Path], None]], Path]) -> Path:
    """The examples, by pip, into a directory of their own; no network is needed."""

    def install(target: Path) -> None:
        done = subprocess.run(
            [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-build-isolation",
             "--no-index", "--disable-pip-version-check", "--target", str(target),
             str(EXAMPLE), str(SOURCE), str(CONNECTOR)],
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
    said = " ".join(done.stderr.split())  # in lines of 80
    assert "'explodes' (broken_tools:explodes) did not load: RuntimeError." in said
    assert "'number' (broken_number:number) is not a tool." in done.stderr
    assert "hunter2" not in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.slow  # two processes are started
def test_the_source_of_a_plugin_reads_its_bills(
    installed: Path, home: Path, tmp_path: Path
) -> None:
    """Two lines of 30.10 and 12.00 EUR; one whose amount is no number."""
    bill = tmp_path / "acme-2026-09.csv"
    bill.write_text(
        "acme_invoice,day,machine,gpu_hours,amount,currency\n"
        "INV-9,2026-09-03,m-1,24,30.10,EUR\nINV-9,2026-09-04,m-1,9.5,12.00,EUR\n"
        "INV-9,2026-09-05,m-2,1,a lot,EUR\n"
    )
    done = tagwright(installed, "ingest", str(bill), "--json", "--home", str(home))
    [file] = json.loads(done.stdout)["files"]
    assert (file["source"], file["charges"], file["rejected"]) == ("acme_bill", 2, 1)
    [total] = file["totals"]
    assert (total["currency"], total["billed"], total["effective"]) == ("EUR", "42.10", "42.10")
    asked = tagwright(
        installed, "tool", "query_costs", '{"group_by": "provider"}', "--json", "--home", str(home)
    )
    assert json.loads(asked.stdout)["rows"][0]["service_provider_name"] == "Acme GPU Cloud"


@pytest.mark.slow  # three processes are started
def test_the_connector_of_a_plugin_fetches_what_is_new(
    installed: Path, home: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "inbox"
    folder.mkdir()
    (home / "tagwright.toml").write_text(f'[connectors.drop_folder]\npath = "{folder}"\n')
    (folder / "acme-2026-09.csv").write_text(
        "acme_invoice,day,machine,gpu_hours,amount,currency\nI,2026-09-03,m-1,24,30.10,EUR\n"
    )
    seen = tagwright(installed, "connect", "drop_folder", "--json", "--home", str(home))
    assert json.loads(seen.stdout)["sees"] == {"files": 1}, seen.stderr
    fetched = tagwright(installed, "fetch", "drop_folder", "--json", "--home", str(home))
    assert fetched.returncode == 0, fetched.stderr
    again = json.loads(
        tagwright(installed, "fetch", "drop_folder", "--json", "--home", str(home)).stdout
    )
    assert again["connectors"][0]["unchanged"] == 1
    assert again["connectors"][0]["files"] == 0


@pytest.mark.parametrize(
    ("page", "package", "module"),
    [
        (README, EXAMPLE, "weekend_costs.py"),
        (ROOT / "docs" / "write-a-source.md", SOURCE, "acme_bill.py"),
        (ROOT / "docs" / "write-a-connector.md", CONNECTOR, "drop_folder.py"),
    ],
    ids=lambda item: getattr(item, "stem", item),
)
def test_guides_show_the_examples_as_they_are(page: Path, package: Path, module: str) -> None:
    """Code in a guide is its package, to the letter."""
    blocks = re.findall(r"```(\w+)\n(.*?)```", page.read_text(), flags=re.DOTALL)
    shown = {language: code for language, code in blocks if language in ("python", "toml")}
    assert shown["python"] == (package / module).read_text()
    assert shown["toml"] in (package / "pyproject.toml").read_text()


@pytest.mark.parametrize("package", [EXAMPLE, SOURCE, CONNECTOR], ids=lambda path: path.name)
def test_examples_use_the_public_names_alone(package: Path) -> None:
    for module in package.glob("*.py"):
        imported = re.findall(r"^from (tagwright\S*) import", module.read_text(), re.MULTILINE)
        assert set(imported) == {"tagwright.api"}, module


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
