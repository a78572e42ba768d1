"""Identity pools: their settings and their roles.

The settings of a pool are the parameters of CreateIdentityPool as received, because responses of
the service omit settings that were not set. `IdentityPool` is immutable; a change replaces the
object.
"""

from __future__ import annotations

import re
import threading
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, cast

from cognito_credentials.emulator.identity.errors import (
    UnconfirmedText,
    identity_pool_not_found,
    invalid_parameter,
)

_USER_POOL_PROVIDER = re.compile(r"cognito-idp\.[\w-]+\.amazonaws\.com(\.cn)?/[\w-]+", re.ASCII)
_MAX_RULES = 25


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentityPool:
    """An identity pool: its settings, and the roles that SetIdentityPoolRoles has set."""

    id: str
    arn: str
    settings: Mapping[str, Any]
    roles: Mapping[str, str] = field(default_factory=dict[str, str])
    role_mappings: Mapping[str, Mapping[str, Any]] = field(
        default_factory=dict[str, Mapping[str, Any]]
    )

    @property
    def allows_guests(self) -> bool:
        """Whether identities without logins get tokens and credentials."""
        return bool(self.settings["AllowUnauthenticatedIdentities"])

    @property
    def allows_basic_flow(self) -> bool:
        """Whether the basic flow is enabled, which is the default."""
        return self.settings.get("AllowClassicFlow") is not False

    @property
    def developer_provider(self) -> str | None:
        """The login provider name of the developer provider, which requires signed requests."""
        return self.settings.get("DeveloperProviderName")

    @property
    def social_providers(self) -> Mapping[str, str]:
        """The application ID at each social provider, by login provider name."""
        return cast("Mapping[str, str]", self.settings.get("SupportedLoginProviders", {}))

    @property
    def user_pools(self) -> Sequence[Mapping[str, Any]]:
        """The user pool clients, as members of the type CognitoIdentityProvider."""
        return cast(
            "Sequence[Mapping[str, Any]]", self.settings.get("CognitoIdentityProviders", ())
        )

    @property
    def oidc_provider_arns(self) -> Sequence[str]:
        """The ARNs of the OIDC providers in IAM."""
        return cast("Sequence[str]", self.settings.get("OpenIdConnectProviderARNs", ()))

    @property
    def saml_provider_arns(self) -> Sequence[str]:
        """The ARNs of the SAML providers in IAM."""
        return cast("Sequence[str]", self.settings.get("SamlProviderARNs", ()))

    @property
    def has_providers(self) -> bool:
        """Whether there is any login provider."""
        return bool(
            self.developer_provider
            or self.social_providers
            or self.user_pools
            or self.oidc_provider_arns
            or self.saml_provider_arns
        )

    def mapping_keys(self) -> Iterator[str]:
        """Yield every key that the role mappings of this pool may have.

        The key of a user pool includes its client ID. The key of a provider in IAM is its ARN.
        Developer providers cannot be mapped.
        """
        for user_pool in self.user_pools:
            yield f"{user_pool['ProviderName']}:{user_pool.get('ClientId', '')}"
        yield from self.social_providers
        yield from self.oidc_provider_arns
        yield from self.saml_provider_arns


class PoolStore:
    """The identity pools of one account and region. Thread-safe."""

    def __init__(self, *, account_id: str, region: str) -> None:
        self._account_id = account_id
        self._region = region
        self._pools: dict[str, IdentityPool] = {}
        self._lock = threading.RLock()

    def create(self, settings: Mapping[str, Any]) -> IdentityPool:
        """Create an identity pool.

        Raises:
            AwsError: If a login provider is invalid.
        """
        settings = self._complete(settings)
        pool_id = f"{self._region}:{uuid.uuid4()}"
        arn = (
            f"arn:{_partition(self._region)}:cognito-identity:{self._region}:{self._account_id}"
            f":identitypool/{pool_id}"
        )
        pool = IdentityPool(id=pool_id, arn=arn, settings=settings)
        with self._lock:
            self._pools[pool_id] = pool
        return pool

    def update(self, pool_id: str, settings: Mapping[str, Any]) -> IdentityPool:
        """Replace all settings of an identity pool. Omitted settings are reset to their defaults.

        The developer provider is retained if it is omitted, as observed in the service.

        Raises:
            AwsError: If there is no such pool, the settings name another developer provider, or a
                login provider is invalid.
        """
        settings = self._complete(settings)
        with self._lock:
            pool = self.get(pool_id)
            developer = pool.developer_provider
            if developer and settings.setdefault("DeveloperProviderName", developer) != developer:
                raise invalid_parameter(UnconfirmedText.DEVELOPER_PROVIDER_FIXED)
            updated = self._pools[pool_id] = replace(pool, settings=settings)
        return updated

    def get(self, pool_id: str) -> IdentityPool:
        """Return the identity pool with this ID.

        Raises:
            AwsError: If there is no such pool.
        """
        with self._lock:
            try:
                return self._pools[pool_id]
            except KeyError:
                raise identity_pool_not_found(pool_id) from None

    def delete(self, pool_id: str) -> None:
        """Delete an identity pool.

        Raises:
            AwsError: If there is no such pool.
        """
        with self._lock:
            if self._pools.pop(pool_id, None) is None:
                raise identity_pool_not_found(pool_id)

    def set_roles(
        self,
        pool_id: str,
        roles: Mapping[str, str],
        role_mappings: Mapping[str, Mapping[str, Any]],
    ) -> None:
        """Replace both the roles and the role mappings of an identity pool.

        Raises:
            AwsError: If there is no such pool, or a role mapping is invalid.
        """
        with self._lock:
            pool = self.get(pool_id)
            _check_role_mappings(pool, role_mappings)
            self._pools[pool_id] = replace(pool, roles=roles, role_mappings=role_mappings)

    def _complete(self, settings: Mapping[str, Any]) -> dict[str, Any]:
        """Return validated settings, with their defaults."""
        for user_pool in settings.get("CognitoIdentityProviders", ()):
            if not _USER_POOL_PROVIDER.fullmatch(user_pool.get("ProviderName", "")):
                raise invalid_parameter("Invalid Cognito Identity Provider")
        for arn in settings.get("SamlProviderARNs", ()):
            # The service accepts an OIDC provider of another account, but not a SAML provider.
            if f"::{self._account_id}:" not in arn:
                raise invalid_parameter(
                    f"Identity provider {arn} is not valid for account {self._account_id}"
                )
        return {"IdentityPoolTags": {}, **settings}


def _check_role_mappings(
    pool: IdentityPool, role_mappings: Mapping[str, Mapping[str, Any]]
) -> None:
    for mapping in role_mappings.values():
        if len(mapping.get("RulesConfiguration", {}).get("Rules", ())) > _MAX_RULES:
            raise invalid_parameter(f"The number of rules in the request exceeded {_MAX_RULES}.")
    known_keys = set(pool.mapping_keys())
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


def _partition(region: str) -> str:
    if region.startswith("cn-"):
        return "aws-cn"
    return "aws-us-gov" if region.startswith("us-gov-") else "aws"
