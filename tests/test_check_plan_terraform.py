"""Terraform plans: attributes that say the tags, defaults of providers, groups, what is unknown."""

from __future__ import annotations

import json
from typing import Any

import pytest

from plan_files import change, checked, found, terraform
from tagwright.api import MisuseError

PLAIN = change("aws_instance.a", {"tags": {}})
GOOD = {"team": "search", "env": "production"}


def config(*resources: dict[str, Any], providers: Any = None, calls: Any = None) -> dict[str, Any]:
    root = {"resources": list(resources), "module_calls": calls or {}}
    return {"provider_config": providers or {}, "root_module": root}


def test_missing_wrong_and_right_tags_with_the_nearest_value() -> None:
    report = checked(
        terraform(
            change("aws_instance.web[0]", {"tags": None, "tags_all": {}}),
            change('module.a["x"].aws_instance.b["y"]', {"tags_all": {"team": "serch", "env": ""}}),
            change("aws_s3_bucket.c", {"tags": GOOD, "tags_all": GOOD}),
        )
    )
    assert [(f.address, f.kind, f.key, f.nearest) for f in report.findings] == [
        ("aws_instance.web[0]", "missing", "team", ()),
        ("aws_instance.web[0]", "missing", "environment", ()),
        ('module.a["x"].aws_instance.b["y"]', "invalid", "team", ("search",)),
        ('module.a["x"].aws_instance.b["y"]', "invalid", "environment", ()),
    ]
    assert report.checked == 3
    assert report.findings[0].message == "team is missing; allowed: search, ads, lab-*."
    assert report.findings[2].message == "team is 'serch', which is not allowed; nearest: search."


@pytest.mark.parametrize(
    ("actions", "judged"),
    [
        ("create", 1), ("update", 1), ("delete create", 1), ("create delete", 1),
        ("no-op", 0), ("read", 0), ("delete", 0), ("forget", 0), ("create forget", 1),
    ],
)  # fmt: skip
def test_only_what_comes_into_being_or_changes(actions: str, judged: int) -> None:
    assert checked(terraform(change("aws_instance.a", {"tags": {}}, actions=actions))).checked == (
        judged
    )


def test_data_sources_and_other_providers_are_left_out() -> None:
    report = checked(
        terraform(
            change("data.aws_ami.x", {"tags": {}}, mode="data"),
            change("random_id.x", {"byte_length": 4}, provider="hashicorp/random"),
            change("aws_route.x", {"route_table_id": "r"}),
            change("aws_iam_role.x", {"tags": None}),
        )
    )
    assert (report.checked, report.free, dict(report.without_tags)) == (0, 1, {"aws_route": 1})
    assert report.notes == ["plan: Not judged: resources of random."]
    assert found(terraform(change("aws_iam_role.x", {"tags": GOOD})), free_too=True) == []
    assert len(found(terraform(change("aws_iam_role.x", {"tags": None})), free_too=True)) == 2


def test_values_known_only_at_apply_are_said_and_no_fault() -> None:
    report = checked(
        terraform(
            change(
                "aws_instance.a",
                {"tags": {"env": "production"}},
                unknown={"tags": {"team": True}, "tags_all": {"team": True}},
            ),
            change("aws_instance.b", {}, unknown={"tags": True, "tags_all": True}),
        )
    )
    assert [(f.address, f.kind, f.key) for f in report.findings] == [
        ("aws_instance.a", "unknown", "team"),
        ("aws_instance.a", "missing", "environment"),  # tags_all is known but for team
        ("aws_instance.b", "unknown", "team"),
        ("aws_instance.b", "unknown", "environment"),
    ]


def test_default_tags_where_tags_all_is_unknown() -> None:
    """The provider's own words are read; what they refer to is not known."""
    resource = {"address": "aws_instance.a", "provider_config_key": "aws.west"}
    later = {"tags_all": True, "tags": {"x": True}}
    constant = {"aws.west": {"expressions": {"default_tags": [
        {"tags": {"constant_value": {"team": "ads", "env": "prod"}}}]}}}  # fmt: skip
    referred = {"aws.west": {"expressions": {"default_tags": [
        {"tags": {"references": ["var.tags"]}}]}}}  # fmt: skip
    item = change("aws_instance.a[0]", {"tags": {"env": "production"}}, unknown=later)
    assert found(terraform(item, configuration=config(resource, providers=constant))) == []
    assert found(terraform(item, configuration=config(resource, providers=referred))) == [
        ("aws_instance.a[0]", "unknown", "team")
    ]
    assert found(terraform(item, configuration=config(resource))) == [
        ("aws_instance.a[0]", "missing", "team")
    ]


