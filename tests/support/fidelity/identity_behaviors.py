"""The behaviors of identities and identity pools."""

from __future__ import annotations

from service_errors.rows import CONFIRMED, DOCUMENTED, INFERRED, INVENTED

from fidelity.entries import Behavior, emulated, unit

_IDENTITIES = unit("test_identities.py::")
_OPERATIONS = unit("test_identity_operations.py::")
_DEVELOPERS = unit("test_developer_operations.py::")
_SERVICE = unit("test_service.py::")
_POOLS = unit("test_pools.py::")
_FLOW = "developer guide, Authentication flow"
_DEVELOPER_GUIDE = "developer guide, Developer-authenticated identities"

IDENTITIES = [
    Behavior(
        "Each GetId call without logins creates an identity.",
        CONFIRMED,
        _SERVICE + "test_every_guest_is_a_new_identity",
        "stackd",
    ),
    Behavior(
        "A known login always gets the same identity.",
        CONFIRMED,
        _SERVICE + "test_a_login_has_one_identity_in_each_pool",
        "stackd",
    ),
    Behavior(
        "Several logins in one request are linked to the same identity.",
        DOCUMENTED,
        _IDENTITIES + "test_logins_presented_together_share_one_identity",
        "API reference, GetId",
    ),
    Behavior(
        "GetId with the logins of two identities merges them into the older identity.",
        INVENTED,
        _IDENTITIES + "test_two_identities_merge_into_the_older_identity",
    ),
    Behavior(
        "A request with an identity ID needs one login that is already linked to the "
        "identity. The other logins in the request are then linked as well.",
        DOCUMENTED,
        _IDENTITIES + "test_an_identity_accepts_new_logins_only_with_a_linked_login",
        _FLOW,
    ),
    Behavior(
        "If one login is invalid, the whole request fails.",
        DOCUMENTED,
        unit("test_login_tokens.py::test_an_invalid_login_fails_the_whole_request"),
        _FLOW,
    ),
    Behavior(
        "A guest who signs in with a new login retains the identity ID.",
        DOCUMENTED,
        emulated("test_sign_in.py::test_a_guest_retains_the_identity_after_signing_in"),
        "developer guide, Switching unauthenticated users to authenticated users",
    ),
    Behavior(
        "A guest who signs in with a known login gets the known identity ID. The identity of the"
        " guest is disabled.",
        DOCUMENTED,
        _SERVICE + "test_a_guest_with_a_known_login_gets_the_known_identity_id",
        "developer guide, Switching unauthenticated users to authenticated users",
    ),
    Behavior(
        "If two identities of signed-in users are merged, the older identity is retained.",
        INVENTED,
        _IDENTITIES + "test_signing_in_with_the_logins_of_two_identities_merges_them",
        "the merge itself is documented",
    ),
    Behavior(
        (
            "A login that was unlinked gets a new identity. An identity without logins is "
            "inaccessible."
        ),
        DOCUMENTED,
        _OPERATIONS + "test_an_unlinked_login_gets_a_new_identity",
        "API reference, UnlinkIdentity",
    ),
    Behavior(
        "DeleteIdentities ignores unknown identity IDs.",
        INFERRED,
        _OPERATIONS + "test_a_deleted_identity_is_not_found_and_its_login_gets_a_new_identity",
    ),
    Behavior(
        "ListIdentities returns disabled identities, unless `HideDisabled` is true.",
        DOCUMENTED,
        _OPERATIONS + "test_disabled_identities_can_be_hidden",
        "API reference, ListIdentities",
    ),
    Behavior(
        "DescribeIdentity returns no `Logins` for a guest.",
        CONFIRMED,
        _OPERATIONS + "test_a_guest_is_described_without_logins",
        "aws-sdk-js#2073",
    ),
    Behavior(
        "Identity IDs of a pool begin with the same digits, and have no UUID version.",
        CONFIRMED,
        _IDENTITIES + "test_identity_ids_of_a_pool_share_a_prefix_and_have_no_uuid_version",
        "published tokens",
    ),
    Behavior(
        "GetId ignores `AccountId`.",
        INFERRED,
        _SERVICE + "test_the_account_id_is_accepted_and_ignored",
    ),
]

