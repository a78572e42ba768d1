"""The differences from ministack in GetId, GetOpenIdToken and GetCredentialsForIdentity."""

from __future__ import annotations

from emulator_comparison import MESSAGE, OUTCOME, Difference, Point
from emulator_sequences import (
    CALLER_IDENTITY,
    DEVELOPER,
    FACEBOOK_APP,
    UNKNOWN_FACEBOOK_TOKEN,
    UNKNOWN_IDENTITY,
    Ref,
)
from service_texts import FACEBOOK, USER_POOL

from emulator_differences.steps import (
    NOT_AUTHORIZED,
    NOT_FOUND,
    ROLES,
    SIGN_IN,
    SIGNED_IN,
    USER_POOLS,
    are_errors,
    call,
    create_pool,
    is_forbidden_guest,
    is_text,
    only_they_succeed,
    use_identity,
    use_pool,
)

UNSUPPORTED = "Token is not from a supported provider of this identity pool."
CLOSED = {"AllowUnauthenticatedIdentities": False}
FACEBOOK_POOL = {"SupportedLoginProviders": {FACEBOOK: FACEBOOK_APP}}


def with_login(token: str, provider: str = USER_POOL) -> dict[str, dict[str, Ref]]:
    return {"Logins": {provider: Ref("token", token)}}


def has_token(point: Point, *names: str) -> bool:
    return any(login == Ref("token", name) for login in point.logins.values() for name in names)


def uses_facebook(point: Point) -> bool:
    """Return True if this call or an earlier call contains a token of Facebook."""
    if point.operation not in {*SIGN_IN, "DescribeIdentity", "ListIdentities"}:
        return False
    steps = [point.step, *point.earlier(*SIGN_IN)]
    return any(FACEBOOK in step.parameters.get("Logins", {}) for step in steps)


def has_mappings(point: Point) -> bool:
    changes = [*point.earlier("SetIdentityPoolRoles")]
    return bool(changes) and "RoleMappings" in changes[-1].parameters


