"""boto3 sessions whose clients call the emulator."""

from __future__ import annotations

from typing import Any

from cognito_credentials import _typing as t
from cognito_credentials._sync.provider import CognitoCredentialProvider
from cognito_credentials.emulator.furnishing.access import AdministratorAccess
from cognito_credentials.emulator.moto.hermetic_boto3 import hermetic_config
from cognito_credentials.integrations import boto3 as cognito_boto3


def create_session(
    provider: CognitoCredentialProvider, emulator: AdministratorAccess
) -> t.Boto3Session:
    """Return a boto3 session whose clients and resources call the emulator by default."""
    session: Any = cognito_boto3.session(provider, region_name=emulator.region)
    create_client = session.client
    endpoint_url = emulator.endpoint_url

    def client(service: str, *arguments: Any, **options: Any) -> Any:
        options["endpoint_url"] = options.get("endpoint_url") or endpoint_url
        options["config"] = hermetic_config(options.get("config"))
        return create_client(service, *arguments, **options)

    # A boto3 session has no endpoint setting. `Session.resource` calls this function as well.
    session.client = client
    created: t.Boto3Session = session
    return created
