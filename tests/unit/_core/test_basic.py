from __future__ import annotations

import json
from urllib.parse import parse_qs

import pytest
from flows import FlowRunner

from cognito_credentials._core.basic import BasicCredentialSource, BasicFlow
from cognito_credentials._core.call_context import CallContext
from cognito_credentials._core.http import HttpResponse
from cognito_credentials._core.login_resolution import ResolvedLogins
from cognito_credentials._core.service_client import ServiceClient
from cognito_credentials.errors import ConfigurationError, MalformedResponseError
from cognito_credentials.testing import success_response

IDENTITY = "us-east-1:128d0a74-c82f-4553-916d-90053e4a8b0f"
ROLE = "arn:aws:iam::123456789012:role/path/app"
GRANTED = HttpResponse(
    200,
    {},
    b"<R><Credentials><AccessKeyId>ASIATEST00000001</AccessKeyId><SecretAccessKey>s</SecretAccessKey>"
    b"<SessionToken>t</SessionToken><Expiration>2027-01-15T10:00:00Z</Expiration>"
    b"</Credentials></R>",
)


# --- validation -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "role",
    [
        ROLE,
        "arn:aws-cn:iam::123456789012:role/app",
        "arn:aws-us-gov:iam::123456789012:role/app",
    ],
)
def test_a_role_of_any_partition_is_accepted(role):
    assert BasicFlow(role_arn=role).role_arn == role


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"role_arn": ""}, "role_arn"),
        ({"role_arn": None}, "role_arn"),
        ({"role_arn": "app"}, "role_arn"),
        ({"role_arn": "arn:aws:iam::123456789012:user/app"}, "role_arn"),
        ({"role_arn": "arn:aws:iam::12345678901:role/app"}, "role_arn"),
        ({"role_arn": ROLE + " "}, "role_arn"),
        ({"role_session_name": "x"}, "role_session_name"),
        ({"role_session_name": "x" * 65}, "role_session_name"),
        ({"role_session_name": "a b"}, "role_session_name"),
        ({"role_session_name": "größe"}, "role_session_name"),
        ({"role_session_name": 5}, "role_session_name"),
        ({"duration_seconds": 899}, "duration_seconds"),
        ({"duration_seconds": 43_201}, "duration_seconds"),
        ({"duration_seconds": 3600.0}, "duration_seconds"),
        ({"duration_seconds": True}, "duration_seconds"),
        ({"duration_seconds": "3600"}, "duration_seconds"),
        ({"duration_seconds": None}, "duration_seconds"),
        ({"policy": ""}, "policy"),
        ({"policy": "x" * 2049}, "policy"),
        ({"policy": {"Statement": object()}}, "policy"),
        ({"policy_arns": "arn:aws:iam::aws:policy/ReadOnlyAccess"}, "policy_arns"),
        ({"policy_arns": ["arn:aws:iam::aws:policy/ReadOnlyAccess"] * 11}, "policy_arns"),
        ({"policy_arns": ["ReadOnlyAccess"]}, "policy_arns"),
        ({"policy_arns": [None]}, "policy_arns"),
        ({"policy_arns": None}, "policy_arns"),
    ],
)
def test_a_value_that_sts_would_reject_raises_an_error_that_names_the_parameter(changes, name):
    with pytest.raises(ConfigurationError, match=name):
        BasicFlow(**{"role_arn": ROLE, **changes})


@pytest.mark.parametrize("seconds", [900, 43_200])
def test_the_minimum_and_the_maximum_duration_are_accepted(seconds):
    assert BasicFlow(role_arn=ROLE, duration_seconds=seconds).duration_seconds == seconds


def test_a_mapping_is_encoded_as_json():
    flow = BasicFlow(role_arn=ROLE, policy={"Version": "2012-10-17", "Statement": []})
    assert flow.policy == '{"Version":"2012-10-17","Statement":[]}'


def test_policy_arns_are_copied():
    arns = ["arn:aws:iam::aws:policy/ReadOnlyAccess"]
    flow = BasicFlow(role_arn=ROLE, policy_arns=arns)
    arns.clear()
    assert flow.policy_arns == ("arn:aws:iam::aws:policy/ReadOnlyAccess",)


def test_the_repr_does_not_show_the_policy():
    flow = BasicFlow(role_arn=ROLE, policy='{"Statement":"private"}')
    assert repr(flow) == f"BasicFlow(role_arn='{ROLE}', duration_seconds=3600)"


# --- the two calls ----------------------------------------------------------------------------


def fetch(runner, context=None, **changes):
    source = BasicCredentialSource("https://c", "https://s", BasicFlow(role_arn=ROLE, **changes))
    client = ServiceClient(max_attempts=1, user_agent="")
    logins = ResolvedLogins({"graph.facebook.com": "a-token"})
    return runner.run(source.fetch(client, IDENTITY, logins, context or CallContext()))


def test_the_token_of_the_first_call_is_sent_in_the_second_call():
    context = CallContext()
    runner = FlowRunner(success_response(IdentityId=IDENTITY, Token="pool-token"), GRANTED)
    assert fetch(runner, context).access_key_id == "ASIATEST00000001"
    first, second = runner.requests
    assert (first.url, second.url) == ("https://c", "https://s")
    assert json.loads(first.body) == {
        "IdentityId": IDENTITY,
        "Logins": {"graph.facebook.com": "a-token"},
    }
    assert parse_qs(second.body.decode())["WebIdentityToken"] == ["pool-token"]
    assert context.role_arn == ROLE


def test_policy_arns_are_sent_as_a_numbered_list():
    arns = [f"arn:aws:iam::123456789012:policy/p{n}" for n in range(10)]
    runner = FlowRunner(success_response(Token="t"), GRANTED)
    fetch(runner, policy_arns=arns, policy='{"a":"&="}', role_session_name="a=b@c")
    form = parse_qs(runner.requests[1].body.decode())
    assert [form[f"PolicyArns.member.{n}.arn"] for n in range(1, 11)] == [[arn] for arn in arns]
    assert form["Policy"] == ['{"a":"&="}']
    assert form["RoleSessionName"] == ["a=b@c"]


@pytest.mark.parametrize(
    "members", [{}, {"Token": ""}, {"Token": None}, {"Token": {}}, {"Token": "\ud800"}]
)
def test_the_second_call_is_not_made_without_a_token(members):
    runner = FlowRunner(success_response(IdentityId=IDENTITY, **members))
    with pytest.raises(MalformedResponseError):
        fetch(runner)
    assert len(runner.requests) == 1


def test_the_lifetime_is_the_requested_duration():
    flow = BasicFlow(role_arn=ROLE, duration_seconds=43_200)
    assert BasicCredentialSource("", "", flow).credential_lifetime == 43_200


# --- scope ------------------------------------------------------------------------------------


def get_scope(url="https://cognito", sts="https://sts", **arguments):
    flow = BasicFlow(**({"role_arn": ROLE} | arguments))
    return FlowRunner().run(BasicCredentialSource(url, sts, flow).scope(ResolvedLogins({})))


def test_the_scope_differs_if_the_permissions_or_endpoints_differ():
    scopes = [
        get_scope(**changes)
        for changes in (
            {},
            {"url": "https://elsewhere"},
            {"sts": "https://elsewhere"},
            {"role_arn": ROLE + "2"},
            {"role_session_name": "another"},
            {"duration_seconds": 900},
            {"policy": {"Statement": []}},
            {"policy_arns": ["arn:aws:iam::aws:policy/ReadOnlyAccess"]},
        )
    ]
    assert len({json.dumps(scope) for scope in scopes}) == len(scopes)
    assert get_scope() == get_scope()
