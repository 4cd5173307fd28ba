"""Values of filters as the data spells them: as written or shown, an alias, an account's name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tagwright.errors import MisuseError, UnknownNameError
from tagwright.metrics import Filter, FilterOp, Query, compile_query
from tagwright.metrics.account_names import NAMED
from tagwright.metrics.aliases import OTHER_COLUMN, aliased
from tagwright.taxonomy.fold import fold_value
from tagwright.text import clean

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tagwright.builtin._arguments import FilterArgument
    from tagwright.context import ToolContext
    from tagwright.metrics import Dimension

__all__ = ["FilterValues"]

_NEAR_VALUES = 20_000
"""How many of a dimension's values, the most expensive ones, are searched for near spellings."""


class FilterValues:
    """Checks filters against the data of one call.

    Args:
        ctx: The call.
        dimension: Gives the dimension of a name.
        how: Which tables may be read, as the compiler takes it.
        notes: How a value was read is noted here, where that is not as it was written.
    """

    def __init__(
        self,
        ctx: ToolContext,
        dimension: Callable[[str], Dimension],
        how: Mapping[str, Any],
        notes: list[str],
    ) -> None:
        self._ctx = ctx
        self._dimension = dimension
        self._how = how
        self._notes = notes

    def checked(self, item: FilterArgument) -> Filter:
        """The filter with its dimension's own name and values that occur in the data.

        Raises:
            UnknownNameError: A dimension or value nobody knows; names the nearest.
            MisuseError: It has values where it takes none, or none where it needs some.
        """
        dimension = self._dimension(item.dimension)
        try:
            found = Filter(dimension=dimension.name, op=item.op, values=item.values)
        except ValueError:
            needs = "no" if item.values else "at least one of its"
            raise MisuseError(
                f"Filter on {dimension.name!r}: {item.op} needs {needs} values."
            ) from None
        if item.op in ("is_null", "not_null"):
            return found
        values = [text for value in item.values for text in self._known(dimension, item.op, value)]
        exact = item.op != "contains"
        return found.model_copy(
            update={"values": tuple(dict.fromkeys(values)), "exact": exact}
        )  # fmt: skip

    def _known(self, dimension: Dimension, op: FilterOp, value: str) -> list[str]:
        """The value as it is spelled in the data: as written where it occurs so, else as it does.

        Raises:
            UnknownNameError: It does not; names the nearest.
        """
        if spelled := self._spellings(dimension, op, value):
            return [value] if op == "contains" else spelled
        if op != "contains" and (spelled := self._of_key(dimension, op, value)):
            return spelled
        if op != "contains" and (spelled := self._called(dimension, value)):
            return spelled
        values = self._values(dimension)
        if copied := self._copied(dimension, value, values):
            return copied
        if op != "contains" and (meant := aliased(value, dimension.name, values)):
            return self._noted(dimension, value, meant)
        from tagwright.registry import nearest

        near = nearest(value, list(map(clean, values)))
        hint = "" if values else f"No charge has a {dimension.name}."
        raise UnknownNameError(dimension.name, clean(value), near, hint=hint)

    def _of_key(self, dimension: Dimension, op: FilterOp, value: str) -> list[str]:
        """A value of a taxonomy key by another spelling, or by what its aliases call it."""
        key = self._ctx.taxonomy.keys.get(dimension.key)
        if key is None or dimension.name != key.name:
            return []
        canonical = key.normalise(value)
        if canonical is not None and (spelled := self._spellings(dimension, op, canonical)):
            return spelled
        if canonical is not None and canonical in self._ctx.values_shown(key):
            self._notes.append(f"No charge has {dimension.name} {canonical!r}.")
            return [canonical]
        named = self._ctx.taxonomy.called(key, self._ctx.now).get(fold_value(value))
        spelled = self._spellings(dimension, op, named) if named is not None else []
        return self._noted(dimension, value, spelled) if spelled else []

    def _called(self, dimension: Dimension, value: str) -> list[str]:
        """Accounts and regions by their other column: an id's name, a name's id."""
        other = OTHER_COLUMN.get(dimension.name)
        if other is None:
            return []
        found = self._spellings(dimension, "in", value, by=self._dimension(other))
        return self._noted(dimension, value, found) if found else []

    def _copied(self, dimension: Dimension, value: str, values: list[str]) -> list[str]:
        """A value copied from an answer; of an account, ``name (id)``, its id or its name."""
        shown = {text: known for known in values for text in _as_shown(known)}
        if value in shown:
            return [shown[value]]
        other = OTHER_COLUMN.get(dimension.name)
        of = dimension.name if dimension.name in NAMED else other
        if of not in NAMED or not value.endswith(")"):
            return []
        query = Query(
            metrics=("charge_count",), group_by=(of, OTHER_COLUMN[of]), limit=_NEAR_VALUES,
        )  # fmt: skip
        compiled = compile_query(query, self._ctx.catalogue, **self._how)
        found = {
            str(name if dimension.name != of else known)
            for known, name, *_ in self._ctx.snapshot.query(compiled.sql, compiled.params).rows
            if name is not None and value.casefold() in _as_shown(f"{name} ({known})".casefold())
        }
        return sorted(found)

    def _noted(self, dimension: Dimension, value: str, found: list[str]) -> list[str]:
        meant = ", ".join(map(clean, found))
        self._notes.append(f"{clean(value)!r} is read as {dimension.name} {meant}.")
        return found

    def _spellings(
        self, dimension: Dimension, op: FilterOp, value: str, *, by: Dimension | None = None
    ) -> list[str]:
        """Values of the data that a filter's value finds; one of them where they are many.

        ``by`` is the dimension that the value is looked for in, where it is another.
        """
        test: FilterOp = "contains" if op == "contains" else "in"
        query = Query(
            metrics=("charge_count",),
            group_by=(dimension.name,),
            filters=(Filter(dimension=(by or dimension).name, op=test, values=(value,)),),
            limit=1 if op == "contains" else None,
        )
        compiled = compile_query(query, self._ctx.catalogue, **self._how)
        rows = self._ctx.snapshot.known(compiled.sql, compiled.params).rows
        return [str(row[0]) for row in rows if row[0] is not None]

    def _values(self, dimension: Dimension) -> list[str]:
        query = Query(
            metrics=("charge_count",), group_by=(dimension.name,), limit=_NEAR_VALUES,
        )  # fmt: skip
        compiled = compile_query(query, self._ctx.catalogue, **self._how)
        rows = self._ctx.snapshot.query(compiled.sql, compiled.params).rows
        return [str(row[0]) for row in rows if row[0] is not None]


def _as_shown(value: str) -> tuple[str, str]:
    """A name as Markdown and as a terminal show it: hidden characters spelled out."""
    from tagwright.render.markdown import escaped  # slow to import, and rarely asked

    return escaped(clean(value)), clean(value)
