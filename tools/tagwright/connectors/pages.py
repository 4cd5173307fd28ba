"""Reports of admin APIs, month by month: pages of daily buckets, each page one line of a file.

A month is asked for as a whole, for ingest replaces a billing period by what it reads in one run.
Once it is settled it is not asked for again. Pages are kept as they come, so that a run that broke
off goes on behind the last whole page.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tagwright.connectors.web import RefusedError
from tagwright.errors import ProviderError
from tagwright.files import replace_file

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from tagwright.connectors.model import Job
    from tagwright.connectors.web import Api

    Parameters = list[tuple[str, str]]

__all__ = ["SETTLED_AFTER", "Report", "fetch_months", "first_month", "months"]

SETTLED_AFTER = dt.timedelta(days=5)
"""A month fetched so long after its end is not fetched again: corrections come within days."""

_MOST_PAGES = 10_000


@dataclass(frozen=True)
class Report:
    """One report of an API.

    Attributes:
        kind: How its files begin.
        path: Below the base URL.
        parameters: The query for the days from the first up to the second, without ``page``.
    """

    kind: str
    path: str
    parameters: Callable[[dt.date, dt.date], Parameters]


def first_month(since: dt.date | None, today: dt.date) -> dt.date:
    """The first day of the first month to fetch; by default of the month before last."""
    if since is not None:
        return since.replace(day=1)
    month = today.replace(day=1)
    for _ in range(2):
        month = (month - dt.timedelta(days=1)).replace(day=1)
    return month


def months(first: dt.date, today: dt.date) -> Iterator[tuple[dt.date, dt.date]]:
    """First day and first day after, of each month from ``first`` to the current one."""
    start = first.replace(day=1)
    while start <= today:
        end = (start + dt.timedelta(days=31)).replace(day=1)
        yield start, end
        start = end


def fetch_months(job: Job, api: Api, reports: Sequence[Report], first: dt.date) -> None:
    """Fetch each report of each month that is not settled.

    Raises:
        ProviderError: Nothing more can be fetched; whole months are kept, and pages for a later
            run of the same day.
    """
    settled = job.log.facts.setdefault("settled", [])
    wanted = [
        (report, start, end)
        for start, end in months(first, job.today)
        for report in reports
        if f"{report.kind}/{start:%Y-%m}" not in settled or not _target(job, report, start).exists()
    ]
    job.done.unchanged += sum(len(reports) for _ in months(first, job.today)) - len(wanted)
    for index, (report, start, end) in enumerate(wanted):
        name = f"{report.kind}/{start:%Y-%m}"
        job.progress(name, index, len(wanted))
        # The day that is going on is asked for, too: what it cost so far is a bill to date.
        until = min(end, job.today + dt.timedelta(days=1))
        content, used = _month(job, api, report, start, until)
        _keep(job, report, start, content, used=used)
        if job.today >= end + SETTLED_AFTER and name not in settled:
            settled.append(name)
        job.log.save()
        _spool_path(job, report, start).unlink(missing_ok=True)
    job.progress("fetched", len(wanted), len(wanted))


def _target(job: Job, report: Report, start: dt.date) -> Path:
    return job.folder / f"{report.kind}-{start:%Y-%m}.jsonl"


def _spool_path(job: Job, report: Report, start: dt.date) -> Path:
    return job.folder / f"{report.kind}-{start:%Y-%m}.part"


def _keep(job: Job, report: Report, start: dt.date, content: bytes, *, used: bool) -> None:
    path = _target(job, report, start)
    if path.exists() and path.read_bytes() == content:
        job.done.unchanged += 1
        return
    replace_file(path, content)
    job.done.files += 1
    name = f"{report.kind}/{start:%Y-%m}"
    if used:
        job.log.waiting[name] = [path.name]
    else:
        # Nothing in it says what it is, so that ingest would take it for a stranger's.
        job.log.waiting.pop(name, None)
        job.done.notes.append(f"{name}: nothing was used.")


def _month(
    job: Job, api: Api, report: Report, start: dt.date, until: dt.date
) -> tuple[bytes, bool]:
    """A month's pages, those that hold something first, and whether any does."""
    query = report.parameters(start, until)
    spool = _Spool(_spool_path(job, report, start), f"{job.today} {report.path} {query}")
    try:
        _rest(job, api, report, query, spool)
    except RefusedError:
        if not spool.resumed:
            raise
        spool.restart()  # the cursor of an earlier run may have gone stale
        _rest(job, api, report, query, spool)
    pages = sorted(spool.lines, key=lambda line: not _has_results(line))  # a stable sort
    return "".join(f"{line}\n" for line in pages).encode(), _has_results(pages[0])


def _rest(job: Job, api: Api, report: Report, query: Parameters, spool: _Spool) -> None:
    """The pages behind those that the spool holds."""
    cursors = [_cursor(json.loads(line)) for line in spool.lines]
    while not cursors or cursors[-1]:
        page = api.get(
            report.path,
            [*query, ("page", str(cursors[-1]))] if cursors else query,
            fault=_fault,
        )
        cursor = _cursor(page.document)
        if (cursor and cursor in cursors) or len(cursors) >= _MOST_PAGES:
            raise ProviderError(
                f"{report.path} names a next page that was there before.",
                hint="This is a fault of the API, or of a proxy before it.",
            )
        spool.append(page.line)
        job.done.bytes += len(page.line.encode())
        cursors.append(cursor)


def _fault(document: Mapping[str, Any]) -> str:
    if not isinstance(document.get("data"), list):
        return "the page has no list of data"
    if document.get("has_more") and not isinstance(document.get("next_page"), str):
        return "the page says there are more, and not which"
    return ""


def _cursor(document: Mapping[str, Any]) -> str | None:
    return str(document["next_page"]) if document.get("has_more") else None


def _has_results(line: str) -> bool:
    return any(
        isinstance(bucket, dict) and bucket.get("results") for bucket in json.loads(line)["data"]
    )


class _Spool:
    """Pages on disk as they come: a line that says of which query they are, then a line a page.

    Attributes:
        lines: The pages.
        resumed: Whether some are of an earlier run.
    """

    def __init__(self, path: Path, query: str) -> None:
        self._path = path
        self._head = hashlib.sha256(query.encode()).hexdigest()
        try:
            # What follows the last newline was cut when the process was killed.
            head, *lines = path.read_text(encoding="utf-8").split("\n")[:-1] or [""]
        except (FileNotFoundError, UnicodeDecodeError):
            head, lines = "", []
        self.lines: list[str] = lines if head == self._head else []
        self.resumed = bool(self.lines)
        self._write()

    def restart(self) -> None:
        """Forget the pages."""
        self.lines, self.resumed = [], False
        self._write()

    def append(self, line: str) -> None:
        """Keep one more page."""
        with self._path.open("a", encoding="utf-8") as stream:
            stream.write(f"{line}\n")
        self.lines.append(line)

    def _write(self) -> None:
        replace_file(self._path, "".join(f"{x}\n" for x in [self._head, *self.lines]).encode())
