from __future__ import annotations

import base64
import json

import pytest

from cognito_credentials import logins
from cognito_credentials._core.login_resolution import normalize_logins, resolve_logins
from cognito_credentials._sync.driver import Driver
from cognito_credentials.errors import ConfigurationError, LoginTokenError
from cognito_credentials.testing import FakeClock

USER_POOL = "cognito-idp.us-east-1.amazonaws.com/us-east-1_Example"
IDENTITY = "us-east-1:128d0a74-c82f-4553-916d-90053e4a8b0f"


def jwt(**claims):
    payload = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
    return f"eyJhbGciOiJSUzI1NiJ9.{payload}.c2ln"


ID_TOKEN = jwt(iss=f"https://{USER_POOL}", aud="client", sub="user")


def resolve(source, *, refresh=False):
    flow = resolve_logins(normalize_logins(source), refresh=refresh)
    return Driver(transport=None, clock=FakeClock(), max_flight_seconds=1.0).run(flow)


# --- keys -------------------------------------------------------------------------------------


def test_the_keys_are_those_of_the_developer_guide():
    assert logins.FACEBOOK == "graph.facebook.com"
    assert logins.GOOGLE == "accounts.google.com"
    assert logins.AMAZON == "www.amazon.com"
    assert logins.APPLE == "appleid.apple.com"
    assert logins.TWITTER == "api.twitter.com"
    assert logins.DIGITS == "www.digits.com"


@pytest.mark.parametrize(
    ("user_pool_id", "key"),
    [
        ("us-east-1_Example", USER_POOL),
        ("eu-west-3_aB3dE", "cognito-idp.eu-west-3.amazonaws.com/eu-west-3_aB3dE"),
        ("us-gov-west-1_X1", "cognito-idp.us-gov-west-1.amazonaws.com/us-gov-west-1_X1"),
        ("cn-north-1_X1", "cognito-idp.cn-north-1.amazonaws.com.cn/cn-north-1_X1"),
        ("eusc-de-east-1_X1", "cognito-idp.eusc-de-east-1.amazonaws.eu/eusc-de-east-1_X1"),
    ],
)
def test_a_user_pool_has_the_key_of_its_partition(user_pool_id, key):
    assert logins.user_pool(user_pool_id) == key


@pytest.mark.parametrize(
    "user_pool_id",
    [
        "",
        "us-east-1",
        "us-east-1_",
        "_Example",
        "us-east-1_Exa mple",
        "evil.example.com/_x",
        "us-east-1_é",
        "us-east-1:1699ebc0-7900-4099-b910-2df94f52a030",
        USER_POOL,
    ],
)
def test_what_is_no_user_pool_id_is_refused(user_pool_id):
    with pytest.raises(ConfigurationError):
        logins.user_pool(user_pool_id)


@pytest.mark.parametrize(
    ("issuer", "key"),
    [
        ("https://login.example.com/tenant", "login.example.com/tenant"),
        ("https://tenant.auth0.com/", "tenant.auth0.com"),
        ("login.example.com", "login.example.com"),
        ("http://127.0.0.1:8080/realm", "127.0.0.1:8080/realm"),
        (" https://login.example.com\n", "login.example.com"),
    ],
)
def test_an_issuers_key_is_its_address_without_scheme(issuer, key):
    assert logins.oidc(issuer) == key


@pytest.mark.parametrize(
    "issuer",
    [
        "",
        "https://",
        "https:///path",
        "https://a b.example.com",
        "https://a.example.com?x=1",
        "https://a.example.com#x",
        "https://user@a.example.com",
        "ftp://a.example.com",
        "https://a.example.com/\x00",
    ],
)
def test_what_is_no_issuer_is_refused(issuer):
    with pytest.raises(ConfigurationError):
        logins.oidc(issuer)


# --- who the user is --------------------------------------------------------------------------


@pytest.mark.parametrize("issuer", ["accounts.google.com", "https://accounts.google.com"])
def test_a_subject_is_named_with_its_issuer(issuer):
    assert logins.token_subject({"iss": issuer, "sub": "123"}) == "accounts.google.com#123"


def test_two_pools_of_one_host_are_two_issuers():
    claims = {"iss": f"https://{USER_POOL}", "sub": "user"}
    other = {"iss": "https://cognito-idp.us-east-1.amazonaws.com/us-east-1_Other", "sub": "user"}
    assert logins.token_subject(claims) != logins.token_subject(other)


@pytest.mark.parametrize(
    "claims",
    [
        {},
        {"iss": "https://a"},
        {"sub": "x"},
        {"iss": "", "sub": "x"},
        {"iss": "https://a", "sub": 5},
    ],
)
def test_a_token_that_names_nobody_is_an_error(claims):
    with pytest.raises(LoginTokenError):
        logins.token_subject(claims)


# --- login_from_id_token ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("issuer", "key"),
    [
        (f"https://{USER_POOL}", USER_POOL),
        ("accounts.google.com", logins.GOOGLE),
        ("https://accounts.google.com", logins.GOOGLE),
        ("https://appleid.apple.com", logins.APPLE),
        ("https://tenant.auth0.com/", "tenant.auth0.com"),
    ],
)
def test_the_key_comes_from_the_issuer(issuer, key):
    token = jwt(iss=issuer)
    resolved = resolve(logins.login_from_id_token(token))
    assert resolved.tokens == {key: token}
    assert not resolved.can_refresh
    assert resolved.claims == {"iss": issuer}


