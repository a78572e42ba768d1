"""Selection of an identity's role in the enhanced flow.

All guests have the same role. All signed-in identities also share a role, unless a SAML provider
offers roles, or a role mapping of the identity pool selects the role from the role claims of the
token or by rules. Source: developer guide, "Role-based access control" and "SAML identity
providers". According to that guide, CustomRoleArn overrides rules, but the service was observed to
reject the combination, so the emulator also rejects it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from cognito_credentials.emulator.identity.claim_values import to_texts
from cognito_credentials.emulator.identity.errors import (
    UnconfirmedText,
    ambiguous_role,
    invalid_parameter,
    invalid_pool_configuration,
)
from cognito_credentials.emulator.identity.login_tokens import VerifiedLogin
from cognito_credentials.emulator.identity.pools import IdentityPool
from cognito_credentials.emulator.quoting import quote, quote_all


def choose_guest_role(pool: IdentityPool, custom_role_arn: str | None) -> str:
    """Return the role of a guest.

    Raises:
        AwsError: If the identity pool has no such role, or `custom_role_arn` is another role.
    """
    return _get_pool_role(pool, "unauthenticated", custom_role_arn)


def choose_authenticated_role(
    pool: IdentityPool, logins: Sequence[VerifiedLogin], custom_role_arn: str | None
) -> str:
    """Return the role of a signed-in identity.

    Args:
        pool: The identity pool.
        logins: The logins with public providers, in the order of the request. The first login whose
            provider has a role mapping or offers roles determines the role. Logins of developer
            users are excluded, because their provider cannot have a role mapping.
        custom_role_arn: The role that the caller requests.

    Raises:
        AwsError: If the identity pool has no role for the identity, or does not allow the custom
            role.
    """
    for login in logins:
        mapping = pool.role_mappings.get(login.mapping_key)
        if login.saml_roles:
            return _choose_saml_role(login, custom_role_arn)
        if mapping is None:
            continue
        if mapping["Type"] == "Token":
            role = _choose_by_token(login, custom_role_arn)
        elif custom_role_arn is not None:
            raise invalid_parameter(UnconfirmedText.CUSTOM_ROLE_WITH_RULES)
        else:
            role = _choose_by_rules(mapping["RulesConfiguration"]["Rules"], login.claims)
        if role is not None:
            return role
        if mapping["AmbiguousRoleResolution"] == "Deny":
            raise ambiguous_role(login.mapping_key).with_explanation(
                f"The role mapping of the type {mapping['Type']} selects no role, and its"
                " AmbiguousRoleResolution is Deny."
            )
        return _get_pool_role(pool, "authenticated", None)
    return _get_pool_role(pool, "authenticated", custom_role_arn)


def _get_pool_role(pool: IdentityPool, role_type: str, custom_role_arn: str | None) -> str:
    role = pool.roles.get(role_type)
    if role is None:
        raise invalid_pool_configuration().with_explanation(
            f"The identity pool has no role for {role_type} identities (SetIdentityPoolRoles)."
        )
    if custom_role_arn not in (None, role):
        raise invalid_parameter(UnconfirmedText.CUSTOM_ROLE_NOT_SUPPORTED)
    return role


def _choose_saml_role(login: VerifiedLogin, custom_role_arn: str | None) -> str:
    """Return the role that a SAML provider offers; if there are several, the caller must choose."""
    roles = login.saml_roles
    if custom_role_arn is None and len(roles) == 1:
        return roles[0]
    if custom_role_arn not in roles:
        raise ambiguous_role(login.mapping_key).with_explanation(
            f"CustomRoleArn is {'missing' if custom_role_arn is None else quote(custom_role_arn)},"
            f" and the SAML response offers the roles {quote_all(roles)}."
        )
    return custom_role_arn


def _choose_by_token(login: VerifiedLogin, custom_role_arn: str | None) -> str | None:
    roles = _read_roles_claim(login.claims)
    if custom_role_arn is not None:
        if custom_role_arn not in roles:
            raise ambiguous_role(login.mapping_key).with_explanation(
                f"CustomRoleArn is {quote(custom_role_arn)}, and the token offers the roles"
                f" {quote_all(roles)} (cognito:roles)."
            )
        return custom_role_arn
    preferred = login.claims.get("cognito:preferred_role")
    if isinstance(preferred, str) and preferred:
        return preferred
    return roles[0] if len(roles) == 1 else None


def _read_roles_claim(claims: Mapping[str, Any]) -> list[str]:
    """Return the values of `cognito:roles`, an array in real tokens but a string in the guide."""
    roles = claims.get("cognito:roles")
    if isinstance(roles, str):
        roles = [role.strip() for role in roles.split(",")]
    return [role for role in to_texts(roles) if role]


def _choose_by_rules(rules: Sequence[Mapping[str, str]], claims: Mapping[str, Any]) -> str | None:
    for rule in rules:
        claim = claims.get(rule["Claim"])
        if claim is not None and _matches_rule(rule["MatchType"], to_texts(claim), rule["Value"]):
            return rule["RoleARN"]
    return None


def _matches_rule(match_type: str, claim: Sequence[str], value: str) -> bool:
    """Return True if a claim matches a rule. Matching is case-sensitive and has no wildcards.

    An array with one value is treated like that value. A longer array can match only Contains and
    NotEqual.
    """
    if match_type == "Contains":
        return any(value in item for item in claim)
    if match_type == "NotEqual":
        return list(claim) != [value]
    if len(claim) != 1:
        return False
    return claim[0] == value if match_type == "Equals" else claim[0].startswith(value)
