"""Tools as plain typed functions, found by entry point ``tagwright.tools``.

A tool is a function whose first parameter is the :class:`~tagwright.context.ToolContext` and whose
other parameters are keyword-only, typed and described with ``Annotated[T, Field(...)]``. Its
docstring's first paragraph is what a model reads. Built-in tools register like anyone's.
"""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import EntryPoint
from typing import TYPE_CHECKING, Any, Literal, get_type_hints, overload

from pydantic import BaseModel, ConfigDict, ValidationError, create_model

from tagwright.errors import MisuseError, UnknownNameError
from tagwright.plugins import is_ours, load_one, points, tell

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from pydantic_core import ErrorDetails

    from tagwright.results import ToolResult

__all__ = ["Effect", "Registry", "Tool", "load_registry", "nearest", "tool"]


Effect = Literal["read", "propose", "write"]
"""``read`` changes nothing; ``propose`` stores a plan; ``write`` is never offered to a model."""


def nearest(
    name: str, known: Mapping[str, Any] | list[str] | tuple[str, ...], limit: int = 3
) -> list[str]:
    """The known names most similar to ``name``, best first; empty where none is near."""
    from rapidfuzz import process

    found = process.extract(
        name.casefold(), {key: key.casefold() for key in known}, limit=limit, score_cutoff=60
    )
    return [key for _, _, key in found]


