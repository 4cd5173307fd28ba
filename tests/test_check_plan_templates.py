"""CloudFormation templates in YAML and JSON: short tags, parameters, stack tags, groups, SAM."""

from __future__ import annotations

import json
import textwrap

import pytest

from plan_files import checked, found
from tagwright.api import MisuseError
from tagwright.policies.cloudformation import taggable_types


def template(resources: str, head: str = "") -> str:
    return f"{textwrap.dedent(head)}Resources:\n{textwrap.indent(textwrap.dedent(resources), '  ')}"


def test_list_and_map_tags_and_none_with_their_lines() -> None:
    report = checked(
        template(
            """
            Bucket:
              Type: AWS::S3::Bucket
              Properties:
                Tags:
                  - {Key: team, Value: serch}
                  - {Key: env, Value: production}
            Model:
              Type: AWS::SageMaker::Endpoint
            Cache:
              Type: AWS::Bedrock::Agent
              Properties: {Tags: {team: ads, environment: production}}
            Files:
              Type: AWS::EFS::FileSystem
              Properties:
                FileSystemTags: [{Key: team, Value: ads}]
            Wait:
              Type: AWS::CloudFormation::WaitConditionHandle
            """
        )
    )
    assert [(f.address, f.line, f.kind, f.key) for f in report.findings] == [
        ("Bucket", 3, "invalid", "team"),
        ("Model", 9, "missing", "team"),
        ("Model", 9, "missing", "environment"),
        ("Files", 14, "missing", "environment"),
    ]
    assert dict(report.without_tags) == {"AWS::CloudFormation::WaitConditionHandle": 1}


HEAD = """
    Parameters:
      Team: {Type: String}
      Env: {Type: String, Default: prod}
    """
VALUES = """
    A:
      Type: AWS::S3::Bucket
      Properties:
        Tags:
          - {Key: team, Value: !Ref Team}
          - {Key: env, Value: !Sub "${Env}uction"}
    """


def test_values_known_only_at_deployment_unless_they_are_given() -> None:
    assert found(template(VALUES, HEAD)) == [("A", "unknown", "team")]
    assert found(template(VALUES, HEAD), parameters={"Team": "serch"}) == [("A", "invalid", "team")]
    assert found(template(VALUES, HEAD), parameters={"Team": "search"}) == []
    kinds = found(template(VALUES, HEAD), parameters={"Team": "search", "Env": "prod-"})
    assert kinds == []  # environment is open: 'prod-uction' is allowed


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        ("!Join ['', [sea, rch]]", None),
        ("!Join ['', [sea, !Ref Team]]", "unknown"),
        ("!If [Prod, search, search]", None),
        ("!If [Prod, search, nobody]", "unknown"),
        ("!GetAtt Other.Team", "unknown"),
        ("!ImportValue team", "unknown"),
        ("!FindInMap [A, B, C]", "unknown"),
        ("!Sub ['${x}h', {x: searc}]", None),
        ("!Sub '${AWS::StackName}'", "unknown"),
        ("!Sub 'sear${!x}'", "invalid"),
        ("007", "invalid"),
        ("!!python/object/apply:os.system [id]", "unknown"),
    ],
)
def test_functions_are_worked_out_or_unknown(value: str, kind: str | None) -> None:
    resources = f"""
    A:
      Type: AWS::S3::Bucket
      Properties:
        Tags:
          - Key: team
            Value: {value}
          - {{Key: env, Value: production}}
    """
    seen = [item for item in found(template(resources, HEAD)) if item[2] == "team"]
    assert seen == ([("A", kind, "team")] if kind else [])


def test_numbers_stay_as_they_are_written() -> None:
    """YAML would make 7 of 007 and a date of 2026-01-01; CloudFormation does not."""
    resources = """
    A: {Type: AWS::S3::Bucket, Properties: {Tags: [{Key: team, Value: 007}]}}
    B: {Type: AWS::S3::Bucket, Properties: {Tags: [{Key: team, Value: 2026-01-01}]}}
    """
    values = [f.value for f in checked(template(resources)).findings if f.key == "team"]
    assert values == ["007", "2026-01-01"]


def test_a_tag_that_only_one_branch_sets_is_not_sure() -> None:
    resources = """
    A:
      Type: AWS::S3::Bucket
      Properties:
        Tags:
          - !If [Prod, {Key: team, Value: search}, !Ref AWS::NoValue]
          - {Key: env, Value: production}
    B:
      Type: AWS::S3::Bucket
      Properties: {Tags: !If [Prod, [{Key: team, Value: search}], []]}
    """
    assert found(template(resources)) == [
        ("A", "unknown", "team"), ("B", "unknown", "team"), ("B", "unknown", "environment"),
    ]  # fmt: skip


