"""What AWS accepts as a tag and as an ARN, checked before a human is asked.

Sources: botocore's model of resourcegroupstaggingapi (TagResources: 1 to 20 ARNs, 1 to 50 tags,
key to 128, value to 256 characters); AWS General Reference, "Tag naming limits and requirements".
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tagwright.remediation.plan import PlanItem

__all__ = ["MAX_ARNS", "MAX_READ", "MAX_TAGS", "fault_of_item", "fault_of_tag"]

MAX_ARNS = 20
"""ARNs in one TagResources or UntagResources call."""

MAX_READ = 100
"""ARNs in one GetResources call."""

MAX_TAGS = 50
"""Tags of one resource, those that begin with ``aws:`` not counted."""

_KEY, _VALUE = 128, 256
_SIGNS = set("_.:/=+-@")
_ARN = re.compile(r"arn:aws(?:-cn|-us-gov)?:(?P<service>[a-z0-9-]+):(?P<region>[a-z0-9-]*):"
                  r"(?P<account>\d{12})?:(?P<resource>[^\s].{0,1500})")  # fmt: skip
_REGION = re.compile(r"[a-z]{2}(?:-[a-z]+)+-\d")


def fault_of_tag(key: str, value: str | None) -> str:
    """Why AWS would refuse the tag; empty where it would not."""
    if not 1 <= len(key) <= _KEY:
        return f"the key has {len(key)} characters; 1 to {_KEY} are allowed"
    if key.casefold().startswith("aws:"):
        return "keys that begin with aws: are AWS's own"
    if value is not None and len(value) > _VALUE:
        return f"the value has {len(value)} characters; {_VALUE} are allowed"
    for name, text in (("key", key), ("value", value or "")):
        if bad := _bad(text):
            return f"the {name} holds {bad!r}, which AWS does not allow"
    return ""


def _bad(text: str) -> str:
    for char in text:
        category = unicodedata.category(char)
        # Letters, digits and blanks of any script; of separators only the blank, not the line.
        if char not in _SIGNS and category[0] not in "LN" and category != "Zs":
            return char
    return ""


def fault_of_item(item: PlanItem) -> str:
    """Why the item cannot be in a plan; empty where it can."""
    match = _ARN.fullmatch(item.arn)
    if not match:
        return f"{item.arn!r} is not the ARN of an AWS resource"
    tests = (
        (bool(re.fullmatch(r"\d{12}", item.account)), f"{item.account!r} is not an AWS account"),
        (
            match["account"] in (None, item.account),
            f"{item.arn} belongs to account {match['account']}, not {item.account}",
        ),
        (bool(_REGION.fullmatch(item.region)), f"{item.region!r} is not an AWS region"),
        (
            match["region"] in ("", item.region),
            f"{item.arn} is in {match['region']}, not {item.region}",
        ),
        (item.before != item.after, f"{item.arn} has {item.key}={item.after!r} already"),
    )
    faults = [words for holds, words in tests if not holds]
    return faults[0] if faults else fault_of_tag(item.key, item.after)
