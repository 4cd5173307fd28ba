"""Every format that the taxonomy can be written in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tagwright.errors import UnknownNameError
from tagwright.policies.aws_policies import scps, tag_policies
from tagwright.policies.azure_policies import azure_policies
from tagwright.policies.custodian import custodian_policies
from tagwright.policies.experiments import experiment_defaults
from tagwright.policies.gcp_policies import label_checks, organization_policies
from tagwright.policies.iam_policies import applier_policy, reader_policy
from tagwright.policies.kubernetes_policies import admission_policies, kyverno_policies

if TYPE_CHECKING:
    from collections.abc import Callable

    from tagwright.policies.request import Generated, Request

__all__ = ["EXPERIMENT_DEFAULTS", "FORMATS", "generate"]

FORMATS: dict[str, Callable[[Request], Generated]] = {
    "aws-tag-policy": tag_policies,
    "aws-scp": scps,
    "azure-policy": azure_policies,
    "gcp-org-policy": organization_policies,
    "gcp-label-checks": label_checks,
    "kyverno": kyverno_policies,
    "validating-admission-policy": admission_policies,
    "cloud-custodian": custodian_policies,
    "experiment-defaults": experiment_defaults,
    "aws-iam-applier": applier_policy,
    "aws-iam-reader": reader_policy,
}

EXPERIMENT_DEFAULTS = {"environment": "experiment", "team": "ml-research"}


def generate(form: str, request: Request) -> Generated:
    """The taxonomy in that format.

    Raises:
        UnknownNameError: Nobody knows the format; names the nearest.
        MisuseError: The taxonomy cannot be written so; says why.
    """
    if form not in FORMATS:
        from tagwright.registry import nearest

        raise UnknownNameError("format of policies", form, nearest(form, list(FORMATS)))
    made = FORMATS[form](request)
    made.notes = list(dict.fromkeys(made.notes))
    return made
