"""Every error message of Amazon Cognito Identity, as boto3 receives it over HTTP.

The requests and messages, with their evidence, are in tests/support/service_errors.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest
import urllib3
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import ClientError
from cases import check_each
from emulated_account import Account, allow, document
from service_errors import MALFORMED, ROWS, RawRow, Row
from service_errors.rows import INFERRED, NO_ID, ROLE, VE
from service_texts import ACCOUNT, GOOGLE, TextsWorld

from cognito_credentials.emulator.identity.model import is_public_operation

if TYPE_CHECKING:
    from cognito_credentials.emulator import Emulator


@dataclass
class Recorder:
    """Client that uses boto3 without client-side validation, and records the raw responses."""

    account: Account
    clients: dict[bool, Any] = field(default_factory=dict)
    responses: list[Any] = field(default_factory=list)

    def client(self, *, signed: bool) -> Any:
        if signed not in self.clients:
            version = None if signed else UNSIGNED
            config = Config(
                parameter_validation=False,
                signature_version=version,
                retries={"total_max_attempts": 1},
            )
            client = self.account.client("cognito-identity", config=config)
            client.meta.events.register(
                "after-call.cognito-identity",
                lambda http_response, **_: self.responses.append(http_response),
            )
            self.clients[signed] = client
        return self.clients[signed]

    def call_error(self, operation: str, parameters: dict[str, Any]) -> tuple[dict[str, Any], Any]:
        """Call an operation that must fail, and return boto3's error and the raw response."""
        client = self.client(signed=not is_public_operation(operation))
        name = re.sub(r"(?<!^)(?=[A-Z])", "_", operation).lower()
        with pytest.raises(ClientError) as caught:
            getattr(client, name)(**parameters)
        return caught.value.response["Error"], self.responses[-1]


def check_response(row: Row, error: dict[str, Any], raw: Any, message: str) -> None:
    assert error["Code"] == row.code
    pattern = re.escape(message).replace("<now>", r"\d{10}").replace("<milliseconds>", r"\d{13}")
    assert re.fullmatch(pattern, error["Message"]), error["Message"]
    member = "Message" if row.code == "AccessDeniedException" else "message"
    expected = {"__type": row.code, member: error["Message"]}
    assert raw.content.decode() == json.dumps(expected, separators=(",", ":"))
    headers = {name.lower(): value for name, value in raw.headers.items()}
    assert raw.status_code == row.status
    assert headers["content-type"] == "application/x-amz-json-1.1"
    assert headers["content-length"] == str(len(raw.content))
    assert headers["x-amzn-errortype"] == f"{row.code}:"
    assert headers["x-amzn-errormessage"] == error["Message"]
    assert re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", headers["x-amzn-requestid"])
    assert re.fullmatch(r"\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT", headers["date"])
    assert headers["access-control-allow-origin"] == "*"
    assert headers["access-control-expose-headers"] == (
        "x-amzn-RequestId,x-amzn-ErrorType,x-amzn-ErrorMessage,Date"
    )


@pytest.fixture(scope="module")
def world(account: Account) -> TextsWorld:
    return TextsWorld(account)


@pytest.fixture(scope="module")
def recorder(account: Account) -> Recorder:
    return Recorder(account)


@check_each("row", ROWS)
def test_an_error_has_the_message_of_the_service(
    world: TextsWorld, recorder: Recorder, row: Row
) -> None:
    parameters = row.parameters(world)
    message = row.message
    if "<survivor>" in message:
        message = message.replace("<survivor>", world.developer("survivor")["IdentityId"])
    for name, value in parameters.items():
        message = message.replace(f"<{name}>", str(value))
    error, raw = recorder.call_error(row.operation, parameters)
    check_response(row, error, raw, message)


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("TooManyRequestsException", 400),
        ("ConcurrentModificationException", 400),
        ("ExternalServiceException", 400),
        ("LimitExceededException", 400),
        ("InternalErrorException", 500),
    ],
)
def test_an_injected_error_has_the_form_of_the_service(
    emulator: Emulator, recorder: Recorder, code: str, status: int
) -> None:
    row = Row("", "ListIdentityPools", lambda _: {}, code, "Rate exceeded", INFERRED, status=status)
    emulator.fail("ListIdentityPools", code, "Rate exceeded", status=status)
    error, raw = recorder.call_error("ListIdentityPools", {"MaxResults": 1})
    check_response(row, error, raw, "Rate exceeded")


