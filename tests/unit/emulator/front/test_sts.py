from __future__ import annotations

from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import pytest
from moto_account import ACCOUNT, IDENTITY, POOL, PROVIDER, MotoAccount, claims, document

from cognito_credentials.emulator.errors import AwsError
from cognito_credentials.emulator.front.principals import ANONYMOUS, Principal
from cognito_credentials.emulator.front.sts import StsService
from cognito_credentials.emulator.headers import Headers
from cognito_credentials.emulator.identity.errors import TokenExpiredError, invalid_login_token
from cognito_credentials.emulator.messages import RawRequest, ServiceRequest, WireProtocol

if TYPE_CHECKING:
    from collections.abc import Mapping

NAMESPACE = "{https://sts.amazonaws.com/doc/2011-06-15/}"
WEB, ROLE = "AssumeRoleWithWebIdentity", "AssumeRole"


class FakeTokens:
    """Token verifier that accepts every token, or raises `error` if a test has set it."""

    def __init__(self) -> None:
        self.error: Exception | None = None

    def verify(self, token: str) -> Mapping[str, Any]:
        if self.error is not None:
            raise self.error
        return claims(token=token)


@pytest.fixture
def tokens() -> FakeTokens:
    return FakeTokens()


@pytest.fixture
def sts(account: MotoAccount, tokens: FakeTokens) -> StsService:
    return StsService(moto=account.moto, sessions=account.sessions, open_id_tokens=tokens)


def make_request(
    operation: str, protocol: WireProtocol = WireProtocol.QUERY, **parameters: Any
) -> ServiceRequest:
    return ServiceRequest(
        service="sts",
        protocol=protocol,
        operation=operation,
        region="us-east-1",
        is_public=True,
        http=RawRequest("POST", "/", Headers(), b""),
        parameters=parameters,
        has_json_body=False,
        signature=None,
    )


def call(
    sts: StsService, operation: str, principal: Principal = ANONYMOUS, **parameters: Any
) -> ET.Element:
    assert sts.implements(operation)
    response = sts.handle(make_request(operation, **parameters), principal)
    assert response.status == 200
    return ET.fromstring(response.body)  # noqa: S314 - the emulator wrote the document


def find_text(root: ET.Element, name: str) -> str | None:
    return root.findtext(f".//{NAMESPACE}{name}")


def make_web_parameters(role: str, **more: Any) -> dict[str, Any]:
    return {"RoleArn": role, "RoleSessionName": "s1", "WebIdentityToken": "token", **more}


def call_error(sts: StsService, operation: str, /, **parameters: Any) -> AwsError:
    with pytest.raises(AwsError) as caught:
        call(sts, operation, **parameters)
    return caught.value


def test_an_open_id_token_is_exchanged_for_credentials(account: MotoAccount, sts: StsService):
    root = call(sts, WEB, **make_web_parameters(account.role()))
    assert find_text(root, "SubjectFromWebIdentityToken") == IDENTITY
    assert find_text(root, "Audience") == POOL
    assert find_text(root, "Provider") == PROVIDER
    assert find_text(root, "Arn") == f"arn:aws:sts::{ACCOUNT}:assumed-role/role/s1"
    assert find_text(root, "Expiration") == "2023-11-14T23:13:20Z"
    issued = account.sessions.find(find_text(root, "AccessKeyId") or "")
    assert issued is not None
    assert issued.session_token == find_text(root, "SessionToken")
    assert issued.policies == ()


def test_session_policies_are_stored_with_the_session(account: MotoAccount, sts: StsService):
    inline = document({"Effect": "Allow", "Action": "s3:*", "Resource": "*"})
    managed = account.iam_backend.create_policy("", "/", inline, "p", [])
    role = account.role()
    policies = {"Policy": inline, "PolicyArns.member.1.arn": managed.arn}
    root = call(sts, WEB, **make_web_parameters(role, **policies))
    issued = account.sessions.find(find_text(root, "AccessKeyId") or "")
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
def test_violated_constraints_have_the_messages_of_sts(
    sts: StsService, changes: dict[str, Any], message: str
):
    failure = call_error(sts, WEB, **make_web_parameters("arn:aws:iam::1:role/x", **changes))
    assert (failure.code, failure.message) == ("ValidationError", message)


