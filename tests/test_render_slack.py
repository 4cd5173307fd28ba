"""Blocks as Slack messages: within every documented limit, and nothing of the data is markup."""

from __future__ import annotations

import doctest
import json
import re
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from charts import chart, series
from effort import examples
from slack_limits import assert_slack_takes, assert_text_is_plain, texts_of
from tagwright.blocks import Block, Cell, Column, Note, Proposal, Suggestions, Table, grid, sentence
from tagwright.render import slack, slack_data, slack_text
from tagwright.render.figures import cell_text, column_texts
from tagwright.render.slack import slack_messages, text_messages

HOSTILE = (
    "<!channel>", "<@U1>", "<https://evil.example|bill>", "*b* _i_ ~s~ `c` ```f```", ":tada:",
    "a\nb", "\u202etxt", "> quote", "&lt;!here&gt;", "@everyone", "x" * 10_000, "&" * 10_000,
    "(no value)", "", "https://evil.example", "``", "\u0627\u0644\u0641\u0631\u064a\u0642",
)  # fmt: skip


def slack_shows(*blocks: Block) -> list[dict[str, Any]]:
    """The messages, after all that holds of every one was asserted."""
    messages = slack_messages(blocks)
    for message in messages:
        assert_slack_takes(message)
        for one in (message, *text_messages(message)):
            assert_text_is_plain(one)
            assert len(one["text"]) <= 4000
    return messages


NAMES = st.one_of(st.sampled_from(HOSTILE), st.text(max_size=30))
AMOUNTS = st.decimals(
    min_value=-(10**24), max_value=10**24, places=4, allow_nan=False, allow_infinity=False
)


@st.composite
def tables(draw: st.DrawFn) -> Table:
    columns = draw(st.lists(st.sampled_from(["name", "code", "amount", "count", "ratio"]),
                            min_size=1, max_size=45))  # fmt: skip
    pool = draw(st.lists(NAMES, min_size=1, max_size=4))
    units = draw(st.sampled_from([("USD",), ("USD", "EUR"), ("u" * 4000,), ("<!here>", "USD")]))
    money = draw(st.lists(st.none() | AMOUNTS, min_size=1, max_size=5))
    count = draw(st.integers(0, 260 if len(columns) < 6 else 12))

    def cell(row: int, place: int) -> Cell:
        kind, at = columns[place], row + place
        if kind in ("name", "code"):
            return Cell(value=pool[at % len(pool)], kind=kind)
        if kind == "count":
            return Cell(value=at * 977, kind=kind)
        number = money[at % len(money)]
        value = None if number is None else str(number)
        return Cell(value=value, kind=kind, unit="" if kind == "ratio" else units[at % len(units)])

    heads = [Column(title=draw(NAMES), kind=kind) for kind in columns]
    rows = tuple(tuple(cell(row, at) for at in range(len(columns))) for row in range(count))
    return Table(
        columns=tuple(heads), rows=rows[:-1], totals=rows[-1:],
        row_count=count + draw(st.integers(0, 5)),
    )  # fmt: skip


@st.composite
def drawings(draw: st.DrawFn) -> Block:
    labels = draw(st.lists(NAMES, max_size=24))
    line = st.lists(st.none() | AMOUNTS, min_size=len(labels), max_size=len(labels))
    kind = draw(st.sampled_from(["trend", "stack", "ranked", "pareto", "change"]))
    lines = [series(draw(NAMES), draw(line)) for _ in range(draw(st.integers(1, 8)))]
    return chart(kind, tuple(labels), *lines, title=draw(NAMES), unit=draw(NAMES))


BLOCKS = st.lists(
    st.one_of(
        st.builds(lambda a, b, c: sentence(a, Cell(value=b, kind=c)), NAMES, NAMES,
                  st.sampled_from(["name", "code", "text"])),
        tables(), drawings(),
        st.builds(lambda text, kind: Note(text=text, kind=kind), NAMES,
                  st.sampled_from(["note", "question"])),
        st.builds(lambda plan, command: Proposal(plan=plan, digest="d", commands=(command,) * 60),
                  NAMES, st.tuples(NAMES, NAMES)),
        st.builds(lambda text, asks: Suggestions(intro=text, questions=tuple(asks)), NAMES,
                  st.lists(NAMES, max_size=4)),
    ),
    max_size=6,
)  # fmt: skip


