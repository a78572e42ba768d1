from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any

import pytest
from moto_account import MotoAccount
from pycognito.aws_srp import AWSSRP

from cognito_credentials.emulator.errors import AwsError
from cognito_credentials.emulator.front.request_parsing import parse_request
from cognito_credentials.emulator.headers import Headers
from cognito_credentials.emulator.messages import RawRequest
from cognito_credentials.emulator.moto.user_pools import MotoUserPools

if TYPE_CHECKING:
    pass

REGION = "us-east-1"
PASSWORD = "Correct-horse-7"
WRONG = "Incorrect username or password"


class SignIns:
    """A user pool with one client, in which users sign in with pycognito."""

    def __init__(self, account: MotoAccount) -> None:
        self.user_pools = MotoUserPools(account.moto)
        self.backend = account.moto.backend("cognito-idp", REGION)
        self.pool = self.backend.create_user_pool("users", {})
        self.app = self.backend.create_user_pool_client(self.pool.id, False, {}).id

    def sign_up(self, name: str, password: str = PASSWORD) -> None:
        self.backend.admin_create_user(self.pool.id, name, None, "Temporary-1", [])
        self.backend.admin_set_user_password(self.pool.id, name, password, True)

    def call(self, operation: str, **members: Any) -> tuple[int, dict[str, Any]]:
        body = json.dumps({"ClientId": self.app, **members}).encode()
        return self.send(operation, body)

    def send(self, operation: str, body: bytes) -> tuple[int, dict[str, Any]]:
        headers = Headers()
        headers.add("X-Amz-Target", f"AWSCognitoIdentityProviderService.{operation}")
        request = parse_request(RawRequest("POST", "/", headers, body), default_region=REGION)
        response = self.user_pools.send(request)
        return response.status, json.loads(response.body)

    def responses(self, name: str, password: str) -> dict[str, str]:
        """Return a user's responses to the SRP challenge, computed from a password."""
        client = AWSSRP(name, password, self.pool.id, self.app, client=object())
        parameters = client.get_auth_params()
        status, output = self.call(
            "InitiateAuth", AuthFlow="USER_SRP_AUTH", AuthParameters=parameters
        )
        assert (status, output["ChallengeName"]) == (200, "PASSWORD_VERIFIER")
        return dict(client.process_challenge(output["ChallengeParameters"], parameters))

    def respond(self, responses: dict[str, str]) -> dict[str, Any]:
        status, output = self.call(
            "RespondToAuthChallenge",
            ChallengeName="PASSWORD_VERIFIER",
            ChallengeResponses=responses,
        )
        assert status == 200, output
        return output


@pytest.fixture
def sign_ins(account: MotoAccount) -> SignIns:
    return SignIns(account)


def read_username(output: dict[str, Any]) -> str:
    claims = output["AuthenticationResult"]["IdToken"].split(".")[1]
    return str(json.loads(base64.urlsafe_b64decode(claims + "=="))["cognito:username"])


def test_the_right_password_signs_in(sign_ins: SignIns):
    sign_ins.sign_up("ada")
    assert read_username(sign_ins.respond(sign_ins.responses("ada", PASSWORD))) == "ada"


def test_a_wrong_password_ends_the_sign_in(sign_ins: SignIns):
    sign_ins.sign_up("ada")
    responses = sign_ins.responses("ada", "Wrong-horse-8")
    for _ in range(2):
        with pytest.raises(AwsError, match=WRONG):
            sign_ins.respond(responses)


def test_a_proof_signs_in_only_its_own_user(sign_ins: SignIns):
    sign_ins.sign_up("ada")
    sign_ins.sign_up("ben", "Another-horse-9")
    proven = sign_ins.responses("ada", PASSWORD)
    assert read_username(sign_ins.respond(proven | {"USERNAME": "ben"})) == "ada"


@pytest.mark.parametrize("body", [b"", b"Action=x", b"[]"])
def test_challenge_responses_must_be_a_json_object(sign_ins: SignIns, body: bytes):
    headers = Headers()
    headers.add("X-Amz-Target", "AWSCognitoIdentityProviderService.RespondToAuthChallenge")
    if body:
        with pytest.raises(AwsError, match="SerializationException"):
            sign_ins.send("RespondToAuthChallenge", body)
    else:
        assert sign_ins.send("RespondToAuthChallenge", body)[0] >= 400


@pytest.mark.parametrize("block", [None, "", "not base64", "////", "bm9uZQ=="])
def test_an_unknown_sign_in_is_rejected(sign_ins: SignIns, block: str | None):
    sign_ins.sign_up("ada")
    responses = sign_ins.responses("ada", PASSWORD)
    with pytest.raises(AwsError, match=WRONG):
        sign_ins.respond(responses | {"PASSWORD_CLAIM_SECRET_BLOCK": block})  # type: ignore[dict-item]


def test_an_srp_number_that_is_not_hexadecimal_is_rejected(sign_ins: SignIns):
    sign_ins.sign_up("ada")
    with pytest.raises(AwsError, match="InvalidParameterException"):
        sign_ins.call(
            "InitiateAuth",
            AuthFlow="USER_SRP_AUTH",
            AuthParameters={"USERNAME": "ada", "SRP_A": "not hexadecimal"},
        )


def test_other_operations_are_left_to_moto(sign_ins: SignIns):
    sign_ins.sign_up("ada")
    for password, expected in ((PASSWORD, 200), ("Wrong-horse-8", 400)):
        status, _ = sign_ins.call(
            "InitiateAuth",
            AuthFlow="USER_PASSWORD_AUTH",
            AuthParameters={"USERNAME": "ada", "PASSWORD": password},
        )
        assert status == expected
    status, output = sign_ins.call(
        "RespondToAuthChallenge", ChallengeName="SMS_MFA", Session="none", ChallengeResponses={}
    )
    assert (status, output["__type"]) == (400, "ResourceNotFoundException")
