from __future__ import annotations

import base64
import json
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest
from emulator_fakes import (
    ACCOUNT,
    ADMIN_ROLE,
    CLIENT,
    DEVELOPER,
    FACEBOOK,
    GOOGLE,
    GUEST_ROLE,
    NOW,
    OIDC,
    OIDC_ARN,
    OWN,
    PROVIDERS,
    REGION,
    USER_POOL,
    USER_ROLE,
    World,
    id_token,
)

from cognito_credentials._core.guest_policy import GUEST_SESSION_POLICY
from cognito_credentials.emulator.identity.errors import Invented
from cognito_credentials.emulator.identity.ports import RoleRefused

UNAUTHENTICATED_OFF = (
    "NotAuthorizedException",
    "Unauthenticated access is not supported for this identity pool.",
)
MISMATCH = (
    "NotAuthorizedException",
    (
        "Logins don't match. Please include at least one valid login for this identity "
        "or identity pool."
    ),
)
CONFIGURATION = (
    "InvalidIdentityPoolConfigurationException",
    "Invalid identity pool configuration. Check assigned IAM roles for this pool.",
)
ISSUED = {"iss": f"https://{OWN}"}


def forbidden(identity_id: str) -> tuple[str, str]:
    return "NotAuthorizedException", f"Access to Identity '{identity_id}' is forbidden."


def claims_of(token: str) -> dict[str, Any]:
    payload = token.split(".")[1]
    claims: dict[str, Any] = json.loads(base64.urlsafe_b64decode(payload + "=="))
    return claims


# Dispatch


def test_an_unknown_operation_is_refused(world: World) -> None:
    code, _ = world.refused("ListIdentityPools", MaxResults=1)
    assert code == "UnknownOperationException"


def test_signed_operations_want_a_signature_and_public_ones_none(world: World) -> None:
    status, body = world.raw("DescribeIdentityPool", b"{}", signed=False)
    assert (status, body) == (
        400,
        (
            b'{"__type":"MissingAuthenticationTokenException",'
            b'"message":"Missing Authentication Token"}'
        ),
    )
    pool_id = world.bare_pool()
    body = json.dumps({"IdentityPoolId": pool_id}).encode()
    assert world.raw("GetId", body, signed=False)[0] == 200


def test_a_body_that_is_not_json_is_refused(world: World) -> None:
    assert b'"SerializationException"' in world.raw("GetId", b"<xml/>")[1]


def test_the_shape_is_checked_before_the_pool_is_looked_up(world: World) -> None:
    assert world.raw("GetId", b'{"IdentityPoolId":"us-east-2:mock"}') == (
        400,
        (
            b'{"__type":"ValidationException","message":"1 validation error detected: Value '
            b"'us-east-2:mock' at 'identityPoolId' failed to satisfy constraint: Member must satisfy "
            b'regular expression pattern: [\\\\w-]+:[0-9a-f-]+"}'
        ),
    )


# Pools


def test_a_pool_is_described_as_it_was_made(world: World) -> None:
    request = {"IdentityPoolName": "pool", "AllowUnauthenticatedIdentities": True}
    created = world.call("CreateIdentityPool", **request)
    pool_id = created["IdentityPoolId"]
    assert created == {**request, "IdentityPoolId": pool_id, "IdentityPoolTags": {}}
    assert world.call("DescribeIdentityPool", IdentityPoolId=pool_id) == created


def test_a_pool_echoes_every_member_that_was_set(world: World) -> None:
    request = {
        "IdentityPoolName": "pool",
        "AllowUnauthenticatedIdentities": False,
        "AllowClassicFlow": False,
        "IdentityPoolTags": {"team": "blue"},
        **PROVIDERS,
    }
    created = world.call("CreateIdentityPool", **request)
    del created["IdentityPoolId"]
    assert created == request


def test_an_update_answers_with_the_pool(world: World) -> None:
    pool_id = world.bare_pool(SupportedLoginProviders={GOOGLE: "app"})
    request = {
        "IdentityPoolId": pool_id,
        "IdentityPoolName": "another",
        "AllowUnauthenticatedIdentities": False,
        "SupportedLoginProviders": {FACEBOOK: "fb-app"},
    }
    updated = world.call("UpdateIdentityPool", **request)
    assert updated == {**request, "IdentityPoolTags": {}}
    assert world.call("DescribeIdentityPool", IdentityPoolId=pool_id) == updated


