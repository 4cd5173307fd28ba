"""Tools and a prompt of the suite that ask the client for something before they answer.

Up to 2025-11-25 the server sends a request of its own while the call is open; since 2026-07-28 it
returns what it needs (``InputRequiredResult``, SEP-2322), and the client calls again with it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from mcp import MCPError
from mcp.server.mcpserver import Context, Resolve, Sample
from mcp.server.mcpserver.prompts.base import UserMessage
from mcp.types import (
    INVALID_PARAMS,
    CreateMessageRequest,
    CreateMessageRequestParams,
    CreateMessageResult,
    ElicitRequest,
    ElicitRequestFormParams,
    ElicitResult,
    InputRequiredResult,
    ListRootsRequest,
    ListRootsResult,
    SamplingMessage,
    TextContent,
)
from pydantic import BaseModel, Field, JsonValue

if TYPE_CHECKING:
    from mcp.server.mcpserver import MCPServer

__all__ = ["add_asking"]

Asked = dict[str, CreateMessageRequest | ElicitRequest | ListRootsRequest]


def add_asking(server: MCPServer[Any]) -> None:
    """Mount all of them."""
    for function in _TOOLS:
        server.tool(structured_output=False)(function)
    server.prompt(description="Asks what it is to be about.")(test_input_required_result_prompt)


# --- what is asked --------------------------------------------------------------------------------


def _form(message: str, **properties: dict[str, Any]) -> ElicitRequest:
    schema = {"type": "object", "properties": properties, "required": list(properties)}
    return ElicitRequest(params=ElicitRequestFormParams(message=message, requested_schema=schema))


def _sampled(text: str, most: int) -> CreateMessageRequest:
    message = SamplingMessage(role="user", content=TextContent(type="text", text=text))
    return CreateMessageRequest(
        params=CreateMessageRequestParams(messages=[message], max_tokens=most)
    )


_NAME = {"name": {"type": "string"}}


def _filled(ctx: Context[Any, Any], key: str) -> dict[str, Any] | None:
    """What a person filled in; None where the client did not bring it, or not in that form."""
    found = (ctx.input_responses or {}).get(key)
    if not isinstance(found, ElicitResult) or found.action != "accept":
        return None
    return dict(found.content or {})


def _told(ctx: Context[Any, Any], key: str) -> str | None:
    found = (ctx.input_responses or {}).get(key)
    if isinstance(found, CreateMessageResult) and isinstance(found.content, TextContent):
        return found.content.text
    if isinstance(found, ListRootsResult):
        return ", ".join(str(root.uri) for root in found.roots)
    return None


# --- up to 2025-11-25 -----------------------------------------------------------------------------


class Account(BaseModel):
    """The form of ``test_elicitation``."""

    username: str = Field(description="User's response")
    email: str = Field(description="User's email address")


class Defaults(BaseModel):
    """A form with a default of each primitive type (SEP-1034)."""

    name: str = "John Doe"
    age: int = 30
    score: float = 95.5
    status: str = Field("active", json_schema_extra={"enum": ["active", "inactive", "pending"]})
    verified: bool = True


def _titled(*values: str) -> JsonValue:
    return [{"const": value, "title": value.title()} for value in values]


class Choices(BaseModel):
    """A form with each kind of choice (SEP-1330)."""

    untitledSingle: str = Field(json_schema_extra={"enum": ["option1", "option2", "option3"]})  # noqa: N815  the suite's
    titledSingle: str = Field(json_schema_extra={"oneOf": _titled("value1", "value2", "value3")})  # noqa: N815
    legacyEnum: str = Field(  # noqa: N815
        json_schema_extra={"enum": ["opt1", "opt2", "opt3"],
                           "enumNames": ["Option One", "Option Two", "Option Three"]}
    )  # fmt: skip
    untitledMulti: list[str] = Field(  # noqa: N815
        json_schema_extra={"items": {"type": "string", "enum": ["option1", "option2", "option3"]}}
    )
    titledMulti: list[str] = Field(  # noqa: N815
        json_schema_extra={"items": {"anyOf": _titled("value1", "value2", "value3")}}
    )


async def _elicited(ctx: Context[Any, Any], message: str, form: type[BaseModel], said: str) -> str:
    found = await ctx.elicit(message, form)
    content = found.data.model_dump_json() if found.action == "accept" else "{}"
    return f"{said}: action={found.action}, content={content}"


async def test_sampling(prompt: str, ctx: Context[Any, Any]) -> str:
    """Asks the client's model."""
    request = _sampled(prompt, 100).params
    found = await ctx.session.create_message(
        messages=request.messages, max_tokens=request.max_tokens,
        related_request_id=ctx.request_id,
    )  # fmt: skip
    text = found.content.text if isinstance(found.content, TextContent) else "no text"
    return f"LLM response: {text}"


async def test_elicitation(message: str, ctx: Context[Any, Any]) -> str:
    """Asks the person."""
    return await _elicited(ctx, message, Account, "User response")


async def test_elicitation_sep1034_defaults(ctx: Context[Any, Any]) -> str:
    """Asks with defaults."""
    return await _elicited(ctx, "Who are you?", Defaults, "Elicitation completed")


async def test_elicitation_sep1330_enums(ctx: Context[Any, Any]) -> str:
    """Asks for choices."""
    return await _elicited(ctx, "Choose.", Choices, "Elicitation completed")


