"""What agents have of Slack's Web API: streams, statuses, prompts, the home tab; strict as Slack.

A stream's steps stand in a block ``plan`` of its message; their ``task_id`` is that of the chunk.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from fake_slack import FakeSlack

__all__ = ["agent_methods"]

_Done = dict[str, Any]
_HOME = {"actions", "context", "divider", "header", "image", "input", "rich_text", "section"}
"""Blocks that Slack's documents name for home tabs."""


def _error(name: str) -> _Done:
    return {"ok": False, "error": name}


def agent_methods(slack: FakeSlack) -> dict[str, Callable[[_Done], _Done]]:
    """The methods, by their names."""
    return {
        "chat.startStream": lambda body: _start(slack, body),
        "chat.appendStream": lambda body: _append(slack, body),
        "chat.stopStream": lambda body: _stop(slack, body),
        "chat.delete": lambda body: _delete(slack, body),
        "assistant.threads.setStatus": lambda body: _status(slack, body),
        "assistant.threads.setSuggestedPrompts": lambda body: _prompts(slack, body),
        "views.publish": lambda body: _publish(slack, body),
    }


def _start(slack: FakeSlack, body: _Done) -> _Done:
    channel = str(body.get("channel"))
    if channel not in slack.channels:
        return _error("channel_not_found")
    if channel.startswith("C"):
        for name in ("recipient_user_id", "recipient_team_id"):
            if not body.get(name):
                return _error(f"missing_{name}")
        if body["recipient_user_id"] not in slack.channels[channel]:
            return _error("user_not_found")
    modes = {"plan", "timeline"}
    if not body.get("thread_ts") or body.get("task_display_mode") not in modes or not _good(body):
        return _error("invalid_arguments")
    message = slack.stand({"channel": channel, "thread_ts": body["thread_ts"], "text": ""})
    message |= {"streaming_state": "in_progress", "blocks": [{"type": "plan", "tasks": []}]}
    _take(message, body)
    return {"ok": True, "channel": channel, "ts": message["ts"]}


def _good(body: _Done) -> bool:
    chunks = body.get("chunks") or []
    return all(
        chunk["type"] == "task_update" and chunk["id"] and 0 < len(chunk["title"]) <= 256
        and chunk["status"] in {"pending", "in_progress", "complete", "error"}
        for chunk in chunks
    )  # fmt: skip


def _take(message: _Done, body: _Done) -> None:
    tasks = message["blocks"][0]["tasks"]
    for chunk in body.get("chunks") or []:
        task = {"task_id": chunk["id"], "title": chunk["title"], "status": chunk["status"]}
        for place, one in enumerate(tasks):
            if one["task_id"] == chunk["id"]:
                tasks[place] = task
                break
        else:
            tasks.append(task)


def _streaming(slack: FakeSlack, body: _Done) -> tuple[_Done, str]:
    """The message, or an error."""
    for one in slack.messages.get(str(body.get("channel")), []):
        if one["ts"] == body.get("ts"):
            live = one.get("streaming_state") == "in_progress"
            return one, "" if live else "message_not_in_streaming_state"
    return {}, "message_not_found"


def _append(slack: FakeSlack, body: _Done) -> _Done:
    message, error = _streaming(slack, body)
    if error:
        return _error(error)
    if not body.get("chunks") or not _good(body):
        return _error("invalid_arguments")
    _take(message, body)
    return {"ok": True, "ts": message["ts"]}


def _stop(slack: FakeSlack, body: _Done) -> _Done:
    message, error = _streaming(slack, body)
    if error:
        return _error(error)
    if len(body.get("blocks") or []) > 50:
        return _error("invalid_blocks")
    _take(message, body)
    message["streaming_state"] = "completed"
    message["blocks"] = [*message["blocks"], *(body.get("blocks") or [])]
    if "metadata" in body:
        message["metadata"] = body["metadata"]
    return {"ok": True, "ts": message["ts"], "message": message}


def _delete(slack: FakeSlack, body: _Done) -> _Done:
    held = slack.messages.get(str(body.get("channel")), [])
    kept = [one for one in held if one["ts"] != body.get("ts")]
    if len(kept) == len(held):
        return _error("message_not_found")
    slack.messages[str(body["channel"])] = kept
    return {"ok": True, "ts": body["ts"]}


def _status(slack: FakeSlack, body: _Done) -> _Done:
    channel, thread = str(body.get("channel_id")), str(body.get("thread_ts") or "")
    if channel not in slack.channels:
        return _error("channel_not_found")
    if not thread or "status" not in body:
        return _error("invalid_arguments")
    slack.statuses[channel, thread] = str(body["status"])
    return {"ok": True}


def _prompts(slack: FakeSlack, body: _Done) -> _Done:
    prompts = body.get("prompts") or []
    if body.get("channel_id") not in slack.channels:
        return _error("channel_not_found")
    if body.get("thread_ts"):  # of the assistant of before; an agent's call would do nothing
        return _error("invalid_thread_ts")
    if not 1 <= len(prompts) <= 4 or not all(
        one.get("title") and one.get("message") for one in prompts
    ):
        return _error("invalid_arguments")
    slack.prompts.append(body)
    return {"ok": True}


def _publish(slack: FakeSlack, body: _Done) -> _Done:
    view = body.get("view") or {}
    blocks = view.get("blocks") or []
    if not body.get("user_id") or view.get("type") != "home" or not 1 <= len(blocks) <= 100:
        return _error("invalid_arguments")
    if any(block["type"] not in _HOME for block in blocks) or any(
        len(block["text"]["text"]) > (150 if block["type"] == "header" else 3000)
        for block in blocks
        if block["type"] in {"header", "section"}
    ):
        return _error("invalid_blocks")
    slack.homes[str(body["user_id"])] = view
    return {"ok": True, "view": {**view, "id": "V1"}}
