"""Identity pools: what each is configured with, and which roles it gives.

A pool's settings are the members of CreateIdentityPool as they came, because the service
echoes what was set and leaves out what never was. Pools are immutable; a change replaces one.
"""

from __future__ import annotations

import re
import threading
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, cast

from cognito_credentials.emulator.identity.errors import (
    Invented,
    identity_pool_not_found,
    invalid_parameter,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_USER_POOL = re.compile(r"cognito-idp\.[\w-]+\.amazonaws\.com(\.cn)?/[\w-]+", re.ASCII)
_MOST_RULES = 25


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentityPool:
    """Hold one pool: its settings, and the roles of SetIdentityPoolRoles."""

    id: str
    arn: str
    settings: Mapping[str, Any]
    roles: Mapping[str, str] = field(default_factory=dict[str, str])
    role_mappings: Mapping[str, Mapping[str, Any]] = field(
        default_factory=dict[str, Mapping[str, Any]]
    )

    @property
    def allows_guests(self) -> bool:
        """Whether identities without logins get anything."""
        return bool(self.settings["AllowUnauthenticatedIdentities"])

    @property
    def allows_basic_flow(self) -> bool:
        """Allowed unless switched off: a pool that never said so keeps the basic flow."""
        return self.settings.get("AllowClassicFlow") is not False

    @property
    def developer_provider(self) -> str | None:
        """The one login key that only signed calls may use."""
        return self.settings.get("DeveloperProviderName")

    @property
    def social_providers(self) -> Mapping[str, str]:
        """The application's id at each social provider, by login key."""
        return cast("Mapping[str, str]", self.settings.get("SupportedLoginProviders", {}))

    @property
    def user_pools(self) -> Sequence[Mapping[str, Any]]:
        """The user pool clients, as the service's CognitoIdentityProvider members."""
        return cast(
            "Sequence[Mapping[str, Any]]", self.settings.get("CognitoIdentityProviders", ())
        )

    @property
    def oidc_provider_arns(self) -> Sequence[str]:
        """The IAM OIDC providers."""
        return cast("Sequence[str]", self.settings.get("OpenIdConnectProviderARNs", ()))

    @property
    def saml_provider_arns(self) -> Sequence[str]:
        """The IAM SAML providers."""
        return cast("Sequence[str]", self.settings.get("SamlProviderARNs", ()))

    @property
    def has_providers(self) -> bool:
        """Whether anybody at all can sign in."""
        return bool(
            self.developer_provider
            or self.social_providers
            or self.user_pools
            or self.oidc_provider_arns
            or self.saml_provider_arns
        )

    def mapping_keys(self) -> Iterator[str]:
        """Yield every key that a role mapping of this pool may have.

        A user pool counts with its client, an IAM provider with its ARN; developer providers
        cannot be mapped.
        """
        for user_pool in self.user_pools:
            yield f"{user_pool['ProviderName']}:{user_pool.get('ClientId', '')}"
        yield from self.social_providers
        yield from self.oidc_provider_arns
        yield from self.saml_provider_arns


class Pools:
    """Keep the identity pools of one account and region. Thread-safe."""

    def __init__(self, *, account_id: str, region: str) -> None:
        self._account_id = account_id
        self._region = region
        self._pools: dict[str, IdentityPool] = {}
        self._lock = threading.RLock()

    def create(self, settings: Mapping[str, Any]) -> IdentityPool:
        """Make a pool; raise ``ServiceFault`` where a provider cannot be one."""
        settings = self._checked(settings)
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
        """Replace all settings of a pool; what is left out goes back to its default.

        The developer provider alone stays, as it was seen to. Raises ``ServiceFault`` where there
        is no such pool, where it would have another developer provider, or as ``create`` does.
        """
        settings = self._checked(settings)
        with self._lock:
            pool = self.get(pool_id)
            kept = pool.developer_provider
            if kept and settings.setdefault("DeveloperProviderName", kept) != kept:
                raise invalid_parameter(Invented.DEVELOPER_PROVIDER_FIXED)
            pool = self._pools[pool_id] = replace(pool, settings=settings)
        return pool

    def get(self, pool_id: str) -> IdentityPool:
        """Return a pool; raise ``ServiceFault`` where there is none of that id."""
        with self._lock:
            try:
                return self._pools[pool_id]
            except KeyError:
                raise identity_pool_not_found(pool_id) from None

    def delete(self, pool_id: str) -> None:
        """Forget a pool; raise ``ServiceFault`` where there is none of that id."""
        with self._lock:
            if self._pools.pop(pool_id, None) is None:
                raise identity_pool_not_found(pool_id)

    def set_roles(
        self,
        pool_id: str,
        roles: Mapping[str, str],
        role_mappings: Mapping[str, Mapping[str, Any]],
    ) -> None:
        """Replace both the roles and the role mappings of a pool.

        Raises ``ServiceFault`` for a mapping that the service would not take.
        """
        with self._lock:
            pool = self.get(pool_id)
            _check_role_mappings(pool, role_mappings)
            self._pools[pool_id] = replace(pool, roles=roles, role_mappings=role_mappings)

    def _checked(self, settings: Mapping[str, Any]) -> dict[str, Any]:
        """Return settings as a pool keeps them; raise where a provider cannot be one."""
        for user_pool in settings.get("CognitoIdentityProviders", ()):
            if not _USER_POOL.fullmatch(user_pool.get("ProviderName", "")):
                raise invalid_parameter("Invalid Cognito Identity Provider")
        for arn in settings.get("SamlProviderARNs", ()):
            # An OIDC provider of another account is taken; a SAML provider is not.
            if f"::{self._account_id}:" not in arn:
                raise invalid_parameter(
                    f"Identity provider {arn} is not valid for account {self._account_id}"
                )
        return {"IdentityPoolTags": {}, **settings}


def _check_role_mappings(
    pool: IdentityPool, role_mappings: Mapping[str, Mapping[str, Any]]
) -> None:
    for mapping in role_mappings.values():
        if len(mapping.get("RulesConfiguration", {}).get("Rules", ())) > _MOST_RULES:
            raise invalid_parameter(f"The number of rules in the request exceeded {_MOST_RULES}.")
    known_keys = set(pool.mapping_keys())
    for key in role_mappings:
        if key not in known_keys:
            raise invalid_parameter(
                f"({key}) is not a valid RoleMapping ProviderName or is not a configured provider."
            )
    for key, mapping in role_mappings.items():
        if "AmbiguousRoleResolution" not in mapping:
            raise invalid_parameter(Invented.AMBIGUITY_UNRESOLVED.format(key=key))
        if mapping["Type"] == "Rules" and "RulesConfiguration" not in mapping:
            raise invalid_parameter(Invented.RULES_MISSING.format(key=key))


def _partition(region: str) -> str:
    if region.startswith("cn-"):
        return "aws-cn"
    return "aws-us-gov" if region.startswith("us-gov-") else "aws"
