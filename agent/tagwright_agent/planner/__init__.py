"""The built-in planner: the obvious questions with no model and no key. It never guesses.

As a chat model it is :class:`tagwright_agent.planner.model.BuiltinPlanner`, which loads langchain.
"""

from tagwright_agent.planner.plan import say
from tagwright_agent.planner.view import CatalogueView

__all__ = ["CatalogueView", "say"]
