"""Validation of identity pool settings, tags and role mappings, beyond the model's constraints."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from cognito_credentials.emulator.errors import AwsError
from cognito_credentials.emulator.identity.errors import UnconfirmedText, invalid_parameter

# Default quotas of an account (developer guide, "Quotas").
MAX_POOLS = 1000
_MAX_USER_POOLS = 50
_MAX_TAGS = 50
_MAX_RULES = 25

_USER_POOL_PROVIDER = re.compile(r"cognito-idp\.[\w-]+\.amazonaws\.com(\.cn)?/[\w-]+", re.ASCII)


def check_settings(settings: Mapping[str, Any], *, account_id: str | None = None) -> None:
    """Check the settings of a new or updated identity pool.

    Args:
        settings: The parameters of CreateIdentityPool.
        account_id: The account of the SAML providers. None accepts any account.

    Raises:
        AwsError: If a login provider is invalid, or the settings exceed a quota.
    """
    user_pools = settings.get("CognitoIdentityProviders", ())
    for user_pool in user_pools:
        if not _USER_POOL_PROVIDER.fullmatch(user_pool.get("ProviderName", "")):
            raise invalid_parameter("Invalid Cognito Identity Provider")
    if len(user_pools) > _MAX_USER_POOLS:
        raise limit_exceeded(UnconfirmedText.TOO_MANY_USER_POOLS.format(limit=_MAX_USER_POOLS))
    for arn in settings.get("SamlProviderARNs", ()):
        # The service accepts an OIDC provider in another account, but not a SAML provider.
        if account_id is not None and f"::{account_id}:" not in arn:
            raise invalid_parameter(
                f"Identity provider {arn} is not valid for account {account_id}"
            )
    check_tags(settings.get("IdentityPoolTags", {}))


def check_tags(tags: Mapping[str, str]) -> None:
    """Check all tags of an identity pool.

    Raises:
        AwsError: If there are too many tags.
    """
    if len(tags) > _MAX_TAGS:
        raise invalid_parameter(UnconfirmedText.TOO_MANY_TAGS.format(limit=_MAX_TAGS))


def check_role_mappings(
    role_mappings: Mapping[str, Mapping[str, Any]], *, known_keys: frozenset[str]
) -> None:
    """Check role mappings; report errors in the order that was observed in the service.

    Raises:
        AwsError: If a mapping is incomplete, has too many rules, or has a key that is not in
            `known_keys`.
    """
    for mapping in role_mappings.values():
        if len(mapping.get("RulesConfiguration", {}).get("Rules", ())) > _MAX_RULES:
            raise invalid_parameter(f"The number of rules in the request exceeded {_MAX_RULES}.")
    for key in role_mappings:
        if key not in known_keys:
            raise invalid_parameter(
                f"({key}) is not a valid RoleMapping ProviderName or is not a configured provider."
            )
    for key, mapping in role_mappings.items():
        if "AmbiguousRoleResolution" not in mapping:
            raise invalid_parameter(UnconfirmedText.AMBIGUITY_UNRESOLVED.format(key=key))
        if mapping["Type"] == "Rules" and "RulesConfiguration" not in mapping:
            raise invalid_parameter(UnconfirmedText.RULES_MISSING.format(key=key))


def limit_exceeded(message: str) -> AwsError:
    """Return the error for a request that would exceed a quota."""
    return AwsError("LimitExceededException", message)
