"""Anthropic: costs and usage of an organisation, by its admin API.

Format: platform.claude.com/docs/en/api/admin (``GET /v1/organizations/cost_report`` and
``/v1/organizations/usage_report/messages``): RFC 3339 times, daily buckets in UTC, at most 31 a
page; ``next_page`` goes back as ``page``. Priority Tier costs are in no cost report.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import AfterValidator, Field

from tagwright.connectors.model import Section
from tagwright.connectors.pages import Report, fetch_months, first_month
from tagwright.connectors.web import Api, base_url, key_from
from tagwright.text import clean

if TYPE_CHECKING:
    from tagwright.connectors.model import Job

__all__ = ["CONNECTOR", "Anthropic", "AnthropicSection"]

_KEY = "ANTHROPIC_ADMIN_KEY"
_VERSION = "2023-06-01"
_COSTS = "/v1/organizations/cost_report"
_USAGE = "/v1/organizations/usage_report/messages"
_GROUPS = {
    _COSTS: ("workspace_id", "description"),
    _USAGE: (
        *("api_key_id", "workspace_id", "model"),
        *("service_tier", "context_window", "inference_geo"),
    ),
}


class AnthropicSection(Section):
    """Settings ``[connectors.anthropic]``; the key is in ``ANTHROPIC_ADMIN_KEY``.

    Attributes:
        base_url: Where the API is.
        days_per_page: Days that one page holds at most.
    """

    base_url: Annotated[str, AfterValidator(lambda v: base_url(v, needs_tls=True))] = (
        "https://api.anthropic.com"
    )
    days_per_page: int = Field(default=31, ge=1, le=31)


class Anthropic:
    """A file for each month of costs, and of usage."""

    name = "anthropic"
    section = AnthropicSection

    def check(self, section: AnthropicSection, job: Job) -> dict[str, Any]:
        """The organisation, and the days of the last week that cost something."""
        with self._api(section, job) as api:
            organisation = api.get("/v1/organizations/me").document
            query = _parameters(_COSTS, section, job.today - dt.timedelta(days=6), job.today)
            page = api.get(_COSTS, query)
        buckets = [item for item in page.document.get("data", []) if item.get("results")]
        return {
            "organisation": clean(str(organisation.get("name") or "")) or None,
            "organisation_id": clean(str(organisation.get("id") or "")) or None,
            "days_with_costs_last_week": sorted(
                clean(str(bucket["starting_at"]))[:10] for bucket in buckets
            ),
        }

    def fetch(self, section: AnthropicSection, job: Job) -> None:
        """Costs first: usage says what they were for."""
        reports = [
            Report(
                kind,
                path,
                lambda start, end, path=path: _parameters(path, section, start, end),  # type: ignore[misc]
            )
            for kind, path in (("costs", _COSTS), ("usage-messages", _USAGE))
        ]
        with self._api(section, job) as api:
            fetch_months(job, api, reports, first_month(job.since, job.today))

    def _api(self, section: AnthropicSection, job: Job) -> Api:
        key = key_from(_KEY, "Anthropic")
        headers = {"x-api-key": key, "anthropic-version": _VERSION}
        return Api(
            section.base_url, "Anthropic", job.clock, headers=headers, variable=_KEY, key=key
        )


def _parameters(
    path: str, section: AnthropicSection, start: dt.date, end: dt.date
) -> list[tuple[str, str]]:
    return [
        ("starting_at", f"{start}T00:00:00Z"),
        ("ending_at", f"{end}T00:00:00Z"),
        ("bucket_width", "1d"),
        ("limit", str(section.days_per_page)),
        *(("group_by[]", name) for name in _GROUPS[path]),
    ]


CONNECTOR = Anthropic()
"""Registered as entry point ``anthropic`` of the group ``tagwright.connectors``."""
