"""Lookup, with AWS STS, of the role session and the account that credentials belong to.

Every role may call GetCallerIdentity. The command calls no other signed operation. botocore signs
the request.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from cognito_credentials._base.provider import get_driver
from cognito_credentials._core import endpoints, wire_sts
from cognito_credentials._core.call_context import CallContext
from cognito_credentials._core.error_catalog.next_steps import CHECK_PROXY_TO_STS
from cognito_credentials._core.missing_packages import missing_package
from cognito_credentials._core.service_client import ServiceClient
from cognito_credentials.config import ClientConfig, resolve
from cognito_credentials.errors import CognitoCredentialsError, MalformedResponseError, ServiceError

if TYPE_CHECKING:
    from cognito_credentials import CognitoCredentialProvider, Credentials
    from cognito_credentials._core.http import HttpRequest, HttpResponse

__all__ = ["get_caller_identity", "is_rejection"]

_REJECTED_CREDENTIALS_CODES = (
    "InvalidClientTokenId",
    "ExpiredToken",
    "UnrecognizedClientException",
)


def get_caller_identity(
    provider: CognitoCredentialProvider, credentials: Credentials, client_config: dict[str, Any]
) -> tuple[str, str]:
    """Return the ARN of the role session and the account ID.

    Raises:
        ConfigurationError: If botocore is not installed.
        ServiceError: If AWS STS rejects the request.
        TransportError: If AWS STS cannot be reached.
        MalformedResponseError: If the response lacks the ARN or the account ID.
    """
    region = endpoints.get_region(credentials.identity_id)
    config = resolve(ClientConfig(**client_config), region_of_id=region)
    client = ServiceClient(
        max_attempts=config.max_attempts,
        user_agent=config.user_agent,
        retry_mode=config.retry_mode,
    )
    wire = SignedSts(credentials, region)
    secrets = (credentials.secret_access_key, credentials.session_token)
    context = CallContext(other_secrets=secrets)
    call = client.call(wire, config.sts_url, "GetCallerIdentity", {}, context)
    response = get_driver(provider).run(call)
    return response["Arn"], response["Account"]


def is_rejection(error: CognitoCredentialsError | None) -> bool:
    """Return True if AWS STS does not know the credentials, or if they have expired.

    For example, the emulator that issued the stored credentials may have been restarted.
    """
    return isinstance(error, ServiceError) and error.code in _REJECTED_CREDENTIALS_CODES


class SignedSts:
    """Wire format of AWS STS, with signed requests."""

    def __init__(self, credentials: Credentials, region: str) -> None:
        self._credentials = credentials
        self._region = region

    def parse_error(self, response: HttpResponse) -> tuple[str, str, str]:
        """Return the error code, the message and the request ID of a response."""
        return wire_sts.parse_error(response)

    def build_request(
        self, url: str, operation: str, members: dict[str, Any], user_agent: str
    ) -> HttpRequest:
        """Return a signed request for an operation.

        Raises:
            ConfigurationError: If botocore is not installed.
        """
        try:
            from botocore.auth import SigV4Auth
            from botocore.awsrequest import AWSRequest
            from botocore.credentials import Credentials as BotocoreCredentials
        except ModuleNotFoundError as error:
            raise missing_package("botocore", extra="boto3") from error
        request = wire_sts.build_request(url, operation, members, user_agent)
        signed = AWSRequest("POST", url, headers=request.headers, data=request.body)
        credentials = BotocoreCredentials(
            self._credentials.access_key_id,
            self._credentials.secret_access_key,
            self._credentials.session_token,
        )
        SigV4Auth(credentials, "sts", self._region).add_auth(signed)
        request.headers = dict(signed.headers.items())
        return request

    def parse_result(self, operation: str, response: HttpResponse) -> dict[str, Any]:
        """Return the members `Arn` and `Account` of a response.

        Raises:
            MalformedResponseError: If a member is missing.
        """
        members = dict(
            re.findall(r"<(Arn|Account)>([^<]+)</", response.body.decode(errors="replace"))
        )
        if len(members) < 2:  # noqa: PLR2004 - both members are required
            raise MalformedResponseError(
                f"Response from AWS STS to {operation} lacks the ARN or the account ID",
                hint=CHECK_PROXY_TO_STS,
            )
        return members
