"""IAM permissions of each action; the policy of the applier's role is made from them.

``TagResources`` needs its own permission and that of the resource's service (AWS Resource Groups
Tagging API Reference, TagResources, "Minimum permissions").
"""

from __future__ import annotations

from typing import Any

__all__ = ["ACTIONS", "iam_policy"]

ACTIONS: dict[str, tuple[str, ...]] = {
    "check the account": ("sts:GetCallerIdentity",),
    "read live tags": ("tag:GetResources",),
    "write tags": (
        "tag:TagResources",
        "dynamodb:TagResource",
        "ec2:CreateTags",
        "ecs:TagResource",
        "elasticloadbalancing:AddTags",
        "kms:TagResource",
        "lambda:TagResource",
        "rds:AddTagsToResource",
        "s3:GetBucketTagging",
        "s3:PutBucketTagging",
        "sagemaker:AddTags",
    ),
    "remove tags (rollback)": (
        "tag:UntagResources",
        "dynamodb:UntagResource",
        "ec2:DeleteTags",
        "ecs:UntagResource",
        "elasticloadbalancing:RemoveTags",
        "kms:UntagResource",
        "lambda:UntagResource",
        "rds:RemoveTagsFromResource",
        "sagemaker:DeleteTags",
    ),
}
"""What each action of :mod:`tagwright.remediation.apply` may call."""

_SIDS = ("CheckAccount", "ReadTags", "WriteTags", "RemoveTags")


def iam_policy() -> dict[str, Any]:
    """The policy document of the applier's role: these permissions and no others."""
    return {
        "Version": "2012-10-17",
        "Statement": [
            {"Sid": sid, "Effect": "Allow", "Action": list(permissions), "Resource": "*"}
            for sid, permissions in zip(_SIDS, ACTIONS.values(), strict=True)
        ],
    }