def test_roles_are_set_and_told(world: World) -> None:
    pool_id = world.bare_pool(SupportedLoginProviders={GOOGLE: "app"})
    assert world.call("GetIdentityPoolRoles", IdentityPoolId=pool_id) == {"IdentityPoolId": pool_id}
    roles = {"authenticated": USER_ROLE}
    mappings = {GOOGLE: {"Type": "Token", "AmbiguousRoleResolution": "Deny"}}
    request = {"IdentityPoolId": pool_id, "Roles": roles, "RoleMappings": mappings}
    assert world.raw("SetIdentityPoolRoles", json.dumps(request).encode()) == (200, b"")
    assert world.call("GetIdentityPoolRoles", IdentityPoolId=pool_id) == request


def test_a_deleted_pool_and_its_identities_are_not_found(world: World) -> None:
    pool_id = world.bare_pool()
    identity_id = world.get_id(pool_id)
    assert world.call("DeleteIdentityPool", IdentityPoolId=pool_id) is None
    not_found = ("ResourceNotFoundException", f"IdentityPool '{pool_id}' not found.")
    for operation in ("GetId", "DescribeIdentityPool", "DeleteIdentityPool"):
        assert world.refused(operation, IdentityPoolId=pool_id) == not_found
    for operation in ("GetCredentialsForIdentity", "GetOpenIdToken"):
        assert world.refused(operation, IdentityId=identity_id) == (
            "ResourceNotFoundException",
            f"Identity '{identity_id}' not found.",
        )


# GetId


def test_every_guest_is_a_new_identity(world: World) -> None:
    pool_id = world.bare_pool()
    assert world.get_id(pool_id) != world.get_id(pool_id)


def test_guests_may_be_off(world: World) -> None:
    pool_id = world.pool(guests=False)
    assert world.refused("GetId", IdentityPoolId=pool_id) == UNAUTHENTICATED_OFF
    assert world.refused("GetId", IdentityPoolId=pool_id, Logins={}) == UNAUTHENTICATED_OFF


def test_a_login_has_one_identity_in_a_pool(world: World) -> None:
    pool_id = world.pool(guests=False)
    logins = {USER_POOL: id_token()}
    first = world.get_id(pool_id, logins)
    assert world.get_id(pool_id, {USER_POOL: id_token(nonce="2")}) == first
    assert world.get_id(pool_id, {USER_POOL: id_token(subject="bob")}) != first
    assert world.get_id(world.pool(), logins) != first


def test_the_account_id_is_taken_and_ignored(world: World) -> None:
    assert world.call("GetId", IdentityPoolId=world.bare_pool(), AccountId="1")


def test_a_login_at_a_pool_without_providers_is_told_so(world: World) -> None:
    pool_id = world.bare_pool()
    assert world.refused("GetId", IdentityPoolId=pool_id, Logins={USER_POOL: id_token()}) == (
        "NotAuthorizedException",
        f"Identity pool - {pool_id} does not have identity providers configured.",
    )


# GetCredentialsForIdentity


def test_a_guest_gets_credentials_that_are_narrowed(world: World) -> None:
    pool_id = world.pool()
    identity_id = world.get_id(pool_id)
    status, body = world.raw(
        "GetCredentialsForIdentity", json.dumps({"IdentityId": identity_id}).encode(), signed=False
    )
    assert (status, body.decode()) == (
        200,
        (
            '{"Credentials":{"AccessKeyId":"ASIA0000000000000001","Expiration":1700003600.0,'
            '"SecretKey":"wJalrXUtnFEMI","SessionToken":"IQoJb3JpZ2lu"},'
            f'"IdentityId":"{identity_id}"}}'
        ),
    )
    (call,) = world.roles.calls
    assert call["role_arn"] == GUEST_ROLE
    assert call["session_name"] == "CognitoIdentityCredentials"
    assert call["duration"] == 3600
    assert call["session_policies"] == (GUEST_SESSION_POLICY,)
    assert call["claims"] == {
        "sub": identity_id,
        "aud": pool_id,
        "amr": ["unauthenticated"],
        **ISSUED,
        "exp": int(NOW) + 600,
        "iat": int(NOW),
    }


