"""Local variables in tracebacks of a sign-in, which crash reporters send, must not show secrets."""

from __future__ import annotations

import base64
import re
import traceback
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from fake_issuer import USER_POOL_URL, FakeIssuer, json_response

from cognito_credentials._sign_in.browser import sign_in_by_paste
from cognito_credentials._sign_in.device import sign_in_with_device_code
from cognito_credentials._sign_in.refresh import refresh_session, revoke_session
from cognito_credentials._sign_in.sessions import FILE, KEYCHAIN, Session, Sessions
from cognito_credentials._sign_in.user_pool import UserPoolApi, sign_in_with_password
from cognito_credentials.errors import CognitoCredentialsError, TransportError

CLIENT_SECRET = "client-secret-0123456789"
SECRETS = {
    CLIENT_SECRET,
    base64.b64encode(f"app:{CLIENT_SECRET}".encode()).decode(),
    "refresh-token-0123456789",
    "code-0123456789abcdef",
    "device-code-0123456789",
    "Correct-horse-7",
    "New-password-8",
    "123456",
}
# The stored form of a session: a JSON object in Base64.
BASE64 = re.compile("eyJ[A-Za-z0-9+/]{40}")
REFRESH_TOKEN, CODE = "refresh-token-0123456789", "code-0123456789abcdef"
FAILED = TransportError("no route")
REJECTED = json_response(400, error="invalid_grant", error_description="x")


def expect_no_leak(function, *arguments, error=CognitoCredentialsError, **keywords) -> None:
    with pytest.raises(error) as caught:
        function(*arguments, **keywords)
    summary = traceback.TracebackException.from_exception(caught.value, capture_locals=True)
    frame = ""
    for line in "".join(summary.format()).splitlines():
        frame = line if line.startswith('  File "') else frame
        if "/tests/" not in frame:
            assert not BASE64.search(line), (frame, line)
            assert not re.search(r"eyJ[\w-]+\.eyJ", line), (frame, line)
            assert not [secret for secret in SECRETS if secret in line], (frame, line)


@pytest.mark.parametrize(
    "response",
    [
        FAILED,
        REJECTED,
        json_response(),
        json_response(id_token=7),
        {"aud": "other"},
        {"nonce": "other"},
    ],
    ids=str,
)
def test_a_failed_sign_in_in_a_browser(response):
    issuer, parameters = FakeIssuer(), {}

    def show(url):
        parameters.update({name: v[0] for name, v in parse_qs(urlsplit(url).query).items()})
        issuer.responses["token"] = response
        if isinstance(response, dict):
            token = issuer.id_token(**{"nonce": parameters["nonce"], **response})
            issuer.responses["token"] = json_response(id_token=token, refresh_token=REFRESH_TOKEN)

    def ask():
        return f"{parameters['redirect_uri']}?" + urlencode(
            {"state": parameters["state"], "code": CODE}
        )

    expect_no_leak(sign_in_by_paste, issuer.client(secret=CLIENT_SECRET), show=show, ask=ask)


@pytest.mark.parametrize("response", [FAILED, REJECTED, json_response(id_token="eyJx.eyJy.z")])
def test_a_failed_sign_in_with_a_device(response):
    issuer = FakeIssuer()
    issuer.responses["token"] = response
    issuer.responses["device"] = json_response(
        device_code="device-code-0123456789", user_code="AB", verification_uri="https://x.example"
    )
    client = issuer.client(secret=CLIENT_SECRET)
    expect_no_leak(sign_in_with_device_code, client, show=lambda *_: None, timeout=60)


class User:
    def password(self) -> str:
        return "Correct-horse-7"

    def code(self, _kind: str) -> str:
        return "123456"

    def new_password(self) -> str:
        return "New-password-8"

    def offer_retry(self, *_: str) -> bool:
        return False


@pytest.mark.parametrize("challenge", ["NEW_PASSWORD_REQUIRED", "SMS_MFA"])
@pytest.mark.parametrize(
    "response", [FAILED, json_response(400, __type="NotAuthorizedException", message="x")]
)
def test_a_failed_sign_in_with_a_password(challenge, response):
    issuer = FakeIssuer(USER_POOL_URL)
    first = json_response(ChallengeName=challenge, ChallengeParameters={}, Session="s")
    for responses in ([response], [first, response]):
        issuer.responses[""] = responses
        api = UserPoolApi(issuer.client(secret=CLIENT_SECRET))
        expect_no_leak(sign_in_with_password, api, "ann", User())


@pytest.mark.parametrize("response", [FAILED, REJECTED, {"sub": "other"}])
def test_a_failed_refresh_and_revocation(response):
    issuer = FakeIssuer()
    issuer.responses["token"] = response
    if isinstance(response, dict):
        issuer.responses["token"] = json_response(id_token=issuer.id_token(**response))
    issuer.responses["revoke"] = FAILED
    for client in (issuer.client(secret=CLIENT_SECRET), issuer.client()):
        expect_no_leak(refresh_session, client, create_session(issuer))
    expect_no_leak(revoke_session, client, create_session(issuer))


def create_session(issuer: FakeIssuer) -> Session:
    return Session(
        issuer.client().session_key,
        id_token=issuer.id_token(),
        refresh_token=REFRESH_TOKEN,
        expires_at=1.0,
        method="oauth",
        subject="user-1",
    )


class FailingKeychain:
    def get_password(self, *_: str) -> None:
        raise RuntimeError

    def set_password(self, *_: str) -> None:
        raise RuntimeError


def test_a_session_that_cannot_be_stored_in_a_keychain():
    session = create_session(FakeIssuer())
    expect_no_leak(Sessions(backend=FailingKeychain()).save, session, KEYCHAIN)


def test_a_session_that_cannot_be_stored_in_a_file():
    resource = pytest.importorskip("resource")  # Windows lacks this module.
    session, sessions = create_session(FakeIssuer()), Sessions()
    limit = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, limit[1]))  # Make writes fail, as on a full disk.
    try:
        expect_no_leak(sessions.save, session, FILE, error=OSError)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limit)
