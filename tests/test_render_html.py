"""Blocks as HTML: no element but ours, whatever the data holds, and nothing from elsewhere."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from charts import chart, series
from tagwright.blocks import (
    Block,
    Cell,
    Column,
    Note,
    Proposal,
    Suggestions,
    Table,
    grid,
    sentence,
)
from tagwright.render.html import html, page
from tagwright.text import clean

OURS = {
    "div": {"class"}, "p": {"class"}, "span": {"class"}, "ul": set(), "ol": set(), "li": set(),
    "code": set(), "bdi": set(), "table": {"class"}, "thead": set(), "tbody": set(),
    "tfoot": set(), "tr": {"class"}, "th": {"class"}, "td": {"class", "data-head"},
}  # fmt: skip
CLASSES = {"answer", "scroll", "many", "n", "name", "name short", "soft", "question", "total",
           "card long"}  # fmt: skip
HOSTILE = [
    "<script>alert(1)</script>", "</div></table><img src=x onerror=alert(1)>", "\"'><b>",
    "&lt;b&gt;",
    "a\nb\x00", "\u202ecod", "{0} {inner} {{x}}", "javascript:alert(1)", "x" * 10_000,
    "]]>", "<!--",
    "(no value)", "", "\u0641\u0631\u064a\u0642",
]  # fmt: skip
NAMES = st.one_of(st.sampled_from(HOSTILE), st.text(max_size=40))


class Reader(HTMLParser):
    """The elements that are open, and the text of each that was closed."""

    def __init__(self, text: str, ours: dict[str, set[str]] = OURS) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.found: list[tuple[str, str]] = []
        self.texts: list[str] = []
        self.heads: list[str] = []
        self.ours = ours
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in self.ours, tag
        for name, value in attrs:
            assert name in self.ours[tag], (tag, name)
            assert name != "class" or value in CLASSES
            self.heads += [value or ""] if name == "data-head" else []
        self.open.append(tag)
        self.texts.append("")

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag
        text = self.texts.pop()
        self.found.append((tag, text))
        if self.texts:
            self.texts[-1] += text

    def handle_data(self, data: str) -> None:
        if self.texts:
            self.texts[-1] += data

    def handle_comment(self, data: str) -> None:
        pytest.fail(f"a comment: {data}")

    def handle_decl(self, decl: str) -> None:
        pytest.fail(f"a declaration: {decl}")

    def unknown_decl(self, data: str) -> None:
        pytest.fail(f"a declaration: {data}")

    def handle_pi(self, data: str) -> None:
        pytest.fail(f"an instruction: {data}")

    def all(self, tag: str) -> list[str]:
        return [text for name, text in self.found if name == tag]


def everywhere(name: str) -> list[Block]:
    cell, code = Cell(value=name, kind="name"), Cell(value=name, kind="code")
    money = Cell(value="5", kind="amount", unit=name)
    heads = (Column(title=name, kind="name"), Column(title=name, kind="amount"))
    return [
        sentence(name, cell, code, money), sentence(name, bullet="-"), sentence(cell, bullet="1."),
        Table(columns=heads, rows=((cell, money), (code, money)), totals=((cell, money),),
              row_count=9, what="rows", order=name),
        grid([(name, "name")] * 5, [[name] * 5]),  # type: ignore[list-item]
        Note(text=name), Note(text=name, kind="question"),
        Suggestions(intro=name, questions=(name,)),
        Proposal(plan=name, digest=name, amounts=(money,), commands=((name, name),)),
        chart("trend", ("a",), series(name, [None]), title=name),
    ]  # fmt: skip


@given(NAMES)
def test_no_element_but_ours_and_every_name_is_its_own_text(name: str) -> None:
    read = Reader(html(everywhere(name)))
    shown = clean(name)
    assert read.all("table")
    told = {"(no value)": '"(no value)"', "": "(empty)"}.get(shown, shown)
    if shown not in ("(absent)", "(none)"):
        assert [text for text in read.all("bdi") if text != told] == []
        assert told in read.all("code")
    assert {*read.heads} <= {*read.all("th")}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_page_has_one_style_sheet_and_asks_nobody_for_anything(name: str) -> None:
    text = page(name, everywhere(name))
    assert text.startswith("<!doctype html>\n<html lang=")
    start, end = text.index("<style>"), text.index("</style>")
    assert "url(" not in text[start:end]
    assert "@import" not in text[start:end]
    body = text[text.index("<header>") : text.index("</body>")]
    Reader(body, {**OURS, "header": set(), "h1": set(), "main": set()})
    for forbidden in ("<script", "<img", "<link", "<base"):
        assert forbidden not in text
    assert "default-src 'none'" in text


def test_figures_stand_at_the_right_and_totals_below() -> None:
    rows = tuple(
        (Cell(value=team, kind="name"), Cell(value=cost, kind="amount", unit="USD"))
        for team, cost in (("a", "1234.567"), ("b", "5"))
    )
    total = (Cell(value="Total"), Cell(value="1239.567", kind="amount", unit="USD"))
    heads = (Column(title="Team", kind="name"), Column(title="Cost", kind="amount"))
    found = str(html([Table(columns=heads, rows=rows, totals=(total,), row_count=9)]))
    assert '<th class="name">Team</th><th class="n">Cost (USD)</th>' in found
    assert '<td class="n" data-head="Cost (USD)">1,234.57</td>' in found
    assert '<tfoot><tr class="total"><td class="name short" data-head="Team">Total</td>' in found
    assert '<p class="soft">2 of 9 rows are shown.</p>' in found


def test_items_that_follow_each_other_are_one_list() -> None:
    items = [sentence("a", bullet="-"), sentence("b", bullet="-"), sentence("c", bullet="1.")]
    assert str(html([sentence("One."), *items])).split("\n") == [
        '<div class="answer"><p>One.</p>', "<ul><li>a</li>", "<li>b</li></ul>",
        "<ol><li>c</li></ol></div>",
    ]  # fmt: skip


def test_a_table_of_many_columns_knows_its_heads_on_a_phone() -> None:
    def found(columns: int) -> str:
        return html([grid([("C", "count")] * columns, [range(columns)])])  # type: ignore[list-item]

    assert '<table class="many">' in found(4)
    assert "<table>" in found(3)


def test_a_proposal_says_how_to_decide_unless_somebody_is_asked() -> None:
    plan = Proposal(plan="p_1", digest="d", commands=(("tagwright approve p_1", "asks"),))
    assert "<li><code>tagwright approve p_1</code>: asks</li>" in html([plan])
    assert "<li>" not in html([plan.model_copy(update={"asked": True})])


def test_nothing_to_say() -> None:
    assert str(html([])) == '<div class="answer"></div>'
    assert str(html([sentence(""), Table(columns=(), rows=())])) == '<div class="answer"></div>'
