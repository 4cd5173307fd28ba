"""A UTF-16 file (Excel's "Unicode text") as one in UTF-8, which is what everything here reads.

DuckDB reads UTF-16 by itself, but the lines of what is rejected are found in the file once more.
"""

from __future__ import annotations

import gzip
import io
from typing import TYPE_CHECKING, BinaryIO, cast

from tagwright.errors import DataError

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["as_utf8"]

_CHUNK = 1 << 20


def as_utf8(path: Path, copy: Path) -> None:
    """Write the file, which begins with its byte order mark, to ``copy``: unpacked, in UTF-8.

    Raises:
        DataError: It is not UTF-16 to its end.
    """
    with path.open("rb") as probe:
        zipped = probe.read(2) == b"\x1f\x8b"
    with (
        gzip.open(path, "rb") if zipped else path.open("rb") as binary,
        copy.open("w", encoding="utf-8", newline="") as target,
    ):
        text = io.TextIOWrapper(cast("BinaryIO", binary), encoding="utf-16", newline="")
        try:
            while chunk := text.read(_CHUNK):
                target.write(chunk)
        except UnicodeDecodeError:
            raise DataError(
                f"{path}: is not UTF-16 to its end.", hint="Save it again, as UTF-8."
            ) from None
