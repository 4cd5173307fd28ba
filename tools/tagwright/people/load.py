"""Read ``people.yaml``; every fault names the file, the person and the field."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from pydantic import ValidationError

from tagwright.errors import ConfigError
from tagwright.people.model import GroupSpec, Limits, PeopleSpec, PersonSpec
from tagwright.people.people import People
from tagwright.taxonomy import read_yaml
from tagwright.text import clean, shorten

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
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        # A link to nothing is a file that somebody meant to be there, not one-person mode.
        if path.is_symlink():
            raise ConfigError(f"{path}: links to a file that is not there.") from None
        return People(str(path))
    except (OSError, UnicodeDecodeError) as error:
        reason = "is not UTF-8" if isinstance(error, UnicodeDecodeError) else error.strerror
        raise ConfigError(f"{path}: {reason}.") from None
    return parse_people(text, str(path))


@lru_cache(maxsize=8)
def parse_people(text: str, source: str = "people.yaml") -> People:
    """People from YAML text; ``source`` is how messages call it.

    Raises:
        ConfigError: As for :func:`load_people`.
    """
    document = read_yaml(text, source)
    if not isinstance(document, dict):
        raise ConfigError(f"{source}: the top level must be a mapping with 'people'.")
    try:
        return People(source, PeopleSpec.model_validate(document))
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = first["loc"]
        if first["type"] == "extra_forbidden":
            raise _unknown(source, place) from None
        where = f"{clean('.'.join(str(part) for part in place))}: " if place else ""
        raise ConfigError(
            f"{source}: {where}{clean(first['msg'].removeprefix('Value error, '))}."
        ) from None


def _unknown(source: str, place: tuple[int | str, ...]) -> ConfigError:
    """A field nobody knows, with the nearest ones that are known there."""
    from tagwright.registry import nearest

    *above, name = place
    models: dict[str, type[BaseModel]] = {"people": PersonSpec, "groups": GroupSpec}
    model = PeopleSpec if not above else models[str(above[0])]
    if above[2:] == ["approves"]:
        model = Limits
    known = list(model.model_fields)
    near = nearest(str(name), known)
    where = f"{clean('.'.join(str(part) for part in above))}: " if above else ""
    return ConfigError(
        f"{source}: {where}there is no field {shorten(str(name), 80)!r}.",
        hint=f"Did you mean {', '.join(near)}?" if near else f"Fields are: {', '.join(known)}.",
    )
