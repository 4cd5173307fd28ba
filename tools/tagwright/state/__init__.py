"""Plans, decisions, executions, receipts, conversations and the journal.

A relational store beside the bill.
"""

from tagwright.state.conversations import StoredTurn, holding, keep_turn, turns_of
from tagwright.state.engines import libpq_url
from tagwright.state.feedback import Feedback, feedback_of, keep_feedback
from tagwright.state.journal import Entry, append, verify
from tagwright.state.store import State, open_state

__all__ = [
    "Entry",
    "Feedback",
    "State",
    "StoredTurn",
    "append",
    "feedback_of",
    "holding",
    "keep_feedback",
    "keep_turn",
    "libpq_url",
    "open_state",
    "turns_of",
    "verify",
]
