"""The tags that what is launched must carry, and what is wrong with those that are planned."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tagwright.policies.check import KINDS, judge
from tagwright.policies.clouds import cloud_of_provider
from tagwright.policies.planned import Planned, Tags

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tagwright.context import ToolContext

__all__ = ["tags_to_carry"]

_VALUES_SHOWN = 6


def tags_to_carry(
    ctx: ToolContext, sku: str, provider: str, tags: Mapping[str, str] | None
) -> tuple[dict[str, list[str]], list[str]]:
    """Required keys with what is allowed, and what is wrong with the tags that are planned.

    Args:
        ctx: The call.
        sku: What is launched.
        provider: FOCUS ServiceProviderName: whose limits hold for tags; AWS's where it is unknown.
        tags: Those planned; None where nothing is said of them.

    Returns:
        Tag name to the first values that are allowed (none: any), and a sentence for each fault.
    """
    taxonomy = ctx.taxonomy
    keys = [taxonomy.key(name) for name in taxonomy.required]
    carry = {key.tag_names[0]: list(ctx.values_shown(key)[:_VALUES_SHOWN]) for key in keys}
    if tags is None:
        return carry, []
    planned = Planned(sku, sku, cloud_of_provider(provider) or "aws", "create", Tags(tags))
    found = judge("", planned, taxonomy, keys, ctx.now.date())
    # The advice names allowed values, of which who sees a part is shown only their own.
    return carry, [
        f"{item.kind}: {item.message if ctx.scope is None else f'{item.key}: {KINDS[item.kind]}'}"
        for item in found
    ] or ["The tags are those that it must carry."]