@dataclass(frozen=True)
class Tool:
    """One tool: the function and what is known of it.

    Attributes:
        name: Unique name, as models and people call it.
        title: A few words for people.
        description: First paragraph of the docstring.
        effect: See :data:`Effect`.
        function: ``function(ctx, **arguments) -> ToolResult``.
        permissions: IAM actions the tool needs; empty for one that touches no cloud.
    """

    name: str
    title: str
    description: str
    effect: Effect
    function: Callable[..., ToolResult]
    permissions: tuple[str, ...] = ()

    @cached_property
    def arguments_model(self) -> type[BaseModel]:
        """A pydantic model of the keyword-only parameters; unknown arguments are refused."""
        hints = get_type_hints(self.function, include_extras=True)
        fields: dict[str, Any] = {}
        for parameter in list(inspect.signature(self.function).parameters.values())[1:]:
            if parameter.kind is not inspect.Parameter.KEYWORD_ONLY:
                raise MisuseError(
                    f"Tool {self.name!r}: parameter {parameter.name!r} must be keyword-only."
                )
            default = ... if parameter.default is inspect.Parameter.empty else parameter.default
            fields[parameter.name] = (hints[parameter.name], default)
        return create_model(self.name, __config__=ConfigDict(extra="forbid"), **fields)

    @cached_property
    def input_schema(self) -> dict[str, Any]:
        """JSON Schema of the arguments, in few tokens: no titles, no references, no empty defaults.

        The first of several words is the default, where one of them is.

        That an argument is refused which nobody knows is said by the error, with the nearest, and
        not here: it would be seven tokens a tool in every conversation.
        """
        schema = self.arguments_model.model_json_schema()
        definitions = schema.pop("$defs", {})
        _drop_titles(schema)
        _drop_titles(definitions)
        schema.pop("description", None)
        small: dict[str, Any] = _compact(schema, definitions, ())
        return small

    @cached_property
    def output_schema(self) -> dict[str, Any]:
        """What every result has, in few tokens: a client is sent it once a tool.

        The whole shape is that of :class:`~tagwright.results.ToolResult`.
        """
        rows = {"type": "array", "items": {"type": "object"}}
        return {
            "type": "object",
            "properties": {"rows": rows, "row_count": {"type": "integer"}},
            "required": ["rows", "totals", "row_count", "notes"],
        }

    def validate(self, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """The arguments as the function takes them.

        Raises:
            MisuseError: An argument is unknown, missing or of the wrong type.
        """
        try:
            model = self.arguments_model.model_validate(dict(arguments))
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            raise MisuseError(
                f"Tool {self.name!r}: {_fault(first)}", hint=self._expected(first["loc"])
            ) from None
        return {name: getattr(model, name) for name in type(model).model_fields}

    def _expected(self, where: Sequence[int | str]) -> str:
        """The form of that argument, or the nearest; and which arguments there are."""
        properties: dict[str, Any] = self.input_schema.get("properties", {})
        name = str(where[0]) if where else ""
        first = ""
        if name in properties:
            schema = properties[name]
            such = f" ({schema['description']})" if "description" in schema else ""
            first = f"Form of {name}: {_form(schema)}{such}. "
        elif near := nearest(name, list(properties)):
            first = f"Did you mean {', '.join(near)}? "
        return f"{first}Arguments are: {', '.join(properties) or 'none'}."


def _fault(first: ErrorDetails) -> str:
    where = ".".join(str(part) for part in first["loc"]) or "arguments"
    return f"argument {where!r}: {first['msg'].replace('valid tuple', 'valid list')}."


def _form(schema: Mapping[str, Any]) -> str:
    """A small schema in words.

    >>> _form({"type": "array", "items": {"properties": {"op": {"enum": ["in", "not_in"]}}}})
    'list of {op: in or not_in}'
    """
    if "enum" in schema:
        return " or ".join(str(value) or '""' for value in schema["enum"])
    if "items" in schema:
        return f"list of {_form(schema['items'])}"
    if "properties" in schema:
        inner = (f"{name}: {_form(found)}" for name, found in schema["properties"].items())
        return f"{{{', '.join(inner)}}}"
    return str(schema.get("type", "any value"))


def _compact(schema: Any, definitions: Mapping[str, Any], inside: tuple[str, ...]) -> Any:
    """The schema with references written out; one that holds itself ends as any object."""
    if isinstance(schema, list):
        return [_compact(item, definitions, inside) for item in schema]
    if not isinstance(schema, dict):
        return schema
    if isinstance(reference := schema.get("$ref"), str):
        name = reference.rpartition("/")[2]
        if name in inside or name not in definitions:
            return {"type": "object"}
        rest = {key: value for key, value in schema.items() if key != "$ref"}
        return _compact({**definitions[name], **rest}, definitions, (*inside, name))
    found: dict[str, Any] = {}
    for key, value in schema.items():
        if key == "properties":
            found[key] = {n: _compact(v, definitions, inside) for n, v in value.items()}
        elif key == "additionalProperties" and value is False:
            continue
        elif key != "default" or value not in ([], "", 0, None, *schema.get("enum", ())[:1]):
            found[key] = _compact(value, definitions, inside)
    return found


def _drop_titles(schema: Any) -> None:
    if isinstance(schema, dict):
        if isinstance(schema.get("title"), str):
            del schema["title"]
        for key, value in schema.items():
            if key == "properties":  # an argument may itself be called "title"
                for inner in value.values():
                    _drop_titles(inner)
            else:
                _drop_titles(value)
    elif isinstance(schema, list):
        for value in schema:
            _drop_titles(value)


@overload
def tool(function: Callable[..., ToolResult], /) -> Tool: ...
@overload
def tool(
    *, title: str = ..., effect: Effect = ..., permissions: tuple[str, ...] = ...
) -> Callable[[Callable[..., ToolResult]], Tool]: ...
def tool(
    function: Callable[..., ToolResult] | None = None,
    /,
    *,
    title: str = "",
    effect: Effect = "read",
    permissions: tuple[str, ...] = (),
) -> Tool | Callable[[Callable[..., ToolResult]], Tool]:
    """Make a tool of a typed function; the entry point then names the tool.

    Raises:
        MisuseError: The function has no docstring (a model would not know what it does).
    """

    def make(inner: Callable[..., ToolResult]) -> Tool:
        documentation = inspect.getdoc(inner)
        if not documentation:
            raise MisuseError(f"Tool {inner.__name__!r} has no docstring.")
        return Tool(
            name=inner.__name__,
            title=title or inner.__name__.replace("_", " ").capitalize(),
            description=" ".join(documentation.split("\n\n")[0].split()),
            effect=effect,
            function=inner,
            permissions=permissions,
        )

    return make(function) if function is not None else make


class Registry:
    """The tools that were found, and what was wrong with those that could not be loaded.

    One of ours that was found by entry point is loaded when it is asked for.

    Args:
        tools: By name.

    Attributes:
        warnings: A sentence for each that is left out.
    """

    def __init__(self, tools: Mapping[str, Tool] | None = None) -> None:
        self._found: dict[str, Tool | EntryPoint] = dict(tools or {})
        self.warnings: list[str] = []

    @property
    def tools(self) -> dict[str, Tool]:
        """All of them by name, loaded."""
        loaded = ((name, self._loaded(name)) for name in list(self._found))
        return {name: found for name, found in loaded if found is not None}

    def __iter__(self) -> Iterator[Tool]:
        return iter(self.tools.values())

    def names(self) -> frozenset[str]:
        """The name of every tool."""
        return frozenset(self._found)

    def offered(self) -> frozenset[str]:
        """The name of every tool that may be offered to a model: those that do not write.

        None of ours writes, so none has to be loaded to know this.
        """
        return frozenset(
            name
            for name, found in self._found.items()
            if not (isinstance(found, Tool) and found.effect == "write")
        )

    def get(self, name: str) -> Tool:
        """The tool of that name.

        Raises:
            UnknownNameError: There is none; names the nearest.
        """
        found = self._loaded(name)
        if found is None:
            raise UnknownNameError("tool", name, nearest(name, list(self._found)))
        return found

    def add(self, found: Tool) -> None:
        """Add a tool; a second one of the same name is refused with a warning."""
        if found.name in self._found:
            self._warn(f"Tool {found.name!r} is defined twice; the first one is kept.")
            return
        self._found[found.name] = found

    def find(self, point: EntryPoint) -> None:
        """Add what an entry point names: one of ours by its name, anyone else's loaded at once."""
        if is_ours(point):
            self._found.setdefault(point.name, point)
        elif (found := self._load(point)) is not None:
            self.add(found)

    def _loaded(self, name: str) -> Tool | None:
        found = self._found.get(name)
        if not isinstance(found, EntryPoint):
            return found
        loaded = self._load(found)
        if loaded is None:
            del self._found[name]
        else:
            self._found[name] = loaded
        return loaded

    def _load(self, point: EntryPoint) -> Tool | None:
        """The tool; None, and a warning, where it cannot be had."""
        loaded, warning = load_one(point, "tool", lambda item: isinstance(item, Tool))
        if loaded is None:
            self._warn(warning)
        elif warning:  # slow: that was told while it was waited for
            self.warnings.append(warning)
        found: Tool | None = loaded
        return found

    def _warn(self, warning: str) -> None:
        self.warnings.append(warning)
        tell(warning)


def load_registry() -> Registry:
    """All tools by entry point, sorted by name. A broken plugin warns and is left out."""
    registry = Registry()
    for point in points("tagwright.tools"):
        registry.find(point)
    return registry
