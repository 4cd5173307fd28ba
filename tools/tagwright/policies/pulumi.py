"""Pulumi's preview as JSON (``pulumi preview --json``).

Source: pulumi/pulumi, ``pkg/display/json.go`` (steps with ``op``, ``urn``, ``newState``) and
``sdk/go/common/resource/plugin/rpc.go`` (the text that stands for what is not known yet). A preview
names only inputs that are set, so what takes tags is known by type.
"""

from __future__ import annotations

import contextlib
import json
from functools import cache
from typing import TYPE_CHECKING, Any

from tagwright.errors import MisuseError
from tagwright.policies.cloudformation import taggable_types
from tagwright.policies.planned import Planned, Reading, Tags, text_of
from tagwright.policies.sizes import LATER, sizes_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tagwright.policies.clouds import Cloud

__all__ = ["is_pulumi", "read_pulumi"]

_OPS = {
    "create": "create", "update": "update", "replace": "replace", "create-replacement": "replace",
    "import": "import", "import-replacement": "import",
}  # fmt: skip
_CLOUDS: dict[str, Cloud] = {
    "aws": "aws", "aws-native": "aws", "azure": "azure", "azure-native": "azure", "gcp": "gcp",
    "google-native": "gcp",
}  # fmt: skip
_EFFECTIVE = ("tagsAll", "effectiveLabels", "pulumiLabels")
_OWN = {"aws": ("tags",), "azure": ("tags",), "gcp": ("labels", "resourceLabels", "userLabels")}
_UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
_SIGNATURE, _SECRET = "4dabf18193072939515e22adb298388d", "1b47061264138c4ac30d75fd1eb44270"
_LATER = "some tags are known only when the stack is updated"

# Types of the classic AWS provider that CloudFormation calls otherwise.
_RENAMED = """
    alb/loadbalancer lb/loadbalancer ebs/volume ebs/snapshot rds/instance rds/cluster
    rds/clusterinstance docdb/cluster docdb/clusterinstance neptune/cluster neptune/clusterinstance
    elasticache/replicationgroup elasticsearch/domain opensearch/domain kinesis/stream
    cloudwatch/loggroup apigateway/restapi apigatewayv2/api msk/cluster sfn/statemachine
    ec2/spotinstancerequest ec2/eip ec2/natgateway mq/broker dms/replicationinstance
    sagemaker/notebookinstance bedrock/inferenceprofile bedrock/agentagent bedrock/customModel
    bedrock/provisionedmodelthroughput batch/computeenvironment glue/job
    elasticbeanstalk/environment cloudfront/distribution kms/key
    secretsmanager/secret redshiftserverless/workgroup
    fsx/lustrefilesystem fsx/ontapfilesystem fsx/openzfsfilesystem fsx/windowsfilesystem
""".casefold().split()
_GCP = """
    compute/instance compute/disk compute/instancetemplate compute/snapshot compute/image
    compute/address compute/forwardingrule storage/bucket bigquery/dataset bigquery/table
    container/cluster sql/databaseinstance redis/instance spanner/instance pubsub/topic
    pubsub/subscription cloudrun/service cloudrunv2/service cloudrunv2/job cloudfunctions/function
    cloudfunctionsv2/function dataproc/cluster dataflow/job composer/environment filestore/instance
    workbench/instance notebooks/instance vertex/aiendpoint vertex/aidataset vertex/aifeaturestore
    vertex/aiindex vertex/aiindexendpoint vertex/aitensorboard tpu/node tpu/v2vm alloydb/cluster
    alloydb/instance bigtable/instance organizations/project secretmanager/secret kms/cryptokey
""".split()
# Children that carry no tags of their own (Azure Resource Manager, "Tag support for resources").
_AZURE_CHILDREN = (
    "authorization", "roleassignment", "blobcontainer", "subnet", "securityrule", "route", "secret",
    "deployment", "diagnosticsetting", "accesspolicy", "firewallrule", "managementlock", "queue",
    "table", "fileshare", "topicsubscription", "privatednszonegroup", "virtualnetworkpeering",
)  # fmt: skip


def is_pulumi(document: Any) -> bool:
    """Whether the JSON is a preview."""
    return isinstance(document, dict) and isinstance(document.get("steps"), list)


