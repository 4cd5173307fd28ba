"""The connection that an ingest works on."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from tagwright.errors import TagwrightError
from tagwright.text import shorten

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import duckdb

    from tagwright.config import Settings

__all__ = ["connect"]


@contextlib.contextmanager
def connect(settings: Settings, scratch: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection to work on; faults of disk and memory in our words.

    Raises:
        TagwrightError: The disk is full, or the memory limit too small.
    """
    import duckdb

    try:
        with _connection(settings, scratch) as con:
            yield con
    except duckdb.OutOfMemoryException:
        raise TagwrightError(
            "The ingest needs more memory than the limit allows. Nothing has changed.",
            hint="Ingest fewer files at once, or raise `memory_limit`.",
        ) from None
    except (duckdb.IOException, duckdb.TransactionException) as error:
        raise TagwrightError(
            f"The new snapshot cannot be written ({shorten(str(error).splitlines()[0], 160)}). "
            "Nothing has changed.",
            hint="Is the disk full?",
        ) from None


def _connection(settings: Settings, scratch: Path) -> duckdb.DuckDBPyConnection:
    import duckdb

    config: dict[str, str | bool | int | float | list[str]] = {
        "memory_limit": settings.memory_limit,
        "temp_directory": str(scratch),
        "autoload_known_extensions": False,
        "autoinstall_known_extensions": False,
        "allow_persistent_secrets": False,
    }
    if settings.threads:
        config["threads"] = settings.threads
    con = duckdb.connect(config=config)
    con.execute("SET TimeZone = 'UTC'")
    con.execute("SET enable_progress_bar = false")
    return con
