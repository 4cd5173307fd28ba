"""The built-in planner: the obvious questions with no model and no key. It never guesses."""

from tagwright_agent.planner.model import BuiltinPlanner
from tagwright_agent.planner.view import CatalogueView

__all__ = ["BuiltinPlanner", "CatalogueView"]