def test_a_user_gets_credentials_of_the_role_alone(world: World) -> None:
    pool_id = world.pool()
    logins = {OIDC: id_token(OIDC, "bob", "web"), USER_POOL: id_token()}
    identity_id = world.get_id(pool_id, logins)
    world.call("GetCredentialsForIdentity", IdentityId=identity_id, Logins=logins)
    (call,) = world.roles.calls
    assert call["role_arn"] == USER_ROLE
    assert call["session_policies"] == ()
    claims = call["claims"]
    assert claims["amr"] == [
        "authenticated",
        OIDC,
        f"{OIDC_ARN}:OIDC:bob",
        USER_POOL,
        f"{USER_POOL}:CognitoSignIn:alice",
    ]
    assert claims["https://cognito-identity.amazonaws.com/identity-pool-arn"] == (
        f"arn:aws:cognito-identity:{REGION}:{ACCOUNT}:identitypool/{pool_id}"
    )


def test_the_lifetime_is_the_emulators() -> None:
    world = World(credential_lifetime=0.5)
    identity_id = world.get_id(world.pool())
    answer = world.call("GetCredentialsForIdentity", IdentityId=identity_id)
    assert answer["Credentials"]["Expiration"] == NOW + 0.5


def test_what_sts_refuses_is_the_pools_configuration(world: World) -> None:
    identity_id = world.get_id(world.pool())
    world.roles.refusal = RoleRefused("AccessDenied", "no")
    assert world.refused("GetCredentialsForIdentity", IdentityId=identity_id) == CONFIGURATION


def test_a_pool_without_roles_gives_ids_but_no_credentials(world: World) -> None:
    identity_id = world.get_id(world.bare_pool())
    assert world.refused("GetCredentialsForIdentity", IdentityId=identity_id) == CONFIGURATION
    assert world.roles.calls == []


@pytest.mark.parametrize("operation", ["GetCredentialsForIdentity", "GetOpenIdToken"])
def test_an_identity_with_logins_wants_one(world: World, operation: str) -> None:
    pool_id = world.pool()
    identity_id = world.get_id(pool_id, {USER_POOL: id_token()})
    assert world.refused(operation, IdentityId=identity_id) == forbidden(identity_id)
    bob = {USER_POOL: id_token(subject="bob")}
    assert world.refused(operation, IdentityId=identity_id, Logins=bob) == MISMATCH
    assert world.call(operation, IdentityId=identity_id, Logins={USER_POOL: id_token()})


@pytest.mark.parametrize("operation", ["GetCredentialsForIdentity", "GetOpenIdToken"])
def test_a_guest_of_a_pool_that_has_no_more_guests_gets_nothing(
    world: World, operation: str
) -> None:
    pool_id = world.pool()
    guest = world.get_id(pool_id)
    # No operation here changes a pool: what UpdateIdentityPool would do is done by hand.
    pool = world.service._pools.get(pool_id)
    settings = {**pool.settings, "AllowUnauthenticatedIdentities": False}
    world.service._pools._pools[pool_id] = replace(pool, settings=settings)
    assert world.refused(operation, IdentityId=guest) == UNAUTHENTICATED_OFF


def test_a_guest_keeps_the_identity_when_signing_in(world: World) -> None:
    pool_id = world.pool()
    guest = world.get_id(pool_id)
    logins = {USER_POOL: id_token()}
    answer = world.call("GetCredentialsForIdentity", IdentityId=guest, Logins=logins)
    assert answer["IdentityId"] == guest
    assert world.get_id(pool_id, logins) == guest
    assert world.refused("GetCredentialsForIdentity", IdentityId=guest) == forbidden(guest)


def test_a_guest_who_is_known_gets_the_known_identity(world: World) -> None:
    pool_id = world.pool()
    logins = {USER_POOL: id_token()}
    known = world.get_id(pool_id, logins)
    guest = world.get_id(pool_id)
    answer = world.call("GetCredentialsForIdentity", IdentityId=guest, Logins=logins)
    assert answer["IdentityId"] == known
    assert world.roles.calls[0]["claims"]["sub"] == known
    assert world.refused("GetCredentialsForIdentity", IdentityId=guest) == forbidden(guest)


