from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone
from urllib.parse import parse_qsl

import pytest
from harness import (
    ASSUME_ROLE,
    DEVELOPER_TOKEN,
    FACEBOOK,
    FACEBOOK_TOKEN,
    FORBIDDEN,
    GET_ID,
    GET_OPENID_TOKEN,
    GOOGLE,
    IDENTITY,
    OPENID_TOKEN,
    OTHER,
    POOL,
    ROLE,
    TOKEN_EXPIRED,
    Supplier,
    jwt,
)

from cognito_credentials import BasicFlow, DeveloperIdentity, errors
from cognito_credentials._core.http import HttpResponse
from cognito_credentials.testing import error_response, success_response

NAMESPACE = "https://sts.amazonaws.com/doc/2011-06-15/"


def openid_token(side, identity_id=IDENTITY, **changes):
    members = {"IdentityId": identity_id, "Token": OPENID_TOKEN, **changes}
    return lambda request: success_response(clock=side.service_clock(), **members)


def assume_role(side, lifetime=3600, **changes):
    """Return a response to AssumeRoleWithWebIdentity; changing a member to None removes it."""

    def respond(request):
        expiration = datetime.fromtimestamp(side.service_clock().now() + lifetime, UTC)
        members = {
            "AccessKeyId": "ASIASTS000000001",
            "SecretAccessKey": "secret-key-of-generation-sts",
            "SessionToken": "session-token-of-generation-sts",
            "Expiration": f"{expiration:%Y-%m-%dT%H:%M:%SZ}",
            **changes,
        }
        xml = "".join(f"<{name}>{text}</{name}>" for name, text in members.items() if text)
        return HttpResponse(
            200,
            {"content-type": "text/xml"},
            f'<AssumeRoleWithWebIdentityResponse xmlns="{NAMESPACE}">'
            f"<AssumeRoleWithWebIdentityResult><SubjectFromWebIdentityToken>{IDENTITY}"
            f"</SubjectFromWebIdentityToken><Credentials>{xml}</Credentials>"
            "</AssumeRoleWithWebIdentityResult></AssumeRoleWithWebIdentityResponse>".encode(),
        )

    return respond


def sts_error(code, message, status=400):
    return HttpResponse(
        status,
        {"content-type": "text/xml"},
        f'<ErrorResponse xmlns="{NAMESPACE}"><Error><Type>Sender</Type><Code>{code}</Code>'
        f"<Message>{message}</Message></Error><RequestId>sts-1</RequestId></ErrorResponse>".encode(),
    )


def sts_form(subject):
    return dict(parse_qsl(subject.requests[-1].body.decode()))


def test_the_basic_flow_makes_three_calls(side):
    subject = side.pool(
        [side.id_response(), openid_token(side), assume_role(side)],
        basic_flow=BasicFlow(role_arn=ROLE),
        logins={FACEBOOK: FACEBOOK_TOKEN},
        account_id="123456789012",
    )
    credentials = subject.fetch()
    assert subject.operations == [GET_ID, GET_OPENID_TOKEN, ASSUME_ROLE]
    assert subject.calls[1][1] == {"IdentityId": IDENTITY, "Logins": {FACEBOOK: FACEBOOK_TOKEN}}
    assert sts_form(subject) == {
        "Action": "AssumeRoleWithWebIdentity",
        "Version": "2011-06-15",
        "RoleArn": ROLE,
        "RoleSessionName": IDENTITY.replace(":", "-"),
        "WebIdentityToken": OPENID_TOKEN,
        "DurationSeconds": "3600",
    }
    assert subject.requests[-1].url == "https://sts.us-east-1.amazonaws.com"
    assert credentials.access_key_id == "ASIASTS000000001"
    assert credentials.secret_access_key == "secret-key-of-generation-sts"
    assert credentials.session_token == "session-token-of-generation-sts"
    assert credentials.expiration == datetime.fromtimestamp(side.clock.now() + 3600, UTC)
    assert credentials.identity_id == IDENTITY
    assert credentials.account_id == "123456789012"


def test_login_tokens_are_sent_only_to_the_endpoint_of_the_pool(side):
    subject = side.pool(
        [side.id_response(), openid_token(side), assume_role(side)],
        basic_flow=BasicFlow(role_arn=ROLE),
        logins={FACEBOOK: FACEBOOK_TOKEN},
    )
    subject.fetch()
    receivers = {
        request.url
        for request in subject.requests
        if FACEBOOK_TOKEN in request.body.decode() + repr(request.headers)
    }
    assert receivers == {"https://cognito-identity.us-east-1.amazonaws.com"}
    assert FACEBOOK_TOKEN in subject.requests[0].body.decode()


