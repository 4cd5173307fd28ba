"""A run as a page and as a table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from tagwright.blocks import loaded
from tagwright.render.html import html, style

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
    if report["dialogues"]["dialogues"]:
        heads[:2] = [("Dialogues", "text"), ("Turns", "count")]
        print_blocks(out, [grid(heads, _dialogue_rows(report, last))])
        out.print()
    for line in _measures(report):
        out.print(line)


def _cells(name: str, counts: dict[str, Any], before: dict[str, Any] | None) -> list[str]:
    said = ["" if not counts[verdict] else str(counts[verdict]) for verdict in _VERDICTS]
    then = "" if before is None else str(before["exact"])
    return [name, str(counts["questions"]), *said, then]


def _dialogue_rows(report: dict[str, Any], last: dict[str, Any] | None) -> list[list[str]]:
    """By category, by person, in all."""
    now, then = report["dialogues"], (last or {}).get("dialogues", {})
    rows = [
        _cells(name if part == "by_category" else f"({name})", counts,
               then.get(part, {}).get(name))
        for part in ("by_category", "by_person", "by_split")
        for name, counts in now[part].items()
    ]  # fmt: skip
    return [*rows, _cells("Total", now["totals"], then.get("totals"))]


def _measures(report: dict[str, Any]) -> list[str]:
    said = [
        f"{what}: exact {totals['exact_share']:.1%}, wrong "
        f"{totals['wrong'] / totals['questions']:.1%} of {totals['questions']:,}."
        for what, totals in (
            ("Questions", report["totals"]), ("Turns of dialogues", report["dialogues"]["totals"])
        )
        if totals["questions"]
    ]  # fmt: skip
    if talks := report["dialogues"]["dialogues"]:
        said.append(f"Dialogues with every turn right: {report['dialogues']['whole']} of {talks}.")
    safe = (
        f"Figures without a source: "
        f"{report['ungrounded']}; plans written without a person: {report['unapproved_writes']}."
    )
    fast = (
        f"An answer takes {report['seconds_p50'] * 1000:.0f} ms (p50), "
        f"{report['seconds_p95'] * 1000:.0f} ms (p95). Tool definitions have "
        f"{report['definition_tokens']:,} tokens, a result {report['result_tokens_p50']:,} (p50)."
    )
    return [*said, safe, fast]


_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>Tagwright evals</title>
<style>
{style}
.wrong, .failed {{ color: var(--bad); font-weight: 650; }}
details pre {{ white-space: pre-wrap; overflow-wrap: anywhere; font-size: .85em; }}
details .answer {{ border-left: 1px solid var(--line); padding-left: 1rem; margin-bottom: 1rem; }}
</style>
</head>
<body>
<header><h1>From a question to an exact figure</h1></header>
<main>
<p>{measures}</p>
<table><thead><tr><th>Category</th><th class="n">Questions</th>{heads}<th class="n">Last</th></tr>
</thead><tbody>{rows}</tbody></table>
<h2>Dialogues, turn by turn</h2>
<table><thead><tr><th>Kind or person</th><th class="n">Turns</th>{heads}<th class="n">Last</th></tr>
</thead><tbody>{talks}</tbody></table>
<h2>What was not exact</h2>
{details}
</main>
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
            "<p>{why}</p>{answer}</details>"
        ).format(
            v=item["verdict"], id=item["id"], question=item["question"], why=item["why"],
            answer=_answer(item),
        )
        for item in report["outcomes"]
        if item["verdict"] != "exact"
    ]  # fmt: skip
    talks = Markup("").join(map(_row, _dialogue_rows(report, last)))
    heads = "".join(f'<th class="n">{verdict.capitalize()}</th>' for verdict in _VERDICTS)
    return _PAGE.format(
        style=style(),
        measures=Markup("<br>").join(_measures(report)),
        heads=heads,
        rows=Markup("").join(rows),
        talks=talks if report["dialogues"]["dialogues"] else "",
        details=Markup("\n").join(details) or "<p>Nothing.</p>",
    )


def _answer(item: dict[str, Any]) -> Markup:
    """As its reader saw it; the text of an agent that gives no blocks as it stands."""
    if item["blocks"]:
        return html(loaded(item["blocks"]))
    return Markup("<pre>{}</pre>").format(item["answer"])


def _row(cells: list[str]) -> Markup:
    head, *rest = cells
    return Markup("<tr><td>{}</td>{}</tr>").format(
        head, Markup("").join(Markup('<td class="n">{}</td>').format(cell) for cell in rest)
    )