def test_an_expired_login_is_refused_and_links_nothing(world: World) -> None:
    pool_id = world.pool()
    guest = world.get_id(pool_id)
    world.clock.time = NOW + 3746
    assert world.refused(
        "GetCredentialsForIdentity", IdentityId=guest, Logins={USER_POOL: id_token()}
    ) == (
        "NotAuthorizedException",
        f"Invalid login token. Token expired: {int(NOW) + 3746} >= {int(NOW) + 3600}",
    )
    assert world.call("GetCredentialsForIdentity", IdentityId=guest)


def test_a_mapped_role_is_used_and_another_may_be_asked_for(world: World) -> None:
    key = f"{USER_POOL}:{CLIENT}"
    mapping = {"Type": "Token", "AmbiguousRoleResolution": "Deny"}
    pool_id = world.pool(mappings={key: mapping})
    roles = {"cognito:roles": [USER_ROLE, ADMIN_ROLE]}
    logins = {USER_POOL: id_token(**roles)}
    request = {"IdentityId": world.get_id(pool_id, logins), "Logins": logins}
    world.call("GetCredentialsForIdentity", **request, CustomRoleArn=ADMIN_ROLE)
    assert world.roles.calls[0]["role_arn"] == ADMIN_ROLE
    assert world.refused("GetCredentialsForIdentity", **request) == (
        "NotAuthorizedException",
        f"The ambiguous role mapping rules for: {key} denied this request.",
    )


def test_a_guest_may_not_choose_a_role(world: World) -> None:
    identity_id = world.get_id(world.pool())
    code, _ = world.refused(
        "GetCredentialsForIdentity", IdentityId=identity_id, CustomRoleArn=ADMIN_ROLE
    )
    assert code == "InvalidParameterException"


def test_an_opaque_login_works_through_the_stub(world: World) -> None:
    pool_id = world.pool()
    world.service.register_opaque_token(FACEBOOK, "EAAB", "fb-app", "10001")
    logins = {FACEBOOK: "EAAB"}
    identity_id = world.get_id(pool_id, logins)
    world.call("GetCredentialsForIdentity", IdentityId=identity_id, Logins=logins)
    assert world.roles.calls[0]["claims"]["amr"] == [
        "authenticated",
        FACEBOOK,
        f"{FACEBOOK}:fb-app:10001",
    ]


# GetOpenIdToken


def test_an_open_id_token_is_good_for_ten_minutes(world: World) -> None:
    pool_id = world.pool()
    identity_id = world.get_id(pool_id)
    answer = world.call("GetOpenIdToken", IdentityId=identity_id)
    assert answer["IdentityId"] == identity_id
    claims = world.service.pool_tokens.verify(answer["Token"])
    assert claims == {
        "sub": identity_id,
        "aud": pool_id,
        "amr": ["unauthenticated"],
        **ISSUED,
        "exp": int(NOW) + 600,
        "iat": int(NOW),
    }


def test_the_basic_flow_may_be_off(world: World) -> None:
    allowed = world.get_id(world.pool(AllowClassicFlow=True))
    assert world.call("GetOpenIdToken", IdentityId=allowed)
    identity_id = world.get_id(world.pool(AllowClassicFlow=False))
    assert world.refused("GetOpenIdToken", IdentityId=identity_id) == (
        "InvalidParameterException",
        "Basic (classic) flow is not enabled, please use enhanced flow.",
    )


def test_the_basic_flow_and_role_mappings_exclude_each_other(world: World) -> None:
    mappings = {GOOGLE: {"Type": "Token", "AmbiguousRoleResolution": "Deny"}}
    identity_id = world.get_id(world.pool(mappings=mappings))
    assert world.refused("GetOpenIdToken", IdentityId=identity_id) == (
        "InvalidParameterException",
        "Basic (classic) flow is not supported with RoleMappings, please use enhanced flow.",
    )


# Developer-authenticated identities


def developer_token(world: World, pool_id: str, user: str = "alice", **more: Any) -> Any:
    logins = {DEVELOPER: user, **more.pop("Logins", {})}
    return world.call(
        "GetOpenIdTokenForDeveloperIdentity", IdentityPoolId=pool_id, Logins=logins, **more
    )