def read_pulumi(document: Mapping[str, Any]) -> Reading:
    """Resources that the preview creates, replaces, imports or updates.

    Raises:
        MisuseError: The preview is not whole.
        KeyError, AttributeError: A step is not of its form.
    """
    _refuse_unfinished(document)
    steps: dict[str, Any] = {}
    for step in document["steps"]:
        # A replacement has several steps; the one that says the new state counts, once.
        if step["op"] in _OPS and step.get("newState"):
            steps.setdefault(str(step.get("urn", "")), step)
    defaults = _providers(document)
    states = {str(step.get("urn", "")): step.get("newState") or {} for step in document["steps"]}
    found = Reading("pulumi")
    strangers: set[str] = set()
    for urn, step in steps.items():
        state = step["newState"]
        kind = str(state.get("type") or urn.rpartition("::")[0].rpartition("::")[2])
        package = kind.partition(":")[0]
        if package == "pulumi" or state.get("custom") is False:
            continue
        if (cloud := _CLOUDS.get(package)) is None:
            strangers.add(package)
            continue
        inputs = state.get("inputs") or {}
        default = _default_of(step, package, defaults)
        held: frozenset[str] = frozenset()
        part = ""
        if kind.startswith("aws:autoscaling/group:"):
            tags, held = _group(inputs, state, states)
            part = "instances"
        elif (read := _tags(inputs, cloud, default)) is not None:
            tags = read
        elif _takes_tags(kind):
            tags = default
        else:
            found.untagged_types[kind] += 1
            continue
        was = (step.get("oldState") or {}).get("inputs")
        planned = Planned(
            _address(urn), kind, cloud, _OPS[step["op"]], tags, part, held,
            sizes=sizes_of(kind, inputs, read=_later),
            sizes_now=sizes_of(kind, was, read=_later),
        )  # fmt: skip
        found.planned.append(planned)
    if strangers:
        found.notes.append(f"Not judged: resources of {', '.join(sorted(strangers))}.")
    return found


def _refuse_unfinished(document: Mapping[str, Any]) -> None:
    diagnostics = document.get("diagnostics") or ()
    if any(isinstance(said, dict) and said.get("severity") == "error" for said in diagnostics):
        raise MisuseError(
            "The preview is not whole: Pulumi stopped with an error while it made it.",
            hint="Mend what `pulumi preview` says, and make it again.",
        )


def _address(urn: str) -> str:
    """Type and name of a URN: ``aws:s3/bucket:Bucket data``; parents' types left out."""
    kind, _, name = urn.rpartition("::")
    return f"{kind.rpartition('::')[2].rpartition('$')[2]}::{name}"


def _tags(inputs: Mapping[str, Any], cloud: Cloud, default: Tags) -> Tags | None:
    """What is said: with the provider's defaults in it, or to be put over them. None: nothing."""
    for name in _EFFECTIVE:
        if name in inputs and not _is_unknown(inputs[name]):
            return _read(inputs[name])
    for name in _OWN[cloud]:
        if name in inputs:
            return default.under(_read(inputs[name]))
    return None


def _read(value: Any) -> Tags:
    value, secret = _opened(value)
    if _is_unknown(value):
        return Tags(further=_LATER)
    pairs: list[tuple[Any, Any]] = []
    if isinstance(value, dict):
        pairs = [(key, item) for key, item in value.items() if key != "__defaults"]
    elif isinstance(value, list):
        pairs = [(row.get("key"), row.get("value")) for row in value if isinstance(row, dict)]
    tags, hidden, further = {}, {"*"} if secret else set(), ""
    for key, raw in pairs:
        item, closed = _opened(raw)
        if not isinstance(key, str) or _is_unknown(key):
            further = _LATER
            continue
        if closed:
            hidden.add(key)
        tags[key] = None if _is_unknown(item) or item == "[secret]" else text_of(item)
    return Tags(tags, further=further, hidden=hidden)


def _opened(value: Any) -> tuple[Any, bool]:
    """A value out of its wrapping, and whether it was a secret; one that is closed is unknown."""
    if isinstance(value, dict) and value.get(_SIGNATURE) == _SECRET:
        plain = value.get("plaintext", value.get("value"))
        if isinstance(plain, str):
            with contextlib.suppress(ValueError):  # then it is the text itself
                plain = json.loads(plain)
        return (_UNKNOWN if plain is None else plain), True
    return value, False


def _later(value: Any) -> Any:
    return LATER if _is_unknown(value) else value


def _is_unknown(value: Any) -> bool:
    return isinstance(value, str) and value == _UNKNOWN


