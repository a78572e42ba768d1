"""Objects that are built from settings: login suppliers, a provider and a cache."""

from __future__ import annotations

from cognito_credentials._core import endpoints
from cognito_credentials._validation import expand_home
from cognito_credentials.cli.settings.names import client_config
from cognito_credentials.errors import ConfigurationError
from cognito_credentials.policy import MIN_REMAINING_SECONDS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any, TypeAlias

    from cognito_credentials import BasicFlow, CognitoCredentialProvider, CredentialsCache
    from cognito_credentials.cli.settings.resolution import Settings
    from cognito_credentials.ports import Store
    from cognito_credentials.stores import FileStore, MemoryStore

    Suppliers: TypeAlias = Mapping[str, Callable[..., str]]

__all__ = [
    "MIN_REMAINING_SECONDS",
    "build_cache",
    "build_logins",
    "build_provider",
    "check",
    "open_store",
    "user_identifier",
]


def check(settings: Settings) -> None:
    """Validate settings without building anything.

    Raises:
        ConfigurationError: If a setting is invalid or missing. The message names the source of the
            setting.
    """
    is_only_pool = set(settings.values) == {"identity_pool_id"}
    has_options = not settings.connection.keys() <= {"profile"}
    # Most profiles contain only a pool ID, whose validation does not need the import below.
    if is_only_pool and not has_options and endpoints.is_cognito_id(settings.cognito_id):
        return
    from cognito_credentials.cli.settings.validation import validate

    validate(settings)


def build_logins(settings: Settings) -> dict[str, Callable[..., str]]:
    """Return the supplier of each login token, by login provider name.

    Raises:
        ConfigurationError: If a login is invalid, or only one of issuer and client ID is given.
        CredentialsUnavailableError: If no user is signed in at the issuer.
    """
    if not settings.has_issuer and "logins" not in settings.values:
        return {}
    from cognito_credentials.cli.settings.login_sources import login_suppliers
    from cognito_credentials.cli.settings.related_settings import reject_tokens_of_other_pool

    reject_tokens_of_other_pool(settings)
    suppliers = login_suppliers(settings.source_text("logins"))
    if settings.has_issuer:
        from cognito_credentials.cli.settings.sessions import session_token

        token = session_token(settings.sign_in)
        # An explicit login token takes precedence over the session's token.
        suppliers = {token.session_key.provider_name: token, **suppliers}
    return suppliers


def build_provider(
    settings: Settings, logins: Suppliers | None = None
) -> CognitoCredentialProvider:
    """Return a provider of the credentials that the settings select.

    Args:
        settings: The settings.
        logins: Suppliers of login tokens; by default the result of `build_logins`.

    Raises:
        ConfigurationError: If a setting is invalid or missing. The message names the
            source of the setting.
        CredentialsUnavailableError: If no user is signed in at the issuer.
    """
    from cognito_credentials import from_cognito_identity, from_cognito_identity_pool

    check(settings)
    values = settings.values
    if logins is None:
        logins = build_logins(settings)
    common: dict[str, Any] = {
        "logins": logins or None,
        "custom_role_arn": values.get("custom_role_arn"),
        "client_config": client_config(settings.connection),
        "basic_flow": _basic_flow(values),
    }
    if "identity_id" in values:
        return from_cognito_identity(values["identity_id"], **common)
    return from_cognito_identity_pool(
        values["identity_pool_id"],
        account_id=values.get("account_id"),
        user_identifier=user_identifier(settings),
        **common,
    )


def build_cache(
    settings: Settings,
    store: Store[Any],
    *,
    advisory_window: float,
    mandatory_window: float,
    logins: Suppliers | None = None,
) -> CredentialsCache:
    """Return a cache for the credentials that the settings select, backed by a store.

    The caller must close the provider with `cache.provider.close()`.

    Args:
        settings: The settings.
        store: Store for the credentials.
        advisory_window: Advisory refresh window in seconds; limited to the lifetime of the
            credentials.
        mandatory_window: Mandatory refresh window in seconds; limited to the lifetime of the
            credentials.
        logins: Suppliers of login tokens; by default the result of `build_logins`.

    Raises:
        ConfigurationError: If a setting is invalid or missing. The message names the
            source of the setting.
        CredentialsUnavailableError: If no user is signed in at the issuer.
    """
    from cognito_credentials import CredentialsCache, RefreshPolicy
    from cognito_credentials._base.provider import get_spec

    provider = build_provider(settings, logins)
    lifetime = get_spec(provider).credential_lifetime
    policy = RefreshPolicy(
        advisory_refresh_window=min(advisory_window, lifetime),
        mandatory_refresh_window=min(mandatory_window, lifetime),
        jitter=0,
    )
    return CredentialsCache(provider, policy, store=store)


def open_store() -> FileStore | MemoryStore:
    """Return the user's file store, or a memory store if the user has no home directory.

    In a container, the user ID may have no entry in the password database, and HOME may be unset.

    Raises:
        ConfigurationError: If the path of the store is not a directory that only this user can
            access.
    """
    from cognito_credentials.stores import FileStore

    try:
        return FileStore(evict_identity_ids=False)
    except ConfigurationError as error:
        if expand_home("~") != "~":
            raise
        from cognito_credentials._core import logs
        from cognito_credentials.stores import MemoryStore

        logs.warning(
            "Credential store unavailable (%s); continuing without it. Each process calls Cognito on "
            "its own, and a guest gets a new identity each time. %s",
            error.message,
            error.hint,
        )
        return MemoryStore(evict_identity_ids=False)


def user_identifier(settings: Settings) -> Any:
    """Return the user identifier, or a function that derives the identifier from token claims."""
    if not settings.has_issuer:
        # A token's subject cannot be used, because some providers, such as Facebook, issue opaque
        # tokens.
        return settings.user
    from cognito_credentials import token_subject

    return token_subject


def _basic_flow(values: Mapping[str, Any]) -> BasicFlow | None:
    if "role_arn" not in values:
        return None
    from cognito_credentials import BasicFlow

    if "duration" not in values:
        return BasicFlow(role_arn=values["role_arn"])
    return BasicFlow(role_arn=values["role_arn"], duration_seconds=int(values["duration"]))
