"""Settings: where they come from, who wins, and faults said by name."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tagwright.api import ConfigError
from tagwright.config import default_home, load_settings

if TYPE_CHECKING:
    from pathlib import Path


def write(home: Path, text: str) -> None:
    (home / "tagwright.toml").write_text(text)


def test_defaults(home: Path) -> None:
    settings = load_settings()
    assert settings.home == home
    assert settings.model == "builtin"
    assert (settings.approval.expires_hours, settings.approval.approver_url) == (72, None)


def test_environment_beats_the_file(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(home, 'threads = 2\nmemory_limit = "1GB"\n[approval]\nexpires_hours = 5\n')
    monkeypatch.setenv("TAGWRIGHT_THREADS", "3")
    monkeypatch.setenv("TAGWRIGHT_APPROVAL__APPROVER_URL", "http://approver:8080")
    settings = load_settings(home)
    assert (settings.threads, settings.memory_limit) == (3, "1GB")
    assert (settings.approval.expires_hours, settings.approval.approver_url) == (
        5,
        "http://approver:8080",
    )


def test_the_working_directory_is_never_read(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A cloned repository must not be able to say how long an approval lasts."""
    (tmp_path / "tagwright.toml").write_text("[approval]\nexpires_hours = 700\n")
    (tmp_path / ".env").write_text("TAGWRIGHT_APPROVAL__EXPIRES_HOURS=700\n")
    monkeypatch.chdir(tmp_path)
    assert load_settings(home).approval.expires_hours == 72


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("threads = -1\n", "threads"),
        ('thraeds = "1"\n', "thraeds"),
        ('memory_limit = "lots"\n', "memory_limit"),
        ("fiscal_year_start_month = 13\n", "fiscal_year_start_month"),
        ("[approval]\nfour_eye = true\n", "approval.four_eye"),
        ("[approval]\nexpires_hours = 0\n", "approval.expires_hours"),
        ("[approval]\nfour_eyes = false\n", "approval"),
        ("[approval]\nrollback_days = 7\n", "approval"),
        ("[approval]\napprover_url = 'ftp://x'\n", "approval.approver_url"),
    ],
)
def test_a_wrong_setting_is_named(home: Path, text: str, named: str) -> None:
    write(home, text)
    with pytest.raises(ConfigError) as caught:
        load_settings(home)
    assert f"'{named}'" in caught.value.message
    assert "tagwright.toml" in caught.value.hint


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[approval]\napprover_url = 'http://me:pw@x'\n", "must be scheme, host and port alone"),
        ("[approval.oidc]\nissuer = 'a.example'\nclient_id = 'x'\n", "must be an https address"),
        ("[approval]\nfour_eyes = true\n", "'approval': four_eyes is no setting any more"),
    ],
)
def test_a_wrong_setting_is_told_in_words(home: Path, text: str, words: str) -> None:
    write(home, text)
    with pytest.raises(ConfigError) as caught:
        load_settings(home)
    assert words in caught.value.message


def test_a_file_that_is_no_toml_is_named(home: Path) -> None:
    write(home, "threads = = 1\n")
    with pytest.raises(ConfigError, match=r"tagwright\.toml is not valid TOML"):
        load_settings(home)


def test_a_secret_in_a_wrong_setting_is_not_repeated(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TAGWRIGHT_THREADS", "hunter2")
    with pytest.raises(ConfigError) as caught:
        load_settings(home)
    assert "hunter2" not in str(caught.value)


def test_the_default_home(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert default_home() == home
    monkeypatch.setenv("TAGWRIGHT_HOME", "")
    assert default_home().name == "tagwright"
