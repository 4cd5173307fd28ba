"""What part each name and value of a question plays: a filter, a group, a key, or no value."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING

from tagwright.lazy import lazy
from tagwright.metrics import dimension_label
from tagwright.text import clean
from tagwright_agent.planner import phrases
from tagwright_agent.planner.identifiers import ACCOUNT_ID, ARN
from tagwright_agent.planner.question import Filter, cannot, unsure
from tagwright_agent.planner.said import TIMES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tagwright_agent.planner.link import Mention
    from tagwright_agent.planner.reading import Reading
    from tagwright_agent.planner.said import Said
    from tagwright_agent.planner.view import CatalogueView

__all__ = ["apart", "groups_of", "related", "value_filters"]

_CHAIN = lazy(r"\s*(?:,|and|&|\+|then|plus|/|x|,\s*and)\s*(?:(?:by|per|the)\s+)*")
_BETWEEN_NEGATED = lazy(r"[\s,]*(?:(?:and|or|nor|the)[\s,]*)*")
_BEFORE_VALUE = lazy(r"[\s,]*(?:(?:the|all|any|our|of|in|from|for|on)\s+)*$")
_NOT_SET = lazy(
    r"^\s*(?:(?:tags?|labels?)\s+)?(?:is|are)?\s*(?:missing|empty|not set|unset|blank|absent|null)\b"
    r"(?=\s*(?:$|[?.!,;|]|(?:in|for|on|during|last|this|and|or)\b))"
)
_SIDE_BY_SIDE = lazy(r",?\s*(?:and|or|&|\+|plus|vs\.?|versus|against)\s*(?:the |on |for )?")
_VERSUS = lazy(r"\s*(?:vs\.?|versus|against)\s*(?:the )?\s*")
_VERSUS_NOT = lazy(r"\b(?:vs\.?|versus|against|compared (?:to|with)) not\b")
_AND_REST = phrases.rx(
    r"(?:vs\.?|versus|against|and|compared (?:to|with)) "
    r"(?:(?:everything|all|anything) else|(?:all )?the (?:rest|others?)(?! of))",
    "else|rest|other",
)
_PARTING = frozenset({"x_ai_certainty", "environment"})
"""Of few values, so that what is not one of them is read off the others."""
_LISTED = lazy(r"\b(?:and|or|vs|versus|against|plus)\b|[,&+]")
_ASIDE = lazy(r"\s+(?:aside|apart|excluded|left out)(?![\w-])")
_ASSIGNED = lazy(r" (?:assigned|attached|set|given|named|specified)(?![\w-])")
_WITH_ANY = lazy(r"(?<![\w-])(?:with|has|have|having) (?:an?|any) (?:valid )?$")
_NOT_THAT = lazy(r"(?<![\w-])(?:not|instead of|rather than) (?:by |per )?$")
_THAN = lazy(r"(?<!other )(?<!else )(?<!rather )(?<!different )\bthan$")
_THROUGH = lazy(r"[^,;?!.]*\b(?:on|via|through|under|inside|within)\b[^,;?!.]*")
_LISTS = lazy(r"\b(?:and|or|nor|vs|versus|with|to|than|against|plus|also|from)\b|[&+/]")
_OR_NULL = lazy(rf"\s*(?:tags?|labels?)?\s*,?\s*or\s+{phrases.NULLS.pattern}\s*(?:an? |any )?")
_ALSO_NULL = lazy(r"\s*(?:tags?|labels?)?\s*(?:,|and|or|nor|,\s*(?:and|or))\s*(?:an? |any )?")
_BY_COUNT = lazy(
    rf"(?:\b(?:has|have|had|with|uses?|using|used|runs?|owns?)\s+(?:the )?(?:most|fewest|least|more)|"
    rf"\b(?:than|at least|at most|exactly|over|under)\s+(?:{phrases.NUMBER}))\s+(?:different )?$"
)
_NOT_ONE = lazy(r"\bnot (?:the |for )*$")
_WHICH = lazy(r"\b(?:which|what) $")
_ASKED_BY = lazy(r"\b(?:which|what|by|per|each|every|list)(?: of)?(?: the| our)?\s+$")
_OUT_OF = lazy(r"\b(?:from|through|with|under|via) (?:the |our |all )*$")
_IN_OUR = lazy(r"\b(?:in|across|over) (?:all )?(?:of )?(?:our|the|my) $")
_ACROSS = lazy(r"\bacross (?:all |our |the |of )*$")
_TWO = 2
_COUNT = lazy(rf"(?<![\w.,$-])({phrases.NUMBER})\s+$")


def _not_two_models(said: Said) -> None:
    """Look that no charge is to be of both: "GPT-4o compared to Claude".

    Raises:
        Unclear: It is.
    """
    models = [v for v in said.values if v.dimension == "x_ai_model_id"]
    families = [v for v in said.values if v.dimension == "x_ai_model_family"]
    for family in families:
        apart = [m for m in models if not any(_within(family, value) for value in m.values)]
        if models and len(apart) == len(models):
            raise unsure("A model and a family of others: please ask for one after the other.")


def _within(family: Mention, model: str) -> bool:
    return any(value.casefold() in model.casefold() for value in family.values)


def value_filters(reading: Reading, said: Said) -> None:
    """Values as filters, several of one dimension together, negated ones apart.

    Raises:
        Unclear: One value is wanted and not wanted.
    """
    _not_two_models(said)
    for one, two in pairwise(said.values):
        gap = _unnamed(reading, one.end, two.start)
        named = any(x.kind == "group" and 0 < one.start - x.end < 6 for x in reading.labels)
        between = reading.lower[one.end : two.start].strip()
        if one.dimension == two.dimension and between and not gap.strip() and not named:
            first, second = (clean(reading.text[v.start : v.end]) for v in (one, two))
            raise unsure(f"Do you mean {first!r}, {second!r}, or both of them?")
        if _is_same(one, two) and (_VERSUS.fullmatch(gap) or gap.split()[-1:] == ["than"]):
            raise unsure(f"Both are {clean(one.values[0])}: compared with what?")
    last_end, last_negated, of_one = -1, False, False
    found: dict[tuple[str, str], list[str]] = {}
    for item in said.values:
        before = reading.lower[: item.start]
        negated = False
        between = _unnamed(reading, last_end, item.start) if last_end >= 0 else "-"
        if _BETWEEN_NEGATED.fullmatch(between):
            negated = last_negated
            if of_one and item.dimension != _before(said, item)[-1].dimension:
                if "," in between:
                    raise unsure(f"Is {clean(item.values[0])!r} left out too, or wanted?")
                negated = bool(between.strip())  # "non-AI AWS cost" is AWS's
            if negated and _put_right(reading, said, between):
                negated = False
                found.clear()
        else:
            aside = _ASIDE.match(reading.mask[item.end :])
            if aside:
                reading.take(item.end, item.end + aside.end(), "filter")
            head = _BEFORE_VALUE.sub("", f"{_qualified(reading, before)} ").rstrip()
            if _THAN.search(head) and all(
                v.dimension != item.dimension for v in _before(said, item)
            ):
                name = clean(reading.text[item.start : item.end])
                raise unsure(f"What of the same kind shall I compare with {name!r}?")
            # "apart from EC2" ends in its own "from", "without the EC2" in an article.
            for said_before in (_qualified(reading, before), head):
                for match in phrases.NEGATIONS.finditer(said_before):
                    free = reading.mask[match.end() - 1] != "|"
                    if match.end() == len(said_before) and free and not negated:
                        negated, of_one = True, match.group().startswith("not")
                        reading.take(*match.span(), "filter")
            negated = negated or aside is not None  # "credits aside", "production excluded"
            if re.search(r"\bafter$", head):
                raise unsure("With it or without it: please say which.")
        _not_through(reading, said, item, negated=negated)
        last_end, last_negated = item.end, negated
        op = "not_in" if negated else "in"
        found.setdefault((item.dimension, op), []).extend(item.values)
        if item.said:
            said.notes.append(f"{item.said} = {', '.join(map(clean, item.values))}")
    rest = _rest_of(reading, said)
    for (dimension, op), meant in found.items():
        chosen = tuple(dict.fromkeys(meant))
        if op == "in" and set(chosen) & set(found.get((dimension, "not_in"), ())):
            if dimension in _PARTING and _VERSUS_NOT.search(reading.lower):
                said.side_by_side = dimension  # rows of all its values: "AI vs non-AI"
                return
            both = clean(chosen[0])
            raise cannot(f"{both!r} is asked for and left out at once: nothing is both.")
        if op == "not_in" and (dimension, "in") in found and reading.lower.startswith("which"):
            raise unsure(
                f"A charge has one {dimension_label(dimension)}. Shall I list what those that you "
                "want have, or those that you leave out? Of both I take no difference."
            )
        if op == "in" and dimension == rest:
            said.side_by_side = dimension  # a row for each of the others too
            continue
        if dimension == "x_ai_certainty" and op == "not_in":
            said.filters.append(Filter(dimension=dimension, op="is_null"))  # nor what may be AI
            continue
        said.filters.append(Filter(dimension=dimension, op=op, values=chosen))
        if op == "in" and len(chosen) > 1:
            # One word that stands for several names ("Bedrock") is one thing to the person.
            words = [v for v in said.values if v.dimension == dimension]
            if len(words) > 1:
                said.side_by_side = dimension


def _rest_of(reading: Reading, said: Said) -> str:
    """The dimension of which all the others are wanted too: "AI and everything else"."""
    match = _AND_REST.search(reading.lower)
    if match is None or not said.values:
        return ""
    beside = {v.dimension for v in said.values if v.end <= match.start()}
    if len(beside) != 1:
        raise unsure("The rest of what: please say what shall be left out.")
    reading.take(*match.span(), "filter")
    return beside.pop()


def _put_right(reading: Reading, said: Said, between: str) -> bool:
    """Whether "not Bedrock, EC2" puts the one in the other's place.

    Raises:
        Unclear: Both may be left out.
    """
    head = _NOT_ONE.search(reading.lower[: said.values[0].start])
    if head is None or between.strip() != "," or len(said.values) != _TWO:
        return False
    if reading.mask[: head.start()].strip("| ,;:.!-"):
        one, two = (clean(reading.text[item.start : item.end]) for item in said.values)
        raise unsure(f"Shall I leave out {one!r} and {two!r}, or is {two!r} wanted?")
    return True


def _unnamed(reading: Reading, start: int, end: int) -> str:
    """The text of a place without names of dimensions: "search and team platform"."""
    text = reading.lower
    for label in reading.labels:
        if label.kind == "group" and start <= label.start and label.end <= end:
            text = text[: label.start] + " " * (label.end - label.start) + text[label.end :]
    return text[start:end]


def _not_through(reading: Reading, said: Said, item: Mention, *, negated: bool) -> None:
    """One thing bought through another is not both of them side by side: "OpenAI via Azure".

    Raises:
        Unclear: Two values of one dimension stand so.
    """
    earlier = _before(said, item)
    if negated or not earlier or earlier[-1].dimension != item.dimension:
        return
    gap = reading.lower[earlier[-1].end : item.start]
    if _THROUGH.fullmatch(gap) and not _LISTS.search(gap):
        one, two = (clean(reading.text[v.start : v.end]) for v in (earlier[-1], item))
        raise unsure(
            f"A charge has one {dimension_label(item.dimension)}: do you mean {one!r} or {two!r}?"
        )


def _is_same(one: Mention, other: Mention) -> bool:
    return (one.dimension, one.values) == (other.dimension, other.values)


def _before(said: Said, item: Mention) -> list[Mention]:
    return [value for value in said.values if value.end <= item.start]


def apart(reading: Reading, said: Said) -> set[str]:
    """Dimensions whose values are named side by side ("EC2 and OpenAI"): questions of their own.

    As filters of one question they would mean what is both, which is nobody's question.
    """
    negated = {item.dimension for item in said.filters if item.op != "in"}
    found: set[str] = set()
    for one, two in pairwise(said.values):
        if one.dimension == two.dimension or {one.dimension, two.dimension} & negated:
            continue
        again = any(_is_same(two, earlier) for earlier in _before(said, one))
        if again and any(v.dimension == one.dimension and v.start > two.start for v in said.values):
            continue  # "Compute in prod vs Compute in dev"
        plain = _SIDE_BY_SIDE.fullmatch(reading.lower[one.end : two.start])
        if plain or _VERSUS.fullmatch(_unnamed(reading, one.end, two.start)):
            found |= {one.dimension, two.dimension}
    placed = [value for value in said.values if value.dimension in found]
    for one, two in pairwise(placed):
        if not _LISTED.search(reading.lower[one.end : two.start]):
            raise unsure("Those are two questions: please ask one after the other.")
    return found


def _qualified(reading: Reading, before: str) -> str:
    """The text before a value without the name of its dimension ("except team")."""
    trimmed = before.rstrip()
    masked = reading.mask[: len(trimmed)]
    return trimmed[: len(masked.rstrip("|"))] if masked.endswith("|") else trimmed


_THAT_HAVE = lazy(r"\b(?:that|which|who) (?:have|has) an? $")


def groups_of(reading: Reading, said: Said, names: Sequence[Mention], view: CatalogueView) -> None:
    """Which named dimensions are groups, and which are keys that coverage is asked of."""
    last: tuple[int, bool] = (-1, False)
    null_end = -1
    for item in names:
        before, after = reading.lower[: item.start], reading.lower[item.end :]
        if _beside_value(reading, item, said.values):
            continue
        if _says_no_more(reading, said, item):
            continue
        if item.dimension == "commitment_discount_id" and _OUT_OF.search(before):
            said.filters.append(Filter(dimension=item.dimension, op="not_null"))
            continue
        if said.count and _ACROSS.search(before):
            continue  # "how many accounts across all providers" is of all of them
        count = _COUNT.search(reading.mask[: item.start])
        if item.dimension not in TIMES and _BY_COUNT.search(before):
            raise cannot("I find and rank rows by what they cost, not by how many.")
        if count and item.dimension not in TIMES:
            said.limit = phrases.number(count[1])
            reading.take(*count.span(), "limit")
            said.limited = True
            if not said.limit:
                raise unsure("The first how many?")
        if null_end >= 0 and _OR_NULL.fullmatch(reading.lower[null_end : item.start]):
            raise unsure("Please ask for what lacks one of them at a time.")
        chained = null_end >= 0 and _ALSO_NULL.fullmatch(reading.lower[null_end : item.start])
        if chained or _null_before(reading, before, item, view) or _not_set(reading, item, after):
            null_end = item.end
            if given := _ASSIGNED.match(reading.mask[item.end :]):
                reading.take(item.end, item.end + given.end(), "filter")
            said.filters.append(Filter(dimension=item.dimension, op="is_null"))
            said.nulls.append(item.dimension)
            continue
        known = _WITH_ANY.search(reading.mask[: item.start])
        having = item.dimension in view.keys or _THAT_HAVE.search(before)
        if known and having and not said.keyed:
            reading.take(*known.span(), "filter")
            said.filters.append(Filter(dimension=item.dimension, op="not_null"))
            continue
        if other := _NOT_THAT.search(reading.mask[: item.start]):  # "teams, not services"
            reading.take(*other.span(), "group")
            continue
        grouped = bool(phrases.GROUPED.search(before))
        if last[0] >= 0 and _CHAIN.fullmatch(reading.lower[last[0] : item.start]):
            grouped = last[1]
        last = (item.end, grouped)
        keyed = said.keyed and not grouped and item.dimension in view.keys
        target = said.keys if keyed else said.groups
        if item.dimension not in target:
            target.append(item.dimension)


def _says_no_more(reading: Reading, said: Said, item: Mention) -> bool:
    """Whether a value's own kind stands behind it: "in our AWS account", "Claude models vs GPT"."""
    value = next((v for v in said.values if v.end + 1 == item.start), None)
    if value is None or _ASKED_BY.search(reading.lower[: value.start]):
        return False
    kind = (value.dimension, item.said)
    one = kind == ("service_provider_name", "account")
    one = one or (
        kind == ("service_provider_name", "accounts")
        and bool(_IN_OUR.search(reading.lower[: value.start]))
    )
    compared = said.compared or said.share_at >= 0
    return one or (kind == ("x_ai_model_family", "models") and compared)


