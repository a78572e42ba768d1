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


def id_token(key, *, ends_in=7200.0, **claims):
    usual = {"iss": f"https://{key}", "aud": "client", "sub": "user", "exp": NOW + ends_in}
    return jwt(**{**usual, **claims})


def check(tokens, *, supplied=(), service_now=NOW, **options):
    resolved = ResolvedLogins(tokens, refreshable_names=frozenset(supplied))
    return check_logins(resolved, service_now=service_now, **options)


def refusal(tokens, **options):
    with pytest.raises(LoginTokenError) as caught:
        check(tokens, **options)
    error = caught.value
    assert "eyJ" not in str(error)
    assert error.provider_name in error.message
    assert error.hint
    return error


@pytest.mark.parametrize("key", [USER_POOL, GOOGLE, "appleid.apple.com", OIDC])
def test_a_good_id_token_passes(key):
    assert check({key: id_token(key)}) == []


def test_a_guest_passes():
    assert check({}) == []


# --- access tokens ----------------------------------------------------------------------------


def test_an_access_token_of_a_user_pool_is_refused():
    token = jwt(iss=f"https://{USER_POOL}", token_use="access", client_id="c", exp=NOW + 60)
    error = refusal({USER_POOL: token})
    assert error.reason == "access-token-given"
    assert "ID token" in error.hint


def test_an_access_token_made_for_a_resource_has_an_audience_and_is_refused_too():
    assert refusal({USER_POOL: id_token(USER_POOL, token_use="access")}).reason == (
        "access-token-given"
    )


def test_a_user_pools_token_without_audience_is_refused():
    token = jwt(iss=f"https://{USER_POOL}", exp=NOW + 60)
    assert refusal({USER_POOL: token}).reason == "access-token-given"


def test_another_issuers_token_without_audience_is_left_to_the_service():
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
def test_an_issuer_that_is_not_the_key_is_answered_with_the_right_key(key, issuer, right):
    error = refusal({key: id_token(key, iss=issuer)})
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
def test_spellings_that_the_service_may_take_are_left_to_it(key, issuer):
    assert check({key: id_token(key, iss=issuer)}) == []


def test_a_pools_own_token_under_another_key_leads_to_developer_identities():
    token = id_token(USER_POOL, iss="https://cognito-identity.amazonaws.com")
    assert "DeveloperIdentity" in refusal({USER_POOL: token}).hint


@pytest.mark.parametrize("issuer", [None, 5, ["https://a.example.com"]])
def test_an_issuer_that_is_no_text_is_left_to_the_service(issuer):
    assert check({OIDC: id_token(OIDC, iss=issuer)}) == []


# --- what is no JWT ---------------------------------------------------------------------------


def test_under_the_key_of_a_user_pool_only_a_jwt_can_work():
    assert refusal({USER_POOL: "opaque-session-token"}).reason == "not-a-jwt"


@pytest.mark.parametrize("key", [GOOGLE, OIDC, "my.developer.provider"])
def test_elsewhere_an_opaque_token_is_left_to_the_service(key):
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
def test_tokens_that_are_no_id_tokens_are_not_looked_at(key):
    wrong_in_every_way = jwt(iss="https://x.example.com", token_use="access", exp=1)
    assert check({key: wrong_in_every_way}) == []


# --- time -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("key", "ended_ago", "refused"),
    [
        (USER_POOL, -1, False),
        (USER_POOL, 0, True),
        (OIDC, 0, False),
        (OIDC, 299, False),
        (OIDC, 300, True),
    ],
)
def test_an_expired_token_is_refused_by_the_services_clock(key, ended_ago, refused):
    tokens = {key: id_token(key, ends_in=-ended_ago)}
    if refused:
        error = refusal(tokens, supplied=[key])
        assert error.reason == "login-token-expired"
    else:
        assert check(tokens, supplied=[key]) == []


def test_this_machines_clock_alone_refuses_what_ended_long_ago():
    tokens = {USER_POOL: id_token(USER_POOL, ends_in=-29 * 86_400)}
    assert check(tokens, supplied=[USER_POOL], service_now=None, local_now=NOW) == []
    assert check(tokens, service_now=None) == []
    tokens = {USER_POOL: id_token(USER_POOL, ends_in=-30 * 86_400)}
    for supplied in ((), (USER_POOL,)):
        error = refusal(tokens, supplied=supplied, service_now=None, local_now=NOW)
        assert error.reason == "login-token-expired"
        # Both times, for it may be the clock that is wrong.
        assert "2026-08-22T14:13:20Z, and it is 2026-09-21T14:13:20Z here" in error.message


def test_an_expired_token_is_an_error_in_the_words_of_its_kind():
    tokens = {USER_POOL: id_token(USER_POOL, ends_in=-1)}
    assert "callable" in refusal(tokens).hint
    assert "supplier" in refusal(tokens, supplied=[USER_POOL]).hint
    assert "2026-09-21T14:13:19Z" in refusal(tokens).message


@pytest.mark.parametrize("exp", [-1e14, 1e14, -5])
def test_a_time_that_no_calendar_has_is_shown_as_it_is(exp):
    tokens = {USER_POOL: id_token(USER_POOL, exp=exp)}
    if exp < 0:
        assert refusal(tokens).reason == "login-token-expired"
    else:
        assert check(tokens) == []


def test_a_fixed_token_that_ends_before_the_credentials_is_warned_of():
    tokens = {USER_POOL: id_token(USER_POOL, ends_in=3599)}
    (warning,) = check(tokens)
    assert repr(USER_POOL) in warning
    assert "callable" in warning
    assert "eyJ" not in warning


@pytest.mark.parametrize(
    "case",
    [
        {"ends_in": 3600},
        {"supplied": [USER_POOL]},
        {"credential_lifetime": 900.0},
        {"service_now": None},
    ],
)
def test_there_is_no_warning_where_nothing_is_known_to_fail(case):
    case = {"ends_in": 1800, **case}
    tokens = {USER_POOL: id_token(USER_POOL, ends_in=case.pop("ends_in"))}
    assert check(tokens, **case) == []


def test_before_the_services_clock_is_known_a_warning_goes_by_this_machines():
    tokens = {USER_POOL: id_token(USER_POOL, ends_in=1800)}
    assert len(check(tokens, service_now=None, local_now=NOW)) == 1
    assert check(tokens, service_now=None, local_now=NOW - 7200) == []


def test_a_warning_stays_the_same_so_that_it_can_be_said_once():
    tokens = {USER_POOL: id_token(USER_POOL, ends_in=1800)}
    assert check(tokens) == check(tokens, service_now=NOW + 60)


def test_every_login_is_checked():
    tokens = {GOOGLE: id_token(GOOGLE), USER_POOL: "opaque"}
    assert refusal(tokens).provider_name == USER_POOL
