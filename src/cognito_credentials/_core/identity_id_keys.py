"""Keys of identity IDs in caches, where they have the JavaScript SDK's format, and in stores."""

from __future__ import annotations

from cognito_credentials._core.endpoints import is_cognito_id
from cognito_credentials.errors import ConfigurationError

__all__ = ["GUEST", "check_not_guest", "format_cache_key", "format_store_key", "parse_store_key"]

GUEST = "ANONYMOUS"  # the JavaScript SDK's user identifier for guests
STORE_KEY_PREFIX = "identity-id:"


def check_not_guest(user_identifier: str, name: str = "user_identifier") -> str:
    """Return a user's identifier after checking that it is not the identifier for guests.

    A user with that identifier would get the guest's identity, and could take it over.

    Raises:
        ConfigurationError: If the identifier is reserved for guests.
    """
    if user_identifier == GUEST:
        raise ConfigurationError(
            f"{name} must not be {GUEST!r}, which is reserved for guests",
            hint="Use another identifier for the user. Guests need no user identifier.",
        )
    return user_identifier


def format_cache_key(identity_pool_id: str, user_identifier: str) -> str:
    """Return the cache key of a user's identity ID, in the format of the JavaScript SDK."""
    return f"aws:cognito-identity-credentials:{identity_pool_id}:{user_identifier}"


def format_store_key(identity_pool_id: str, user_identifier: str) -> str:
    """Return the key of a user's identity ID in stores.

    A `FileStore` uses the key of a guest as a file name. The space in the key of a user makes the
    `FileStore` use a digest instead, so that no file name contains a user identifier.
    """
    user = "" if user_identifier == GUEST else f" {user_identifier}"
    return f"{STORE_KEY_PREFIX}{identity_pool_id}{user}"


def parse_store_key(key: str) -> tuple[str, str] | None:
    """Return the identity pool ID and the user identifier in a key; None for any other key."""
    if not key.startswith(STORE_KEY_PREFIX):
        return None
    identity_pool_id, space, user_identifier = key.removeprefix(STORE_KEY_PREFIX).partition(" ")
    if not is_cognito_id(identity_pool_id):
        return None
    return identity_pool_id, user_identifier if space else GUEST
