"""``tagwright tools`` and ``tagwright tool NAME 'JSON'``."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

import click

from tagwright.errors import MisuseError
from tagwright.plugins import tell
from tagwright_agent.cli.output import common_options, console, emit_json, settings_for

if TYPE_CHECKING:
    from pathlib import Path

    from tagwright.blocks import Table
    from tagwright.registry import Registry, Tool

__all__ = ["tool", "tools"]


@click.command("tools")
@common_options
def tools(as_json: bool, home: Path | None) -> None:  # noqa: ARG001  every verb takes --home
    """List the tools, built in and from plugins."""
    from tagwright.registry import load_registry

    registry = load_registry()
    if as_json:
        emit_json({"tools": [document(found) for found in registry], "warnings": registry.warnings})
        return
    from tagwright.render.terminal import print_blocks

    print_blocks(console(), [_table(registry)])
    console().print('Run one: tagwright tool NAME \'{"argument": "value"}\'')
    for warning in registry.warnings:
        tell(warning)


@click.command("tool")
@click.argument("name")
@click.argument("arguments", default="{}", metavar="[JSON]")
@common_options
def tool(name: str, arguments: str, as_json: bool, home: Path | None) -> None:
    """Run one tool with its arguments as a JSON object ('-': read it from stdin)."""
    from tagwright.context import open_context
    from tagwright.receipts import run_tool
    from tagwright.registry import load_registry

    given = parsed(sys.stdin.read() if arguments == "-" else arguments)
    registry = load_registry()
    if registry.get(name).effect == "write":
        raise MisuseError(
            f"Tool {name!r} writes; it cannot be run by hand.",
            hint="Approve a plan, then: tagwright apply ID.",
        )
    with open_context(settings_for(home)) as ctx:
        result = run_tool(registry, name, given, ctx)
    if as_json:
        emit_json(result.model_dump(mode="json"))
        return
    from tagwright.render.result import result_blocks
    from tagwright.render.terminal import print_blocks

    print_blocks(console(), result_blocks(result, details=True))


def parsed(text: str) -> dict[str, Any]:
    """The JSON object in ``text``.

    Raises:
        MisuseError: It is no JSON, or no object.
    """
    example = 'Write e.g. \'{"group_by": ["service_name"]}\'.'
    try:
        found = json.loads(text)
    except ValueError as error:
        where = f" at character {error.pos + 1}" if isinstance(error, json.JSONDecodeError) else ""
        raise MisuseError(f"The arguments are not JSON{where}.", hint=example) from None
    except RecursionError:
        raise MisuseError("The arguments are nested too deeply.", hint=example) from None
    if not isinstance(found, dict):
        raise MisuseError("The arguments must be one JSON object.", hint=example)
    return found


def document(found: Tool) -> dict[str, Any]:
    """The JSON of a tool."""
    return {
        "name": found.name,
        "title": found.title,
        "description": found.description,
        "effect": found.effect,
        "permissions": list(found.permissions),
        "input_schema": found.input_schema,
    }


def _table(registry: Registry) -> Table:
    from tagwright.blocks import grid

    return grid(
        [("Tool", "text"), ("Effect", "text"), ("What it does", "text")],
        [[found.name, found.effect, found.description] for found in registry],
    )
