"""What people call accounts: to each id the newest name that a bill gives it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tagwright.text import clean

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from tagwright.warehouse import Snapshot

__all__ = ["NAMED", "account_names", "account_text"]

NAMED = {
    "sub_account_id": ("SubAccountId", "SubAccountName"),
    "billing_account_id": ("BillingAccountId", "BillingAccountName"),
}
"""Dimensions whose values are shown with their name, and the columns of both.

Not regions: people call them by their id (``us-east-1``), which their name only makes longer.
"""


def account_names(snapshot: Snapshot, dimension: str, ids: Iterable[str]) -> dict[str, str]:
    """Id to name, as the bill has both; an id without a name, or named by itself, is left out.

    An account that was renamed has the name of its last day. Read from a rollup that holds every
    charge, once for as long as the snapshot is open; no part of a receipt, because no figure
    comes of it.

    Args:
        snapshot: Whose bills.
        dimension: One of :data:`NAMED`.
        ids: As the bill writes them.

    Raises:
        KeyError: The dimension is not named.
    """
    column, name = NAMED[dimension]
    wanted = sorted(set(ids))
    if not wanted:
        return {}
    table = snapshot.known(
        f'SELECT "{column}", max({{day: x_day, name: "{name}"}}).name FROM rollup_coverage '
        f'WHERE "{column}" IN (SELECT unnest(CAST($1 AS VARCHAR[]))) '
        f'AND "{name}" IS NOT NULL GROUP BY 1',
        [wanted],
    )
    # Blank names go here: trim() in SQL would run on every row, at several times the cost.
    return {
        str(found): str(called)
        for found, called in table.rows
        if called != found and str(called).strip()
    }


def account_text(account: str, names: Mapping[str, str]) -> str:
    """An account as people read it, made harmless to show.

    >>> account_text("111122223333", {"111122223333": "shop-prod"}), account_text("eu", {})
    ('shop-prod (111122223333)', 'eu')
    """
    name = names.get(account)
    return clean(f"{name} ({account})" if name else account)
