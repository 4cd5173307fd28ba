"""Each writer on the wire, against moto: what is written shows, and is removed again."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import botocore.session
import pytest
from botocore.exceptions import ClientError

from fake_tagging import ACCOUNT
from plans import NOW, approval_of, approved, change, clock, plan_of
from tagwright.api import ApprovalError, ConfigError, ProviderError
from tagwright.config import Applier, load_settings
from tagwright.remediation import PlanStore
from tagwright.remediation.apply import apply
from tagwright.remediation.permissions import ACTIONS
from tagwright.remediation.undo import rollback
from tagwright.remediation.writers import Access, Door, calls_of, writer_name
from tagwright.remediation.writers.faults import sent

pytestmark = pytest.mark.slow  # a moto server

OTHER = "210987654321"


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    from moto.moto_server.threaded_moto_server import ThreadedMotoServer

    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    running = ThreadedMotoServer(port=0, verbose=False)
    running.start()
    host, port = running.get_host_and_port()
    yield f"http://{host}:{port}"
    running.stop()


@pytest.fixture
def moto(server: str, aws_env: pytest.MonkeyPatch) -> str:
    aws_env.setenv("AWS_ENDPOINT_URL", server)
    return server


def client(service: str, **more: Any) -> Any:
    return boto3.client(service, region_name="us-east-1", **more)  # type: ignore[call-overload]


def a_cluster() -> str:
    role = f"arn:aws:iam::{ACCOUNT}:role/eks"
    made = client("eks").create_cluster(
        name="search", roleArn=role, resourcesVpcConfig={"subnetIds": ["s-1", "s-2"]}
    )
    return str(made["cluster"]["arn"])


def a_domain() -> str:
    return str(client("opensearch").create_domain(DomainName="logs")["DomainStatus"]["ARN"])


def a_repository() -> str:
    made = client("ecr").create_repository(repositoryName="search/api")
    return str(made["repository"]["repositoryArn"])


def a_model() -> str:
    bucket = "s3://training/data"
    client("s3").create_bucket(Bucket="training")
    client("s3").put_object(Bucket="training", Key="data", Body=b"{}")
    client("bedrock").create_model_customization_job(
        jobName="job", customModelName="ranker", roleArn=f"arn:aws:iam::{ACCOUNT}:role/bedrock",
        baseModelIdentifier="amazon.titan-text-express-v1", trainingDataConfig={"s3Uri": bucket},
        outputDataConfig={"s3Uri": bucket}, hyperParameters={"epochCount": "1"},
    )  # fmt: skip
    return str(client("bedrock").list_custom_models()["modelSummaries"][0]["modelArn"])


def an_agent() -> str:
    made = client("bedrock-agent").create_agent(
        agentName="helper", agentResourceRoleArn=f"arn:aws:iam::{ACCOUNT}:role/agent"
    )
    return str(made["agent"]["agentArn"])


LIVE: dict[str, tuple[Callable[[], str], Callable[[str], dict[str, str]]]] = {
    "eks": (
        a_cluster,
        lambda arn: client("eks").list_tags_for_resource(resourceArn=arn)["tags"],
    ),
    "opensearch": (
        a_domain,
        lambda arn: {
            t["Key"]: t["Value"] for t in client("opensearch").list_tags(ARN=arn)["TagList"]
        },
    ),
    "ecr": (
        a_repository,
        lambda arn: {
            t["Key"]: t["Value"]
            for t in client("ecr").list_tags_for_resource(resourceArn=arn)["tags"]
        },
    ),
    "bedrock": (
        a_model,
        lambda arn: {
            t["key"]: t["value"]
            for t in client("bedrock").list_tags_for_resource(resourceARN=arn)["tags"]
        },
    ),
    "bedrock-agent": (
        an_agent,
        lambda arn: client("bedrock-agent").list_tags_for_resource(resourceArn=arn)["tags"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("service", LIVE)
def test_a_native_service_is_tagged_and_put_back(
    service: str, moto: str, store: PlanStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    make, live = LIVE[service]
    arn = make()
    assert writer_name(arn) == service
    called = watched(monkeypatch)
    wanted = {"team": "ads", "product": "Data Science"}
    if service == "eks":
        del wanted["team"]  # moto's EKS removes the first of several keys alone
    plan = plan_of(*(change(1, arn=arn, key=key, after=value) for key, value in wanted.items()))
    done = apply(approved(store, plan).id, store, clock=clock())
    assert [(item.state, item.detail) for item in done.items] == [("applied", "read back")] * len(
        wanted
    )
    assert live(arn) == wanted
    assert rollback(plan.id, store, "bob", clock=clock()).state == "applied"
    assert live(arn) == {}
    # Every call made is declared.
    assert called <= {name for names in ACTIONS.values() for name in names}
    assert len(called) == 4  # whose credentials, read, write, remove


def watched(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """IAM's names of the calls that the applier makes from here on."""
    called: set[str] = set()
    real = Access.client

    def watching(self: Access, service: str) -> Any:
        made = real(self, service)
        prefix = {"opensearch": "es", "bedrock-agent": "bedrock"}.get(service, service)
        made.meta.events.register(
            "before-call.*.*", lambda model, **_: called.add(f"{prefix}:{model.name}")
        )
        return made

    monkeypatch.setattr(Access, "client", watching)
    return called