SIGN_IN_DIFFERENCES = (
    Difference(
        "GetId, GetCredentialsForIdentity, GetOpenIdToken",
        "a guest of a pool that does not allow guests",
        "the call succeeds",
        "`NotAuthorizedException`",
        "confirmed (amplify-js#8644)",
        lambda point: point.operation in SIGN_IN and is_forbidden_guest(point),
        (create_pool(**CLOSED), use_pool("GetId")),
    ),
    Difference(
        "GetCredentialsForIdentity",
        "the identity does not exist",
        "credentials",
        "`ResourceNotFoundException`",
        "confirmed (amplify-js#2301)",
        lambda point: (
            point.operation == "GetCredentialsForIdentity" and only_they_succeed(point, NOT_FOUND)
        ),
        (create_pool(), call("GetCredentialsForIdentity", IdentityId=UNKNOWN_IDENTITY)),
    ),
    Difference(
        "GetCredentialsForIdentity",
        "the pool has no role, or the trust policy of the role does not trust the pool",
        "credentials",
        "`InvalidIdentityPoolConfigurationException`",
        "confirmed (published responses)",
        lambda point: only_they_succeed(point, "InvalidIdentityPoolConfigurationException"),
        (create_pool(), use_pool("GetId"), use_identity("GetCredentialsForIdentity")),
        splits=False,
    ),
    Difference(
        "GetOpenIdToken",
        "the basic flow is disabled, or the pool has role mappings",
        "a token, or the error for the invalid logins",
        "`InvalidParameterException`",
        "confirmed (aws-rum-web#172); the order of the checks is inferred",
        lambda point: (
            point.operation == "GetOpenIdToken"
            and (point.path, point.ours) == (OUTCOME, "InvalidParameterException")
            and (point.settings.get("AllowClassicFlow") is False or has_mappings(point))
        ),
        (create_pool(AllowClassicFlow=False), use_pool("GetId"), use_identity("GetOpenIdToken")),
    ),
    Difference(
        "GetOpenIdToken",
        "always",
        "signed with RS256",
        "signed with RS512, and the header has a type",
        "confirmed (published tokens)",
        lambda point: point.path.startswith("Token.header."),
        (create_pool(), use_pool("GetId"), use_identity("GetOpenIdToken")),
    ),
    Difference(
        "GetOpenIdToken",
        "the login provider has principal tags",
        "the token does not contain the tags",
        "the token contains the tags",
        "confirmed (published tokens)",
        lambda point: point.path == "Token.claims.https://aws.amazon.com/tags",
        (
            create_pool(**USER_POOLS),
            use_pool(
                "SetPrincipalTagAttributeMap", IdentityProviderName=USER_POOL, UseDefaults=True
            ),
            use_pool("GetId", **SIGNED_IN),
            use_identity("GetOpenIdToken", 2, **SIGNED_IN),
        ),
    ),
    Difference(
        "GetOpenIdToken",
        "the identity is a guest",
        "the token contains the ARN of the pool",
        "the token does not contain the ARN of the pool",
        "confirmed (one published token of 2025)",
        lambda point: point.path.endswith("/identity-pool-arn") and not point.logins,
        (create_pool(), use_pool("GetId"), use_identity("GetOpenIdToken")),
    ),
    Difference(
        "all operations with logins",
        "the signature of a token is wrong",
        "`Token signature invalid.`",
        "`Couldn't verify signed token.`",
        "confirmed (aws-sdk-js#3408, 2016 to 2020)",
        lambda point: is_text(
            point, theirs="Invalid login token. Token signature", ours="Couldn't verify"
        ),
        (create_pool(**USER_POOLS), use_pool("GetId", **with_login("forged"))),
    ),
    Difference(
        "all operations with logins",
        "the pool has no login providers",
        f"`{UNSUPPORTED}`",
        "`Identity pool - <ID> does not have identity providers configured.`",
        "confirmed (published response)",
        lambda point: is_text(point, theirs=UNSUPPORTED, ours="does not have identity providers"),
        (create_pool(), use_pool("GetId", **SIGNED_IN)),
    ),
    Difference(
        "all operations with logins",
        "a text that is not a token, or a token without an audience, of a login provider that the "
        "pool does not have",
        f"`{UNSUPPORTED}`",
        "the error for the invalid token",
        "confirmed (flutter_cognito_plugin#13)",
        lambda point: is_text(point, theirs=UNSUPPORTED, ours="Invalid login token."),
        (create_pool(**FACEBOOK_POOL), use_pool("GetId", **with_login("not a token"))),
    ),
    Difference(
        "all operations with logins",
        "a token of a user pool expired less than 5 minutes ago",
        "accepted, or the error of another check",
        "`NotAuthorizedException`",
        "confirmed (published response; the token had expired 146 seconds earlier)",
        lambda point: (
            has_token(point, "expired for 2 minutes")
            and (only_they_succeed(point, NOT_AUTHORIZED) or point.path == MESSAGE)
        ),
        (create_pool(**USER_POOLS), use_pool("GetId", **with_login("expired for 2 minutes"))),
    ),
    Difference(
        "all operations with logins",
        "a login provider name is the developer provider name",
        f"`NotAuthorizedException`: `{UNSUPPORTED}`",
        "`InvalidParameterException`: `Please provide a valid public provider.`",
        "confirmed (published response)",
        lambda point: (
            DEVELOPER in point.logins
            and are_errors(point, NOT_AUTHORIZED, "InvalidParameterException")
        ),
        (
            create_pool(DeveloperProviderName=DEVELOPER),
            use_pool("GetId", Logins={DEVELOPER: "developer-ann"}),
        ),
    ),
    Difference(
        "GetCredentialsForIdentity",
        "the pool has role mappings, or the request contains a `CustomRoleArn`",
        "the authenticated role",
        "the role that the role mapping selects, or an error",
        'documented (developer guide, "Role-based access control")',
        lambda point: (
            point.operation in {"GetCredentialsForIdentity", CALLER_IDENTITY}
            and (has_mappings(point) or "CustomRoleArn" in point.step.parameters)
        ),
        (
            create_pool(**USER_POOLS),
            use_pool("SetIdentityPoolRoles", Roles=ROLES),
            use_pool("GetId", **SIGNED_IN),
            use_identity(
                "GetCredentialsForIdentity", 2, CustomRoleArn=Ref("role", "other"), **SIGNED_IN
            ),
        ),
    ),
    Difference(
        "all operations with logins",
        "a token of Facebook",
        "not verified; each token stands for another user",
        "verified; the user determines the identity",
        'documented (developer guide, "Facebook")',
        uses_facebook,
        (
            create_pool(**FACEBOOK_POOL),
            use_pool("GetId", **with_login(UNKNOWN_FACEBOOK_TOKEN, FACEBOOK)),
        ),
        splits=True,
    ),
)
