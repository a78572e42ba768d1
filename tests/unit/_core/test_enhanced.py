from __future__ import annotations

import json

import pytest
from flows import FlowRunner

from cognito_credentials._core.call_context import CallContext
from cognito_credentials._core.enhanced import EnhancedCredentialSource
from cognito_credentials._core.login_resolution import ResolvedLogins
from cognito_credentials._core.service_client import ServiceClient
from cognito_credentials.errors import ConfigurationError, NotAuthorizedException
from cognito_credentials.testing import credentials_response, error_response

IDENTITY = "us-east-1:128d0a74-c82f-4553-916d-90053e4a8b0f"
OTHER = "us-east-1:9d1f5a1c-7b0e-4c35-8a55-0d3a6d2e11aa"
ROLE = "arn:aws:iam::123456789012:role/app"
# The claim `sub` is "u", and the claim `role` is the ARN above.
JWT = (
    "eyJhbGciOiJSUzI1NiJ9."
    "eyJzdWIiOiJ1Iiwicm9sZSI6ImFybjphd3M6aWFtOjoxMjM0NTY3ODkwMTI6cm9sZS9hcHAifQ.c2ln"
)


def fetch(runner, role, logins=None, context=None):
    source = EnhancedCredentialSource("https://x", role)
    client = ServiceClient(max_attempts=1, user_agent="")
    logins = logins or ResolvedLogins({})
    return runner.run(source.fetch(client, IDENTITY, logins, context or CallContext()))


def request_members(runner):
    return json.loads(runner.requests[0].body)


def test_the_request_of_a_guest_contains_the_identity_id_only():
    runner = FlowRunner(credentials_response(IDENTITY))
    assert fetch(runner, None).identity_id == IDENTITY
    assert request_members(runner) == {"IdentityId": IDENTITY}


def test_the_identity_id_of_the_response_is_returned():
    assert fetch(FlowRunner(credentials_response(OTHER)), None).identity_id == OTHER


@pytest.mark.parametrize("role", [ROLE, lambda claims: claims["role"]])
def test_custom_role_arn_may_be_a_string_or_a_callable_of_the_claims(role):
    runner, context = FlowRunner(credentials_response()), CallContext()
    fetch(runner, role, ResolvedLogins({"accounts.google.com": JWT}), context)
    assert request_members(runner)["CustomRoleArn"] == ROLE
    assert context.role_arn == ROLE


def test_no_role_is_sent_if_the_callable_returns_none():
    runner = FlowRunner(credentials_response())
    fetch(runner, lambda claims: None, ResolvedLogins({"accounts.google.com": JWT}))
    assert "CustomRoleArn" not in request_members(runner)


def test_the_callable_gets_empty_claims_for_a_guest():
    received = []
    fetch(FlowRunner(credentials_response()), received.append)
    assert received == [{}]


@pytest.mark.parametrize("role", [5, b"arn", ["arn"], True])
def test_the_callable_must_return_a_string(role):
    runner = FlowRunner()
    with pytest.raises(ConfigurationError, match="custom_role_arn must return the ARN"):
        fetch(runner, lambda claims: role)
    assert runner.requests == []


def test_an_error_of_the_service_names_the_operation():
    with pytest.raises(NotAuthorizedException) as raised:
        fetch(FlowRunner(error_response("NotAuthorizedException", "no")), None)
    assert raised.value.operation_name == "GetCredentialsForIdentity"


def test_the_lifetime_is_an_hour():
    assert EnhancedCredentialSource("https://x", None).credential_lifetime == 3600
