"""Hostile statements against a real worker: first as they come, then without the allow-list."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import free_sql_database as database
from tagwright.errors import BusyError, SnapshotError, TagwrightError
from tagwright.free_sql import process
from tagwright.free_sql.pool import Pool
from tagwright.free_sql.process import Key, Worker

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.slow  # processes that are stopped after a second or run out of memory

MANY = ", ".join(f"charges c{n}" for n in range(17))
"""3 to the 17th rows: 129 million."""


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return database.make(tmp_path_factory.mktemp("free"))


@pytest.fixture(scope="module")
def pool() -> Iterator[Pool]:
    found = Pool()
    yield found
    found.close()


@pytest.fixture
def naked(monkeypatch: pytest.MonkeyPatch) -> Iterator[Pool]:
    """Workers that run whatever they are sent."""
    monkeypatch.setattr(process, "command", database.unguarded_command)
    found = Pool()
    yield found
    found.close()


def outcome(pool: Pool, path: Path, sql: str, *, seconds: float = 1.0) -> Any:
    """Rows, or the words that say what happened."""
    try:
        return database.ask(pool, path, sql, seconds=seconds)
    except TagwrightError as error:
        return str(error)


def test_values_are_exact_text(pool: Pool, path: Path) -> None:
    rows = database.ask(
        pool,
        path,
        'SELECT "ServiceName", SUM("EffectiveCost"), COUNT(*), MAX("ChargePeriodStart"), 0.1::DOUBLE, '
        "NULL, true, 170141183460469231731687303715884105727::HUGEINT, 1e300::DOUBLE, DATE '2026-09-01' "
        "FROM charges WHERE \"ServiceName\" = 'S3' GROUP BY ALL",
    )
    assert rows == [
        ["S3", "0.000000000001", 1, "2026-09-02T00:00:00", "0.1", None, True, 2**127 - 1, "1e+300",
         "2026-09-01"]
    ]  # fmt: skip
    rows = database.ask(pool, path, 'SELECT "Tags", [1.50, NULL], {\'a\': DATE \'2026-01-01\'} FROM '
                        "charges ORDER BY \"ServiceName\" LIMIT 1")  # fmt: skip
    assert rows == [['{"team": "ml"}', '["1.50", null]', '{"a": "2026-01-01"}']]


@pytest.mark.parametrize(
    ("sql", "says"),
    [
        # bombs that every word of is allowed
        (f"SELECT COUNT(*) FROM {MANY}, {MANY.replace(' c', ' d').replace('dharges', 'charges')}",
         "memory|stopped"),
        ("WITH RECURSIVE a AS (SELECT 1 x UNION ALL SELECT x + 1 FROM a) SELECT COUNT(*) FROM a", "stopped"),
        ("WITH RECURSIVE a AS (SELECT repeat('x', 9) s UNION ALL SELECT s || s FROM a) FROM a", "'repeat'"),
        ("WITH RECURSIVE a AS (SELECT 'xxxxxxxx' s UNION ALL SELECT s || s FROM a) SELECT max(s) FROM a",
         "memory|stopped"),
        (f"SELECT LIST(c0.\"ServiceName\") FROM {MANY}", "memory|stopped"),
        (f"SELECT LENGTH(STRING_AGG(c0.\"ServiceName\", '{'x' * 99}')) FROM {MANY}", "memory|stopped"),
        (f"SELECT * FROM {MANY} ORDER BY c3.\"EffectiveCost\", c9.\"ServiceName\"", "memory|stopped"),
        (f"SELECT SUM(1) OVER (ORDER BY c0.\"ServiceName\") FROM {MANY}", "memory|stopped"),
        ("SELECT LENGTH(" + "replace(" * 12 + "'a'" + f",'a','{'a' * 99}')" * 12 + ")", "memory|stopped"),
        ("SELECT 1 FROM charges GROUP BY CUBE (" + ",".join(f"\"ServiceName\" || '{n}'" for n in range(20))
         + ")", "Maximum grouping set"),
        # shapes
        ("SELECT " + "(" * 9000 + "1" + ")" * 9000, "nested too deeply"),
        ("SELECT " + "NOT " * 4900 + "true", "nested too deeply"),
        ("SELECT 1" + "+1" * 9000, "nested too deeply"),
        ("SELECT " + "CASE WHEN true THEN " * 800 + "1" + " END" * 800, "nested too deeply"),
        ("SELECT * FROM " + "(SELECT * FROM " * 600 + "charges" + ")" * 600, "nested too deeply"),
        ("SELECT " + ",".join(["1"] * 9000), "9000 columns; 250 are allowed"),
        ("SELECT " + ",".join(["*"] * 9000) + " FROM charges", "45000 columns|stopped"),
        ("SELECT 1 IN (" + ",".join(["(1)"] * 4900 + ["1+1"] * 4900) + ")", "too large|stopped"),
        # what would have no text
        ("SELECT \"ChargePeriodStart\" AT TIME ZONE 'UTC' AS t FROM charges", "Cast 't' to TIMESTAMP"),
    ],
    ids=lambda value: value[:32],
)  # fmt: skip
def test_bombs_are_refused_or_stopped_and_the_next_statement_works(
    pool: Pool, path: Path, sql: str, says: str
) -> None:
    begun = time.monotonic()
    found = str(outcome(pool, path, sql))
    assert any(word in found for word in says.split("|")), found[:300]
    assert time.monotonic() - begun < 10  # of which a second is its own; the machine may be busy
    assert outcome(pool, path, "SELECT COUNT(*) FROM charges", seconds=10) == [[3]]


def test_a_long_cell_and_many_rows_are_cut_and_said(pool: Pool, path: Path) -> None:
    answer, _ = pool.ask(database.key_of(path), f"SELECT '{'x' * 5000}' AS long", 10, 10)
    assert answer["cut"] is True
    assert len(answer["rows"][0][0]) == 2000
    answer, _ = pool.ask(database.key_of(path), f"SELECT '{'x' * 1500}' AS l FROM {MANY}", 1000, 10)
    assert answer["full"] is True
    assert len(json.dumps(answer["rows"])) < 210_000
    assert (answer["count"] >= 10_000, answer["counted"]) == (True, False)


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT LENGTH(lpad('x', 4000000000::INTEGER, 'y'))",
        "SELECT LENGTH(lpad('x', 2000000000, 'y'))",
        "SELECT LEN(range(2000000000))",
        "SELECT LENGTH(repeat('0123456789', 100000000))",
        "SELECT printf('%1000000000d', 1)",
        "SELECT COUNT(*) FROM range(1000000000000)",
        "SELECT MAX(LENGTH(x)) FROM (SELECT string_agg(repeat('x', 1000000)) x FROM range(100000))",
        "SELECT sleep_ms(100000)",
    ],
)
def test_limits_hold_without_the_allow_list(naked: Pool, path: Path, sql: str) -> None:
    """Among them those that do not stop on DuckDB's interrupt."""
    begun = time.monotonic()
    found = outcome(naked, path, sql)
    assert time.monotonic() - begun < 10
    assert isinstance(found, str) or "rows" not in found, found
    assert outcome(naked, path, "SELECT 1", seconds=10) == [[1]]
    for pid in naked.pids():
        assert memory(pid, "VmPeak") < 2.1e9