def test_missing_parameters_are_reported(sts: StsService):
    failure = call_error(sts, WEB, RoleArn="arn:aws:iam::1:role/x")
    assert "Value null at 'roleSessionName'" in failure.message
    assert "2 validation errors" in failure.message


@pytest.mark.parametrize(
    ("error", "code", "message"),
    [
        (
            TokenExpiredError(now=20, expires_at=10),
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
def test_invalid_tokens_have_the_messages_of_sts(
    account: MotoAccount,
    sts: StsService,
    tokens: FakeTokens,
    error: Exception,
    code: str,
    message: str,
):
    tokens.error = error
    failure = call_error(sts, WEB, **make_web_parameters(account.role()))
    assert (failure.code, failure.message, failure.http_status) == (code, message, 400)


def test_a_role_that_does_not_trust_the_token_is_access_denied(
    account: MotoAccount, sts: StsService
):
    role = account.role(trust={"Effect": "Deny", "Principal": "*", "Action": "*"})
    failure = call_error(sts, WEB, **make_web_parameters(role))
    assert (failure.code, failure.http_status) == ("AccessDenied", 403)
    assert call_error(sts, WEB, **make_web_parameters(role, ProviderId="www.amazon.com")).code == (
        "InvalidIdentityToken"
    )
    assert (
        call_error(sts, WEB, **make_web_parameters(role, Policy="[]")).code
        == "MalformedPolicyDocument"
    )


def test_assume_role_evaluates_the_trust_policy(account: MotoAccount, sts: StsService):
    trust = {
        "Effect": "Allow",
        "Principal": {"AWS": "arn:me"},
        "Action": ["sts:AssumeRole", "sts:TagSession"],
        "Condition": {"StringEquals": {"sts:ExternalId": "x"}},
    }
    role = account.role(trust=[trust, {**trust, "Action": "sts:TagSession", "Condition": {}}])
    me = Principal("arn:me", "id", None, names={"AWS": frozenset({"arn:me"})})
    parameters = {
        "RoleArn": role,
        "RoleSessionName": "s1",
        "ExternalId": "x",
        "Tags.member.1.Key": "Team",
        "Tags.member.1.Value": "red",
    }
    root = call(sts, ROLE, me, **parameters)
    issued = account.sessions.find(find_text(root, "AccessKeyId") or "")
    assert issued is not None
    assert issued.context["aws:principaltag/team"] == ["red"]
    with pytest.raises(AwsError, match="AccessDenied"):
        call(sts, ROLE, me, **{**parameters, "ExternalId": "y"})
    with pytest.raises(AwsError, match="AccessDenied"):
        call(sts, ROLE, ANONYMOUS, **parameters)


def test_get_caller_identity_returns_the_principal(sts: StsService):
    root = call(sts, "GetCallerIdentity", Principal("arn:<me>", "id", None))
    assert (find_text(root, "Arn"), find_text(root, "UserId"), find_text(root, "Account")) == (
        "arn:<me>",
        "id",
        ACCOUNT,
    )


def test_saml_is_rejected_and_other_operations_are_left_to_moto(sts: StsService):
    assert call_error(sts, "AssumeRoleWithSAML").code == "InvalidIdentityToken"
    assert not sts.implements("GetAccessKeyInfo")


def test_parameters_of_another_protocol_are_ignored(account: MotoAccount, sts: StsService):
    parameters = make_web_parameters(account.role())
    request = make_request(WEB, WireProtocol.JSON, **parameters)
    with pytest.raises(AwsError, match="3 validation errors"):
        sts.handle(request, ANONYMOUS)
