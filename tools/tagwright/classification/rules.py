"""Rules as SQL: each distinct combination of inputs goes to the first rule that matches."""

from __future__ import annotations

import functools
import hashlib
from dataclasses import dataclass
from importlib import resources
from typing import TYPE_CHECKING, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from tagwright.classification.machines import INSTANCE_TYPE, INSTANCE_TYPE_SQL
from tagwright.classification.model import GIVEN, Instances, Models, Rule, RuleFile, Tagged
from tagwright.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import duckdb

__all__ = ["INPUTS", "OUTPUTS", "Rules", "load_rules"]

INPUTS = (
    "ChargeCategory",
    "ServiceProviderName",
    "ServiceName",
    "ServiceCategory",
    "ServiceSubcategory",
    "SkuMeter",
    "ChargeDescription",
    "ResourceType",
    "SkuPriceDetails",
)
"""FOCUS columns that rules read."""

OUTPUTS = tuple(
    (name, "VARCHAR")
    for name in (
        "x_ai_kind",
        "x_ai_certainty",
        "x_ai_rule",
        "x_ai_workload_type",
        "x_ai_model_id",
        "x_ai_model_developer",
        "x_ai_model_family",
        "x_ai_token_direction",
        "x_ai_cache_action",
        "x_ai_service_tier",
        "x_ai_route",
        "x_ai_instance_family",
    )
)
"""Column and SQL type of what rules give; NULL where a charge is no AI, or it is not said."""

_FILES = ("aws", "azure", "gcp", "apis", "focus")
_COLUMNS = {
    "provider": '"ServiceProviderName"',
    "service": '"ServiceName"',
    "category": '"ServiceCategory"',
    "subcategory": '"ServiceSubcategory"',
    "meter": '"SkuMeter"',
    "description": '"ChargeDescription"',
    "resource_type": '"ResourceType"',
    "details": '"SkuPriceDetails"',
    "sku": 'concat_ws(\' | \', "SkuMeter", "ChargeDescription")',
    "machine": 'concat_ws(\' | \', "SkuMeter", "ResourceType")',
}
_DETAILS = {
    "model_id": "ModelId",
    "token_direction": "TokenDirection",
    "cache_action": "TokenCacheAction",
}
_T = TypeVar("_T", bound=BaseModel)


@dataclass(frozen=True)
class _Bound:
    """A rule and its output's expressions."""

    rule: Rule
    given: Mapping[str, str]


