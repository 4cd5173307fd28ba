"""Run a receipt again: the same statements on the same snapshot, or say exactly what changed."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from tagwright.context import digest_of, open_context
from tagwright.errors import DataError, SnapshotError, TagwrightError, UnknownNameError
from tagwright.people import Scope
from tagwright.receipts.packing import unpacked
from tagwright.receipts.run import HASHED, harmless, receipt_id
from tagwright.text import shorten

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tagwright.config import Settings
    from tagwright.context import ToolContext
    from tagwright.people import Principal
    from tagwright.registry import Registry
    from tagwright.results import Scalar
    from tagwright.warehouse import Table

__all__ = ["Difference", "Replay", "differences", "load_receipt", "replay"]

_FIGURE = re.compile(r"-?\d+\.\d{2,}")


@dataclass(frozen=True)
class Difference:
    """One figure that is not what it was.

    Attributes:
        where: What it is the figure of, e.g. ``{"service_name": "Amazon EC2", "currency": "USD"}``.
        name: e.g. ``effective_cost``; empty where the whole row is new or gone.
        before: What the receipt says; None where the row is new.
        after: What it is now; None where the row is gone.
    """

    where: dict[str, Scalar]
    name: str
    before: Scalar
    after: Scalar


@dataclass(frozen=True)
class Replay:
    """What running a receipt again gave.

    Attributes:
        receipt: The receipt as it was stored.
        status: ``same``; ``changed`` (figures differ); ``altered`` (the stored receipt is not what
            its id says, so nothing it holds can be relied on).
        snapshot: Snapshot it was run on now.
        message: One or two sentences for people.
        totals: Totals that differ.
        rows: Rows that differ, of those the receipt holds.
        statements: How many statements there are.
        statements_differ: Numbers, from 1, of those whose result differs.
    """

    receipt: dict[str, Any]
    status: Literal["same", "changed", "altered"]
    snapshot: str
    message: str
    totals: list[Difference] = field(default_factory=list)
    rows: list[Difference] = field(default_factory=list)
    statements: int = 0
    statements_differ: list[int] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        """The JSON of ``tagwright receipt ID --json``."""
        return asdict(self)


def load_receipt(receipt_id: str, ctx: ToolContext) -> dict[str, Any]:
    """The stored receipt of that id, for whom may see all that it was asked of.

    Raises:
        UnknownNameError: There is no such receipt, or they may not: which of the two is not said.
        DataError: What is stored is no receipt any more.
    """
    receipt = ctx.state.load_receipt(receipt_id)
    if receipt is not None and not receipt.keys() >= {"id", *HASHED}:
        if ctx.scope is None:
            raise DataError(
                f"Receipt {shorten(receipt_id, 40)} is damaged in the state store.",
                hint="Ask the question again for a new one.",
            )
        receipt = None
    if receipt is None or not _may_see(receipt, ctx):
        raise UnknownNameError(
            "receipt", receipt_id, hint="A receipt's id stands under the answer it belongs to."
        )
    return receipt


def scope_in(receipt: Mapping[str, Any]) -> Scope | None:
    """The scope that a receipt was made in; None for everything."""
    return Scope.of(receipt["scope"]) if receipt.get("scope") else None


def _may_see(receipt: Mapping[str, Any], ctx: ToolContext) -> bool:
    if ctx.scope is None:
        return True
    made_in = scope_in(receipt)
    return made_in is not None and ctx.scope.covers(made_in)


def replay(
    receipt_id: str,
    settings: Settings,
    *,
    principal: Principal | None = None,
    registry: Registry | None = None,
) -> Replay:
    """Run the receipt of that id again, within the scope it was made in.

    On its own snapshot the recorded statements are run and their results compared. Where that
    snapshot is gone, the tool is run on the current one with the recorded arguments, and totals
    and rows are compared one by one. A tool that proposes is not run again: only its statements.

    Raises:
        UnknownNameError: There is no such receipt that who asks (default: the person at this
            terminal) may see.
        SnapshotError: There is no snapshot at all.
        DataError: What is stored is no receipt any more.
    """
    with open_context(settings, principal) as ctx:
        receipt = load_receipt(receipt_id, ctx)
        # What it was asked of, not what who asks now may see beyond that.
        ctx.scope = scope_in(receipt)
        ctx.snapshot_id = receipt["snapshot"]
        try:
            ctx.snapshot  # noqa: B018  opened here to see whether it is still there
        except SnapshotError:
            ctx.snapshot_id = None
        moved = ctx.snapshot.info.id != receipt["snapshot"]
        if not moved and not any(query.get("whole") for query in receipt["queries"]):
            return _same_snapshot(receipt, ctx)
        if (again := _run_again(receipt, ctx, registry)) is not None:
            return again
        return _same_snapshot(receipt, ctx)


def _same_snapshot(receipt: dict[str, Any], ctx: ToolContext) -> Replay:
    differ = []
    for number, query in enumerate(receipt["queries"], 1):
        try:
            table = _run(query, ctx)
        except TagwrightError:
            differ.append(number)
            continue
        if digest_of(table) != query["sha256"]:
            differ.append(number)
    count, now = len(receipt["queries"]), ctx.snapshot.info.id
    statements = f"{count} statement{'s' if count != 1 else ''}"
    if receipt_id(receipt) != receipt["id"]:
        status: Literal["same", "changed", "altered"] = "altered"
        message = (
            "The stored receipt was altered after it was made: its content does not fit its id."
        )
    elif differ:
        status = "changed"
        message = f"{len(differ)} of {statements} give another result on snapshot {now}."
    else:
        status = "same"
        message = f"Same figures: {statements} on snapshot {now} gave the same result."
    if now != receipt["snapshot"]:
        message = f"Snapshot {receipt['snapshot']} is no longer kept. {message}"
    return Replay(
        receipt, status, now, message, statements=count, statements_differ=differ
    )  # fmt: skip


def _run(query: Mapping[str, Any], ctx: ToolContext) -> Table:
    """A recorded statement's rows; one that is not ours only where it can do no harm."""
    if (limit := query.get("free_limit")) is not None:
        from tagwright.free_sql import run_again

        return run_again(ctx, query["sql"], int(limit))
    if query.get("whole"):
        raise SnapshotError("What is seen of an allocation only its tool gives again.")
    return ctx.snapshot.query(query["sql"], [unpacked(v) for v in query["params"]])