def test_default_tags_of_a_module_s_provider() -> None:
    inner = {"resources": [{"address": "aws_instance.a", "provider_config_key": "m:aws"}]}
    providers = {"aws": {"expressions": {"default_tags": [
        {"tags": {"constant_value": {"team": "ads", "env": "prod"}}}]}}}  # fmt: skip
    item = change("module.m[1].aws_instance.a", {"tags": None}, unknown={"tags_all": True})
    configuration = config(providers=providers, calls={"m": {"module": inner}})
    kinds = [kind for _, kind, _ in found(terraform(item, configuration=configuration))]
    assert kinds == ["spelling"]  # prod is production, written otherwise


def group(*tags: tuple[str, str, bool], **more: Any) -> dict[str, Any]:
    rows = [{"key": k, "value": v, "propagate_at_launch": p} for k, v, p in tags]
    return change("aws_autoscaling_group.g", {"tag": rows, **more})


def test_a_group_s_instances_get_what_is_propagated() -> None:
    text = terraform(group(("team", "ads", True), ("env", "production", False)))
    report = checked(text)
    (finding,) = report.findings
    assert (finding.kind, finding.key, finding.part) == ("missing", "environment", "instances")
    assert finding.message == (
        "environment of the instances it launches is on the group as 'env', but not propagated "
        "at launch."
    )


def test_a_group_s_instances_get_the_tags_of_the_launch_template() -> None:
    template = change(
        "aws_launch_template.t",
        {"tag_specifications": [{"resource_type": "volume", "tags": {"env": "production"}},
                                {"resource_type": "instance", "tags": {"team": "search"}}]},
    )  # fmt: skip
    refers = {
        "address": "aws_autoscaling_group.g",
        "expressions": {
            "launch_template": [{"id": {"references": ["aws_launch_template.t.id",
                                                       "aws_launch_template.t"]}}]
        },
    }  # fmt: skip
    uses = group(("env", "production", True), launch_template=[{"version": "$Latest"}])
    assert found(terraform(template, uses, configuration=config(refers))) == []
    assert found(terraform(uses, configuration=config(refers))) == [
        ("aws_autoscaling_group.g", "unknown", "team")
    ]
    assert found(terraform(group(("env", "production", True)))) == [
        ("aws_autoscaling_group.g", "missing", "team")
    ]


def test_labels_of_google_and_tags_of_azure() -> None:
    azure = "hashicorp/azurerm"
    text = terraform(
        change("google_compute_instance.a", {"tags": ["http"], "labels": None,
               "effective_labels": {"team": "search", "env": "production"}},
               provider="hashicorp/google"),
        change("google_storage_bucket.b", {"labels": {"team": "search"}},
               unknown={"effective_labels": True}, provider="hashicorp/google-beta"),
        change("google_container_cluster.c", {"resource_labels": {"Team": "search", "env": "x"}},
               provider="hashicorp/google"),
        change("google_sql_database_instance.d", {"settings": [{"user_labels": GOOD}]},
               provider="hashicorp/google"),
        change("azurerm_storage_account.e", {"tags": {"team": "a" * 300, "env/x": "y"}},
               provider=azure),
        change("azurerm_subnet.f", {"name": "s"}, provider=azure),
    )  # fmt: skip
    assert found(text) == [
        ("google_storage_bucket.b", "missing", "environment"),
        ("google_container_cluster.c", "spelling", "team"),
        ("google_container_cluster.c", "refused", ""),
        ("azurerm_storage_account.e", "invalid", "team"),
        ("azurerm_storage_account.e", "missing", "environment"),
        ("azurerm_storage_account.e", "refused", ""),
        ("azurerm_storage_account.e", "refused", ""),
    ]


def test_an_upper_case_value_is_lower_case_in_a_label() -> None:
    taxonomy = "{version: 1, keys: {cost-center: {layer: business, required: true, case: upper}}}"
    item = change("google_storage_bucket.b", {"labels": {"cost_center": "cc-1"}},
                  provider="hashicorp/google")  # fmt: skip
    assert found(terraform(item), taxonomy=taxonomy) == []
    aws = change("aws_s3_bucket.b", {"tags": {"cost-center": "cc-1"}})
    assert found(terraform(aws), taxonomy=taxonomy) == [
        ("aws_s3_bucket.b", "spelling", "cost-center")
    ]


