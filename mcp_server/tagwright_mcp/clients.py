"""What to write into a client's configuration so that it starts this server, or connects to one.

Sources, each as of November 2026: https://modelcontextprotocol.io/docs/develop/connect-local-servers
(Claude Desktop), https://code.claude.com/docs/en/mcp , https://cursor.com/docs/context/mcp ,
https://code.visualstudio.com/docs/copilot/reference/mcp-configuration ,
https://zed.dev/docs/ai/mcp , https://docs.windsurf.com/windsurf/cascade/mcp and
https://developers.openai.com/codex/mcp .
"""

from __future__ import annotations

import json
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from tagwright.errors import MisuseError
from tagwright_mcp.address import TOKEN_VARIABLE

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["CLIENTS", "Client", "configuration"]


@dataclass(frozen=True)
class Client:
    """How a client is told of a server.

    Attributes:
        file: Where it looks.
        table: Under which name servers stand.
        form: Of the file.
        kind: The field that says the transport, where it wants one.
        url: The field of a server's address; empty where its file takes none.
        variable: How its file names an environment variable; empty where that has its own field.
    """

    file: str
    table: str = "mcpServers"
    form: Literal["json", "toml"] = "json"
    kind: bool = False
    url: str = "url"
    variable: str = "${env:%s}"


CLIENTS: Mapping[str, Client] = {
    "claude-desktop": Client(
        "claude_desktop_config.json (Settings, Developer, Edit Config)", url="", variable=""
    ),
    "claude-code": Client(".mcp.json in the project", kind=True, variable="${%s}"),
    "cursor": Client(".cursor/mcp.json in the project, or ~/.cursor/mcp.json"),
    "vscode": Client(".vscode/mcp.json in the workspace", table="servers", kind=True),
    "zed": Client("settings.json (zed: open settings)", table="context_servers", variable="<%s>"),
    "windsurf": Client("~/.codeium/windsurf/mcp_config.json", url="serverUrl"),
    "codex": Client("~/.codex/config.toml", table="mcp_servers", form="toml", variable=""),
}
"""By the name that ``tagwright mcp --config`` takes."""


def configuration(name: str, home: Path, url: str = "") -> str:
    """The text of the client's file, with this server alone in it.

    Args:
        name: Of :data:`CLIENTS`.
        home: The home that the server is to use.
        url: Of a server over HTTP; empty for one that the client starts itself. Its token is
            never written: the text names the environment variable.

    Raises:
        MisuseError: The client is unknown, or its file takes no URL.
    """
    client = CLIENTS.get(name)
    if client is None:
        raise MisuseError(f"There is no client {name!r}.", hint=f"One of {', '.join(CLIENTS)}.")
    if url and not client.url:
        raise MisuseError(
            f"{name} takes no URL in its file.", hint="Add it there under Settings, Connectors."
        )
    entry = _remote(client, url) if url else _local(client, home)
    if client.form == "toml":
        return _toml(client.table, entry)
    document = {client.table: {"tagwright": entry}}
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _local(client: Client, home: Path) -> dict[str, Any]:
    command, *arguments = _started()
    return {
        **({"type": "stdio"} if client.kind else {}),
        "command": command, "args": [*arguments, "mcp"],
        "env": {"TAGWRIGHT_HOME": str(home.resolve())},
    }  # fmt: skip


def _remote(client: Client, url: str) -> dict[str, Any]:
    entry: dict[str, Any] = {**({"type": "http"} if client.kind else {}), client.url: url}
    if client.form == "toml":
        return {**entry, "bearer_token_env_var": TOKEN_VARIABLE}
    return {**entry, "headers": {"Authorization": f"Bearer {client.variable % TOKEN_VARIABLE}"}}


def _started() -> list[str]:
    """How this program is started by whoever does not have our PATH."""
    own = Path(sys.argv[0])
    if "uv" in own.parts and "archive-v0" in own.parts:  # a cache of uvx, which is not to last
        return ["uvx", "tagwright"]
    if own.name.startswith("tagwright") and own.exists():
        return [str(own.resolve())]
    return [shutil.which("tagwright") or "tagwright"]


def _toml(table: str, entry: Mapping[str, Any]) -> str:
    """A table; JSON's strings and lists of strings are TOML's as well."""
    plain = {key: value for key, value in entry.items() if not isinstance(value, dict)}
    tables = {key: value for key, value in entry.items() if isinstance(value, dict)}
    lines = [f"[{table}.tagwright]", *(f"{key} = {_value(it)}" for key, it in plain.items())]
    for name, inner in tables.items():
        lines += ["", f"[{table}.tagwright.{name}]"]
        lines += [f"{key} = {_value(it)}" for key, it in inner.items()]
    return "\n".join(lines) + "\n"


def _value(value: Any) -> str:
    return json.dumps(value).replace("\x7f", "\\u007f")
