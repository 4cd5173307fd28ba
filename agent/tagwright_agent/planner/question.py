"""What a question was understood to ask: a scope that all frames share, and what is a frame's own."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict

__all__ = ["Filter", "Question", "Scope", "Unclear", "cannot", "unsure"]


class Filter(BaseModel):
    """One condition, as the tools take it."""

    model_config = ConfigDict(frozen=True)

    dimension: str
    op: str = "in"
    values: tuple[str, ...] = ()

    def argument(self) -> dict[str, Any]:
        """JSON, whole: a tool's defaults are said too."""
        return {"dimension": self.dimension, "op": self.op, "values": list(self.values)}


class Scope(BaseModel):
    """Of what, when, by what: what is empty was not said.

    Attributes:
        metrics: Names of metrics, in the order said.
        groups: Dimensions and units of time, in the order said.
        filters: All must hold.
        period: ``START/END`` or a label that the tools resolve.
        guessed: That period where nobody said it: it does not go on.
        compare_to: A second period, ``previous_period`` or ``previous_year``.
        limit: How many rows.
        order: ``desc`` where the largest were asked for, ``asc`` the smallest.
        having: Threshold on the first metric, as ``query_costs`` takes it.
        currency: Currency to convert into.
        notes: What was taken for what, where a reader should know.
    """

    model_config = ConfigDict(frozen=True)

    metrics: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    filters: tuple[Filter, ...] = ()
    period: str = ""
    guessed: str = ""
    compare_to: str = ""
    limit: int = 0
    order: Literal["", "desc", "asc"] = ""
    having: str = ""
    currency: str = ""
    notes: tuple[str, ...] = ()

    @property
    def metric(self) -> str:
        """The first metric; empty for the default."""
        return self.metrics[0] if self.metrics else ""

    def filter_arguments(self) -> list[dict[str, Any]]:
        """The filters as JSON."""
        return [item.argument() for item in self.filters]

    def on(self, dimension: str) -> Filter | None:
        """The first filter on a dimension."""
        return next((item for item in self.filters if item.dimension == dimension), None)

    def but(self, **changes: Any) -> Self:
        """A copy with these fields instead."""
        return self.model_copy(update=changes)


class Question(BaseModel):
    """One question; each frame has its own type of it, with what only it asks.

    Attributes:
        frame: Name of the frame that reads, calls and words it.
        scope: Of what, when, by what.
        receipt: Whether the answer's receipt is asked for.
        top: The first row of its answer, where one was asked for: what "it" and "they" mean next.
        rows: Those that its answer showed, in that order: what "the second one" means next.
        unknown: Words of it that nobody understood: it was refused, and is not asked as it stands.
        many: Several rows were asked for: "they" are all of them, not the first.
    """

    model_config = ConfigDict(frozen=True)

    frame: str
    scope: Scope = Scope()
    receipt: bool = False
    top: Filter | None = None
    rows: tuple[Filter, ...] = ()
    unknown: tuple[str, ...] = ()
    many: bool = False

    def but(self, **changes: Any) -> Self:
        """A copy with these fields instead."""
        return self.model_copy(update=changes)

    def within(self, **changes: Any) -> Self:
        """A copy with these fields of its scope instead."""
        return self.but(scope=self.scope.but(**changes))


@dataclass(eq=False)
class Unclear(Exception):  # noqa: N818  it is an answer, not an error
    """The question cannot be planned.

    Attributes:
        status: ``clarify`` (a question back) or ``refused``.
        text: What to say.
        choice: What an answer may settle: ``{"value", "dimensions"}``; empty for nothing.
        questions: What can be asked instead.
        partial: What of it was understood; None for nothing.
        timeless: The scope, where a time is all that it lacks.
    """

    status: Literal["clarify", "refused"]
    text: str
    choice: dict[str, Any] = field(default_factory=dict)
    questions: tuple[str, ...] = ()
    partial: Question | None = None
    timeless: Scope | None = None


def unsure(text: str, choice: dict[str, Any] | None = None, **more: Any) -> Unclear:
    """A question back."""
    return Unclear("clarify", text, choice or {}, **more)


def cannot(text: str, **more: Any) -> Unclear:
    """A refusal."""
    return Unclear("refused", text, **more)
