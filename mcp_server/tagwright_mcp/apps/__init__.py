"""MCP Apps: pictures of results, drawn in the host's frame from what the host was sent.

Each app is one document without network, whose policy names its script and style by their hashes:
nothing else runs in it, whatever a name from a bill holds (docs/decisions/0053).
"""

from __future__ import annotations

import base64
import hashlib
import json
from functools import cache, partial
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Literal

from mcp.server.apps import APP_MIME_TYPE, EXTENSION_ID, Apps, client_supports_apps
from mcp.server.mcpserver.resources import FunctionResource
from mcp.types import ClientCapabilities

import tagwright

if TYPE_CHECKING:
    from mcp.server.context import ServerRequestContext
    from mcp.types import Tool

__all__ = ["APPS", "apps_of", "document", "session_mark", "shows_apps", "with_app"]

APPS: dict[Literal["costs", "plan"], tuple[str, ...]] = {
    "costs": ("query_costs", "explain_change", "tag_coverage", "unit_costs", "allocate_costs"),
    "plan": ("propose_tag_fixes", "get_plan"),
}
"""Which tools each app shows; its resource is ``ui://tagwright/<app>``."""

_MARK = "-apps"
_TITLES = {"costs": "Costs", "plan": "Plan"}
_SCRIPTS = {"costs": ("app.js", "chart.js", "costs.js"), "plan": ("app.js", "plan.js")}


def with_app(tool: Tool) -> Tool:
    """The tool as a client that shows apps is told of it: with the address of its app."""
    found = next((app for app, tools in APPS.items() if tool.name in tools), None)
    if found is None:
        return tool
    ui = {"resourceUri": _uri(found)}
    return tool.model_copy(update={"meta": {**(tool.meta or {}), "ui": ui}})


def session_mark(initialize: object) -> str:
    """What a session id that keeps no session ends with, so that it tells what its client shows.

    Args:
        initialize: The request's parameters, as they came.
    """
    try:
        client = ClientCapabilities.model_validate(initialize["capabilities"])  # type: ignore[index]
    except (KeyError, TypeError, ValueError):
        return ""
    shown = ((client.extensions or {}).get(EXTENSION_ID) or {}).get("mimeTypes")
    return _MARK if isinstance(shown, list) and APP_MIME_TYPE in shown else ""


def shows_apps(ctx: ServerRequestContext[Any, Any]) -> bool:
    """Whether the client of a request said that it shows apps: then, or when it began."""
    session = ctx.request.headers.get("mcp-session-id", "") if ctx.request is not None else ""
    return client_supports_apps(ctx) or session.endswith(_MARK)


def apps_of() -> Apps:
    """The extension for a server; a document is put together when it is first read."""
    made = Apps()
    for app in APPS:
        made.add_resource(
            FunctionResource(
                uri=_uri(app),
                name=app,
                title=_TITLES[app],
                mime_type=APP_MIME_TYPE,
                meta={"ui": {"prefersBorder": True}},
                fn=partial(document, app),
            )
        )
    return made


def _uri(app: str) -> str:
    return f"ui://tagwright/{app}"


@cache
def document(app: Literal["costs", "plan"]) -> str:
    """An app as one HTML document: the same for everybody, and nothing of the data in it."""
    from tagwright.render.palette import MORE, ONE, SERIES
    from tagwright.render.result import RATIO_COLUMNS

    style = _file("app.css")
    script = "".join(_file(name) for name in _SCRIPTS[app])
    house: dict[str, Any] = {
        "version": tagwright.__version__,
        "one": ONE,
        "more": MORE,
        "series": SERIES,
        "ratios": sorted(RATIO_COLUMNS),
    }
    data = json.dumps(house).replace("<", "\\u003c")
    policy = (
        f"default-src 'none'; script-src '{_hash(script)}'; style-src '{_hash(style)}'; "
        "base-uri 'none'; form-action 'none'"
    )
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{_TITLES[app]}</title>\n<style>{style}</style>\n</head>\n<body>\n"
        f'<main id="app"></main>\n<script type="application/json" id="house">{data}</script>\n'
        f"<script>{script}</script>\n</body>\n</html>\n"
    )


def _file(name: str) -> str:
    return files(__name__).joinpath(name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"
