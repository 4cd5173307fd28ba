"""Which slow libraries each verb loads: those it is listed with here, and no other."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.metadata import entry_points
from pathlib import Path

import pytest

from sample_home import sample
from scripted import ROWS
from tagwright.config import load_settings
from tagwright.registry import load_registry
from tagwright.state import open_state

pytestmark = pytest.mark.slow  # starts Python processes, because this one has loaded everything

SLOW = {
    "aiosqlite", "alembic", "altair", "boto3", "botocore", "duckdb", "genai_prices", "httpx2",
    "jinja2", "jsonschema", "langchain", "langchain_core", "langgraph", "mcp", "narwhals", "numpy",
    "pandas", "psycopg", "pyarrow", "pydantic", "rapidfuzz", "rich", "sqlalchemy", "sqlglot",
    "starlette", "uvicorn", "vl_convert", "yaml",
}  # fmt: skip

DATA = {"duckdb", "pydantic", "sqlalchemy", "yaml"}
"""A tool that asks the data: snapshot, arguments, receipt, SQL, taxonomy."""

ASK = DATA | {"rapidfuzz"}
"""The planner besides looks for names that are nearly right."""

QUESTION = "total effective cost by service in 2026-09"

VERBS: list[tuple[list[str], set[str]]] = [
    (["--help"], set()),
    (["--version"], set()),
    (["ask", "--help"], set()),
    (["ask", QUESTION], ASK | {"rich"}),
    (["ask", QUESTION, "--chart"], ASK | {"rich"}),
    (["ask", QUESTION, "--json"], ASK),
    (["ask", "how is the weather?", "--json"], ASK),
    (["ask", ""], {"pydantic"}),
    (["chat", "--json"], ASK),
    (["tool", "query_costs"], DATA | {"rich"}),
    (["tool", "query_costs", "--json"], DATA),
    (["tools", "--json"], {"pydantic"}),
    (["plans", "--json"], {"pydantic", "sqlalchemy"}),
    (["plans"], {"pydantic", "rich", "sqlalchemy"}),
    (["journal", "--json"], {"pydantic", "sqlalchemy"}),
    (["rules", "check", "--json"], {"duckdb", "pydantic", "yaml"}),
    (["receipt", "rcp_0000000000000000", "--json"], {"duckdb", "pydantic", "sqlalchemy"}),
]

PROBE = """
import sys
from tagwright_agent.cli import main
main(sys.argv[1:])
print("LOADED", *{name.partition(".")[0] for name in sys.modules}, file=sys.stderr)
"""


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    where = tmp_path_factory.mktemp("imports")
    sample(where, ROWS)
    open_state(load_settings(where)).close()  # alembic is loaded by who makes or changes it only
    return where


@pytest.mark.parametrize(("verb", "may"), VERBS, ids=[" ".join(verb) for verb, _ in VERBS])
def test_a_verb_loads_no_slow_library_but_its_own(
    verb: list[str], may: set[str], small: Path
) -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROBE, *verb],
        env={**os.environ, "TAGWRIGHT_HOME": str(small)},
        input=f"{QUESTION}\nand in 2026-08?\n",
        capture_output=True,
        text=True,
        check=True,
    )
    loaded = set(done.stderr.rpartition("LOADED ")[2].split())
    assert "tagwright_agent" in loaded, done.stderr
    assert loaded & SLOW <= may


def test_a_tool_that_is_not_run_is_not_loaded() -> None:
    """Nor does one need to be loaded to know its name, or that it may be offered to a model."""
    code = (
        "import sys; from tagwright.registry import load_registry; r = load_registry()\n"
        "r.get('get_plan'), r.names(), r.offered()\n"
        "print(*sorted(m for m in sys.modules if m.startswith('tagwright.builtin.')))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    shared = "tagwright.builtin._arguments"  # of all tools; it is none
    assert done.stdout.split() == [shared, "tagwright.builtin.get_plan"]


def test_our_entry_points_bear_their_tools_names_and_none_writes() -> None:
    """Both are taken for granted where a tool is not loaded."""
    ours = {
        point.name: point.load()
        for point in entry_points(group="tagwright.tools")
        if point.value.startswith("tagwright.")
    }
    assert ours
    assert [name for name, tool in ours.items() if tool.name != name] == []
    assert [name for name, tool in ours.items() if tool.effect == "write"] == []
    assert load_registry().offered() >= set(ours)
