"""Which charges are AI, and what of it: rules as data, compiled to one SELECT."""

from __future__ import annotations

from tagwright.classification.machines import INSTANCE_TYPE
from tagwright.classification.rules import INPUTS, OUTPUTS, Rules, load_rules

__all__ = ["INPUTS", "INSTANCE_TYPE", "OUTPUTS", "Rules", "load_rules"]
