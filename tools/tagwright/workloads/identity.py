r"""What a charge belongs to, as DuckDB expressions over the dimensions of a query.

Names come from, the first that is there: a tag that a scheduler or a cloud sets on all members of a
group (node group, auto-scaling group, Kubernetes workload), the tag ``Name``, the name of the
resource, the last part of its id. What has no name of its own is named by its model, its family of
machines or its service, and then belongs to one owner only.

What members of a group differ by is cut off: of machines, jobs and pipelines a date, a UUID, a hash
and the number at the end; of endpoints the date, the UUID and the hash, for ``llama-2`` and
``llama-3`` are two endpoints.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tagwright.taxonomy.fold import literal, quoted, strip_prefix

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["BASIS", "FORM", "KIND_OF_ARN", "WORK", "group_tags", "label", "stem", "subject"]

_GROUPS = (
    "awseksworkloadname",
    "eksnodegroupname",
    "alphaeksctlionodegroupname",
    "karpentershnodepool",
    "googk8snodepoolname",
    "awsautoscalinggroupname",
    "awsecsservicename",
    "awsbatchcomputeenvironment",
    "awscloudformationlogicalid",
    "name",
)
"""Tags that name a group, folded, the surest first.

docs.aws.amazon.com: "AWS-generated cost allocation tags", EKS "Split cost allocation data";
cloud.google.com/kubernetes-engine/docs: "Labels that GKE applies".
"""


def group_tags(raw_names: Iterable[str]) -> list[str]:
    """Those of a bill's tag names that name a group, the surest first.

    >>> group_tags(["team", "user:Name", "aws_autoscaling_group_name", "eks:nodegroup-name"])
    ['eks:nodegroup-name', 'aws_autoscaling_group_name', 'user:Name']
    """
    found = []
    for raw in raw_names:
        forms = {re.sub(r"[^a-z0-9]", "", form) for form, _ in strip_prefix(raw)}
        places = [_GROUPS.index(form) for form in forms if form in _GROUPS]
        if places:
            found.append((min(places), raw))
    return [raw for _, raw in sorted(found)]


KIND_OF_ARN = "regexp_extract(resource_id, '^arn:[^:]*:[^:]*:[^:]*:[^:]*:([A-Za-z-]+)[/:]', 1)"
"""``endpoint``, ``training-job``, ``instance``, …; empty where the resource is no ARN."""

_JOBS = (
    "'training-job', 'processing-job', 'transform-job', 'hyper-parameter-tuning-job', 'automl-job',"
    " 'model-customization-job', 'model-invocation-job', 'labeling-job', 'compilation-job', 'job'"
)
FORM = f"""CASE
 WHEN arn_kind IN ('endpoint', 'inference-component', 'provisioned-model') THEN 'endpoint'
 WHEN arn_kind IN ({_JOBS}) THEN 'job'
 WHEN arn_kind = 'pipeline' THEN 'pipeline'
 WHEN x_ai_kind = 'model-api' THEN 'api'
 WHEN x_ai_kind IN ('endpoint', 'provisioned-model') THEN 'endpoint'
 WHEN x_ai_kind = 'training' THEN 'job'
 WHEN x_ai_kind = 'accelerator' THEN 'machines'
 WHEN x_ai_kind = 'vector-search' THEN 'vector store'
 WHEN x_ai_kind = 'pipeline' THEN 'pipeline'
 WHEN x_ai_kind = 'ml-platform' THEN 'platform'
 WHEN x_ai_kind IS NOT NULL THEN 'service'
 WHEN regexp_matches(service_name, 'glue|batch|elastic ?map ?reduce|emr|data ?factory|dataflow|dataproc|databricks', 'i') THEN 'job'
 WHEN service_category IN ('Storage', 'Databases') THEN 'data'
 WHEN service_category = 'Compute' THEN 'machines'
 ELSE 'service' END"""  # noqa: E501  one case a line
"""What a workload is to those who run it; the resource knows it better than the kind of charge."""

WORK = """COALESCE(x_ai_workload_type, CASE
 WHEN arn_kind IN ('endpoint', 'inference-component', 'transform-job', 'model-invocation-job')
 THEN 'inference'
 WHEN arn_kind IN ('training-job', 'hyper-parameter-tuning-job', 'automl-job') THEN 'training'
 WHEN arn_kind = 'model-customization-job' THEN 'fine-tuning'
 WHEN arn_kind = 'processing-job' THEN 'data-prep'
 WHEN form = 'api' AND x_ai_token_direction IS NOT NULL THEN 'inference' END)"""
"""Training, inference, …, as bill and resource tell it."""

_OPAQUE = (
    "^([a-z]{1,8}-[0-9a-f]{8,}|[0-9]+|[0-9a-f]{12,}|"
    "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})$"
)
"""Ids that name one machine and no group."""
_PROVIDERS_OWN = "^arn:[^:]*:bedrock:[^:]*:([^:]*:(foundation-model|inference-profile)/|:)|/publishers/[^/]+/models/"  # noqa: E501
"""Models that everybody calls: the resource says no more than the model."""


def label(tags: Iterable[str]) -> str:
    """The name of what a charge is for; NULL where nothing names it.

    Args:
        tags: Columns with the values of :func:`group_tags`.
    """
    given = [f"NULLIF(TRIM({quoted(column)}), '')" for column in tags]
    own = "NULLIF(TRIM(resource_name), '')"
    pod = "NULLIF(regexp_extract(resource_id, ':pod/[^/]+/[^/]+/([^/]+)/', 1), '')"
    scale_set = (
        "NULLIF(regexp_extract(resource_id, '/virtualmachinescalesets/([^/]+)', 1, 'i'), '')"
    )
    tail = "NULLIF(regexp_extract(resource_id, '([^/:]+)/*$', 1), '')"
    opaque = f"regexp_matches(lower({tail}), {literal(_OPAQUE)})"
    named = f"CASE WHEN form NOT IN ('machines', 'data') OR NOT {opaque} THEN {tail} END"
    # An API key is not a workload; its project and model are. Studio has an app per person.
    none = (
        "(form = 'api' AND x_ai_rule LIKE 'api.%') OR "
        f"(form = 'api' AND regexp_matches(resource_id, {literal(_PROVIDERS_OWN)})) OR "
        "arn_kind IN ('app', 'domain', 'user-profile', 'space')"
    )
    # A name of the resource that only repeats its id is none.
    named_own = f"CASE WHEN {own} IS DISTINCT FROM resource_id AND NOT regexp_matches(lower({own}), {literal(_OPAQUE)}) THEN {own} END"  # noqa: E501
    parts = [*given, scale_set, pod, named_own, named]
    return f"CASE WHEN {none} THEN NULL ELSE COALESCE({', '.join(parts)}) END"


_UUID = "[-_.]?[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
_DATE = (
    r"(^|[^0-9])20[0-9]{2}[-_.]?(?:0[1-9]|1[0-2])[-_.]?(?:0[1-9]|[12][0-9]|3[01])"
    r"(?:[-_.t]?[0-2][0-9][-_.:]?[0-5][0-9](?:[-_.:]?[0-5][0-9](?:[-_.][0-9]{1,6})?)?)?z?($|[^0-9])"
)
_EPOCH = r"(^|[-_.])1[6-9][0-9]{8}(?:[0-9]{3})?($|[-_.])"
_REPLICA = "-[0-9a-f]{6,10}-[0-9a-z]{5}$"
_HASH = "[-_.][0-9a-f]{8,40}$"
_NUMBER = "[-_.#]?[0-9]+$"
_EDGES = "^[-_. ]+|[-_. ]+$"
_TWICE = "([-_.])[-_.]+"


def stem(name: str, *, numbers: bool) -> str:
    """A name without what its group's members differ by; never empty.

    Args:
        name: Expression.
        numbers: Whether a number at the end is one of those.
    """
    text = f"lower(TRIM({name}))"
    cuts = [(_UUID, ""), (_DATE, r"\1\2"), (_EPOCH, r"\1\2"), (_REPLICA, ""), (_HASH, "")]
    cuts += [(_NUMBER, "")] if numbers else []
    cut = text
    for regex, by in [*cuts, (_EDGES, ""), (_TWICE, r"\1")]:
        cut = f"regexp_replace({cut}, {literal(regex)}, {literal(by)}, 'g')"
    return f"COALESCE(NULLIF({cut}, ''), {text})"


def subject() -> str:
    """What a charge is counted under: the stem of its name, else its model, family or service.

    NULL for what is no usage and names nothing: a credit, a fee, a commitment.
    """
    named = (
        "CASE WHEN label IS NULL THEN NULL "
        f"WHEN form IN ('machines', 'job', 'pipeline') THEN {stem('label', numbers=True)} "
        f"WHEN form = 'endpoint' THEN {stem('label', numbers=False)} "
        "ELSE lower(TRIM(label)) END"
    )
    return f"CASE WHEN {_COMMITMENT} THEN NULL ELSE COALESCE({named}, {_UNNAMED}) END"


_COMMITMENT = "COALESCE(resource_id = commitment_discount_id, FALSE)"
"""Its fee, and what was not used of it: a prepayment is no workload, what it pays for is."""
_UNNAMED = (
    "CASE WHEN form IN ('api', 'endpoint') THEN lower(x_ai_model_id) END, "
    "CASE WHEN form = 'machines' THEN lower(x_ai_instance_family) END, "
    "CASE WHEN charge_category = 'Usage' THEN lower(service_name) END"
)
BASIS = (
    "CASE WHEN label IS NOT NULL THEN 'name' "
    "WHEN form IN ('api', 'endpoint') AND x_ai_model_id IS NOT NULL THEN 'model' "
    "WHEN form = 'machines' AND x_ai_instance_family IS NOT NULL THEN 'family' "
    "ELSE 'service' END"
)
"""What the subject is."""
