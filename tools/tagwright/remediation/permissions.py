"""IAM permissions of each action; the policy of the applier's role is made from them.

``TagResources`` needs its own permission and that of the resource's service (AWS Resource Groups
Tagging API Reference, TagResources, "Minimum permissions"). Bedrock, ECR, EKS and OpenSearch are
tagged by their own APIs.
"""

from __future__ import annotations

from typing import Any

__all__ = ["ACTIONS", "RESOURCES", "iam_policy"]

ACTIONS: dict[str, tuple[str, ...]] = {
    "check the account": ("sts:GetCallerIdentity",),
    "read live tags": (
        "tag:GetResources",
        "bedrock:ListTagsForResource",
        "ecr:ListTagsForResource",
        "eks:ListTagsForResource",
        "es:ListTags",
    ),
    "write tags": (
        "tag:TagResources",
        "bedrock:TagResource",
        "dynamodb:TagResource",
        "ec2:CreateTags",
        "ecr:TagResource",
        "ecs:TagResource",
        "eks:TagResource",
        "elasticloadbalancing:AddTags",
        "es:AddTags",
        "kms:TagResource",
        "lambda:TagResource",
        "rds:AddTagsToResource",
        "s3:GetBucketTagging",
        "s3:PutBucketTagging",
        "sagemaker:AddTags",
    ),
    "remove tags (rollback)": (
        "tag:UntagResources",
        "bedrock:UntagResource",
        "dynamodb:UntagResource",
        "ec2:DeleteTags",
        "ecr:UntagResource",
        "ecs:UntagResource",
        "eks:UntagResource",
        "elasticloadbalancing:RemoveTags",
        "es:RemoveTags",
        "kms:UntagResource",
        "lambda:UntagResource",
        "rds:RemoveTagsFromResource",
        "sagemaker:DeleteTags",
    ),
    "assume a role": ("sts:AssumeRole",),
}
"""What each action of :mod:`tagwright.remediation.apply` may call."""

RESOURCES = {"sts:AssumeRole": "arn:*:iam::*:role/tagwright-applier"}
"""What a permission is kept to, where it is not everything: roles of ``[applier.roles]`` of
another name need another line."""

_SIDS = ("CheckAccount", "ReadTags", "WriteTags", "RemoveTags", "AssumeRole")


def iam_policy() -> dict[str, Any]:
    """The policy document of the applier's role: these permissions and no others."""
    return {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": sid,
                "Effect": "Allow",
                "Action": list(permissions),
                "Resource": RESOURCES.get(permissions[0], "*"),
            }
            for sid, permissions in zip(_SIDS, ACTIONS.values(), strict=True)
        ],
    }
