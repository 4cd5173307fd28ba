"""Plans, decisions, executions, receipts, conversations and the journal.

A relational store beside the bill.
"""

from tagwright.state.conversations import StoredTurn, holding, is_begun, keep_turn, turns_of
from tagwright.state.engines import libpq_url
from tagwright.state.feedback import Feedback, feedback_of, keep_feedback
from tagwright.state.installations import (
    Installation,
    drop_installation,
    installations_of,
    keep_installation,
)
from tagwright.state.journal import Entry, append, verify
from tagwright.state.store import State, open_state

__all__ = [
    "Entry",
    "Feedback",
    "Installation",
    "State",
    "StoredTurn",
    "append",
    "drop_installation",
    "feedback_of",
    "holding",
    "installations_of",
    "is_begun",
    "keep_feedback",
    "keep_installation",
    "keep_turn",
    "libpq_url",
    "open_state",
    "turns_of",
    "verify",
]