def test_stack_tags_reach_every_resource_and_its_own_win() -> None:
    resources = """
    A: {Type: AWS::S3::Bucket}
    B: {Type: AWS::S3::Bucket, Properties: {Tags: [{Key: team, Value: nobody}]}}
    """
    stack = {"team": "search", "env": "production"}
    assert found(template(resources), stack_tags=stack) == [("B", "invalid", "team")]


def test_groups_and_launch_templates() -> None:
    resources = """
    Group:
      Type: AWS::AutoScaling::AutoScalingGroup
      Properties:
        LaunchTemplate: {LaunchTemplateId: !Ref Machine, Version: 1}
        Tags:
          - {Key: team, Value: search, PropagateAtLaunch: false}
    Machine:
      Type: AWS::EC2::LaunchTemplate
      Properties:
        LaunchTemplateData:
          TagSpecifications:
            - {ResourceType: instance, Tags: [{Key: env, Value: production}]}
    Elsewhere:
      Type: AWS::AutoScaling::AutoScalingGroup
      Properties:
        LaunchTemplate: {LaunchTemplateId: lt-1, Version: 1}
        Tags: [{Key: team, Value: search, PropagateAtLaunch: true}]
    """
    report = checked(template(resources))
    assert [(f.address, f.kind, f.key, f.part) for f in report.findings] == [
        ("Group", "missing", "team", "instances"),
        ("Elsewhere", "unknown", "environment", "instances"),
    ]
    assert "not propagated at launch" in report.findings[0].message


def test_sam_s_globals_and_what_a_loop_makes() -> None:
    text = template(
        """
        F: {Type: "AWS::Serverless::Function", Properties: {Tags: {team: search}}}
        Fn::ForEach::Topics: [x, [a, b], {}]
        """,
        "Globals: {Function: {Tags: {env: production}}}\n",
    )
    report = checked(text)
    assert report.findings == []
    assert report.notes == ["plan: Not judged: what Fn::ForEach::Topics makes."]


def test_json_is_the_same_with_lines() -> None:
    document = {
        "Outputs": {"A": {"Value": "x"}},
        "Resources": {"A": {"Type": "AWS::S3::Bucket", "Properties": {"Tags": [
            {"Key": "team", "Value": {"Ref": "T"}}]}}},
    }  # fmt: skip
    text = json.dumps(document, indent="\t")
    report = checked(text)
    assert [(f.line, f.kind) for f in report.findings] == [(8, "unknown"), (8, "missing")]
    assert text.splitlines()[7].strip().startswith('"A"')


def test_a_name_in_json_is_where_it_is_declared_not_where_it_is_referred_to() -> None:
    bucket = {"Type": "AWS::S3::Bucket"}
    text = json.dumps({"Resources": {"A": {**bucket, "DependsOn": "B"}, "B": bucket}}, indent=1)
    lines = {f.address: f.line for f in checked(text).findings}
    assert [text.splitlines()[lines[name] - 1].strip() for name in "AB"] == ['"A": {', '"B": {']


def test_a_resource_without_a_type_is_said() -> None:
    report = checked("AWSTemplateFormatVersion: 2010-09-09\nResources:\n  A: null\n")
    assert report.notes == ["plan: Not judged: A, which has no type."]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("Resources:\n  A: {Type: AWS::S3::Bucket}\n  A: {Type: AWS::S3::Bucket}", "'A' stands"),
        ("Resources: [", "line 1: not YAML"),
        ("Resources:\n  A: {Type: AWS::S3::Bucket, ? [a] : b}", "a name must be text"),
        ("Resources: &a\n  A: *a\n", "recursive"),
        ("Resources: {A: {Type: 'AWS::S3::Bucket', Properties: {Tags: [{Key: [x]}]}}}", ""),
    ],
)
def test_bad_templates(text: str, says: str) -> None:
    if not says:
        assert {kind for _, kind, _ in found(text)} == {"unknown"}
        return
    with pytest.raises(MisuseError, match=says):
        checked(text)


def test_the_types_that_take_tags() -> None:
    known = taggable_types()
    assert {"AWS::EC2::Instance", "AWS::SageMaker::NotebookInstance", "AWS::Bedrock::Agent",
            "AWS::EKS::Cluster", "AWS::OpenSearchService::Domain"} <= known  # fmt: skip
    assert "AWS::EC2::Route" not in known
    assert len(known) > 1200
