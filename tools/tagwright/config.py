"""Settings: environment ``TAGWRIGHT_*`` first, then ``tagwright.toml`` in the home directory.

The file is never looked for in the working directory: it names who may approve writes, and a
cloned repository must not be able to.
"""

from __future__ import annotations

import os
import re
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from tagwright.errors import ConfigError

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

__all__ = [
    "Applier",
    "ApprovalPolicy",
    "Chargeback",
    "ChargebackTarget",
    "Mcp",
    "Oauth",
    "Oidc",
    "Reconciliation",
    "Settings",
    "Slack",
    "default_home",
    "load_settings",
]


_ISSUER = r"^(https://|http://(127\.0\.0\.1|localhost|\[::1\])[:/])[^\s?#]*$"
_SCOPE = r"^[\x21\x23-\x5b\x5d-\x7e]+$"  # scope-token of RFC 6749


class Oidc(BaseModel):
    """Who signs people in at the approver's page; the client's secret is no setting.

    Attributes:
        issuer: Its URL, exactly as its tokens say it; ``http`` only on this machine.
        client_id: As it is registered there.
        scopes: What is asked for; with ``openid``.
        page_url: Where browsers reach the page, ``scheme://host[:port]``, behind a proxy that does
            TLS; default where the approver listens. ``page_url/signed-in`` is registered there.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    issuer: str = Field(pattern=_ISSUER)
    client_id: str = Field(min_length=1)
    scopes: tuple[str, ...] = ("openid", "email")
    page_url: str | None = Field(default=None, pattern=r"^https?://[^\s/?#@]+$")

    @model_validator(mode="after")
    def _openid_is_asked_for(self) -> Oidc:
        if "openid" not in self.scopes:
            raise ValueError("scopes must hold 'openid': without it nobody is named")
        return self


class ApprovalPolicy(BaseModel):
    """How long a plan and its approval last; who approves stands in ``people.yaml``.

    Attributes:
        expires_hours: How long a plan can be approved and applied after it was made.
        approver_url: Where ``tagwright approver`` serves, of a home whose approver is elsewhere;
            None where decisions are taken in this home.
        oidc: See :class:`Oidc`; None where one person signs in by the link at the terminal.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    expires_hours: int = Field(default=72, ge=1, le=24 * 30)
    approver_url: str | None = Field(default=None, pattern=r"^https?://[^\s/?#@]+$")
    oidc: Oidc | None = None

    @model_validator(mode="before")
    @classmethod
    def _who_stands_elsewhere(cls, value: Any) -> Any:
        gone = value.keys() if isinstance(value, dict) else set()
        if old := gone & {"rules", "four_eyes"}:
            raise ValueError(
                f"{min(old)} is no setting any more: who approves stands in people.yaml "
                "(docs/people.md)"
            )
        if "rollback_days" in gone:
            raise ValueError(
                "rollback_days is no setting any more: what was written can be undone at any "
                "time, by who may roll back (docs/approvals.md)"
            )
        return value


class Applier(BaseModel):
    """How approved plans are applied.

    Attributes:
        roles: AWS account to the ARN of the role that is assumed there; accounts that are not
            named are reached with the applier's own credentials.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    roles: dict[str, str] = {}

    @model_validator(mode="after")
    def _each_role_is_of_its_account(self) -> Applier:
        for account, role in self.roles.items():
            found = re.fullmatch(r"arn:aws[a-z-]*:iam::(\d{12}):role/[\w+=,.@/-]+", role, re.ASCII)
            if found is None:
                raise ValueError(f"{role!r}, of account {account}, is not the ARN of an IAM role")
            if found[1] != account:
                raise ValueError(f"{role} is a role of account {found[1]}, not of {account}")
        return self


class ChargebackTarget(BaseModel):
    """Where a team's (product's, …) costs are booked; what is left out is as by default.

    Attributes:
        entity: Legal entity.
        cost_center: Of the entity.
        gl_account: Of the general ledger.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    entity: str | None = Field(default=None, min_length=1)
    cost_center: str | None = Field(default=None, min_length=1)
    gl_account: str | None = Field(default=None, min_length=1)


