"""The sandbox AWS: the bill's resources under the bill's ARNs, and nothing else reachable."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from tagwright.errors import BusyError, ProviderError
from tagwright_agent.cli import main
from tagwright_evals import background
from tagwright_evals.background import Running, Stopped
from tagwright_evals.company import resources
from tagwright_evals.sandbox import acting_as, sandbox

pytestmark = pytest.mark.slow  # a moto server with the whole estate


def test_it_holds_the_estate_with_its_tags() -> None:
    with sandbox(resources()) as aws:
        assert aws.tags() == {item.arn: item.tags for item in resources()}
        assert aws.endpoint_url.startswith("http://127.0.0.1:")


def test_the_environment_is_put_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "production")
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    one = resources()[0]
    with sandbox([one]) as aws, acting_as(aws, one.account):
        assert "AWS_PROFILE" not in os.environ
        assert os.environ["AWS_ENDPOINT_URL"] == aws.endpoint_url
    assert os.environ["AWS_PROFILE"] == "production"
    assert "AWS_ENDPOINT_URL" not in os.environ


# --- in the background of a home ---------------------------------------------------------------

ONE = resources()[:1]


@pytest.fixture
def running(tmp_path: Path) -> Iterator[tuple[Path, Running]]:
    home = tmp_path / "home"
    yield home, background.start(home, ONE)
    background.stop(home)


def live_tags(found: Running) -> dict[str, dict[str, str]]:
    return replace(found.sandbox, resources=ONE).tags()


def test_it_answers_until_it_is_stopped(running: tuple[Path, Running]) -> None:
    home, found = running
    assert background.find(home) == found
    assert live_tags(found) == {ONE[0].arn: ONE[0].tags}
    assert (home / "sandbox/sandbox.json").stat().st_mode & 0o077 == 0, "it holds keys"
    assert background.stop(home) == Stopped(found.pid, "stopped")
    assert background.find(home) is None
    assert background.stop(home) == Stopped(None, "none")


def test_what_is_taken_is_said_and_goes_on(running: tuple[Path, Running], tmp_path: Path) -> None:
    home, found = running
    port = int(found.sandbox.endpoint_url.rsplit(":", 1)[1])
    with pytest.raises(BusyError, match=f"runs already on .*{port} .process {found.pid}"):
        background.start(home, ONE)
    with pytest.raises(BusyError, match=f"Port {port} of this machine is in use"):
        background.start(tmp_path / "other", ONE, port)
    assert background.find(tmp_path / "other") is None
    assert live_tags(found) == {ONE[0].arn: ONE[0].tags}


def test_of_two_that_start_at_once_one_does(tmp_path: Path) -> None:
    with ThreadPoolExecutor(2) as pool:
        tries = [pool.submit(background.start, tmp_path, ONE) for _ in range(2)]
    faults = [item.exception() for item in tries]
    try:
        [fault] = [fault for fault in faults if fault is not None]
        assert isinstance(fault, BusyError)
        [won] = [item.result() for item in tries if item.exception() is None]
        assert background.find(tmp_path) == won
    finally:
        background.stop(tmp_path)


def test_what_it_said_last_is_told(tmp_path: Path) -> None:
    wrong = replace(ONE[0], name="another-name")
    with pytest.raises(ProviderError, match=r"shared-llm-gpu came out as .*another-name"):
        background.start(tmp_path, [wrong])
    assert background.find(tmp_path) is None


def test_one_that_was_killed_is_followed_by_another(running: tuple[Path, Running]) -> None:
    home, found = running
    os.kill(found.pid, signal.SIGKILL)
    os.waitpid(found.pid, 0)
    assert background.find(home) is None
    again = background.start(home, ONE)
    assert again.pid != found.pid
    assert live_tags(again) == {ONE[0].arn: ONE[0].tags}


def test_a_process_that_was_given_its_number_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "sandbox").mkdir()
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as innocent:
        (tmp_path / "sandbox/sandbox.json").write_text(json.dumps({"pid": innocent.pid}))
        assert background.stop(tmp_path) == Stopped(innocent.pid, "gone")
        assert innocent.poll() is None
        innocent.kill()


DEAF = """
import json, os, pathlib, signal, sys
from filelock import FileLock
signal.signal(signal.SIGTERM, signal.SIG_IGN)
lock = FileLock(sys.argv[1] + "/sandbox.lock")
lock.acquire()
pathlib.Path(sys.argv[1], "sandbox.json").write_text(json.dumps({"pid": os.getpid()}))
print("ready", flush=True)
signal.pause()
"""


def test_one_that_does_not_heed_is_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(background, "_POLITE", 0.3)
    folder = tmp_path / "sandbox"
    folder.mkdir()
    with subprocess.Popen(
        [sys.executable, "-c", DEAF, str(folder)], stdout=subprocess.PIPE, text=True
    ) as deaf:
        assert deaf.stdout is not None
        assert deaf.stdout.readline() == "ready\n"
        assert background.stop(tmp_path) == Stopped(deaf.pid, "killed")
        assert deaf.wait() == -signal.SIGKILL


def test_the_verbs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("tagwright_evals.company.estate.resources", lambda: ONE)
    home = ["--home", str(tmp_path)]
    assert main(["sandbox", "status", "--json", *home]) == 1
    assert json.loads(capsys.readouterr().out) == {"running": False}
    assert main(["sandbox", "start", "--json", *home]) == 0
    told = json.loads(capsys.readouterr().out)
    try:
        assert main(["sandbox", "start", *home]) == 1
        assert "runs already" in capsys.readouterr().err
        assert main(["sandbox", "status", "--export", *home]) == 0
        script = capsys.readouterr().out + 'echo "$AWS_ENDPOINT_URL|$AWS_PROFILE"'
        shell = subprocess.run(
            ["sh", "-c", script], capture_output=True, text=True, check=True,
            env={"AWS_PROFILE": "production", "PATH": os.environ["PATH"]},
        )  # fmt: skip
        assert shell.stdout == f"{told['url']}|\n"
    finally:
        assert main(["sandbox", "stop", *home]) == 0
    assert "is stopped" in capsys.readouterr().out


def test_without_moto(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    assert main(["sandbox", "start", "--home", str(tmp_path)]) == 1
    assert "pip install 'moto[server]>=" in capsys.readouterr().err
