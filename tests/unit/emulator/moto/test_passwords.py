from __future__ import annotations

import base64
import json
from email.message import Message
from typing import TYPE_CHECKING, Any

import pytest
from moto_account import MotoAccount
from pycognito.aws_srp import AWSSRP

from cognito_credentials.emulator.front.errors import Refused
from cognito_credentials.emulator.http_server import HttpRequest
from cognito_credentials.emulator.moto.passwords import MotoPasswords

if TYPE_CHECKING:
    from collections.abc import Iterator

REGION = "us-east-1"
PASSWORD = "Correct-horse-7"
WRONG = "Incorrect username or password"


class SignIns:
    """A user pool with an app client; users sign in as pycognito does it."""

    def __init__(self, account: MotoAccount) -> None:
        self.passwords = MotoPasswords(account.moto)
        self.backend = account.moto.backend("cognito-idp", REGION)
        self.pool = self.backend.create_user_pool("users", {})
        self.app = self.backend.create_user_pool_client(self.pool.id, False, {}).id

    def sign_up(self, name: str, password: str = PASSWORD) -> None:
        self.backend.admin_create_user(self.pool.id, name, None, "Temporary-1", [])
        self.backend.admin_set_user_password(self.pool.id, name, password, True)

    def call(self, operation: str, **members: Any) -> tuple[int, dict[str, Any]]:
        headers = Message()
        headers["X-Amz-Target"] = f"AWSCognitoIdentityProviderService.{operation}"
        scope = f"20260101/{REGION}/cognito-idp/aws4_request"
        headers["Authorization"] = f"AWS4-HMAC-SHA256 Credential=X/{scope}, SignedHeaders=host"
        body = json.dumps({"ClientId": self.app, **members}).encode()
        target = f"/?x-id={operation}"
        answer = self.passwords.answer(operation, HttpRequest("POST", target, headers, body))
        return answer.status, json.loads(answer.body)

    def responses(self, name: str, password: str) -> dict[str, str]:
        """Return the answer to the challenge that `name` gets."""
        client = AWSSRP(name, password, self.pool.id, self.app, client=object())
        parameters = client.get_auth_params()
        status, answer = self.call(
            "InitiateAuth", AuthFlow="USER_SRP_AUTH", AuthParameters=parameters
        )
        assert (status, answer["ChallengeName"]) == (200, "PASSWORD_VERIFIER")
        return dict(client.process_challenge(answer["ChallengeParameters"], parameters))

    def respond(self, responses: dict[str, str]) -> dict[str, Any]:
        status, answer = self.call(
            "RespondToAuthChallenge",
            ChallengeName="PASSWORD_VERIFIER",
            ChallengeResponses=responses,
        )
        assert status == 200, answer
        return answer


@pytest.fixture
def sign_ins() -> Iterator[SignIns]:
    account = MotoAccount()
    yield SignIns(account)
    account.moto.reset()


def subject_of(answer: dict[str, Any]) -> str:
    claims = answer["AuthenticationResult"]["IdToken"].split(".")[1]
    return str(json.loads(base64.urlsafe_b64decode(claims + "=="))["cognito:username"])


def test_a_password_signs_in(sign_ins: SignIns):
    sign_ins.sign_up("ada")
    assert subject_of(sign_ins.respond(sign_ins.responses("ada", PASSWORD))) == "ada"


def test_a_wrong_one_does_not_and_ends_the_sign_in(sign_ins: SignIns):
    sign_ins.sign_up("ada")
    responses = sign_ins.responses("ada", "Wrong-horse-8")
    for _ in range(2):
        with pytest.raises(Refused, match=WRONG):
            sign_ins.respond(responses)


def test_nobody_signs_in_as_another(sign_ins: SignIns):
    sign_ins.sign_up("ada")
    sign_ins.sign_up("ben", "Another-horse-9")
    proven = sign_ins.responses("ada", PASSWORD)
    assert subject_of(sign_ins.respond(proven | {"USERNAME": "ben"})) == "ada"


@pytest.mark.parametrize("block", [None, "", "not base64", "////", "bm9uZQ=="])
def test_a_sign_in_that_nobody_began(sign_ins: SignIns, block: str | None):
    sign_ins.sign_up("ada")
    responses = sign_ins.responses("ada", PASSWORD)
    with pytest.raises(Refused, match=WRONG):
        sign_ins.respond(responses | {"PASSWORD_CLAIM_SECRET_BLOCK": block})  # type: ignore[dict-item]


def test_a_number_that_is_none(sign_ins: SignIns):
    sign_ins.sign_up("ada")
    with pytest.raises(Refused, match="InvalidParameterException"):
        sign_ins.call(
            "InitiateAuth",
            AuthFlow="USER_SRP_AUTH",
            AuthParameters={"USERNAME": "ada", "SRP_A": "none"},
        )


def test_all_else_is_motos(sign_ins: SignIns):
    sign_ins.sign_up("ada")
    for password, expected in ((PASSWORD, 200), ("Wrong-horse-8", 400)):
        status, _ = sign_ins.call(
            "InitiateAuth",
            AuthFlow="USER_PASSWORD_AUTH",
            AuthParameters={"USERNAME": "ada", "PASSWORD": password},
        )
        assert status == expected
    status, answer = sign_ins.call(
        "RespondToAuthChallenge", ChallengeName="SMS_MFA", Session="none", ChallengeResponses={}
    )
    assert (status, answer["__type"]) == (400, "ResourceNotFoundException")
