"""What is said where a question cannot be planned: why, and the nearest questions that can."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tagwright.text import clean, shorten
from tagwright_agent.planner.link import near
from tagwright_agent.planner.slots import Unclear

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tagwright_agent.planner.view import CatalogueView

__all__ = ["examples", "greeting", "no_such_tag", "out_of_scope", "unknown_words"]


def examples(view: CatalogueView) -> list[str]:
    """Questions that can be answered here, with names from the data."""
    found = ["What did we spend last month?"]
    groups: list[str] = [name for name in ("team", "product") if name in view.keys]
    found.append(f"Cost by {groups[0] if groups else 'service'} last month")
    services = view.dimensions.get("service_name")
    if services and services.values:
        found.append(f"Why did {shorten(services.values[0], 60)} change last month?")
    if view.required:
        found.append(f"How much of our cost has a valid {view.required[0]} tag?")
    return found


def out_of_scope(reason: str, view: CatalogueView) -> Unclear:
    """A refusal with its reason."""
    return Unclear("refused", reason, questions=tuple(examples(view)))


def greeting(view: CatalogueView) -> Unclear:
    """Nothing was asked yet."""
    return Unclear(
        "clarify", "What do you want to know about your costs?", questions=tuple(examples(view))
    )


def unknown_words(words: Sequence[str], view: CatalogueView) -> Unclear:
    """Words that no grammar, name or value explains: never left out, because they may matter."""
    said = [repr(clean(word[:60])) for word in words[:5]]
    close = near(view, words[0])[:4] if len(words) == 1 else []
    if close:
        return Unclear(
            "clarify",
            f"I do not know {', '.join(said)} here. Do you mean {' or '.join(map(repr, close))}?",
        )
    return Unclear(
        "refused",
        f"I cannot answer this: {', '.join(said)} is nothing I know in this data.",
        questions=tuple(examples(view)),
    )


def no_such_tag(tag: str, view: CatalogueView) -> Unclear:
    """A raw tag that the bill does not have."""
    tags = ", ".join(shorten(name, 60) for name in view.tags[:8])
    return Unclear(
        "clarify",
        f"No charge has a tag {clean(tag[:60])!r}. "
        + (f"Tags in the data: {tags}. Which one do you mean?" if tags else "There are no tags."),
    )
