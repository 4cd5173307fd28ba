"""Which key a raw tag speaks of: by its name, by its values, by a word its values begin with."""

from __future__ import annotations

from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from pydantic import TypeAdapter, ValidationError

from tagwright.suggestions.model import Proposal
from tagwright.suggestions.names import affix, bare_name, head, is_own, near
from tagwright.taxonomy import default_text, parse_taxonomy
from tagwright.taxonomy.fold import fold_name, fold_value
from tagwright.taxonomy.model import Text
from tagwright.text import counted, shorten

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tagwright.suggestions.model import Seen, TagKey, TagValue
    from tagwright.taxonomy import Key, Taxonomy

__all__ = ["Known", "owners", "share_text", "shown"]

_NEAR = 85
_SURE_LENGTH = 6
_CONTAINED = Decimal("0.9")
_HALF = Decimal("0.5")
_SOME = Decimal("0.2")
_MOST_ALIASES = 100


def shown(text: str) -> str:
    """Text of a bill inside a sentence."""
    return f"“{shorten(text, 40)}”"


def share_text(part: Decimal, whole: Decimal) -> str:
    """A share for reading; never 100 % of what is not all."""
    if not whole:
        return "0 %"
    share = part / whole * 100
    return "99 %" if Decimal(99) < share < Decimal(100) else f"{share:.0f} %"


class Known:
    """What is known of the keys: their names, and the values that the bill has of them.

    Attributes:
        taxonomy: The taxonomy.
        seen: The raw tags.
        values: Key to its values in the bill under that taxonomy, with their weight.
        default: The shipped taxonomy: what is commonly called what.
    """

    def __init__(
        self, taxonomy: Taxonomy, seen: Seen, values: dict[str, dict[str, Decimal]]
    ) -> None:
        self.taxonomy = taxonomy
        self.seen = seen
        self.values = values
        self.default = parse_taxonomy(default_text(), "the default taxonomy")

    @cached_property
    def names(self) -> dict[str, dict[str, str]]:
        """Key to its folded tag names, ours and common ones, as written."""
        taken = {fold_name(n) for key in self.taxonomy.keys.values() for n in key.tag_names}
        found = {}
        for name, key in self.taxonomy.keys.items():
            common = self.default.keys[name].tag_names if name in self.default.keys else ()
            found[name] = {fold_name(text): text for text in key.tag_names} | {
                fold_name(text): text for text in common if fold_name(text) not in taken
            }
        return found

    def knows(self, key: Key, text: str) -> bool:
        """Whether a value is one of the key's: listed, or seen under its own tags."""
        canonical = key.normalise(text)
        listed = key.spellings.get(fold_value(text))
        return listed is not None or (canonical is not None and canonical in self.values[key.name])


class _Match(NamedTuple):
    """Why a tag may belong to a key; sorts by how strong that is."""

    strength: int
    share: Decimal
    key: str
    why: str
    certain: bool


def owners(known: Known) -> list[Proposal]:
    """For each raw tag that belongs to no key: the key it most probably speaks of."""
    found = []
    for tag in known.seen.keys:
        if not is_own(tag.raw) or known.taxonomy.key_of_tag(tag.raw) is not None:
            continue
        if not tag.distinct:  # only empty values: there is nothing to mean
            continue
        matches = sorted(
            (m for key in known.taxonomy.keys.values() if (m := _match(known, tag, key))),
            reverse=True,
        )
        if matches and matches[0].strength > 1:
            rivals = [m for m in matches[1:] if m[:2] == matches[0][:2]]
            found.append(_as_tag_name(tag, matches[0], rivals))
        elif (prefixed := _prefixed(known, tag)) is not None:
            found.append(prefixed)
        elif matches:
            found.append(_as_tag_name(tag, matches[0], matches[1:2]))
    return found


