"""How many examples a property is tried with: all of them in CI, a fifth at the desk."""

from __future__ import annotations

import os

from hypothesis import settings

__all__ = ["PROFILE", "examples"]

PROFILE = os.environ.get("HYPOTHESIS_PROFILE") or (
    "ci" if os.environ.get("CI", "").casefold() in ("1", "true") else "dev"
)
"""``ci`` or ``dev``; the environment's HYPOTHESIS_PROFILE, else CI, says which."""

# "ci" is Hypothesis's own: 100 examples where a test says no number, the same in each run.
settings.register_profile("dev", max_examples=20, deadline=None)
settings.load_profile(PROFILE)


def examples(count: int) -> int:
    """``count`` in the profile ``ci``; in ``dev`` a fifth of it, at least three or all."""
    return count if PROFILE == "ci" else max(min(count, 3), count // 5)
