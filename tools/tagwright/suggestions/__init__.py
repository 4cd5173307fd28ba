"""What the tags of a bill could mean: proposals for the taxonomy, with evidence and their worth.

Tag text is data: it is compared, counted and quoted, and never decides anything else.
"""

from tagwright.suggestions.measure import Coverage, measure
from tagwright.suggestions.model import Proposal, Suggestion, TagKey, TagValue
from tagwright.suggestions.observe import observe
from tagwright.suggestions.suggest import suggest
from tagwright.suggestions.write import taxonomy_text, write_taxonomy

__all__ = [
    "Coverage",
    "Proposal",
    "Suggestion",
    "TagKey",
    "TagValue",
    "measure",
    "observe",
    "suggest",
    "taxonomy_text",
    "write_taxonomy",
]
