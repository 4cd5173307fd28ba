"""FOCUS 1.0 to 1.4 as CSV or Parquet, from any provider or converter."""

from __future__ import annotations

from tagwright.focus import (
    COLUMNS,
    NOT_NULL,
    ORIGINAL,
    PROVIDER_COLUMNS,
    UPGRADES,
    detect_version,
    missing_columns,
)
from tagwright.sources.model import Head, Staged

__all__ = ["SOURCE", "FocusSource"]

_MARKS = {"BilledCost", "EffectiveCost", "ChargePeriodStart", "ChargeCategory", "BillingCurrency"}


_NEVER_MENDED = frozenset(NOT_NULL) - {"ChargeCategory"}
"""Columns that an export of ours says as the bill does."""


class FocusSource:
    """FOCUS Cost and Usage files; columns are matched by id, ignoring case."""

    name = "focus"

    def recognise(self, head: Head) -> int:
        """100 with all of FOCUS's tell-tale columns; less with some, 0 with fewer than three."""
        if head.kind == "json":
            return 0  # its rows may each lack other columns
        present = set(_ids(head))
        hits = len(present & _MARKS)
        return 20 * hits if hits >= 3 else 0

    def missing(self, head: Head) -> list[str]:
        """Required columns that are absent."""
        return missing_columns(set(_ids(head)))

    def stage(self, head: Head) -> Staged:
        """Each 1.4 column from the raw one of that id, after :data:`tagwright.focus.UPGRADES`."""
        raw = _ids(head)
        columns = {
            column.name: _quoted(raw[column.name]) for column in COLUMNS if column.name in raw
        }
        used = set(columns)
        for upgrade in UPGRADES:
            origins = [name for name in upgrade.origins if name in raw]
            used.update(origins)
            if origins:
                parts = ", ".join(
                    f"NULLIF(NULLIF(TRIM(CAST({_quoted(raw[name])} AS VARCHAR)), ''), 'NULL')"
                    for name in origins
                )
                columns[upgrade.target] = f"COALESCE({parts})"
        if ORIGINAL in raw:
            used.add(ORIGINAL)
            columns |= _originals(columns, _quoted(raw[ORIGINAL]))
        notes: list[str] = []
        ignored = sorted(name for key, name in raw.items() if key not in used)
        if ignored:
            notes.append(f"Not FOCUS columns, left out: {', '.join(ignored)}.")
        absent = [name for name in ("ListCost", "ContractedCost") if name not in raw]
        if absent:
            notes.append(f"Absent, so unknown (null) for every charge: {', '.join(absent)}.")
        return Staged(columns, f"FOCUS {detect_version(set(raw))}", notes)


def _originals(columns: dict[str, str], original: str) -> dict[str, str]:
    """Columns that an export of ours may say otherwise than the bill did, as the bill said them."""
    found = {}
    for column in COLUMNS:
        if column.kind in ("datetime", "tags") or column.name in _NEVER_MENDED:
            continue
        exported = f"CAST({columns[column.name]} AS VARCHAR)" if column.name in columns else "NULL"
        # Of what is absent too: a column that no file may have is only there.
        found[column.name] = (
            f"CASE WHEN json_exists({original}, '$.{column.name}') "
            f"THEN json_extract_string({original}, '$.{column.name}') ELSE {exported} END"
        )
    return found


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _ids(head: Head) -> dict[str, str]:
    """Column id as the specification spells it, to the file's own spelling."""
    spelt = {column.name.casefold(): column.name for column in COLUMNS}
    spelt |= {name.casefold(): name for name in (*PROVIDER_COLUMNS, "PublisherName")}
    return {spelt.get(name.casefold(), name): name for name in head.columns}


SOURCE = FocusSource()
"""Registered as entry point ``focus`` of the group ``tagwright.sources``."""
