"""Requests that the roles or the settings of the identity pool do not permit."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from saml_provider import saml_token
from service_texts import GOOGLE, MAPPING_KEY, USER_POOL, make_token

from cognito_credentials.emulator.identity.errors import UnconfirmedText
from service_errors.rows import (
    CODE_ONLY,
    CONFIRMED,
    DOCUMENTED,
    IIPC,
    INFERRED,
    INVENTED,
    IP,
    NA,
    NO_ID,
    PUBLISHED,
    ROLE,
    Row,
)

if TYPE_CHECKING:
    from service_texts import TextsWorld

BAD_POOL = "Invalid identity pool configuration. Check assigned IAM roles for this pool."
AMBIGUOUS = "The ambiguous role mapping rules for: {} denied this request."


DENY = {"Type": "Token", "AmbiguousRoleResolution": "Deny"}


def make_rules(resolution: str = "Deny", count: int = 1) -> dict[str, Any]:
    rule = {"Claim": "plan", "MatchType": "Equals", "Value": "paid", "RoleARN": ROLE}
    return {
        "Type": "Rules",
        "AmbiguousRoleResolution": resolution,
        "RulesConfiguration": {"Rules": [rule] * count},
    }


def mapped_user(world: TextsWorld, mapping: dict[str, Any], **more: Any) -> dict[str, Any]:
    pool = world.make_mapped_pool(mapping)
    return {"IdentityId": world.user(pool), "Logins": world.logins(), **more}


def google_user(world: TextsWorld) -> dict[str, Any]:
    pool = world.make_mapped_pool(DENY, GOOGLE)
    logins = {GOOGLE: make_token(GOOGLE, "ann", "google-client")}
    return {"IdentityId": world.identity(pool, logins), "Logins": logins}


def untrusted_role(world: TextsWorld) -> dict[str, Any]:
    pool = world.account.pool()
    world.account.set_roles(pool, unauthenticated=world.account.role(NO_ID))
    return {"IdentityId": world.identity(pool)}


def untagged_role(world: TextsWorld) -> dict[str, Any]:
    pool = world.make_pool()
    world.account.set_roles(pool, authenticated=world.account.role(pool))
    world.pools.set_principal_tag_attribute_map(
        IdentityPoolId=pool, IdentityProviderName=USER_POOL, UseDefaults=True
    )
    return {"IdentityId": world.user(pool), "Logins": world.logins()}


def saml_user(world: TextsWorld) -> dict[str, Any]:
    logins = {world.saml_arn: saml_token(now=time.time())}
    return {"IdentityId": world.identity(world.saml_pool, logins), "Logins": logins}


ROLES = [
    Row(
        "the pool has no roles",
        "GetCredentialsForIdentity",
        lambda w: {"IdentityId": w.identity(w.bare_pool)},
        IIPC,
        BAD_POOL,
        CONFIRMED,
        "Stack Overflow 30425942",
    ),
    Row(
        "the trust policy does not allow the principal tags",
        "GetCredentialsForIdentity",
        untagged_role,
        IIPC,
        BAD_POOL,
        CONFIRMED,
        "an article by catnekaise",
    ),
    Row(
        "the trust policy of the role rejects the identity",
        "GetCredentialsForIdentity",
        untrusted_role,
        IIPC,
        BAD_POOL,
        CONFIRMED,
        "Stack Overflow 30425942",
    ),
    Row(
        "the token names no role, and the role mapping says `Deny` (Google)",
        "GetCredentialsForIdentity",
        google_user,
        NA,
        AMBIGUOUS.format(GOOGLE),
        CONFIRMED,
        "amplify-js#3621",
    ),
    Row(
        "no rule matches, and the role mapping says `Deny` (user pool)",
        "GetCredentialsForIdentity",
        lambda w: mapped_user(w, make_rules()),
        NA,
        AMBIGUOUS.format(MAPPING_KEY),
        INFERRED,
        "amplify-js#8644, without the name of the provider",
    ),
    Row(
        "the token does not contain the role in `CustomRoleArn`",
        "GetCredentialsForIdentity",
        lambda w: mapped_user(w, DENY, CustomRoleArn=ROLE),
        NA,
        AMBIGUOUS.format(MAPPING_KEY),
        DOCUMENTED,
        "developer guide, Role-based access control",
    ),
    Row(
        "the request has a `CustomRoleArn`, and the role mapping has rules",
        "GetCredentialsForIdentity",
        lambda w: mapped_user(w, make_rules(), CustomRoleArn=ROLE),
        IP,
        UnconfirmedText.CUSTOM_ROLE_WITH_RULES,
        CODE_ONLY,
        "stackd",
    ),
    Row(
        "the request has a `CustomRoleArn`, but there is no role mapping",
        "GetCredentialsForIdentity",
        lambda w: {"IdentityId": w.identity(), "CustomRoleArn": ROLE},
        IP,
        UnconfirmedText.CUSTOM_ROLE_NOT_SUPPORTED,
        INVENTED,
    ),
    Row(
        "the pool does not allow the basic flow",
        "GetOpenIdToken",
        lambda w: {"IdentityId": w.identity(w.make_pool(AllowClassicFlow=False))},
        IP,
        "Basic (classic) flow is not enabled, please use enhanced flow.",
        CONFIRMED,
        "aws-rum-web#172",
    ),
    Row(
        "the pool has role mappings",
        "GetOpenIdToken",
        lambda w: {"IdentityId": w.identity(w.make_mapped_pool(DENY))},
        IP,
        "Basic (classic) flow is not supported with RoleMappings, please use enhanced flow.",
        CONFIRMED,
        PUBLISHED,
    ),
    Row(
        "the login comes from a SAML provider",
        "GetOpenIdToken",
        saml_user,
        IP,
        UnconfirmedText.SAML_IN_BASIC_FLOW,
        DOCUMENTED,
        "developer guide, SAML providers",
    ),
]
