"""What an optional feature needs, and the command that installs it here.

A wheel need not be on any index, so ``pip install 'tagwright[models]'`` may find nothing, or
somebody else's; the packages themselves are always there.
"""

from __future__ import annotations

import shlex
import sys
from importlib.metadata import PackageNotFoundError, requires
from importlib.util import find_spec

__all__ = ["how_to_install"]


def how_to_install(extra: str, *more: str) -> str:
    """The command that installs an extra's packages, and ``more``, into this very environment."""
    packages = [*_packages(extra), *more]
    quoted = " ".join(shlex.quote(package) for package in dict.fromkeys(packages))
    if "pipx" in sys.prefix.split("/"):
        return f"pipx inject tagwright {quoted}"
    if find_spec("pip") is None:  # made by uv
        return f"uv pip install --python {shlex.quote(sys.executable)} {quoted}"
    return f"{shlex.quote(sys.executable)} -m pip install {quoted}"


def _packages(extra: str) -> list[str]:
    try:
        lines = requires("tagwright") or []
    except PackageNotFoundError:  # run from a checkout that was not installed
        return []
    found = []
    for line in lines:
        requirement, _, marker = line.partition(";")
        if extra in marker.replace("'", " ").replace('"', " ").split():
            found.append(requirement.strip())
    return found