def memory(pid: int, what: str) -> int:
    """Bytes, as the kernel counts them."""
    with Path(f"/proc/{pid}/status").open(encoding="ascii") as status:
        (line,) = [line for line in status if line.startswith(what)]
    return int(line.split()[1]) * 1024


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM read_csv('{there}')",
        "SELECT * FROM '{there}'",
        "SELECT * FROM read_text('/etc/passwd')",
        "SELECT * FROM read_blob('/proc/self/environ')",
        "SELECT * FROM glob('{folder}/*')",
        "COPY charges TO '{folder}/out.csv'",
        "EXPORT DATABASE '{folder}/out'",
        "ATTACH '{folder}/new.duckdb'",
        "ATTACH '{path}' AS again",
        "CREATE TABLE t (a INT)",
        "INSERT INTO charges (\"ServiceName\") VALUES ('x')",
        "DELETE FROM charges",
        "INSTALL httpfs",
        "LOAD httpfs",
        "SELECT * FROM 'http://127.0.0.1:9/x.csv'",
        "SET enable_external_access = true",
        "SET memory_limit = '100GB'",
        "SET temp_directory = '{folder}'",
        "SET allowed_directories = ['/']",
        "RESET lock_configuration",
    ],
)
def test_reaches_nothing_without_the_allow_list(naked: Pool, path: Path, sql: str) -> None:
    there = path.parent / "other.csv"
    there.write_text("a\n1\n")
    before = sorted(path.parent.iterdir())
    found = outcome(naked, path, sql.format(there=there, folder=path.parent, path=path), seconds=5)
    assert isinstance(found, str) or "rows" not in found
    assert not isinstance(found, list), found
    assert sorted(path.parent.iterdir()) == before
    assert outcome(naked, path, "SELECT COUNT(*) FROM charges", seconds=10) == [[3]]


