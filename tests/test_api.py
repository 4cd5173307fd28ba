"""The names that plugins build on: all there, none by accident, nothing imported too early."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tagwright import api


def test_every_name_is_what_it_says() -> None:
    for name in api.__all__:
        assert getattr(api, name) is not None
    assert sorted(api.__all__) == api.__all__
    assert api._FROM.keys() == set(api.__all__)


def test_no_name_comes_or_goes_unseen() -> None:
    """A change here is a change of the promise: it stands in CHANGELOG.md, and a name that goes is
    deprecated for a minor version first."""
    assert api.__all__ == [
        "AccessError", "ApprovalError", "BusyError", "ConfigError", "Connector", "DataError",
        "Head", "Job",
        "MisuseError", "Period", "ProviderError", "Section", "Settings", "SnapshotError", "Source",
        "Staged", "TagwrightError", "ToolContext", "ToolResult", "UnknownNameError", "amount",
        "load_registry", "load_settings", "open_context", "ratio", "replace_file", "run_tool",
        "sql_text", "tool", "totals_by_currency",
    ]  # fmt: skip


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'toool'"):
        _ = api.toool  # type: ignore[attr-defined]


def test_importing_it_imports_nothing_slow() -> None:
    code = "import sys, tagwright.api; print({'pydantic', 'duckdb', 'click'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
