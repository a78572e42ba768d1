from __future__ import annotations

from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import pytest
from moto_account import ACCOUNT, IDENTITY, POOL, PROVIDER, MotoAccount, claims, document

from cognito_credentials.emulator.front.access_control import ANONYMOUS, Caller
from cognito_credentials.emulator.front.errors import Refused
from cognito_credentials.emulator.front.sts import StsService
from cognito_credentials.emulator.identity.errors import LoginTokenExpired, invalid_login_token

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

NAMESPACE = "{https://sts.amazonaws.com/doc/2011-06-15/}"
WEB, ROLE = "AssumeRoleWithWebIdentity", "AssumeRole"


class Tokens:
    def __init__(self) -> None:
        self.error: Exception | None = None

    def verify(self, token: str) -> Mapping[str, Any]:
        if self.error is not None:
            raise self.error
        return claims(token=token)


@pytest.fixture
def tokens() -> Tokens:
    return Tokens()


@pytest.fixture
def account() -> Iterator[MotoAccount]:
    account = MotoAccount()
    yield account
    account.moto.reset()


@pytest.fixture
def sts(account: MotoAccount, tokens: Tokens) -> StsService:
    return StsService(moto=account.moto, sessions=account.sessions, pool_tokens=tokens)


def call(sts: StsService, name: str, caller: Caller = ANONYMOUS, **parameters: Any) -> ET.Element:
    operation = sts.operation(name)
    assert operation is not None
    response = operation(parameters, caller)
    assert response.status == 200
    return ET.fromstring(response.body)  # noqa: S314 - our own


def text(root: ET.Element, name: str) -> str | None:
    return root.findtext(f".//{NAMESPACE}{name}")


def web(role: str, **more: Any) -> dict[str, Any]:
    return {"RoleArn": role, "RoleSessionName": "s1", "WebIdentityToken": "token", **more}


def refusal(sts: StsService, name: str, /, **parameters: Any) -> Refused:
    with pytest.raises(Refused) as caught:
        call(sts, name, **parameters)
    return caught.value


def test_a_token_is_exchanged(account: MotoAccount, sts: StsService):
    root = call(sts, WEB, **web(account.role()))
    assert text(root, "SubjectFromWebIdentityToken") == IDENTITY
    assert text(root, "Audience") == POOL
    assert text(root, "Provider") == PROVIDER
    assert text(root, "Arn") == f"arn:aws:sts::{ACCOUNT}:assumed-role/role/s1"
    assert text(root, "Expiration") == "2023-11-14T23:13:20Z"
    issued = account.sessions.find(text(root, "AccessKeyId") or "")
    assert issued is not None
    assert issued.session_token == text(root, "SessionToken")
    assert issued.policies == ()


def test_session_policies_are_kept(account: MotoAccount, sts: StsService):
    inline = document({"Effect": "Allow", "Action": "s3:*", "Resource": "*"})
    managed = account.moto.iam.create_policy("", "/", inline, "p", [])
    role = account.role()
    given = {"Policy": inline, "PolicyArns.member.1.arn": managed.arn}
    root = call(sts, WEB, **web(role, **given))
    issued = account.sessions.find(text(root, "AccessKeyId") or "")
    assert issued is not None
    assert len(issued.policies) == 2


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"RoleSessionName": "a b"},
            (
                "1 validation error detected: Value 'a b' at 'roleSessionName' failed to satisfy"
                r" constraint: Member must satisfy regular expression pattern: [\w+=,.@-]*"
            ),
        ),
        (
            {"RoleSessionName": "s"},
            (
                "1 validation error detected: Value 's' at 'roleSessionName' failed to satisfy"
                " constraint: Member must have length greater than or equal to 2"
            ),
        ),
        (
            {"DurationSeconds": "899", "RoleArn": "arn"},
            (
                "2 validation errors detected: Value 'arn' at 'roleArn' failed to satisfy constraint:"
                " Member must have length greater than or equal to 20; Value '899' at"
                " 'durationSeconds' failed to satisfy constraint: Member must have value greater than"
                " or equal to 900"
            ),
        ),
        (
            {"DurationSeconds": "43201"},
            (
                "1 validation error detected: Value '43201' at 'durationSeconds' failed to satisfy"
                " constraint: Member must have value less than or equal to 43200"
            ),
        ),
        (
            {"WebIdentityToken": "x" * 20001},
            (
                "1 validation error detected: Value *** at 'webIdentityToken' failed to satisfy"
                " constraint: Member must have length less than or equal to 20000"
            ),
        ),
    ],
)
def test_constraints_are_named(sts: StsService, changes: dict[str, Any], message: str):
    refused = refusal(sts, WEB, **web("arn:aws:iam::1:role/x", **changes))
    assert (refused.code, refused.message) == ("ValidationError", message)


