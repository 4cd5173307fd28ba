"""Connectors by name: their settings, what they see, what they fetch."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from tagwright.connectors.fetch_log import holding
from tagwright.connectors.model import Clock, Fetched, Job, Section
from tagwright.errors import ConfigError, TagwrightError, UnknownNameError
from tagwright.plugins import load_all
from tagwright.registry import nearest

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Iterable, Sequence

    from tagwright.config import Settings
    from tagwright.connectors.model import Connector

    Progress = Callable[[str, int, int], None]

__all__ = ["check", "fetch", "load_connectors", "mark_ingested"]


def load_connectors() -> tuple[dict[str, Connector], list[str]]:
    """Connectors by name, ours first, and a warning for each plugin that did not load."""
    return load_all("tagwright.connectors", "connector", ("section", "check", "fetch"))


def check(settings: Settings, name: str, *, clock: Clock | None = None) -> dict[str, Any]:
    """What the credentials of a connector can see; nothing is fetched.

    Raises:
        UnknownNameError: No connector has that name.
        ConfigError: A setting of it is wrong or missing.
        ProviderError: Its credentials are missing or expired, or it cannot be reached.
    """
    connector = _known(load_connectors()[0], name)
    section = _section(settings, connector)
    with holding(_log_path(settings, name)) as log:
        job = Job(
            _folder(settings, name), log, section.since, clock or Clock(), _silent, Fetched(name)
        )
        return {"connector": name, "sees": connector.check(section, job)}


def fetch(
    settings: Settings,
    names: Sequence[str] = (),
    *,
    since: dt.date | None = None,
    progress: Progress | None = None,
    clock: Clock | None = None,
) -> list[Fetched]:
    """Fetch what is new with the named connectors, or with all that are configured.

    What one cannot fetch is said in its ``errors``; the others go on.

    Raises:
        UnknownNameError: No connector has that name.
        ConfigError: A setting is wrong or missing, or no connector is configured.
    """
    known, warnings = load_connectors()
    chosen = [
        (connector, _section(settings, connector))
        for connector in (_known(known, name) for name in dict.fromkeys(names))
    ] or [(connector, _section(settings, connector)) for connector in _configured(settings, known)]
    done = []
    for connector, section in chosen:
        result = Fetched(connector.name, notes=list(warnings))
        warnings = []
        done.append(result)
        try:
            with holding(_log_path(settings, connector.name)) as log:
                folder = _folder(settings, connector.name)
                job = Job(
                    folder=folder,
                    log=log,
                    since=since or section.since,
                    clock=clock or Clock(),
                    progress=progress or _silent,
                    done=result,
                )
                try:
                    connector.fetch(section, job)
                finally:
                    waiting = dict.fromkeys(p for paths in log.waiting.values() for p in paths)
                    result.waiting = [folder / path for path in waiting]
        except TagwrightError as error:
            result.errors.append(error)
    return done


def mark_ingested(settings: Settings, name: str, unread: Iterable[str | Path] = ()) -> None:
    """Strike out what waited for ingest, but for periods with a file in ``unread``."""
    kept = {Path(path) for path in unread}
    folder = _folder(settings, name)
    with holding(_log_path(settings, name)) as log:
        log.ingested(
            period
            for period, paths in log.waiting.items()
            if not kept & {folder / path for path in paths}
        )


def _known(known: dict[str, Connector], name: str) -> Connector:
    if name not in known:
        raise UnknownNameError(
            "connector",
            name,
            nearest(name, list(known)),
            hint=f"Known are {', '.join(sorted(known))}.",
        )
    return known[name]


def _configured(settings: Settings, known: dict[str, Connector]) -> list[Connector]:
    for name in settings.connectors:
        if name not in known:
            near = nearest(name, list(known))
            raise ConfigError(
                f"Setting 'connectors.{name}': there is no such connector.",
                hint=f"Did you mean {', '.join(near)}?"
                if near
                else f"Known are {', '.join(sorted(known))}.",
            )
    if not settings.connectors:
        raise ConfigError(
            "No connector is configured.",
            hint=f"Write a section [connectors.NAME] in {settings.home / 'tagwright.toml'}, or "
            f"name one of {', '.join(sorted(known))}; see docs/connectors.md.",
        )
    return [known[name] for name in settings.connectors]


def _section(settings: Settings, connector: Connector) -> Section:
    """The connector's settings.

    Raises:
        ConfigError: One is wrong, unknown or missing; never repeats a value.
    """
    try:
        return connector.section.model_validate(settings.connectors.get(connector.name, {}))
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        field = ".".join(["connectors", connector.name, *(str(part) for part in first["loc"])])
        raise ConfigError(
            f"Setting {field!r}: {first['msg']}.",
            hint=f"Correct it in {settings.home / 'tagwright.toml'}; see docs/connectors.md.",
        ) from None


def _log_path(settings: Settings, name: str) -> Path:
    return settings.home / "connectors" / f"{name}.json"


def _folder(settings: Settings, name: str) -> Path:
    return settings.home / "fetched" / name


def _silent(*_: object) -> None:
    return None