@pytest.mark.slow  # large tables of hostile names, each read again as Slack would
@settings(max_examples=examples(150))
@given(BLOCKS)
def test_every_message_holds_all_limits_and_every_figure_is_shown(blocks: list[Block]) -> None:
    messages = slack_shows(*blocks)
    shown = "\n".join(text for message in messages for text in texts_of(message["blocks"]))
    spoken = "\n".join(text["text"] for message in messages for text in text_messages(message))
    for table in (block for block in blocks if isinstance(block, Table)):
        for index in range(len(table.columns)):
            cells = [row[index] for row in (*table.rows, *table.totals)]
            for cell, text in zip(cells, column_texts(cells), strict=True):
                if cell.is_figure and cell.value is not None:
                    digits = text.split(" ")[0]
                    assert digits in shown
                    assert slack_text.escaped(digits) in spoken


@pytest.mark.parametrize("name", HOSTILE)
def test_a_name_is_text_in_every_place_it_can_stand_in(name: str) -> None:
    cell = Cell(value=name, kind="name")
    code = Cell(value=name, kind="code")
    slack_shows(
        sentence("By ", cell, " and ", code, "."), sentence(name, bullet="-"), Note(text=name),
        Note(text=name, kind="question"), grid([(name, "name")], [[name], [name]]),
        Suggestions(intro=name, questions=(name,)),
        Proposal(plan=name, digest="d", commands=((name, name),)),
        chart("trend", (name,), series(name, [Decimal(1)]), title=name, unit=name),
    )  # fmt: skip


def test_a_sentence_is_rich_text_and_an_id_is_code() -> None:
    [message] = slack_shows(sentence("Receipt: ", Cell(value="rcp_1", kind="code"), "."))
    [block] = message["blocks"]
    assert block == {"type": "rich_text", "elements": [{
        "type": "rich_text_section", "elements": [
            {"type": "text", "text": "Receipt: "},
            {"type": "text", "text": "rcp_1", "style": {"code": True}},
            {"type": "text", "text": "."},
        ],
    }]}  # fmt: skip
    assert message["text"] == "Receipt: `rcp_1`."


def test_a_table_sorts_by_numbers_and_shows_our_figures() -> None:
    rows = tuple(
        (Cell(value=team, kind="name"), Cell(value=cost, kind="amount", unit="USD"))
        for team, cost in (("<!here>", "1234.567"), ("b", "5"))
    )
    total = (Cell(value="Total"), Cell(value="1239.567", kind="amount", unit="USD"))
    heads = (Column(title="Team", kind="name"), Column(title="Cost", kind="amount"))
    table = Table(columns=heads, rows=rows, totals=(total,), row_count=9, order="largest first")
    [message] = slack_shows(table)
    assert message["blocks"][0] == {
        "type": "data_table", "caption": "Team, Cost (USD)", "page_size": 2, "rows": [
            [{"type": "raw_text", "text": "Team"}, {"type": "raw_text", "text": "Cost (USD)"}],
            [{"type": "raw_text", "text": "<!here>"},
             {"type": "raw_number", "value": 1234.567, "text": "1,234.57"}],
            [{"type": "raw_text", "text": "b"},
             {"type": "raw_number", "value": 5.0, "text": "5.00"}],
        ],
    }  # fmt: skip
    assert message["text"].split("\n") == [
        "```Team     Cost (USD)",
        "&lt;!here&gt;    1,234.57",
        "b              5.00```",
        "Total: Cost (USD) 1,239.57",
        "2 of 9 rows are shown, largest first.",
    ]


def test_figures_of_two_currencies_are_not_sorted_as_one() -> None:
    cells = [
        Cell(value=value, kind="amount", unit=unit) for value, unit in (("2", "USD"), ("10", "EUR"))
    ]
    table = Table(
        columns=(Column(title="Cost", kind="amount"),), rows=tuple((cell,) for cell in cells),
        row_count=2,
    )  # fmt: skip
    [message] = slack_shows(table)
    assert [row[0] for row in message["blocks"][0]["rows"][1:]] == [
        {"type": "raw_text", "text": "2.00 USD"}, {"type": "raw_text", "text": "10.00 EUR"},
    ]  # fmt: skip
    assert message["text"] == "```     Cost\n 2.00 USD\n10.00 EUR```"


def test_many_rows_are_several_tables_and_a_text_that_is_cut_between_rows() -> None:
    rows = [[f"resource-{number:04}-of-the-company", f"{number}.25"] for number in range(250)]
    messages = slack_shows(grid([("Resource", "name"), ("Cost", "amount")], rows))
    blocks = [block for message in messages for block in message["blocks"]]
    assert [len(block["rows"]) for block in blocks if block["type"] == "data_table"] == [
        101, 101, 51,
    ]  # fmt: skip
    said = [block["elements"][0]["text"] for block in blocks if block["type"] == "context"]
    assert said == ["Rows 1 to 100 of 250.", "Rows 101 to 200 of 250.", "Rows 201 to 250 of 250."]
    assert re.search(r"Rows 1 to \d+ of these 100\.\nThe rest stands in the message itself\.$",
                     messages[0]["text"])  # fmt: skip
    whole = "".join(text["text"] for message in messages for text in text_messages(message))
    assert all(f"{number}.25" in whole for number in range(250))


