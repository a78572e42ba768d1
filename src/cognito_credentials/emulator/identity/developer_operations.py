"""The operations on developer users, whom the developer's own back end authenticates.

All of these operations require signed requests, so the caller is trusted. A developer user belongs
to the developer provider of an identity pool; an identity can have several developer users after a
merge.
"""

from __future__ import annotations

from typing import Any

from cognito_credentials.emulator.identity.errors import (
    UnconfirmedText,
    invalid_parameter,
    not_authorized,
    unsupported_developer_provider,
)
from cognito_credentials.emulator.identity.identities import developer_not_linked
from cognito_credentials.emulator.identity.identity_records import LinkedLogin, PoolIdentity
from cognito_credentials.emulator.identity.paging import read_token, split_page
from cognito_credentials.emulator.identity.pools import IdentityPool
from cognito_credentials.emulator.identity.regions import Region
from cognito_credentials.emulator.identity.wire import Output, Parameters

_MAX_RESULTS = 60


def lookup_developer_identity(region: Region, parameters: Parameters) -> Output:
    """Return the identity of a developer user, or the developer users of an identity.

    If the request contains both, the response confirms that they belong together.
    """
    pool = region.pools.get(parameters["IdentityPoolId"])
    identity_id: str | None = parameters.get("IdentityId")
    user: str | None = parameters.get("DeveloperUserIdentifier")
    if identity_id is None and user is None:
        raise invalid_parameter(UnconfirmedText.LOOKUP_WITHOUT_SUBJECT)
    if identity_id is None:
        identity = region.identities.find(pool.id, _make_login(pool, str(user)))
        if identity is None:
            raise not_authorized("Access to this identity pool is forbidden.")
        return _list_users(pool, identity, parameters)
    identity = region.identities.get(identity_id, pool_id=pool.id)
    if user is None:
        return _list_users(pool, identity, parameters)
    developer = _make_login(pool, user)
    if developer not in identity.logins:
        raise developer_not_linked(identity_id, developer)
    return {"IdentityId": identity_id, "DeveloperUserIdentifierList": [user]}


def merge_developer_identities(region: Region, parameters: Parameters) -> Output:
    """Move the logins of the source user to the identity of the destination user."""
    pool = _get_developer_pool(region, parameters)
    source, destination = (
        _make_login(pool, parameters[name])
        for name in ("SourceUserIdentifier", "DestinationUserIdentifier")
    )
    identity = region.identities.merge_developers(pool.id, source, destination)
    return {"IdentityId": identity.id}


def unlink_developer_identity(region: Region, parameters: Parameters) -> Output:
    """Remove a developer user from an identity."""
    pool = _get_developer_pool(region, parameters)
    developer = _make_login(pool, parameters["DeveloperUserIdentifier"])
    region.identities.unlink_developer(parameters["IdentityId"], developer, pool_id=pool.id)
    return None


def _get_developer_pool(region: Region, parameters: Parameters) -> IdentityPool:
    pool = region.pools.get(parameters["IdentityPoolId"])
    if pool.developer_provider != parameters["DeveloperProviderName"]:
        raise unsupported_developer_provider()
    return pool


def _make_login(pool: IdentityPool, user: str) -> LinkedLogin:
    return LinkedLogin(pool.developer_provider or "", user, is_public=False)


def _list_users(pool: IdentityPool, identity: PoolIdentity, parameters: Parameters) -> Output:
    scope = f"LookupDeveloperIdentity {identity.id}"
    limit: int = parameters.get("MaxResults", _MAX_RESULTS)
    start = read_token(scope, parameters.get("NextToken")) + 1
    users = sorted(
        login.subject for login in identity.logins if login.provider == pool.developer_provider
    )
    numbered = list(enumerate(users))[start:]
    page, next_token = split_page(scope, numbered, limit, lambda item: item[0])
    output: dict[str, Any] = {"DeveloperUserIdentifierList": [user for _, user in page]}
    return {"IdentityId": identity.id, **output, **next_token}
