"""A store is brought to the schema of this Tagwright when it is opened, each step by alembic.

A store that is up to date costs one look at one row: alembic is not even loaded. The whole way is
one transaction that holds the store's write lock, so that of several processes one does it, the
others wait, and a step that fails leaves everything as it was.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tagwright.errors import ConfigError
from tagwright.state import engines
from tagwright.state.faults import translated

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

__all__ = ["bring_up"]

_LANDED = 2
"""The last version before there were migrations."""


def bring_up(engine: Engine) -> None:
    """Make the tables, or change them to what they are now, keeping every row.

    Raises:
        ConfigError: A newer Tagwright made the store.
        TagwrightError: It cannot be changed; it is as it was.
        sqlalchemy.exc.DatabaseError: It cannot be opened.
    """
    from tagwright.state.tables import HEAD

    with engine.connect() as con:
        if _version(con.execution_options(tagwright_reading=True)) == HEAD:
            return
    with engines.upgrading(), engine.begin() as con:
        found = _version(con)  # now that no other process can change it
        if found != HEAD:
            with translated(engine, f"cannot be brought to schema version {HEAD}"):
                _upgrade(con, found)


def _version(con: Connection) -> str | None:
    """The last step the store has seen; None where it has seen none."""
    from sqlalchemy import inspect, select

    from tagwright.state.tables import versions

    if not inspect(con).has_table(versions.name):
        return None
    found = con.execute(select(versions.c.version_num)).scalar()
    return None if found is None else str(found)


def _upgrade(con: Connection, found: str | None) -> None:
    from alembic import command
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", "tagwright.state:migrations")
    config.attributes["connection"] = con
    steps = {step.revision for step in ScriptDirectory.from_config(config).walk_revisions()}
    if found is None:
        _refuse_newer_landed(con)
    elif found not in steps:
        raise _too_new(found)
    command.upgrade(config, "head")


def _refuse_newer_landed(con: Connection) -> None:
    from sqlalchemy import inspect, select

    from tagwright.state.tables import schema_version

    if inspect(con).has_table(schema_version.name):
        landed = con.execute(select(schema_version.c.version)).scalar()
        if landed is not None and landed > _LANDED:
            raise _too_new(str(landed))


def _too_new(found: str) -> ConfigError:
    from tagwright.state.tables import HEAD

    return ConfigError(
        f"The state store has schema version {found}, this Tagwright knows {HEAD}.",
        hint="Use the Tagwright that made it, or another home.",
    )