ATTEMPTS = """
import json, os, socket, subprocess, sys
sys.path += sys.argv[1:]
from tagwright.free_sql import worker

def attempts(self, sql, limit):
    tried = {
        "open": lambda: open("/etc/passwd"),
        "write": lambda: open("/tmp/free-sql-was-here", "w"),
        "socket": socket.socket,
        "pipe": os.pipe,
        "run": lambda: subprocess.run(["/bin/true"]),
        "grow": lambda: bytearray(3_000_000_000),
    }
    said = []
    for name, go in tried.items():
        try:
            go()
            said.append([name, "done"])
        except (OSError, MemoryError, ValueError):
            said.append([name, "failed"])
    said.append(["environment", ",".join(sorted(os.environ))])
    return {"columns": ["a", "b"], "types": [], "rows": said, "tables": [], "counted": True}

worker._Database.answer = attempts
worker.main()
"""


def test_python_itself_can_open_nothing_in_there(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As if DuckDB had been taken over; a secret in our environment is not in its own."""
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "hunter2")
    command = database.unguarded_command()
    command[command.index("-c") + 1] = ATTEMPTS
    monkeypatch.setattr(process, "command", lambda: command)
    pool = Pool()
    try:
        found = dict(database.ask(pool, path, ""))
    finally:
        pool.close()
    names = found.pop("environment").split(",")
    assert set(found.values()) == {"failed"}, found
    assert set(names) <= {"LC_ALL", "LC_CTYPE", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH"}
    assert not Path("/tmp/free-sql-was-here").exists()  # noqa: S108


def test_limits_as_the_kernel_sees_them(pool: Pool, path: Path) -> None:
    assert database.ask(pool, path, "SELECT 1") == [[1]]
    (pid,) = pool.pids()
    with Path(f"/proc/{pid}/limits").open(encoding="ascii") as limits:
        found = {line[:26].strip(): line[26:].split()[:2] for line in limits}
    assert found["Max core file size"] == ["0", "0"]
    assert found["Max file size"] == ["0", "0"]
    assert found["Max open files"] == ["0", "0"]
    assert found["Max processes"] == ["0", "0"]
    assert found["Max address space"] == ["2000000000", "2000000000"]
    assert int(found["Max cpu time"][0]) < 60
    opened = list(Path(f"/proc/{pid}/fd").iterdir())
    assert len(opened) == 5  # the two pipes, /dev/null twice, the database


PRINTS = """
import os, sys
sys.path += sys.argv[1:]
from tagwright.free_sql import worker
run = worker._Database._run

def printing(self, sql, limit):
    print("100% done", flush=True)
    os.write(1, b"\\xff\\xff\\xff\\xff")
    return run(self, sql, limit)

worker._Database._run = printing
worker.main()
"""


def test_what_a_library_prints_is_no_answer(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    command = database.unguarded_command()
    command[command.index("-c") + 1] = PRINTS
    monkeypatch.setattr(process, "command", lambda: command)
    pool = Pool()
    try:
        assert database.ask(pool, path, "SELECT COUNT(*) FROM charges") == [[3]]
    finally:
        pool.close()


@pytest.mark.parametrize(
    "answer",
    [
        "os.write(wire, b'\\xff' * 4)",
        "os.write(wire, b'\\0\\0\\0\\5[1,2]')",
        "os.write(wire, b'\\0\\0\\0\\3abc')",
    ],
    ids=["four gigabytes", "a list", "no JSON"],
)
def test_an_answer_that_is_none_is_an_error(
    path: Path, monkeypatch: pytest.MonkeyPatch, answer: str
) -> None:
    """As if DuckDB had been taken over."""
    program = (
        "import os, sys, time; sys.path += sys.argv[1:]\n"
        "from tagwright.free_sql import worker\n"
        "say = worker._say\n"
        "def evil(wire, message):\n"
        f"    say(wire, message) if 'ready' in message else {answer}\n"
        "worker._say = evil; worker.main()"
    )
    command = database.unguarded_command()
    command[command.index("-c") + 1] = program
    monkeypatch.setattr(process, "command", lambda: command)
    pool = Pool()
    try:
        with pytest.raises(TagwrightError, match=r"sent (too much|nonsense) while it worked"):
            database.ask(pool, path, "SELECT 1")
    finally:
        pool.close()


def test_a_file_that_is_no_database_is_said(tmp_path: Path) -> None:
    (tmp_path / "x.duckdb").write_text("nonsense")
    worker = Worker(Key(tmp_path / "x.duckdb", 10**9))
    with pytest.raises(SnapshotError, match="cannot open the data") as caught:
        worker.ask("SELECT 1", 1, 10)
    assert str(tmp_path) not in str(caught.value)
    assert not worker.alive


def test_processor_time_is_limited_beside_the_clock(path: Path) -> None:
    """The kernel ends it even where nobody looks at the clock."""
    worker = Worker(database.key_of(path))
    worker.ask("SELECT 1", 1, 10)
    begun = time.monotonic()
    worker._send({"sql": ENDLESS, "limit": 1, "seconds": 1})
    with pytest.raises(BusyError, match="processor time"):
        worker._receive(begun + 20)
    assert time.monotonic() - begun < 10


ENDLESS = "WITH RECURSIVE a AS (SELECT 1 x UNION ALL SELECT x + 1 FROM a) SELECT COUNT(*) FROM a"

PARENT = """
import sys, threading, time
sys.path[:0] = {paths!r}
from pathlib import Path
import free_sql_database as database
from tagwright.free_sql.pool import Pool
pool = Pool()
path = Path({path!r})
database.ask(pool, path, "SELECT 1")
print(pool.pids()[0], flush=True)
if {busy}:
    database.ask(pool, path, {sql!r}, seconds=60)
time.sleep(60)
"""


@pytest.mark.parametrize("busy", [False, True], ids=["idle", "in the midst of a statement"])
def test_the_death_of_its_owner_ends_it(path: Path, busy: bool) -> None:
    """kill -9: the owner has no chance to say anything."""
    program = PARENT.format(paths=sys.path, path=str(path), busy=busy, sql=ENDLESS)
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE) as owner:
        assert owner.stdout is not None
        pid = int(owner.stdout.readline())
        time.sleep(0.3)
        assert running(pid)
        owner.kill()
    until = time.monotonic() + 5
    while running(pid) and time.monotonic() < until:
        time.sleep(0.02)
    assert not running(pid)


def running(pid: int) -> bool:
    """Whether it is there and no zombie."""
    try:
        with Path(f"/proc/{pid}/stat").open(encoding="ascii") as status:
            return status.read().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False