def test_more_than_twenty_columns_are_tables_beside_each_other() -> None:
    heads = [("Team", "name"), *((f"c{number}", "count") for number in range(24))]
    [message] = slack_shows(grid(heads, [["a", *range(24)]]))  # type: ignore[arg-type]
    tables = [block["rows"] for block in message["blocks"]]
    assert [[cell["text"] for cell in rows[0]] for rows in tables] == [
        ["Team", *(f"c{number}" for number in range(19))],
        ["Team", *(f"c{number}" for number in range(19, 24))],
    ]


def test_the_tables_of_a_message_have_ten_thousand_characters_together() -> None:
    table = grid([("Name", "name"), ("Cost", "amount")], [["n" * 300, "1.25"]] * 20)
    messages = slack_shows(table, table, table)
    assert [len(message["blocks"]) for message in messages] == [1, 1, 1]


@pytest.mark.parametrize("name", ["x" * 10_000, "&" * 10_000, "< >" * 400])
def test_a_row_of_long_names_has_room_in_a_text_even_where_its_head_has_none(name: str) -> None:
    heads = [(name, "name")] * 20
    messages = slack_shows(grid(heads, [[name] * 20] * 3))  # type: ignore[arg-type]
    assert len(messages) == 1
    assert len(text_messages(messages[0])) >= 2


def test_a_long_name_is_cut_and_that_is_said() -> None:
    arn = "arn:aws:bedrock:eu-central-1:111122223333:application-inference-profile/abc0123456789"
    kinds = [("Resource", "code"), ("Cost", "amount")]
    assert "cut" not in slack_shows(grid(kinds, [[arn, "1"]]))[0]["text"]
    [message] = slack_shows(grid(kinds, [[arn * 20, "1"]]))
    assert "Long names are cut in the middle." in message["text"]


def test_no_rows_and_nothing_to_say() -> None:
    [message] = slack_shows(grid([("Team", "name"), ("Cost", "amount")], []))
    assert message["text"] == "Team, Cost: no rows."
    assert slack_messages([]) == []
    assert slack_messages([sentence("")]) == []


def test_more_than_fifty_blocks_are_more_messages() -> None:
    messages = slack_shows(*(sentence(f"Line {number}.") for number in range(120)))
    assert [len(message["blocks"]) for message in messages] == [50, 50, 20]


def test_a_long_paragraph_goes_on_in_the_next_block_and_no_figure_is_cut() -> None:
    cost = Cell(value="1234567.89", kind="amount", unit="USD")
    [message] = slack_shows(sentence(*(["word " * 5, cost, " "] * 100)))
    assert len(message["blocks"]) > 1
    shown = [text for block in message["blocks"] for text in texts_of(block)]
    assert shown.count(cell_text(cost)) == 100


def test_a_phone_has_room_for_two_names_and_what_changed() -> None:
    names = (Column(title="Dimension", kind="name"), Column(title="Value", kind="name"))
    heads = (*names, Column(title="Before", kind="amount"), Column(title="Change", kind="amount"))
    row = (Cell(value="team", kind="name"), Cell(value="a", kind="name"),
           Cell(value="1", kind="amount"), Cell(value="2", kind="amount", signed=True))  # fmt: skip
    [message] = slack_shows(Table(columns=heads, rows=(row,)))
    shown = [[cell["text"] for cell in row] for row in message["blocks"][0]["rows"]]
    assert shown == [["Dimension", "Value", "Change", "Before"], ["team", "a", "+2.00", "1.00"]]


@pytest.mark.parametrize(
    ("arns", "shown"),
    [
        (("arn:aws:s3:::a", "arn:aws:ec2:r:1:instance/i-1"), ["a", "instance/i-1"]),
        (("arn:aws:sqs:r:1:q", "arn:aws:sqs:r:2:q"), ["arn:aws:sqs:r:1:q", "arn:aws:sqs:r:2:q"]),
    ],
)
def test_arns_are_named_by_their_ends_where_these_differ(
    arns: tuple[str, ...], shown: list[str]
) -> None:
    rows = tuple((Cell(value=arn, kind="name"),) for arn in arns)
    [message] = slack_shows(Table(columns=(Column(title="Resource", kind="name"),), rows=rows))
    assert [row[0]["text"] for row in message["blocks"][0]["rows"][1:]] == shown
    assert ("by the end of their ARN" in message["text"]) is (shown[0] == "a")


