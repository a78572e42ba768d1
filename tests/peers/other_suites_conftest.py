"""The conftest.py of the test suites of moto and ministack, which `test_other_suites.py` runs."""

from __future__ import annotations

import json
import os
import sys
import urllib.request
from typing import Any

import boto3
import pytest

# The tests of ministack import ministack.
sys.path.append(os.environ["MINISTACK_PACKAGES"])

ENDPOINT = os.environ["AWS_ENDPOINT_URL"]
TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"Federated": "cognito-identity.amazonaws.com"},
            "Action": "sts:AssumeRoleWithWebIdentity",
        }
    ],
}
TESTED_FIXTURE = {"test_cognito": "cognito_identity"}


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Deselect the tests of ministack that do not call Amazon Cognito Identity over HTTP."""
    selected: list[pytest.Item] = []
    deselected: list[pytest.Item] = []
    for item in items:
        fixture = TESTED_FIXTURE.get(item.path.stem)
        is_tested = fixture is None or fixture in getattr(item, "fixturenames", ())
        (selected if is_tested else deselected).append(item)
    items[:] = selected
    config.hook.pytest_deselected(items=deselected)


@pytest.fixture(autouse=True)
def empty_account() -> None:
    token = os.environ["COGNITO_EMULATOR_TOKEN"]
    headers = {"Authorization": f"Bearer {token}"}
    request = urllib.request.Request(f"{ENDPOINT}/_emulator/reset", method="POST", headers=headers)
    urllib.request.urlopen(request, timeout=30).close()


def make_client(service: str) -> Any:
    """Return a client like the one from ministack's conftest.py."""
    return boto3.client(service, region_name="us-east-1", endpoint_url=ENDPOINT)  # type: ignore[call-overload]


@pytest.fixture
def cognito_idp() -> Any:
    return make_client("cognito-idp")


@pytest.fixture
def cognito_identity() -> Any:
    """A client whose pools have roles, because ministack issues credentials without roles."""
    client = make_client("cognito-identity")
    role = make_client("iam").create_role(
        RoleName="suite", AssumeRolePolicyDocument=json.dumps(TRUST)
    )["Role"]["Arn"]

    def set_roles(parsed: dict[str, Any], **_: object) -> None:
        if pool := parsed.get("IdentityPoolId"):
            roles = {"authenticated": role, "unauthenticated": role}
            client.set_identity_pool_roles(IdentityPoolId=pool, Roles=roles)

    client.meta.events.register("after-call.cognito-identity.CreateIdentityPool", set_roles)
    return client


@pytest.fixture
def auth_enabled() -> bool:
    """Whether logins are verified, as in ministack with `AUTH=true`."""
    return True
