from __future__ import annotations

import base64
import copy
import json
import pickle

import pytest

from cognito_credentials import logins
from cognito_credentials._core.developer_identity import DeveloperToken
from cognito_credentials._core.login_resolution import normalize_logins, resolve_logins
from cognito_credentials._sync.driver import Driver
from cognito_credentials.errors import ConfigurationError, LoginTokenError
from cognito_credentials.testing import FakeClock

USER_POOL = "cognito-idp.us-east-1.amazonaws.com/us-east-1_Example"
IDENTITY = "us-east-1:128d0a74-c82f-4553-916d-90053e4a8b0f"
POOL = "us-east-1:1699ebc0-7900-4099-b910-2df94f52a030"


def jwt(**claims):
    payload = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
    return f"eyJhbGciOiJSUzI1NiJ9.{payload}.c2ln"


ID_TOKEN = jwt(iss=f"https://{USER_POOL}", aud="client", sub="user")


def resolve(source, *, refresh=False):
    flow = resolve_logins(normalize_logins(source), refresh=refresh)
    return Driver(transport=None, clock=FakeClock(), max_flight_seconds=1.0).run(flow)


# --- login provider names -----------------------------------------------------------------------


def test_constants_are_the_names_in_the_developer_guide():
    assert logins.FACEBOOK == "graph.facebook.com"
    assert logins.GOOGLE == "accounts.google.com"
    assert logins.AMAZON == "www.amazon.com"
    assert logins.APPLE == "appleid.apple.com"
    assert logins.TWITTER == "api.twitter.com"
    assert logins.DIGITS == "www.digits.com"


@pytest.mark.parametrize(
    ("user_pool_id", "name"),
    [
        ("us-east-1_Example", USER_POOL),
        ("eu-west-3_aB3dE", "cognito-idp.eu-west-3.amazonaws.com/eu-west-3_aB3dE"),
        ("us-gov-west-1_X1", "cognito-idp.us-gov-west-1.amazonaws.com/us-gov-west-1_X1"),
        ("cn-north-1_X1", "cognito-idp.cn-north-1.amazonaws.com.cn/cn-north-1_X1"),
        ("eusc-de-east-1_X1", "cognito-idp.eusc-de-east-1.amazonaws.eu/eusc-de-east-1_X1"),
    ],
)
def test_the_name_of_a_user_pool_contains_the_domain_of_its_partition(user_pool_id, name):
    assert logins.user_pool(user_pool_id) == name


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
        None,
        5,
        b"us-east-1_Example",
    ],
)
def test_user_pool_rejects_other_values(user_pool_id):
    with pytest.raises(ConfigurationError, match="user_pool_id"):
        logins.user_pool(user_pool_id)


@pytest.mark.parametrize(
    ("issuer", "name"),
    [
        ("https://login.example.com/tenant", "login.example.com/tenant"),
        ("https://tenant.auth0.com/", "tenant.auth0.com"),
        ("login.example.com", "login.example.com"),
        ("http://127.0.0.1:8080/realm", "127.0.0.1:8080/realm"),
        (" https://login.example.com\n", "login.example.com"),
    ],
)
def test_the_name_of_an_issuer_is_its_url_without_the_scheme(issuer, name):
    assert logins.oidc(issuer) == name


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
        None,
        b"https://a.example.com",
    ],
)
def test_oidc_rejects_other_values(issuer):
    with pytest.raises(ConfigurationError, match="issuer_url"):
        logins.oidc(issuer)


# --- token_subject ------------------------------------------------------------------------------


@pytest.mark.parametrize("issuer", ["accounts.google.com", "https://accounts.google.com"])
def test_token_subject_contains_issuer_and_subject(issuer):
    assert logins.token_subject({"iss": issuer, "sub": "123"}) == "accounts.google.com#123"


def test_user_pools_of_one_region_are_different_issuers():
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
def test_token_subject_requires_issuer_and_subject(claims):
    with pytest.raises(LoginTokenError):
        logins.token_subject(claims)


# --- login_from_id_token ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("issuer", "name"),
    [
        (f"https://{USER_POOL}", USER_POOL),
        ("accounts.google.com", logins.GOOGLE),
        ("https://accounts.google.com", logins.GOOGLE),
        ("https://appleid.apple.com", logins.APPLE),
        ("https://tenant.auth0.com/", "tenant.auth0.com"),
    ],
)
def test_the_name_comes_from_the_issuer_of_the_token(issuer, name):
    token = jwt(iss=issuer)
    resolved = resolve(logins.login_from_id_token(token))
    assert resolved.tokens == {name: token}
    assert not resolved.can_refresh
    assert resolved.claims == {"iss": issuer}


def test_a_supplier_is_called_each_time_and_the_name_follows_its_token():
    tokens = iter([jwt(iss="https://a.example.com"), jwt(iss="https://b.example.com")])
    source = logins.login_from_id_token(lambda: next(tokens))
    assert list(resolve(source).tokens) == ["a.example.com"]
    second = resolve(source)
    assert list(second.tokens) == ["b.example.com"]
    assert second.can_refresh


def test_a_supplier_receives_refresh():
    received = []

    def supplier(refresh=False):
        received.append(refresh)
        return ID_TOKEN

    resolve(logins.login_from_id_token(supplier))
    resolve(logins.login_from_id_token(supplier), refresh=True)
    assert received == [False, True]


INVALID_TOKENS = [
    "",
    "opaque",
    jwt(sub="x"),
    jwt(iss=5),
    jwt(iss=""),
    jwt(iss="https://"),
    None,
    b"x",
]


