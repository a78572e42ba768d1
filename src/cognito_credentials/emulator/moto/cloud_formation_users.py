"""The CloudFormation resources of user pools, in stacks that moto deploys.

moto implements user pools, but not these resources. AWS CDK templates that contain an identity pool
usually also contain a user pool. Like `cloud_formation`, this module takes seconds to import.
"""

from __future__ import annotations

from typing import Any, ClassVar

from moto.cognitoidp.models import cognitoidp_backends
from moto.core.common_models import CloudFormationModel

from cognito_credentials.emulator.json_values import to_booleans
from cognito_credentials.emulator.moto.cloud_formation_resources import Resource
from cognito_credentials.emulator.moto.user_pool_keys import share_signing_key


class CognitoUserPool(Resource, CloudFormationModel):
    """`AWS::Cognito::UserPool`."""

    attributes: ClassVar[tuple[str, ...]] = ("Arn", "ProviderName", "ProviderURL", "UserPoolId")

    def __init__(self, pool: Any) -> None:
        super().__init__(str(pool.id))
        self._pool = pool

    @staticmethod
    def cloudformation_name_type() -> str:
        """Return the property that contains the resource's name."""
        return "UserPoolName"

    @staticmethod
    def cloudformation_type() -> str:
        """Return the resource type that templates use."""
        return "AWS::Cognito::UserPool"

    def get_cfn_attribute(self, attribute_name: str) -> str:
        """Return the value of an attribute for Fn::GetAtt."""
        provider = f"cognito-idp.{self._pool.region}.amazonaws.com/{self.physical_resource_id}"
        values = {
            "Arn": str(self._pool.arn),
            "ProviderName": provider,
            "ProviderURL": f"https://{provider}",
        }
        return values.get(attribute_name, self.physical_resource_id)

    @classmethod
    def create_from_cloudformation_json(
        cls,
        resource_name: str,
        cloudformation_json: dict[str, Any],
        account_id: str,
        region_name: str,
        **_: Any,
    ) -> CognitoUserPool:
        """Create the pool."""
        share_signing_key()
        settings = to_booleans(cloudformation_json["Properties"])
        settings.pop("UserPoolName", None)
        return cls(_backend(account_id, region_name).create_user_pool(resource_name, settings))

    @classmethod
    def update_from_cloudformation_json(
        cls,
        original_resource: Any,
        new_resource_name: str,  # noqa: ARG003 - moto passes this parameter
        cloudformation_json: dict[str, Any],
        account_id: str,
        region_name: str,
    ) -> CognitoUserPool:
        """Update the settings of the pool, which keeps its ID and its users."""
        settings = to_booleans(cloudformation_json["Properties"])
        settings.pop("Schema", None)  # moto stores the attributes of a new pool separately.
        name = settings.pop("UserPoolName", None)
        backend, pool_id = _backend(account_id, region_name), original_resource.physical_resource_id
        backend.update_user_pool(pool_id, settings)
        pool = backend.user_pools[pool_id]
        pool.name = name or pool.name
        return cls(pool)

    @classmethod
    def delete_from_cloudformation_json(
        cls,
        resource_name: str,
        cloudformation_json: dict[str, Any],  # noqa: ARG003 - moto passes this parameter
        account_id: str,
        region_name: str,
    ) -> None:
        """Delete the pool, unless it was deleted already."""
        _backend(account_id, region_name).user_pools.pop(resource_name, None)


class CognitoUserPoolClient(Resource, CloudFormationModel):
    """`AWS::Cognito::UserPoolClient`."""

    attributes: ClassVar[tuple[str, ...]] = ("ClientId", "ClientSecret", "Name")

    def __init__(self, client: Any, name: str) -> None:
        super().__init__(str(client.id))
        self._client = client
        self.name = name

    @staticmethod
    def cloudformation_name_type() -> str:
        """Return the property that contains the resource's name."""
        return "ClientName"

    @staticmethod
    def cloudformation_type() -> str:
        """Return the resource type that templates use."""
        return "AWS::Cognito::UserPoolClient"

    def get_cfn_attribute(self, attribute_name: str) -> str:
        """Return the value of an attribute for Fn::GetAtt."""
        if attribute_name == "ClientSecret":
            return str(self._client.secret)
        return self.name if attribute_name == "Name" else self.physical_resource_id

    @classmethod
    def create_from_cloudformation_json(
        cls,
        resource_name: str,
        cloudformation_json: dict[str, Any],
        account_id: str,
        region_name: str,
        **_: Any,
    ) -> CognitoUserPoolClient:
        """Create the client."""
        settings = to_booleans(cloudformation_json["Properties"])
        generates_secret = settings.pop("GenerateSecret", False)
        client = _backend(account_id, region_name).create_user_pool_client(
            settings.pop("UserPoolId"), generates_secret, {**settings, "ClientName": resource_name}
        )
        return cls(client, resource_name)

    @classmethod
    def update_from_cloudformation_json(
        cls,
        original_resource: Any,
        new_resource_name: str,
        cloudformation_json: dict[str, Any],
        account_id: str,
        region_name: str,
    ) -> CognitoUserPoolClient:
        """Update the settings of the client, which keeps its ID."""
        settings = to_booleans(cloudformation_json["Properties"])
        settings.pop("GenerateSecret", None)
        name = new_resource_name if "ClientName" in settings else original_resource.name
        client = _backend(account_id, region_name).update_user_pool_client(
            settings.pop("UserPoolId"),
            original_resource.physical_resource_id,
            {**settings, "ClientName": name},
        )
        return cls(client, name)

    @classmethod
    def delete_from_cloudformation_json(
        cls,
        resource_name: str,
        cloudformation_json: dict[str, Any],  # noqa: ARG003 - moto passes this parameter
        account_id: str,
        region_name: str,
    ) -> None:
        """Delete the client, unless it has already been deleted."""
        for pool in tuple(_backend(account_id, region_name).user_pools.values()):
            pool.clients.pop(resource_name, None)


def _backend(account_id: str, region_name: str) -> Any:
    return cognitoidp_backends[account_id][region_name]