def _providers(document: Mapping[str, Any]) -> dict[str, Tags]:
    """Default tags by URN of the provider, and by package from the configuration."""
    found: dict[str, Tags] = {}
    config = document.get("config")
    for name, value in (config if isinstance(config, dict) else {}).items():
        package, _, setting = str(name).partition(":")
        if setting in ("defaultTags", "defaultLabels"):
            found[package] = _defaults(value)
    for step in document["steps"]:
        urn = str(step.get("urn", ""))
        if "::pulumi:providers:" not in urn:
            continue
        inputs = (step.get("newState") or step.get("oldState") or {}).get("inputs") or {}
        said = inputs.get("defaultTags", inputs.get("defaultLabels"))
        if said is not None:
            found[urn] = _defaults(said)
        elif step.get("newState"):
            found[urn] = Tags()
    return found


def _defaults(value: Any) -> Tags:
    """``{"tags": {…}}`` or the map itself; providers' inputs are JSON written as text."""
    value, _ = _opened(value)
    if isinstance(value, dict) and set(value) >= {"value"} and isinstance(value["value"], str):
        value = value["value"]
    if isinstance(value, str):
        if _is_unknown(value):
            return Tags(further=_LATER)
        try:
            value = json.loads(value)
        except ValueError:
            return Tags(further=_LATER)
    if isinstance(value, dict) and "tags" in value and not isinstance(value["tags"], str):
        value = value["tags"]
    return _read(value)


def _default_of(step: Mapping[str, Any], package: str, defaults: Mapping[str, Tags]) -> Tags:
    reference = str(step.get("provider") or step["newState"].get("provider") or "")
    urn = reference.rpartition("::")[0]  # the provider's URN, then its id
    for name in (reference, urn):
        if name in defaults:
            return defaults[name]
    return defaults.get(package, Tags())


def _group(
    inputs: Mapping[str, Any], state: Mapping[str, Any], states: Mapping[str, Mapping[str, Any]]
) -> tuple[Tags, frozenset[str]]:
    """Tags of the instances of an Auto Scaling group; see Terraform's."""
    rows, secret = _opened(inputs.get("tags") or inputs.get("tagsCollection") or [])
    if _is_unknown(rows):
        return Tags(further=_LATER), frozenset()
    held, reached, further = set(), [], ""
    for row in rows if isinstance(rows, list) else []:
        if not isinstance(row, dict) or _is_unknown(row.get("propagateAtLaunch")):
            further = _LATER
        elif text_of(row.get("propagateAtLaunch")) == "true":
            reached.append(row)
        else:
            held.add(str(row.get("key")))
    own = _read(reached)
    tags = _template(inputs, state, states).under(own)
    hidden = {"*"} if secret else tags.hidden
    return Tags(tags, further=further or tags.open, hidden=hidden), frozenset(held - set(tags))


def _template(
    inputs: Mapping[str, Any], state: Mapping[str, Any], states: Mapping[str, Mapping[str, Any]]
) -> Tags:
    names = [name for name in ("launchTemplate", "mixedInstancesPolicy") if inputs.get(name)]
    if not names:
        return Tags()
    depends = state.get("propertyDependencies") or {}
    urns = [urn for name in names for urn in depends.get(name) or () if "launchTemplate:" in urn]
    found = [states[urn] for urn in urns if urn in states]
    if not found:
        return Tags(further="its launch template is not in this preview")
    tags = Tags()
    for template in found:
        for row in (template.get("inputs") or {}).get("tagSpecifications") or ():
            if isinstance(row, dict) and row.get("resourceType") == "instance":
                tags = tags.under(_read(row.get("tags") or {}))
    return tags


def _takes_tags(kind: str) -> bool:
    package, _, rest = kind.partition(":")
    module, _, name = rest.rpartition(":")
    service, low = module.partition("/")[0].casefold(), name.casefold()
    plain = f"{service}/{low.removesuffix('v2')}"
    if package in ("aws", "aws-native"):
        return plain in _aws_names() or f"{service}/{low}" in _aws_names()
    if package == "gcp":
        return f"{service}/{low}" in _GCP
    if package == "azure-native":
        return not any(part in low for part in _AZURE_CHILDREN)
    return False


@cache
def _aws_names() -> frozenset[str]:
    return frozenset(_shortened()) | frozenset(_RENAMED)


def _shortened() -> Iterator[str]:
    for kind in taggable_types():
        _, service, name = kind.split("::", 2)
        yield f"{service}/{name}".casefold()
