"""What Northlight's own systems say about its AI usage: views of what the bills hold.

The tokens are those of the bills, divided among customers so that the parts add up again. What the
telemetry does not know is left out on purpose: the retry loop of October (the gateway counts an
answer once, however often it was generated), a workspace that nobody put behind the gateway, and
the clouds' own models. No request is told of twice: what passes the gateway is not in Bedrock's logs.
"""

from __future__ import annotations

import datetime as dt
import json
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tagwright_evals.company.estate import ACCOUNTS, shared_owners
from tagwright_evals.company.model import DAYS, MONTHS, daily_tokens

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from tagwright_evals.company.model import Owned

__all__ = [
    "CUSTOMERS",
    "Tokens",
    "anthropic_pages",
    "deploy_rows",
    "endpoint_lines",
    "gateway_lines",
    "openai_pages",
    "revenue_rows",
    "used_tokens",
]

Tokens = dict[str, int]
"""Bucket (``Input`` uncached, ``Read``, ``Write``, ``Output``) to tokens."""
_Key = tuple[dt.date, str, str, bool]
"""Day, SubAccountId, model, and whether the charge names a resource."""

CUSTOMERS = {"acme": 46, "globex": 27, "initech": 18, "hooli": 9}
"""Share of the requests, in percent."""

_PAYS = {"acme": 52_000, "globex": 33_000, "initech": 20_500, "hooli": 5_200}
"""USD a month."""

_ANSWER = 700
"""Output tokens of a request."""


@dataclass(frozen=True)
class _Route:
    """What passes the gateway (with an inference profile of ours or without), and what it writes."""

    account: str
    model: str
    said: str
    feature: str
    team: str
    product: str
    profile: bool = False


_ROUTES = (
    _Route("prod", "anthropic.claude-sonnet-4-5",
           "global.anthropic.claude-sonnet-4-5-20250929-v1:0", "answers", "search", "search",
           profile=True),
    _Route("prod", "anthropic.claude-sonnet-4-5",
           "global.anthropic.claude-sonnet-4-5-20250929-v1:0", "chat", "assistant", "assistant"),
    _Route("prod", "anthropic.claude-haiku-4-5",
           "global.anthropic.claude-haiku-4-5-20251001-v1:0", "summaries", "assistant", "assistant"),
)  # fmt: skip


def _flow(row: Mapping[str, str]) -> tuple[str, str] | None:
    """Model and bucket of a charge; None where it is not for tokens."""
    if row.get("ConsumedUnit") != "Tokens":
        return None
    details = json.loads(row["SkuPriceDetails"])
    direction, action = details["TokenDirection"], details.get("TokenCacheAction")
    return details["ModelId"], direction if action in (None, "Uncached") else action


def used_tokens(rows: Iterable[Owned]) -> dict[_Key, Tokens]:
    """Tokens on a bill."""
    found: dict[_Key, Tokens] = defaultdict(lambda: defaultdict(int))
    for item in rows:
        flow = _flow(item.row)
        if flow is None:
            continue
        day = dt.date.fromisoformat(item.row["ChargePeriodStart"][:10])
        key = day, item.row["SubAccountId"], flow[0], bool(item.row["ResourceId"])
        found[key][flow[1]] += int(float(item.row["ConsumedQuantity"]))
    return found


def openai_pages(rows: Iterable[Owned]) -> Iterator[tuple[dt.date, str]]:
    """OpenAI's usage report: month and one page as JSON for each day, by project and model."""
    days: dict[dt.date, list[dict[str, object]]] = defaultdict(list)
    for (day, project, model, _), tokens in used_tokens(rows).items():
        days[day].append(
            {
                "object": "organization.usage.completions.result",
                "input_tokens": tokens["Input"] + tokens["Read"],
                "input_cached_tokens": tokens["Read"],
                "output_tokens": tokens["Output"],
                "num_model_requests": tokens["Output"] // _ANSWER,
                "project_id": project,
                "model": model,
            }
        )
    for day, results in days.items():
        start = int(dt.datetime.combine(day, dt.time(), dt.UTC).timestamp())
        bucket = {"object": "bucket", "start_time": start, "end_time": start + 86_400,
                  "results": results}  # fmt: skip
        yield day.replace(day=1), json.dumps({"object": "page", "data": [bucket]})


def anthropic_pages(rows: Iterable[Owned]) -> Iterator[tuple[dt.date, str]]:
    """Anthropic's usage report of one workspace: month and one page as JSON for each day.

    The default workspace was forgotten when the report was asked for.
    """
    days: dict[dt.date, list[dict[str, object]]] = defaultdict(list)
    for (day, workspace, model, _), tokens in used_tokens(rows).items():
        if workspace != "wrkspc_assistant":
            continue
        days[day].append(
            {
                "uncached_input_tokens": tokens["Input"],
                "cache_read_input_tokens": tokens["Read"],
                "cache_creation": {
                    "ephemeral_5m_input_tokens": tokens["Write"],
                    "ephemeral_1h_input_tokens": 0,
                },
                "output_tokens": tokens["Output"],
                "server_tool_use": {"web_search_requests": 0},
                "service_tier": "standard",
                "context_window": "0-200k",
                "workspace_id": workspace,
                "model": model,
            }
        )
    for day, results in days.items():
        bucket = {
            "starting_at": f"{day}T00:00:00Z",
            "ending_at": f"{day + dt.timedelta(days=1)}T00:00:00Z",
            "results": results,
        }
        page = {"data": [bucket], "has_more": False, "next_page": None}
        yield day.replace(day=1), json.dumps(page)


