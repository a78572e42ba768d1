from __future__ import annotations

import base64
import hashlib
import hmac

import pytest
from fake_issuer import USER_POOL_URL, FakeIssuer, json_response

from cognito_credentials._sign_in.client import IssuerError
from cognito_credentials._sign_in.user_pool import UserPoolApi, sign_in_with_password
from cognito_credentials.emulator.moto.srp import SrpServer
from cognito_credentials.errors import (
    ConfigurationError,
    LoginTokenError,
    MalformedResponseError,
    TransportError,
)
from cognito_credentials.ports import HttpResponse

PASSWORD = "Correct-horse-7"
TOKENS = json_response(AuthenticationResult={"IdToken": "id", "RefreshToken": "refresh"})


def user_pool_error(code: str, message: str = "") -> HttpResponse:
    return json_response(400, __type=f"com.amazonaws#{code}", message=message)


class Prompter:
    """User who enters the passwords in turn, and repeats the last; `questions` has the prompts."""

    def __init__(self, *passwords: str, attempts: int = 1) -> None:
        self.questions: list[str] = []
        self.problem = ""
        self._passwords = list(passwords or (PASSWORD,))
        self._attempts = attempts

    def offer_retry(self, subject: str, problem: str = "") -> bool:
        self.questions.append(f"another {subject}")
        self.problem = problem
        self._attempts -= 1
        return self._attempts > 0

    def password(self) -> str:
        return self._passwords.pop(0) if self._passwords[1:] else self._passwords[0]

    def code(self, kind: str) -> str:
        self.questions.append(kind)
        return "123456"

    def new_password(self) -> str:
        self.questions.append("new password")
        return "New-password-8"


class UserPool(FakeIssuer):
    """User pool with one user; verifies the password with SRP, like Cognito.

    Args:
        responses: Responses after the correct password and before the tokens.
    """

    def __init__(self, *responses: HttpResponse) -> None:
        super().__init__(USER_POOL_URL)
        self.responses[""] = self.respond
        self.next_responses = [*responses, TOKENS]

    def respond(self, request):
        operation, members = self.operations()[-1]
        if operation == "InitiateAuth":
            assert members["AuthFlow"] == "USER_SRP_AUTH"
            srp_a = members["AuthParameters"]["SRP_A"]
            self.srp = SrpServer("Example", "user-1", PASSWORD, srp_a=srp_a, secret_block=b"s")
            parameters = {"USERNAME": "user-1", **self.srp.challenge()}
            return json_response(
                ChallengeName="PASSWORD_VERIFIER", ChallengeParameters=parameters, Session="s0"
            )
        if members["ChallengeName"] == "PASSWORD_VERIFIER" and not self.srp.verify_proof(
            members["ChallengeResponses"]
        ):
            return user_pool_error("NotAuthorizedException", "Incorrect username or password.")
        return self.next_responses.pop(0)

    def sign_in(self, prompter: Prompter | None = None, **options):
        api = UserPoolApi(self.client(**options))
        return sign_in_with_password(api, "ann", prompter or Prompter())

    def challenge_responses(self):
        """Return challenge name, responses and session of each RespondToAuthChallenge request."""
        return [
            (members["ChallengeName"], members["ChallengeResponses"], members.get("Session"))
            for operation, members in self.operations()
            if operation == "RespondToAuthChallenge"
        ]


def challenge(name: str, **parameters: str) -> HttpResponse:
    return json_response(
        ChallengeName=name, ChallengeParameters=parameters, Session=f"after-{name}"
    )


# --- the password -------------------------------------------------------------------------------


def test_the_password_is_never_sent():
    pool = UserPool()
    assert pool.sign_in() == {"id_token": "id", "refresh_token": "refresh"}
    assert all(PASSWORD.encode() not in request.body for request in pool.requests)


def test_a_wrong_password_is_rejected_with_a_hint_about_user_name_and_password(never_printed):
    wrong = never_printed("Wrong-horse-8")
    with pytest.raises(IssuerError) as caught:
        UserPool().sign_in(Prompter(wrong))
    assert caught.value.code == "NotAuthorizedException"
    assert "password" in caught.value.hint
    assert "ALLOW_USER_SRP_AUTH" not in caught.value.hint


