"""What tags mean: keys of three layers, aliases, virtual tags, owners, effective dates.

The same rules exist as plain Python (:meth:`Taxonomy.canonical`) and as SQL
(:meth:`Taxonomy.promotions`); a property test proves them equal.
"""

from tagwright.taxonomy.load import default_text, load_taxonomy, parse_taxonomy, read_yaml
from tagwright.taxonomy.promote import TAG_KEYS_SQL
from tagwright.taxonomy.taxonomy import Key, Method, Promotion, Resolution, Taxonomy

__all__ = [
    "TAG_KEYS_SQL",
    "Key",
    "Method",
    "Promotion",
    "Resolution",
    "Taxonomy",
    "default_text",
    "load_taxonomy",
    "parse_taxonomy",
    "read_yaml",
]
