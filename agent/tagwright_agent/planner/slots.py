"""What a question was understood to ask: slots, or why it was not understood."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any, Literal

__all__ = ["Intent", "Slots", "Unclear"]

Intent = Literal[
    "cost", "share", "count", "explain", "coverage", "describe", "propose", "plans", "workloads",
    "unit", "allocate", "average",
]  # fmt: skip


@dataclass
class Slots:
    """One question.

    Attributes:
        intent: What is wanted.
        metric: Metric's name; empty for the default.
        group_by: Dimensions, in the order said.
        filters: ``{"dimension", "op", "values"}``, as the tools take them.
        period: ``START/END`` or a label that the tools resolve; empty where none was said.
        compare_to: Second period, ``previous_period`` or ``previous_year``; empty for none.
        limit: How many rows; 0 for the tool's own.
        order: ``desc``, ``asc``, or ``top``: the largest first also where times are grouped by.
        keys: Taxonomy keys that coverage or fixes are asked of.
        part: Of coverage: only groups with some of this part, e.g. ``untagged``.
        resources: Whether coverage counts resources rather than cost.
        plan: Id of a plan.
        fresh: A description is asked for its freshness.
        focus: Of a share: ``{"dimension", "values"}`` that it is the share of.
        show: Which rows of the catalogue of workloads, as the tool takes it; empty for all.
        form: Of those, of which form: ``endpoint``, ``job``, …
        work: Of those, for what: ``training``, ``inference``, …
        notes: What was taken for what, where a reader should know.
    """

    intent: Intent = "cost"
    metric: str = ""
    group_by: list[str] = field(default_factory=list)
    filters: list[dict[str, Any]] = field(default_factory=list)
    period: str = ""
    compare_to: str = ""
    limit: int = 0
    order: str = "desc"
    keys: list[str] = field(default_factory=list)
    part: str = ""
    resources: bool = False
    plan: str = ""
    fresh: bool = False
    focus: dict[str, Any] = field(default_factory=dict)
    show: str = ""
    form: str = ""
    work: str = ""
    notes: list[str] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        """JSON, kept beside the tool call."""
        return asdict(self)

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Slots:
        """The inverse of :meth:`as_dict`."""
        return cls(**data)


@dataclass(eq=False)
class Unclear(Exception):  # noqa: N818  it is an answer, not an error
    """The question cannot be planned.

    Attributes:
        status: ``clarify`` (a question back) or ``refused``.
        text: What to say.
        choice: What an answer may settle: ``{"value", "dimensions"}``; empty for nothing.
        questions: What can be asked instead.
    """

    status: Literal["clarify", "refused"]
    text: str
    choice: dict[str, Any] = field(default_factory=dict)
    questions: tuple[str, ...] = ()
