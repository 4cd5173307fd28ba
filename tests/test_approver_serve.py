"""``tagwright approver``: where it listens, what it tells the terminal, what it refuses to do."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import httpx2
import pytest

from approver_world import PEOPLE
from tagwright.config import load_settings
from tagwright.proof import Keys
from tagwright_agent.approver.login import SECRET_VARIABLE
from tagwright_agent.cli import main

OIDC = '[approval.oidc]\nissuer = "https://issuer.example"\nclient_id = "c"\n'
VERB = str(Path(sys.executable).with_name("tagwright"))


@pytest.mark.slow  # starts the program
def test_the_terminal_is_told_the_url_and_the_link(home: Path) -> None:
    process = subprocess.Popen(
        [VERB, "approver", "--home", str(home), "--http", "127.0.0.1:0", "--json"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdout is not None
    said = json.loads("".join(process.stdout.readline() for _ in range(4)))
    with httpx2.Client(base_url=said["url"]) as browser:
        assert browser.get("/").status_code == 401
        assert browser.get(said["link"]).status_code == 200
        assert browser.get("/").status_code == 200
        assert browser.get("/word/plan-1", params={"challenge": "ab" * 8}).status_code == 200
    process.send_signal(2)
    out, errors = process.communicate(timeout=15)
    assert (process.returncode, out, errors) == (0, "", "")


@pytest.mark.parametrize(
    ("arguments", "toml", "people", "why"),
    [
        (["--http", "0.0.0.0:0", "--allow-host", "a.example"], "", PEOPLE,
         "proves one person only"),
        (["--http", "0.0.0.0:0"], "", PEOPLE, "needs the name that clients use"),
        (["--http", "nowhere"], "", PEOPLE, "is not an address to listen on"),
        (["--http", "127.0.0.1:0", "--allow-host", "http://x"], "", PEOPLE, "is not a host name"),
        (["--http", "127.0.0.1:0"], OIDC, "", "there is no people.yaml: nobody could sign in"),
        (["--http", "127.0.0.1:0"], OIDC, PEOPLE, SECRET_VARIABLE),
        (["--http", "0.0.0.0:0", "--allow-host", "a.example"],
         OIDC + 'page_url = "http://a.example"\n', PEOPLE, "is no https address"),
        (["--http", "127.0.0.1:0"], "", "people: [", "people.yaml"),
    ],
)  # fmt: skip
def test_what_it_does_not_serve(
    home: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    arguments: list[str],
    toml: str,
    people: str,
    why: str,
) -> None:
    monkeypatch.delenv(SECRET_VARIABLE, raising=False)
    (home / "tagwright.toml").write_text(toml)
    if people:
        (home / "people.yaml").write_text(people)
    assert main(["approver", *arguments]) == 2
    captured = capsys.readouterr()
    assert why in " ".join(captured.err.split())
    assert captured.out == ""


def test_a_home_without_the_key_says_where_decisions_are_taken(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Keys.of(load_settings(tmp_path)).signer("approver")
    (home / "keys").mkdir()
    (home / "keys" / "approver.pub").write_bytes((tmp_path / "keys/approver.pub").read_bytes())
    assert main(["approver", "--http", "127.0.0.1:0"]) == 1
    assert "its key is elsewhere" in capsys.readouterr().err


@pytest.mark.slow  # starts Python
def test_one_person_needs_none_of_the_extra_s_libraries() -> None:
    code = (
        "import sys; sys.modules.update(dict.fromkeys(['authlib', 'itsdangerous', 'joserfc']));"
        "from tagwright.config import Oidc; from tagwright.errors import ConfigError;"
        "from pathlib import Path; from tagwright.config import load_settings;"
        "from tagwright_agent.approver.app import application;"
        "from tagwright_agent.approver.sessions import Link;"
        "import tagwright_agent.approver.serve;"
        "application(load_settings(Path('/nonexistent')), ['127.0.0.1'], link=Link())\n"
        "from tagwright_agent.approver.login import Login\n"
        "try: Login(Oidc(issuer='https://i.example', client_id='c'), 's')\n"
        "except ConfigError as error: print(error.hint)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "authlib" in done.stdout
    assert "itsdangerous" in done.stdout