def _run_again(
    receipt: dict[str, Any], ctx: ToolContext, registry: Registry | None
) -> Replay | None:
    """The comparison on another snapshot; None where the tool must not or cannot be run."""
    from tagwright.registry import load_registry

    known = registry or load_registry()
    found = known.get(receipt["tool"]) if receipt["tool"] in known.names() else None
    if found is None or found.effect != "read" or receipt_id(receipt) != receipt["id"]:
        return None
    then, now = receipt["snapshot"], ctx.snapshot.info.id
    gone = f"Snapshot {then} is no longer kept, so this was run on {now}."
    if then == now:
        gone = f"Allocated again on snapshot {now}."
    try:
        result = harmless(found.function(ctx, **found.validate(receipt["arguments"])))
    except TagwrightError as error:
        return Replay(receipt, "changed", now, f"{gone} It fails there: {error}")
    totals = differences(receipt["result"]["totals"], result.totals)
    rows = differences(receipt["result"]["rows"], result.rows)
    if not totals and not rows and result.row_count == receipt["result"]["row_count"]:
        return Replay(receipt, "same", now, f"{gone} Same figures.")
    message = f"{gone} {len(totals)} totals and {len(rows)} figures of rows differ."
    return Replay(receipt, "changed", now, message, totals=totals, rows=rows)


def differences(
    before: Sequence[Mapping[str, Scalar]], after: Sequence[Mapping[str, Scalar]]
) -> list[Difference]:
    """Figures that differ between rows that say the same of what they are about.

    A figure is an amount or ratio (text with decimals) or a number; the other cells say what a
    row is about.
    """
    old, new = _by_subject(before), _by_subject(after)
    found: list[Difference] = []
    for subject in dict.fromkeys([*old, *new]):
        where = dict(subject[0])
        if subject not in new:
            found += [Difference(where, n, v, None) for n, v in _figures(old[subject])]
        elif subject not in old:
            found += [Difference(where, n, None, v) for n, v in _figures(new[subject])]
        else:
            names = dict.fromkeys([*old[subject], *new[subject]])
            for name in names:
                was, now = old[subject].get(name), new[subject].get(name)
                if was != now and (_is_figure(was) or _is_figure(now)):
                    found.append(Difference(where, name, was, now))
    return found


def _figures(row: Mapping[str, Scalar]) -> list[tuple[str, Scalar]]:
    return [(n, v) for n, v in row.items() if _is_figure(v)] or [("", None)]


def _is_figure(value: Scalar) -> bool:
    if isinstance(value, str):
        return _FIGURE.fullmatch(value) is not None
    return isinstance(value, int) and not isinstance(value, bool)


def _by_subject(rows: Sequence[Mapping[str, Scalar]]) -> dict[Any, Mapping[str, Scalar]]:
    """Rows by what they are about; rows about the same are told apart by their order."""
    seen: Counter[Any] = Counter()
    found: dict[Any, Mapping[str, Scalar]] = {}
    for row in rows:
        # A missing figure is None: it says nothing of what the row is about.
        subject = tuple(
            (name, value)
            for name, value in row.items()
            if value is not None and not _is_figure(value)
        )
        found[subject, seen[subject]] = row
        seen[subject] += 1
    return found
