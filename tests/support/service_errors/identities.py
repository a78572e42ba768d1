"""Requests for pools and identities that do not exist, or that the caller may not use."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from service_texts import ACCOUNT, DEVELOPER, GOOGLE

from cognito_credentials.emulator.identity.errors import UnconfirmedText
from service_errors.rows import (
    CONFIRMED,
    DOCUMENTED,
    INFERRED,
    INVENTED,
    IP,
    MISMATCH,
    NA,
    NO_ID,
    RNF,
    Row,
)

if TYPE_CHECKING:
    from service_texts import TextsWorld

POOL_NOT_FOUND = "IdentityPool '<IdentityPoolId>' not found."
IDENTITY_NOT_FOUND = "Identity '<IdentityId>' not found."
NO_GUESTS = "Unauthenticated access is not supported for this identity pool."
FORBIDDEN = "Access to Identity '<IdentityId>' is forbidden."
NO_POOL_ARN = f"arn:aws:cognito-identity:us-east-1:{ACCOUNT}:identitypool/{NO_ID}"


UNKNOWN_POOL_REQUESTS: dict[str, dict[str, Any]] = {
    "DeleteIdentityPool": {},
    "DescribeIdentityPool": {},
    "GetId": {},
    "GetIdentityPoolRoles": {},
    "GetOpenIdTokenForDeveloperIdentity": {"Logins": {DEVELOPER: "ann"}},
    "GetPrincipalTagAttributeMap": {"IdentityProviderName": GOOGLE},
    "ListIdentities": {"MaxResults": 1},
    "LookupDeveloperIdentity": {"DeveloperUserIdentifier": "ann"},
    "MergeDeveloperIdentities": {
        "SourceUserIdentifier": "ann",
        "DestinationUserIdentifier": "ben",
        "DeveloperProviderName": DEVELOPER,
    },
    "SetIdentityPoolRoles": {"Roles": {}},
    "SetPrincipalTagAttributeMap": {"IdentityProviderName": GOOGLE},
    "UnlinkDeveloperIdentity": {
        "IdentityId": NO_ID,
        "DeveloperProviderName": DEVELOPER,
        "DeveloperUserIdentifier": "ann",
    },
    "UpdateIdentityPool": {"IdentityPoolName": "pool", "AllowUnauthenticatedIdentities": True},
}
UNKNOWN_ARN_REQUESTS: dict[str, dict[str, Any]] = {
    "ListTagsForResource": {},
    "TagResource": {"Tags": {"team": "games"}},
    "UntagResource": {"TagKeys": ["team"]},
}
UNKNOWN_IDENTITY_REQUESTS: dict[str, dict[str, Any]] = {
    "DescribeIdentity": {},
    "GetCredentialsForIdentity": {},
    "GetOpenIdToken": {},
    "UnlinkIdentity": {"Logins": {GOOGLE: "t"}, "LoginsToRemove": [GOOGLE]},
}


def make_unknown_rows() -> list[Row]:
    rows = [
        Row(
            "the pool does not exist",
            operation,
            lambda _, more=more: {"IdentityPoolId": NO_ID, **more},  # type: ignore[misc]
            RNF,
            POOL_NOT_FOUND,
            CONFIRMED,
            "amplify-cli#13603, aws-sdk-android-samples#163",
        )
        for operation, more in UNKNOWN_POOL_REQUESTS.items()
    ]
    rows += [
        Row(
            "the pool does not exist",
            operation,
            lambda _, more=more: {"ResourceArn": NO_POOL_ARN, **more},  # type: ignore[misc]
            RNF,
            f"IdentityPool '{NO_ID}' not found.",
            INFERRED,
        )
        for operation, more in UNKNOWN_ARN_REQUESTS.items()
    ]
    rows += [
        Row(
            "the identity does not exist",
            operation,
            lambda _, more=more: {"IdentityId": NO_ID, **more},  # type: ignore[misc]
            RNF,
            IDENTITY_NOT_FOUND,
            CONFIRMED,
            "amplify-js#2301",
        )
        for operation, more in UNKNOWN_IDENTITY_REQUESTS.items()
    ]
    return rows


def delete_identity(world: TextsWorld) -> dict[str, Any]:
    identity = world.identity()
    world.pools.delete_identities(IdentityIdsToDelete=[identity])
    return {"IdentityId": identity}


def delete_pool(world: TextsWorld) -> dict[str, Any]:
    pool = world.account.pool()
    identity = world.identity(pool)
    world.pools.delete_identity_pool(IdentityPoolId=pool)
    return {"IdentityId": identity}


def disallow_guests(world: TextsWorld) -> dict[str, Any]:
    pool = world.account.pool()
    identity = world.identity(pool)
    world.pools.update_identity_pool(
        IdentityPoolId=pool, IdentityPoolName="pool", AllowUnauthenticatedIdentities=False
    )
    return {"IdentityId": identity}


def other_region(world: TextsWorld) -> dict[str, Any]:
    client = world.account.client("cognito-identity", region_name="ap-south-1")
    pool = client.create_identity_pool(IdentityPoolName="p", AllowUnauthenticatedIdentities=True)
    return {"IdentityPoolId": pool["IdentityPoolId"]}


IDENTITIES = [
    *make_unknown_rows(),
    *(
        Row(
            "the identity does not exist",
            operation,
            lambda w, more=more: {  # type: ignore[misc]
                "IdentityPoolId": w.pool,
                "IdentityId": NO_ID,
                **more,
            },
            RNF,
            IDENTITY_NOT_FOUND,
            INFERRED,
        )
        for operation, more in (
            ("GetOpenIdTokenForDeveloperIdentity", {"Logins": {DEVELOPER: "ann"}}),
            ("LookupDeveloperIdentity", {}),
            (
                "UnlinkDeveloperIdentity",
                {"DeveloperProviderName": DEVELOPER, "DeveloperUserIdentifier": "ann"},
            ),
        )
    ),
    Row(
        "the identity was deleted",
        "GetOpenIdToken",
        delete_identity,
        RNF,
        IDENTITY_NOT_FOUND,
        CONFIRMED,
        "amplify-js#2301",
    ),
    Row(
        "the pool was deleted",
        "DescribeIdentity",
        delete_pool,
        RNF,
        IDENTITY_NOT_FOUND,
        CONFIRMED,
        "amplify-js#2301",
    ),
    Row(
        "the pool belongs to another region",
        "DescribeIdentityPool",
        other_region,
        RNF,
        POOL_NOT_FOUND,
        INFERRED,
    ),
    Row(
        "the pool does not allow guests",
        "GetId",
        lambda w: {"IdentityPoolId": w.no_guests},
        NA,
        NO_GUESTS,
        CONFIRMED,
        "amplify-js#8644",
    ),
    Row(
        "the pool no longer allows guests",
        "GetCredentialsForIdentity",
        disallow_guests,
        NA,
        NO_GUESTS,
        INFERRED,
    ),
    Row(
        "the pool no longer allows guests",
        "GetOpenIdToken",
        disallow_guests,
        NA,
        NO_GUESTS,
        INFERRED,
    ),
    *(
        Row(
            "the request has no login, but the identity has logins",
            operation,
            lambda w: {"IdentityId": w.user()},
            NA,
            FORBIDDEN,
            CONFIRMED,
            "amazon-cognito-ios#13, aws-sdk-net#1145",
        )
        for operation in ("GetCredentialsForIdentity", "GetOpenIdToken")
    ),
    *(
        Row(
            "the identity is disabled",
            operation,
            lambda w: {"IdentityId": w.disabled()},
            NA,
            FORBIDDEN,
            DOCUMENTED,
            "developer guide, Authentication flow; the text is inferred",
        )
        for operation in ("GetCredentialsForIdentity", "GetOpenIdToken")
    ),
    *(
        Row(
            "the login belongs to another identity",
            operation,
            lambda w: {"IdentityId": w.user(), "Logins": w.logins("bob")},
            NA,
            MISMATCH,
            CONFIRMED,
            "amplify-js#2443, amplify-js#4101",
        )
        for operation in ("GetCredentialsForIdentity", "GetOpenIdToken")
    ),
    Row(
        "the login belongs to another identity",
        "UnlinkIdentity",
        lambda w: {
            "IdentityId": w.user(),
            "Logins": w.logins("bob"),
            "LoginsToRemove": list(w.logins("bob")),
        },
        NA,
        MISMATCH,
        INFERRED,
    ),
    Row(
        "the identity is disabled, and the login is new",
        "GetCredentialsForIdentity",
        lambda w: {"IdentityId": w.disabled(), "Logins": w.logins("new-user")},
        NA,
        MISMATCH,
        INFERRED,
    ),
    Row(
        "the login belongs to an identity of another pool",
        "GetCredentialsForIdentity",
        lambda w: {
            "IdentityId": w.user(w.other_pool, "carol"),
            "Logins": w.logins() if w.user() else {},
        },
        NA,
        MISMATCH,
        CONFIRMED,
        "amplify-js#2945",
    ),
    Row(
        "the identity belongs to another pool",
        "LookupDeveloperIdentity",
        lambda w: {"IdentityPoolId": w.pool, "IdentityId": w.identity(w.other_pool)},
        RNF,
        IDENTITY_NOT_FOUND,
        INVENTED,
    ),
    Row(
        "the `NextToken` is unknown",
        "ListIdentityPools",
        lambda _: {"MaxResults": 1, "NextToken": "x"},
        IP,
        UnconfirmedText.BAD_NEXT_TOKEN,
        INFERRED,
        "the text is invented",
    ),
    Row(
        "the `NextToken` is unknown",
        "ListIdentities",
        lambda w: {"IdentityPoolId": w.pool, "MaxResults": 1, "NextToken": "x"},
        IP,
        UnconfirmedText.BAD_NEXT_TOKEN,
        INFERRED,
        "the text is invented",
    ),
]
