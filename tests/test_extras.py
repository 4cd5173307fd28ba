"""The command that installs what an extra needs: one that works wherever Tagwright came from."""

from __future__ import annotations

import sys

import pytest

from tagwright import extras
from tagwright.extras import how_to_install


@pytest.fixture(autouse=True)
def has_pip(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever made the environment that the tests run in."""
    monkeypatch.setattr(extras, "find_spec", lambda name: name)


def test_it_names_the_packages_and_this_environment() -> None:
    said = how_to_install("models", "langchain-openai")
    assert said.startswith(f"{sys.executable} -m pip install 'langchain>=")
    assert said.endswith(" langchain-openai")
    assert "tagwright[" not in said  # it may be on no index


def test_each_way_of_installing_has_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(extras, "find_spec", lambda _: None)
    assert how_to_install("demo").startswith("uv pip install --python ")
    monkeypatch.setattr(sys, "prefix", "/home/ann/.local/pipx/venvs/tagwright")
    assert how_to_install("charts").startswith("pipx inject tagwright 'altair>=")


def test_what_it_names_is_what_the_distribution_declares() -> None:
    assert "moto[server]" in how_to_install("demo")
    assert how_to_install("no such extra").endswith("pip install ")
