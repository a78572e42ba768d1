from __future__ import annotations

import sys

import pytest
from cli_world import shared_world, world

from cognito_credentials import from_cognito_identity_pool
from cognito_credentials._core.http import HttpResponse
from cognito_credentials.cli.identities.caller_identity import SignedSts, get_caller_identity
from cognito_credentials.errors import ConfigurationError, MalformedResponseError, ServiceError

__all__ = ["shared_world", "world"]


@pytest.fixture
def provider(world):
    with from_cognito_identity_pool(world.pool) as provider:
        yield provider


def test_sts_returns_the_role_session_and_the_account(world, provider):
    arn, account = get_caller_identity(provider, provider(), {})
    assert account == world.emulator.account_id
    assert ":assumed-role/role-" in arn


def test_a_wrong_signature_is_rejected(world, provider):
    from cognito_credentials import Credentials

    first, second = provider(), provider()
    mismatched = Credentials(
        access_key_id=first.access_key_id,
        secret_access_key=second.secret_access_key,
        session_token=first.session_token,
        expiration=first.expiration,
        identity_id=first.identity_id,
    )
    with pytest.raises(ServiceError) as caught:
        get_caller_identity(provider, mismatched, {})
    assert caught.value.code == "SignatureDoesNotMatch"


def test_a_missing_botocore_is_reported_with_the_extra_that_installs_it(
    world, provider, monkeypatch
):
    for name in [name for name in sys.modules if name.partition(".")[0] == "botocore"]:
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(ConfigurationError, match="botocore") as caught:
        get_caller_identity(provider, provider(), {})
    assert "cognito-credentials[boto3]" in caught.value.hint


@pytest.mark.parametrize("body", [b"", b"<Arn>arn:aws:sts::1:x</Arn>", b"<Arn></Arn><Account>1<"])
def test_a_response_without_arn_or_account_is_malformed(body, provider):
    with pytest.raises(MalformedResponseError):
        SignedSts(provider(), "us-east-1").parse_result(
            "GetCallerIdentity", HttpResponse(200, {}, body)
        )
