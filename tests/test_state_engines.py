"""One engine a store: shared, safe under threads and forks, and no ghost of a file that is gone."""

from __future__ import annotations

import shutil
import subprocess
import sys
import threading
from pathlib import Path

from tagwright.config import load_settings
from tagwright.state import open_state


def save(home: Path, name: str) -> None:
    open_state(load_settings(home)).save_receipt({"id": name})


def test_a_store_has_one_engine(home: Path) -> None:
    first = open_state(load_settings(home))
    first.close()
    assert open_state(load_settings(home)).engine is first.engine


def test_a_store_that_was_removed_or_put_back_is_opened_anew(home: Path, tmp_path: Path) -> None:
    save(home, "rcp_old")
    shutil.copytree(home, tmp_path / "backup")
    shutil.rmtree(home)
    assert open_state(load_settings(home)).load_receipt("rcp_old") is None
    save(home, "rcp_new")
    shutil.rmtree(home)
    shutil.copytree(tmp_path / "backup", home)
    state = open_state(load_settings(home))
    assert state.load_receipt("rcp_old") == {"id": "rcp_old"}
    assert state.load_receipt("rcp_new") is None


def test_many_homes_and_threads(tmp_path: Path) -> None:
    homes = [tmp_path / str(number) for number in range(6)]
    threads = [
        threading.Thread(target=save, args=(home, f"rcp_{number}"))
        for home in homes
        for number in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for home in homes:
        state = open_state(load_settings(home))
        assert all(state.load_receipt(f"rcp_{number}") for number in range(4))


FORKING = """
import os, sys
from pathlib import Path
from tagwright.config import load_settings
from tagwright.state import open_state

settings = load_settings(Path(sys.argv[1]))
state = open_state(settings)
state.save_receipt({"id": "rcp_parent"})
child = os.fork()
if child == 0:
    own = open_state(settings)
    own.save_receipt({"id": "rcp_child"})
    os._exit(0 if own.engine is not state.engine else 3)
status = os.waitpid(child, 0)[1]
assert status == 0, status
assert state.load_receipt("rcp_parent") and state.load_receipt("rcp_child")
"""


def test_a_forked_child_has_connections_of_its_own(home: Path, database: str) -> None:
    subprocess.run([sys.executable, "-c", FORKING, str(home)], check=True)
