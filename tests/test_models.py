"""Chat models by name, and which of their faults may pass."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tagwright.config import Settings, load_settings
from tagwright.errors import ConfigError, ProviderError
from tagwright_agent import models
from tagwright_agent.planner import CatalogueView
from tagwright_agent.planner.model import BuiltinPlanner

VIEW = CatalogueView()


def settings_with(tmp_path: Any, model: str) -> Settings:
    return load_settings(tmp_path).model_copy(update={"model": model})


def test_the_built_in_planner_is_the_default(tmp_path: Any) -> None:
    assert isinstance(models.load_model(load_settings(tmp_path), VIEW), BuiltinPlanner)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("gpt-5", "neither 'builtin' nor 'provider:model'"),
        (":model", "neither"),
        ("openai:", "neither"),
        ("nobody:model", "unknown provider 'nobody'"),
        ("groq:llama", "needs the package langchain-groq"),
    ],
)
def test_a_model_that_cannot_be_had_is_a_setting_that_is_wrong(
    name: str, said: str, tmp_path: Any
) -> None:
    with pytest.raises(ConfigError, match="Setting 'model'") as caught:
        models.load_model(settings_with(tmp_path, name), VIEW)
    assert said in str(caught.value)


def test_the_providers_own_text_is_not_passed_on(
    tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    import langchain.chat_models

    def refuse(*_: Any, **__: Any) -> None:
        raise RuntimeError("invalid api_key sk-secret-1234")

    monkeypatch.setattr(langchain.chat_models, "init_chat_model", refuse)
    with pytest.raises(ConfigError) as caught:
        models.load_model(settings_with(tmp_path, "openai:gpt"), VIEW)
    assert "sk-secret" not in json.dumps(caught.value.as_dict())
    assert caught.value.__cause__ is None


def status(code: int) -> Exception:
    error = RuntimeError("no")
    error.status_code = code  # type: ignore[attr-defined]
    return error


@pytest.mark.parametrize(
    ("cause", "passes"),
    [
        (ConnectionError(), True),
        (TimeoutError(), True),
        (status(429), True),
        (status(408), True),
        (status(503), True),
        (status(400), False),
        (status(401), False),
        (KeyError("x"), False),
        (None, False),
    ],
)
def test_which_failures_are_tried_again(cause: Exception | None, passes: bool) -> None:
    error = ProviderError("The model failed.")
    error.__cause__ = cause
    assert models.is_transient(error) is passes
