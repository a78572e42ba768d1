"""The operations on identity pools and their roles."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cognito_credentials.emulator.identity.identities import IdentityStore
from cognito_credentials.emulator.identity.pools import IdentityPool, PoolStore
from cognito_credentials.emulator.identity.wire import Operation, Output, Parameters


class PoolOperations:
    """The operations on identity pools and their roles. Thread-safe."""

    def __init__(self, pools: PoolStore, identities: IdentityStore) -> None:
        self._pools = pools
        self._identities = identities

    @property
    def operations(self) -> Mapping[str, Operation]:
        """The operations, by their names in AWS's service model."""
        return {
            "CreateIdentityPool": self._create_identity_pool,
            "DeleteIdentityPool": self._delete_identity_pool,
            "DescribeIdentityPool": self._describe_identity_pool,
            "GetIdentityPoolRoles": self._get_identity_pool_roles,
            "SetIdentityPoolRoles": self._set_identity_pool_roles,
            "UpdateIdentityPool": self._update_identity_pool,
        }

    def _create_identity_pool(self, parameters: Parameters) -> Output:
        return _describe(self._pools.create(parameters))

    def _delete_identity_pool(self, parameters: Parameters) -> Output:
        self._pools.delete(parameters["IdentityPoolId"])
        self._identities.delete_pool(parameters["IdentityPoolId"])
        return None

    def _describe_identity_pool(self, parameters: Parameters) -> Output:
        return _describe(self._pools.get(parameters["IdentityPoolId"]))

    def _get_identity_pool_roles(self, parameters: Parameters) -> Output:
        pool = self._pools.get(parameters["IdentityPoolId"])
        output: dict[str, Any] = {"IdentityPoolId": pool.id}
        if pool.roles:
            output["Roles"] = pool.roles
        if pool.role_mappings:
            output["RoleMappings"] = pool.role_mappings
        return output

    def _set_identity_pool_roles(self, parameters: Parameters) -> Output:
        self._pools.set_roles(
            parameters["IdentityPoolId"], parameters["Roles"], parameters.get("RoleMappings", {})
        )
        return None

    def _update_identity_pool(self, parameters: Parameters) -> Output:
        settings = {key: value for key, value in parameters.items() if key != "IdentityPoolId"}
        return _describe(self._pools.update(parameters["IdentityPoolId"], settings))


def _describe(pool: IdentityPool) -> Output:
    return {"IdentityPoolId": pool.id, **pool.settings}
