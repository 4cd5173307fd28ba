"""How a person is asked to decide a plan: where, who may, and until when."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

from tagwright.remediation.policy import refusal

if TYPE_CHECKING:
    from tagwright.config import ApprovalPolicy
    from tagwright.people import People
    from tagwright.remediation.plan import Plan

__all__ = ["asking", "page_url"]

_MOST_NAMES = 5


def page_url(approval: ApprovalPolicy, plan_id: str, digest: str) -> str | None:
    """The approver's page of a plan, and of nothing else under its id; it holds no secret.

    Args:
        approval: ``oidc.page_url``, else ``approver_url``, is where it stands.
        plan_id: A handle: whoever opens the page must prove who they are.
        digest: Of the plan that is meant: the page refuses to show another one for it.

    Returns:
        None where no page is configured, or one that others could read or answer on the way:
        only https, or this machine, is given to anybody to open.
    """
    base = (approval.oidc and approval.oidc.page_url) or approval.approver_url
    if not base or not (base.startswith("https://") or _is_here(base)):
        return None
    return f"{base}/plans/{quote(plan_id, safe='')}?digest={quote(digest, safe=':')}"


def asking(approval: ApprovalPolicy, people: People, plan: Plan) -> dict[str, Any]:
    """What a plan's summary says under ``approve``, for as long as it waits.

    Returns:
        ``page``: see :func:`page_url`; ``by``: up to five ids of those who may approve it, by the
        plan's own word (the approver judges again, by the bill too); ``others``: how many more.
        In one-person mode ``by`` is empty: its machine's user does.
    """
    able = [who for who in people.all if not refusal(people, plan, who)]
    return {
        "page": page_url(approval, plan.id, plan.digest),
        "by": able[:_MOST_NAMES],
        "others": len(able[_MOST_NAMES:]),
    }


def _is_here(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
