"""The CloudFormation resources of Amazon Cognito Identity, in stacks that moto deploys.

moto finds the classes of resources, including those of `cloud_formation_users`, by their common base
class. moto has a single list of resource classes per process, so the classes find the emulator by its
account ID.

Importing this module takes seconds, because moto's CloudFormation imports most of its services.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from moto.cloudformation import parsing
from moto.cloudformation.exceptions import ValidationError
from moto.core.common_models import CloudFormationModel

from cognito_credentials.emulator.errors import AwsError
from cognito_credentials.emulator.json_values import to_booleans
from cognito_credentials.emulator.moto import cloud_formation_users
from cognito_credentials.emulator.moto.cloud_formation_resources import Resource

__all__ = ["cloud_formation_users", "register"]

Perform = Callable[[str, Mapping[str, Any], str], Mapping[str, Any]]
"""Function that performs an operation of Amazon Cognito Identity, with its parameters, in a region."""

_services: dict[str, Perform] = {}
_lock = threading.Lock()


def register(account_id: str, perform: Perform) -> None:
    """Set the function that deploys the resources of an account."""
    with _lock:
        _services[account_id] = perform
    for cached in (parsing.get_model_list, parsing.get_model_map, parsing.get_name_type_map):
        cached.cache_clear()  # moto may have cached a list without the classes below.


def _perform(
    account_id: str, region: str, operation: str, parameters: Mapping[str, Any]
) -> Mapping[str, Any]:
    perform = _services.get(account_id)
    if perform is None:
        raise ValidationError(
            message="no running emulator has this account, so the resource cannot be deployed"
        )
    try:
        return perform(operation, parameters, region)
    except AwsError as error:
        text = f"{error.message} (Service: CognitoIdentity; Error Code: {error.code})"
        raise ValidationError(message=text) from error


_POOL_SETTINGS = (
    *("AllowUnauthenticatedIdentities", "AllowClassicFlow", "SupportedLoginProviders"),
    *("DeveloperProviderName", "OpenIdConnectProviderARNs", "CognitoIdentityProviders"),
    "SamlProviderARNs",
)


def _pool_parameters(name: str, properties: Mapping[str, Any]) -> dict[str, Any]:
    settings = {key: properties[key] for key in _POOL_SETTINGS if key in properties}
    tags = {tag["Key"]: tag["Value"] for tag in properties.get("IdentityPoolTags", ())}
    return {"IdentityPoolName": name, **to_booleans(settings), "IdentityPoolTags": tags}


class CognitoIdentityPool(Resource, CloudFormationModel):
    """`AWS::Cognito::IdentityPool`."""

    attributes: ClassVar[tuple[str, ...]] = ("Id", "Name")

    def __init__(self, pool_id: str, name: str) -> None:
        super().__init__(pool_id)
        self.name = name

    @staticmethod
    def cloudformation_name_type() -> str:
        """Return the property that contains the resource's name."""
        return "IdentityPoolName"

    @staticmethod
    def cloudformation_type() -> str:
        """Return the resource type that templates use."""
        return "AWS::Cognito::IdentityPool"

    def get_cfn_attribute(self, attribute_name: str) -> str:
        """Return the value of an attribute for Fn::GetAtt."""
        return self.name if attribute_name == "Name" else self.physical_resource_id

    @classmethod
    def create_from_cloudformation_json(
        cls,
        resource_name: str,
        cloudformation_json: dict[str, Any],
        account_id: str,
        region_name: str,
        **_: Any,
    ) -> CognitoIdentityPool:
        """Create the pool."""
        parameters = _pool_parameters(resource_name, cloudformation_json["Properties"])
        made = _perform(account_id, region_name, "CreateIdentityPool", parameters)
        return cls(made["IdentityPoolId"], resource_name)

    @classmethod
    def update_from_cloudformation_json(
        cls,
        original_resource: Any,
        new_resource_name: str,
        cloudformation_json: dict[str, Any],
        account_id: str,
        region_name: str,
    ) -> CognitoIdentityPool:
        """Update the pool, whose ID does not change."""
        properties = cloudformation_json["Properties"]
        name = new_resource_name if "IdentityPoolName" in properties else original_resource.name
        pool_id = original_resource.physical_resource_id
        parameters = {"IdentityPoolId": pool_id, **_pool_parameters(name, properties)}
        _perform(account_id, region_name, "UpdateIdentityPool", parameters)
        return cls(pool_id, name)

    @classmethod
    def delete_from_cloudformation_json(
        cls,
        resource_name: str,
        cloudformation_json: dict[str, Any],  # noqa: ARG003 - moto passes this parameter
        account_id: str,
        region_name: str,
    ) -> None:
        """Delete the pool, unless it has already been deleted."""
        _delete(account_id, region_name, "DeleteIdentityPool", {"IdentityPoolId": resource_name})