def gateway_lines(
    used: Mapping[_Key, Tokens], usual: Mapping[dt.date, int]
) -> Iterator[tuple[dt.date, str]]:
    """The gateway's own lines: month and one line for each day, route and customer.

    Args:
        used: :func:`used_tokens` of the bill of AWS.
        usual: Day to output tokens of search's answers, each counted once.
    """
    for route in _ROUTES:
        wanted = ACCOUNTS[route.account][0], route.model, route.profile
        for (day, *whose), tokens in used.items():
            if tuple(whose) != wanted:
                continue
            told = dict(tokens)
            if route.feature == "answers":
                told["Output"] = usual[day]
            for customer, part in _divided(told).items():
                yield day.replace(day=1), json.dumps(_line(route, day, customer, part))


def _divided(tokens: Mapping[str, int]) -> dict[str, Tokens]:
    """Each bucket by customer; what does not divide is the first one's."""
    parts = {
        customer: {name: count * share // 100 for name, count in tokens.items()}
        for customer, share in CUSTOMERS.items()
    }
    first = parts[next(iter(CUSTOMERS))]
    for name, count in tokens.items():
        first[name] += count - sum(part[name] for part in parts.values())
    return parts


_SELF_HOSTED = "llama-3.1-8b-instruct"
_HOSTED_OUTPUT = 9_000_000
_HOSTED_ANSWER = 300


def endpoint_lines() -> Iterator[tuple[dt.date, str]]:
    """The gateway's lines of the GPU endpoint that three products share: one a day and product.

    Its tokens have no price: what is paid for are the endpoint's hours.
    """
    for day in DAYS:
        for owner, share in shared_owners().items():
            team, product = owner.split("/")
            output = int(daily_tokens(f"shared {product}", _HOSTED_OUTPUT * share, day))
            yield (
                day.replace(day=1),
                json.dumps(
                    {
                        "schema": "tagwright.usage/1",
                        "row_id": f"{day} {_SELF_HOSTED} {product}",
                        "start_time": f"{day}T00:00:00Z",
                        "cloud.account.id": ACCOUNTS["ml"][0],
                        "gen_ai.provider.name": "aws.sagemaker",
                        "gen_ai.operation.name": "chat",
                        "gen_ai.response.model": _SELF_HOSTED,
                        "tagwright.requests": output // _HOSTED_ANSWER,
                        "gen_ai.usage.input_tokens": output * 4,
                        "gen_ai.usage.output_tokens": output,
                        "tags": {"team": team, "product": product, "environment": "production"},
                    }
                ),
            )


def _line(route: _Route, day: dt.date, customer: str, tokens: Tokens) -> dict[str, object]:
    read, written = tokens.get("Read", 0), tokens.get("Write", 0)
    return {
        "schema": "tagwright.usage/1",
        "row_id": f"{day} {route.model} {route.feature} {customer}",
        "start_time": f"{day}T00:00:00Z",
        "cloud.account.id": ACCOUNTS[route.account][0],
        "gen_ai.provider.name": "aws.bedrock",
        "gen_ai.operation.name": "chat",
        "gen_ai.response.model": route.said,
        "tagwright.requests": max(tokens["Output"] // _ANSWER, 1),
        "gen_ai.usage.input_tokens": tokens["Input"] + read + written,
        "gen_ai.usage.cache_read.input_tokens": read,
        "gen_ai.usage.cache_creation.input_tokens": written,
        "gen_ai.usage.output_tokens": tokens["Output"],
        "tags": {
            "team": route.team,
            "product": route.product,
            "feature": route.feature,
            "customer": customer,
            "environment": "production",
        },
    }


def revenue_rows() -> list[tuple[str, str, str, str]]:
    """``revenue.csv``: customer, month, currency, revenue."""
    return [
        (customer, f"{month:%Y-%m}", "USD", f"{amount}.00")
        for month in MONTHS
        for customer, amount in _PAYS.items()
    ]


_DEPLOYS = (  # time, service, version, environment, change
    ("2026-07-07T09:10:00Z", "assistant-chat", "3.8.0", "production", "summaries of long chats"),
    ("2026-07-21T08:45:00Z", "recs-embed", "1.19.0", "production", "larger batches"),
    ("2026-08-04T09:30:00Z", "search-answers", "5.2.0", "production", "prompt cache for sources"),
    ("2026-08-25T13:05:00Z", "billing-api", "7.4.1", "production", "invoices as PDF"),
    ("2026-09-15T10:20:00Z", "assistant-chat", "3.9.0", "production", "guardrail before answers"),
    ("2026-10-13T14:40:00Z", "search-answers", "5.3.0", "staging", "retry of failed answers"),
    ("2026-10-14T00:05:00Z", "search-answers", "5.3.0", "production", "retry of failed answers"),
    ("2026-10-20T23:50:00Z", "search-answers", "5.3.1", "production", "retry at most once"),
    ("2026-10-27T09:15:00Z", "recs-embed", "1.20.0", "production", "new item catalogue"),
)


def deploy_rows() -> tuple[tuple[str, str, str, str, str], ...]:
    """``deploys.csv``: time, service, version, environment, change; 5.3.0 brought the spike."""
    return _DEPLOYS