def test_what_is_required_is_asked_for(sts: StsService):
    refused = refusal(sts, WEB, RoleArn="arn:aws:iam::1:role/x")
    assert "Value null at 'roleSessionName'" in refused.message
    assert "2 validation errors" in refused.message


@pytest.mark.parametrize(
    ("error", "code", "message"),
    [
        (
            LoginTokenExpired(now=20, expires=10),
            "ExpiredTokenException",
            "Token expired: current date/time 20 must be before the expiration date/time 10",
        ),
        (
            invalid_login_token("Missing a required claim: iss"),
            "InvalidIdentityToken",
            "Missing a required claim: iss",
        ),
        (
            invalid_login_token("Not a valid OpenId Connect identity token."),
            "InvalidIdentityToken",
            (
                "The ID Token provided is not a valid JWT. (You may see this error if you sent an"
                " Access Token)"
            ),
        ),
        (
            invalid_login_token("Couldn't verify signed token."),
            "InvalidIdentityToken",
            "Couldn't verify signed token.",
        ),
    ],
)
def test_bad_tokens_are_told_in_the_words_of_sts(
    account: MotoAccount,
    sts: StsService,
    tokens: Tokens,
    error: Exception,
    code: str,
    message: str,
):
    tokens.error = error
    refused = refusal(sts, WEB, **web(account.role()))
    assert (refused.code, refused.message, refused.status) == (code, message, 400)


def test_a_refused_role_is_forbidden(account: MotoAccount, sts: StsService):
    role = account.role(trust={"Effect": "Deny", "Principal": "*", "Action": "*"})
    refused = refusal(sts, WEB, **web(role))
    assert (refused.code, refused.status) == ("AccessDenied", 403)
    assert refusal(sts, WEB, **web(role, ProviderId="www.amazon.com")).code == (
        "InvalidIdentityToken"
    )
    assert refusal(sts, WEB, **web(role, Policy="[]")).code == "MalformedPolicyDocument"


def test_a_role_is_assumed_by_whom_it_trusts(account: MotoAccount, sts: StsService):
    trust = {
        "Effect": "Allow",
        "Principal": {"AWS": "arn:me"},
        "Action": ["sts:AssumeRole", "sts:TagSession"],
        "Condition": {"StringEquals": {"sts:ExternalId": "x"}},
    }
    role = account.role(trust=[trust, {**trust, "Action": "sts:TagSession", "Condition": {}}])
    me = Caller("arn:me", "id", None, principals={"AWS": frozenset({"arn:me"})})
    given = {
        "RoleArn": role,
        "RoleSessionName": "s1",
        "ExternalId": "x",
        "Tags.member.1.Key": "Team",
        "Tags.member.1.Value": "red",
    }
    root = call(sts, ROLE, me, **given)
    issued = account.sessions.find(text(root, "AccessKeyId") or "")
    assert issued is not None
    assert issued.context["aws:principaltag/team"] == ["red"]
    with pytest.raises(Refused, match="AccessDenied"):
        call(sts, ROLE, me, **{**given, "ExternalId": "y"})
    with pytest.raises(Refused, match="AccessDenied"):
        call(sts, ROLE, ANONYMOUS, **given)


def test_everyone_is_told_who_they_are(sts: StsService):
    root = call(sts, "GetCallerIdentity", Caller("arn:<me>", "id", None))
    assert (text(root, "Arn"), text(root, "UserId"), text(root, "Account")) == (
        "arn:<me>",
        "id",
        ACCOUNT,
    )


def test_saml_is_refused_and_the_rest_left_to_moto(sts: StsService):
    assert refusal(sts, "AssumeRoleWithSAML").code == "InvalidIdentityToken"
    assert sts.operation("GetAccessKeyInfo") is None