def _not_set(reading: Reading, item: Mention, after: str) -> bool:
    match = _NOT_SET.match(after)
    if match is not None:
        reading.take(item.end, item.end + match.end(), "filter")
    return match is not None


def _beside_value(reading: Reading, item: Mention, values: Sequence[Mention]) -> bool:
    for value in values:
        if not related(item.dimension, value.dimension):
            continue
        gap = (
            reading.lower[item.end : value.start]
            if value.start >= item.end
            else reading.lower[value.end : item.start]
        )
        if _WHICH.search(reading.lower[: item.start]) and gap.strip() == "is":
            return False  # "which account is 300000000202" wants its row
        if re.fullmatch(r"[\s\"'`:=(]*(?:is|named|called|tag|key|the)?[\s\"'`:=(]*", gap):
            return True
    return any(
        related(item.dimension, known) and re.search(r"\d{12}\W*$|^\W*\d{12}|arn:aws", text)
        for known in _ids(reading)
        for text in (reading.lower[: item.start][-16:], reading.lower[item.end :][:16])
    )


def _ids(reading: Reading) -> list[str]:
    if ACCOUNT_ID.search(reading.lower):
        return ["sub_account_id"]
    return ["resource_id"] if ARN.search(reading.lower) else []


def related(one: str, other: str) -> bool:
    """Whether two dimensions are of one thing, such as an account's id and its name."""
    if one == other:
        return True
    if "service_name" in (one, other) and {one, other} & {
        "service_provider_name",
        "service_category",
    }:
        return False  # "AWS services" are services of AWS
    stem = ("sub_account_", "region_", "billing_account_", "service_", "resource_")
    return any(one.startswith(part) and other.startswith(part) for part in stem)


def _null_before(reading: Reading, before: str, item: Mention, view: CatalogueView) -> bool:
    head = before.rstrip()
    for match in phrases.NULLS.finditer(head):
        if match.end() == len(head):
            # "untagged services" are services without tags, "untagged team" is no team.
            if item.dimension not in view.keys and (
                match.group().startswith("un") or item.dimension == "resource_id"
            ):
                return False
            reading.take(*match.span(), "filter")
            return True
    return False
