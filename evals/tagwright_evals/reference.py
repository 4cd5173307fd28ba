"""Pages of ``docs/reference`` from the code: ``python -m tagwright_evals.reference [--check]``.

Nothing here is kept by hand: tools from the registry, verbs from the command line, metrics and
dimensions from the catalogue, settings from the model, errors from the tree, IAM permissions from
what the actions declare.
"""

from __future__ import annotations

import difflib
import inspect
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = ["main", "pages"]

_HEADER = "<!-- Written by `python -m tagwright_evals.reference`; do not edit. -->\n"


def _cell(value: object) -> str:
    return str(value).replace("|", "\\|").replace("\n", " ")


def _table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> Iterator[str]:
    yield "| " + " | ".join(head) + " |"
    yield "|" + "---|" * len(head)
    for row in rows:
        yield "| " + " | ".join(_cell(cell) for cell in row) + " |"
    yield ""


def _type_of(schema: dict[str, Any]) -> str:
    if "enum" in schema:
        return " or ".join(f"`{value}`" for value in schema["enum"])
    if "anyOf" in schema:
        return " or ".join(_type_of(option) for option in schema["anyOf"])
    if schema.get("type") == "array":
        return f"list of {_type_of(schema.get('items', {}))}"
    return str(schema.get("type") or schema.get("$ref", "any").rsplit("/", 1)[-1])


_SHARED = [
    (
        "`period`",
        "`all`, `last_month`, `2026-09`, `2026-Q3`, `2026-09-01/2026-09-15` (end exclusive)",
    ),
    ("`compare_to`", "`previous_period`, `previous_year`, or a period"),
    ("`metric`, `cost_basis`", "a metric: [metrics.md](metrics.md)"),
    (
        "`convert_to`",
        (
            "code of a currency that all money is shown in, at the rates of `rates.yaml`: "
            "[currencies](../currencies.md)"
        ),
    ),
    (
        "`filters`",
        (
            "objects that must all hold: `dimension`; `op` (`in` by default, `not_in`, `contains`, "
            "`is_null`, `not_null`); `values`, any of which fits: a value in any case, an alias "
            "(`EC2`, `S3`, `Azure`), an account's or region's name for its id and the reverse; "
            "an unknown one names the nearest"
        ),
    ),
    ("`limit`", "rows of a page, at most 1,000 (`explain_change` 100 a dimension, a plan 500)"),
    (
        "`offset`",
        "rows before the page; a result's text says `more with offset=20` if there are more",
    ),
]


def _tools() -> Iterator[str]:
    from tagwright.registry import load_registry

    yield "# Tools\n"
    yield "The same on the command line (`tagwright tool NAME 'JSON'`), over MCP, in the agent.\n"
    yield "## Arguments that several tools have\n"
    yield from _table(("argument", "meaning"), _SHARED)
    for tool in load_registry():
        yield f"## {tool.name}\n"
        yield f"{tool.description}\n"
        yield f"Effect: `{tool.effect}`.\n"
        properties = tool.input_schema.get("properties", {})
        required = set(tool.input_schema.get("required", ()))
        # The schema leaves out what a model need not be told.
        defaults = tool.arguments_model.model_fields
        if properties:
            yield from _table(
                ("argument", "type", "default", "meaning"),
                [
                    (
                        f"`{name}`",
                        _type_of(spec),
                        "required"
                        if name in required
                        else f"`{json.dumps(defaults[name].default)}`",
                        spec.get("description", ""),
                    )
                    for name, spec in properties.items()
                ],
            )


def _commands() -> Iterator[str]:
    import click

    from tagwright_agent.cli import cli

    yield "# Command line\n"
    context = click.Context(cli, info_name="tagwright", **cli.context_settings)
    yield f"```text\n{cli.get_help(context).strip()}\n```\n"
    for name in cli.list_commands(context):
        command = cli.get_command(context, name)
        if command is not None:
            yield from _command(command, context, name)


