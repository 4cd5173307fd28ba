"""Whose money it was: charges to teams, products and customers, exact to the last decimal."""

from tagwright.allocation.by_charge import charge_lines
from tagwright.allocation.engine import allocate, statement_of
from tagwright.allocation.load import load_rules, parse_rules
from tagwright.allocation.model import AllocatedLine, Allocation, AllocationRules, RuleSpec

__all__ = [
    "AllocatedLine",
    "Allocation",
    "AllocationRules",
    "RuleSpec",
    "allocate",
    "charge_lines",
    "load_rules",
    "parse_rules",
    "statement_of",
]
