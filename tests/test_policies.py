"""Policies of every format as files; those of Custodian, and defaults of experiments."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policy_files import TAXONOMY, TEXT, VALUES, back, contents, made, request
from tagwright.api import MisuseError, UnknownNameError
from tagwright.policies.custodian import value_regex
from tagwright.policies.generate import EXPERIMENT_DEFAULTS, FORMATS, generate
from tagwright.taxonomy import default_text, parse_taxonomy
from tagwright_agent.cli import main
from tagwright_agent.cli import policies as command

if TYPE_CHECKING:
    from pathlib import Path

    from tagwright.taxonomy import Taxonomy


@pytest.mark.parametrize("form", list(FORMATS))
@pytest.mark.parametrize(
    "taxonomy", [TAXONOMY, parse_taxonomy(default_text())], ids=["own", "default"]
)
def test_every_file_reads_back_as_what_it_says(form: str, taxonomy: Taxonomy) -> None:
    if form == "experiment-defaults" and taxonomy is TAXONOMY:
        asked = request(taxonomy, defaults={"environment": "experiment"})
    else:
        asked = request(taxonomy)
    found = generate(form, asked)
    assert found.documents
    for document in found.documents:
        assert back(document) == json.loads(json.dumps(document.content))
    assert len({document.path for document in found.documents}) == len(found.documents)
    assert generate(form, asked) == found


def test_the_command_offers_every_format() -> None:
    assert list(command._FORMATS) == list(FORMATS)


def test_an_unknown_format_names_the_nearest() -> None:
    with pytest.raises(UnknownNameError, match="aws-spc") as error:
        generate("aws-spc", request())
    assert "aws-scp" in error.value.nearest


# --- Cloud Custodian -----------------------------------------------------------------------------


@given(
    key=st.sampled_from(sorted(TAXONOMY.keys)),
    value=VALUES.map(lambda text: f"  {text}\t")
    | VALUES
    | st.text("search lab-n/a\n\u200b*?", max_size=9),
)
def test_custodian_s_regex_is_the_taxonomy_s_own_rule(key: str, value: str) -> None:
    """``op: regex`` is ``re.match`` with IGNORECASE."""
    found = re.match(value_regex(TAXONOMY.keys[key]), value, re.IGNORECASE) is not None
    assert found is (TAXONOMY.keys[key].normalise(value) is not None)


def test_custodian_looks_at_every_tag_name_of_every_key() -> None:
    documents = {d.path: back(d) for d in made("cloud-custodian").documents}
    assert set(documents) == {"custodian-aws.yml", "custodian-azure.yml", "custodian-gcp.yml"}
    for document in documents.values():
        for policy in document["policies"]:
            assert "actions" not in policy
            (either,) = policy["filters"]
            keys = [[test["key"] for test in item["not"][0]["or"]] for item in either["or"]]
            stripped = [[re.sub(r'^(tag:|\w+\.)"?|"$', "", k) for k in names] for names in keys]
            assert stripped == [
                list(key.tag_names) for key in TAXONOMY.keys.values() if key.required
            ]


@pytest.mark.slow  # starts Cloud Custodian
@pytest.mark.parametrize("form", ["cloud-custodian", "experiment-defaults"])
def test_custodian_accepts_them(form: str, tmp_path: Path) -> None:
    """With `pip install c7n` (or TAGWRIGHT_CUSTODIAN=path of the command) on this machine."""
    custodian = os.environ.get("TAGWRIGHT_CUSTODIAN") or shutil.which("custodian")
    if custodian is None:
        pytest.skip("Cloud Custodian is not installed")
    taxonomy = parse_taxonomy(default_text())
    for document in generate(form, request(taxonomy)).documents:
        if not re.fullmatch(r"custodian-(experiments-)?aws\.yml", document.path):
            continue
        path = tmp_path / document.path
        path.write_text(document.text())
        done = subprocess.run([custodian, "validate", str(path)], capture_output=True, text=True,
                              check=False, cwd=tmp_path)  # fmt: skip
        assert done.returncode == 0, done.stderr
        assert "Configuration valid" in done.stderr + done.stdout


# --- Experiments ---------------------------------------------------------------------------------


def test_defaults_of_experiments_are_valid_and_must_be_refined() -> None:
    taxonomy = parse_taxonomy(default_text())
    terraform, azure, kyverno, custodian = (
        back(d) for d in generate("experiment-defaults", request(taxonomy, refine_days=7)).documents
    )
    tags = terraform["provider"]["aws"][0]["default_tags"][0]["tags"]
    assert tags == EXPERIMENT_DEFAULTS
    for name, value in tags.items():
        assert taxonomy.keys[name].normalise(value) == value
    assert terraform["provider"]["google"][0]["default_labels"] == tags
    details = azure["properties"]["policyRule"]["then"]["details"]
    assert {o["field"]: o["value"] for o in details["operations"]} == {
        f"tags['{name}']": value for name, value in tags.items()
    }
    assert {o["operation"] for o in details["operations"]} == {"add"}  # never over a tag of its own
    labels = kyverno["spec"]["rules"][0]["mutate"]["patchStrategicMerge"]["metadata"]["labels"]
    assert labels == {f"+({name})": value for name, value in tags.items()}
    for policy in custodian["policies"]:
        *fixed, age = policy["filters"]
        assert {k: v for item in fixed for k, v in item.items()} == {
            f"tag:{name}": value for name, value in tags.items()
        }
        assert (age["value_type"], age["op"], age["value"]) == ("age", "gt", 7)


def test_a_default_that_the_taxonomy_does_not_allow_is_refused() -> None:
    with pytest.raises(MisuseError, match="team=ml-research is not valid") as error:
        generate("experiment-defaults", request())
    assert "Add 'ml-research' to the values" in error.value.hint
    with pytest.raises(UnknownNameError):
        generate("experiment-defaults", request(defaults={"colour": "red"}))


# --- The command ---------------------------------------------------------------------------------


def test_files_are_written_printed_or_given_as_json(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (home / "taxonomy.yaml").write_text(TEXT)
    assert main(["policies", "--format", "aws-tag-policy"]) == 0
    shown = capsys.readouterr()
    assert json.loads(shown.out) == contents("aws-tag-policy")[0]
    assert "note: A tag policy never asks" in shown.err
    assert main(["policies", "--format", "azure-policy"]) == 0
    assert "==> tagwright-team.json <==" in capsys.readouterr().out
    assert main(["policies", "--format", "kyverno", "--key", "feature", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert [rule["name"] for rule in document["files"][0]["content"]["spec"]["rules"]] == [
        "label-feature"
    ]
    out = tmp_path / "deep" / "out"
    assert main(["policies", "--format", "aws-scp", "--out", str(out)]) == 0
    assert [json.loads(p.read_text()) for p in sorted(out.iterdir())] == contents("aws-scp")
    for arguments in (
        ["--format", "aws-xyz"],
        [],
        ["--format", "aws-scp", "--key", "colour"],
        ["--format", "experiment-defaults", "--default", "team"],
        ["--format", "aws-scp", "--out", str(home / "taxonomy.yaml" / "x")],
        ["--format", "kyverno", "--exempt", "arn:aws:iam::*:role/x"],
        ["--format", "aws-scp", "--enforce-for", "ec2:instance"],
        ["--format", "azure-policy", "--default", "team=search"],
    ):
        assert main(["policies", *arguments]) == 2
