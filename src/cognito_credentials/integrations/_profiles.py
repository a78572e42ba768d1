"""Caches for the profiles that the command `cognito-credentials` uses."""

from __future__ import annotations

import os
from typing import Any

from cognito_credentials._sync.cache import CredentialsCache
from cognito_credentials.errors import ConfigurationError

__all__ = ["create_profile_cache"]


def create_profile_cache(session: Any) -> CredentialsCache:
    """Return a cache for the identity pool in a botocore session's profile or in the environment.

    The cache uses the command's store, so a guest has the same identity as in the command.

    Args:
        session: The session. A profile that was passed to its constructor takes precedence over
            the environment, as in botocore.

    Raises:
        ConfigurationError: If a setting is invalid, or no identity pool is configured.
        CredentialsUnavailableError: If the profile names an issuer, and no user is signed in.
    """
    from cognito_credentials._config.aws_files import load_profile
    from cognito_credentials.cli.settings.providers import build_provider, open_store
    from cognito_credentials.cli.settings.resolution import resolve

    named = session.instance_variables().get("profile")
    name = session.get_config_variable("profile") or "default"
    profile = load_profile(os.environ, name, source="the profile of the session")
    options = {"profile": named} if named else {}
    settings = resolve(options, os.environ, profile, in_command=False)
    if not settings.cognito_id:
        raise ConfigurationError(
            f"profile {name!r} names no identity pool",
            hint="Pass a provider, or create the profile with: cognito-credentials configure --profile "
            f"{name} --identity-pool-id ID",
        )
    return CredentialsCache(build_provider(settings), store=open_store())