class _Attachment(Resource):
    """Base class for settings of a pool that are separate resources in CloudFormation."""

    attributes: ClassVar[tuple[str, ...]] = ("Id",)
    operation: ClassVar[str]

    @classmethod
    def make_parameters(cls, properties: Mapping[str, Any]) -> dict[str, Any]:
        """Return the parameters of the operation that applies the settings."""
        raise NotImplementedError

    @classmethod
    def make_removal(cls, properties: Mapping[str, Any]) -> dict[str, Any]:
        """Return the parameters of the operation that removes the settings."""
        raise NotImplementedError

    @classmethod
    def make_id(cls, properties: Mapping[str, Any]) -> str:
        """Return the ID of the resource."""
        return str(properties["IdentityPoolId"])

    def get_cfn_attribute(self, attribute_name: str) -> str:  # noqa: ARG002 - "Id" is the only attribute
        """Return the value of an attribute for Fn::GetAtt."""
        return self.physical_resource_id

    @classmethod
    def create_from_cloudformation_json(
        cls,
        resource_name: str,  # noqa: ARG003 - moto passes this parameter
        cloudformation_json: dict[str, Any],
        account_id: str,
        region_name: str,
        **_: Any,
    ) -> Any:
        """Apply the settings."""
        properties = cloudformation_json["Properties"]
        _perform(account_id, region_name, cls.operation, cls.make_parameters(properties))
        return cls(cls.make_id(properties))

    @classmethod
    def update_from_cloudformation_json(
        cls,
        original_resource: Any,  # noqa: ARG003 - moto passes this parameter
        new_resource_name: str,
        cloudformation_json: dict[str, Any],
        account_id: str,
        region_name: str,
    ) -> Any:
        """Apply the new settings."""
        return cls.create_from_cloudformation_json(
            new_resource_name, cloudformation_json, account_id, region_name
        )

    @classmethod
    def delete_from_cloudformation_json(
        cls,
        resource_name: str,
        cloudformation_json: dict[str, Any],
        account_id: str,
        region_name: str,
    ) -> None:
        """Remove the settings, unless the pool was deleted already."""
        # The properties may contain references, but the resource's ID starts with the pool ID.
        properties = {
            **cloudformation_json.get("Properties", {}),
            "IdentityPoolId": resource_name.partition("|")[0],
            "IdentityProviderName": resource_name.partition("|")[2],
        }
        _delete(account_id, region_name, cls.operation, cls.make_removal(properties))


class CognitoIdentityPoolRoleAttachment(_Attachment, CloudFormationModel):
    """`AWS::Cognito::IdentityPoolRoleAttachment`."""

    operation: ClassVar[str] = "SetIdentityPoolRoles"

    @staticmethod
    def cloudformation_type() -> str:
        """Return the resource type that templates use."""
        return "AWS::Cognito::IdentityPoolRoleAttachment"

    @classmethod
    def make_parameters(cls, properties: Mapping[str, Any]) -> dict[str, Any]:
        """Return the roles. A mapping's `IdentityProvider`, if present, becomes its key."""
        mappings = {
            mapping.get("IdentityProvider", name): {
                key: value for key, value in mapping.items() if key != "IdentityProvider"
            }
            for name, mapping in properties.get("RoleMappings", {}).items()
        }
        return {
            "IdentityPoolId": properties["IdentityPoolId"],
            "Roles": properties.get("Roles", {}),
            "RoleMappings": mappings,
        }

    @classmethod
    def make_removal(cls, properties: Mapping[str, Any]) -> dict[str, Any]:
        """Return parameters that remove all roles."""
        return {"IdentityPoolId": properties["IdentityPoolId"], "Roles": {}}


class CognitoIdentityPoolPrincipalTag(_Attachment, CloudFormationModel):
    """`AWS::Cognito::IdentityPoolPrincipalTag`."""

    operation: ClassVar[str] = "SetPrincipalTagAttributeMap"

    @staticmethod
    def cloudformation_type() -> str:
        """Return the resource type that templates use."""
        return "AWS::Cognito::IdentityPoolPrincipalTag"

    @classmethod
    def make_id(cls, properties: Mapping[str, Any]) -> str:
        """Return the IDs of the pool and the provider."""
        return f"{properties['IdentityPoolId']}|{properties['IdentityProviderName']}"

    @classmethod
    def make_parameters(cls, properties: Mapping[str, Any]) -> dict[str, Any]:
        """Return the mapping of tags to claims."""
        names = ("IdentityPoolId", "IdentityProviderName", "PrincipalTags", "UseDefaults")
        settings: dict[str, Any] = {name: properties[name] for name in names if name in properties}
        return {**settings, **to_booleans({"UseDefaults": settings.get("UseDefaults", False)})}

    @classmethod
    def make_removal(cls, properties: Mapping[str, Any]) -> dict[str, Any]:
        """Return an empty mapping, which disables the tags."""
        names = ("IdentityPoolId", "IdentityProviderName")
        return {**{name: properties[name] for name in names}, "UseDefaults": False}


def _delete(account_id: str, region: str, operation: str, parameters: Mapping[str, Any]) -> None:
    perform = _services.get(account_id)
    if perform is not None:
        with contextlib.suppress(AwsError):
            perform(operation, parameters, region)
