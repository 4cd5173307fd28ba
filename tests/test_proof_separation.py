"""What doctor says of keys and of who can write what decides."""

from __future__ import annotations

from pathlib import Path

import pytest

from tagwright.config import load_settings
from tagwright.proof import Keys
from tagwright.proof.separation import separation


def told(home: Path) -> str:
    return "\n".join(f"{it.level} {it.about}: {it.text}" for it in separation(load_settings(home)))


def test_an_empty_home_has_no_key_yet(home: Path) -> None:
    assert "note separation: No key is here yet" in told(home)


def test_both_keys_are_one_user(home: Path) -> None:
    keys = Keys(home / "keys")
    fingerprint = keys.signer("approver").verifier.fingerprint
    keys.signer("applier")
    assert f"good approver's key: It is here, for its owner alone: {fingerprint}." in told(home)
    assert "note separation: One user holds both keys" in told(home)


def test_each_in_a_home_of_its_own(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = Keys(tmp_path / "approver" / "keys")
    fingerprint = other.signer("approver").verifier.fingerprint
    Keys(home / "keys").signer("applier")
    (home / "keys" / "approver.pub").write_bytes((other.folder / "approver.pub").read_bytes())
    monkeypatch.setenv("TAGWRIGHT_APPROVAL__APPROVER_URL", "http://approver:8700")
    found = told(home)
    assert f"It is elsewhere, at http://approver:8700; its public half is {fingerprint}" in found
    assert "good separation: This home is the applier's; the approver's key is not here." in found
    (home / "keys" / "applier.key").unlink()
    assert "good separation: No key to sign with is here" in told(home)


@pytest.mark.parametrize(
    ("path", "mode", "words"),
    [
        ("keys/approver.key", 0o644, "fault approver's key"),
        ("people.yaml", 0o666, "can be written by others: chmod go-w"),
        ("keys", 0o777, "can be written by others"),
    ],
)
def test_what_others_can_write_is_a_fault(path: str, mode: int, words: str, home: Path) -> None:
    Keys(home / "keys").signer("approver")
    (home / "people.yaml").write_text("people: {a: {cli: [a]}}")
    (home / path).chmod(mode)
    assert words in told(home)


def test_a_lost_key_is_a_fault(home: Path) -> None:
    (home / "keys").mkdir()
    (home / "keys" / "applier.sqlite3").write_text("")
    assert "fault applier's key: It is lost" in told(home)
