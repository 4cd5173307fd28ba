"""Plans as somebody sees them who may see a part of the data: their own, and those wholly in it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from tagwright.errors import UnknownNameError
from tagwright.people.scope import scope_of

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable

    from tagwright.config import Settings
    from tagwright.metrics import Catalogue
    from tagwright.people.people import People
    from tagwright.people.principal import Principal
    from tagwright.people.scope import Scope

__all__ = ["Plans", "SeenPlans", "seen_by"]


class Plans(Protocol):
    """What reads stored plans: each has ``plan``, with ``id``, ``items`` and ``scope``."""

    def get(self, plan_id: str, now: dt.datetime | None = None) -> Any:
        """The plan of that id."""

    def list(self, *, limit: int = 50, now: dt.datetime | None = None) -> list[Any]:
        """Plans, the newest first."""

    def count(self) -> int:
        """How many there are."""


class SeenPlans:
    """The plans of a store that one person may see.

    A plan is in a scope where one of its filters holds for every resource: by account, region, the
    resource's id, or the team and environment that the plan says it has now and would have. What
    the plan does not say does not hold.

    Args:
        store: All plans.
        scope: What they may see.
        catalogue: To know the scope's names by.
        principal: Whose own plans are seen as well.
    """

    def __init__(
        self, store: Plans, scope: Scope, catalogue: Catalogue, principal: Principal
    ) -> None:
        self._store = store
        self._filters = scope.filters(catalogue)
        self._principal = principal

    def get(self, plan_id: str, now: dt.datetime | None = None) -> Any:
        """The plan of that id.

        Raises:
            UnknownNameError: There is none that they may see; names the nearest of those.
        """
        from tagwright.registry import nearest

        known = self.list(limit=self._store.count(), now=now)
        for stored in known:
            if stored.plan.id == plan_id:
                return stored
        raise UnknownNameError("plan", plan_id, nearest(plan_id, [it.plan.id for it in known]))

    def list(self, *, limit: int = 50, now: dt.datetime | None = None) -> list[Any]:
        """The newest ones first."""
        everything = self._store.list(limit=self._store.count(), now=now)
        return [stored for stored in everything if self._sees(stored.plan)][:limit]

    def count(self) -> int:
        """How many they may see."""
        return len(self.list(limit=self._store.count()))

    def _sees(self, plan: Any) -> bool:
        if plan.proposed_by == self._principal.id:
            return True
        return bool(plan.items) and any(
            all(_holds(plan, item, one) for item in plan.items) for one in self._filters
        )


def seen_by(principal: Principal, store: Plans, people: People, settings: Settings) -> Plans:
    """The plans of a store that somebody may see; all of them for who sees everything.

    Raises:
        ConfigError: What ``people.yaml`` lets them see is no filter.
    """
    from tagwright.metrics import catalogue_of
    from tagwright.taxonomy import load_taxonomy

    scope = scope_of(people, principal)
    if scope is None:
        return store
    return SeenPlans(store, scope, catalogue_of(load_taxonomy(settings)), principal)


def _holds(plan: Any, item: Any, one: Iterable[tuple[str, tuple[str, ...]]]) -> bool:
    for dimension, values in one:
        known = {
            "sub_account_id": {item.account},
            "region_id": {item.region},
            "resource_id": {item.arn},
        }.get(dimension) or plan.scope(item.arn, dimension)
        if not known or not known <= set(values):
            return False
    return True