class TestAccess:
    """Errors for invalid signatures and for requests that policies deny."""

    @pytest.fixture
    def user(self, account: Account) -> dict[str, Any]:
        """The keys of a new IAM user, whose only permission is SetIdentityPoolRoles."""
        iam = account.client("iam")
        iam.create_user(UserName="texts")
        iam.put_user_policy(
            UserName="texts",
            PolicyName="inline",
            PolicyDocument=document(allow("cognito-identity:SetIdentityPoolRoles", "*")),
        )
        key = iam.create_access_key(UserName="texts")["AccessKey"]
        yield {
            "aws_access_key_id": key["AccessKeyId"],
            "aws_secret_access_key": key["SecretAccessKey"],
        }
        iam.delete_access_key(UserName="texts", AccessKeyId=key["AccessKeyId"])
        iam.delete_user_policy(UserName="texts", PolicyName="inline")
        iam.delete_user(UserName="texts")

    def call_error(self, account: Account, operation: str, keys: Any, **parameters: Any) -> Any:
        recorder = Recorder(account)
        client = account.client("cognito-identity", keys)
        client.meta.events.register(
            "after-call.cognito-identity",
            lambda http_response, **_: recorder.responses.append(http_response),
        )
        recorder.clients[True] = client
        error, raw = recorder.call_error(operation, parameters)
        return error, raw

    def test_a_missing_permission_names_the_resource(
        self, account: Account, user: dict[str, Any]
    ) -> None:
        arn = f"arn:aws:iam::{ACCOUNT}:user/texts"
        row = Row("", "ListIdentityPools", lambda _: {}, "AccessDeniedException", "", INFERRED)
        error, raw = self.call_error(account, "ListIdentityPools", user, MaxResults=1)
        resource = f"arn:aws:cognito-identity:us-east-1:{ACCOUNT}:identitypool/"
        assert error["Message"].startswith(
            f"User: {arn} is not authorized to perform: cognito-identity:ListIdentityPools on"
            f" resource: {resource}"
        )
        check_response(row, error, raw, error["Message"])

    def test_roles_may_only_be_set_by_a_principal_that_may_pass_them(
        self, account: Account, world: TextsWorld, user: dict[str, Any]
    ) -> None:
        parameters = {"IdentityPoolId": world.pool, "Roles": {"authenticated": ROLE}}
        error, _ = self.call_error(account, "SetIdentityPoolRoles", user, **parameters)
        assert error["Code"] == "AccessDeniedException"
        assert error["Message"].startswith(
            f"User: arn:aws:iam::{ACCOUNT}:user/texts is not authorized to perform: iam:PassRole"
            f" on resource: {ROLE}"
        )
        account.client("iam").put_user_policy(
            UserName="texts",
            PolicyName="inline",
            PolicyDocument=document(
                allow("cognito-identity:SetIdentityPoolRoles", "*"),
                allow(
                    "iam:PassRole",
                    ROLE,
                    Condition={
                        "StringEquals": {"iam:PassedToService": "cognito-identity.amazonaws.com"}
                    },
                ),
            ),
        )
        pool = account.pool()
        account.client("cognito-identity", user).set_identity_pool_roles(
            IdentityPoolId=pool, Roles={"authenticated": ROLE}
        )

    def test_the_session_policy_of_guests_prevents_that_they_set_roles(
        self, account: Account
    ) -> None:
        identity, keys = account.guest(allow("*", "*"))
        pool = account.pool()
        parameters = {"IdentityPoolId": pool, "Roles": {"unauthenticated": ROLE}}
        error, _ = self.call_error(account, "SetIdentityPoolRoles", keys, **parameters)
        assert error["Code"] == "AccessDeniedException"
        assert "no session policy allows the iam:PassRole action" in error["Message"]
        # The session policy allows all actions in Cognito Identity itself.
        guest = account.client("cognito-identity", keys)
        assert guest.describe_identity(IdentityId=identity)["IdentityId"] == identity

    @pytest.mark.parametrize(
        ("keys", "code", "message"),
        [
            (
                {"aws_access_key_id": "AKIAUNKNOWN000000000"},
                "UnrecognizedClientException",
                "The security token included in the request is invalid.",
            ),
            (
                {"aws_secret_access_key": "wrong"},
                "InvalidSignatureException",
                (
                    "The request signature we calculated does not match the signature you provided."
                    " Check your AWS Secret Access Key and signing method. Consult the service"
                    " documentation for details."
                ),
            ),
        ],
    )
    def test_a_wrong_key_or_signature_is_rejected(
        self, account: Account, keys: dict[str, str], code: str, message: str
    ) -> None:
        error, raw = self.call_error(account, "ListIdentityPools", keys, MaxResults=1)
        row = Row("", "ListIdentityPools", lambda _: {}, code, "", INFERRED)
        check_response(row, error, raw, message)


@pytest.mark.parametrize("row", MALFORMED, ids=str)
def test_an_invalid_request_is_rejected(emulator: Emulator, row: RawRow) -> None:
    response = urllib3.request(
        "POST",
        emulator.endpoint_url,
        body=row.body,
        headers={
            "X-Amz-Target": row.prefix + row.operation,
            "Content-Type": "application/x-amz-json-1.1",
        },
        retries=False,
    )
    document = {"__type": row.code, "message": row.message}
    expected = json.dumps(document, separators=(",", ":"))
    assert (response.status, response.data.decode()) == (400, expected)
    assert response.headers["x-amzn-ErrorType"] == f"{row.code}:"


def test_a_login_token_of_ten_megabytes_is_rejected_without_its_content(
    recorder: Recorder,
) -> None:
    token = "s3cret" * 1_700_000
    parameters = {"IdentityPoolId": NO_ID, "Logins": {GOOGLE: token}}
    error, raw = recorder.call_error("GetId", parameters)
    assert error["Code"] == VE
    assert b"s3cret" not in raw.content


def test_a_long_value_is_truncated_in_the_headers_only(recorder: Recorder) -> None:
    error, raw = recorder.call_error("GetId", {"IdentityPoolId": "x" * 1_000_000})
    assert error["Code"] == VE
    assert len(error["Message"]) > 1_000_000
    assert raw.headers["x-amzn-ErrorMessage"] == error["Message"][:2048]
