"""The command ``tagwright``: verbs are found by entry point and loaded when they are called."""

from __future__ import annotations

import os
import sys
from functools import cached_property
from typing import TYPE_CHECKING, Any

import click

from tagwright import __version__
from tagwright.errors import TagwrightError, UnknownNameError
from tagwright.plugins import load_one, points, telling
from tagwright.start import quick_imports
from tagwright.text import internal_fault
from tagwright_agent.cli.output import emit_error, remarks, spell_what_cannot_be_written

if TYPE_CHECKING:
    from collections.abc import Sequence
    from importlib.metadata import EntryPoint

__all__ = ["cli", "main"]

# The order of --help: the way the work goes, not the alphabet. What is not named here follows.
_ORDER = (
    *("demo", "connect", "fetch", "ingest", "taxonomy", "refresh", "ask", "chat", "tools", "tool"),
    *("plans", "plan", "approve", "reject", "withdraw", "apply", "rollback", "journal"),
    *("approver", "applier", "keys", "people", "whoami", "alerts", "doctor"),
    *("check-plan", "price", "policies"),
    *("receipt", "report", "mcp", "slack", "feedback", "eval", "bench"),
)


class _Verbs(click.Group):
    """A group whose commands are entry points of ``tagwright.commands``."""

    @cached_property
    def _points(self) -> dict[str, EntryPoint]:
        """The verbs; of two of one name, ours."""
        return {point.name: point for point in reversed(points("tagwright.commands"))}

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  click's signature
        rank = {name: index for index, name in enumerate(_ORDER)}
        return sorted(self._points, key=lambda name: (rank.get(name, len(rank)), name))

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        point = self._points.get(cmd_name)
        if point is None:
            return None
        loaded, warning = load_one(point, "command", lambda item: isinstance(item, click.Command))
        # A verb whose optional library is absent must not take --help down with it.
        command: click.Command | None = loaded
        return command or _unavailable(cmd_name, warning)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and not args[0].startswith("-") and args[0] not in self._points:
            from tagwright.registry import nearest

            raise UnknownNameError(
                "command",
                args[0],
                nearest(args[0], self.list_commands(ctx)),
                hint="See tagwright --help.",
            )
        return super().resolve_command(ctx, args)


def _unavailable(name: str, why: str) -> click.Command:
    @click.command(name, help=f"(not available: {why})")
    @click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
    def command(arguments: tuple[str, ...]) -> None:  # noqa: ARG001
        raise TagwrightError(f"{name} is not available. {why}")

    return command


@click.group(
    cls=_Verbs, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100}
)
@click.version_option(__version__, prog_name="tagwright")
def cli() -> None:
    """Ask whose money it was; fix the tags that hide it.

    Every verb takes --json (one JSON document on stdout) and --home DIR
    (default: $TAGWRIGHT_HOME, else the platform's user data directory).
    """


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; exit status 0 done, 1 failed with a message, 2 misuse.

    No traceback reaches the user; ``TAGWRIGHT_DEBUG=1`` shows it to a developer.
    """
    if arguments is None:
        quick_imports()
        spell_what_cannot_be_written()
    argv = list(sys.argv[1:] if arguments is None else arguments)
    as_json = "--json" in argv
    try:
        with telling(remarks()):
            result = cli.main(args=argv, prog_name="tagwright", standalone_mode=False)
    except TagwrightError as error:
        emit_error(error.as_dict(), as_json=as_json)
        status = error.exit_status
    except click.ClickException as error:
        context = getattr(error, "ctx", None)
        usage = context.get_usage() if context else ""
        emit_error(
            {"type": "MisuseError", "message": error.format_message(), "hint": usage},
            as_json=as_json,
        )
        status = 2
    except (KeyboardInterrupt, click.Abort):
        emit_error({"type": "Interrupted", "message": "Interrupted.", "hint": ""}, as_json=as_json)
        status = 130
    except BrokenPipeError:
        # The reader (head, less) went away; close quietly and keep the interpreter from flushing.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        status = 1
    except Exception as error:
        if os.environ.get("TAGWRIGHT_DEBUG"):
            raise
        emit_error(_internal(error), as_json=as_json)
        status = 1
    else:
        status = result if isinstance(result, int) else 0
    if arguments is None:
        sys.exit(status)
    return status


def _internal(error: Exception) -> dict[str, Any]:
    return {
        "type": "InternalError",
        "message": internal_fault(error),
        "hint": "Set TAGWRIGHT_DEBUG=1 to see the traceback, and report it.",
    }
