"""What AWS accepts as a tag and as an ARN, and what a person can see of it, before one is asked.

Sources: botocore's model of resourcegroupstaggingapi (TagResources: 1 to 20 ARNs, 1 to 50 tags,
key to 128, value to 256 characters) and its table of partitions; AWS General Reference, "Tag naming
limits and requirements". Blanks at the ends and signs that do not show are our own refusals: who
approves a value must be able to see it.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tagwright.remediation.plan import Plan, PlanItem

__all__ = ["MAX_ARNS", "MAX_READ", "MAX_TAGS", "fault_of_item", "fault_of_plan", "fault_of_tag"]

MAX_ARNS = 20
"""ARNs in one TagResources or UntagResources call."""

MAX_READ = 100
"""ARNs in one GetResources call."""

MAX_TAGS = 50
"""Tags of one resource, those that begin with ``aws:`` not counted; also of one call."""

_KEY, _VALUE = 128, 256
_SIGNS = set("_.:/=+-@")
# Letters by Unicode's table that nobody sees: the fillers of Hangul.
_UNSEEN = set("\u115f\u1160\u3164\uffa0")
_ARN = re.compile(r"arn:(?P<partition>aws[a-z-]*):(?P<service>[a-z0-9-]+):(?P<region>[a-z0-9-]*):"
                  r"(?P<account>\d{12})?:(?P<resource>[^\s].{0,1500})")  # fmt: skip


def fault_of_tag(key: str, value: str | None) -> str:
    """Why the tag cannot be written, or not approved as it shows; empty where it can.

    >>> fault_of_tag("team", "AWS:search")
    "values that begin with aws: are AWS's own"
    """
    if not 1 <= len(key) <= _KEY:
        return f"the key has {len(key)} characters; 1 to {_KEY} are allowed"
    if value is not None and len(value) > _VALUE:
        return f"the value has {len(value)} characters; {_VALUE} are allowed"
    return _fault_of_text("key", key) or _fault_of_text("value", value or "")


def _fault_of_text(name: str, text: str) -> str:
    if text.casefold().startswith("aws:"):
        return f"{name}s that begin with aws: are AWS's own"
    if bad := next((char for char in text if not _allowed(char)), ""):
        return f"the {name} holds {bad!a}, which AWS does not allow"
    if bad := next((char for char in text if _misleading(char)), ""):
        return f"the {name} holds {bad!a}, which nobody would see for what it is"
    if text != text.strip(" "):
        return f"the {name} {text!r} begins or ends with a blank, which nobody would see"
    if text != unicodedata.normalize("NFC", text):
        return f"the {name} {text!a} is not in Unicode's normal form (NFC), and looks like it"
    return ""


def _allowed(char: str) -> bool:
    # Letters, digits and blanks of any script; of separators only the blank, not the line.
    category = unicodedata.category(char)
    return char in _SIGNS or category[0] in "LN" or category == "Zs"


def _misleading(char: str) -> bool:
    # Of blanks only the plain one looks like what it is.
    return char in _UNSEEN or (char != " " and unicodedata.category(char) == "Zs")


def fault_of_item(item: PlanItem) -> str:
    """Why the item cannot be in a plan; empty where it can."""
    match = _ARN.fullmatch(item.arn)
    if not match:
        return f"{item.arn!r} is not the ARN of an AWS resource"
    partition = _partition(item.region)
    tests = (
        (bool(re.fullmatch(r"\d{12}", item.account)), f"{item.account!r} is not an AWS account"),
        (
            match["account"] in (None, item.account),
            f"{item.arn} belongs to account {match['account']}, not {item.account}",
        ),
        (bool(partition), f"{item.region!r} is not an AWS region"),
        (
            match["partition"] == partition,
            f"{item.arn} is of partition {match['partition']}, and {item.region} of {partition}",
        ),
        (
            match["region"] in ("", item.region),
            f"{item.arn} is in {match['region']}, not {item.region}",
        ),
        (item.before != item.after, f"{item.arn} has {item.key}={item.after!r} already"),
    )
    faults = [words for holds, words in tests if not holds]
    return faults[0] if faults else fault_of_tag(item.key, item.after)


def fault_of_plan(plan: Plan) -> str:
    """Why the plan can be neither stored nor approved nor written, a sentence; empty: it can."""
    if not plan.items:
        return "A plan needs at least one change."
    if plan.kind == "tag" and plan.parent_id is not None:
        return f"The plan is no rollback, and names {plan.parent_id} as what it undoes."
    counted: dict[str, set[str]] = {}
    for number, item in enumerate(plan.items, 1):
        if fault := fault_of_item(item):
            return f"Change {number} of the plan: {fault}."
        keys = counted.setdefault(item.arn, set())
        if item.key in keys:
            return f"Change {number} of the plan: {item.arn} has {item.key} twice."
        keys.add(item.key)
        if len(keys) > MAX_TAGS:
            return (
                f"The plan: more than {MAX_TAGS} tags for {item.arn}; AWS allows {MAX_TAGS} on a "
                "resource."
            )
    return ""


def _partition(region: str) -> str:
    """The partition that a region is in; empty where there is no such region."""
    return next((name for name, known in _partitions() if known.fullmatch(region)), "")


@cache
def _partitions() -> tuple[tuple[str, re.Pattern[str]], ...]:
    from botocore.loaders import Loader

    table = Loader().load_data("partitions")["partitions"]
    return tuple((entry["id"], re.compile(entry["regionRegex"])) for entry in table)
