"""Which machines a planned resource would start, as three tools' plans say it."""

from __future__ import annotations

from typing import Any

import pytest

from plan_files import change, pulumi, step, terraform
from tagwright.policies.check import read_plan
from tagwright.policies.sizes import Size, sizes_of


@pytest.mark.parametrize(("kind", "properties", "sizes"), [
    ("aws_instance", {"instance_type": "m6i.large"}, [Size("m6i.large", 1, True)]),
    ("aws_instance", {"instance_type": None}, []),
    ("aws_instance", {"instance_type": ""}, []),
    ("aws_db_instance", {"instance_class": "db.r6g.large"}, [Size("db.r6g.large", 1, True)]),
    ("AWS::RDS::DBInstance", {"DBInstanceClass": "db.t3.micro"}, [Size("db.t3.micro", 1, True)]),
    ("azurerm_linux_virtual_machine", {"size": "Standard_D8s_v5"},
     [Size("Standard_D8s_v5", 1, True)]),
    ("azurerm_managed_disk", {"size": "Standard_D8s_v5"}, []),
    ("google_compute_instance", {"machine_type": "n2-standard-8"},
     [Size("n2-standard-8", 1, True)]),
    # How many stands beside the type, above it, or in a block beside it.
    ("aws_sagemaker_endpoint_configuration",
     {"production_variants": [{"instance_type": "ml.g5.xlarge", "initial_instance_count": 2},
                              {"instance_type": "ml.m5.large", "initial_instance_count": 1}]},
     [Size("ml.g5.xlarge", 2, True), Size("ml.m5.large", 1, True)]),
    ("aws_elasticache_cluster", {"node_type": "cache.r6g.large", "num_cache_nodes": 3},
     [Size("cache.r6g.large", 3, True)]),
    ("aws_eks_node_group",
     {"instance_types": ["g5.2xlarge", "g5.4xlarge"],
      "scaling_config": [{"desired_size": 3, "min_size": 1}]},
     [Size("g5.2xlarge", 3, True)]),
    ("google_container_cluster",
     {"initial_node_count": 4, "node_config": [{"machine_type": "n2-standard-8"}]},
     [Size("n2-standard-8", 4, True)]),
    ("AWS::SageMaker::EndpointConfig",
     {"ProductionVariants": [{"InstanceType": "ml.g5.xlarge", "InitialInstanceCount": "2"}]},
     [Size("ml.g5.xlarge", 2, True)]),
    ("x", {"instance_type": "a", "instance_count": True}, [Size("a", 1, True)]),
    ("x", {"instance_type": "a", "instance_count": -1}, [Size("a", 1, True)]),
    ("x", "text", []),
    ("x", None, []),
])  # fmt: skip
def test_types_and_numbers(kind: str, properties: Any, sizes: list[Size]) -> None:
    assert list(sizes_of(kind, properties)) == sizes


def _sizes(text: str) -> list[tuple[tuple[Size, ...], tuple[Size, ...]]]:
    return [(item.sizes, item.sizes_now) for item in read_plan(text).planned]


def test_terraform_says_what_is_known_at_apply_and_what_is_now() -> None:
    later = change("aws_instance.a", {"tags": {}}, unknown={"instance_type": True})
    group = change(
        "aws_eks_node_group.b",
        {"tags": {}, "instance_types": ["g5.xlarge"], "scaling_config": [{"min_size": 1}]},
        unknown={"scaling_config": [{"desired_size": True}]},
    )
    grown = change("aws_instance.c", {"tags": {}, "instance_type": "g5.xlarge"}, actions="update")
    grown["change"]["before"] = {"instance_type": "g5.large"}
    assert _sizes(terraform(later, group, grown)) == [
        ((Size(None, 1, counted=True),), ()),
        # A minimum is no number of machines where the wanted one is not known yet.
        ((Size("g5.xlarge", 1, counted=False),), ()),
        ((Size("g5.xlarge", 1, counted=True),), (Size("g5.large", 1, counted=True),)),
    ]


def test_cloudformation_works_its_references_out() -> None:
    template = """
Parameters: {Type: {Type: String, Default: m6i.large}, Other: {Type: String}}
Resources:
  A: {Type: "AWS::EC2::Instance", Properties: {InstanceType: {Ref: Type}}}
  B: {Type: "AWS::EC2::Instance", Properties: {InstanceType: {Ref: Other}}}
  C: {Type: "AWS::EC2::Instance", Properties: {InstanceType: {"Fn::Sub": "${Type}"}}}
"""
    assert [sizes for sizes, _ in _sizes(template)] == [
        (Size("m6i.large", 1, counted=True),),
        (Size(None, 1, counted=True),),
        (Size("m6i.large", 1, counted=True),),
    ]


def test_pulumi_says_what_is_not_known_yet() -> None:
    unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
    found = _sizes(
        pulumi(
            step("aws:ec2/instance:Instance::a", {"tags": {}, "instanceType": "m6i.large"}),
            step("aws:ec2/instance:Instance::b", {"tags": {}, "instanceType": unknown}),
        )
    )
    assert [sizes for sizes, _ in found] == [
        (Size("m6i.large", 1, counted=True),),
        (Size(None, 1, counted=True),),
    ]
