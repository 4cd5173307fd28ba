"""The anchor: it rises, it is no other store's, and it shows a journal that lost what was seen."""

from __future__ import annotations

from pathlib import Path

import pytest

from tagwright.api import TagwrightError
from tagwright.config import load_settings
from tagwright.proof import Anchor
from tagwright.proof.anchor import fault_of_end
from tagwright.state import Entry


def entries(*hashes: str) -> list[Entry]:
    return [Entry(seq, "", "x", None, {}, "", hash_) for seq, hash_ in enumerate(hashes, 1)]


def test_it_rises_and_never_falls(home: Path) -> None:
    anchor = Anchor(home / "keys" / "journal.head")
    assert anchor.read() == (0, "")
    anchor.raise_to(3, "c")
    anchor.raise_to(2, "b")
    assert anchor.read() == (3, "c")
    anchor.reset(1, "a")
    assert anchor.read() == (1, "a")


@pytest.mark.parametrize(
    ("journal", "words"),
    [
        (entries("a", "b", "c"), ""),
        (entries("a", "b", "c", "d"), ""),
        (entries("a", "b"), "its end was cut"),
        (entries(), "its end was cut"),
        (entries("a", "b", "x"), "entry 3 is another one than was seen here"),
    ],
)
def test_what_was_seen_must_be_there(journal: list[Entry], words: str, home: Path) -> None:
    anchor = Anchor(home / "keys" / "journal.head")
    anchor.raise_to(3, "c")
    fault = fault_of_end(anchor.read(), journal)
    assert words in fault
    assert bool(fault) is bool(words)


def test_another_store_has_another_anchor_and_no_password_in_its_name(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = Anchor.of(load_settings(home)).path
    names = set()
    for url in ("postgresql://u:one@h/a", "postgresql://u:two@h/a", "postgresql://u:one@h/b"):
        monkeypatch.setenv("TAGWRIGHT_STATE_URL", url)
        names.add(Anchor.of(load_settings(home)).path.name)
    assert own.name == "journal.head"
    assert len(names) == 2


def test_a_damaged_anchor_is_said(home: Path) -> None:
    (home / "keys").mkdir()
    (home / "keys" / "journal.head").write_text("{}")
    with pytest.raises(TagwrightError, match="head cannot be read"):
        Anchor(home / "keys" / "journal.head").read()
