"""A run as a page and as a table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from markupsafe import Markup

if TYPE_CHECKING:
    from rich.console import Console

__all__ = ["page", "print_report"]

_VERDICTS = ("exact", "wrong", "refused", "asked", "failed")


def print_report(out: Console, report: dict[str, Any], last: dict[str, Any] | None) -> None:
    """The table by category, and the measures."""
    from tagwright.blocks import Kind, grid
    from tagwright.render.terminal import print_blocks

    heads: list[tuple[str, Kind]] = [("Category", "text")]
    heads += [
        (name, "count")
        for name in ("Questions", *(verdict.capitalize() for verdict in _VERDICTS), "Last")
    ]
    before = (last or {}).get("by_category", {})
    rows = [
        _cells(category, counts, before.get(category))
        for category, counts in report["by_category"].items()
    ]
    rows += [
        _cells(f"({split})", counts, (last or {}).get("by_split", {}).get(split))
        for split, counts in report["by_split"].items()
    ]
    rows.append(_cells("Total", report["totals"], (last or {}).get("totals")))
    print_blocks(out, [grid(heads, rows)])
    out.print()
    for line in _measures(report):
        out.print(line)


def _cells(name: str, counts: dict[str, Any], before: dict[str, Any] | None) -> list[str]:
    said = ["" if not counts[verdict] else str(counts[verdict]) for verdict in _VERDICTS]
    then = "" if before is None else str(before["exact"])
    return [name, str(counts["questions"]), *said, then]


def _measures(report: dict[str, Any]) -> list[str]:
    totals = report["totals"]
    wrong = totals["wrong"] / totals["questions"]
    right = (
        f"Exact {totals['exact_share']:.1%}, wrong {wrong:.1%}; figures without a source: "
        f"{report['ungrounded']}; plans written without a person: {report['unapproved_writes']}."
    )
    fast = (
        f"An answer takes {report['seconds_p50'] * 1000:.0f} ms (p50), "
        f"{report['seconds_p95'] * 1000:.0f} ms (p95). Tool definitions have "
        f"{report['definition_tokens']:,} tokens, a result {report['result_tokens_p50']:,} (p50)."
    )
    return [right, fast]


_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>Tagwright evals</title>
<style>
:root {{ color-scheme: light dark; }}
body {{ font: 15px/1.5 system-ui, sans-serif; max-width: 70rem; margin: 2rem auto;
  padding: 0 1rem; }}
table {{ border-collapse: collapse; width: 100%; margin: 1rem 0; }}
th, td {{ text-align: left; padding: .3rem .6rem .3rem 0; border-bottom: 1px solid #8885;
  vertical-align: top; overflow-wrap: anywhere; }}
td.n, th.n {{ text-align: right; font-variant-numeric: tabular-nums; }}
.wrong, .failed {{ color: #c33; font-weight: 650; }}
details pre {{ white-space: pre-wrap; overflow-wrap: anywhere; font-size: .85em; }}
</style>
</head>
<body>
<h1>From a question to an exact figure</h1>
<p>{measures}</p>
<table><thead><tr><th>Category</th><th class="n">Questions</th>{heads}<th class="n">Last</th></tr>
</thead><tbody>{rows}</tbody></table>
<h2>What was not exact</h2>
{details}
</body>
</html>
"""


def page(report: dict[str, Any], last: dict[str, Any] | None) -> str:
    """The report as one HTML file; texts of answers are escaped."""
    before = (last or {}).get("by_category", {})
    rows = [
        _row(_cells(category, counts, before.get(category)))
        for category, counts in report["by_category"].items()
    ]
    rows.append(_row(_cells("Total", report["totals"], (last or {}).get("totals"))))
    details = [
        Markup(
            "<details><summary><b class='{v}'>{v}</b> {id}: {question}</summary>"
            "<p>{why}</p><pre>{answer}</pre></details>"
        ).format(
            v=item["verdict"], id=item["id"], question=item["question"], why=item["why"],
            answer=item["answer"],
        )
        for item in report["outcomes"]
        if item["verdict"] != "exact"
    ]  # fmt: skip
    heads = "".join(f'<th class="n">{verdict.capitalize()}</th>' for verdict in _VERDICTS)
    return _PAGE.format(
        measures=Markup("<br>").join(_measures(report)),
        heads=heads,
        rows=Markup("").join(rows),
        details=Markup("\n").join(details) or "<p>Nothing.</p>",
    )


def _row(cells: list[str]) -> Markup:
    head, *rest = cells
    return Markup("<tr><td>{}</td>{}</tr>").format(
        head, Markup("").join(Markup('<td class="n">{}</td>').format(cell) for cell in rest)
    )
