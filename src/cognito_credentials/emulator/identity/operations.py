"""Table of the operations of Amazon Cognito Identity, by their names in AWS's service model."""

from __future__ import annotations

from collections.abc import Mapping

from cognito_credentials.emulator.identity import (
    credential_operations,
    developer_operations,
    identity_operations,
    pool_operations,
    tag_operations,
)
from cognito_credentials.emulator.identity.regions import Operation

OPERATIONS: Mapping[str, Operation] = {
    "CreateIdentityPool": pool_operations.create_identity_pool,
    "DeleteIdentities": identity_operations.delete_identities,
    "DeleteIdentityPool": pool_operations.delete_identity_pool,
    "DescribeIdentity": identity_operations.describe_identity,
    "DescribeIdentityPool": pool_operations.describe_identity_pool,
    "GetCredentialsForIdentity": credential_operations.get_credentials_for_identity,
    "GetId": identity_operations.get_id,
    "GetIdentityPoolRoles": pool_operations.get_identity_pool_roles,
    "GetOpenIdToken": credential_operations.get_open_id_token,
    "GetOpenIdTokenForDeveloperIdentity": (
        credential_operations.get_open_id_token_for_developer_identity
    ),
    "GetPrincipalTagAttributeMap": tag_operations.get_principal_tag_attribute_map,
    "ListIdentities": identity_operations.list_identities,
    "ListIdentityPools": pool_operations.list_identity_pools,
    "ListTagsForResource": tag_operations.list_tags_for_resource,
    "LookupDeveloperIdentity": developer_operations.lookup_developer_identity,
    "MergeDeveloperIdentities": developer_operations.merge_developer_identities,
    "SetIdentityPoolRoles": pool_operations.set_identity_pool_roles,
    "SetPrincipalTagAttributeMap": tag_operations.set_principal_tag_attribute_map,
    "TagResource": tag_operations.tag_resource,
    "UnlinkDeveloperIdentity": developer_operations.unlink_developer_identity,
    "UnlinkIdentity": identity_operations.unlink_identity,
    "UntagResource": tag_operations.untag_resource,
    "UpdateIdentityPool": pool_operations.update_identity_pool,
}
