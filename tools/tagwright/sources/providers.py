"""Who was called, by OpenTelemetry's ``gen_ai.provider.name``.

Names: semantic-conventions-genai, docs/registry/attributes/gen-ai.md; the older ones are those of
``gen_ai.system`` in semantic-conventions up to 1.36.
"""

from __future__ import annotations

from tagwright.sources.head import sql_text
from tagwright.sources.json_sql import renamed

__all__ = ["UNKNOWN", "provider", "provider_of_model"]

UNKNOWN = "unknown"
"""What is said where nothing says who was called."""

_NAMES = {
    **dict.fromkeys(("az.ai.openai", "azure", "azure_openai", "azure_text"), "azure.ai.openai"),
    **dict.fromkeys(("az.ai.inference", "azure_ai"), "azure.ai.inference"),
    **dict.fromkeys(("aws", "bedrock", "aws_bedrock", "bedrock_converse"), "aws.bedrock"),
    **dict.fromkeys(("vertex", "vertex_ai", "vertexai", "vertex_ai_beta"), "gcp.vertex_ai"),
    **dict.fromkeys(("mistral", "mistralai"), "mistral_ai"),
    **dict.fromkeys(("x", "x.ai", "xai"), "x_ai"),
    "cohere_chat": "cohere",
    "gemini": "gcp.gemini",
    "google": "gcp.gen_ai",
    "sagemaker": "aws.sagemaker",
    "text-completion-openai": "openai",
    "watsonx": "ibm.watsonx.ai",
}
_MODELS = (
    (r"^(arn:aws[a-z-]*:bedrock:|([a-z-]+\.)?(ai21|amazon|anthropic|cohere|meta|mistral)\.)",
     "aws.bedrock"),
    (r"^(gpt-[0-9]|chatgpt-|o[0-9]+(-|$)|text-embedding-(3|ada)-)", "openai"),
    (r"^claude-[^@]*$", "anthropic"),
    (r"^gemini-", "gcp.gemini"),
    (r"^(command-[ar]|embed-(v[0-9]|english|multilingual)|rerank-)", "cohere"),
    (r"^grok-", "x_ai"),
    (r"^deepseek-(chat|reasoner)$", "deepseek"),
)  # fmt: skip
"""Names that their makers sell under; open weights, which anyone may serve, have no place here."""


def provider(text: str) -> str:
    """A provider as gateways and older conventions write it, by its name of today."""
    return renamed(f"lower({text})", _NAMES)


def provider_of_model(text: str) -> str:
    """Who sells a model under that name; :data:`UNKNOWN` where that is not certain."""
    whens = " ".join(
        f"WHEN regexp_matches(lower({text}), {sql_text(pattern)}) THEN {sql_text(name)}"
        for pattern, name in _MODELS
    )
    return f"CASE {whens} ELSE {sql_text(UNKNOWN)} END"
