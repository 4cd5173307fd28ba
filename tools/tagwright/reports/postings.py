"""Closed journals: appended, never changed; a period is corrected by reversing its last run.

The tables are in the state store. A run with all its lines is written in one transaction, so that
a process that dies leaves all of it or nothing; SQLite refuses to change or delete a row, and on
another database the role's rights must (``REVOKE UPDATE, DELETE``).
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, select

from tagwright.errors import DataError, MisuseError, TagwrightError
from tagwright.reports.journal import Journal, JournalLine, numbered, reversal
from tagwright.state import append
from tagwright.state.tables import chargeback_lines as _lines
from tagwright.state.tables import chargeback_runs as _runs

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    from tagwright.state import State

__all__ = ["ClosedPeriodError", "Postings"]


class ClosedPeriodError(TagwrightError):
    """The period is closed, and the journal that was to be posted is another one."""


class Postings:
    """The closed journals of a state store."""

    def __init__(self, state: State) -> None:
        self._state = state

    def runs(self, period: str) -> list[Journal]:
        """Every run of a month, in order.

        Raises:
            DataError: A stored run is not what its digest says.
        """
        with self._state.reading() as con:
            return _read(con, period)

    def live(self, period: str) -> Journal | None:
        """The run that holds: the last one, unless that is a reversal; None of an open month."""
        return _live(self.runs(period))

    def close(self, journal: Journal, *, by: str, now: dt.datetime) -> Journal:
        """Post the journal and close its period; posting the same once more changes nothing.

        Raises:
            ClosedPeriodError: It is closed with other figures.
        """

        def work(con: Connection) -> Journal:
            runs = _read(con, journal.period)
            if (live := _live(runs)) is not None:
                if live.same_money(journal):
                    return live
                raise ClosedPeriodError(
                    f"{journal.period} was closed by run {live.run_id} on {live.posted_at[:10]}, "
                    "and the figures are others now.",
                    hint="--correct books a reversal of that run and the new figures.",
                )
            return _post(con, journal, len(runs) + 1, by, now)

        return self._state.transact(work)

    def correct(
        self, journal: Journal, *, by: str, now: dt.datetime
    ) -> tuple[Journal, Journal] | None:
        """Reverse the run that holds and post the journal, both or neither.

        Returns:
            The reversal and the new run; None where the figures are the same.

        Raises:
            MisuseError: The period is not closed.
        """

        def work(con: Connection) -> tuple[Journal, Journal] | None:
            runs = _read(con, journal.period)
            live = _live(runs)
            if live is None:
                raise MisuseError(
                    f"{journal.period} is not closed: there is nothing to correct.",
                    hint="--close closes it.",
                )
            if live.same_money(journal):
                return None
            undone = _post(con, reversal(live), len(runs) + 1, by, now)
            return undone, _post(con, journal, len(runs) + 2, by, now)

        return self._state.transact(work)


def _live(runs: Sequence[Journal]) -> Journal | None:
    return runs[-1] if runs and runs[-1].kind == "post" else None


def _post(con: Connection, journal: Journal, number: int, by: str, now: dt.datetime) -> Journal:
    posted = replace(
        numbered(journal, number),
        status="closed",
        posted_at=now.isoformat(timespec="seconds"),
        posted_by=by,
    )
    document = posted.as_dict()
    lines = document.pop("lines")
    con.execute(
        _runs.insert().values(
            run_id=posted.run_id,
            period=posted.period,
            number=number,
            kind=posted.kind,
            reversal_of=posted.reversal_of or None,
            digest=_digest(document, lines),
            body=_json(document),
        )
    )
    _insert_lines(con, posted.run_id, lines)
    event = "chargeback reversed" if posted.kind == "reversal" else "chargeback posted"
    summary = {name: document[name] for name in ("run_id", "period", "number", "totals")}
    append(con, event, None, {**summary, "by": by, "reversal_of": posted.reversal_of}, now)
    return posted


def _insert_lines(con: Connection, run_id: str, lines: Sequence[dict[str, Any]]) -> None:
    for position, line in enumerate(lines, 1):
        con.execute(_lines.insert().values(run_id=run_id, position=position, body=_json(line)))


def _json(document: Any) -> str:
    return json.dumps(document, ensure_ascii=False, sort_keys=True)


def _digest(document: dict[str, Any], lines: Sequence[dict[str, Any]]) -> str:
    return hashlib.sha256(_json([document, list(lines)]).encode()).hexdigest()


def _read(con: Connection, period: str) -> list[Journal]:
    found = []
    rows = con.execute(select(_runs).where(_runs.c.period == period).order_by(_runs.c.number))
    for row in rows.all():
        stored = con.execute(
            select(_lines.c.body).where(_lines.c.run_id == row.run_id).order_by(_lines.c.position)
        ).all()
        try:
            document, lines = json.loads(row.body), [json.loads(body) for (body,) in stored]
            sound = _digest(document, lines) == row.digest
            made = _journal(document, lines) if sound else None
        except (KeyError, TypeError, ValueError, ArithmeticError):
            made = None
        if made is None:
            raise DataError(
                f"Run {row.run_id} of {period} is not what it was when it was posted.",
                hint="The state store was altered or damaged: restore it from a backup.",
            )
        found.append(made)
    return found


def _journal(document: dict[str, Any], lines: Sequence[dict[str, Any]]) -> Journal:
    fields = {name: value for name, value in document.items() if name not in ("totals", "adds_up")}
    return Journal(
        **{**fields, "notes": tuple(fields["notes"])},
        lines=tuple(JournalLine(**{**line, "amount": Decimal(line["amount"])}) for line in lines),
    )
