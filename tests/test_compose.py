"""compose.yaml keeps approver and applier apart; what makes their homes is run for real."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import httpx2
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


def test_the_mcp_server_of_the_file_starts_and_says_who_issues_its_tokens(tmp_path: Path) -> None:
    """Its own command and environment, but for the port; the store is SQLite."""
    agent = COMPOSE["services"]["agent"]
    given = {
        "OIDC_ISSUER": "https://login.example.com", "OIDC_CLIENT_ID": "tagwright",
        "MCP_URL": "https://tagwright.example.com/mcp", "PAGE_URL": "https://approve.example.com",
    }  # fmt: skip
    names = {
        name: given[re.fullmatch(r"\$\{(\w+):\?[^}]+\}", value)[1]]  # type: ignore[index]
        for name, value in agent["environment"].items()
        if name.startswith(("TAGWRIGHT_MCP", "TAGWRIGHT_APPROVAL"))
    }
    (tmp_path / "people.yaml").write_text("people: {lee: {mcp: [lee@example.com], may: [ask]}}\n")
    command = [part.replace(":8600", ":0") for part in agent["command"]]
    environment = {**os.environ, **names, "TAGWRIGHT_HOME": str(tmp_path)}
    tagwright = str(Path(sys.executable).with_name("tagwright"))
    with subprocess.Popen(
        [tagwright, *command[1:]], env=environment, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stderr is not None
            said = process.stderr.readline()
            port = re.search(r":(\d+)/mcp", said)
            assert port, said + process.stderr.read()
            base = f"http://127.0.0.1:{port[1]}"
            known = {"Host": "tagwright.example.com"}
            path = "/.well-known/oauth-protected-resource/mcp"
            metadata = httpx2.get(base + path, headers=known).json()
            assert metadata["authorization_servers"] == ["https://login.example.com"]
            assert metadata["resource"] == given["MCP_URL"]
            assert httpx2.post(f"{base}/mcp", headers=known, json={}).status_code == 401
        finally:
            process.kill()


def test_the_image_is_of_the_wheel_alone_and_runs_as_nobody_special() -> None:
    text = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    last = text.rpartition("\nFROM ")[2]
    assert "COPY" not in last
    assert "\nUSER 10001\n" in last
    assert all(service.get("read_only") for name, service in COMPOSE["services"].items()
               if name != "store")  # fmt: skip
