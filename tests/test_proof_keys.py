"""Keys: made once, for their owner alone, and never made anew over something that was there."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from tagwright.api import ApprovalError
from tagwright.proof import Keys
from tagwright.proof.keys import Role


def test_a_key_is_made_once_and_for_its_owner_alone(home: Path) -> None:
    keys = Keys(home / "keys")
    first = keys.signer("approver").verifier.fingerprint
    assert Keys(home / "keys").signer("approver").verifier.fingerprint == first
    assert (home / "keys").stat().st_mode & 0o777 == 0o700
    assert (home / "keys" / "approver.key").stat().st_mode & 0o777 == 0o600
    assert sorted(path.name for path in keys.folder.iterdir()) == ["approver.key", "approver.pub"]


def test_of_many_who_make_it_at_once_all_have_the_same(home: Path) -> None:
    found: list[str] = []

    def make() -> None:
        found.append(Keys(home / "keys").signer("applier").verifier.fingerprint)

    threads = [threading.Thread(target=make) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    assert len(set(found)) == 1
    public = Keys(home / "keys")
    (home / "keys" / "applier.key").rename(home / "elsewhere.key")
    assert (verifier := public.verifier("applier")) is not None
    assert verifier.fingerprint == found[0]


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o644])
def test_a_key_that_others_can_read_is_refused(mode: int, home: Path) -> None:
    keys = Keys(home / "keys")
    keys.signer("approver")
    (home / "keys" / "approver.key").chmod(mode)
    with pytest.raises(ApprovalError, match="can be read or written by others"):
        keys.signer("approver")


def test_a_link_is_no_key(home: Path) -> None:
    Keys(home / "other").signer("approver")
    (home / "keys").mkdir()
    (home / "keys" / "approver.key").symlink_to(home / "other" / "approver.key")
    with pytest.raises(ApprovalError, match="by others"):
        Keys(home / "keys").signer("approver")


def test_who_looks_while_another_makes_it_sees_no_lost_key(home: Path) -> None:
    """The key was not there, and the other's book is when it is looked for."""

    class Late(Keys):
        def book(self, role: Role) -> Path:
            Keys(self.folder).signer(role)
            super().book(role).touch()
            return super().book(role)

    found = Late(home / "keys").signer("applier").verifier.fingerprint
    assert found == Keys(home / "keys").signer("applier").verifier.fingerprint


@pytest.mark.parametrize(
    ("left", "words"),
    [("approver.pub", "This home is not the approver's"), ("approver.sqlite3", "key is lost")],
)
def test_a_lost_key_is_said_and_not_replaced(left: str, words: str, home: Path) -> None:
    (home / "keys").mkdir()
    (home / "keys" / left).write_text("")
    with pytest.raises(ApprovalError, match=words):
        Keys(home / "keys").signer("approver")
    assert [path.name for path in (home / "keys").iterdir()] == [left]


@pytest.mark.parametrize("content", [b"", b"-----BEGIN", b"\xff" * 40])
def test_what_is_no_key(content: bytes, home: Path) -> None:
    (home / "keys").mkdir()
    (home / "keys" / "approver.key").write_bytes(content)
    (home / "keys" / "approver.key").chmod(0o600)
    (home / "keys" / "applier.pub").write_bytes(content)
    with pytest.raises(ApprovalError, match="no ed25519 private key"):
        Keys(home / "keys").signer("approver")
    with pytest.raises(ApprovalError, match="no ed25519 public key"):
        Keys(home / "keys").verifier("applier")


def test_what_is_signed_as_one_thing_is_not_another(home: Path) -> None:
    signer = Keys(home / "keys").signer("approver")
    signature = signer.sign("word", b"yes")
    assert signer.verifier.holds("word", b"yes", signature)
    for kind, content, said in (
        ("entry", b"yes", signature), ("word", b"no", signature), ("word", b"yes", None),
        ("word", b"yes", "zz"), ("word", b"yes", signature[2:] + "01"), ("word", b"yes", ""),
    ):  # fmt: skip
        assert not signer.verifier.holds(kind, content, said)
