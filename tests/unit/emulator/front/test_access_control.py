from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from botocore.auth import S3SigV4Auth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from moto_account import ACCOUNT, IDENTITY, MotoAccount, claims

from cognito_credentials.emulator.errors import AwsError
from cognito_credentials.emulator.front.access_control import AccessControl
from cognito_credentials.emulator.front.principals import (
    ANONYMOUS,
    Principal,
    generate_administrator_key,
)
from cognito_credentials.emulator.front.request_parsing import parse_request
from cognito_credentials.emulator.headers import Headers
from cognito_credentials.emulator.messages import RawRequest

if TYPE_CHECKING:
    pass

ADMINISTRATOR = generate_administrator_key()
SUB = "${cognito-identity.amazonaws.com:sub}"


@pytest.fixture
def access(account: MotoAccount) -> AccessControl:
    return make_access_control(account)


def make_access_control(account: MotoAccount, *, enforce: bool = True) -> AccessControl:
    return AccessControl(
        moto=account.moto,
        sessions=account.sessions,
        clock=account.clock,
        administrator=ADMINISTRATOR,
        enforces_iam=enforce,
    )


def make_request(
    line: str, keys: Credentials | None = None, service: str = "s3", **headers: str
) -> RawRequest:
    method, _, target = line.partition(" ")
    made = AWSRequest(method=method, url=f"http://127.0.0.1{target}", headers=headers)
    if keys is not None:
        signer = S3SigV4Auth if service == "s3" else SigV4Auth
        signer(keys, service, "us-east-1").add_auth(made)
    fields = Headers()
    fields.add("Host", "127.0.0.1")
    for name, value in made.headers.items():
        fields.add(name, value)
    return RawRequest(method, target, fields, b"")


def authorize(access: AccessControl, raw: RawRequest) -> Principal:
    request = parse_request(raw, default_region="us-east-1")
    principal = access.authenticate(request)
    access.authorize(principal, request)
    return principal


def authorize_error(access: AccessControl, raw: RawRequest) -> AwsError:
    with pytest.raises(AwsError) as caught:
        authorize(access, raw)
    return caught.value


def open_session(account: MotoAccount, *policies: Any, limits: Any = ()) -> Credentials:
    issued = account.sessions.assume_with_open_id_token(
        role_arn=account.role(*policies),
        claims=claims(),
        session_name="s1",
        duration=900,
        session_policies=limits,
    )
    return Credentials(issued.access_key_id, issued.secret_access_key, issued.session_token)


def allow(action: Any, resource: Any = "*") -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, "Resource": resource}


def test_administrator_keys_have_the_form_of_aws_and_stay_out_of_the_repr():
    keys = generate_administrator_key()
    assert re.fullmatch(r"AKIA[A-Z2-7]{16}", keys.access_key_id)
    assert keys.secret_access_key not in repr(keys)
    assert generate_administrator_key() != keys


def test_an_administrator_may_do_everything(access: AccessControl):
    keys = Credentials(ADMINISTRATOR.access_key_id, ADMINISTRATOR.secret_access_key)
    assert (
        authorize(access, make_request("DELETE /bucket", keys)).arn
        == f"arn:aws:iam::{ACCOUNT}:root"
    )
    wrong = Credentials(ADMINISTRATOR.access_key_id, "wrong")
    assert authorize_error(access, make_request("GET /", wrong)).code == "SignatureDoesNotMatch"


def test_a_session_may_do_what_its_role_allows(account: MotoAccount, access: AccessControl):
    keys = open_session(account, allow("s3:GetObject", f"arn:aws:s3:::bucket/{SUB}/*"))
    principal = authorize(access, make_request(f"GET /bucket/{IDENTITY}/x", keys))
    assert principal.arn == f"arn:aws:sts::{ACCOUNT}:assumed-role/role/s1"
    error = authorize_error(access, make_request("GET /bucket/other/x", keys))
    assert (error.code, error.message) == (
        "AccessDenied",
        (
            f"User: {principal.arn} is not authorized to perform: s3:GetObject on resource:"
            ' "arn:aws:s3:::bucket/other/x" because no identity-based policy allows the s3:GetObject'
            " action"
        ),
    )


