"""Which machines a planned resource would start: their type, and how many."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["LATER", "Size", "sizes_of"]

LATER = object()
"""In place of a value that is known only when the plan is applied."""

_TYPES = frozenset({
    "instancetype", "instanceclass", "dbinstanceclass", "instancetypes", "nodetype",
    "cachenodetype", "machinetype", "vmsize", "instancesize",
})  # fmt: skip
"""Properties that name a machine's type, in lower case without punctuation: Terraform's,
CloudFormation's and Pulumi's differ in nothing else."""

_SIZED = ("virtualmachine", "linuxvirtualmachine", "windowsvirtualmachine")
"""Of these types alone ``size`` is a machine's; disks and fields of text have one too."""

_COUNTS = (
    "initialinstancecount", "instancecount", "desiredsize", "desiredcapacity", "numberofnodes",
    "numcachenodes", "nodecount", "initialnodecount", "numcacheclusters", "targetsize", "minsize",
)  # fmt: skip
"""How many, the plainest word first."""


class Size(NamedTuple):
    """Machines of one type.

    Attributes:
        sku: Their type, as it is written; None where it is known only when the plan is applied.
        number: How many.
        counted: False where how many is known only when the plan is applied: one is taken.
    """

    sku: str | None
    number: int
    counted: bool


def sizes_of(
    kind: str, properties: Any, *, read: Callable[[Any], Any] = lambda value: value
) -> tuple[Size, ...]:
    """The machines that a resource's properties ask for, in their order.

    Args:
        kind: The resource's type.
        properties: Its properties, as they stand in the plan.
        read: A value of them as it will be, or :data:`LATER` where that is not known.

    >>> sizes_of("aws_instance", {"instance_type": "m6i.large"})
    (Size(sku='m6i.large', number=1, counted=True),)
    """
    return tuple(_found(properties, read, sized=_plain(kind).endswith(_SIZED), above={}))


def _found(
    value: Any, read: Callable[[Any], Any], *, sized: bool, above: dict[str, Any]
) -> Iterator[Size]:
    value = read(value)
    if isinstance(value, list):
        for item in value:
            yield from _found(item, read, sized=sized, above=above)
    if not isinstance(value, dict):
        return
    counts = above | _inside(value, read) | {_plain(n): read(item) for n, item in value.items()}
    for name, item in value.items():
        if (plain := _plain(name)) in _TYPES or (sized and plain == "size"):
            yield from _sized(read(item), read, counts)
        elif isinstance(item, dict | list):
            yield from _found(item, read, sized=False, above=counts)


def _inside(value: dict[str, Any], read: Callable[[Any], Any]) -> dict[str, Any]:
    """How many, where that stands in a block beside the type: ``scaling_config.desired_size``."""
    found: dict[str, Any] = {}
    for item in value.values():
        block = read(item)
        block = read(block[0]) if isinstance(block, list) and len(block) == 1 else block
        for name, inner in (block if isinstance(block, dict) else {}).items():
            if (plain := _plain(name)) in _COUNTS:
                found[plain] = read(inner)
    return found


def _sized(item: Any, read: Callable[[Any], Any], counts: dict[str, Any]) -> Iterator[Size]:
    # A group that may take one of several types starts machines of one of them: the first is taken.
    said = read(item[0]) if isinstance(item, list) and item else item
    if said is not LATER and (not isinstance(said, str) or not said):
        return
    sku = said if isinstance(said, str) else None
    # The plainest word that says a number counts; of what is no group there is one.
    for name in _COUNTS:
        if counts.get(name) is LATER:
            yield Size(sku, 1, counted=False)
            return
        if (number := _whole(counts.get(name))) is not None:
            yield Size(sku, number, counted=True)
            return
    yield Size(sku, 1, counted=True)


def _whole(value: Any) -> int | None:
    """A count, which templates write as text too."""
    if isinstance(value, bool):
        return None
    if isinstance(value, str) and value.isdecimal() and len(value) < 8:
        return int(value)
    return value if isinstance(value, int) and value >= 0 else None


def _plain(name: str) -> str:
    return "".join(char for char in name.casefold() if char.isalnum())
