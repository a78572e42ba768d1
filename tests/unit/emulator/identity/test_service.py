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
    ServiceHarness,
    id_token,
    make_service_request,
)

from cognito_credentials._core.guest_policy import GUEST_SESSION_POLICY
from cognito_credentials.emulator.errors import AwsError
from cognito_credentials.emulator.identity.errors import UnconfirmedText
from cognito_credentials.emulator.messages import WireProtocol

UNAUTHENTICATED_DISABLED = (
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
ISSUER_CLAIM = {"iss": f"https://{OWN}"}


def forbidden(identity_id: str) -> tuple[str, str]:
    return "NotAuthorizedException", f"Access to Identity '{identity_id}' is forbidden."


def decode_claims(token: str) -> dict[str, Any]:
    payload = token.split(".")[1]
    claims: dict[str, Any] = json.loads(base64.urlsafe_b64decode(payload + "=="))
    return claims


def test_an_unknown_operation_is_rejected(service: ServiceHarness) -> None:
    code, _ = service.call_error("ListDatasets", MaxResults=1)
    assert code == "UnknownOperationException"


def test_only_public_operations_are_accepted_unsigned(service: ServiceHarness) -> None:
    status, body = service.send("DescribeIdentityPool", b"{}", signed=False)
    assert (status, body) == (
        400,
        (
            b'{"__type":"MissingAuthenticationTokenException",'
            b'"message":"Missing Authentication Token"}'
        ),
    )
    pool_id = service.create_bare_pool()
    body = json.dumps({"IdentityPoolId": pool_id}).encode()
    assert service.send("GetId", body, signed=False)[0] == 200


def test_a_body_that_is_not_a_json_object_is_rejected(service: ServiceHarness) -> None:
    for body in (b"<xml/>", b"{", b"[]", b"null", b'"x"', b"\xff", b"[" * 100_000):
        assert b'"SerializationException"' in service.send("GetId", body)[1]


def test_a_request_of_another_protocol_is_rejected(service: ServiceHarness) -> None:
    request = make_service_request("GetId", b'{"IdentityPoolId":"us-east-1:0"}')
    with pytest.raises(AwsError, match="SerializationException"):
        service.service.handle(replace(request, protocol=WireProtocol.QUERY))


def test_an_empty_body_has_no_parameters(service: ServiceHarness) -> None:
    assert b"Value null at 'identityPoolId'" in service.send("GetId", b"")[1]


def test_parameters_are_validated_before_the_pool_is_looked_up(service: ServiceHarness) -> None:
    assert service.send("GetId", b'{"IdentityPoolId":"us-east-2:mock"}') == (
        400,
        (
            b'{"__type":"ValidationException","message":"1 validation error detected: Value '
            b"'us-east-2:mock' at 'identityPoolId' failed to satisfy constraint: Member must satisfy "
            b'regular expression pattern: [\\\\w-]+:[0-9a-f-]+"}'
        ),
    )


def test_a_pool_is_described_as_it_was_created(service: ServiceHarness) -> None:
    request = {"IdentityPoolName": "pool", "AllowUnauthenticatedIdentities": True}
    created = service.call("CreateIdentityPool", **request)
    pool_id = created["IdentityPoolId"]
    assert created == {**request, "IdentityPoolId": pool_id, "IdentityPoolTags": {}}
    assert service.call("DescribeIdentityPool", IdentityPoolId=pool_id) == created


def test_the_response_contains_every_member_that_was_set(service: ServiceHarness) -> None:
    request = {
        "IdentityPoolName": "pool",
        "AllowUnauthenticatedIdentities": False,
        "AllowClassicFlow": False,
        "IdentityPoolTags": {"team": "blue"},
        **PROVIDERS,
    }
    created = service.call("CreateIdentityPool", **request)
    del created["IdentityPoolId"]
    assert created == request


def test_an_update_returns_the_pool(service: ServiceHarness) -> None:
    pool_id = service.create_bare_pool(SupportedLoginProviders={GOOGLE: "app"})
    request = {
        "IdentityPoolId": pool_id,
        "IdentityPoolName": "another",
        "AllowUnauthenticatedIdentities": False,
        "SupportedLoginProviders": {FACEBOOK: "fb-app"},
    }
    updated = service.call("UpdateIdentityPool", **request)
    assert updated == {**request, "IdentityPoolTags": {}}
    assert service.call("DescribeIdentityPool", IdentityPoolId=pool_id) == updated


def test_roles_are_set_and_returned(service: ServiceHarness) -> None:
    pool_id = service.create_bare_pool(SupportedLoginProviders={GOOGLE: "app"})
    assert service.call("GetIdentityPoolRoles", IdentityPoolId=pool_id) == {
        "IdentityPoolId": pool_id
    }
    roles = {"authenticated": USER_ROLE}
    mappings = {GOOGLE: {"Type": "Token", "AmbiguousRoleResolution": "Deny"}}
    request = {"IdentityPoolId": pool_id, "Roles": roles, "RoleMappings": mappings}
    assert service.send("SetIdentityPoolRoles", json.dumps(request).encode()) == (200, b"")
    assert service.call("GetIdentityPoolRoles", IdentityPoolId=pool_id) == request


def test_a_deleted_pool_and_its_identities_are_not_found(service: ServiceHarness) -> None:
    pool_id = service.create_bare_pool()
    identity_id = service.get_id(pool_id)
    assert service.call("DeleteIdentityPool", IdentityPoolId=pool_id) is None
    not_found = ("ResourceNotFoundException", f"IdentityPool '{pool_id}' not found.")
    for operation in ("GetId", "DescribeIdentityPool", "DeleteIdentityPool"):
        assert service.call_error(operation, IdentityPoolId=pool_id) == not_found
    for operation in ("GetCredentialsForIdentity", "GetOpenIdToken"):
        assert service.call_error(operation, IdentityId=identity_id) == (
            "ResourceNotFoundException",
            f"Identity '{identity_id}' not found.",
        )


def test_every_guest_is_a_new_identity(service: ServiceHarness) -> None:
    pool_id = service.create_bare_pool()
    assert service.get_id(pool_id) != service.get_id(pool_id)


def test_a_pool_may_not_allow_guests(service: ServiceHarness) -> None:
    pool_id = service.create_pool(guests=False)
    assert service.call_error("GetId", IdentityPoolId=pool_id) == UNAUTHENTICATED_DISABLED
    assert (
        service.call_error("GetId", IdentityPoolId=pool_id, Logins={}) == UNAUTHENTICATED_DISABLED
    )


def test_a_login_has_one_identity_in_each_pool(service: ServiceHarness) -> None:
    pool_id = service.create_pool(guests=False)
    logins = {USER_POOL: id_token()}
    first = service.get_id(pool_id, logins)
    assert service.get_id(pool_id, {USER_POOL: id_token(nonce="2")}) == first
    assert service.get_id(pool_id, {USER_POOL: id_token(subject="bob")}) != first
    assert service.get_id(service.create_pool(), logins) != first


def test_the_account_id_is_accepted_and_ignored(service: ServiceHarness) -> None:
    assert service.call("GetId", IdentityPoolId=service.create_bare_pool(), AccountId="1")


def test_a_login_to_a_pool_without_providers_is_rejected(service: ServiceHarness) -> None:
    pool_id = service.create_bare_pool()
    assert service.call_error("GetId", IdentityPoolId=pool_id, Logins={USER_POOL: id_token()}) == (
        "NotAuthorizedException",
        f"Identity pool - {pool_id} does not have identity providers configured.",
    )


def test_the_guest_session_policy_limits_the_credentials_of_guests(service: ServiceHarness) -> None:
    pool_id = service.create_pool()
    identity_id = service.get_id(pool_id)
    status, body = service.send(
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
    (call,) = service.role_sessions.calls
    assert call["role_arn"] == GUEST_ROLE
    assert call["session_name"] == "CognitoIdentityCredentials"
    assert call["duration"] == 3600
    assert call["session_policies"] == (GUEST_SESSION_POLICY,)
    assert call["claims"] == {
        "sub": identity_id,
        "aud": pool_id,
        "amr": ["unauthenticated"],
        **ISSUER_CLAIM,
        "exp": int(NOW) + 600,
        "iat": int(NOW),
    }


def test_no_session_policy_limits_the_credentials_of_users(service: ServiceHarness) -> None:
    pool_id = service.create_pool()
    logins = {OIDC: id_token(OIDC, "bob", "web"), USER_POOL: id_token()}
    identity_id = service.get_id(pool_id, logins)
    service.call("GetCredentialsForIdentity", IdentityId=identity_id, Logins=logins)
    (call,) = service.role_sessions.calls
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


def test_the_credential_lifetime_of_the_emulator_applies() -> None:
    service = ServiceHarness(credential_lifetime=0.5)
    identity_id = service.get_id(service.create_pool())
    output = service.call("GetCredentialsForIdentity", IdentityId=identity_id)
    assert output["Credentials"]["Expiration"] == NOW + 0.5


def test_credentials_expire_at_a_whole_second(service: ServiceHarness) -> None:
    identity_id = service.get_id(service.create_pool())
    service.clock.time = NOW + 0.7
    output = service.call("GetCredentialsForIdentity", IdentityId=identity_id)
    assert output["Credentials"]["Expiration"] == NOW + 3600


def test_an_error_of_sts_is_reported_as_a_misconfigured_pool(service: ServiceHarness) -> None:
    identity_id = service.get_id(service.create_pool())
    service.role_sessions.error = AwsError("AccessDenied", "no")
    assert service.call_error("GetCredentialsForIdentity", IdentityId=identity_id) == CONFIGURATION


def test_a_pool_without_roles_returns_ids_but_no_credentials(service: ServiceHarness) -> None:
    identity_id = service.get_id(service.create_bare_pool())
    assert service.call_error("GetCredentialsForIdentity", IdentityId=identity_id) == CONFIGURATION
    assert service.role_sessions.calls == []


@pytest.mark.parametrize("operation", ["GetCredentialsForIdentity", "GetOpenIdToken"])
def test_an_identity_with_logins_needs_a_linked_login(
    service: ServiceHarness, operation: str
) -> None:
    pool_id = service.create_pool()
    identity_id = service.get_id(pool_id, {USER_POOL: id_token()})
    assert service.call_error(operation, IdentityId=identity_id) == forbidden(identity_id)
    bob = {USER_POOL: id_token(subject="bob")}
    assert service.call_error(operation, IdentityId=identity_id, Logins=bob) == MISMATCH
    assert service.call(operation, IdentityId=identity_id, Logins={USER_POOL: id_token()})


@pytest.mark.parametrize("operation", ["GetCredentialsForIdentity", "GetOpenIdToken"])
def test_a_guest_is_rejected_after_its_pool_stops_allowing_guests(
    service: ServiceHarness, operation: str
) -> None:
    pool_id = service.create_pool()
    guest = service.get_id(pool_id)
    service.call(
        "UpdateIdentityPool",
        IdentityPoolId=pool_id,
        IdentityPoolName="pool",
        AllowUnauthenticatedIdentities=False,
    )
    assert service.call_error(operation, IdentityId=guest) == UNAUTHENTICATED_DISABLED


def test_a_guest_retains_the_identity_id_after_signing_in(service: ServiceHarness) -> None:
    pool_id = service.create_pool()
    guest = service.get_id(pool_id)
    logins = {USER_POOL: id_token()}
    output = service.call("GetCredentialsForIdentity", IdentityId=guest, Logins=logins)
    assert output["IdentityId"] == guest
    assert service.get_id(pool_id, logins) == guest
    assert service.call_error("GetCredentialsForIdentity", IdentityId=guest) == forbidden(guest)


def test_a_guest_with_a_known_login_gets_the_known_identity_id(service: ServiceHarness) -> None:
    pool_id = service.create_pool()
    logins = {USER_POOL: id_token()}
    known = service.get_id(pool_id, logins)
    guest = service.get_id(pool_id)
    output = service.call("GetCredentialsForIdentity", IdentityId=guest, Logins=logins)
    assert output["IdentityId"] == known
    assert service.role_sessions.calls[0]["claims"]["sub"] == known
    assert service.call_error("GetCredentialsForIdentity", IdentityId=guest) == forbidden(guest)


def test_an_expired_login_is_rejected_and_not_linked(service: ServiceHarness) -> None:
    pool_id = service.create_pool()
    guest = service.get_id(pool_id)
    service.clock.time = NOW + 3746
    assert service.call_error(
        "GetCredentialsForIdentity", IdentityId=guest, Logins={USER_POOL: id_token()}
    ) == (
        "NotAuthorizedException",
        f"Invalid login token. Token expired: {int(NOW) + 3746} >= {int(NOW) + 3600}",
    )
    assert service.call("GetCredentialsForIdentity", IdentityId=guest)


def test_a_role_mapping_applies_and_allows_a_custom_role(service: ServiceHarness) -> None:
    key = f"{USER_POOL}:{CLIENT}"
    mapping = {"Type": "Token", "AmbiguousRoleResolution": "Deny"}
    pool_id = service.create_pool(mappings={key: mapping})
    roles = {"cognito:roles": [USER_ROLE, ADMIN_ROLE]}
    logins = {USER_POOL: id_token(**roles)}
    request = {"IdentityId": service.get_id(pool_id, logins), "Logins": logins}
    service.call("GetCredentialsForIdentity", **request, CustomRoleArn=ADMIN_ROLE)
    assert service.role_sessions.calls[0]["role_arn"] == ADMIN_ROLE
    assert service.call_error("GetCredentialsForIdentity", **request) == (
        "NotAuthorizedException",
        f"The ambiguous role mapping rules for: {key} denied this request.",
    )


def test_a_guest_may_not_choose_a_custom_role(service: ServiceHarness) -> None:
    identity_id = service.get_id(service.create_pool())
    code, _ = service.call_error(
        "GetCredentialsForIdentity", IdentityId=identity_id, CustomRoleArn=ADMIN_ROLE
    )
    assert code == "InvalidParameterException"


def test_a_registered_opaque_token_is_a_valid_login(service: ServiceHarness) -> None:
    pool_id = service.create_pool()
    service.service.register_opaque_token(FACEBOOK, "EAAB", "fb-app", "10001")
    logins = {FACEBOOK: "EAAB"}
    identity_id = service.get_id(pool_id, logins)
    service.call("GetCredentialsForIdentity", IdentityId=identity_id, Logins=logins)
    assert service.role_sessions.calls[0]["claims"]["amr"] == [
        "authenticated",
        FACEBOOK,
        f"{FACEBOOK}:fb-app:10001",
    ]


def test_an_open_id_token_is_valid_for_ten_minutes(service: ServiceHarness) -> None:
    pool_id = service.create_pool()
    identity_id = service.get_id(pool_id)
    output = service.call("GetOpenIdToken", IdentityId=identity_id)
    assert output["IdentityId"] == identity_id
    claims = service.service.open_id_tokens.verify(output["Token"])
    assert claims == {
        "sub": identity_id,
        "aud": pool_id,
        "amr": ["unauthenticated"],
        **ISSUER_CLAIM,
        "exp": int(NOW) + 600,
        "iat": int(NOW),
    }


def test_the_basic_flow_can_be_disabled(service: ServiceHarness) -> None:
    allowed = service.get_id(service.create_pool(AllowClassicFlow=True))
    assert service.call("GetOpenIdToken", IdentityId=allowed)
    identity_id = service.get_id(service.create_pool(AllowClassicFlow=False))
    assert service.call_error("GetOpenIdToken", IdentityId=identity_id) == (
        "InvalidParameterException",
        "Basic (classic) flow is not enabled, please use enhanced flow.",
    )


def test_the_basic_flow_is_rejected_with_role_mappings(service: ServiceHarness) -> None:
    mappings = {GOOGLE: {"Type": "Token", "AmbiguousRoleResolution": "Deny"}}
    identity_id = service.get_id(service.create_pool(mappings=mappings))
    assert service.call_error("GetOpenIdToken", IdentityId=identity_id) == (
        "InvalidParameterException",
        "Basic (classic) flow is not supported with RoleMappings, please use enhanced flow.",
    )


def get_developer_token(
    service: ServiceHarness, pool_id: str, user: str = "alice", **more: Any
) -> Any:
    logins = {DEVELOPER: user, **more.pop("Logins", {})}
    return service.call(
        "GetOpenIdTokenForDeveloperIdentity", IdentityPoolId=pool_id, Logins=logins, **more
    )


def test_a_developer_user_gets_an_identity_and_credentials(service: ServiceHarness) -> None:
    pool_id = service.create_pool(guests=False)
    output = get_developer_token(service, pool_id)
    identity_id = output["IdentityId"]
    claims = decode_claims(output["Token"])
    amr = ["authenticated", DEVELOPER, f"{DEVELOPER}:{pool_id}:alice"]
    assert (claims["sub"], claims["amr"]) == (identity_id, amr)
    assert claims["exp"] - claims["iat"] == 900
    credentials = service.call(
        "GetCredentialsForIdentity", IdentityId=identity_id, Logins={OWN: output["Token"]}
    )
    assert credentials["IdentityId"] == identity_id
    assert service.role_sessions.calls[0]["role_arn"] == USER_ROLE
    assert service.role_sessions.calls[0]["claims"]["amr"] == amr
    assert service.role_sessions.calls[0]["session_policies"] == ()


def test_a_developer_token_has_the_requested_duration_and_tags(service: ServiceHarness) -> None:
    pool_id = service.create_pool()
    output = get_developer_token(
        service, pool_id, TokenDuration=14400, PrincipalTags={"team": "blue"}
    )
    claims = decode_claims(output["Token"])
    tags = {"principal_tags": {"team": ["blue"]}}
    assert claims["exp"] - claims["iat"] == 14400
    assert claims["https://aws.amazon.com/tags"] == tags
    service.call(
        "GetCredentialsForIdentity",
        IdentityId=output["IdentityId"],
        Logins={OWN: output["Token"]},
    )
    assert service.role_sessions.calls[0]["claims"]["https://aws.amazon.com/tags"] == tags


def test_a_developer_user_retains_the_same_identity(service: ServiceHarness) -> None:
    pool_id = service.create_pool()
    identity_id = get_developer_token(service, pool_id)["IdentityId"]
    assert get_developer_token(service, pool_id)["IdentityId"] == identity_id
    assert (
        get_developer_token(service, pool_id, IdentityId=identity_id)["IdentityId"] == identity_id
    )
    assert get_developer_token(service, pool_id, user="Alice")["IdentityId"] != identity_id


def test_a_developer_user_can_be_linked_to_a_guest(service: ServiceHarness) -> None:
    pool_id = service.create_pool()
    guest = service.get_id(pool_id)
    assert get_developer_token(service, pool_id, IdentityId=guest)["IdentityId"] == guest


def test_a_developer_user_can_have_public_logins(service: ServiceHarness) -> None:
    pool_id = service.create_pool()
    public = {USER_POOL: id_token()}
    identity_id = service.get_id(pool_id, public)
    output = get_developer_token(service, pool_id, Logins=public)
    assert output["IdentityId"] == identity_id
    assert decode_claims(output["Token"])["amr"][3:] == [
        USER_POOL,
        f"{USER_POOL}:CognitoSignIn:alice",
    ]


@pytest.mark.parametrize("pool_settings", [{}, {"DeveloperProviderName": None}])
def test_an_unknown_developer_provider_is_rejected(
    service: ServiceHarness, pool_settings: dict[str, Any]
) -> None:
    assert service.call_error(
        "GetOpenIdTokenForDeveloperIdentity",
        IdentityPoolId=service.create_pool(**pool_settings),
        Logins={"login.other.app": "alice"},
    ) == (
        "InvalidParameterException",
        "This identity pool does not support the specified developer provider",
    )


def test_a_developer_user_cannot_take_another_identity(service: ServiceHarness) -> None:
    pool_id = service.create_pool()
    operation = "GetOpenIdTokenForDeveloperIdentity"
    get_developer_token(service, pool_id, user="bob")
    request = {"IdentityPoolId": pool_id, "IdentityId": service.get_id(pool_id)}
    assert service.call_error(operation, **request, Logins={DEVELOPER: "bob"}) == (
        "DeveloperUserAlreadyRegisteredException",
        UnconfirmedText.DEVELOPER_USER_TAKEN,
    )
    request["IdentityId"] = service.get_id(pool_id, {USER_POOL: id_token()})
    assert service.call_error(operation, **request, Logins={DEVELOPER: "alice"}) == MISMATCH
    identity_of_other_pool = service.get_id(service.create_pool())
    request["IdentityId"] = identity_of_other_pool
    assert service.call_error(operation, **request, Logins={DEVELOPER: "alice"}) == (
        "ResourceNotFoundException",
        f"Identity '{identity_of_other_pool}' not found.",
    )


def test_public_operations_reject_developer_logins(service: ServiceHarness) -> None:
    pool_id = service.create_pool()
    assert service.call_error("GetId", IdentityPoolId=pool_id, Logins={DEVELOPER: "alice"}) == (
        "InvalidParameterException",
        "Please provide a valid public provider.",
    )


def test_role_mappings_never_apply_to_developer_users(service: ServiceHarness) -> None:
    mappings = {GOOGLE: {"Type": "Token", "AmbiguousRoleResolution": "Deny"}}
    pool_id = service.create_pool(mappings=mappings)
    output = get_developer_token(service, pool_id)
    google = {GOOGLE: id_token(GOOGLE, audience="google-client")}
    service.call(
        "GetCredentialsForIdentity",
        IdentityId=output["IdentityId"],
        Logins={OWN: output["Token"], **google},
    )
    assert service.role_sessions.calls[0]["role_arn"] == USER_ROLE
    assert service.role_sessions.calls[0]["claims"]["amr"][3] == GOOGLE
    assert service.get_id(pool_id, google) == output["IdentityId"]


def test_an_open_id_token_is_a_login_of_one_identity_until_it_expires(
    service: ServiceHarness,
) -> None:
    pool_id = service.create_pool()
    output = get_developer_token(service, pool_id)
    own = {OWN: output["Token"]}
    other = get_developer_token(service, pool_id, user="bob")["IdentityId"]
    operation = "GetCredentialsForIdentity"
    assert service.call_error(operation, IdentityId=other, Logins=own) == MISMATCH
    service.clock.time = NOW + 900
    end = int(NOW) + 900
    assert service.call_error(operation, IdentityId=output["IdentityId"], Logins=own) == (
        "NotAuthorizedException",
        f"Invalid login token. Token expired: {end} >= {end}",
    )


def test_the_open_id_token_of_a_guest_is_not_a_login(service: ServiceHarness) -> None:
    guest = service.get_id(service.create_pool())
    token = service.call("GetOpenIdToken", IdentityId=guest)["Token"]
    assert (
        service.call_error("GetCredentialsForIdentity", IdentityId=guest, Logins={OWN: token})
        == MISMATCH
    )


def test_the_open_id_token_of_a_guest_is_not_a_login_after_signing_in(
    service: ServiceHarness,
) -> None:
    guest = service.get_id(service.create_pool())
    token = service.call("GetOpenIdToken", IdentityId=guest)["Token"]
    service.call("GetCredentialsForIdentity", IdentityId=guest, Logins={USER_POOL: id_token()})
    assert (
        service.call_error("GetCredentialsForIdentity", IdentityId=guest, Logins={OWN: token})
        == MISMATCH
    )


def test_the_open_id_token_of_a_disabled_identity_is_rejected(service: ServiceHarness) -> None:
    pool_id = service.create_pool()
    public = {USER_POOL: id_token()}
    service.get_id(pool_id, public)
    newer = get_developer_token(service, pool_id)
    get_developer_token(service, pool_id, Logins=public)
    assert service.call_error(
        "GetCredentialsForIdentity",
        IdentityId=newer["IdentityId"],
        Logins={OWN: newer["Token"]},
    ) == forbidden(newer["IdentityId"])


@pytest.mark.parametrize("key", [OWN, USER_POOL])
def test_other_operations_reject_an_open_id_token_as_login(
    service: ServiceHarness, key: str
) -> None:
    pool_id = service.create_pool()
    output = get_developer_token(service, pool_id)
    error = ("NotAuthorizedException", "Invalid login token. Can't pass in a Cognito token.")
    logins = {key: output["Token"]}
    assert service.call_error("GetId", IdentityPoolId=pool_id, Logins=logins) == error
    assert (
        service.call_error("GetOpenIdToken", IdentityId=output["IdentityId"], Logins=logins)
        == error
    )


def test_concurrent_requests_with_one_login_create_one_identity(service: ServiceHarness) -> None:
    pool_id = service.create_pool()
    logins = {USER_POOL: id_token()}
    start = threading.Barrier(16)

    def get_id(_: int) -> str:
        start.wait()
        return service.get_id(pool_id, logins)

    with ThreadPoolExecutor(16) as threads:
        assert len(set(threads.map(get_id, range(16)))) == 1


def test_no_error_contains_a_secret(service: ServiceHarness) -> None:
    pool_id = service.create_pool()
    token = id_token(subject="bob", email="bob@example.com")
    identity_id = service.get_id(pool_id, {USER_POOL: id_token()})
    for request in (
        {"IdentityId": identity_id, "Logins": {USER_POOL: token}},
        {"IdentityId": identity_id, "Logins": {"unheard.of": token}},
        {"IdentityId": identity_id, "Logins": {"": token}},
        {"IdentityId": 5, "Logins": token},
    ):
        _, message = service.call_error("GetCredentialsForIdentity", **request)
        assert token not in message
        assert "bob" not in message
