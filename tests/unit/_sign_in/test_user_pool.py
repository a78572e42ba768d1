from __future__ import annotations

import base64
import hashlib
import hmac
import json

import pytest
from fake_issuer import USER_POOL_URL, FakeIssuer, json_response

from cognito_credentials._sign_in.client import RefusedError
from cognito_credentials._sign_in.user_pool import Api, sign_in
from cognito_credentials.emulator.moto.srp import SrpServer
from cognito_credentials.errors import (
    ConfigurationError,
    LoginTokenError,
    MalformedResponseError,
    TransportError,
)
from cognito_credentials.ports import HttpResponse

PASSWORD = "Correct-horse-7"
DONE = json_response(AuthenticationResult={"IdToken": "id", "RefreshToken": "refresh"})


def refusal(code: str, message: str = "") -> HttpResponse:
    return json_response(400, __type=f"com.amazonaws#{code}", message=message)


class Answers:
    """What the user says; every question is kept. The last password is given again and again."""

    def __init__(self, *passwords: str, tries: int = 1) -> None:
        self.asked: list[str] = []
        self._passwords = list(passwords or (PASSWORD,))
        self._tries = tries

    def again(self, what: str, why: str = "") -> bool:
        self.asked.append(f"another {what}")
        self.why = why
        self._tries -= 1
        return self._tries > 0

    def password(self) -> str:
        return self._passwords.pop(0) if self._passwords[1:] else self._passwords[0]

    def code(self, kind: str) -> str:
        self.asked.append(kind)
        return "123456"

    def new_password(self) -> str:
        self.asked.append("new password")
        return "New-password-8"


class Pool(FakeIssuer):
    """A user pool of one user, with a real SRP; after the password come `challenges`."""

    def __init__(self, *challenges: HttpResponse) -> None:
        super().__init__(USER_POOL_URL)
        self.parameters: dict[str, str] = {}  # of the challenge, if not the real ones
        self.responses[""] = self.answer
        self.left = [*challenges, DONE]

    def answer(self, request):
        operation, members = self.operations()[-1]
        if operation == "InitiateAuth":
            assert members["AuthFlow"] == "USER_SRP_AUTH"
            srp_a = members["AuthParameters"]["SRP_A"]
            self.srp = SrpServer("Example", "user-1", PASSWORD, srp_a=srp_a, secret_block=b"s")
            parameters = self.parameters or {"USERNAME": "user-1", **self.srp.challenge()}
            return json_response(
                ChallengeName="PASSWORD_VERIFIER", ChallengeParameters=parameters, Session="s0"
            )
        if members["ChallengeName"] == "PASSWORD_VERIFIER" and not self.srp.verify_proof(
            members["ChallengeResponses"]
        ):
            return refusal("NotAuthorizedException", "Incorrect username or password.")
        return self.left.pop(0)

    def sign_in(self, answers: Answers | None = None, **options):
        return sign_in(Api(self.client(**options)), "ann", answers or Answers())

    def challenge_responses(self):
        return [
            (members["ChallengeName"], members["ChallengeResponses"], members.get("Session"))
            for operation, members in self.operations()
            if operation == "RespondToAuthChallenge"
        ]


def challenge(name: str, **parameters: str) -> HttpResponse:
    return json_response(
        ChallengeName=name, ChallengeParameters=parameters, Session=f"after-{name}"
    )


def test_a_password_is_proven_and_never_sent(never_printed):
    pool = Pool()
    assert pool.sign_in() == {"id_token": "id", "refresh_token": "refresh"}
    assert all(PASSWORD.encode() not in request.body for request in pool.requests)


def test_a_wrong_password(never_printed):
    wrong = never_printed("Wrong-horse-8")
    with pytest.raises(RefusedError, match="Incorrect username or password") as caught:
        Pool().sign_in(Answers(wrong))
    assert "ALLOW_USER_SRP_AUTH" in caught.value.hint


def test_a_wrong_password_is_asked_for_again(never_printed):
    wrong = never_printed("Wrong-horse-8")
    pool, answers = Pool(), Answers(wrong, wrong, PASSWORD, tries=3)
    assert pool.sign_in(answers)["id_token"] == "id"
    assert answers.asked == ["another password"] * 2
    # Each try is a sign-in of its own, with a new session.
    assert [operation for operation, _ in pool.operations()].count("InitiateAuth") == 3
    with pytest.raises(RefusedError, match="Incorrect username or password"):
        Pool().sign_in(Answers(wrong, tries=3))


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("NotAuthorizedException", "Password attempts exceeded"),
        ("NotAuthorizedException", "User is disabled."),
        ("UserNotFoundException", "User does not exist."),
    ],
)
def test_who_is_locked_out_is_not_asked_again(code, text):
    pool, answers = Pool(), Answers(tries=3)
    pool.left = [refusal(code, text)]
    with pytest.raises(RefusedError, match=text):
        pool.sign_in(answers)
    assert answers.asked == []