NA = "NotAuthorizedException"
# Error code, message, and a word that only the correct next step contains.
REJECTIONS = [
    ("InvalidParameterException", "USER_SRP_AUTH is not enabled for the client.", "SRP_AUTH"),
    (NA, "Auth flow not enabled for this client", "SRP_AUTH"),
    (NA, "USER_SRP_AUTH flow not enabled for this client", "SRP_AUTH"),
    (NA, "Unable to verify secret hash for client app", "Copy"),
    (NA, "Client app is not configured for secret but secret hash was received", "Omit"),
    (NA, "Client app is configured with secret but SECRET_HASH was not received", "Pass"),
    (NA, "User is disabled.", "AdminEnableUser"),
    (NA, "Password attempts exceeded", "15 minutes"),
    ("LimitExceededException", "Attempt limit exceeded, please try after some time.", "15 minutes"),
    (NA, "Temporary password has expired and must be reset by an administrator.", "RESEND"),
    (NA, "User account has expired, it must be reset by an administrator.", "RESEND"),
    ("UserLambdaValidationException", "PreAuthentication failed with error no.", "trigger"),
    ("UnexpectedLambdaException", "PreAuthentication invocation failed.", "the trigger's logs"),
    ("ResourceNotFoundException", "User pool client app does not exist.", "client ID"),
    ("ForbiddenException", "Request not allowed due to WAF block.", "network"),
    (NA, "Something that the service never said before.", "administrator"),
    ("SomethingNewException", "any text", "documentation"),
]


@pytest.mark.parametrize(("code", "text", "word"), REJECTIONS)
def test_every_rejection_of_the_sign_in_has_its_own_next_step(code, text, word):
    pool = FakeIssuer(USER_POOL_URL)
    pool.responses[""] = user_pool_error(code, text)
    api = UserPoolApi(pool.client(secret="secret-1"))
    with pytest.raises(IssuerError) as caught:
        sign_in_with_password(api, "ann", Prompter())
    assert word in caught.value.hint


@pytest.mark.parametrize(
    "text",
    [
        "Refresh Token has been revoked",
        "Invalid Refresh Token",
        "Invalid Refresh Token.",
        "Refresh Token has expired",
        "Something that the service never said before.",
    ],
)
def test_a_rejected_refresh_token_ends_the_session(text):
    pool = FakeIssuer(USER_POOL_URL)
    pool.responses[""] = user_pool_error("NotAuthorizedException", text)
    with pytest.raises(IssuerError) as caught:
        UserPoolApi(pool.client()).refresh("refresh-1", "user-1")
    assert caught.value.ends_session


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("Unable to verify secret hash for client app", "secret-1"),
        ("Client app is configured with secret but SECRET_HASH was not received", None),
        ("REFRESH_TOKEN_AUTH flow not enabled for this client", None),
        ("User is disabled.", None),
    ],
)
def test_another_rejection_of_a_refresh_does_not_end_the_session(text, secret):
    pool = FakeIssuer(USER_POOL_URL)
    pool.responses[""] = user_pool_error("NotAuthorizedException", text)
    with pytest.raises(IssuerError) as caught:
        UserPoolApi(pool.client(secret=secret)).refresh("refresh-1", "user-1")
    assert not caught.value.ends_session
    assert not caught.value.hint.startswith("Sign in")


def test_a_wrong_password_can_be_corrected_in_a_new_sign_in(never_printed):
    wrong = never_printed("Wrong-horse-8")
    pool, prompter = UserPool(), Prompter(wrong, wrong, PASSWORD, attempts=3)
    assert pool.sign_in(prompter)["id_token"] == "id"
    assert prompter.questions == ["another password"] * 2
    assert [operation for operation, _ in pool.operations()].count("InitiateAuth") == 3
    with pytest.raises(IssuerError):
        UserPool().sign_in(Prompter(wrong, attempts=3))


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("NotAuthorizedException", "Password attempts exceeded"),
        ("NotAuthorizedException", "User is disabled."),
        ("UserNotFoundException", "User does not exist."),
    ],
)
def test_another_password_is_not_requested_if_it_cannot_help(code, text):
    pool, prompter = UserPool(), Prompter(attempts=3)
    pool.next_responses = [user_pool_error(code, text)]
    with pytest.raises(IssuerError, match=text):
        pool.sign_in(prompter)
    assert prompter.questions == []


# --- challenges ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "member", "kind"),
    [
        ("SMS_MFA", "SMS_MFA_CODE", "text message"),
        ("SOFTWARE_TOKEN_MFA", "SOFTWARE_TOKEN_MFA_CODE", "authenticator app"),
        ("EMAIL_OTP", "EMAIL_OTP_CODE", "email"),
    ],
)
def test_a_second_factor_is_requested(name, member, kind):
    pool, prompter = UserPool(challenge(name)), Prompter()
    assert pool.sign_in(prompter)["id_token"] == "id"
    assert prompter.questions == [kind]
    assert pool.challenge_responses()[1] == (
        name,
        {"USERNAME": "user-1", member: "123456"},
        f"after-{name}",
    )