def test_a_supplier_is_asked_each_time_and_its_key_follows_the_token():
    tokens = iter([jwt(iss="https://a.example.com"), jwt(iss="https://b.example.com")])
    source = logins.login_from_id_token(lambda: next(tokens))
    assert list(resolve(source).tokens) == ["a.example.com"]
    second = resolve(source)
    assert list(second.tokens) == ["b.example.com"]
    assert second.can_refresh


def test_refresh_reaches_the_supplier():
    asked = []

    def supplier(refresh=False):
        asked.append(refresh)
        return ID_TOKEN

    resolve(logins.login_from_id_token(supplier))
    resolve(logins.login_from_id_token(supplier), refresh=True)
    assert asked == [False, True]


WRONG = ["", "opaque", jwt(sub="x"), jwt(iss=5), jwt(iss=""), jwt(iss="https://"), None, b"x"]


@pytest.mark.parametrize("token", WRONG)
def test_a_token_without_an_issuer_is_refused_at_once(token):
    with pytest.raises(ConfigurationError):
        logins.login_from_id_token(token)


@pytest.mark.parametrize("token", WRONG)
def test_a_supplier_of_one_is_refused_when_it_is_asked(token):
    with pytest.raises(LoginTokenError):
        resolve(logins.login_from_id_token(lambda: token))


def test_a_pools_own_token_leads_to_developer_identities():
    token = jwt(iss="https://cognito-identity.amazonaws.com", sub=IDENTITY)
    with pytest.raises(ConfigurationError) as caught:
        logins.login_from_id_token(token)
    assert "DeveloperIdentity" in caught.value.hint


def test_a_repr_shows_no_token():
    assert "eyJ" not in repr(logins.login_from_id_token(ID_TOKEN))
    assert "test_a_repr" in repr(logins.login_from_id_token(lambda: ID_TOKEN))
    assert "FileToken" in repr(logins.login_from_id_token(logins.FileToken("token")))


def test_it_stands_for_the_whole_of_logins():
    source = logins.login_from_id_token(ID_TOKEN)
    assert normalize_logins(source) is source
    assert not source.has_identity_id


# --- developer identities ---------------------------------------------------------------------

ANSWER = {"IdentityId": IDENTITY, "Token": "token", "ResponseMetadata": {"HTTPStatusCode": 200}}


@pytest.mark.parametrize("answer", [(IDENTITY, "token"), [IDENTITY, "token"], ANSWER])
def test_a_developers_back_end_names_identity_and_token(answer):
    source = logins.DeveloperIdentity(lambda: answer)
    resolved = resolve(source)
    assert source.has_identity_id
    assert resolved.identity_id == IDENTITY
    assert resolved.tokens == {"cognito-identity.amazonaws.com": "token"}
    assert resolved.can_refresh


@pytest.mark.parametrize(
    ("region", "key"),
    [
        ("eu-west-1", "cognito-identity.amazonaws.com"),
        ("us-gov-west-1", "cognito-identity.us-gov-west-1.amazonaws.com"),
        ("cn-north-1", "cognito-identity.cn-north-1.amazonaws.com.cn"),
    ],
)
def test_the_key_is_the_partitions(region, key):
    identity_id = f"{region}:128d0a74-c82f-4553-916d-90053e4a8b0f"
    resolved = resolve(logins.DeveloperIdentity(lambda: (identity_id, "token")))
    assert list(resolved.tokens) == [key]


@pytest.mark.parametrize(
    "answer",
    [
        None,
        "id",
        5,
        (),
        (IDENTITY,),
        (IDENTITY, "token", "more"),
        {},
        {"IdentityId": IDENTITY},
        {"Token": "secret-token"},
        ("secret-token", IDENTITY),
        ("", "token"),
        (None, "token"),
        (IDENTITY, None),
        (IDENTITY, ""),
        (IDENTITY, b"secret-token"),
    ],
)
def test_an_answer_of_another_shape_is_an_error_that_says_which(answer):
    with pytest.raises(LoginTokenError) as caught:
        resolve(logins.DeveloperIdentity(lambda: answer))
    assert caught.value.provider_name
    assert caught.value.hint
    assert "secret-token" not in str(caught.value)


def test_what_a_back_end_raises_is_the_cause():
    def supplier():
        raise OSError("secret-token")

    with pytest.raises(LoginTokenError) as caught:
        resolve(logins.DeveloperIdentity(supplier))
    assert isinstance(caught.value.__cause__, OSError)
    assert "secret-token" not in str(caught.value)


def test_refresh_reaches_the_back_end():
    asked = []

    def supplier(*, refresh=False):
        asked.append(refresh)
        return ANSWER

    source = logins.DeveloperIdentity(supplier)
    resolve(source)
    resolve(source, refresh=True)
    assert asked == [False, True]


def test_a_fixed_pair_is_refused_since_its_token_lives_minutes():
    with pytest.raises(ConfigurationError, match="callable"):
        logins.DeveloperIdentity((IDENTITY, "token"))


def test_its_repr_names_the_supplier():
    assert "supplier" in repr(logins.DeveloperIdentity(named_supplier))


def named_supplier():
    return ANSWER
