"""Answers: every figure, date and name is taken back to a tool result before a person reads it."""

from __future__ import annotations

from tagwright_agent.answer.check import Checked, Finding, check
from tagwright_agent.answer.facts import Evidence

__all__ = ["Checked", "Evidence", "Finding", "check"]
