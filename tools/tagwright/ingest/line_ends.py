"""Line ends that are not all alike: a copy of the file in which they are.

DuckDB's strict reader of CSV takes LF, CR LF or CR, and no file that has two of them: one that was
put together on two machines. Line ends inside quotes are text, and stay as they are.
"""

from __future__ import annotations

import gzip
import re
from typing import TYPE_CHECKING, BinaryIO, cast

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["evened"]

_CHUNK = 1 << 20
_END = re.compile(rb"\r\n|\r|\n")


def evened(path: Path, copy: Path) -> bool:
    """Write the file to ``copy``, unpacked, with LF at the end of each record.

    Returns:
        Whether it had more than one kind of line end; where not, there is no copy.
    """
    with path.open("rb") as probe:
        zipped = probe.read(2) == b"\x1f\x8b"
    kinds: set[bytes] = set()
    quoted = False
    with (
        cast("BinaryIO", gzip.open(path, "rb")) if zipped else path.open("rb") as source,
        copy.open("wb") as target,
    ):
        while chunk := source.read(_CHUNK):
            while chunk.endswith(b"\r") and (more := source.read(1)):
                chunk += more  # a CR may be the first half of a line end
            parts = chunk.split(b'"')
            for index, part in enumerate(parts):
                if index:
                    target.write(b'"')
                    quoted = not quoted
                if not quoted:
                    kinds.update(_END.findall(part))
                target.write(part if quoted else _END.sub(b"\n", part))
    if len(kinds) < 2:
        copy.unlink()
    return len(kinds) > 1