def test_the_authenticator_app_is_preferred_to_a_text_message():
    offered = '["SMS_MFA","SOFTWARE_TOKEN_MFA"]'
    pool = UserPool(
        challenge("SELECT_MFA_TYPE", MFAS_CAN_CHOOSE=offered), challenge("SOFTWARE_TOKEN_MFA")
    )
    prompter = Prompter()
    assert pool.sign_in(prompter)["id_token"] == "id"
    assert prompter.questions == ["authenticator app"]
    responses = pool.challenge_responses()[1][1]
    assert responses == {"USERNAME": "user-1", "ANSWER": "SOFTWARE_TOKEN_MFA"}


def test_the_question_for_a_code_names_its_destination():
    prompter = Prompter()
    UserPool(challenge("SMS_MFA", CODE_DELIVERY_DESTINATION="+*****78")).sign_in(prompter)
    assert prompter.questions == ["text message to +*****78"]


def test_a_wrong_code_is_rejected_without_showing_it():
    pool = UserPool(challenge("SMS_MFA"), user_pool_error("CodeMismatchException", "no: 123456"))
    with pytest.raises(IssuerError) as caught:
        pool.sign_in()
    assert caught.value.code == "CodeMismatchException"
    assert "123456" not in caught.value.message
    assert caught.value.hint


def test_a_wrong_code_can_be_corrected_in_the_same_session():
    pool = UserPool(challenge("SMS_MFA"), *[user_pool_error("CodeMismatchException")] * 2)
    prompter = Prompter(attempts=3)
    assert pool.sign_in(prompter)["id_token"] == "id"
    assert prompter.questions == ["text message", *["another code", "text message"] * 2]
    assert prompter.problem == ""
    sessions = [session for *_, session in pool.challenge_responses()]
    assert sessions == ["s0", *["after-SMS_MFA"] * 3]


def test_the_hint_for_a_session_that_ended_after_wrong_codes_does_not_mention_the_password():
    text = "Invalid session for the user."
    pool = UserPool(
        challenge("SMS_MFA"),
        user_pool_error("CodeMismatchException"),
        user_pool_error("NotAuthorizedException", text),
    )
    with pytest.raises(IssuerError, match=text) as caught:
        pool.sign_in(Prompter(attempts=9))
    assert "ALLOW_USER_SRP_AUTH" not in caught.value.hint


def test_a_required_new_password_is_requested():
    pool, prompter = UserPool(challenge("NEW_PASSWORD_REQUIRED")), Prompter()
    assert pool.sign_in(prompter)["id_token"] == "id"
    assert prompter.questions == ["new password"]
    responses = pool.challenge_responses()[1][1]
    assert responses == {"USERNAME": "user-1", "NEW_PASSWORD": "New-password-8"}


def test_a_new_password_can_be_corrected_after_the_reason_was_shown():
    error = user_pool_error("InvalidPasswordException", "too short")
    pool = UserPool(challenge("NEW_PASSWORD_REQUIRED"), error)
    prompter = Prompter(attempts=2)
    assert pool.sign_in(prompter)["id_token"] == "id"
    assert prompter.questions == ["new password", "another new password", "new password"]
    assert prompter.problem.endswith("InvalidPasswordException: too short")


def test_an_unsupported_challenge_is_rejected_with_the_alternative():
    with pytest.raises(LoginTokenError, match="MFA_SETUP") as caught:
        UserPool(challenge("MFA_SETUP")).sign_in()
    assert "--password" in caught.value.hint


@pytest.mark.parametrize(
    "parameters",
    [
        {"SALT": "?"},
        {"USERNAME": 7, "USER_ID_FOR_SRP": 7, "SALT": 7, "SRP_B": 7, "SECRET_BLOCK": 7},
        "SALT",
        None,
    ],
)
def test_a_malformed_challenge_is_rejected(parameters):
    pool = FakeIssuer(USER_POOL_URL)
    pool.responses[""] = json_response(
        ChallengeName="PASSWORD_VERIFIER", ChallengeParameters=parameters
    )
    with pytest.raises(MalformedResponseError):
        sign_in_with_password(UserPoolApi(pool.client()), "ann", Prompter())


def test_a_challenge_whose_name_is_not_text_is_rejected():
    with pytest.raises(MalformedResponseError, match="ChallengeName"):
        UserPool(json_response(ChallengeName=["SMS_MFA"])).sign_in()


def test_a_result_without_tokens_has_none():
    pool = UserPool(json_response(AuthenticationResult=None))
    assert pool.sign_in() == {"id_token": None, "refresh_token": None}


@pytest.mark.parametrize(
    ("result", "name"),
    [
        ("id", "AuthenticationResult"),
        (["id"], "AuthenticationResult"),
        ({"IdToken": 7}, "IdToken"),
        ({"IdToken": "id", "RefreshToken": ["x"]}, "RefreshToken"),
    ],
)
def test_a_malformed_result_is_rejected_by_the_name_of_its_member(result, name):
    pool = UserPool(json_response(AuthenticationResult=result))
    with pytest.raises(MalformedResponseError, match=name):
        pool.sign_in()


