"""Credentials for the AWS Common Runtime (awscrt), and for the AWS IoT Device SDK (awsiotsdk).

    from awsiot import mqtt5_client_builder
    from cognito_credentials import from_cognito_identity_pool
    from cognito_credentials.integrations.awscrt import credentials_provider

    provider = from_cognito_identity_pool("us-east-1:1699ebc0-7900-4099-b910-2df94f52a030")
    client = mqtt5_client_builder.websockets_with_default_aws_signing(
        region="us-east-1",
        credentials_provider=credentials_provider(provider),
        endpoint="a1b2c3example-ats.iot.us-east-1.amazonaws.com",
    )

The runtime does not cache credentials: it calls the provider for each signature and connection.
"""

from __future__ import annotations

from datetime import UTC, datetime
from importlib import import_module
from typing import Any

from cognito_credentials._core import logs
from cognito_credentials.credentials import Credentials
from cognito_credentials.errors import CognitoCredentialsError
from cognito_credentials.integrations._callables import CredentialsCallable
from cognito_credentials.integrations._libraries import require_library
from cognito_credentials.integrations._provider_types import SyncProvider
from cognito_credentials.policy import MAX_CREDENTIAL_SECONDS

__all__ = ["credentials_provider"]


class CredentialsGetter(CredentialsCallable):
    """Callable for `awscrt.auth.AwsCredentialsProvider.new_delegate`."""

    max_reported_seconds: float = float(MAX_CREDENTIAL_SECONDS)

    def __init__(self, provider: Any) -> None:
        super().__init__(provider)
        with require_library("awscrt", extra="awscrt", minimum="0.20"):
            self._type = import_module("awscrt.auth").AwsCredentials

    def __call__(self) -> Any:
        """Return valid credentials. Log any error, because the runtime discards its text."""
        try:
            return super().__call__()
        except CognitoCredentialsError as error:
            logs.warning(
                "No credentials for the AWS Common Runtime (%s): %s. The runtime reports "
                "AWS_AUTH_CREDENTIALS_PROVIDER_DELEGATE_FAILURE.",
                error.reason,
                error,
            )
            raise

    def _convert(self, credentials: Credentials, expires_at: float) -> Any:
        return self._type(
            credentials.access_key_id,
            credentials.secret_access_key,
            credentials.session_token,
            datetime.fromtimestamp(int(expires_at), UTC),
        )


def credentials_provider(provider: SyncProvider) -> Any:
    """Return an `awscrt.auth.AwsCredentialsProvider`, for awscrt and awsiotsdk.

    The runtime calls the provider in the thread of the caller or, for S3 transfers and MQTT
    connections, in one of its own event-loop threads. A fetch in an event-loop thread delays the other
    connections in this thread, so call `provider.cached().get()` before the first connection. Later
    fetches run in the background, before the credentials expire.

    An open MQTT connection outlives the credentials that opened it. Each new connection uses valid
    credentials. If IoT policies name the identity ID of a guest, pass a provider with a store or a
    cache, so that the ID remains the same after a restart.

    Args:
        provider: A provider, a `ProviderConfig`, a cache, or the object that `user(...)` of a broker
            returns. The caller must close the object.

    Raises:
        ConfigurationError: If awscrt is not installed, or the provider is async, closed or of
            another type.
    """
    getter = CredentialsGetter(provider)
    return import_module("awscrt.auth").AwsCredentialsProvider.new_delegate(getter)