def test_a_session_policy_limits_the_role_and_may_deny(account: MotoAccount, access: AccessControl):
    limit = {"Statement": [allow("s3:Get*"), {**allow("s3:GetObjectAcl"), "Effect": "Deny"}]}
    keys = open_session(account, allow("s3:*"), limits=[limit])
    authorize(access, make_request("GET /bucket/x", keys))
    assert (
        "no session policy" in authorize_error(access, make_request("PUT /bucket/x", keys)).message
    )
    assert (
        "explicit deny" in authorize_error(access, make_request("GET /bucket/x?acl", keys)).message
    )


def test_a_session_expires(account: MotoAccount, access: AccessControl):
    keys = open_session(account, allow("*"))
    account.clock.advance(899.9)
    authorize(access, make_request("GET /", keys))
    account.clock.advance(0.1)
    assert authorize_error(access, make_request("GET /", keys)).code == "ExpiredToken"
    for enforce in (True, False):
        other = make_request(
            "POST /", keys, "dynamodb", **{"X-Amz-Target": "DynamoDB_20120810.ListTables"}
        )
        assert (
            authorize_error(make_access_control(account, enforce=enforce), other).code
            == "ExpiredTokenException"
        )


def test_an_invalid_session_token_is_reported_before_the_expiry(
    account: MotoAccount, access: AccessControl
):
    keys = open_session(account, allow("*"))
    account.clock.advance(1000)
    forged = Credentials(keys.access_key, "guessed", "guessed")
    assert authorize_error(access, make_request("GET /", forged)).code == "InvalidToken"


def test_unsigned_requests_are_accepted_only_for_public_operations(access: AccessControl):
    target = {"X-Amz-Target": "AWSCognitoIdentityService.GetId"}
    assert authorize(access, make_request("POST /", **target)) is ANONYMOUS
    error = authorize_error(access, make_request("GET /bucket/x"))
    assert (error.code, error.message, error.http_status) == ("AccessDenied", "Access Denied", 403)
    target = {"X-Amz-Target": "AWSCognitoIdentityService.CreateIdentityPool"}
    assert authorize_error(access, make_request("POST /", **target)).code == (
        "MissingAuthenticationTokenException"
    )


def test_without_enforcement_every_principal_is_the_administrator(account: MotoAccount):
    access = make_access_control(account, enforce=False)
    unknown = Credentials("test", "test")
    assert authorize(access, make_request("PUT /bucket", unknown)).policies is None
    assert authorize(access, make_request("PUT /bucket")).policies is None


def test_get_caller_identity_is_always_allowed(account: MotoAccount, access: AccessControl):
    deny = {**allow("*"), "Effect": "Deny"}
    keys = open_session(account, deny)
    authorize(access, make_request("POST /?Action=GetCallerIdentity", keys, "sts"))
    error = authorize_error(access, make_request("POST /?Action=GetAccessKeyInfo", keys, "sts"))
    assert error.code == "AccessDenied"


def test_global_condition_keys_have_values(account: MotoAccount, access: AccessControl):
    conditions = {
        "Bool": {"aws:SecureTransport": "true", "aws:ViaAWSService": "false"},
        "IpAddress": {"aws:SourceIp": "127.0.0.0/8"},
        "StringEquals": {
            "aws:RequestedRegion": "us-east-1",
            "aws:PrincipalAccount": ACCOUNT,
            "aws:PrincipalType": "AssumedRole",
            "aws:FederatedProvider": "cognito-identity.amazonaws.com",
        },
        "ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/role"},
        "DateGreaterThan": {"aws:CurrentTime": "2023-11-14T00:00:00Z"},
        "NumericLessThan": {"aws:EpochTime": "1700000001"},
        "StringLike": {"aws:UserAgent": "my-*", "aws:userid": "AROA*:s1"},
    }
    keys = open_session(account, {**allow("s3:*"), "Condition": conditions})
    authorize(access, make_request("GET /bucket/x", keys, **{"User-Agent": "my-browser"}))
    assert authorize_error(access, make_request("GET /bucket/x", keys)).code == "AccessDenied"
    account.clock.advance(2)
    late = make_request("GET /bucket/x", keys, **{"User-Agent": "my-browser"})
    assert authorize_error(access, late).code == "AccessDenied"
