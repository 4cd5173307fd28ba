"""Tools, resources and prompts that the suite calls by name and asks nothing back.

The names and texts are the suite's own: each scenario's description states them
(github.com/modelcontextprotocol/conformance, 0.2.0-alpha.12).
"""

from __future__ import annotations

import base64
import json
import struct
import zlib
from typing import TYPE_CHECKING, Any

import anyio
from mcp.server.mcpserver import Context  # noqa: TC002  the SDK reads the signatures
from mcp.server.mcpserver.exceptions import ToolError
from mcp.server.mcpserver.prompts.base import UserMessage
from mcp.types import (
    AudioContent,
    EmbeddedResource,
    ImageContent,
    TextContent,
    TextResourceContents,
)

if TYPE_CHECKING:
    from mcp.server.mcpserver import MCPServer

__all__ = ["add_fixtures"]

_PAUSE = 0.05
"""Seconds between two messages: the suite wants to see several."""


def _png() -> str:
    """One red pixel."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        body = kind + data
        return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))

    header = struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0)
    pixels = zlib.compress(b"\0\xff\0\0")
    image = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels)
    return base64.b64encode(image + chunk(b"IEND", b"")).decode()


def _wav() -> str:
    """One silent sample."""
    form = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, 1, 8000, 16000, 2, 16)
    data = struct.pack("<4sIh", b"data", 2, 0)
    whole = b"WAVE" + form + data
    return base64.b64encode(struct.pack("<4sI", b"RIFF", len(whole)) + whole).decode()


def add_fixtures(server: MCPServer[Any]) -> None:
    """Mount all of them."""
    _add_tools(server)
    _add_live_tools(server)
    _add_resources(server)
    _add_prompts(server)


def _text(text: str) -> TextContent:
    return TextContent(type="text", text=text)


def _image() -> ImageContent:
    return ImageContent(type="image", data=_png(), mime_type="image/png")


def _embedded(uri: str, mime_type: str, text: str) -> EmbeddedResource:
    contents = TextResourceContents(uri=uri, mime_type=mime_type, text=text)
    return EmbeddedResource(type="resource", resource=contents)


def _add_tools(server: MCPServer[Any]) -> None:
    def test_simple_text() -> str:
        """A text."""
        return "This is a simple text response for testing."

    def test_image_content() -> list[ImageContent]:
        """A picture."""
        return [_image()]

    def test_audio_content() -> list[AudioContent]:
        """A sound."""
        return [AudioContent(type="audio", data=_wav(), mime_type="audio/wav")]

    def test_embedded_resource() -> list[EmbeddedResource]:
        """A resource in the result."""
        text = "This is an embedded resource content."
        return [_embedded("test://embedded-resource", "text/plain", text)]

    def test_multiple_content_types() -> list[TextContent | ImageContent | EmbeddedResource]:
        """A text, a picture and a resource."""
        data = json.dumps({"test": "data", "value": 123})
        return [
            _text("Multiple content types test:"),
            _image(),
            _embedded("test://mixed-content-resource", "application/json", data),
        ]

    def test_error_handling() -> str:
        """Always fails."""
        raise ToolError("This tool intentionally returns an error for testing")

    for function in (
        test_simple_text, test_image_content, test_audio_content, test_embedded_resource,
        test_multiple_content_types, test_error_handling,
    ):  # fmt: skip
        server.tool(structured_output=False)(function)


def _add_live_tools(server: MCPServer[Any]) -> None:
    async def test_tool_with_logging(ctx: Context[Any, Any]) -> str:
        """Says what it does while it does it."""
        await ctx.info("Tool execution started")
        await anyio.sleep(_PAUSE)
        await ctx.info("Tool processing data")
        await anyio.sleep(_PAUSE)
        await ctx.info("Tool execution completed")
        return "Tool with logging executed successfully"

    async def test_tool_with_progress(ctx: Context[Any, Any]) -> str:
        """Says how far it is."""
        for done in (0, 50, 100):
            await ctx.report_progress(done, 100, f"Completed step {done} of 100")
            await anyio.sleep(_PAUSE)
        return "Tool with progress executed successfully"

    async def test_reconnection(ctx: Context[Any, Any]) -> str:
        """Closes its stream in the middle; the rest comes on the next."""
        await ctx.close_sse_stream()
        await anyio.sleep(4 * _PAUSE)
        return "Reconnection test completed"

    async def test_logging_tool(ctx: Context[Any, Any]) -> str:
        """One line to whoever asked for lines."""
        await ctx.info("A line")
        return "logged"

    async def test_trigger_tool_change(ctx: Context[Any, Any]) -> str:
        """Says that the list of tools changed."""
        await ctx.notify_tools_changed()
        return "told"

    async def test_trigger_prompt_change(ctx: Context[Any, Any]) -> str:
        """Says that the list of prompts changed."""
        await ctx.notify_prompts_changed()
        return "told"

    for function in (
        test_tool_with_logging, test_tool_with_progress, test_reconnection, test_logging_tool,
        test_trigger_tool_change, test_trigger_prompt_change,
    ):  # fmt: skip
        server.tool(structured_output=False)(function)


def _add_resources(server: MCPServer[Any]) -> None:
    @server.resource("test://static-text", mime_type="text/plain", description="A text.")
    def static_text() -> str:
        return "This is the content of the static text resource."

    @server.resource("test://static-binary", mime_type="image/png", description="A picture.")
    def static_binary() -> bytes:
        return base64.b64decode(_png())

    @server.resource("test://watched-resource", mime_type="text/plain", description="Watched.")
    def watched_resource() -> str:
        return "Watched resource content"

    @server.resource(
        "test://template/{id}/data", mime_type="application/json", description="By id."
    )
    def template(id: str) -> str:  # noqa: A002  the suite's template names it so
        return json.dumps({"id": id, "templateTest": True, "data": f"Data for ID: {id}"})


def _add_prompts(server: MCPServer[Any]) -> None:
    @server.prompt(description="Without arguments.")
    def test_simple_prompt() -> list[UserMessage]:
        return [UserMessage(_text("This is a simple prompt for testing."))]

    @server.prompt(description="With two arguments.")
    def test_prompt_with_arguments(arg1: str, arg2: str) -> list[UserMessage]:
        return [UserMessage(_text(f"Prompt with arguments: arg1='{arg1}', arg2='{arg2}'"))]

    @server.prompt(description="With a resource in it.")
    def test_prompt_with_embedded_resource(resourceUri: str) -> list[UserMessage]:  # noqa: N803  the suite's name
        text = "Embedded resource content for testing."
        return [
            UserMessage(_embedded(resourceUri, "text/plain", text)),
            UserMessage(_text("Please process the embedded resource above.")),
        ]

    @server.prompt(description="With a picture in it.")
    def test_prompt_with_image() -> list[UserMessage]:
        return [UserMessage(_image()), UserMessage(_text("Please analyze the image above."))]