def test_totals_of_one_figure_in_two_currencies_are_one_line() -> None:
    totals = tuple((Cell(value="Total"), Cell(value=cost, kind="amount", unit=unit))
                   for cost, unit in (("1", "EUR"), ("2", "USD")))  # fmt: skip
    heads = (Column(title="Team", kind="name"), Column(title="Cost", kind="amount"))
    rows = ((Cell(value="a", kind="name"), Cell(value="2", kind="amount", unit="USD")),)
    [message] = slack_shows(Table(columns=heads, rows=rows, totals=totals))
    assert "Total: Cost 1.00 EUR and 2.00 USD" in message["text"]


def test_days_in_a_sentence_are_said_as_people_do() -> None:
    [message] = slack_shows(sentence("Since ", Cell(value="2026-10-14", kind="time"), "."))
    assert message["text"] == "Since 14 October 2026."


def test_a_trend_is_bars_with_the_figures_as_they_are_printed() -> None:
    drawn = chart("trend", ("2026-09", "2026-10"), series("", [Decimal("1.005"), Decimal(-2)]),
                  title="Cost by month")  # fmt: skip
    [message] = slack_shows(drawn)
    [picture] = message["blocks"]
    assert picture == {
        "type": "data_visualization", "title": "Cost by month",
        "chart": {
            "type": "bar",
            "series": [{"name": "USD", "data": [{"label": "2026-09", "value": 1.0},
                                                {"label": "2026-10", "value": -2.0}]}],
            "axis_config": {"categories": ["2026-09", "2026-10"], "y_label": "USD"},
        },
    }  # fmt: skip
    assert message["text"] == "Picture: Cost by month"


@pytest.mark.parametrize(
    ("drawn", "why"),
    [
        (chart("change", ("a", "b", "c"), series("", [Decimal(1)] * 3)), "no chart of steps"),
        (chart("trend", tuple(f"d{n}" for n in range(21)), series("", [Decimal(1)] * 21)),
         "more than 20 labels"),
        (chart("stack", ("a",), *(series(str(n), [Decimal(1)]) for n in range(7))),
         "more than 6 series"),
        (chart("trend", ("a", "b"), series("", [Decimal(1), None])), "not all of its values"),
        (chart("ranked", ("a" * 30, "a" * 31), series("", [Decimal(1)] * 2)), "its names are"),
        (chart("trend", ("a",), series("", [Decimal("12345678901234567.89")])), "more digits"),
        (chart("trend", (), series("", [])), "nothing to draw"),
    ],
)  # fmt: skip
def test_what_slack_cannot_draw_is_left_out_and_that_is_said(drawn: Block, why: str) -> None:
    """An unknown month is no zero, and a figure with too many digits would read differently."""
    [message] = slack_shows(drawn)
    assert [block["type"] for block in message["blocks"]] == ["context"]
    assert message["text"].startswith("T: the picture is left out here; ")
    assert why in message["text"]


def test_a_third_chart_is_in_the_next_message() -> None:
    drawn = chart("ranked", ("a",), series("", [Decimal(1)]))
    messages = slack_shows(drawn, drawn, drawn)
    assert [len(message["blocks"]) for message in messages] == [2, 1]


def test_a_proposal_has_plan_money_and_commands_unless_somebody_is_asked() -> None:
    plan = Proposal(
        plan="plan-1", digest="sha256:1", changes=1, resources=1,
        amounts=(Cell(value="5.00", kind="amount", unit="USD"),),
        commands=(("tagwright approve plan-1", "shows it whole, and asks"),),
    )  # fmt: skip
    [message] = slack_shows(plan)
    assert "Plan `plan-1` is stored" in message["text"]
    assert "5.00 USD" in message["text"]
    assert message["text"].endswith("`tagwright approve plan-1`: shows it whole, and asks")
    asked = plan.model_copy(update={"asked": True})
    assert "tagwright approve" not in slack_shows(asked)[0]["text"]


def test_text_alone_is_made_from_the_message_as_it_was_kept() -> None:
    message = slack_shows(sentence("One."), grid([("Team", "name")], [["a"]]))[0]
    [alone] = text_messages(json.loads(json.dumps(message)))
    assert alone["text"] == message["text"] == "One.\n```Team\na```"
    assert "blocks" not in alone


@pytest.mark.parametrize("module", [slack, slack_data, slack_text])
def test_what_the_docstrings_show(module: Any) -> None:
    assert doctest.testmod(module).failed == 0
