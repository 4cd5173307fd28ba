"""A check's findings as SARIF 2.1.0 and as annotations of GitHub Actions.

Sources: OASIS, "Static Analysis Results Interchange Format (SARIF) Version 2.1.0"; GitHub,
"Workflow commands for GitHub Actions" (``toCommandValue`` and ``escapeProperty`` of
actions/toolkit say what is escaped).
"""

from __future__ import annotations

import hashlib
import json
from pathlib import PurePath
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from tagwright.policies.check import KINDS
from tagwright.text import clean, shorten

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tagwright.policies.check import Finding, Report

__all__ = ["github_lines", "sarif"]

_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_HOME = "https://github.com/tagwright/tagwright"


def sarif(report: Report, version: str) -> dict[str, Any]:
    """The findings as one run of SARIF; notes of the check as its notifications."""
    kinds = list(KINDS)
    return {
        "$schema": _SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": "Tagwright",
                        "version": version,
                        "informationUri": _HOME,
                        "rules": [
                            {
                                "id": f"tag-{kind}",
                                "name": f"Tag{kind.capitalize()}",
                                "shortDescription": {"text": words},
                                "defaultConfiguration": {
                                    "level": "note" if kind in ("spelling", "unknown") else "error"
                                },
                            }
                            for kind, words in KINDS.items()
                        ],
                    }
                },
                "invocations": [
                    {
                        "executionSuccessful": True,
                        "toolExecutionNotifications": [
                            {"level": "note", "message": {"text": note}} for note in report.notes
                        ],
                    }
                ],
                "columnKind": "unicodeCodePoints",
                "results": [_result(item, kinds.index(item.kind)) for item in report.findings],
            }
        ],
    }


def _result(item: Finding, rule: int) -> dict[str, Any]:
    address = clean(item.address)
    print_of = json.dumps([item.kind, item.address, item.part, item.key, item.tag])
    return {
        "ruleId": f"tag-{item.kind}",
        "ruleIndex": rule,
        "level": item.level,
        "message": {"text": f"{address}: {item.message}"},
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": {"uri": _uri(item.file)},
                    "region": {"startLine": item.line},
                },
                "logicalLocations": [{"fullyQualifiedName": address, "kind": "resource"}],
            }
        ],
        "partialFingerprints": {"tagwright/v1": hashlib.sha256(print_of.encode()).hexdigest()},
    }


def _uri(name: str) -> str:
    path = PurePath(name)
    plain = quote(path.as_posix(), safe="/", errors="replace")
    return f"file://{plain}" if path.is_absolute() else plain


def github_lines(report: Report) -> Iterator[str]:
    """One workflow command a finding: text of the plan cannot become a command of its own."""
    for item in report.findings:
        command = "error" if item.level == "error" else "notice"
        title = f"{item.key or 'tags'}: {item.kind}"
        yield (
            f"::{command} file={_property(item.file)},line={item.line},title={_property(title)}::"
            f"{_data(f'{shorten(item.address, 200)}: {item.message}')}"
        )
    for note in report.notes:
        yield f"::notice title=check-plan::{_data(note)}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
