"""Documents from issuers, user pools and AWS with members of unexpected types and values.

With any document, a sign-in or a fetch must succeed or raise one of the package's own errors.
The sign-in or the fetch must not wait long, according to the fake clock.
"""

from __future__ import annotations

import base64
import json
import time
from collections import defaultdict
from typing import Any

import pytest
from fake_issuer import USER_POOL_URL, FakeIssuer, json_response
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cognito_credentials import (
    BasicFlow,
    from_cognito_identity_pool,
    login_from_id_token,
    token_subject,
)
from cognito_credentials._core.http import HttpResponse
from cognito_credentials._sign_in.browser import AuthorizationRequest
from cognito_credentials._sign_in.device import sign_in_with_device_code
from cognito_credentials._sign_in.refresh import refresh_session, revoke_session
from cognito_credentials._sign_in.sessions import Session, SessionKey
from cognito_credentials._sign_in.user_pool import UserPoolApi, sign_in_with_password
from cognito_credentials.cli.commands.login import describe_lifetime
from cognito_credentials.cli.settings.sessions import describe_user
from cognito_credentials.errors import CognitoCredentialsError
from cognito_credentials.testing import FakeClock, ScriptedTransport

POOL = "us-east-1:1699ebc0-7900-4099-b910-2df94f52a030"
GOOGLE = "accounts.google.com"
slow_inputs = settings(suppress_health_check=[HealthCheck.too_slow])

ODD_VALUES: list[Any] = [
    *(None, True, False, 0, 1, -1, 1.5, 10**30, 10**400, -(10**400)),
    *(float("inf"), float("-inf"), float("nan"), 253_402_300_799, 1e18),
    *("", " ", "x", "1", "true", "\0", "\033[2J", "\n", "\ud800", "x" * 10_000, "é"),
    *([], {}, [[]], [None], [1], ["x"], [{"a": 1}], {"a": {}}, {"openid": 1}),
    *("https://h:99999", "https://h:abc", "http://[::1", "https://[1:zz]/", "https://a..b", "//"),
    *("https://u:p@h", "https://h/\r\nX: y", "javascript:x", "http://h", f"{USER_POOL_URL}/", "_"),
]
odd = st.sampled_from(ODD_VALUES) | st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3)
    ),
    max_leaves=5,
)


def changes(*names: str) -> st.SearchStrategy[dict[str, Any]]:
    """Return a strategy for changes that give one to three members an unexpected value."""
    return st.dictionaries(st.sampled_from(names), odd, min_size=1, max_size=3)


METADATA = changes(
    "issuer",
    "authorization_endpoint",
    "token_endpoint",
    "jwks_uri",
    "revocation_endpoint",
    "device_authorization_endpoint",
    "scopes_supported",
    "token_endpoint_auth_methods_supported",
    "authorization_response_iss_parameter_supported",
)
AUTHORIZATION = changes(
    "device_code",
    "user_code",
    "verification_uri",
    "verification_uri_complete",
    "expires_in",
    "interval",
    "error",
    "error_description",
)
TOKENS = changes(
    "id_token", "refresh_token", "access_token", "token_type", "expires_in", "scope", "error"
)
CLAIMS = changes(
    "iss",
    "aud",
    "azp",
    "sub",
    "exp",
    "iat",
    "nonce",
    "email",
    "cognito:username",
    "cognito:roles",
    "token_use",
)
KEYS = changes("keys") | changes("kty", "use", "alg", "n", "e", "kid", "key_ops", "x5c").map(
    lambda members: {"key": members}
)


def check(function: Any) -> None:
    """Call a function, which must succeed or raise one of the package's own errors."""
    start = time.process_time()
    try:
        function()
    except CognitoCredentialsError as error:
        assert error.message
        assert str(error).isprintable()
        assert len(str(error)) < 20_000
    assert time.process_time() - start < 5


def sign(issuer: FakeIssuer, claims: dict[str, Any]) -> str:
    try:
        return issuer.id_token(**claims)
    # A string with a lone surrogate cannot be encoded, and therefore cannot be signed.
    except UnicodeEncodeError:
        return unsigned(claims)


def unsigned(claims: dict[str, Any]) -> str:
    payload = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
    return f"eyJhbGciOiJSUzI1NiJ9.{payload}.c2lnbmF0dXJl"


def issuer_with(
    metadata: dict[str, Any], authorization: dict[str, Any], tokens: Any, keys: dict[str, Any]
) -> FakeIssuer:
    issuer = FakeIssuer(**metadata)
    # Respond with 404 for all other paths.
    issuer.responses = defaultdict(lambda: json_response(404), issuer.responses)
    issuer.responses["device"] = json_response(
        **{
            "device_code": "device-code",
            "user_code": "ABCD",
            "verification_uri": "https://login.example.com/activate",
            "interval": 5,
            **authorization,
        }
    )
    if "key" in keys:
        [key] = json.loads(issuer.responses["jwks"].body)["keys"]
        keys = {"keys": [{**key, **keys["key"]}]}
    if keys:
        issuer.responses["jwks"] = json_response(**keys)
    issuer.responses["token"] = lambda _request: json_response(
        **{
            "access_token": "access",
            "token_type": "Bearer",
            "id_token": sign(issuer, tokens.get("claims", {})),
            "refresh_token": "refresh",
            **{name: value for name, value in tokens.items() if name != "claims"},
        }
    )
    return issuer


