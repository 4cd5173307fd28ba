"""The usage log: whole lines from many processes, and failures that stay its own."""

from __future__ import annotations

import errno
import json
import multiprocessing
import os
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from tagwright.instrument import UsageLog
from tagwright.instrument.files import DayFiles


def read(folder: Path) -> list[dict[str, Any]]:
    lines = b"".join(path.read_bytes() for path in sorted(folder.glob("*.jsonl")))
    assert not lines or lines.endswith(b"\n")
    return [json.loads(line) for line in lines.splitlines()]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "made" / "on demand"


def test_rows_get_an_id_and_the_logs_tags(folder: Path) -> None:
    with UsageLog(folder / "usage.jsonl", tags={"service": "api", "product": "all"}) as log:
        log.record({"n": 1, "tags": {"product": "recs"}})
        log.record({"n": 2})
        assert log.flush()
    rows = read(folder)
    assert [row["tags"] for row in rows] == [
        {"service": "api", "product": "recs"}, {"service": "api", "product": "all"},
    ]  # fmt: skip
    assert len({UUID(row["row_id"]) for row in rows}) == 2
    [path] = folder.iterdir()
    assert path.name == time.strftime("usage-%Y%m%d-001.jsonl", time.gmtime())
    assert path.stat().st_mode & 0o077 == 0
    assert (log.written, log.dropped, log.failed) == (2, 0, 0)


def test_a_closed_log_drops(folder: Path) -> None:
    log = UsageLog(folder / "usage.jsonl")
    log.record({"n": 1})
    log.close()
    log.record({"n": 2})
    assert log.flush()
    assert log.dropped == 1
    assert [row["n"] for row in read(folder)] == [1]


def test_the_next_file_begins_where_one_is_full(folder: Path) -> None:
    with UsageLog(folder / "usage.jsonl", max_bytes=150) as log:
        for n in range(6):
            log.record({"n": n})
    files = sorted(folder.iterdir())
    assert [row["n"] for row in read(folder)] == list(range(6))
    assert len(files) > 1
    # One that starts later goes on in the last file, not in a full one.
    with UsageLog(folder / "usage.jsonl", max_bytes=10**6) as log:
        log.record({"n": 6})
    assert sorted(folder.iterdir())[: len(files)] == files
    assert [row["n"] for row in read(folder)] == list(range(7))


