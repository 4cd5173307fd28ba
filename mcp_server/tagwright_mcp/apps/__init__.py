"""MCP Apps: pictures of results, drawn in the host's frame from what the host was sent.

Each app is one document without network, whose policy names its script and style by their hashes:
nothing else runs in it, whatever a name from a bill holds (docs/decisions/0053).
"""

from __future__ import annotations

import base64
import hashlib
import json
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Literal

import tagwright

if TYPE_CHECKING:
    from mcp.server.apps import Apps
    from mcp.types import Tool

    from tagwright.config import Settings

__all__ = ["APPS", "apps_of", "document", "with_app"]

APPS: dict[Literal["costs", "plan"], tuple[str, ...]] = {
    "costs": ("query_costs", "explain_change", "tag_coverage", "unit_costs", "allocate_costs"),
    "plan": ("propose_tag_fixes", "get_plan"),
}
"""Which tools each app shows; its resource is ``ui://tagwright/<app>``."""

_TITLES = {"costs": "Costs", "plan": "Plan"}
_SCRIPTS = {"costs": ("app.js", "chart.js", "costs.js"), "plan": ("app.js", "plan.js")}


def with_app(tool: Tool) -> Tool:
    """The tool as a client that shows apps is told of it: with the address of its app."""
    found = next((app for app, tools in APPS.items() if tool.name in tools), None)
    if found is None:
        return tool
    return tool.model_copy(update={"meta": {**(tool.meta or {}), "ui": {"resourceUri": _uri(found)}}})


def apps_of(settings: Settings) -> Apps:
    """The extension for a server; a document is put together when it is first read."""
    from mcp.server.apps import APP_MIME_TYPE, Apps
    from mcp.server.mcpserver.resources import FunctionResource

    made = Apps()
    for app in APPS:
        made.add_resource(
            FunctionResource(
                uri=_uri(app),
                name=app,
                title=_TITLES[app],
                mime_type=APP_MIME_TYPE,
                meta={"ui": {"prefersBorder": True}},
                fn=lambda app=app: document(app, _approver(settings)),  # type: ignore[misc]
            )
        )
    return made


def _uri(app: str) -> str:
    return f"ui://tagwright/{app}"


def _approver(settings: Settings) -> str:
    """Where people decide, as Slack's button has it; empty where it is at a terminal."""
    approval = settings.approval
    return (approval.oidc.page_url if approval.oidc else approval.approver_url) or ""


@cache
def document(app: Literal["costs", "plan"], approver: str = "") -> str:
    """An app as one HTML document.

    Args:
        app: Which.
        approver: ``scheme://host[:port]`` of the approver's page; empty where there is none.
    """
    from tagwright.render.palette import MORE, ONE, SERIES
    from tagwright.render.result import RATIO_COLUMNS

    style = _file("app.css")
    script = "".join(_file(name) for name in _SCRIPTS[app])
    house: dict[str, Any] = {
        "version": tagwright.__version__,
        "approver": approver,
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
