"""Tools as functions: schemas, checked arguments, plugins that break."""

from __future__ import annotations

import json
from importlib.metadata import EntryPoint, EntryPoints
from pathlib import Path
from typing import Annotated, Any, Literal

import pytest
from pydantic import BaseModel, Field

from tagwright import builtin, plugins
from tagwright.api import MisuseError, ToolContext, ToolResult, UnknownNameError, tool
from tagwright.plugins import is_ours, points
from tagwright.registry import Registry, Tool, load_registry

BUILTIN = Path(builtin.__file__).parent


def ours() -> list[Tool]:
    """The tools of this distribution; a third party's that is installed too is not judged."""
    return [load_registry().get(p.name) for p in points("tagwright.tools") if is_ours(p)]


class Pair(BaseModel):
    left: str
    right: list[str] = []


@tool(title="Sample")
def sample_tool(
    ctx: ToolContext,
    *,
    needed: str,
    title: Annotated[int, Field(ge=1, le=9, description="how many")] = 3,
    pairs: list[Pair] = [],  # noqa: B006
    kind: Literal["a", "b"] = "a",
) -> ToolResult:
    """First line
    goes on.

    The second paragraph is for people.
    """
    return ToolResult(rows=[{"needed": needed}])


def test_built_in_tools_are_found_without_a_warning() -> None:
    """One for each file of the folder that does not begin with an underscore."""
    assert load_registry().warnings == []
    files = {path.stem for path in BUILTIN.glob("[a-z]*.py")}
    assert {item.name for item in ours()} == files
    assert {item.name for item in ours() if item.effect != "read"} == {"propose_tag_fixes"}


def test_all_definitions_cost_at_most_2000_tokens() -> None:
    """About four characters a token; every tool, as a model is given it."""
    size = sum(
        len(
            json.dumps(
                {"name": t.name, "description": t.description, "parameters": t.input_schema},
                separators=(",", ":"),
            )
        )
        for t in ours()
    )
    assert size / 4 <= 2000


@pytest.mark.parametrize("found", ours(), ids=lambda found: found.name)
def test_schemas_stand_alone(found: Tool) -> None:
    """Objects that a client can check against: no references, every default is valid."""
    text = json.dumps(found.input_schema)
    assert "$ref" not in text
    assert "$defs" not in text
    assert found.output_schema["type"] == "object"
    needed = dict.fromkeys(found.input_schema.get("required", ()), "x")
    assert found.validate(needed).keys() == found.input_schema["properties"].keys()
    with pytest.raises(MisuseError, match="nonsense"):
        found.validate({**needed, "nonsense": 1})


def test_schema_of_a_tool() -> None:
    schema = sample_tool.input_schema
    assert schema["required"] == ["needed"]
    # An argument may be called like a word of JSON Schema.
    assert schema["properties"]["title"] == {
        "default": 3, "maximum": 9, "minimum": 1, "description": "how many", "type": "integer",
    }  # fmt: skip
    assert schema["properties"]["pairs"]["items"]["required"] == ["left"]
    assert sample_tool.description == "First line goes on."
    assert sample_tool.title == "Sample"


class Tree(BaseModel):
    children: list[Tree] = []


def test_a_schema_that_holds_itself_ends() -> None:
    @tool
    def grow(ctx: ToolContext, *, tree: Tree) -> ToolResult:
        """Grows."""
        return ToolResult()

    items = grow.input_schema["properties"]["tree"]["properties"]["children"]["items"]
    assert items == {"type": "object"}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({}, "'needed'"),
        ({"needed": "x", "other": 1}, "'other'"),
        ({"needed": "x", "title": 0}, "'title'"),
        ({"needed": "x", "kind": "c"}, "'kind'"),
        ({"needed": "x", "pairs": [{}]}, "'pairs.0.left'"),
        ({"needed": None}, "'needed'"),
    ],
)
def test_wrong_arguments_are_misuse_and_named(arguments: dict[str, Any], said: str) -> None:
    with pytest.raises(MisuseError, match=r"Tool 'sample_tool'") as caught:
        sample_tool.validate(arguments)
    assert said in caught.value.message
    assert "needed, title, pairs, kind" in caught.value.hint


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (
            {"filters": {"team": "search"}},
            "Form of filters: list of {dimension: string, op: in or ",
        ),
        ({"filters": [{"dimension": "team", "value": "a"}]}, "values: list of string}"),
        ({"having": {"min": 1}}, "Form of having: string (>1000, 100..500)."),
        ({"group_bys": ["team"]}, "Did you mean group_by?"),
    ],
)
def test_the_form_of_a_wrong_argument_is_told(arguments: dict[str, Any], said: str) -> None:
    """A model calls again with it: "a valid tuple", or the tool's arguments where those of a filter
    were wrong, help nobody.
    """
    with pytest.raises(MisuseError) as caught:
        load_registry().get("query_costs").validate(arguments)
    assert said in caught.value.hint
    assert "tuple" not in str(caught.value)


def test_a_secret_in_a_wrong_argument_is_not_repeated() -> None:
    with pytest.raises(MisuseError) as caught:
        sample_tool.validate({"needed": "x", "title": "hunter2"})
    assert "hunter2" not in str(caught.value)


def test_a_tool_needs_a_docstring_and_keywords() -> None:
    def silent(ctx: ToolContext) -> ToolResult:
        return ToolResult()

    with pytest.raises(MisuseError, match="no docstring"):
        tool(silent)

    @tool
    def positional(ctx: ToolContext, word: str) -> ToolResult:
        """Says."""
        return ToolResult()

    with pytest.raises(MisuseError, match="keyword-only"):
        positional.validate({"word": "x"})


def test_unknown_tool_names_the_nearest() -> None:
    with pytest.raises(UnknownNameError) as caught:
        load_registry().get("query_cost")
    assert caught.value.nearest[0] == "query_costs"


def test_the_first_of_two_tools_of_one_name_stays() -> None:
    found = Registry()
    found.add(sample_tool)
    found.add(sample_tool)
    assert len(found.tools) == 1
    assert "defined twice" in found.warnings[0]


def test_broken_plugins_warn_and_nobody_takes_a_built_in_name(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    given = [
        EntryPoint("absent", "no_such_package.tools:absent", "tagwright.tools"),
        EntryPoint("no_tool", "json:dumps", "tagwright.tools"),
        EntryPoint("query_costs", "test_registry:query_costs", "tagwright.tools"),
        EntryPoint("query_costs", "tagwright.builtin.query_costs:query_costs", "tagwright.tools"),
        EntryPoint("sample", "test_registry:sample_tool", "tagwright.tools"),
    ]
    monkeypatch.setattr(plugins, "_everything", lambda _: EntryPoints(given))
    found = load_registry()
    assert set(found.tools) == {"query_costs", "sample_tool"}
    assert found.tools["query_costs"].function.__module__ == "tagwright.builtin.query_costs"
    warned = " ".join(found.warnings)
    for word in ("'absent'", "ModuleNotFoundError", "'no_tool'", "defined twice"):
        assert word in warned


@tool
def query_costs(ctx: ToolContext) -> ToolResult:
    """A thief."""
    return ToolResult()
