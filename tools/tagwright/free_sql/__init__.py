"""SQL that somebody else wrote, run where it can do no harm (docs/run-sql.md)."""

from __future__ import annotations

from tagwright.free_sql.ask import FreeAnswer, ask_free, run_again

__all__ = ["FreeAnswer", "ask_free", "run_again"]