def test_the_parameters_of_basic_flow_are_sent_to_sts(side):
    policy = {"Version": "2012-10-17", "Statement": []}
    arns = ["arn:aws:iam::aws:policy/ReadOnlyAccess", "arn:aws:iam::123456789012:policy/x"]
    subject = side.identity(
        [openid_token(side), assume_role(side, lifetime=43_200)],
        basic_flow=BasicFlow(
            role_arn=ROLE,
            role_session_name="me@example.com",
            duration_seconds=43_200,
            policy=policy,
            policy_arns=arns,
        ),
    )
    assert subject.fetch().remaining.total_seconds() == 43_200
    form = sts_form(subject)
    assert form["DurationSeconds"] == "43200"
    assert form["RoleSessionName"] == "me@example.com"
    assert json.loads(form["Policy"]) == policy
    assert [form["PolicyArns.member.1.arn"], form["PolicyArns.member.2.arn"]] == arns


def test_the_identity_id_of_a_merge_is_adopted_and_is_the_session_name(side):
    changes = []
    subject = side.pool(
        [side.id_response(), openid_token(side, OTHER), assume_role(side)],
        basic_flow=BasicFlow(role_arn=ROLE),
        on_identity_change=side.adapt(changes.append),
    )
    assert subject.fetch().identity_id == OTHER
    assert sts_form(subject)["RoleSessionName"] == OTHER.replace(":", "-")
    assert len(changes) == 1


def test_the_supplier_is_called_again_for_an_expired_token(side):
    supplier = Supplier(jwt(n=1), jwt(n=2))
    subject = side.pool(
        [side.id_response(), error_response(*TOKEN_EXPIRED), openid_token(side), assume_role(side)],
        basic_flow=BasicFlow(role_arn=ROLE),
        logins={GOOGLE: side.adapt(supplier)},
    )
    subject.fetch()
    assert supplier.refresh_arguments == [False, True]
    assert subject.operations == [GET_ID, GET_OPENID_TOKEN, GET_OPENID_TOKEN, ASSUME_ROLE]


def test_an_invalid_remembered_id_is_replaced(side):
    subject = side.pool(
        [
            side.id_response(),
            openid_token(side),
            assume_role(side),
            error_response(*FORBIDDEN),
            side.id_response(OTHER),
            openid_token(side, OTHER),
            assume_role(side),
        ],
        basic_flow=BasicFlow(role_arn=ROLE),
    )
    assert [subject.fetch().identity_id, subject.fetch().identity_id] == [IDENTITY, OTHER]


@pytest.mark.parametrize(
    ("code", "text", "status", "kind"),
    [
        ("InvalidIdentityToken", "Incorrect token audience", 400, "InvalidIdentityTokenException"),
        ("ExpiredTokenException", "Token expired: 1 >= 0", 400, "ExpiredTokenException"),
        (
            "AccessDenied",
            "Not authorized to perform sts:AssumeRoleWithWebIdentity",
            403,
            "AccessDeniedException",
        ),
        ("PackedPolicyTooLarge", "too large", 400, "PackedPolicyTooLargeException"),
        ("MalformedPolicyDocument", "bad", 400, "MalformedPolicyDocumentException"),
        ("ValidationError", "1 validation error", 400, "ValidationException"),
    ],
)
def test_an_error_of_sts_is_raised_and_evicts_no_identity_id(side, code, text, status, kind):
    subject = side.pool(
        [side.id_response(), openid_token(side), sts_error(code, text, status)],
        basic_flow=BasicFlow(role_arn=ROLE),
    )
    error = subject.expect_error(getattr(errors, kind))
    assert subject.operations == [GET_ID, GET_OPENID_TOKEN, ASSUME_ROLE]
    assert error.operation_name == ASSUME_ROLE
    assert error.code == code
    assert error.request_id == "sts-1"


@pytest.mark.parametrize("code", ["IDPCommunicationError", "Throttling", "InternalFailure"])
def test_transient_errors_of_sts_are_retried(side, code):
    subject = side.identity(
        [openid_token(side), sts_error(code, "wait"), assume_role(side)],
        basic_flow=BasicFlow(role_arn=ROLE),
    )
    subject.fetch()
    assert subject.operations == [GET_OPENID_TOKEN, ASSUME_ROLE, ASSUME_ROLE]


def test_the_error_of_a_pool_without_the_basic_flow_has_a_hint(side):
    subject = side.identity(
        [
            error_response(
                "InvalidParameterException",
                "Basic (classic) flow is not enabled, please use enhanced flow.",
            )
        ],
        basic_flow=BasicFlow(role_arn=ROLE),
    )
    assert subject.expect_error(errors.BasicFlowDisabled).hint


