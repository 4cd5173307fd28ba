"""Alerts: what is worth telling of the bill, to whom; whoever tells it is elsewhere."""

from tagwright.alerts.due import Due, due, may_see, needed
from tagwright.alerts.looking import look
from tagwright.alerts.model import Finding
from tagwright.alerts.rules import DEFAULTS, Alerts, Rule, alerts_path, load_alerts, parse_alerts
from tagwright.alerts.series import Jump, find_jumps

__all__ = [
    "DEFAULTS",
    "Alerts",
    "Due",
    "Finding",
    "Jump",
    "Rule",
    "alerts_path",
    "due",
    "find_jumps",
    "load_alerts",
    "look",
    "may_see",
    "needed",
    "parse_alerts",
]
