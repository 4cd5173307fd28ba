"""Files of YAML: how they are read, and how the first fault of one is told."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import yaml
from pydantic import BaseModel, ConfigDict, field_validator

from tagwright.errors import ConfigError
from tagwright.yaml_files import checked, file_text, mapping_of, read_yaml

if TYPE_CHECKING:
    from pathlib import Path


class Shelf(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: str = ""
    size: int = 0

    @field_validator("size")
    @classmethod
    def _some(cls, size: int) -> int:
        if size < 0:
            raise ValueError("is less than nothing")
        return size


def where(place: tuple[int | str, ...], document: dict[str, Any]) -> str:
    return f"{document.get('name')}.{place[0]}"


def test_both_yaml_readers_refuse_and_read_alike(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = ["a: {b: [1, x, null, 2026-01-01], c: 'on'}", "a: 1\na: 2", "1: a", "a: [", "a: *y"]

    def outcome(text: str) -> object:
        try:
            return read_yaml(text, "t.yaml")
        except ConfigError as error:
            return str(error)

    native = [outcome(text) for text in texts]
    monkeypatch.delattr(yaml, "CSafeLoader", raising=False)
    assert [outcome(text) for text in texts] == native
    assert native[1] == "t.yaml: line 2: 'a' stands twice."


def test_a_text_without_its_byte_order_mark(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_bytes(b"\xef\xbb\xbfa: 1")
    assert file_text(path) == "a: 1"


def test_what_cannot_be_read_is_called_by_name(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    with pytest.raises(ConfigError) as missing:
        file_text(path, "Rates")
    assert str(missing.value) == f"Rates {path}: No such file or directory."
    with pytest.raises(FileNotFoundError):
        file_text(path)
    path.write_bytes(b"a: \xff")
    with pytest.raises(ConfigError) as strange:
        file_text(path)
    assert str(strange.value) == f"{path}: is not UTF-8."


@pytest.mark.parametrize("document", [None, [], "a", 1])
def test_a_top_level_that_is_no_mapping(document: object) -> None:
    with pytest.raises(ConfigError, match="must be a mapping with 'rates'"):
        mapping_of(document, "a.yaml", "'rates'")


@pytest.mark.parametrize(
    ("document", "said", "hint"),
    [
        ({"name": "a", "size": -1}, "s.yaml: a.size: is less than nothing.", ""),
        ({"name": 7}, "s.yaml: 7.name: Input should be a valid string.", "Put quotes around 7."),
        ({"name": False}, "s.yaml: False.name: Input should be a valid string.", ""),
        (
            {"name": "a", "colour": "red"},
            "s.yaml: a.colour: Extra inputs are not permitted.",
            "",
        ),
    ],
)
def test_the_first_fault_in_words(document: dict[str, Any], said: str, hint: str) -> None:
    with pytest.raises(ConfigError) as fault:
        checked(Shelf, document, "s.yaml", where)
    assert (fault.value.message, fault.value.hint) == (said, hint)


def test_a_field_that_nobody_knows_is_told_by_the_caller() -> None:
    def unknown(place: tuple[int | str, ...], _: object) -> ConfigError:
        return ConfigError(f"What is {place[0]}?")

    with pytest.raises(ConfigError, match="What is colour"):
        checked(Shelf, {"colour": "red"}, "s.yaml", where, unknown)
    with pytest.raises(ConfigError, match="less than nothing"):
        checked(Shelf, {"size": -1}, "s.yaml", where, unknown)
    assert checked(Shelf, {"size": 2}, "s.yaml", where, unknown) == Shelf(size=2)
