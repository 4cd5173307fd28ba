"""The app of costs in a host, in the Chromium of this machine: exact, whole, and harmless."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from apps_host import BROWSER, ORDER, SCRIPT, Frame, frame, told
from sample_home import many, sample, tool_result
from tagwright_mcp.apps import APPS, document

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["frame"]

pytestmark = [BROWSER, pytest.mark.slow]  # a browser starts
TAXONOMY = """
version: 1
keys:
  team: {layer: business, required: true, values: {search: [], ads: [], ml: []}}
"""


def costs(*rows: tuple[str | None, str], currency: str = "USD", **more: Any) -> dict[str, Any]:
    return told(
        rows=[{"service_name": n, "currency": currency, "effective_cost": c} for n, c in rows],
        totals=[{"currency": currency, "effective_cost": "9.00"}],
        **more,
    )


def daily(*rows: tuple[str, str]) -> dict[str, Any]:
    return told(
        rows=[{"day": day, "currency": "USD", "effective_cost": cost} for day, cost in rows],
        totals=[{"currency": "USD", "effective_cost": "9.00"}],
    )


@pytest.mark.parametrize("width", [320, 800])
def test_a_result_is_drawn_and_nothing_leaves_the_frame(frame: Frame, width: int) -> None:
    given = costs(("Amazon EC2", "1234.567"), (SCRIPT, "2.00"), (ORDER, "-1.00"), (None, "0.00"),
                  ("long-" * 60, "3.00"), currency="<b>USD</b>",
                  notes=[SCRIPT], receipt="rcp_0123")  # fmt: skip
    frame.open(document("costs"), given, width=width)
    text = frame.run("document.body.innerText")
    assert SCRIPT in text
    assert "rcp_0123" in text
    assert "9.00 <b>USD</b>" in text
    shown = frame.run("[...document.querySelectorAll('svg text')].map((one) => one.textContent)")
    assert {"Amazon EC2", "1,234.57", "2.00", "-1.00", "(no value)"} <= set(shown)
    assert frame.run("document.querySelectorAll('rect.mark').length") == 5
    assert frame.run("document.documentElement.scrollWidth") == width
    assert frame.run("document.querySelectorAll('img, b, iframe, a').length") == 0
    assert frame.run("typeof ran") == "undefined"
    assert (frame.requests(), frame.run("broken")) == ([], [])
    # The recorders do record: what a name could try is stopped by the document's own policy.
    frame.run("""document.body.insertAdjacentHTML('beforeend',
        '<img src="http://127.0.0.1:9/y" onerror="self.ran = 1"><b style="color: red">x</b>')""")
    assert frame.run("fetch('http://127.0.0.1:9/z').catch(() => 'stopped')") == "stopped"
    broken = set(frame.run("new Promise((done) => setTimeout(() => done(broken), 100))"))
    assert broken == {"http://127.0.0.1:9/y", "http://127.0.0.1:9/z", "inline"}
    assert frame.run("typeof ran") == "undefined"


def test_exact_figures_by_arrow_keys_and_a_table_that_sorts_exactly(frame: Frame) -> None:
    frame.open(document("costs"), costs(
        ("a", "10000000000000000000.01"), ("b", "10000000000000000000.02"), ("c", "-0.001"),
    ))  # fmt: skip
    frame.run("document.querySelector('svg').focus()")
    frame.press("ArrowDown")
    frame.press("End")
    said = frame.run("document.querySelector('.say').textContent")
    assert said == "-0.001 USD: c"
    assert ">-0.01" in frame.run("document.querySelector('svg').textContent")
    frame.run(
        "[...document.querySelectorAll('button')].find((b) => b.textContent === 'Table').click()"
    )
    rows = "[...document.querySelectorAll('tbody tr')].map((one) => one.innerText.split('\\t'))"
    assert frame.run(rows)[0] == ["a", "10,000,000,000,000,000,000.01"]
    frame.run("document.querySelectorAll('th button')[1].focus()")
    frame.press("Enter")
    assert [name for name, _ in frame.run(rows)] == ["b", "a", "c"]
    frame.press("Enter")  # the heading still has the focus
    assert [name for name, _ in frame.run(rows)] == ["c", "a", "b"]
    assert frame.run("document.querySelector('th[aria-sort]').ariaSort") == "ascending"


def test_pointing_says_the_figure_and_the_chart_follows_the_width(frame: Frame) -> None:
    frame.open(document("costs"), costs(("a", "3.125"), ("b", "1.50")))
    box = frame.run("(({ x, y }) => [x, y])(document.querySelectorAll('rect')[1]"
                    ".getBoundingClientRect())")  # fmt: skip
    frame.send("Input.dispatchMouseEvent", type="mouseMoved", x=box[0] + 3, y=box[1] + 3)
    said = "document.querySelector('.say').textContent"
    assert frame.run(f"new Promise((done) => setTimeout(() => done({said}), 50))") == "1.50 USD: b"
    view = "document.querySelector('svg').getAttribute('viewBox').split(' ')[2]"
    assert frame.run(view) == "768"
    frame.resize(320)
    assert frame.run(f"new Promise((done) => setTimeout(() => done({view}), 100))") == "288"


def test_a_day_without_a_row_is_a_gap(frame: Frame) -> None:
    days = (("2026-02-27", "1.00"), ("2026-02-28", "2.00"), ("2026-03-02", "4.00"),
            ("2026-03-03", "0.00"))  # fmt: skip
    frame.open(document("costs"), daily(*days))
    path = frame.run("document.querySelector('path.line').getAttribute('d')")
    assert [step[0] for step in path.replace("L", " L").replace("M", " M").split()
            if step[0] in "ML"] == ["M", "L", "M", "L"]  # fmt: skip
    assert frame.run("document.querySelectorAll('circle.mark').length") == 4
    assert "unknown, not zero" in frame.run("document.body.innerText")
    frame.open(document("costs"), daily(("2026-02-28", "2.00"), ("2026-03-01", "4.00")))
    assert "unknown" not in frame.run("document.body.innerText")


def test_times_between_are_known_for_every_grain(frame: Frame) -> None:
    frame.open(document("costs"), daily(("2026-02-28", "2.00")))

    def between(grain: str, *seen: str) -> list[str]:
        return list(frame.run(f"everyTime('{grain}', new Set({json.dumps(seen)}))"))

    assert between("week", "2027-W02", "2026-W52") == [
        "2026-W52",
        "2026-W53",
        "2027-W01",
        "2027-W02",
    ]
    assert between("month", "2025-12", "2026-02") == ["2025-12", "2026-01", "2026-02"]
    assert between("quarter", "2025-Q4", "2026-Q2") == ["2025-Q4", "2026-Q1", "2026-Q2"]
    assert between("year", "2024", "2026") == ["2024", "2025", "2026"]
    assert len(between("day", "2024-02-28", "2024-03-01")) == 3
    assert between("day", "not a day", "2026-01-01") == ["2026-01-01", "not a day"]


@pytest.mark.parametrize(
    ("tool", "arguments", "drawn"),
    [
        ("query_costs", {"group_by": ["service"]}, "rect"),
        ("query_costs", {"metric": "list_cost", "group_by": ["week"]}, "circle"),
        ("query_costs", {"group_by": ["month", "service"], "limit": 100}, "circle"),
        ("query_costs", {"metric": "unit_price", "group_by": ["service", "consumed_unit"]}, "rect"),
        ("explain_change", {"period": "2026-09"}, "rect"),
        ("tag_coverage", {"group_by": ["service"]}, "rect"),
        ("allocate_costs", {"dimension": "team"}, "rect"),
    ],
)
def test_what_each_tool_gives_is_drawn(
    frame: Frame, home: Path, tool: str, arguments: dict[str, Any], drawn: str
) -> None:
    result = tool_result(sample(home, many(120), taxonomy=TAXONOMY), tool, arguments)
    assert tool in APPS["costs"]
    given = {"content": [], "structuredContent": result.model_dump(mode="json")}
    frame.open(document("costs"), given, width=320)
    units = {(row.get("currency"), row.get("consumed_unit")) for row in result.rows}
    assert len(units) >= 2
    assert frame.run(f"document.querySelectorAll('{drawn}.mark').length") >= len(units)
    for choice in range(frame.run("document.querySelectorAll('option').length")):
        frame.run(
            "(() => { const one = document.querySelector('select');"
            f" one.selectedIndex = {choice}; one.dispatchEvent(new Event('change')); }})()"
        )
        assert "NaN" not in frame.run("document.getElementById('chart').innerHTML")
    for total in result.totals:
        assert f" {total['currency']}" in frame.run("document.body.innerText")
    assert frame.run("document.documentElement.scrollWidth") == 320
    assert (frame.faults(), frame.requests(), frame.run("broken")) == ([], [], [])


def test_unit_costs_without_a_price_are_unknown(frame: Frame) -> None:
    row = {"requests": 10, "tokens": 5000, "cost_per_request": "0.0125"}
    only = {"cost_per_million_output_tokens": "15.000000000"}  # no total has it
    frame.open(document("costs"), told(
        rows=[{"model": "a", "currency": "USD", "priced_cost": "0.125", **row, **only},
              {"model": "b", "currency": "USD", **row, "priced_cost": None,
               "cost_per_request": None}],
        totals=[{"currency": "USD", "priced_cost": "0.125", **row}],
    ))  # fmt: skip
    shown = frame.run("[...document.querySelectorAll('svg text')].map((one) => one.textContent)")
    assert shown == ["a", "0.12", "b", "unknown"]
    assert frame.run("document.querySelectorAll('rect.mark').length") == 1
    assert "Cost per request 0.0125 USD" in frame.run("document.body.innerText")


def test_currencies_never_share_an_axis(frame: Frame) -> None:
    both = [
        {"service_name": "x", "currency": one, "effective_cost": "5.00"} for one in ("EUR", "USD")
    ]
    totals = [{"currency": one, "effective_cost": "5.00"} for one in ("EUR", "USD")]
    frame.open(document("costs"), told(rows=both, totals=totals))
    assert frame.run("[...document.querySelectorAll('h2')].map((one) => one.textContent)") == [
        "EUR",
        "USD",
    ]
    assert frame.run("document.querySelectorAll('#chart > svg').length") == 2
    totals_shown = "[...document.querySelectorAll('.total')].map((one) => one.textContent)"
    assert frame.run(totals_shown) == [
        "5.00 EUR Effective cost in all",
        "5.00 USD Effective cost in all",
    ]


def test_the_theme_is_the_host_s(frame: Frame) -> None:
    ground = "getComputedStyle(document.body).backgroundColor"
    frame.open(document("costs"), costs(("a", "1.00")), theme="dark")
    assert frame.run(ground) == "rgb(25, 33, 42)"
    change = {"method": "ui/notifications/host-context-changed", "params": {"theme": "light"}}
    frame.outside(f"send({json.dumps(change)})")
    assert frame.run(ground) == "rgb(255, 255, 255)"
    frame.outside("send({ id: 'x', method: 'ui/resource-teardown', params: {} })")
    answer = "log.find((one) => one.id === 'x').result"
    assert frame.outside(f"new Promise((done) => setTimeout(() => done({answer}), 50))") == {}


def test_the_host_is_told_how_high_it_is(frame: Frame) -> None:
    frame.open(document("costs"), costs(*[(f"service {n}", "1.00") for n in range(20)]))
    sizes = frame.until("ui/notifications/size-changed")
    assert sizes[-1]["height"] == frame.run(
        "Math.ceil(document.getElementById('app').getBoundingClientRect().height)"
    )
    assert sizes[-1]["height"] > 500


def test_failures_and_results_without_rows_are_text(frame: Frame) -> None:
    failed = {"isError": True, "content": [{"type": "text", "text": f"Unknown {SCRIPT}"}]}
    frame.open(document("costs"), failed)
    assert frame.run("document.body.innerText.trim()") == f"Unknown {SCRIPT}"
    frame.open(document("costs"), {"content": [{"type": "text", "text": "a host kept the rest"}]})
    assert frame.run("document.body.innerText.trim()") == "a host kept the rest"
    frame.open(document("costs"), told(rows=[], notes=["Nothing was spent."]))
    assert "No rows." in frame.run("document.body.innerText")
