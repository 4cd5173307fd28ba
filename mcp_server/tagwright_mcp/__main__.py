"""``python -m tagwright_mcp``: what ``tagwright mcp`` does, without the other verbs."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from tagwright.errors import TagwrightError
from tagwright.start import quick_imports

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["main"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve stdio, or HTTP with ``--http``; exit status as :mod:`tagwright.errors` says."""
    if arguments is None:
        quick_imports()
    parser = argparse.ArgumentParser(prog="python -m tagwright_mcp", description=__doc__)
    parser.add_argument("--http", metavar="HOST:PORT", help="streamable HTTP instead of stdio")
    parser.add_argument(
        "--allow-host", metavar="NAME", action="append", default=[], help="see mcp_server/README.md"
    )
    parser.add_argument("--home", type=Path, help="directory of the warehouse, state and settings")
    given = parser.parse_args(arguments)

    from tagwright.config import load_settings
    from tagwright_mcp.serve import serve_http, serve_stdio

    try:
        settings = load_settings(given.home)
        if given.http is None:
            serve_stdio(settings)
        else:
            serve_http(settings, given.http, names=given.allow_host, listening=_announce)
    except TagwrightError as error:
        sys.stderr.write(f"tagwright: {error}\n")
        return error.exit_status
    except KeyboardInterrupt:
        return 130
    return 0


def _announce(url: str) -> None:
    sys.stderr.write(f"tagwright: listening on {url}\n")
    sys.stderr.flush()


if __name__ == "__main__":
    sys.exit(main())
