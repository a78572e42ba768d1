from __future__ import annotations

import json

import pytest
from flows import FlowRunner

from cognito_credentials._core.call_context import CallContext
from cognito_credentials._core.enhanced import EnhancedCredentialSource
from cognito_credentials._core.login_resolution import ResolvedLogins
from cognito_credentials._core.service_client import ServiceClient
from cognito_credentials.errors import ConfigurationError, NotAuthorizedException
from cognito_credentials.testing import credentials_answer, refusal

IDENTITY = "us-east-1:128d0a74-c82f-4553-916d-90053e4a8b0f"
OTHER = "us-east-1:9d1f5a1c-7b0e-4c35-8a55-0d3a6d2e11aa"
ROLE = "arn:aws:iam::123456789012:role/app"
# Its claims are sub, "u", and role, the ARN above.
JWT = (
    "eyJhbGciOiJSUzI1NiJ9."
    "eyJzdWIiOiJ1Iiwicm9sZSI6ImFybjphd3M6aWFtOjoxMjM0NTY3ODkwMTI6cm9sZS9hcHAifQ.c2ln"
)


def fetch(runner, role, logins=None, facts=None):
    flow = EnhancedCredentialSource("https://x", role)
    caller = ServiceClient(max_attempts=1, user_agent="")
    logins = logins or ResolvedLogins({})
    return runner.run(flow.fetch(caller, IDENTITY, logins, facts or CallContext()))


def sent(runner):
    return json.loads(runner.requests[0].body)


def test_a_guest_sends_the_identity_id_alone():
    runner = FlowRunner(credentials_answer(IDENTITY))
    assert fetch(runner, None).identity_id == IDENTITY
    assert sent(runner) == {"IdentityId": IDENTITY}


def test_the_answered_identity_is_the_grants():
    assert fetch(FlowRunner(credentials_answer(OTHER)), None).identity_id == OTHER


@pytest.mark.parametrize("role", [ROLE, lambda claims: claims["role"]])
def test_a_role_is_chosen_by_name_or_by_the_tokens_claims(role):
    runner, facts = FlowRunner(credentials_answer()), CallContext()
    fetch(runner, role, ResolvedLogins({"accounts.google.com": JWT}), facts)
    assert sent(runner)["CustomRoleArn"] == ROLE
    assert facts.role_arn == ROLE


def test_no_role_leaves_the_choice_to_the_pool():
    runner = FlowRunner(credentials_answer())
    fetch(runner, lambda claims: None, ResolvedLogins({"accounts.google.com": JWT}))
    assert "CustomRoleArn" not in sent(runner)


def test_a_guest_has_no_claims():
    seen = []
    fetch(FlowRunner(credentials_answer()), seen.append)
    assert seen == [{}]


@pytest.mark.parametrize("role", [5, b"arn", ["arn"], True])
def test_a_role_must_be_a_text(role):
    runner = FlowRunner()
    with pytest.raises(ConfigurationError, match=f"custom_role_arn returned {type(role).__name__}"):
        fetch(runner, lambda claims: role)
    assert runner.requests == []


def test_a_refusal_names_the_operation():
    with pytest.raises(NotAuthorizedException) as raised:
        fetch(FlowRunner(refusal("NotAuthorizedException", "no")), None)
    assert raised.value.operation_name == "GetCredentialsForIdentity"


def test_its_credentials_live_for_an_hour():
    assert EnhancedCredentialSource("https://x", None).credential_lifetime == 3600