@dataclass(frozen=True)
class Rules:
    """All rules, in order.

    Attributes:
        digest: Of their files: another one classifies otherwise.
        bound: The rules.
        models: Regex, developer and family.
        instances: Families of EC2 by what they are for.
        tagged: What is AI because the taxonomy says so, where no rule knows it.
    """

    digest: str
    bound: tuple[_Bound, ...]
    models: tuple[tuple[str, str, str], ...]
    instances: Mapping[str, tuple[str, ...]]
    tagged: Tagged

    @property
    def ids(self) -> tuple[str, ...]:
        """Rules by id, in the order they are tried."""
        return tuple(bound.rule.id for bound in self.bound)

    def create_table(self, con: duckdb.DuckDBPyConnection, name: str, table: str) -> None:
        """Make the temporary table ``name``: distinct :data:`INPUTS` with what they tell.

        That is :data:`OUTPUTS` and :data:`~tagwright.classification.machines.INSTANCE_TYPE`.

        In steps, so that only the rules of vendors that occur are tried, and only those that
        matched are asked for what they give: DuckDB takes longer to plan all of them than to read
        a bill of a few thousand rows.

        Args:
            con: Where ``table`` is.
            name: It, and ``<name>_inputs`` and ``<name>_rules`` beside it, are replaced.
            table: Rows with :data:`INPUTS`.
        """
        inputs = ", ".join(f'"{column}"' for column in INPUTS)
        con.execute(
            f"CREATE OR REPLACE TEMP TABLE {name}_inputs AS SELECT DISTINCT {inputs} FROM {table}"
        )
        tried = self._of_vendors(con, f"{name}_inputs")
        matched = " ".join(
            f"WHEN {self._matches(bound.rule)} THEN '{bound.rule.id}'" for bound in tried
        )
        # Tax names the product it is on; it stays a row of its own.
        rule = f"CASE WHEN \"ChargeCategory\" = 'Tax' THEN NULL {matched} END"
        con.execute(
            f"CREATE OR REPLACE TEMP TABLE {name}_rules AS SELECT *, CAST({rule} AS VARCHAR) "
            f"AS rule FROM {name}_inputs"
        )
        seen = {
            rule for (rule,) in con.execute(f"SELECT DISTINCT rule FROM {name}_rules").fetchall()
        }
        bound = [item for item in self.bound if item.rule.id in seen]
        con.execute(
            f"CREATE OR REPLACE TEMP TABLE {name} AS SELECT *, {INSTANCE_TYPE_SQL} "
            f"AS {INSTANCE_TYPE} FROM ({self._outputs(f'{name}_rules', bound)})"
        )

    def _of_vendors(self, con: duckdb.DuckDBPyConnection, table: str) -> list[_Bound]:
        """The rules whose vendor occurs in ``table``, and those that ask for none."""
        named = list(
            dict.fromkeys(
                item.rule.when["provider"] for item in self.bound if "provider" in item.rule.when
            )
        )
        occurs = ", ".join(f"bool_or({_match(_COLUMNS['provider'], regex)})" for regex in named)
        [found] = con.execute(f"SELECT {occurs} FROM {table}").fetchall()
        absent = {regex for regex, occurred in zip(named, found, strict=True) if not occurred}
        return [item for item in self.bound if item.rule.when.get("provider") not in absent]

    def _outputs(self, table: str, bound: Sequence[_Bound]) -> str:
        """A SELECT of the rows of ``table``, with the rule of each, which is one of ``bound``."""
        inputs = ", ".join(f'"{name}"' for name in INPUTS)
        if not bound:
            nothing = ", ".join(f"CAST(NULL AS {kind}) AS {name}" for name, kind in OUTPUTS)
            return f"SELECT {inputs}, {nothing} FROM {table}"
        given = ", ".join(f"{_given(bound, name)} AS {name}" for name in GIVEN)
        model = "lower(model_id)"
        return (
            f"SELECT {inputs}, kind AS x_ai_kind, certainty AS x_ai_certainty, rule AS x_ai_rule, "
            "workload_type AS x_ai_workload_type, model_id AS x_ai_model_id, "
            f"{_if_ai(_detail('ModelDeveloper'), self._model(model, 1))} AS x_ai_model_developer, "
            f"{_if_ai(_detail('ModelFamily'), self._model(model, 2))} AS x_ai_model_family, "
            "token_direction AS x_ai_token_direction, cache_action AS x_ai_cache_action, "
            "service_tier AS x_ai_service_tier, route AS x_ai_route, "
            "instance_family AS x_ai_instance_family "
            f"FROM (SELECT *, {_fixed(bound, 'kind')} AS kind, "
            f"{_fixed(bound, 'certainty')} AS certainty, {given} FROM {table})"
        )

    def sql_of_tagged(self, column: str) -> dict[str, str]:
        """Outputs as SQL over rows with :data:`OUTPUTS` and the column of :attr:`tagged`'s key."""
        found = (
            f"x_ai_rule IS NULL AND {column} IS NOT NULL AND "
            "COALESCE(\"ChargeCategory\", '') <> 'Tax' AND "
            f"{_match(_COLUMNS['service'], self.tagged.service)}"
        )
        values = {
            "x_ai_kind": _literal(self.tagged.kind),
            "x_ai_certainty": "'ai'",
            "x_ai_rule": _literal(self.tagged.id),
            "x_ai_workload_type": column,
        }
        return {
            name: f"CASE WHEN {found} THEN {value} ELSE {name} END"
            for name, value in values.items()
        }

    def classify(self, rows: Sequence[Mapping[str, str | None]]) -> list[dict[str, str | None]]:
        """What becomes of each charge; :data:`INPUTS` that are absent are NULL."""
        import duckdb

        keys = [tuple(row.get(name) for name in INPUTS) for row in rows]
        columns = ", ".join(f'"{name}" VARCHAR' for name in INPUTS)
        names = [name for name, _ in OUTPUTS]
        with duckdb.connect() as con:
            con.execute(f"CREATE TABLE charges ({columns})")
            if keys:
                con.executemany(
                    f"INSERT INTO charges VALUES ({', '.join('?' * len(INPUTS))})", keys
                )
            self.create_table(con, "classes", "charges")
            found = {
                row[: len(INPUTS)]: dict(zip(names, row[len(INPUTS) :], strict=True))
                for row in con.execute(
                    f"SELECT * EXCLUDE ({INSTANCE_TYPE}) FROM classes"
                ).fetchall()
            }
        return [found[key] for key in keys]

    def _matches(self, rule: Rule) -> str:
        tests = []
        for name, regex in rule.when.items():
            if name == "instance":
                tests.append(self._is_instance(regex))
            else:
                tests.append(_match(_COLUMNS[name], regex))
        return "(" + " AND ".join(tests) + ")"

    def _is_instance(self, group: str) -> str:
        families = "|".join(sorted(self.instances[group], key=len, reverse=True))
        # "USE1-BoxUsage:g5.12xlarge", "g5.12xlarge Hours"; never "db.g5.large" or "ml.g5.large".
        regex = f"(^|[: ])({families})[.]([0-9]*x?large|medium|metal)"
        return f"({_match(_COLUMNS['meter'], regex)} OR {_match(_COLUMNS['resource_type'], regex)})"

    def _model(self, text: str, index: int) -> str:
        whens = " ".join(
            f"WHEN regexp_matches({text}, {_literal(model[0])}) THEN {_literal(model[index])}"
            for model in self.models
        )
        return f"CASE {whens} END"


