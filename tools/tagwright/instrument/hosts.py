"""Who answers at an address, by OpenTelemetry's names for ``gen_ai.provider.name``."""

from __future__ import annotations

__all__ = ["host_of", "provider_of"]

_PROVIDERS = {
    "api.openai.com": "openai",
    "openai.azure.com": "azure.ai.openai",
    "cognitiveservices.azure.com": "azure.ai.openai",
    "services.ai.azure.com": "azure.ai.inference",
    "api.anthropic.com": "anthropic",
    "api.cohere.ai": "cohere",
    "api.cohere.com": "cohere",
    "api.deepseek.com": "deepseek",
    "api.groq.com": "groq",
    "api.mistral.ai": "mistral_ai",
    "api.perplexity.ai": "perplexity",
    "api.x.ai": "x_ai",
    "generativelanguage.googleapis.com": "gcp.gemini",
    "aiplatform.googleapis.com": "gcp.vertex_ai",
}


def provider_of(host: str) -> str | None:
    """The provider at a host or above it; None where nobody known is."""
    host = host.lower().rstrip(".")
    for known, provider in _PROVIDERS.items():
        # Google writes the region with a dash: us-central1-aiplatform.googleapis.com
        if host == known or host.endswith((f".{known}", f"-{known}")):
            return provider
    return None


def host_of(address: object) -> str | None:
    """The host of a URL, as text or as an object that has one; never what else is in it."""
    host = getattr(address, "host", None)
    if isinstance(address, str):
        from urllib.parse import urlsplit

        host = urlsplit(address).hostname
    return host if isinstance(host, str) and host else None