@pytest.mark.parametrize("token", [None, "", 7, " ", "a\nb", "a b", "é", "\ud800", "x" * 100_000])
def test_a_response_without_a_valid_token_is_rejected(side, token):
    subject = side.identity([openid_token(side, Token=token)], basic_flow=BasicFlow(role_arn=ROLE))
    error = subject.expect_error(errors.MalformedResponseError)
    assert "token" in error.message
    assert subject.operations == [GET_OPENID_TOKEN]


@pytest.mark.parametrize(
    ("member", "description"),
    [
        ("AccessKeyId", "access key ID"),
        ("SecretAccessKey", "secret key"),
        ("SessionToken", "session token"),
        ("Expiration", "expiration"),
    ],
)
def test_a_response_of_sts_without_a_member_is_rejected(side, member, description):
    subject = side.identity(
        [openid_token(side), assume_role(side, **{member: None})],
        basic_flow=BasicFlow(role_arn=ROLE),
    )
    error = subject.expect_error(errors.MalformedResponseError)
    assert description in error.message


def test_basic_flow_and_custom_role_arn_exclude_each_other(side):
    with pytest.raises(errors.ConfigurationError, match="custom_role_arn"):
        side.pool([], POOL, basic_flow=BasicFlow(role_arn=ROLE), custom_role_arn=ROLE)


def test_basic_flow_must_be_a_basic_flow(side):
    with pytest.raises(errors.ConfigurationError, match="basic_flow"):
        side.pool([], basic_flow={"role_arn": ROLE})


@pytest.mark.parametrize(
    ("duration", "excess"), [(900, 0), (900, 59), (900, 5 * 3600), (3600, 5 * 3600), (43200, 300)]
)
def test_credentials_last_no_longer_than_requested(side, duration, excess):
    """A service that labels its local time as UTC may return an expiration that is hours too late."""
    subject = side.pool(
        [side.id_response(), openid_token(side), assume_role(side, lifetime=duration + excess)],
        basic_flow=BasicFlow(role_arn=ROLE, duration_seconds=duration),
        logins={FACEBOOK: FACEBOOK_TOKEN},
    )
    assert subject.get().remaining.total_seconds() == duration + min(excess, 60)


@pytest.mark.parametrize("hours", [-11, 0, 5])
def test_the_expiration_may_have_any_time_zone(side, hours):
    zone = timezone(timedelta(hours=hours))
    expiration = datetime.fromtimestamp(side.clock.now() + 3600, zone).isoformat()
    subject = side.pool(
        [side.id_response(), openid_token(side), assume_role(side, Expiration=expiration)],
        basic_flow=BasicFlow(role_arn=ROLE),
        logins={FACEBOOK: FACEBOOK_TOKEN},
    )
    assert subject.get().remaining.total_seconds() == 3600


NOT_ROLE_ARNS = ["player", "arn:aws:iam::123456789012:user/ann", f" {ROLE}", f"{ROLE}\n"]


@pytest.mark.parametrize("value", NOT_ROLE_ARNS)
def test_a_custom_role_that_is_not_the_arn_of_a_role_is_rejected_without_a_request(side, value):
    with pytest.raises(errors.ConfigurationError, match="ARN") as caught:
        side.pool([], custom_role_arn=value)
    assert "arn:aws:iam::" in caught.value.hint
    subject = side.pool(
        [side.id_response()],
        logins={GOOGLE: jwt()},
        custom_role_arn=side.adapt(lambda claims: value),
    )
    error = subject.expect_error(errors.ConfigurationError)
    assert "arn:aws:iam::" in error.hint
    assert "GetCredentialsForIdentity" not in subject.operations


def test_a_developer_token_is_sent_to_sts_directly(side):
    """GetOpenIdToken would reject the token, which the identity pool has issued."""
    subject = side.pool(
        [assume_role(side)],
        logins=DeveloperIdentity(side.adapt(Supplier((IDENTITY, DEVELOPER_TOKEN)))),
        basic_flow=BasicFlow(role_arn=ROLE),
    )
    assert subject.fetch().identity_id == IDENTITY
    assert subject.operations == [ASSUME_ROLE]
    assert sts_form(subject)["WebIdentityToken"] == DEVELOPER_TOKEN


def test_a_developer_token_that_sts_rejects_as_expired_is_replaced(side):
    supplier = Supplier((IDENTITY, DEVELOPER_TOKEN), (IDENTITY, OPENID_TOKEN))
    subject = side.pool(
        [sts_error("ExpiredTokenException", "Token expired"), assume_role(side)],
        logins=DeveloperIdentity(side.adapt(supplier)),
        basic_flow=BasicFlow(role_arn=ROLE),
    )
    subject.fetch()
    assert supplier.refresh_arguments == [False, True]
    assert subject.operations == [ASSUME_ROLE, ASSUME_ROLE]
    assert sts_form(subject)["WebIdentityToken"] == OPENID_TOKEN