def _fixed(bound: Sequence[_Bound], name: str) -> str:
    whens = " ".join(f"WHEN '{item.rule.id}' THEN '{getattr(item.rule, name)}'" for item in bound)
    return f"CASE rule {whens} END"


def _given(bound: Sequence[_Bound], name: str) -> str:
    whens = " ".join(
        f"WHEN '{item.rule.id}' THEN {item.given[name]}" for item in bound if name in item.given
    )
    found = f"CASE rule {whens} END" if whens else "CAST(NULL AS VARCHAR)"
    if name in _DETAILS:
        found = f"CASE WHEN rule IS NOT NULL THEN COALESCE({_detail(_DETAILS[name])}, {found}) END"
    return f"NULLIF(TRIM({found}), '')"


def _if_ai(*expressions: str) -> str:
    return f"CASE WHEN rule IS NOT NULL THEN COALESCE({', '.join(expressions)}) END"


def _detail(key: str) -> str:
    return f"json_extract_string(TRY_CAST(\"SkuPriceDetails\" AS JSON), '$.{key}')"


def _match(column: str, regex: str) -> str:
    return f"COALESCE(regexp_matches({column}, {_literal(regex)}, 'i'), false)"


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _cases(cases: list[tuple[str, str, str]], otherwise: str | None) -> str:
    whens = []
    for name, regex, value in cases:
        column = _COLUMNS[name]
        taken = (
            f"regexp_extract({column}, {_literal(regex)}, {value[1:]}, 'i')"
            if value.startswith("\\")
            else _literal(value)
        )
        whens.append(f"WHEN {_match(column, regex)} THEN {taken}")
    last = _literal(otherwise) if otherwise else "NULL"
    return f"CASE {' '.join(whens)} ELSE {last} END" if whens else last


def _bind(file: str, found: RuleFile) -> Iterator[_Bound]:
    for rule in found.rules:
        unknown = sorted(set(rule.grammar) - set(found.grammars))
        if unknown:
            raise ConfigError(f"{file}: rule {rule.id}: grammar: no {', '.join(unknown)} here.")
        given: dict[str, str] = {}
        for name in GIVEN:
            cases = [
                case for grammar in rule.grammar for case in getattr(found.grammars[grammar], name)
            ]
            constant = rule.workload_type if name == "workload_type" else None
            if cases or constant:
                given[name] = _cases(cases, constant)
        yield _Bound(rule, given)


@functools.cache
def load_rules() -> Rules:
    """The rules of this package.

    Raises:
        ConfigError: A file is not what it should be; names file, rule and field.
    """
    digest = hashlib.sha256()
    bound: list[_Bound] = []
    for name in _FILES:
        bound += _bind(f"{name}.yaml", _read(name, RuleFile, digest))
    ids = [item.rule.id for item in bound]
    if doubled := sorted({name for name in ids if ids.count(name) > 1}):
        raise ConfigError(f"Rules named twice: {', '.join(doubled)}.")
    instances = _read("instances", Instances, digest)
    models = _read("models", Models, digest)
    tagged = _read("tagged", Tagged, digest)
    return Rules(
        digest.hexdigest(),
        tuple(bound),
        tuple((item.match, item.developer, item.family) for item in models.models),
        {"accelerator": tuple(instances.accelerator), "gpu": tuple(instances.gpu)},
        tagged,
    )


def _read(name: str, kind: type[_T], digest: hashlib._Hash) -> _T:
    text = (resources.files(__package__) / "data" / f"{name}.yaml").read_text(encoding="utf-8")
    digest.update(text.encode())
    return parse(f"{name}.yaml", text, kind)


def parse(file: str, text: str, kind: type[_T]) -> _T:
    """A file of rules.

    Raises:
        ConfigError: It is not what it should be; names file, rule and field.
    """
    try:
        return kind.model_validate(yaml.safe_load(text))
    except yaml.YAMLError as error:
        raise ConfigError(f"{file}: not YAML ({str(error).splitlines()[0]}).") from None
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise ConfigError(f"{file}: {where}: {first['msg']}") from None
