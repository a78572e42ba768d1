"""The differences from ministack in operations on identity pools and identities."""

from __future__ import annotations

from emulator_comparison import ABSENT, MESSAGE, Difference, Point
from emulator_sequences import (
    DEVELOPER,
    UNKNOWN_IDENTITY,
    UNKNOWN_POOL,
    Ref,
    Step,
)
from service_texts import FACEBOOK, MAPPING_KEY, USER_POOL

from emulator_differences.settings import UPDATE_DIFFERENCES
from emulator_differences.steps import (
    NOT_AUTHORIZED,
    NOT_FOUND,
    ROLES,
    SIGN_IN,
    SIGNED_IN,
    TAG_OPERATIONS,
    USER_POOLS,
    call,
    create_pool,
    has_unset_member,
    is_malformed,
    is_text,
    only_they_succeed,
    sign_in_developer,
    update_pool,
    use_identity,
    use_pool,
)

MISSING = (
    "DeleteIdentities",
    "GetOpenIdTokenForDeveloperIdentity",
    "LookupDeveloperIdentity",
)
NO_EFFECT = ("MergeDeveloperIdentities", "UnlinkDeveloperIdentity", "UnlinkIdentity")


def has_omitted_provider(point: Point) -> bool:
    settings = {"CognitoIdentityProviders": USER_POOL, "SupportedLoginProviders": FACEBOOK}
    earlier = [*point.earlier("CreateIdentityPool", "UpdateIdentityPool")]
    is_omitted = any(
        provider in point.logins
        and name not in point.settings
        and any(name in step.parameters for step in earlier)
        for name, provider in settings.items()
    )
    is_rejected = point.path == MESSAGE or point.ours == NOT_AUTHORIZED
    return point.operation in SIGN_IN and is_omitted and is_rejected


def is_tag(point: Point) -> bool:
    name = point.path.partition(".")[0]
    has_tags = "IdentityPoolTags" in point.settings or any(point.earlier(*TAG_OPERATIONS))
    if point.operation == "ListTagsForResource":
        return name == "Tags" and has_tags
    return name == "IdentityPoolTags" and any(point.earlier(*TAG_OPERATIONS))


def is_default_tag_map(point: Point) -> bool:
    maps = [*point.earlier("SetPrincipalTagAttributeMap"), point.step]
    uses_defaults = any(step.parameters.get("UseDefaults") for step in maps)
    return point.path.startswith("PrincipalTags") and uses_defaults


def is_disabled_tag_map(point: Point) -> bool:
    is_listed = point.operation == "GetPrincipalTagAttributeMap" and only_they_succeed(
        point, NOT_FOUND
    )
    is_empty = point.path == "PrincipalTags" and (point.theirs, point.ours) == ({}, ABSENT)
    return is_listed or is_empty


def is_invalid_mapping(point: Point) -> bool:
    is_rejected = only_they_succeed(point, "InvalidParameterException")
    return is_rejected and "RoleMappings" in point.step.parameters


def is_order(point: Point) -> bool:
    return point.path.startswith("IdentityPools") and point.operation == "ListIdentityPools"


def lists_all_identities(point: Point) -> bool:
    if point.operation != "ListIdentities":
        return False
    has_token_ = "NextToken" in point.step.parameters
    is_page = point.step.parameters["MaxResults"] == 1 or has_token_
    return is_page and (
        point.path in {"NextToken", "Identities"}
        or point.path.startswith("Identities[]")
        or only_they_succeed(point, "InvalidParameterException")
    )


