"""Plans, decisions, executions, receipts and the journal: a relational store beside the bill."""

from tagwright.state.journal import Entry, append, verify
from tagwright.state.store import State, open_state

__all__ = ["Entry", "State", "append", "open_state", "verify"]
