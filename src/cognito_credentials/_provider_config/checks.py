"""Validation of the arguments of a `ProviderConfig`, which must not contain secrets or functions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from cognito_credentials._base.provider import (
    check_account_id,
    check_basic_flow,
    check_role_arguments,
)
from cognito_credentials._config.settings import CLIENT_SETTINGS
from cognito_credentials._core.endpoints import check_identity_id, check_identity_pool_id
from cognito_credentials._core.enhanced import EnhancedCredentialSource
from cognito_credentials._core.identity_id_keys import check_not_guest
from cognito_credentials._core.login_resolution import LoginSource, normalize_logins
from cognito_credentials._suppliers.developer_identity import (
    DeveloperIdentity,
    get_developer_user,
)
from cognito_credentials._suppliers.tokens import (
    CommandToken,
    EnvironmentToken,
    FileToken,
    name_live_argument,
)
from cognito_credentials._validation import format_value
from cognito_credentials.config import ClientConfig
from cognito_credentials.errors import ConfigurationError
from cognito_credentials.logins import IdTokenLogin, get_id_token_source
from cognito_credentials.policy import RefreshPolicy, check_policy
from cognito_credentials.stores.config import StoreConfig

SUPPLIERS = (FileToken, EnvironmentToken, CommandToken)
# Settings of a `ClientConfig` that belong to one process.
LIVE_SETTINGS = ("credentials", "transport", "clock")

OWN_PROVIDER = "or create a provider in each process instead of a ProviderConfig."
SUPPLIER_HINT = (
    "Write the token to a file and pass FileToken(path), or pass EnvironmentToken(name) or "
    "CommandToken(command). A ProviderConfig is sent to other processes, so it must not contain a token."
)


def check_ids(
    identity_pool_id: object, identity_id: object, account_id: object, user_identifier: object
) -> None:
    """Check the arguments that determine the identity.

    Raises:
        ConfigurationError: If an argument is invalid, or if both IDs or neither ID is passed.
    """
    if (identity_pool_id is None) == (identity_id is None):
        given = "neither was passed" if identity_id is None else "both were passed"
        raise ConfigurationError(
            f"ProviderConfig requires either identity_pool_id or identity_id, but {given}",
            hint='Pass one of the two, for example ProviderConfig("REGION:UUID") with an identity pool ID.',
        )
    if identity_id is not None:
        check_identity_id(identity_id)
        for name, value in (("account_id", account_id), ("user_identifier", user_identifier)):
            if value is not None:
                raise ConfigurationError(
                    f"identity_id and {name} cannot be combined",
                    hint=f"Omit {name}, because the identity ID determines the identity.",
                )
        return
    check_identity_pool_id(identity_pool_id)
    check_account_id(account_id)
    if user_identifier is None:
        return
    if not isinstance(user_identifier, str) or not user_identifier:
        raise ConfigurationError(
            f"user_identifier must be a non-empty string, not {format_value(user_identifier)}",
            hint="Pass the ID of the user in your application, or omit user_identifier.",
        )
    check_not_guest(user_identifier)


def check_role(custom_role_arn: object, basic_flow: object) -> None:
    """Check the arguments that determine the role.

    Raises:
        ConfigurationError: If an argument is invalid, an argument is a function, or both arguments
            are passed.
    """
    if callable(custom_role_arn):
        raise ConfigurationError(
            f"custom_role_arn must be an ARN, not {_describe(custom_role_arn)}",
            hint=f"Pass an ARN such as arn:aws:iam::123456789012:role/NAME, {OWN_PROVIDER}",
        )
    check_role_arguments(custom_role_arn, basic_flow)
    if basic_flow is not None:
        check_basic_flow(basic_flow)


def check_logins(logins: Any) -> Any:
    """Return the logins, which must consist of suppliers; None for a guest.

    Raises:
        ConfigurationError: If the logins are invalid, or contain a token or a function.
    """
    if logins is None:
        return None
    if type(logins) is IdTokenLogin:
        _check_supplier("the argument of login_from_id_token", get_id_token_source(logins))
        return logins
    if type(logins) is DeveloperIdentity:
        return _check_developer_identity(logins)
    if isinstance(logins, LoginSource):
        raise ConfigurationError(
            f"logins must be a mapping of suppliers, login_from_id_token(...) or a "
            f"DeveloperIdentity, not {type(logins).__name__}",
            hint=SUPPLIER_HINT,
        )
    if isinstance(logins, Mapping):
        for name, login in logins.items():  # pyright: ignore[reportUnknownVariableType]
            if not isinstance(login, LoginSource):  # `normalize_logins` raises a clearer error
                _check_supplier(f"logins[{name!r}]", login)
    normalized = cast("Mapping[str, Any]", normalize_logins(cast("object", logins)))
    return dict(normalized) or None


def _check_supplier(name: str, supplier: Any) -> None:
    if type(supplier) not in SUPPLIERS:
        raise ConfigurationError(
            f"{name} must be a FileToken, an EnvironmentToken or a CommandToken, not "
            f"{'a token' if isinstance(supplier, str) else _describe(supplier)}",
            hint=SUPPLIER_HINT,
        )
    live = name_live_argument(supplier)
    if live:
        raise ConfigurationError(
            f"{name} must be a CommandToken without {live}", hint=f"Omit {live}, {OWN_PROVIDER}"
        )


def _check_developer_identity(login: DeveloperIdentity) -> DeveloperIdentity:
    user = get_developer_user(login)
    if user is None:
        raise ConfigurationError(
            "logins must not be a DeveloperIdentity with a supplier",
            hint="Pass DeveloperIdentity(identity_pool_id, provider_name, user), " + OWN_PROVIDER,
        )
    if user.credentials is not None:
        raise ConfigurationError(
            "logins must be a DeveloperIdentity without credentials",
            hint="Omit credentials: each process signs with botocore's default credentials.",
        )
    return login


def check_client_config(client_config: Any) -> dict[str, Any] | None:
    """Return the settings of a client config; None if all settings are unset.

    Raises:
        ConfigurationError: If a setting is invalid, or contains a live object or a password.
    """
    config = ClientConfig.of(client_config)
    settings: dict[str, Any] = {}
    for name in CLIENT_SETTINGS:
        value: Any = getattr(config, name)
        if value is None:
            continue
        if name in LIVE_SETTINGS:
            raise ConfigurationError(
                f"client_config must not contain {name} in a ProviderConfig",
                hint=f"Omit {name}, {OWN_PROVIDER}",
            )
        if name == "proxies" and any("@" in url for url in value.values()):
            raise ConfigurationError(
                "proxies must not contain a user name or password in a ProviderConfig",
                hint="Set HTTPS_PROXY in the environment of each process instead.",
            )
        settings[name] = value
    return settings or None


def check_store_config(store: object) -> StoreConfig | None:
    """Return the description of the store.

    Raises:
        ConfigurationError: If the argument has another type, for example a store.
    """
    if store is None or isinstance(store, StoreConfig):
        return store
    raise ConfigurationError(
        f"store must be a StoreConfig or None, not {_describe(store)}",
        hint="Pass StoreConfig.file(path), .keyring(), .memory() or .redis(url, sealing_key=...) from "
        "cognito_credentials.stores.",
    )


def check_refresh_policy(policy: Any, basic_flow: Any) -> RefreshPolicy | None:
    """Return the policy; None for the default policy.

    Raises:
        ConfigurationError: If the policy has another type, or is not suitable for the lifetime of the
            credentials.
    """
    lifetime: float = EnhancedCredentialSource.credential_lifetime
    if basic_flow is not None:
        lifetime = basic_flow.duration_seconds
    checked = check_policy(policy, lifetime)
    if type(checked) is not RefreshPolicy:
        raise ConfigurationError(
            f"policy must be a RefreshPolicy, not its subclass {type(checked).__name__}",
            hint=f"Pass policy=RefreshPolicy(...), {OWN_PROVIDER}",
        )
    return None if checked == RefreshPolicy() else checked


def _describe(value: Any) -> str:
    if isinstance(value, type):
        return f"the class {value.__name__}"
    return "a function" if hasattr(value, "__code__") else type(value).__name__
