"""A small bill, telemetry beside it and rules, and what the rules make of them."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

from focus_files import write_focus
from homes import fill
from tagwright.allocation import Allocation, allocate, load_rules
from tagwright.config import load_settings
from tagwright.context import open_context

__all__ = ["ENDPOINT", "Amounts", "World"]

ENDPOINT = {
    "ResourceId": "arn:aws:sagemaker:us-east-1:111122223333:endpoint/llm",
    "ServiceName": "Amazon SageMaker",
    "Tags": {"team": "platform", "product": "platform"},
}

Amounts = dict[tuple[str | None, str], Decimal]


class World:
    """A home in a folder; charges and requests are put in, then it is asked."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.home = folder / "home"
        self.home.mkdir(exist_ok=True)
        self._files: list[Path] = []
        self._rows = 0

    def charges(self, *rows: dict[str, Any]) -> World:
        """FOCUS charges; ``amount`` stands for all four costs."""
        full = [
            {
                **row,
                **dict.fromkeys(
                    ("BilledCost", "EffectiveCost", "ListCost", "ContractedCost"), row["amount"]
                ),
            }
            for row in rows
        ]
        for row in full:
            row.pop("amount")
        self._files.append(write_focus(self.folder / f"bill-{len(self._files)}.csv", full))
        return self

    def requests(self, *rows: dict[str, Any]) -> World:
        """Requests as Tagwright's middleware writes them; ``__`` in a name stands for a dot."""
        path = self.folder / f"usage-{len(self._files)}.jsonl"
        with path.open("w") as out:
            for row in rows:
                self._rows += 1
                line = {
                    "schema": "tagwright.usage/1",
                    "row_id": f"r{self._rows}",
                    "start_time": "2026-09-01T10:00:00Z",
                    "gen_ai.provider.name": "openai",
                    "gen_ai.request.model": "gpt-4o",
                    **{key.replace("__", "."): value for key, value in row.items()},
                }
                out.write(json.dumps(line) + "\n")
        self._files.append(path)
        return self

    def file(self, name: str, text: str) -> World:
        """Any other file that is ingested."""
        path = self.folder / name
        path.write_text(text)
        self._files.append(path)
        return self

    def rules(self, yaml: str) -> World:
        """The allocation file."""
        (self.home / "allocation.yaml").write_text(yaml)
        return self

    def allocation(
        self, dimension: str = "product", period: str = "all", **more: Any
    ) -> Allocation:
        """What becomes of all charges; each currency adds up, always."""
        settings = load_settings(self.home)
        if self._files:
            fill(settings, self._files)
            self._files = []
        with open_context(settings) as ctx:
            found = allocate(
                ctx, load_rules(settings), dimension=dimension, period=ctx.period(period), **more
            )
            billed = ctx.snapshot.query(
                'SELECT "BillingCurrency", SUM("EffectiveCost") FROM charges '
                'WHERE "ChargePeriodStart" >= ? AND "ChargePeriodStart" < ? GROUP BY 1',
                [found.period.start, found.period.end],
            ).rows
        if not more:
            assert found.totals == dict(billed)
        return found

    def amounts(self, dimension: str = "product", **more: Any) -> Amounts:
        """Target and kind to amount, in a bill of one currency."""
        sums: Amounts = {}
        for line in self.allocation(dimension, **more).lines:
            key = line.target, line.kind
            sums[key] = sums.get(key, Decimal(0)) + line.amount
        return sums
