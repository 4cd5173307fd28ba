"""Plans, decisions, executions, receipts, conversations and the journal.

A relational store beside the bill.
"""

from tagwright.state.conversations import StoredTurn, holding, keep_turn, turns_of
from tagwright.state.engines import libpq_url
from tagwright.state.journal import Entry, append, verify
from tagwright.state.store import State, open_state

__all__ = [
    "Entry",
    "State",
    "StoredTurn",
    "append",
    "holding",
    "keep_turn",
    "libpq_url",
    "open_state",
    "turns_of",
    "verify",
]
