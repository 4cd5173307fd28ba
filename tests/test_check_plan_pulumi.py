"""Pulumi previews: defaults of providers, secrets, what is not known yet, replacements."""

from __future__ import annotations

import json

import pytest

from plan_files import checked, found, pulumi, step
from tagwright.api import MisuseError

UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
SECRET = "4dabf18193072939515e22adb298388d"
GOOD = {"team": "search", "env": "production"}


def test_tags_defaults_and_types_that_take_none() -> None:
    report = checked(
        pulumi(
            step("pulumi:pulumi:Stack::dev", {}, custom=False),
            step("aws:s3/bucketV2:BucketV2::a", {}),
            step("aws:s3/bucketV2:BucketV2::b", {"tags": {"team": "x"}, "tagsAll": GOOD}),
            step("aws:rds/instance:Instance::c", {"tags": GOOD}),
            step("aws:ec2/route:Route::d", {}),
            step("aws:iam/role:Role::e", {}),
            step("random:index/randomId:RandomId::f", {}),
            step("azure-native:compute:VirtualMachine::g", {"tags": {"team": "serch"}}),
            step("gcp:storage/bucket:Bucket::h", {"labels": {"team": "search"}}),
            step("aws-native:s3:Bucket::i", {"tags": [{"key": "team", "value": "ads"}]}),
        )
    )
    assert [(f.address, f.kind, f.key) for f in report.findings] == [
        ("aws:s3/bucketV2:BucketV2::a", "missing", "team"),
        ("aws:s3/bucketV2:BucketV2::a", "missing", "environment"),
        ("azure-native:compute:VirtualMachine::g", "invalid", "team"),
        ("azure-native:compute:VirtualMachine::g", "missing", "environment"),
        ("gcp:storage/bucket:Bucket::h", "missing", "environment"),
        ("aws-native:s3:Bucket::i", "missing", "environment"),
    ]
    assert report.free == 1
    assert dict(report.without_tags) == {"aws:ec2/route:Route": 1}
    assert report.notes == ["plan: Not judged: resources of random."]


def test_default_tags_of_the_provider_and_of_the_configuration() -> None:
    provider = step(
        "pulumi:providers:aws::west", {"defaultTags": json.dumps({"tags": GOOD})}, op="same"
    )
    reference = f"{provider['urn']}::0123"
    text = pulumi(
        provider,
        step("aws:s3/bucket:Bucket::a", {"tags": {"team": "ads"}}, provider=reference),
        step("aws:s3/bucket:Bucket::b", {}, provider=reference),
        step("aws:s3/bucket:Bucket::c", {}),
    )
    assert found(text) == [
        ("aws:s3/bucket:Bucket::c", "missing", "team"),
        ("aws:s3/bucket:Bucket::c", "missing", "environment"),
    ]
    config = {"aws:defaultTags": json.dumps({"tags": GOOD})}
    assert found(pulumi(step("aws:s3/bucket:Bucket::c", {}), config=config)) == []


def test_each_resource_once_and_only_what_comes_into_being() -> None:
    bucket = "aws:s3/bucket:Bucket::a"
    text = pulumi(
        step(bucket, {"tags": {"team": "ads"}}, op="create-replacement"),
        step(bucket, {"tags": {"team": "ads"}}, op="replace"),
        {"op": "delete-replaced", "urn": "urn:pulumi:dev::shop::" + bucket, "oldState": {}},
        step("aws:s3/bucket:Bucket::b", {}, op="same"),
        {"op": "delete", "urn": "urn:pulumi:dev::shop::aws:s3/bucket:Bucket::c", "oldState": {}},
    )
    report = checked(text)
    assert [(f.address, f.action, f.key) for f in report.findings] == [
        (bucket, "replace", "environment")
    ]


def test_unknown_and_secret_values() -> None:
    wrapped = {SECRET: "1b47061264138c4ac30d75fd1eb44270", "plaintext": '"hunter2"'}
    closed = {SECRET: "1b47061264138c4ac30d75fd1eb44270", "ciphertext": "AAAA"}
    report = checked(
        pulumi(
            step("aws:s3/bucket:Bucket::a", {"tags": {"team": UNKNOWN, "env": "[secret]"}}),
            step("aws:s3/bucket:Bucket::b", {"tags": UNKNOWN}),
            step("aws:s3/bucket:Bucket::c", {"tags": {"team": wrapped, "env": "production"}}),
            step("aws:s3/bucket:Bucket::d", {"tags": closed}),
        )
    )
    assert [(f.address[-1], f.kind, f.key) for f in report.findings] == [
        ("a", "unknown", "team"), ("a", "unknown", "environment"),
        ("b", "unknown", "team"), ("b", "unknown", "environment"),
        ("c", "invalid", "team"),
        ("d", "unknown", "team"), ("d", "unknown", "environment"),
    ]  # fmt: skip
    assert "hunter2" not in json.dumps([f.as_dict() for f in report.findings])


def test_groups_and_launch_templates() -> None:
    template = step(
        "aws:ec2/launchTemplate:LaunchTemplate::t",
        {"tagSpecifications": [{"resourceType": "instance", "tags": {"env": "production"}}]},
    )
    tags = [
        {"key": "team", "value": "search", "propagateAtLaunch": True},
        {"key": "env", "value": "production", "propagateAtLaunch": False},
    ]
    inputs = {"launchTemplate": {"id": UNKNOWN}, "tags": tags}
    linked = step("aws:autoscaling/group:Group::g", inputs,
                  propertyDependencies={"launchTemplate": [template["urn"]]})  # fmt: skip
    alone = step("aws:autoscaling/group:Group::h", inputs)
    assert found(pulumi(template, linked)) == []
    assert found(pulumi(alone)) == [("aws:autoscaling/group:Group::h", "unknown", "environment")]
    bare = step("aws:autoscaling/group:Group::i", {"tags": tags})
    assert found(pulumi(bare)) == [("aws:autoscaling/group:Group::i", "missing", "environment")]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('{"steps": ["a"]}', "not of its form"),
        ('{"steps": [{"urn": "a"}]}', "not of its form"),
        (pulumi(diagnostics=[{"severity": "error", "message": "no credentials"}]), "not whole"),
    ],
)
def test_what_is_no_whole_preview_is_never_clean(text: str, says: str) -> None:
    with pytest.raises(MisuseError, match=says):
        checked(text)
    assert checked(pulumi(diagnostics=[{"severity": "warning"}])).findings == []
