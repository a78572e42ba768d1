"""The identities that `exec` and `serve` serve, built from the settings of the command."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cognito_credentials._endpoint.served_credentials import (
    REFRESH_WINDOW_SECONDS,
    ServedCredentials,
    ServedIdentity,
    ServedUsers,
)
from cognito_credentials.cli.settings.providers import (
    MIN_REMAINING_SECONDS,
    build_cache,
    build_provider,
    open_store,
)
from cognito_credentials.errors import ConfigurationError

if TYPE_CHECKING:
    from cognito_credentials.cli.settings.resolution import Settings
    from cognito_credentials.stores import FileStore, MemoryStore

__all__ = ["build_served_identity", "build_served_users"]


def build_served_identity(settings: Settings) -> ServedIdentity:
    """Return the identity that the settings select."""
    return ServedIdentity(_build_served_credentials(settings, open_store()))


def build_served_users(settings: Settings) -> ServedUsers:
    """Return guest identities for the identity pool that the settings select.

    Raises:
        ConfigurationError: If a setting belongs to a single user, or a setting is invalid.
    """
    for name in ("identity_id", "user", "logins", "issuer"):
        if name in settings.values:
            raise ConfigurationError(
                f"{name} ({settings.source_of(name)}) belongs to a single user and cannot be combined "
                "with --per-user",
                hint="Remove this setting or --per-user. With --per-user, each name in /users/NAME "
                "gets its own guest identity, and only the identity pool is configured.",
            )
    # Report invalid settings at the start instead of in the response to each user.
    build_provider(settings).close()

    store = open_store()

    def make_credentials(name: str) -> ServedCredentials:
        return _build_served_credentials(settings.with_user(name), store)

    return ServedUsers(make_credentials)


def _build_served_credentials(
    settings: Settings, store: FileStore | MemoryStore
) -> ServedCredentials:
    return ServedCredentials(
        build_cache(
            settings,
            store,
            advisory_window=REFRESH_WINDOW_SECONDS,
            mandatory_window=MIN_REMAINING_SECONDS,
        )
    )
