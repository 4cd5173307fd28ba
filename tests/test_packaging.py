"""The wheel: only our four packages at the top, and it works in an empty environment."""

from __future__ import annotations

import subprocess
import sys
import venv
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = {"tagwright", "tagwright_agent", "tagwright_evals", "tagwright_mcp"}

pytestmark = pytest.mark.slow  # builds a wheel


@pytest.fixture(scope="session")
def wheel(once: Callable[[str, Callable[[Path], None]], Path]) -> Path:
    def build(where: Path) -> None:
        subprocess.run(
            [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir",
             str(where), str(ROOT)],
            check=True,
        )  # fmt: skip

    return next(once("wheel", build).glob("*.whl"))


def test_top_level_names(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    tops = {name.split("/", 1)[0] for name in names}
    assert {top for top in tops if not top.endswith(".dist-info")} == PACKAGES
    for needed in (
        "tagwright/taxonomy/default.yaml",
        "tagwright_evals/company/taxonomy.yaml",
        "tagwright/py.typed",
        "tagwright/state/migrations/env.py",
        "tagwright/state/migrations/versions/r0002_one_store.py",
        "tagwright/state/migrations/versions/r0003_feedback.py",
        "tagwright/state/migrations/versions/r0004_slack.py",
        "tagwright/render/style.css",
        "tagwright/reports/templates/page.html.j2",
        "tagwright/reports/templates/style.css",
        "tagwright_agent/approver/templates/plan.html.j2",
        "tagwright_agent/approver/templates/page.css",
        "tagwright_mcp/apps/app.css",
        "tagwright_mcp/apps/app.js",
        "tagwright_mcp/apps/chart.js",
        "tagwright_mcp/apps/costs.js",
        "tagwright_mcp/apps/plan.js",
    ):
        assert needed in names


def test_it_installs_in_an_empty_environment(wheel: Path, tmp_path: Path) -> None:
    """The dependencies are those of this environment: installing them anew is CI's own job."""
    where = tmp_path / "env"
    venv.create(where)  # this environment's pip installs into it
    site = next((where / "lib").glob("python*")) / "site-packages"
    ours = Path(sys.executable).parent.parent / "lib" / site.parent.name / "site-packages"
    # Our own packages come from the wheel alone: the editable install is a .pth of this name.
    (site / "dependencies.pth").write_text(f"{ours}\n")
    python = str(where / "bin" / "python")
    subprocess.run(
        [sys.executable, "-m", "pip", "--python", python, "install", "--quiet", "--no-deps",
         "--no-index", "--force-reinstall", "--target", str(where / "ours"), str(wheel)],
        check=True,
    )  # fmt: skip
    code = (
        "import sys; sys.path.insert(0, sys.argv[1]); import tagwright; "
        "assert tagwright.__file__.startswith(sys.argv[1]), tagwright.__file__; "
        "from tagwright_agent.cli import main; main(['--help']); "
        "print([n for n in ('langchain_core', 'langgraph', 'mcp', 'boto3', 'duckdb') "
        "if n in sys.modules])"
    )
    out = subprocess.run(
        [python, "-c", code, str(where / "ours")], capture_output=True, text=True, check=True
    ).stdout
    assert "ingest" in out
    assert out.splitlines()[-1] == "[]"
