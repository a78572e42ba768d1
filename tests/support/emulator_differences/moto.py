"""The differences from moto's server. moto performs almost no checks."""

from __future__ import annotations

from emulator_comparison import ABSENT, MESSAGE, OUTCOME, Difference, Point
from emulator_sequences import CALLER_IDENTITY, DEVELOPER, UNKNOWN_IDENTITY, UNKNOWN_POOL, Ref, Step

from emulator_differences.settings import UPDATE_DIFFERENCES
from emulator_differences.steps import (
    GUEST_CREDENTIALS,
    ROLES,
    SIGNED_IN,
    TAG_OPERATIONS,
    USER_POOLS,
    call,
    create_pool,
    has_unset_member,
    is_forbidden_guest,
    is_malformed,
    only_they_succeed,
    sign_in_developer,
    update_pool,
    use_identity,
    use_pool,
)

ROLE_OPERATIONS = ("SetIdentityPoolRoles", "GetIdentityPoolRoles")
MISSING = (
    *("DeleteIdentities", "DescribeIdentity", "GetPrincipalTagAttributeMap"),
    *("ListTagsForResource", "LookupDeveloperIdentity", "MergeDeveloperIdentities"),
    *("SetPrincipalTagAttributeMap", "TagResource", "UnlinkDeveloperIdentity"),
    *("UnlinkIdentity", "UntagResource"),
)
CONSTANTS = ("TESTACCESSKEY12345", "ABCSECRETKEY", "ABC12345")
SERVER_ERROR = "HTTP status 500"
DEVELOPER_SIGN_IN = "GetOpenIdTokenForDeveloperIdentity"


def is_missing(point: Point, operations: tuple[str, ...]) -> bool:
    return point.operation in operations and point.theirs == SERVER_ERROR


def is_unknown_pool(point: Point) -> bool:
    is_error = (point.path, point.theirs) == (OUTCOME, SERVER_ERROR)
    return is_error and point.ours == "ResourceNotFoundException" and not point.pool_exists


def has_invalid_logins(point: Point) -> bool:
    return point.operation == "GetId" and bool(point.logins) and only_they_succeed(point)


def ignores_paging(point: Point) -> bool:
    if point.operation not in {"ListIdentities", "ListIdentityPools"}:
        return False
    parameters = point.step.parameters
    if parameters.get("NextToken") is not None and only_they_succeed(point):
        return True
    is_page = parameters.get("MaxResults") == 1 or "NextToken" in parameters
    return is_page and point.path in {"IdentityPools", "Identities", "NextToken"}


def is_extra_member(point: Point) -> bool:
    is_member = point.operation == "ListIdentityPools" and point.path.startswith("IdentityPools[].")
    return is_member and point.ours == ABSENT


def is_tag(point: Point) -> bool:
    is_member = point.path.partition(".")[0] == "IdentityPoolTags"
    return is_member and any(point.earlier(*TAG_OPERATIONS))


def is_old_name(point: Point) -> bool:
    updates = [*point.earlier("UpdateIdentityPool")]
    is_renamed = point.operation == "UpdateIdentityPool" or bool(updates)
    return point.path.endswith("IdentityPoolName") and is_renamed