def _command(command: Any, parent: Any, name: str) -> Iterator[str]:
    import click

    context = click.Context(command, parent=parent, info_name=name, max_content_width=100)
    yield f"## {context.command_path}\n"
    yield f"```text\n{command.get_help(context).strip()}\n```\n"
    if isinstance(command, click.Group):
        for inner in command.list_commands(context):
            found = command.get_command(context, inner)
            if found is not None:
                yield from _command(found, context, inner)


def _metrics() -> Iterator[str]:
    from tagwright.config import Settings
    from tagwright.metrics import Catalogue
    from tagwright.taxonomy import load_taxonomy

    # A home that does not exist: the shipped taxonomy, whatever this machine has configured.
    catalogue = Catalogue(load_taxonomy(Settings.model_construct(home=Path("/nonexistent"))))
    yield "# Metrics and dimensions\n"
    yield "Defined once, in `tagwright.metrics`; taxonomy keys are those of the shipped default.\n"
    yield "## Metrics\n"
    yield from _table(
        ("metric", "meaning", "also called"),
        [(f"`{m.name}`", m.description, ", ".join(m.synonyms)) for m in catalogue.metrics.values()],
    )
    yield "## Dimensions\n"
    yield from _table(
        ("dimension", "meaning", "also called"),
        [
            (f"`{d.name}`", d.description, ", ".join(d.synonyms))
            for d in catalogue.dimensions.values()
        ],
    )


def _settings() -> Iterator[str]:
    from tagwright.config import Applier, ApprovalPolicy, Mcp, Oauth, Oidc, Settings

    yield "# Settings\n"
    yield "From `TAGWRIGHT_…` (nested with `__`), else `tagwright.toml` in the home directory.\n"
    for model in (Settings, Applier, ApprovalPolicy, Oidc, Mcp, Oauth):
        yield f"## {model.__name__}\n"
        yield f"```text\n{inspect.getdoc(model)}\n```\n"
        yield from _table(
            ("setting", "default"),
            [
                (
                    f"`{name}`",
                    "required"
                    if field.is_required()
                    else f"`{field.get_default(call_default_factory=True, validated_data={})!r}`",
                )
                for name, field in model.model_fields.items()
            ],
        )


def _errors() -> Iterator[str]:
    import tagwright.errors

    yield "# Errors\n"
    yield f"```text\n{inspect.getdoc(tagwright.errors)}\n```\n"


def _permissions() -> Iterator[str]:
    from tagwright.remediation.permissions import ACTIONS, iam_policy

    yield "# IAM permissions of the applier\n"
    yield "Declared by the actions; a test holds every AWS call to what its action declares.\n"
    yield from _table(
        ("action", "permissions"),
        [(name, ", ".join(f"`{p}`" for p in permissions)) for name, permissions in ACTIONS.items()],
    )
    yield f"```json\n{json.dumps(iam_policy(), indent=2)}\n```\n"


def pages() -> dict[str, str]:
    """The text of each generated page by file name."""
    made = {
        "tools.md": _tools,
        "commands.md": _commands,
        "metrics.md": _metrics,
        "settings.md": _settings,
        "errors.md": _errors,
        "permissions.md": _permissions,
    }
    return {name: _HEADER + "\n".join(make()).rstrip() + "\n" for name, make in made.items()}


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the pages; with ``--check`` only compare, and exit 1 with the difference if stale."""
    check = "--check" in (sys.argv[1:] if arguments is None else arguments)
    folder = Path(__file__).resolve().parents[2] / "docs" / "reference"
    folder.mkdir(parents=True, exist_ok=True)
    stale = 0
    for name, text in pages().items():
        path = folder / name
        old = path.read_text(encoding="utf-8") if path.exists() else ""
        if old == text:
            continue
        stale += 1
        if check:
            sys.stdout.writelines(
                difflib.unified_diff(
                    old.splitlines(keepends=True), text.splitlines(keepends=True), name, "code"
                )
            )
        else:
            path.write_text(text, encoding="utf-8")
    return 1 if check and stale else 0


if __name__ == "__main__":
    raise SystemExit(main())