def test_a_developers_user_gets_an_identity_and_credentials(world: World) -> None:
    pool_id = world.pool(guests=False)
    answer = developer_token(world, pool_id)
    identity_id = answer["IdentityId"]
    claims = claims_of(answer["Token"])
    amr = ["authenticated", DEVELOPER, f"{DEVELOPER}:{pool_id}:alice"]
    assert (claims["sub"], claims["amr"]) == (identity_id, amr)
    assert claims["exp"] - claims["iat"] == 900
    credentials = world.call(
        "GetCredentialsForIdentity", IdentityId=identity_id, Logins={OWN: answer["Token"]}
    )
    assert credentials["IdentityId"] == identity_id
    assert world.roles.calls[0]["role_arn"] == USER_ROLE
    assert world.roles.calls[0]["claims"]["amr"] == amr
    assert world.roles.calls[0]["session_policies"] == ()


def test_a_developers_token_has_the_asked_duration_and_tags(world: World) -> None:
    pool_id = world.pool()
    answer = developer_token(world, pool_id, TokenDuration=14400, PrincipalTags={"team": "blue"})
    claims = claims_of(answer["Token"])
    tags = {"principal_tags": {"team": ["blue"]}}
    assert claims["exp"] - claims["iat"] == 14400
    assert claims["https://aws.amazon.com/tags"] == tags
    world.call(
        "GetCredentialsForIdentity",
        IdentityId=answer["IdentityId"],
        Logins={OWN: answer["Token"]},
    )
    assert world.roles.calls[0]["claims"]["https://aws.amazon.com/tags"] == tags


def test_a_developers_user_is_the_same_identity_again(world: World) -> None:
    pool_id = world.pool()
    identity_id = developer_token(world, pool_id)["IdentityId"]
    assert developer_token(world, pool_id)["IdentityId"] == identity_id
    assert developer_token(world, pool_id, IdentityId=identity_id)["IdentityId"] == identity_id
    assert developer_token(world, pool_id, user="Alice")["IdentityId"] != identity_id


def test_a_developer_names_a_guest(world: World) -> None:
    pool_id = world.pool()
    guest = world.get_id(pool_id)
    assert developer_token(world, pool_id, IdentityId=guest)["IdentityId"] == guest


def test_a_developer_links_public_logins(world: World) -> None:
    pool_id = world.pool()
    public = {USER_POOL: id_token()}
    identity_id = world.get_id(pool_id, public)
    answer = developer_token(world, pool_id, Logins=public)
    assert answer["IdentityId"] == identity_id
    assert claims_of(answer["Token"])["amr"][3:] == [
        USER_POOL,
        f"{USER_POOL}:CognitoSignIn:alice",
    ]


@pytest.mark.parametrize("pool_settings", [{}, {"DeveloperProviderName": None}])
def test_another_developer_provider_is_refused(world: World, pool_settings: dict[str, Any]) -> None:
    assert world.refused(
        "GetOpenIdTokenForDeveloperIdentity",
        IdentityPoolId=world.pool(**pool_settings),
        Logins={"login.other.app": "alice"},
    ) == (
        "InvalidParameterException",
        "This identity pool does not support the specified developer provider",
    )


def test_a_developer_cannot_take_what_is_anothers(world: World) -> None:
    pool_id = world.pool()
    operation = "GetOpenIdTokenForDeveloperIdentity"
    developer_token(world, pool_id, user="bob")
    request = {"IdentityPoolId": pool_id, "IdentityId": world.get_id(pool_id)}
    assert world.refused(operation, **request, Logins={DEVELOPER: "bob"}) == (
        "DeveloperUserAlreadyRegisteredException",
        Invented.DEVELOPER_USER_TAKEN,
    )
    request["IdentityId"] = world.get_id(pool_id, {USER_POOL: id_token()})
    assert world.refused(operation, **request, Logins={DEVELOPER: "alice"}) == MISMATCH
    elsewhere = world.get_id(world.pool())
    request["IdentityId"] = elsewhere
    assert world.refused(operation, **request, Logins={DEVELOPER: "alice"}) == (
        "ResourceNotFoundException",
        f"Identity '{elsewhere}' not found.",
    )


def test_the_developer_login_is_not_for_public_operations(world: World) -> None:
    pool_id = world.pool()
    assert world.refused("GetId", IdentityPoolId=pool_id, Logins={DEVELOPER: "alice"}) == (
        "InvalidParameterException",
        "Please provide a valid public provider.",
    )


