"""Settings of identity pools that the service rejects."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from service_texts import ACCOUNT, CLIENT, DEVELOPER, GOOGLE, USER_POOL

from cognito_credentials.emulator.identity.errors import UnconfirmedText
from service_errors.roles import DENY, make_rules
from service_errors.rows import (
    CODE_ONLY,
    CONFIRMED,
    DOCUMENTED,
    INFERRED,
    INVENTED,
    IP,
    RNF,
    ROLE,
    Row,
)

if TYPE_CHECKING:
    from service_texts import TextsWorld


def roles_request(world: TextsWorld, mappings: dict[str, Any]) -> dict[str, Any]:
    return {"IdentityPoolId": world.pool, "Roles": {}, "RoleMappings": mappings}


def pool_request(**settings: Any) -> dict[str, Any]:
    return {"IdentityPoolName": "p", "AllowUnauthenticatedIdentities": True, **settings}


SAML_ARN = "arn:aws:iam::999999999999:saml-provider/Corp"
POOLS = [
    *(
        Row(
            f"the role mapping is for `{key}`",
            "SetIdentityPoolRoles",
            lambda w, key=key: roles_request(w, {key: DENY}),  # type: ignore[misc]
            IP,
            f"({key}) is not a valid RoleMapping ProviderName or is not a configured provider.",
            CONFIRMED,
            "aws-cdk#22951, aws-cdk#7670",
        )
        for key in (USER_POOL, f"https://{USER_POOL}:{CLIENT}", DEVELOPER, "nobody.example.com")
    ),
    Row(
        "a role mapping has more than 25 rules",
        "SetIdentityPoolRoles",
        lambda w: roles_request(w, {"nobody.example.com": make_rules(count=26)}),
        IP,
        "The number of rules in the request exceeded 25.",
        INFERRED,
        "cdk-preflight, without the code",
    ),
    Row(
        "a role mapping has no `AmbiguousRoleResolution`",
        "SetIdentityPoolRoles",
        lambda w: roles_request(w, {GOOGLE: {"Type": "Token"}}),
        IP,
        UnconfirmedText.AMBIGUITY_UNRESOLVED.format(key=GOOGLE),
        DOCUMENTED,
        "API reference, RoleMapping",
    ),
    Row(
        "a role mapping of type `Rules` has no `RulesConfiguration`",
        "SetIdentityPoolRoles",
        lambda w: roles_request(w, {GOOGLE: {**DENY, "Type": "Rules"}}),
        IP,
        UnconfirmedText.RULES_MISSING.format(key=GOOGLE),
        DOCUMENTED,
        "API reference, RoleMapping",
    ),
    *(
        Row(
            title,
            "CreateIdentityPool",
            lambda _, given=provider: pool_request(  # type: ignore[misc]
                CognitoIdentityProviders=[given]
            ),
            IP,
            "Invalid Cognito Identity Provider",
            CONFIRMED,
            "aws-cdk#11054",
        )
        for title, provider in (
            ("a user pool provider has no name", {"ClientId": CLIENT}),
            (
                "the name of a user pool provider has the wrong form",
                {"ProviderName": "us-east-1_Abc"},
            ),
        )
    ),
    Row(
        "a SAML provider belongs to another account",
        "CreateIdentityPool",
        lambda _: pool_request(SamlProviderARNs=[SAML_ARN]),
        IP,
        f"Identity provider {SAML_ARN} is not valid for account {ACCOUNT}",
        CONFIRMED,
        "cdk-preflight",
    ),
    Row(
        "the pool would have more than 50 user pool providers",
        "CreateIdentityPool",
        lambda _: pool_request(
            CognitoIdentityProviders=[{"ProviderName": USER_POOL, "ClientId": CLIENT}] * 51
        ),
        "LimitExceededException",
        UnconfirmedText.TOO_MANY_USER_POOLS.format(limit=50),
        DOCUMENTED,
        "developer guide, Quotas: the limit",
    ),
    Row(
        "the developer provider name would change",
        "UpdateIdentityPool",
        lambda w: pool_request(IdentityPoolId=w.pool, DeveloperProviderName="another"),
        IP,
        UnconfirmedText.DEVELOPER_PROVIDER_FIXED,
        DOCUMENTED,
        "developer guide, Developer-authenticated identities",
    ),
    Row(
        "the provider has no principal tags",
        "GetPrincipalTagAttributeMap",
        lambda w: {"IdentityPoolId": w.pool, "IdentityProviderName": GOOGLE},
        RNF,
        UnconfirmedText.NO_PRINCIPAL_TAGS.format(provider=GOOGLE),
        CODE_ONLY,
        "stackd; the text comes from ministack",
    ),
    Row(
        "the ARN is not that of an identity pool",
        "ListTagsForResource",
        lambda _: {"ResourceArn": ROLE},
        IP,
        UnconfirmedText.NOT_A_POOL_ARN,
        INVENTED,
    ),
    Row(
        "the pool would have more than 50 tags",
        "TagResource",
        lambda w: {
            "ResourceArn": f"arn:aws:cognito-identity:us-east-1:{ACCOUNT}:identitypool/{w.pool}",
            "Tags": {f"k{i}": "v" for i in range(51)},
        },
        IP,
        UnconfirmedText.TOO_MANY_TAGS.format(limit=50),
        DOCUMENTED,
        "API reference, TagResource: the limit",
    ),
]
