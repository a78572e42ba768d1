from __future__ import annotations

import sys

import pytest
from cli_world import one_world, world

from cognito_credentials import from_cognito_identity_pool
from cognito_credentials._core.http import HttpResponse
from cognito_credentials.cli.identities.caller_identity import SignedSts, get_caller_identity
from cognito_credentials.errors import ConfigurationError, MalformedResponseError, ServiceError

__all__ = ["one_world", "world"]


@pytest.fixture
def provider(world):
    with from_cognito_identity_pool(world.pool) as provider:
        yield provider


def test_sts_says_who_it_is(world, provider):
    arn, account = get_caller_identity(provider, provider(), {})
    assert account == world.emulator.account_id
    assert ":assumed-role/role-" in arn


def test_a_signature_that_does_not_fit_is_refused(world, provider):
    from cognito_credentials import Credentials

    mine, others = provider(), provider()
    mixed = Credentials(
        access_key_id=mine.access_key_id,
        secret_access_key=others.secret_access_key,
        session_token=mine.session_token,
        expiration=mine.expiration,
        identity_id=mine.identity_id,
    )
    with pytest.raises(ServiceError) as caught:
        get_caller_identity(provider, mixed, {})
    assert caught.value.code == "SignatureDoesNotMatch"


def test_without_botocore_it_says_how_to_get_it(world, provider, monkeypatch):
    for name in [name for name in sys.modules if name.partition(".")[0] == "botocore"]:
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(ConfigurationError) as caught:
        get_caller_identity(provider, provider(), {})
    assert caught.value.message == "botocore is not installed"
    assert "cognito-credentials[boto3]" in caught.value.hint


@pytest.mark.parametrize("body", [b"", b"<Arn>arn:aws:sts::1:x</Arn>", b"<Arn></Arn><Account>1<"])
def test_an_answer_without_a_caller_is_malformed(body, provider):
    with pytest.raises(MalformedResponseError):
        SignedSts(provider(), "us-east-1").result_of(
            "GetCallerIdentity", HttpResponse(200, {}, body)
        )
