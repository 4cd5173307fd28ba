"""What the reports need of an allocation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence
    from decimal import Decimal

__all__ = ["Allocated", "Allocation"]


class Allocated(Protocol):
    """One line: an amount, whose it is, and why."""

    @property
    def target(self) -> str | None:
        """None where nobody was found."""

    @property
    def kind(self) -> str:
        """One of ``direct``, ``shared``, ``idle`` and the like."""

    @property
    def rule(self) -> str | None:
        """Name of the rule."""

    @property
    def method(self) -> str:
        """How."""

    @property
    def currency(self) -> str:
        """ISO 4217."""

    @property
    def service_provider_name(self) -> str:
        """Whose service."""

    @property
    def service_name(self) -> str:
        """The service."""

    @property
    def amount(self) -> Decimal:
        """Exact."""


class Allocation(Protocol):
    """Lines that add up to the charges of a period, per currency."""

    @property
    def lines(self) -> Sequence[Allocated]:
        """All of them, with those of nobody."""

    @property
    def notes(self) -> Sequence[str]:
        """What a reader must know."""

    @property
    def rules_digest(self) -> str:
        """Of the rules."""
