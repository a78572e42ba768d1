"""The operations on the tags of identity pools, and on the maps from claims to principal tags.

The tags of an identity pool belong to the pool as an AWS resource. Principal tags become the
session tags of identities.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cognito_credentials.emulator.errors import AwsError
from cognito_credentials.emulator.identity.errors import UnconfirmedText
from cognito_credentials.emulator.identity.pools import PrincipalTagMap
from cognito_credentials.emulator.identity.regions import Region
from cognito_credentials.emulator.identity.wire import Output, Parameters

_DEFAULT_CLAIMS = {"client": "aud", "username": "sub"}
_SAML_CLAIMS = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims"
_DEFAULT_SAML_CLAIMS = {
    "client": f"{_SAML_CLAIMS}/nameidentifier",
    "username": f"{_SAML_CLAIMS}/name",
}


def tag_resource(region: Region, parameters: Parameters) -> Output:
    """Add tags to an identity pool."""
    pool = region.pools.get_by_arn(parameters["ResourceArn"])
    region.pools.add_tags(pool.id, parameters["Tags"])
    return {}


def untag_resource(region: Region, parameters: Parameters) -> Output:
    """Remove tags from an identity pool."""
    pool = region.pools.get_by_arn(parameters["ResourceArn"])
    region.pools.remove_tags(pool.id, parameters["TagKeys"])
    return {}


def list_tags_for_resource(region: Region, parameters: Parameters) -> Output:
    """Return the tags of an identity pool."""
    return {"Tags": region.pools.get_by_arn(parameters["ResourceArn"]).tags}


def get_principal_tag_attribute_map(region: Region, parameters: Parameters) -> Output:
    """Return the principal tag map of a login provider."""
    pool = region.pools.get(parameters["IdentityPoolId"])
    provider: str = parameters["IdentityProviderName"]
    if provider not in pool.principal_tags:
        message = UnconfirmedText.NO_PRINCIPAL_TAGS.format(provider=provider)
        raise AwsError("ResourceNotFoundException", message)
    return _describe(pool.id, provider, pool.principal_tags[provider])


def set_principal_tag_attribute_map(region: Region, parameters: Parameters) -> Output:
    """Replace the principal tag map of a login provider, which need not be configured.

    The default map takes precedence over a map in the request. If the request contains neither, the
    provider's principal tags are disabled.
    """
    provider: str = parameters["IdentityProviderName"]
    uses_defaults: bool = parameters.get("UseDefaults", False)
    claims: Mapping[str, str] = parameters.get("PrincipalTags", {})
    if uses_defaults:
        is_saml = ":saml-provider/" in provider
        claims = _DEFAULT_SAML_CLAIMS if is_saml else _DEFAULT_CLAIMS
    principal_tags = PrincipalTagMap(uses_defaults, claims)
    region.pools.set_principal_tags(parameters["IdentityPoolId"], provider, principal_tags)
    return _describe(parameters["IdentityPoolId"], provider, principal_tags)


def _describe(pool_id: str, provider: str, principal_tags: PrincipalTagMap) -> Output:
    output: dict[str, Any] = {
        "IdentityPoolId": pool_id,
        "IdentityProviderName": provider,
        "UseDefaults": principal_tags.uses_defaults,
    }
    if principal_tags.claims:
        output["PrincipalTags"] = principal_tags.claims
    return output
