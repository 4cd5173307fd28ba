"""The suggestion as a taxonomy file; what is not certain stands in it as comments."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tagwright.errors import MisuseError, TagwrightError
from tagwright.taxonomy import parse_taxonomy

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tagwright.suggestions.model import Suggestion

__all__ = ["taxonomy_text", "write_taxonomy"]

_HEAD = """\
# What the tags mean. Written by `tagwright taxonomy init` from the tags of the bill; it is yours
# to edit. docs/taxonomy.md explains every field; `tagwright refresh` applies a change.
"""
_UNSURE = """\

# Not certain, so not applied. To use one, merge its lines into the keys or aliases above.
"""


def taxonomy_text(suggestion: Suggestion) -> str:
    """The whole file.

    Raises:
        ConfigError: What would be written cannot be read back.
    """
    text = _HEAD + _yaml(suggestion.document)
    unsure = [proposal for proposal in suggestion.proposals if not proposal.certain]
    if unsure:
        text += _UNSURE
    for proposal in unsure:
        said = f"\n{proposal.says} Evidence: {proposal.evidence}."
        text += _commented([said, *_yaml(proposal.change).splitlines()])
    if parse_taxonomy(text, "the suggestion").digest != suggestion.after.digest:
        raise TagwrightError("The suggestion cannot be written as YAML; nothing was written.")
    return text


def _yaml(document: dict[str, Any]) -> str:
    import yaml

    return yaml.safe_dump(
        _brief(document), sort_keys=False, allow_unicode=True, width=96, default_flow_style=None
    )


def _brief(document: dict[str, Any]) -> dict[str, Any]:
    """Matchers as people write them, ``tag:value``, where the name holds no colon."""
    aliases = [
        {**alias, "any_of": [_matcher(item) for item in alias["any_of"]]}
        for alias in document.get("aliases", ())
    ]
    return {**document, **({"aliases": aliases} if aliases else {})}


def _matcher(item: dict[str, str]) -> str | dict[str, str]:
    return item if ":" in item["tag"] else f"{item['tag']}:{item['value']}"


def _commented(lines: Iterable[str]) -> str:
    # Not only newlines end a line for YAML: whatever might, begins a comment of its own.
    return "".join(
        f"# {part}\n" if part else "#\n" for line in lines for part in (line.splitlines() or [""])
    )


def write_taxonomy(path: Path, text: str, *, force: bool) -> Path | None:
    """Put the file in its place whole; with ``force`` over another, which is kept beside it.

    Returns:
        Where the file that was there is now; None where there was none.

    Raises:
        MisuseError: There is one, and ``force`` is not given.
        TagwrightError: It cannot be written.
    """
    kept = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=f"{path.stem}-", suffix=".draft", dir=path.parent)
        draft = Path(name)
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            draft.chmod(0o644)
            if path.exists():
                if not force:
                    raise MisuseError(
                        f"{path} is there already; nothing was written.",
                        hint="Edit it, or use --force: the old one is then kept beside it.",
                    )
                kept = _keep(path)
            draft.replace(path)
        finally:
            draft.unlink(missing_ok=True)
    except OSError as error:
        raise TagwrightError(
            f"{path} cannot be written ({error.strerror or type(error).__name__})."
        ) from None
    return kept


def _keep(path: Path) -> Path:
    """A copy beside the file under the first name that is free: one kept before stays."""
    held = path.read_bytes()
    number = 1
    while True:
        kept = path.with_name(f"{path.name}.old" + (f".{number}" if number > 1 else ""))
        try:
            with kept.open("xb") as file:
                file.write(held)
        except FileExistsError:
            number += 1
        else:
            return kept
