"""What can be named: metrics, dimensions and their values, from ``describe_data``'s catalogue."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from tagwright.metrics import dimension_label
from tagwright.metrics.aliases import fold
from tagwright.periods import Anchor
from tagwright_agent.planner.reasons import reason

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["CatalogueView", "DimensionView", "fold"]

_ORDER = (
    "service_provider_name", "service_name", "TAXONOMY", "sub_account_name", "sub_account_id",
    "service_category", "service_subcategory", "region_id", "region_name", "charge_category",
    "billing_currency", "invoice_issuer_name", "billing_account_name", "billing_account_id",
    "host_provider_name",
)  # fmt: skip
"""Where a value stands in several dimensions, the earlier is meant."""


@dataclass(frozen=True)
class DimensionView:
    """A dimension as far as a planner needs it.

    Attributes:
        name: Canonical.
        kind: ``text``, ``time``, ``flag`` or the like.
        key: Taxonomy key it shows; empty otherwise.
        synonyms: Other names.
        values: Its most expensive values.
        called: What else values are called, each with the value.
    """

    name: str
    kind: str = "text"
    key: str = ""
    synonyms: tuple[str, ...] = ()
    values: tuple[str, ...] = ()
    called: tuple[tuple[str, str], ...] = ()


_EVERYDAY = frozenset(
    "all central common core default external general global internal legacy live main new old "
    "other public shared".split()
)
"""Spellings of values that are words of any sentence: "shared costs" are not a product's; nor is
"recommendations", which are asked of an adviser."""
_QUIET = frozenset(
    "x_ai_kind x_ai_certainty x_ai_model_developer x_ai_workload_type x_ai_token_direction "
    "x_ai_cache_action x_ai_service_tier x_ai_route x_ai_rule x_source".split()
)
"""Dimensions whose values are words of another meaning too: "training", "batch", "Amazon"."""


@dataclass(frozen=True)
class CatalogueView:
    """Everything a question's words can be linked to.

    Attributes:
        metrics: Names with what else they are called.
        dimensions: By name.
        keys: Taxonomy key to its layer.
        required: Required keys.
        anchor: What period words are relative to.
        tools: Names of the tools there are.
        tags: Physical tag names in the bill.
        snapshot: Id of the snapshot it describes.
        usage: Rows of telemetry.
        telemetry: Keys that only telemetry has values of, such as customers.
        rates: Currencies that can be converted, as ``EUR>USD``.
    """

    metrics: tuple[tuple[str, tuple[str, ...]], ...] = ()
    dimensions: dict[str, DimensionView] = field(default_factory=dict)
    keys: dict[str, str] = field(default_factory=dict)
    required: tuple[str, ...] = ()
    anchor: Anchor = Anchor(dt.date(1970, 1, 1))  # noqa: RUF009  frozen itself
    tools: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    snapshot: str = ""
    usage: int = 0
    telemetry: frozenset[str] = frozenset()
    rates: tuple[str, ...] = ()

    @classmethod
    def from_catalogue(cls, catalogue: Mapping[str, Any]) -> CatalogueView:
        """From ``details.catalogue`` of ``describe_data``."""
        keys = {str(key["name"]): key for key in catalogue.get("taxonomy", [])}
        measured = {
            str(k): tuple(map(str, v)) for k, v in (catalogue.get("usage_values") or {}).items()
        }
        dimensions, telemetry = {}, set()
        for item in catalogue.get("dimensions", []):
            name = str(item["name"])
            key = keys.get(name, {})
            if name in keys and not item.get("values") and catalogue.get("usage_rows"):
                telemetry.add(name)
            dimensions[name] = DimensionView(
                name=name,
                kind=str(item.get("kind", "text")),
                key=name if name in keys else "",
                synonyms=(*map(str, item.get("synonyms", ())), *map(str, key.get("tag_names", ()))),
                values=tuple(
                    dict.fromkeys(
                        str(value)
                        for value in (
                            *item.get("values", ()),
                            *key.get("values", ()),
                            *measured.get(name, ()),
                        )
                        if "*" not in str(value)
                    )
                ),
                called=tuple((key.get("called") or {}).items()),
            )
        data = catalogue.get("data") or {}
        return cls(
            metrics=tuple(
                (str(metric["name"]), tuple(map(str, metric.get("synonyms", ()))))
                for metric in catalogue.get("metrics", [])
            ),
            dimensions=dimensions,
            keys={name: str(key.get("layer", "")) for name, key in keys.items()},
            required=tuple(name for name, key in keys.items() if key.get("required")),
            anchor=Anchor(
                today=dt.date.fromisoformat(str(catalogue["today"])),
                data_start=_day(data.get("start")),
                data_end=_day(data.get("end")),
                fiscal_year_start_month=int(catalogue.get("fiscal_year_start_month", 1)),
            ),
            tools=tuple(map(str, catalogue.get("tools", ()))),
            tags=tuple(map(str, catalogue.get("tags", ()))),
            snapshot=str(catalogue.get("snapshot", "")),
            usage=int(catalogue.get("usage_rows") or 0),
            telemetry=frozenset(telemetry),
            rates=tuple(map(str, catalogue.get("rates", ()))),
        )

    @cached_property
    def values(self) -> dict[str, list[tuple[str, str]]]:
        """Folded value to (dimension, value), the likeliest dimension first."""
        found: dict[str, list[tuple[str, str]]] = {}
        for name in sorted(self.dimensions.keys() - _QUIET, key=self._rank):
            for value in self.dimensions[name].values:
                if text := fold(value):
                    found.setdefault(text, []).append((name, value))
        for name in self.keys:
            for said, value in self.dimensions[name].called if name in self.dimensions else ():
                text = fold(said)
                if text not in _EVERYDAY and (" " in text or not reason(text)):
                    found.setdefault(text, [(name, value)])
        return found

    def _rank(self, name: str) -> tuple[int, str]:
        place = "TAXONOMY" if name in self.keys else name
        return (_ORDER.index(place) if place in _ORDER else len(_ORDER), name)

    @cached_property
    def names(self) -> dict[str, str]:
        """Folded name, synonym or plural of a dimension to its canonical name."""
        found: dict[str, str] = {}
        for dimension in self.dimensions.values():
            label = dimension_label(dimension.name)
            for text in (dimension.name, label, *dimension.synonyms):
                for form in _forms(fold(text)):
                    found.setdefault(form, dimension.name)
                    found.setdefault(form.replace(" ", ""), dimension.name)  # "subaccount"
        # Taxonomy keys come last in the catalogue, but their own names are the plainest words.
        for name in self.keys:
            if name in self.dimensions:
                found.update(dict.fromkeys(_forms(fold(name)), name))
        return found

    @cached_property
    def measures(self) -> frozenset[str]:
        """Folded names and synonyms of the metrics."""
        return frozenset(fold(said) for name, more in self.metrics for said in (name, *more))

    @cached_property
    def longest(self) -> int:
        """Words of the longest value or name, at most 8."""
        texts = [*self.values, *self.names]
        return min(8, max((text.count(" ") + 1 for text in texts), default=1))


def _forms(text: str) -> list[str]:
    """The text and its plural.

    >>> _forms("service category"), _forms("gateway")
    (['service category', 'service categories'], ['gateway', 'gateways'])
    """
    if text.endswith(("s", "x", "ch")):
        return [text, f"{text}es"]
    if text.endswith("y") and text[-2:-1] not in "aeiou":
        return [text, f"{text[:-1]}ies"]
    return [text, f"{text}s"]


def _day(text: object) -> dt.date | None:
    return dt.date.fromisoformat(str(text)) if text else None