@pytest.mark.parametrize("token", INVALID_TOKENS)
def test_an_invalid_token_raises_configuration_error(token):
    with pytest.raises(ConfigurationError):
        logins.login_from_id_token(token)


@pytest.mark.parametrize("token", INVALID_TOKENS)
def test_a_supplier_that_returns_an_invalid_token_raises_login_token_error(token):
    with pytest.raises(LoginTokenError):
        resolve(logins.login_from_id_token(lambda: token))


def test_a_token_of_an_identity_pool_requires_a_developer_identity():
    token = jwt(iss="https://cognito-identity.amazonaws.com", sub=IDENTITY)
    with pytest.raises(ConfigurationError) as caught:
        logins.login_from_id_token(token)
    assert "DeveloperIdentity" in caught.value.hint


def test_the_repr_of_a_login_shows_the_supplier_but_no_token():
    assert "eyJ" not in repr(logins.login_from_id_token(ID_TOKEN))
    assert "test_the_repr" in repr(logins.login_from_id_token(lambda: ID_TOKEN))
    assert "FileToken" in repr(logins.login_from_id_token(logins.FileToken("token")))


def test_login_from_id_token_replaces_the_whole_mapping():
    source = logins.login_from_id_token(ID_TOKEN)
    assert normalize_logins(source) is source
    assert not source.has_identity_id


# --- developer identities -----------------------------------------------------------------------

RESPONSE = {"IdentityId": IDENTITY, "Token": "token", "ResponseMetadata": {"HTTPStatusCode": 200}}


@pytest.mark.parametrize("returned", [(IDENTITY, "token"), [IDENTITY, "token"], RESPONSE])
def test_a_developer_identity_resolves_to_identity_id_and_token(returned):
    source = logins.DeveloperIdentity(lambda: returned)
    resolved = resolve(source)
    assert source.has_identity_id
    assert resolved.identity_id == IDENTITY
    assert resolved.tokens == {"cognito-identity.amazonaws.com": "token"}
    assert resolved.can_refresh


@pytest.mark.parametrize(
    ("region", "name"),
    [
        ("eu-west-1", "cognito-identity.amazonaws.com"),
        ("us-gov-west-1", "cognito-identity.us-gov-west-1.amazonaws.com"),
        ("cn-north-1", "cognito-identity.cn-north-1.amazonaws.com.cn"),
    ],
)
def test_the_name_of_a_developer_provider_depends_on_the_partition(region, name):
    identity_id = f"{region}:128d0a74-c82f-4553-916d-90053e4a8b0f"
    resolved = resolve(logins.DeveloperIdentity(lambda: (identity_id, "token")))
    assert list(resolved.tokens) == [name]


@pytest.mark.parametrize(
    "returned",
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
def test_other_return_values_raise_an_error_without_the_token(returned):
    with pytest.raises(LoginTokenError) as caught:
        resolve(logins.DeveloperIdentity(lambda: returned))
    assert caught.value.provider_name
    assert caught.value.hint
    assert "secret-token" not in str(caught.value)


def test_an_exception_of_the_supplier_is_the_cause_of_the_error():
    def supplier():
        raise OSError("secret-token")

    with pytest.raises(LoginTokenError) as caught:
        resolve(logins.DeveloperIdentity(supplier))
    assert isinstance(caught.value.__cause__, OSError)
    assert "secret-token" not in str(caught.value)


def test_the_supplier_of_a_developer_identity_receives_refresh():
    received = []

    def supplier(*, refresh=False):
        received.append(refresh)
        return RESPONSE

    source = logins.DeveloperIdentity(supplier)
    resolve(source)
    resolve(source, refresh=True)
    assert received == [False, True]


def test_a_developer_identity_requires_a_callable():
    with pytest.raises(ConfigurationError, match="supplier"):
        logins.DeveloperIdentity((IDENTITY, "token"))


def test_the_repr_of_a_developer_identity_shows_the_supplier():
    assert "supplier" in repr(logins.DeveloperIdentity(named_supplier))


def named_supplier():
    return RESPONSE


# --- values -------------------------------------------------------------------------------------


def test_logins_with_equal_suppliers_are_equal():
    def create(path="token"):
        return logins.login_from_id_token(logins.FileToken(path))

    assert create() == create()
    assert hash(create()) == hash(create())
    assert create() != create("other")
    assert create() != logins.FileToken("token")


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_a_pickled_login_is_equal(protocol):
    for login in (
        logins.login_from_id_token(logins.FileToken("token")),
        logins.DeveloperIdentity(POOL, "login.example.com", "alice", token_duration=60),
        logins.DeveloperIdentity(POOL, "login.example.com", "alice", principal_tags={"a": "b"}),
    ):
        assert pickle.loads(pickle.dumps(login, protocol)) == login  # noqa: S301


def test_a_pickled_developer_identity_calls_the_same_supplier():
    copied = pickle.loads(pickle.dumps(logins.DeveloperIdentity(named_supplier)))  # noqa: S301
    assert repr(copied) == repr(logins.DeveloperIdentity(named_supplier))


def test_a_pickled_developer_identity_does_not_contain_its_latest_token():
    login = logins.DeveloperIdentity(POOL, "login.example.com", "alice")
    login._user.latest = DeveloperToken("https://a", IDENTITY, "token-never-to-be-copied", 1e10)
    assert b"never-to-be-copied" not in pickle.dumps(login)
    assert copy.deepcopy(login)._user.latest is None
