"""The operations that create, list, change and delete identities, except for developer users."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from cognito_credentials.emulator.identity.errors import (
    UnconfirmedText,
    identity_forbidden,
    not_a_public_provider,
    unauthenticated_access_disabled,
)
from cognito_credentials.emulator.identity.identity_records import LinkedLogin, PoolIdentity
from cognito_credentials.emulator.identity.login_tokens import VerifiedLogin
from cognito_credentials.emulator.identity.paging import read_token, split_page
from cognito_credentials.emulator.identity.pools import IdentityPool
from cognito_credentials.emulator.identity.regions import Region
from cognito_credentials.emulator.identity.wire import Output, Parameters


def get_id(region: Region, parameters: Parameters) -> Output:
    """Return the identity ID of the logins, or a new identity ID for a guest."""
    pool = region.pools.get(parameters["IdentityPoolId"])
    logins: Mapping[str, str] = parameters.get("Logins", {})
    if logins:
        verified = region.login_tokens.verify_all(pool, logins)
        identity = region.identities.find_or_create(pool.id, linked_logins(verified))
    elif pool.allows_guests:
        identity = region.identities.create_guest(pool.id)
    else:
        raise unauthenticated_access_disabled()
    return {"IdentityId": identity.id}


def describe_identity(region: Region, parameters: Parameters) -> Output:
    """Return the login providers and the dates of an identity."""
    return _describe(region.identities.get(parameters["IdentityId"]))


def list_identities(region: Region, parameters: Parameters) -> Output:
    """Return a page of the identities of an identity pool, oldest first."""
    pool = region.pools.get(parameters["IdentityPoolId"])
    scope, limit = f"ListIdentities {pool.id}", parameters["MaxResults"]
    found = region.identities.list_page(
        pool.id,
        after=read_token(scope, parameters.get("NextToken")),
        limit=limit + 1,
        hides_disabled=parameters.get("HideDisabled", False),
    )
    page, next_token = split_page(scope, found, limit, lambda identity: identity.serial)
    listed = [_describe(identity) for identity in page]
    return {"IdentityPoolId": pool.id, "Identities": listed, **next_token}


def delete_identities(region: Region, parameters: Parameters) -> Output:
    """Delete identities. Unknown IDs are ignored."""
    region.identities.delete(parameters["IdentityIdsToDelete"])
    return {"UnprocessedIdentityIds": []}


def unlink_identity(region: Region, parameters: Parameters) -> Output:
    """Remove logins from an identity; the request must contain a token for one of its logins."""
    identity, pool = find_identity_and_pool(region, parameters)
    if not parameters["Logins"]:
        raise identity_forbidden(identity.id)
    verified = region.login_tokens.verify_all(pool, parameters["Logins"])
    providers: Sequence[str] = parameters["LoginsToRemove"]
    if pool.developer_provider in providers:
        raise not_a_public_provider()
    region.identities.unlink(identity.id, linked_logins(verified), providers)
    return None


def find_identity_and_pool(
    region: Region, parameters: Parameters
) -> tuple[PoolIdentity, IdentityPool]:
    """Return the identity that a request names, and its identity pool.

    Raises:
        AwsError: If there is no such identity.
    """
    identity = region.identities.get(parameters["IdentityId"])
    return identity, region.pools.get(identity.pool_id)


def linked_logins(logins: Sequence[VerifiedLogin]) -> list[LinkedLogin]:
    """Return verified logins in the form that an identity stores."""
    return [login.linked_login for login in logins]


def _describe(identity: PoolIdentity) -> dict[str, Any]:
    output: dict[str, Any] = {
        "CreationDate": round(identity.created_at, 3),
        "IdentityId": identity.id,
        "LastModifiedDate": round(identity.modified_at, 3),
    }
    if not identity.is_enabled:
        # The console shows "DISABLED" as the linked login of such an identity (aws-amplify/
        # amplify-js#1015); in the emulator ministack, the second list item is the region.
        output["Logins"] = [UnconfirmedText.DISABLED, identity.id.partition(":")[0]]
    elif identity.logins:
        output["Logins"] = identity.provider_names
    return output