def _match(known: Known, tag: TagKey, key: Key) -> _Match | None:
    names = known.names[key.name]
    name = bare_name(tag.raw)
    folded = fold_name(name)
    fitting = [value for value in tag.values if known.knows(key, value.text)]
    share = _share(fitting, tag)
    values = f"{share_text(share, Decimal(1))} of its cost has values of {key.name}" + _examples(
        fitting
    )
    if folded in names:
        said = f"{shown(names[folded])} is another word for it"
        return _Match(4, share, key.name, said, certain=True)
    last = next((names[word] for word in head(name) if len(word) > 2 and word in names), None)
    close = max((near(folded, other) for other in names), default=0)
    empty = not known.values[key.name]
    if last is not None and not (share == 0 and not empty):
        sure = empty or share >= _HALF
        return _Match(3, share, key.name, f"its name ends in {shown(last)}; {values}", sure)
    alike = f"its name is spelled much like a name of {key.name}; {values}"
    if close >= _NEAR and (share >= _HALF or (empty and len(folded) >= _SURE_LENGTH)):
        return _Match(3, share, key.name, alike, certain=True)
    if share >= _CONTAINED and len(fitting) > 1:
        sure = len(fitting) > 2 and share >= Decimal("0.95")
        return _Match(2, share, key.name, values, sure)
    return _Match(1, share, key.name, alike, certain=False) if close >= _NEAR else None


def _as_tag_name(tag: TagKey, match: _Match, rivals: Sequence[_Match]) -> Proposal:
    name = bare_name(tag.raw)
    beside = f"; it may be {rivals[0].key} too" if rivals else ""
    return Proposal(
        "tag name",
        match.key,
        f"The tag {shown(tag.raw)} looks like {match.key}.",
        f"{match.why}; on {counted(tag.resources, 'resource')}{beside}",
        match.certain and not rivals,
        {"keys": {match.key: {"tag_names": [name]}}},
    )


def _prefixed(known: Known, tag: TagKey) -> Proposal | None:
    """``owner: team-search`` speaks of the team search."""
    best: tuple[Decimal, str, str, dict[str, str], list[TagValue]] | None = None
    for key in known.taxonomy.keys.values():
        for word in known.names[key.name].values():
            rests = {
                value.text: rest
                for value in tag.values
                if len(word) > 2
                and (rest := affix(value.text, fold_value(word))) is not None
                and _holds(key, value.text, rest)
            }
            if len(rests) < tag.distinct:  # aliases then, which only give what is valid
                rests = {text: rest for text, rest in rests.items() if key.normalise(rest)}
            fitting = [value for value in tag.values if value.text in rests]
            share = _share(fitting, tag)
            if len(rests) > 1 and share >= _SOME and (best is None or share > best[0]):
                best = (share, key.name, word, rests, fitting)
    if best is None:
        return None
    share, name, word, rests, fitting = best
    all_of_it = len(rests) == tag.distinct
    change = _whole(known.taxonomy.keys[name], tag, rests) if all_of_it else _part(name, tag, rests)
    return Proposal(
        "prefix",
        name,
        f"{shown(f'{bare_name(tag.raw)}: {word}-…')} looks like {name}.",
        f"{'all' if all_of_it else len(rests)} of its {counted(tag.distinct, 'value')} say "
        f"{shown(word)}, "
        f"{share_text(share, Decimal(1))} of its cost" + _examples(fitting),
        certain=True,
        change=change,
    )


def _holds(key: Key, text: str, rest: str) -> bool:
    """Whether a taxonomy can hold the value and what it means; one that it cannot stays as it is.

    A ``*`` would make a pattern of it, which speaks for values that nobody has seen.
    """
    texts = TypeAdapter(list[Text])
    try:
        texts.validate_python([text, rest])
    except ValidationError:
        return False
    return "*" not in text and fold_value(rest) not in key.placeholders


def _whole(key: Key, tag: TagKey, rests: dict[str, str]) -> dict[str, object]:
    """Every value fits: the tag is one of the key's names, and the word is cut from each value."""
    values: dict[str, list[str]] = {}
    for text, rest in rests.items():
        values.setdefault(key.spellings.get(fold_value(rest)) or key.cased(rest), []).append(text)
    piece: dict[str, object] = {"tag_names": [bare_name(tag.raw)], "values": values}
    return {"keys": {key.name: {**piece, **({"open": True} if key.open else {})}}}


def _part(name: str, tag: TagKey, rests: dict[str, str]) -> dict[str, object]:
    """Some values fit (others are people, say): each of those is an alias."""
    matcher = bare_name(tag.raw)
    return {
        "aliases": [
            {"any_of": [{"tag": matcher, "value": text}], "means": {name: rest}}
            for text, rest in list(rests.items())[:_MOST_ALIASES]
        ]
    }


def _share(values: Sequence[TagValue], tag: TagKey) -> Decimal:
    return sum((v.weight for v in values), Decimal(0)) / tag.weight if tag.weight else Decimal(0)


def _examples(values: Sequence[TagValue]) -> str:
    said = ", ".join(shown(value.text) for value in values[:3])
    return f" ({said})" if said else ""
