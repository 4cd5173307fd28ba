"""The head of a JSON file: documents line by line (JSONL), or one document, gzip or not."""

from __future__ import annotations

import gzip
import json
from decimal import Decimal
from itertools import chain, islice
from typing import TYPE_CHECKING, Any, BinaryIO, cast

from tagwright.errors import DataError
from tagwright.sources.model import Head

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["DOCUMENT_LIMIT", "LINE_LIMIT", "read_document", "read_json_head"]

LINE_LIMIT = 1 << 24
"""Bytes of one line of JSON lines; a longer one is rejected."""

DOCUMENT_LIMIT = 1 << 29
"""Bytes of a file that is one JSON document: it is held in memory."""


def read_json_head(path: Path) -> Head:
    """Whether it is JSON lines, and its first object.

    Raises:
        DataError: It is neither; says where it breaks off.
    """
    with _opened(path) as stream:
        found = (line.strip() for line in iter(lambda: stream.readline(LINE_LIMIT), b""))
        first, second = islice(chain((line for line in found if line), (b"", b"")), 2)
    first = first.removeprefix(b"\xef\xbb\xbf")
    sample = _object(first)
    if sample is None and first[:1] == b"{":
        sample = _object(second)  # of JSON lines the first one may be the cut one
    lines = sample is not None and second != b""
    if sample is None:
        document = _loads_whole(path, read_document(path))
        while isinstance(document, list):
            document = document[0] if document else None
        if not isinstance(document, dict):
            raise DataError(f"{path}: holds no JSON object.", hint="Export it again.")
        sample = document
    columns = tuple(str(key) for key in sample)
    return Head(path, "json", columns, ("JSON",) * len(columns), sample=sample, lines=lines)


def read_document(path: Path) -> str:
    """The whole text of a file that is one document.

    Raises:
        DataError: It is too large, or not UTF-8.
    """
    with _opened(path) as stream:
        content = stream.read(DOCUMENT_LIMIT + 1)
    if len(content) > DOCUMENT_LIMIT:
        raise DataError(
            f"{path}: is one JSON document of more than {DOCUMENT_LIMIT >> 20} MiB.",
            hint="Save it as JSON lines, one record a line.",
        )
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise DataError(
            f"{path}: is not UTF-8 (byte {error.start}).", hint="Save it as UTF-8."
        ) from None


def _opened(path: Path) -> BinaryIO:
    with path.open("rb") as probe:
        zipped = probe.read(2) == b"\x1f\x8b"
    return cast("BinaryIO", gzip.open(path, "rb") if zipped else path.open("rb"))


def _loads(text: str | bytes) -> Any:
    return json.loads(text, parse_float=Decimal)


def _object(line: bytes) -> dict[str, Any] | None:
    try:
        found = _loads(line)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _loads_whole(path: Path, text: str) -> Any:
    try:
        return _loads(text)
    except RecursionError:
        raise DataError(f"{path}: is nested too deeply.", hint="Export it again.") from None
    except ValueError as error:
        where = "a number"
        if isinstance(error, json.JSONDecodeError):
            where = f"line {error.lineno}, column {error.colno}"
        raise DataError(
            f"{path}: is not whole JSON; it breaks off at {where}.",
            hint="Download or export it again.",
        ) from None
