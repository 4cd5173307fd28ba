"""A question about usage rows: groups and filters checked against the data, one statement run."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from tagwright.errors import MisuseError, UnknownNameError
from tagwright.metrics.aliases import aliased
from tagwright.results import Period
from tagwright.text import clean
from tagwright.workloads.telemetry import same_model

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tagwright.builtin._arguments import FilterArgument
    from tagwright.context import ToolContext

__all__ = ["KINDS", "UsageQuestion"]

_MODEL = "COALESCE(gen_ai_response_model, gen_ai_request_model)"
_COLUMNS = {
    "model": _MODEL,
    "provider": "gen_ai_provider_name",
    "operation": "gen_ai_operation_name",
    "service_tier": "service_tier",
    "api_key_id": "api_key_id",
    "principal_id": "principal_id",
    "sub_account_id": '"SubAccountId"',
    "resource_id": '"ResourceId"',
    "region_id": '"RegionId"',
    "source": "x_source",
    "day": "strftime(\"ChargePeriodStart\", '%Y-%m-%d')",
    "month": "strftime(\"ChargePeriodStart\", '%Y-%m')",
}
_SYNONYMS = {
    "x_ai_model_id": "model",
    "service_provider_name": "provider",
    "api_key": "api_key_id",
    "account": "sub_account_id",
    "region": "region_id",
}
_PRICED = "priced_cost IS NOT NULL"
_INPUT = " + ".join(
    f"COALESCE({name}, 0)"
    for name in (
        "input_uncached_tokens",
        "cache_read_tokens",
        "cache_write_tokens",
        "cache_write_1h_tokens",
    )
)
_OUTPUT = "COALESCE(output_tokens, 0)"
_MEASURES = {
    "cost": "SUM(priced_cost)",
    "requests": "CAST(COALESCE(SUM(requests), 0) AS HUGEINT)",
    "input_tokens": f"CAST(SUM({_INPUT}) AS HUGEINT)",
    "input_uncached_tokens": "CAST(SUM(COALESCE(input_uncached_tokens, 0)) AS HUGEINT)",
    "cache_read_tokens": "CAST(SUM(COALESCE(cache_read_tokens, 0)) AS HUGEINT)",
    "cache_write_tokens": "CAST(SUM(COALESCE(cache_write_tokens, 0) "
    "+ COALESCE(cache_write_1h_tokens, 0)) AS HUGEINT)",
    "output_tokens": f"CAST(SUM({_OUTPUT}) AS HUGEINT)",
    "priced_requests": f"CAST(COALESCE(SUM(requests) FILTER ({_PRICED}), 0) AS HUGEINT)",
    "priced_tokens": f"CAST(COALESCE(SUM({_INPUT} + {_OUTPUT}) FILTER ({_PRICED}), 0) AS HUGEINT)",
    "unpriced_rows": f"COUNT(*) FILTER (NOT ({_PRICED}))",
    # What does not say how many requests it is must not be divided by those of others.
    "request_cost": "SUM(priced_cost) FILTER (requests IS NOT NULL)",
    "untold_rows": "COUNT(*) FILTER (requests IS NULL)",
}
KINDS = {
    "input": ("input_uncached",),
    "cache_read": ("cache_read",),
    "cache_write": ("cache_write", "cache_write_1h"),
    "output": ("output",),
}
"""Tokens that are priced apart: name to the buckets of usage rows."""


def _priced_tokens(buckets: tuple[str, ...]) -> str:
    count = " + ".join(f"COALESCE({bucket}_tokens, 0)" for bucket in buckets)
    return f"CAST(COALESCE(SUM({count}) FILTER ({_PRICED}), 0) AS HUGEINT)"


_MEASURES |= {
    **{f"{kind}_cost": f"SUM(priced_{buckets[0]})" for kind, buckets in KINDS.items()},
    **{f"priced_{kind}_tokens": _priced_tokens(buckets) for kind, buckets in KINDS.items()},
}
_MONEY = frozenset({"cost", "request_cost", *(f"{kind}_cost" for kind in KINDS)})


class UsageQuestion:
    """Usage rows of a period, by groups.

    Attributes:
        names: Canonical names of the groups.
        period: The period asked about.
        notes: What a reader must know.
    """

    def __init__(
        self,
        ctx: ToolContext,
        period: str,
        group_by: Sequence[str],
        filters: Sequence[FilterArgument],
    ) -> None:
        if not ctx.snapshot.info.usage:
            raise MisuseError(
                "There is no telemetry: unit costs need requests and tokens.",
                hint="Ingest a gateway's or provider's usage (`tagwright ingest FILE`).",
            )
        self.ctx = ctx
        self.notes: list[str] = []
        self._columns = _COLUMNS | {
            key.name: f'"{key.column}"' for key in ctx.taxonomy.keys.values()
        }
        self.names = list(dict.fromkeys(self._name(name) for name in group_by))
        self._params: list[Any] = []
        self._conditions: list[str] = []
        self.period = self._within(period)
        for item in filters:
            self._filter(item)

    def rows(self) -> list[dict[str, Any]]:
        """The groups, ``currency`` and the measures, recorded for the receipt."""
        groups = [f'{self._columns[name]} AS "{name}"' for name in self.names]
        groups.append('priced_currency AS "currency"')
        figures = [f'{sql} AS "{name}"' for name, sql in _MEASURES.items()]
        table = self.ctx.query(
            f"SELECT {', '.join([*groups, *figures])} FROM usage "
            f"WHERE {' AND '.join(self._conditions)} GROUP BY "
            f"{', '.join(str(number) for number in range(1, len(groups) + 1))} ORDER BY ALL",
            self._params,
        )
        return self._joined([dict(zip(table.columns, row, strict=True)) for row in table.rows])

    def _joined(self, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Rows without any price put to those of the same group that have one."""
        found: dict[tuple[Any, ...], dict[str, Any]] = {}
        for row in sorted(rows, key=lambda row: row["currency"] is None):
            key = tuple(row[name] for name in self.names)
            if row["currency"] is None and key in found:
                into = found[key]
                for name in _MEASURES:
                    if name not in _MONEY:
                        into[name] += row[name]
                continue
            # Of a group with two currencies the first takes the rows without a price.
            found.setdefault(key, row)
            if found[key] is not row:
                found[(*key, row["currency"])] = row
        return list(found.values())

    def _name(self, name: str) -> str:
        from tagwright.registry import nearest

        folded = name.strip().casefold().replace(" ", "_")
        folded = _SYNONYMS.get(folded, folded)
        if folded in self._columns:
            return folded
        for key in self.ctx.taxonomy.keys:
            if folded.replace("_", "-") == key:
                return key
        raise UnknownNameError(
            "dimension of usage", clean(name), nearest(name, list(self._columns))
        )

    def _within(self, text: str) -> Period:
        """The period asked about; all telemetry, where that may reach further than the bill."""
        [(first, last, untimed)] = self.ctx.snapshot.query(
            'SELECT min("ChargePeriodStart"), max("ChargePeriodStart"), '
            'COUNT(*) FILTER ("ChargePeriodStart" IS NULL) FROM usage'
        ).rows
        if text.strip().casefold() in ("", "all") and first is not None:
            period = Period(
                start=first.date(), end=last.date() + dt.timedelta(days=1), label="all telemetry"
            )
            self.ctx.note_period("period", period)
        else:
            period = self.ctx.period(text)
        start, end = (dt.datetime.combine(day, dt.time.min) for day in (period.start, period.end))
        if first is None or end <= first or start > last:
            self.notes.append(f"There is no telemetry of {period.label}.")
        elif last.date() + dt.timedelta(days=1) < period.end:
            self.notes.append(f"Telemetry ends {last.date()}.")
        if untimed:
            self.notes.append(f"{untimed:,} usage rows tell no time: left out.")
        self._params += [start, end]
        self._conditions.append('"ChargePeriodStart" >= ? AND "ChargePeriodStart" < ?')
        return period

    def _filter(self, item: FilterArgument) -> None:
        name = self._name(item.dimension)
        column = self._columns[name]
        if item.op in ("is_null", "not_null"):
            self._conditions.append(f"{column} IS {'NOT ' if item.op == 'not_null' else ''}NULL")
            return
        if not item.values:
            raise MisuseError(f"Filter on {name!r}: {item.op} needs at least one of its values.")
        values = [
            known.lower() for value in item.values for known in self._known(name, item.op, value)
        ]
        self._params.append(values)
        texts = "CAST(? AS VARCHAR[])"
        if item.op == "contains":
            found = f"len(list_filter({texts}, lambda v: contains(lower({column}), v))) > 0"
        else:
            found = f"COALESCE(list_contains({texts}, lower({column})), FALSE)"
        self._conditions.append(found if item.op != "not_in" else f"NOT {found}")

    def _known(self, name: str, op: str, value: str) -> list[str]:
        """The value, which must occur, or those that a name or an alias stands for.

        Raises:
            UnknownNameError: It does not; names the nearest.
        """
        from tagwright.registry import nearest

        rows = self.ctx.snapshot.query(
            f"SELECT DISTINCT CAST({self._columns[name]} AS VARCHAR) FROM usage LIMIT 20000"
        ).rows
        known = [str(found) for (found,) in rows if found is not None]
        folded = value.casefold()
        if op == "contains":
            if any(folded in found.casefold() for found in known):
                return [value]
        elif any(folded == found.casefold() for found in known):
            return [value]
        elif meant := self._meant(name, value, known):
            self.notes.append(f"{clean(value)!r} is read as {name} {', '.join(map(clean, meant))}.")
            return meant
        raise UnknownNameError(name, clean(value), nearest(value, known))

    def _meant(self, name: str, value: str, known: Sequence[str]) -> list[str]:
        """An account by its name, providers by an alias, a model as bills write it."""
        if name == "model":
            same = [found for found in known if same_model(found) == same_model(value)]
            return [found for found in same if value.casefold() in found.casefold()] or same
        if name == "sub_account_id":
            rows = self.ctx.snapshot.query(
                'SELECT DISTINCT "SubAccountId" FROM charges '
                'WHERE lower($1) IN (lower("SubAccountName"), '
                """lower("SubAccountName" || ' (' || "SubAccountId" || ')'))""",
                [value],
            ).rows
            return [str(found) for (found,) in rows if str(found) in known]
        if name == "provider":
            return sorted(aliased(value, "service_provider_name", known))
        return []
