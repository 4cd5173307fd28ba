"""The guard before every writer: only what the approved plan holds, while the approval lives."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tagwright.errors import ApprovalError
from tagwright.remediation.approval import Approval
from tagwright.remediation.writers.choose import open_writer

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Sequence

    from tagwright.remediation.plan import Plan
    from tagwright.remediation.writers.access import Access
    from tagwright.remediation.writers.protocol import Reply

__all__ = ["Door", "Window"]


class Window:
    """One API of one account and region, to look through: it cannot write.

    Args:
        name: The API's (:func:`writer_name`).
        access: Credentials there.

    Raises:
        ProviderError: There is no such API in the region.
    """

    def __init__(self, name: str, access: Access) -> None:
        writer = open_writer(name, access)
        self.read = writer.read
        self.most_read = writer.most_read


class Door:
    """One API of one account and region, for one approved plan.

    Args:
        approval: Of the plan.
        plan: What it holds may be written.
        where: Account, region, and the API's name (:func:`writer_name`).
        access: Credentials there.
        now: The time, aware UTC.

    Raises:
        ApprovalError: It is no approval of that plan.
        ProviderError: There is no such API in the region.
    """

    def __init__(
        self,
        approval: Approval,
        plan: Plan,
        where: tuple[str, str, str],
        access: Access,
        now: Callable[[], dt.datetime],
    ) -> None:
        if type(approval) is not Approval:
            raise ApprovalError("Writing needs an approval.")
        if approval.plan_id != plan.id or approval.digest != plan.digest:
            raise ApprovalError(f"The approval is not of plan {plan.id} as it is now.")
        account, region, name = where
        self._approval = approval
        self._allowed = {
            (item.arn, item.key, item.after)
            for item in plan.items
            if (item.account, item.region) == (account, region)
        }
        self._now = now
        self._writer = open_writer(name, access)
        self.most_read = self._writer.most_read

    def read(self, arns: Sequence[str]) -> dict[str, dict[str, str]]:
        """See :class:`Writer`."""
        return self._writer.read(arns)

    def check(self, arns: Sequence[str], tags: dict[str, str], keys: Sequence[str]) -> None:
        """Refuse what may not be written.

        Raises:
            ApprovalError: The approval ran out, or does not hold this change.
        """
        if self._now() >= self._approval.expires_at:
            raise ApprovalError(f"The approval of plan {self._approval.plan_id} ran out.")
        wanted: list[tuple[str, str | None]] = [*tags.items(), *((key, None) for key in keys)]
        if not all((arn, key, value) in self._allowed for arn in arns for key, value in wanted):
            raise ApprovalError("That change is not in the approved plan.")

    def change(self, arns: Sequence[str], tags: dict[str, str], keys: Sequence[str]) -> Reply:
        """See :class:`Writer`.

        Raises:
            ApprovalError: See :meth:`check`; nothing was sent.
            ProviderError: The credentials cannot be used; nothing was sent.
        """
        self.check(arns, tags, keys)
        return self._writer.change(arns, tags, keys)
