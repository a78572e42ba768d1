from __future__ import annotations

import base64
import json

import pytest

from cognito_credentials._core.login_checks import check_logins
from cognito_credentials._core.login_resolution import ResolvedLogins
from cognito_credentials.errors import LoginTokenError

NOW = 1_790_000_000.0
USER_POOL = "cognito-idp.us-east-1.amazonaws.com/us-east-1_Example"
OTHER_POOL = "cognito-idp.us-east-1.amazonaws.com/us-east-1_Other"
GOOGLE = "accounts.google.com"
OIDC = "login.example.com/tenant"


def jwt(**claims):
    payload = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
    return f"eyJhbGciOiJSUzI1NiJ9.{payload}.c2ln"


def id_token(key, *, expires_in=7200.0, **claims):
    usual = {"iss": f"https://{key}", "aud": "client", "sub": "user", "exp": NOW + expires_in}
    return jwt(**{**usual, **claims})


def check(tokens, *, supplied=(), service_now=NOW, **options):
    resolved = ResolvedLogins(tokens, refreshable_names=frozenset(supplied))
    return check_logins(resolved, service_now=service_now, **options)


def rejection(tokens, **options):
    with pytest.raises(LoginTokenError) as caught:
        check(tokens, **options)
    error = caught.value
    assert "eyJ" not in str(error)
    assert error.provider_name in error.message
    assert error.hint
    return error


@pytest.mark.parametrize("key", [USER_POOL, GOOGLE, "appleid.apple.com", OIDC])
def test_a_valid_id_token_passes(key):
    assert check({key: id_token(key)}) == []


def test_a_guest_passes():
    assert check({}) == []


# --- access tokens ----------------------------------------------------------------------------


def test_an_access_token_of_a_user_pool_is_rejected():
    token = jwt(iss=f"https://{USER_POOL}", token_use="access", client_id="c", exp=NOW + 60)
    error = rejection({USER_POOL: token})
    assert error.reason == "access-token-given"
    assert "ID token" in error.hint


def test_an_access_token_with_an_audience_is_rejected():
    assert rejection({USER_POOL: id_token(USER_POOL, token_use="access")}).reason == (
        "access-token-given"
    )


def test_a_user_pool_token_without_audience_is_rejected():
    token = jwt(iss=f"https://{USER_POOL}", exp=NOW + 60)
    assert rejection({USER_POOL: token}).reason == "access-token-given"


def test_a_token_without_audience_of_another_issuer_is_sent():
    assert check({OIDC: jwt(iss=f"https://{OIDC}", exp=NOW + 7200)}) == []


# --- issuers ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("key", "issuer", "right"),
    [
        (USER_POOL, f"https://{OTHER_POOL}", OTHER_POOL),
        ("us-east-1_Example", f"https://{USER_POOL}", USER_POOL),
        ("google.com", "https://accounts.google.com", GOOGLE),
        ("google.com", "accounts.google.com", GOOGLE),
        (GOOGLE, f"https://{USER_POOL}", USER_POOL),
        ("tenant.auth0.com/userinfo", "https://tenant.auth0.com/", "tenant.auth0.com"),
    ],
)
def test_the_hint_for_a_wrong_issuer_names_the_right_provider(key, issuer, right):
    error = rejection({key: id_token(key, iss=issuer)})
    assert error.reason == "issuer-mismatch"
    assert repr(issuer) in error.message
    assert repr(key) in error.message
    assert repr(right) in error.hint


@pytest.mark.parametrize(
    ("key", "issuer"),
    [
        (GOOGLE, "accounts.google.com"),
        (GOOGLE, "https://accounts.google.com"),
        ("tenant.auth0.com", "https://tenant.auth0.com/"),
        ("tenant.auth0.com/", "https://tenant.auth0.com/"),
    ],
)
def test_spellings_that_the_service_may_accept_are_sent(key, issuer):
    assert check({key: id_token(key, iss=issuer)}) == []


def test_the_hint_for_a_token_of_an_identity_pool_is_developer_identity():
    token = id_token(USER_POOL, iss="https://cognito-identity.amazonaws.com")
    assert "DeveloperIdentity" in rejection({USER_POOL: token}).hint


@pytest.mark.parametrize("issuer", [None, 5, ["https://a.example.com"]])
def test_an_issuer_that_is_not_a_string_is_ignored(issuer):
    assert check({OIDC: id_token(OIDC, iss=issuer)}) == []


# --- tokens that are not JWTs ---------------------------------------------------------------------------


def test_an_opaque_token_of_a_user_pool_is_rejected():
    assert rejection({USER_POOL: "opaque-session-token"}).reason == "not-a-jwt"


@pytest.mark.parametrize("key", [GOOGLE, OIDC, "my.developer.provider"])
def test_opaque_tokens_of_other_providers_are_sent(key):
    assert check({key: "opaque"}) == []


