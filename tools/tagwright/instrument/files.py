"""Files that several processes append to: one per day and size, each line by a single write.

``os`` and not ``pathlib``, which is slow to import where nothing else needs it.
"""

# ruff: noqa: PTH100, PTH103, PTH118, PTH122, PTH208

from __future__ import annotations

import errno
import os
import re
import time

__all__ = ["DayFiles"]

_DAY = 86_400


class DayFiles:
    """``usage.jsonl`` is written as ``usage-20261101-001.jsonl``, ``-002`` when that is full, ….

    Nothing is renamed or cut, so that processes need not agree on anything: each appends
    (O_APPEND) to the day's last file, and goes on to the next when that has reached ``max_bytes``.
    Days are UTC. Appends are whole on local file systems; NFS does not promise it.
    """

    def __init__(self, path: str, max_bytes: int) -> None:
        self._folder, name = os.path.split(os.path.abspath(path))
        self._stem, suffix = os.path.splitext(name)
        self._suffix = suffix or ".jsonl"
        self._max_bytes = max_bytes
        self._fd = -1
        self._day = -1
        self._torn = False

    def append(self, line: bytes) -> None:
        """Write a line that ends in a newline; raises OSError where it cannot, wholly."""
        day = int(time.time()) // _DAY
        if self._fd < 0 or day != self._day:
            self._open(day)
        # After a write that was cut short, the next line must not be glued to the piece.
        whole = b"\n" + line if self._torn else line
        written = os.write(self._fd, whole)
        if written != len(whole):
            self._torn = True
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        self._torn = False
        found = os.fstat(self._fd)
        if found.st_size >= self._max_bytes or found.st_nlink == 0:  # full, or deleted
            self.close()

    def close(self) -> None:
        """Close the file; the next line opens one again."""
        fd, self._fd = self._fd, -1
        if fd >= 0:
            os.close(fd)

    def _open(self, day: int) -> None:
        self.close()
        os.makedirs(self._folder, exist_ok=True)
        self._day = day
        prefix = f"{self._stem}-{time.strftime('%Y%m%d', time.gmtime(day * _DAY))}-"
        last = self._last(prefix)
        while True:
            path = os.path.join(self._folder, f"{prefix}{last:03d}{self._suffix}")
            flags = os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW
            fd = os.open(path, flags, 0o600)
            size = os.fstat(fd).st_size
            if size < self._max_bytes or size == 0:
                break
            os.close(fd)
            last += 1
        self._fd = fd
        self._torn = size > 0 and os.pread(fd, 1, size - 1) != b"\n"

    def _last(self, prefix: str) -> int:
        name = re.compile(re.escape(prefix) + r"(\d{3,9})" + re.escape(self._suffix))
        found = (name.fullmatch(entry) for entry in os.listdir(self._folder))
        return max((int(match[1]) for match in found if match), default=1)
