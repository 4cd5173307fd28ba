"""The sandbox AWS: the bill's resources under the bill's ARNs, and nothing else reachable."""

from __future__ import annotations

import os

import pytest

from tagwright_evals.company import resources
from tagwright_evals.sandbox import acting_as, sandbox

pytestmark = pytest.mark.slow  # a moto server with the whole estate


def test_it_holds_the_estate_with_its_tags() -> None:
    with sandbox(resources()) as running:
        assert running.tags() == {item.arn: item.tags for item in resources()}
        assert running.endpoint_url.startswith("http://127.0.0.1:")


def test_the_environment_is_put_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "production")
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    one = resources()[0]
    with sandbox([one]) as running, acting_as(running, one.account):
        assert "AWS_PROFILE" not in os.environ
        assert os.environ["AWS_ENDPOINT_URL"] == running.endpoint_url
    assert os.environ["AWS_PROFILE"] == "production"
    assert "AWS_ENDPOINT_URL" not in os.environ
