from __future__ import annotations

from typing import Any

import pytest
from emulator_fakes import (
    CLIENT,
    DEVELOPER,
    FACEBOOK,
    GOOGLE,
    OIDC,
    OIDC_ARN,
    OWN,
    USER_POOL,
    ServiceHarness,
    id_token,
)

from cognito_credentials.emulator.identity.open_id_tokens import TAGS_CLAIM
from cognito_credentials.emulator.identity.signed_tokens import parse_token


@pytest.fixture
def service() -> ServiceHarness:
    service = ServiceHarness()
    service.service.register_opaque_token(FACEBOOK, "EAAB", "fb-app", "10001")
    return service


def map_tags(service: ServiceHarness, pool_id: str, provider: str, **parameters: Any) -> None:
    service.call(
        "SetPrincipalTagAttributeMap",
        IdentityPoolId=pool_id,
        IdentityProviderName=provider,
        **parameters,
    )


def session_tags(service: ServiceHarness, pool_id: str, logins: dict[str, str]) -> Any:
    """Check that STS receives the same session tags in both flows, and return the tags."""
    identity_id = service.get_id(pool_id, logins)
    service.call("GetCredentialsForIdentity", IdentityId=identity_id, Logins=logins)
    enhanced = service.role_sessions.calls[-1]["claims"].get(TAGS_CLAIM)
    token = service.call("GetOpenIdToken", IdentityId=identity_id, Logins=logins)["Token"]
    assert parse_token(token).claims.get(TAGS_CLAIM) == enhanced
    return enhanced["principal_tags"] if enhanced else None


@pytest.mark.parametrize(
    ("key", "provider", "token", "expected"),
    [
        (USER_POOL, USER_POOL, id_token(), {"client": [CLIENT], "username": ["alice"]}),
        (
            GOOGLE,
            GOOGLE,
            id_token(GOOGLE, audience="google-client"),
            {"client": ["google-client"], "username": ["alice"]},
        ),
        (
            OIDC_ARN,
            OIDC,
            id_token(OIDC, audience="web"),
            {"client": ["web"], "username": ["alice"]},
        ),
        (FACEBOOK, FACEBOOK, "EAAB", {"client": ["fb-app"], "username": ["10001"]}),
        (OIDC, OIDC, id_token(OIDC, audience="web"), None),
        (f"{USER_POOL}:{CLIENT}", USER_POOL, id_token(), None),
    ],
)
def test_the_default_tags_of_a_login(
    service: ServiceHarness, key: str, provider: str, token: str, expected: Any
):
    pool_id = service.create_pool()
    map_tags(service, pool_id, key, UseDefaults=True)
    assert session_tags(service, pool_id, {provider: token}) == expected


@pytest.mark.parametrize(
    ("claim", "value", "expected"),
    [
        ("custom:department", "sales", ["sales"]),
        ("custom:department", "a/b:c", ["a/b:c"]),
        ("email_verified", True, ["true"]),
        ("level", 3, ["3"]),
        ("cognito:groups", ["admins"], ["admins"]),
        ("cognito:groups", ["admins", "users"], None),
        ("cognito:groups", [], None),
        ("nothing", None, None),
        ("address", {"country": "AT"}, ['{"country":"AT"}']),
        ("empty", "", [""]),
    ],
)
def test_claims_become_tags(service: ServiceHarness, claim: str, value: Any, expected: Any):
    pool_id = service.create_pool()
    map_tags(service, pool_id, USER_POOL, PrincipalTags={"user": "sub", "mapped": claim})
    tags = session_tags(service, pool_id, {USER_POOL: id_token(**{claim: value})})
    assert tags == {"user": ["alice"], **({"mapped": expected} if expected else {})}


def test_a_missing_claim_leaves_no_tags(service: ServiceHarness):
    pool_id = service.create_pool()
    map_tags(service, pool_id, USER_POOL, PrincipalTags={"mapped": "missing"})
    assert session_tags(service, pool_id, {USER_POOL: id_token()}) is None


def test_the_first_login_determines_a_tag_of_two_providers(service: ServiceHarness):
    pool_id = service.create_pool()
    map_tags(service, pool_id, USER_POOL, PrincipalTags={"user": "sub", "pool": "iss"})
    map_tags(service, pool_id, GOOGLE, PrincipalTags={"user": "sub", "google": "aud"})
    google = id_token(GOOGLE, "bob", "google-client")
    tags = session_tags(service, pool_id, {GOOGLE: google, USER_POOL: id_token()})
    assert tags == {
        "user": ["bob"],
        "pool": [f"https://{USER_POOL}"],
        "google": ["google-client"],
    }


def test_a_guest_has_no_tags(service: ServiceHarness):
    pool_id = service.create_pool()
    map_tags(service, pool_id, USER_POOL, UseDefaults=True)
    assert session_tags(service, pool_id, {}) is None


def test_a_removed_map_no_longer_applies(service: ServiceHarness):
    pool_id = service.create_pool()
    map_tags(service, pool_id, USER_POOL, UseDefaults=True)
    map_tags(service, pool_id, USER_POOL, UseDefaults=False)
    assert session_tags(service, pool_id, {USER_POOL: id_token()}) is None


def test_tags_of_a_developer_take_precedence_over_those_of_claims(service: ServiceHarness):
    pool_id = service.create_pool()
    map_tags(service, pool_id, USER_POOL, PrincipalTags={"user": "sub", "client": "aud"})
    output = service.call(
        "GetOpenIdTokenForDeveloperIdentity",
        IdentityPoolId=pool_id,
        Logins={DEVELOPER: "ann", USER_POOL: id_token()},
        PrincipalTags={"user": "ann", "team": "blue"},
    )
    expected = {"client": [CLIENT], "user": ["ann"], "team": ["blue"]}
    assert parse_token(output["Token"]).claims[TAGS_CLAIM] == {"principal_tags": expected}
    service.call(
        "GetCredentialsForIdentity",
        IdentityId=output["IdentityId"],
        Logins={OWN: output["Token"], USER_POOL: id_token()},
    )
    claims = service.role_sessions.calls[-1]["claims"]
    assert claims[TAGS_CLAIM] == {"principal_tags": expected}
