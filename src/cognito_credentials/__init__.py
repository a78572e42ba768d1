"""Temporary AWS credentials from Amazon Cognito identity pools.

    from cognito_credentials import from_cognito_identity_pool

    provider = from_cognito_identity_pool("us-east-1:1699ebc0-7900-4099-b910-2df94f52a030")
    credentials = provider()

The same names, awaited, are in `cognito_credentials.aio`. A name is imported when it is first used,
so that importing the package costs next to nothing.
"""

from __future__ import annotations

from cognito_credentials._version import __version__

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from cognito_credentials._base.rate_limits import Quotas
    from cognito_credentials._core.basic import BasicFlow
    from cognito_credentials._core.exchange import IdentityChange
    from cognito_credentials._sync.broker import CredentialBroker
    from cognito_credentials._sync.cache import CredentialsCache
    from cognito_credentials._sync.provider import (
        CognitoCredentialProvider,
        from_cognito_identity,
        from_cognito_identity_pool,
    )
    from cognito_credentials.config import ClientConfig
    from cognito_credentials.credentials import Credentials
    from cognito_credentials.errors import CognitoCredentialsError
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
    "BasicFlow",
    "ClientConfig",
    "CognitoCredentialProvider",
    "CognitoCredentialsError",
    "CommandToken",
    "CredentialBroker",
    "Credentials",
    "CredentialsCache",
    "DeveloperIdentity",
    "EnvironmentToken",
    "FileToken",
    "IdentityChange",
    "Quotas",
    "RefreshPolicy",
    "__version__",
    "from_cognito_identity",
    "from_cognito_identity_pool",
    "login_from_id_token",
    "token_subject",
]

_HOMES = {
    "BasicFlow": "_core.basic",
    "ClientConfig": "config",
    "CognitoCredentialProvider": "_sync.provider",
    "CognitoCredentialsError": "errors",
    "CommandToken": "logins",
    "CredentialBroker": "_sync.broker",
    "Credentials": "credentials",
    "CredentialsCache": "_sync.cache",
    "DeveloperIdentity": "logins",
    "EnvironmentToken": "logins",
    "FileToken": "logins",
    "IdentityChange": "_core.exchange",
    "Quotas": "_base.rate_limits",
    "RefreshPolicy": "policy",
    "from_cognito_identity": "_sync.provider",
    "from_cognito_identity_pool": "_sync.provider",
    "login_from_id_token": "logins",
    "token_subject": "logins",
}


def __getattr__(name: str) -> Any:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    # `__import__` rather than `importlib.import_module`: importlib costs half a millisecond.
    module = __import__(f"{__name__}.{home}", fromlist=[name])
    value = globals()[name] = getattr(module, name)
    return value


def __dir__() -> list[str]:
    return __all__
