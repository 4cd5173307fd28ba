"""People who see a part of bills, and bills of which they see one."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

from focus_files import write_focus
from sample_home import NOW, charge
from tagwright.config import Settings, load_settings
from tagwright.context import open_context
from tagwright.errors import (
    TagwrightError,
)
from tagwright.ingest import ingest
from tagwright.people import Principal
from tagwright.receipts import run_tool
from tagwright.registry import load_registry
from usage_files import lines

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


ALL = Principal("all", "cli", "all")
ANN = Principal("ann", "cli", "ann")
REGISTRY = load_registry()


def people(home: Path, *sees: Mapping[str, Iterable[str]]) -> None:
    """ann, who sees that (each by a group), and all, who sees everything."""
    groups = {
        f"g{number}": {"members": ["ann"], "sees": {key: list(v) for key, v in one.items()}}
        for number, one in enumerate(sees)
    }
    who = {name: {"cli": [name], "may": ["ask", "propose"]} for name in ("ann", "all")}
    (home / "people.yaml").write_text(json.dumps({"people": who, "groups": groups}))


def filled(
    home: Path, charges: list[dict[str, Any]], usage: list[dict[str, Any]] | None = None
) -> Settings:
    home.mkdir(parents=True, exist_ok=True)
    files = []
    if charges:
        files.append(write_focus(home.parent / f"{home.name}.csv", charges))
    if usage:
        files.append(lines(home.parent / f"{home.name}.jsonl", *usage))
    settings = load_settings(home)
    report = ingest(settings, files)
    assert not [file for file in report.files if file.error or file.rejected]
    return settings


def ask(settings: Settings, who: Principal, tool: str, **arguments: Any) -> Any:
    """A tool's result as JSON, or its error's."""
    with open_context(settings, who, now=NOW) as ctx:
        try:
            return run_tool(REGISTRY, tool, arguments, ctx).model_dump(mode="json")
        except TagwrightError as error:
            return error.as_dict()


TEAMS = ("tm-search", "tm-ads", "tm-labs")
ACCOUNTS = ("ac-100", "ac-200")
SERVICES = ("sv-compute", "sv-store", "sv-train")
ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "team": st.sampled_from((*TEAMS, "")),
            "account": st.sampled_from(ACCOUNTS),
            "service": st.sampled_from(SERVICES),
            "currency": st.sampled_from(["USD", "USD", "EUR"]),
            "cost": st.integers(-999, 99999),
            "day": st.integers(0, 61),
            "mark": st.sampled_from(["one", "two"]),
        }
    ),
    min_size=1,
    max_size=14,
)
SEES = st.lists(
    st.fixed_dictionaries(
        {},
        optional={
            "team": st.lists(st.sampled_from(TEAMS), min_size=1, max_size=2, unique=True),
            "sub_account_id": st.lists(st.sampled_from(ACCOUNTS), min_size=1, max_size=1),
            "Service Name": st.lists(st.sampled_from(SERVICES), min_size=1, max_size=2),
        },
    ).filter(bool),
    min_size=1,
    max_size=2,
)
MARKED = ("rs", "nm", "tg", "tv", "ds", "rg", "md")
"""What each row's own texts begin with: they are looked for in what another is told."""


def billed(row: dict[str, Any]) -> dict[str, Any]:
    own = f"{row['mark']}-{row['team'] or 'nobody'}-{row['account']}-{row['service']}"
    tags = {"team": row["team"]} if row["team"] else {}
    return charge(
        f"{row['cost'] / 100:.2f}",
        (dt.date(2026, 8, 1) + dt.timedelta(days=row["day"])).isoformat(),
        BillingCurrency=row["currency"],
        SubAccountId=row["account"],
        SubAccountName=f"nm-{row['account']}",
        ServiceName=row["service"],
        ResourceId=f"rs-{own}",
        ChargeDescription=f"ds-{own}",
        RegionId=f"rg-{own}",
        Tags={**tags, f"tg-{own}": f"tv-{own}", "owner": f"tv-{own}"},
    )


def called(row: dict[str, Any], number: int) -> dict[str, Any]:
    """A request of the row's team; telemetry names no account and no service here."""
    day = dt.date(2026, 8, 1) + dt.timedelta(days=row["day"])
    return {
        "schema": "tagwright.usage/1",
        "row_id": f"r{number}",
        "start_time": f"{day}T10:00:00Z",
        "gen_ai.provider.name": "openai",
        "gen_ai.response.model": f"md-{row['mark']}-{row['team'] or 'nobody'}",
        "gen_ai.usage.input_tokens": abs(row["cost"]),
        "gen_ai.usage.output_tokens": 1,
        **({"tags": {"team": row["team"]}} if row["team"] else {}),
    }


def in_bill(row: dict[str, Any], sees: list[dict[str, list[str]]]) -> bool:
    fields = {"team": "team", "sub_account_id": "account", "Service Name": "service"}
    return any(all(row[fields[key]] in values for key, values in one.items()) for one in sees)


def in_usage(row: dict[str, Any], sees: list[dict[str, list[str]]]) -> bool:
    # The account is a column of usage, which these rows leave empty; the service is none.
    return any(one.keys() == {"team"} and row["team"] in one["team"] for one in sees)
