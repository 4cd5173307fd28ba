"""compose.yaml keeps approver and applier apart; what makes their homes is run for real."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[1]
COMPOSE = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))
UIDS = {"agent": 10001, "approver": 10002, "applier": 10003}


def test_each_has_a_user_and_a_home_and_nobody_has_two() -> None:
    services = COMPOSE["services"]
    assert {name: int(services[name]["user"]) for name in UIDS} == UIDS
    for name in UIDS:
        homes = [it for it in services[name]["volumes"] if it.endswith(":/home/tagwright")]
        assert homes == [f"{name}:/home/tagwright"]
        assert "./people.yaml:/home/tagwright/people.yaml:ro" in services[name]["volumes"]
        assert services[name]["cap_drop"] == ["ALL"]
    assert "APPROVER_URL" in str(services["applier"]["environment"])


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root, to make files of three users")
def test_the_setup_makes_keys_that_only_their_user_can_read(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    for parent in tmp_path.parents:
        if str(parent) in {"/", "/tmp"}:  # noqa: S108  where pytest's folders begin
            break
        parent.chmod(0o755)
    script = COMPOSE["services"]["setup"]["command"][-1].replace("$$", "$")
    for name in UIDS:
        (tmp_path / name).mkdir()
        script = script.replace(f"/{name}", f"{tmp_path}/{name}")
    script = script.replace(f"keys{tmp_path}", "keys")  # the files, not the folders
    tagwright = Path(sys.executable).with_name("tagwright")
    as_another = ["setpriv", "--reuid", "10002", "--clear-groups", str(tagwright), "--version"]
    if subprocess.run(as_another, capture_output=True, check=False).returncode != 0:
        pytest.skip("another user cannot run this checkout's Python")
    path = f"{tagwright.parent}:{os.environ['PATH']}"
    done = subprocess.run(
        ["sh", "-euc", script], env={**os.environ, "PATH": path}, capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    keys = {
        path.relative_to(tmp_path).as_posix(): (path.stat().st_uid, path.stat().st_mode & 0o777)
        for path in tmp_path.glob("*/keys/*.key")
    }
    assert keys == {
        "approver/keys/approver.key": (10002, 0o600), "applier/keys/applier.key": (10003, 0o600)
    }  # fmt: skip
    for name in UIDS:
        assert (tmp_path / name).stat().st_mode & 0o777 == 0o700
        assert (tmp_path / name / "keys" / "approver.pub").exists()
        assert (tmp_path / name / "keys" / "applier.pub").exists()
