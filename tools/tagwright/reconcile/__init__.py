"""What telemetry says AI usage costs, held against what was billed.

Both sides are added up at one grain first, then compared; no request is joined to a charge. What
agrees inside a band is explained, what does not is a residual with a reason, what only one side has
is unmetered or unbilled (see ``docs/reconciliation.md`` and ``docs/decisions/0019``).
"""

from tagwright.reconcile.ground import survey
from tagwright.reconcile.model import Cell, Ground, Lane, LeftOut, View
from tagwright.reconcile.other_side import Priced
from tagwright.reconcile.reasons import REASONS
from tagwright.reconcile.run import AMOUNTS, Reconciled, own_prices, reconcile

__all__ = [
    "AMOUNTS",
    "REASONS",
    "Cell",
    "Ground",
    "Lane",
    "LeftOut",
    "Priced",
    "Reconciled",
    "View",
    "own_prices",
    "reconcile",
    "survey",
]