@pytest.mark.parametrize(
    "arn",
    [
        f"arn:aws:eks:us-east-1:{ACCOUNT}:cluster/none",
        f"arn:aws:ecr:us-east-1:{ACCOUNT}:repository/none",
        f"arn:aws:bedrock:us-east-1:{ACCOUNT}:custom-model/x.y/abcdefabcdef",
        f"arn:aws:bedrock:us-east-1:{ACCOUNT}:agent/NONE",
    ],
)
def test_what_is_not_there_is_failed_with_aws_s_words(
    arn: str, moto: str, store: PlanStore
) -> None:
    done = apply(approved(store, plan_of(change(1, arn=arn))).id, store, clock=clock())
    assert done.items[0].state == "failed"
    assert "NotFound" in done.items[0].detail


@pytest.mark.parametrize("service", ["resourcegroupstaggingapi", *LIVE])
def test_every_writer_stands_behind_the_guard(
    service: str, moto: str, store: PlanStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    arn = f"arn:aws:ec2:us-east-1:{ACCOUNT}:instance/i-1"
    plan = approved(store, plan_of(change(1, arn=arn)))
    access = Access("us-east-1", "", plan.id)
    called = watched(monkeypatch)
    door = Door(approval_of(store, plan.id, NOW), plan, (ACCOUNT, "us-east-1", service), access,
                clock().now)  # fmt: skip
    for arns, tags, keys in (
        ([arn], {"team": "evil"}, []),
        ([arn], {}, ["team"]),
        ([arn + "x"], {"team": "ads"}, []),
    ):
        with pytest.raises(ApprovalError, match="not in the approved plan"):
            door.change(arns, tags, keys)
    late = Door(approval_of(store, plan.id, NOW), plan, (ACCOUNT, "us-east-1", service), access,
                lambda: plan.expires_at)  # fmt: skip
    with pytest.raises(ApprovalError, match="ran out"):
        late.change([arn], {"team": "ads"}, [])
    approval, there = approval_of(store, plan.id, NOW), (ACCOUNT, "eu-west-1", service)
    elsewhere = Door(approval, plan, there, access, clock().now)
    with pytest.raises(ApprovalError, match="not in the approved plan"):
        elsewhere.change([arn], {"team": "ads"}, [])
    assert called == set()


@pytest.mark.parametrize(
    ("resource", "name", "most"),
    [
        ("eks:us-east-1:1:nodegroup/a/b/c", "eks", 1),
        ("es:us-east-1:1:domain/logs", "opensearch", 1),
        ("ecr:us-east-1:1:repository/a", "ecr", 1),
        ("bedrock:us-east-1:1:application-inference-profile/a", "bedrock", 1),
        ("bedrock:us-east-1:1:guardrail/a", "bedrock", 1),
        ("bedrock:us-east-1:1:knowledge-base/a", "bedrock-agent", 1),
        ("bedrock:us-east-1:1:agent-alias/a/b", "bedrock-agent", 1),
        ("ec2:us-east-1:1:instance/i-1", "resourcegroupstaggingapi", 20),
        ("s3:::eks", "resourcegroupstaggingapi", 20),
    ],
)
def test_the_api_is_chosen_by_the_arn(resource: str, name: str, most: int) -> None:
    assert writer_name(f"arn:aws:{resource}") == name
    assert calls_of(name) == most


# --- what a fault says ------------------------------------------------------------------------


@pytest.mark.parametrize("service", LIVE)
def test_every_fault_that_the_models_name_is_sorted(service: str) -> None:
    """A throttle was not done, an internal fault may have been, anything else was refused."""
    model = botocore.session.get_session().get_service_model(service)
    writes = {"opensearch": "AddTags"}.get(service, "TagResource")
    for shape in model.operation_model(writes).error_shapes:
        status = int(shape.metadata.get("error", {}).get("httpStatusCode", 400))

        def failing(name: str = shape.name, status: int = status) -> Any:
            raise ClientError(
                {"Error": {"Code": name, "Message": "no"},
                 "ResponseMetadata": {"HTTPStatusCode": status}},  # type: ignore[typeddict-item]
                writes,
            )  # fmt: skip

        reply = sent(["a"], failing)
        kind = next(k for k in ("failed", "busy", "unsure") if getattr(reply, k))
        internal = shape.name in (
            "BaseException", "InternalException", "InternalServerException", "ServerException",
        )  # fmt: skip
        wanted = "unsure" if internal else "busy" if "Throttling" in shape.name else "failed"
        assert (shape.name, kind) == (shape.name, wanted)


# --- roles by account -------------------------------------------------------------------------


def test_each_account_is_reached_by_its_role(moto: str, store: PlanStore) -> None:
    role = f"arn:aws:iam::{OTHER}:role/tagwright-applier"
    theirs = client("sts").assume_role(RoleArn=role, RoleSessionName="test")["Credentials"]
    keys = {
        "aws_access_key_id": theirs["AccessKeyId"],
        "aws_secret_access_key": theirs["SecretAccessKey"],
        "aws_session_token": theirs["SessionToken"],
    }
    topics = [
        client("ecr", **more).create_repository(repositoryName="by-role")["repository"]
        for more in ({}, keys)
    ]
    here, there = (str(topic["repositoryArn"]) for topic in topics)
    assert f":{OTHER}:" in there
    plan = plan_of(change(1, arn=here), change(2, arn=there, account=OTHER))
    applier = Applier(roles={OTHER: role})
    store.settings = store.settings.model_copy(update={"applier": applier})
    done = apply(approved(store, plan).id, store, clock=clock())
    assert [item.state for item in done.items] == ["applied", "applied"]
    listed = client("ecr", **keys).list_tags_for_resource(resourceArn=there)["tags"]
    assert listed == [{"Key": "team", "Value": "ads"}]


def test_without_a_role_another_account_is_left_alone(moto: str, store: PlanStore) -> None:
    arn = f"arn:aws:ecr:us-east-1:{OTHER}:repository/a"
    done = apply(
        approved(store, plan_of(change(1, arn=arn, account=OTHER))).id, store, clock=clock()
    )
    assert done.items[0].state == "failed"
    assert f"for account {ACCOUNT}, not {OTHER}; name a role" in done.items[0].detail


def test_the_session_is_named_after_the_plan(moto: str, monkeypatch: pytest.MonkeyPatch) -> None:
    role = f"arn:aws:iam::{OTHER}:role/tagwright-applier"
    access, called = Access("us-east-1", role, "plan/7 x"), watched(monkeypatch)
    assert access.account() == OTHER
    told = access.client("sts").get_caller_identity()["Arn"]
    assert told == f"arn:aws:sts::{OTHER}:assumed-role/tagwright-applier/tagwright-plan-7-x"
    assert called == {"sts:GetCallerIdentity"}


def test_a_role_without_credentials_to_assume_it_with(aws_env: pytest.MonkeyPatch) -> None:
    aws_env.delenv("AWS_ACCESS_KEY_ID")
    aws_env.delenv("AWS_SECRET_ACCESS_KEY")
    role = f"arn:aws:iam::{OTHER}:role/tagwright-applier"
    with pytest.raises(ProviderError, match=r"no AWS credentials to assume .*tagwright-applier"):
        Access("us-east-1", role, "plan-1").account()


@pytest.mark.parametrize(
    ("account", "role", "words"),
    [
        (
            OTHER,
            f"arn:aws:iam::{ACCOUNT}:role/a",
            f"is a role of account {ACCOUNT}, not of {OTHER}",
        ),
        (OTHER, "tagwright-applier", "is not the ARN of an IAM role"),
        ("12", "arn:aws:iam::12:role/a", "is not the ARN of an IAM role"),
    ],
)
def test_a_wrong_role_is_a_wrong_setting(account: str, role: str, words: str, home: Path) -> None:
    (home / "tagwright.toml").write_text(f'[applier.roles]\n"{account}" = "{role}"\n')
    with pytest.raises(ConfigError, match=words):
        load_settings(home)


def test_roles_are_settings(home: Path) -> None:
    role = f"arn:aws-cn:iam::{OTHER}:role/path/tagwright-applier"
    (home / "tagwright.toml").write_text(f'[applier.roles]\n"{OTHER}" = "{role}"\n')
    assert load_settings(home).applier.roles == {OTHER: role}
