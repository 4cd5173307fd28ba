"""Bedrock's model invocation logs of the development account, which no gateway stands before.

The tokens of a day are those of the bill. Logging was switched on in October: of the months before
nobody knows who called. One caller says in the request's metadata whose it is, one is known by its
role, and what developers call under their own names is nobody's.
"""

from __future__ import annotations

import datetime as dt
import json
import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tagwright_evals.company.estate import ACCOUNTS, experimenters

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tagwright_evals.company.telemetry import Tokens

__all__ = ["LOGGED_SINCE", "invocation_lines"]

LOGGED_SINCE = dt.date(2026, 10, 1)

_ACCOUNT = ACCOUNTS["dev"][0]
_PROFILE = "global.anthropic.claude-haiku-4-5-20251001-v1:0"
"""The inference profile over all regions; not one of the company's own, so it has no tags."""
_ANSWER = 11_000
"""Output tokens of a request on average: with its context it stays below 200,000."""
_SIZES = (8, 11, 9, 12, 10)
"""Requests differ, in these proportions."""


@dataclass(frozen=True)
class _Caller:
    """Who calls, and what the log says of it."""

    owner: str
    principal: str
    metadata: dict[str, str] = field(default_factory=dict)


_CALLERS = (
    _Caller("discovery/recs", "recs-experiments/batch",
            {"Team": "discovery", "project": "recommendation-engine", "env": "dev"}),
    _Caller("search/search", "search-evals/nightly"),
    _Caller("assistant/assistant", "AWSReservedSSO_Developer_5f1c0d2e/mei@northlight.example"),
)  # fmt: skip


def invocation_lines(
    used: Mapping[tuple[dt.date, str, str, bool], Tokens],
) -> Iterator[tuple[dt.date, str]]:
    """Month and one log record for each request.

    Args:
        used: What ``used_tokens`` finds on the bill of AWS.
    """
    for (day, place, _model, _profile), tokens in used.items():
        if place != _ACCOUNT or day < LOGGED_SINCE:
            continue
        left = dict(tokens)
        for caller in _CALLERS:
            share = experimenters()[caller.owner]
            last = caller is _CALLERS[-1]
            part = left if last else {name: int(n * share) for name, n in tokens.items()}
            left = {name: left[name] - part[name] for name in left}
            for number, request in enumerate(_requests(part)):
                yield day.replace(day=1), json.dumps(_record(caller, day, number, request))


def _requests(tokens: Tokens) -> Iterator[Tokens]:
    """Requests whose tokens add up again."""
    count = max(tokens["Output"] // _ANSWER, 1)
    sizes = [_SIZES[number % len(_SIZES)] for number in range(count)]
    whole, done = sum(sizes), 0
    for size in sizes:
        yield {
            name: total * (done + size) // whole - total * done // whole
            for name, total in tokens.items()
        }
        done += size


def _record(caller: _Caller, day: dt.date, number: int, tokens: Tokens) -> dict[str, object]:
    moment = dt.datetime.combine(day, dt.time(6)) + dt.timedelta(seconds=97 * number)
    said = uuid.uuid5(uuid.NAMESPACE_URL, f"northlight {day} {caller.principal} {number}")
    record: dict[str, object] = {
        "schemaType": "ModelInvocationLog",
        "schemaVersion": "1.0",
        "timestamp": f"{moment.isoformat()}Z",
        "accountId": _ACCOUNT,
        "identity": {"arn": f"arn:aws:sts::{_ACCOUNT}:assumed-role/{caller.principal}"},
        "region": "us-east-1",
        "requestId": str(said),
        "operation": "Converse",
        "modelId": _PROFILE,
        "input": {
            "inputContentType": "application/json",
            "inputTokenCount": tokens["Input"],
            "cacheReadInputTokenCount": tokens["Read"],
            "cacheWriteInputTokenCount": tokens["Write"],
        },
        "output": {
            "outputContentType": "application/json",
            "outputTokenCount": tokens["Output"],
        },
    }
    return record | ({"requestMetadata": caller.metadata} if caller.metadata else {})
