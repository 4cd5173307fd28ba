"""OpenAI: costs and usage of an organisation, by its admin API.

Format: platform.openai.com/docs/api-reference/usage (``GET /v1/organization/costs`` and
``/v1/organization/usage/…``): start and end in seconds since 1970, daily buckets in UTC, at most
180 a page of costs and 31 of usage; ``next_page`` goes back as ``page``.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import AfterValidator, Field

from tagwright.connectors.model import Section
from tagwright.connectors.pages import Report, fetch_months, first_month
from tagwright.connectors.web import Api, base_url, key_from
from tagwright.text import clean

if TYPE_CHECKING:
    from tagwright.connectors.model import Job

__all__ = ["CONNECTOR", "OpenAI", "OpenAISection"]

_KEY = "OPENAI_ADMIN_KEY"
_COSTS = "/v1/organization/costs"
_GROUPS = {
    "costs": ("project_id", "line_item"),
    "completions": ("model", "project_id", "api_key_id", "batch", "service_tier"),
    "embeddings": ("model", "project_id", "api_key_id"),
}


class OpenAISection(Section):
    """Settings ``[connectors.openai]``; the key is in ``OPENAI_ADMIN_KEY``.

    Attributes:
        base_url: Where the API is.
        usage: Kinds of usage to fetch beside the costs.
        days_per_page: Days that one page holds at most.
    """

    base_url: Annotated[str, AfterValidator(lambda v: base_url(v, needs_tls=True))] = (
        "https://api.openai.com"
    )
    usage: tuple[Literal["completions", "embeddings"], ...] = ("completions", "embeddings")
    days_per_page: int = Field(default=31, ge=1, le=31)


class OpenAI:
    """A file for each month of costs, and of each kind of usage."""

    name = "openai"
    section = OpenAISection

    def check(self, section: OpenAISection, job: Job) -> dict[str, Any]:
        """The organisation, and the days of the last week that cost something."""
        query = _parameters("costs", section, job.today - dt.timedelta(days=6), job.today)
        with self._api(section, job) as api:
            page = api.get(_COSTS, query)
        buckets = [item for item in page.document.get("data", []) if item.get("results")]
        days = sorted(dt.datetime.fromtimestamp(b["start_time"], dt.UTC).date() for b in buckets)
        results = [result for bucket in buckets for result in bucket["results"]]
        return {
            "organisation": clean(page.headers.get("openai-organization", "")) or None,
            "days_with_costs_last_week": [day.isoformat() for day in days],
            "projects": sorted({clean(str(r["project_id"])) for r in results if r["project_id"]}),
        }

    def fetch(self, section: OpenAISection, job: Job) -> None:
        """Costs first: usage says what they were for."""
        reports = [
            Report(
                "costs" if kind == "costs" else f"usage-{kind}",
                _COSTS if kind == "costs" else f"/v1/organization/usage/{kind}",
                lambda start, end, kind=kind: _parameters(kind, section, start, end),  # type: ignore[misc]
            )
            for kind in ("costs", *section.usage)
        ]
        with self._api(section, job) as api:
            fetch_months(job, api, reports, first_month(job.since, job.today))

    def _api(self, section: OpenAISection, job: Job) -> Api:
        key = key_from(_KEY, "OpenAI")
        headers = {"authorization": f"Bearer {key}"}
        return Api(section.base_url, "OpenAI", job.clock, headers=headers, variable=_KEY, key=key)


def _parameters(
    kind: str, section: OpenAISection, start: dt.date, end: dt.date
) -> list[tuple[str, str]]:
    return [
        ("start_time", str(_epoch(start))),
        ("end_time", str(_epoch(end))),
        ("bucket_width", "1d"),
        ("limit", str(section.days_per_page)),
        *(("group_by", name) for name in _GROUPS[kind]),
    ]


def _epoch(day: dt.date) -> int:
    return int(dt.datetime(day.year, day.month, day.day, tzinfo=dt.UTC).timestamp())


CONNECTOR = OpenAI()
"""Registered as entry point ``openai`` of the group ``tagwright.connectors``."""
