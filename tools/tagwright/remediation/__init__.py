"""From evidence to a plan, to a human's approval, to a verified change that can be undone.

Only :mod:`tagwright.remediation.writers` can write to a cloud, and its door demands an
:class:`Approval`, which only :class:`PlanStore` can make.
"""

from tagwright.remediation.approval import Approval
from tagwright.remediation.plan import Plan, PlanItem
from tagwright.remediation.rows import Decision, StoredPlan
from tagwright.remediation.store import PlanStore

__all__ = ["Approval", "Decision", "Plan", "PlanItem", "PlanStore", "StoredPlan"]
