"""The text of a CloudFormation template as plain maps, lists and text."""

from __future__ import annotations

from typing import Any

from tagwright.errors import MisuseError
from tagwright.text import clean

__all__ = ["parse_template"]


def parse_template(text: str) -> tuple[Any, dict[str, int]]:
    """The template with short tags (``!Ref``) written out, and the line of each resource.

    Every scalar is text, as CloudFormation takes it; nothing else is made, whatever a tag says.

    Raises:
        MisuseError: It is not YAML, or a name stands twice.
    """
    import yaml

    class Loader(yaml.BaseLoader):
        pass

    Loader.add_multi_constructor("!", _short)
    Loader.add_constructor("tag:yaml.org,2002:map", _mapping)
    try:
        loader = Loader(text)
        try:
            node = loader.get_single_node()
            document = loader.construct_document(node) if node is not None else None
        finally:
            loader.dispose()
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise MisuseError(f"line {line}: not YAML: {clean(error.problem or '')}.") from None
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise MisuseError(f"not YAML ({type(error).__name__}).") from None
    return document, _lines(node)


def _short(loader: Any, suffix: str, node: Any) -> dict[str, Any]:
    """``!Sub x`` as ``{"Fn::Sub": "x"}``."""
    import yaml

    if isinstance(node, yaml.ScalarNode):
        value: Any = loader.construct_scalar(node)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        value = _mapping(loader, node)
    if suffix in ("Ref", "Condition"):
        return {suffix: value}
    if suffix == "GetAtt" and isinstance(value, str):
        value = value.split(".", 1)
    return {f"Fn::{suffix}": value}


def _mapping(loader: Any, node: Any) -> dict[str, Any]:
    """A map without the duplicate names that PyYAML would drop silently."""
    found: dict[str, Any] = {}
    for key_node, value_node in node.value:
        key = loader.construct_object(key_node, deep=True)
        line = key_node.start_mark.line + 1
        if not isinstance(key, str):
            raise MisuseError(f"line {line}: a name must be text.")
        if key in found:
            raise MisuseError(f"line {line}: {clean(key)!r} stands twice.")
        found[key] = loader.construct_object(value_node, deep=True)
    return found


def _lines(node: Any) -> dict[str, int]:
    import yaml

    for key, value in node.value if isinstance(node, yaml.MappingNode) else ():
        if key.value == "Resources" and isinstance(value, yaml.MappingNode):
            return {
                name.value: name.start_mark.line + 1
                for name, _ in value.value
                if isinstance(name.value, str)
            }
    return {}
