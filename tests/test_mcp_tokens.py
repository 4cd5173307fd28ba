"""Static tokens: made once, kept as a hash, for one person; and the file that holds them."""

from __future__ import annotations

import datetime as dt
import json
import stat
from pathlib import Path

import pytest

from tagwright.config import load_settings
from tagwright.errors import AccessError, ConfigError, MisuseError, UnknownNameError
from tagwright.people import os_user
from tagwright_agent.cli import main
from tagwright_mcp.access import Verifier
from tagwright_mcp.tokens import find, load_tokens, make, revoke, tokens_path

NOW = dt.datetime(2026, 10, 1, 12, tzinfo=dt.UTC)
PEOPLE = "people: {ann: {may: [ask]}, bob: {may: [ask]}}"


def test_a_token_is_found_until_it_expires_and_is_kept_nowhere(home: Path) -> None:
    (home / "people.yaml").write_text(PEOPLE)
    settings = load_settings(home)
    name, token = make(settings, "ann", read_only=True, days=30, now=NOW)
    _, other = make(settings, "bob", read_only=False, days=1, now=NOW)
    assert token != other
    assert len(token) == 46
    text = tokens_path(settings).read_text()
    assert token not in text
    assert stat.S_IMODE(tokens_path(settings).stat().st_mode) == 0o600
    for moment, there in ((NOW, True), (NOW + dt.timedelta(days=29.9), True),
                          (NOW + dt.timedelta(days=30), False)):  # fmt: skip
        found = find(settings, token, moment)
        assert (found is not None) == there
    found = find(settings, token, NOW)
    assert found is not None
    assert (found[0], found[1].person, found[1].may) == (name, "ann", ("ask",))
    for wrong in ("", "tw_", token[:-1], f"{token}x", token.upper(), found[1].sha256, "\udcfc"):
        assert find(settings, wrong, NOW) is None
    assert revoke(settings, name).person == "ann"
    assert find(settings, token, NOW) is None
    with pytest.raises(UnknownNameError):
        revoke(settings, name)


async def test_a_token_that_was_verified_opens_no_longer_than_it_lives(home: Path) -> None:
    """A stream goes on after the request that opened it."""
    (home / "people.yaml").write_text(PEOPLE)
    settings = load_settings(home)
    name, token = make(settings, "ann", read_only=True, days=1, now=dt.datetime.now(dt.UTC))
    verified = await Verifier(settings, None).verify_token(token)
    assert verified.door().person == "ann"
    assert token not in repr(verified) + verified.model_dump_json()
    revoke(settings, name)
    with pytest.raises(AccessError, match="was revoked since"):
        verified.door()


def test_whose_it_is_must_be_known(home: Path) -> None:
    settings = load_settings(home)
    with pytest.raises(MisuseError, match="There is no"):
        make(settings, "ann", read_only=False, days=1, now=NOW)
    make(settings, "", read_only=False, days=1, now=NOW)
    assert [one.person for one in load_tokens(settings).values()] == [f"cli:{os_user()}"]
    (home / "people.yaml").write_text(PEOPLE)
    with pytest.raises(MisuseError, match="Whose"):
        make(settings, "", read_only=False, days=1, now=NOW)
    with pytest.raises(UnknownNameError, match="an"):
        make(settings, "an", read_only=False, days=1, now=NOW)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("x", "mapping with 'tokens'"),
        ("tokens: {a: {person: ann}}", "tokens.a.sha256"),
        ("tokens: {a: {person: ann, token: secret-in-clear}}", "tokens.a"),
        ("tokens: {'../a': {}}", "tokens"),
        ("tokens: {a: 1", "not valid YAML"),
    ],
)
def test_a_file_that_is_none_of_ours(home: Path, text: str, why: str) -> None:
    settings = load_settings(home)
    tokens_path(settings).write_text(text)
    tokens_path(settings).chmod(0o600)
    with pytest.raises(ConfigError, match=why) as caught:
        load_tokens(settings)
    assert "secret-in-clear" not in str(caught.value)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o666])
def test_others_must_not_reach_the_file(home: Path, mode: int) -> None:
    settings = load_settings(home)
    make(settings, "", read_only=False, days=1, now=NOW)
    tokens_path(settings).chmod(mode)
    with pytest.raises(ConfigError, match="by others"):
        load_tokens(settings)
    tokens_path(settings).unlink()
    tokens_path(settings).symlink_to("/dev/null")
    with pytest.raises(ConfigError, match="no plain file"):
        load_tokens(settings)


def test_the_commands(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (home / "people.yaml").write_text(PEOPLE)
    assert main(["mcp", "token", "make", "ann", "--read-only", "--days", "7"]) == 0
    made = capsys.readouterr()
    assert made.out.startswith("tw_")
    assert "shown this once" in made.err
    assert main(["mcp", "token", "list"]) == 0
    listed = capsys.readouterr().out
    assert made.out.strip() not in listed
    name = listed.split()[0]
    assert listed.split()[1:3] == ["ann", "ask"]
    assert main(["mcp", "token", "list", "--json"]) == 0
    shown = json.loads(capsys.readouterr().out)["tokens"][name]
    assert set(shown) == {"person", "may", "made", "expires"}
    assert main(["mcp", "token", "revoke", name]) == 0
    assert capsys.readouterr().out == f"Revoked {name}, of ann.\n"
    assert main(["mcp", "token", "list"]) == 0
    assert capsys.readouterr().out == ""
    assert main(["mcp", "token", "make", "nobody"]) == 2
    assert main(["mcp", "token", "revoke", name]) == 2