def test_mappings_never_apply_to_a_developers_users(world: World) -> None:
    mappings = {GOOGLE: {"Type": "Token", "AmbiguousRoleResolution": "Deny"}}
    pool_id = world.pool(mappings=mappings)
    answer = developer_token(world, pool_id)
    google = {GOOGLE: id_token(GOOGLE, audience="google-client")}
    world.call(
        "GetCredentialsForIdentity",
        IdentityId=answer["IdentityId"],
        Logins={OWN: answer["Token"], **google},
    )
    assert world.roles.calls[0]["role_arn"] == USER_ROLE
    assert world.roles.calls[0]["claims"]["amr"][3] == GOOGLE
    assert world.get_id(pool_id, google) == answer["IdentityId"]


def test_an_own_token_is_for_one_identity_while_it_lasts(world: World) -> None:
    pool_id = world.pool()
    answer = developer_token(world, pool_id)
    own = {OWN: answer["Token"]}
    other = developer_token(world, pool_id, user="bob")["IdentityId"]
    operation = "GetCredentialsForIdentity"
    assert world.refused(operation, IdentityId=other, Logins=own) == MISMATCH
    world.clock.time = NOW + 900
    end = int(NOW) + 900
    assert world.refused(operation, IdentityId=answer["IdentityId"], Logins=own) == (
        "NotAuthorizedException",
        f"Invalid login token. Token expired: {end} >= {end}",
    )


def test_a_guests_own_token_is_no_login(world: World) -> None:
    guest = world.get_id(world.pool())
    token = world.call("GetOpenIdToken", IdentityId=guest)["Token"]
    assert (
        world.refused("GetCredentialsForIdentity", IdentityId=guest, Logins={OWN: token})
        == MISMATCH
    )


def test_a_guests_own_token_is_none_of_who_the_guest_became(world: World) -> None:
    guest = world.get_id(world.pool())
    token = world.call("GetOpenIdToken", IdentityId=guest)["Token"]
    world.call("GetCredentialsForIdentity", IdentityId=guest, Logins={USER_POOL: id_token()})
    assert (
        world.refused("GetCredentialsForIdentity", IdentityId=guest, Logins={OWN: token})
        == MISMATCH
    )


def test_an_own_token_of_a_disabled_identity_is_worth_nothing(world: World) -> None:
    pool_id = world.pool()
    public = {USER_POOL: id_token()}
    world.get_id(pool_id, public)
    newer = developer_token(world, pool_id)
    developer_token(world, pool_id, Logins=public)
    assert world.refused(
        "GetCredentialsForIdentity",
        IdentityId=newer["IdentityId"],
        Logins={OWN: newer["Token"]},
    ) == forbidden(newer["IdentityId"])


@pytest.mark.parametrize("key", [OWN, USER_POOL])
def test_an_own_token_is_no_login_elsewhere(world: World, key: str) -> None:
    pool_id = world.pool()
    answer = developer_token(world, pool_id)
    refusal = ("NotAuthorizedException", "Invalid login token. Can't pass in a Cognito token.")
    logins = {key: answer["Token"]}
    assert world.refused("GetId", IdentityPoolId=pool_id, Logins=logins) == refusal
    assert (
        world.refused("GetOpenIdToken", IdentityId=answer["IdentityId"], Logins=logins) == refusal
    )


# Concurrency


def test_a_login_that_arrives_many_times_at_once_makes_one_identity(world: World) -> None:
    pool_id = world.pool()
    logins = {USER_POOL: id_token()}
    start = threading.Barrier(16)

    def get_id(_: int) -> str:
        start.wait()
        return world.get_id(pool_id, logins)

    with ThreadPoolExecutor(16) as threads:
        assert len(set(threads.map(get_id, range(16)))) == 1


def test_no_secret_is_in_any_refusal(world: World) -> None:
    pool_id = world.pool()
    token = id_token(subject="bob", email="bob@example.com")
    identity_id = world.get_id(pool_id, {USER_POOL: id_token()})
    for request in (
        {"IdentityId": identity_id, "Logins": {USER_POOL: token}},
        {"IdentityId": identity_id, "Logins": {"unheard.of": token}},
        {"IdentityId": identity_id, "Logins": {"": token}},
        {"IdentityId": 5, "Logins": token},
    ):
        _, message = world.refused("GetCredentialsForIdentity", **request)
        assert token not in message
        assert "bob" not in message
