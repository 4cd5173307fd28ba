"""Run a tool and keep a receipt; run a receipt again and say what differs."""

from tagwright.receipts.replay import Difference, Replay, load_receipt, replay
from tagwright.receipts.rest import goes_on, more_rows
from tagwright.receipts.run import MAX_CHARACTERS, MAX_ROWS, receipt_id, run_tool

__all__ = [
    "MAX_CHARACTERS",
    "MAX_ROWS",
    "Difference",
    "Replay",
    "goes_on",
    "load_receipt",
    "more_rows",
    "receipt_id",
    "replay",
    "run_tool",
]
