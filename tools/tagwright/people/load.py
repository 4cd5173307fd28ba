"""Read ``people.yaml``; every fault names the file, the person and the field."""

from __future__ import annotations

from functools import lru_cache, partial
from typing import TYPE_CHECKING

from tagwright.errors import ConfigError
from tagwright.people.model import GroupSpec, Limits, PeopleSpec, PersonSpec
from tagwright.people.people import People
from tagwright.text import clean, shorten
from tagwright.yaml_files import checked, file_text, mapping_of, read_yaml

if TYPE_CHECKING:
    from pathlib import Path

    from pydantic import BaseModel

    from tagwright.config import Settings

__all__ = ["load_people", "parse_people", "people_path"]


def people_path(settings: Settings) -> Path:
    """The file, which need not be there. No setting moves it: an environment could then too."""
    return settings.home / "people.yaml"


def load_people(settings: Settings) -> People:
    """The people of ``<home>/people.yaml``; without the file, one-person mode.

    The file is read every time, so that an edit holds at once; the same text is parsed once.

    Raises:
        ConfigError: It cannot be read, is not YAML, or says something it cannot; the message names
            file, person and field.
    """
    path = people_path(settings)
    try:
        text = file_text(path)
    except FileNotFoundError:
        # A link to nothing is a file that somebody meant to be there, not one-person mode.
        if path.is_symlink():
            raise ConfigError(f"{path}: links to a file that is not there.") from None
        return People(str(path))
    return parse_people(text, str(path))


@lru_cache(maxsize=8)
def parse_people(text: str, source: str = "people.yaml") -> People:
    """People from YAML text; ``source`` is how messages call it.

    Raises:
        ConfigError: As for :func:`load_people`.
    """
    document = mapping_of(read_yaml(text, source), source, "'people'")
    unknown = partial(_unknown, source)
    return People(source, checked(PeopleSpec, document, source, _where, unknown))


def _where(place: tuple[int | str, ...], _: object) -> str:
    return clean(".".join(str(part) for part in place))


def _unknown(source: str, place: tuple[int | str, ...], _: object) -> ConfigError:
    """A field nobody knows, with the nearest ones that are known there."""
    from tagwright.registry import nearest

    *above, name = place
    models: dict[str, type[BaseModel]] = {"people": PersonSpec, "groups": GroupSpec}
    model = PeopleSpec if not above else models[str(above[0])]
    if above[2:] == ["approves"]:
        model = Limits
    known = list(model.model_fields)
    near = nearest(str(name), known)
    where = f"{_where(tuple(above), None)}: " if above else ""
    return ConfigError(
        f"{source}: {where}there is no field {shorten(str(name), 80)!r}.",
        hint=f"Did you mean {', '.join(near)}?" if near else f"Fields are: {', '.join(known)}.",
    )
