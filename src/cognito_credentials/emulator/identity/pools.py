"""Identity pools: their settings, roles, tags and principal tags.

The settings of a pool are the parameters of CreateIdentityPool as received, because responses from
the service omit settings that were not set. `IdentityPool` is immutable; a change replaces the
object.
"""

from __future__ import annotations

import itertools
import re
import threading
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple, cast

from cognito_credentials.emulator.identity.errors import (
    UnconfirmedText,
    identity_pool_not_found,
    invalid_parameter,
)
from cognito_credentials.emulator.identity.pool_checks import (
    MAX_POOLS,
    check_role_mappings,
    check_settings,
    check_tags,
    limit_exceeded,
)
from cognito_credentials.emulator.identity.state import NoJournal, StateJournal

_POOL_ARN = re.compile(r"arn:[\w-]+:cognito-identity:[\w-]+:\w+:identitypool/(.+)", re.ASCII)


class PrincipalTagMap(NamedTuple):
    """The claims of a login provider that become session tags.

    Attributes:
        uses_defaults: Whether the map is the default map.
        claims: The names of the claims, by tag key.
    """

    uses_defaults: bool
    claims: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentityPool:
    """An identity pool.

    Attributes:
        id: The identity pool ID.
        arn: The ARN.
        serial: A number that increases with every new pool in the region.
        settings: The parameters of CreateIdentityPool or UpdateIdentityPool, including tags.
        roles: The roles that SetIdentityPoolRoles has set.
        role_mappings: The role mappings that SetIdentityPoolRoles has set, by login provider.
        principal_tags: The maps that SetPrincipalTagAttributeMap has set, by login provider name.
    """

    id: str
    arn: str
    serial: int = 0
    settings: Mapping[str, Any]
    roles: Mapping[str, str] = field(default_factory=dict[str, str])
    role_mappings: Mapping[str, Mapping[str, Any]] = field(
        default_factory=dict[str, Mapping[str, Any]]
    )
    principal_tags: Mapping[str, PrincipalTagMap] = field(
        default_factory=dict[str, PrincipalTagMap]
    )

    @property
    def name(self) -> str:
        """The name of the pool, which is not necessarily unique."""
        return cast("str", self.settings["IdentityPoolName"])

    @property
    def tags(self) -> Mapping[str, str]:
        """The tags of the pool as an AWS resource."""
        return cast("Mapping[str, str]", self.settings["IdentityPoolTags"])

    @property
    def allows_guests(self) -> bool:
        """Whether identities without logins can get tokens and credentials."""
        return bool(self.settings["AllowUnauthenticatedIdentities"])

    @property
    def allows_basic_flow(self) -> bool:
        """Whether the basic flow is enabled, which is the default."""
        return self.settings.get("AllowClassicFlow") is not False

    @property
    def developer_provider(self) -> str | None:
        """The name of the developer provider, whose operations require signed requests."""
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
        """Whether the pool has any login provider."""
        return bool(
            self.developer_provider
            or self.social_providers
            or self.user_pools
            or self.oidc_provider_arns
            or self.saml_provider_arns
        )

    @property
    def public_providers(self) -> Sequence[str]:
        """The login provider names, without the developer provider."""
        return [
            *(user_pool["ProviderName"] for user_pool in self.user_pools),
            *self.social_providers,
            *(arn.partition(":oidc-provider/")[2] for arn in self.oidc_provider_arns),
            *self.saml_provider_arns,
        ]

    def mapping_keys(self) -> Iterator[str]:
        """Yield every key that is valid in the role mappings of this pool.

        The key of a user pool includes its client ID. The key of a provider in IAM is its ARN.
        Developer providers cannot be mapped.
        """
        for user_pool in self.user_pools:
            yield f"{user_pool['ProviderName']}:{user_pool.get('ClientId', '')}"
        yield from self.social_providers
        yield from self.oidc_provider_arns
        yield from self.saml_provider_arns