@pytest.mark.parametrize(
    ("name", "member", "kind"),
    [
        ("SMS_MFA", "SMS_MFA_CODE", "text message"),
        ("SOFTWARE_TOKEN_MFA", "SOFTWARE_TOKEN_MFA_CODE", "authenticator app"),
        ("EMAIL_OTP", "EMAIL_OTP_CODE", "email"),
    ],
)
def test_a_second_factor(name, member, kind):
    pool, answers = Pool(challenge(name)), Answers()
    assert pool.sign_in(answers)["id_token"] == "id"
    assert answers.asked == [kind]
    assert pool.challenge_responses()[1] == (
        name,
        {"USERNAME": "user-1", member: "123456"},
        f"after-{name}",
    )


def test_who_has_two_factors_uses_the_app():
    offered = '["SMS_MFA","SOFTWARE_TOKEN_MFA"]'
    pool = Pool(
        challenge("SELECT_MFA_TYPE", MFAS_CAN_CHOOSE=offered), challenge("SOFTWARE_TOKEN_MFA")
    )
    answers = Answers()
    assert pool.sign_in(answers)["id_token"] == "id"
    assert answers.asked == ["authenticator app"]
    assert pool.challenge_responses()[1][1] == {
        "USERNAME": "user-1",
        "ANSWER": "SOFTWARE_TOKEN_MFA",
    }


def test_where_a_code_was_sent_to():
    answers = Answers()
    Pool(challenge("SMS_MFA", CODE_DELIVERY_DESTINATION="+*****78")).sign_in(answers)
    assert answers.asked == ["text message to +*****78"]


def test_a_wrong_code():
    with pytest.raises(RefusedError, match="CodeMismatchException") as caught:
        Pool(challenge("SMS_MFA"), refusal("CodeMismatchException", "no: 123456")).sign_in()
    assert "123456" not in caught.value.message
    assert "the code that is shown now" in caught.value.hint


def test_a_wrong_code_is_asked_for_again_in_the_same_session():
    pool = Pool(challenge("SMS_MFA"), *[refusal("CodeMismatchException")] * 2)
    answers = Answers(tries=3)
    assert pool.sign_in(answers)["id_token"] == "id"
    assert answers.asked == ["text message", *["another code", "text message"] * 2]
    assert answers.why == ""  # it was mistyped, what else
    assert [session for *_, session in pool.challenge_responses()] == ["s0", *["after-SMS_MFA"] * 3]


def test_a_sign_in_that_wrong_codes_have_ended():
    text = "Invalid session for the user."
    pool = Pool(
        challenge("SMS_MFA"),
        refusal("CodeMismatchException"),
        refusal("NotAuthorizedException", text),
    )
    with pytest.raises(RefusedError, match=text) as caught:
        pool.sign_in(Answers(tries=9))
    assert caught.value.hint.startswith("Sign in again: wrong codes")


def test_a_new_password_that_the_pool_does_not_allow_is_asked_for_again():
    pool = Pool(challenge("NEW_PASSWORD_REQUIRED"), refusal("InvalidPasswordException", "short"))
    answers = Answers(tries=2)
    assert pool.sign_in(answers)["id_token"] == "id"
    assert answers.asked == ["new password", "another new password", "new password"]
    assert answers.why.endswith("refused to sign in: InvalidPasswordException: short")


def test_a_new_password_is_wanted():
    pool, answers = Pool(challenge("NEW_PASSWORD_REQUIRED")), Answers()
    assert pool.sign_in(answers)["id_token"] == "id"
    assert answers.asked == ["new password"]
    assert pool.challenge_responses()[1][1] == {
        "USERNAME": "user-1",
        "NEW_PASSWORD": "New-password-8",
    }


def test_a_challenge_that_is_not_known():
    with pytest.raises(LoginTokenError, match="asks for MFA_SETUP") as caught:
        Pool(challenge("MFA_SETUP")).sign_in()
    assert "--password" in caught.value.hint