documents = st.one_of(
    st.tuples(METADATA, st.just({}), st.just({}), st.just({})),
    st.tuples(st.just({}), AUTHORIZATION, st.just({}), st.just({})),
    st.tuples(st.just({}), st.just({}), TOKENS, st.just({})),
    st.tuples(st.just({}), st.just({}), CLAIMS.map(lambda c: {"claims": c}), st.just({})),
    st.tuples(st.just({}), st.just({}), st.just({}), KEYS),
)


@slow_inputs
@given(documents)
def test_a_sign_in_with_odd_documents_succeeds_or_raises_an_error_of_the_package(parts):
    issuer = issuer_with(*parts)
    client = issuer.client(secret="secret")
    show = lambda *texts: [text.encode("utf-8", "replace") for text in texts]  # noqa: E731
    sessions: list[Session] = []

    def sign_in() -> None:
        session = sign_in_with_device_code(client, show=show, timeout=300)
        sessions.append(session)
        describe_user(session), describe_lifetime(session, client)

    check(sign_in)
    assert issuer.clock.monotonic() < 1000 + 1000
    request: Any = None

    def authorize() -> None:
        nonlocal request
        request = AuthorizationRequest(client, "http://127.0.0.1:1/callback", None)

    check(authorize)
    if request is not None:
        check(lambda: request.create_session(f"code=x&state={request.state}"))
    session = Session(
        SessionKey(issuer.url, "app"),
        id_token="a.b.c",
        refresh_token="refresh",
        expires_at=0.0,
        method="oauth",
        subject="user-1",
    )
    check(lambda: refresh_session(client, session))
    check(lambda: revoke_session(client, session))


class Prompter:
    def password(self) -> str:
        return "password"

    def code(self, kind: str) -> str:
        assert kind.isprintable()
        return "123456"

    def new_password(self) -> str:
        return "new password"

    def offer_retry(self, subject: str, problem: str = "") -> bool:
        return False


CHALLENGES = st.fixed_dictionaries(
    {},
    optional={
        "ChallengeName": st.sampled_from(
            ["PASSWORD_VERIFIER", "SMS_MFA", "SELECT_MFA_TYPE", "NEW_PASSWORD_REQUIRED", "OTHER"]
        )
        | odd,
        "ChallengeParameters": changes(
            "USERNAME", "USER_ID_FOR_SRP", "SALT", "SRP_B", "SECRET_BLOCK", "MFAS_CAN_CHOOSE"
        )
        | changes("CODE_DELIVERY_DESTINATION")
        | odd,
        "Session": odd,
        "AuthenticationResult": changes("IdToken", "RefreshToken") | odd,
        "__type": odd,
        "message": odd,
        "code": odd,
    },
)


@slow_inputs
@given(st.lists(CHALLENGES, min_size=1, max_size=3), st.sampled_from([200, 400]))
def test_a_user_pool_with_odd_responses_signs_in_or_raises_an_error_of_the_package(
    challenges, status
):
    pool = FakeIssuer(USER_POOL_URL)
    responses = [json_response(status, **challenge) for challenge in challenges]
    pool.responses[""] = [*responses, *[json_response(AuthenticationResult={})] * 10]
    api = UserPoolApi(pool.client())
    check(lambda: sign_in_with_password(api, "ann", Prompter()))
    pool.responses[""] = [*responses, *responses]
    check(lambda: api.refresh("refresh-token", "ann"))
    pool.responses[""] = responses[:1]
    check(lambda: api.revoke("refresh-token"))


@slow_inputs
@given(CLAIMS)
def test_odd_claims_of_a_login_token_are_sent_or_rejected(claims):
    token = unsigned({"iss": f"https://{GOOGLE}", "aud": "app", "sub": "me", "exp": 4e9, **claims})
    check(lambda: login_from_id_token(token))
    check(lambda: token_subject(claims))
    for message in (
        "Invalid login token. Token expired: 1 >= 0",
        "Invalid login token. Issuer doesn't match providerName",
        "Invalid login token. Couldn't verify signed token.",
        "Token is not from a supported provider of this identity pool.",
        "The ambiguous role mapping rules for: x denied this request.",
    ):
        body = json.dumps({"__type": "NotAuthorizedException", "message": message}).encode()
        transport = ScriptedTransport([HttpResponse(400, {}, body)])
        provider = from_cognito_identity_pool(
            POOL,
            logins={GOOGLE: token},
            client_config={"transport": transport, "clock": FakeClock(), "max_attempts": 1},
        )
        with pytest.raises(CognitoCredentialsError):
            provider()
        check(provider)


SERVICE_MEMBERS = changes(
    "IdentityId", "Credentials", "Token", "__type", "message", "code"
) | changes("AccessKeyId", "SecretKey", "SessionToken", "Expiration").map(
    lambda members: {"IdentityId": POOL, "Credentials": members}
)


@slow_inputs
@given(
    st.lists(SERVICE_MEMBERS, min_size=1, max_size=3),
    st.sampled_from([200, 201, 302, 400, 403, 500]),
    st.booleans(),
)
def test_odd_responses_of_the_service_raise_an_error_of_the_package(members, status, is_basic):
    script = [HttpResponse(status, {}, json.dumps(document).encode()) for document in members]
    role = "arn:aws:iam::123456789012:role/app"
    provider = from_cognito_identity_pool(
        POOL,
        basic_flow=BasicFlow(role_arn=role) if is_basic else None,
        client_config={"transport": ScriptedTransport(script), "clock": FakeClock()},
    )
    check(provider)
