"""Random questions of every frame, of what the view of the tests can name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

from planner_view import VIEW
from tagwright_agent.planner.frames.allocation import Allocation
from tagwright_agent.planner.frames.changes import Changes
from tagwright_agent.planner.frames.costs import costs
from tagwright_agent.planner.frames.coverage import Coverage
from tagwright_agent.planner.frames.data import Data
from tagwright_agent.planner.frames.fixes import Fixes
from tagwright_agent.planner.frames.owners import Owners
from tagwright_agent.planner.frames.plans import Plans
from tagwright_agent.planner.frames.units import Units
from tagwright_agent.planner.frames.workloads import Workloads
from tagwright_agent.planner.question import Filter, Question, Scope

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["QUESTIONS"]

METRICS = sorted(name for name, _ in VIEW.metrics)
KEYS = sorted(VIEW.keys)
_NOT_YET = {"growth", "production", "US East (N. Virginia)", "invoice_issuer_name"}
"""Names that are read as something else too, in some place of a question."""
VALUED = sorted({name for name, item in VIEW.dimensions.items() if item.values} - _NOT_YET)
THINGS = sorted({*VALUED, *KEYS, "resource_id", "x_ai_model_id"})
TIMES = ["day", "week", "month", "quarter"]
PERIODS = ["2026-10", "2026-08", "2026-Q3", "2025", "2026-09-14", "2026-09-05/2026-09-21"]


@st.composite
def _filter(draw: st.DrawFn, most: int = 2, of: Sequence[str] | None = None) -> Filter:
    """One condition; of values that are kept at most ``most``, of these dimensions alone."""
    op = draw(st.sampled_from(("in", "not_in", "is_null") if of is None else ("in", "not_in")))
    if op == "is_null":
        return Filter(dimension=draw(st.sampled_from(KEYS)), op=op)
    dimension = draw(st.sampled_from(of or VALUED))
    values = st.sampled_from([v for v in VIEW.dimensions[dimension].values if v not in _NOT_YET])
    several = most if op == "in" else 2
    said = draw(st.lists(values, min_size=1, max_size=several, unique=True))
    return Filter(dimension=dimension, op=op, values=tuple(said))


def _filters(
    least: int = 0, most: int = 2, of: Sequence[str] | None = None
) -> st.SearchStrategy[tuple[Filter, ...]]:
    each = st.lists(
        _filter(most, of), min_size=least, max_size=2, unique_by=lambda item: item.dimension
    )
    return each.map(tuple)


def _some(names: list[str], most: int, least: int = 0) -> st.SearchStrategy[tuple[str, ...]]:
    return st.lists(st.sampled_from(names), min_size=least, max_size=most, unique=True).map(tuple)


def scopes(**fields: st.SearchStrategy[Any]) -> st.SearchStrategy[Scope]:
    """Scopes of these fields; filters and a period besides."""
    return st.builds(Scope, **{"filters": _filters(), "period": _maybe(PERIODS), **fields})


def _maybe(values: list[Any], nothing: Any = "") -> st.SearchStrategy[Any]:
    return st.sampled_from([nothing, *values])


def _grouped(things: list[str], times: list[str]) -> st.SearchStrategy[tuple[str, ...]]:
    """Things, and a unit of time behind them."""
    timed = st.tuples(_some(things, 1), _some(times, 1)).map(lambda two: two[0] + two[1])
    return _some(things, 2) | timed


_PLAIN = scopes(
    metrics=_some(METRICS, 1),
    groups=_grouped([*THINGS, "tag:Owner"], TIMES),
    filters=_filters(most=1),
)
_RANKED = scopes(
    filters=_filters(most=1),    metrics=_some(METRICS, 1), groups=_some(THINGS, 2, 1),
    order=_maybe(["asc"]), limit=st.integers(1, 12),
)  # fmt: skip
_COMPARED = scopes(
    filters=_filters(most=1),    metrics=_some(METRICS, 1), groups=_some(THINGS, 1), period=st.sampled_from(["2026-10", "2026-09"]),
    compare_to=st.sampled_from(["previous_period", "previous_year", "2026-08"]),
)  # fmt: skip
_OVER = scopes(
    filters=_filters(most=1), groups=_some(THINGS, 1, 1),
    having=st.sampled_from([">500", ">=500", "<20", "<=20.5", "100..500"]),
)  # fmt: skip
_FOCUS = _filter().filter(
    lambda item: item.op != "not_in" and item.dimension != "billing_currency"  # is no part
)

QUESTIONS: dict[str, st.SearchStrategy[Question]] = {
    "costs": st.builds(costs, _PLAIN),
    "ranked": st.builds(costs, _RANKED),
    "compared": st.builds(costs, _COMPARED),
    "over": st.builds(costs, _OVER),
    "counted": st.builds(costs, scopes(groups=_some(THINGS, 1, 1)), show=st.just("count")),
    "share": st.builds(
        costs, scopes(filters=st.just(())), show=st.just("share"), focus=_FOCUS
    ),
    "average": st.sampled_from(TIMES).flatmap(
        lambda grain: st.builds(
            costs, scopes(groups=st.just((grain,))), show=st.just("average"), grain=st.just(grain)
        )
    ),
    "pace": st.builds(costs, scopes(period=st.just("2026-11")), show=st.just("pace")),
    "year": st.builds(costs, scopes(groups=st.just(("month",))), show=st.just("year")),
    "changes": st.builds(
        Changes,
        scope=scopes(
            metrics=_some(METRICS, 1), groups=_some(THINGS, 1), period=st.sampled_from(["2026-10", "2026-09"]),
            compare_to=st.sampled_from(["previous_period", "2026-08"]),
        ),
    ),
    "coverage": st.builds(
        Coverage, scope=scopes(groups=_some(THINGS, 1), filters=_filters(of=VALUED)), keys=_some(KEYS, 2),
    ),
    "allocation": st.sampled_from(KEYS).flatmap(
        lambda key: st.builds(
            Allocation,
            scope=scopes(
                groups=st.just((key,)), filters=_filters(of=[n for n in VALUED if n != key])
            ),
            target=_maybe(list(VIEW.dimensions[key].values)),
        )
    ),
    "owners": st.builds(Owners, scope=scopes(groups=st.just(("team",)), filters=_filters(1))),
    "units": st.builds(
        Units,
        scope=scopes(
            groups=_grouped([*KEYS, "x_ai_model_id"], ["day", "month"]),
            filters=_filters(of=["team", "product", "customer", "service_provider_name"]),
        ),
    ),
    "workloads": st.builds(
        Workloads, scope=scopes(filters=_filters(of=VALUED)),
        show=_maybe(["new", "untagged", "no_team", "no_product"]),
        form=_maybe(["endpoint", "job", "pipeline"]), work=_maybe(["training", "inference", "fine-tuning"]),
    ),
    "fixes": st.builds(
        Fixes, scope=scopes(filters=_filters(of=VALUED)),
        keys=_some(KEYS, 2),
    ),
    "data": st.one_of(
        st.builds(Data, about=st.sampled_from(["", "fresh"])),
        st.builds(Data, about=st.just("values"), dimension=st.sampled_from([*THINGS, "tags"])),
    ),
    "plans": st.builds(Plans, plan=_maybe(["plan-20261123-ab12cd34ef"])),
}  # fmt: skip
