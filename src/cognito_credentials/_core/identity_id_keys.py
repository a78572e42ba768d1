"""Identity IDs and their keys in stores and caches; cache keys have the JavaScript SDK's format."""

from __future__ import annotations

from cognito_credentials._core.endpoints import is_cognito_id
from cognito_credentials.errors import ConfigurationError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cognito_credentials._core.login_resolution import ResolvedLogins

__all__ = [
    "GUEST",
    "ResolvedIdentity",
    "UserKey",
    "check_not_guest",
    "derive_user_key",
    "format_cache_key",
    "format_store_key",
    "parse_store_key",
]

GUEST = "ANONYMOUS"  # the JavaScript SDK's user identifier for guests
STORE_KEY_PREFIX = "identity-id:"


class UserKey:
    """Keys of a user's identity ID: in memory and, if the caller identified the user, in caches."""

    __slots__ = ("cache_key", "key")

    def __init__(self, key: str, cache_key: str | None = None) -> None:
        self.key: str = key
        self.cache_key: str | None = cache_key


class ResolvedIdentity:
    """The identity ID that one fetch uses.

    `user` is None if the caller passed the ID, or if the ID belongs to a developer user's token;
    such an ID is not looked up in caches. `is_cached` is False if the service has just returned the
    ID. `logins`, if set, were returned together with the ID,
    and are used instead of the fetch's logins. `former_id` is the user's ID in the previous fetch,
    if known.
    """

    __slots__ = ("former_id", "id", "is_cached", "logins", "user")

    def __init__(
        self,
        identity_id: str,
        user: UserKey | None,
        *,
        is_cached: bool,
        logins: ResolvedLogins | None = None,
        former_id: str | None = None,
    ) -> None:
        self.id: str = identity_id
        self.user: UserKey | None = user
        self.is_cached: bool = is_cached
        self.logins: ResolvedLogins | None = logins
        self.former_id: str | None = former_id


def check_not_guest(user_identifier: str, name: str = "user_identifier") -> str:
    """Return a user identifier after checking that it is not reserved for guests.

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
    """Return the store key of a user's identity ID.

    A `FileStore` uses the key of a guest as a file name. The space in the key of a user makes the
    `FileStore` use a digest instead, so that no file name contains a user identifier.
    """
    user = "" if user_identifier == GUEST else f" {user_identifier}"
    return f"{STORE_KEY_PREFIX}{identity_pool_id}{user}"


def parse_store_key(key: str) -> tuple[str, str] | None:
    """Return the identity pool ID and the user identifier in a key; None for other keys."""
    if not key.startswith(STORE_KEY_PREFIX):
        return None
    identity_pool_id, space, user_identifier = key.removeprefix(STORE_KEY_PREFIX).partition(" ")
    if not is_cognito_id(identity_pool_id):
        return None
    return identity_pool_id, user_identifier if space else GUEST


def derive_user_key(logins: ResolvedLogins) -> str:
    """Return a key that identifies a user for whom the caller passed no user identifier."""
    if logins.claims is not None and logins.claims.get("sub"):
        return f"{logins.claims.get('iss')} {logins.claims['sub']}"
    # Opaque tokens do not identify the user, so each new token requires a GetId call, which returns
    # the same ID. Using another user's ID would be far worse than this additional call.
    from cognito_credentials._core.digests import sha256_hex

    return sha256_hex("\0".join(part for login in sorted(logins.tokens.items()) for part in login))