MOTO = (
    *UPDATE_DIFFERENCES,
    Difference(
        "SetIdentityPoolRoles, GetIdentityPoolRoles",
        "always",
        "not implemented (HTTP status 500)",
        "implemented",
        "documented (API reference)",
        lambda point: is_missing(point, ROLE_OPERATIONS),
        (create_pool(), use_pool("SetIdentityPoolRoles", Roles=ROLES)),
        splits=False,
    ),
    Difference(
        ", ".join(MISSING),
        "always",
        "not implemented (HTTP status 500)",
        "implemented",
        "documented (API reference)",
        lambda point: is_missing(point, MISSING),
        (create_pool(), call("TagResource", ResourceArn=Ref("pool ARN", 0), Tags={"team": "x"})),
        splits=False,
    ),
    Difference(
        "DescribeIdentityPool, UpdateIdentityPool",
        "after TagResource or UntagResource",
        "the tags are unchanged",
        "the tags are changed",
        "documented (TagResource)",
        is_tag,
        (
            create_pool(),
            call("TagResource", ResourceArn=Ref("pool ARN", 0), Tags={"team": "x"}),
            use_pool("DescribeIdentityPool"),
        ),
    ),
    Difference(
        "all operations",
        "a parameter violates a constraint of the service model",
        "accepted, or HTTP status 500; only the characters of pool names are checked",
        "`ValidationException`",
        "confirmed (aws-sdk-cpp#1085)",
        is_malformed,
        (Step("CreateIdentityPool", {}, is_malformed=True),),
    ),
    Difference(
        "all operations that require a signature",
        "the request is unsigned",
        "accepted",
        "`MissingAuthenticationTokenException`",
        "inferred from other AWS services",
        lambda point: (
            not point.step.is_signed and point.ours == "MissingAuthenticationTokenException"
        ),
        (Step("ListIdentityPools", {"MaxResults": 60}, is_signed=False),),
    ),
    Difference(
        "GetId, ListIdentities, UpdateIdentityPool",
        "the identity pool does not exist",
        "HTTP status 500",
        "`ResourceNotFoundException`",
        "confirmed (amplify-cli#13603)",
        is_unknown_pool,
        (create_pool(), call("GetId", IdentityPoolId=UNKNOWN_POOL)),
    ),
    Difference(
        "GetId, ListIdentities",
        "after DeleteIdentityPool",
        "the calls succeed",
        "`ResourceNotFoundException`",
        "documented (DeleteIdentityPool)",
        lambda point: (
            only_they_succeed(point, "ResourceNotFoundException")
            and any(point.earlier("DeleteIdentityPool"))
        ),
        (create_pool(), use_pool("DeleteIdentityPool"), use_pool("GetId")),
    ),
    Difference(
        "DescribeIdentityPool, DeleteIdentityPool",
        "the identity pool does not exist",
        "the message is the ID",
        "`IdentityPool '<ID>' not found.`",
        "confirmed (amplify-cli#13603)",
        lambda point: point.path == MESSAGE and not point.pool_exists and "'" not in point.theirs,
        (create_pool(), call("DescribeIdentityPool", IdentityPoolId=UNKNOWN_POOL)),
    ),
    Difference(
        "CreateIdentityPool, DescribeIdentityPool, UpdateIdentityPool",
        "a setting was never set",
        "the member is null",
        "the member is absent",
        "confirmed (published responses)",
        lambda point: has_unset_member(point, (None,)),
        (create_pool(),),
    ),
    Difference(
        "CreateIdentityPool, DescribeIdentityPool, UpdateIdentityPool",
        "`AllowClassicFlow` was set",
        "the member is absent",
        "the member is returned",
        "confirmed (published responses)",
        lambda point: point.path == "AllowClassicFlow" and point.theirs == ABSENT,
        (create_pool(AllowClassicFlow=True),),
    ),
    Difference(
        "UpdateIdentityPool, then DescribeIdentityPool and ListIdentityPools",
        "the update renames the pool",
        "the pool retains its name",
        "the pool has the new name",
        "confirmed (terraform-provider-aws#49638)",
        is_old_name,
        (create_pool(), update_pool(IdentityPoolName="second pool")),
    ),
    Difference(
        "GetId",
        "a guest of a pool that does not allow guests",
        "an identity ID",
        "`NotAuthorizedException`",
        "confirmed (amplify-js#8644)",
        lambda point: point.operation == "GetId" and is_forbidden_guest(point),
        (create_pool(AllowUnauthenticatedIdentities=False), use_pool("GetId")),
    ),
    Difference(
        "GetId",
        "a login token is invalid, or the pool does not have its login provider",
        "an identity ID",
        "`NotAuthorizedException`, or `InvalidParameterException` for a developer provider",
        "confirmed (many issues)",
        has_invalid_logins,
        (create_pool(), use_pool("GetId", **SIGNED_IN)),
    ),
    Difference(
        "GetId",
        "the user has an identity",
        "a new identity ID",
        "the same identity ID",
        'documented (developer guide, "Authentication flow")',
        lambda point: point.operation == "GetId" and point.path == "IdentityId",
        (create_pool(**USER_POOLS), *[use_pool("GetId", **SIGNED_IN)] * 2),
        splits=True,
    ),
    Difference(
        "GetCredentialsForIdentity",
        "the identity does not exist, the pool has no role that the identity may assume, or the logins "
        "do not belong to the identity",
        "credentials",
        "an error",
        "confirmed (amplify-js#2301, amazon-cognito-ios#13, aws-rum-web#172)",
        lambda point: point.operation == "GetCredentialsForIdentity" and only_they_succeed(point),
        (create_pool(), call("GetCredentialsForIdentity", IdentityId=UNKNOWN_IDENTITY)),
        splits=False,
    ),
    Difference(
        "GetCredentialsForIdentity",
        "always",
        "constant keys, which expire after 90 seconds",
        "random keys of a role session, which expire after an hour",
        "confirmed (published responses); the lifetime is documented",
        lambda point: (
            point.theirs in CONSTANTS
            or (point.path == "Credentials.Expiration" and point.theirs == "<now +90 s>")
        ),
        GUEST_CREDENTIALS,
    ),
    Difference(
        "GetCallerIdentity of AWS STS",
        "with the credentials of an identity",
        "the user `moto`",
        "the role session `CognitoIdentityCredentials`",
        "confirmed (published CloudTrail events)",
        lambda point: point.operation == CALLER_IDENTITY and point.theirs.endswith(":user/moto"),
        (
            *GUEST_CREDENTIALS,
            Step(CALLER_IDENTITY, {"credentials": Ref("credentials", 3)}),
        ),
    ),
    Difference(
        "GetOpenIdToken",
        "the identity does not exist, the basic flow is disabled, or the logins do not belong to the "
        "identity",
        "a token",
        "an error",
        "confirmed (amplify-js#2301, amazon-cognito-ios#13, aws-rum-web#172)",
        lambda point: point.operation == "GetOpenIdToken" and only_they_succeed(point),
        (create_pool(), call("GetOpenIdToken", IdentityId=UNKNOWN_IDENTITY)),
        splits=False,
    ),
    Difference(
        "GetCredentialsForIdentity, GetOpenIdToken",
        "the request names a guest, and a login belongs to a different identity",
        "the identity ID in the request",
        "the identity ID of the login, because the identities are merged",
        "documented (developer guide)",
        lambda point: (
            point.operation in {"GetCredentialsForIdentity", "GetOpenIdToken"}
            and point.path == "IdentityId"
            and bool(point.logins)
        ),
        (
            create_pool(**USER_POOLS),
            use_pool("GetId"),
            use_pool("GetId", **SIGNED_IN),
            use_identity("GetOpenIdToken", **SIGNED_IN),
        ),
        splits=True,
    ),
    Difference(
        f"GetOpenIdToken, {DEVELOPER_SIGN_IN}",
        "always",
        "the token is a random ID",
        "the token is a signed JSON Web Token",
        "confirmed (published tokens)",
        lambda point: point.path == "Token" and point.theirs == "<not a JWT>",
        (create_pool(), use_pool("GetId"), use_identity("GetOpenIdToken")),
    ),
    Difference(
        DEVELOPER_SIGN_IN,
        "the pool does not exist or does not have the developer provider, or the identity does not "
        "exist or belongs to another user",
        "an identity ID and a token",
        "an error",
        "confirmed (LambdAuth#32), or documented (GetOpenIdTokenForDeveloperIdentity)",
        lambda point: point.operation == DEVELOPER_SIGN_IN and only_they_succeed(point),
        (create_pool(), sign_in_developer()),
    ),
    Difference(
        DEVELOPER_SIGN_IN,
        "the user has an identity",
        "a new identity ID, to which no identity of the pool belongs",
        "the same identity ID",
        'documented (developer guide, "Authentication flow")',
        lambda point: point.operation == DEVELOPER_SIGN_IN and point.path == "IdentityId",
        (create_pool(DeveloperProviderName=DEVELOPER), *[sign_in_developer()] * 2),
        splits=True,
    ),
    Difference(
        "ListIdentities, ListIdentityPools",
        "`MaxResults` is smaller than the number of items, or the request has a `NextToken`",
        "all items",
        "one page, or `InvalidParameterException` for an invalid token",
        "documented (ListIdentities, ListIdentityPools)",
        ignores_paging,
        (create_pool(), create_pool(), call("ListIdentityPools", MaxResults=1)),
    ),
    Difference(
        "ListIdentityPools",
        "always",
        "all settings of each pool",
        "the ID and the name of each pool",
        "documented (ListIdentityPools)",
        is_extra_member,
        (create_pool(), call("ListIdentityPools", MaxResults=60)),
    ),
    Difference(
        "ListIdentities",
        "always",
        "only the ID of each identity",
        "also the login provider names and the dates",
        "documented (ListIdentities)",
        lambda point: (
            point.operation == "ListIdentities"
            and point.theirs == ABSENT
            and point.path.startswith("Identities[].")
        ),
        (create_pool(), use_pool("GetId"), use_pool("ListIdentities", MaxResults=60)),
    ),
    Difference(
        "ListIdentities",
        "`HideDisabled` is true, and identities were merged",
        "the list contains the disabled identities",
        "the list does not contain the disabled identities",
        "documented (ListIdentities)",
        lambda point: (
            point.path.startswith("Identities") and bool(point.step.parameters.get("HideDisabled"))
        ),
        (
            create_pool(**USER_POOLS),
            use_pool("GetId"),
            use_pool("GetId", **SIGNED_IN),
            use_identity("GetCredentialsForIdentity", **SIGNED_IN),
            use_pool("ListIdentities", MaxResults=60, HideDisabled=True),
        ),
    ),
    Difference(
        "ListIdentities",
        "after GetOpenIdTokenForDeveloperIdentity or DeleteIdentities",
        "the list does not contain developer users, and contains deleted identities",
        "the list contains developer users, and no deleted identities",
        "documented (developer guide, DeleteIdentities)",
        lambda point: (
            point.path.startswith("Identities")
            and any(point.earlier(DEVELOPER_SIGN_IN, "DeleteIdentities"))
        ),
        (
            create_pool(DeveloperProviderName=DEVELOPER),
            sign_in_developer(),
            use_pool("ListIdentities", MaxResults=60),
        ),
    ),
)
