"""OpenTelemetry's names of providers, by what gateways and older instrumentation call them.

semantic-conventions-genai, ``gen_ai.provider.name``; LiteLLM's ``custom_llm_provider``.
"""

from __future__ import annotations

__all__ = ["OTEL_PROVIDERS"]

OTEL_PROVIDERS = {
    "az.ai.inference": "azure.ai.inference",
    "az.ai.openai": "azure.ai.openai",
    "azure": "azure.ai.openai",
    "azure_ai": "azure.ai.inference",
    "azure_text": "azure.ai.openai",
    "bedrock": "aws.bedrock",
    "bedrock_converse": "aws.bedrock",
    "cohere_chat": "cohere",
    "gemini": "gcp.gemini",
    "google": "gcp.gemini",
    "mistral": "mistral_ai",
    "sagemaker": "aws.sagemaker",
    "text-completion-openai": "openai",
    "vertex_ai": "gcp.vertex_ai",
    "vertex_ai_beta": "gcp.vertex_ai",
    "watsonx": "ibm.watsonx.ai",
    "xai": "x_ai",
}
"""Name in lower case to ``gen_ai.provider.name``; others are the same, or not known."""
