"""Session classes with this library's credentials.

`integrations.boto3` imports this module on first use.
"""

from __future__ import annotations

from typing import Any

import boto3
from botocore.credentials import CredentialResolver
from botocore.hooks import HierarchicalEmitter

from cognito_credentials.integrations._botocore import install_with_region
from cognito_credentials.integrations._botocore_sessions import (
    SharingSession,
    create_session,
    session_options,
    share_models,
)

__all__ = ["BotocoreSession", "Session"]


class BotocoreSession(SharingSession):
    """A `botocore.session.Session` with credentials from a provider or from the session's profile.

    Args:
        profile: Name of the profile.
        provider: A provider, a `ProviderConfig`, a cache, or the object that `user(...)` of a broker
            returns. If None, the profile names the identity pool; see `integrations.boto3.install`.
        **kwargs: Other arguments of `botocore.session.Session`.

    Raises:
        ConfigurationError: If the provider is async or closed, or there is neither a provider nor
            an identity pool.
        CredentialsUnavailableError: If the profile names an issuer, and no user is signed in.
    """

    __module__ = "cognito_credentials.integrations.boto3"

    def __init__(self, profile: str | None = None, *, provider: Any = None, **kwargs: Any) -> None:
        super().__init__(profile=profile, **session_options(HierarchicalEmitter, kwargs))
        share_models(self, CredentialResolver)
        install_with_region(self, provider)


class Session(boto3.Session):
    """A `boto3.Session` with credentials from a provider or from the session's profile.

    Args:
        *args: Positional arguments of `boto3.Session`, which must not include credentials.
        provider: A provider, a `ProviderConfig`, a cache, or the object that `user(...)` of a broker
            returns. If None, the profile names the identity pool; see `integrations.boto3.install`.
        **kwargs: Arguments of `boto3.Session`, such as `profile_name` and `region_name`.

    Raises:
        ConfigurationError: If the provider is async or closed, the arguments include credentials,
            or there is neither a provider nor an identity pool.
        CredentialsUnavailableError: If the profile names an issuer, and no user is signed in.
    """

    __module__ = "cognito_credentials.integrations.boto3"

    def __init__(self, *args: Any, provider: Any = None, **kwargs: Any) -> None:
        if kwargs.get("botocore_session") is None:
            kwargs["botocore_session"] = create_session()
        super().__init__(*args, **kwargs)
        install_with_region(self, provider)