class Chargeback(BaseModel):
    """How the chargeback journal books what was allocated.

    Attributes:
        dimension: What costs are allocated to.
        cost_basis: Which cost: ``effective_cost``, ``billed_cost``, ``contracted_cost`` or
            ``list_cost``.
        entity: Legal entity that pays the providers, and that owns what is not mapped.
        cost_center: Its central cost centre, which is credited.
        unallocated_cost_center: Where that is booked which nobody was found for.
        expense_account: Account that is debited.
        accounts: Accounts of single kinds (``tax``, ``idle``, …), whatever the target's.
        clearing_account: Account of the central cost centre that is credited.
        intercompany_account: Account between two entities.
        targets: Value of the dimension to where it is booked; by default the value is the cost
            centre.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    dimension: str = Field(default="team", min_length=1)
    cost_basis: Literal["effective_cost", "billed_cost", "contracted_cost", "list_cost"] = (
        "effective_cost"
    )
    entity: str = Field(default="main", min_length=1)
    cost_center: str = Field(default="central", min_length=1)
    unallocated_cost_center: str = Field(default="unallocated", min_length=1)
    expense_account: str = Field(default="cloud-expense", min_length=1)
    accounts: dict[str, str] = {}
    clearing_account: str = Field(default="cloud-clearing", min_length=1)
    intercompany_account: str = Field(default="intercompany", min_length=1)
    targets: dict[str, ChargebackTarget] = {}


class Reconciliation(BaseModel):
    """How telemetry is held against the bill.

    Attributes:
        low: Smallest billed / priced at which the bill is explained by the telemetry.
        high: Greatest.
        settle_days: A day's bill is complete when the account has charges so many days later.
        telemetry: Sources of usage rows to take, together, where several tell of the same
            requests (``litellm_logs``, ``openai_usage``, …); empty: of each provider and account
            the one with the most tokens.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    low: Decimal = Field(default=Decimal("0.95"), gt=0, le=1)
    high: Decimal = Field(default=Decimal("1.05"), ge=1, le=10)
    settle_days: int = Field(default=3, ge=0, le=60)
    telemetry: tuple[str, ...] = ()


class Slack(BaseModel):
    """How Slack is reached; its tokens stand in the environment alone (docs/slack.md).

    Attributes:
        api_url: Base of the Web API.
        workers: Questions that one process answers at the same time.
        workspaces: Ids of the workspaces (``T…``) and organisations (``E…``) that the app may be
            installed in over ``/slack/install``; without one it can be in none.
        public_channels: Who reads a public channel: ``members``, its members, as of a private one;
            ``workspace``, everybody in it, so that an answer goes to who asked alone.
        unapplied_minutes: After so long without being applied, an approved plan is told of.
        plan_days: So long a plan's message follows it; then what comes is no more shown in it.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    api_url: str = Field(default="https://slack.com/api/", pattern=r"^https?://\S+$")
    workers: int = Field(default=4, ge=1, le=64)
    workspaces: tuple[Annotated[str, Field(pattern=r"^[TE][A-Z0-9]+$")], ...] = ()
    public_channels: Literal["members", "workspace"] = "members"
    unapplied_minutes: int = Field(default=60, ge=1, le=10_080)
    plan_days: int = Field(default=30, ge=1, le=365)


class Oauth(BaseModel):
    """Whose access tokens open the MCP server over HTTP (docs/mcp-people.md).

    Attributes:
        issuer: The authorization server's URL, exactly as its tokens say it; ``http`` only on this
            machine.
        resource: URL of this server as clients know it, with ``/mcp``: what the tokens' audience
            must be.
        read_scope: Scope without which nothing is answered.
        propose_scope: Scope without which no tool that proposes is run.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    issuer: str = Field(pattern=_ISSUER)
    resource: str = Field(pattern=_ISSUER.removesuffix("$") + "/mcp$")
    read_scope: str = Field(default="costs:read", pattern=_SCOPE)
    propose_scope: str = Field(default="tags:propose", pattern=_SCOPE)


