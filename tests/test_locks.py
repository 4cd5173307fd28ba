"""The lock, what pip takes from it, and pyproject.toml say the same."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parents[1]
AGAIN = "run `make lock`"


def _toml(name: str) -> dict[str, Any]:
    return tomllib.loads((ROOT / name).read_text())


def _bounds() -> list[Requirement]:
    project = _toml("pyproject.toml")["project"]
    groups = [project["dependencies"], *project["optional-dependencies"].values()]
    found = [Requirement(text) for group in groups for text in group]
    return [requirement for requirement in found if requirement.name != "tagwright"]


def _locked() -> list[dict[str, Any]]:
    return [package for package in _toml("uv.lock")["package"] if package["name"] != "tagwright"]


def test_pip_gets_the_versions_of_the_lock() -> None:
    """``duckdb==2.0.1`` here and there; what some Pythons alone need has a marker, or two lines."""
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    constraints = [Requirement(line) for line in lines]
    assert {(c.name, str(c.specifier)) for c in constraints} == {
        (package["name"], f"=={package['version']}") for package in _locked()
    }, AGAIN


def test_the_lock_is_made_from_these_bounds() -> None:
    ours = next(p for p in _toml("uv.lock")["package"] if p["name"] == "tagwright")
    locked = {
        (entry["name"], frozenset(entry.get("specifier", "").split(",")))
        for entry in ours["metadata"]["requires-dist"]
        if entry["name"] != "tagwright"
    }
    wanted = {(r.name.lower(), frozenset(str(r.specifier).split(","))) for r in _bounds()}
    assert locked == wanted, AGAIN


def test_every_dependency_has_a_lower_bound() -> None:
    """Without one, `make lowest` would try a version of ten years ago."""
    loose = [r.name for r in _bounds() if not any(s.operator in (">=", "==") for s in r.specifier)]
    assert loose == []
