"""What each cloud accepts as a tag, and how many.

Sources: AWS General Reference, "Tag naming limits and requirements"; Azure Resource Manager, "Use
tags to organize your Azure resources", Limitations; Google Cloud Resource Manager, "Labels
overview", Requirements for labels; Kubernetes, "Labels and Selectors", Syntax and character set.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal

from tagwright.remediation.limits import MAX_TAGS, fault_of_tag

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["CLOUDS", "CLOUD_NAMES", "Cloud", "cloud_of_provider", "fault_of", "fault_of_all", "fit"]

Cloud = Literal["aws", "azure", "gcp", "kubernetes"]

CLOUDS: tuple[Cloud, ...] = ("aws", "azure", "gcp", "kubernetes")

CLOUD_NAMES: dict[Cloud, str] = {
    "aws": "AWS", "azure": "Azure", "gcp": "Google Cloud", "kubernetes": "Kubernetes",
}  # fmt: skip

_MOST = {"aws": MAX_TAGS, "azure": 50, "gcp": 64}
_AZURE_KEY, _AZURE_VALUE, _AZURE_NOT = 512, 256, set("<>%&\\?/")
_LABEL = 63
_K8S_VALUE = re.compile(r"(?:[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)?")


def fault_of(cloud: Cloud, key: str, value: str | None) -> str:
    """Why the cloud would refuse the tag; empty where it would not. None: the value is not known.

    >>> fault_of("gcp", "Team", "search")
    "the key holds 'T'; labels hold lower-case letters, digits, _ and -"
    """
    if cloud == "aws":
        return fault_of_tag(key, value)
    if cloud == "azure":
        return _azure(key, value)
    if cloud == "gcp":
        return _gcp(key, value)
    return _kubernetes(key, value)


def fault_of_all(cloud: Cloud, keys: Iterable[str]) -> str:
    """Why these keys cannot stand together on one resource; empty where they can."""
    names = [key for key in keys if not (cloud == "aws" and key.startswith("aws:"))]
    if len(names) > (most := _MOST.get(cloud, len(names))):
        return f"{len(names)} tags; {CLOUD_NAMES[cloud]} allows {most} on one resource"
    if cloud == "azure":
        folded: dict[str, str] = {}
        for name in names:
            other = folded.setdefault(name.casefold(), name)
            if other != name:
                return f"{other!r} and {name!r} are one tag: names are case-insensitive on Azure"
    return ""


def fit(cloud: Cloud, text: str) -> str:
    """``text`` as the cloud takes it, nearest to how it is written; labels lose case and signs.

    >>> fit("gcp", "CC-44.21"), fit("aws", "CC-44.21")
    ('cc-44_21', 'CC-44.21')
    """
    if cloud == "gcp":
        lowered = re.sub(r"[^\w-]", "_", text.lower())
        return lowered[:_LABEL]
    if cloud == "kubernetes":
        return re.sub(r"[^A-Za-z0-9._-]", "_", text)[:_LABEL].strip("._-")
    if cloud == "azure":
        return "".join("_" if char in _AZURE_NOT else char for char in text)
    return text


def cloud_of_provider(provider: str | None) -> Cloud | None:
    """The cloud of a FOCUS ServiceProviderName; None where it is none of them."""
    words = (provider or "").casefold()
    if "aws" in words or "amazon" in words:
        return "aws"
    if "microsoft" in words or "azure" in words:
        return "azure"
    if "google" in words or "gcp" in words:
        return "gcp"
    return None


def _azure(key: str, value: str | None) -> str:
    if not 1 <= len(key) <= _AZURE_KEY:
        return f"the name has {len(key)} characters; 1 to {_AZURE_KEY} are allowed"
    if bad := next((char for char in key if char in _AZURE_NOT or not char.isprintable()), ""):
        return f"the name holds {bad!r}, which Azure does not allow"
    if key.casefold().startswith(("microsoft", "azure", "windows")):
        return "names that begin with microsoft, azure or windows are reserved"
    if value is not None and len(value) > _AZURE_VALUE:
        return f"the value has {len(value)} characters; {_AZURE_VALUE} are allowed"
    return ""


def _gcp(key: str, value: str | None) -> str:
    if not 1 <= len(key) <= _LABEL:
        return f"the key has {len(key)} characters; 1 to {_LABEL} are allowed"
    if not key[0].isalpha():
        return "the key must begin with a letter"
    for name, text in (("key", key), ("value", value or "")):
        for char in text:
            # Letters of any script are allowed, as long as they are not upper case.
            if not (char in "_-" or char.isdigit() or (char.isalpha() and char == char.lower())):
                return f"the {name} holds {char!r}; labels hold lower-case letters, digits, _ and -"
    if value is not None and len(value) > _LABEL:
        return f"the value has {len(value)} characters; {_LABEL} are allowed"
    return ""


def _kubernetes(key: str, value: str | None) -> str:
    prefix, slash, name = key.rpartition("/")
    if slash and not 1 <= len(prefix) <= 253:
        return f"the prefix has {len(prefix)} characters; 1 to 253 are allowed"
    if not 1 <= len(name) <= _LABEL or not _K8S_VALUE.fullmatch(name):
        return f"the key must be 1 to {_LABEL} letters, digits, -, _ and ., a letter or digit first"
    if value is not None and (len(value) > _LABEL or not _K8S_VALUE.fullmatch(value)):
        return f"the value must be up to {_LABEL} letters, digits, -, _ and ."
    return ""
