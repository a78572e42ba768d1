"""Choose the role that an identity gets in the enhanced flow.

Guests have one role, and so have signed-in identities unless the pool maps their provider's
claims to roles: by the token's own role claims, or by rules. Source: developer guide,
"Role-based access control"; where it says that CustomRoleArn overrides rules, the service was
seen to refuse the two together, and so does the emulator.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from cognito_credentials.emulator.identity.errors import (
    Invented,
    ambiguous_role,
    invalid_parameter,
    invalid_pool_configuration,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cognito_credentials.emulator.identity.login_tokens import VerifiedLogin
    from cognito_credentials.emulator.identity.pools import IdentityPool


def guest_role(pool: IdentityPool, custom_role_arn: str | None) -> str:
    """Return the role of an unauthenticated identity, or raise ``ServiceFault``."""
    return _pool_role(pool, "unauthenticated", custom_role_arn)


def signed_in_role(
    pool: IdentityPool, logins: Sequence[VerifiedLogin], custom_role_arn: str | None
) -> str:
    """Return the role of an authenticated identity, or raise ``ServiceFault``.

    ``logins`` are those of public providers, in the order of the request: the first whose
    provider is mapped decides. A developer's users have none and are never mapped.
    """
    for login in logins:
        mapping = pool.role_mappings.get(login.mapping_key)
        if mapping is None:
            continue
        if mapping["Type"] == "Token":
            role = _role_of_token(login, custom_role_arn)
        elif custom_role_arn is not None:
            raise invalid_parameter(Invented.CUSTOM_ROLE_WITH_RULES)
        else:
            role = _role_of_rules(mapping["RulesConfiguration"]["Rules"], login.claims)
        if role is not None:
            return role
        if mapping["AmbiguousRoleResolution"] == "Deny":
            raise ambiguous_role(login.mapping_key)
        return _pool_role(pool, "authenticated", None)
    return _pool_role(pool, "authenticated", custom_role_arn)


def _pool_role(pool: IdentityPool, role_type: str, custom_role_arn: str | None) -> str:
    role = pool.roles.get(role_type)
    if role is None:
        raise invalid_pool_configuration()
    if custom_role_arn not in (None, role):
        raise invalid_parameter(Invented.CUSTOM_ROLE_NOT_SUPPORTED)
    return role


def _role_of_token(login: VerifiedLogin, custom_role_arn: str | None) -> str | None:
    roles = _roles_claim(login.claims)
    if custom_role_arn is not None:
        if custom_role_arn not in roles:
            raise ambiguous_role(login.mapping_key)
        return custom_role_arn
    preferred = login.claims.get("cognito:preferred_role")
    if isinstance(preferred, str) and preferred:
        return preferred
    return roles[0] if len(roles) == 1 else None


def _roles_claim(claims: Mapping[str, Any]) -> list[str]:
    """Read ``cognito:roles``: an array in real tokens, comma-separated in the documentation."""
    roles = claims.get("cognito:roles")
    if isinstance(roles, str):
        roles = [role.strip() for role in roles.split(",")]
    return [role for role in _strings(roles) if role]


def _role_of_rules(rules: Sequence[Mapping[str, str]], claims: Mapping[str, Any]) -> str | None:
    for rule in rules:
        claim = claims.get(rule["Claim"])
        if claim is not None and _rule_matches(rule["MatchType"], _strings(claim), rule["Value"]):
            return rule["RoleARN"]
    return None


def _rule_matches(match_type: str, claim: Sequence[str], value: str) -> bool:
    """Compare a claim, case-sensitively and without wildcards.

    An array of one is its one string; of a longer one only Contains can be true.
    """
    if match_type == "Contains":
        return any(value in item for item in claim)
    if match_type == "NotEqual":
        return list(claim) != [value]
    if len(claim) != 1:
        return False
    return claim[0] == value if match_type == "Equals" else claim[0].startswith(value)


def _strings(claim: Any) -> list[str]:
    """Return a claim as strings, as JSON writes numbers and booleans."""
    if claim is None:
        return []
    if isinstance(claim, list):
        return [text for item in cast("Sequence[Any]", claim) for text in _strings(item)]
    if isinstance(claim, bool):
        return [str(claim).lower()]
    return [str(claim)]
