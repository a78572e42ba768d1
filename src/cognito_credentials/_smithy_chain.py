"""Provider for the default chain of the AWS SDK for Python (`aws-sdk-*` packages).

The SDK imports this module through the entry point group `smithy_aws_core.identity.chain_providers`,
and calls `setup` when a client without credentials is configured. An exception at that time would
break all clients of the process, including those that do not use this package, so nothing is
imported or validated before the first request that needs the credentials.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cognito_credentials.credentials import Credentials
    from cognito_credentials.integrations.smithy import IdentityResolver

__all__ = ["CognitoProfileProvider"]

POOL_KEY, IDENTITY_KEY = "cognito_identity_pool_id", "cognito_identity_id"


class CognitoProfileProvider:
    """Chain provider: adds a resolver if the profile contains an identity pool ID or identity ID.

    Access keys in the environment or in the profile take precedence.
    """

    name = "CustomCognitoIdentity"

    @property
    def ordering(self) -> Any:
        """The position in the chain: ahead of the profile's `credential_process`."""
        chain = import_module("smithy_aws_core.identity.chain")
        return chain.Before(slot=chain.StandardProvider.PROFILE_CREDENTIAL_PROCESS)

    async def setup(self, identity_type: type[Any], setup: Any) -> None:
        """Add a resolver for the profile that the SDK has selected."""
        supported = import_module("smithy_aws_core.identity").AWSCredentialsIdentity
        profile, config = setup.profile_name, setup.config_file
        if identity_type is not supported or config is None or not profile:
            return
        if config.get(profile, POOL_KEY) or config.get(profile, IDENTITY_KEY):
            setup.add_terminal_resolver(ProfileResolver(profile))


class ProfileResolver:
    """Resolver for a profile, with the same settings, store and identity as `process`."""

    def __init__(self, profile: str) -> None:
        self._profile = profile
        self._resolver: IdentityResolver | None = None

    async def get_identity(self, *, properties: Any) -> Credentials:
        """Return valid credentials.

        Raises:
            CognitoCredentialsError: If a setting of the profile is invalid, or there are no valid
                credentials and the fetch failed.
        """
        if self._resolver is None:
            from cognito_credentials._base.daemon_threads import call_in_thread

            # Concurrent first calls may create several caches, which share their store.
            self._resolver = await call_in_thread(_make_resolver, self._profile)
        return await self._resolver.get_identity(properties=properties)

    async def invalidate(self) -> None:
        """Report that a service has rejected the credentials that were returned last."""
        if self._resolver is not None:
            await self._resolver.invalidate()


def _make_resolver(profile: str) -> IdentityResolver:
    import os

    from cognito_credentials.cli.settings import providers, resolution
    from cognito_credentials.integrations.smithy import identity_resolver

    cache = providers.build_cache(
        resolution.resolve({"profile": profile}, os.environ),
        providers.open_store(),
        advisory_window=providers.MIN_REMAINING_SECONDS,
        mandatory_window=60.0,
    )
    return identity_resolver(cache)
