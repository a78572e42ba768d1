"""Temporary AWS credentials from Amazon Cognito identity pools.

    from cognito_credentials import from_cognito_identity_pool

    provider = from_cognito_identity_pool("us-east-1:1699ebc0-7900-4099-b910-2df94f52a030")
    credentials = provider()

`cognito_credentials.aio` provides the same functions for asyncio programs.

Names are imported on first use, so that importing the package is fast.
"""

from __future__ import annotations

from cognito_credentials._version import __version__

TYPE_CHECKING = False
if TYPE_CHECKING:
    # isort: off
    from cognito_credentials import (
        aio as aio,
        clock as clock,
        config as config,
        credentials as credentials,
        emulator as emulator,
        errors as errors,
        integrations as integrations,
        logins as logins,
        metrics as metrics,
        policy as policy,
        ports as ports,
        stores as stores,
        testing as testing,
        transports as transports,
    )

    # isort: on
    from cognito_credentials._base.rate_limits import Quotas
    from cognito_credentials._core.basic import BasicFlow
    from cognito_credentials._core.exchange import IdentityChange
    from cognito_credentials._endpoint.local_endpoint import CredentialsEndpoint
    from cognito_credentials._provider_config.config import ProviderConfig
    from cognito_credentials._sync.broker import CredentialBroker
    from cognito_credentials._sync.cache import CredentialsCache
    from cognito_credentials._sync.provider import (
        CognitoCredentialProvider,
        from_cognito_identity,
        from_cognito_identity_pool,
    )
    from cognito_credentials._sync.user_credentials import UserCredentials
    from cognito_credentials.config import ClientConfig
    from cognito_credentials.credentials import Credentials
    from cognito_credentials.errors import (
        AccessDeniedException,
        BasicFlowDisabled,
        CognitoCredentialsError,
        ConfigurationError,
        CredentialsUnavailableError,
        DeveloperUserAlreadyRegisteredException,
        ExpiredOnArrivalError,
        ExpiredTokenException,
        ExternalServiceException,
        IdentityForbidden,
        IdentityNotFound,
        IdentityPoolNotFound,
        InternalErrorException,
        InvalidIdentityPoolConfigurationException,
        InvalidIdentityTokenException,
        InvalidParameterException,
        LimitExceededException,
        LoginsMismatch,
        LoginTokenError,
        LoginTokenExpired,
        LoginTokenRejected,
        MalformedPolicyDocumentException,
        MalformedResponseError,
        NotAuthorizedException,
        PackedPolicyTooLargeException,
        RefreshTimeoutError,
        RequestTimeoutError,
        ResourceConflictException,
        ResourceNotFoundException,
        RoleDenied,
        ServiceError,
        TooManyRequestsException,
        TransportError,
        UnauthenticatedAccessDisabled,
        UnsupportedLoginProvider,
        ValidationException,
    )
    from cognito_credentials.logins import (
        CommandToken,
        DeveloperIdentity,
        EnvironmentToken,
        FileToken,
        login_from_id_token,
        token_subject,
    )
    from cognito_credentials.policy import RefreshPolicy

__all__ = [
    "AccessDeniedException",
    "BasicFlow",
    "BasicFlowDisabled",
    "ClientConfig",
    "CognitoCredentialProvider",
    "CognitoCredentialsError",
    "CommandToken",
    "ConfigurationError",
    "CredentialBroker",
    "Credentials",
    "CredentialsCache",
    "CredentialsEndpoint",
    "CredentialsUnavailableError",
    "DeveloperIdentity",
    "DeveloperUserAlreadyRegisteredException",
    "EnvironmentToken",
    "ExpiredOnArrivalError",
    "ExpiredTokenException",
    "ExternalServiceException",
    "FileToken",
    "IdentityChange",
    "IdentityForbidden",
    "IdentityNotFound",
    "IdentityPoolNotFound",
    "InternalErrorException",
    "InvalidIdentityPoolConfigurationException",
    "InvalidIdentityTokenException",
    "InvalidParameterException",
    "LimitExceededException",
    "LoginTokenError",
    "LoginTokenExpired",
    "LoginTokenRejected",
    "LoginsMismatch",
    "MalformedPolicyDocumentException",
    "MalformedResponseError",
    "NotAuthorizedException",
    "PackedPolicyTooLargeException",
    "ProviderConfig",
    "Quotas",
    "RefreshPolicy",
    "RefreshTimeoutError",
    "RequestTimeoutError",
    "ResourceConflictException",
    "ResourceNotFoundException",
    "RoleDenied",
    "ServiceError",
    "TooManyRequestsException",
    "TransportError",
    "UnauthenticatedAccessDisabled",
    "UnsupportedLoginProvider",
    "UserCredentials",
    "ValidationException",
    "__version__",
    "from_cognito_identity",
    "from_cognito_identity_pool",
    "login_from_id_token",
    "token_subject",
]

# Public modules, which are also imported on first use.
_MODULES = frozenset(
    (
        *("aio", "clock", "config", "credentials", "emulator", "errors", "integrations", "logins"),
        *("metrics", "policy", "ports", "stores", "testing", "transports"),
    )
)
# Maps each name to the module that exports the name.
_SOURCES = {
    "BasicFlow": "_core.basic",
    "ClientConfig": "config",
    "CognitoCredentialProvider": "_sync.provider",
    "CommandToken": "logins",
    "CredentialBroker": "_sync.broker",
    "Credentials": "credentials",
    "CredentialsCache": "_sync.cache",
    "CredentialsEndpoint": "_endpoint.local_endpoint",
    "DeveloperIdentity": "logins",
    "EnvironmentToken": "logins",
    "FileToken": "logins",
    "IdentityChange": "_core.exchange",
    "ProviderConfig": "_provider_config.config",
    "Quotas": "_base.rate_limits",
    "RefreshPolicy": "policy",
    "UserCredentials": "_sync.user_credentials",
    "from_cognito_identity": "_sync.provider",
    "from_cognito_identity_pool": "_sync.provider",
    "login_from_id_token": "logins",
    "token_subject": "logins",
}


def __getattr__(name: str) -> object:
    is_module = name in _MODULES
    if not is_module and name not in __all__:
        # Before Python imports a private submodule, it looks up the submodule's name here.
        if name.islower():
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        from cognito_credentials._spelling import OTHER_MODULES, unknown_name

        elsewhere = {
            known.lower(): f"{__name__}.{module}.{known}"
            for module, names in OTHER_MODULES.items()
            for known in names
        }
        raise unknown_name(__name__, name, __all__, elsewhere)
    source = name if is_module else _SOURCES.get(name, "errors")
    # `importlib.import_module` would add half a millisecond to a cold start.
    module = __import__(f"{__name__}.{source}", fromlist=[name])
    value = globals()[name] = module if is_module else getattr(module, name)
    return value


def __dir__() -> list[str]:
    return [*__all__, *_MODULES]