def test_a_new_day_is_a_new_file(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = DayFiles(str(folder / "usage"), 10**6)
    for moment in (1_793_577_599, 1_793_577_600):
        monkeypatch.setattr(time, "time", lambda moment=moment: moment)
        files.append(b"{}\n")
    files.close()
    names = sorted(path.name for path in folder.iterdir())
    assert names == ["usage-20261101-001.jsonl", "usage-20261102-001.jsonl"]


def test_a_file_that_was_deleted_is_made_again(folder: Path) -> None:
    log = UsageLog(folder / "usage.jsonl")
    for n in range(3):
        log.record({"n": n})
        assert log.flush()
        for path in folder.iterdir():
            path.unlink() if n == 0 else None
    log.close()
    assert [row["n"] for row in read(folder)] == [2]


def test_a_piece_of_a_line_is_not_glued_to_the_next(folder: Path) -> None:
    folder.mkdir(parents=True)
    (folder / time.strftime("usage-%Y%m%d-001.jsonl", time.gmtime())).write_bytes(b'{"n":')
    with UsageLog(folder / "usage.jsonl") as log:
        log.record({"n": 1})
    [path] = folder.iterdir()
    piece, line = path.read_bytes().splitlines()
    assert piece == b'{"n":'
    assert json.loads(line)["n"] == 1


def test_a_full_queue_drops_and_never_blocks(
    folder: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    going, append = threading.Event(), DayFiles.append

    def slow(self: DayFiles, line: bytes) -> None:
        assert going.wait(5)
        append(self, line)

    monkeypatch.setattr(DayFiles, "append", slow)
    log = UsageLog(folder / "usage.jsonl", max_queue=10)
    for n in range(100):
        log.record({"n": n})
    assert not log.flush(0)
    going.set()
    log.close()
    assert log.written + log.dropped == 100
    assert 10 <= log.written <= 12
    assert caplog.text.count("some are dropped") == 1


def disk_full(self: DayFiles, line: bytes) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_a_full_disk_is_said_once(
    folder: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(DayFiles, "append", disk_full)
    log = UsageLog(folder / "usage.jsonl")
    for _ in range(3):
        log.record({"gen_ai.request.model": "SECRET"})
    log.close()
    assert (log.written, log.failed) == (0, 3)
    assert caplog.text.count("No space left on device") == 1
    assert "SECRET" not in caplog.text


def test_a_short_write_counts_as_failed(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write, cuts = os.write, iter([5])
    monkeypatch.setattr(os, "write", lambda fd, line: write(fd, line[: next(cuts, None)]))
    files = DayFiles(str(folder / "usage.jsonl"), 10**6)
    with pytest.raises(OSError, match="No space"):
        files.append(b'{"n":1}\n')
    files.append(b'{"n":2}\n')
    files.close()
    assert next(folder.iterdir()).read_bytes() == b'{"n":\n{"n":2}\n'


def test_a_path_that_cannot_be_and_a_row_that_is_no_json(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    log = UsageLog(tmp_path / "file" / "usage.jsonl")
    log.record({"n": 1})
    log.record({"n": object()})
    log.record(None)  # type: ignore[arg-type]
    log.close()
    assert log.failed == 3


def test_a_link_in_the_files_place_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").write_text("")
    link = tmp_path / time.strftime("usage-%Y%m%d-001.jsonl", time.gmtime())
    link.symlink_to(tmp_path / "elsewhere")
    log = UsageLog(tmp_path / "usage.jsonl")
    log.record({"n": 1})
    log.close()
    assert log.failed == 1
    assert (tmp_path / "elsewhere").read_text() == ""


WRITER = """
import sys
from tagwright.instrument import UsageLog
log = UsageLog(sys.argv[1], max_bytes=20_000)
for n in range(200):
    log.record({"who": sys.argv[2], "n": n, "pad": "x" * (n % 50)})
"""


def test_many_processes_append_whole_lines(folder: Path) -> None:
    """They end without close(): what waits is written at exit."""
    path = str(folder / "usage.jsonl")
    writers = [subprocess.Popen([sys.executable, "-c", WRITER, path, str(n)]) for n in range(4)]
    assert [writer.wait(20) for writer in writers] == [0] * 4
    rows = read(folder)
    assert {(row["who"], row["n"]) for row in rows} == {
        (str(who), n) for who in range(4) for n in range(200)
    }
    assert len(rows) == 800
    assert len(list(folder.iterdir())) > 1


FORKER = """
import os, sys
from tagwright.instrument import UsageLog
log = UsageLog(sys.argv[1])
for n in range(50):
    log.record({"who": "parent", "n": n})
child = os.fork()
if child == 0:
    log.record({"who": "child", "n": 0})
    sys.exit(0)
os.waitpid(child, 0)
log.record({"who": "parent", "n": 50})
"""


def test_a_fork_writes_its_own_rows_and_none_twice(folder: Path) -> None:
    subprocess.run([sys.executable, "-c", FORKER, str(folder / "usage.jsonl")], check=True)
    rows = sorted((row["who"], row["n"]) for row in read(folder))
    assert rows == [("child", 0), *(("parent", n) for n in range(51))]


def record(log: UsageLog, n: int) -> None:
    log.record({"n": n})


def test_a_process_of_multiprocessing_writes_before_it_ends(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    append = DayFiles.append

    def slow(self: DayFiles, line: bytes) -> None:
        time.sleep(0.05)
        append(self, line)

    monkeypatch.setattr(DayFiles, "append", slow)
    log = UsageLog(folder / "usage.jsonl")
    log.record({"n": 0})
    assert log.flush()
    fork = multiprocessing.get_context("fork")
    children = [fork.Process(target=record, args=(log, n)) for n in (1, 2)]
    for child in children:
        child.start()
    for child in children:
        child.join(10)
    log.close()
    assert sorted(row["n"] for row in read(folder)) == [0, 1, 2]
