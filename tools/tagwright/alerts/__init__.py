"""Alerts: what is worth telling of the bill, to whom; whoever tells it is elsewhere."""

from tagwright.alerts.looking import Looked, look
from tagwright.alerts.model import Finding
from tagwright.alerts.rules import DEFAULTS, Alerts, Rule, alerts_path, load_alerts, parse_alerts
from tagwright.alerts.series import Jump, find_jumps

__all__ = [
    "DEFAULTS",
    "Alerts",
    "Finding",
    "Jump",
    "Looked",
    "Rule",
    "alerts_path",
    "find_jumps",
    "load_alerts",
    "look",
    "parse_alerts",
]