class PoolStore:
    """The identity pools of one account and region. Thread-safe.

    Args:
        account_id: The AWS account ID.
        region: The AWS region.
        journal: Records the changes.
        pools: The initial identity pools, which the journal already contains. The ARNs of these
            pools are replaced, because the account may have changed.
    """

    def __init__(
        self,
        *,
        account_id: str,
        region: str,
        journal: StateJournal | None = None,
        pools: Iterable[IdentityPool] = (),
    ) -> None:
        self._account_id = account_id
        self._journal = journal or NoJournal()
        self._region = region
        self._arn_prefix = (
            f"arn:{_partition(region)}:cognito-identity:{region}:{account_id}:identitypool/"
        )
        self._pools = {
            pool.id: replace(pool, arn=self._arn_prefix + pool.id)
            for pool in sorted(pools, key=lambda each: each.serial)
        }
        self._serials = itertools.count(
            max((pool.serial for pool in self._pools.values()), default=-1) + 1
        )
        self._lock = threading.RLock()

    def create(self, settings: Mapping[str, Any], pool_id: str = "") -> IdentityPool:
        """Create an identity pool.

        Args:
            settings: The parameters of CreateIdentityPool.
            pool_id: The ID of the pool, which must be new. Default: a random ID.

        Raises:
            AwsError: If a login provider is invalid, or there are too many pools.
        """
        settings = self._complete(settings)
        pool_id = pool_id or f"{self._region}:{uuid.uuid4()}"
        with self._lock:
            if len(self._pools) >= MAX_POOLS:
                raise limit_exceeded(UnconfirmedText.TOO_MANY_POOLS)
            pool = IdentityPool(
                id=pool_id,
                arn=self._arn_prefix + pool_id,
                serial=next(self._serials),
                settings=settings,
            )
            self._journal.save_pool(pool)
            self._pools[pool_id] = pool
        return pool

    def update(self, pool_id: str, settings: Mapping[str, Any]) -> IdentityPool:
        """Replace all settings of an identity pool. Omitted settings are reset to their defaults.

        As observed in the service, omitting the developer provider does not remove it.

        Raises:
            AwsError: If there is no such pool, the settings change the developer provider, or a
                login provider is invalid.
        """

        def change(pool: IdentityPool) -> IdentityPool:
            updated = self._complete(settings)
            developer = pool.developer_provider
            if developer and updated.setdefault("DeveloperProviderName", developer) != developer:
                raise invalid_parameter(UnconfirmedText.DEVELOPER_PROVIDER_FIXED)
            return replace(pool, settings=updated)

        return self._change(pool_id, change)

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

    def get_by_arn(self, arn: str) -> IdentityPool:
        """Return the identity pool with this ARN.

        Raises:
            AwsError: If there is no such pool in this account and region, or the ARN is not the ARN
                of an identity pool.
        """
        match = _POOL_ARN.fullmatch(arn)
        if match is None:
            raise invalid_parameter(UnconfirmedText.NOT_A_POOL_ARN)
        if not arn.startswith(self._arn_prefix):
            raise identity_pool_not_found(match[1])
        return self.get(match[1])

    def list_page(self, *, after: int, limit: int) -> list[IdentityPool]:
        """Return up to `limit` identity pools whose serial number is greater than `after`."""
        with self._lock:
            listed = (pool for pool in self._pools.values() if pool.serial > after)
            return list(itertools.islice(listed, limit))

    def delete(self, pool_id: str) -> None:
        """Delete an identity pool.

        Raises:
            AwsError: If there is no such pool.
        """
        with self._lock:
            self.get(pool_id)
            self._journal.delete_pool(pool_id)
            del self._pools[pool_id]

    def set_roles(
        self,
        pool_id: str,
        roles: Mapping[str, str],
        role_mappings: Mapping[str, Mapping[str, Any]],
    ) -> None:
        """Replace all roles and role mappings of an identity pool.

        Raises:
            AwsError: If there is no such pool, or a role mapping is invalid.
        """

        def change(pool: IdentityPool) -> IdentityPool:
            check_role_mappings(role_mappings, known_keys=frozenset(pool.mapping_keys()))
            return replace(pool, roles=roles, role_mappings=role_mappings)

        self._change(pool_id, change)

    def add_tags(self, pool_id: str, tags: Mapping[str, str]) -> None:
        """Add tags to an identity pool, and replace the values of existing tags.

        Raises:
            AwsError: If there is no such pool, or it would have too many tags.
        """

        def change(pool: IdentityPool) -> IdentityPool:
            merged = {**pool.tags, **tags}
            check_tags(merged)
            return replace(pool, settings={**pool.settings, "IdentityPoolTags": merged})

        self._change(pool_id, change)

    def remove_tags(self, pool_id: str, keys: Sequence[str]) -> None:
        """Remove tags from an identity pool. Keys of tags that do not exist are ignored.

        Raises:
            AwsError: If there is no such pool.
        """

        def change(pool: IdentityPool) -> IdentityPool:
            remaining = {key: value for key, value in pool.tags.items() if key not in keys}
            return replace(pool, settings={**pool.settings, "IdentityPoolTags": remaining})

        self._change(pool_id, change)

    def set_principal_tags(
        self, pool_id: str, provider: str, principal_tags: PrincipalTagMap
    ) -> None:
        """Replace the principal tag map of a login provider. An empty map is removed.

        Raises:
            AwsError: If there is no such pool.
        """

        def change(pool: IdentityPool) -> IdentityPool:
            maps = {**pool.principal_tags, provider: principal_tags}
            if not principal_tags.claims:
                del maps[provider]
            return replace(pool, principal_tags=maps)

        self._change(pool_id, change)

    def _change(self, pool_id: str, change: Callable[[IdentityPool], IdentityPool]) -> IdentityPool:
        with self._lock:
            pool = change(self.get(pool_id))
            self._journal.save_pool(pool)
            self._pools[pool_id] = pool
        return pool

    def _complete(self, settings: Mapping[str, Any]) -> dict[str, Any]:
        """Return the settings after validation, including defaults for omitted settings."""
        check_settings(settings, account_id=self._account_id)
        return {"IdentityPoolTags": {}, **settings}


def _partition(region: str) -> str:
    if region.startswith("cn-"):
        return "aws-cn"
    return "aws-us-gov" if region.startswith("us-gov-") else "aws"