class Mcp(BaseModel):
    """How the MCP server is reached over HTTP; its static tokens are no setting.

    Attributes:
        oauth: See :class:`Oauth`; None where people have static tokens, or are on this machine.
        person_rate: Requests a minute that one person, or an address without one, may send.
        address_rate: Requests a minute from one address, whoever they are of. Behind a proxy
            elsewhere, all come from its own.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    oauth: Oauth | None = None
    person_rate: int = Field(default=600, ge=1, le=1_000_000)
    address_rate: int = Field(default=6_000, ge=1, le=1_000_000)


class Settings(BaseSettings):
    """All settings; build with :func:`load_settings`.

    Attributes:
        home: Directory that holds the warehouse, the state and the configuration.
        model: ``builtin`` or ``provider:model`` for langchain's ``init_chat_model``.
        model_wait: Seconds until the built-in planner takes over from a model that says nothing.
        model_turn_tokens: Tokens, in and out, that a model may take for one question; then the
            built-in planner takes over.
        model_thread_tokens: The same for a whole conversation.
        taxonomy: YAML file of the taxonomy; default ``taxonomy.yaml`` in the home directory,
            else the one shipped.
        prices: YAML file of negotiated prices and of names of models; default ``prices.yaml`` in
            the home directory, where there is one.
        rates: YAML file of exchange rates; default ``rates.yaml`` in the home directory, where
            there is one.
        allocation: YAML file of allocation rules, or the rules themselves as a table; default
            ``allocation.yaml`` in the home directory, where there is one.
        revenue: CSV of what customers pay; default ``revenue.csv`` in the home directory, where
            there is one.
        reconciliation: See :class:`Reconciliation`.
        state_url: URL of the state store (plans, decisions, journal, receipts, conversations), of
            SQLite or PostgreSQL; default SQLite in the home directory.
        memory_limit: DuckDB's memory limit, e.g. ``"2GB"``.
        threads: DuckDB's threads; 0 means all cores.
        keep_snapshots: How many published snapshots are kept for receipts.
        fiscal_year_start_month: 1 to 12.
        applier: See :class:`Applier`.
        approval: See :class:`ApprovalPolicy`.
        connectors: The settings of each connector by its name, checked by the connector itself;
            see ``docs/connectors.md``. A key is never one of them.
        chargeback: See :class:`Chargeback`.
        slack: See :class:`Slack`.
        mcp: See :class:`Mcp`.
    """

    model_config = SettingsConfigDict(
        env_prefix="TAGWRIGHT_", env_nested_delimiter="__", extra="forbid", frozen=True
    )

    home: Path
    model: str = "builtin"
    model_wait: float = Field(default=20, gt=0, le=600)
    model_turn_tokens: int = Field(default=100_000, ge=1_000)
    model_thread_tokens: int = Field(default=1_000_000, ge=1_000)
    taxonomy: Path | None = None
    prices: Path | None = None
    rates: Path | None = None
    allocation: Path | dict[str, Any] | None = None
    revenue: Path | None = None
    reconciliation: Reconciliation = Reconciliation()
    state_url: str | None = None
    memory_limit: str = Field(default="4GB", pattern=r"^\d+(\.\d+)?\s?(MB|GB|MiB|GiB)$")
    threads: int = Field(default=0, ge=0, le=256)
    keep_snapshots: int = Field(default=5, ge=1, le=1000)
    fiscal_year_start_month: int = Field(default=1, ge=1, le=12)
    applier: Applier = Applier()
    approval: ApprovalPolicy = ApprovalPolicy()
    connectors: dict[str, dict[str, Any]] = Field(default_factory=dict)
    chargeback: Chargeback = Chargeback()
    slack: Slack = Slack()
    mcp: Mcp = Mcp()

    def own_file(self, setting: Literal["prices", "rates"], default: str) -> Path | None:
        """The file that a setting names, else ``default`` in the home directory if it is there.

        Raises:
            ConfigError: The setting names a file that is not there.
        """
        path: Path | None = getattr(self, setting)
        if path is None:
            path = self.home / default
            return path if path.exists() else None
        path = path if path.is_absolute() else self.home / path
        if not path.exists():
            raise ConfigError(f"{path}: no such file.", hint=f"Correct the setting {setting!r}.")
        return path

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003  pydantic-settings' signature
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Arguments, then environment, then ``<home>/tagwright.toml``."""
        # init_kwargs is what was passed to the constructor: the home decides which file is read.
        home = Path(getattr(init_settings, "init_kwargs", {})["home"])
        file = TomlConfigSettingsSource(settings_cls, toml_file=home / "tagwright.toml")
        return (init_settings, env_settings, file)


def default_home() -> Path:
    """``$TAGWRIGHT_HOME``, else the platform's user data directory."""
    if given := os.environ.get("TAGWRIGHT_HOME"):
        return Path(given).expanduser()
    from platformdirs import user_data_path

    return user_data_path("tagwright", appauthor=False)


_WRITTEN = {
    "resource": "the https address of the server, as https://tagwright.example.com/mcp",
    "read_scope": "a scope, without blanks",
    "propose_scope": "a scope, without blanks",
    "issuer": "an https address (http only of this machine), as https://login.example.com",
    "page_url": "scheme, host and port alone, as https://approve.example.com",
    "approver_url": "scheme, host and port alone, as http://127.0.0.1:8700",
    "memory_limit": "an amount, as 4GB",
}


def _why(fault: ErrorDetails) -> str:
    """What is wrong, in words: nobody is shown a pattern."""
    name = str(fault["loc"][-1]) if fault["loc"] else ""
    if fault["type"] == "string_pattern_mismatch" and name in _WRITTEN:
        return f"must be {_WRITTEN[name]}"
    return fault["msg"].removeprefix("Value error, ")


def load_settings(home: Path | None = None, **overrides: Any) -> Settings:
    """Read the settings for ``home`` (default :func:`default_home`).

    Raises:
        ConfigError: A value is wrong or unknown; the message names the field and the reason.
    """
    where = (home or default_home()).expanduser().absolute()
    try:
        return Settings(home=where, **overrides)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        field = ".".join(str(part) for part in first["loc"])
        raise ConfigError(
            f"Setting {field!r}: {_why(first)}.",
            hint=f"Correct it in {where / 'tagwright.toml'} or the environment (TAGWRIGHT_…).",
        ) from None
    except ValueError as error:  # tomllib.TOMLDecodeError is one; pydantic's is caught above
        raise ConfigError(
            f"{where / 'tagwright.toml'} is not valid TOML: {error}.", hint="Correct the file."
        ) from None
