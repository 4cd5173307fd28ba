"""Chat models: the built-in planner by default, or any that langchain knows (extra ``models``)."""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from tagwright.errors import ConfigError, ProviderError
from tagwright.extras import how_to_install
from tagwright.text import clean

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

    from tagwright.config import Settings
    from tagwright_agent.planner import CatalogueView

__all__ = ["is_transient", "load_model"]


_TAKES_TIMEOUT = {"openai", "azure_openai", "anthropic", "mistralai", "groq", "deepseek", "xai"}


def load_model(settings: Settings, view: CatalogueView) -> BaseChatModel:
    """The model that ``settings.model`` names.

    Raises:
        ConfigError: The name is malformed, the provider is unknown, or its package or key is
            missing. The message never holds the provider's own text, which may quote a key.
    """
    if settings.model == "builtin":
        from tagwright_agent.planner.model import BuiltinPlanner

        return BuiltinPlanner(view=view)
    provider, separator, name = settings.model.partition(":")
    if not separator or not provider.strip() or not name.strip():
        raise ConfigError(
            f"Setting 'model': {clean(settings.model)!r} is neither 'builtin' nor "
            "'provider:model'.",
            hint="For example TAGWRIGHT_MODEL=anthropic:claude-sonnet-4-5.",
        )
    if find_spec("langchain") is None:
        raise ConfigError(
            f"Setting 'model': {clean(settings.model)!r} needs langchain, which is not installed.",
            hint=how_to_install("models"),
        )
    from langchain.chat_models import init_chat_model

    options: dict[str, Any] = {}
    if provider in _TAKES_TIMEOUT:
        options = {"timeout": settings.model_wait, "max_retries": 0}  # the graph retries, once
    if provider in {"openai", "azure_openai"}:
        options["stream_usage"] = True  # else it does not say what was used
    try:
        model: BaseChatModel = init_chat_model(name, model_provider=provider, **options)
    except ImportError as error:
        package = _package(error, provider)
        raise ConfigError(
            f"Setting 'model': provider {clean(provider)!r} needs the package {package}.",
            hint=how_to_install("models", package),
        ) from None
    except Exception as error:  # noqa: BLE001  each provider's package raises its own
        if isinstance(error, ValueError) and "nsupported" in str(error):
            raise ConfigError(
                f"Setting 'model': unknown provider {clean(provider)!r}.",
                hint="See langchain's init_chat_model for the names.",
            ) from None
        raise ConfigError(
            f"Setting 'model': {clean(settings.model)!r} could not be set up "
            f"({type(error).__name__}).",
            hint="Usually the provider's key is not in the environment.",
        ) from None
    return model


def _package(error: ImportError, provider: str) -> str:
    """The missing distribution's name, from the import that failed."""
    for word in str(error).replace("`", " ").replace("'", " ").split():
        if word.startswith("langchain-"):
            return clean(word.rstrip(".,"))
    missing = (error.name or "").partition(".")[0]
    return clean((missing or f"langchain-{provider}").replace("_", "-"))


def is_transient(error: BaseException) -> bool:
    """Whether a model's failure may pass when asked again: a transport fault, 408, 429 or 5xx.

    Our own errors and refusals (401, 400, a bug) are never retried.
    """
    cause = error.__cause__ if isinstance(error, ProviderError) else error
    if isinstance(cause, (ConnectionError, TimeoutError)):
        return True
    if cause is None:
        return False
    if type(cause).__name__ in {"APIConnectionError", "APITimeoutError"}:
        return True
    if any(
        base.__module__.startswith("httpx") and base.__name__ == "TransportError"
        for base in type(cause).__mro__
    ):
        return True
    status = getattr(cause, "status_code", None)
    return isinstance(status, int) and (status in {408, 429} or 500 <= status < 600)
