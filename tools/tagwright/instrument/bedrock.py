"""A boto3 ``bedrock-runtime`` client, by botocore's own event hooks.

Converse answers with the usage; InvokeModel tells it in headers, so that the body, which is a
stream, stays unread; streams tell it in their last event. docs.aws.amazon.com/bedrock/latest/
APIReference/API_runtime_Converse.html, …_TokenUsage.html.
"""

from __future__ import annotations

from functools import partial
from typing import Any

from tagwright.instrument.call import Call, Log
from tagwright.instrument.quiet import quietly, warn
from tagwright.instrument.shapes import bedrock_headers, bedrock_usage, part, word
from tagwright.instrument.streams import watched
from tagwright.instrument.watch import BedrockWatch
from tagwright.instrument.wrap import Handle

__all__ = ["instrument_bedrock"]

# OpenTelemetry has no name for an invoked model, which may chat, embed or draw.
_OPERATIONS = {
    "Converse": "chat",
    "ConverseStream": "chat",
    "InvokeModel": "invoke_model",
    "InvokeModelWithResponseStream": "invoke_model",
}
_STREAMS = {"ConverseStream": "stream", "InvokeModelWithResponseStream": "body"}
_KEY = "tagwright_call"
_MARK = "_tagwright_handle"


def instrument_bedrock(client: Any, log: Log) -> Handle:
    """Log each Converse and InvokeModel call of a boto3 client, streamed or not."""
    handle = Handle()
    quietly(None, _register, client, log, handle)
    if not handle.wrapped:
        warn(
            "No usage will be logged of %s: it is no bedrock-runtime client, or is instrumented "
            "already.",
            type(client).__name__,
        )
    return handle


def _register(client: Any, log: Log, handle: Handle) -> None:
    if client.meta.service_model.service_name != "bedrock-runtime" or _MARK in vars(client):
        return
    events = client.meta.events
    hooks = _Hooks(log, client.meta.region_name)
    setattr(client, _MARK, handle)
    for operation in _OPERATIONS:
        for event, hook in (
            ("provide-client-params", hooks.begin),
            ("after-call", hooks.answered),
            ("after-call-error", hooks.raised),
        ):
            name = f"{event}.bedrock-runtime.{operation}"
            events.register(name, hook)
            handle.add(name, partial(events.unregister, name, hook))
    handle.add("client", lambda: delattr(client, _MARK))
    handle.wrapped = tuple(_OPERATIONS)


class _Hooks:
    """Handlers; they return None, for botocore would take anything else as its answer."""

    def __init__(self, log: Log, region: object) -> None:
        self._log = log
        self._region = region

    def begin(self, params: Any, model: Any, context: Any, **_: Any) -> None:
        quietly(None, self._begin, params, model, context)

    def answered(self, parsed: Any, model: Any, context: Any, **_: Any) -> None:
        quietly(None, self._answered, parsed, model, context)

    def raised(self, exception: BaseException, context: Any, **_: Any) -> None:
        quietly(None, self._raised, exception, context)

    def _begin(self, params: Any, model: Any, context: Any) -> None:
        call = Call(self._log, "aws.bedrock", _OPERATIONS[model.name], part(params, "modelId"))
        call.note("cloud.region", self._region)
        context[_KEY] = call

    def _raised(self, exception: BaseException, context: Any) -> None:
        call = context.pop(_KEY, None)
        if call is not None:
            call.fail(exception)

    def _answered(self, parsed: Any, model: Any, context: Any) -> None:
        call = context.pop(_KEY, None)
        if call is None:
            return
        about = parsed.get("ResponseMetadata", {})
        # The id that Bedrock's own invocation log has as requestId.
        call.note("gen_ai.response.id", about.get("RequestId"))
        if "Error" in parsed and about.get("HTTPStatusCode", 0) >= 300:
            call.finish(error=word(parsed["Error"].get("Code")) or "error")
            return
        field = _STREAMS.get(model.name)
        if field is not None and field in parsed:
            parsed[field] = watched(parsed[field], call, BedrockWatch())
        elif model.name == "Converse":
            if tier := word(part(parsed.get("serviceTier"), "type")):
                call.note("service_tier", tier)
            call.finish(bedrock_usage(parsed.get("usage")))
        else:
            call.finish(bedrock_headers(about.get("HTTPHeaders", {})))
