"""What tags mean: keys of three layers, aliases, virtual tags, owners, effective dates.

The same rules exist as plain Python (:func:`resolve`) and as SQL
(:func:`promotions`); a property test proves them equal.
"""

from tagwright.taxonomy.keys import Key, Method, Promotion, Resolution
from tagwright.taxonomy.load import (
    SUGGEST,
    default_text,
    load_taxonomy,
    parse_document,
    parse_taxonomy,
    taxonomy_path,
)
from tagwright.taxonomy.promote import TAG_KEYS_SQL, promotions
from tagwright.taxonomy.resolve import resolve
from tagwright.taxonomy.taxonomy import Taxonomy

__all__ = [
    "SUGGEST",
    "TAG_KEYS_SQL",
    "Key",
    "Method",
    "Promotion",
    "Resolution",
    "Taxonomy",
    "default_text",
    "load_taxonomy",
    "parse_document",
    "parse_taxonomy",
    "promotions",
    "resolve",
    "taxonomy_path",
]