# --- the API ------------------------------------------------------------------------------------


def test_the_secret_hash_uses_the_user_name_of_the_user_pool_as_soon_as_it_is_known(never_printed):
    secret = never_printed("s3cr3t-of-the-client")
    pool = UserPool(challenge("SMS_MFA"))
    pool.sign_in(secret=secret)

    def secret_hash(username: str) -> str:
        digest = hmac.new(secret.encode(), f"{username}app".encode(), hashlib.sha256).digest()
        return base64.b64encode(digest).decode()

    parameters = [m.get("AuthParameters") or m["ChallengeResponses"] for _, m in pool.operations()]
    assert [p["SECRET_HASH"] for p in parameters] == [
        # This is the name as typed; later requests use the name in the challenge.
        secret_hash("ann"),
        secret_hash("user-1"),
        secret_hash("user-1"),
    ]


def test_a_response_that_is_not_from_the_api_is_rejected():
    issuer = FakeIssuer(USER_POOL_URL)
    issuer.responses[""] = HttpResponse(501, {}, b"{}")
    with pytest.raises(MalformedResponseError, match="501"):
        UserPoolApi(issuer.client()).call("Anything")


def test_an_issuer_that_is_not_a_user_pool_is_rejected():
    with pytest.raises(ConfigurationError, match="user pool"):
        UserPoolApi(FakeIssuer().client())


@pytest.mark.parametrize(
    ("issuer", "endpoint_url", "url"),
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
def test_requests_are_sent_to_the_endpoint_of_the_region_or_the_configured_one(
    issuer, endpoint_url, url
):
    pool = FakeIssuer(issuer)
    pool.responses[""] = json_response()
    UserPoolApi(pool.client(endpoint_url=endpoint_url)).call("Anything")
    assert pool.requests[0].url == url


@pytest.mark.parametrize("url", ["http://a.example", "https://a.example:99999"])
def test_an_insecure_or_invalid_endpoint_is_rejected(url):
    with pytest.raises(ConfigurationError, match="endpoint_url"):
        UserPoolApi(FakeIssuer(USER_POOL_URL).client(endpoint_url=url))


# --- refresh and revocation ---------------------------------------------------------------------


def user_pool_with(*responses: HttpResponse | Exception) -> FakeIssuer:
    pool = FakeIssuer(USER_POOL_URL)
    pool.responses[""] = list(responses)
    return pool


def test_a_refresh_token_is_exchanged_for_an_id_token():
    pool = user_pool_with(json_response(AuthenticationResult={"IdToken": "id-2"}))
    tokens = UserPoolApi(pool.client()).refresh("refresh-1", "ann")
    assert tokens == {"id_token": "id-2", "refresh_token": None}
    ((operation, members),) = pool.operations()
    assert (operation, members["AuthFlow"]) == ("InitiateAuth", "REFRESH_TOKEN_AUTH")
    assert members["AuthParameters"] == {"REFRESH_TOKEN": "refresh-1"}


def test_a_user_pool_that_rotates_refresh_tokens_is_called_by_its_other_operation():
    pool = user_pool_with(user_pool_error("UnsupportedOperationException", "rotation"), TOKENS)
    tokens = UserPoolApi(pool.client(secret="s3cr3t-of-the-client")).refresh("refresh-1", "ann")
    assert tokens == {"id_token": "id", "refresh_token": "refresh"}
    operation, members = pool.operations()[1]
    assert operation == "GetTokensFromRefreshToken"
    assert members == {
        "ClientId": "app",
        "RefreshToken": "refresh-1",
        "ClientSecret": "s3cr3t-of-the-client",
    }


@pytest.mark.parametrize(
    "second_response",
    [
        user_pool_error("NotAuthorizedException"),
        HttpResponse(501, {}, b""),
        json_response(501),
    ],
)
def test_a_revoked_refresh_token_raises_the_first_error(second_response):
    pool = user_pool_with(
        user_pool_error("NotAuthorizedException", "revoked: refresh-1"), second_response
    )
    with pytest.raises(IssuerError) as caught:
        UserPoolApi(pool.client()).refresh("refresh-1", "ann")
    assert caught.value.message.endswith("NotAuthorizedException: revoked: [hidden]")


def test_a_failed_request_is_not_repeated_with_the_other_operation():
    pool = user_pool_with(TransportError("no route"))
    with pytest.raises(TransportError):
        UserPoolApi(pool.client()).refresh("refresh-1", "ann")
    assert len(pool.requests) == 1


def test_a_refresh_token_is_revoked():
    pool = user_pool_with(json_response())
    assert UserPoolApi(pool.client()).revoke("refresh-1")
    assert pool.operations() == [("RevokeToken", {"Token": "refresh-1", "ClientId": "app"})]
