"""Prices of usage: the user's own first, then the list."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import TYPE_CHECKING

from tagwright.errors import ConfigError
from tagwright.prices.model import Buckets, Rates, Unpriced, named, price
from tagwright.prices.names import identify, known_provider, plain_tier
from tagwright.prices.overrides import Override, Overrides, alias_key, load_overrides
from tagwright.prices.table import Found, PriceTable
from tagwright.text import clean

if TYPE_CHECKING:
    from collections.abc import Mapping
    from decimal import Decimal
    from pathlib import Path

__all__ = ["PriceBook"]


class PriceBook:
    """Finds the rates of a provider's model on a day; never goes to the network.

    A tier (priority, flex, …) or batch that neither the user's file nor the list has a price for is
    :class:`Unpriced`, not the standard price with a flag. The alternatives were weighed: batch and
    flex cost about half, priority about double, so the standard price would be wrong by a factor
    of two either way, a sum would carry the error on without its flag, and what is unpriced is
    counted where a wrong price is not. Who has a price for it writes it into the file.
    """

    def __init__(self, overrides: Overrides, aliases: Mapping[str, tuple[str, str]]) -> None:
        self._overrides = overrides
        self._aliases = aliases
        self._table = PriceTable()

    @classmethod
    def load(cls, overrides: Path | None, aliases: Mapping[str, str] | None) -> PriceBook:
        """A book with the user's prices.

        Args:
            overrides: A file as :mod:`tagwright.prices.overrides` says.
            aliases: Beside the file's own: a deployment's or profile's name, or ``provider/name``
                for that provider alone, to a model, or to ``provider/model``. Without a provider
                it is the one that was called.

        Raises:
            ConfigError: The file is at fault, or gives a name of ``aliases`` another meaning.
        """
        found = Overrides() if overrides is None else load_overrides(overrides)
        merged = {key: (alias.provider, alias.model) for key, alias in found.aliases.items()}
        for name, target in (aliases or {}).items():
            head, _, rest = target.strip().partition("/")
            meant = (head, rest) if rest and known_provider(head) else ("", target.strip())
            if merged.setdefault(alias_key(name), meant) != meant:
                raise ConfigError(f"Price alias {clean(name)!r} is given two meanings.")
        return cls(found, merged)

    @property
    def version(self) -> str:
        """The list and the user's file, with its digest: what was priced with it is told by it."""
        from genai_prices import __version__

        return " ".join(filter(None, (f"genai-prices {__version__}", self._overrides.version)))

    def rates(
        self,
        provider: str | None,
        model: str | None,
        at: dt.datetime,
        *,
        service_tier: str | None = None,
        batch: bool = False,
        region: str | None = None,
    ) -> Rates | Unpriced:
        """Unit prices of the UTC day of ``at``; a moment without a zone is UTC.

        Args:
            provider: As telemetry names it (see :func:`identify`).
            model: Model, deployment, profile or ARN.
            at: Any moment of the day.
            service_tier: As the provider names it; the standard one where it is not said.
            batch: Whether it went through a batch interface; the tier ``batch`` says the same.
            region: Where it was computed. No table has prices by region: another than the
                table's is flagged.
        """
        provider_id, model_id = self.identified(provider, model)
        tier = plain_tier(service_tier)
        if tier == "batch":
            tier, batch = None, True
        day = at.astimezone(dt.UTC).date() if at.tzinfo else at.date()
        entries = self._entries(provider_id, model_id)
        if isinstance(entries, Unpriced):
            return entries
        live = [entry for entry in entries if entry.live(day)]
        for entry in live:
            if entry.kind == (tier, batch):
                return self._overrides.rates(entry)
        listed = self._table.rates(provider_id, model_id, at, tier=tier, batch=batch, region=region)
        # A contract for another tier says nothing on this one, but who reads should know of it.
        return replace(listed, flags=(*listed.flags, "override-for-other-tier")) if live else listed

    @staticmethod
    def price(rates: Rates | Unpriced, buckets: Buckets) -> Decimal | Unpriced:
        """USD, exact and not rounded; see :func:`tagwright.prices.model.price`."""
        return price(rates, buckets)

    def identified(self, provider: str | None, model: str | None) -> tuple[str, str]:
        """:func:`identify`, and what the user's aliases say that a name stands for."""
        provider_id, model_id = identify(provider, model)
        for key in (f"{provider_id}/{model_id}", model_id, alias_key(model or "")):
            if meant := self._aliases.get(key):
                return identify(meant[0] or provider_id, meant[1])
        return provider_id, model_id

    def _entries(self, provider_id: str, model_id: str) -> tuple[Override, ...] | Unpriced:
        """The user's entries for the model, by that name or else by one that is the same model."""
        prices = self._overrides.prices
        if own := prices.get((provider_id, model_id)):
            return own
        others = [name for name in prices if name[0] == provider_id]
        found = self._table.find(provider_id, model_id) if others else None
        if found is None or isinstance(found, Unpriced):
            return ()
        same = [name for name in others if _is_model(self._table.find(*name), found)]
        if len(same) > 1:
            names = ", ".join(repr(clean(name)) for _, name in same)
            return Unpriced(
                f"{named(provider_id, model_id)} has prices of its own under {names}: give it one",
                ("override-ambiguous",),
            )
        return prices[same[0]] if same else ()


def _is_model(one: Found | Unpriced, other: Found) -> bool:
    return isinstance(one, Found) and one.model is other.model
