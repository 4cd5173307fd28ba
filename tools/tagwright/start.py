"""What a process of ours sets before it imports much."""

from __future__ import annotations

import gc
import os

__all__ = ["quick_imports"]


def quick_imports() -> None:
    """Make imports cheaper: for the programs' own entry points, never for who imports us."""
    # Imports make objects and hardly any garbage: looking for it is 8 % of a cold start.
    gc.set_threshold(50_000, 20, 20)
    # Pydantic looks for its own plugins in every installed distribution; none is wanted here.
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
