"""Whose money it was: charges to teams, products and customers, exact to the last decimal."""

from tagwright.allocation.charge_lines import charge_lines
from tagwright.allocation.engine import allocate, statement_of
from tagwright.allocation.explain import explain
from tagwright.allocation.load import load_rules, parse_rules
from tagwright.allocation.model import AllocatedLine, Allocation, AllocationRules, RuleSpec
from tagwright.allocation.within import rules_of

__all__ = [
    "AllocatedLine",
    "Allocation",
    "AllocationRules",
    "RuleSpec",
    "allocate",
    "charge_lines",
    "explain",
    "load_rules",
    "parse_rules",
    "rules_of",
    "statement_of",
]
