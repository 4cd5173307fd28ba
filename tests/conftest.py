"""Fixtures that every test module may use."""

from __future__ import annotations

import functools
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import httpcore2
import pytest
from filelock import FileLock

import effort  # noqa: F401  it loads the profile of hypothesis
from homes import Homes
from postgres import database, postgres
from s3_world import moto, s3, wire

if TYPE_CHECKING:
    from fake_tagging import FakeTagging
    from tagwright.remediation import PlanStore

__all__ = ["database", "moto", "postgres", "s3", "wire"]

# Some machines forbid Python to keep what it compiled: each process that a test starts would then
# compile Tagwright anew, a tenth of a second every time.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

SHARED = Path(__file__).resolve().parents[2] / "shared"


@pytest.fixture(scope="session")
def of_all_workers(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """A folder of this run that all its workers share."""
    base = tmp_path_factory.getbasetemp()
    return base if worker_id == "master" else base.parent


@pytest.fixture(scope="session", autouse=True)
def homes(of_all_workers: Path) -> None:
    """Where homes are built once."""
    Homes.folder = of_all_workers / "homes"
    Homes.folder.mkdir(exist_ok=True)


@pytest.fixture(scope="session", autouse=True)
def authorities() -> None:
    """Each client of HTTP would read all certificates of the machine anew, 20 ms every time."""
    httpcore2.default_ssl_context = functools.cache(httpcore2.default_ssl_context)


@pytest.fixture(scope="session")
def once(of_all_workers: Path) -> Callable[[str, Callable[[Path], None]], Path]:
    """Gives the folder of that name; the first worker that asks fills it, the others wait."""

    def filled(name: str, fill: Callable[[Path], None]) -> Path:
        folder = of_all_workers / name
        with FileLock(of_all_workers / f"{name}.lock"):
            if not folder.exists():
                scratch = of_all_workers / f"{name}.new"
                shutil.rmtree(scratch, ignore_errors=True)
                scratch.mkdir()
                fill(scratch)
                scratch.rename(folder)
        return folder

    return filled


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty home directory, set as the default."""
    where = tmp_path / "home"
    where.mkdir()
    monkeypatch.setenv("TAGWRIGHT_HOME", str(where))
    return where


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real billing data beside the repository; the test skips where it is absent."""
    if not (SHARED / "data").is_dir():
        pytest.skip(f"needs the shared data, and {SHARED} is not there")
    return SHARED


@pytest.fixture
def aws_env(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """Credentials that open nothing; no file of the machine's is read."""
    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL", "AWS_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)
    for name, value in {
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_CONFIG_FILE": "/nonexistent",
        "AWS_SHARED_CREDENTIALS_FILE": "/nonexistent",
        "AWS_EC2_METADATA_DISABLED": "true",
    }.items():
        monkeypatch.setenv(name, value)
    return monkeypatch


@pytest.fixture
def aws(aws_env: pytest.MonkeyPatch) -> Iterator[FakeTagging]:
    """The strict tagging API on loopback, which everything of AWS goes to; no request was wrong."""
    from fake_tagging import fake_tagging

    with fake_tagging() as fake:
        aws_env.setenv("AWS_ENDPOINT_URL", fake.url)
        yield fake
        assert fake.problems == []


@pytest.fixture
def store(home: Path) -> Iterator[PlanStore]:
    """The plans of that home, with the people of ``plans.py``; its journal ends whole."""
    from plans import plan_store
    from tagwright.state import verify

    with plan_store(home) as opened:
        yield opened
        assert verify(opened.state.journal()) == ""


@pytest.fixture
def workspace_reads(monkeypatch: pytest.MonkeyPatch) -> None:
    """A public channel of Slack counts as read by the whole workspace."""
    monkeypatch.setenv("TAGWRIGHT_SLACK__PUBLIC_CHANNELS", "workspace")
