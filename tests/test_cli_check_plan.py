"""``tagwright check-plan``: exit status, 80 columns, JSON, SARIF, GitHub's annotations, Action."""

from __future__ import annotations

import gzip
import io
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from rich.cells import cell_len

from effort import examples
from plan_files import TAXONOMY, change, checked, terraform
from tagwright.policies.formats import github_lines, sarif
from tagwright_agent.cli import main

ROOT = Path(__file__).parents[1]
BAD = terraform(
    change("aws_instance.web", {"tags": {"team": "serch", "env": "prod"}}),
    change("aws_iam_role.r", {"tags": None}),
    change("aws_route.x", {}),
)
GOOD = terraform(change("aws_instance.web", {"tags": {"team": "search", "env": "production"}}))
SPELT = terraform(change("aws_instance.web", {"tags": {"team": "search", "env": "prod"}}))


@pytest.fixture
def plan(home: Path, tmp_path: Path) -> Any:
    (home / "taxonomy.yaml").write_text(TAXONOMY)

    def write(text: str, name: str = "plan.json") -> str:
        path = tmp_path / name
        path.write_text(text)
        return str(path)

    return write


def test_exit_status(plan: Any, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert main(["check-plan", plan(GOOD)]) == 0
    assert "1 resource judged: nothing to mend." in capsys.readouterr().out
    assert main(["check-plan", plan(SPELT)]) == 0
    assert "nothing to mend; 1 to know." in capsys.readouterr().out
    assert main(["check-plan", plan(SPELT), "--strict"]) == 1
    assert main(["check-plan", plan(BAD)]) == 1
    capsys.readouterr()
    for arguments, says in [
        ([str(tmp_path / "absent.json")], "No such file"),
        ([plan('{"a": 1}', "other.json")], "no plan that is known"),
        ([plan(GOOD), "--key", "colour"], "Unknown taxonomy key 'colour'"),
        ([plan(GOOD), "--stack-tag", "x"], "NAME=VALUE"),
        ([plan(GOOD), "--format", "xml"], "Invalid value"),
        ([], "Missing argument"),
    ]:
        assert main(["check-plan", *arguments]) == 2
        assert says in " ".join(capsys.readouterr().err.split())


def test_a_binary_plan_is_told_what_to_do(plan: Any, capsys: pytest.CaptureFixture[str]) -> None:
    path = plan("")
    Path(path).write_bytes(b"PK\x03\x04\xff\xfe\x00")
    assert main(["check-plan", path]) == 2
    assert "terraform show -json PLAN" in capsys.readouterr().err
    Path(path).write_bytes(GOOD.encode("utf-16"))  # as PowerShell redirects it
    assert main(["check-plan", path]) == 0


def test_standard_input(
    plan: Any, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(BAD.encode())))
    plan("")
    assert main(["check-plan", "-", "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["files"] == [{"path": "stdin", "kind": "terraform"}]


def test_text_names_the_resource_what_to_write_and_what_was_left_out(
    plan: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["check-plan", plan(BAD)]) == 1
    assert capsys.readouterr().out.splitlines() == [
        "aws_instance.web (create)",
        "  invalid  team is 'serch', which is not allowed; nearest: search.",
        "  spelling  environment is 'prod'; the taxonomy writes 'production'.",
        "",
        "1 resource judged: 1 to mend in 1; 1 to know.",
        "Left out: 1 that never cost (--include-free judges them too).",
        "Take no tags: 1 (aws_route).",
    ]


def test_json(plan: Any, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check-plan", plan(BAD), "--json"]) == 1
    document = json.loads(capsys.readouterr().out)
    assert document["status"] == "findings"
    assert document["resources"] == {
        "judged": 1, "failing": 1, "never_cost": 1, "without_tags": 1,
    }  # fmt: skip
    first = document["findings"][0]
    assert (first["kind"], first["level"], first["nearest"]) == ("invalid", "error", ["search"])


def test_sarif_is_valid_and_says_everything(plan: Any, capsys: pytest.CaptureFixture[str]) -> None:
    """Against the schema of SARIF 2.1.0 (as @microsoft/jest-sarif ships it)."""
    assert main(["check-plan", plan(BAD), "--format", "sarif"]) == 1
    document = json.loads(capsys.readouterr().out)
    _valid(document)
    run = document["runs"][0]
    assert [(r["ruleId"], r["level"]) for r in run["results"]] == [
        ("tag-invalid", "error"), ("tag-spelling", "note"),
    ]  # fmt: skip
    for result in run["results"]:
        assert run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == result["ruleId"]
        location = result["locations"][0]
        assert location["logicalLocations"][0]["fullyQualifiedName"] == "aws_instance.web"
        assert location["physicalLocation"]["region"]["startLine"] == 1
    prints = {r["partialFingerprints"]["tagwright/v1"] for r in run["results"]}
    assert len(prints) == 2
    assert main(["check-plan", plan(GOOD), "--format", "sarif"]) == 0
    _valid(json.loads(capsys.readouterr().out))


def _valid(document: Any) -> None:
    jsonschema = pytest.importorskip("jsonschema")
    packed = (ROOT / "tests" / "data" / "sarif-2.1.0-rtm.5.json.gz").read_bytes()
    jsonschema.Draft4Validator(json.loads(gzip.decompress(packed))).validate(document)


hostile = st.text(max_size=30) | st.sampled_from(
    [
        "::error::x",
        "a%0A::set-env x::y",
        "\n::add-mask::x",
        "<b>",
        "\x1b[31m",
        "\u202e",
        "😀",
    ]
)


@hypothesis_settings(
    max_examples=examples(60),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(address=hostile, name=hostile, value=hostile, file=hostile)
def test_text_of_a_plan_stays_text(
    capsys: pytest.CaptureFixture[str], address: str, name: str, value: str, file: str
) -> None:
    """One line an annotation, one command a line; valid SARIF; at most 80 columns."""
    from tagwright_agent.cli.check_plan import _show
    from tagwright_agent.cli.output import console

    item = change("aws_instance.a", {"tags": {name: value, "team": value}})
    item["address"] = address
    report = checked(terraform(item))
    report.findings = [type(f)(**{**f.__dict__, "file": file or "x"}) for f in report.findings]
    lines = list(github_lines(report))
    for line in lines:
        assert "\n" not in line
        assert "\r" not in line
        assert re.match(r"::(error|notice) file=[^,]*,line=1,title=[^,:]*::", line), line
    assert len(lines) == len(report.findings) >= 1
    _valid(json.loads(json.dumps(sarif(report, "1"))))
    capsys.readouterr()
    _show(console(), report, strict=True)
    shown = capsys.readouterr().out
    assert "\x1b" not in shown
    assert "\u202e" not in shown
    assert all(cell_len(line) <= 80 for line in shown.split("\n"))


def test_annotations_as_github_reads_them(plan: Any, capsys: pytest.CaptureFixture[str]) -> None:
    path = plan(BAD, "a,b:c%.json")
    assert main(["check-plan", path, "--format", "github"]) == 1
    first = capsys.readouterr().out.splitlines()[0]
    escaped = path.replace("%", "%25").replace(":", "%3A").replace(",", "%2C")
    assert first == (
        f"::error file={escaped},line=1,title=team%3A invalid::aws_instance.web: team is 'serch', "
        "which is not allowed; nearest: search."
    )


@pytest.fixture(scope="module")
def action() -> dict[str, Any]:
    path = ROOT / ".github" / "actions" / "check-plan" / "action.yml"
    found: dict[str, Any] = yaml.safe_load(path.read_text())
    return found


def test_the_action_s_inputs_are_never_part_of_a_script(action: dict[str, Any]) -> None:
    """An expression in `run` is pasted into the shell before it runs."""
    assert action["runs"]["using"] == "composite"
    scripts = [step for step in action["runs"]["steps"] if "run" in step]
    assert scripts
    for step in scripts:
        assert "${{" not in step["run"]
        assert step["shell"] == "bash"
    given_by = {value for step in scripts for value in step["env"].values()}
    for name in set(action["inputs"]) - {"python-version"}:
        assert "${{ inputs.%s }}" % name in given_by  # noqa: UP031  braces


@pytest.mark.slow  # starts the command five times
@pytest.mark.skipif(shutil.which("bash") is None, reason="needs bash")
def test_the_action_s_script_runs(action: dict[str, Any], tmp_path: Path) -> None:
    """A pattern, a name with blanks, a name that is a command: files, and nothing else."""
    command = tmp_path / "temp" / "tagwright" / "bin" / "tagwright"
    command.parent.mkdir(parents=True)
    start = "from tagwright_agent.cli import main; main()"
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -c "{start}" "$@"\n')
    command.chmod(0o755)
    work = tmp_path / "work"
    work.mkdir()
    (work / "tax.yaml").write_text(TAXONOMY)
    (work / "a b.json").write_text(GOOD)
    (work / "$(touch pwned).json").write_text(BAD)

    def run(files: str, **inputs: str) -> subprocess.CompletedProcess[str]:
        script = action["runs"]["steps"][-1]
        names = {name: "" for name in script["env"] if name.startswith("INPUT_")}
        return subprocess.run(
            ["bash", "-c", script["run"]], cwd=work, text=True, capture_output=True, check=False,
            env={**os.environ, **names, "INPUT_FILES": files, "INPUT_TAXONOMY": "tax.yaml",
                 "RUNNER_TEMP": str(tmp_path / "temp"), "TAGWRIGHT_HOME": str(tmp_path / "none"),
                 "GITHUB_STEP_SUMMARY": str(tmp_path / "summary"), **inputs},
        )  # fmt: skip

    clean = run("a b.json\n")
    assert (clean.returncode, clean.stderr) == (0, "")
    both = run("*.json", INPUT_SARIF_FILE="out.sarif")
    assert both.returncode == 1
    assert "::error file=$(touch pwned).json,line=1" in both.stdout
    assert len(json.loads((work / "out.sarif").read_text())["runs"][0]["results"]) == 2
    assert not (work / "pwned").exists()
    assert "1 to mend" in (tmp_path / "summary").read_text()
