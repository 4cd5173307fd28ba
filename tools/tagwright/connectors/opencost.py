"""OpenCost: what Kubernetes workloads took of a cluster, a file a day.

Format: opencost.io/docs/integrations/api, ``GET /allocation``. Days of UTC that are over; the day
that goes on would be restated. OpenCost knows as many days as its Prometheus keeps, 15 by default.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import AfterValidator, Field

from tagwright.connectors.model import Section
from tagwright.connectors.web import Api, base_url
from tagwright.errors import ConfigError
from tagwright.files import replace_file

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tagwright.connectors.model import Job

__all__ = ["CONNECTOR", "OpenCost", "OpenCostSection"]

_PATH = "/allocation"
_DAYS = 14
_LATE = dt.timedelta(days=3)
"""An empty day is asked for again until it is so old."""


class OpenCostSection(Section):
    """Settings ``[connectors.opencost]``; OpenCost has no key.

    Attributes:
        base_url: Where OpenCost answers, e.g. ``http://opencost.opencost:9003``.
        aggregate: What an allocation is; always the same one, or rows would be counted twice.
        idle: Whether idle capacity is asked for, as ``__idle__``.
    """

    base_url: Annotated[str, AfterValidator(lambda v: base_url(v, needs_tls=False))]
    aggregate: str = Field(default="namespace,pod", min_length=1)
    idle: bool = True


class OpenCost:
    """A file for each day."""

    name = "opencost"
    section = OpenCostSection

    def check(self, section: OpenCostSection, job: Job) -> dict[str, Any]:
        """How many allocations yesterday had."""
        day = job.today - dt.timedelta(days=1)
        with Api(section.base_url, "OpenCost", job.clock) as api:
            page = api.get(_PATH, _parameters(section, day), fault=_fault)
        return {"day": day.isoformat(), "allocations": _count(page.document)}

    def fetch(self, section: OpenCostSection, job: Job) -> None:
        """Each day that was not fetched."""
        facts = job.log.facts
        how = f"aggregate={section.aggregate} idle={section.idle}"
        if facts.setdefault("how", how) != how:
            raise ConfigError(
                f"Setting 'connectors.opencost': fetched so far with {facts['how']}, not {how}; "
                "rows of both would be counted twice.",
                hint=f"Set it back, or delete {job.log.path} and ingest into a new home.",
            )
        done = facts.setdefault("days", [])
        first = job.since or job.today - dt.timedelta(days=_DAYS)
        days = [first + dt.timedelta(days=n) for n in range(max((job.today - first).days, 0))]
        wanted = [day for day in days if day.isoformat() not in done]
        job.done.unchanged += len(days) - len(wanted)
        with Api(section.base_url, "OpenCost", job.clock) as api:
            for index, day in enumerate(wanted):
                job.progress(day.isoformat(), index, len(wanted))
                page = api.get(_PATH, _parameters(section, day), fault=_fault)
                job.done.bytes += len(page.line.encode())
                if _count(page.document):
                    name = f"{day}.json"
                    replace_file(job.folder / name, f"{page.line}\n".encode())
                    job.done.files += 1
                    job.log.waiting[day.isoformat()] = [name]
                else:
                    job.done.notes.append(f"{day}: OpenCost knows nothing of that day.")
                if _count(page.document) or day < job.today - _LATE:
                    done.append(day.isoformat())
                job.log.save()


def _parameters(section: OpenCostSection, day: dt.date) -> list[tuple[str, str]]:
    after = day + dt.timedelta(days=1)
    return [
        ("window", f"{day}T00:00:00Z,{after}T00:00:00Z"),
        ("aggregate", section.aggregate),
        ("accumulate", "false"),
        ("step", "1d"),
        ("includeIdle", "true" if section.idle else "false"),
        ("includeAggregatedMetadata", "true"),  # or a pod of two containers has no labels
    ]


def _fault(document: Mapping[str, Any]) -> str:
    if document.get("code", 200) != 200:
        return "it says that it failed"
    if not isinstance(document.get("data"), list | None):
        return "it has no list of data"
    return ""


def _count(document: Mapping[str, Any]) -> int:
    return sum(len(window) for window in document.get("data") or [] if isinstance(window, dict))


CONNECTOR = OpenCost()
"""Registered as entry point ``opencost`` of the group ``tagwright.connectors``."""
