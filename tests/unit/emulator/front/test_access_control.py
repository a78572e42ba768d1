from __future__ import annotations

import re
from email.message import Message
from typing import TYPE_CHECKING, Any

import pytest
from botocore.auth import S3SigV4Auth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from moto_account import ACCOUNT, IDENTITY, MotoAccount, claims

from cognito_credentials.emulator.front.access_control import (
    ANONYMOUS,
    AccessControl,
    Caller,
    new_administrator_keys,
)
from cognito_credentials.emulator.front.errors import Refused
from cognito_credentials.emulator.front.requests import read_call
from cognito_credentials.emulator.front.signatures import read_signature
from cognito_credentials.emulator.http_server import HttpRequest

if TYPE_CHECKING:
    from collections.abc import Iterator

ADMINISTRATOR = new_administrator_keys()
SUB = "${cognito-identity.amazonaws.com:sub}"


@pytest.fixture
def account() -> Iterator[MotoAccount]:
    account = MotoAccount()
    yield account
    account.moto.reset()


@pytest.fixture
def access(account: MotoAccount) -> AccessControl:
    return gate(account)


def gate(account: MotoAccount, *, enforce: bool = True) -> AccessControl:
    return AccessControl(
        moto=account.moto,
        sessions=account.sessions,
        clock=account.clock,
        administrator=ADMINISTRATOR,
        enforce=enforce,
    )


def request(
    line: str, keys: Credentials | None = None, service: str = "s3", **headers: str
) -> HttpRequest:
    method, _, target = line.partition(" ")
    made = AWSRequest(method=method, url=f"http://127.0.0.1{target}", headers=headers)
    if keys is not None:
        signer = S3SigV4Auth if service == "s3" else SigV4Auth
        signer(keys, service, "us-east-1").add_auth(made)
    message = Message()
    message["Host"] = "127.0.0.1"
    for name, value in made.headers.items():
        message[name] = value
    return HttpRequest(method, target, message, b"")


def enter(access: AccessControl, asked: HttpRequest) -> Caller:
    signature = read_signature(asked)
    call = read_call(asked, signature)
    caller = access.authenticate(asked, call, signature)
    access.authorize(caller, call, asked)
    return caller


def refusal(access: AccessControl, asked: HttpRequest) -> Refused:
    with pytest.raises(Refused) as caught:
        enter(access, asked)
    return caught.value


def session(account: MotoAccount, *policies: Any, limits: Any = ()) -> Credentials:
    issued = account.sessions.assume_with_pool_token(
        role_arn=account.role(*policies),
        claims=claims(),
        session_name="s1",
        duration=900,
        session_policies=limits,
    )
    return Credentials(issued.access_key_id, issued.secret_access_key, issued.session_token)


def allow(action: Any, resource: Any = "*") -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, "Resource": resource}


def test_administrator_keys_are_of_the_usual_form_and_secret():
    keys = new_administrator_keys()
    assert re.fullmatch(r"AKIA[A-Z2-7]{16}", keys.access_key_id)
    assert keys.secret_access_key not in repr(keys)
    assert new_administrator_keys() != keys


def test_an_administrator_may_do_everything(access: AccessControl):
    keys = Credentials(ADMINISTRATOR.access_key_id, ADMINISTRATOR.secret_access_key)
    assert enter(access, request("DELETE /bucket", keys)).arn == f"arn:aws:iam::{ACCOUNT}:root"
    wrong = Credentials(ADMINISTRATOR.access_key_id, "wrong")
    assert refusal(access, request("GET /", wrong)).code == "SignatureDoesNotMatch"


def test_a_session_may_do_what_its_role_says(account: MotoAccount, access: AccessControl):
    keys = session(account, allow("s3:GetObject", f"arn:aws:s3:::bucket/{SUB}/*"))
    caller = enter(access, request(f"GET /bucket/{IDENTITY}/x", keys))
    assert caller.arn == f"arn:aws:sts::{ACCOUNT}:assumed-role/role/s1"
    refused = refusal(access, request("GET /bucket/other/x", keys))
    assert (refused.code, refused.message) == (
        "AccessDenied",
        (
            f"User: {caller.arn} is not authorized to perform: s3:GetObject on resource:"
            " arn:aws:s3:::bucket/other/x because no identity-based policy allows the s3:GetObject"
            " action"
        ),
    )


def test_a_session_policy_intersects_and_a_deny_in_it_counts(
    account: MotoAccount, access: AccessControl
):
    limit = {"Statement": [allow("s3:Get*"), {**allow("s3:GetObjectAcl"), "Effect": "Deny"}]}
    keys = session(account, allow("s3:*"), limits=[limit])
    enter(access, request("GET /bucket/x", keys))
    assert "no session policy" in refusal(access, request("PUT /bucket/x", keys)).message
    assert "explicit deny" in refusal(access, request("GET /bucket/x?acl", keys)).message


def test_a_session_ends_at_its_time(account: MotoAccount, access: AccessControl):
    keys = session(account, allow("*"))
    account.clock.advance(899.9)
    enter(access, request("GET /", keys))
    account.clock.advance(0.1)
    assert refusal(access, request("GET /", keys)).code == "ExpiredToken"
    for enforce in (True, False):
        other = request(
            "POST /", keys, "dynamodb", **{"X-Amz-Target": "DynamoDB_20120810.ListTables"}
        )
        assert refusal(gate(account, enforce=enforce), other).code == "ExpiredTokenException"


def test_a_wrong_token_is_told_before_the_end(account: MotoAccount, access: AccessControl):
    keys = session(account, allow("*"))
    account.clock.advance(1000)
    stolen = Credentials(keys.access_key, "guessed", "guessed")
    assert refusal(access, request("GET /", stolen)).code == "InvalidToken"


def test_strangers_may_only_what_needs_no_signature(access: AccessControl):
    target = {"X-Amz-Target": "AWSCognitoIdentityService.GetId"}
    assert enter(access, request("POST /", **target)) is ANONYMOUS
    refused = refusal(access, request("GET /bucket/x"))
    assert (refused.code, refused.message, refused.status) == ("AccessDenied", "Access Denied", 403)
    target = {"X-Amz-Target": "AWSCognitoIdentityService.CreateIdentityPool"}
    assert refusal(access, request("POST /", **target)).code == (
        "MissingAuthenticationTokenException"
    )


def test_without_enforcement_everyone_is_the_administrator(account: MotoAccount):
    access = gate(account, enforce=False)
    nobody = Credentials("test", "test")
    assert enter(access, request("PUT /bucket", nobody)).policies is None
    assert enter(access, request("PUT /bucket")).policies is None


def test_who_am_i_is_always_answered(account: MotoAccount, access: AccessControl):
    deny = {**allow("*"), "Effect": "Deny"}
    keys = session(account, deny)
    enter(access, request("POST /?Action=GetCallerIdentity", keys, "sts"))
    refused = refusal(access, request("POST /?Action=GetAccessKeyInfo", keys, "sts"))
    assert refused.code == "AccessDenied"


def test_the_global_condition_keys_are_there(account: MotoAccount, access: AccessControl):
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
    keys = session(account, {**allow("s3:*"), "Condition": conditions})
    enter(access, request("GET /bucket/x", keys, **{"User-Agent": "my-browser"}))
    assert refusal(access, request("GET /bucket/x", keys)).code == "AccessDenied"
    account.clock.advance(2)
    late = request("GET /bucket/x", keys, **{"User-Agent": "my-browser"})
    assert refusal(access, late).code == "AccessDenied"
