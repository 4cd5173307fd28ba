"""What a process of ours sets before it imports much."""

from __future__ import annotations

import contextlib
import gc
import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["lasting", "quick_imports"]


def quick_imports() -> None:
    """Make imports cheaper: for the programs' own entry points, never for who imports us."""
    # Imports make objects and hardly any garbage: looking for it is 8 % of a cold start.
    gc.set_threshold(50_000, 20, 20)
    # Pydantic looks for its own plugins in every installed distribution; none is wanted here.
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")


@contextlib.contextmanager
def lasting() -> Iterator[None]:
    """What is imported and made within stays for the process's life: garbage is not looked for.

    Nor is it afterwards among that, so that each later look takes less.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()