POOL_DIFFERENCES = (
    *UPDATE_DIFFERENCES,
    Difference(
        ", ".join(MISSING),
        "always",
        "`InvalidAction`: not implemented",
        "implemented",
        "documented (API reference)",
        lambda point: point.operation in MISSING and point.theirs == "InvalidAction",
        (create_pool(DeveloperProviderName=DEVELOPER), sign_in_developer()),
    ),
    Difference(
        "MergeDeveloperIdentities, UnlinkDeveloperIdentity, UnlinkIdentity",
        "always",
        "the call succeeds and changes nothing",
        "the call changes the identities, or fails",
        "documented (API reference)",
        lambda point: point.operation in NO_EFFECT and only_they_succeed(point),
        (create_pool(), use_identity("UnlinkIdentity", 0, LoginsToRemove=[USER_POOL], **SIGNED_IN)),
        splits=False,
    ),
    Difference(
        "all operations on identities",
        "after UnlinkIdentity has removed a login",
        "the login is still linked",
        "the login is not linked, and an identity without logins is disabled",
        "documented (UnlinkIdentity)",
        lambda point: (
            any(point.earlier("UnlinkIdentity"))
            and point.operation
            in {*SIGN_IN, "DescribeIdentity", "ListIdentities", "UnlinkIdentity"}
        ),
        (
            create_pool(**USER_POOLS),
            use_pool("GetId", **SIGNED_IN),
            use_identity("UnlinkIdentity", LoginsToRemove=[USER_POOL], **SIGNED_IN),
            use_identity("DescribeIdentity"),
        ),
        splits=True,
    ),
    Difference(
        "all operations",
        "a parameter violates a constraint of the service model",
        "accepted, or another error",
        "`ValidationException`",
        "confirmed (aws-sdk-cpp#1085)",
        is_malformed,
        (Step("CreateIdentityPool", {}, is_malformed=True),),
    ),
    Difference(
        "CreateIdentityPool, DescribeIdentityPool, UpdateIdentityPool",
        "a setting was never set",
        "the member is empty, or false for `AllowClassicFlow`",
        "the member is absent",
        "confirmed (published responses)",
        lambda point: has_unset_member(point, ("", [], {}, False)),
        (create_pool(),),
    ),
    Difference(
        "all operations on identity pools",
        "the identity pool does not exist",
        "`Identity pool <ID> not found.`, or `Resource <ARN> not found.`",
        "`IdentityPool '<ID>' not found.`",
        "confirmed (amplify-cli#13603)",
        lambda point: (
            is_text(point, theirs="Identity pool <", ours="IdentityPool '")
            or is_text(point, theirs="Resource arn:", ours="IdentityPool '")
        ),
        (create_pool(), call("GetId", IdentityPoolId=UNKNOWN_POOL)),
    ),
    Difference(
        "DescribeIdentity",
        "the identity does not exist",
        "`Identity <ID> not found.`",
        "`Identity '<ID>' not found.`",
        "confirmed (amplify-js#2301)",
        lambda point: is_text(point, theirs="Identity <", ours="Identity '"),
        (create_pool(), call("DescribeIdentity", IdentityId=UNKNOWN_IDENTITY)),
    ),
    Difference(
        "GetId, GetCredentialsForIdentity, GetOpenIdToken",
        "UpdateIdentityPool has omitted the login provider",
        "the login is verified as before the update",
        "`NotAuthorizedException`",
        "documented (UpdateIdentityPool)",
        has_omitted_provider,
        (create_pool(**USER_POOLS), update_pool(), use_pool("GetId", **SIGNED_IN)),
    ),
    Difference(
        "ListTagsForResource, DescribeIdentityPool, UpdateIdentityPool",
        "tags were set with the settings of the pool, or changed with TagResource or UntagResource",
        "two separate sets of tags: one for the tag operations, one for the settings of the pool",
        "one set of tags",
        "documented (TagResource)",
        is_tag,
        (
            create_pool(IdentityPoolTags={"team": "blue"}),
            call("ListTagsForResource", ResourceArn=Ref("pool ARN", 0)),
        ),
    ),
    Difference(
        "ListIdentityPools",
        "there are several pools",
        "in the order of their IDs",
        "in the order of their creation",
        "inferred",
        is_order,
        (*[create_pool()] * 8, call("ListIdentityPools", MaxResults=60)),
    ),
    Difference(
        "ListIdentities",
        "`MaxResults` is smaller than the number of items, or the request has a `NextToken`",
        "the first items, but no `NextToken`; a `NextToken` in the request is ignored",
        "pages, or `InvalidParameterException` for an invalid token",
        "documented (ListIdentities, ListIdentityPools)",
        lists_all_identities,
        (
            create_pool(),
            *[use_pool("GetId")] * 2,
            use_pool("ListIdentities", MaxResults=1),
        ),
    ),
    Difference(
        "ListIdentityPools",
        "the `NextToken` is invalid",
        "HTTP status 500",
        "`InvalidParameterException`",
        "documented (the code); the text is invented",
        lambda point: (
            point.operation == "ListIdentityPools" and point.ours == "InvalidParameterException"
        ),
        (call("ListIdentityPools", MaxResults=60, NextToken="x"),),
    ),
    Difference(
        "DescribeIdentity, ListIdentities",
        "an identity has no logins",
        "`Logins` is an empty list",
        "`Logins` is absent",
        "confirmed (aws-sdk-js#2073)",
        lambda point: point.path.endswith("Logins") and (point.theirs, point.ours) == ([], ABSENT),
        (create_pool(), use_pool("GetId"), use_identity("DescribeIdentity")),
    ),
    Difference(
        "GetIdentityPoolRoles",
        "the pool has no roles, or no role mappings",
        "the member is empty",
        "the member is absent",
        "inferred",
        lambda point: (
            point.operation == "GetIdentityPoolRoles" and (point.theirs, point.ours) == ({}, ABSENT)
        ),
        (create_pool(), use_pool("GetIdentityPoolRoles")),
    ),
    Difference(
        "SetIdentityPoolRoles",
        "the pool does not have the login provider of a role mapping",
        "accepted",
        "`InvalidParameterException`",
        "confirmed (aws-cdk#22951)",
        is_invalid_mapping,
        (
            create_pool(),
            use_pool(
                "SetIdentityPoolRoles",
                Roles=ROLES,
                RoleMappings={MAPPING_KEY: {"Type": "Token", "AmbiguousRoleResolution": "Deny"}},
            ),
        ),
    ),
    Difference(
        "SetPrincipalTagAttributeMap, GetPrincipalTagAttributeMap",
        "`UseDefaults` is true",
        "the map of the request",
        "the default map",
        "confirmed (recorded by stackd)",
        is_default_tag_map,
        (
            create_pool(),
            use_pool(
                "SetPrincipalTagAttributeMap", IdentityProviderName=USER_POOL, UseDefaults=True
            ),
        ),
    ),
    Difference(
        "SetPrincipalTagAttributeMap, GetPrincipalTagAttributeMap",
        "the map is empty",
        "the empty map",
        "no map, and `ResourceNotFoundException` from GetPrincipalTagAttributeMap",
        "confirmed (recorded by stackd)",
        is_disabled_tag_map,
        (
            create_pool(),
            use_pool(
                "SetPrincipalTagAttributeMap", IdentityProviderName=USER_POOL, UseDefaults=False
            ),
        ),
    ),
)
