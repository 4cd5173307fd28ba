"""Fixtures that every test module may use."""

from __future__ import annotations

from pathlib import Path

import pytest

SHARED = Path(__file__).resolve().parents[2] / "shared"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty home directory, set as the default."""
    where = tmp_path / "home"
    where.mkdir()
    monkeypatch.setenv("TAGWRIGHT_HOME", str(where))
    return where


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real billing data beside the repository; the test skips where it is absent."""
    if not (SHARED / "data").is_dir():
        pytest.skip(f"needs the shared data, and {SHARED} is not there")
    return SHARED
