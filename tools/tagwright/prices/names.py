"""One name for a provider and a model that telemetry names in many ways.

Providers: OpenTelemetry's ``gen_ai.provider.name`` (semantic-conventions-genai, gen-ai-spans.md),
LiteLLM's ``custom_llm_provider`` (docs.litellm.ai/docs/providers) and what genai-prices calls them.
Models: LiteLLM's routes, Bedrock's ids and ARNs (docs.aws.amazon.com/bedrock, "Supported foundation
models", "inference profiles"), Vertex AI's and Gemini's resource names.

Nothing is looked up here, and nothing is guessed: the region's prefix of a Bedrock profile stays,
since prices differ by it; an application inference profile, a provisioned model, a tuned model or
an endpoint says nothing about its model, so its ARN or path is kept whole, for the alias map.
"""

from __future__ import annotations

import re

__all__ = ["identify", "is_opaque", "known_provider", "plain_tier"]

_NAMES = {
    "anthropic": "anthropic claude",
    "aws": "aws aws.bedrock aws_bedrock bedrock bedrock_converse amazon amazon_bedrock",
    "azure": "azure azure.ai.openai azure.ai.inference az.ai.openai az.ai.inference azure_ai "
    "azure_openai azure_text",
    "cerebras": "cerebras",
    "cloudflare": "cloudflare",
    "cohere": "cohere cohere_chat",
    "databricks": "databricks",
    "deepseek": "deepseek",
    "fireworks": "fireworks fireworks_ai",
    "google": "google gcp.gemini gcp.vertex_ai gcp.gen_ai vertex_ai vertex_ai_beta vertexai gemini "
    "google_genai google_ai_studio",
    "groq": "groq",
    "minimax": "minimax",
    "mistral": "mistral mistral_ai mistralai",
    "moonshotai": "moonshotai moonshot moonshot_ai",
    "novita": "novita",
    "openai": "openai text-completion-openai",
    "openrouter": "openrouter",
    "perplexity": "perplexity",
    "together": "together together_ai",
    "voyageai": "voyageai voyage",
    "x-ai": "x-ai x_ai xai",
    "zai": "zai",
}
_PROVIDERS = {name: provider for provider, names in _NAMES.items() for name in names.split()}
_GATEWAYS = frozenset({"", "litellm", "litellm_proxy"})
"""They pass requests on: the route in the model's name says to whom."""
_CLOUDS = frozenset({"aws", "azure", "google"})
_OWN_MODELS = frozenset({"anthropic", "cohere", "deepseek", "mistral", "openai"})
"""They sell their own models, so a name of Bedrock's form or of a cloud's route is not theirs:
their client library was pointed at the cloud."""

_ARN = re.compile(r"arn:aws[a-z-]*:bedrock:[^:]*:[^:]*:(?:foundation-model|inference-profile)/(.+)")
_ROUTE = re.compile(
    r"(?:(?:converse|converse_like|invoke|async_invoke)/)?"
    r"(?:[a-z]{2}(?:-gov|-iso[a-z]?)?-[a-z]+-\d+/)?"
)
_BEDROCK = re.compile(
    r"(?:[a-z]{2,6}(?:-gov)?\.)?(?:ai21|amazon|anthropic|cohere|deepseek|google|luma|meta|minimax|"
    r"mistral|moonshot|moonshotai|nvidia|openai|qwen|stability|twelvelabs|writer|zai)\.[a-z]"
)
_GOOGLE = re.compile(r"(?:projects/[^/]+/locations/[^/]+/)?(?:publishers/[^/]+/)?models/([^/]+)")
_STANDARD = frozenset({"", "default", "standard", "standard_only", "on_demand", "ondemand"})


def identify(provider: str | None, model: str | None) -> tuple[str, str]:
    """Provider as genai-prices calls it and model as the provider does, both in lower case.

    An unknown provider is returned as it came; a missing one as ``""``.

    >>> identify("bedrock", "bedrock/us.anthropic.claude-sonnet-4-20250514-v1:0")
    ('aws', 'us.anthropic.claude-sonnet-4-20250514-v1:0')
    >>> identify("azure.ai.openai", "gpt-4o"), identify("gcp.gemini", "models/gemini-2.5-pro")
    (('azure', 'gpt-4o'), ('google', 'gemini-2.5-pro'))
    """
    given = (provider or "").strip().casefold()
    name = (model or "").strip().casefold().removeprefix("litellm_proxy/")
    provider_id = _PROVIDERS.get(given, given)
    gateway = given in _GATEWAYS
    if gateway or provider_id in _CLOUDS | _OWN_MODELS:
        head, slash, rest = name.partition("/")
        routed = _PROVIDERS.get(head) if slash else None
        if routed and (gateway or routed == provider_id or provider_id in _CLOUDS):
            # A cloud's model may carry its maker's name ("openai/gpt-4o"): the cloud is who bills.
            provider_id, name = (routed if gateway else provider_id), rest
        elif routed in _CLOUDS and head != "google" and provider_id in _OWN_MODELS:
            provider_id, name = routed, rest
    if provider_id == "aws":
        name = _ROUTE.sub("", name, count=1)
    if provider_id in _OWN_MODELS | {"aws"} or provider_id in _GATEWAYS:
        if name.startswith("arn:") or _BEDROCK.match(name):
            provider_id = "aws"
        if found := _ARN.fullmatch(name):
            name = found[1]
    if provider_id == "google" and (found := _GOOGLE.fullmatch(name)):
        name = found[1]
    return provider_id, name


def is_opaque(provider_id: str, model_id: str) -> bool:
    """Whether an identified name is a resource's, which says nothing about the model behind it.

    >>> is_opaque("aws", "arn:aws:bedrock:us-east-1:1:application-inference-profile/a1b2c3")
    True
    """
    return model_id.startswith(("arn:", "tunedmodels/")) or (
        provider_id in _CLOUDS and "/" in model_id
    )


def known_provider(name: str) -> str | None:
    """The id of a provider by any of its names; None for a name that is not known.

    >>> known_provider("aws.bedrock"), known_provider("acme")
    ('aws', None)
    """
    return _PROVIDERS.get(name.strip().casefold())


def plain_tier(service_tier: str | None) -> str | None:
    """A service tier in one spelling; None for the standard one.

    ``auto`` is no tier but a request for any: it stays, and has no price.

    >>> plain_tier("default"), plain_tier("ON_DEMAND"), plain_tier("Priority")
    (None, None, 'priority')
    """
    tier = re.sub(r"[\s-]+", "_", (service_tier or "").strip().casefold())
    return None if tier in _STANDARD else tier
