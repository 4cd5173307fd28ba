"""Plans, decisions, executions, receipts, conversations and the journal.

A relational store beside the bill.
"""

from tagwright.state.conversations import StoredTurn, keep_turn, turns_of
from tagwright.state.journal import Entry, append, verify
from tagwright.state.store import State, open_state

__all__ = [
    "Entry",
    "State",
    "StoredTurn",
    "append",
    "keep_turn",
    "open_state",
    "turns_of",
    "verify",
]
