r"""Credentials for an account in a region: the applier's own, or those of a role there.

Sources: AWS STS API Reference, AssumeRole (RoleSessionName: 2 to 64 of ``[\w+=,.@-]``);
botocore.credentials, which fetches new ones before they run out.
"""

from __future__ import annotations

import functools
import re
from functools import cached_property
from typing import Any

from tagwright.errors import ProviderError
from tagwright.remediation.writers.faults import reading

__all__ = ["Access", "own_credentials"]


def own_credentials() -> str:
    """How this process gets AWS credentials: ``env``, ``sso``, …; empty where it has none."""
    import boto3
    from botocore.exceptions import BotoCoreError

    try:
        found: Any = boto3.session.Session().get_credentials()
    except BotoCoreError as error:  # a broken profile
        return f"not usable: {type(error).__name__}"
    return str(found.method) if found is not None else ""


class Access:
    """The way into one region of an account.

    Args:
        region: Where calls go, also those that get the credentials.
        role: ARN of the role to assume; empty for the applier's own credentials.
        plan_id: The role's session is named after it, so that CloudTrail tells the plan.
    """

    def __init__(self, region: str, role: str, plan_id: str) -> None:
        self._region = region
        self._role = role
        self._name = re.sub(r"[^\w+=,.@-]", "-", f"tagwright-{plan_id}", flags=re.ASCII)[:64]

    def account(self) -> str:
        """The account that the credentials belong to, as AWS says.

        Raises:
            PassingError: AWS is busy, or the connection was lost.
            ProviderError: AWS cannot be asked, or the role cannot be assumed.
        """
        try:
            with reading("say whose the credentials are", "sts:GetCallerIdentity"):
                return str(self.client("sts").get_caller_identity()["Account"])
        except ProviderError as error:
            if not self._role:
                raise
            hint = (
                f"{error.hint} The applier needs sts:AssumeRole on the role, and the role "
                "must trust it ([applier.roles] in tagwright.toml)."
            )
            raise type(error)(f"As {self._role}: {error}", hint=hint.strip()) from None

    def client(self, service: str) -> Any:
        """A client that makes each call once: retries are ours, so that each is in the journal."""
        from botocore.config import Config

        with reading("give a client", "a region that it knows"):
            return self._session.client(
                service,
                region_name=self._region,
                config=Config(
                    retries={"total_max_attempts": 1},
                    connect_timeout=10,
                    read_timeout=30,
                    user_agent_extra="tagwright",
                ),
            )

    @cached_property
    def _session(self) -> Any:
        import boto3

        with reading("give credentials", "credentials of its own"):
            own: Any = boto3.session.Session()
        if not self._role:
            return own
        import botocore.session
        from botocore.credentials import (
            AssumeRoleCredentialFetcher,
            CredentialProvider,
            CredentialResolver,
            DeferredRefreshableCredentials,
        )

        with reading("give credentials", "credentials of its own"):
            source = own.get_credentials()
        if source is None:
            raise ProviderError(
                f"There are no AWS credentials to assume {self._role} with.",
                hint="Set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.",
            )
        core: Any = botocore.session.get_session()
        fetcher = AssumeRoleCredentialFetcher(
            client_creator=functools.partial(core.create_client, region_name=self._region),
            source_credentials=source,
            role_arn=self._role,
            extra_args={"RoleSessionName": self._name},
        )
        assumed = DeferredRefreshableCredentials(
            method="assume-role", refresh_using=fetcher.fetch_credentials
        )

        class Assumed(CredentialProvider):
            METHOD = "assume-role"

            def load(self) -> Any:
                return assumed

        core.register_component("credential_provider", CredentialResolver([Assumed()]))
        return boto3.session.Session(botocore_session=core)
