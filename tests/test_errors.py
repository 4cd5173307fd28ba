"""The errors: the tree that the module draws, exit statuses, JSON."""

from __future__ import annotations

import json

from tagwright import errors
from tagwright.errors import (
    DataError,
    MisuseError,
    StrangerError,
    TagwrightError,
    UnknownNameError,
)

STATUS = {
    "TagwrightError": 1, "MisuseError": 2, "UnknownNameError": 2, "ConfigError": 2, "DataError": 1,
    "StrangerError": 1, "SnapshotError": 1, "BusyError": 1, "ApprovalError": 1,
    "AccessError": 1, "ProviderError": 1,
}  # fmt: skip


def test_every_error_is_exported_with_its_status() -> None:
    assert {name: getattr(errors, name).exit_status for name in errors.__all__} == STATUS
    assert issubclass(UnknownNameError, MisuseError)
    assert issubclass(StrangerError, DataError)


def test_the_drawing_names_every_error_and_its_status() -> None:
    drawn = {
        words[0]: int(words[words.index("exit") + 1])
        for line in (errors.__doc__ or "").splitlines()
        if "exit" in line and (words := line.replace("├──", "").replace("└──", "")
                               .replace("│", "").split())
    }  # fmt: skip
    assert drawn == STATUS


def test_text_and_json() -> None:
    error = TagwrightError("No bill.", hint="Ingest one.")
    assert str(error) == "No bill. Ingest one."
    assert error.as_dict() == {
        "type": "TagwrightError", "message": "No bill.", "hint": "Ingest one.",
    }  # fmt: skip


def test_an_unknown_name_says_the_nearest() -> None:
    error = UnknownNameError("service", "EC3", ["EC2", "ECR"], hint="Or ask for all.")
    assert str(error) == "Unknown service 'EC3'. Did you mean EC2, ECR? Or ask for all."
    document = json.loads(json.dumps(error.as_dict()))
    assert (document["kind"], document["name"]) == ("service", "EC3")
    assert document["nearest"] == ["EC2", "ECR"]


def test_a_very_long_name_is_cut_in_the_message() -> None:
    error = UnknownNameError("service", "x" * 10_000)
    assert len(error.message) < 120
    assert error.name == "x" * 10_000