DEVELOPER_IDENTITIES = [
    Behavior(
        "A developer user always gets the same identity.",
        DOCUMENTED,
        _SERVICE + "test_a_developer_user_retains_the_same_identity",
        _DEVELOPER_GUIDE,
    ),
    Behavior(
        "A developer user can be linked to a guest without another login.",
        DOCUMENTED,
        _SERVICE + "test_a_developer_user_can_be_linked_to_a_guest",
        _DEVELOPER_GUIDE,
    ),
    Behavior(
        "Only GetCredentialsForIdentity accepts the OpenID token of a developer user as a login.",
        CONFIRMED,
        _SERVICE + "test_other_operations_reject_an_open_id_token_as_login",
        "aws-sdk-net#420",
    ),
    Behavior(
        "The OpenID token is valid for 15 minutes, or for `TokenDuration`, up to 24 hours.",
        DOCUMENTED,
        _SERVICE + "test_a_developer_token_has_the_requested_duration_and_tags",
        "API reference, GetOpenIdTokenForDeveloperIdentity",
    ),
    Behavior(
        "Role mappings do not apply to developer users.",
        DOCUMENTED,
        _SERVICE + "test_role_mappings_never_apply_to_developer_users",
        _DEVELOPER_GUIDE,
    ),
    Behavior(
        "A merge moves all logins of the source to the identity of the destination.",
        DOCUMENTED,
        _DEVELOPERS + "test_a_merge_moves_all_logins_to_the_destination",
        "API reference, MergeDeveloperIdentities",
    ),
    Behavior(
        "A developer user that was unlinked gets a new identity.",
        DOCUMENTED,
        _DEVELOPERS + "test_an_unlinked_developer_user_gets_a_new_identity",
        "API reference, UnlinkDeveloperIdentity",
    ),
]

POOLS = [
    Behavior(
        "An update without `DeveloperProviderName` retains the name. Other settings that are"
        " missing get their default values.",
        CONFIRMED,
        _POOLS + "test_an_update_replaces_all_but_the_developer_provider_and_the_roles",
        "terraform-provider-aws#49985",
    ),
    Behavior(
        "A pool that was created without `AllowClassicFlow` allows the basic flow.",
        CONFIRMED,
        _POOLS + "test_by_default_a_pool_allows_the_basic_flow_and_has_no_providers",
        "aws-cli#7652",
    ),
    Behavior(
        "Responses always contain `IdentityPoolTags`, and other members only if they were set.",
        CONFIRMED,
        _SERVICE + "test_a_pool_is_described_as_it_was_created",
        "published responses",
    ),
    Behavior(
        "An OpenID Connect provider may belong to another account.",
        CONFIRMED,
        _POOLS + "test_a_saml_provider_must_belong_to_the_account",
        "cdk-preflight",
    ),
    Behavior(
        "SetIdentityPoolRoles replaces all roles and all role mappings.",
        INFERRED,
        _POOLS + "test_roles_and_mappings_are_replaced_together",
    ),
    Behavior(
        "The number of rules in a role mapping is checked first, then its provider, and then"
        " everything else.",
        CONFIRMED,
        _POOLS + "test_rules_are_counted_before_the_key_is_checked_and_read_afterwards",
        "cdk-preflight",
    ),
    Behavior(
        "The last page of a list has no `NextToken`.",
        DOCUMENTED,
        unit("test_paging.py::test_the_last_page_has_no_token"),
        "API reference, ListIdentityPools",
    ),
    Behavior(
        "Each region has its own pools. Unsigned requests go to the region in the ID.",
        INFERRED,
        unit("test_regions.py::test_an_unsigned_request_goes_to_the_region_of_its_id"),
    ),
]