def test_a_challenge_that_cannot_be_read():
    pool = Pool()
    pool.parameters = {"SALT": "?"}
    with pytest.raises(MalformedResponseError, match="challenge cannot be read"):
        pool.sign_in()


def test_the_clients_secret_verify_proof_a_digest(never_printed):
    secret = never_printed("s3cr3t-of-the-client")
    pool = Pool(challenge("SMS_MFA"))
    pool.sign_in(secret=secret)

    def digest(name: str) -> str:
        made = hmac.new(secret.encode(), f"{name}app".encode(), hashlib.sha256).digest()
        return base64.b64encode(made).decode()

    sent = [m.get("AuthParameters") or m["ChallengeResponses"] for _, m in pool.operations()]
    # The first by the name that was typed, the others by the pool's own.
    assert [s["SECRET_HASH"] for s in sent] == [digest("ann"), digest("user-1"), digest("user-1")]


def test_a_page_in_place_of_an_answer():
    issuer = FakeIssuer(USER_POOL_URL)
    issuer.responses[""] = HttpResponse(501, {}, b"{}")
    with pytest.raises(MalformedResponseError, match="HTTP 501"):
        Api(issuer.client()).call("Anything")


def test_passwords_go_to_user_pools_alone():
    with pytest.raises(ConfigurationError, match="is not a user pool"):
        Api(FakeIssuer().client())


@pytest.mark.parametrize(
    ("issuer", "endpoint_url", "address"),
    [
        (USER_POOL_URL, None, "https://cognito-idp.us-east-1.amazonaws.com/"),
        (USER_POOL_URL, "http://127.0.0.1:5000", "http://127.0.0.1:5000/"),
        (
            "https://cognito-idp.cn-north-1.amazonaws.com.cn/cn-north-1_A",
            None,
            "https://cognito-idp.cn-north-1.amazonaws.com.cn/",
        ),
    ],
)
def test_where_a_pool_is(issuer, endpoint_url, address):
    pool = FakeIssuer(issuer)
    pool.responses[""] = json_response()
    Api(pool.client(endpoint_url=endpoint_url)).call("Anything")
    assert pool.requests[0].url == address


# --- renewal ------------------------------------------------------------------------------------


def renew(*answers, **options):
    pool = FakeIssuer(USER_POOL_URL)
    pool.responses[""] = list(answers)
    try:
        return Api(pool.client(**options)).renew("refresh-1", "ann"), pool
    except Exception as error:  # noqa: BLE001 - whatever it was
        return error, pool


def test_a_refresh_token_gives_an_id_token():
    tokens, pool = renew(json_response(AuthenticationResult={"IdToken": "id-2"}))
    assert tokens == {"id_token": "id-2", "refresh_token": None}
    ((operation, members),) = pool.operations()
    assert (operation, members["AuthFlow"]) == ("InitiateAuth", "REFRESH_TOKEN_AUTH")
    assert members["AuthParameters"] == {"REFRESH_TOKEN": "refresh-1"}


def test_a_pool_that_replaces_refresh_tokens():
    tokens, pool = renew(
        refusal("UnsupportedOperationException", "rotation"), DONE, secret="s3cr3t-of-the-client"
    )
    assert tokens == {"id_token": "id", "refresh_token": "refresh"}
    operation, members = pool.operations()[1]
    assert operation == "GetTokensFromRefreshToken"
    assert members == {
        "ClientId": "app",
        "RefreshToken": "refresh-1",
        "ClientSecret": "s3cr3t-of-the-client",
    }


@pytest.mark.parametrize(
    "second", [refusal("NotAuthorizedException"), json.dumps({}), json_response(501)]
)
def test_a_refresh_token_that_is_revoked(second):
    answer = HttpResponse(501, {}, b"") if isinstance(second, str) else second
    error, _ = renew(refusal("NotAuthorizedException", "revoked: refresh-1"), answer)
    assert isinstance(error, RefusedError)
    assert error.message.endswith("NotAuthorizedException: revoked: …")


def test_no_network_is_no_refusal():
    error, pool = renew(TransportError("no route"))
    assert isinstance(error, TransportError)
    assert len(pool.requests) == 1


def test_revocation():
    pool = FakeIssuer(USER_POOL_URL)
    pool.responses[""] = json_response()
    assert Api(pool.client()).revoke("refresh-1")
    assert pool.operations() == [("RevokeToken", {"Token": "refresh-1", "ClientId": "app"})]
