"""The operations on identity pools and their roles."""

from __future__ import annotations

from typing import Any

from cognito_credentials.emulator.identity.paging import read_token, split_page
from cognito_credentials.emulator.identity.pools import IdentityPool
from cognito_credentials.emulator.identity.regions import Region
from cognito_credentials.emulator.identity.wire import Output, Parameters


def create_identity_pool(region: Region, parameters: Parameters) -> Output:
    """Create an identity pool."""
    return _describe(region.pools.create(parameters))


def delete_identity_pool(region: Region, parameters: Parameters) -> Output:
    """Delete an identity pool and its identities."""
    region.pools.delete(parameters["IdentityPoolId"])
    region.identities.delete_pool(parameters["IdentityPoolId"])
    return None


def describe_identity_pool(region: Region, parameters: Parameters) -> Output:
    """Return the settings of an identity pool."""
    return _describe(region.pools.get(parameters["IdentityPoolId"]))


def list_identity_pools(region: Region, parameters: Parameters) -> Output:
    """Return a page of identity pools, oldest first."""
    scope, limit = "ListIdentityPools", parameters["MaxResults"]
    after = read_token(scope, parameters.get("NextToken"))
    found = region.pools.list_page(after=after, limit=limit + 1)
    page, next_token = split_page(scope, found, limit, lambda pool: pool.serial)
    listed = [{"IdentityPoolId": pool.id, "IdentityPoolName": pool.name} for pool in page]
    return {"IdentityPools": listed, **next_token}


def update_identity_pool(region: Region, parameters: Parameters) -> Output:
    """Replace the settings of an identity pool."""
    settings = {key: value for key, value in parameters.items() if key != "IdentityPoolId"}
    return _describe(region.pools.update(parameters["IdentityPoolId"], settings))


def get_identity_pool_roles(region: Region, parameters: Parameters) -> Output:
    """Return the roles and role mappings of an identity pool."""
    pool = region.pools.get(parameters["IdentityPoolId"])
    output: dict[str, Any] = {"IdentityPoolId": pool.id}
    if pool.roles:
        output["Roles"] = pool.roles
    if pool.role_mappings:
        output["RoleMappings"] = pool.role_mappings
    return output


def set_identity_pool_roles(region: Region, parameters: Parameters) -> Output:
    """Replace the roles and role mappings of an identity pool."""
    region.pools.set_roles(
        parameters["IdentityPoolId"], parameters["Roles"], parameters.get("RoleMappings", {})
    )
    return None


def _describe(pool: IdentityPool) -> Output:
    return {"IdentityPoolId": pool.id, **pool.settings}
