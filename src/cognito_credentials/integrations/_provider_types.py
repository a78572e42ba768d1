"""Types of the `provider` argument of the integrations."""

from __future__ import annotations

from typing import TypeAlias

from cognito_credentials._aio.cache import AsyncCredentialsCache
from cognito_credentials._aio.provider import AsyncCognitoCredentialProvider
from cognito_credentials._aio.user_credentials import AsyncUserCredentials
from cognito_credentials._provider_config.config import ProviderConfig
from cognito_credentials._sync.cache import CredentialsCache
from cognito_credentials._sync.provider import CognitoCredentialProvider
from cognito_credentials._sync.user_credentials import UserCredentials

__all__ = ["AnyProvider", "AsyncProvider", "SyncProvider"]

SyncProvider: TypeAlias = (
    CognitoCredentialProvider | ProviderConfig | CredentialsCache | UserCredentials
)
AsyncProvider: TypeAlias = (
    AsyncCognitoCredentialProvider | ProviderConfig | AsyncCredentialsCache | AsyncUserCredentials
)
AnyProvider: TypeAlias = SyncProvider | AsyncProvider