# --- since 2026-07-28 -----------------------------------------------------------------------------

Answer = str | InputRequiredResult


async def test_input_required_result_elicitation(ctx: Context[Any, Any]) -> Answer:
    """Asks a name."""
    filled = _filled(ctx, "user_name")
    if filled is None or not isinstance(filled.get("name"), str):
        return InputRequiredResult(
            input_requests={"user_name": _form("What is your name?", **_NAME)}
        )
    return f"Hello, {filled['name']}!"


async def test_input_required_result_sampling(ctx: Context[Any, Any]) -> Answer:
    """Asks the client's model."""
    told = _told(ctx, "capital_question")
    asked: Asked = {"capital_question": _sampled("What is the capital of France?", 100)}
    return told or InputRequiredResult(input_requests=asked)


async def test_input_required_result_list_roots(ctx: Context[Any, Any]) -> Answer:
    """Asks for the client's folders."""
    told = _told(ctx, "client_roots")
    if told is None:
        return InputRequiredResult(input_requests={"client_roots": ListRootsRequest()})
    return f"Roots: {told}"


async def test_input_required_result_capabilities(ctx: Context[Any, Any]) -> Answer:
    """Asks for no more than the client said it can do."""
    can = ctx.client_capabilities
    asked: Asked = {}
    if can and can.elicitation is not None:
        asked["user_name"] = _form("What is your name?", **_NAME)
    if can and can.sampling is not None:
        asked["greeting"] = _sampled("Generate a greeting", 50)
    if can and can.roots is not None:
        asked["client_roots"] = ListRootsRequest()
    if ctx.input_responses or not asked:
        return "Nothing more is needed."
    return InputRequiredResult(input_requests=asked)


# Their state is sealed by the SDK: what was tampered with never reaches them.
_CONFIRM: Asked = {"confirm": _form("Please confirm", ok={"type": "boolean"})}


async def test_input_required_result_request_state(ctx: Context[Any, Any]) -> Answer:
    """Asks, and wants its own word back."""
    if ctx.request_state is None or _filled(ctx, "confirm") is None:
        return InputRequiredResult(input_requests=_CONFIRM, request_state="confirming")
    return "state-ok" if ctx.request_state == "confirming" else "state-lost"


async def test_input_required_result_tampered_state(ctx: Context[Any, Any]) -> Answer:
    """The same; the suite changes the state on its way."""
    return await test_input_required_result_request_state(ctx)


async def test_input_required_result_multiple_inputs(ctx: Context[Any, Any]) -> Answer:
    """Asks three things at once."""
    asked: Asked = {
        "user_name": _form("What is your name?", **_NAME),
        "greeting": _sampled("Generate a greeting", 50),
        "client_roots": ListRootsRequest(),
    }
    if asked.keys() <= (ctx.input_responses or {}).keys():
        return "All three were answered."
    return InputRequiredResult(input_requests=asked, request_state="three")


async def test_input_required_result_multi_round(ctx: Context[Any, Any]) -> Answer:
    """Asks twice."""
    if ctx.request_state is None:
        asked: Asked = {"step1": _form("Step 1: What is your name?", **_NAME)}
        return InputRequiredResult(input_requests=asked, request_state="1")
    if ctx.request_state == "1":
        name = (_filled(ctx, "step1") or {}).get("name", "?")
        asked = {"step2": _form("Step 2: What is your favorite color?",
                                color={"type": "string"})}  # fmt: skip
        return InputRequiredResult(input_requests=asked, request_state=f"2 {name}")
    color = (_filled(ctx, "step2") or {}).get("color", "?")
    return f"{ctx.request_state.removeprefix('2 ')} likes {color}."


def _greeting() -> Sample:
    request = _sampled("Generate a greeting", 50).params
    return Sample(request.messages, max_tokens=request.max_tokens)


async def test_missing_capability(
    said: Annotated[CreateMessageResult, Resolve(_greeting)],
) -> str:
    """Needs a client that samples: others are refused before it runs."""
    return said.content.text if isinstance(said.content, TextContent) else "no text"


async def test_streaming_elicitation(ctx: Context[Any, Any]) -> Answer:
    """Says how far it is, and asks."""
    await ctx.report_progress(1, 2)
    return await test_input_required_result_request_state(ctx)


async def test_input_required_result_prompt(
    ctx: Context[Any, Any],
) -> list[UserMessage] | InputRequiredResult:
    filled = _filled(ctx, "user_context")
    if filled is None:
        asked: Asked = {
            "user_context": _form("What context should the prompt use?",
                                  context={"type": "string"})
        }  # fmt: skip
        return InputRequiredResult(input_requests=asked)
    if not isinstance(filled.get("context"), str):
        raise MCPError(INVALID_PARAMS, "context must be a text.")
    return [UserMessage(TextContent(type="text", text=f"About: {filled['context']}"))]


_TOOLS = (
    test_sampling,
    test_elicitation,
    test_elicitation_sep1034_defaults,
    test_elicitation_sep1330_enums,
    test_input_required_result_elicitation,
    test_input_required_result_sampling,
    test_input_required_result_list_roots,
    test_input_required_result_capabilities,
    test_input_required_result_request_state,
    test_input_required_result_tampered_state,
    test_input_required_result_multiple_inputs,
    test_input_required_result_multi_round,
    test_missing_capability,
    test_streaming_elicitation,
)
