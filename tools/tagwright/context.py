"""What a tool is given for one call: one snapshot, and a record of what was asked of it."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING, Any, Self

from tagwright.errors import AccessError, SnapshotError
from tagwright.money import decimal_text
from tagwright.running import Call

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tagwright.config import Settings
    from tagwright.metrics import Catalogue
    from tagwright.people import Principal, Scope
    from tagwright.periods import Anchor
    from tagwright.results import Period
    from tagwright.state import State
    from tagwright.taxonomy import Key, Taxonomy
    from tagwright.warehouse import Snapshot, Table

__all__ = [
    "RecordedQuery",
    "ToolContext",
    "digest_of",
    "open_context",
]


@dataclass(frozen=True)
class RecordedQuery:
    """One statement that a tool ran.

    Attributes:
        sql: The statement, with placeholders.
        params: Their values.
        rows: How many rows came back.
        digest: :func:`digest_of` what came back.
        free_limit: How many rows were asked for at most of SQL that is not ours, which is only
            ever run by ``tagwright.free_sql``; None for a statement of ours.
        whole: Whether it is no statement but what is seen of an allocation over everything: only
            its tool gives it again.
    """

    sql: str
    params: tuple[Any, ...]
    rows: int
    digest: str
    free_limit: int | None = None
    whole: bool = False


def digest_of(table: Table) -> str:
    """sha256 of a result, whatever the order of its rows and the scale of its decimals."""
    rows = sorted(json.dumps([_cell(value) for value in row]) for row in table.rows)
    return hashlib.sha256(json.dumps([list(table.columns), rows]).encode()).hexdigest()


def _cell(value: Any) -> Any:
    """A value as JSON: the same text for equal amounts, and types that never look alike."""
    if value is None or isinstance(value, bool | str):
        return value
    if isinstance(value, int | Decimal):
        return {"n": decimal_text(Decimal(value), places=0)}
    if isinstance(value, dt.date | dt.datetime | dt.time):
        return {"t": value.isoformat()}
    if isinstance(value, list | tuple):
        return [_cell(item) for item in value]
    if isinstance(value, dict):
        return {"m": sorted([json.dumps(_cell(k)), _cell(v)] for k, v in value.items())}
    return {type(value).__name__: str(value)}


@dataclass
class ToolContext:
    """One call of one tool. Make it with :func:`open_context`; close it, or use ``with``.

    What is slow is opened on first use. The snapshot is opened once and stays the same for the
    whole call, whatever is published meanwhile.

    Attributes:
        settings: The settings.
        principal: Who asks.
        now: Aware UTC moment of the call.
        snapshot_id: Snapshot to use; None for the current one.
        queries: What :meth:`query` ran, in order.
        resolved: Argument name to what it stood for (a period word to ISO dates); goes into the
            receipt instead of the word.
        scope: What they may see of it; None for everything.
        lags: What was asked for and the data does not reach, and what is shown in its place; every
            result of this call says it.
        call: The call while it runs: a long one says what it is doing (``ctx.call.step``); its
            queries stop where it is given up.
    """

    settings: Settings
    principal: Principal
    now: dt.datetime
    snapshot_id: str | None = None
    scope: Scope | None = None
    queries: list[RecordedQuery] = field(default_factory=list)
    resolved: dict[str, Any] = field(default_factory=dict)
    lags: list[str] = field(default_factory=list)
    call: Call = field(default_factory=Call)

    @cached_property
    def snapshot(self) -> Snapshot:
        """The snapshot of this call: for who may see a part, a file that holds nothing else.

        Raises:
            SnapshotError: There is none, or it is missing or corrupt, or of an older version.
            ConfigError: What they may see is stated by a name that nobody knows.
        """
        found = self._opened()
        found.call = self.call
        return found

    def _opened(self) -> Snapshot:
        from tagwright.warehouse import FORMAT, MARK, open_part, open_warehouse

        warehouse = open_warehouse(self.settings)
        wanted, _, part = (self.snapshot_id or "").partition(MARK)
        if wanted and part != (self.scope.digest if self.scope else ""):
            raise SnapshotError(f"Snapshot {self.snapshot_id} is no longer kept.")
        info = warehouse.info(wanted or None)
        if info.format != FORMAT:
            raise SnapshotError(
                f"Snapshot {info.id} was written by another version of Tagwright.",
                hint="Run `tagwright refresh`: it takes over all charges.",
            )
        if self.scope is None:
            return warehouse.open(info.id)
        if info.taxonomy_digest != self.taxonomy.digest:
            # Rows were given their teams by the old one: whose they are now is not known.
            raise SnapshotError(
                "The taxonomy was changed after this data was loaded, so what you may see of it is "
                "not known.",
                hint="Whoever keeps the data runs `tagwright refresh`.",
            )
        return open_part(warehouse, info, self.scope.part(self.catalogue))

    @cached_property
    def taxonomy(self) -> Taxonomy:
        """The taxonomy as configured now (see :attr:`taxonomy_changed`)."""
        from tagwright.taxonomy import load_taxonomy

        return load_taxonomy(self.settings)

    @cached_property
    def catalogue(self) -> Catalogue:
        """Metrics and dimensions by name."""
        from tagwright.metrics import catalogue_of

        return catalogue_of(self.taxonomy)

    @cached_property
    def state(self) -> State:
        """Plans, approvals, journal and receipts."""
        from tagwright.state import open_state

        return open_state(self.settings)

    @cached_property
    def anchor(self) -> Anchor:
        """What period words are relative to: today and the range of the data."""
        from tagwright.periods import Anchor

        info = self.snapshot.info
        return Anchor(
            today=self.now.date(),
            data_start=info.data_start,
            data_end=info.data_end,
            fiscal_year_start_month=self.settings.fiscal_year_start_month,
        )

    @property
    def taxonomy_changed(self) -> bool:
        """Whether the snapshot's taxonomy columns were made by another taxonomy than today's.

        Rollups must not be read then: their columns and bits follow the old one.
        """
        return self.snapshot.info.taxonomy_digest != self.taxonomy.digest

    def values_shown(self, key: Key) -> tuple[str, ...]:
        """The values that the taxonomy lists for a key, as far as this person may see them.

        The list names everybody's teams and customers: who sees a part is shown those that their
        own charges or usage have.
        """
        if self.scope is None or not key.values:
            return key.values
        seen = self.values_seen(key)
        return tuple(value for value in key.values if value in seen)

    def values_seen(self, key: Key) -> frozenset[str]:
        """Every value of a key in the charges and usage of this call's snapshot."""
        column = key.column.replace('"', '""')
        rows = self.snapshot.known(
            f'SELECT "{column}" FROM charges UNION SELECT "{column}" FROM usage'
        ).rows
        return frozenset(str(value) for (value,) in rows if value is not None)

    def require_everything(self, what: str) -> None:
        """Refuse what is made of all charges to who may see a part of them.

        Raises:
            AccessError: They may.
        """
        if self.scope is not None:
            raise AccessError(
                f"{what} is made of all charges, and you may see a part of them.",
                hint="`allocate_costs` gives what your part bears, `query_costs` its charges.",
            )

    def period(self, text: str, *, argument: str = "period") -> Period:
        """The period that ``text`` means in this call, noted for the receipt.

        Where the bill lags, "last month" is the last month that it has, and :attr:`lags` says so.

        Raises:
            UnknownNameError: Nobody knows such a period.
        """
        from tagwright.periods import lag_note, meant

        found = meant(text, self.anchor)
        self.note_period(argument, found.period)
        if (note := lag_note(found, self.anchor)) and note not in self.lags:
            self.lags.append(note)
        return found.period

    def note_period(self, argument: str, period: Period) -> None:
        """Write into the receipt that ``argument`` stood for ``period``."""
        self.resolved[argument] = f"{period.start.isoformat()}/{period.end.isoformat()}"

    def query(self, sql: str, params: Sequence[Any] = ()) -> Table:
        """Run a statement on the snapshot and record it for the receipt.

        Raises:
            SnapshotError: There is no snapshot to ask.
        """
        self.call.step(f"Statement {len(self.queries) + 1}")
        table = self.snapshot.query(sql, list(params))
        self.queries.append(RecordedQuery(sql, tuple(params), len(table.rows), digest_of(table)))
        return table

    def close(self) -> None:
        """Close what was opened; a second call does nothing."""
        for name in ("snapshot", "state"):
            opened = self.__dict__.pop(name, None)
            if opened is not None and hasattr(opened, "close"):
                opened.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def open_context(
    settings: Settings,
    principal: Principal | None = None,
    *,
    now: dt.datetime | None = None,
    snapshot_id: str | None = None,
    call: Call | None = None,
) -> ToolContext:
    """A context for one call.

    Args:
        settings: The settings.
        principal: Who asks; default the person at this terminal.
        now: Aware moment of the call; default the present.
        snapshot_id: Snapshot to use; default the current one.
        call: The call while it runs; default one that nobody gives up.

    Raises:
        AccessError: ``people.yaml`` does not let them ask, or knows nobody that they are.
        ConfigError: ``people.yaml`` is wrong.
    """
    from tagwright.people import at_terminal, load_people, require, scope_of

    who = principal or at_terminal(settings)
    people = load_people(settings)
    require(people, who, "ask")
    moment = now or dt.datetime.now(dt.UTC)
    scope = scope_of(people, who)
    return ToolContext(settings, who, moment, snapshot_id, scope, call=call or Call())