@pytest.mark.parametrize(
    "key",
    [
        "graph.facebook.com",
        "www.amazon.com",
        "api.twitter.com",
        "www.digits.com",
        "arn:aws:iam::123456789012:saml-provider/Corporate",
        "cognito-identity.amazonaws.com",
        "cognito-identity.us-gov-west-1.amazonaws.com",
    ],
)
def test_tokens_that_are_not_id_tokens_are_not_examined(key):
    wrong_in_every_way = jwt(iss="https://x.example.com", token_use="access", exp=1)
    assert check({key: wrong_in_every_way}) == []


# --- time -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("key", "expired_ago", "is_rejected"),
    [
        (USER_POOL, -1, False),
        (USER_POOL, 0, True),
        (OIDC, 0, False),
        (OIDC, 299, False),
        (OIDC, 300, True),
    ],
)
def test_a_token_that_expired_by_the_service_clock_is_rejected(key, expired_ago, is_rejected):
    tokens = {key: id_token(key, expires_in=-expired_ago)}
    if is_rejected:
        error = rejection(tokens, supplied=[key])
        assert error.reason == "login-token-expired"
    else:
        assert check(tokens, supplied=[key]) == []


def test_without_the_time_of_the_service_only_tokens_that_expired_long_ago_are_rejected():
    tokens = {USER_POOL: id_token(USER_POOL, expires_in=-29 * 86_400)}
    assert check(tokens, supplied=[USER_POOL], service_now=None, local_now=NOW) == []
    assert check(tokens, service_now=None) == []
    tokens = {USER_POOL: id_token(USER_POOL, expires_in=-30 * 86_400)}
    for supplied in ((), (USER_POOL,)):
        error = rejection(tokens, supplied=supplied, service_now=None, local_now=NOW)
        assert error.reason == "login-token-expired"
        # Both times are in the message, because the local clock may be wrong.
        assert "2026-08-22T14:13:20Z" in error.message
        assert "2026-09-21T14:13:20Z" in error.message


def test_the_hint_for_an_expired_token_depends_on_its_source():
    tokens = {USER_POOL: id_token(USER_POOL, expires_in=-1)}
    assert "callable" in rejection(tokens).hint
    assert "supplier" in rejection(tokens, supplied=[USER_POOL]).hint
    assert "2026-09-21T14:13:19Z" in rejection(tokens).message


@pytest.mark.parametrize("exp", [-1e14, 1e14, -5])
def test_an_expiry_beyond_the_calendar_is_handled(exp):
    tokens = {USER_POOL: id_token(USER_POOL, exp=exp)}
    if exp < 0:
        assert rejection(tokens).reason == "login-token-expired"
    else:
        assert check(tokens) == []


@pytest.mark.parametrize("expires_in", [1, 1800, 2579])
@pytest.mark.parametrize("credential_lifetime", [3600.0, 43200.0])
def test_a_fixed_token_that_expires_before_the_first_refresh_causes_a_warning(
    expires_in, credential_lifetime
):
    tokens = {USER_POOL: id_token(USER_POOL, expires_in=expires_in)}
    (warning,) = check(tokens, credential_lifetime=credential_lifetime)
    assert repr(USER_POOL) in warning
    assert "callable" in warning
    assert "eyJ" not in warning


@pytest.mark.parametrize(
    ("expires_in", "credential_lifetime"), [(2580, 3600.0), (3599, 3600.0), (7200, 43200.0)]
)
def test_a_fixed_token_that_lasts_until_the_first_refresh_causes_a_debug_record(
    caplog, expires_in, credential_lifetime
):
    tokens = {USER_POOL: id_token(USER_POOL, expires_in=expires_in)}
    assert check(tokens, credential_lifetime=credential_lifetime) == []
    (record,) = caplog.records
    assert record.levelname == "DEBUG"
    assert repr(USER_POOL) in record.getMessage()


@pytest.mark.parametrize(
    "case",
    [
        {"expires_in": 3600},
        {"supplied": [USER_POOL]},
        {"credential_lifetime": 900.0},
        {"service_now": None},
    ],
)
def test_there_is_no_warning_if_the_credentials_can_be_refreshed(case):
    case = {"expires_in": 1800, **case}
    tokens = {USER_POOL: id_token(USER_POOL, expires_in=case.pop("expires_in"))}
    assert check(tokens, **case) == []


def test_the_warning_uses_the_local_clock_if_the_service_clock_is_unknown():
    tokens = {USER_POOL: id_token(USER_POOL, expires_in=1800)}
    assert len(check(tokens, service_now=None, local_now=NOW)) == 1
    assert check(tokens, service_now=None, local_now=NOW - 7200) == []


def test_a_warning_is_the_same_on_every_call():
    tokens = {USER_POOL: id_token(USER_POOL, expires_in=1800)}
    assert check(tokens) == check(tokens, service_now=NOW + 60)


def test_every_login_is_checked():
    tokens = {GOOGLE: id_token(GOOGLE), USER_POOL: "opaque"}
    assert rejection(tokens).provider_name == USER_POOL