def test_aliases_conflicts_other_spellings_and_near_names() -> None:
    text = terraform(
        change("aws_instance.a", {"tags": {"project": "ranker", "env": "production"}}),
        change("aws_instance.b", {"tags": {"team": "ads", "Squad": "search", "env": "prod"}}),
        change("aws_instance.c", {"tags": {"teem": "ads", "env": "qa"}}),
        change("aws_instance.d", {"tags": {"team": "LAB-7", "env": "production"}}),
    )
    report = checked(text)
    assert [(f.address, f.kind, f.key) for f in report.findings] == [
        ("aws_instance.b", "conflict", "team"),
        ("aws_instance.b", "spelling", "environment"),
        ("aws_instance.c", "missing", "team"),
        ("aws_instance.d", "spelling", "team"),
    ]
    assert "its tag 'teem' looks like it" in report.findings[2].message
    assert [f.key for f in report.failing()] == ["team", "team"]
    assert len(report.failing(strict=True)) == 4


def test_secret_values_are_judged_and_not_shown() -> None:
    tags = {"team": "hunter2", "env": "hunter2,"}
    item = change("aws_instance.a", {"tags": tags}, sensitive={"tags": True})
    report = checked(terraform(item))
    assert [f.kind for f in report.findings] == ["invalid"]
    assert "hunter2" not in json.dumps([f.as_dict() for f in report.findings])
    some = change("aws_instance.a", {"tags": tags}, sensitive={"tags": {"team": True}})
    assert "hunter2'" not in json.dumps([f.as_dict() for f in checked(terraform(some)).findings])


def test_more_tags_than_aws_takes_and_aws_s_own() -> None:
    many = {f"k{n}": "v" for n in range(51)}
    kinds = [f.message for f in checked(terraform(
        change("aws_instance.a", {"tags": {**GOOD, **many}}),
        change("aws_instance.b", {"tags": {**GOOD, "aws:team": "x"}}))).findings]  # fmt: skip
    assert kinds == [
        "it would be refused by AWS: 53 tags; AWS allows 50 on one resource.",
        "the tag 'aws:team' would be refused by AWS: keys that begin with aws: are AWS's own.",
    ]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('{"format_version": "2.0", "resource_changes": []}', "format 2.0 is not known"),
        ('{"format_version": "1.0", "terraform_version": "1", "values": {}}', "Terraform state"),
        ('{"resource_changes": [{"address": "a.b", "type": "a", "change": {"actions": 5}}]}',
         "not of its form"),
        ('{"@level": "info"}\n{"@level": "info"}', "line 2: not JSON"),
        (terraform(change("aws_instance.a", {"tags": {}}))[:-9], "not JSON"),
        ('{"resource_changes": [], "resource_changes": []}', "'resource_changes' stands twice"),
        (terraform(errored=True), "not whole"),
        ('{"hello": 1}', "no plan that is known"),
        ("[" * 100_000, "nested too deeply"),
        ("", "no plan that is known"),
    ],
)  # fmt: skip
def test_what_is_no_plan_is_refused_by_name(text: str, says: str) -> None:
    with pytest.raises(MisuseError, match=says) as error:
        checked(text)
    assert error.value.message.startswith("plan: ")


@pytest.mark.parametrize(
    "changes",
    [
        "abc",
        {"a": 1},
        ["a"],
        [None],
        [{**PLAIN, "address": 5}],
        [{**PLAIN, "type": ["x"]}],
        [{**PLAIN, "type": None}],
        [{**PLAIN, "change": {**PLAIN["change"], "actions": "create"}}],
        [{**PLAIN, "change": {**PLAIN["change"], "after": "x"}}],
        [{**PLAIN, "change": None}],
        [{name: PLAIN[name] for name in PLAIN if name != "provider_name"}],
    ],
)
def test_what_is_no_change_is_never_clean(changes: Any) -> None:
    """Each was passed over, so that the plan was clean, or ended as a fault of ours."""
    with pytest.raises(MisuseError, match="not of its form"):
        checked(json.dumps({"format_version": "1.2", "resource_changes": changes}))


def test_a_secret_is_not_told_by_its_right_spelling_nor_in_a_list() -> None:
    spelt = change("aws_instance.a", {"tags": {"team": "advertising", "env": "prod"}},
                   sensitive={"tags": {"team": True}})  # fmt: skip
    rows = [{"key": "team", "value": "hunter2"}, {"key": "env", "value": "prod"}]
    listed = change("awscc_s3_bucket.b", {"tags": rows}, provider="hashicorp/awscc",
                    sensitive={"tags": [{"value": True}, {}]})  # fmt: skip
    report = checked(terraform(spelt, listed))
    said = json.dumps([finding.as_dict() for finding in report.findings])
    assert [f.kind for f in report.findings] == ["spelling", "spelling", "invalid", "spelling"]
    assert "ads" not in said.replace("ads, lab-*", "")
    assert "hunter2" not in said


def test_a_plan_without_changes_is_clean() -> None:
    assert found('{"format_version": "1.2", "terraform_version": "1.11.4"}') == []
