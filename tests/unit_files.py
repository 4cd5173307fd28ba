"""Bills by token and telemetry of the same requests, written beside the assertion.

Prices (genai-prices, 2026): gpt-4o costs 2.50 a million input tokens, 1.25 cached, 10.00 output.
"""

from __future__ import annotations

import datetime as dt
import itertools
import json
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from focus_files import write_focus
from homes import fill
from sample_home import charge, context
from tagwright.config import Settings, load_settings
from tagwright.reconcile import Cell, Reconciled, reconcile

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

__all__ = ["MODEL", "billed", "bucket", "call", "cells", "load_both", "reconciled"]

MODEL = "gpt-4o-2024-08-06"
_NUMBERS = itertools.count(1)


def billed(
    cost: str,
    day: str = "2026-09-01",
    meter: str = "input",
    *,
    tokens: int | None = None,
    model: str | None = MODEL,
    **columns: Any,
) -> dict[str, Any]:
    """A charge of OpenAI for tokens, with an invoice, so that its billing period is closed."""
    unit = {} if tokens is None else {"ConsumedQuantity": str(tokens), "ConsumedUnit": "Tokens"}
    return charge(
        cost,
        day,
        **{
            "BillingAccountId": "org-1",
            "ServiceProviderName": "OpenAI",
            "InvoiceIssuerName": "OpenAI",
            "ServiceName": "OpenAI API",
            "ServiceCategory": "AI and Machine Learning",
            "SkuMeter": f"{model}, {meter}" if model else meter,
            "InvoiceId": "INV-1",
            "ConsumedQuantity": "",
            "ConsumedUnit": "",
            "SubAccountId": "",
            "SkuPriceDetails": "",
            **unit,
            **columns,
        },
    )


def call(
    start: str = "2026-09-01",
    tokens_in: int = 1_000_000,
    tokens_out: int = 0,
    *,
    model: str = MODEL,
    provider: str = "openai",
    tags: Mapping[str, str] | None = None,
    **fields: Any,
) -> dict[str, Any]:
    """A request in Tagwright's own usage lines, which name no account."""
    return {
        "schema": "tagwright.usage/1",
        "row_id": f"r{next(_NUMBERS)}",
        "start_time": start if "T" in start else f"{start}T10:00:00Z",
        "gen_ai.provider.name": provider,
        "gen_ai.response.model": model,
        "gen_ai.usage.input_tokens": tokens_in,
        "gen_ai.usage.output_tokens": tokens_out,
        **({"tags": dict(tags)} if tags else {}),
        **fields,
    }


def bucket(
    day: str = "2026-09-01",
    tokens_in: int = 1_000_000,
    tokens_out: int = 0,
    *,
    model: str = MODEL,
    project: str | None = "proj-1",
    cached: int = 0,
    requests: int = 1,
    **fields: Any,
) -> dict[str, Any]:
    """A page of OpenAI's usage report with one bucket of requests."""
    start = dt.datetime.fromisoformat(day).replace(tzinfo=dt.UTC)
    result = {
        "object": "organization.usage.completions.result",
        "input_tokens": tokens_in,
        "input_cached_tokens": cached,
        "output_tokens": tokens_out,
        "num_model_requests": requests,
        "model": model,
        "project_id": project,
        **fields,
    }
    times = {"start_time": int(start.timestamp()), "end_time": int(start.timestamp()) + 86400}
    return {"object": "page", "data": [{"object": "bucket", **times, "results": [result]}]}


def load_both(
    home: Path,
    charges: Sequence[Mapping[str, Any]] = (),
    calls: Sequence[Mapping[str, Any]] = (),
    pages: Sequence[Mapping[str, Any]] = (),
    **settings: Any,
) -> Settings:
    """Ingest them into ``home``; nothing may be rejected."""
    home.mkdir(parents=True, exist_ok=True)
    files = []
    if charges:
        files.append(write_focus(home / "bill.csv", charges))
    for name, records in {"calls.jsonl": calls, "pages.jsonl": pages}.items():
        if records:
            files.append(home / name)
            files[-1].write_text("".join(json.dumps(record) + "\n" for record in records))
    return fill(load_settings(home, **settings), files)


def reconciled(settings: Settings, period: str = "2026-09") -> Reconciled:
    """The reconciliation of a period."""
    with context(settings) as ctx:
        return reconcile(ctx, ctx.period(period))


def cells(found: Reconciled | Iterable[Cell]) -> list[tuple[Any, ...]]:
    """Day of the month, direction, tier, status, billed, priced, reason of each cell."""
    each = found.cells if isinstance(found, Reconciled) else found

    def short(value: Decimal | None) -> str | None:
        return None if value is None else f"{value.normalize():f}"

    return [
        (c.day.day, c.direction, c.tier, c.status, short(c.billed), short(c.priced), c.reason)
        for c in each
    ]
